/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/tree.h"

#include <stdio.h>

#include "base/civil.h"
#include "settings/code.h"
#include "settings/expression.h"
#include "settings/guest.h"

static json_t *text_or_empty(const char *text)
{
    return json_string(text != NULL ? text : "");
}

static json_t *seconds(span_ms span)
{
    return span % 1000 == 0 ? json_integer(span / 1000) : json_real((double)span / 1000);
}

static json_t *texts(char *const *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(list[i]));
    return array;
}

static json_t *condition(const struct condition *c)
{
    struct text t = {0};
    condition_add(&t, c);
    json_t *o = json_string(text_get(&t));
    text_deinit(&t);
    return o;
}

static json_t *expression(const struct expression *e)
{
    struct text t = {0};
    if (e != NULL)
        expression_add(&t, e);
    json_t *o = json_string(text_get(&t));
    text_deinit(&t);
    return o;
}

static json_t *day(int32_t number)
{
    char text[16];
    struct civil_date date = civil_date_of(number);
    snprintf(text, sizeof text, "%04d-%02d-%02d", (int)date.year, date.month, date.day);
    return json_string(text);
}

static json_t *days(const int32_t *numbers, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, day(numbers[i]));
    return array;
}

static json_t *codes(const struct rule *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->code_count; i++) {
        struct text t = {0};
        code_add(&t, &r->codes[i]);
        json_array_append_new(array, json_string(text_get(&t)));
        text_deinit(&t);
    }
    return array;
}

static json_t *of_numbers(const struct rule *r)
{
    static const char *const derivations[] = {"", "rate", "time_to"};
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:I,s:o,s:s,s:o,s:o,s:o}", "warning",
        condition(&r->warning), "critical", condition(&r->critical), "clear", condition(&r->clear),
        "warning_clear", condition(&r->warning_clear), "critical_clear",
        condition(&r->critical_clear), "runs", (json_int_t)r->runs, "clear_runs",
        (json_int_t)r->clear_runs, "hold_s", seconds(r->hold), "flaps", (json_int_t)r->flaps,
        "flap_within_s", seconds(r->flap_within), "derive", derivations[r->derive], "of",
        text_or_empty(r->of), "over_s", seconds(r->over), "limit", condition(&r->limit));
}

static json_t *of_events(const struct rule *r)
{
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "event",
        r->event != SEVERITY_NONE ? severity_name(r->event) : "", "code", text_or_empty(r->code),
        "codes", codes(r), "key", texts(r->key, r->key_count), "cleared_by",
        text_or_empty(r->cleared_by), "clear_after_s", seconds(r->clear_after));
}

json_t *tree_rule(const struct rule *r)
{
    json_t *o = json_pack("{s:s,s:o,s:b}", "metric", r->metric, "instance",
        text_or_empty(r->instance), "off", r->off);
    json_object_update_new(o, of_numbers(r));
    json_object_update_new(o, of_events(r));
    return o;
}

static json_t *redact(const struct redact_settings *r)
{
    return json_pack("{s:b,s:b,s:o}", "numbers", !r->numbers_shown, "quoted", !r->quotations_shown,
        "patterns", texts(r->patterns, r->pattern_count));
}

static json_t *agent(const struct agent_settings *a)
{
    return json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:I,s:I,s:o}", "host",
        text_or_empty(a->host), "language", a->language == LANGUAGE_JA ? "ja" : "en", "timezone",
        text_or_empty(a->timezone), "state_dir", text_or_empty(a->state_dir), "runtime_dir",
        text_or_empty(a->runtime_dir), "plugin_dir", text_or_empty(a->plugin_dir), "profile_dir",
        text_or_empty(a->profile_dir), "user", text_or_empty(a->user), "group_ops",
        text_or_empty(a->group_ops), "fiscal_year_start", (json_int_t)a->fiscal_year_start,
        "day_start_minute", (json_int_t)a->day_start_minute, "heartbeat_s", seconds(a->heartbeat),
        "keep_years", (json_int_t)a->keep_years, "state_max", (json_int_t)a->state_max, "redact",
        redact(&a->redact));
}

static json_t *calendar(const struct calendar_settings *c)
{
    json_t *hours = json_array();
    for (size_t i = 0; i < c->hour_count; i++) {
        char text[64];
        snprintf(text, sizeof text, "%02d:%02d-%02d:%02d", (int)(c->hours[i].from_minute / 60),
            (int)(c->hours[i].from_minute % 60), (int)(c->hours[i].to_minute / 60),
            (int)(c->hours[i].to_minute % 60));
        json_array_append_new(hours, json_string(text));
    }
    static const char *const names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    json_t *weekdays = json_array();
    for (int i = 0; i < 7; i++)
        if ((c->weekdays >> i & 1) != 0)
            json_array_append_new(weekdays, json_string(names[i]));
    return json_pack("{s:s,s:o,s:o,s:s,s:o,s:o,s:o,s:o}", "name", c->name, "hours", hours,
        "weekdays", weekdays, "holidays", c->jp_holidays ? "jp" : "none", "holidays_file",
        text_or_empty(c->holidays_file), "holidays_listed", days(c->holidays, c->holiday_count),
        "closed_days", days(c->closed_days, c->closed_count), "open_days",
        days(c->open_days, c->open_count));
}

