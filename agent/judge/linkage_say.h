/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_SAY_H
#define HM_JUDGE_LINKAGE_SAY_H

#include "base/text.h"
#include "judge/state.h"

/** linkage_say - the sentences of linkages' incidents, in the site's language, times in its zone.
 */

enum { LINKAGE_DAY_BYTES = 16 };
/** "2026-04-17": the key of a business day's incidents. Returns @ret. */
const char *linkage_say_day(char ret[LINKAGE_DAY_BYTES], int32_t day);

/** Its current day's deadline passed. */
void linkage_say_missing(const struct judge *j, const struct linkage *k, struct text *t);
/** @d arrived after its deadline, or was only seen after it. */
void linkage_say_arrived(
    const struct judge *j, const struct linkage *k, const struct linkage_day *d, struct text *t);
/** @id is the condition that the number of records breaks, with its @limit. */
void linkage_say_records(const struct judge *j, const struct linkage *k, enum message id,
    int64_t records, int64_t limit, struct text *t);
void linkage_say_too_long(
    const struct judge *j, const struct linkage *k, const struct linkage_run *r, struct text *t);
void linkage_say_not_followed(const struct judge *j, const struct linkage *k, struct text *t);
void linkage_say_silent(const struct judge *j, const struct linkage *k, struct text *t);

#endif
