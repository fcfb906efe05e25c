/* SPDX-License-Identifier: BSD-2-Clause */
#include "trend.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop_first(struct trend *t, size_t n)
{
    t->count -= n;
    memmove(t->samples, t->samples + n, t->count * sizeof t->samples[0]);
}

bool trend_add(struct trend *t, int64_t at_ms, double value, int64_t span_ms)
{
    size_t old = 0;
    while (t->count > 0 && t->samples[t->count - 1].at_ms > at_ms)
        t->count--;
    while (old < t->count && t->samples[old].at_ms < at_ms - span_ms)
        old++;
    drop_first(t, old);
    if (t->count > 0 && at_ms - t->samples[t->count - 1].at_ms < span_ms / TREND_SAMPLES_MAX)
        return false;
    if (t->count == TREND_SAMPLES_MAX)
        drop_first(t, 1);
    t->samples[t->count++] = (struct trend_sample){at_ms, value};
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool trend_slope(const struct trend *t, double *ret_per_s)
{
    if (t->count < TREND_SAMPLES_MIN)
        return false;
    double *slopes = malloc(t->count * (t->count - 1) / 2 * sizeof *slopes);
    if (slopes == NULL)
        return false;

    size_t n = 0;
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = i + 1; k < t->count; k++) {
            double apart_s = (double)(t->samples[k].at_ms - t->samples[i].at_ms) / 1000.0;
            if (apart_s > 0)
                slopes[n++] = (t->samples[k].value - t->samples[i].value) / apart_s;
        }
    }
    if (n > 0) {
        qsort(slopes, n, sizeof *slopes, by_value);
        *ret_per_s = n % 2 == 1 ? slopes[n / 2] : (slopes[n / 2 - 1] + slopes[n / 2]) / 2;
    }
    free(slopes);
    return n > 0;
}

void trend_write(const struct trend *t, char *ret, size_t room)
{
    size_t used = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < t->count; i++) {
        int n = snprintf(ret + used, room - used, "%s%" PRId64 ":%.0f", i == 0 ? "" : " ",
            t->samples[i].at_ms, t->samples[i].value);
        if (n < 0 || (size_t)n >= room - used) {
            ret[used] = '\0';
            return;
        }
        used += (size_t)n;
    }
}

void trend_read(struct trend *t, const char *text)
{
    *t = (struct trend){0};
    while (*text != '\0' && t->count < TREND_SAMPLES_MAX) {
        char *end;
        int64_t at_ms = strtoll(text, &end, 10);
        if (end == text || *end != ':')
            return;
        text = end + 1;
        double value = strtod(text, &end);
        bool is_late = t->count > 0 && at_ms <= t->samples[t->count - 1].at_ms;
        if (end == text || !isfinite(value) || is_late)
            return;
        t->samples[t->count++] = (struct trend_sample){at_ms, value};
        text = end + (*end == ' ');
    }
}
