/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_HOLIDAYS_H
#define HM_SETTINGS_HOLIDAYS_H

#include <stddef.h>
#include <stdint.h>

#include "settings/settings.h"

/**
 * holidays - a table of public holidays, for when a law changes them: the Cabinet Office's CSV as
 * it is (内閣府「国民の祝日」CSV, Shift_JIS) or one in its manner, a date and a name a line.
 * Dates are YYYY/M/D or YYYY-MM-DD; a first line without a date is a heading; names, in whatever
 * encoding, are not read. What is no such line is a complaint with its number.
 */

enum { HOLIDAYS_MAX = 4096 };

/** The days of @file in order, each once; the caller frees. With *ret_count 0 a complaint says why.
 */
int32_t *holidays_read(const char *file, size_t *ret_count, struct complaints *c);

#endif
