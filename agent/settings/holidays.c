/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/holidays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "settings/complaint.h"
#include "settings/source.h"
#include "settings/units.h"

enum { DATE_BYTES_MAX = 10 };

/* The first cell of @line; YYYY/M/D is made YYYY-MM-DD. */
static bool take_date(const char *line, size_t length, int32_t *ret_day)
{
    char cell[DATE_BYTES_MAX + 1], date[DATE_BYTES_MAX + 1];
    unsigned year, month, day;
    int used = 0;

    if (length > 0 && *line == '"')
        line++, length--;
    size_t cut = 0;
    while (cut < length && strchr("0123456789/-", line[cut]) != NULL)
        cut++;
    bool is_cell = cut == length || line[cut] == ',' || line[cut] == '"';
    if (!is_cell || cut == 0 || cut > DATE_BYTES_MAX)
        return false;
    memcpy(cell, line, cut);
    cell[cut] = '\0';
    if (sscanf(cell, "%4u/%2u/%2u%n", &year, &month, &day, &used) != 3 || (size_t)used != cut)
        return units_date(cell, ret_day);
    if (year < 1000)
        return false;
    snprintf(date, sizeof date, "%04u-%02u-%02u", year % 10000, month % 100, day % 100);
    return units_date(date, ret_day);
}

static int by_day(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t sort_once(int32_t *days, size_t count)
{
    size_t kept = 0;
    if (count > 0)
        qsort(days, count, sizeof *days, by_day);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || days[kept - 1] != days[i])
            days[kept++] = days[i];
    return kept;
}

int32_t *holidays_read(const char *file, size_t *ret_count, struct complaints *c)
{
    struct place place = {file, 0}, whole = place;
    size_t length = 0, count = 0;
    char *bytes = source_bytes(file, &length, c);
    int32_t *days = alloc_array(HOLIDAYS_MAX, sizeof *days);

    for (const char *line = bytes, *next; line != NULL && line < bytes + length; line = next) {
        const char *newline = memchr(line, '\n', (size_t)(bytes + length - line));
        size_t line_length = (size_t)((newline != NULL ? newline : bytes + length) - line);
        next = newline != NULL ? newline + 1 : bytes + length;
        place.line++;
        if (line_length > 0 && line[line_length - 1] == '\r')
            line_length--;
        if (line_length == 0)
            continue;
        if (count == HOLIDAYS_MAX) {
            complain(c, place, MESSAGE_SETTINGS_TOO_LARGE);
            break;
        }
        if (take_date(line, line_length, &days[count]))
            count++;
        else if (place.line > 1)
            complain(c, place, MESSAGE_SETTINGS_HOLIDAY_LINE);
    }
    if (count == 0 && bytes != NULL)
        complain(c, whole, MESSAGE_SETTINGS_HOLIDAY_LINE);
    free(bytes);
    *ret_count = sort_once(days, count);
    return days;
}
