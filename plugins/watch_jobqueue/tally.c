/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/visible.h"

struct tally_state *tally_state(struct tally *t, const char *name)
{
    char shown[TALLY_NAME_BYTES];
    visible_line(shown, sizeof shown, name, strlen(name));
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].name, shown) == 0)
            return &t->list[i];
    if (t->count == TALLY_MAX)
        return NULL;
    struct tally_state *s = &t->list[t->count++];
    *s = (struct tally_state){0};
    memcpy(s->name, shown, sizeof shown);
    return s;
}

void tally_add(struct tally_state *s, double depth, const double *age_s)
{
    s->depth += depth;
    if (age_s == NULL || (s->has_age && *age_s <= s->age_s))
        return;
    s->has_age = true;
    s->age_s = *age_s > 0 ? *age_s : 0;
}

const struct tally_state *tally_find(const struct tally *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].name, name) == 0)
            return &t->list[i];
    return NULL;
}

bool tally_number(const char *text, double *ret_number)
{
    char *end = NULL;
    if (text == NULL || text[0] == '\0')
        return false;
    double number = strtod(text, &end);
    if (*end != '\0' || !isfinite(number))
        return false;
    *ret_number = number;
    return true;
}
