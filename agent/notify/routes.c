/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/routes.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

#define HALF_HOUR_MS (INT64_C(30) * 60 * 1000)
#define LOOK_AHEAD_MS (INT64_C(14) * 86400 * 1000)

/* ---- which routes take it ---------------------------------------------------------------- */

static bool environment_matches(
    const struct settings *s, const struct route_settings *route, const struct notice *notice)
{
    if (route->environment < 0)
        return true;
    const struct service_settings *service =
        notice->service != NULL ? settings_service(s, notice->service) : NULL;
    bool test = service != NULL && service->test;
    return test == (route->environment == 1);
}

static bool scope_matches(
    const struct settings *s, const struct route_settings *route, const struct notice *notice)
{
    const struct watch_settings *w =
        notice->of.subject != NULL ? settings_watch(s, notice->of.subject) : NULL;
    bool is_out = w != NULL && w->out_of_scope;
    return route->scope < 0 || is_out == (route->scope == 1);
}

static struct calendar calendar_of(
    const struct route_site *site, const struct route_settings *route)
{
    return (struct calendar){
        route->calendar != NULL ? settings_calendar(site->settings, route->calendar) : NULL,
        site->zone};
}

static bool is_of_incident(const struct notice *notice)
{
    return notice->kind == NOTICE_RAISED || notice->kind == NOTICE_REMINDER ||
           notice->kind == NOTICE_CLEARED;
}

/* Without looking at what other routes do. */
static enum route_match match_alone(const struct route_site *site,
    const struct route_settings *route, const struct notice *notice, enum severity severity,
    wall_ms wall)
{
    // Of services that come up again, drills and heartbeats there is no severity: they go
    // everywhere.
    if (severity != SEVERITY_NONE && severity < route->severity)
        return ROUTE_SEVERITY;
    if (route->service != NULL && !text_equal(route->service, notice->service))
        return ROUTE_SERVICE;
    if (!environment_matches(site->settings, route, notice))
        return ROUTE_ENVIRONMENT;
    if (!scope_matches(site->settings, route, notice))
        return ROUTE_SCOPE;
    if (!is_of_incident(notice) && route->after > 0)
        return ROUTE_DELAYED;
    struct calendar calendar = calendar_of(site, route);
    if (calendar.settings != NULL && !calendar_open_at(&calendar, wall))
        return route->waits && is_of_incident(notice) ? ROUTE_WAITS : ROUTE_CALENDAR;
    return ROUTE_MATCHES;
}

void routes_each(const struct route_site *site, const struct notice *notice, enum severity severity,
    wall_ms wall, void (*fn)(void *arg, const struct route_settings *route, enum route_match match),
    void *arg)
{
    const struct settings *s = site->settings;
    enum route_match *all = alloc_array(s->route_count, sizeof *all);
    bool is_taken = false;

    for (size_t i = 0; i < s->route_count; i++) {
        all[i] = match_alone(site, &s->routes[i], notice, severity, wall);
        is_taken |= all[i] == ROUTE_MATCHES && !s->routes[i].otherwise;
    }
    for (size_t i = 0; i < s->route_count; i++) {
        bool is_other = s->routes[i].otherwise && is_taken;
        fn(arg, &s->routes[i],
            is_other && (all[i] == ROUTE_MATCHES || all[i] == ROUTE_WAITS) ? ROUTE_TAKEN : all[i]);
    }
    free(all);
}

enum message routes_why(enum route_match match)
{
    static const enum message why[] = {
        [ROUTE_MATCHES] = MESSAGE_ROUTE_MATCHES,
        [ROUTE_WAITS] = MESSAGE_ROUTE_WAITS,
        [ROUTE_SEVERITY] = MESSAGE_ROUTE_SEVERITY,
        [ROUTE_SERVICE] = MESSAGE_ROUTE_SERVICE,
        [ROUTE_ENVIRONMENT] = MESSAGE_ROUTE_ENVIRONMENT,
        [ROUTE_SCOPE] = MESSAGE_ROUTE_SCOPE,
        [ROUTE_CALENDAR] = MESSAGE_ROUTE_CALENDAR,
        [ROUTE_TAKEN] = MESSAGE_ROUTE_TAKEN,
        [ROUTE_DELAYED] = MESSAGE_ROUTE_DELAYED,
    };
    return why[match];
}

const struct route_settings *routes_find(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->route_count; i++)
        if (text_equal(s->routes[i].name, name))
            return &s->routes[i];
    return NULL;
}

/* @wall on both clocks. */
static struct moment moment_at(struct moment now, wall_ms wall)
{
    return (struct moment){wall, now.boot + (wall - now.wall)};
}

struct moment routes_first(const struct route_site *site, const struct route_settings *route,
    enum route_match match, struct moment now)
{
    if (match == ROUTE_WAITS) {
        struct calendar calendar = calendar_of(site, route);
        wall_ms edge = calendar_next_edge(&calendar, now.wall);
        // A calendar that never opens again within a year is no reason for silence.
        return edge == CLOCK_NEVER ? now : moment_at(now, edge);
    }
    return moment_at(now, now.wall + route->after);
}

/* ---- destinations ------------------------------------------------------------------------ */

bool routes_has(const struct route_targets *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (text_equal(t->to[i], name))
            return true;
    return false;
}

void routes_add(struct route_targets *t, const char *name)
{
    if (t->count < ROUTES_MAX && !routes_has(t, name))
        t->to[t->count++] = name;
}

void routes_add_all(struct route_targets *t, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        routes_add(t, names[i]);
}

