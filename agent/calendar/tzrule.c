/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar/tzrule.h"

#include <string.h>

#include "base/civil.h"

enum { DAY_S = 86400, HOURS_MAX = 167 };

/* What is left of the string that is read. */
struct cursor {
    const char *at;
    size_t left;
};

static char peek(const struct cursor *c)
{
    return c->left > 0 ? *c->at : '\0';
}

static bool take(struct cursor *c, char wanted)
{
    if (peek(c) != wanted || c->left == 0)
        return false;
    c->at++;
    c->left--;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool take_number(struct cursor *c, int least, int most, int *ret)
{
    int n = 0;
    if (!is_digit(peek(c)))
        return false;
    while (is_digit(peek(c))) {
        n = n * 10 + (peek(c) - '0');
        if (n > most)
            return false;
        take(c, peek(c));
    }
    if (n < least)
        return false;
    *ret = n;
    return true;
}

/* "JST" or "<+0330>"; its letters are of no use here. */
static bool skip_name(struct cursor *c)
{
    size_t count = 0;
    if (take(c, '<')) {
        while (is_letter(peek(c)) || is_digit(peek(c)) || peek(c) == '+' || peek(c) == '-') {
            take(c, peek(c));
            count++;
        }
        return take(c, '>') && count >= 3;
    }
    while (is_letter(peek(c))) {
        take(c, peek(c));
        count++;
    }
    return count >= 3;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool take_time(struct cursor *c, int32_t *ret)
{
    int sign = 1, hours = 0, minutes = 0, seconds = 0;

    if (take(c, '-'))
        sign = -1;
    else
        take(c, '+');
    if (!take_number(c, 0, HOURS_MAX, &hours))
        return false;
    if (take(c, ':') && !take_number(c, 0, 59, &minutes))
        return false;
    if (take(c, ':') && !take_number(c, 0, 59, &seconds))
        return false;
    *ret = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

/* Offsets are written west of UTC and at most a day. */
static bool take_offset(struct cursor *c, int32_t *ret)
{
    int32_t west = 0;
    if (!take_time(c, &west) || west > DAY_S || west < -DAY_S)
        return false;
    *ret = -west;
    return true;
}

static bool take_change(struct cursor *c, struct tzrule_change *ret)
{
    *ret = (struct tzrule_change){.second = 2 * 3600};
    if (!take(c, ','))
        return false;
    if (take(c, 'M')) {
        ret->kind = TZRULE_MONTH_WEEK;
        if (!take_number(c, 1, 12, &ret->month) || !take(c, '.') ||
            !take_number(c, 1, 5, &ret->week) || !take(c, '.') ||
            !take_number(c, 0, 6, &ret->weekday))
            return false;
    } else if (take(c, 'J')) {
        ret->kind = TZRULE_JULIAN;
        if (!take_number(c, 1, 365, &ret->day))
            return false;
    } else {
        ret->kind = TZRULE_ZERO_BASED;
        if (!take_number(c, 0, 365, &ret->day))
            return false;
    }
    return !take(c, '/') || take_time(c, &ret->second);
}

bool tzrule_parse(const char *string, size_t length, struct tzrule *ret)
{
    struct cursor c = {string, length};
    struct tzrule rule = {0};

    if (!skip_name(&c) || !take_offset(&c, &rule.standard_s))
        return false;
    if (c.left > 0) {
        rule.has_summer = true;
        rule.summer_s = rule.standard_s + 3600;
        if (!skip_name(&c))
            return false;
        if (peek(&c) != ',' && !take_offset(&c, &rule.summer_s))
            return false;
        if (!take_change(&c, &rule.begin) || !take_change(&c, &rule.end))
            return false;
    }
    if (c.left > 0)
        return false;
    *ret = rule;
    return true;
}

static bool is_leap(int32_t year)
{
    return civil_exists(year, 2, 29);
}

/* The day number of the change in @year. */
static int32_t change_day(const struct tzrule_change *c, int32_t year)
{
    int32_t new_year = civil_day((struct civil_date){year, 1, 1});
    if (c->kind == TZRULE_ZERO_BASED)
        return new_year + c->day;
    if (c->kind == TZRULE_JULIAN)
        return new_year + c->day - 1 + (is_leap(year) && c->day >= 60);

    struct civil_date month = {year, (uint8_t)c->month, 1};
    int32_t first = civil_day(month);
    int32_t next = civil_day(civil_month_start(month, 1));
    int32_t day = first + (c->weekday - civil_weekday(first) + 7) % 7 + (c->week - 1) * 7;
    return day >= next ? day - 7 : day;
}

static int64_t change_at(const struct tzrule_change *c, int32_t year, int32_t offset_before_s)
{
    return (int64_t)change_day(c, year) * DAY_S + c->second - offset_before_s;
}

int32_t tzrule_offset(const struct tzrule *rule, int64_t when_s)
{
    if (!rule->has_summer)
        return rule->standard_s;

    int64_t local = when_s + rule->standard_s;
    int64_t day = local / DAY_S - (local % DAY_S < 0);
    if (day > INT32_MAX / 2 || day < INT32_MIN / 2)
        return rule->standard_s;
    int32_t year = civil_date_of((int32_t)day).year;
    int64_t begin = change_at(&rule->begin, year, rule->standard_s);
    int64_t end = change_at(&rule->end, year, rule->summer_s);
    bool is_summer =
        begin < end ? (when_s >= begin && when_s < end) : !(when_s >= end && when_s < begin);
    return is_summer ? rule->summer_s : rule->standard_s;
}
