/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SUPPRESS_H
#define HM_JUDGE_SUPPRESS_H

#include "judge/state.h"

/**
 * suppress - withholds what would be told of an incident while something that its subject
 * depends on is bad.
 *
 * Only the telling: the subject is observed, its incident recorded and every second counted as
 * ever. A subject is suppressed while one that it depends on is critical or blind. When that is
 * over the subject is looked at again first: what that look finds ends is never told, what is
 * still bad is told then, and so is what no reading came for in time (an event, a guest that is
 * away). An incident that was told before is not suppressed, nor is the city's call.
 */

/** Finds out again who depends on what; before it no pointer between subjects holds. */
void suppress_bind(struct judge *j, struct moment now);
/** Forgets it all. */
void suppress_unbind(struct judge *j);

/** @s turned bad or is bad no more: those that depend on it begin or stop to wait. */
void suppress_changed(struct judge *j, const struct subject *s, struct moment now);

/** A reading of @m was judged: what it left open is told if that was waited for. */
void suppress_seen(struct judge *j, struct metric *m, struct moment now);

#endif
