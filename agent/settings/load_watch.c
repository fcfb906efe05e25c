/* SPDX-License-Identifier: BSD-2-Clause */
/* The section watch, and what all sections with plugins share. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/expression.h"
#include "settings/load.h"
#include "settings/profile.h"
#include "settings/value.h"

static bool is_plugin_name(const char *name)
{
    size_t length = strlen(name);
    return length >= 1 && length <= 32 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static const struct guest_table *find_guest(
    struct load *l, struct place place, const char *kind, const char *key, const char *name)
{
    const char *plugin_dir = l->tree->agent.plugin_dir;
    const struct guest_table *table = NULL;
    struct text why = {0}, shown = {0}, said = {0};
    if (!is_plugin_name(name)) {
        complaint_show(&shown, name);
        complain_value(l->complaints, place, key, text_get(&shown), MESSAGE_SETTINGS_TAKES_PLUGIN);
    } else if (plugin_dir != NULL) {
        int r = l->guests->find(l->guests->ctx, plugin_dir, kind, name, &table, &why);
        enum message message = r == GUEST_E_ABSENT   ? MESSAGE_SETTINGS_GUEST_ABSENT
                               : r == GUEST_E_UNSAFE ? MESSAGE_SETTINGS_GUEST_UNSAFE
                                                     : MESSAGE_SETTINGS_GUEST_BAD;
        text_add_visible(&said, text_get(&why), why.length);
        if (r != 0) {
            table = NULL;
            complain(l->complaints, place, message, name, text_get(&said));
        }
    }
    text_deinit(&why);
    text_deinit(&shown);
    text_deinit(&said);
    return table;
}

static const struct guest_table *load_with(struct load *l, struct reader *r,
    const config_setting_t *group, const struct option *own_table, const char *kind,
    const char *key, struct value_set *own, struct value_set *options, struct profile *profile)
{
    reader_read(r, group, own_table, own);
    const struct value *name = value_find(own, key);
    if (name == NULL)
        return NULL;
    const struct guest_table *guest = find_guest(l, name->place, kind, key, name->text);
    if (guest == NULL)
        return NULL;

    reader_read(r, group, guest->options, options);
    if (profile != NULL)
        profile_check(l, profile, guest->options, name);
    reader_unknown(r, group, (const struct option *const[]){own_table, guest->options, NULL});
    json_t *values = guest_values_json(options);
    if (json_dumpb(values, NULL, 0, JSON_COMPACT) > GUEST_VALUES_BYTES_MAX)
        complain(l->complaints, reader_place(r, group), MESSAGE_SETTINGS_GUEST_MUCH, name->text);
    json_decref(values);
    return guest;
}

const struct guest_table *load_guest_group(struct load *l, struct reader *r,
    const config_setting_t *group, const struct option *own_table, const char *kind,
    const char *key, struct value_set *own, struct value_set *options)
{
    return load_with(l, r, group, own_table, kind, key, own, options, NULL);
}

/* The same for a watch, whose options may come from a profile. */
static const struct guest_table *load_with_profile(struct load *l, struct reader *r,
    const config_setting_t *group, struct value_set *own, struct value_set *options)
{
    struct profile profile;
    struct reader with = *r;
    if (profile_read(l, r, group, &profile) && profile.group != NULL) {
        with.base = &profile.reader;
        with.base_group = profile.group;
    }
    const struct guest_table *guest =
        load_with(l, &with, group, option_watch, "watch", "plugin", own, options, &profile);
    profile_deinit(&profile);
    return guest;
}

static const char *service_at(const struct settings *s, size_t i)
{
    return s->services[i].name;
}

/* Incidents keep to the service's hours if that is said, or if its state hangs on the subject. */
static bool keeps_hours(struct load *l, const struct value_set *set, const char *subject)
{
    const struct value *hours = value_find(set, "hours"), *name = value_find(set, "service");
    if (hours != NULL && name == NULL && strcmp(hours->text, "service") == 0)
        complain(l->complaints, hours->place, MESSAGE_SETTINGS_HOURS_NO_SERVICE);
    if (hours != NULL)
        return strcmp(hours->text, "service") == 0;
    const struct service_settings *service =
        name != NULL ? settings_service(l->tree, name->text) : NULL;
    return service != NULL && subject != NULL &&
           (expression_names(service->down_when, subject) ||
               expression_names(service->degraded_when, subject));
}

