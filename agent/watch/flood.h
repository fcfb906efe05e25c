/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_FLOOD_H
#define HM_WATCH_FLOOD_H

#include <stdbool.h>

#include "base/clock.h"

/**
 * flood - whether a worker sends more than the daemon should take, and how much it then gets. Pure.
 *
 * Counted in windows of one second. `seconds` windows in a row above `rate` are a flood; from then
 * on the allowance is `rate` a second, until as many windows were below half of it.
 */

struct flood_rule {
    unsigned rate;    /* readings a second */
    unsigned seconds; /* windows in a row that begin and end a flood */
};

struct flood {
    mono_ms window; /* its start */
    unsigned count; /* in this window */
    unsigned last;  /* in the last full one */
    unsigned above, below;
    unsigned given; /* allowance used in this window */
    bool flooding;
    bool told; /* flood_count said so */
};

/** Counts one reading at @now. True: a flood begins; f->last is how many came in a second. */
bool flood_count(struct flood *f, const struct flood_rule *rule, mono_ms now);

/** How many of @wanted may have their credit back at @now. All while there is no flood. */
unsigned flood_allow(struct flood *f, const struct flood_rule *rule, mono_ms now, unsigned wanted);

#endif
