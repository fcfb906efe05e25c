/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/service.h"

#include <stdlib.h>

#include "base/text.h"
#include "judge/incident.h"
#include "judge/logic.h"
#include "judge/registry.h"
#include "judge/tally.h"
#include "settings/expression.h"

/* Boot time at which wall clocks show @wall, seen from @now. */
static mono_ms boot_at(struct moment now, wall_ms wall)
{
    return wall == CLOCK_NEVER ? CLOCK_NEVER : now.boot + (wall - now.wall);
}

/* ---- what the expressions say ---- */

struct asking {
    const struct judge *judge;
    mono_ms at;
    const struct trail_piece *edge; /* the latest that a name has at or before `at` */
    const struct trail_piece *next; /* the first after it */
    bool is_forgotten;              /* a trail does not reach back to `at` */
};

/* A subject that is never polled is as good as its last event says, from the start on. */
static bool is_known(const struct judge *j, const struct subject *s)
{
    return s->is_seen || s->watch->interval == 0 || j->assume_good;
}

static enum truth find_trail(struct asking *a, const struct trail *trail, bool is_always_known)
{
    const struct trail_piece *edge = trail_edge(trail, a->at);
    if (edge != NULL && (a->edge == NULL || edge->from.boot > a->edge->from.boot))
        a->edge = edge;
    a->is_forgotten |= edge == NULL && trail->is_cut;
    const struct trail_piece *next = trail_next(trail, a->at);
    if (next != NULL && (a->next == NULL || next->from.boot < a->next->from.boot))
        a->next = next;
    return trail_at(trail, a->at, is_always_known ? TRUTH_NO : TRUTH_UNKNOWN);
}

/* The subject in "subject/instance"; names of subjects may hold slashes themselves. */
static struct subject *split_name(
    const struct judge *j, const char *name, const char **ret_instance)
{
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        char *head = alloc_bytes(name, (size_t)(slash - name));
        struct subject *s = registry_subject(j, head);
        free(head);
        if (s != NULL) {
            *ret_instance = slash + 1;
            return s;
        }
    }
    return NULL;
}

/* "disk/var" means the instance "var"; a mount is called "/var". */
static struct instance *find_instance(const struct subject *s, const char *name)
{
    struct instance *n = registry_instance(s, name);
    return n != NULL ? n : registry_instance(s, name - 1);
}

static enum truth find_linkage(struct asking *a, const struct linkage *k)
{
    bool is_seen = find_trail(a, &k->sight, true) == TRUTH_NO;
    enum truth t = find_trail(a, &k->subject->tally.trail, true);
    return is_seen ? t : TRUTH_UNKNOWN;
}

/* All linkages of a class are bad. */
static enum truth find_class(struct asking *a, const char *class_name)
{
    enum truth all = TRUTH_YES;
    for (const struct linkage *k = a->judge->linkages; k != NULL; k = k->by_id.next) {
        if (!text_equal(k->settings->class_name, class_name))
            continue;
        enum truth t = find_linkage(a, k);
        all = t < all ? t : all;
    }
    return all;
}

static enum truth find_linkages(struct asking *a, const char *linkage)
{
    const char *class_name = expression_linkage_class(linkage);
    if (class_name != NULL)
        return find_class(a, class_name);
    const struct subject *named = registry_subject(a->judge, linkage);
    if (named == NULL || named->linkage == NULL)
        return TRUTH_UNKNOWN;
    return find_linkage(a, named->linkage);
}

/* An instance that nothing was read of: what is said of all of them is said of it. */
static enum truth find_unseen(struct asking *a, const struct subject *s)
{
    if (!a->judge->assume_good)
        return TRUTH_UNKNOWN;
    if (s->presence == NULL)
        return TRUTH_NO;
    enum truth whole = find_trail(a, &s->presence->instance->tally.trail, true);
    return whole == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_NO;
}

static enum truth find_name(void *arg, const char *name)
{
    struct asking *a = arg;
    if (expression_linkage(name) != NULL)
        return find_linkages(a, expression_linkage(name));

