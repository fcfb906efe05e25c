/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_COUNTING_H
#define HM_WATCH_QUEUE_COUNTING_H

#include <stdbool.h>
#include <stdint.h>

#include "lines.h"
#include "pending.h"

/**
 * counting - the records of files are counted by reading them, one file after the other, each once
 * and no further than it was when it was complete, in steps. A file that is taken away while it is
 * read is read to its end: its arrival still has a number.
 *
 * The list of files that wait is bounded (pending.h). What it cannot hold is found again by a pass
 * as soon as it is empty.
 */

struct folder;
struct stage;

struct counting {
    struct pending waiting;
    bool wants_refill; /* the next pass is to look for what the list could not hold */
    bool is_refilling; /* the pass that runs does, from its begin */
    int fd;            /* of the file that is read; -1: none is */
    struct folder *folder;
    char *name;
    uint64_t key;
    uint64_t size, at; /* bytes */
    bool has_left;     /* it is not in the folder any more, and its arrival is owed */
    struct lines lines;
};

void counting_init(struct counting *c);
void counting_deinit(struct counting *c);

/** The records of a file of @s are to be counted. */
void counting_add(struct stage *s, struct folder *folder, const char *name, uint64_t key);

/** Whether the pass that runs should add @key, which awaits its number, again. */
bool counting_lacks(const struct counting *c);

/** The file @key leaves the folder; whether it is read to its end all the same. */
bool counting_leave(struct counting *c, uint64_t key, bool is_owed);

/** Drops what belongs to @folder. */
void counting_forget(struct counting *c, struct folder *folder);

#endif
