/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LOGIC_H
#define HM_JUDGE_LOGIC_H

#include <stdbool.h>

#include "base/clock.h"
#include "settings/settings.h"

/**
 * logic - "is it bad" in three values (Kleene's strong logic): no, unknown, yes; and since
 * when. `any` is the greatest of its operands, `all` the least, `at_least(k)` the k-th greatest,
 * `not` turns no and yes around. Without operands `any` is no, `all` is yes.
 *
 * "Since" follows: any is yes since its first operand was, all since its last. Of unknown the
 * since is not told (a caller knows what has just happened). Pure.
 */

enum truth { TRUTH_NO, TRUTH_UNKNOWN, TRUTH_YES };

struct finding {
    enum truth truth;
    struct moment since;
};

/** What @name is. */
typedef struct finding (*finding_fn)(void *arg, const char *name);

struct finding logic_find(const struct expression *e, finding_fn of, void *arg);

/** Whether both say the same, name by name. */
bool logic_equal(const struct expression *a, const struct expression *b);

#endif
