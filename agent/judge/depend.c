/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/depend.h"

#include <stdlib.h>

bool depend_is_broken(const struct subject *s)
{
    for (size_t i = 0; i < s->parent_count; i++)
        if (s->parents[i]->verdict == VERDICT_CRITICAL || s->parents[i]->verdict == VERDICT_BLIND)
            return true;
    return false;
}

void depend_forget(struct subject *s)
{
    free(s->parents);
    s->parents = NULL;
    s->parent_count = 0;
    s->is_parent = false;
}
