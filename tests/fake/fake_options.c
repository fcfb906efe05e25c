/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host_private.h"

static struct fake_value *find_value(
    const struct hm_host *host, const char *name, unsigned accepted_types)
{
    const struct fake_view *view = host->priv;
    for (size_t i = 0; i < view->value_count; i++) {
        struct fake_value *v = &view->values[i];
        if (strcmp(v->option->name, name) != 0)
            continue;
        if ((accepted_types & 1U << v->option->type) == 0)
            fake_die("option %s is read by the call for another type", name);
        return v;
    }
    fake_die("option %s is not in the plugin's table", name);
}

static const char *view_text(const struct hm_host *host, const char *name)
{
    return find_value(host, name, 1U << HM_TEXT | 1U << HM_PATH | 1U << HM_SECRET)->text;
}

static int64_t view_integer(const struct hm_host *host, const char *name)
{
    return find_value(host, name, 1U << HM_INTEGER | 1U << HM_SPAN | 1U << HM_SIZE)->integer;
}

static double view_number(const struct hm_host *host, const char *name)
{
    return find_value(host, name, 1U << HM_NUMBER_OPTION)->number;
}

static bool view_flag(const struct hm_host *host, const char *name)
{
    return find_value(host, name, 1U << HM_FLAG)->integer != 0;
}

static size_t view_count(const struct hm_host *host, const char *name)
{
    return find_value(host, name, 1U << HM_LIST | 1U << HM_GROUPS)->count;
}

static const char *view_item(const struct hm_host *host, const char *name, size_t i)
{
    const struct fake_value *v = find_value(host, name, 1U << HM_LIST);
    if (i >= v->count)
        fake_die("option %s has no item %zu", name, i);
    return v->items[i];
}

static const struct hm_host *view_group(const struct hm_host *host, const char *name, size_t i)
{
    const struct fake_value *v = find_value(host, name, 1U << HM_GROUPS);
    if (i >= v->count)
        fake_die("option %s has no group %zu", name, i);
    return &v->groups[i]->host;
}

/* ---- from text ---- */

static double number_with_unit(
    const struct hm_option *o, const char *text, const char *const *units, const double *factors)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (end == text || errno != 0 || !isfinite(number))
        fake_die("option %s: \"%s\" is no number", o->name, text);
    for (size_t i = 0; units[i] != NULL; i++)
        if (strcmp(end, units[i]) == 0)
            return number * factors[i];
    fake_die("option %s: \"%s\" has a unit that its type does not take", o->name, text);
}

static double number_of(const struct hm_option *o, const char *text)
{
    static const char *const plain[] = {"", NULL};
    static const double one[] = {1};
    static const char *const spans[] = {"ms", "s", "m", "h", "d", NULL};
    static const double span_ms[] = {1, 1000, 60000, 3600000, 86400000};
    static const char *const sizes[] = {"", "K", "M", "G", "T", NULL};
    static const double bytes[] = {1, 0x1p10, 0x1p20, 0x1p30, 0x1p40};

    if (o->type == HM_SPAN)
        return number_with_unit(o, text, spans, span_ms);
    if (o->type == HM_SIZE)
        return number_with_unit(o, text, sizes, bytes);
    return number_with_unit(o, text, plain, one);
}

static void require_word(const struct hm_option *o, const char *text)
{
    if (o->words == NULL)
        return;
    for (size_t i = 0; o->words[i] != NULL; i++)
        if (strcmp(o->words[i], text) == 0)
            return;
    fake_die("option %s: \"%s\" is none of its words", o->name, text);
}

static void add_item(struct fake_value *v, const char *text, size_t length)
{
    v->items = fake_grow(v->items, v->count, sizeof *v->items);
    char *item = fake_grow(NULL, 0, length + 1);
    memcpy(item, text, length);
    v->items[v->count++] = item;
}

