/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/guest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/reader.h"
#include "settings/rule.h"
#include "settings/value.h"

enum { GROUP_DEPTH_MAX = 4 };

/* Memory of the table that is freed with it. */
static void *keep(struct guest_table *t, size_t count, size_t size)
{
    t->blocks = alloc_resize(t->blocks, t->block_count + 1, sizeof *t->blocks);
    return t->blocks[t->block_count++] = alloc_array(count, size);
}

static int refuse(struct text *why, const char *of, const char *what)
{
    text_clear(why);
    text_add(why, "description of ");
    text_add_visible(why, of, strlen(of));
    text_addf(why, ": %s", what);
    return GUEST_E_BAD;
}

/* Absent and null are "not set". False: there, but no text. */
static bool get_text(const json_t *o, const char *name, const char **ret)
{
    const json_t *v = json_object_get(o, name);
    *ret = json_string_value(v);
    return v == NULL || json_is_null(v) || json_is_string(v);
}

static bool is_identifier(const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;
    return length >= 1 && length <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* ---- options ----------------------------------------------------------------------------- */

static int decode_options(struct guest_table *t, const json_t *array, unsigned depth,
    const struct option **ret, struct text *why);

static int decode_words(
    struct guest_table *t, const json_t *words, struct option *o, struct text *why)
{
    size_t count = json_array_size(words);
    if (words == NULL || json_is_null(words))
        return 0;
    if (!json_is_array(words) || count == 0 || count > GUEST_OPTIONS_MAX)
        return refuse(why, o->name, "words must be 1 to 256 texts");
    const char **list = keep(t, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = json_string_value(json_array_get(words, i));
        if (list[i] == NULL)
            return refuse(why, o->name, "words must be 1 to 256 texts");
    }
    o->words = list;
    return 0;
}

static int decode_range(const json_t *from, struct option *o, struct text *why)
{
    const json_t *least = json_object_get(from, "least"), *most = json_object_get(from, "most");
    if ((least != NULL && !json_is_number(least)) || (most != NULL && !json_is_number(most)))
        return refuse(why, o->name, "least and most must be numbers");
    o->least = json_number_value(least);
    o->most = json_number_value(most);
    return o->least <= o->most ? 0 : refuse(why, o->name, "least is over most");
}

static int check_preset(const struct option *o, struct text *why)
{
    struct value_set set = {0};
    bool is_good = o->preset == NULL || reader_preset(o, &set);
    value_set_deinit(&set);
    return is_good ? 0 : refuse(why, o->name, "its preset is not one of its values");
}

static int decode_option(
    struct guest_table *t, const json_t *from, unsigned depth, struct option *o, struct text *why)
{
    const char *type = json_string_value(json_object_get(from, "type"));
    const json_t *group = json_object_get(from, "group");
    o->name = json_string_value(json_object_get(from, "name"));
    if (!is_identifier(o->name))
        return refuse(why, "an option", "name must be 1 to 64 of a-z 0-9 _");
    if (type == NULL || !option_type_from(type, &o->type))
        return refuse(why, o->name, "unknown type");
    if (!get_text(from, "preset", &o->preset) ||
        !get_text(from, "help_ja", &o->help[LANGUAGE_JA]) ||
        !get_text(from, "help", &o->help[LANGUAGE_EN]) || o->help[LANGUAGE_EN] == NULL)
        return refuse(why, o->name, "preset, help and help_ja must be texts, help must be there");
    if (o->help[LANGUAGE_JA] == NULL)
        o->help[LANGUAGE_JA] = o->help[LANGUAGE_EN];
    o->required = json_is_true(json_object_get(from, "required"));

    int r = decode_range(from, o, why);
    if (r == 0)
        r = decode_words(t, json_object_get(from, "words"), o, why);
    if (r == 0 && o->type == OPTION_GROUPS)
        r = depth < GROUP_DEPTH_MAX ? decode_options(t, group, depth + 1, &o->group, why)
                                    : refuse(why, o->name, "groups are nested too deep");
    return r == 0 ? check_preset(o, why) : r;
}

static const struct option *own_options(const struct guest_table *t)
{
    if (strcmp(t->kind, "watch") == 0)
        return option_watch;
    return strcmp(t->kind, "channel") == 0 ? option_destination : option_face;
}

static int decode_options(struct guest_table *t, const json_t *array, unsigned depth,
    const struct option **ret, struct text *why)
{
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > GUEST_OPTIONS_MAX)
        return refuse(why, t->name, "options and group must be lists of at most 256");
    struct option *options = keep(t, count + 1, sizeof *options);
    *ret = options;
    for (size_t i = 0; i < count; i++) {
        struct option one = {0};
        int r = decode_option(t, json_array_get(array, i), depth, &one, why);
        if (r != 0)
            return r;
        if (option_find(options, one.name) != NULL)
            return refuse(why, one.name, "two options have this name");
        if (depth == 0 && option_find(own_options(t), one.name) != NULL)
            return refuse(why, one.name, "hashimori has an option of this name itself");
        options[i] = one;
    }
    return 0;
}

