/* SPDX-License-Identifier: BSD-2-Clause */
/* What the judge decided becomes rows and notices. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"
#include "notify/routes.h"

/* ---- notices ----------------------------------------------------------------------------- */

static void recorded(
    struct pipeline *p, const struct notice *notice, const char *const *to, size_t count)
{
    // What goes before all others is not behind those that wait.
    bool is_first = text_equal(notice->of.metric, NOTICE_BRAKE_METRIC);
    for (size_t i = 0; i < count; i++)
        courier_wake(p->courier, is_first ? NULL : to[i]);
    pipeline_emergency_note(p, notice, to, count);
    if (p->sink.recorded != NULL)
        p->sink.recorded(p->sink.ctx, notice, to, count);
    pipeline_touched(p);
}

void pipeline_tell_to(struct pipeline *p, struct notice *notice, const char *const *to,
    size_t count, struct moment now)
{
    record_notice(p->record, notice, to, count, now);
    recorded(p, notice, to, count);
}

void pipeline_tell_targets(
    struct pipeline *p, struct notice *notice, const struct route_targets *t, struct moment now)
{
    struct route_targets told, counted;
    pipeline_brake_part(p, notice, t, &told, &counted, now);
    record_notice_counted(p->record, notice, told.to, told.count, counted.to, counted.count, now);
    recorded(p, notice, told.to, told.count);
    pipeline_brake_count(p, notice, &counted, now);
}

struct told_names {
    struct pipeline *pipeline;
    struct route_targets told, counted;
};

/* Names are the settings': those that are no longer configured cannot be told. */
static void add_told(void *arg, const char *destination, bool is_counted)
{
    struct told_names *n = arg;
    const struct destination_settings *d = settings_destination(n->pipeline->settings, destination);
    if (d != NULL)
        routes_add(is_counted ? &n->counted : &n->told, d->name);
}

/* Whoever was told that it is raised is told, for whom it was counted it is counted. */
static void tell_cleared(struct pipeline *p, struct notice *notice, struct moment now)
{
    struct told_names names = {.pipeline = p};
    record_each_told(p->record, notice->incident, add_told, &names);
    record_follow_end(p->record, notice->incident, "cleared");
    for (size_t i = 0; i < p->lane_count; i++)
        if (routes_has(&names.told, p->lanes[i].destination))
            brake_count(&p->lanes[i].brake, now.boot);
    record_notice_counted(p->record, notice, names.told.to, names.told.count, names.counted.to,
        names.counted.count, now);
    recorded(p, notice, names.told.to, names.told.count);
    pipeline_brake_count(p, notice, &names.counted, now);
}

static void add_matching(void *arg, const struct route_settings *route, enum route_match match)
{
    struct route_targets *t = arg;
    if (match == ROUTE_MATCHES)
        routes_add_all(t, route->to, route->to_count);
}

static bool is_up_again(const struct notice *notice)
{
    return notice->kind == NOTICE_SERVICE &&
           text_equal(notice->state, service_state_name(SERVICE_UP));
}

void pipeline_tell(
    struct pipeline *p, struct notice *notice, enum severity raised, struct moment now)
{
    enum severity severity = notice->severity != SEVERITY_NONE ? notice->severity : raised;
    struct route_site site = pipeline_site(p);
    struct told_names names = {.pipeline = p};

    if (notice->kind == NOTICE_CLEARED) {
        tell_cleared(p, notice, now);
        return;
    }
    if (is_up_again(notice))
        record_each_told_of_service(p->record, notice->service, add_told, &names);
    else if (notice->kind == NOTICE_RAISED || notice->kind == NOTICE_REMINDER)
        pipeline_follow_begin(p, notice, &names.told, now);
    else
        routes_each(&site, notice, severity, now.wall, add_matching, &names.told);
    if (!is_up_again(notice))
        routes_keep_valid(&site, &names.told, now.wall);
    if (names.told.is_expired)
        log_warn(LOG_NOTIFY, "notice %s: all contacts are out of their time, they are told anyway",
            notice_event_id(notice->kind));
    pipeline_tell_targets(p, notice, &names.told, now);
}

static const char *state_of(const struct incident *i, enum notice_kind kind)
{
    if (kind == NOTICE_CLEARED)
        return verdict_name(VERDICT_OK);
    return (i->flags & INCIDENT_BLIND) != 0   ? verdict_name(VERDICT_BLIND)
           : i->severity == SEVERITY_CRITICAL ? verdict_name(VERDICT_CRITICAL)
                                              : verdict_name(VERDICT_WARNING);
}

static void on_metric(void *ctx, const struct metric_state *state)
{
    struct pipeline *p = ctx;
    record_metric(p->record, state);
    pipeline_touched(p);
}

static void on_metric_gone(void *ctx, const struct triple *of)
{
    struct pipeline *p = ctx;
    record_metric_drop(p->record, of);
    pipeline_touched(p);
}

static void on_subject(void *ctx, const char *subject, enum verdict verdict, enum verdict before,
    struct moment now, const char *text)
{
    struct pipeline *p = ctx;
    p->board_stale = true;
    if (before == VERDICT_CRITICAL || before == VERDICT_BLIND)
        pipeline_follow_release(p, now);
    // Sites send their logs on.
    char *shown = redact_text(&p->settings->agent.redact, REDACT_RECORD, text);
    log_info(LOG_JUDGE, "%s: %s, was %s%s%s", subject, verdict_name(verdict), verdict_name(before),
        shown[0] != '\0' ? ": " : "", shown);
    free(shown);
}

