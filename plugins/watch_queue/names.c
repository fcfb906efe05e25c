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
    if (text[0] == '*' && strpbrk(text + 1, "*?[\\") == NULL) {
        list[n->count].end = text + 1;
        list[n->count].end_length = strlen(text + 1);
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

bool names_match(const struct names *n, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < n->count; i++) {
        const struct names_pattern *p = &n->list[i];
        bool matches = p->end == NULL
                           ? fnmatch(p->text, name, 0) == 0
                           : length >= p->end_length &&
                                 memcmp(name + length - p->end_length, p->end, p->end_length) == 0;
        if (matches)
            return true;
    }
    return false;
}
