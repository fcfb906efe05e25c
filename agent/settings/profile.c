/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/profile.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "settings/complaint.h"

enum { NAME_BYTES_MAX = 64 };

/* What may stand in a profile beside the plugin's options, by name. */
static const struct option names_accepted[] = {
    {.name = "plugin"}, {.name = "interval"}, {.name = "deadline"}, {.name = "rules"}, {0}};

static bool is_profile_name(const char *name)
{
    size_t length = strlen(name);
    return length >= 1 && length <= NAME_BYTES_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/* The file, now of the tree; NULL: there is none. */
static const char *find_file(struct load *l, const char *name)
{
    struct settings *s = l->tree;
    const char *main_file = s->files[0], *slash = strrchr(main_file, '/');
    struct text path = {0};

    if (slash != NULL)
        text_add_bytes(&path, main_file, (size_t)(slash - main_file) + 1);
    text_addf(&path, "profiles/%s.conf", name);
    if (access(text_get(&path), F_OK) < 0 && s->agent.profile_dir != NULL) {
        text_clear(&path);
        text_addf(&path, "%s/%s.conf", s->agent.profile_dir, name);
    }
    if (access(text_get(&path), F_OK) < 0) {
        text_deinit(&path);
        return NULL;
    }
    s->files = alloc_resize(s->files, s->file_count + 1, sizeof *s->files);
    s->files[s->file_count] = text_take(&path);
    return s->files[s->file_count++];
}

bool profile_read(
    struct load *l, struct reader *r, const config_setting_t *group, struct profile *ret_profile)
{
    const config_setting_t *setting = config_setting_get_member(group, "profile");
    const char *name = setting != NULL ? config_setting_get_string(setting) : NULL;
    *ret_profile = (struct profile){.reader = {.complaints = l->complaints}};
    if (name == NULL)
        return true;
    struct text shown = {0};
    complaint_show(&shown, name);
    const char *file = is_profile_name(name) ? find_file(l, name) : NULL;
    if (file == NULL)
        complain(l->complaints, reader_place(r, setting), MESSAGE_SETTINGS_PROFILE_ABSENT,
            text_get(&shown));
    text_deinit(&shown);
    if (file == NULL || !source_read(&ret_profile->source, file, l->complaints))
        return false;
    load_hash(l, ret_profile->source.bytes, ret_profile->source.length);
    ret_profile->reader.file = file;
    ret_profile->group = config_root_setting(&ret_profile->source.config);
    return true;
}

void profile_deinit(struct profile *p)
{
    if (p->source.file != NULL)
        source_deinit(&p->source);
    p->group = NULL;
}

void profile_check(struct load *l, struct profile *p, const struct option *plugin_options,
    const struct value *plugin)
{
    if (p->group == NULL)
        return;
    reader_unknown(
        &p->reader, p->group, (const struct option *const[]){names_accepted, plugin_options, NULL});
    const config_setting_t *own = config_setting_get_member(p->group, "plugin");
    const char *name = own != NULL ? config_setting_get_string(own) : NULL;
    if (name == NULL || strcmp(name, plugin->text) != 0)
        complain(l->complaints, plugin->place, MESSAGE_SETTINGS_PROFILE_PLUGIN,
            name != NULL ? name : "?", p->reader.file);
}
