/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/plan.h"

#include <stdlib.h>

void work_deinit(struct work *w)
{
    free(w->service);
    free(w->plan_no);
    free(w->approved_by);
    free(w->scope);
    free(w->who);
    *w = (struct work){0};
}

static bool is_cancelled(const struct work *w)
{
    return w->ended != 0 && w->ended < w->from;
}

enum work_state work_state_at(const struct work *w, wall_ms now)
{
    if (is_cancelled(w))
        return WORK_CANCELLED;
    if (w->approved == 0)
        return WORK_PENDING;
    if (now < w->from)
        return WORK_PLANNED;
    return now < w->to && w->ended == 0 ? WORK_RUNNING : WORK_ENDED;
}

const char *work_state_name(enum work_state s)
{
    static const char *const names[] = {[WORK_PENDING] = "unapproved",
        [WORK_PLANNED] = "planned",
        [WORK_RUNNING] = "working",
        [WORK_ENDED] = "ended",
        [WORK_CANCELLED] = "cancelled"};
    return names[s];
}

bool work_is_late(const struct work *w)
{
    return w->registered > w->from;
}

bool work_counts(const struct work *w, bool whole, wall_ms *ret_from, wall_ms *ret_to)
{
    if (w->approved == 0 || is_cancelled(w))
        return false;
    *ret_from = w->from;
    *ret_to = w->to;
    if (!whole && w->started > w->from)
        *ret_from = w->started;
    if (!whole && w->ended != 0 && w->ended < w->to)
        *ret_to = w->ended;
    return *ret_from < *ret_to;
}

bool work_holds(const struct work *w, wall_ms *ret_from, wall_ms *ret_to)
{
    if (w->approved == 0 || is_cancelled(w))
        return false;
    *ret_from = w->from;
    *ret_to = w->ended != 0 && w->ended < w->to ? w->ended : w->to;
    return *ret_from < *ret_to;
}

void exclusion_deinit(struct exclusion *e)
{
    free(e->service);
    free(e->reason);
    free(e->agreed_by);
    free(e->agreed_on);
    free(e->document);
    free(e->revoked_by);
    free(e->revoked_why);
    free(e->who);
    *e = (struct exclusion){0};
}

const char *exclusion_mode(const struct exclusion *e)
{
    return e->forgives ? "numerator" : "denominator";
}

void judgement_deinit(struct judgement *j)
{
    free(j->service);
    free(j->evidence);
    free(j->who);
    *j = (struct judgement){0};
}

void issue_deinit(struct issue *i)
{
    free(i->service);
    free(i->period);
    free(i->approved_by);
    free(i->reason);
    free(i->changes);
    free(i->who);
    *i = (struct issue){0};
}
