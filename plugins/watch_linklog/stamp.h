/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_STAMP_H
#define LINKLOG_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * stamp - the time that a record itself names.
 *
 * Formats are those of strptime(3), in the zone of the process unless %z is there. Where a format
 * has no year, the year is the one that puts the time nearest to when the file was written: the
 * last line of 31 December is read on 1 January. A fraction behind '.' or ',' counts.
 */

/** Whether @format can give a time: it has a day and an hour (or %s). */
bool stamp_format_valid(const char *format);

/** ms since 1970 UTC of @text, which must begin with a time; @near_ms: when the file was written.
 * False if it does not. */
bool stamp_read(const char *format, const char *text, int64_t near_ms, int64_t *ret_ms);

#endif