    const char *instance = NULL;
    struct subject *s = registry_subject(a->judge, name);
    const struct instance *n = NULL;

    if (s == NULL) {
        s = split_name(a->judge, name, &instance);
        n = s != NULL ? find_instance(s, instance) : NULL;
    }
    if (s == NULL || !is_known(a->judge, s))
        return TRUTH_UNKNOWN;
    bool is_always_known = s->watch->interval == 0 || a->judge->assume_good;
    if (instance == NULL)
        return find_trail(a, &s->tally.trail, is_always_known);
    if (n == NULL)
        return find_unseen(a, s);
    return find_trail(a, &n->tally.trail, is_always_known);
}

/* What the service should be at @at; ret->edge and ret->next: when its subjects changed around it.
 */
static enum service_state find_state(
    const struct judge *j, const struct service *sv, mono_ms at, struct asking *ret)
{
    enum truth down = TRUTH_NO, degraded = TRUTH_NO;

    *ret = (struct asking){.judge = j, .at = at};
    if (sv->settings->down_when != NULL)
        down = logic_find(sv->settings->down_when, find_name, ret);
    if (sv->settings->degraded_when != NULL)
        degraded = logic_find(sv->settings->degraded_when, find_name, ret);
    if (down == TRUTH_YES)
        return SERVICE_DOWN;
    if (down == TRUTH_UNKNOWN)
        return SERVICE_UNMONITORED;
    return degraded == TRUTH_YES ? SERVICE_DEGRADED : SERVICE_UP;
}

/* What it is at @now, and since when: back over all edges between which the answer is the same. */
static enum service_state find_state_since(
    const struct judge *j, const struct service *sv, struct moment now, struct moment *ret_since)
{
    struct asking a, before;
    enum service_state state = find_state(j, sv, now.boot, &a);

    for (; a.edge != NULL && a.edge->from.boot > sv->epoch.boot; a = before) {
        *ret_since = a.edge->from;
        if (find_state(j, sv, a.edge->from.boot - 1, &before) != state || before.is_forgotten)
            return state;
    }
    *ret_since = sv->epoch;
    return state;
}

/* outage_start = "last_good": the outage of a subject begins with its last good observation. */
static struct moment pessimistic(
    const struct service *sv, const struct metric *cause, struct moment since)
{
    const struct tally *t = cause != NULL ? &cause->instance->subject->tally : NULL;
    bool is_wanted = t != NULL && sv->settings->sla.outage_from_last_good &&
                     t->last_good.wall != 0 && t->bad_since.boot == since.boot;
    return is_wanted ? t->last_good : since;
}

/* ---- changing state ---- */

static uint64_t incident_of(const struct metric *cause)
{
    if (cause == NULL)
        return 0;
    return cause->incident != NULL ? cause->incident->incident.id : cause->last_event_incident;
}

static void say(struct judge *j, struct service *sv, enum service_state state,
    const struct metric *cause, struct moment from, struct moment detected, struct moment now)
{
    enum service_state before = sv->state != 0 ? sv->state : SERVICE_UNMONITORED;
    sv->changed_at_work = sv->is_working;
    if (from.boot < sv->epoch.boot)
        from = sv->epoch;
    if (state == SERVICE_DOWN && (sv->state != SERVICE_DOWN || sv->incident == 0))
        sv->incident = incident_of(cause);
    if (state != SERVICE_DOWN)
        sv->incident = 0;
    sv->state = state;
    sv->since = from;
    sv->detected = detected;

    const char *reason = cause != NULL ? cause->state.of.subject : "";
    struct service_point point = {
        .service = sv->name,
        .state = state,
        .from = from,
        .detected = detected,
        .incident = sv->incident,
        .reason = alloc_text(reason),
    };
    if (j->sink.service != NULL)
        j->sink.service(j->sink.ctx, &point, before, now);
    free(point.reason);
}

static void stop_recovering(struct judge *j, struct service *sv)
{
    sv->is_recovering = false;
    due_cancel(&j->dues, &sv->hold);
}

