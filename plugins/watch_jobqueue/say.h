/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_JOBQUEUE_SAY_H
#define HM_WATCH_JOBQUEUE_SAY_H

#include "source.h"

/**
 * say - what a source found, as readings: each state is an instance with depth, oldest_age_s and
 * growth_rate_per_s; of an error state more jobs than before are the event error_jobs.
 *
 * A state that was told once is told as 0 when no row has it any more, over restarts too: else its
 * last figure would stand for ever.
 */

struct say_state {
    char name[TALLY_NAME_BYTES];
    double depth;    /* when it was last told */
    double errors;   /* of an error state: how many were told as events */
    bool has_errors; /* `errors` is known */
    bool may_have_errors;
    int64_t told_ms; /* boot clock; 0: not in this life */
};

struct say {
    const struct hm_host *host;
    const struct states *states;
    struct say_state list[TALLY_MAX];
    size_t count;
    bool has_changed; /* what must be kept */
};

/** Remembers what was told in earlier lives. @host and @states are borrowed until the end. */
void say_init(struct say *s, const struct hm_host *host, const struct states *states);

void say_tally(struct say *s, const struct tally *tally);

/** Of every state that was ever told, and of the whole. */
void say_blind(struct say *s, enum blind_why why, const char *detail);

#endif
