/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "judge/countdown.h"
#include "judge/derive.h"
#include "judge/event.h"
#include "judge/flap.h"
#include "judge/incident.h"
#include "judge/linkage.h"
#include "judge/metric.h"
#include "judge/past.h"
#include "judge/registry.h"
#include "judge/service.h"
#include "judge/service_said.h"
#include "judge/state.h"
#include "judge/suppress.h"
#include "judge/verdict.h"

#define OWN_PREFIX "hashimori/"

enum { FLOOD_CLEAR_MS = 10 * 60 * 1000, GIVEN_UP_CLEAR_MS = 10 * 60 * 1000 };

/* ---- making it ---- */

/* A worker's state is 2 when it runs, 1 when it is starting again and 0 when it has failed. That it
 * floods is told once a flood. Notices that are given up are one incident until none was for a
 * while, also where a destination that takes nothing is one already. A certificate that a
 * destination needs is told two weeks ahead. The room that the agent itself has left counts as a
 * worker's state does. */
static void make_own_watch(struct judge *j)
{
    j->own_rules[0] = (struct rule){
        .metric = alloc_text("worker_state"),
        .warning = {CONDITION_LT, 2},
        .critical = {CONDITION_LT, 1},
        .runs = 1,
        .clear_runs = 1,
    };
    j->own_rules[1] = (struct rule){
        .metric = alloc_text("flood"),
        .event = SEVERITY_WARNING,
        .clear_after = FLOOD_CLEAR_MS,
    };
    j->own_rules[2] = (struct rule){
        .metric = alloc_text("certificate_days"),
        .warning = {CONDITION_LT, 14},
        .critical = {CONDITION_LT, 0},
        .runs = 1,
        .clear_runs = 1,
    };
    j->own_rules[3] = (struct rule){
        .metric = alloc_text("state_room"),
        .warning = {CONDITION_LT, 2},
        .critical = {CONDITION_LT, 1},
        .runs = 1,
        .clear_runs = 1,
    };
    j->own_rules[4] = (struct rule){
        .metric = alloc_text("given_up"),
        .event = SEVERITY_WARNING,
        .clear_after = GIVEN_UP_CLEAR_MS,
    };
    j->own_watch = (struct watch_settings){.rules = j->own_rules, .rule_count = OWN_RULES};
}

static bool is_own(const char *subject)
{
    return subject != NULL && strncmp(subject, OWN_PREFIX, sizeof OWN_PREFIX - 1) == 0;
}

static void bind_gate(struct judge *j, struct subject *s)
{
    s->home = s->watch->service != NULL ? service_named(j, s->watch->service) : NULL;
    s->gate = s->watch->in_hours ? s->home : NULL;
}

/* Services first: subjects hang on their hours, and then services on their subjects. */
static void bind_all(struct judge *j, struct moment now)
{
    struct subject *s, *next;
    HASH_ITER (by_name, j->subjects, s, next) {
        bind_gate(j, s);
        s->service_count = 0;
    }
    for (size_t i = 0; i < j->service_count; i++) {
        const struct service_settings *of = settings_service(j->settings, j->services[i]->name);
        service_bind(j, j->services[i], of, now);
    }
    suppress_bind(j, now);
}

int judge_new(const struct settings *settings, const struct zone *zone,
    const struct judge_sink *sink, uint64_t next_incident, struct judge **ret_judge)
{
    struct judge *j = alloc(sizeof *j);
    j->settings = settings;
    j->zone = zone;
    j->sink = *sink;
    j->next_incident = next_incident > 0 ? next_incident : 1;
    j->stepped_at = INT64_MIN;
    make_own_watch(j);
    for (size_t i = 0; i < settings->service_count; i++)
        service_new(j, &settings->services[i]);
    for (size_t i = 0; i < settings->watch_count; i++)
        registry_add_subject(j, settings->watches[i].subject, &settings->watches[i]);
    linkages_new(j);
    *ret_judge = j;
    return 0;
}

