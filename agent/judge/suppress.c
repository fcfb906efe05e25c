/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/suppress.h"

#include "judge/depend.h"
#include "judge/incident.h"
#include "judge/registry.h"

/* ---- release ---- */

static bool is_suppressed(const struct open_incident *i)
{
    return i != NULL && (i->incident.flags & INCIDENT_SUPPRESSED) != 0;
}

static void release(struct judge *j, struct metric *m, void *arg)
{
    const struct moment *now = arg;
    struct open_incident *i, *next;

    if (is_suppressed(m->incident))
        incident_unsuppress(j, m->incident, *now);
    HASH_ITER (by_key, m->events, i, next) {
        if (is_suppressed(i))
            incident_unsuppress(j, i, *now);
    }
}

static void suppress_on_due(struct judge *j, void *owner, struct moment now)
{
    struct subject *s = owner;

    s->is_released = false;
    if (!depend_is_broken(s))
        registry_each_metric(j, s, release, &now);
}

/* The look that was asked for must have come by then. */
static span_ms patience(const struct subject *s)
{
    return s->watch->interval + s->watch->deadline;
}

static void consider(struct judge *j, struct subject *s, struct moment now)
{
    bool is_wanted = depend_is_broken(s);

    if (is_wanted || s->suppressed_count == 0) {
        s->is_released = false;
        due_cancel(&j->dues, &s->release);
        return;
    }
    if (s->is_released)
        return;
    s->is_released = true;
    s->release.owner = s;
    s->release.fn = suppress_on_due;
    due_set(&j->dues, &s->release, now.boot + patience(s));
    if (j->sink.look != NULL)
        j->sink.look(j->sink.ctx, s->name);
}

void suppress_changed(struct judge *j, const struct subject *s, struct moment now)
{
    if (!s->is_parent)
        return;
    for (struct subject *child = j->subjects; child != NULL; child = child->by_name.next)
        for (size_t i = 0; i < child->parent_count; i++)
            if (child->parents[i] == s)
                consider(j, child, now);
}

void suppress_seen(struct judge *j, struct metric *m, struct moment now)
{
    const struct subject *s = m->instance->subject;
    if (s->is_released && is_suppressed(m->incident))
        incident_unsuppress(j, m->incident, now);
}

/* ---- who depends on what ---- */

void suppress_unbind(struct judge *j)
{
    for (struct subject *s = j->subjects; s != NULL; s = s->by_name.next)
        depend_forget(s);
}

static void bind(struct judge *j, struct subject *s)
{
    const struct watch_settings *w = s->watch;

    s->parents = alloc_array(w->depends_on_count, sizeof(struct subject *));
    for (size_t i = 0; i < w->depends_on_count; i++) {
        struct subject *parent = registry_subject(j, w->depends_on[i]);
        if (parent == NULL)
            continue;
        s->parents[s->parent_count++] = parent;
        parent->is_parent = true;
    }
}

void suppress_bind(struct judge *j, struct moment now)
{
    struct subject *s, *next;

    suppress_unbind(j);
    HASH_ITER (by_name, j->subjects, s, next) {
        bind(j, s);
    }
    HASH_ITER (by_name, j->subjects, s, next) {
        consider(j, s, now);
    }
}
