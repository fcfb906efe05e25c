/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_PAST_H
#define HM_JUDGE_PAST_H

#include "judge/state.h"

/**
 * past - what ended not long ago, so that its return is known as one (再発).
 *
 * An incident returns when one of the same triple, key (of linkages: any) and nature (blind or not)
 * begins within PAST_DAYS after the last one ended. False detections and calls that nothing was
 * detected for are no beginning of a row. The oldest are forgotten over PAST_MAX.
 */

enum { PAST_DAYS = 90, PAST_MAX = 20000 };

/** @i has ended. */
void past_remember(struct judge *j, const struct incident *i);
/** Incident @id was none. */
void past_forget(struct judge *j, uint64_t id);
/** Says in @i, which begins at @now, what it is a return of. */
void past_compare(const struct judge *j, struct incident *i, struct moment now);
void past_drop_all(struct judge *j);

#endif
