/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/code.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { PATTERN_BYTES_MAX = 128 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* @length bytes that are a whole number, with nothing but blanks around it. */
static bool whole_number(const char *string, size_t length, int64_t *ret)
{
    char digits[24], *end;

    while (length > 0 && is_blank(*string))
        string++, length--;
    while (length > 0 && is_blank(string[length - 1]))
        length--;
    if (length == 0 || length >= sizeof digits || !memchr("+-0123456789", *string, 12))
        return false;
    memcpy(digits, string, length);
    digits[length] = '\0';
    errno = 0;
    int64_t n = strtoll(digits, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *ret = n;
    return true;
}

static bool is_range(const char *pattern, size_t length, struct code *c)
{
    const char *dots = memmem(pattern, length, "..", 2);

    if (dots == NULL) {
        bool is_number = whole_number(pattern, length, &c->from);
        c->to = c->from;
        return is_number;
    }
    const char *second = dots + 2;
    return whole_number(pattern, (size_t)(dots - pattern), &c->from) &&
           whole_number(second, length - (size_t)(second - pattern), &c->to) && c->from <= c->to;
}

static bool is_severity(const char *word, enum severity *ret)
{
    static const enum severity accepted[] = {SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_CRITICAL};

    *ret = SEVERITY_NONE;
    if (strcmp(word, "none") == 0)
        return true;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        if (strcmp(word, severity_name(accepted[i])) != 0)
            continue;
        *ret = accepted[i];
        return true;
    }
    return false;
}

bool code_parse(const char *string, struct code *ret)
{
    const char *colon = strrchr(string, ':');
    struct code c = {0};

    if (colon == NULL || !is_severity(colon + 1 + strspn(colon + 1, " \t"), &c.severity))
        return false;
    size_t length = (size_t)(colon - string);
    while (length > 0 && is_blank(string[length - 1]))
        length--;
    if (length == 0 || length > PATTERN_BYTES_MAX)
        return false;
    if (!is_range(string, length, &c))
        c.pattern = alloc_bytes(string, length);
    *ret = c;
    return true;
}

void code_deinit(struct code *c)
{
    free(c->pattern);
    *c = (struct code){0};
}

void code_copy(struct code *ret, const struct code *from)
{
    *ret = *from;
    ret->pattern = alloc_text(from->pattern);
}

void code_add(struct text *t, const struct code *c)
{
    if (c->pattern != NULL)
        text_add(t, c->pattern);
    else if (c->from == c->to)
        text_addf(t, "%" PRId64, c->from);
    else
        text_addf(t, "%" PRId64 "..%" PRId64, c->from, c->to);
    text_addf(t, ": %s", c->severity == SEVERITY_NONE ? "none" : severity_name(c->severity));
}

enum severity code_severity(const struct rule *rule, const char *value)
{
    int64_t number = 0;
    bool is_number = value != NULL && whole_number(value, strlen(value), &number);

    for (size_t i = 0; value != NULL && i < rule->code_count; i++) {
        const struct code *c = &rule->codes[i];
        bool fits = c->pattern != NULL ? fnmatch(c->pattern, value, 0) == 0
                                       : is_number && c->from <= number && number <= c->to;
        if (fits)
            return c->severity;
    }
    return rule->event;
}
