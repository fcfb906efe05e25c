/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/alloc.h"
#include "main/verbs.h"
#include "main/view.h"
#include "notify/routes.h"

enum { OUTBOX_MAX = 1000 };

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
    if (verb_commit(d, ret) && r == 0)
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
    if (!verb_find_incident(d, command, "incident", &incident, ret))
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
            "notices", verb_notices(d, incident.id), "routes", routes);
    incident_deinit(&incident);
}
