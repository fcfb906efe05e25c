/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "settings/expression.h"
#include "unit.h"

static struct expression *parsed(const char *string)
{
    struct expression *e = NULL;
    struct expression_fault why;
    assert_int_equal(expression_parse(string, &e, &why), 0);
    return e;
}

static void what_is_printed_is_what_was_parsed(void **state UNUSED)
{
    static const char *const pairs[][2] = {
        {"engine", "engine"},
        {" any ( a ,b,\tc ) ", "any(a, b, c)"},
        {"all(not(a), at_least(2, b, c/var, 連携))", "all(not(a), at_least(2, b, c/var, 連携))"},
        {"any", "any"},
        {"any(any)", "any(any)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct text t = {0};
        struct expression *e = parsed(pairs[i][0]);

        expression_add(&t, e);

        assert_string_equal(text_get(&t), pairs[i][1]);
        text_deinit(&t);
        expression_free(e);
    }
}

static void the_tree_has_the_operators_where_they_stand(void **state UNUSED)
{
    struct expression *e = parsed("at_least(1, a, not(b))");

    assert_int_equal(e->op, EXPRESSION_AT_LEAST);
    assert_int_equal(e->at_least, 1);
    assert_int_equal(e->count, 2);
    assert_string_equal(e->operands[0].name, "a");
    assert_int_equal(e->operands[1].op, EXPRESSION_NOT);
    assert_string_equal(e->operands[1].operands[0].name, "b");
    expression_free(e);
}

static void add_name(void *arg, const char *name)
{
    text_addf(arg, "%s ", name);
}

static void names_come_in_their_order(void **state UNUSED)
{
    struct text t = {0};
    struct expression *e = parsed("all(c, any(a, not(b)), a)");

    expression_each_name(e, add_name, &t);
    expression_each_name(NULL, add_name, &t);

    assert_string_equal(text_get(&t), "c a b a ");
    text_deinit(&t);
    expression_free(e);
}

static void a_subject_is_named_by_itself_or_by_an_instance(void **state UNUSED)
{
    struct expression *e = parsed("any(disk/var, engine)");

    assert_true(expression_names(e, "disk"));
    assert_true(expression_names(e, "engine"));
    assert_false(expression_names(e, "dis"));
    assert_false(expression_names(e, "engine2"));
    assert_false(expression_names(NULL, "engine"));
    expression_free(e);
}

static void every_cut_is_refused_or_parsed_and_nothing_else(void **state UNUSED)
{
    static const char whole[] = "all(not(a), at_least(2, b, c/var), any(d))";
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        char cut[sizeof whole];
        struct expression *e = NULL;
        struct expression_fault why = {0};
        memcpy(cut, whole, length);
        cut[length] = '\0';

        int r = expression_parse(cut, &e, &why);

        // "a", "al" and "all" are names; what follows is open until the last bracket.
        assert_int_equal(r, length >= 1 && length <= 3 ? 0 : EXPRESSION_E_BAD);
        assert_true(r == 0 || (e == NULL && why.position <= length + 1));
        expression_free(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_what_was_parsed),
        cmocka_unit_test(the_tree_has_the_operators_where_they_stand),
        cmocka_unit_test(names_come_in_their_order),
        cmocka_unit_test(a_subject_is_named_by_itself_or_by_an_instance),
        cmocka_unit_test(every_cut_is_refused_or_parsed_and_nothing_else),
    };
    return cmocka_run_group_tests_name("settings/expression", tests, NULL, NULL);
}
