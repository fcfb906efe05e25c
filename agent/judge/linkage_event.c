/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_event.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"

const char *linkage_event_field(const struct reading *r, const char *name)
{
    const char *value = name != NULL ? reading_field(r, name) : NULL;
    return value != NULL ? value : "";
}

int64_t linkage_event_records(const struct linkage_settings *s, const struct reading *r)
{
    const char *text = linkage_event_field(r, s->records_field);
    size_t length = strspn(text, "0123456789");
    if (length > 0 && length <= 18 && text[length] == '\0')
        return strtoll(text, NULL, 10);
    return strcmp(linkage_event_field(r, "bytes"), "0") == 0 ? 0 : -1;
}

static bool two_digits(const char *at, int *ret)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *ret = (at[0] - '0') * 10 + (at[1] - '0');
    return true;
}

/* "20260415", "2026-04-15" or "2026/04/15" at @at, with no digit behind it. */
static bool date_at(const char *at, int32_t *ret_day)
{
    int century, year, month, day;
    if (!two_digits(at, &century) || !two_digits(at + 2, &year))
        return false;
    bool is_plain = at[4] != '-' && at[4] != '/';
    const char *rest = at + (is_plain ? 4 : 5);
    if (!two_digits(rest, &month) || (!is_plain && rest[2] != at[4]))
        return false;
    rest += is_plain ? 2 : 3;
    if (!two_digits(rest, &day) || (rest[2] >= '0' && rest[2] <= '9') ||
        !civil_exists(century * 100 + year, month, day))
        return false;
    *ret_day = civil_day((struct civil_date){century * 100 + year, (uint8_t)month, (uint8_t)day});
    return true;
}

bool linkage_event_date(const struct linkage_settings *s, const struct reading *r, int32_t *ret_day)
{
    const char *text = linkage_event_field(r, s->date_field);
    for (bool is_inside = false; *text != '\0'; text++) {
        bool is_digit = *text >= '0' && *text <= '9';
        if (is_digit && !is_inside && date_at(text, ret_day))
            return true;
        is_inside = is_digit;
    }
    return false;
}

bool linkage_event_is_good(const struct linkage_settings *s, const struct reading *r)
{
    const char *result = s->result_field != NULL ? reading_field(r, s->result_field) : NULL;
    if (s->result_field == NULL || result == NULL)
        return true;
    for (size_t i = 0; i < s->ok_count; i++)
        if (strcmp(s->ok[i], result) == 0)
            return true;
    return false;
}
