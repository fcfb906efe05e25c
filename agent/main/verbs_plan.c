/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/alloc.h"
#include "main/verbs.h"
#include "main/view.h"
#include "notify/redact_row.h"
#include "record/agreed.h"

enum {
    LISTED_MAX = 1000,
    DUE_DAYS_BEFORE = 2 /* "48:00" of the day before yesterday is due today at 00:00 */
};

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* ---- objects ----------------------------------------------------------------------------- */

static json_t *view_work(const struct work *w, const struct zone *zone, wall_ms now)
{
    json_t *o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s}", "id", (json_int_t)w->id, "service",
        or_empty(w->service), "plan_no", or_empty(w->plan_no), "scope", or_empty(w->scope), "state",
        work_state_name(work_state_at(w, now)), "approved_by", or_empty(w->approved_by));
    json_object_set_new(o, "from", view_time(w->from, zone));
    json_object_set_new(o, "to", view_time(w->to, zone));
    json_object_set_new(o, "registered_at", view_time(w->registered, zone));
    json_object_set_new(o, "approved_at", view_time(w->approved, zone));
    json_object_set_new(o, "started_at", view_time(w->started, zone));
    json_object_set_new(o, "ended_at", view_time(w->ended, zone));
    json_object_set_new(o, "late_registered", json_boolean(work_is_late(w)));
    json_object_set_new(o, "lead_s", json_integer((w->from - w->registered) / 1000));
    json_object_set_new(o, "who", json_string(or_empty(w->who)));
    return o;
}

static json_t *view_exclusion(const struct exclusion *e, const struct zone *zone)
{
    json_t *o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "id", (json_int_t)e->id,
        "service", or_empty(e->service), "mode", exclusion_mode(e), "reason", or_empty(e->reason),
        "agreed_by", or_empty(e->agreed_by), "agreed_on", or_empty(e->agreed_on), "document",
        or_empty(e->document), "revoked_by", or_empty(e->revoked_by), "revoked_why",
        or_empty(e->revoked_why), "who", or_empty(e->who));
    json_object_set_new(o, "from", view_time(e->from, zone));
    json_object_set_new(o, "to", view_time(e->to, zone));
    json_object_set_new(o, "registered_at", view_time(e->registered, zone));
    json_object_set_new(o, "revoked_at", view_time(e->revoked, zone));
    return o;
}

static const struct agreed *agreed_of(struct daemon *d, struct control_answer *ret)
{
    const struct agreed *a;
    if (record_agreed(pipeline_record(d->pipeline), &a) == 0)
        return a;
    verb_fail(ret, "unavailable", MESSAGE_VERB_LEDGER, NULL, NULL);
    return NULL;
}

/* ---- transfers that are due while work runs ---------------------------------------------- */

struct due_at_work {
    struct daemon *daemon;
    const struct work *work;
    json_t *list;
};

/* The deadlines of one linkage that fall into the window. They hang on business days, whose
 * 48-hour clock reaches into the next one, and on days of the month that may be moved. */
static void add_due(void *arg, const struct judge_linkage *linkage)
{
    struct due_at_work *a = arg;
    const struct pipeline *p = a->daemon->pipeline;
    const struct linkage_settings *s = linkage->settings;
    int32_t last = zone_day(pipeline_zone(p), a->work->to);
    wall_ms due;

    if (!text_equal(s->service, a->work->service))
        return;
    for (int32_t day = zone_day(pipeline_zone(p), a->work->from) - DUE_DAYS_BEFORE; day <= last;
         day++)
        if (judge_linkage_expected(pipeline_judge(p), s->id, day, &due) && due >= a->work->from &&
            due <= a->work->to && json_array_size(a->list) < LISTED_MAX)
            json_array_append_new(
                a->list, json_pack("{s:s,s:s,s:o}", "id", s->id, "name", or_empty(s->name), "due",
                             view_time(due, pipeline_zone(p))));
}

static void add_transfers(struct daemon *d, const struct work *w, json_t *o)
{
    struct due_at_work a = {d, w, json_array()};
    judge_each_linkage(pipeline_judge(d->pipeline), add_due, &a);
    json_object_set_new(o, "transfers", a.list);
}

/* ---- changing ---------------------------------------------------------------------------- */

