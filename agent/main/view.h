/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_VIEW_H
#define HM_MAIN_VIEW_H

#include <jansson.h>

#include "calendar/calendar.h"
#include "model/model.h"
#include "settings/settings.h"

/**
 * view - values as the objects that people and programs are shown (docs/control.md, "Objects").
 * New references. What leaves the host is redacted by the caller where settled 13 asks for it; the
 * control socket is the host itself.
 */

/** RFC 3339 in @zone, with milliseconds where there are some, or null for 0. */
json_t *view_time(wall_ms when, const struct zone *zone);
json_t *view_incident(const struct incident *incident, const struct zone *zone);
/** What became of one business day of a linkage. */
json_t *view_linkage_day(
    const char *linkage, const struct linkage_day *day, const struct zone *zone);
json_t *view_notice(const struct notice *notice, const struct zone *zone);

#endif
