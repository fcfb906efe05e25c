/* SPDX-License-Identifier: BSD-2-Clause */
/* What routes owe an incident later than at once: first notices that wait, repetitions,
 * escalations, reminders of progress. What is decided is routes.h's; here it is kept and told. */
#include <inttypes.h>

#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"
#include "record/agreed.h"

enum { DUE_AT_ONCE = 200 }; /* rows looked at in one turn */

struct route_site pipeline_site(const struct pipeline *p)
{
    return (struct route_site){p->settings, p->zone};
}

static void keep(struct pipeline *p, const struct follow *f)
{
    if (f->phase <= FOLLOW_HELD && f->due.boot < p->follow_due)
        p->follow_due = f->due.boot;
    p->is_held |= f->phase == FOLLOW_HELD;
    record_follow_put(p->record, f);
    pipeline_touched(p);
}

static void owe(struct pipeline *p, const struct follow *f)
{
    if (f->due.boot < p->follow_due)
        p->follow_due = f->due.boot;
    record_follow_add(p->record, f);
    pipeline_touched(p);
}

static struct moment later(struct moment m, span_ms by)
{
    return (struct moment){m.wall + by, m.boot + by};
}

/* What comes after the first notice, counted from @first. */
static void owe_rest(
    struct pipeline *p, const struct route_settings *route, uint64_t incident, struct moment first)
{
    struct follow f = {
        .incident = incident, .route = route->name, .phase = FOLLOW_WAITING, .why = ""};
    if (route->repeat > 0) {
        f.step = FOLLOW_REPEAT;
        f.due = later(first, route->repeat);
        owe(p, &f);
    }
    for (uint32_t i = 0; i < route->step_count; i++) {
        f.step = FOLLOW_ESCALATE + i;
        f.due = later(first, route->steps[i].after);
        owe(p, &f);
    }
}

/* ---- an incident's notice comes up ------------------------------------------------------- */

struct begin {
    struct pipeline *pipeline;
    const struct notice *notice;
    struct moment now;
    struct route_site site;
    struct route_targets told; /* of this incident so far */
    struct route_targets *at_once;
    bool is_taken;
};

static void add_told(void *arg, const char *destination, bool is_counted)
{
    struct begin *b = arg;
    const struct destination_settings *d = settings_destination(b->pipeline->settings, destination);
    (void)is_counted;
    if (d != NULL)
        routes_add(&b->told, d->name);
}

static bool knows_all(const struct begin *b, const struct route_settings *route)
{
    for (size_t i = 0; i < route->to_count; i++)
        if (!routes_has(&b->told, route->to[i]))
            return false;
    return true;
}

static void begin_route(void *arg, const struct route_settings *route, enum route_match match)
{
    struct begin *b = arg;
    struct pipeline *p = b->pipeline;
    if (match != ROUTE_MATCHES && match != ROUTE_WAITS)
        return;
    b->is_taken = true;
    bool is_news = !knows_all(b, route);
    if ((match == ROUTE_WAITS || route->after > 0) && is_news) {
        struct follow f = {.incident = b->notice->incident,
            .route = route->name,
            .step = FOLLOW_FIRST,
            .phase = FOLLOW_WAITING,
            .due = routes_first(&b->site, route, match, b->now),
            .why = match == ROUTE_WAITS ? "calendar" : ""};
        owe(p, &f);
        return;
    }
    if (match == ROUTE_WAITS)
        return; // they know, and are not to be woken
    routes_add_all(b->at_once, route->to, route->to_count);
    owe_rest(p, route, b->notice->incident, b->now);
}

void pipeline_follow_begin(struct pipeline *p, const struct notice *notice,
    struct route_targets *ret_now, struct moment now)
{
    struct begin b = {
        .pipeline = p, .notice = notice, .now = now, .site = pipeline_site(p), .at_once = ret_now};
    if (notice->kind == NOTICE_REMINDER)
        record_each_told(p->record, notice->incident, add_told, &b);
    routes_each(&b.site, notice, notice->severity, now.wall, begin_route, &b);
    if (!b.is_taken)
        log_warn(LOG_NOTIFY, "incident %" PRIu64 ": no route takes it, nobody is told",
            notice->incident);
}

