/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/flap.h"

#include <stdlib.h>
#include <string.h>

#include "judge/incident.h"

struct flap {
    mono_ms raised[FLAPS_MAX]; /* the latest times, the oldest first */
    size_t count;
    struct moment calm_from; /* the first good reading */
    struct due calm;
};

static struct flap *flap_of(struct metric *m)
{
    if (m->flap != NULL)
        return m->flap;
    m->flap = alloc(sizeof *m->flap);
    m->flap->calm.owner = m;
    return m->flap;
}

static bool is_flapping(const struct metric *m)
{
    return m->incident != NULL && (m->incident->incident.flags & INCIDENT_FLAPPING) != 0;
}

bool flap_raised(struct metric *m, struct moment now)
{
    const struct rule *rule = m->rule;
    if (rule->flaps == 0)
        return false;

    struct flap *f = flap_of(m);
    size_t old = f->count == FLAPS_MAX;
    while (old < f->count && f->raised[old] < now.boot - rule->flap_within)
        old++;
    f->count -= old;
    memmove(f->raised, f->raised + old, f->count * sizeof f->raised[0]);
    f->raised[f->count++] = now.boot;
    return f->count >= rule->flaps;
}

static void flap_on_calm(struct judge *j, void *owner, struct moment now)
{
    struct metric *m = owner;
    if (!is_flapping(m))
        return;
    if (m->state.verdict == VERDICT_BLIND) { // nobody saw that it was calm
        due_set(&j->dues, &m->flap->calm, now.boot + m->rule->flap_within);
        return;
    }
    incident_clear(j, m->incident, m->flap->calm_from, now);
    if (j->sink.metric != NULL)
        j->sink.metric(j->sink.ctx, &m->state);
}

bool flap_holds(struct judge *j, struct metric *m, struct moment from, struct moment now)
{
    if (!is_flapping(m) || m->rule == NULL || m->rule->flap_within == 0)
        return false;
    struct flap *f = flap_of(m);
    f->calm.fn = flap_on_calm;
    if (f->calm.place != 0)
        return true;
    f->calm_from = from;
    due_set(&j->dues, &f->calm, now.boot + m->rule->flap_within);
    return true;
}

bool flap_is_calming(const struct metric *m)
{
    return m->flap != NULL && m->flap->calm.place != 0 && m->incident != NULL;
}

void flap_again(struct judge *j, struct metric *m, struct moment now)
{
    due_cancel(&j->dues, &m->flap->calm);
    m->incident->incident.last_at = now;
    if (m->incident->incident.count < UINT32_MAX)
        m->incident->incident.count++;
    incident_save(j, m->incident, now);
}

void flap_resume(struct judge *j, struct metric *m, struct moment now)
{
    if (is_flapping(m) && m->h.level <= VERDICT_OK)
        flap_holds(j, m, m->state.first_good.wall != 0 ? m->state.first_good : now, now);
}

void flap_forget(struct judge *j, struct metric *m)
{
    if (m->flap == NULL)
        return;
    due_cancel(&j->dues, &m->flap->calm);
    free(m->flap);
    m->flap = NULL;
}
