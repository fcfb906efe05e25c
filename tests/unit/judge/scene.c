/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/text.h"
#include "unit.h"

#define MINUTE ((span_ms)60000)

static wall_ms day_start(void)
{
    return ((wall_ms)civil_day((struct civil_date){2026, 4, 15}) * 1440 - 540) * MINUTE;
}

/* ---- what it is told ---- */

static void line(struct scene *s, const char *text)
{
    assert_true(s->line_count < sizeof s->lines / sizeof s->lines[0]);
    s->lines[s->line_count++] = alloc_text(text);
}

static void add_time(struct text *t, struct moment when)
{
    int64_t seconds = (when.wall - day_start()) / 1000;
    text_addf(t, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60 != 0)
        text_addf(t, ":%02d", (int)(seconds % 60));
}

static void on_metric(void *ctx, const struct metric_state *state)
{
    struct scene *s = ctx;
    s->saved++;
    for (size_t i = 0; i < s->kept_count; i++) {
        struct metric_state *k = &s->kept[i];
        if (strcmp(k->of.subject, state->of.subject) == 0 &&
            strcmp(k->of.instance, state->of.instance) == 0 &&
            strcmp(k->of.metric, state->of.metric) == 0) {
            metric_state_deinit(k);
            metric_state_copy(k, state);
            return;
        }
    }
    assert_true(s->kept_count < sizeof s->kept / sizeof s->kept[0]);
    metric_state_copy(&s->kept[s->kept_count++], state);
}

static void on_metric_gone(void *ctx, const struct triple *of)
{
    struct scene *s = ctx;
    for (size_t i = 0; i < s->kept_count; i++) {
        const struct triple *k = &s->kept[i].of;
        if (strcmp(k->subject, of->subject) != 0 || strcmp(k->instance, of->instance) != 0 ||
            strcmp(k->metric, of->metric) != 0)
            continue;
        metric_state_deinit(&s->kept[i]);
        s->kept[i] = s->kept[--s->kept_count];
        return;
    }
}

static void on_subject(void *ctx, const char *subject, enum verdict verdict, enum verdict before,
    struct moment now, const char *text)
{
    struct scene *s = ctx;
    struct text t = {0};
    (void)before;
    (void)text;
    add_time(&t, now);
    text_addf(&t, " subject %s %s", subject, verdict_name(verdict));
    line(s, text_get(&t));
    text_deinit(&t);
}

static void keep_incident(struct scene *s, const struct incident *incident)
{
    for (size_t i = 0; i < s->incident_count; i++) {
        if (s->incidents[i].id == incident->id) {
            incident_deinit(&s->incidents[i]);
            incident_copy(&s->incidents[i], incident);
            return;
        }
    }
    assert_true(s->incident_count < sizeof s->incidents / sizeof s->incidents[0]);
    incident_copy(&s->incidents[s->incident_count++], incident);
}

static void on_incident(
    void *ctx, const struct incident *i, enum notice_kind told, struct moment now)
{
    struct scene *s = ctx;
    struct text t = {0};

    keep_incident(s, i);
    if (told == 0)
        return;
    add_time(&t, now);
    text_addf(&t, " %s %d %s", notice_kind_name(told), (int)i->id, i->of.subject);
    if (i->of.instance[0] != '\0')
        text_addf(&t, "/%s", i->of.instance);
    text_addf(&t, " %s", severity_name(i->severity));
    if (told == NOTICE_RAISED) {
        text_add(&t, i->failed_at.wall != 0 ? " failed " : " called ");
        add_time(&t, i->failed_at.wall != 0 ? i->failed_at : i->called_at);
    }
    if (told == NOTICE_CLEARED) {
        text_add(&t, " recovered ");
        add_time(&t, i->recovered_at);
    }
    line(s, text_get(&t));
    text_deinit(&t);
}

