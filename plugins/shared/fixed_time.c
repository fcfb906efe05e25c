/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/fixed_time.h"

#include <string.h>
#include <time.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char time_fields[] = "YmdHMS";

bool fixed_time_valid(const char *format)
{
    unsigned seen = 0;
    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%')
            continue;
        const char *field = *++f == '\0' ? NULL : strchr(time_fields, *f);
        if (field == NULL || (seen >> (field - time_fields) & 1) != 0)
            return false;
        seen |= 1U << (field - time_fields);
    }
    return (seen & 7) == 7;
}

/* Reads @width digits; -1: they are not there. */
static int read_digits(const char *text, int width)
{
    int value = 0;
    for (int i = 0; i < width; i++) {
        if (!is_digit(text[i]))
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

static void set_field(struct tm *t, char field, int value)
{
    if (field == 'Y')
        t->tm_year = value - 1900;
    else if (field == 'm')
        t->tm_mon = value - 1;
    else if (field == 'd')
        t->tm_mday = value;
    else if (field == 'H')
        t->tm_hour = value;
    else if (field == 'M')
        t->tm_min = value;
    else
        t->tm_sec = value;
}

/* Whether @text begins with what @format says; then *ret_end is what follows. */
static bool read_fields(
    const char *format, const char *text, struct tm *ret_time, const char **ret_end)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            if (*text++ != *format)
                return false;
            continue;
        }
        int width = *++format == 'Y' ? 4 : 2;
        int value = read_digits(text, width);
        if (value < 0)
            return false;
        set_field(ret_time, *format, value);
        text += width;
    }
    *ret_end = text;
    return true;
}

/* The 31st of April has a time too, as mktime(3) sees it: that of the 1st of May. */
static bool to_ms(const struct tm *given, int64_t *ret_ms)
{
    struct tm t = *given;
    t.tm_isdst = -1;
    time_t seconds = mktime(&t);
    if (seconds == (time_t)-1 || t.tm_mday != given->tm_mday || t.tm_mon != given->tm_mon ||
        given->tm_hour > 23 || given->tm_min > 59 || given->tm_sec > 60)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

bool fixed_time_find(const char *format, const char *text, int64_t *ret_ms)
{
    for (const char *at = text; *at != '\0'; at++) {
        struct tm t = {0};
        const char *end = at;
        bool is_cut = is_digit(*at) && at > text && is_digit(at[-1]);
        if (!is_cut && read_fields(format, at, &t, &end) &&
            !(is_digit(end[0]) && end > at && is_digit(end[-1])) && to_ms(&t, ret_ms))
            return true;
    }
    return false;
}
