/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CALENDAR_TZRULE_H
#define HM_CALENDAR_TZRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * tzrule - the POSIX TZ string that ends a zone file ("CET-1CEST,M3.5.0,M10.5.0/3").
 *
 * It says what holds after the last transition that the file lists (RFC 8536, 3.3; the extended
 * hours of version 3, -167..167, are taken). Pure; a plain value.
 */

enum tzrule_day_kind { TZRULE_MONTH_WEEK, TZRULE_JULIAN, TZRULE_ZERO_BASED };

/** The day and local second at which the clocks change. */
struct tzrule_change {
    enum tzrule_day_kind kind;
    int month, week, weekday; /* TZRULE_MONTH_WEEK: 1..12, 1..5 (5: last), 0..6 */
    int day;                  /* TZRULE_JULIAN: 1..365 without 29 Feb; TZRULE_ZERO_BASED: 0..365 */
    int32_t second;
};

struct tzrule {
    int32_t standard_s; /* east of UTC */
    bool has_summer;
    int32_t summer_s;
    struct tzrule_change begin, end; /* of summer time, each by the clock that it ends */
};

/** Reads @length bytes. False if they are not such a string; *ret is then untouched. */
bool tzrule_parse(const char *string, size_t length, struct tzrule *ret);

/** Seconds east of UTC at @when_s (seconds since 1970 UTC). */
int32_t tzrule_offset(const struct tzrule *rule, int64_t when_s);

#endif
