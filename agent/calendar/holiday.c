/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar/holiday.h"

#include <stddef.h>

#include "base/civil.h"

enum { SUNDAY = 0, MONDAY = 1 };

/* A fixed date, or the nth Monday of a month, in the years for which it holds. */
struct holiday_rule {
    int32_t from_year, to_year;
    uint8_t month;
    uint8_t day;        /* 0: the nth Monday */
    uint8_t nth_monday; /* 1..5 */
};

static const struct holiday_rule holiday_rules[] = {
    {2000, 2050, 1, 1, 0},   /* 元日 */
    {2000, 2050, 1, 0, 2},   /* 成人の日 */
    {2000, 2050, 2, 11, 0},  /* 建国記念の日 */
    {2020, 2050, 2, 23, 0},  /* 天皇誕生日 */
    {2000, 2050, 4, 29, 0},  /* みどりの日, 昭和の日 from 2007 on */
    {2019, 2019, 5, 1, 0},   /* 天皇の即位の日 */
    {2000, 2050, 5, 3, 0},   /* 憲法記念日 */
    {2007, 2050, 5, 4, 0},   /* みどりの日 */
    {2000, 2050, 5, 5, 0},   /* こどもの日 */
    {2000, 2002, 7, 20, 0},  /* 海の日 */
    {2003, 2019, 7, 0, 3},   /* 海の日 */
    {2020, 2020, 7, 23, 0},  /* 海の日 */
    {2021, 2021, 7, 22, 0},  /* 海の日 */
    {2022, 2050, 7, 0, 3},   /* 海の日 */
    {2020, 2020, 7, 24, 0},  /* スポーツの日 */
    {2021, 2021, 7, 23, 0},  /* スポーツの日 */
    {2016, 2019, 8, 11, 0},  /* 山の日 */
    {2020, 2020, 8, 10, 0},  /* 山の日 */
    {2021, 2021, 8, 8, 0},   /* 山の日 */
    {2022, 2050, 8, 11, 0},  /* 山の日 */
    {2000, 2002, 9, 15, 0},  /* 敬老の日 */
    {2003, 2050, 9, 0, 3},   /* 敬老の日 */
    {2000, 2019, 10, 0, 2},  /* 体育の日 */
    {2022, 2050, 10, 0, 2},  /* スポーツの日 */
    {2019, 2019, 10, 22, 0}, /* 即位礼正殿の儀 */
    {2000, 2050, 11, 3, 0},  /* 文化の日 */
    {2000, 2050, 11, 23, 0}, /* 勤労感謝の日 */
    {2000, 2018, 12, 23, 0}, /* 天皇誕生日 */
};

/* The equinox's day of its month, for 1980..2099; @at_1980 is its instant in 1980 in days. */
static int32_t equinox_day(int32_t year, double at_1980)
{
    int32_t years = year - 1980;
    return (int32_t)(at_1980 + 0.242194 * years) - years / 4;
}

static bool is_equinox(struct civil_date d)
{
    if (d.month == 3)
        return d.day == equinox_day(d.year, 20.8431);
    return d.month == 9 && d.day == equinox_day(d.year, 23.2488);
}

static bool rule_fits(const struct holiday_rule *r, struct civil_date d, int32_t day)
{
    if (d.month != r->month || d.year < r->from_year || d.year > r->to_year)
        return false;
    if (r->day != 0)
        return d.day == r->day;
    return civil_weekday(day) == MONDAY && (d.day - 1) / 7 + 1 == r->nth_monday;
}

/* A holiday by name, not one that follows from its neighbours. */
static bool is_named(int32_t day)
{
    struct civil_date d = civil_date_of(day);
    if (is_equinox(d))
        return true;
    for (size_t i = 0; i < sizeof holiday_rules / sizeof holiday_rules[0]; i++)
        if (rule_fits(&holiday_rules[i], d, day))
            return true;
    return false;
}

/*
 * Until 2006 only the Monday after a Sunday's holiday is a substitute; since 2007 it is the first
 * day after it that has no name.
 */
static bool is_substitute(int32_t day, int32_t year)
{
    if (year < 2007)
        return civil_weekday(day) == MONDAY && is_named(day - 1);
    for (int32_t before = day - 1; is_named(before); before--)
        if (civil_weekday(before) == SUNDAY)
            return true;
    return false;
}

static bool is_between(int32_t day, int32_t year)
{
    if (year < 2007 && civil_weekday(day) == SUNDAY)
        return false;
    return is_named(day - 1) && is_named(day + 1);
}

bool holiday_is_jp(int32_t day)
{
    int32_t year = civil_date_of(day).year;
    if (year < HOLIDAY_FIRST_YEAR || year > HOLIDAY_LAST_YEAR)
        return false;
    return is_named(day) || is_substitute(day, year) || is_between(day, year);
}