/* A list's preset is written as in the configuration: ( "a", "b" ). */
static void set_list_preset(struct fake_value *v, const char *text)
{
    const char *open;
    while ((open = strchr(text, '"')) != NULL) {
        const char *close = strchr(open + 1, '"');
        if (close == NULL)
            fake_die("option %s: preset %s is no list", v->option->name, text);
        add_item(v, open + 1, (size_t)(close - open - 1));
        text = close + 1;
    }
}

static void set_value(struct fake_value *v, const char *text)
{
    const struct hm_option *o = v->option;
    v->set = true;
    switch (o->type) {
    case HM_TEXT:
    case HM_PATH:
    case HM_SECRET:
        if (o->type == HM_PATH && text[0] != '/')
            fake_die("option %s: \"%s\" is no absolute path", o->name, text);
        require_word(o, text);
        free(v->text);
        v->text = fake_copy(text);
        break;
    case HM_FLAG:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            fake_die("option %s: \"%s\" is neither true nor false", o->name, text);
        v->integer = text[0] == 't';
        break;
    case HM_INTEGER:
    case HM_NUMBER_OPTION:
    case HM_SPAN:
    case HM_SIZE:
        v->number = number_of(o, text);
        v->integer = (int64_t)v->number;
        if ((o->least != 0 || o->most != 0) && (v->number < o->least || v->number > o->most))
            fake_die("option %s: %s is outside %g..%g", o->name, text, o->least, o->most);
        break;
    case HM_LIST:
        require_word(o, text);
        add_item(v, text, strlen(text));
        break;
    case HM_GROUPS:
        fake_die("option %s takes groups", o->name);
    }
}

static void take_option(struct fake_view *view, const struct fake_option *given)
{
    for (size_t i = 0; i < view->value_count; i++) {
        struct fake_value *v = &view->values[i];
        if (strcmp(v->option->name, given->name) != 0)
            continue;
        v->set = true;
        if (v->option->type == HM_GROUPS && given->group != NULL) {
            v->groups = fake_grow(v->groups, v->count, sizeof *v->groups);
            v->groups[v->count++] = fake_view_new(view->owner, v->option->group, given->group);
        } else if (given->value != NULL) {
            set_value(v, given->value);
        }
        return;
    }
    fake_die("the test gives option %s, which is not in the plugin's table", given->name);
}

static void fill_preset(struct fake_value *v)
{
    const struct hm_option *o = v->option;
    if (v->set)
        return;
    if (o->required)
        fake_die("the test does not give option %s, which is required", o->name);
    if (o->preset != NULL && o->type == HM_LIST)
        set_list_preset(v, o->preset);
    else if (o->preset != NULL)
        set_value(v, o->preset);
}

struct fake_view *fake_view_new(
    struct fake_host *owner, const struct hm_option *table, const struct fake_option *options)
{
    struct fake_view *view = fake_grow(NULL, 0, sizeof *view);
    view->host = (struct hm_host){.size = sizeof view->host,
        .priv = view,
        .text = view_text,
        .integer = view_integer,
        .number = view_number,
        .flag = view_flag,
        .count = view_count,
        .item = view_item,
        .group = view_group};
    view->owner = owner;
    view->table = table;
    for (const struct hm_option *o = table; o != NULL && o->name != NULL; o++) {
        view->values = fake_grow(view->values, view->value_count, sizeof *view->values);
        view->values[view->value_count++].option = o;
    }
    for (; options != NULL && options->name != NULL; options++)
        take_option(view, options);
    for (size_t i = 0; i < view->value_count; i++)
        fill_preset(&view->values[i]);
    return view;
}

void fake_view_free(struct fake_view *view)
{
    for (size_t i = 0; i < view->value_count; i++) {
        struct fake_value *v = &view->values[i];
        for (size_t k = 0; k < v->count && v->items != NULL; k++)
            free(v->items[k]);
        for (size_t k = 0; k < v->count && v->groups != NULL; k++)
            fake_view_free(v->groups[k]);
        free(v->items);
        free(v->groups);
        free(v->text);
    }
    free(view->values);
    free(view);
}
