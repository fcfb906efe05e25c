/* SPDX-License-Identifier: BSD-2-Clause */
/* Judgements of gaps (sla R10) and editions of a closed period's figures (R16). */
#include <stdlib.h>

#include "base/alloc.h"
#include "main/pipeline_internal.h"
#include "main/view.h"
#include "record/agreed.h"
#include "record/history.h"
#include "record/timeline.h"

/* ---- judging a gap ----------------------------------------------------------------------- */

enum gap_found { GAP_NONE, GAP_OPEN, GAP_CLOSED };

/* What is asked for: the row that said "unmonitored", or a time within the gap. */
struct gap_asked {
    const char *service; /* NULL: any */
    uint64_t row;        /* 0: by time */
    wall_ms at;
};

static bool is_asked(const struct gap_asked *asked, const struct timeline *line, size_t i)
{
    const struct timeline_segment *segment = &line->segments[i];
    struct timeline_place at = timeline_place_at(line, asked->at);
    if (segment->gap == 0)
        return false;
    if (asked->row != 0)
        return segment->gap == asked->row;
    return timeline_compare(segment->from, at) <= 0 &&
           (i + 1 == line->segment_count || timeline_compare(at, line->segments[i + 1].from) < 0);
}

/* Looks for it in all that is known of @service now. */
static enum gap_found find_gap_of(struct pipeline *p, const struct service_settings *service,
    const struct gap_asked *asked, struct judgement *ret)
{
    struct sla_facts facts = {.begin = p->begin};
    struct timeline line;
    enum gap_found found = GAP_NONE;
    if (record_facts(p->record, service->name, &facts) != 0)
        return GAP_NONE;
    timeline_init(&line, &facts, &(struct timeline_rules){.hold = 0, .as_of = CLOCK_NEVER});
    for (size_t i = 0; i < line.segment_count && found == GAP_NONE; i++) {
        if (!is_asked(asked, &line, i))
            continue;
        ret->gap = line.segments[i].gap;
        ret->service = alloc_text(service->name);
        found = i + 1 < line.segment_count ? GAP_CLOSED : GAP_OPEN;
    }
    timeline_deinit(&line);
    return found;
}

static enum gap_found find_gap(
    struct pipeline *p, const struct gap_asked *asked, struct judgement *ret)
{
    enum gap_found found = GAP_NONE;
    for (size_t i = 0; i < p->settings->service_count && found == GAP_NONE; i++) {
        const struct service_settings *s = &p->settings->services[i];
        if (asked->service == NULL || text_equal(asked->service, s->name))
            found = find_gap_of(p, s, asked, ret);
    }
    return found;
}

static bool take_gap(struct pipeline *p, const struct command *command, struct gap_asked *ret)
{
    const char *given = command_arg(command, "gap");
    *ret = (struct gap_asked){.service = command_arg(command, "service")};
    if (given != NULL && text_parse_time(given, &ret->at))
        return true;
    return pipeline_arg_id(p, command, "gap", &ret->row) && ret->row != 0;
}

enum { GAPS_SAID_MAX = 8 };

/* What could have been meant is said: "12 (renkei), 15 (renkei)", the last ones. */
static int refuse_gap(struct pipeline *p, const char *shown)
{
    struct text ids = {0};
    json_t *gap, *gaps = pipeline_open_gaps(p);
    size_t i;
    json_array_foreach (gaps, i, gap)
        if (i + GAPS_SAID_MAX >= json_array_size(gaps))
            text_addf(&ids, "%s%lld (%s)", ids.length > 0 ? ", " : "",
                json_integer_value(json_object_get(gap, "id")),
                json_string_value(json_object_get(gap, "service")));
    int r =
        ids.length > 0
            ? pipeline_refuse(p, PIPELINE_E_UNKNOWN, MESSAGE_AMEND_NO_GAP, shown, text_get(&ids))
            : pipeline_refuse(p, PIPELINE_E_UNKNOWN, MESSAGE_AMEND_NO_GAPS, shown, NULL);
    text_deinit(&ids);
    json_decref(gaps);
    return r;
}

/* 0: @ret is whole. Else the outcome of the refusal. */
static int read_judgement(struct pipeline *p, const struct command *command, struct judgement *ret)
{
    struct gap_asked asked;
    const char *as = command_arg(command, "as"), *shown = command_arg(command, "gap");
    if (!take_gap(p, command, &asked))
        return PIPELINE_E_USAGE;
    ret->is_up = text_equal(as, "up");
    if (!ret->is_up && !text_equal(as, "down"))
        return pipeline_refuse(p, PIPELINE_E_USAGE, MESSAGE_AMEND_AS, NULL, NULL);
    if (!pipeline_arg_text(p, command, "evidence", &ret->evidence))
        return PIPELINE_E_USAGE;
    enum gap_found found = find_gap(p, &asked, ret);
    if (found == GAP_NONE)
        return refuse_gap(p, shown);
    if (found == GAP_OPEN)
        return pipeline_refuse(p, PIPELINE_E_STATE, MESSAGE_AMEND_GAP_OPEN, shown, NULL);
    return 0;
}

