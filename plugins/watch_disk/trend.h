/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_DISK_TREND_H
#define HM_WATCH_DISK_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * trend - how fast a value changes, calmly: the Theil-Sen estimator, the median of the slopes
 * between all pairs of samples. Up to 29 % of the samples may be anything (a batch that fills and
 * empties the disk every night) without moving it.
 *
 * Times are of the wall clock, so that samples can be kept over a restart. A step of the clock
 * shows as few wrong samples; those of the future are dropped. {0} is empty and ready.
 */

enum {
    TREND_SAMPLES_MAX = 120, /* 7,140 pairs: a millisecond of sorting */
    TREND_SAMPLES_MIN = 8,   /* fewer say nothing */
    TREND_TEXT_BYTES = TREND_SAMPLES_MAX * 42
};

struct trend {
    struct trend_sample {
        int64_t at_ms;
        double value;
    } samples[TREND_SAMPLES_MAX]; /* in order of time */
    size_t count;
};

/**
 * Takes a sample in, at most one per 1/120 of @span_ms, and drops those older than @span_ms or
 * later than @at_ms. Returns whether it was taken.
 */
bool trend_add(struct trend *t, int64_t at_ms, double value, int64_t span_ms);

/** Change per second. False while there are fewer than TREND_SAMPLES_MIN samples. */
bool trend_slope(const struct trend *t, double *ret_per_s);

/** As text, "AT:VALUE AT:VALUE ..", to be kept; at most TREND_TEXT_BYTES with its NUL. */
void trend_write(const struct trend *t, char *ret, size_t room);
/** Reads such a text; what is not understood, and all behind it, is left out. */
void trend_read(struct trend *t, const char *text);

#endif