struct judge *judge_free(struct judge *j)
{
    struct subject *s, *next;
    if (j == NULL)
        return NULL;
    HASH_ITER (by_name, j->subjects, s, next) {
        registry_drop_subject(j, s);
    }
    linkages_free(j);
    for (size_t i = 0; i < j->service_count; i++)
        service_free(j, j->services[i]);
    free(j->services);
    for (size_t i = 0; i < j->restored_count; i++)
        incident_deinit(&j->restored[i]);
    free(j->restored);
    struct open_incident *call, *next_call;
    HASH_ITER (by_id, j->incidents, call, next_call) {
        incident_drop(j, call);
    }
    countdown_drop_all(j);
    past_drop_all(j);
    for (size_t i = 0; i < OWN_RULES; i++)
        free(j->own_rules[i].metric);
    due_heap_deinit(&j->dues);
    free(j);
    return NULL;
}

/* ---- what an earlier run left ---- */

static struct subject *subject_or_own(struct judge *j, const char *name)
{
    struct subject *s = registry_subject(j, name);
    if (s != NULL || !is_own(name))
        return s;
    if (HASH_CNT(by_name, j->subjects) >= j->settings->watch_count + OWN_SUBJECTS_MAX)
        return NULL;
    return registry_add_subject(j, name, &j->own_watch);
}

void judge_restore_metric(struct judge *j, const struct metric_state *state)
{
    struct subject *s = subject_or_own(j, state->of.subject);
    struct metric *m =
        s != NULL ? registry_add_metric(j, s, state->of.instance, state->of.metric) : NULL;
    bool is_presence = m != NULL && m->state.of.metric[0] == '\0';
    if (m == NULL || (m->rule == NULL && !is_presence))
        return;
    metric_state_deinit(&m->state);
    metric_state_copy(&m->state, state);
    if (m->state.of.instance == NULL)
        m->state.of.instance = alloc_text("");
    if (m->state.of.metric == NULL)
        m->state.of.metric = alloc_text("");
    metric_resume(m);
    if (is_presence && m->instance->name[0] == '\0')
        s->presence = m;
    else if (is_presence)
        m->instance->presence = m;
}

void judge_restore_incident(struct judge *j, const struct incident *incident)
{
    j->restored = alloc_resize(j->restored, j->restored_count + 1, sizeof *j->restored);
    incident_copy(&j->restored[j->restored_count++], incident);
    if (incident->id >= j->next_incident)
        j->next_incident = incident->id + 1;
}

void judge_restore_closed(struct judge *j, const struct incident *incident, struct moment now)
{
    // A report that is owed for longer than a day was told to be overdue, or is older than this.
    if (now.wall - incident_start(incident).wall < INT64_C(86400000))
        countdown_look(j, incident, now);
    past_remember(j, incident);
    if (incident->id >= j->next_incident)
        j->next_incident = incident->id + 1;
}

void judge_restore_service(struct judge *j, const struct service_point *last, bool is_inferred)
{
    struct service *sv = service_named(j, last->service);
    if (sv != NULL)
        service_said_restore(sv, last, is_inferred);
}

