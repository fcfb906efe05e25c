/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CALENDAR_HOLIDAY_H
#define HM_CALENDAR_HOLIDAY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * holiday - the national holidays of Japan (国民の祝日に関する法律), computed. Pure.
 *
 * The law as amended up to 2022 and the laws for single years (2019, 2020, 2021). The equinoxes
 * are those of the usual approximation; the day in force is published each February for the next
 * year and has never differed within these years. Substitute days (振替休日) and days between two
 * holidays (国民の休日) count as holidays.
 */

enum { HOLIDAY_FIRST_YEAR = 2000, HOLIDAY_LAST_YEAR = 2050 };

/** Whether civil day @day (base/civil.h) is a holiday; false outside the years above. */
bool holiday_is_jp(int32_t day);

#endif
