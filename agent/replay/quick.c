/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/quick.h"

#include <string.h>

#include "base/text.h"

enum { NAME_MAX_CHARS = 64, DIGITS_MAX = 15 };

/* A text within the line. */
struct span {
    char *at;
    size_t length;
};

static bool take_word(char **at, const char *word, size_t length)
{
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}
#define TAKE(at, word) take_word(at, word, sizeof(word) - 1)

/* Up to the closing quote, which is passed. */
static bool take_text(char **at, struct span *ret)
{
    char *c = *at;
    while (*c >= ' ' && *c <= '~' && *c != '"' && *c != '\\')
        c++;
    *ret = (struct span){*at, (size_t)(c - *at)};
    *at = c + 1;
    return *c == '"' && ret->length > 0 && ret->length <= NAME_MAX_CHARS;
}

static bool is_metric(struct span name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

static int take_digits(char **at, int64_t *value)
{
    int count = 0;
    for (; **at >= '0' && **at <= '9' && count <= DIGITS_MAX; ++*at, count++)
        *value = *value * 10 + (**at - '0');
    return count;
}

/* Both parts of a quotient of such numbers are exact, so it is the double nearest to the text. */
static bool take_number(char **at, double *ret)
{
    static const double tens[DIGITS_MAX + 1] = {
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t value = 0;
    bool is_negative = **at == '-';
    int decimals = 0;

    *at += is_negative;
    bool is_zero = **at == '0';
    int digits = take_digits(at, &value);
    if (digits == 0 || digits > DIGITS_MAX || (is_zero && digits > 1))
        return false;
    if (**at == '.') {
        ++*at;
        decimals = take_digits(at, &value);
        if (decimals == 0 || digits + decimals > DIGITS_MAX)
            return false;
    }
    if (value == 0 && is_negative)
        return false;
    *ret = (double)(is_negative ? -value : value) / tens[decimals];
    return true;
}

bool quick_reading(char *bytes, size_t length, wall_ms *ret_at, struct reading *ret_reading)
{
    char *at = bytes;
    struct span when, subject, metric;
    double number;

    if (!TAKE(&at, "{\"at\":\"") || !take_text(&at, &when) ||
        !TAKE(&at, ",\"reading\":{\"subject\":\"") || !take_text(&at, &subject) ||
        !TAKE(&at, ",\"metric\":\"") || !take_text(&at, &metric) || !is_metric(metric))
        return false;
    if (!TAKE(&at, ",\"kind\":\"state\",\"number\":") &&
        !TAKE(&at, ",\"kind\":\"number\",\"number\":"))
        return false;
    if (!take_number(&at, &number) || !TAKE(&at, "}}") || at != bytes + length)
        return false;

    when.at[when.length] = '\0';
    if (!text_parse_time(when.at, ret_at)) {
        when.at[when.length] = '"';
        return false;
    }
    subject.at[subject.length] = metric.at[metric.length] = '\0';
    char *nothing = subject.at + subject.length;
    *ret_reading = (struct reading){
        .of = {.subject = subject.at, .instance = nothing, .metric = metric.at},
        .text = nothing,
        .kind = READING_NUMBER,
        .number = number,
    };
    return true;
}
