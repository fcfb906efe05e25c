/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_FLAP_H
#define HM_JUDGE_FLAP_H

#include "judge/state.h"

/**
 * flap - one incident instead of many for a number that comes and goes.
 *
 * A rule with `flaps` N: the incident that is the Nth within `flap_within` is flagged as flapping
 * and stays open, with the times that it came back counted, until the number was good for
 * `flap_within`. It is then cleared as of the first good reading of that time. Verdict, services
 * and figures follow the number as ever. What was counted is forgotten at a restart, an open
 * flapping incident is not.
 */

enum { FLAPS_MAX = 20 };

/** An incident of @m is about to be opened. True: it flaps. */
bool flap_raised(struct metric *m, struct moment now);

/** The incident of @m would be cleared, good since @from. True: it is kept open for now. */
bool flap_holds(struct judge *j, struct metric *m, struct moment from, struct moment now);

/** Whether the incident of @m is open although its number is good. */
bool flap_is_calming(const struct metric *m);

/** The number of @m is bad again while flap_is_calming. */
void flap_again(struct judge *j, struct metric *m, struct moment now);

/** Goes on with the incident that an earlier run left. */
void flap_resume(struct judge *j, struct metric *m, struct moment now);

void flap_forget(struct judge *j, struct metric *m);

#endif