/* ---- what people do ---------------------------------------------------------------------- */

struct acknowledged {
    struct pipeline *pipeline;
    uint64_t incident;
    struct moment now;
};

static void drop_unless_progress(void *arg, const struct follow *f)
{
    struct acknowledged *a = arg;
    struct follow dropped = *f;
    if (f->phase > FOLLOW_HELD || f->step == FOLLOW_PROGRESS)
        return;
    dropped.phase = FOLLOW_DROPPED;
    dropped.why = "acknowledged";
    keep(a->pipeline, &dropped);
}

static void owe_progress(void *arg, const struct route_settings *route, enum route_match match)
{
    struct acknowledged *a = arg;
    bool takes = match == ROUTE_MATCHES || match == ROUTE_WAITS || match == ROUTE_CALENDAR;
    struct follow f = {.incident = a->incident,
        .route = route->name,
        .step = FOLLOW_PROGRESS,
        .phase = FOLLOW_WAITING,
        .due = later(a->now, route->progress),
        .why = ""};
    if (takes && route->progress > 0)
        owe(a->pipeline, &f);
}

void pipeline_follow_acknowledged(struct pipeline *p, uint64_t id, struct moment now)
{
    const struct incident *i = p->judge != NULL ? judge_incident(p->judge, id) : NULL;
    struct acknowledged a = {p, id, now};
    struct route_site site = pipeline_site(p);
    struct notice notice;
    if (i == NULL)
        return;
    record_each_follow(p->record, id, drop_unless_progress, &a);
    pipeline_incident_notice(p, i, NOTICE_RAISED, now, &notice);
    routes_each(&site, &notice, i->severity, now.wall, owe_progress, &a);
    notice_deinit(&notice);
}

static void put_off(void *arg, const struct follow *f)
{
    struct acknowledged *a = arg;
    struct follow next = *f;
    const struct route_settings *route = routes_find(a->pipeline->settings, f->route);
    if (f->step != FOLLOW_PROGRESS || f->phase > FOLLOW_HELD || route == NULL)
        return;
    next.due = later(a->now, route->progress);
    keep(a->pipeline, &next);
}

void pipeline_follow_noted(struct pipeline *p, uint64_t id, struct moment now)
{
    struct acknowledged a = {p, id, now};
    record_each_follow(p->record, id, put_off, &a);
}

void pipeline_follow_release(struct pipeline *p, struct moment now)
{
    if (!p->is_held)
        return;
    p->is_held = false;
    p->follow_due = now.boot;
    record_follow_release(p->record, now);
    pipeline_touched(p);
}

/* ---- what is due ------------------------------------------------------------------------- */

/* Until when planned work on @service runs; 0: none does. */
static wall_ms work_until(struct pipeline *p, const char *service, wall_ms now)
{
    const struct agreed *a;
    wall_ms from, to, until = 0;
    if (service == NULL || record_agreed(p->record, &a) != 0)
        return 0;
    for (size_t i = 0; i < a->work_count; i++)
        if (text_equal(a->works[i].service, service) && work_holds(&a->works[i], &from, &to) &&
            from <= now && now < to && to > until)
            until = to;
    return until;
}

/* A subject that the incident's own depends on and that is bad itself. */
static const char *bad_parent(struct pipeline *p, const char *subject)
{
    const struct watch_settings *w = settings_watch(p->settings, subject);
    for (size_t i = 0; w != NULL && i < w->depends_on_count; i++) {
        enum verdict v = judge_subject_verdict(p->judge, w->depends_on[i], NULL, NULL, NULL);
        if (v == VERDICT_CRITICAL || v == VERDICT_BLIND)
            return w->depends_on[i];
    }
    return NULL;
}

/* How long is waited for a look at @subject after what it depends on is good again. */
static span_ms patience(const struct pipeline *p, const char *subject)
{
    const struct watch_settings *w = settings_watch(p->settings, subject);
    return w != NULL ? w->interval + w->deadline : 0;
}

