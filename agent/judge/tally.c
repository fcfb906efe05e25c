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

static struct moment later(struct moment a, struct moment b)
{
    return a.boot >= b.boot ? a : b;
}

enum truth tally_truth(const struct tally *t)
{
    enum verdict worst = tally_worst(t);
    if (worst == VERDICT_BLIND)
        return TRUTH_UNKNOWN;
    return worst == VERDICT_CRITICAL ? TRUTH_YES : TRUTH_NO;
}

void tally_seen(struct tally *t, struct moment at)
{
    t->bad_since = t->good_since = at;
    t->trail = (struct trail){0};
    trail_say(&t->trail, tally_truth(t), at);
}

void tally_move(struct tally *t, const struct metric *m, enum verdict before, enum verdict after,
    struct moment from)
{
    if (before != VERDICT_UNKNOWN)
        t->counts[before]--;
    if (after != VERDICT_UNKNOWN)
        t->counts[after]++;
    if (after == VERDICT_CRITICAL) {
        // Outages that overlap are one, so it began with the earliest.
        if (t->counts[VERDICT_CRITICAL] == 1 || from.boot < t->bad_since.boot) {
            t->bad_since = from;
            t->last_good = m->last_good;
        }
        trail_say(&t->trail, TRUTH_YES, t->bad_since);
        return;
    }
    if (after != VERDICT_BLIND)
        from = t->good_since = later(t->good_since, from);
    if (t->counts[VERDICT_CRITICAL] == 0)
        trail_say(&t->trail, tally_truth(t), from);
}
