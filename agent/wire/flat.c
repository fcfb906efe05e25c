/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/flat.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of so many digits an integer fits, and a fraction is the exact quotient of two doubles. */
enum { DIGITS_MAX = 15, MEMBERS_MAX = 16 };

struct reader {
    const char *at, *end;
};

static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word, size_t length)
{
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

/* The bytes between two quotation marks, all of them printable ASCII and no backslash. */
static bool take_text(struct reader *r, const char **ret_text, size_t *ret_length)
{
    if (!take(r, '"'))
        return false;
    const char *from = r->at;
    while (r->at < r->end && *r->at >= ' ' && *r->at <= '~' && *r->at != '"' && *r->at != '\\')
        r->at++;
    *ret_text = from;
    *ret_length = (size_t)(r->at - from);
    return take(r, '"');
}

/* Digits of one number, added to @value while they fit; false: none. */
static bool take_digits(struct reader *r, int64_t *value, unsigned *count)
{
    const char *from = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (++*count <= DIGITS_MAX)
            *value = *value * 10 + (*r->at - '0');
    return r->at > from;
}

/* Of more digits; NULL in a locale that writes it otherwise. */
static json_t *long_real(const char *from, const char *end)
{
    char text[48], *stopped;
    size_t length = (size_t)(end - from);
    if (length >= sizeof text)
        return NULL;
    memcpy(text, from, length);
    text[length] = '\0';
    double number = strtod(text, &stopped);
    return stopped == text + length ? json_real(number) : NULL;
}

static json_t *take_number(struct reader *r)
{
    const char *from = r->at;
    bool is_negative = take(r, '-');
    bool is_nought = r->at < r->end && *r->at == '0';
    int64_t value = 0;
    unsigned count = 0;
    if (!take_digits(r, &value, &count) || (is_nought && count > 1))
        return NULL;
    unsigned whole = count;
    if (!take(r, '.'))
        return count <= DIGITS_MAX ? json_integer(is_negative ? -value : value) : NULL;

    if (!take_digits(r, &value, &count))
        return NULL;
    if (count > DIGITS_MAX)
        return long_real(from, r->at);
    double scale = 1;
    for (unsigned i = whole; i < count; i++)
        scale *= 10;
    double number = (double)value / scale;
    return json_real(is_negative ? -number : number);
}

static json_t *take_value(struct reader *r)
{
    const char *text;
    size_t length;
    if (r->at == r->end)
        return NULL;
    switch (*r->at) {
    case '"':
        return take_text(r, &text, &length) ? json_stringn_nocheck(text, length) : NULL;
    case 't':
        return take_word(r, "true", 4) ? json_true() : NULL;
    case 'f':
        return take_word(r, "false", 5) ? json_false() : NULL;
    case 'n':
        return take_word(r, "null", 4) ? json_null() : NULL;
    default:
        return take_number(r); // what follows it decides whether it was one
    }
}

/* A member into @o. */
static bool take_member(struct reader *r, json_t *o)
{
    const char *text;
    char name[32];
    size_t length;
    if (!take_text(r, &text, &length) || length >= sizeof name || !take(r, ':'))
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    if (json_object_get(o, name) != NULL)
        return false;
    json_t *value = take_value(r);
    return value != NULL && json_object_set_new_nocheck(o, name, value) == 0;
}

json_t *flat_parse(const char *line, size_t length)
{
    struct reader r = {line, line + length};
    if (!take(&r, '{'))
        return NULL;
    json_t *o = json_object();
    for (int i = 0; i < MEMBERS_MAX && take_member(&r, o); i++) {
        if (take(&r, ','))
            continue;
        if (take(&r, '}') && r.at == r.end)
            return o;
        break;
    }
    json_decref(o);
    return NULL;
}