static void on_linkage(
    void *ctx, const struct linkage_state *state, const struct linkage_day *day, struct moment now)
{
    struct scene *s = ctx;
    struct text t = {0};
    size_t i = 0;
    while (i < s->linkage_count && strcmp(s->linkages[i].id, state->id) != 0)
        i++;
    assert_true(i < sizeof s->linkages / sizeof s->linkages[0]);
    if (i == s->linkage_count)
        s->linkage_count++;
    linkage_state_deinit(&s->linkages[i]);
    linkage_state_copy(&s->linkages[i], state);
    if (day == NULL)
        return;
    add_time(&t, now);
    text_addf(&t, " linkage %s of %d %s", state->id, civil_date_of(day->day).day,
        linkage_phase_name(day->phase));
    line(s, text_get(&t));
    text_deinit(&t);
}

static void add_point(
    struct scene *s, const char *what, const struct service_point *p, struct moment now)
{
    struct text t = {0};
    add_time(&t, now);
    text_addf(&t, " %s %s %s from ", what, p->service, service_state_name(p->state));
    add_time(&t, p->from);
    line(s, text_get(&t));
    text_deinit(&t);
}

static void on_look(void *ctx, const char *subject)
{
    struct scene *s = ctx;
    struct text t = {0};

    add_time(&t, s->now);
    text_addf(&t, " look %s", subject);
    line(s, text_get(&t));
    text_deinit(&t);
}

static void on_service(void *ctx, const struct service_point *p, struct moment now)
{
    struct scene *s = ctx;
    service_point_deinit(&s->point);
    service_point_copy(&s->point, p);
    if (s->with_rows)
        add_point(s, p->taken_back.wall != 0 ? "taken back" : "row", p, now);
}

static void on_shown(
    void *ctx, const struct service_point *p, enum service_state before, struct moment now)
{
    (void)before;
    add_point(ctx, "service", p, now);
}

static void on_report_due(void *ctx, const struct report_due *due, struct moment now)
{
    struct scene *s = ctx;
    struct text t = {0};

    for (size_t i = 0; i < s->incident_count && due->open == NULL; i++)
        if (s->incidents[i].id == due->incident)
            s->incidents[i].reminders = due->reminders;
    if (due->open != NULL)
        keep_incident(s, due->open);
    add_time(&t, now);
    text_addf(&t, " report %d %d of %d", (int)due->incident, (int)(due->elapsed / MINUTE),
        (int)(due->limit / MINUTE));
    line(s, text_get(&t));
    text_deinit(&t);
}

void scene_told(struct scene *s, const char *const *wanted)
{
    size_t i = 0;
    for (; wanted[i] != NULL; i++) {
        if (i >= s->line_count)
            fail_msg("not told: %s", wanted[i]);
        assert_string_equal(s->lines[i], wanted[i]);
    }
    if (i < s->line_count)
        fail_msg("told besides: %s", s->lines[i]);
    for (i = 0; i < s->line_count; i++)
        free(s->lines[i]);
    s->line_count = 0;
}

/* ---- configuration ---- */

static void number_rule(struct rule *r, const char *metric, uint32_t runs)
{
    *r = (struct rule){
        .metric = alloc_text(metric), .critical = {CONDITION_LT, 1}, .runs = runs, .clear_runs = 1};
}

