/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "main/verbs.h"
#include "main/view.h"
#include "settings/tree.h"
#include "settings/units.h"

enum { DAYS_SHOWN = 31 };

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static json_t *date_or_null(int32_t day)
{
    struct civil_date date = civil_date_of(day);
    if (day == LINKAGE_NO_DAY)
        return json_null();
    return json_sprintf("%04d-%02d-%02d", (int)date.year, date.month, date.day);
}

static json_t *view_linkage(struct daemon *d, const struct judge_linkage *k)
{
    const struct linkage_state *s = k->state;
    const struct zone *zone = pipeline_zone(d->pipeline);
    bool has_day = s->current.day != LINKAGE_NO_DAY;
    bool has_result = s->last_run.wall != 0 || s->last_result != LINKAGE_WAITING;
    bool is_today = s->failures_day == zone_day(zone, clock_wall());
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:o,s:I}", "id", s->id, "name",
        or_empty(k->settings->name), "class", or_empty(k->settings->class_name), "service",
        or_empty(k->settings->service), "state", linkage_phase_name(k->phase), "date",
        date_or_null(s->current.day), "next_deadline",
        has_day ? view_time(s->current.due, zone) : json_null(), "last_run",
        view_time(s->last_run.wall, zone), "last_result",
        has_result ? linkage_phase_name(s->last_result) : "", "records",
        s->last_records >= 0 ? json_integer(s->last_records) : json_null(), "failures_today",
        (json_int_t)(is_today ? s->failures : 0));
}

struct rows {
    struct daemon *daemon;
    json_t *list;
};

static void add_linkage(void *arg, const struct judge_linkage *k)
{
    struct rows *rows = arg;
    json_array_append_new(rows->list, view_linkage(rows->daemon, k));
}

void verb_linkage_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct rows rows = {ctx, json_array()};
    (void)command;
    judge_each_linkage(pipeline_judge(rows.daemon->pipeline), add_linkage, &rows);
    ret->result = json_pack("{s:o}", "linkages", rows.list);
}

/* The linkage that argument "id" asks for. False: the answer says why not. */
static bool find_linkage(struct daemon *d, const struct command *command,
    struct judge_linkage *ret_linkage, struct control_answer *ret)
{
    const char *id = command_arg(command, "id");
    if (id == NULL)
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "id", NULL);
    else if (!judge_linkage(pipeline_judge(d->pipeline), id, ret_linkage))
        verb_fail(ret, "not_found", MESSAGE_VERB_NO_LINKAGE, id, NULL);
    return ret->code == NULL;
}

static void add_day(void *arg, const char *linkage, const struct linkage_day *day)
{
    struct rows *rows = arg;
    json_array_append_new(
        rows->list, view_linkage_day(linkage, day, pipeline_zone(rows->daemon->pipeline)));
}

static json_t *view_runs(struct daemon *d, const struct linkage_state *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->run_count; i++)
        json_array_append_new(
            list, json_pack("{s:s,s:o}", "run", s->runs[i].run, "started_at",
                      view_time(s->runs[i].started.wall, pipeline_zone(d->pipeline))));
    return list;
}

void verb_linkage_show(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct judge_linkage k;
    struct rows days = {d, NULL};
    if (!find_linkage(d, command, &k, ret))
        return;
    int32_t today = zone_day(pipeline_zone(d->pipeline), clock_wall());
    days.list = json_array();
    record_each_linkage_day(
        pipeline_record(d->pipeline), k.state->id, today - DAYS_SHOWN, today + 3, add_day, &days);
    ret->result = view_linkage(d, &k);
    json_object_set_new(ret->result, "runs", view_runs(d, k.state));
    json_object_set_new(ret->result, "days", days.list);
    json_object_set_new(ret->result, "settings", tree_linkage(k.settings));
}

/* A day of which the ledger says nothing: not expected, still to come, or before the watch. */
static json_t *view_silent_day(struct daemon *d, const char *id, int32_t day)
{
    wall_ms due = 0;
    bool is_expected = judge_linkage_expected(pipeline_judge(d->pipeline), id, day, &due);
    const char *state = !is_expected ? "not_expected" : due > clock_wall() ? "waiting" : "unknown";
    return json_pack("{s:s,s:o,s:s,s:o,s:n,s:n,s:n}", "id", id, "date", date_or_null(day), "state",
        state, "deadline", is_expected ? view_time(due, pipeline_zone(d->pipeline)) : json_null(),
        "arrived_at", "delay_s", "records");
}

void verb_linkage_query(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *date = command_arg(command, "date");
    struct rows days = {d, NULL};
    struct judge_linkage k;
    int32_t day = zone_day(pipeline_zone(d->pipeline), clock_wall());

    if (!find_linkage(d, command, &k, ret))
        return;
    if (date != NULL && !units_date(date, &day)) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "date", NULL);
        return;
    }
    days.list = json_array();
    record_each_linkage_day(
        pipeline_record(d->pipeline), k.state->id, day, day + 1, add_day, &days);
    ret->result = json_array_size(days.list) > 0 ? json_incref(json_array_get(days.list, 0))
                                                 : view_silent_day(d, k.state->id, day);
    json_decref(days.list);
    json_object_set_new(ret->result, "name", json_string(or_empty(k.settings->name)));
    json_object_set_new(ret->result, "arrived",
        json_boolean(!json_is_null(json_object_get(ret->result, "arrived_at"))));
}
