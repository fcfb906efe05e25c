/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_FILES_H
#define HM_WATCH_QUEUE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * files - what is known of the files of one stage, by a 64-bit hash of folder and name: a million
 * files take 64 MiB, and an event costs one look-up. The hash is seeded by chance, so that nobody
 * can choose names that meet; that two of a million meet anyway is less likely than 1 : 10^7.
 *
 * A table with open addressing, linear probing and deletion by shifting back.
 */

enum file_state {
    FILE_NONE = 0, /* an empty slot */
    FILE_WRITING,  /* there, and perhaps still being written */
    FILE_SETTLED   /* complete: counts */
};

struct file {
    uint64_t key;
    int64_t time_ms; /* what its age is told by, ms since 1970 UTC */
    uint64_t size;
    uint32_t inode;     /* the lower half: another one is another file */
    uint32_t pass : 30; /* the last pass that saw it, modulo 2^30 */
    uint32_t state : 2; /* enum file_state */
};

/** At most this many are held; what is over is counted by the pass, not remembered. */
enum { FILES_MAX = 2000000 };

/** {0} is empty and ready. Owns its slots. */
struct files {
    struct file *slots;
    size_t room; /* a power of two */
    size_t count;
};

void files_deinit(struct files *f);

/** The file of @key, or NULL. Valid until the next put or remove. */
struct file *files_find(const struct files *f, uint64_t key);

/** The file of @key, made (state FILE_NONE, to be set) if it is new. NULL: the table is full. */
struct file *files_put(struct files *f, uint64_t key);

/** Forgets @file, which is in the table. */
void files_remove(struct files *f, struct file *file);

/** Calls @fn with each file; where it returns false, the file is forgotten. */
void files_sweep(struct files *f, bool (*fn)(void *arg, const struct file *file), void *arg);

/** Key of @name in the folder @folder (itself such a key, or the seed). */
uint64_t files_key(uint64_t folder, const char *name);

#endif