static json_t *sla(const struct sla_settings *s)
{
    static const char *const periods[] = {"", "month", "quarter", "fiscal_year"};
    char target[16];
    if (!s->set)
        return json_null();
    snprintf(target, sizeof target, "%u.%03u", s->availability / 1000, s->availability % 1000);
    return json_pack("{s:s,s:o,s:o,s:s,s:b,s:o,s:b,s:s,s:o,s:s}", "availability", target,
        "recovery_s", seconds(s->recovery), "notification_s", seconds(s->notification), "period",
        periods[s->period], "auto_counts", s->auto_counts, "notified_by",
        s->notified_by == 1   ? json_string("any")
        : s->notified_by == 0 ? json_string("all")
                              : json_sprintf("%u", s->notified_by),
        "count_unconfirmed", s->count_unconfirmed, "outage_start",
        s->outage_from_last_good ? "last_good" : "first_failed", "min_outage_s",
        seconds(s->min_outage), "maintenance", s->whole_window ? "approved" : "actual");
}

static json_t *service(const struct service_settings *s)
{
    return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "name", s->name, "environment",
        s->test ? "test" : "production", "calendar", text_or_empty(s->calendar), "start",
        s->start != INT32_MIN ? day(s->start) : json_null(), "down_when", expression(s->down_when),
        "degraded_when", expression(s->degraded_when), "hold_s", seconds(s->hold), "sla",
        sla(&s->sla));
}

static json_t *watch(const struct watch_settings *w)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < w->rule_count; i++)
        json_array_append_new(rules, tree_rule(&w->rules[i]));
    return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:b,s:s,s:o,s:o}", "subject",
        w->subject, "plugin", w->plugin, "profile", text_or_empty(w->profile), "interval_s",
        seconds(w->interval), "deadline_s", seconds(w->deadline), "worker",
        text_or_empty(w->worker), "service", text_or_empty(w->service), "owner",
        text_or_empty(w->owner), "scope", w->out_of_scope ? "out_of_scope" : "maintained",
        "doc_ref", text_or_empty(w->doc_ref), "depends_on",
        texts(w->depends_on, w->depends_on_count), "read_all", w->read_all, "hours",
        w->in_hours ? "service" : "always", "rules", rules, "options",
        guest_values_shown(&w->options));
}

static json_t *clock48(int32_t minute)
{
    char text[16];
    snprintf(text, sizeof text, "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
    return json_string(text);
}

/* When it is expected. */
static json_t *linkage_plan(const struct linkage_settings *k)
{
    static const char *const frequencies[] = {
        "daily", "open_days", "monthly", "yearly", "irregular"};
    static const char *const if_closed[] = {"keep", "next", "previous"};
    char day[16];
    snprintf(day, sizeof day, "%d", k->day);
    bool is_regular = k->frequency != LINKAGE_IRREGULAR;
    return json_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:s,s:I,s:s,s:o}", "frequency",
        frequencies[k->frequency], "calendar", text_or_empty(k->calendar), "deadline",
        is_regular ? clock48(k->deadline_minute) : json_null(), "grace_s", seconds(k->grace),
        "early_s", seconds(k->early), "month", (json_int_t)k->month, "day",
        k->day == 0                   ? ""
        : k->day == LINKAGE_MONTH_END ? "end"
                                      : day,
        "open_day", (json_int_t)k->open_day, "if_closed", if_closed[k->if_closed], "heartbeat_s",
        seconds(k->heartbeat));
}

/* By what it is seen, and what it must be like. */
static json_t *linkage_events(const struct linkage_settings *k)
{
    json_t *match = json_array();
    for (size_t i = 0; i < k->match_count; i++)
        json_array_append_new(match, json_sprintf("%s=%s", k->match[i].field, k->match[i].pattern));
    return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:I,s:I,s:b,s:o,s:o,s:o}",
        "subject", k->subject, "instance", text_or_empty(k->instance), "metric", k->metric,
        "start_metric", text_or_empty(k->start_metric), "failure_metric",
        text_or_empty(k->failure_metric), "match", match, "run_field", text_or_empty(k->run_field),
        "records_field", k->records_field, "date_field", text_or_empty(k->date_field),
        "result_field", text_or_empty(k->result_field), "ok", texts(k->ok, k->ok_count),
        "min_records", (json_int_t)k->min_records, "max_records", (json_int_t)k->max_records,
        "zero_ok", k->zero_ok, "max_runtime_s", seconds(k->max_runtime), "next",
        text_or_empty(k->next), "next_within_s", seconds(k->next_within));
}

