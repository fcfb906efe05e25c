/* SPDX-License-Identifier: BSD-2-Clause */
/* The section routes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/drill.h"
#include "settings/load.h"
#include "settings/value.h"

enum { LEAST_PERIOD_MS = 60 * 1000 }; /* more often than that is noise, not a reminder */

static const char *destination_at(const struct settings *s, size_t i)
{
    return s->destinations[i].name;
}

static const char *service_at(const struct settings *s, size_t i)
{
    return s->services[i].name;
}

static const char *calendar_at(const struct settings *s, size_t i)
{
    return s->calendars[i].name;
}

void load_drill(struct load *l, const struct value_set *set, struct drill_settings *ret)
{
    const struct value *v = value_find(set, "drill");
    if (v == NULL)
        return;
    if (!drill_parse(v->text, ret)) {
        struct text shown = {0};
        complaint_show(&shown, v->text);
        complain_value(
            l->complaints, v->place, "drill", text_get(&shown), MESSAGE_SETTINGS_TAKES_DRILL);
        text_deinit(&shown);
    } else if (ret->calendar != NULL && settings_calendar(l->tree, ret->calendar) == NULL) {
        load_refuse_reference(
            l, v->place, ret->calendar, "calendars", calendar_at, l->tree->calendar_count);
    }
}

static void take_names(struct load *l, struct value_set *set, struct route_settings *ret)
{
    const struct value *service = value_find(set, "service");
    const struct value *calendar = value_find(set, "calendar");
    if (service != NULL && settings_service(l->tree, service->text) == NULL)
        load_refuse_reference(
            l, service->place, service->text, "services", service_at, l->tree->service_count);
    if (calendar != NULL && settings_calendar(l->tree, calendar->text) == NULL)
        load_refuse_reference(
            l, calendar->place, calendar->text, "calendars", calendar_at, l->tree->calendar_count);
    ret->service = value_take_text(set, "service");
    ret->calendar = value_take_text(set, "calendar");
}

static void take_when(struct load *l, const struct value *when, struct route_settings *ret)
{
    static const char *const severities[] = {"", "notice", "warning", "critical", NULL};
    if (when == NULL)
        return;
    struct value_set *set = &when->groups[0];
    ret->severity = (enum severity)load_word(set, "severity", severities);
    if (value_find(set, "environment") != NULL)
        ret->environment = text_equal(value_text(set, "environment"), "test");
    if (value_find(set, "scope") != NULL)
        ret->scope = text_equal(value_text(set, "scope"), "out_of_scope");
    ret->otherwise = value_flag(set, "otherwise");
    take_names(l, set, ret);
}

static char **take_to(struct load *l, struct value_set *set, size_t *ret_count)
{
    const struct value *to = value_find(set, "to");
    for (size_t i = 0; to != NULL && i < to->count; i++)
        if (settings_destination(l->tree, to->list[i]) == NULL)
            load_refuse_reference(l, to->place, to->list[i], "destinations", destination_at,
                l->tree->destination_count);
    if (to != NULL && to->count == 0)
        complain_value(l->complaints, to->place, "to", "( )", MESSAGE_SETTINGS_TAKES_LIST);
    return value_take_list(set, "to", ret_count);
}

static int by_time(const void *a, const void *b)
{
    const struct route_step *x = a, *y = b;
    return (x->after > y->after) - (x->after < y->after);
}

static void take_steps(struct load *l, const struct value *groups, struct route_settings *ret)
{
    if (groups == NULL)
        return;
    if (groups->count > ROUTE_STEPS_MAX) {
        char most[24];
        snprintf(most, sizeof most, "%d", ROUTE_STEPS_MAX);
        complain(l->complaints, groups->place, MESSAGE_SETTINGS_ROUTE_STEPS, most);
    }
    ret->steps = alloc_array(groups->count, sizeof *ret->steps);
    for (size_t i = 0; i < groups->count; i++) {
        struct route_step *step = &ret->steps[ret->step_count++];
        step->after = value_integer(&groups->groups[i], "after");
        step->to = take_to(l, &groups->groups[i], &step->to_count);
    }
    if (ret->step_count > 0)
        qsort(ret->steps, ret->step_count, sizeof *ret->steps, by_time);
}

static span_ms take_period(struct load *l, const struct value_set *set, const char *key)
{
    const struct value *v = value_find(set, key);
    if (v != NULL && v->integer > 0 && v->integer < LEAST_PERIOD_MS)
        complain(l->complaints, v->place, MESSAGE_SETTINGS_ROUTE_OFTEN, key);
    return v != NULL ? v->integer : 0;
}

static void take_name(struct load *l, struct value_set *set, struct route_settings *route)
{
    const struct settings *s = l->tree;
    route->name = value_take_text(set, "name");
    if (route->name == NULL) {
        struct text number = {0};
        text_addf(&number, "#%zu", s->route_count + 1);
        route->name = text_take(&number);
    }
    for (size_t i = 0; i < s->route_count; i++)
        if (text_equal(s->routes[i].name, route->name))
            load_refuse_twice(l, route->place, route->name, s->routes[i].place);
}

static void check_route(struct load *l, const struct route_settings *route)
{
    if (route->waits && route->calendar == NULL)
        complain(l->complaints, route->place, MESSAGE_SETTINGS_ROUTE_WAITS);
}

void load_route(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    struct settings *s = l->tree;
    struct route_settings route = {.place = reader_place(r, group), .environment = -1, .scope = -1};
    reader_read(r, group, option_route, &set);
    reader_unknown(r, group, (const struct option *const[]){option_route, NULL});
    take_name(l, &set, &route);
    take_when(l, value_find(&set, "when"), &route);
    route.to = take_to(l, &set, &route.to_count);
    take_steps(l, value_find(&set, "escalate"), &route);
    route.after = value_integer(&set, "after");
    route.repeat = take_period(l, &set, "repeat");
    route.progress = take_period(l, &set, "progress");
    route.waits = text_equal(value_text(&set, "outside"), "wait");
    load_drill(l, &set, &route.drill);
    check_route(l, &route);
    value_set_deinit(&set);

    s->routes = alloc_resize(s->routes, s->route_count + 1, sizeof route);
    s->routes[s->route_count++] = route;
}
