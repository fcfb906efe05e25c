/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_COUNTDOWN_H
#define HM_JUDGE_COUNTDOWN_H

#include "judge/state.h"

/**
 * countdown - the clock of the first report to the city (contract row 8).
 *
 * It runs for each critical incident of a production service whose sla has `notification`, from
 * detection or the city's call, whichever came first, on the wall's pace at any hour (R7): half,
 * five sixths and all of the time are told, each once; of those that are due at the same moment
 * (after a stop of the agent, or
 * of the machine) only the last. It ends with the first report, with a receiver's
 * acceptance where auto_counts, and when the detection was false; a suppressed incident has none,
 * as what it depends on has its own. It does not end with the
 * incident: what was over before it was reported must still be reported.
 */

/** Starts, goes on with or ends the countdown of @i, open or closed, by what it is now. */
void countdown_look(struct judge *j, const struct incident *i, struct moment now);

/** Forgets all without a word; for judge_free. */
void countdown_drop_all(struct judge *j);

#endif
