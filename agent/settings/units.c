/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"

/* Reads 1..@most_digits decimal digits; NULL if there are none or more. */
static const char *digits(const char *at, int most_digits, int64_t *ret)
{
    int64_t n = 0;
    int count = 0;
    for (; *at >= '0' && *at <= '9'; at++, count++) {
        if (count == most_digits)
            return NULL;
        n = n * 10 + (*at - '0');
    }
    *ret = n;
    return count > 0 ? at : NULL;
}

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit span_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit size_units[] = {
    {"T", 1LL << 40}, {"G", 1LL << 30}, {"M", 1LL << 20}, {"K", 1LL << 10}, {"", 1}};

/* Twelve digits: 31,000 years in ms, and no product overflows 63 bits but "T", which is looked at.
 */
static bool quantity(const char *string, const struct unit *units, size_t unit_count, int64_t *ret)
{
    int64_t n;
    const char *rest = digits(string, 12, &n);
    if (rest == NULL)
        return false;
    for (size_t i = 0; i < unit_count; i++) {
        int64_t product;
        if (strcmp(rest, units[i].name) != 0)
            continue;
        if (__builtin_mul_overflow(n, units[i].factor, &product))
            return false;
        *ret = product;
        return true;
    }
    return false;
}

static void add_quantity(
    struct text *t, const struct unit *units, size_t unit_count, int64_t amount)
{
    size_t i = 0;
    while (i + 1 < unit_count && (amount == 0 || amount % units[i].factor != 0))
        i++;
    text_addf(t, "%lld%s", (long long)(amount / units[i].factor), units[i].name);
}

bool settings_parse_span(const char *string, span_ms *ret)
{
    return quantity(string, span_units, sizeof span_units / sizeof span_units[0], ret);
}

void units_add_span(struct text *t, span_ms span)
{
    if (span == 0)
        text_add(t, "0s");
    else
        add_quantity(t, span_units, sizeof span_units / sizeof span_units[0], span);
}

bool units_size(const char *string, int64_t *ret_bytes)
{
    return quantity(string, size_units, sizeof size_units / sizeof size_units[0], ret_bytes);
}

void units_add_size(struct text *t, int64_t bytes)
{
    add_quantity(t, size_units, sizeof size_units / sizeof size_units[0], bytes);
}

bool units_date(const char *string, int32_t *ret_day)
{
    int64_t year = 0, month = 0, day = 0;
    const char *at = digits(string, 4, &year);
    if (at != string + 4 || *at++ != '-')
        return false;
    if (digits(at, 2, &month) != at + 2 || at[2] != '-')
        return false;
    at += 3;
    if (digits(at, 2, &day) != at + 2 || at[2] != '\0')
        return false;
    if (!civil_exists((int)year, (int)month, (int)day))
        return false;
    *ret_day = civil_day((struct civil_date){(int32_t)year, (uint8_t)month, (uint8_t)day});
    return true;
}

static const char *clock_part(const char *at, int32_t *ret_minute)
{
    int64_t hour = 0, minute = 0;
    if (digits(at, 2, &hour) != at + 2 || at[2] != ':')
        return NULL;
    if (digits(at + 3, 2, &minute) != at + 5 || minute > 59)
        return NULL;
    *ret_minute = (int32_t)(hour * 60 + minute);
    return at + 5;
}

bool units_clock(const char *string, int32_t most, int32_t *ret_minute)
{
    int32_t minute = 0;
    const char *end = clock_part(string, &minute);
    if (end == NULL || *end != '\0' || minute > most)
        return false;
    *ret_minute = minute;
    return true;
}

bool units_hours(const char *string, struct calendar_window *ret)
{
    struct calendar_window w;
    const char *at = clock_part(string, &w.from_minute);
    if (at == NULL || *at++ != '-')
        return false;
    at = clock_part(at, &w.to_minute);
    if (at == NULL || *at != '\0')
        return false;
    if (w.to_minute > 48 * 60 || w.from_minute >= w.to_minute ||
        w.to_minute - w.from_minute > 24 * 60)
        return false;
    *ret = w;
    return true;
}

