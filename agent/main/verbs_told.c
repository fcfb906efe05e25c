/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/alloc.h"
#include "main/verbs.h"
#include "main/view.h"
#include "notify/routes.h"

enum { INCIDENTS_MAX = 1000, OUTBOX_MAX = 1000 };

/* ---- incidents --------------------------------------------------------------------------- */

struct incident_search {
    struct daemon *daemon;
    const char *service, *subject; /* NULL: any */
    json_t *list;                  /* oldest first */
};

static void add_matching(void *arg, const struct incident *i)
{
    struct incident_search *s = arg;
    if ((s->service != NULL && !text_equal(s->service, i->service)) ||
        (s->subject != NULL && !text_equal(s->subject, i->of.subject)))
        return;
    json_array_append_new(s->list, view_incident(i, pipeline_zone(s->daemon->pipeline)));
}

void verb_incident_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident_search s = {.daemon = d,
        .service = command_arg(command, "service"),
        .subject = command_arg(command, "subject"),
        .list = json_array()};
    bool all = text_equal(command_arg(command, "all"), "true");
    record_each_incident(pipeline_record(d->pipeline), !all, add_matching, &s);

    json_t *newest = json_array();
    size_t count = json_array_size(s.list);
    for (size_t i = count; i > 0 && json_array_size(newest) < INCIDENTS_MAX; i--)
        json_array_append(newest, json_array_get(s.list, i - 1));
    json_decref(s.list);
    ret->result = json_pack("{s:o,s:b}", "incidents", newest, "truncated", count > INCIDENTS_MAX);
}

static json_t *view_delivery(const struct record_delivery *delivery, const struct zone *zone)
{
    bool waits = text_equal(delivery->result, "waiting");
    return json_pack("{s:s,s:s,s:I,s:o,s:o,s:s}", "destination", delivery->destination, "result",
        delivery->result, "attempts", (json_int_t)delivery->attempts, "at",
        waits ? json_null() : view_time(delivery->at, zone), "due_at",
        waits ? view_time(delivery->due, zone) : json_null(), "text",
        delivery->text != NULL ? delivery->text : "");
}

struct told {
    struct daemon *daemon;
    json_t *list;
    json_t *deliveries;
};

static void add_delivery(void *arg, const struct record_delivery *delivery)
{
    struct told *t = arg;
    json_array_append_new(
        t->deliveries, view_delivery(delivery, pipeline_zone(t->daemon->pipeline)));
}

static void add_notice(void *arg, const struct notice *notice)
{
    struct told *t = arg;
    t->deliveries = json_array();
    record_each_delivery(pipeline_record(t->daemon->pipeline), notice->sequence, add_delivery, t);
    json_t *o = view_notice(notice, pipeline_zone(t->daemon->pipeline));
    json_object_set_new(o, "deliveries", t->deliveries);
    json_array_append_new(t->list, o);
}

static json_t *notices_of(struct daemon *d, uint64_t incident)
{
    struct told t = {.daemon = d, .list = json_array()};
    record_each_notice_of(pipeline_record(d->pipeline), incident, add_notice, &t);
    return t.list;
}

/* The incident that argument @name asks for. False: the answer says why not. */
static bool find_incident(struct daemon *d, const struct command *command, const char *name,
    struct incident *ret_incident, struct control_answer *ret)
{
    uint64_t id;
    if (!verb_number(command, name, 0, &id) || id == 0) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, name, NULL);
        return false;
    }
    if (record_incident_get(pipeline_record(d->pipeline), id, ret_incident) != 0) {
        verb_fail(ret, "not_found", MESSAGE_VERB_NO_INCIDENT, command_arg(command, name), NULL);
        return false;
    }
    return true;
}

void verb_incident_show(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident incident = {0};
    if (!find_incident(d, command, "id", &incident, ret))
        return;
    ret->result = view_incident(&incident, pipeline_zone(d->pipeline));
    json_object_set_new(ret->result, "notices", notices_of(d, incident.id));
    incident_deinit(&incident);
}

/* The row is committed before the answer claims it. */
static bool commit_now(struct daemon *d, struct control_answer *ret)
{
    if (pipeline_commit(d->pipeline, clock_now()) == 0)
        return true;
    verb_fail(ret, "unavailable", MESSAGE_VERB_LEDGER, NULL, NULL);
    return false;
}

