/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/complaint.h"
#include "settings/secret.h"
#include "settings/units.h"
#include "settings/value.h"

/* One value being read. `setting` is NULL for a default. */
struct item {
    struct reader *reader;
    const struct option *option;
    const config_setting_t *setting;
    struct place place;
    struct value *value;
};

struct place reader_place(const struct reader *r, const config_setting_t *setting)
{
    return (struct place){r->file, config_setting_source_line(setting)};
}

char *reader_shown(const config_setting_t *setting)
{
    struct text t = {0};
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        text_addf(&t, "%lld", config_setting_get_int64(setting));
        break;
    case CONFIG_TYPE_FLOAT:
        units_add_number(&t, config_setting_get_float(setting));
        break;
    case CONFIG_TYPE_BOOL:
        text_add(&t, config_setting_get_bool(setting) ? "true" : "false");
        break;
    case CONFIG_TYPE_STRING:
        complaint_show(&t, config_setting_get_string(setting));
        break;
    case CONFIG_TYPE_GROUP:
        text_add(&t, "{ .. }");
        break;
    case CONFIG_TYPE_ARRAY:
        text_add(&t, "[ .. ]");
        break;
    default:
        text_add(&t, "( .. )");
    }
    return text_take(&t);
}

static void add_bound(struct text *t, enum option_type type, double bound)
{
    if (type == OPTION_SPAN)
        units_add_span(t, (span_ms)bound);
    else if (type == OPTION_SIZE)
        units_add_size(t, (int64_t)bound);
    else
        units_add_number(t, bound);
}

static void refuse(struct item *item, enum message accepted, const char *arg, const char *arg2)
{
    if (item->reader == NULL)
        return;
    char *shown = item->setting != NULL ? reader_shown(item->setting) : NULL;
    complain_value(
        item->reader->complaints, item->place, item->option->name, shown, accepted, arg, arg2);
    free(shown);
}

/* Complains that the type is wrong, or that the unit is. */
static bool refuse_type(struct item *item)
{
    static const enum message accepted[] = {
        [OPTION_TEXT] = MESSAGE_SETTINGS_TAKES_TEXT,
        [OPTION_INTEGER] = MESSAGE_SETTINGS_TAKES_INTEGER,
        [OPTION_NUMBER] = MESSAGE_SETTINGS_TAKES_NUMBER,
        [OPTION_FLAG] = MESSAGE_SETTINGS_TAKES_FLAG,
        [OPTION_SPAN] = MESSAGE_SETTINGS_TAKES_SPAN,
        [OPTION_SIZE] = MESSAGE_SETTINGS_TAKES_SIZE,
        [OPTION_LIST] = MESSAGE_SETTINGS_TAKES_LIST,
        [OPTION_PATH] = MESSAGE_SETTINGS_TAKES_PATH,
        [OPTION_SECRET] = MESSAGE_SETTINGS_TAKES_SECRET,
        [OPTION_GROUPS] = MESSAGE_SETTINGS_TAKES_GROUPS,
        [OPTION_GROUP] = MESSAGE_SETTINGS_TAKES_GROUP,
        [OPTION_NAME] = MESSAGE_SETTINGS_TAKES_NAME,
    };
    refuse(item, accepted[item->option->type], NULL, NULL);
    return false;
}

static bool is_within(struct item *item, double number)
{
    double least = item->option->least, most = item->option->most;
    bool is_bounded = least < 0 || least > 0 || most < 0 || most > 0;
    if (isfinite(number) && (!is_bounded || (number >= least && number <= most)))
        return true;

    struct text low = {0}, high = {0};
    add_bound(&low, item->option->type, least);
    add_bound(&high, item->option->type, most);
    if (is_bounded)
        refuse(item, MESSAGE_SETTINGS_TAKES_RANGE, text_get(&low), text_get(&high));
    else
        refuse_type(item);
    text_deinit(&low);
    text_deinit(&high);
    return false;
}

static bool is_a_word(struct item *item, const char *text)
{
    if (item->option->words == NULL)
        return true;
    struct text all = {0};
    bool is_one = false;
    for (const char *const *w = item->option->words; *w != NULL; w++) {
        is_one = is_one || strcmp(*w, text) == 0;
        text_addf(&all, "%s\"%s\"", all.length > 0 ? ", " : "", *w);
    }
    if (!is_one)
        refuse(item, MESSAGE_SETTINGS_TAKES_WORDS, text_get(&all), NULL);
    text_deinit(&all);
    return is_one;
}

/* A path is absolute and shows no surprises in a terminal or a log. */
static bool is_path(const char *text)
{
    struct text seen = {0};
    text_add_visible(&seen, text, strlen(text));
    bool is_plain = strcmp(text_get(&seen), text) == 0;
    text_deinit(&seen);
    return text[0] == '/' && is_plain && strlen(text) < 4096;
}

static bool take_secret(struct item *item, const char *file)
{
    if (item->reader == NULL)
        return false; // a table cannot know where a site keeps its secrets
    item->value->secret = true;
    return secret_read(
        file, item->option->name, item->place, item->reader->complaints, &item->value->text);
}

