/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_TALLY_H
#define HM_JUDGE_TALLY_H

#include "judge/state.h"

/** tally - counts the triples of an instance or a subject by verdict (struct tally). */

/** The worst of @t: critical, blind, warning, ok; VERDICT_UNKNOWN when it is empty. */
enum verdict tally_worst(const struct tally *t);

/** Whether a triple or a whole of verdict @v is critical: unknown when it is blind. */
enum truth tally_truth(enum verdict v);

/** The verdict of one of those counted goes from @before to @after. */
void tally_move(struct tally *t, enum verdict before, enum verdict after);

#endif