static int incident_order(const void *a, const void *b)
{
    const struct incident *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Nothing in the configuration is about it any more. */
static void close_orphan(struct judge *j, struct incident *i, struct moment now)
{
    i->recovered_at = i->cleared_at = now;
    i->transition++;
    if (j->sink.incident != NULL)
        j->sink.incident(j->sink.ctx, i, NOTICE_CLEARED, now);
    countdown_look(j, i, now);
    past_remember(j, i);
    incident_deinit(i);
}

/* Boot times of an earlier run may be another boot's: what has passed is counted by the wall. */
static mono_ms rebase(struct moment then, struct moment now)
{
    span_ms passed = now.wall - then.wall;
    return now.boot - (passed > 0 && then.wall != 0 ? passed : 0);
}

static void adopt(struct judge *j, struct incident *i, struct moment now)
{
    if (incident_stage(i) == STAGE_CALLED) {
        incident_adopt(j, NULL, i, false, now);
        return;
    }
    struct subject *s = subject_or_own(j, i->of.subject);
    struct metric *m = s != NULL ? registry_add_metric(j, s, i->of.instance, i->of.metric) : NULL;
    bool is_threshold =
        m != NULL && (m->state.incident == i->id || (i->flags & INCIDENT_BLIND) != 0);
    bool is_event =
        m != NULL && !is_threshold && m->rule != NULL && m->rule->event != SEVERITY_NONE;

    if (!is_event && (!is_threshold || m->incident != NULL)) {
        close_orphan(j, i, now);
        return;
    }
    struct moment last = i->last_at.wall != 0 ? i->last_at : i->detected_at;
    struct open_incident *o = incident_adopt(j, m, i, is_event, now);
    if (is_event)
        event_resume(j, o, rebase(last, now), now);
}

static void adopt_all(struct judge *j, struct moment now)
{
    if (j->restored_count > 1)
        qsort(j->restored, j->restored_count, sizeof *j->restored, incident_order);
    for (size_t i = 0; i < j->restored_count; i++)
        adopt(j, &j->restored[i], now);
    free(j->restored);
    j->restored = NULL;
    j->restored_count = 0;
}

/* Restored verdicts enter the tallies as of @now; what happened before is the ledger's. */
static void start_metric(struct judge *j, struct metric *m, void *arg)
{
    const struct moment *now = arg;
    enum verdict v = m->state.verdict;

    if (m->state.incident != 0 && m->incident == NULL)
        m->state.incident = 0;
    m->state.verdict = VERDICT_UNKNOWN;
    m->state.last = *now;
    m->is_seen = false;
    if (v != VERDICT_UNKNOWN)
        verdict_set(j, m, v, *now, *now, NULL);
    else if (m->events != NULL)
        metric_refresh(j, m, *now, NULL, *now);
    flap_resume(j, m, *now);
    metric_expect(j, m, *now);
}

static void start_subject(struct judge *j, struct subject *s, struct moment now)
{
    s->last = now;
    registry_each_metric(j, s, start_metric, &now);
    metric_expect_subject(j, s, now);
}

void judge_start(struct judge *j, struct moment now, bool assume_good)
{
    struct subject *s, *next;

    j->assume_good = assume_good;
    adopt_all(j, now);
    HASH_ITER (by_name, j->subjects, s, next) {
        start_subject(j, s, now);
    }
    bind_all(j, now);
    j->is_started = true;
    HASH_ITER (by_name, j->subjects, s, next) {
        metric_expect_subject(j, s, now);
    }
    linkages_start(j, now);
    for (size_t i = 0; i < j->service_count; i++)
        service_start(j, j->services[i], now);
}

/* ---- readings ---- */

static struct metric *find_or_add(struct judge *j, const struct triple *of)
{
    struct metric *m = registry_metric(j, of);
    if (m != NULL)
        return m;
    struct subject *s = subject_or_own(j, of->subject);
    if (s == NULL || s->linkage != NULL)
        return NULL;
    if (s->is_own)
        bind_gate(j, s);
    return registry_add_metric(j, s, of->instance, of->metric);
}

static void take_number(
    struct judge *j, struct metric *m, const struct reading *r, struct moment at, struct moment now)
{
    if (m->rule != NULL && m->rule->derive == DERIVE_NONE)
        metric_take_number(j, m, r, at, now);
    derive_take(j, m, r->number, at, now);
}

/* Nobody misses it: what is open about it ends, its subject is what its other instances are. */
static void forget_instance(struct judge *j, const struct triple *of, struct moment now)
{
    struct subject *s = registry_subject(j, of->subject);
    struct instance *n = s == NULL ? NULL : registry_instance(s, of->instance);
    if (n == NULL || n->name[0] == '\0' || s->linkage != NULL)
        return;
    for (struct metric *m = n->metrics; m != NULL; m = m->next) {
        event_forget(j, m, now);
        metric_forget(j, m, now);
    }
    registry_drop_instance(j, n);
    s->last = now;
    for (size_t i = 0; i < s->service_count; i++) {
        service_settle(s->services[i], now);
        service_consider(j, s->services[i], NULL, now, now);
    }
}

static void take(
    struct judge *j, struct metric *m, const struct reading *r, struct moment at, struct moment now)
{
    struct instance *n = m->instance;
    bool is_whole = m->state.of.metric[0] == '\0';

    if (r->kind == READING_BLIND) {
        if (is_whole)
            metric_go_blind_all(j, n->subject, n->name[0] != '\0' ? n : NULL, at, r->text, now);
        else if (m->rule != NULL)
            metric_go_blind(j, m, at, r->text, now);
        return;
    }
    metric_is_present(j, n, at, now);
    if (r->kind == READING_EVENT)
        event_take(j, m, r, at, now);
    else if (!is_whole)
        take_number(j, m, r, at, now);
}

void judge_reading(struct judge *j, const struct reading *reading, struct moment now)
{
    // What we say of ourselves hangs on nothing that may be due.
    if (due_first(&j->dues) <= now.boot && !is_own(reading->of.subject))
        judge_advance(j, now);
    if (reading->kind == READING_GONE) {
        forget_instance(j, &reading->of, now);
        return;
    }
    struct metric *m = find_or_add(j, &reading->of);
    if (m == NULL || m->instance->subject->linkage != NULL)
        return;

    struct subject *s = m->instance->subject;
    struct moment at = {reading->at.wall != 0 ? reading->at.wall : now.wall, now.boot};
    bool is_first = !s->is_seen;
    s->last = m->state.last = now;
    if (reading->kind == READING_NUMBER)
        m->state.number = reading->number; // shown also where no rule judges it
    if (is_first)
        verdict_first_seen(j, s, at);
    take(j, m, reading, at, now);
    if (s->is_released)
        suppress_seen(j, m, now);
    if (m->feed != NULL && reading->kind == READING_EVENT)
        linkages_take(j, m, reading, at, now);
    if (m->stale.place == 0)
        metric_expect(j, m, now);
    if (s->stale.place == 0)
        metric_expect_subject(j, s, now);
    if (!is_first)
        return;
    verdict_refresh(j, s, now, reading->text);
    for (size_t i = 0; i < s->service_count; i++)
        service_consider(j, s->services[i], m, at, now);
}

/* ---- time ---- */

bool judge_advance_some(struct judge *j, struct moment now, size_t most)
{
    struct due *d;
    j->horizon = now.boot;
    while (most-- > 0 && (d = due_take(&j->dues, now.boot)) != NULL) {
        struct moment then = {now.wall - (now.boot - d->at), d->at};
        d->fn(j, d->owner, then);
    }
    return due_first(&j->dues) <= now.boot;
}

void judge_advance(struct judge *j, struct moment now)
{
    judge_advance_some(j, now, SIZE_MAX);
}

mono_ms judge_next_due(struct judge *j, struct moment now)
{
    (void)now;
    due_settle(&j->dues, j);
    return due_first(&j->dues);
}

void judge_clock_stepped(struct judge *j, struct moment now)
{
    for (size_t i = 0; i < j->service_count; i++)
        service_look_at_hours(j, j->services[i], now);
    linkages_step(j, now);
}

/* ---- another configuration ---- */

static bool is_event_rule(const struct rule *r)
{
    return r != NULL && r->event != SEVERITY_NONE;
}

/* A triple that is judged in another way, or no more, closes what is open. */
static void rebind_metric(struct judge *j, struct metric *m, void *arg)
{
    const struct moment *now = arg;
    const struct rule *before = m->rule;

    m->rule = registry_rule(m->instance->subject->watch, m->instance->name, m->state.of.metric);
    if (before == NULL || (m->rule != NULL && is_event_rule(before) == is_event_rule(m->rule)))
        return;
    event_forget(j, m, *now);
    metric_forget(j, m, *now);
}

static void clear_metric(struct judge *j, struct metric *m, void *arg)
{
    const struct moment *now = arg;
    event_forget(j, m, *now);
    metric_forget(j, m, *now);
}

static void drop_services(struct judge *j)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->service_count; i++) {
        struct service *sv = j->services[i];
        if (settings_service(j->settings, sv->name) != NULL)
            j->services[kept++] = sv;
        else
            service_free(j, sv);
    }
    j->service_count = kept;
}

