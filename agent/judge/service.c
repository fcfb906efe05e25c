/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/service.h"

#include <stdlib.h>

#include "base/text.h"
#include "judge/incident.h"
#include "judge/logic.h"
#include "judge/registry.h"
#include "judge/service_find.h"
#include "judge/service_said.h"
#include "settings/expression.h"

/* Boot time at which wall clocks show @wall, seen from @now. */
static mono_ms boot_at(struct moment now, wall_ms wall)
{
    return wall == CLOCK_NEVER ? CLOCK_NEVER : now.boot + (wall - now.wall);
}

/* ---- hours ---- */

struct release {
    struct moment edge;
    struct service *service;
    const struct metric *cause; /* a released one that is critical */
};

static void release_metric(struct judge *j, struct metric *m, void *arg)
{
    struct release *r = arg;
    struct open_incident *i, *next;
    bool is_released = m->incident != NULL && incident_release(j, m->incident, r->edge);

    HASH_ITER (by_key, m->events, i, next) {
        is_released |= incident_release(j, i, r->edge);
    }
    if (!is_released)
        return;
    if (m->state.verdict == VERDICT_CRITICAL)
        r->cause = m;
    if (m->rule != NULL && m->rule->event == SEVERITY_NONE)
        registry_save(j, m);
}

/* What is still bad when the hours begin, or planned work ends, is an incident from then on. */
static void release_held(struct judge *j, struct service *sv, struct moment edge)
{
    struct release r = {edge, sv, NULL};
    struct subject *s, *next;

    HASH_ITER (by_name, j->subjects, s, next) {
        if ((s->gate == sv || s->home == sv) && incident_is_timely(s))
            registry_each_metric(j, s, release_metric, &r);
    }
    if (r.cause != NULL)
        service_said_release(j, sv, r.cause, edge);
}

/* Whether a window holds at @wall; *ret_edge: moved to the next edge if that comes earlier. */
static bool is_at_work(const struct service *sv, wall_ms wall, wall_ms *ret_edge)
{
    bool holds = false;
    for (size_t i = 0; i < sv->work_count; i++) {
        const struct interval *w = &sv->works[i];
        wall_ms edge = wall < w->from ? w->from : w->to;
        holds |= wall >= w->from && wall < w->to;
        if (edge > wall && edge < *ret_edge)
            *ret_edge = edge;
    }
    return holds;
}

void service_look_at_hours(struct judge *j, struct service *sv, struct moment now)
{
    bool was_open = sv->is_open, was_working = sv->is_working;
    wall_ms edge = calendar_next_edge(&sv->calendar, now.wall);
    sv->is_open = calendar_open_at(&sv->calendar, now.wall);
    sv->is_working = is_at_work(sv, now.wall, &edge);
    due_set(&j->dues, &sv->edge, boot_at(now, edge));
    bool is_over = was_working && !sv->is_working;
    if (is_over || (sv->is_open && !was_open))
        release_held(j, sv, now);
    // A change that was not told while work ran may be told now.
    if (is_over && sv->changed_at_work)
        service_said_tell(j, sv, now);
}

void service_works(struct judge *j, struct service *sv, const struct interval *works, size_t count,
    struct moment now)
{
    sv->works = alloc_resize(sv->works, count, sizeof *works);
    for (size_t i = 0; i < count; i++)
        sv->works[i] = works[i];
    sv->work_count = count;
    if (j->is_started)
        service_look_at_hours(j, sv, now);
}

static void service_on_edge(struct judge *j, void *owner, struct moment now)
{
    service_look_at_hours(j, owner, now);
}

/* ---- making it ---- */

struct service *service_new(struct judge *j, const struct service_settings *settings)
{
    struct service *sv = alloc(sizeof *sv);
    sv->settings = settings;
    sv->name = alloc_text(settings->name);
    sv->edge.owner = sv;
    sv->edge.fn = service_on_edge;
    service_said_init(sv);
    sv->is_open = true;
    j->services = alloc_resize(j->services, j->service_count + 1, sizeof *j->services);
    j->services[j->service_count++] = sv;
    return sv;
}

struct service *service_free(struct judge *j, struct service *sv)
{
    due_cancel(&j->dues, &sv->edge);
    service_said_drop(j, sv);
    free(sv->works);
    free(sv->name);
    free(sv);
    return NULL;
}

struct service *service_named(const struct judge *j, const char *name)
{
    for (size_t i = 0; i < j->service_count; i++)
        if (text_equal(j->services[i]->name, name))
            return j->services[i];
    return NULL;
}

struct binding {
    struct judge *judge;
    struct service *service;
};

static void bind_subject(const struct binding *b, struct subject *s)
{
    for (size_t i = 0; i < s->service_count; i++)
        if (s->services[i] == b->service)
            return;
    s->services = alloc_resize(s->services, s->service_count + 1, sizeof *s->services);
    s->services[s->service_count++] = b->service;
}

static void bind_linkages(const struct binding *b, const char *linkage)
{
    const char *class_name = expression_linkage_class(linkage);
    for (const struct linkage *k = b->judge->linkages; k != NULL; k = k->by_id.next)
        if (class_name != NULL ? text_equal(k->settings->class_name, class_name)
                               : text_equal(k->settings->id, linkage))
            bind_subject(b, k->subject);
}

static void bind_name(void *arg, const char *name)
{
    const struct binding *b = arg;
    const char *instance = NULL;
    struct subject *s = registry_subject(b->judge, name);

    if (expression_linkage(name) != NULL) {
        bind_linkages(b, expression_linkage(name));
        return;
    }
    if (s == NULL)
        s = service_split_name(b->judge, name, &instance);
    if (s != NULL)
        bind_subject(b, s);
}

void service_bind(
    struct judge *j, struct service *sv, const struct service_settings *settings, struct moment now)
{
    struct binding b = {j, sv};
    // What new expressions say is not said of the time before they were in force.
    if (!logic_equal(sv->settings->down_when, settings->down_when) ||
        !logic_equal(sv->settings->degraded_when, settings->degraded_when))
        sv->epoch = now;
    sv->settings = settings;
    sv->calendar = (struct calendar){settings_calendar(j->settings, settings->calendar), j->zone};
    expression_each_name(settings->down_when, bind_name, &b);
    expression_each_name(settings->degraded_when, bind_name, &b);
}

void service_consider(struct judge *j, struct service *sv, const struct metric *cause,
    struct moment from, struct moment now)
{
    if (j->is_started)
        service_said_look(j, sv, cause, from, now);
}

void service_settle(struct service *sv, struct moment now)
{
    sv->epoch = now;
}

void service_start(struct judge *j, struct service *sv, struct moment now)
{
    sv->epoch = now;
    service_look_at_hours(j, sv, now);
    service_consider(j, sv, NULL, now, now);
}
