/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct value *value_add(struct value_set *set, const char *name, struct place place)
{
    set->values = alloc_resize(set->values, set->count + 1, sizeof *set->values);
    struct value *v = &set->values[set->count++];
    *v = (struct value){.name = alloc_text(name), .place = place};
    return v;
}

struct value *value_find(const struct value_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->values[i].name, name) == 0)
            return &set->values[i];
    return NULL;
}

char *value_take_text(struct value_set *set, const char *name)
{
    struct value *v = value_find(set, name);
    if (v == NULL)
        return NULL;
    char *text = v->text;
    v->text = NULL;
    return text;
}

char **value_take_list(struct value_set *set, const char *name, size_t *ret_count)
{
    struct value *v = value_find(set, name);
    *ret_count = 0;
    if (v == NULL)
        return NULL;
    char **list = v->list;
    *ret_count = v->count;
    v->list = NULL;
    v->count = 0;
    return list;
}

int64_t value_integer(const struct value_set *set, const char *name)
{
    const struct value *v = value_find(set, name);
    return v != NULL ? v->integer : 0;
}

bool value_flag(const struct value_set *set, const char *name)
{
    const struct value *v = value_find(set, name);
    return v != NULL && v->flag;
}

const char *value_text(const struct value_set *set, const char *name)
{
    const struct value *v = value_find(set, name);
    return v != NULL ? v->text : NULL;
}

void value_deinit(struct value *v)
{
    if (v->secret && v->text != NULL)
        explicit_bzero(v->text, strlen(v->text));
    free(v->name);
    free(v->text);
    for (size_t i = 0; v->list != NULL && i < v->count; i++)
        free(v->list[i]);
    free(v->list);
    for (size_t i = 0; v->groups != NULL && i < v->count; i++)
        value_set_deinit(&v->groups[i]);
    free(v->groups);
    *v = (struct value){0};
}

void value_set_deinit(struct value_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        value_deinit(&set->values[i]);
    free(set->values);
    *set = (struct value_set){0};
}