/* ---- rules ------------------------------------------------------------------------------- */

static bool decode_condition(const json_t *from, const char *name, struct condition *ret)
{
    const char *text;
    return get_text(from, name, &text) && (text == NULL || condition_parse(text, ret));
}

static bool decode_runs(const json_t *from, const char *name, uint32_t *ret)
{
    const json_t *v = json_object_get(from, name);
    json_int_t n = json_integer_value(v);
    *ret = n > 0 ? (uint32_t)n : 1;
    return v == NULL || (json_is_integer(v) && n >= 0 && n <= 1000);
}

/* "job, code": names of fields. */
static void decode_key(const char *key, struct rule *r)
{
    while (key != NULL && *key != '\0') {
        size_t length = strcspn(key, ", ");
        if (length > 0) {
            r->key = alloc_resize(r->key, r->key_count + 1, sizeof *r->key);
            r->key[r->key_count++] = alloc_bytes(key, length);
        }
        key += length + (key[length] != '\0');
    }
}

static int decode_rule(const json_t *from, struct rule *r, struct text *why)
{
    const char *metric, *event, *key, *cleared_by, *clear_after;
    if (!get_text(from, "metric", &metric) || !is_identifier(metric))
        return refuse(why, "a rule", "metric must be 1 to 64 of a-z 0-9 _");
    if (!decode_condition(from, "warning", &r->warning) ||
        !decode_condition(from, "critical", &r->critical) ||
        !decode_condition(from, "clear", &r->clear))
        return refuse(why, metric, "warning, critical and clear must be conditions");
    if (!decode_runs(from, "runs", &r->runs) || !decode_runs(from, "clear_runs", &r->clear_runs))
        return refuse(why, metric, "runs and clear_runs must be 0 to 1000");
    if (!get_text(from, "event", &event) || !get_text(from, "key", &key) ||
        !get_text(from, "cleared_by", &cleared_by) || !get_text(from, "clear_after", &clear_after))
        return refuse(why, metric, "event, key, cleared_by and clear_after must be texts");
    if (event != NULL && !severity_from(event, &r->event))
        return refuse(why, metric, "event must be a severity");
    if (clear_after != NULL && !settings_parse_span(clear_after, &r->clear_after))
        return refuse(why, metric, "clear_after must be a duration");
    r->metric = alloc_text(metric);
    r->cleared_by = alloc_text(cleared_by);
    decode_key(key, r);
    return 0;
}

static int decode_rules(struct guest_table *t, const json_t *array, struct text *why)
{
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > GUEST_RULES_MAX)
        return refuse(why, t->name, "rules must be a list of at most 256");
    t->rules = alloc_array(count, sizeof *t->rules);
    for (size_t i = 0; i < count; i++) {
        int r = decode_rule(json_array_get(array, i), &t->rules[t->rule_count++], why);
        if (r != 0)
            return r;
    }
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------- */

