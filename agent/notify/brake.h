/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_BRAKE_H
#define HM_NOTIFY_BRAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/**
 * brake - how many notices a destination gets within any minute, in a storm.
 *
 * At most `limit` within any 60 s, counted exactly (a ring of the last `limit` times, no windows
 * that two bursts could straddle). The last quarter of them is kept for what is critical, so that a
 * storm of warnings does not hide it. What is over that is counted by the caller (record/tell.h),
 * who tells the counts once a minute while the brake holds. Pure.
 */

enum { BRAKE_MINUTE_MS = 60 * 1000, BRAKE_LIMIT_MAX = 1000 };

struct brake {
    uint32_t limit; /* 0: any number */
    mono_ms *ring;  /* of the last `limit`; -1: not used yet. Owned */
    size_t next;
    bool is_held;       /* something was counted and the end was not told */
    mono_ms digest_due; /* while it is held */
};

/** Sets the limit; what was told so far is forgotten when it is another one. */
void brake_set(struct brake *b, uint32_t limit);
void brake_deinit(struct brake *b);
/** Whether one more may go at @now; if so it is counted as gone. @is_urgent: may use the last
 * quarter. */
bool brake_take(struct brake *b, bool is_urgent, mono_ms now);
/** What must go counts, too, whether there is room or not. */
void brake_count(struct brake *b, mono_ms now);
/** When there is room for one more at the earliest; not after @now: there is now. */
mono_ms brake_room_at(const struct brake *b, bool is_urgent, mono_ms now);

#endif
