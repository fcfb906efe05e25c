/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_DRILL_H
#define HM_SETTINGS_DRILL_H

#include "settings/settings.h"

/**
 * drill - how the times of drills are written. Private to this folder.
 *
 * "monthly DAY HH:MM" (1..28), "weekly mon HH:MM", "daily HH:MM", each with the name of a calendar
 * after it or not. The whole string, or false and *ret as it was. The caller frees ret->calendar.
 */
bool drill_parse(const char *string, struct drill_settings *ret);

#endif
