/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/code.h"
#include "settings/complaint.h"
#include "settings/load.h"
#include "settings/rule.h"
#include "settings/value.h"

static bool is_metric(const char *name)
{
    size_t length = strlen(name);
    return length >= 1 && length <= 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static void refuse_text(
    struct load *l, const struct value *v, const char *text, enum message accepted)
{
    struct text shown = {0};
    complaint_show(&shown, text);
    complain_value(l->complaints, v->place, v->name, text_get(&shown), accepted);
    text_deinit(&shown);
}

static void refuse_value(struct load *l, const struct value *v, enum message accepted)
{
    refuse_text(l, v, v->text, accepted);
}

static char *take_metric(struct load *l, struct value_set *set, const char *key)
{
    const struct value *v = value_find(set, key);
    if (v != NULL && !is_metric(v->text))
        refuse_value(l, v, MESSAGE_SETTINGS_TAKES_METRIC);
    return value_take_text(set, key);
}

static struct condition take_condition(struct load *l, const struct value_set *set, const char *key)
{
    struct condition c = {0};
    const struct value *v = value_find(set, key);
    if (v != NULL && !condition_parse(v->text, &c))
        refuse_value(l, v, MESSAGE_SETTINGS_TAKES_CONDITION);
    return c;
}

static void take_derivation(struct load *l, struct value_set *set, struct rule *ret)
{
    const struct value *derive = value_find(set, "derive"), *limit = value_find(set, "limit");

    if (derive != NULL)
        ret->derive = strcmp(derive->text, "rate") == 0 ? DERIVE_RATE : DERIVE_TIME_TO;
    ret->of = take_metric(l, set, "of");
    ret->over = value_integer(set, "over");
    ret->limit = take_condition(l, set, "limit");
    if (ret->limit.op == CONDITION_EQ || ret->limit.op == CONDITION_NE)
        refuse_value(l, limit, MESSAGE_SETTINGS_TAKES_LIMIT);
}

static void take_codes(struct load *l, const struct value_set *set, struct rule *ret)
{
    const struct value *v = value_find(set, "codes");
    if (v == NULL)
        return;
    ret->codes = alloc_array(v->count, sizeof *ret->codes);
    for (size_t i = 0; i < v->count; i++) {
        if (code_parse(v->list[i], &ret->codes[ret->code_count]))
            ret->code_count++;
        else
            refuse_text(l, v, v->list[i], MESSAGE_SETTINGS_TAKES_CODE);
    }
}

static void take_rule(struct load *l, struct value_set *set, struct rule *ret)
{
    static const char *const severities[] = {"none", "notice", "warning", "critical", NULL};
    ret->instance = value_take_text(set, "instance");
    ret->off = value_flag(set, "off");
    ret->warning = take_condition(l, set, "warning");
    ret->critical = take_condition(l, set, "critical");
    ret->clear = take_condition(l, set, "clear");
    ret->warning_clear = take_condition(l, set, "warning_clear");
    ret->critical_clear = take_condition(l, set, "critical_clear");
    ret->runs = (uint32_t)value_integer(set, "runs");
    ret->clear_runs = (uint32_t)value_integer(set, "clear_runs");
    ret->hold = value_integer(set, "hold");
    ret->flaps = (uint32_t)value_integer(set, "flaps");
    ret->flap_within = value_integer(set, "flap_within");
    take_derivation(l, set, ret);
    ret->event = (enum severity)load_word(set, "event", severities);
    ret->key = value_take_list(set, "key", &ret->key_count);
    ret->code = value_take_text(set, "code");
    take_codes(l, set, ret);
    ret->cleared_by = take_metric(l, set, "cleared_by");
    ret->clear_after = value_integer(set, "clear_after");
    ret->metric = take_metric(l, set, "metric");
}

static const struct value *given(const struct value_set *set, const char *key)
{
    const struct value *v = value_find(set, key);
    return v != NULL && v->place.file != NULL ? v : NULL;
}

/* Complains of keys that say nothing without one of @needs ("a/b"). */
static void refuse_useless(struct load *l, const struct value_set *set, const char *metric,
    const char *const *keys, const char *needs)
{
    for (; *keys != NULL; keys++)
        if (given(set, *keys) != NULL)
            complain(l->complaints, given(set, *keys)->place, MESSAGE_SETTINGS_RULE_KEY, metric,
                *keys, needs);
}

static void check_rule(
    struct load *l, const struct value_set *set, const char *metric, struct place place)
{
    static const char *const of_numbers[] = {"clear", "warning_clear", "critical_clear", "runs",
        "clear_runs", "hold", "flaps", "flap_within", "derive", NULL};
    static const char *const of_events[] = {
        "code", "codes", "key", "cleared_by", "clear_after", NULL};
    bool is_number = given(set, "warning") != NULL || given(set, "critical") != NULL;
    bool is_event = given(set, "event") != NULL, is_off = value_flag(set, "off");

    if (is_number && is_event)
        complain(l->complaints, place, MESSAGE_SETTINGS_RULE_MIXED, metric);
    else if (!is_number && !is_event && !is_off)
        complain(l->complaints, place, MESSAGE_SETTINGS_RULE_EMPTY, metric);
    else if (!is_number)
        refuse_useless(
            l, set, metric, of_numbers, is_off ? "warning, critical" : "warning/critical");
    if (!is_event && (is_number || is_off))
        refuse_useless(l, set, metric, of_events, "event");
    if (text_equal(value_text(set, "event"), "none"))
        refuse_useless(l, set, metric, (const char *const[]){"codes", NULL}, "event");
    if (is_event && given(set, "code") == NULL)
        refuse_useless(l, set, metric, (const char *const[]){"codes", NULL}, "code");
    if (is_event && given(set, "codes") == NULL)
        refuse_useless(l, set, metric, (const char *const[]){"code", NULL}, "codes");
    if (is_number && given(set, "warning") == NULL)
        refuse_useless(l, set, metric, (const char *const[]){"warning_clear", NULL}, "warning");
    if (is_number && given(set, "critical") == NULL)
        refuse_useless(l, set, metric, (const char *const[]){"critical_clear", NULL}, "critical");
}

/* Complains unless a derived number has all that it needs, and others nothing of it. */
static void check_derivation(
    struct load *l, const struct value_set *set, const char *metric, struct place place)
{
    const struct value *derive = given(set, "derive"), *of = given(set, "of");
    bool is_time_to = derive != NULL && strcmp(derive->text, "time_to") == 0;

    if (derive == NULL) {
        refuse_useless(
            l, set, metric, (const char *const[]){"of", "over", "limit", NULL}, "derive");
        return;
    }
    if (of == NULL || strcmp(of->text, metric) == 0)
        complain(l->complaints, place, MESSAGE_SETTINGS_DERIVE_OF, metric);
    if (is_time_to && given(set, "limit") == NULL)
        complain(l->complaints, place, MESSAGE_SETTINGS_DERIVE_LIMIT, metric);
    if (!is_time_to)
        refuse_useless(
            l, set, metric, (const char *const[]){"limit", NULL}, "derive = \"time_to\"");
}

static void check_twice(struct load *l, const struct watch_settings *w, const struct rule *r)
{
    for (size_t i = 0; i < w->rule_count && r->metric != NULL; i++) {
        const struct rule *other = &w->rules[i];
        if (!text_equal(other->metric, r->metric) || !text_equal(other->instance, r->instance))
            continue;
        struct text line = {0};
        text_addf(&line, "%u", other->place.line);
        complain(l->complaints, r->place, MESSAGE_SETTINGS_RULE_TWICE, r->metric, other->place.file,
            text_get(&line));
        text_deinit(&line);
    }
}

static void add_rule(struct watch_settings *w, struct rule rule)
{
    w->rules = alloc_resize(w->rules, w->rule_count + 1, sizeof *w->rules);
    w->rules[w->rule_count++] = rule;
    w->derives |= rule.derive != DERIVE_NONE;
}

/* Rules for some instances leave the others to the plugin's default. */
static bool stands_for_all(const struct watch_settings *w, size_t count, const char *metric)
{
    for (size_t i = 0; i < count; i++)
        if (w->rules[i].instance == NULL && text_equal(w->rules[i].metric, metric))
            return true;
    return false;
}

void load_rules(struct load *l, struct watch_settings *w, const struct value *groups,
    const struct guest_table *defaults, bool is_clean)
{
    for (size_t i = 0; groups != NULL && i < groups->count; i++) {
        struct value_set *set = &groups->groups[i];
        const struct value *metric = value_find(set, "metric");
        struct rule rule = {.place = metric != NULL ? metric->place : groups->place};
        if (is_clean && metric != NULL && is_metric(metric->text)) {
            check_rule(l, set, metric->text, rule.place);
            check_derivation(l, set, metric->text, rule.place);
        }
        take_rule(l, set, &rule);
        check_twice(l, w, &rule);
        add_rule(w, rule);
    }
    size_t configured = w->rule_count;
    for (size_t i = 0; defaults != NULL && i < defaults->rule_count; i++) {
        struct rule rule;
        if (stands_for_all(w, configured, defaults->rules[i].metric))
            continue;
        rule_copy(&rule, &defaults->rules[i]);
        add_rule(w, rule);
    }
}
