/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/drill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/units.h"

enum { WORD_BYTES = 80, LAST_DAY = 28 }; /* a day that each month has */

static bool weekday(const char *word, int *ret)
{
    static const char *const names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    for (int i = 0; i < 7; i++)
        if (strcmp(names[i], word) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static bool month_day(const char *word, int *ret)
{
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 2 || word[digits] != '\0')
        return false;
    *ret = atoi(word);
    return *ret >= 1 && *ret <= LAST_DAY;
}

bool drill_parse(const char *string, struct drill_settings *ret)
{
    char words[4][WORD_BYTES] = {{0}};
    struct drill_settings d = {0};
    int end = 0;
    int count =
        sscanf(string, "%79s %79s %79s %79s %n", words[0], words[1], words[2], words[3], &end);
    int next = 2;
    bool is_one = count >= 2;

    if (count == 4 && string[end] != '\0')
        return false;
    if (strcmp(words[0], "daily") == 0) {
        d.every = DRILL_DAILY;
        next = 1;
    } else if (strcmp(words[0], "weekly") == 0) {
        d.every = DRILL_WEEKLY;
        is_one = is_one && weekday(words[1], &d.day);
    } else if (strcmp(words[0], "monthly") == 0) {
        d.every = DRILL_MONTHLY;
        is_one = is_one && month_day(words[1], &d.day);
    }
    is_one = is_one && d.every != DRILL_NONE && count >= next + 1 && count <= next + 2 &&
             units_clock(words[next], 24 * 60 - 1, &d.minute);
    if (is_one && count == next + 2)
        d.calendar = alloc_text(words[next + 1]);
    if (is_one)
        *ret = d;
    return is_one;
}