static void tell_step(struct pipeline *p, const struct route_settings *route,
    const struct follow *f, struct moment now)
{
    struct route_targets t;
    struct route_site site = pipeline_site(p);
    struct begin b = {.pipeline = p};
    routes_step_targets(route, f->step, &t);
    routes_keep_valid(&site, &t, now.wall);
    if (f->step == FOLLOW_FIRST) {
        struct route_targets rest = {.is_expired = t.is_expired};
        record_each_told(p->record, f->incident, add_told, &b);
        for (size_t i = 0; i < t.count; i++)
            if (!routes_has(&b.told, t.to[i]))
                routes_add(&rest, t.to[i]);
        t = rest;
    } else {
        judge_told_again(p->judge, f->incident, now);
    }
    if (t.count == 0)
        return;

    const struct incident *i = judge_incident(p->judge, f->incident);
    struct notice notice;
    pipeline_incident_notice(
        p, i, f->step == FOLLOW_FIRST ? NOTICE_RAISED : NOTICE_REMINDER, now, &notice);
    struct manner manner = manner_of(p->settings);
    render_follow(&notice, i, f->step, now, &manner);
    pipeline_tell_targets(p, &notice, &t, now);
    notice_deinit(&notice);
}

static void tell_now(struct pipeline *p, const struct route_settings *route, const struct follow *f,
    struct moment now)
{
    struct follow next = *f;
    span_ms again = follow_again(route, f->step);
    tell_step(p, route, f, now);
    next.told++;
    next.why = "";
    next.phase = again > 0 ? FOLLOW_WAITING : FOLLOW_TOLD;
    next.due = again > 0 ? later(now, again) : now;
    keep(p, &next);
    if (f->step == FOLLOW_FIRST)
        owe_rest(p, route, f->incident, now);
}

static void put_away(struct pipeline *p, const struct follow *f, enum follow_phase phase,
    struct moment due, const char *why)
{
    struct follow next = *f;
    next.phase = phase;
    next.due = due;
    next.why = why;
    keep(p, &next);
    log_info(LOG_NOTIFY, "incident %" PRIu64 ": route %s, step %u is %s: %s", f->incident, f->route,
        (unsigned)f->step, phase == FOLLOW_HELD ? "held" : "dropped", why);
}

struct due {
    struct pipeline *pipeline;
    struct moment now;
};

static void look_at(void *arg, const struct follow *f)
{
    const struct due *d = arg;
    struct pipeline *p = d->pipeline;
    const struct incident *i = judge_incident(p->judge, f->incident);
    const struct route_settings *route = routes_find(p->settings, f->route);
    struct route_site site = pipeline_site(p);
    struct moment until;
    const char *why;
    if (route == NULL) {
        put_away(p, f, FOLLOW_DROPPED, d->now, "route");
        return;
    }
    struct follow_facts facts = {.is_over = i == NULL};
    if (i != NULL) {
        facts.is_acknowledged = i->acknowledged_at.wall != 0;
        facts.work_until = work_until(p, i->service, d->now.wall);
        facts.depends = bad_parent(p, i->of.subject);
    }
    enum follow_verdict v = follow_judge(&site, route, f->step, &facts, d->now, &until, &why);
    if (v == FOLLOW_DROP) {
        put_away(p, f, FOLLOW_DROPPED, d->now, why);
    } else if (v == FOLLOW_HOLD) {
        put_away(p, f, FOLLOW_HELD, until, why);
    } else if (f->phase == FOLLOW_HELD && text_equal(f->why, "dependency")) {
        // What is good again by the next look is not told at all.
        struct follow next = *f;
        next.phase = FOLLOW_WAITING;
        next.why = "";
        next.due = later(d->now, patience(p, i->of.subject));
        keep(p, &next);
    } else {
        tell_now(p, route, f, d->now);
    }
}

void pipeline_follow(struct pipeline *p, struct moment now)
{
    struct due d = {p, now};
    mono_ms next = CLOCK_NEVER;
    if (p->judge == NULL || p->follow_due > now.boot)
        return;
    p->follow_due = CLOCK_NEVER;
    record_each_follow_due(p->record, now.boot, DUE_AT_ONCE, look_at, &d);
    if (record_follow_next(p->record, &next) == 0)
        p->follow_due = next;
}