bool routes_confirms(const struct destination_settings *d)
{
    if (text_equal(d->channel, "syslog"))
        return false;
    for (size_t i = 0; i < d->options.count; i++) {
        const struct value *v = &d->options.values[i];
        if (text_equal(v->name, "inform") || text_equal(v->name, "accepts"))
            return v->flag;
        // The queue of this host has it: that is no receiver's yes.
        if (text_equal(v->name, "transport") && text_equal(v->text, "sendmail"))
            return false;
    }
    return true;
}

bool routes_is_valid(
    const struct route_site *site, const struct destination_settings *d, wall_ms wall)
{
    int32_t day = zone_day(site->zone, wall);
    return day >= d->valid_from && day <= d->valid_to;
}

void routes_keep_valid(const struct route_site *site, struct route_targets *t, wall_ms wall)
{
    struct route_targets valid = {.count = 0};
    for (size_t i = 0; i < t->count; i++) {
        const struct destination_settings *d = settings_destination(site->settings, t->to[i]);
        if (d == NULL || routes_is_valid(site, d, wall))
            routes_add(&valid, t->to[i]);
    }
    if (valid.count > 0 || t->count == 0)
        *t = valid;
    else
        t->is_expired = true;
}

void routes_step_targets(
    const struct route_settings *route, uint32_t step, struct route_targets *ret)
{
    *ret = (struct route_targets){.count = 0};
    if (step < FOLLOW_ESCALATE) {
        routes_add_all(ret, route->to, route->to_count);
    } else if (step - FOLLOW_ESCALATE < route->step_count) {
        const struct route_step *s = &route->steps[step - FOLLOW_ESCALATE];
        routes_add_all(ret, s->to, s->to_count);
    }
}

/* ---- later than at once ------------------------------------------------------------------ */

static bool is_reminder(uint32_t step)
{
    return step == FOLLOW_REPEAT || step == FOLLOW_PROGRESS;
}

enum follow_verdict follow_judge(const struct route_site *site, const struct route_settings *route,
    uint32_t step, const struct follow_facts *facts, struct moment now, struct moment *ret_until,
    const char **ret_why)
{
    struct calendar calendar = calendar_of(site, route);
    *ret_until = (struct moment){now.wall, CLOCK_NEVER};
    *ret_why = "";
    if (facts->is_over) {
        *ret_why = "cleared";
        return FOLLOW_DROP;
    }
    if (facts->is_acknowledged && step != FOLLOW_PROGRESS) {
        *ret_why = "acknowledged";
        return FOLLOW_DROP;
    }
    if (facts->work_until > now.wall) {
        *ret_why = "maintenance";
        *ret_until = moment_at(now, facts->work_until);
        return FOLLOW_HOLD;
    }
    if (facts->depends != NULL) {
        *ret_why = "dependency";
        return FOLLOW_HOLD;
    }
    if (!is_reminder(step) || calendar.settings == NULL || calendar_open_at(&calendar, now.wall))
        return FOLLOW_TELL;
    *ret_why = "calendar";
    wall_ms edge = calendar_next_edge(&calendar, now.wall);
    if (edge != CLOCK_NEVER)
        *ret_until = moment_at(now, edge);
    return FOLLOW_HOLD;
}

span_ms follow_again(const struct route_settings *route, uint32_t step)
{
    return step == FOLLOW_REPEAT ? route->repeat : step == FOLLOW_PROGRESS ? route->progress : 0;
}

/* ---- what nobody would be told of -------------------------------------------------------- */

static void note_if_taken(void *arg, const struct route_settings *route, enum route_match match)
{
    bool *is_taken = arg;
    (void)route;
    *is_taken |= match == ROUTE_MATCHES || match == ROUTE_WAITS;
}

/* A subject of that scope, so that routes can be asked; NULL: there is none. */
static const char *subject_of_scope(const struct settings *s, const char *service, bool is_out)
{
    for (size_t i = 0; i < s->watch_count; i++)
        if (s->watches[i].out_of_scope == is_out && text_equal(s->watches[i].service, service))
            return s->watches[i].subject;
    return NULL;
}

static void look_for_hole(const struct route_site *site, struct route_hole hole, wall_ms from,
    void (*fn)(void *arg, const struct route_hole *hole), void *arg)
{
    const char *subject = subject_of_scope(site->settings, hole.service, hole.out_of_scope);
    struct notice notice = {.kind = NOTICE_RAISED, .severity = hole.severity};
    if (subject == NULL && (hole.out_of_scope || hole.service == NULL))
        return;
    bool any_calendar = false;
    for (size_t i = 0; i < site->settings->route_count; i++)
        any_calendar |= site->settings->routes[i].calendar != NULL;
    wall_ms until = any_calendar ? from + LOOK_AHEAD_MS : from + 1;
    notice.of.subject = alloc_text(subject);
    notice.service = alloc_text(hole.service);
    for (hole.at = from; hole.at < until; hole.at += HALF_HOUR_MS) {
        bool is_taken = false;
        routes_each(site, &notice, hole.severity, hole.at, note_if_taken, &is_taken);
        if (is_taken)
            continue;
        fn(arg, &hole);
        break;
    }
    notice_deinit(&notice);
}

void routes_each_hole(const struct route_site *site, wall_ms from,
    void (*fn)(void *arg, const struct route_hole *hole), void *arg)
{
    static const enum severity severities[] = {SEVERITY_CRITICAL, SEVERITY_BLIND, SEVERITY_WARNING};
    const struct settings *s = site->settings;
    for (size_t v = 0; v < sizeof severities / sizeof severities[0]; v++)
        for (size_t i = 0; i <= s->service_count; i++)
            for (int out = 0; out <= 1; out++) {
                struct route_hole hole = {
                    .service = i < s->service_count ? s->services[i].name : NULL,
                    .severity = severities[v],
                    .out_of_scope = out == 1};
                look_for_hole(site, hole, from, fn, arg);
            }
}
