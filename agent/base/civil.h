/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_CIVIL_H
#define HM_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * civil - dates of the proleptic Gregorian calendar as day numbers.
 *
 * A day number counts from 1970-01-01 (which is 0, a Thursday). The arithmetic is that of
 * H. Hinnant, "chrono-compatible low-level date algorithms". Pure.
 */

struct civil_date {
    int32_t year;
    uint8_t month; /* 1..12 */
    uint8_t day;   /* 1..31 */
};

int32_t civil_day(struct civil_date date);
struct civil_date civil_date_of(int32_t day);
/** Whether there is such a date (2026-02-29 is none). */
bool civil_exists(int year, int month, int day);
/** 0 Sunday .. 6 Saturday. */
int civil_weekday(int32_t day);
/** The first day of the month that lies @months after the month of @date. */
struct civil_date civil_month_start(struct civil_date date, int months);

#endif
