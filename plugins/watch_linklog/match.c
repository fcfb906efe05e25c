/* SPDX-License-Identifier: BSD-2-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match.h"

#include <errno.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charset.h"

/* Some milliseconds on one record; a sane pattern on 16 KiB stays far below. */
enum { STEPS_MAX = 200000, DEPTH_MAX = 5000, HEAP_KIB_MAX = 1024 };
enum { JIT_STACK_LEAST = 32 * 1024, JIT_STACK_MOST = 256 * 1024 };

struct pattern {
    char *text;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* NULL: interpreted */
    size_t captures;
    struct {
        char name[CAPTURE_NAME_MAX + 1];
        unsigned group;
    } capture[PATTERN_CAPTURES_MAX];
};

static bool name_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && n <= CAPTURE_NAME_MAX && name[n] == '\0';
}

static int take_names(struct pattern *p, char *why, size_t why_bytes)
{
    uint32_t count = 0, entry = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &entry);
    pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);

    if (count > PATTERN_CAPTURES_MAX) {
        snprintf(why, why_bytes, "has %u named captures; at most %d are accepted", count,
            PATTERN_CAPTURES_MAX);
        return -EINVAL;
    }
    for (uint32_t i = 0; i < count; i++, table += entry) {
        const char *name = (const char *)table + 2;
        if (!name_valid(name)) {
            snprintf(why, why_bytes,
                "capture \"%s\": names of small letters, digits and _ are accepted", name);
            return -EINVAL;
        }
        snprintf(p->capture[i].name, sizeof p->capture[i].name, "%s", name);
        p->capture[i].group = (unsigned)table[0] << 8 | table[1];
    }
    p->captures = count;
    return 0;
}

static int compile(struct pattern *p, char *why, size_t why_bytes)
{
    int error = 0;
    PCRE2_SIZE at = 0;

    p->code = pcre2_compile((PCRE2_SPTR)p->text, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
    if (p->code == NULL) {
        PCRE2_UCHAR said[160];
        pcre2_get_error_message(error, said, sizeof said);
        snprintf(why, why_bytes, "%s at byte %zu", (const char *)said, (size_t)at + 1);
        return -EINVAL;
    }
    return take_names(p, why, why_bytes);
}

static void use_jit(struct pattern *p)
{
    if (pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) != 0)
        return;
    p->stack = pcre2_jit_stack_create(JIT_STACK_LEAST, JIT_STACK_MOST, NULL);
    if (p->stack != NULL)
        pcre2_jit_stack_assign(p->context, NULL, p->stack);
}

int pattern_new(const char *text, char *why, size_t why_bytes, struct pattern **ret_pattern)
{
    size_t length = strlen(text);
    if (length == 0 || length > PATTERN_BYTES_MAX) {
        snprintf(why, why_bytes, "1 to %d bytes are accepted", PATTERN_BYTES_MAX);
        return -EINVAL;
    }
    struct pattern *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -ENOMEM;
    p->text = strdup(text);
    if (p->text == NULL) {
        pattern_free(p);
        return -ENOMEM;
    }
    charset_normalise(p->text, length);

    int r = compile(p, why, why_bytes);
    if (r < 0) {
        pattern_free(p);
        return r;
    }
    p->data = pcre2_match_data_create_from_pattern(p->code, NULL);
    p->context = pcre2_match_context_create(NULL);
    if (p->data == NULL || p->context == NULL) {
        pattern_free(p);
        return -ENOMEM;
    }
    pcre2_set_match_limit(p->context, STEPS_MAX);
    pcre2_set_depth_limit(p->context, DEPTH_MAX);
    pcre2_set_heap_limit(p->context, HEAP_KIB_MAX);
    use_jit(p);
    *ret_pattern = p;
    return 0;
}

struct pattern *pattern_free(struct pattern *p)
{
    if (p == NULL)
        return NULL;
    pcre2_jit_stack_free(p->stack);
    pcre2_match_context_free(p->context);
    pcre2_match_data_free(p->data);
    pcre2_code_free(p->code);
    free(p->text);
    free(p);
    return NULL;
}

const char *pattern_text(const struct pattern *p)
{
    return p->text;
}

bool pattern_is_jit(const struct pattern *p)
{
    return p->stack != NULL;
}

int pattern_match(struct pattern *p, const char *text, size_t length)
{
    const PCRE2_SPTR subject = (PCRE2_SPTR)text;
    int r = p->stack != NULL
                ? pcre2_jit_match(p->code, subject, length, 0, 0, p->data, p->context)
                : pcre2_match(p->code, subject, length, 0, PCRE2_NO_UTF_CHECK, p->data, p->context);
    if (r >= 0)
        return 1;
    return r == PCRE2_ERROR_NOMATCH ? 0 : MATCH_E_LIMIT;
}

size_t pattern_captures(const struct pattern *p)
{
    return p->captures;
}

const char *pattern_capture_name(const struct pattern *p, size_t i)
{
    return p->capture[i].name;
}

bool pattern_capture(const struct pattern *p, size_t i, size_t *ret_begin, size_t *ret_length)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(p->data);
    PCRE2_SIZE from = ends[2 * p->capture[i].group], to = ends[2 * p->capture[i].group + 1];

    if (from == PCRE2_UNSET || to < from)
        return false;
    *ret_begin = from;
    *ret_length = to - from;
    return true;
}
