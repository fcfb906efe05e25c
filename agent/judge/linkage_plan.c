/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_plan.h"

#include "base/civil.h"

enum { DAYS_AHEAD = 400, MONTHS_AHEAD = 120, MONTH_DAYS = 31 };

static int32_t next_open(const struct calendar *c, int32_t day, int32_t step, int32_t limit)
{
    for (int32_t i = 0; i < limit; i++, day += step)
        if (calendar_day_open(c, day))
            return day;
    return LINKAGE_NO_DAY;
}

static int32_t nth_open(const struct calendar *c, int32_t first, int32_t length, int nth)
{
    int32_t step = nth > 0 ? 1 : -1;
    int32_t day = nth > 0 ? first : first + length - 1;
    int left = nth > 0 ? nth : -nth;
    for (int32_t i = 0; i < length; i++, day += step)
        if (calendar_day_open(c, day) && --left == 0)
            return day;
    return LINKAGE_NO_DAY;
}

/* The expected day of the month that begins on @start. */
static int32_t day_of_month(
    const struct linkage_settings *k, const struct calendar *c, struct civil_date start)
{
    int32_t first = civil_day(start);
    int32_t length = civil_day(civil_month_start(start, 1)) - first;

    if (k->open_day != 0)
        return nth_open(c, first, length, k->open_day);
    int32_t day = first + (k->day < length ? k->day : length) - 1;
    if (k->if_closed == LINKAGE_KEEP)
        return day;
    return next_open(c, day, k->if_closed == LINKAGE_NEXT_OPEN ? 1 : -1, MONTH_DAYS);
}

/* A day that is moved may lie in the month before or after its own. */
static int32_t next_by_month(
    const struct linkage_settings *k, const struct calendar *c, int32_t after)
{
    for (int month = -1; month < MONTHS_AHEAD; month++) {
        struct civil_date start = civil_month_start(civil_date_of(after), month);
        if (k->frequency == LINKAGE_YEARLY && start.month != k->month)
            continue;
        int32_t day = day_of_month(k, c, start);
        if (day > after)
            return day;
    }
    return LINKAGE_NO_DAY;
}

int32_t linkage_plan_next(const struct linkage_settings *k, const struct calendar *c, int32_t after)
{
    switch (k->frequency) {
    case LINKAGE_DAILY:
    case LINKAGE_OPEN_DAYS:
        return next_open(c, after + 1, 1, DAYS_AHEAD);
    case LINKAGE_MONTHLY:
    case LINKAGE_YEARLY:
        return next_by_month(k, c, after);
    case LINKAGE_IRREGULAR:
        break;
    }
    return LINKAGE_NO_DAY;
}

wall_ms linkage_plan_due(const struct linkage_settings *k, const struct calendar *c, int32_t day)
{
    return day == LINKAGE_NO_DAY ? CLOCK_NEVER : zone_instant(c->zone, day, k->deadline_minute);
}