/* @text of a text-like option, from the file or a default. */
static bool take_text(struct item *item, const char *text)
{
    struct value *v = item->value;
    enum option_type type = item->option->type;
    v->type = VALUE_TEXT;
    if (type == OPTION_SECRET)
        return take_secret(item, text);
    if ((type == OPTION_PATH && !is_path(text)) || (type == OPTION_NAME && !option_is_name(text)))
        return refuse_type(item);
    if (!is_a_word(item, text))
        return false;
    v->text = alloc_text(text);
    return true;
}

static bool take_quantity(struct item *item, const char *text)
{
    item->value->type = VALUE_INTEGER;
    bool is_one = item->option->type == OPTION_SPAN
                      ? settings_parse_span(text, &item->value->integer)
                      : units_size(text, &item->value->integer);
    return is_one ? is_within(item, (double)item->value->integer) : refuse_type(item);
}

static bool is_whole(const config_setting_t *s)
{
    return config_setting_type(s) == CONFIG_TYPE_INT || config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool take_integer(struct item *item)
{
    if (!is_whole(item->setting))
        return refuse_type(item);
    item->value->type = VALUE_INTEGER;
    item->value->integer = config_setting_get_int64(item->setting);
    return is_within(item, (double)item->value->integer);
}

static bool take_number(struct item *item)
{
    if (!config_setting_is_number(item->setting))
        return refuse_type(item);
    item->value->type = VALUE_NUMBER;
    item->value->number = is_whole(item->setting) ? (double)config_setting_get_int64(item->setting)
                                                  : config_setting_get_float(item->setting);
    return is_within(item, item->value->number);
}

static bool take_flag(struct item *item)
{
    if (config_setting_type(item->setting) != CONFIG_TYPE_BOOL)
        return refuse_type(item);
    item->value->type = VALUE_FLAG;
    item->value->flag = config_setting_get_bool(item->setting) != 0;
    return true;
}

static bool add_to_list(struct item *item, const char *text)
{
    struct value *v = item->value;
    if (!is_a_word(item, text))
        return false;
    v->type = VALUE_LIST;
    v->list = alloc_resize(v->list, v->count + 1, sizeof *v->list);
    v->list[v->count++] = alloc_text(text);
    return true;
}

static bool take_list(struct item *item)
{
    const config_setting_t *s = item->setting;
    item->value->type = VALUE_LIST;
    if (config_setting_type(s) == CONFIG_TYPE_STRING)
        return add_to_list(item, config_setting_get_string(s));
    if (!config_setting_is_list(s) && !config_setting_is_array(s))
        return refuse_type(item);
    if (config_setting_length(s) > READER_LIST_MAX) {
        refuse(item, MESSAGE_SETTINGS_TAKES_SHORT_LIST, NULL, NULL);
        return false;
    }
    bool is_good = true;
    for (unsigned i = 0; i < (unsigned)config_setting_length(s); i++) {
        struct item entry = *item;
        entry.setting = config_setting_get_elem(s, i);
        entry.place = reader_place(item->reader, entry.setting);
        const char *text = config_setting_get_string(entry.setting);
        is_good = (text != NULL ? add_to_list(&entry, text) : refuse_type(&entry)) && is_good;
    }
    return is_good;
}

static void read_group(struct item *item, const config_setting_t *group)
{
    struct value *v = item->value;
    const struct option *const tables[] = {item->option->group, NULL};
    v->groups = alloc_resize(v->groups, v->count + 1, sizeof *v->groups);
    struct value_set *set = &v->groups[v->count++];
    *set = (struct value_set){0};
    reader_read(item->reader, group, item->option->group, set);
    reader_unknown(item->reader, group, tables);
}

static bool take_groups(struct item *item)
{
    const config_setting_t *s = item->setting;
    item->value->type = VALUE_GROUPS;
    if (item->option->type == OPTION_GROUP) {
        if (!config_setting_is_group(s))
            return refuse_type(item);
        read_group(item, s);
        return true;
    }
    if (!config_setting_is_list(s))
        return refuse_type(item);
    if (config_setting_length(s) > READER_LIST_MAX) {
        refuse(item, MESSAGE_SETTINGS_TAKES_SHORT_LIST, NULL, NULL);
        return false;
    }
    for (unsigned i = 0; i < (unsigned)config_setting_length(s); i++) {
        struct item entry = *item;
        entry.setting = config_setting_get_elem(s, i);
        entry.place = reader_place(item->reader, entry.setting);
        if (!config_setting_is_group(entry.setting))
            return refuse_type(&entry);
        read_group(item, entry.setting);
    }
    return true;
}

static bool take(struct item *item)
{
    const config_setting_t *s = item->setting;
    const char *text = config_setting_get_string(s);
    switch (item->option->type) {
    case OPTION_INTEGER:
        return take_integer(item);
    case OPTION_NUMBER:
        return take_number(item);
    case OPTION_FLAG:
        return take_flag(item);
    case OPTION_LIST:
        return take_list(item);
    case OPTION_GROUPS:
    case OPTION_GROUP:
        return take_groups(item);
    case OPTION_SIZE:
        if (is_whole(s))
            return take_integer(item);
        return text != NULL ? take_quantity(item, text) : refuse_type(item);
    case OPTION_SPAN:
        return text != NULL ? take_quantity(item, text) : refuse_type(item);
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_SECRET:
    case OPTION_NAME:
        break;
    }
    return text != NULL ? take_text(item, text) : refuse_type(item);
}

static void drop_last(struct value_set *set)
{
    value_deinit(&set->values[--set->count]);
}

/* A list's default: one text, or several in brackets, comma-separated. */
static bool preset_list(struct item *item, const char *preset)
{
    if (preset[0] != '(')
        return preset[0] == '\0' || add_to_list(item, preset);
    bool is_good = true;
    for (const char *open = strchr(preset, '"'); open != NULL && is_good;) {
        const char *close = strchr(open + 1, '"');
        if (close == NULL)
            return false;
        char *entry = alloc_bytes(open + 1, (size_t)(close - open) - 1);
        is_good = add_to_list(item, entry);
        free(entry);
        open = strchr(close + 1, '"');
    }
    return is_good;
}

static bool preset_number(struct item *item, const char *preset)
{
    char *end;
    struct value *v = item->value;
    if (item->option->type == OPTION_INTEGER) {
        v->type = VALUE_INTEGER;
        v->integer = strtoll(preset, &end, 10);
        return end != preset && *end == '\0' && is_within(item, (double)v->integer);
    }
    v->type = VALUE_NUMBER;
    v->number = strtod(preset, &end);
    return end != preset && *end == '\0' && is_within(item, v->number);
}

static bool preset_value(struct item *item, const char *preset)
{
    switch (item->option->type) {
    case OPTION_INTEGER:
    case OPTION_NUMBER:
        return preset_number(item, preset);
    case OPTION_FLAG:
        item->value->type = VALUE_FLAG;
        item->value->flag = strcmp(preset, "true") == 0;
        return item->value->flag || strcmp(preset, "false") == 0;
    case OPTION_LIST:
        item->value->type = VALUE_LIST;
        return preset_list(item, preset);
    case OPTION_SPAN:
    case OPTION_SIZE:
        return take_quantity(item, preset);
    case OPTION_GROUPS:
    case OPTION_GROUP:
        return false;
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_SECRET:
    case OPTION_NAME:
        break;
    }
    return take_text(item, preset);
}

bool reader_preset(const struct option *option, struct value_set *set)
{
    struct item item = {.option = option, .value = value_add(set, option->name, (struct place){0})};
    bool is_good = preset_value(&item, option->preset);
    if (!is_good)
        drop_last(set);
    return is_good;
}

void reader_read(struct reader *r, const config_setting_t *group, const struct option *table,
    struct value_set *set)
{
    for (const struct option *o = table; o->name != NULL; o++) {
        const config_setting_t *setting = config_setting_get_member(group, o->name);
        struct reader from = {.file = r->file, .complaints = r->complaints};
        if (setting == NULL && r->base != NULL) {
            setting = config_setting_get_member(r->base_group, o->name);
            from.file = r->base->file;
        }
        if (setting == NULL && o->preset != NULL) {
            reader_preset(o, set);
        } else if (setting == NULL && o->required) {
            complain(r->complaints, reader_place(r, group), MESSAGE_SETTINGS_MISSING, o->name);
        } else if (setting != NULL) {
            struct place place = reader_place(&from, setting);
            struct item item = {&from, o, setting, place, value_add(set, o->name, place)};
            if (!take(&item))
                drop_last(set);
        }
    }
}

static bool is_known(const struct option *const *tables, const char *name)
{
    for (; *tables != NULL; tables++)
        if (option_find(*tables, name) != NULL)
            return true;
    return false;
}

static void add_all_names(struct text *t, const struct option *const *tables)
{
    for (; *tables != NULL; tables++)
        for (const struct option *o = *tables; o->name != NULL; o++)
            text_addf(t, "%s%s", t->length > 0 ? ", " : "", o->name);
}

void reader_unknown(
    struct reader *r, const config_setting_t *group, const struct option *const *tables)
{
    for (unsigned i = 0; i < (unsigned)config_setting_length(group); i++) {
        const config_setting_t *member = config_setting_get_elem(group, i);
        const char *name = config_setting_name(member);
        if (is_known(tables, name))
            continue;
        struct text shown = {0}, all = {0};
        const char *meant = option_suggest(tables, name);
        complaint_show(&shown, name);
        add_all_names(&all, tables);
        struct place place = reader_place(r, member);
        if (meant != NULL)
            complain(r->complaints, place, MESSAGE_SETTINGS_UNKNOWN_MEANT, text_get(&shown), meant,
                text_get(&all));
        else
            complain(
                r->complaints, place, MESSAGE_SETTINGS_UNKNOWN, text_get(&shown), text_get(&all));
        text_deinit(&shown);
        text_deinit(&all);
    }
}