int pipeline_sla_judge(struct pipeline *p, const struct command *command, struct moment now)
{
    struct judgement j = {.who = alloc_text(command->who)};
    int r = read_judgement(p, command, &j);
    if (r == 0)
        r = record_judgement(p->record, &j, now);
    pipeline_touched(p);
    judgement_deinit(&j);
    return r;
}

/* ---- what changed ------------------------------------------------------------------------ */

/* Rows later than @after that say something of @period of @service. */
struct changes {
    struct pipeline *pipeline;
    const char *service;
    const struct period *period;
    uint64_t after;
    json_t *list; /* in order of row */
};

static bool touches(const struct changes *c, wall_ms from, wall_ms to)
{
    return from < c->period->to && to > c->period->from;
}

static void add_change(
    struct changes *c, uint64_t row, const char *kind, uint64_t id, wall_ms at, const char *text)
{
    json_t *entry;
    size_t i;
    json_array_foreach (c->list, i, entry)
        if ((uint64_t)json_integer_value(json_object_get(entry, "row")) > row)
            break;
    json_array_insert_new(c->list, i,
        json_pack("{s:I,s:s,s:I,s:o,s:s}", "row", (json_int_t)row, "kind", kind, "id",
            (json_int_t)id, "at", view_time(at, c->pipeline->zone), "text",
            text != NULL ? text : ""));
}

static void add_agreed(struct changes *c, const struct agreed *a)
{
    for (size_t i = 0; i < a->work_count; i++) {
        const struct work *w = &a->works[i];
        if (w->row > c->after && text_equal(w->service, c->service) && touches(c, w->from, w->to))
            add_change(c, w->row, "work", w->id, w->changed, w->plan_no);
    }
    for (size_t i = 0; i < a->exclusion_count; i++) {
        const struct exclusion *e = &a->exclusions[i];
        if (e->row > c->after && text_equal(e->service, c->service) && touches(c, e->from, e->to))
            add_change(c, e->row, "exclusion", e->id, e->changed,
                e->revoked != 0 ? e->revoked_why : e->document);
    }
}

/* The time of the gap that @j is about, by the point that said it and the next one. */
static bool gap_touches(
    const struct changes *c, const struct judgement *j, const struct sla_facts *facts)
{
    for (size_t i = 0; i < facts->point_count; i++)
        if (facts->points[i].row == j->gap)
            return touches(c, facts->points[i].from.wall,
                i + 1 < facts->point_count ? facts->points[i + 1].from.wall : CLOCK_NEVER);
    return false;
}

static void add_facts(struct changes *c, const struct sla_facts *facts)
{
    for (size_t i = 0; i < facts->judgement_count; i++) {
        const struct judgement *j = &facts->judgements[i];
        if (j->row > c->after && text_equal(j->service, c->service) && gap_touches(c, j, facts))
            add_change(c, j->row, "judgement", j->gap, j->changed, j->evidence);
    }
    for (size_t i = 0; i < facts->point_count; i++) {
        const struct service_point *point = &facts->points[i];
        if (point->row > c->after && point->from.wall < c->period->to)
            add_change(c, point->row, "service", point->incident, point->detected.wall,
                service_state_name(point->state));
    }
    for (size_t i = 0; i < facts->incident_count; i++) {
        const struct incident *n = &facts->incidents[i];
        wall_ms detected = n->detected_at.wall;
        if (n->row > c->after && detected >= c->period->from && detected < c->period->to)
            add_change(c, n->row, "incident", n->id, 0, "");
    }
}

static json_t *changes_since(
    struct pipeline *p, const char *service, const struct period *period, uint64_t after)
{
    struct changes c = {p, service, period, after, json_array()};
    struct sla_facts facts = {0};
    const struct agreed *a;
    if (record_agreed(p->record, &a) == 0)
        add_agreed(&c, a);
    if (record_facts(p->record, service, &facts) == 0)
        add_facts(&c, &facts);
    return c.list;
}

/* ---- editions ---------------------------------------------------------------------------- */