static void rebind_subjects(struct judge *j, struct moment now)
{
    struct subject *s, *next;

    suppress_unbind(j); // some are gone
    HASH_ITER (by_name, j->subjects, s, next) {
        s->is_kept = s->is_own || s->linkage != NULL;
        s->service_count = 0; // some are gone; what clears now is looked at when all is bound
        s->gate = s->home = NULL;
    }
    for (size_t i = 0; i < j->settings->watch_count; i++) {
        const struct watch_settings *watch = &j->settings->watches[i];
        s = registry_subject(j, watch->subject);
        if (s == NULL)
            s = registry_add_subject(j, watch->subject, watch);
        s->watch = watch;
        s->is_kept = true;
        if (s->last.wall == 0)
            start_subject(j, s, now);
    }
    HASH_ITER (by_name, j->subjects, s, next) {
        if (s->is_kept) {
            registry_each_metric(j, s, rebind_metric, &now);
            continue;
        }
        registry_each_metric(j, s, clear_metric, &now);
        registry_drop_subject(j, s);
    }
}

void judge_settings(
    struct judge *j, const struct settings *settings, const struct zone *zone, struct moment now)
{
    j->settings = settings;
    j->zone = zone;
    drop_services(j);
    linkages_drop_gone(j, now);
    rebind_subjects(j, now);
    for (struct open_incident *i = j->incidents; i != NULL; i = i->by_id.next)
        countdown_look(j, &i->incident, now);
    linkages_add_new(j, now);
    size_t before = j->service_count;
    for (size_t i = 0; i < settings->service_count; i++)
        if (service_named(j, settings->services[i].name) == NULL)
            service_new(j, &settings->services[i]);
    bind_all(j, now);
    for (size_t i = 0; i < j->service_count; i++) {
        if (i >= before) {
            service_start(j, j->services[i], now);
            continue;
        }
        service_look_at_hours(j, j->services[i], now);
        service_consider(j, j->services[i], NULL, now, now);
    }
}

