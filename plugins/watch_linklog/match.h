/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_MATCH_H
#define LINKLOG_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/**
 * match - one pattern (PCRE2, UTF-8) and what it captures.
 *
 * `^` and `$` match at each line of a record, `.` does not match a newline, \d and \w are ASCII.
 * Every match has limits on steps, depth and memory: a hostile line costs some milliseconds,
 * never a hang. Machine code (JIT) is used where the system allows it: under systemd's
 * MemoryDenyWriteExecute it does not, and the pattern is interpreted, with the same answers.
 */

enum { PATTERN_BYTES_MAX = 4096, PATTERN_CAPTURES_MAX = 24, CAPTURE_NAME_MAX = 64 };

/** Outcome of pattern_match: the limits ended the match before there was an answer. */
enum { MATCH_E_LIMIT = 2 };

struct pattern;

/**
 * Compiles @text, which must be UTF-8. Names of captures must be [a-z0-9_]{1,64}: they become
 * names of fields. On failure (-EINVAL) a sentence with the column is in @why.
 */
int pattern_new(const char *text, char *why, size_t why_bytes, struct pattern **ret_pattern);
struct pattern *pattern_free(struct pattern *p);

/** The text as it was given. */
const char *pattern_text(const struct pattern *p);
/** Whether it runs as machine code. */
bool pattern_is_jit(const struct pattern *p);

/** 1: @text[0..length), valid UTF-8, matches. 0: it does not. MATCH_E_LIMIT: nobody knows. */
int pattern_match(struct pattern *p, const char *text, size_t length);

/** Number of named captures. */
size_t pattern_captures(const struct pattern *p);
const char *pattern_capture_name(const struct pattern *p, size_t i);
/** What capture @i holds after a match: a part of the text matched. False if it took no part. */
bool pattern_capture(const struct pattern *p, size_t i, size_t *ret_begin, size_t *ret_length);

#endif
