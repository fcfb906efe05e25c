/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_BACKOFF_H
#define HM_WATCH_BACKOFF_H

#include <stdbool.h>

#include "base/clock.h"

/**
 * backoff - when a worker that ended is started again, or no more. Pure.
 *
 * One that had run well for `good_run` starts again at once. Else the delay begins at `first` and
 * doubles to `most`. More than `budget` faults within `within` are too many.
 */

enum { BACKOFF_BUDGET_MAX = 32 };

struct backoff_rule {
    span_ms first, most, good_run, within;
    unsigned budget; /* 1..BACKOFF_BUDGET_MAX */
};

/** {0}: nothing has happened. */
struct backoff {
    span_ms delay;                      /* the last one; 0: none yet */
    mono_ms faults[BACKOFF_BUDGET_MAX]; /* a ring of the latest */
    unsigned count;                     /* ever */
};

/** A fault at @now of a worker that began at @began. False: too many. Else *ret_delay. */
bool backoff_fault(struct backoff *b, const struct backoff_rule *rule, mono_ms began, mono_ms now,
    span_ms *ret_delay);

#endif
