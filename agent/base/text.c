/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"

void text_make_room(struct text *t, size_t more)
{
    size_t wanted = t->length + more + 1;
    if (wanted <= t->room)
        return;
    size_t room = t->room > 0 ? t->room : 64;
    while (room < wanted)
        room *= 2;
    t->bytes = alloc_resize(t->bytes, room, 1);
    t->room = room;
}

void text_deinit(struct text *t)
{
    free(t->bytes);
    *t = (struct text){0};
}

void text_clear(struct text *t)
{
    t->length = 0;
    if (t->bytes != NULL)
        t->bytes[0] = '\0';
}

const char *text_get(const struct text *t)
{
    return t->bytes != NULL ? t->bytes : "";
}

char *text_take(struct text *t)
{
    char *taken = t->bytes != NULL ? t->bytes : alloc_text("");
    *t = (struct text){0};
    return taken;
}

void text_add_uint(struct text *t, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    text_add_bytes(t, digits + at, sizeof digits - at);
}

void text_add_int(struct text *t, int64_t number)
{
    if (number < 0)
        text_add_char(t, '-');
    text_add_uint(t, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        text_make_room(t, (size_t)n);
        vsnprintf(t->bytes + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

bool text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* RFC 3629, section 4: the second byte's range depends on the first. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

size_t text_utf8_length(const char *bytes, size_t length)
{
    if (length == 0)
        return 0;
    unsigned char first = (unsigned char)bytes[0];
    if (first < 0x80)
        return 1;

    size_t wanted = first >= 0xc2 && first <= 0xdf   ? 2
                    : first >= 0xe0 && first <= 0xef ? 3
                    : first >= 0xf0 && first <= 0xf4 ? 4
                                                     : 0;
    if (wanted == 0 || wanted > length || !second_fits(first, (unsigned char)bytes[1]))
        return 0;
    for (size_t i = 2; i < wanted; i++)
        if (!is_tail(bytes[i]))
            return 0;
    return wanted;
}

/* Length of the valid UTF-8 that @bytes begin with. */
static size_t valid_run(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        if (at + sizeof word <= length) {
            memcpy(&word, bytes + at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t n = text_utf8_length(bytes + at, length - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

bool text_is_utf8(const char *bytes, size_t length)
{
    return valid_run(bytes, length) == length;
}

size_t text_utf8_cut(const char *bytes, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit > 0 && is_tail(bytes[limit]))
        limit--;
    return limit;
}

size_t text_add_utf8(struct text *t, const char *bytes, size_t length)
{
    size_t bad = 0;
    for (size_t at = 0; at < length;) {
        size_t n = valid_run(bytes + at, length - at);
        text_add_bytes(t, bytes + at, n);
        at += n;
        if (at == length)
            break;
        text_add_bytes(t, "\xef\xbf\xbd", 3);
        bad++;
        at++;
    }
    return bad;
}

static uint32_t code_point(const char *bytes, size_t n)
{
    const unsigned char *b = (const unsigned char *)bytes;
    switch (n) {
    case 1:
        return b[0];
    case 2:
        return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3fu);
    case 3:
        return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3fu);
    default:
        return (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3f) << 12 |
               (uint32_t)(b[2] & 0x3f) << 6 | (b[3] & 0x3fu);
    }
}

static bool is_obeyed(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void text_add_visible(struct text *t, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t n = text_utf8_length(bytes + at, length - at);
        if (n == 0) {
            text_addf(t, "\\x%02x", (unsigned char)bytes[at]);
            at++;
            continue;
        }
        uint32_t c = code_point(bytes + at, n);
        if (is_obeyed(c))
            text_addf(t, "\\x{%x}", c);
        else
            text_add_bytes(t, bytes + at, n);
        at += n;
    }
}

const char *text_time(char ret[TEXT_TIME_BYTES], wall_ms when, int32_t offset_s, bool with_ms)
{
    int64_t local = when + (int64_t)offset_s * 1000;
    int64_t days = local / 86400000 - (local % 86400000 < 0);
    int64_t ms = local - days * 86400000;
    struct civil_date date = civil_date_of((int32_t)days);

    char fraction[8] = "";
    if (with_ms)
        snprintf(fraction, sizeof fraction, ".%03d", (int)(ms % 1000));
    char zone[8] = "Z";
    unsigned minutes = (unsigned)abs(offset_s) / 60 % (24 * 60);
    if (offset_s != 0)
        snprintf(
            zone, sizeof zone, "%c%02u:%02u", offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
    snprintf(ret, TEXT_TIME_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", (int)date.year, date.month,
        date.day, (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), fraction,
        zone);
    return ret;
}

/* Reads exactly @digits digits at *@at and moves on; -1 if they are not there. */
static int number_at(const char **at, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *at += digits;
    return value;
}

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool parse_zone(const char **at, int *ret_offset_s)
{
    if (take(at, 'Z')) {
        *ret_offset_s = 0;
        return true;
    }
    int sign = **at == '-' ? -1 : 1;
    if (!take(at, '+') && !take(at, '-'))
        return false;
    int hours = number_at(at, 2);
    if (hours < 0 || hours > 23 || !take(at, ':'))
        return false;
    int minutes = number_at(at, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static int parse_fraction_ms(const char **at)
{
    if (!take(at, '.'))
        return 0;
    int ms = 0;
    int digits = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++)
        if (digits < 3)
            ms = ms * 10 + (**at - '0');
    if (digits == 0)
        return -1;
    for (; digits < 3; digits++)
        ms *= 10;
    return ms;
}

bool text_parse_time(const char *string, wall_ms *ret_when)
{
    const char *at = string;
    int y = number_at(&at, 4);
    if (y < 0 || !take(&at, '-'))
        return false;
    int m = number_at(&at, 2);
    if (m < 0 || !take(&at, '-'))
        return false;
    int d = number_at(&at, 2);
    if (d < 0 || !(take(&at, 'T') || take(&at, 't') || take(&at, ' ')) || !civil_exists(y, m, d))
        return false;
    int hour = number_at(&at, 2);
    if (hour < 0 || hour > 23 || !take(&at, ':'))
        return false;
    int minute = number_at(&at, 2);
    if (minute < 0 || minute > 59 || !take(&at, ':'))
        return false;
    int second = number_at(&at, 2);
    if (second < 0 || second > 60)
        return false;
    int ms = parse_fraction_ms(&at);
    int offset_s;
    if (ms < 0 || !parse_zone(&at, &offset_s) || *at != '\0')
        return false;

    int32_t day = civil_day((struct civil_date){y, (uint8_t)m, (uint8_t)d});
    int64_t seconds = (int64_t)day * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    *ret_when = seconds * 1000 + ms;
    return true;
}
