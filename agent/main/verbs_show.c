/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "main/verbs.h"
#include "main/view.h"
#include "settings/tree.h"

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* ---- status ------------------------------------------------------------------------------ */

static json_int_t cell(const json_t *cells, const char *name)
{
    return json_integer_value(json_object_get(cells, name));
}

struct rows {
    struct daemon *daemon;
    json_t *list;
    mono_ms now_boot;
};

/* Counters of the row are as of at_boot_ms; what elapsed since belongs to the class that counts. */
static void add_service(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    static const struct {
        const char *name;
        enum service_state counts;
    } classes[] = {{"up_s", SERVICE_UP}, {"degraded_s", SERVICE_DEGRADED}, {"down_s", SERVICE_DOWN},
        {"unmonitored_s", SERVICE_UNMONITORED}};
    struct rows *rows = arg;
    (void)table;
    (void)id;

    json_int_t elapsed_s = (rows->now_boot - cell(cells, "at_boot_ms")) / 1000;
    json_t *o = json_pack("{s:O,s:O,s:s,s:o}", "name", json_object_get(cells, "name"),
        "environment", json_object_get(cells, "environment"), "state",
        service_state_name((enum service_state)cell(cells, "state")), "since",
        view_time(cell(cells, "since_ms"), pipeline_zone(rows->daemon->pipeline)));
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        bool counts = cell(cells, "counting") == (json_int_t)classes[i].counts;
        json_object_set_new(o, classes[i].name,
            json_integer(cell(cells, classes[i].name) + (counts ? elapsed_s : 0)));
    }
    json_array_append_new(rows->list, o);
}

static void add_destination(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    struct rows *rows = arg;
    (void)table;
    (void)id;
    json_t *o = json_deep_copy(cells);
    json_object_set_new(o, "oldest_at",
        view_time(cell(cells, "oldest_at_ms"), pipeline_zone(rows->daemon->pipeline)));
    json_object_del(o, "oldest_at_ms");
    json_array_append_new(rows->list, o);
}

static void add_copy(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    struct rows *rows = arg;
    (void)table;
    (void)id;
    json_array_append_new(rows->list, json_deep_copy(cells));
}

static json_t *list_of(struct daemon *d, const char *table,
    void (*add)(void *arg, const char *table, uint32_t id, const json_t *cells))
{
    struct rows rows = {d, json_array(), clock_boot()};
    board_each(d->board, table, add, &rows);
    return rows.list;
}

/* What one screen has use for; all would not fit into an answer when ten thousand are open. */
enum { STATUS_INCIDENTS_MAX = 200 };

static void add_incident(void *arg, const struct incident *incident)
{
    struct rows *rows = arg;
    json_array_append_new(
        rows->list, view_incident(incident, pipeline_zone(rows->daemon->pipeline)));
}

static json_t *count_subjects(struct daemon *d)
{
    json_int_t counts[VERDICT_BLIND + 1] = {0};
    for (size_t i = 0; i < d->settings->watch_count; i++)
        counts[judge_subject_verdict(
            pipeline_judge(d->pipeline), d->settings->watches[i].subject, NULL, NULL, NULL)]++;
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "ok", counts[VERDICT_OK], "warning",
        counts[VERDICT_WARNING], "critical", counts[VERDICT_CRITICAL], "blind",
        counts[VERDICT_BLIND], "unknown", counts[VERDICT_UNKNOWN]);
}

/* Those whose deadline is today, as the board shows them. */
static json_t *count_linkages(struct daemon *d)
{
    static const char *const names[] = {"due", "arrived", "late", "missing", "failed"};
    const json_t *cells = board_row(d->board, "agent", 1);
    json_t *o = json_object();
    json_int_t waiting = cell(cells, "links_due") * 2;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[24];
        snprintf(name, sizeof name, "links_%s", names[i]);
        json_object_set_new(o, names[i], json_integer(cell(cells, name)));
        waiting -= cell(cells, name);
    }
    json_object_set_new(o, "waiting", json_integer(waiting));
    json_object_set_new(o, "configured", json_integer((json_int_t)d->settings->linkage_count));
    return o;
}

static void add_agent(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    struct rows *rows = arg;
    (void)table;
    (void)id;
    json_int_t worst = cell(cells, "worst");
    json_array_append_new(rows->list,
        json_pack("{s:O,s:O,s:o,s:s,s:O,s:O,s:I,s:I}", "host", json_object_get(cells, "host"),
            "version", json_object_get(cells, "version"), "started_at",
            view_time(cell(cells, "started_at_ms"), pipeline_zone(rows->daemon->pipeline)), "worst",
            severity_name((enum severity)worst), "open_incidents",
            json_object_get(cells, "open_incidents"), "config_hash",
            json_object_get(cells, "config_hash"), "next_sequence",
            (json_int_t)record_next_sequence(pipeline_record(rows->daemon->pipeline)),
            "longest_turn_us", (json_int_t)loop_longest_turn_us(rows->daemon->loop, false)));
}

json_t *verb_status_result(struct daemon *d)
{
    struct rows worst = {d, json_array(), 0};
    bool truncated =
        judge_each_worst(pipeline_judge(d->pipeline), STATUS_INCIDENTS_MAX, add_incident, &worst);
    json_t *agent = list_of(d, "agent", add_agent);
    json_t *result = json_pack("{s:O,s:o,s:o,s:o,s:b,s:o,s:o}", "agent", json_array_get(agent, 0),
        "services", list_of(d, "service", add_service), "subjects", count_subjects(d), "incidents",
        worst.list, "truncated", truncated, "destinations",
        list_of(d, "destination", add_destination), "workers", list_of(d, "worker", add_copy));
    json_object_set_new(result, "linkages", count_linkages(d));
    json_object_set_new(result, "gaps", pipeline_open_gaps(d->pipeline));
    json_decref(agent);
    return result;
}