/* All that it has been since @from. */
static void say_all(struct judge *j, struct service *sv, struct moment from, struct moment now)
{
    struct asking a;

    say(j, sv, find_state(j, sv, from.boot, &a), NULL, from, now, now);
    while (a.next != NULL && a.next->from.boot <= now.boot) {
        from = a.next->from;
        enum service_state state = find_state(j, sv, from.boot, &a);
        if (state != sv->state)
            say(j, sv, state, NULL, from, now, now);
    }
}

static void service_on_hold_over(struct judge *j, void *owner, struct moment now)
{
    struct service *sv = owner;

    sv->is_recovering = false;
    sv->ended = (struct outage){sv->incident, sv->detected, sv->good_from};
    say_all(j, sv, sv->good_from, now);
}

static bool is_good_state(enum service_state state)
{
    return state == SERVICE_UP || state == SERVICE_DEGRADED;
}

/* True when the end of an outage must wait for `hold`. */
static bool wait_for_hold(
    struct judge *j, struct service *sv, enum service_state state, struct moment since)
{
    // What was said to be down since nobody could look was not, so there is no outage to end.
    bool is_outage = sv->state == SERVICE_DOWN && sv->since.boot < since.boot;
    if (!is_outage || !is_good_state(state) || sv->settings->hold == 0)
        return false;
    if (sv->is_recovering)
        return true;
    sv->is_recovering = true;
    sv->good_from = since;
    due_set(&j->dues, &sv->hold, since.boot + sv->settings->hold);
    return true;
}

/* Failing again less than `hold` after the first good observation, known only later (R19). */
static bool continues_outage(const struct service *sv, struct moment since)
{
    return sv->ended.good_from.wall != 0 &&
           since.boot - sv->ended.good_from.boot < sv->settings->hold;
}

void service_consider(
    struct judge *j, struct service *sv, const struct metric *cause, struct moment now)
{
    struct moment since;
    if (!j->is_started)
        return;
    enum service_state state = find_state_since(j, sv, now, &since);
    if (state == SERVICE_DOWN)
        since = pessimistic(sv, cause, since);
    if (wait_for_hold(j, sv, state, since))
        return;

    stop_recovering(j, sv);
    if (state == SERVICE_DOWN && sv->state != SERVICE_DOWN && continues_outage(sv, since)) {
        say(j, sv, state, cause, sv->ended.good_from, sv->ended.detected, now);
        return;
    }
    // What was good for less than `hold` until nobody could look did not end the outage (R5).
    if (state == SERVICE_UNMONITORED && is_good_state(sv->state) && continues_outage(sv, since))
        say(j, sv, SERVICE_DOWN, cause, sv->ended.good_from, sv->ended.detected, now);
    if (state != sv->state) {
        say(j, sv, state, cause, since, now, now);
        return;
    }
    // A slower check says that the same outage began earlier.
    bool is_earlier =
        state == SERVICE_DOWN && since.boot < sv->since.boot && sv->since.boot > sv->epoch.boot;
    if (is_earlier)
        say(j, sv, state, cause, since, sv->detected, now);
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
    if (r.cause != NULL && sv->state == SERVICE_DOWN && sv->incident == 0)
        say(j, sv, SERVICE_DOWN, r.cause, edge, edge, edge);
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
    // A change that was not told while work ran is said again, so that it may be told now.
    if (is_over && sv->changed_at_work)
        say(j, sv, sv->state, NULL, now, now, now);
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
    sv->edge.owner = sv->hold.owner = sv;
    sv->edge.fn = service_on_edge;
    sv->hold.fn = service_on_hold_over;
    sv->is_open = true;
    j->services = alloc_resize(j->services, j->service_count + 1, sizeof *j->services);
    j->services[j->service_count++] = sv;
    return sv;
}

struct service *service_free(struct judge *j, struct service *sv)
{
    due_cancel(&j->dues, &sv->edge);
    due_cancel(&j->dues, &sv->hold);
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
        s = split_name(b->judge, name, &instance);
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

void service_start(struct judge *j, struct service *sv, struct moment now)
{
    sv->epoch = now;
    service_look_at_hours(j, sv, now);
    service_consider(j, sv, NULL, now);
}
