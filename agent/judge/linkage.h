/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_H
#define HM_JUDGE_LINKAGE_H

#include "judge/state.h"

/**
 * linkage - data transfers that are expected by calendar and deadline.
 *
 * A linkage has a current business day, whose deadline is the next, and a last one. When deadline
 * and grace have passed, the current day becomes the last, missing if nothing arrived; so each
 * day's deadline is judged once, however the clock is set (sla.md R15), and what a forward step or
 * a stop of the agent has skipped is judged then, as far as LINKAGE_CATCH_UP_DAYS back.
 *
 * Which day an arrival is of:
 *  - what its date field says, if it has one;
 *  - the last day, if that is open and the current day has not come near (`early`);
 *  - the current day, from 00:00 of that day on, or from `early` before its deadline; half a day
 *    after it has arrived, the day after, if that has begun;
 *  - else the last day again (sent once more).
 *
 * Incidents: arrival (missing; a late arrival ends it and says how late, a later day's arrival ends
 * it too), result (a failure was told), records (few, many, none), runtime (a start without an
 * end), chain (the next linkage did not follow), heartbeat (an irregular one went silent). Their
 * key is the business day, the run, or the linkage before.
 *
 * While nobody can look at its subject, a passed deadline is not judged: the linkage is blind, and
 * so is what an expression says of it. It is judged LINKAGE_SETTLE_MS after somebody can, and not
 * sooner than that after a start: what was written meanwhile is read first.
 */

enum {
    LINKAGE_CATCH_UP_DAYS = 9, /* a week and what lies around it */
    LINKAGE_SETTLE_MS = 30 * 1000
};

/** Makes those of the settings, each with its subject; before the subjects of watch are used. */
void linkages_new(struct judge *j);
void linkages_free(struct judge *j);

/** A reload, in two steps: those that are gone close their incidents; new ones start. */
void linkages_drop_gone(struct judge *j, struct moment now);
void linkages_add_new(struct judge *j, struct moment now);

/** All of them: after judge_restore_linkage. */
void linkages_start(struct judge *j, struct moment now);
/** The wall clock was set. */
void linkages_step(struct judge *j, struct moment now);

/** An event on a triple with a feed. */
void linkages_take(struct judge *j, const struct metric *m, const struct reading *r,
    struct moment at, struct moment now);

/** What it is doing now. */
enum linkage_phase linkage_phase_now(const struct judge *j, const struct linkage *k);

#endif
