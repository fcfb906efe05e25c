/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_BURN_H
#define HM_RECORD_BURN_H

#include <stdbool.h>
#include <stdint.h>

/**
 * burn - whether a service uses up its budget of down time before the period ends. Pure.
 *
 * Two windows, as in the multi-window burn alerts of site reliability engineering: the slow one (6
 * h) says that it matters, the fast one (1 h) that it goes on. At risk: in both, more was lost for
 * each planned second than what is left of the budget allows for the planned seconds still to come,
 * and the slow one lost 5 % of what is left or more (a minute's stop would use up any budget if it
 * came every hour; once it is no news). It is over when both windows lost at most half of what is
 * allowed: one trouble is told once.
 *
 * Missed: more is lost than the whole period allows. That is told once and cannot be undone by
 * time.
 */

enum { BURN_FAST_S = 3600, BURN_SLOW_S = 6 * 3600 };

struct burn_window {
    int64_t down_s, planned_s; /* of the last BURN_FAST_S or BURN_SLOW_S */
};

struct burn_facts {
    struct burn_window fast, slow;
    int64_t left_s;    /* of the budget; negative: missed */
    int64_t to_come_s; /* planned seconds until the period's end */
};

/** What was told of one service and period; {0}: nothing yet. */
struct burn_state {
    bool at_risk;
    bool missed;
};

enum burn_news { BURN_NOTHING, BURN_AT_RISK, BURN_MISSED };

/** Brings @state up to date; what must be told now. */
enum burn_news burn_judge(struct burn_state *state, const struct burn_facts *facts);

#endif
