/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections destinations and faces. */
#include <stdlib.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/load.h"
#include "settings/units.h"
#include "settings/value.h"

/* A date; @preset when it is not set or is none (then complained of). */
static int32_t take_date(
    struct load *l, const struct value_set *set, const char *key, int32_t preset)
{
    const struct value *v = value_find(set, key);
    int32_t day = preset;
    if (v != NULL && !units_date(v->text, &day)) {
        struct text shown = {0};
        complaint_show(&shown, v->text);
        complain_value(l->complaints, v->place, key, text_get(&shown), MESSAGE_SETTINGS_TAKES_DATE);
        text_deinit(&shown);
    }
    return day;
}

static void take_contact(struct load *l, struct value_set *set, struct destination_settings *d)
{
    d->contact = value_take_text(set, "contact");
    d->valid_from = take_date(l, set, "valid_from", INT32_MIN);
    d->valid_to = take_date(l, set, "valid_to", INT32_MAX);
    const struct value *end = value_find(set, "valid_to");
    if (end != NULL && d->valid_to < d->valid_from)
        complain(l->complaints, end->place, MESSAGE_SETTINGS_VALID_ORDER);
}

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
    d.worker = value_take_text(&set, "worker");
    d.window = (uint32_t)value_integer(&set, "window");
    d.deadline = value_integer(&set, "deadline");
    d.expire_after = value_integer(&set, "expire_after");
    d.heartbeat = value_flag(&set, "heartbeat");
    const struct value *beats = value_find(&set, "heartbeat");
    if (d.heartbeat && s->agent.heartbeat == 0)
        complain(l->complaints, beats->place, MESSAGE_SETTINGS_HEARTBEAT);
    d.brake = (uint32_t)value_integer(&set, "brake");
    take_contact(l, &set, &d);
    load_drill(l, &set, &d.drill);
    value_set_deinit(&set);
    if (s->destination_count == SETTINGS_DESTINATIONS_MAX)
        complain(l->complaints, d.place, MESSAGE_SETTINGS_DESTINATIONS);

    s->destinations = alloc_resize(s->destinations, s->destination_count + 1, sizeof d);
    s->destinations[s->destination_count++] = d;
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
