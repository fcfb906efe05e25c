/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "main/verbs.h"
#include "main/view.h"
#include "model/move.h"
#include "notify/drill.h"
#include "notify/routes.h"
#include "record/tell.h"

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

/* ---- the outbox -------------------------------------------------------------------------- */

enum {
    BEHIND_MAX = 256
}; /* incidents that were seen waiting; one that is missed shows as behind
      the window */

struct outbox_rows {
    struct daemon *daemon;
    struct moment now;
    json_t *list;
    uint64_t seen[BEHIND_MAX];
    size_t seen_count;
};

static bool is_behind(struct outbox_rows *rows, uint64_t incident)
{
    for (size_t i = 0; i < rows->seen_count; i++)
        if (rows->seen[i] == incident)
            return true;
    if (incident != 0 && rows->seen_count < BEHIND_MAX)
        rows->seen[rows->seen_count++] = incident;
    return false;
}

static void put_sentence(json_t *o, const char *name, enum message id)
{
    char ja[32];
    snprintf(ja, sizeof ja, "%s_ja", name);
    json_object_set_new(o, name, json_string(message_raw(id, LANGUAGE_EN)));
    json_object_set_new(o, ja, json_string(message_raw(id, LANGUAGE_JA)));
}

static void add_waiting(void *arg, const struct outbox_entry *e)
{
    static const enum message why[] = {
        [COURIER_IN_FLIGHT] = MESSAGE_WAITS_ANSWER,
        [COURIER_WAITS_WORKER] = MESSAGE_WAITS_WORKER,
        [COURIER_WAITS_BREAKER] = MESSAGE_WAITS_BREAKER,
        [COURIER_WAITS_ORDER] = MESSAGE_WAITS_ORDER,
        [COURIER_WAITS_BACKOFF] = MESSAGE_WAITS_BACKOFF,
        [COURIER_WAITS_PACE] = MESSAGE_WAITS_PACE,
        [COURIER_WAITS_WINDOW] = MESSAGE_WAITS_WINDOW,
    };
    struct outbox_rows *rows = arg;
    const struct zone *zone = pipeline_zone(rows->daemon->pipeline);
    json_t *o = json_pack("{s:I,s:s,s:I,s:o,s:o,s:s}", "delivery", (json_int_t)e->delivery,
        "destination", e->destination, "attempts", (json_int_t)e->attempts, "due_at",
        view_time(e->due.wall, zone), "recorded_at", view_time(e->recorded.wall, zone),
        "last_answer", e->last_text != NULL ? e->last_text : "");
    put_sentence(o, "waits",
        why[courier_waits(pipeline_courier(rows->daemon->pipeline), e,
            is_behind(rows, e->notice.incident), rows->now)]);
    json_t *notice = view_notice(&e->notice, zone);
    json_object_update(o, notice);
    json_decref(notice);
    json_array_append_new(rows->list, o);
}

void verb_notify_outbox(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *only = command_arg(command, "destination");
    struct outbox_rows rows = {.daemon = d, .now = clock_now(), .list = json_array()};
    for (size_t i = 0; i < d->settings->destination_count; i++) {
        const char *name = d->settings->destinations[i].name;
        size_t have = json_array_size(rows.list);
        rows.seen_count = 0;
        if ((only == NULL || text_equal(only, name)) && have <= OUTBOX_MAX)
            record_outbox_each(
                pipeline_record(d->pipeline), name, OUTBOX_MAX + 1 - have, add_waiting, &rows);
    }
    bool truncated = json_array_size(rows.list) > OUTBOX_MAX;
    while (json_array_size(rows.list) > OUTBOX_MAX)
        json_array_remove(rows.list, json_array_size(rows.list) - 1);
    ret->result = json_pack("{s:o,s:b}", "outbox", rows.list, "truncated", truncated);
}

/* ---- why, and why not -------------------------------------------------------------------- */

struct explanation {
    struct daemon *daemon;
    json_t *list;
    bool is_taken;
};

static void add_route(void *arg, const struct route_settings *route, enum route_match match)
{
    struct explanation *e = arg;
    bool is_taken = match == ROUTE_MATCHES || match == ROUTE_WAITS;
    json_t *to = json_array();
    for (size_t i = 0; i < route->to_count; i++)
        json_array_append_new(to, json_string(route->to[i]));
    json_t *o = json_pack("{s:s,s:o,s:b}", "route", route->name, "to", to, "matched", is_taken);
    put_sentence(o, "why", routes_why(match));
    json_array_append_new(e->list, o);
    e->is_taken |= is_taken;
}

static const char *step_name(uint32_t step)
{
    return step == FOLLOW_FIRST      ? "first"
           : step == FOLLOW_REPEAT   ? "repeat"
           : step == FOLLOW_PROGRESS ? "progress"
                                     : "escalate";
}

