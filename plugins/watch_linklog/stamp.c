/* SPDX-License-Identifier: BSD-2-Clause */
#include "stamp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Whether @format has one of the conversions in @letters. */
static bool has_conversion(const char *format, const char *letters)
{
    for (const char *p = format; (p = strchr(p, '%')) != NULL && p[1] != '\0'; p += 2)
        if (strchr(letters, p[1]) != NULL)
            return true;
    return false;
}

bool stamp_format_valid(const char *format)
{
    return has_conversion(format, "sc") ||
           (has_conversion(format, "dejDxF") && has_conversion(format, "HkIlTRrX"));
}

static bool has_year(const char *format)
{
    return has_conversion(format, "YyCGgDFcsx");
}

/* Seconds since 1970; the zone is that of the process, or what %z read. */
static int64_t seconds_of(const struct tm *tm, bool has_zone)
{
    struct tm copy = *tm;
    long east = tm->tm_gmtoff;
    copy.tm_isdst = -1;
    return has_zone ? (int64_t)timegm(&copy) - east : (int64_t)mktime(&copy);
}

static int64_t with_nearest_year(const struct tm *tm, bool has_zone, int64_t near_ms)
{
    time_t near = (time_t)(near_ms / 1000);
    struct tm written = {0};
    int64_t best = 0, best_distance = INT64_MAX;

    localtime_r(&near, &written);
    for (int year = written.tm_year - 1; year <= written.tm_year + 1; year++) {
        struct tm trial = *tm;
        trial.tm_year = year;
        int64_t seconds = seconds_of(&trial, has_zone);
        int64_t distance = llabs((long long)(seconds - near));
        if (distance < best_distance) {
            best_distance = distance;
            best = seconds;
        }
    }
    return best;
}

/* ".25" or ",250" as milliseconds; 0 if there is none. */
static int64_t fraction_ms(const char *text)
{
    int64_t ms = 0, scale = 100;
    if (*text != '.' && *text != ',')
        return 0;
    for (text++; *text >= '0' && *text <= '9'; text++, scale /= 10)
        ms += (*text - '0') * scale;
    return ms;
}

bool stamp_read(const char *format, const char *text, int64_t near_ms, int64_t *ret_ms)
{
    struct tm tm = {.tm_mday = 1};
    const char *rest = strptime(text, format, &tm);
    if (rest == NULL)
        return false;

    bool has_zone = has_conversion(format, "z");
    int64_t seconds =
        has_year(format) ? seconds_of(&tm, has_zone) : with_nearest_year(&tm, has_zone, near_ms);
    *ret_ms = seconds * 1000 + fraction_ms(rest);
    return true;
}
