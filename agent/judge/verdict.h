/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_VERDICT_H
#define HM_JUDGE_VERDICT_H

#include "judge/state.h"

/** verdict - carries a triple's verdict up to its instance, its subject and the services. */

/**
 * Sets the verdict of @m. @from: the observation from which it holds (the first failed one of the
 * run that raised it, the first good one of the run that cleared it). @text: the reading's words.
 */
void verdict_set(struct judge *j, struct metric *m, enum verdict v, struct moment from,
    struct moment now, const char *text);

/** Looks at the verdict of @s again and tells when it changed. */
void verdict_refresh(struct judge *j, struct subject *s, struct moment now, const char *text);

/**
 * The first reading of this run, or the end of the time in which it had to come: from @at on @s is
 * known, and no service waits for it any more.
 */
void verdict_first_seen(struct judge *j, struct subject *s, struct moment at);

#endif
