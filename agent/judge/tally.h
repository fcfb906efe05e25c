/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_TALLY_H
#define HM_JUDGE_TALLY_H

#include "judge/state.h"

/** tally - counts the triples of an instance or a subject by verdict (struct tally). */

/** The worst of @t: critical, blind, warning, ok; VERDICT_UNKNOWN when it is empty. */
enum verdict tally_worst(const struct tally *t);

/** Whether that is critical: unknown when it is blind. */
enum truth tally_truth(const struct tally *t);

/** The first look of this run, at @at: what was before is not known. */
void tally_seen(struct tally *t, struct moment at);

/** The verdict of @m, one of those counted, goes from @before to @after with effect @from. */
void tally_move(struct tally *t, const struct metric *m, enum verdict before, enum verdict after,
    struct moment from);

#endif
