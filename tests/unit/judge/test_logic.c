/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "judge/logic.h"
#include "settings/expression.h"
#include "unit.h"

/* "y3" is yes, "n5" is no, "u" is unknown. */
static enum truth of_name(void *arg, const char *name)
{
    (void)arg;
    return name[0] == 'y' ? TRUTH_YES : name[0] == 'n' ? TRUTH_NO : TRUTH_UNKNOWN;
}

static struct expression *parse(const char *string)
{
    struct expression *e = NULL;
    struct expression_fault why;
    assert_int_equal(expression_parse(string, &e, &why), 0);
    return e;
}

static void assert_truth(const char *string, enum truth truth)
{
    struct expression *e = parse(string);

    assert_int_equal(logic_find(e, of_name, NULL), truth);
    expression_free(e);
}

static void any_is_the_worst_of_its_operands(void **state UNUSED)
{
    assert_truth("any(n1, y5, y3)", TRUTH_YES);
    assert_truth("any(u, y5)", TRUTH_YES);
    assert_truth("any(n1, u)", TRUTH_UNKNOWN);
    assert_truth("any(n1, n7, n2)", TRUTH_NO);
}

static void all_is_the_best_of_its_operands(void **state UNUSED)
{
    assert_truth("all(y1, y5, y3)", TRUTH_YES);
    assert_truth("all(y1, u)", TRUTH_UNKNOWN);
    assert_truth("all(u, n4, n6, y1)", TRUTH_NO);
}

static void at_least_counts(void **state UNUSED)
{
    assert_truth("at_least(2, y1, y5, y3)", TRUTH_YES);
    assert_truth("at_least(2, y1, n5, u)", TRUTH_UNKNOWN);
    assert_truth("at_least(2, u, n5, n3)", TRUTH_NO);
    assert_truth("at_least(2, y1, n5, n3)", TRUTH_NO);
}

static void not_turns_round_what_is_known(void **state UNUSED)
{
    assert_truth("not(y4)", TRUTH_NO);
    assert_truth("not(n4)", TRUTH_YES);
    assert_truth("not(u)", TRUTH_UNKNOWN);
    assert_truth("all(not(any(n1, n2)), y1)", TRUTH_YES);
}

static void expressions_are_equal_when_they_say_the_same(void **state UNUSED)
{
    struct expression *a = parse("any(a, at_least(2, b, c, d))");
    struct expression *same = parse("any( a ,at_least( 2,b,c,d))");
    struct expression *other = parse("any(a, at_least(1, b, c, d))");

    assert_true(logic_equal(a, same));
    assert_false(logic_equal(a, other));
    assert_false(logic_equal(a, NULL));
    assert_true(logic_equal(NULL, NULL));
    expression_free(a);
    expression_free(same);
    expression_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_is_the_worst_of_its_operands),
        cmocka_unit_test(all_is_the_best_of_its_operands),
        cmocka_unit_test(at_least_counts),
        cmocka_unit_test(not_turns_round_what_is_known),
        cmocka_unit_test(expressions_are_equal_when_they_say_the_same),
    };
    return cmocka_run_group_tests_name("judge/logic", tests, NULL, NULL);
}