json_t *tree_linkage(const struct linkage_settings *k)
{
    json_t *o = json_pack("{s:s,s:o,s:o,s:o}", "id", k->id, "name", text_or_empty(k->name), "class",
        text_or_empty(k->class_name), "service", text_or_empty(k->service));
    json_object_update_new(o, linkage_plan(k));
    json_object_update_new(o, linkage_events(k));
    return o;
}

/* As it is written. */
static json_t *drill(const struct drill_settings *d)
{
    static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    struct text t = {0};
    if (d->every == DRILL_NONE)
        return json_null();
    if (d->every == DRILL_DAILY)
        text_add(&t, "daily");
    else if (d->every == DRILL_WEEKLY)
        text_addf(&t, "weekly %s", weekdays[d->day]);
    else
        text_addf(&t, "monthly %d", d->day);
    text_addf(&t, " %02d:%02d%s%s", (int)(d->minute / 60), (int)(d->minute % 60),
        d->calendar != NULL ? " " : "", d->calendar != NULL ? d->calendar : "");
    json_t *o = json_string(text_get(&t));
    text_deinit(&t);
    return o;
}

static json_t *destination(const struct destination_settings *d)
{
    return json_pack("{s:s,s:s,s:o,s:I,s:o,s:o,s:b,s:I,s:o,s:o,s:o,s:o,s:o}", "name", d->name,
        "channel", d->channel, "worker", text_or_empty(d->worker), "window", (json_int_t)d->window,
        "deadline_s", seconds(d->deadline), "expire_after_s", seconds(d->expire_after), "heartbeat",
        d->heartbeat, "brake", (json_int_t)d->brake, "contact", text_or_empty(d->contact),
        "valid_from", d->valid_from != INT32_MIN ? day(d->valid_from) : json_null(), "valid_to",
        d->valid_to != INT32_MAX ? day(d->valid_to) : json_null(), "drill", drill(&d->drill),
        "options", guest_values_shown(&d->options));
}

static json_t *steps(const struct route_settings *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->step_count; i++)
        json_array_append_new(list, json_pack("{s:o,s:o}", "after_s", seconds(r->steps[i].after),
                                        "to", texts(r->steps[i].to, r->steps[i].to_count)));
    return list;
}

static json_t *route(const struct route_settings *r)
{
    return json_pack("{s:s,s:s,s:o,s:s,s:s,s:o,s:b,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "name", r->name,
        "severity", severity_name(r->severity), "service", text_or_empty(r->service), "environment",
        r->environment < 0    ? "any"
        : r->environment == 1 ? "test"
                              : "production",
        "scope",
        r->scope < 0    ? "any"
        : r->scope == 1 ? "out_of_scope"
                        : "maintained",
        "calendar", text_or_empty(r->calendar), "otherwise", r->otherwise, "outside",
        r->waits ? "wait" : "skip", "after_s", seconds(r->after), "repeat_s", seconds(r->repeat),
        "progress_s", seconds(r->progress), "escalate", steps(r), "drill", drill(&r->drill), "to",
        texts(r->to, r->to_count));
}

static json_t *face(const struct face_settings *f)
{
    return json_pack("{s:s,s:s,s:o}", "name", f->name, "face", f->face, "options",
        guest_values_shown(&f->options));
}

#define DEFINE_LIST(type, one)                                           \
    static json_t *list_of_##one(const struct type *array, size_t count) \
    {                                                                    \
        json_t *list = json_array();                                     \
        for (size_t i = 0; i < count; i++)                               \
            json_array_append_new(list, one(&array[i]));                 \
        return list;                                                     \
    }
DEFINE_LIST(calendar_settings, calendar)
DEFINE_LIST(service_settings, service)
DEFINE_LIST(watch_settings, watch)
DEFINE_LIST(linkage_settings, tree_linkage)
DEFINE_LIST(destination_settings, destination)
DEFINE_LIST(route_settings, route)
DEFINE_LIST(face_settings, face)

json_t *tree_json(const struct settings *s)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "agent", agent(&s->agent), "calendars",
        list_of_calendar(s->calendars, s->calendar_count), "services",
        list_of_service(s->services, s->service_count), "watch",
        list_of_watch(s->watches, s->watch_count), "linkages",
        list_of_tree_linkage(s->linkages, s->linkage_count), "destinations",
        list_of_destination(s->destinations, s->destination_count), "routes",
        list_of_route(s->routes, s->route_count), "faces", list_of_face(s->faces, s->face_count));
}
