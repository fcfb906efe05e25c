/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_DEPEND_H
#define HM_JUDGE_DEPEND_H

#include "judge/state.h"

/** depend - whether what a subject depends on is good. */

/** Whether one of those that @s depends on is critical or blind now. */
bool depend_is_broken(const struct subject *s);
/** Forgets what @s depends on, and that something depends on it. */
void depend_forget(struct subject *s);

#endif