static int weekday(const char *at)
{
    static const char names[7][4] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    for (int i = 0; i < 7; i++)
        if (strncmp(at, names[i], 3) == 0)
            return i;
    return -1;
}

bool units_weekdays(const char *string, uint8_t *days)
{
    int from = weekday(string), to = from;
    if (from < 0)
        return false;
    const char *at = string + 3;
    if (*at == '-') {
        to = weekday(at + 1);
        at += 4;
    }
    if (to < 0 || *at != '\0')
        return false;
    uint8_t bits = 0;
    for (int day = from;; day = (day + 1) % 7) {
        bits = (uint8_t)(bits | 1u << day);
        if (day == to)
            break;
    }
    *days = (uint8_t)(*days | bits);
    return true;
}

bool units_percent(const char *string, uint32_t *ret_thousandths)
{
    int64_t whole, part = 0;
    const char *at = digits(string, 3, &whole);
    if (at == NULL)
        return false;
    if (*at == '.') {
        const char *from = at + 1;
        at = digits(from, 3, &part);
        if (at == NULL)
            return false;
        for (ptrdiff_t n = at - from; n < 3; n++)
            part *= 10;
    }
    int64_t thousandths = whole * 1000 + part;
    if (*at != '\0' || thousandths < 1 || thousandths > 100000)
        return false;
    *ret_thousandths = (uint32_t)thousandths;
    return true;
}

void units_add_number(struct text *t, double number)
{
    // Digits enough to come back as the same double, no more than a person would have written.
    char shown[40];
    if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number) {
        text_addf(t, "%.0f", number); // "84744454144", never "8.47e+10"
        return;
    }
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(shown, sizeof shown, "%.*g", precision, number);
        if (strtod(shown, NULL) >= number && strtod(shown, NULL) <= number)
            break;
    }
    text_add(t, shown);
}

bool condition_met(const struct condition *c, double number)
{
    switch (c->op) {
    case CONDITION_NONE:
        return false;
    case CONDITION_LT:
        return number < c->value;
    case CONDITION_LE:
        return number <= c->value;
    case CONDITION_GT:
        return number > c->value;
    case CONDITION_GE:
        return number >= c->value;
    case CONDITION_EQ:
        return number >= c->value && number <= c->value;
    case CONDITION_NE:
        return number < c->value || number > c->value;
    }
    return false;
}

/* Longer ones first: "<=" also begins with "<". */
static const struct {
    const char *sign;
    enum condition_op op;
} condition_signs[] = {{"<=", CONDITION_LE}, {">=", CONDITION_GE}, {"==", CONDITION_EQ},
    {"!=", CONDITION_NE}, {"<", CONDITION_LT}, {">", CONDITION_GT}};

/* A plain decimal number: no "inf", "nan" or hexadecimal, which strtod would take. */
static bool plain_number(const char *at, double *ret)
{
    size_t length = strspn(at, "+-.0123456789eE");
    char *end;
    double value = strtod(at, &end);
    if (length == 0 || end != at + length || !isfinite(value))
        return false;
    while (isspace((unsigned char)*end))
        end++;
    if (*end != '\0')
        return false;
    *ret = value;
    return true;
}

bool condition_parse(const char *string, struct condition *ret)
{
    while (isspace((unsigned char)*string))
        string++;
    for (size_t i = 0; i < sizeof condition_signs / sizeof condition_signs[0]; i++) {
        size_t length = strlen(condition_signs[i].sign);
        if (strncmp(string, condition_signs[i].sign, length) != 0)
            continue;
        string += length;
        while (isspace((unsigned char)*string))
            string++;
        double value;
        if (!plain_number(string, &value))
            return false;
        *ret = (struct condition){condition_signs[i].op, value};
        return true;
    }
    return false;
}

void condition_add(struct text *t, const struct condition *c)
{
    for (size_t i = 0; i < sizeof condition_signs / sizeof condition_signs[0]; i++) {
        if (condition_signs[i].op != c->op)
            continue;
        text_addf(t, "%s ", condition_signs[i].sign);
        units_add_number(t, c->value);
    }
}
