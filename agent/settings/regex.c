/* SPDX-License-Identifier: BSD-2-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "settings/regex.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* A sane pattern on a record of 16 KiB stays far below; what does not costs about a millisecond. */
enum { STEPS_MAX = 100000, DEPTH_MAX = 5000, HEAP_KIB_MAX = 1024 };

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static int refuse(struct text *why, const char *pattern, size_t length)
{
    if (length == 0 || length > REGEX_BYTES_MAX)
        text_addf(why, "1 to %d bytes are accepted", REGEX_BYTES_MAX);
    else if (!text_is_utf8(pattern, length))
        text_add(why, "it is not UTF-8");
    else
        return 0;
    return -EINVAL;
}

static pcre2_code *compile(const char *pattern, size_t length, struct text *why)
{
    int error = 0;
    PCRE2_SIZE at = 0;
    PCRE2_UCHAR said[160] = "";
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, length,
        PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
    if (code != NULL)
        return code;
    pcre2_get_error_message(error, said, sizeof said);
    text_addf(why, "%s at byte %zu", (const char *)said, (size_t)at + 1);
    return NULL;
}

int regex_new(const char *pattern, struct text *why, struct regex **ret_regex)
{
    size_t length = strlen(pattern);
    if (refuse(why, pattern, length) < 0)
        return -EINVAL;
    pcre2_code *code = compile(pattern, length, why);
    if (code == NULL)
        return -EINVAL;

    struct regex *r = alloc(sizeof *r);
    r->code = code;
    r->data = pcre2_match_data_create_from_pattern(code, NULL);
    r->context = pcre2_match_context_create(NULL);
    if (r->data == NULL || r->context == NULL) {
        regex_free(r);
        text_add(why, "no memory for it");
        return -EINVAL;
    }
    pcre2_set_match_limit(r->context, STEPS_MAX);
    pcre2_set_depth_limit(r->context, DEPTH_MAX);
    pcre2_set_heap_limit(r->context, HEAP_KIB_MAX);
    *ret_regex = r;
    return 0;
}

struct regex *regex_free(struct regex *r)
{
    if (r == NULL)
        return NULL;
    pcre2_match_context_free(r->context);
    pcre2_match_data_free(r->data);
    pcre2_code_free(r->code);
    free(r);
    return NULL;
}

int regex_find(const struct regex *r, const char *text, size_t length, size_t from,
    size_t *ret_begin, size_t *ret_end)
{
    int found = pcre2_match(r->code, (PCRE2_SPTR)text, length, from,
        PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, r->data, r->context);
    if (found == PCRE2_ERROR_NOMATCH)
        return REGEX_E_NONE;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r->data);
    if (found < 0 || ends[0] < from || ends[1] <= ends[0] || ends[1] > length)
        return REGEX_E_LIMIT;
    *ret_begin = ends[0];
    *ret_end = ends[1];
    return 0;
}
