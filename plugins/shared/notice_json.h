/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_NOTICE_JSON_H
#define HM_SHARED_NOTICE_JSON_H

#include <hashimori/plugin.h>

/**
 * notice_json - a notice as one JSON object, for receivers that are programs.
 *
 * Members are those of the wire (docs/wire.md) with `severity_name`, `at` (RFC 3339, in the site's
 * zone) and `attempt` beside them. 64-bit numbers are decimal strings. All but `attempt` is the
 * same in every attempt.
 */

/** Compact, UTF-8, one line; the caller frees it. NULL: no memory, or a text is not UTF-8. */
char *notice_json(const struct hm_notice *notice, uint32_t attempt);

enum { NOTICE_TIME_BYTES = 48 };
/** Writes @at_ms as "2026-04-15T10:00:00.250+09:00", or with @is_plain as "2026-04-15 10:00:00
 * +09:00". */
void notice_time(char ret[NOTICE_TIME_BYTES], int64_t at_ms, int32_t offset_s, bool is_plain);

/** "ok", "notice", "warning", "critical", "blind" */
const char *notice_severity(int severity);

#endif
