/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections destinations, routes and faces. */
#include <stdlib.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/load.h"
#include "settings/value.h"

void load_destination(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    struct settings *s = l->tree;
    struct destination_settings d = {.place = reader_place(r, group)};
    load_guest_group(l, r, group, option_destination, "channel", "channel", &set, &d.options);

    d.name = value_take_text(&set, "name");
    const struct destination_settings *first =
        d.name != NULL ? settings_destination(s, d.name) : NULL;
    if (first != NULL)
        load_refuse_twice(l, d.place, d.name, first->place);
    d.channel = value_take_text(&set, "channel");
    d.window = (uint32_t)value_integer(&set, "window");
    d.deadline = value_integer(&set, "deadline");
    d.expire_after = value_integer(&set, "expire_after");
    d.heartbeat = value_flag(&set, "heartbeat");
    const struct value *beats = value_find(&set, "heartbeat");
    if (d.heartbeat && s->agent.heartbeat == 0)
        complain(l->complaints, beats->place, MESSAGE_SETTINGS_HEARTBEAT);
    value_set_deinit(&set);

    s->destinations = alloc_resize(s->destinations, s->destination_count + 1, sizeof d);
    s->destinations[s->destination_count++] = d;
}

static const char *destination_at(const struct settings *s, size_t i)
{
    return s->destinations[i].name;
}

static const char *service_at(const struct settings *s, size_t i)
{
    return s->services[i].name;
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
    const struct value *service = value_find(set, "service");
    if (service != NULL && settings_service(l->tree, service->text) == NULL)
        load_refuse_reference(
            l, service->place, service->text, "services", service_at, l->tree->service_count);
    ret->service = value_take_text(set, "service");
}

static void check_to(struct load *l, const struct value *to)
{
    for (size_t i = 0; to != NULL && i < to->count; i++)
        if (settings_destination(l->tree, to->list[i]) == NULL)
            load_refuse_reference(l, to->place, to->list[i], "destinations", destination_at,
                l->tree->destination_count);
    if (to != NULL && to->count == 0)
        complain_value(l->complaints, to->place, "to", "( )", MESSAGE_SETTINGS_TAKES_LIST);
}

void load_route(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    struct settings *s = l->tree;
    struct route_settings route = {.place = reader_place(r, group), .environment = -1};
    reader_read(r, group, option_route, &set);
    reader_unknown(r, group, (const struct option *const[]){option_route, NULL});
    take_when(l, value_find(&set, "when"), &route);
    check_to(l, value_find(&set, "to"));
    route.to = value_take_list(&set, "to", &route.to_count);
    value_set_deinit(&set);

    s->routes = alloc_resize(s->routes, s->route_count + 1, sizeof route);
    s->routes[s->route_count++] = route;
}

void load_face(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    struct settings *s = l->tree;
    struct face_settings f = {.place = reader_place(r, group)};
    load_guest_group(l, r, group, option_face, "face", "face", &set, &f.options);

    f.name = value_take_text(&set, "name");
    for (size_t i = 0; f.name != NULL && i < s->face_count; i++)
        if (text_equal(s->faces[i].name, f.name))
            load_refuse_twice(l, f.place, f.name, s->faces[i].place);
    f.face = value_take_text(&set, "face");
    value_set_deinit(&set);

    s->faces = alloc_resize(s->faces, s->face_count + 1, sizeof f);
    s->faces[s->face_count++] = f;
}
