/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_DRILL_H
#define HM_NOTIFY_DRILL_H

#include "notify/routes.h"

/**
 * drill - when notices are sent only to see that they come through. Pure.
 *
 * A destination has drills of its own and of each route that tells it. A drill that is overdue is
 * one whose time went by without a notice that was accepted (sent, where the channel proves
 * nothing): the agent did not run, or it did not come through.
 */

/** The first time of @drill after @after (exclusive); CLOCK_NEVER: none, or none in a year. */
wall_ms drill_next(
    const struct route_site *site, const struct drill_settings *drill, wall_ms after);
/** The last one at or before @before; 0: none within a year. */
wall_ms drill_last(
    const struct route_site *site, const struct drill_settings *drill, wall_ms before);

/** The same over all drills that @destination has. */
wall_ms drill_next_of(const struct route_site *site, const char *destination, wall_ms after);
wall_ms drill_last_of(const struct route_site *site, const char *destination, wall_ms before);

enum { DRILL_GRACE_MS = 60 * 60 * 1000 };
/** Whether the last drill that @destination should have had by an hour before @now was not made
 * (@last_at: of the last one) or did not come through (@came). */
bool drill_is_overdue(const struct route_site *site, const char *destination, wall_ms last_at,
    bool came, wall_ms now);

#endif
