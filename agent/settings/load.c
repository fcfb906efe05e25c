/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/load.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/expression.h"
#include "settings/value.h"

void load_each_group(struct load *l, const char *section, load_group_fn fn)
{
    for (size_t i = 0; i < l->source_count; i++) {
        struct source *s = &l->sources[i];
        struct reader r = {.file = s->file, .complaints = l->complaints};
        const config_setting_t *list = s->is_parsed ? config_lookup(&s->config, section) : NULL;
        if (list == NULL)
            continue;
        if (!config_setting_is_list(list)) {
            char *shown = reader_shown(list);
            complain_value(l->complaints, reader_place(&r, list), section, shown,
                MESSAGE_SETTINGS_TAKES_GROUPS);
            free(shown);
            continue;
        }
        for (unsigned n = 0; n < (unsigned)config_setting_length(list); n++) {
            const config_setting_t *group = config_setting_get_elem(list, n);
            char *shown = reader_shown(group);
            if (config_setting_is_group(group))
                fn(l, &r, group);
            else
                complain_value(l->complaints, reader_place(&r, group), section, shown,
                    MESSAGE_SETTINGS_TAKES_GROUP);
            free(shown);
        }
    }
}

void load_refuse_twice(struct load *l, struct place place, const char *name, struct place first)
{
    struct text shown = {0}, line = {0};
    complaint_show(&shown, name);
    text_addf(&line, "%u", first.line);
    complain(l->complaints, place, MESSAGE_SETTINGS_TWICE, text_get(&shown), first.file,
        text_get(&line));
    text_deinit(&shown);
    text_deinit(&line);
}

/* A file that could not be read may hold what others refer to. */
static bool all_parsed(const struct load *l)
{
    for (size_t i = 0; i < l->source_count; i++)
        if (!l->sources[i].is_parsed)
            return false;
    return true;
}

void load_refuse_reference(struct load *l, struct place place, const char *name,
    const char *section, const char *(*at)(const struct settings *s, size_t i), size_t count)
{
    if (!all_parsed(l))
        return;
    struct option *names = alloc_array(count + 1, sizeof *names);
    size_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (at(l->tree, i) != NULL)
            names[known++].name = at(l->tree, i);
    const char *meant = option_suggest((const struct option *const[]){names, NULL}, name);

    struct text shown = {0};
    complaint_show(&shown, name);
    if (meant != NULL)
        complain(
            l->complaints, place, MESSAGE_SETTINGS_NO_SUCH_MEANT, text_get(&shown), section, meant);
    else
        complain(l->complaints, place, MESSAGE_SETTINGS_NO_SUCH, text_get(&shown), section);
    text_deinit(&shown);
    free(names);
}

