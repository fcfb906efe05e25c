/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_RUN_H
#define HM_JUDGE_LINKAGE_RUN_H

#include "judge/state.h"

/**
 * linkage_run - runs that have started and not ended, and linkages that must follow another.
 *
 * Both are clocks that begin with an event: max_runtime with a start, next_within with an arrival.
 * They run on the boot clock; over a restart they go on from the times in the saved state.
 */

/** @k began; @run pairs it with its end ("" if nothing does). */
void linkage_run_start(
    struct judge *j, struct linkage *k, const char *run, struct moment at, struct moment now);
/** @k ended, well or not. */
void linkage_run_end(
    struct judge *j, struct linkage *k, const char *run, struct moment at, struct moment now);

/** @k arrived: what must come next has its time from now on. */
void linkage_chain_begin(
    struct judge *j, const struct linkage *k, struct moment at, struct moment now);
/** @k arrived: it has followed. */
void linkage_chain_end(struct judge *j, struct linkage *k, struct moment at, struct moment now);

/** Arms both clocks from the state. */
void linkage_run_resume(struct judge *j, struct linkage *k);

#endif
