/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_DUE_H
#define HM_JUDGE_DUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

/**
 * due - what must happen when, earliest first (a binary heap whose entries know their place).
 *
 * Entries are embedded in what they are about: {.fn, .owner} is ready, nothing is allocated per
 * entry. Setting, moving and cancelling cost O(log n), asking for the first O(1).
 */

struct judge;

struct due {
    mono_ms at;
    size_t place; /* 1.. in the heap; 0: not in it */
    /* Called once it is due, out of the heap; may set it again. */
    void (*fn)(struct judge *j, void *owner, struct moment now);
    /* When it is due by what is known now, at or after `at`; NULL: then. Whoever only puts a time
     * off need not set it again each time: due_settle does once, before it would come up. */
    mono_ms (*put_off)(const struct judge *j, const struct due *d);
    void *owner;
};

struct due_heap {
    struct due **entries; /* the entries are others' */
    size_t count, room;
};

void due_heap_deinit(struct due_heap *h);
/** (Re-)arms @d for @at; CLOCK_NEVER cancels. */
void due_set(struct due_heap *h, struct due *d, mono_ms at);
void due_cancel(struct due_heap *h, struct due *d);
/** Boot time of the first, or CLOCK_NEVER. */
mono_ms due_first(const struct due_heap *h);
/** Moves those that were put off and stand first: then due_first is a time at which something is
 * to be done. */
void due_settle(struct due_heap *h, const struct judge *j);
/** Takes the first out if it is due at @now; NULL otherwise. */
struct due *due_take(struct due_heap *h, mono_ms now);

#endif
