/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_REGEX_H
#define HM_SETTINGS_REGEX_H

#include <stddef.h>

#include "base/text.h"

/**
 * regex - a pattern of agent.redact (PCRE2), found in what is to be told.
 *
 * UTF-8; \d and \w are digits and letters of any script, `^` and `$` match at each line. Matches
 * are interpreted, never compiled to machine code, and bounded in steps, depth and memory: a
 * hostile text costs a millisecond, not the daemon (docs/decisions/0009). No match is empty.
 */

enum { REGEX_BYTES_MAX = 1024 };

/** Outcomes of regex_find. */
enum { REGEX_E_NONE = 1, REGEX_E_LIMIT = 2 };

struct regex;

/** Compiles @pattern. On failure (-EINVAL) PCRE2's sentence with the byte is in @why. */
int regex_new(const char *pattern, struct text *why, struct regex **ret_regex);
struct regex *regex_free(struct regex *r);

/**
 * The first match in @text[0..length), valid UTF-8, at @from or behind it. 0: *ret_begin <
 * *ret_end; REGEX_E_NONE: there is none; REGEX_E_LIMIT: the limits ended the search, or the match
 * has no place in the text (\K in a look-ahead).
 */
int regex_find(const struct regex *r, const char *text, size_t length, size_t from,
    size_t *ret_begin, size_t *ret_end);

#endif