void pipeline_incident_notice(const struct pipeline *p, const struct incident *i,
    enum notice_kind kind, struct moment now, struct notice *ret_notice)
{
    const struct redact_settings *redact = &p->settings->agent.redact;
    *ret_notice = (struct notice){
        .kind = kind,
        .severity = kind == NOTICE_CLEARED ? SEVERITY_NONE : i->severity,
        .of = {alloc_text(i->of.subject), redact_text(redact, REDACT_RECORD, i->of.instance),
            alloc_text(i->of.metric)},
        .service = alloc_text(i->service),
        .state = alloc_text(state_of(i, kind)),
        .value = redact_value(redact, i),
        .threshold = alloc_text(i->threshold),
        .incident = i->id,
        .transition = i->transition,
        .at = now,
        .detected_at = i->detected_at,
    };
}

void pipeline_save_incident(struct pipeline *p, const struct incident *i, struct moment now)
{
    record_incident(p->record, i, now);
    showing_incident(&p->showing, i->id);
    showing_service(&p->showing, p->settings, i->service);
    pipeline_touched(p);
}

static void on_incident(
    void *ctx, const struct incident *incident, enum notice_kind told, struct moment now)
{
    struct pipeline *p = ctx;
    pipeline_save_incident(p, incident, now);
    if (told == 0)
        return;

    struct notice notice;
    struct manner manner = manner_of(p->settings);
    pipeline_incident_notice(p, incident, told, now, &notice);
    render_incident(&notice, incident, &manner);
    pipeline_tell(p, &notice, incident->severity, now);
    notice_deinit(&notice);
}

static void on_linkage(
    void *ctx, const struct linkage_state *state, const struct linkage_day *day, struct moment now)
{
    struct pipeline *p = ctx;
    struct judge_linkage linkage;
    record_linkage(p->record, state, day, now);
    if (judge_linkage(p->judge, state->id, &linkage))
        showing_link(&p->showing, p->settings, linkage.settings);
    pipeline_touched(p);
}

static enum severity service_severity(enum service_state state)
{
    switch (state) {
    case SERVICE_DOWN:
        return SEVERITY_CRITICAL;
    case SERVICE_DEGRADED:
        return SEVERITY_WARNING;
    case SERVICE_UNMONITORED:
        return SEVERITY_BLIND;
    default:
        return SEVERITY_NONE;
    }
}

/* What was said of @service last, over restarts; up if nothing was. */
enum service_state *pipeline_told_state(struct pipeline *p, const char *service)
{
    for (size_t i = 0; i < p->told_count; i++)
        if (text_equal(p->told[i].service, service))
            return &p->told[i].state;
    p->told = alloc_resize(p->told, p->told_count + 1, sizeof *p->told);
    p->told[p->told_count] = (struct told_state){alloc_text(service), SERVICE_UP};
    return &p->told[p->told_count++].state;
}

static bool is_in_hours(struct pipeline *p, const char *service, struct moment now)
{
    const struct service_settings *s = settings_service(p->settings, service);
    struct calendar calendar = {
        s != NULL && s->calendar != NULL ? settings_calendar(p->settings, s->calendar) : NULL,
        p->zone};
    return calendar_open_at(&calendar, now.wall);
}

/* Outside its hours and while planned work runs a service may go down unheard; whoever was told
 * that it is down hears when it is up. */
static bool is_news(struct pipeline *p, const struct service_point *point, struct moment now)
{
    bool is_not_seen_yet =
        point->state == SERVICE_UNMONITORED && point->from.boot <= p->started.boot;
    if (is_not_seen_yet || point->state == *pipeline_told_state(p, point->service))
        return false;
    return point->state == SERVICE_UP ||
           (is_in_hours(p, point->service, now) && !judge_is_working(p->judge, point->service));
}

static void on_service(void *ctx, const struct service_point *point, struct moment now)
{
    struct pipeline *p = ctx;
    record_service_point(p->record, point, now);
    pipeline_touched(p);
    pipeline_burn_changed(p, now);
}

static void on_shown(
    void *ctx, const struct service_point *point, enum service_state before, struct moment now)
{
    struct pipeline *p = ctx;
    showing_service(&p->showing, p->settings, point->service);
    pipeline_touched(p);
    pipeline_burn_changed(p, now);
    log_info(LOG_JUDGE, "service %s: %s, was %s", point->service, service_state_name(point->state),
        service_state_name(before));
    if (!is_news(p, point, now))
        return;

    enum service_state *told = pipeline_told_state(p, point->service);
    struct notice notice = {
        .kind = NOTICE_SERVICE,
        .severity = service_severity(point->state),
        .of = {alloc_text(point->service), alloc_text(""), alloc_text("")},
        .service = alloc_text(point->service),
        .state = alloc_text(service_state_name(point->state)),
        .incident = point->incident,
        .at = now,
        .detected_at = point->detected,
    };
    struct manner manner = manner_of(p->settings);
    render_service(&notice, point, *told, &manner);
    pipeline_tell(p, &notice, service_severity(*told), now);
    *told = point->state;
    notice_deinit(&notice);
}

static void on_look(void *ctx, const char *subject)
{
    const struct pipeline *p = ctx;
    if (p->sink.look != NULL)
        p->sink.look(p->sink.ctx, subject);
}

struct judge_sink pipeline_judge_sink(struct pipeline *p)
{
    return (struct judge_sink){p, on_metric, on_subject, on_incident, on_linkage, on_service,
        on_shown, on_look, pipeline_incident_report_due, on_metric_gone};
}
