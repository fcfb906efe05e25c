/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_CHARSET_H
#define LINKLOG_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

/**
 * charset - the bytes of one line become UTF-8 text that patterns can be matched against.
 *
 * A file may hold lines in two encodings (a native library writes CP932 into a UTF-8 log), so
 * each line is tried as configured, then as UTF-8, then as CP932; what fits none of them is
 * decoded as configured with U+FFFD for each byte that does not belong. UTF-8 goes first where it
 * can be nothing else (two characters of three bytes or more, and no fault), because in CP932 and
 * EUC-JP it often is a row of other characters. Matching on raw bytes
 * would be wrong: the second byte of a CP932 character may be 0x5C or 0x7C.
 *
 * Four characters that CP932 and Shift_JIS tables disagree on are made one (wave dash and
 * fullwidth tilde, minus sign and fullwidth hyphen, double vertical line and parallel, em dash
 * and horizontal bar); charset_normalise does the same to patterns. All take three bytes on both
 * sides. NUL characters and a byte order mark at the start are left out.
 */

/** The names accepted, NULL-terminated: UTF-8 CP932 EUC-JP-MS ISO-2022-JP UTF-16LE. */
extern const char *const charset_names[];

struct charset;

/** Opens one of charset_names. 0, or -errno when this machine's C library does not know it. */
int charset_new(const char *name, struct charset **ret_charset);
struct charset *charset_free(struct charset *c);

const char *charset_name(const struct charset *c);
/** Bytes of one code unit: 2 for UTF-16LE, else 1. A line ends in a newline of that many bytes. */
size_t charset_unit(const struct charset *c);

/** The first newline of @unit bytes in @bytes[0..length), which begins with a whole character, and
 * the last one; NULL: there is none. */
const char *charset_newline(const char *bytes, size_t length, size_t unit);
const char *charset_last_newline(const char *bytes, size_t length, size_t unit);

/** How a line was read. */
enum charset_way {
    CHARSET_AS_SAID = 0, /* as configured */
    CHARSET_UTF8 = 1,    /* not as configured, but it is UTF-8 */
    CHARSET_CP932 = 2,   /* neither, but it is CP932 */
    CHARSET_REPLACED = 3 /* none: some bytes became U+FFFD */
};

/**
 * Decodes the line @bytes[0..length) without its newline into @text[0..room), which is ended by a
 * NUL byte; @room must be 8 or more.
 *
 * @is_cut   the line goes on behind @length: an incomplete last character is no fault.
 * @ret_used bytes of the input that are in @text: less than @length when there was no room.
 * @ret_way  may be NULL.
 *
 * Returns the length of the text.
 */
size_t charset_decode(struct charset *c, const char *bytes, size_t length, bool is_cut, char *text,
    size_t room, size_t *ret_used, enum charset_way *ret_way);

/** Makes the four pairs of characters above one, in place; the length stays. */
void charset_normalise(char *text, size_t length);

/** The other one of the pair that @character is of; NULL: it is of none. */
const char *charset_other_form(const char *character, size_t length);

/** Length of the UTF-8 character that @text begins with, 0 if it is none. */
size_t charset_character(const char *text, size_t length);

#endif
