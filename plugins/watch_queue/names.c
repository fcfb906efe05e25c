/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static int add(struct names *n, const char *text)
{
    struct names_pattern *list = realloc(n->list, (n->count + 1) * sizeof *list);
    if (list == NULL)
        return -ENOMEM;
    n->list = list;
    list[n->count] = (struct names_pattern){.text = text};
    size_t plain = strcspn(text, "*?[\\");
    if (text[0] == '*' && strpbrk(text + 1, "*?[\\") == NULL) {
        list[n->count].end = text + 1;
        list[n->count].length = strlen(text + 1);
    } else if (text[plain] == '*' && text[plain + 1] == '\0') {
        list[n->count].begin = text;
        list[n->count].length = plain;
    }
    n->count++;
    return 0;
}

int names_read(
    struct names *n, const struct hm_host *host, const char *option, const char *const *usual)
{
    int r = 0;
    size_t count = host->count(host, option);
    for (size_t i = 0; i < count && r == 0; i++)
        r = add(n, host->item(host, option, i));
    for (; count == 0 && usual != NULL && *usual != NULL && r == 0; usual++)
        r = add(n, *usual);
    return r;
}

void names_deinit(struct names *n)
{
    free(n->list);
    *n = (struct names){0};
}

static bool matches(const struct names_pattern *p, const char *name, size_t length)
{
    if (p->begin != NULL)
        return strncmp(name, p->begin, p->length) == 0;
    if (p->end != NULL)
        return length >= p->length && memcmp(name + length - p->length, p->end, p->length) == 0;
    return fnmatch(p->text, name, 0) == 0;
}

bool names_match(const struct names *n, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < n->count; i++)
        if (matches(&n->list[i], name, length))
            return true;
    return false;
}