/* Runs the command and commits; what was agreed then, or NULL and the refusal in @ret. */
static const struct agreed *change(
    struct daemon *d, const struct command *command, struct control_answer *ret)
{
    int r = pipeline_command(d->pipeline, command, clock_now());
    if (r > 0) {
        verb_refused(d, r, ret);
        pipeline_commit(d->pipeline, clock_now());
        return NULL;
    }
    // The rows are committed before the answer claims them.
    if (r < 0 || pipeline_commit(d->pipeline, clock_now()) != 0) {
        verb_fail(ret, "unavailable", MESSAGE_VERB_LEDGER, NULL, NULL);
        return NULL;
    }
    return agreed_of(d, ret);
}

/* The id that the command names; an add names none and is the @newest. */
static uint64_t id_of(const struct command *command, const char *add, uint64_t newest)
{
    uint64_t id;
    return !text_equal(command->verb, add) && verb_number(command, "id", newest, &id) ? id : newest;
}

void verb_maintenance_change(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct agreed *a = change(d, command, ret);
    if (a == NULL || a->work_count == 0)
        return;
    const struct work *w =
        agreed_work(a, id_of(command, "maintenance.add", a->works[a->work_count - 1].id));
    if (w == NULL)
        return;
    ret->result = view_work(w, pipeline_zone(d->pipeline), clock_wall());
    add_transfers(d, w, ret->result);
}

void verb_exclusion_change(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct agreed *a = change(d, command, ret);
    if (a == NULL || a->exclusion_count == 0)
        return;
    const struct exclusion *e = agreed_exclusion(
        a, id_of(command, "exclusion.add", a->exclusions[a->exclusion_count - 1].id));
    if (e != NULL)
        ret->result = view_exclusion(e, pipeline_zone(d->pipeline));
}

void verb_sla_judge(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct agreed *a = change(d, command, ret);
    if (a == NULL || a->judgement_count == 0)
        return;
    const struct judgement *j = &a->judgements[a->judgement_count - 1];
    ret->result = json_pack("{s:I,s:s,s:s,s:s}", "gap", (json_int_t)j->gap, "service",
        or_empty(j->service), "as", j->is_up ? "up" : "down", "evidence", or_empty(j->evidence));
}

static json_t *view_issue(const struct issue *i, const struct zone *zone)
{
    return json_pack("{s:s,s:s,s:I,s:o,s:o}", "service", or_empty(i->service), "period",
        or_empty(i->period), "edition", (json_int_t)i->edition, "issued_at",
        view_time(i->changed, zone), "changes", json_loads(i->changes, 0, NULL));
}

void verb_sla_issue(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct agreed *a = agreed_of(d, ret);
    size_t before = a != NULL ? a->issue_count : 0;
    a = a != NULL ? change(d, command, ret) : NULL;
    if (a == NULL)
        return;
    json_t *list = json_array();
    for (size_t i = before; i < a->issue_count; i++)
        json_array_append_new(list, view_issue(&a->issues[i], pipeline_zone(d->pipeline)));
    ret->result = json_pack("{s:o}", "issues", list);
}

/* ---- showing ----------------------------------------------------------------------------- */

void verb_maintenance_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *service = command_arg(command, "service");
    const struct agreed *a = agreed_of(d, ret);
    if (a == NULL)
        return;
    json_t *list = json_array();
    for (size_t i = a->work_count; i > 0 && json_array_size(list) < LISTED_MAX; i--)
        if (service == NULL || text_equal(service, a->works[i - 1].service))
            json_array_append_new(
                list, view_work(&a->works[i - 1], pipeline_zone(d->pipeline), clock_wall()));
    ret->result = json_pack("{s:o}", "works", list);
}

void verb_exclusion_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *service = command_arg(command, "service");
    const struct agreed *a = agreed_of(d, ret);
    if (a == NULL)
        return;
    json_t *list = json_array();
    for (size_t i = a->exclusion_count; i > 0 && json_array_size(list) < LISTED_MAX; i--)
        if (service == NULL || text_equal(service, a->exclusions[i - 1].service))
            json_array_append_new(
                list, view_exclusion(&a->exclusions[i - 1], pipeline_zone(d->pipeline)));
    ret->result = json_pack("{s:o}", "exclusions", list);
}

