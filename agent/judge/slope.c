/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/slope.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = SLOPE_SAMPLES_MAX * (SLOPE_SAMPLES_MAX - 1) / 2 };

static void drop_first(struct slope *s, size_t n)
{
    s->count -= n;
    memmove(s->samples, s->samples + n, s->count * sizeof s->samples[0]);
}

void slope_add(struct slope *s, mono_ms at, double value, span_ms over)
{
    size_t old = 0;
    while (old < s->count && s->samples[old].at < at - over)
        old++;
    drop_first(s, old);
    if (s->count > 0 && at - s->samples[s->count - 1].at < over / SLOPE_SAMPLES_MAX)
        return;
    if (s->count == SLOPE_SAMPLES_MAX)
        drop_first(s, 1);
    s->samples[s->count++] = (struct slope_sample){at, value};
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

bool slope_get(const struct slope *s, span_ms over, double *ret_per_ms)
{
    double slopes[PAIRS_MAX];
    size_t n = 0;

    if (s->count < SLOPE_SAMPLES_MIN || s->samples[s->count - 1].at - s->samples[0].at < over / 2)
        return false;
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = i + 1; k < s->count; k++) {
            mono_ms apart = s->samples[k].at - s->samples[i].at;
            if (apart > 0)
                slopes[n++] = (s->samples[k].value - s->samples[i].value) / (double)apart;
        }
    }
    if (n == 0)
        return false;
    qsort(slopes, n, sizeof *slopes, by_value);
    *ret_per_ms = n % 2 == 1 ? slopes[n / 2] : (slopes[n / 2 - 1] + slopes[n / 2]) / 2;
    return true;
}
