/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_PACE_H
#define LINKLOG_PACE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * pace - when a change of the log is read: at once, or together with those that come next.
 *
 * A busy writer makes a change for each line, and to be woken costs more than to read a line. So
 * each look costs time out of a budget that time fills up again: one that found nothing worth
 * telling PACE_VAIN_US, one that made readings much less. While there is some left, changes are
 * read at once; otherwise as soon as the debt is paid, which is PACE_VAIN_US at most. Lines that
 * come now and then, and failing lines that wait for each other, are never late; a log that grows
 * by thousands of lines a second is looked at 250 times a second.
 *
 * The module reads no clock.
 */

enum {
    PACE_MOST_US = 100000, /* the budget when it is full */
    PACE_VAIN_US = 4000,
    PACE_FOUND_US = 500 /* 2,000 a second: what the daemon takes from one guest */
};

/** {0}: a full budget. */
struct pace {
    int64_t spent_us; /* 0: the budget is full; above PACE_MOST_US: in debt */
    int64_t at_ms;    /* as of then */
};

/** How long to wait before the next look, ms; 0: look at once. @now_ms: a clock that is not set. */
int64_t pace_wait_ms(struct pace *p, int64_t now_ms);

/** A look was taken; @found: it made readings. */
void pace_spend(struct pace *p, int64_t now_ms, bool found);

#endif
