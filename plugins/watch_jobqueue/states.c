/* SPDX-License-Identifier: BSD-2-Clause */
#include "states.h"

#include <string.h>

void states_read(struct states *s, const struct hm_host *host)
{
    size_t count = host->count(host, "states");
    *s = (struct states){0};
    for (size_t i = 0; i < count && i < STATES_MAX; i++) {
        const struct hm_host *group = host->group(host, "states", i);
        s->list[s->count++] = (struct state){.name = group->text(group, "name"),
            .is_error = group->flag(group, "error"),
            .is_done = group->flag(group, "done"),
            .group = group};
    }
}

static bool has_value(const struct state *state, const char *value)
{
    size_t count = state->group->count(state->group, "match");
    for (size_t i = 0; i < count; i++)
        if (strcmp(state->group->item(state->group, "match", i), value) == 0)
            return true;
    return count == 0 && strcmp(state->name, value) == 0;
}

const struct state *states_of_value(const struct states *s, const char *value)
{
    for (size_t i = 0; i < s->count; i++)
        if (has_value(&s->list[i], value))
            return &s->list[i];
    return NULL;
}

const struct state *states_find(const struct states *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->list[i].name, name) == 0)
            return &s->list[i];
    return NULL;
}
