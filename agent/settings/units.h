/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_UNITS_H
#define HM_SETTINGS_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "settings/settings.h"

/**
 * units - the small notations of the configuration: text in, number out.
 *
 * Each takes the whole string or returns false and leaves *ret alone. settings_parse_span and the
 * condition_ functions of settings.h are here too.
 */

/** "4096" "10K" "10M" "10G" "2T" (powers of 1024): bytes. */
bool units_size(const char *string, int64_t *ret_bytes);
/** "2026-04-01": a day number (base/civil.h). */
bool units_date(const char *string, int32_t *ret_day);
/** "05:00" .. "48:00" with minutes 00..59: minutes, at most @most. */
bool units_clock(const char *string, int32_t most, int32_t *ret_minute);
/** "05:00-27:00": of the 48-hour clock, the end after the start, at most 24 hours long. */
bool units_hours(const char *string, struct calendar_window *ret);
/** "mon" or "mon-fri" (also "fri-mon"): adds its bits, bit 0 Sunday, to *days. */
bool units_weekdays(const char *string, uint8_t *days);
/** "99.9", up to three decimals, more than 0 and at most 100: in 1/1000 %. */
bool units_percent(const char *string, uint32_t *ret_thousandths);

/** Adds the shortest form that reads back as the same: "90s", "2h", "10G". */
void units_add_span(struct text *t, span_ms span);
void units_add_size(struct text *t, int64_t bytes);
void units_add_number(struct text *t, double number);

#endif
