/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/instances.h"

#include <stdio.h>
#include <string.h>

void instances_open(struct instances *i, const struct hm_host *host, const char *key)
{
    const char *kept = host->kept(host, key);
    i->host = host;
    i->key = key;
    bool is_ours = kept != NULL && kept[0] == '\n' && strlen(kept) < sizeof i->text;
    snprintf(i->text, sizeof i->text, "%s", is_ours ? kept : "\n");
}

/* Where the line of @name begins, at its newline, or NULL. */
static char *find(struct instances *i, const char *name)
{
    size_t length = strlen(name);
    for (char *at = i->text; (at = strstr(at, name)) != NULL; at++)
        if (at[-1] == '\n' && at[length] == '\n')
            return at - 1;
    return NULL;
}

void instances_add(struct instances *i, const char *name)
{
    size_t used = strlen(i->text);
    if (name[0] == '\0' || find(i, name) != NULL || used + strlen(name) + 2 > sizeof i->text)
        return;
    snprintf(i->text + used, sizeof i->text - used, "%s\n", name);
    i->host->keep(i->host, i->key, i->text);
}

void instances_gone(struct instances *i, const char *name)
{
    const struct hm_reading r = {.instance = name, .metric = "", .kind = HM_GONE};
    char *line = find(i, name);
    if (line != NULL) {
        const char *rest = line + 1 + strlen(name);
        memmove(line, rest, strlen(rest) + 1);
        i->host->keep(i->host, i->key, i->text);
    }
    i->host->report(i->host, &r);
}

void instances_keep_only(
    struct instances *i, bool (*is_there)(const void *arg, const char *name), const void *arg)
{
    char names[INSTANCES_BYTES];
    snprintf(names, sizeof names, "%s", i->text);
    char *rest = names;
    for (const char *name; (name = strsep(&rest, "\n")) != NULL;)
        if (name[0] != '\0' && !is_there(arg, name))
            instances_gone(i, name);
}
