/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_FACTS_H
#define HM_WATCH_QUEUE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * facts - how many records a file holds, as its name or its last line says. Names are bytes: only
 * digits and what the pattern spells out are looked at.
 */

/** Whether @pattern can give a number: "%d" stands in it once, with something else beside it. */
bool facts_number_valid(const char *pattern);

/** The number (below 2^32 - 1) that stands in @text where @pattern has "%d"; @is_line: only at the
 * begin of @text. False: there is none. */
bool facts_number(const char *pattern, const char *text, bool is_line, uint32_t *ret_number);

/** The same of the last line of the file @path that is not empty, at most 4 KiB from its end. */
bool facts_trailer(const char *path, const char *pattern, uint32_t *ret_number);

#endif
