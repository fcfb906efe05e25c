/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_DERIVE_H
#define HM_JUDGE_DERIVE_H

#include "judge/state.h"

/**
 * derive - numbers that follow from others: how fast a metric changes, and how long until it
 * reaches a limit. A rule with `derive` judges such a number under a metric name of its own, by the
 * trend of the metric `of` over the span `over` (slope.h).
 *
 * It speaks once half of `over` has been seen, which after a restart begins anew; until then its
 * level stays. It is never late by itself: what it is derived from is.
 */

enum { DERIVE_NEVER_S = 10 * 365 * 24 * 3600 /* as good as never reached */ };

/** A number of @m was read: what is derived from it is judged. Nothing when nothing is. */
void derive_take(
    struct judge *j, struct metric *m, double number, struct moment at, struct moment now);

/** Seconds until what is @value now and changes by @per_ms meets @limit: 0 when it does, at most
 * DERIVE_NEVER_S. */
double derive_time_to(const struct condition *limit, double value, double per_ms);

#endif
