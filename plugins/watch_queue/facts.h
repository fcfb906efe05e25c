/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_FACTS_H
#define HM_WATCH_QUEUE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * facts - what the name of a file, or its last line, says of it: when it was made, how many
 * records it holds. Names are bytes: only digits and what the pattern spells out are looked at.
 */

/**
 * Whether @format can give a time: %Y %m %d once each, %H %M %S at most once, each of a fixed
 * number of digits; everything else stands for itself.
 */
bool facts_time_valid(const char *format);

/**
 * The first time in @name that has the form @format, in the zone of the process: "%Y%m%d_%H%M"
 * finds 20260415_0130 in ZEI-0012_20260415_0130_001.csv. Digits that go on before or behind it, and
 * dates that do not exist, are passed over. False: there is none.
 */
bool facts_time(const char *format, const char *name, int64_t *ret_ms);

/** Whether @pattern can give a number: "%d" stands in it once, with something else beside it. */
bool facts_number_valid(const char *pattern);

/** The number (below 2^32 - 1) that stands in @text where @pattern has "%d"; @is_line: only at the
 * begin of @text. False: there is none. */
bool facts_number(const char *pattern, const char *text, bool is_line, uint32_t *ret_number);

/** The same of the last line of the file @path that is not empty, at most 4 KiB from its end. */
bool facts_trailer(const char *path, const char *pattern, uint32_t *ret_number);

#endif