/* ---- the result part of the work's plan -------------------------------------------------- */

struct around {
    struct daemon *daemon;
    const struct work *work;
    wall_ms until;
    json_t *list;
};

/* What the work changed: it was bad before and is now good, or the other way round. */
static const char *compared(const struct incident *i, const struct around *a)
{
    bool was_there = i->failed_at.wall < a->work->from;
    bool is_there = i->cleared_at.wall == 0 || i->cleared_at.wall > a->until;
    if (was_there)
        return is_there ? "before_and_after" : "only_before";
    return is_there ? "only_after" : "only_during";
}

/* Incidents of the service that were there while the work ran, or that its overrun opened. */
static void add_around(void *arg, const struct incident *i)
{
    struct around *a = arg;
    bool is_over = i->cleared_at.wall != 0 && i->cleared_at.wall <= a->work->from;
    if (text_equal(i->service, a->work->service) && i->failed_at.wall <= a->until && !is_over &&
        json_array_size(a->list) < LISTED_MAX) {
        json_t *o = view_incident(i, pipeline_zone(a->daemon->pipeline));
        // The result of a work goes into its plan, which leaves the host.
        redact_json(&a->daemon->settings->agent.redact, REDACT_RECORD, o);
        json_object_set_new(o, "compared", json_string(compared(i, a)));
        json_array_append_new(a->list, o);
    }
}

/* How the service was in the second before @at. */
static const char *state_before(struct daemon *d, const struct work *w, wall_ms at)
{
    struct sla_figures f = {0};
    const char *state = service_state_name(SERVICE_UNMONITORED);
    if (pipeline_observed(d->pipeline, w->service, at - 1000, at, clock_wall(), &f) != 0)
        return state;
    if (f.down_s > 0)
        state = service_state_name(SERVICE_DOWN);
    else if (f.degraded_s > 0)
        state = service_state_name(SERVICE_DEGRADED);
    else if (f.up_s > 0)
        state = service_state_name(SERVICE_UP);
    sla_figures_deinit(&f);
    return state;
}

/* How the service was in the window, whatever its hours are. */
static void add_window(struct daemon *d, const struct work *w, json_t *o)
{
    struct sla_figures f = {0};
    if (pipeline_observed(d->pipeline, w->service, w->from, w->to, clock_wall(), &f) != 0)
        return;
    json_object_set_new(o, "up_s", json_integer(f.up_s));
    json_object_set_new(o, "degraded_s", json_integer(f.degraded_s));
    json_object_set_new(o, "down_s", json_integer(f.down_s));
    json_object_set_new(o, "unmonitored_s", json_integer(f.unmonitored_s));
    sla_figures_deinit(&f);
}

void verb_maintenance_report(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    uint64_t id;
    const struct agreed *a = agreed_of(d, ret);
    if (a == NULL)
        return;
    if (!verb_number(command, "id", 0, &id) || id == 0) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "id", NULL);
        return;
    }
    const struct work *w = agreed_work(a, id);
    if (w == NULL) {
        verb_fail(ret, "not_found", MESSAGE_PLAN_NO_WORK, command_arg(command, "id"), NULL);
        return;
    }
    wall_ms now = clock_wall(), end = w->ended != 0 ? w->ended : now < w->to ? now : w->to;
    wall_ms begin = w->started != 0 ? w->started : w->from;
    struct around around = {d, w, end > w->to ? end : w->to, json_array()};
    ret->result = view_work(w, pipeline_zone(d->pipeline), now);
    json_object_set_new(ret->result, "window_s", json_integer((w->to - w->from) / 1000));
    json_object_set_new(
        ret->result, "used_s", json_integer(end > begin ? (end - begin) / 1000 : 0));
    json_object_set_new(
        ret->result, "overrun_s", json_integer(end > w->to ? (end - w->to) / 1000 : 0));
    json_object_set_new(ret->result, "state_before", json_string(state_before(d, w, w->from)));
    json_object_set_new(
        ret->result, "state_after", json_string(state_before(d, w, end > w->from ? end : w->from)));
    add_window(d, w, ret->result);
    add_transfers(d, w, ret->result);
    record_each_incident(pipeline_record(d->pipeline), false, add_around, &around);
    json_object_set_new(ret->result, "incidents", around.list);
}