void load_watch(struct load *l, struct reader *r, const config_setting_t *group)
{
    struct value_set set = {0};
    struct settings *s = l->tree;
    struct watch_settings w = {.place = reader_place(r, group)};
    size_t before = l->complaints->count;
    const struct guest_table *guest = load_with_profile(l, r, group, &set, &w.options);
    bool is_clean = l->complaints->count == before;

    const struct value *service = value_find(&set, "service");
    if (service != NULL && settings_service(s, service->text) == NULL)
        load_refuse_reference(
            l, service->place, service->text, "services", service_at, s->service_count);
    w.subject = value_take_text(&set, "subject");
    const struct watch_settings *first = w.subject != NULL ? settings_watch(s, w.subject) : NULL;
    if (first != NULL)
        load_refuse_twice(l, w.place, w.subject, first->place);
    w.in_hours = keeps_hours(l, &set, w.subject);
    w.plugin = value_take_text(&set, "plugin");
    w.interval = value_integer(&set, "interval");
    w.deadline = value_integer(&set, "deadline");
    w.worker = value_take_text(&set, "worker");
    w.service = value_take_text(&set, "service");
    w.owner = value_take_text(&set, "owner");
    w.out_of_scope = text_equal(value_text(&set, "scope"), "out_of_scope");
    w.doc_ref = value_take_text(&set, "doc_ref");
    w.profile = value_take_text(&set, "profile");
    if (value_find(&set, "depends_on") != NULL)
        w.depends_on_place = value_find(&set, "depends_on")->place;
    w.depends_on = value_take_list(&set, "depends_on", &w.depends_on_count);
    w.read_all = value_flag(&set, "read_all");
    load_rules(l, &w, value_find(&set, "rules"), guest, is_clean);
    value_set_deinit(&set);

    s->watches = alloc_resize(s->watches, s->watch_count + 1, sizeof *s->watches);
    s->watches[s->watch_count++] = w;
}

/* ---- what depends on what ---------------------------------------------------------------- */

static const char *subject_at(const struct settings *s, size_t i)
{
    return s->watches[i].subject;
}

/* Marks what @w depends on in @reached. True: something was not marked before. */
static bool reach(const struct settings *s, const struct watch_settings *w, bool *reached)
{
    bool is_new = false;
    for (size_t i = 0; i < w->depends_on_count; i++) {
        const struct watch_settings *on = settings_watch(s, w->depends_on[i]);
        if (on == NULL || reached[on - s->watches])
            continue;
        reached[on - s->watches] = true;
        is_new = true;
    }
    return is_new;
}

static bool depends_on_itself(const struct settings *s, const struct watch_settings *w)
{
    bool *reached = alloc_array(s->watch_count, sizeof *reached);
    bool is_new = reach(s, w, reached);
    while (is_new) {
        is_new = false;
        for (size_t i = 0; i < s->watch_count; i++)
            is_new |= reached[i] && reach(s, &s->watches[i], reached);
    }
    bool itself = reached[w - s->watches];
    free(reached);
    return itself;
}

/* False: it depends on itself, and so may others on the same way round. */
static bool check_dependencies(struct load *l, const struct watch_settings *w)
{
    const struct settings *s = l->tree;

    for (size_t i = 0; i < w->depends_on_count; i++)
        if (settings_watch(s, w->depends_on[i]) == NULL)
            load_refuse_reference(l, w->depends_on_place, w->depends_on[i], "watch (subject)",
                subject_at, s->watch_count);
    if (w->depends_on_count == 0 || w->subject == NULL || !depends_on_itself(s, w))
        return true;
    complain(l->complaints, w->depends_on_place, MESSAGE_SETTINGS_DEPENDS_ITSELF, w->subject);
    return false;
}

void load_dependencies(struct load *l)
{
    for (size_t i = 0; i < l->tree->watch_count; i++)
        if (!check_dependencies(l, &l->tree->watches[i]))
            return;
}

/* ---- what the plugins say of their values ------------------------------------------------- */

/* What a plugin's complaint needs to find its line. */
struct verdict_place {
    struct load *load;
    const struct value_set *values;
    struct place group;
};

static void on_complaint(void *arg, const char *key, const char *text)
{
    const struct verdict_place *of = arg;
    const struct value *v = key != NULL ? value_find(of->values, key) : NULL;
    struct place place = v != NULL && v->place.file != NULL ? v->place : of->group;
    struct text name = {0}, said = {0};
    text_add_visible(&said, text, strlen(text));
    if (key != NULL) {
        text_add_visible(&name, key, strlen(key));
        complain(of->load->complaints, place, MESSAGE_SETTINGS_GUEST_SAYS, text_get(&name),
            text_get(&said));
    } else {
        complain(of->load->complaints, place, MESSAGE_SETTINGS_GUEST_SAYS_WHOLE, text_get(&said));
    }
    text_deinit(&name);
    text_deinit(&said);
}

static void ask(struct load *l, const char *kind, const char *name, const struct value_set *values,
    struct place group)
{
    struct verdict_place of = {l, values, group};
    const struct guest_source *g = l->guests;
    if (g->validate(g->ctx, l->tree->agent.plugin_dir, kind, name, values, on_complaint, &of) < 0)
        complain(l->complaints, group, MESSAGE_SETTINGS_GUEST_BAD, name, "--validate");
}

void load_validate(struct load *l)
{
    const struct settings *s = l->tree;
    if (l->guests->validate == NULL)
        return;
    for (size_t i = 0; i < s->watch_count; i++)
        ask(l, "watch", s->watches[i].plugin, &s->watches[i].options, s->watches[i].place);
    for (size_t i = 0; i < s->destination_count; i++)
        ask(l, "channel", s->destinations[i].channel, &s->destinations[i].options,
            s->destinations[i].place);
    for (size_t i = 0; i < s->face_count; i++)
        ask(l, "face", s->faces[i].face, &s->faces[i].options, s->faces[i].place);
}
