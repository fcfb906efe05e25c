/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CALENDAR_CALENDAR_H
#define HM_CALENDAR_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "settings/settings.h"

/**
 * calendar - service hours, business days, periods, zones. Pure: an instant is an argument.
 *
 * A business day D has the windows of `hours`, on the 48-hour clock: "05:00-27:00" of D ends at
 * 03:00 of D+1; whether D is open decides (weekday, holiday, closed and open days), not D+1.
 * Intervals are half-open [a, b). Windows that touch or overlap are one. An open day opens whatever
 * else is said, then a closed day closes, then weekdays and holidays (those of its file in the
 * years that it lists, else holiday.h) decide. A calendar without hours is open all day.
 */

/** A zone's rules, read once from the zone database (TZif, RFC 8536). */
struct zone;
/** 0, or CALENDAR_E_ZONE when there is no such zone. "UTC" and "Asia/Tokyo" always work. */
enum { CALENDAR_E_ZONE = 1 };
int zone_new(const char *iana_name, struct zone **ret_zone);
/** The same from the bytes of a zone file. CALENDAR_E_ZONE: they are none that can be used. */
int zone_from_bytes(const void *bytes, size_t length, struct zone **ret_zone);
struct zone *zone_free(struct zone *z);
/** Seconds east of UTC at @when. */
int32_t zone_offset(const struct zone *z, wall_ms when);
/** The instant at which local clocks show @minute (0..2880) of @day (civil day number). In a gap:
 * the instant of the jump; twice: the first. */
wall_ms zone_instant(const struct zone *z, int32_t day, int32_t minute);
/** The local day at @when. */
int32_t zone_day(const struct zone *z, wall_ms when);

struct interval {
    wall_ms from, to;
};

/** A service's hours. Borrows @settings and @zone. */
struct calendar {
    const struct calendar_settings *settings; /* NULL: always open */
    const struct zone *zone;
};

/** Whether the holidays of @year are known: computed or listed in its file, or none are asked for.
 */
bool calendar_knows_holidays(const struct calendar_settings *s, int32_t year);
/** Whether business day @day is open. */
bool calendar_day_open(const struct calendar *c, int32_t day);
bool calendar_open_at(const struct calendar *c, wall_ms when);
/** The next instant after @when at which open changes to closed or back; CLOCK_NEVER if none in a
 * year. */
wall_ms calendar_next_edge(const struct calendar *c, wall_ms when);
/** Calls @fn for each open interval within [from, to), merged, in order. */
void calendar_each_open(const struct calendar *c, wall_ms from, wall_ms to,
    void (*fn)(void *arg, struct interval open), void *arg);
/** Open seconds within [from, to) (whole seconds; both are cut to seconds first). */
int64_t calendar_open_s(const struct calendar *c, wall_ms from, wall_ms to);

/** A reporting period. */
struct period {
    enum period_kind kind; /* 0: a range of dates */
    wall_ms from, to;
    char label[24]; /* "2026-04" "2026Q1" "FY2026" */
};
/** The period of @kind that holds @when. Boundaries at @day_start_minute local, fiscal years from
 * month @fiscal_year_start on; a fiscal year is named after the year that it begins in. */
struct period period_at(enum period_kind kind, wall_ms when, const struct zone *z,
    unsigned fiscal_year_start, int32_t day_start_minute);
/** The begin of the fiscal year of @when, or of the one @years before it. */
wall_ms period_fiscal_start(wall_ms when, unsigned years, const struct zone *z,
    unsigned fiscal_year_start, int32_t day_start_minute);
/** Reads "FY2026" "2026Q1" (fiscal quarter) "2026-04" or "FROM..TO" (dates, TO excluded). */
bool period_parse(const char *string, const struct zone *z, unsigned fiscal_year_start,
    int32_t day_start_minute, struct period *ret);

#endif
