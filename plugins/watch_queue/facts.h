/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_FACTS_H
#define HM_WATCH_QUEUE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * facts - how many records a file holds, as its name, its last line or its end file says, or how
 * many bytes. Names and lines are bytes: only digits and what the pattern spells out are looked at.
 */

/** Whether @pattern can give a number: "%d" stands in it once, with something else beside it. */
bool facts_number_valid(const char *pattern);

/** The number (below 2^32 - 1) that stands in @text where @pattern has "%d"; @is_line: only at the
 * begin of @text. False: there is none. */
bool facts_number(const char *pattern, const char *text, bool is_line, uint32_t *ret_number);

/** Whether @pattern can give a number at the begin of a line: "%d" stands in it once. */
bool facts_line_valid(const char *pattern);

/**
 * The number (below 2^63) that the first line of the file @path has that begins as @pattern says,
 * in its first 4 KiB; a byte order mark is passed over. @ret_is_whole: something follows the
 * digits, so they were not cut off in writing. False: there is none.
 */
bool facts_line(const char *path, const char *pattern, uint64_t *ret_number, bool *ret_is_whole);

/** The same as facts_number of the last line of the file @path that is not empty, at most 4 KiB
 * from its end. */
bool facts_trailer(const char *path, const char *pattern, uint32_t *ret_number);

#endif
