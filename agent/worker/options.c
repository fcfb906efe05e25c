/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

/* What sysexits(3) calls an internal software error. */
enum { EXIT_PLUGIN_BUG = 70 };

#define TYPE(t) (1u << (unsigned)(t))

static const struct hm_option *find(const struct options *o, const char *name)
{
    const struct hm_option *option = o->table;
    while (option != NULL && option->name != NULL && strcmp(option->name, name) != 0)
        option++;
    return option != NULL && option->name != NULL ? option : NULL;
}

/* The value of option @name, NULL when it is not set. @types: bits of the types it may have. */
static json_t *value_of(const struct options *o, const char *name, unsigned types)
{
    const struct hm_option *option = find(o, name);
    if (option == NULL || (TYPE(option->type) & types) == 0) {
        log_error(LOG_WORKER, "the plugin asks for option \"%s\", which it does not have%s, ending",
            name, option == NULL ? "" : " as that type");
        exit(EXIT_PLUGIN_BUG);
    }
    return json_object_get(o->values, name);
}

static struct options *options_of(const struct hm_host *host)
{
    return host->priv;
}

struct guest *options_guest(const struct hm_host *host)
{
    return options_of(host)->guest;
}

static const char *options_text(const struct hm_host *host, const char *name)
{
    return json_string_value(
        value_of(options_of(host), name, TYPE(HM_TEXT) | TYPE(HM_PATH) | TYPE(HM_SECRET)));
}

static int64_t options_integer(const struct hm_host *host, const char *name)
{
    return json_integer_value(
        value_of(options_of(host), name, TYPE(HM_INTEGER) | TYPE(HM_SPAN) | TYPE(HM_SIZE)));
}

static double options_number(const struct hm_host *host, const char *name)
{
    return json_number_value(value_of(options_of(host), name,
        TYPE(HM_NUMBER_OPTION) | TYPE(HM_INTEGER) | TYPE(HM_SPAN) | TYPE(HM_SIZE)));
}

static bool options_flag(const struct hm_host *host, const char *name)
{
    return json_is_true(value_of(options_of(host), name, TYPE(HM_FLAG)));
}

static size_t options_count(const struct hm_host *host, const char *name)
{
    return json_array_size(value_of(options_of(host), name, TYPE(HM_LIST) | TYPE(HM_GROUPS)));
}

static const char *options_item(const struct hm_host *host, const char *name, size_t i)
{
    return json_string_value(json_array_get(value_of(options_of(host), name, TYPE(HM_LIST)), i));
}

static const struct hm_host *options_group(const struct hm_host *host, const char *name, size_t i)
{
    struct options *o = options_of(host);
    json_t *values = json_array_get(value_of(o, name, TYPE(HM_GROUPS)), i);
    for (struct options *group = o->groups; group != NULL; group = group->next)
        if (group->index == i && strcmp(group->name, name) == 0)
            return &group->host;

    const struct hm_option *option = find(o, name);
    struct options *group = options_new(o->guest, &o->host, option->group, values);
    group->name = option->name;
    group->index = i;
    group->next = o->groups;
    o->groups = group;
    return &group->host;
}

struct options *options_new(struct guest *guest, const struct hm_host *services,
    const struct hm_option *table, json_t *values)
{
    struct options *o = alloc(sizeof *o);
    *o = (struct options){.host = *services, .guest = guest, .table = table, .values = values};
    o->host.size = sizeof o->host;
    o->host.priv = o;
    o->host.text = options_text;
    o->host.integer = options_integer;
    o->host.number = options_number;
    o->host.flag = options_flag;
    o->host.count = options_count;
    o->host.item = options_item;
    o->host.group = options_group;
    return o;
}

struct options *options_free(struct options *o)
{
    if (o == NULL)
        return NULL;
    while (o->groups != NULL) {
        struct options *next = o->groups->next;
        options_free(o->groups);
        o->groups = next;
    }
    free(o);
    return NULL;
}
