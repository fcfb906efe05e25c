/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pattern and a log of any bytes: no line that matches once it is decoded is stepped over raw,
 * and all kernels stop at the same strings. Input: a byte for the encoding, the pattern, a newline,
 * the log.
 */
#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "fuzz.h"
#include "match.h"
#include "prefilter.h"
#include "scan.h"

enum { PATTERN_MAX = 256, LINE_MAX_BYTES = 4096 };

static struct charset *charset_of(uint8_t number)
{
    static const char *const names[] = {"UTF-8", "CP932", "EUC-JP-MS", "UTF-16LE"};
    struct charset *c = NULL;
    return charset_new(names[number % 4], &c) == 0 ? c : NULL;
}

/* A pattern of the bytes up to the first newline; NULL: they are none. */
static struct pattern *pattern_of(const char *bytes, size_t length)
{
    char text[PATTERN_MAX], why[256];
    struct pattern *p = NULL;
    if (length == 0 || length >= sizeof text || memchr(bytes, 0, length) != NULL)
        return NULL;
    memcpy(text, bytes, length);
    text[length] = '\0';
    return pattern_new(text, why, sizeof why, &p) == 0 ? p : NULL;
}

/* Whether the line at @bytes matches as linklog reads it. */
static int line_matches(struct charset *c, struct pattern *p, const char *bytes, size_t length,
    int *ret_is_marked, struct prefilter *filter)
{
    static char text[LINE_MAX_BYTES + SCAN_SLACK];
    size_t used, kept = length < LINE_MAX_BYTES - 1 ? length : LINE_MAX_BYTES - 1;
    size_t n = charset_decode(c, bytes, kept, kept < length, text, LINE_MAX_BYTES, &used, NULL);
    while (n > 0 && text[n - 1] == '\r')
        text[--n] = '\0';
    *ret_is_marked = prefilter_rules(filter, text, n)[0];
    return pattern_match(p, text, n) == 1;
}

static void check_log(struct charset *c, struct pattern *p, const char *log, size_t length)
{
    struct rule rule = {.pattern = p};
    const struct rules rules = {.all = &rule, .count = 1};
    struct sample sample = {.raw = log, .raw_length = length};
    struct prefilter *filter = NULL;
    fuzz_holds(prefilter_new(&rules, charset_name(c), &sample, &filter) == 0, "there is memory");

    const size_t unit = charset_unit(c);
    size_t clear = 0;
    for (size_t at = 0; at < length;) {
        const char *newline = charset_newline(log + at, length - at, unit);
        if (newline == NULL)
            break;
        size_t line = (size_t)(newline - log) - at;
        int is_marked;
        if (prefilter_skips(filter) && at >= clear)
            clear = at + prefilter_skip(filter, log + at, length - at);
        if (line_matches(c, p, log + at, line, &is_marked, filter)) {
            fuzz_holds(is_marked, "a line that matches is marked");
            fuzz_holds(
                !prefilter_skips(filter) || at >= clear, "a line that matches is not stepped over");
        }
        at += line + unit;
    }
    prefilter_free(filter);
}

/* Strings of three bytes from the begin of the log, looked for in all of it. */
static void check_kernels(const char *log, size_t length)
{
    const char *found = NULL;
    for (size_t k = 0; sieve_kernel(k) != NULL; k++) {
        struct scan *s = NULL;
        fuzz_holds(scan_new(&s) == 0, "there is memory");
        for (size_t i = 0; i + 5 <= length && i < 30; i += 5)
            scan_add(s, log + i, 1 + (unsigned char)log[i] % 5, (unsigned)i);
        scan_prepare(s, log, length, sieve_kernel(k));
        const char *stop = length > 40 ? scan_find(s, log + 40, length - 40) : NULL;
        fuzz_holds(k == 0 || (stop != NULL) == (found != NULL), "all kernels find the same");
        found = stop;
        scan_free(s);
    }
}

/* A line with NUL characters is never stepped over: its text is other than its bytes. */
static int has_nul(const struct charset *c, const char *log, size_t length)
{
    size_t unit = charset_unit(c);
    for (size_t i = 0; i + unit <= length; i += unit)
        if (log[i] == 0 && log[i + unit - 1] == 0)
            return 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
    if (newline == NULL)
        return 0;
    size_t length = (size_t)(data + size - (newline + 1));
    char *log = calloc(1, length + SCAN_SLACK);
    struct charset *c = charset_of(data[0]);
    struct pattern *p = pattern_of((const char *)data + 1, (size_t)(newline - (data + 1)));

    fuzz_holds(log != NULL && c != NULL, "there is memory");
    memcpy(log, newline + 1, length);
    if (p != NULL && !has_nul(c, log, length))
        check_log(c, p, log, length);
    check_kernels(log, length);
    pattern_free(p);
    charset_free(c);
    free(log);
    return 0;
}
