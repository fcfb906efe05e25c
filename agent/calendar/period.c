/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "calendar/calendar.h"

enum { YEAR_LEAST = 1970, YEAR_MOST = 9998, LABEL_CHARS_MAX = 23 };

/* What a local date must be turned into an instant with. */
struct frame {
    const struct zone *zone;
    unsigned fiscal_year_start;
    int32_t day_start_minute;
};

static wall_ms start_of(const struct frame *f, struct civil_date date)
{
    return zone_instant(f->zone, civil_day(date), f->day_start_minute);
}

/* Months from the fiscal year's start to @month: 0..11. */
static unsigned fiscal_month(const struct frame *f, unsigned month)
{
    return (month + 12 - f->fiscal_year_start) % 12;
}

/* The period of @kind that begins in the month of @start. */
static struct period period_from(
    const struct frame *f, enum period_kind kind, struct civil_date start, int months)
{
    struct period p = {
        .kind = kind,
        .from = start_of(f, start),
        .to = start_of(f, civil_month_start(start, months)),
    };
    unsigned past = fiscal_month(f, start.month);
    int fiscal_year = civil_month_start(start, -(int)past).year;

    if (kind == PERIOD_MONTH)
        snprintf(p.label, sizeof p.label, "%04d-%02d", start.year % 10000, start.month % 100);
    else if (kind == PERIOD_QUARTER)
        snprintf(p.label, sizeof p.label, "%04dQ%u", fiscal_year % 10000, past / 3 + 1);
    else
        snprintf(p.label, sizeof p.label, "FY%04d", fiscal_year % 10000);
    return p;
}

struct period period_at(enum period_kind kind, wall_ms when, const struct zone *z,
    unsigned fiscal_year_start, int32_t day_start_minute)
{
    struct frame f = {z, fiscal_year_start, day_start_minute};
    int32_t day = zone_day(z, when);
    if (when < zone_instant(z, day, day_start_minute))
        day--;

    struct civil_date date = civil_date_of(day);
    unsigned past = fiscal_month(&f, date.month);
    if (kind == PERIOD_MONTH)
        return period_from(&f, kind, civil_month_start(date, 0), 1);
    if (kind == PERIOD_QUARTER)
        return period_from(&f, kind, civil_month_start(date, -(int)(past % 3)), 3);
    return period_from(&f, kind, civil_month_start(date, -(int)past), 12);
}

wall_ms period_fiscal_start(wall_ms when, unsigned years, const struct zone *z,
    unsigned fiscal_year_start, int32_t day_start_minute)
{
    struct period p = period_at(PERIOD_FISCAL_YEAR, when, z, fiscal_year_start, day_start_minute);
    for (; years > 0; years--)
        p = period_at(PERIOD_FISCAL_YEAR, p.from - 1, z, fiscal_year_start, day_start_minute);
    return p.from;
}

static bool read_digits(const char *string, size_t count, int least, int most, int *ret)
{
    int n = 0;
    for (size_t i = 0; i < count; i++) {
        if (string[i] < '0' || string[i] > '9')
            return false;
        n = n * 10 + (string[i] - '0');
    }
    *ret = n;
    return n >= least && n <= most;
}

static bool read_date(const char *string, struct civil_date *ret)
{
    int year = 0, month = 0, day = 0;
    if (!read_digits(string, 4, YEAR_LEAST, YEAR_MOST, &year) || string[4] != '-' ||
        !read_digits(string + 5, 2, 1, 12, &month) || string[7] != '-' ||
        !read_digits(string + 8, 2, 1, 31, &day) || !civil_exists(year, month, day))
        return false;
    *ret = (struct civil_date){year, (uint8_t)month, (uint8_t)day};
    return true;
}

static bool parse_range(const char *string, const struct frame *f, struct period *ret)
{
    struct civil_date from, to;
    if (!read_date(string, &from) || strncmp(string + 10, "..", 2) != 0 ||
        !read_date(string + 12, &to) || civil_day(from) >= civil_day(to))
        return false;
    *ret = (struct period){.from = start_of(f, from), .to = start_of(f, to)};
    strcpy(ret->label, string);
    return true;
}

bool period_parse(const char *string, const struct zone *z, unsigned fiscal_year_start,
    int32_t day_start_minute, struct period *ret)
{
    struct frame f = {z, fiscal_year_start, day_start_minute};
    size_t length = strnlen(string, LABEL_CHARS_MAX + 1);
    int year = 0, part = 0;

    if (length == 22)
        return parse_range(string, &f, ret);
    if (length == 6 && strncmp(string, "FY", 2) == 0) {
        if (!read_digits(string + 2, 4, YEAR_LEAST, YEAR_MOST, &year))
            return false;
        *ret = period_from(
            &f, PERIOD_FISCAL_YEAR, (struct civil_date){year, (uint8_t)fiscal_year_start, 1}, 12);
        return true;
    }
    if (length == 6 && string[4] == 'Q') {
        if (!read_digits(string, 4, YEAR_LEAST, YEAR_MOST, &year) ||
            !read_digits(string + 5, 1, 1, 4, &part))
            return false;
        struct civil_date start = {year, (uint8_t)fiscal_year_start, 1};
        *ret = period_from(&f, PERIOD_QUARTER, civil_month_start(start, (part - 1) * 3), 3);
        return true;
    }
    if (length != 7 || string[4] != '-' || !read_digits(string, 4, YEAR_LEAST, YEAR_MOST, &year) ||
        !read_digits(string + 5, 2, 1, 12, &part))
        return false;
    *ret = period_from(&f, PERIOD_MONTH, (struct civil_date){year, (uint8_t)part, 1}, 1);
    return true;
}
