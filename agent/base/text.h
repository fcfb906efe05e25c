/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_TEXT_H
#define HM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"

/**
 * text - a growable string, and what every output needs to know about UTF-8.
 *
 * A `struct text` of {0} is empty and ready. `bytes` is NULL or NUL-terminated. The owner
 * calls text_deinit (may be called twice).
 */
struct text {
    char *bytes;
    size_t length;
    size_t room;
};

void text_deinit(struct text *t);
void text_clear(struct text *t);
/** The string, never NULL; borrowed until the next change. */
const char *text_get(const struct text *t);
/** The string, now the caller's to free(3); @t is empty afterwards. */
char *text_take(struct text *t);

/** Makes room for @more bytes and a NUL behind what is there. */
void text_make_room(struct text *t, size_t more);

static inline void text_add_bytes(struct text *t, const char *bytes, size_t length)
{
    if (t->room - t->length <= length)
        text_make_room(t, length);
    if (length > 0)
        memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
    t->bytes[t->length] = '\0';
}

/* Inline with the above: of a literal the length is known, and a line is made of many. */
static inline void text_add(struct text *t, const char *string)
{
    text_add_bytes(t, string, strlen(string));
}

static inline void text_add_char(struct text *t, char c)
{
    text_add_bytes(t, &c, 1);
}

/** Adds @number in decimal digits. */
void text_add_int(struct text *t, int64_t number);
void text_add_uint(struct text *t, uint64_t number);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** strcmp(a, b) == 0, where NULL equals only NULL. */
bool text_equal(const char *a, const char *b);

/**
 * Length of the valid UTF-8 sequence at @bytes (1..4), or 0 if there is none in @length bytes
 * (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
 */
size_t text_utf8_length(const char *bytes, size_t length);

/** Whether all @length bytes are valid UTF-8. */
bool text_is_utf8(const char *bytes, size_t length);

/** The largest n <= @limit at which @bytes (UTF-8, @length long) can be cut between characters. */
size_t text_utf8_cut(const char *bytes, size_t length, size_t limit);

/** Adds @length bytes of anything as UTF-8: each byte that is not becomes U+FFFD. Returns how many
 * did. */
size_t text_add_utf8(struct text *t, const char *bytes, size_t length);

/**
 * Adds UTF-8 so that a terminal or a one-line record shows it and obeys nothing: C0, C1 and DEL,
 * bidirectional controls (U+200E/F, U+202A..E, U+2066..9), zero-width characters (U+200B..D,
 * U+FEFF) and line separators (U+2028/9) are written as \x{HEX}; bytes that are not UTF-8 as \xNN.
 */
void text_add_visible(struct text *t, const char *bytes, size_t length);

enum { TEXT_TIME_BYTES = 40 };

/**
 * RFC 3339 of @when at @offset_s seconds east of UTC, with milliseconds when @with_ms:
 * "2026-04-15T10:00:00.250+09:00". Returns @ret.
 */
const char *text_time(char ret[TEXT_TIME_BYTES], wall_ms when, int32_t offset_s, bool with_ms);

/**
 * Reads RFC 3339 with a zone ("Z" or +hh:mm), up to milliseconds kept, further digits dropped.
 * True and *ret_when, or false if it is not that form or no such date exists.
 */
bool text_parse_time(const char *string, wall_ms *ret_when);

#endif