static int decode_head(struct guest_table *t, struct text *why)
{
    const json_t *o = t->document;
    if (json_integer_value(json_object_get(o, "describe")) != GUEST_DESCRIBE_VERSION)
        return refuse(why, "the plugin", "describe must be 1");
    if (!get_text(o, "kind", &t->kind) || t->kind == NULL ||
        (strcmp(t->kind, "watch") != 0 && strcmp(t->kind, "channel") != 0 &&
            strcmp(t->kind, "face") != 0))
        return refuse(why, "the plugin", "kind must be watch, channel or face");
    if (!get_text(o, "name", &t->name) || !is_identifier(t->name))
        return refuse(why, "the plugin", "name must be 1 to 64 of a-z 0-9 _");
    if (!get_text(o, "version", &t->version) || t->version == NULL ||
        !get_text(o, "abi", &t->abi) || t->abi == NULL)
        return refuse(why, t->name, "version and abi must be texts");
    if (!get_text(o, "summary", &t->summary[LANGUAGE_EN]) ||
        !get_text(o, "summary_ja", &t->summary[LANGUAGE_JA]))
        return refuse(why, t->name, "summary and summary_ja must be texts");
    if (t->summary[LANGUAGE_EN] == NULL)
        t->summary[LANGUAGE_EN] = "";
    if (t->summary[LANGUAGE_JA] == NULL)
        t->summary[LANGUAGE_JA] = t->summary[LANGUAGE_EN];
    t->validates = json_is_true(json_object_get(o, "validates"));
    return 0;
}

int guest_table_decode(
    const char *line, size_t length, struct guest_table **ret_table, struct text *why)
{
    json_error_t error;
    struct guest_table *t = alloc(sizeof *t);
    t->document = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    int r = json_is_object(t->document) ? decode_head(t, why)
                                        : refuse(why, "the plugin", "not one JSON object");
    if (r == 0)
        r = decode_options(t, json_object_get(t->document, "options"), 0, &t->options, why);
    if (r == 0)
        r = decode_rules(t, json_object_get(t->document, "rules"), why);
    if (r == 0)
        *ret_table = t;
    else
        guest_table_free(t);
    return r;
}

struct guest_table *guest_table_free(struct guest_table *table)
{
    if (table == NULL)
        return NULL;
    for (size_t i = 0; i < table->rule_count; i++)
        rule_deinit(&table->rules[i]);
    free(table->rules);
    for (size_t i = 0; i < table->block_count; i++)
        free(table->blocks[i]);
    free(table->blocks);
    json_decref(table->document);
    free(table);
    return NULL;
}

/* The document with what the table's defaults add: it was checked, so it can be given as it is. */
json_t *guest_table_json(const struct guest_table *table)
{
    return json_deep_copy(table->document);
}

static json_t *values_json(const struct value_set *values, bool with_secrets);

static json_t *value_json(const struct value *v, bool with_secrets)
{
    json_t *array;
    switch (v->type) {
    case VALUE_TEXT:
        return json_string(v->secret && !with_secrets ? "***" : v->text);
    case VALUE_INTEGER:
        return json_integer(v->integer);
    case VALUE_NUMBER:
        return json_real(v->number);
    case VALUE_FLAG:
        return json_boolean(v->flag);
    case VALUE_LIST:
        array = json_array();
        for (size_t i = 0; i < v->count; i++)
            json_array_append_new(array, json_string(v->list[i]));
        return array;
    case VALUE_GROUPS:
        array = json_array();
        for (size_t i = 0; i < v->count; i++)
            json_array_append_new(array, values_json(&v->groups[i], with_secrets));
        return array;
    }
    return json_null();
}

static json_t *values_json(const struct value_set *values, bool with_secrets)
{
    json_t *o = json_object();
    for (size_t i = 0; i < values->count; i++)
        json_object_set_new(
            o, values->values[i].name, value_json(&values->values[i], with_secrets));
    return o;
}

json_t *guest_values_json(const struct value_set *values)
{
    return values_json(values, true);
}

json_t *guest_values_shown(const struct value_set *values)
{
    return values_json(values, false);
}
