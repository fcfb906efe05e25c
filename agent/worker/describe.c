/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/describe.h"

#include "wire/wire.h"
#include "worker/loader.h"

/* A plugin's table that has no end would be read for ever. */
enum { TABLE_MAX = 256 };

/* hm_option_type in its order. */
static const char *const type_names[] = {
    "text", "integer", "number", "flag", "span", "size", "list", "path", "secret", "groups"};
enum { TYPES = sizeof type_names / sizeof type_names[0] };

static void put_text(json_t *o, const char *name, const char *text)
{
    if (text != NULL)
        wire_put_text(o, name, text);
}

static void put_count(json_t *o, const char *name, unsigned count)
{
    if (count != 0)
        json_object_set_new(o, name, json_integer(count));
}

static json_t *describe_options(const struct hm_option *options, unsigned depth);

static json_t *describe_option(const struct hm_option *option, unsigned depth)
{
    json_t *o = json_object();
    put_text(o, "name", option->name);
    put_text(o, "type", (size_t)option->type < TYPES ? type_names[option->type] : "unknown");
    put_text(o, "preset", option->preset);
    put_text(o, "help", option->help == NULL ? "" : option->help);
    put_text(o, "help_ja", option->help_ja);
    if (option->least < 0 || option->least > 0)
        json_object_set_new(o, "least", json_real(option->least));
    if (option->most < 0 || option->most > 0)
        json_object_set_new(o, "most", json_real(option->most));
    if (option->required)
        json_object_set_new(o, "required", json_true());
    if (option->words != NULL) {
        json_t *words = json_array();
        for (size_t i = 0; i < TABLE_MAX && option->words[i] != NULL; i++)
            json_array_append_new(words, json_string(option->words[i]));
        json_object_set_new(o, "words", words);
    }
    if (option->group != NULL)
        json_object_set_new(o, "group", describe_options(option->group, depth + 1));
    return o;
}

/* Groups of groups of groups are deep enough; a table that holds itself is not followed. */
static json_t *describe_options(const struct hm_option *options, unsigned depth)
{
    json_t *list = json_array();
    for (size_t i = 0; options != NULL && depth < 4 && i < TABLE_MAX && options[i].name != NULL;
         i++)
        json_array_append_new(list, describe_option(&options[i], depth));
    return list;
}

static json_t *describe_rule(const struct hm_rule *rule)
{
    json_t *o = json_object();
    put_text(o, "metric", rule->metric);
    put_text(o, "warning", rule->warning);
    put_text(o, "critical", rule->critical);
    put_text(o, "clear", rule->clear);
    put_count(o, "runs", rule->runs);
    put_count(o, "clear_runs", rule->clear_runs);
    put_text(o, "event", rule->event);
    put_text(o, "key", rule->key);
    put_text(o, "cleared_by", rule->cleared_by);
    put_text(o, "clear_after", rule->clear_after);
    return o;
}

json_t *describe_plugin(const struct hm_plugin *plugin)
{
    json_t *o = json_object();
    json_object_set_new(o, "describe", json_integer(1));
    json_object_set_new(
        o, "abi", json_sprintf("%u.%u", (unsigned)plugin->abi_major, (unsigned)plugin->abi_minor));
    put_text(o, "kind", loader_kind_name(plugin->kind));
    put_text(o, "name", plugin->name);
    put_text(o, "version", plugin->version == NULL ? "" : plugin->version);
    put_text(o, "summary", plugin->summary);
    put_text(o, "summary_ja", plugin->summary_ja);
    json_object_set_new(o, "validates", json_boolean(plugin->validate != NULL));
    json_object_set_new(o, "options", describe_options(plugin->options, 0));
    json_t *rules = json_array();
    const struct hm_rule *rule = plugin->rules;
    for (size_t i = 0; rule != NULL && i < TABLE_MAX && rule[i].metric != NULL; i++)
        json_array_append_new(rules, describe_rule(&rule[i]));
    json_object_set_new(o, "rules", rules);
    return o;
}
