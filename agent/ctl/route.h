/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_ROUTE_H
#define HM_CTL_ROUTE_H

#include "ctl/ctl.h"
#include "settings/settings.h"

/** route - what the routes of a configuration would do, and where they are weak. */

/** Calls @fn with a sentence for each moment of the next two weeks in which nobody would be told of
 * something bad, and each contact that is out of its time or soon will be. */
void route_each_weakness(const struct ctl *c, const struct settings *s,
    void (*fn)(void *arg, const char *sentence), void *arg);

#endif
