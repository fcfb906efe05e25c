/* SPDX-License-Identifier: BSD-2-Clause */
/* What judge.h says of linkages. */
#include <stdlib.h>

#include "judge/judge.h"
#include "judge/linkage.h"
#include "judge/linkage_plan.h"

static struct linkage *find(const struct judge *j, const char *id)
{
    struct linkage *k = NULL;
    HASH_FIND(by_id, j->linkages, id, strlen(id), k);
    return k;
}

void judge_restore_linkage(struct judge *j, const struct linkage_state *state)
{
    struct linkage *k = find(j, state->id);
    if (k == NULL)
        return;
    // The id is the hash's key, and stays.
    struct linkage_state copy;
    linkage_state_copy(&copy, state);
    free(copy.id);
    copy.id = k->state.id;
    k->state = copy;
}

static void view(const struct judge *j, const struct linkage *k, struct judge_linkage *ret)
{
    *ret = (struct judge_linkage){k->settings, &k->state, linkage_phase_now(j, k)};
}

bool judge_linkage(const struct judge *j, const char *id, struct judge_linkage *ret)
{
    const struct linkage *k = find(j, id);
    if (k != NULL)
        view(j, k, ret);
    return k != NULL;
}

void judge_each_linkage(
    const struct judge *j, void (*fn)(void *arg, const struct judge_linkage *linkage), void *arg)
{
    for (const struct linkage *k = j->linkages; k != NULL; k = k->by_id.next) {
        struct judge_linkage one;
        view(j, k, &one);
        fn(arg, &one);
    }
}

static void count_day(
    const struct linkage_day *d, wall_ms from, wall_ms to, struct linkage_count *ret)
{
    if (d->day == LINKAGE_NO_DAY || d->due <= from || d->due > to)
        return;
    ret->due++;
    ret->arrived += d->phase == LINKAGE_ARRIVED;
    ret->late += d->phase == LINKAGE_LATE;
    ret->missing += d->phase == LINKAGE_MISSING;
    ret->failed += d->phase == LINKAGE_FAILED;
}

struct linkage_count judge_count_linkages(const struct judge *j, wall_ms from, wall_ms to)
{
    struct linkage_count count = {0};
    for (const struct linkage *k = j->linkages; k != NULL; k = k->by_id.next) {
        count_day(&k->state.last, from, to, &count);
        count_day(&k->state.current, from, to, &count);
    }
    return count;
}

bool judge_linkage_expected(const struct judge *j, const char *id, int32_t day, wall_ms *ret_due)
{
    const struct linkage *k = find(j, id);
    if (k == NULL || linkage_plan_next(k->settings, &k->calendar, day - 1) != day)
        return false;
    *ret_due = linkage_plan_due(k->settings, &k->calendar, day);
    return true;
}
