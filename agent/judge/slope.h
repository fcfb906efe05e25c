/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SLOPE_H
#define HM_JUDGE_SLOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

/**
 * slope - how fast a number changes, calmly: the median of the slopes between all pairs of samples
 * (Theil-Sen). More than a quarter of the samples may be anything without moving it. Pure.
 */

enum {
    SLOPE_SAMPLES_MAX = 32,
    SLOPE_SAMPLES_MIN = 3 /* fewer say nothing */
};

/** {0} is empty and ready. */
struct slope {
    struct slope_sample {
        mono_ms at;
        double value;
    } samples[SLOPE_SAMPLES_MAX]; /* in order of time */
    size_t count;
};

/** Takes a sample in, at most one each 1/32 of @over, and drops those older than @over. */
void slope_add(struct slope *s, mono_ms at, double value, span_ms over);

/**
 * Change per millisecond. False while there are fewer than SLOPE_SAMPLES_MIN samples, or while they
 * cover less than half of @over: a trend of two minutes is none of an hour.
 */
bool slope_get(const struct slope *s, span_ms over, double *ret_per_ms);

#endif