static void make_rules(struct scene *s)
{
    number_rule(&s->rules[SCENE_ENGINE][0], "running", 3);
    number_rule(&s->rules[SCENE_DB][0], "running", 1);
    number_rule(&s->rules[SCENE_BATCH][0], "running", 1);
    s->rules[SCENE_DISK][0] = (struct rule){.metric = alloc_text("used_percent"),
        .warning = {CONDITION_GE, 80},
        .critical = {CONDITION_GE, 90},
        .clear = {CONDITION_LT, 75},
        .runs = 1,
        .clear_runs = 1};
    struct rule *failure = &s->rules[SCENE_LOG][0];
    *failure = (struct rule){.metric = alloc_text("failure"),
        .event = SEVERITY_CRITICAL,
        .key_count = 2,
        .cleared_by = alloc_text("recovery"),
        .runs = 1,
        .clear_runs = 1};
    failure->key = alloc_array(2, sizeof *failure->key);
    failure->key[0] = alloc_text("job");
    failure->key[1] = alloc_text("rc");
    s->rules[SCENE_LOG][1] = (struct rule){.metric = alloc_text("notice"),
        .event = SEVERITY_NOTICE,
        .clear_after = 10 * MINUTE,
        .runs = 1,
        .clear_runs = 1};
}

static void make_watches(struct scene *s)
{
    static const char *const names[] = {"engine", "db", "disk", "log", "batch"};
    static const size_t rule_counts[] = {1, 1, 1, 2, 1};

    for (size_t i = 0; i < SCENE_SUBJECTS; i++)
        s->watches[i] = (struct watch_settings){.subject = alloc_text(names[i]),
            .service = alloc_text("renkei"),
            .rules = s->rules[i],
            .rule_count = rule_counts[i]};
    s->watches[SCENE_BATCH].in_hours = true;
}

int scene_set_up(void **state)
{
    struct scene *s = alloc(sizeof *s);
    if (zone_new("Asia/Tokyo", &s->zone) != 0)
        return -1;
    make_rules(s);
    make_watches(s);
    s->hours = (struct calendar_window){300, 1620};
    s->calendar = (struct calendar_settings){
        .name = alloc_text("hours"), .hours = &s->hours, .hour_count = 1, .weekdays = 0x7f};
    s->service =
        (struct service_settings){.name = alloc_text("renkei"), .calendar = alloc_text("hours")};
    s->settings = (struct settings){.calendars = &s->calendar,
        .calendar_count = 1,
        .services = &s->service,
        .service_count = 1,
        .watches = s->watches,
        .watch_count = SCENE_SUBJECTS};
    scene_down_when(s, EXPRESSION_ANY, 0, "engine", NULL, NULL);
    *state = s;
    return 0;
}

int scene_tear_down(void **state)
{
    struct scene *s = *state;
    judge_free(s->judge);
    zone_free(s->zone);
    for (size_t i = 0; i < SCENE_SUBJECTS; i++) {
        free(s->watches[i].subject);
        free(s->watches[i].service);
        for (size_t r = 0; r < 3; r++) {
            struct rule *rule = &s->rules[i][r];
            free(rule->metric);
            free(rule->cleared_by);
            for (size_t k = 0; k < rule->key_count; k++)
                free(rule->key[k]);
            free(rule->key);
        }
    }
    for (size_t i = 0; i < s->line_count; i++)
        free(s->lines[i]);
    for (size_t i = 0; i < s->kept_count; i++)
        metric_state_deinit(&s->kept[i]);
    for (size_t i = 0; i < s->incident_count; i++)
        incident_deinit(&s->incidents[i]);
    for (size_t i = 0; i < s->linkage_count; i++)
        linkage_state_deinit(&s->linkages[i]);
    for (size_t i = 0; i < 4; i++)
        free(s->names[i].name);
    service_point_deinit(&s->point);
    free(s->calendar.name);
    free(s->service.name);
    free(s->service.calendar);
    free(s);
    return 0;
}

void scene_down_when(struct scene *s, enum expression_op op, unsigned at_least, const char *a,
    const char *b, const char *c)
{
    const char *const names[] = {a, b, c};
    s->down = (struct expression){.op = op, .at_least = at_least, .operands = s->names};
    for (size_t i = 0; i < 3 && names[i] != NULL; i++) {
        free(s->names[i].name);
        s->names[i] = (struct expression){.op = EXPRESSION_NAME, .name = alloc_text(names[i])};
        s->down.count = i + 1;
    }
    s->service.down_when = &s->down;
}

