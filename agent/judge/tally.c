/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/tally.h"

enum verdict tally_worst(const struct tally *t)
{
    static const enum verdict order[] = {
        VERDICT_CRITICAL, VERDICT_BLIND, VERDICT_WARNING, VERDICT_OK};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (t->counts[order[i]] > 0)
            return order[i];
    return VERDICT_UNKNOWN;
}

enum truth tally_truth(enum verdict v)
{
    if (v == VERDICT_BLIND)
        return TRUTH_UNKNOWN;
    return v == VERDICT_CRITICAL ? TRUTH_YES : TRUTH_NO;
}

void tally_move(struct tally *t, enum verdict before, enum verdict after)
{
    if (before != VERDICT_UNKNOWN)
        t->counts[before]--;
    if (after != VERDICT_UNKNOWN)
        t->counts[after]++;
}
