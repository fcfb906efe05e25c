/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_PENDING_H
#define HM_WATCH_QUEUE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * pending - the files that are not complete yet, by name: so that whether they are can be asked
 * again without reading the folder. Bounded; a list that was full once says so until it is cleared.
 */

struct pending_file {
    void *folder; /* the caller's */
    char *name;
    uint64_t key;
    int64_t written_ms; /* last write, ms since 1970 UTC */
};

enum { PENDING_MAX = 4096 };

/** {0} is empty and ready. Owns its list. */
struct pending {
    struct pending_file *list;
    size_t first, count; /* those before `first` were taken out */
    size_t room, most;   /* at most so many; 0: PENDING_MAX */
    bool is_over;        /* some are not in it */
};

void pending_deinit(struct pending *p);
void pending_clear(struct pending *p);

/** @name is copied. Full: nothing but is_over. */
void pending_add(
    struct pending *p, void *folder, const char *name, uint64_t key, int64_t written_ms);

/** Calls @fn with each; where it returns false, the file is dropped. @fn may not add. */
void pending_review(struct pending *p, bool (*fn)(void *arg, struct pending_file *file), void *arg);

/** How many are in it. */
size_t pending_left(const struct pending *p);

/** Takes out the one that was added first; its name is the caller's to free. False: none is left.
 */
bool pending_take(struct pending *p, struct pending_file *ret_file);

/** Drops those of @folder. */
void pending_forget(struct pending *p, void *folder);

#endif