static void add_follow(void *arg, const struct follow *f)
{
    static const char *const phases[] = {"", "waiting", "held", "told", "dropped"};
    static const struct {
        const char *why;
        enum message sentence;
    } reasons[] = {{"acknowledged", MESSAGE_FOLLOW_ACKNOWLEDGED},
        {"cleared", MESSAGE_FOLLOW_CLEARED}, {"maintenance", MESSAGE_FOLLOW_MAINTENANCE},
        {"dependency", MESSAGE_FOLLOW_DEPENDENCY}, {"calendar", MESSAGE_FOLLOW_CALENDAR},
        {"route", MESSAGE_FOLLOW_ROUTE}};
    struct explanation *e = arg;
    enum message sentence = f->phase == FOLLOW_TOLD ? MESSAGE_FOLLOW_TOLD : MESSAGE_FOLLOW_WAITING;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (text_equal(f->why, reasons[i].why))
            sentence = reasons[i].sentence;
    bool waits = f->phase <= FOLLOW_HELD && f->due.boot != CLOCK_NEVER;
    json_t *o =
        json_pack("{s:s,s:s,s:I,s:s,s:I,s:o}", "route", f->route, "step", step_name(f->step),
            "level", (json_int_t)(f->step >= FOLLOW_ESCALATE ? f->step - FOLLOW_ESCALATE + 1 : 0),
            "phase", phases[f->phase], "told", (json_int_t)f->told, "due_at",
            waits ? view_time(f->due.wall, pipeline_zone(e->daemon->pipeline)) : json_null());
    put_sentence(o, "why", sentence);
    json_array_append_new(e->list, o);
}

static void add_counted(void *arg, const char *destination, bool is_counted)
{
    if (is_counted)
        json_array_append_new(arg, json_string(destination));
}

/* What no route and no step of one can say. */
static json_t *remarks(const struct incident *i, bool is_taken, const json_t *counted)
{
    json_t *list = json_array();
    const enum message all[] = {
        (i->flags & INCIDENT_SUPPRESSED) != 0 ? MESSAGE_EXPLAIN_SUPPRESSED : MESSAGES,
        !is_taken ? MESSAGE_EXPLAIN_NOBODY : MESSAGES,
        json_array_size(counted) > 0 ? MESSAGE_EXPLAIN_COUNTED : MESSAGES,
    };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        json_t *o = json_object();
        if (all[k] != MESSAGES)
            put_sentence(o, "text", all[k]);
        if (all[k] != MESSAGES)
            json_array_append(list, o);
        json_decref(o);
    }
    return list;
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
    struct route_site site = {d->settings, pipeline_zone(d->pipeline)};
    struct explanation routes = {.daemon = d, .list = json_array()};
    struct explanation follows = {.daemon = d, .list = json_array()};
    json_t *counted = json_array();
    // As it was when it came up: an office that has closed since was told.
    wall_ms at = incident_start(&incident).wall;
    routes_each(&site, &notice, incident.severity, at, add_route, &routes);
    record_each_follow(pipeline_record(d->pipeline), incident.id, add_follow, &follows);
    record_each_told(pipeline_record(d->pipeline), incident.id, add_counted, counted);
    ret->result = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "incident",
        view_incident(&incident, pipeline_zone(d->pipeline)), "notices",
        verb_notices(d, incident.id), "routes", routes.list, "follows", follows.list, "remarks",
        remarks(&incident, routes.is_taken, counted), "counted", counted);
    incident_deinit(&incident);
}

/* ---- drills ------------------------------------------------------------------------------ */

struct drill_end {
    const char *destination;
    char result[16];
};

static void take_end(void *arg, const struct record_delivery *delivery)
{
    struct drill_end *end = arg;
    if (text_equal(delivery->destination, end->destination))
        snprintf(end->result, sizeof end->result, "%s", delivery->result);
}

static json_t *view_drill(struct daemon *d, const char *destination, wall_ms now)
{
    const struct zone *zone = pipeline_zone(d->pipeline);
    struct route_site site = {d->settings, zone};
    struct drill_state state = {0};
    struct drill_end end = {.destination = destination, .result = ""};
    wall_ms next = drill_next_of(&site, destination, now);
    record_drill_get(pipeline_record(d->pipeline), destination, &state);
    if (state.sequence != 0)
        record_each_delivery(pipeline_record(d->pipeline), state.sequence, take_end, &end);
    bool came = text_equal(end.result, "accepted") || text_equal(end.result, "sent");
    bool overdue = drill_is_overdue(&site, destination, state.at, came, now);
    return json_pack("{s:s,s:o,s:s,s:o,s:b}", "destination", destination, "last_at",
        state.sequence != 0 ? view_time(state.at, zone) : json_null(), "result", end.result,
        "next_at", next != CLOCK_NEVER ? view_time(next, zone) : json_null(), "overdue", overdue);
}

void verb_notify_drills(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    json_t *list = json_array();
    wall_ms now = clock_wall();
    (void)command;
    for (size_t i = 0; i < d->settings->destination_count; i++)
        json_array_append_new(list, view_drill(d, d->settings->destinations[i].name, now));
    ret->result = json_pack("{s:o}", "drills", list);
}
