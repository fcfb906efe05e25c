/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch/limits.h"

struct watch_limits watch_limits_default(void)
{
    return (struct watch_limits){.delay_first = 1000,
        .delay_most = 60 * 1000,
        .good_run = 10 * 60 * 1000,
        .budget_within = 10 * 60 * 1000,
        .budget = 10,
        .hello = 10 * 1000,
        .silence = 10 * 1000,
        .reap = 2000,
        .term = 1000,
        .kill = 3000,
        .retry_hung = 60 * 1000,
        .retry_stuck = 10 * 60 * 1000,
        .retry_refused = 60 * 1000,
        .retry_failed = 10 * 60 * 1000,
        .away_events = 60 * 1000,
        .falls_most = 3,
        .stuck_most = 3,
        .flood_rate = 2000,
        .flood_seconds = 5};
}
