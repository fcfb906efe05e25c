/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/logic.h"

#include "base/text.h"

/* "At least @wanted of the operands": any is 1 of n, all is n of n. */
static enum truth find_count(const struct expression *e, size_t wanted, truth_fn of, void *arg)
{
    size_t yes = 0, no = 0;

    for (size_t i = 0; i < e->count; i++) {
        enum truth t = logic_find(&e->operands[i], of, arg);
        yes += t == TRUTH_YES;
        no += t == TRUTH_NO;
    }
    if (yes >= wanted)
        return TRUTH_YES;
    return e->count - no < wanted ? TRUTH_NO : TRUTH_UNKNOWN;
}

enum truth logic_find(const struct expression *e, truth_fn of, void *arg)
{
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
    enum truth t = logic_find(&e->operands[0], of, arg);
    if (t == TRUTH_UNKNOWN)
        return t;
    return t == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
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