/* Answered from the board, once that is true. */
void verb_status(void *ctx, const struct command *command, struct control_answer *ret)
{
    (void)command;
    ret->later = daemon_board_ask(ctx, ret->ticket);
    if (!ret->later)
        verb_fail(ret, "unavailable", MESSAGE_VERB_BUSY, NULL, NULL);
}

/* ---- subjects ---------------------------------------------------------------------------- */

static json_t *view_subject(struct daemon *d, const struct watch_settings *w)
{
    struct moment since = {0}, last = {0};
    const char *text = "";
    const struct zone *zone = pipeline_zone(d->pipeline);
    enum verdict verdict =
        judge_subject_verdict(pipeline_judge(d->pipeline), w->subject, &since, &last, &text);
    return json_pack("{s:s,s:s,s:s,s:o,s:s,s:o,s:s}", "name", w->subject, "plugin", w->plugin,
        "verdict", verdict_name(verdict), "since", view_time(since.wall, zone), "text",
        or_empty(text), "last_at", view_time(last.wall, zone), "owner", or_empty(w->owner));
}

void verb_subject_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    json_t *list = json_array();
    (void)command;
    for (size_t i = 0; i < d->settings->watch_count; i++)
        json_array_append_new(list, view_subject(d, &d->settings->watches[i]));
    ret->result = json_pack("{s:o}", "subjects", list);
}

static const struct watch_settings *find_subject(
    struct daemon *d, const struct command *command, struct control_answer *ret)
{
    const char *name = command_arg(command, "name");
    if (name == NULL) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "name", NULL);
        return NULL;
    }
    const struct watch_settings *w = settings_watch(d->settings, name);
    if (w == NULL)
        verb_fail(ret, "not_found", MESSAGE_VERB_NO_SUBJECT, name, NULL);
    return w;
}

static void add_metric(void *arg, const struct metric_state *s)
{
    struct rows *rows = arg;
    const struct zone *zone = pipeline_zone(rows->daemon->pipeline);
    bool is_unjudged = s->verdict == VERDICT_UNKNOWN && s->last.wall != 0;
    json_array_append_new(rows->list,
        json_pack("{s:s,s:s,s:s,s:o,s:o,s:f,s:I}", "instance", or_empty(s->of.instance), "metric",
            or_empty(s->of.metric), "verdict", is_unjudged ? "unjudged" : verdict_name(s->verdict),
            "since", view_time(s->since.wall, zone), "last_at", view_time(s->last.wall, zone),
            "number", s->number, "incident", (json_int_t)s->incident));
}

void verb_subject_show(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct watch_settings *w = find_subject(d, command, ret);
    if (w == NULL)
        return;
    struct rows metrics = {d, json_array(), 0};
    json_t *rules = json_array();
    judge_each_metric(pipeline_judge(d->pipeline), w->subject, add_metric, &metrics);
    for (size_t i = 0; i < w->rule_count; i++)
        json_array_append_new(rules, tree_rule(&w->rules[i]));
    ret->result = view_subject(d, w);
    json_object_set_new(ret->result, "service", json_string(or_empty(w->service)));
    json_object_set_new(ret->result, "interval_s", json_integer(w->interval / 1000));
    json_object_set_new(ret->result, "deadline_s", json_integer(w->deadline / 1000));
    json_object_set_new(
        ret->result, "scope", json_string(w->out_of_scope ? "out_of_scope" : "maintained"));
    json_object_set_new(ret->result, "doc_ref", json_string(or_empty(w->doc_ref)));
    json_object_set_new(ret->result, "metrics", metrics.list);
    json_object_set_new(ret->result, "rules", rules);
}

void verb_subject_check(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct watch_settings *w = find_subject(d, command, ret);
    if (w == NULL)
        return;
    if (supervisor_check(d->supervisor, w->subject))
        ret->result = json_pack("{s:b}", "asked", true);
    else
        verb_fail(ret, "unavailable", MESSAGE_VERB_AWAY, w->subject, NULL);
}

/* ---- SLA --------------------------------------------------------------------------------- */

void verb_sla(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct agent_settings *agent = &d->settings->agent;
    const char *service = command_arg(command, "service");
    const char *label = command_arg(command, "period");
    struct period asked = {0};
    wall_ms as_of, now = clock_wall();

    if (!verb_time(command, "as_of", now, &as_of) || as_of > now)
        verb_fail(ret, "bad_request", MESSAGE_VERB_AS_OF, NULL, NULL);
    else if (service != NULL && settings_service(d->settings, service) == NULL)
        verb_fail(ret, "not_found", MESSAGE_VERB_NO_SERVICE, service, NULL);
    else if (label != NULL && !period_parse(label, pipeline_zone(d->pipeline),
                                  agent->fiscal_year_start, agent->day_start_minute, &asked))
        verb_fail(ret, "bad_request", MESSAGE_VERB_PERIOD, label, NULL);
    if (ret->code != NULL)
        return;

    ret->result = json_pack("{s:o,s:o}", "as_of", view_time(as_of, pipeline_zone(d->pipeline)),
        "sla", pipeline_figures(d->pipeline, service, asked.to != 0 ? &asked : NULL, as_of));
}
