/* SPDX-License-Identifier: BSD-2-Clause */
/* The section linkages. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/expression.h"
#include "settings/load.h"
#include "settings/units.h"
#include "settings/value.h"

static const char *const frequencies[] = {
    "daily", "open_days", "monthly", "yearly", "irregular", NULL};

static void refuse(struct load *l, const struct value *v, const char *text, enum message accepted)
{
    struct text shown = {0};
    complaint_show(&shown, text);
    complain_value(l->complaints, v->place, v->name, text_get(&shown), accepted);
    text_deinit(&shown);
}

static struct place place_of(const struct value *v, const struct linkage_settings *k)
{
    return v != NULL && v->place.file != NULL ? v->place : k->place;
}

/* ---- single values ----------------------------------------------------------------------- */

/* 1 to 64 of a-z 0-9 _, as metrics and fields of readings are called. */
static char *take_word(struct load *l, struct value_set *set, const char *key)
{
    const struct value *v = value_find(set, key);
    if (v == NULL)
        return NULL;
    size_t length = strlen(v->text);
    if (length == 0 || length > 64 ||
        strspn(v->text, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        refuse(l, v, v->text, MESSAGE_SETTINGS_TAKES_METRIC);
    return value_take_text(set, key);
}

static void take_match(struct load *l, const struct value *v, struct linkage_settings *k)
{
    if (v == NULL)
        return;
    k->match = alloc_array(v->count, sizeof *k->match);
    for (size_t i = 0; i < v->count; i++) {
        const char *equals = strchr(v->list[i], '=');
        if (equals == NULL || equals == v->list[i] || equals[1] == '\0') {
            refuse(l, v, v->list[i], MESSAGE_SETTINGS_TAKES_MATCH);
            continue;
        }
        k->match[k->match_count++] = (struct linkage_match){
            alloc_bytes(v->list[i], (size_t)(equals - v->list[i])), alloc_text(equals + 1)};
    }
}

static void take_day(struct load *l, const struct value *v, struct linkage_settings *k)
{
    char *end = NULL;
    if (v == NULL)
        return;
    if (strcmp(v->text, "end") == 0) {
        k->day = LINKAGE_MONTH_END;
        return;
    }
    long day = strtol(v->text, &end, 10);
    if (v->text[0] < '1' || v->text[0] > '9' || *end != '\0' || day > 31)
        refuse(l, v, v->text, MESSAGE_SETTINGS_TAKES_MONTH_DAY);
    else
        k->day = (int)day;
}

static int64_t take_count(const struct value_set *set, const char *key)
{
    const struct value *v = value_find(set, key);
    return v != NULL ? v->integer : -1;
}

/* ---- what must be there, and what must not ----------------------------------------------- */

static void lacks(struct load *l, const struct linkage_settings *k, const char *key)
{
    complain(l->complaints, k->place, MESSAGE_SETTINGS_LINKAGE_LACKS, k->id, key,
        frequencies[k->frequency]);
}

/* Options that the frequency has no use for are mistakes of the one who wrote them. */
static void refuse_useless(
    struct load *l, const struct value_set *set, const struct linkage_settings *k)
{
    const struct {
        const char *key, *why;
        bool is_useless;
    } all[] = {
        {"month", "frequency = \"yearly\"", k->frequency != LINKAGE_YEARLY},
        {"day", "frequency = \"monthly\"",
            k->frequency != LINKAGE_MONTHLY && k->frequency != LINKAGE_YEARLY},
        {"open_day", "frequency = \"monthly\"",
            k->frequency != LINKAGE_MONTHLY && k->frequency != LINKAGE_YEARLY},
        {"if_closed", "day", k->day == 0},
        {"deadline", "frequency = \"irregular\"", k->frequency == LINKAGE_IRREGULAR},
        {"early", "frequency = \"irregular\"", k->frequency == LINKAGE_IRREGULAR},
        {"heartbeat", "frequency = \"irregular\"", k->frequency != LINKAGE_IRREGULAR},
        {"calendar", "if_closed",
            k->frequency == LINKAGE_IRREGULAR || (k->day != 0 && k->if_closed == LINKAGE_KEEP)},
        {"max_runtime", "start_metric", k->start_metric == NULL},
        {"run_field", "start_metric", k->start_metric == NULL},
        {"ok", "result_field", k->result_field == NULL},
        {"next_within", "next", k->next == NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct value *v = value_find(set, all[i].key);
        if (v != NULL && v->place.file != NULL && all[i].is_useless)
            complain(l->complaints, v->place, MESSAGE_SETTINGS_LINKAGE_USELESS, k->id, all[i].key,
                all[i].why);
    }
}

static void check_plan(struct load *l, const struct value_set *set, struct linkage_settings *k)
{
    bool by_date = k->frequency == LINKAGE_MONTHLY || k->frequency == LINKAGE_YEARLY;
    bool needs_calendar =
        k->frequency == LINKAGE_OPEN_DAYS || k->open_day != 0 || k->if_closed != LINKAGE_KEEP;

    if (k->frequency != LINKAGE_IRREGULAR && value_find(set, "deadline") == NULL)
        lacks(l, k, "deadline");
    if (needs_calendar && k->calendar == NULL)
        lacks(l, k, "calendar");
    if (k->frequency == LINKAGE_YEARLY && k->month == 0)
        lacks(l, k, "month");
    if (by_date && (value_find(set, "day") != NULL) == (k->open_day != 0))
        complain(l->complaints, k->place, MESSAGE_SETTINGS_LINKAGE_DAY, k->id);
    if (k->next != NULL && k->next_within == 0)
        lacks(l, k, "next_within");
    if (k->max_records >= 0 && k->min_records > k->max_records)
        complain(l->complaints, place_of(value_find(set, "min_records"), k),
            MESSAGE_SETTINGS_LINKAGE_RECORDS, k->id);
    refuse_useless(l, set, k);
}

/* ---- references -------------------------------------------------------------------------- */

static const char *calendar_at(const struct settings *s, size_t i)
{
    return s->calendars[i].name;
}

static const char *service_at(const struct settings *s, size_t i)
{
    return s->services[i].name;
}

static const char *subject_at(const struct settings *s, size_t i)
{
    return s->watches[i].subject;
}

static const char *linkage_at(const struct settings *s, size_t i)
{
    return s->linkages[i].id;
}

static void check_references(
    struct load *l, const struct value_set *set, struct linkage_settings *k)
{
    const struct settings *s = l->tree;
    const struct linkage_settings *first = settings_linkage(s, k->id);
    const struct value *id = value_find(set, "id");

    if (first != NULL)
        load_refuse_twice(l, k->place, k->id, first->place);
    if (expression_linkage_class(k->id) != NULL || settings_watch(s, k->id) != NULL)
        refuse(l, id, k->id, MESSAGE_SETTINGS_TAKES_LINKAGE_ID);
    if (k->subject != NULL && settings_watch(s, k->subject) == NULL)
        load_refuse_reference(l, place_of(value_find(set, "subject"), k), k->subject,
            "watch (subject)", subject_at, s->watch_count);
    if (k->service != NULL && settings_service(s, k->service) == NULL)
        load_refuse_reference(l, place_of(value_find(set, "service"), k), k->service, "services",
            service_at, s->service_count);
    if (k->calendar != NULL && settings_calendar(s, k->calendar) == NULL)
        load_refuse_reference(l, place_of(value_find(set, "calendar"), k), k->calendar, "calendars",
            calendar_at, s->calendar_count);
}

void load_linkages_check(struct load *l)
{
    const struct settings *s = l->tree;
    for (size_t i = 0; i < s->linkage_count; i++) {
        const struct linkage_settings *k = &s->linkages[i];
        if (k->next == NULL)
            continue;
        if (text_equal(k->next, k->id))
            complain(l->complaints, k->place, MESSAGE_SETTINGS_LINKAGE_SELF, k->id);
        else if (settings_linkage(s, k->next) == NULL)
            load_refuse_reference(
                l, k->place, k->next, "linkages (id)", linkage_at, s->linkage_count);
    }
}

/* ---- the section ------------------------------------------------------------------------- */

static void take_plan(struct load *l, const struct value_set *set, struct linkage_settings *k)
{
    static const char *const if_closed[] = {"keep", "next", "previous", NULL};
    const struct value *deadline = value_find(set, "deadline");

    if (value_find(set, "frequency") != NULL)
        k->frequency = (enum linkage_frequency)load_word(set, "frequency", frequencies);
    else
        k->frequency = value_find(set, "calendar") != NULL ? LINKAGE_OPEN_DAYS : LINKAGE_DAILY;
    if (deadline != NULL && !units_clock(deadline->text, 48 * 60, &k->deadline_minute))
        refuse(l, deadline, deadline->text, MESSAGE_SETTINGS_TAKES_DEADLINE);
    k->grace = value_integer(set, "grace");
    k->early = value_integer(set, "early");
    k->month = (unsigned)value_integer(set, "month");
    take_day(l, value_find(set, "day"), k);
    k->open_day = (int)value_integer(set, "open_day");
    k->if_closed = (enum linkage_if_closed)load_word(set, "if_closed", if_closed);
    k->heartbeat = value_integer(set, "heartbeat");
}

static void take_events(struct load *l, struct value_set *set, struct linkage_settings *k)
{
    k->instance = value_take_text(set, "instance");
    k->metric = take_word(l, set, "metric");
    k->start_metric = take_word(l, set, "start_metric");
    k->failure_metric = take_word(l, set, "failure_metric");
    k->run_field = take_word(l, set, "run_field");
    k->records_field = take_word(l, set, "records_field");
    k->date_field = take_word(l, set, "date_field");
    k->result_field = take_word(l, set, "result_field");
    take_match(l, value_find(set, "match"), k);
    k->min_records = take_count(set, "min_records");
    k->max_records = take_count(set, "max_records");
    k->zero_ok = value_flag(set, "zero_ok");
    k->max_runtime = value_integer(set, "max_runtime");
    k->next_within = value_integer(set, "next_within");
}

/* Texts last: taking one empties the value that checks look at. */
static char *copy_text(const struct value_set *set, const char *key)
{
    const char *text = value_text(set, key);
    return text != NULL ? alloc_text(text) : NULL;
}

void load_linkage(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    reader_read(r, group, option_linkage, &set);
    reader_unknown(r, group, (const struct option *const[]){option_linkage, NULL});

    struct linkage_settings k = {.place = reader_place(r, group)};
    k.id = copy_text(&set, "id");
    k.name = copy_text(&set, "name");
    k.class_name = copy_text(&set, "class");
    k.service = copy_text(&set, "service");
    k.calendar = copy_text(&set, "calendar");
    k.subject = copy_text(&set, "subject");
    k.next = copy_text(&set, "next");
    take_plan(l, &set, &k);
    take_events(l, &set, &k);
    if (k.id != NULL) {
        check_references(l, &set, &k);
        check_plan(l, &set, &k);
    }
    k.ok = value_take_list(&set, "ok", &k.ok_count);
    if (k.ok_count == 0 && k.result_field != NULL) {
        free(k.ok);
        k.ok = alloc_array(1, sizeof *k.ok);
        k.ok[k.ok_count++] = alloc_text("0");
    }
    value_set_deinit(&set);

    struct settings *s = l->tree;
    s->linkages = alloc_resize(s->linkages, s->linkage_count + 1, sizeof *s->linkages);
    s->linkages[s->linkage_count++] = k;
}