/* ---- time and readings ---- */

static struct moment moment_at(const char *time)
{
    int hours = 0, minutes = 0, seconds = 0;
    assert_true(sscanf(time, "%d:%d:%d", &hours, &minutes, &seconds) >= 2);
    span_ms of_day = (hours * 60 + minutes) * MINUTE + seconds * 1000;
    return (struct moment){day_start() + of_day, 1000000 + of_day};
}

static const struct judge_sink *sink_of(struct scene *s, struct judge_sink *ret)
{
    *ret = (struct judge_sink){s, on_metric, on_subject, on_incident, on_linkage, on_service,
        on_shown, on_look, on_report_due, on_metric_gone};
    return ret;
}

void scene_start(struct scene *s, const char *time, bool assume_good)
{
    struct judge_sink sink;
    s->now = moment_at(time);
    assert_int_equal(judge_new(&s->settings, s->zone, sink_of(s, &sink), 1, &s->judge), 0);
    judge_start(s->judge, s->now, assume_good);
}

void scene_at(struct scene *s, const char *time)
{
    struct moment until = moment_at(time);
    mono_ms due;
    while ((due = judge_next_due(s->judge, s->now)) <= until.boot) {
        if (due > s->now.boot)
            s->now = (struct moment){s->now.wall + (due - s->now.boot), due};
        judge_advance(s->judge, s->now);
    }
    s->now = (struct moment){s->now.wall + (until.boot - s->now.boot), until.boot};
}

static void feed(struct scene *s, struct reading *r, const char *subject, const char *instance,
    const char *metric)
{
    r->of = (struct triple){alloc_text(subject), alloc_text(instance), alloc_text(metric)};
    r->at = s->now;
    judge_reading(s->judge, r, s->now);
    reading_deinit(r);
}

void scene_number(
    struct scene *s, const char *subject, const char *instance, const char *metric, double number)
{
    struct reading r = {.kind = READING_NUMBER, .number = number};
    feed(s, &r, subject, instance, metric);
}

void scene_blind(struct scene *s, const char *subject, const char *instance, const char *metric)
{
    struct reading r = {.kind = READING_BLIND, .text = alloc_text("permission denied")};
    feed(s, &r, subject, instance, metric);
}

void scene_gone(struct scene *s, const char *subject, const char *instance)
{
    struct reading r = {.kind = READING_GONE};
    feed(s, &r, subject, instance, "");
}

void scene_event(
    struct scene *s, const char *subject, const char *metric, const char *job, const char *rc)
{
    struct reading r = {.kind = READING_EVENT, .text = alloc_text("異常終了")};
    r.fields = alloc_array(2, sizeof *r.fields);
    r.fields[0] = (struct field){alloc_text("job"), alloc_text(job)};
    r.fields[1] = (struct field){alloc_text("rc"), alloc_text(rc)};
    r.field_count = 2;
    feed(s, &r, subject, NULL, metric);
}

void scene_restart(struct scene *s, const char *time)
{
    struct judge_sink sink;
    s->judge = judge_free(s->judge);
    s->now = moment_at(time);
    assert_int_equal(judge_new(&s->settings, s->zone, sink_of(s, &sink), 1, &s->judge), 0);
    for (size_t i = 0; i < s->kept_count; i++)
        judge_restore_metric(s->judge, &s->kept[i]);
    for (size_t i = 0; i < s->incident_count; i++)
        if (s->incidents[i].cleared_at.wall == 0)
            judge_restore_incident(s->judge, &s->incidents[i]);
        else
            judge_restore_closed(s->judge, &s->incidents[i], s->now);
    for (size_t i = 0; i < s->linkage_count; i++)
        judge_restore_linkage(s->judge, &s->linkages[i]);
    if (s->point.service != NULL)
        judge_restore_service(s->judge, &s->point, false);
    judge_start(s->judge, s->now, false);
}
