/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tokens of libconfig 1.5 (its scanner.l) as far as bounds need them: comments, quoted texts,
 * names, numbers, brackets. Whatever else stands there is left for libconfig to complain of.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "settings/complaint.h"
#include "settings/source.h"

struct scan {
    const char *at, *end;
    struct place place; /* of `at` */
    unsigned depth;
    unsigned settings[SOURCE_DEPTH_MAX + 1]; /* by depth: of the group that is open there */
    struct complaints *complaints;
    bool is_bad;
};

static void refuse(struct scan *s, struct place place, enum message id)
{
    complain(s->complaints, place, id);
    s->is_bad = true;
    s->at = s->end;
}

static void step(struct scan *s, size_t bytes)
{
    for (; bytes > 0 && s->at < s->end; bytes--)
        s->place.line += *s->at++ == '\n';
}

static bool begins(const struct scan *s, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(s->end - s->at) >= length && memcmp(s->at, with, length) == 0;
}

static void skip_line(struct scan *s)
{
    while (s->at < s->end && *s->at != '\n')
        s->at++;
}

static void skip_comment(struct scan *s)
{
    struct place start = s->place;
    for (step(s, 2); s->at < s->end; step(s, 1))
        if (begins(s, "*/")) {
            step(s, 2);
            return;
        }
    refuse(s, start, MESSAGE_SETTINGS_OPEN_COMMENT);
}

static void skip_text(struct scan *s)
{
    struct place start = s->place;
    const char *from = s->at;
    for (step(s, 1); s->at < s->end; step(s, 1)) {
        if (*s->at == '"') {
            step(s, 1);
            if (s->at - from > SOURCE_TEXT_BYTES_MAX + 2)
                refuse(s, start, MESSAGE_SETTINGS_LONG_TEXT);
            return;
        }
        if (begins(s, "\\x00")) {
            refuse(s, s->place, MESSAGE_SETTINGS_NUL);
            return;
        }
        if (begins(s, "\\\\") || begins(s, "\\\""))
            step(s, 1);
    }
    refuse(s, start, MESSAGE_SETTINGS_OPEN_TEXT);
}

/* Whole numbers that libconfig would cut; those with a point or an exponent it reads rightly. */
static void skip_number(struct scan *s)
{
    char digits[32] = {0};
    size_t length = 0;
    while (s->at + length < s->end && strchr("+-.0123456789abcdefABCDEFxXL", s->at[length]) != NULL)
        length++;
    if (length < sizeof digits)
        memcpy(digits, s->at, length);
    bool is_hex = strpbrk(digits, "xX") != NULL, is_long = strchr(digits, 'L') != NULL;
    if (is_hex || strpbrk(digits, ".eE") == NULL) {
        errno = 0;
        long long n = strtoll(digits, NULL, is_hex ? 16 : 10);
        if (length >= sizeof digits || errno != 0 || (!is_long && (n > INT32_MAX || n < INT32_MIN)))
            refuse(s, s->place, MESSAGE_SETTINGS_LONG_NUMBER);
    }
    s->at += s->at < s->end ? length : 0;
}

static void skip_name(struct scan *s)
{
    static const char inside[] =
        "-_.*0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    while (s->at < s->end && *s->at != '\0' && strchr(inside, *s->at) != NULL)
        s->at++;
}

static void scan_sign(struct scan *s)
{
    switch (*s->at) {
    case '(':
    case '[':
    case '{':
        if (s->depth == SOURCE_DEPTH_MAX) {
            refuse(s, s->place, MESSAGE_SETTINGS_DEEP);
            return;
        }
        s->settings[++s->depth] = 0;
        break;
    case ')':
    case ']':
    case '}':
        s->depth -= s->depth > 0;
        break;
    case '=':
    case ':':
        if (++s->settings[s->depth] > SOURCE_GROUP_MAX) {
            refuse(s, s->place, MESSAGE_SETTINGS_LARGE_GROUP);
            return;
        }
        break;
    default:
        break;
    }
    step(s, 1);
}

static void scan_token(struct scan *s)
{
    char c = *s->at;
    if (c == '#' || begins(s, "//"))
        skip_line(s);
    else if (begins(s, "/*"))
        skip_comment(s);
    else if (c == '"')
        skip_text(s);
    else if (begins(s, "@include"))
        refuse(s, s->place, MESSAGE_SETTINGS_INCLUDE);
    else if ((c >= '0' && c <= '9') || c == '-' || c == '+')
        skip_number(s);
    else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*')
        skip_name(s);
    else
        scan_sign(s);
}

/* NUL and what is not UTF-8, wherever it stands. */
static void scan_bytes(struct scan *s)
{
    while (s->at < s->end) {
        size_t length = text_utf8_length(s->at, (size_t)(s->end - s->at));
        if (*s->at == '\0')
            refuse(s, s->place, MESSAGE_SETTINGS_NUL);
        else if (length == 0)
            refuse(s, s->place, MESSAGE_SETTINGS_NOT_UTF8);
        else
            step(s, length);
    }
}

bool source_scan(const char *file, const char *bytes, size_t length, struct complaints *c)
{
    struct scan s = {.at = bytes, .end = bytes + length, .place = {file, 1}, .complaints = c};
    scan_bytes(&s);
    if (s.is_bad)
        return false;

    s.at = bytes;
    s.place.line = 1;
    while (s.at < s.end)
        scan_token(&s);
    return !s.is_bad;
}