unsigned load_word(const struct value_set *set, const char *key, const char *const *words)
{
    const char *text = value_text(set, key);
    for (unsigned i = 0; text != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return 0;
}

static const char *subject_at(const struct settings *s, size_t i)
{
    return s->watches[i].subject;
}

/* What a callback for each name of an expression needs. */
struct name_check {
    struct load *load;
    struct place place;
};

static const char *linkage_at(const struct settings *s, size_t i)
{
    return s->linkages[i].id;
}

static const char *class_at(const struct settings *s, size_t i)
{
    return s->linkages[i].class_name;
}

/* "linkage.ID" or "linkage.class_NAME". */
static void check_linkage(const struct name_check *check, const char *name)
{
    const struct settings *s = check->load->tree;
    const char *class_name = expression_linkage_class(name);
    if (class_name == NULL && settings_linkage(s, name) == NULL)
        load_refuse_reference(
            check->load, check->place, name, "linkages (id)", linkage_at, s->linkage_count);
    if (class_name == NULL)
        return;
    for (size_t i = 0; i < s->linkage_count; i++)
        if (text_equal(s->linkages[i].class_name, class_name))
            return;
    load_refuse_reference(
        check->load, check->place, class_name, "linkages (class)", class_at, s->linkage_count);
}

/* "disk/var" may be an instance of the subject "disk". */
static void check_name(void *arg, const char *name)
{
    const struct name_check *check = arg;
    const struct settings *s = check->load->tree;
    if (expression_linkage(name) != NULL) {
        check_linkage(check, expression_linkage(name));
        return;
    }
    char *subject = alloc_bytes(name, strcspn(name, "/"));
    if (settings_watch(s, subject) == NULL)
        load_refuse_reference(
            check->load, check->place, name, "watch (subject)", subject_at, s->watch_count);
    free(subject);
}

static void check_pending(struct load *l)
{
    for (size_t i = 0; i < l->pending_count; i++) {
        struct name_check check = {l, l->pending[i].place};
        expression_each_name(l->pending[i].expression, check_name, &check);
    }
    free(l->pending);
}

static void check_sections(struct load *l)
{
    struct option names[16] = {{0}};
    for (size_t i = 0; option_sections[i].name != NULL; i++)
        names[i].name = option_sections[i].name;
    for (size_t i = 0; i < l->source_count; i++) {
        struct source *s = &l->sources[i];
        struct reader r = {.file = s->file, .complaints = l->complaints};
        if (!s->is_parsed)
            continue;
        const config_setting_t *root = config_root_setting(&s->config);
        reader_unknown(&r, root, (const struct option *const[]){names, NULL});
    }
}

void load_hash(struct load *l, const char *bytes, size_t length)
{
    if (bytes != NULL)
        sha256_update(l->sha, length, (const uint8_t *)bytes);
}

static void read_sources(struct load *l, const char *path)
{
    struct settings *s = l->tree;
    size_t count;
    char **more = source_list(path, &count, l->complaints);
    s->files = alloc_array(count + 1, sizeof *s->files);
    s->files[s->file_count++] = alloc_text(path);
    for (size_t i = 0; i < count; i++)
        s->files[s->file_count++] = more[i];
    free(more);

    l->sources = alloc_array(s->file_count, sizeof *l->sources);
    size_t own = s->file_count;
    for (size_t i = 0; i < own; i++) {
        struct source *source = &l->sources[l->source_count++];
        source_read(source, s->files[i], l->complaints);
        load_hash(l, source->bytes, source->length);
    }
}

static void load_sections(struct load *l)
{
    check_sections(l);
    load_agent(l, all_parsed(l));
    load_each_group(l, "calendars", load_calendar);
    load_each_group(l, "services", load_service);
    load_each_group(l, "watch", load_watch);
    load_dependencies(l);
    load_each_group(l, "linkages", load_linkage);
    load_linkages_check(l);
    load_each_group(l, "destinations", load_destination);
    load_each_group(l, "routes", load_route);
    load_each_group(l, "faces", load_face);
    check_pending(l);
}

int settings_load(const char *path, const struct guest_source *guests,
    struct settings **ret_settings, struct complaints *ret_complaints)
{
    *ret_complaints = (struct complaints){0};
    struct load l = {.tree = alloc(sizeof *l.tree), .complaints = ret_complaints, .guests = guests};
    struct sha256_ctx sha;
    uint8_t sum[SHA256_DIGEST_SIZE];
    sha256_init(&sha);
    l.sha = &sha;
    read_sources(&l, path);
    load_sections(&l);
    sha256_digest(&sha, sizeof sum, sum);
    base16_encode_update(l.tree->hash, sizeof sum, sum);
    if (ret_complaints->count == 0)
        load_validate(&l);

    for (size_t i = 0; i < l.source_count; i++)
        source_deinit(&l.sources[i]);
    free(l.sources);
    if (ret_complaints->count > 0) {
        settings_free(l.tree);
        return SETTINGS_E_BAD;
    }
    *ret_settings = l.tree;
    return 0;
}
