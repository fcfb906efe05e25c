/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_QUOTATION_H
#define HM_NOTIFY_QUOTATION_H

#include <stdbool.h>
#include <stddef.h>

/**
 * quotation - the data that a record quotes: what somebody's program stumbled over. Pure.
 *
 * Quotations stand between " " ' ' ` ` ` ' “ ” ‘ ’ 「 」 『 』 ｢ ｣ 〝 〟 « » ＂ ＂ ＇ ＇ and in the
 * brackets of values: (..) after = , `contains`, `value is`, `VALUES` and 行は, which is how
 * databases name the row that they refuse.
 *
 * An apostrophe in a word is none of these marks (can't, the 1990's), and one behind a letter or
 * digit opens only what begins with a digit or is not ASCII (ID'１２３', but the users' files); the
 * letters of N'..', E'..', X'..', B'..' and U'..' do not count. A mark behind
 * backslashes opens what a mark behind as many closes; in a quotation a doubled mark is one of its
 * characters. Brackets nest.
 *
 * What is not closed on its line goes on to the end of the next line that closes it (all in between
 * is quoted), or else to the end of its own. Where the marks left on a line do not pair nobody
 * knows which opens and which closes: all from the first one on is quoted, unless blanks and
 * punctuation around it and the next one leave no doubt.
 */

/** Calls @fn with the inside of each quotation in @text[0..length), which a NUL ends, in order:
 * what lies between the marks, at least one byte, whole characters. */
void quotation_each(
    const char *text, size_t length, void (*fn)(void *arg, size_t begin, size_t end), void *arg);

/**
 * Whether @text[0..length) is plainly the name of a thing of the system (file, job, table, code):
 * ASCII letters, digits and . _ - / : \ @ # $ * with a letter at least. Also true of nothing, of
 * blanks and of what is hidden already: there is nothing to hide.
 */
bool quotation_is_plain(const char *text, size_t length);

#endif