/* ---- what is now ---- */

enum verdict judge_subject_verdict(const struct judge *j, const char *subject,
    struct moment *ret_since, struct moment *ret_last, const char **ret_text)
{
    const struct subject *s = registry_subject(j, subject);
    if (s == NULL)
        return VERDICT_UNKNOWN;
    if (ret_since != NULL)
        *ret_since = s->since;
    if (ret_last != NULL)
        *ret_last = s->last;
    if (ret_text != NULL)
        *ret_text = s->text;
    return s->verdict;
}

enum service_state judge_service_state(
    const struct judge *j, const char *service, struct moment *ret_since)
{
    const struct service *sv = service_named(j, service);
    if (sv == NULL || sv->piece_count == 0)
        return SERVICE_UNMONITORED;
    if (ret_since != NULL)
        *ret_since = sv->shown.piece.from;
    return sv->shown.piece.state;
}

void judge_works(struct judge *j, const char *service, const struct interval *works, size_t count,
    struct moment now)
{
    struct service *sv = service_named(j, service);
    if (sv != NULL)
        service_works(j, sv, works, count, now);
}

bool judge_is_working(const struct judge *j, const char *service)
{
    const struct service *sv = service_named(j, service);
    return sv != NULL && sv->is_working;
}

const struct incident *judge_incident(const struct judge *j, uint64_t id)
{
    const struct open_incident *i = incident_of_id(j, id);
    return i != NULL ? &i->incident : NULL;
}

void judge_each_metric(const struct judge *j, const char *subject,
    void (*fn)(void *arg, const struct metric_state *state), void *arg)
{
    const struct subject *s = registry_subject(j, subject);
    for (const struct instance *i = s != NULL ? s->instances : NULL; i != NULL; i = i->by_name.next)
        for (const struct metric *m = i->metrics; m != NULL; m = m->next)
            fn(arg, &m->state);
}

const struct metric_state *judge_metric(const struct judge *j, const struct triple *of)
{
    const struct metric *m = registry_metric(j, of);
    return m != NULL ? &m->state : NULL;
}

bool judge_each_worst(
    const struct judge *j, size_t most, void (*fn)(void *arg, const struct incident *i), void *arg)
{
    static const enum severity order[] = {
        SEVERITY_CRITICAL, SEVERITY_BLIND, SEVERITY_WARNING, SEVERITY_NOTICE, SEVERITY_NONE};
    for (size_t n = 0; n < sizeof order / sizeof order[0]; n++) {
        for (const struct open_incident *i = j->ranks[order[n]]; i != NULL; i = i->rank_next) {
            if (most-- == 0)
                return true;
            fn(arg, &i->incident);
        }
    }
    return false;
}

void judge_each_incident(
    const struct judge *j, void (*fn)(void *arg, const struct incident *i), void *arg)
{
    // Ids rise as incidents are added, and the table keeps the order of adding.
    for (const struct open_incident *i = j->incidents; i != NULL; i = i->by_id.next)
        fn(arg, &i->incident);
}
