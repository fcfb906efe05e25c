/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "judge/logic.h"
#include "settings/expression.h"
#include "unit.h"

/* "n5" is no since 5, "y3" is yes since 3, "u" is unknown. */
static struct finding of_name(void *arg, const char *name)
{
    (void)arg;
    long since = strtol(name + 1, NULL, 10);
    enum truth t = name[0] == 'y' ? TRUTH_YES : name[0] == 'n' ? TRUTH_NO : TRUTH_UNKNOWN;
    return (struct finding){t, {since, since}};
}

static struct expression *parse(const char *string)
{
    struct expression *e = NULL;
    struct expression_fault why;
    assert_int_equal(expression_parse(string, &e, &why), 0);
    return e;
}

static void assert_finding(const char *string, enum truth truth, mono_ms since)
{
    struct expression *e = parse(string);
    struct finding f = logic_find(e, of_name, NULL);

    assert_int_equal(f.truth, truth);
    if (truth != TRUTH_UNKNOWN)
        assert_int_equal(f.since.boot, since);
    expression_free(e);
}

static void any_is_yes_since_its_first_and_no_since_its_last(void **state UNUSED)
{
    assert_finding("any(n1, y5, y3)", TRUTH_YES, 3);
    assert_finding("any(u, y5)", TRUTH_YES, 5);
    assert_finding("any(n1, u)", TRUTH_UNKNOWN, 0);
    assert_finding("any(n1, n7, n2)", TRUTH_NO, 7);
}

static void all_is_yes_since_its_last_and_no_since_its_first(void **state UNUSED)
{
    assert_finding("all(y1, y5, y3)", TRUTH_YES, 5);
    assert_finding("all(y1, u)", TRUTH_UNKNOWN, 0);
    assert_finding("all(u, n4, n6, y1)", TRUTH_NO, 4);
}

static void at_least_counts(void **state UNUSED)
{
    assert_finding("at_least(2, y1, y5, y3)", TRUTH_YES, 3);
    assert_finding("at_least(2, y1, n5, u)", TRUTH_UNKNOWN, 0);
    assert_finding("at_least(2, u, n5, n3)", TRUTH_NO, 5);
    assert_finding("at_least(2, y1, n5, n3)", TRUTH_NO, 5);
}

static void not_turns_round_what_is_known(void **state UNUSED)
{
    assert_finding("not(y4)", TRUTH_NO, 4);
    assert_finding("not(n4)", TRUTH_YES, 4);
    assert_finding("not(u)", TRUTH_UNKNOWN, 0);
    assert_finding("all(not(any(n1, n2)), y1)", TRUTH_YES, 2);
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
        cmocka_unit_test(any_is_yes_since_its_first_and_no_since_its_last),
        cmocka_unit_test(all_is_yes_since_its_last_and_no_since_its_first),
        cmocka_unit_test(at_least_counts),
        cmocka_unit_test(not_turns_round_what_is_known),
        cmocka_unit_test(expressions_are_equal_when_they_say_the_same),
    };
    return cmocka_run_group_tests_name("judge/logic", tests, NULL, NULL);
}