void verb_incident_change(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident incident = {0};
    if (!find_incident(d, command, "id", &incident, ret))
        return;
    int r = pipeline_command(d->pipeline, command, clock_now());
    if (r == PIPELINE_E_USAGE)
        verb_fail(ret, "bad_request", MESSAGE_VERB_REPORT_TIME, NULL, NULL);
    else if (r != 0)
        verb_fail(ret, "conflict", MESSAGE_VERB_INCIDENT_STATE, command_arg(command, "id"), NULL);
    if (commit_now(d, ret) && r == 0) {
        incident_deinit(&incident);
        if (record_incident_get(pipeline_record(d->pipeline),
                strtoull(command_arg(command, "id"), NULL, 10), &incident) == 0)
            ret->result = view_incident(&incident, pipeline_zone(d->pipeline));
    }
    incident_deinit(&incident);
}

/* ---- notices ----------------------------------------------------------------------------- */

static void take_newest(void *arg, const struct notice *notice)
{
    json_t **result = arg;
    *result = json_pack("{s:I,s:s}", "sequence", (json_int_t)notice->sequence, "key", notice->key);
}

void verb_notify_test(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *destination = command_arg(command, "destination");
    int r = pipeline_command(d->pipeline, command, clock_now());
    if (r == PIPELINE_E_USAGE)
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "destination", NULL);
    else if (r != 0)
        verb_fail(ret, "not_found", MESSAGE_VERB_NO_DESTINATION, destination, NULL);
    if (commit_now(d, ret) && r == 0)
        record_each_notice(pipeline_record(d->pipeline), 1, take_newest, &ret->result);
}

struct outbox_rows {
    struct daemon *daemon;
    json_t *list;
};

static void add_waiting(void *arg, const struct outbox_entry *e)
{
    struct outbox_rows *rows = arg;
    const struct zone *zone = pipeline_zone(rows->daemon->pipeline);
    json_t *o = json_pack("{s:I,s:s,s:I,s:o,s:o,s:s}", "delivery", (json_int_t)e->delivery,
        "destination", e->destination, "attempts", (json_int_t)e->attempts, "due_at",
        view_time(e->due_wall, zone), "recorded_at", view_time(e->recorded_wall, zone),
        "last_answer", e->last_text != NULL ? e->last_text : "");
    json_t *notice = view_notice(&e->notice, zone);
    json_object_update(o, notice);
    json_decref(notice);
    json_array_append_new(rows->list, o);
}

void verb_notify_outbox(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *only = command_arg(command, "destination");
    struct outbox_rows rows = {d, json_array()};
    for (size_t i = 0; i < d->settings->destination_count; i++) {
        const char *name = d->settings->destinations[i].name;
        size_t have = json_array_size(rows.list);
        if ((only == NULL || text_equal(only, name)) && have <= OUTBOX_MAX)
            record_outbox_each(
                pipeline_record(d->pipeline), name, OUTBOX_MAX + 1 - have, add_waiting, &rows);
    }
    bool truncated = json_array_size(rows.list) > OUTBOX_MAX;
    while (json_array_size(rows.list) > OUTBOX_MAX)
        json_array_remove(rows.list, json_array_size(rows.list) - 1);
    ret->result = json_pack("{s:o,s:b}", "outbox", rows.list, "truncated", truncated);
}

static json_t *view_route(
    struct daemon *d, const struct route_settings *route, const struct notice *notice)
{
    json_t *to = json_array();
    for (size_t i = 0; i < route->to_count; i++)
        json_array_append_new(to, json_string(route->to[i]));
    enum route_match match = routes_match(d->settings, route, notice, notice->severity);
    static const enum message why[] = {
        [ROUTE_MATCHES] = MESSAGE_ROUTE_MATCHES,
        [ROUTE_SEVERITY] = MESSAGE_ROUTE_SEVERITY,
        [ROUTE_SERVICE] = MESSAGE_ROUTE_SERVICE,
        [ROUTE_ENVIRONMENT] = MESSAGE_ROUTE_ENVIRONMENT,
    };
    return json_pack("{s:o,s:b,s:s,s:s}", "to", to, "matched", match == ROUTE_MATCHES, "why",
        message_raw(why[match], LANGUAGE_EN), "why_ja", message_raw(why[match], LANGUAGE_JA));
}

void verb_notify_explain(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident incident = {0};
    if (!find_incident(d, command, "incident", &incident, ret))
        return;
    struct notice notice = {.kind = NOTICE_RAISED,
        .severity = incident.severity,
        .of = incident.of,
        .service = incident.service};
    json_t *routes = json_array();
    for (size_t i = 0; i < d->settings->route_count; i++)
        json_array_append_new(routes, view_route(d, &d->settings->routes[i], &notice));
    ret->result =
        json_pack("{s:o,s:o,s:o}", "incident", view_incident(&incident, pipeline_zone(d->pipeline)),
            "notices", notices_of(d, incident.id), "routes", routes);
    incident_deinit(&incident);
}
