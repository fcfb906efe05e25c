/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_TELL_H
#define HM_JUDGE_LINKAGE_TELL_H

#include "judge/incident.h"

/** linkage_tell - incidents and the saved state of a linkage, for those who judge it. */

/** Opens an incident unless @key is open. */
void linkage_raise(struct judge *j, struct linkage *k, enum linkage_metric which,
    const struct opening *o, struct moment now);
/** Whether there is one with @key (NULL: any). */
bool linkage_is_open(
    const struct judge *j, const struct linkage *k, enum linkage_metric which, const char *key);
/** Ends the one with @key (NULL: all). @text: how it ended; NULL: not told. */
void linkage_clear(struct judge *j, struct linkage *k, enum linkage_metric which, const char *key,
    const char *text, struct moment at, struct moment now);
/** Ends those of the business day @day ("2026-04-17") and of earlier ones. */
void linkage_clear_until(struct judge *j, struct linkage *k, enum linkage_metric which,
    const char *day, struct moment at, struct moment now);
void linkage_count_failure(struct judge *j, struct linkage *k, struct moment now);
void linkage_save(
    struct judge *j, struct linkage *k, const struct linkage_day *day, struct moment now);
/** Whether the subject that shows it can be looked at. */
bool linkage_can_see(const struct judge *j, const struct linkage *k);
/** The moment of @wall, seen from @now: no earlier on the boot clock than the last clock step. */
struct moment linkage_moment(const struct judge *j, wall_ms wall, struct moment now);

#endif
