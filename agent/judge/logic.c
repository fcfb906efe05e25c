/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/logic.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

static int moment_compare(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return (x->boot > y->boot) - (x->boot < y->boot);
}

/* Moments at which operands became what they are, of one truth. */
struct turns {
    struct moment *at;
    size_t count;
};

/* The @nth (from 0) of the turns in order of time. */
static struct moment turn(struct turns *t, size_t nth)
{
    qsort(t->at, t->count, sizeof *t->at, moment_compare);
    return t->at[nth < t->count ? nth : t->count - 1];
}

/* "At least @wanted of the operands": any is 1 of n, all is n of n. */
static struct finding find_count(
    const struct expression *e, size_t wanted, finding_fn of, void *arg)
{
    struct turns yes = {alloc_array(e->count, sizeof *yes.at), 0};
    struct turns no = {alloc_array(e->count, sizeof *no.at), 0};
    struct finding result = {TRUTH_UNKNOWN, {0, 0}};

    for (size_t i = 0; i < e->count; i++) {
        struct finding f = logic_find(&e->operands[i], of, arg);
        if (f.truth == TRUTH_YES)
            yes.at[yes.count++] = f.since;
        else if (f.truth == TRUTH_NO)
            no.at[no.count++] = f.since;
    }
    if (yes.count >= wanted) {
        result.truth = TRUTH_YES;
        if (wanted > 0)
            result.since = turn(&yes, wanted - 1);
    } else if (e->count - no.count < wanted) {
        // It is no since so many were that the others cannot be enough.
        result.truth = TRUTH_NO;
        if (no.count > 0)
            result.since = turn(&no, wanted <= e->count ? e->count - wanted : 0);
    }
    free(yes.at);
    free(no.at);
    return result;
}

struct finding logic_find(const struct expression *e, finding_fn of, void *arg)
{
    struct finding f;
    switch (e->op) {
    case EXPRESSION_NAME:
        return of(arg, e->name);
    case EXPRESSION_ANY:
        return find_count(e, 1, of, arg);
    case EXPRESSION_ALL:
        return find_count(e, e->count, of, arg);
    case EXPRESSION_AT_LEAST:
        return find_count(e, e->at_least, of, arg);
    case EXPRESSION_NOT:
        break;
    }
    f = logic_find(&e->operands[0], of, arg);
    if (f.truth != TRUTH_UNKNOWN)
        f.truth = f.truth == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
    return f;
}

bool logic_equal(const struct expression *a, const struct expression *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->op != b->op || a->at_least != b->at_least || a->count != b->count ||
        !text_equal(a->name, b->name))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!logic_equal(&a->operands[i], &b->operands[i]))
            return false;
    return true;
}
