/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LOGIC_H
#define HM_JUDGE_LOGIC_H

#include <stdbool.h>

#include "settings/settings.h"

/**
 * logic - "is it bad" in three values (Kleene's strong logic): no, unknown, yes. `any` is the
 * greatest of its operands, `all` the least, `at_least(k)` the k-th greatest, `not` turns no and
 * yes around. Without operands `any` is no, `all` is yes. Pure.
 */

enum truth { TRUTH_NO, TRUTH_UNKNOWN, TRUTH_YES };

/** What @name is. */
typedef enum truth (*truth_fn)(void *arg, const char *name);

enum truth logic_find(const struct expression *e, truth_fn of, void *arg);

/** Whether both say the same, name by name. */
bool logic_equal(const struct expression *a, const struct expression *b);

#endif
