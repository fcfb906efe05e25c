/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/option.h"

#include <string.h>

static const char *const type_names[] = {
    [OPTION_TEXT] = "text",
    [OPTION_INTEGER] = "integer",
    [OPTION_NUMBER] = "number",
    [OPTION_FLAG] = "flag",
    [OPTION_SPAN] = "span",
    [OPTION_SIZE] = "size",
    [OPTION_LIST] = "list",
    [OPTION_PATH] = "path",
    [OPTION_SECRET] = "secret",
    [OPTION_GROUPS] = "groups",
    [OPTION_GROUP] = "group",
    [OPTION_NAME] = "name",
};

const char *option_type_name(enum option_type type)
{
    return type_names[type];
}

bool option_type_from(const char *name, enum option_type *ret)
{
    for (enum option_type t = OPTION_TEXT; t <= OPTION_GROUPS; t++)
        if (strcmp(type_names[t], name) == 0) {
            *ret = t;
            return true;
        }
    return false;
}

const struct option *option_find(const struct option *table, const char *name)
{
    for (const struct option *o = table; o != NULL && o->name != NULL; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

enum { SUGGEST_LENGTH_MAX = 40, SUGGEST_DISTANCE_MAX = 2 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance: letters put in, left out, changed, or two swapped. */
static unsigned distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    if (m > SUGGEST_LENGTH_MAX || n > SUGGEST_LENGTH_MAX)
        return SUGGEST_DISTANCE_MAX + 1;

    unsigned d[SUGGEST_LENGTH_MAX + 1][SUGGEST_LENGTH_MAX + 1];
    for (unsigned i = 0; i <= m; i++)
        d[i][0] = i;
    for (unsigned j = 0; j <= n; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= m; i++)
        for (size_t j = 1; j <= n; j++) {
            unsigned changed = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(changed, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[m][n];
}

const char *option_suggest(const struct option *const *tables, const char *wrong)
{
    const char *best = NULL;
    unsigned best_distance = SUGGEST_DISTANCE_MAX + 1;
    for (; *tables != NULL; tables++)
        for (const struct option *o = *tables; o->name != NULL; o++) {
            unsigned d = distance(o->name, wrong);
            // In a name of three letters two changes leave nothing that was meant.
            if (d < best_distance && d < strlen(o->name)) {
                best_distance = d;
                best = o->name;
            }
        }
    return best;
}

bool option_is_name(const char *name)
{
    size_t length = strlen(name);
    struct text seen = {0};
    text_add_visible(&seen, name, length);
    bool is_plain = strcmp(text_get(&seen), name) == 0;
    text_deinit(&seen);
    // U+3000 is the blank that a Japanese keyboard gives.
    return is_plain && length >= 1 && length <= 64 && strpbrk(name, " /,()\"'\\{};=") == NULL &&
           strstr(name, "\xe3\x80\x80") == NULL && strncmp(name, "linkage.", 8) != 0;
}
