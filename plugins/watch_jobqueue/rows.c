/* SPDX-License-Identifier: BSD-2-Clause */
#include "rows.h"

#include <string.h>
#include <strings.h>

void rows_begin(struct rows *r, const struct states *states)
{
    *r = (struct rows){
        .states = states, .depth = -1, .state = -1, .oldest_age_s = -1, .oldest_at = -1};
}

void rows_column(struct rows *r, int number, const char *name)
{
    static const char *const names[] = {"depth", "state", "oldest_age_s", "oldest_at"};
    int *const columns[] = {&r->depth, &r->state, &r->oldest_age_s, &r->oldest_at};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            *columns[i] = number;
}

int rows_check(const struct rows *r)
{
    return r->depth < 0 ? BLIND_COLUMNS : ROWS_OK;
}

static const char *text_of(int column, rows_value_fn value, void *ctx)
{
    return column < 0 ? NULL : value(ctx, column);
}

/* The age by whichever column has it; false: it holds what is no number. */
static bool read_age(const struct rows *r, rows_value_fn value, void *ctx, int64_t wall_ms,
    double *age_s, bool *has_age)
{
    const char *age = text_of(r->oldest_age_s, value, ctx);
    const char *at = text_of(r->oldest_at, value, ctx);
    double at_s = 0;
    *has_age = age != NULL || at != NULL;
    if (age != NULL)
        return tally_number(age, age_s);
    if (at == NULL)
        return true;
    if (!tally_number(at, &at_s))
        return false;
    *age_s = (double)wall_ms / 1000.0 - at_s;
    return true;
}

int rows_take(struct rows *r, rows_value_fn value, void *ctx, int64_t wall_ms)
{
    double depth = 0, age_s = 0;
    bool has_age = false;
    if (rows_check(r) != ROWS_OK)
        return BLIND_COLUMNS;
    if (++r->seen > ROWS_MAX)
        return BLIND_TOO_MANY;
    const char *name = text_of(r->state, value, ctx);
    if (name == NULL)
        name = "";
    const struct state *known = states_of_value(r->states, name);
    struct tally_state *state = tally_state(&r->tally, known == NULL ? name : known->name);
    if (state == NULL)
        return BLIND_TOO_MANY;
    if (!tally_number(text_of(r->depth, value, ctx), &depth) || depth < 0 ||
        !read_age(r, value, ctx, wall_ms, &age_s, &has_age))
        return BLIND_VALUE;
    tally_add(state, depth, has_age && depth > 0 ? &age_s : NULL);
    return ROWS_OK;
}
