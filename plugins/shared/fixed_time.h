/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_FIXED_TIME_H
#define HM_SHARED_FIXED_TIME_H

#include <stdbool.h>
#include <stdint.h>

/** fixed_time - a time of fixed form somewhere in a text: a file's name, a line of a listing. */

/**
 * Whether @format can give a time: %Y %m %d once each, %H %M %S at most once, each of a fixed
 * number of digits; everything else stands for itself.
 */
bool fixed_time_valid(const char *format);

/**
 * The first time in @text that has the form @format, in the zone of the process: "%Y%m%d_%H%M"
 * finds 20260415_0130 in ZEI-0012_20260415_0130_001.csv. Digits that go on before or behind it, and
 * dates that do not exist, are passed over. False: there is none.
 */
bool fixed_time_find(const char *format, const char *text, int64_t *ret_ms);

#endif
