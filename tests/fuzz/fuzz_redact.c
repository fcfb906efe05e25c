/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pattern and a text of any bytes: what is shown is UTF-8 and nothing changes when it is redacted
 * again; no number of 12 digits is left. Input: a byte of flags, the pattern, a newline, the text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz.h"
#include "notify/number.h"
#include "notify/redact.h"
#include "settings/regex.h"

enum { TEXT_MAX = 16 * 1024, NUMBERS_SHOWN = 1, QUOTATIONS_SHOWN = 2, PERSON = 4 };

static void ignore_log(enum log_level level, enum log_area area, const char *line)
{
    (void)level;
    (void)area;
    (void)line;
}

static void count(void *arg, size_t at, size_t bytes)
{
    size_t *digits = arg;
    (void)at;
    (void)bytes;
    ++*digits;
}

static void check(const struct redact_settings *r, enum redact_source source, const char *text)
{
    size_t digits = 0;
    char *once = redact_text(r, source, text);
    char *twice = redact_text(r, source, once);
    number_each_digit(once, count, &digits);
    fuzz_holds(text_is_utf8(once, strlen(once)), "what is shown is UTF-8");
    fuzz_holds(strcmp(once, twice) == 0, "redacting twice changes nothing");
    fuzz_holds(r->numbers_shown || digits == 0, "no individual number is left");
    free(twice);
    free(once);
}

/* The C string of @length bytes up to the first NUL; the caller frees. */
static char *string_of(const uint8_t *bytes, size_t length)
{
    char *text = calloc(1, length + 1);
    if (text != NULL && length > 0)
        memcpy(text, bytes, length);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
    if (newline == NULL || (size_t)(data + size - newline) > TEXT_MAX)
        return 0;
    struct text why = {0};
    struct regex *regex = NULL;
    char *pattern = string_of(data + 1, (size_t)(newline - data) - 1);
    char *text = string_of(newline + 1, (size_t)(data + size - newline) - 1);
    struct redact_settings r = {.numbers_shown = (data[0] & NUMBERS_SHOWN) != 0,
        .quotations_shown = (data[0] & QUOTATIONS_SHOWN) != 0,
        .compiled = &regex};
    r.pattern_count = regex_new(pattern, &why, &regex) == 0 ? 1 : 0;

    log_set_sink(ignore_log);
    check(&r, (data[0] & PERSON) != 0 ? REDACT_PERSON : REDACT_RECORD, text);

    regex_free(regex);
    free(text);
    free(pattern);
    text_deinit(&why);
    return 0;
}