static int issue_one(struct pipeline *p, const struct service_settings *s,
    const struct period *period, const struct command *command, struct moment now)
{
    const struct agreed *a;
    struct sla_figures f = {0};
    int r = record_agreed(p->record, &a);
    if (r == 0)
        r = pipeline_sla(p, s->name, period, now.wall, &f);
    if (r != 0)
        return r;
    const struct issue *last = agreed_issue(a, s->name, period->label);
    json_t *changes = last != NULL ? changes_since(p, s->name, period, last->row) : json_array();
    const char *by = command_arg(command, "approved_by"), *why = command_arg(command, "reason");
    struct issue issue = {.service = alloc_text(s->name),
        .period = alloc_text(period->label),
        .edition = last != NULL ? last->edition + 1 : 1,
        .approved_by = alloc_text(by),
        .reason = alloc_text(why),
        .changes = json_dumps(changes, JSON_COMPACT),
        .who = alloc_text(command->who)};
    json_decref(changes);
    r = record_issue(p->record, &issue, sla_json(&f), now);
    issue_deinit(&issue);
    sla_figures_deinit(&f);
    return r;
}

/* Whether an edition may be issued: a first one, or one with changes, a reason and an approver. */
static int may_issue(struct pipeline *p, const struct service_settings *s,
    const struct period *period, const struct command *command)
{
    static const char *const needed[] = {"reason", "approved_by"};
    const struct agreed *a;
    const struct issue *last =
        record_agreed(p->record, &a) == 0 ? agreed_issue(a, s->name, period->label) : NULL;
    char *given = NULL;
    if (last == NULL)
        return 0;
    json_t *changes = changes_since(p, s->name, period, last->row);
    bool is_same = json_array_size(changes) == 0;
    json_decref(changes);
    if (is_same)
        return pipeline_refuse(p, PIPELINE_E_STATE, MESSAGE_AMEND_SAME, s->name, period->label);
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!pipeline_arg_text(p, command, needed[i], &given))
            return PIPELINE_E_USAGE;
        free(given);
    }
    return 0;
}

/* The period of the command, which must have ended. */
static int take_period(
    struct pipeline *p, const struct command *command, struct moment now, struct period *ret)
{
    const struct agent_settings *agent = &p->settings->agent;
    const char *label = command_arg(command, "period");
    if (label == NULL ||
        !period_parse(label, p->zone, agent->fiscal_year_start, agent->day_start_minute, ret))
        return pipeline_refuse(
            p, PIPELINE_E_USAGE, MESSAGE_VERB_PERIOD, label != NULL ? label : "", NULL);
    if (ret->to > now.wall)
        return pipeline_refuse(p, PIPELINE_E_STATE, MESSAGE_AMEND_RUNNING, ret->label, NULL);
    return 0;
}

/* Of each service that the contract judges, where there is something to issue. */
static int issue_all(struct pipeline *p, const struct period *period, const struct command *command,
    struct moment now)
{
    int r = pipeline_refuse(p, PIPELINE_E_STATE, MESSAGE_AMEND_NONE, NULL, NULL), issued = 0;
    for (size_t i = 0; i < p->settings->service_count; i++) {
        const struct service_settings *s = &p->settings->services[i];
        if (!s->sla.set || s->test)
            continue;
        r = may_issue(p, s, period, command);
        if (r == 0)
            r = issue_one(p, s, period, command, now);
        if (r < 0 || r == PIPELINE_E_USAGE)
            return r;
        issued += r == 0;
    }
    return issued > 0 ? 0 : r;
}

int pipeline_sla_issue(struct pipeline *p, const struct command *command, struct moment now)
{
    struct period period;
    int r = take_period(p, command, now, &period);
    pipeline_touched(p);
    if (r != 0)
        return r;
    if (command_arg(command, "service") == NULL)
        return issue_all(p, &period, command, now);
    const struct service_settings *s = pipeline_arg_service(p, command, &r);
    if (s == NULL)
        return r;
    if (!s->sla.set)
        return pipeline_refuse(p, PIPELINE_E_STATE, MESSAGE_AMEND_NO_SLA, s->name, NULL);
    r = may_issue(p, s, &period, command);
    return r != 0 ? r : issue_one(p, s, &period, command, now);
}

/* The last edition of these figures, and what has changed since. */
static void add_edition(struct pipeline *p, const struct sla_figures *f, json_t *o)
{
    const struct agreed *a;
    const struct issue *last =
        record_agreed(p->record, &a) == 0 ? agreed_issue(a, f->service, f->period.label) : NULL;
    json_object_set_new(o, "edition", last != NULL ? json_integer(last->edition) : json_null());
    if (last == NULL)
        return;
    json_object_set_new(o, "issued_at", view_time(last->changed, p->zone));
    json_object_set_new(o, "issue_reason", json_string(last->reason != NULL ? last->reason : ""));
    json_object_set_new(o, "changes", json_loads(last->changes, 0, NULL));
    json_object_set_new(o, "changed_since", changes_since(p, f->service, &f->period, last->row));
}

json_t *pipeline_sla_json(struct pipeline *p, const struct sla_figures *f)
{
    json_t *o = sla_json(f);
    add_edition(p, f, o);
    return o;
}
