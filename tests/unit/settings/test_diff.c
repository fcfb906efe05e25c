/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/diff.h"

#include <string.h>

#include "unit.h"

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

/* What differs, as one text. */
static void assert_changes(const char *before, const char *after, const char *expected)
{
    json_t *old = parse(before), *fresh = parse(after);
    json_t *changes = diff_json(old, fresh);
    char *text = json_dumps(changes, JSON_COMPACT);

    assert_string_equal(text, expected);

    free(text);
    json_decref(changes);
    json_decref(old);
    json_decref(fresh);
}

static void equal_trees_differ_in_nothing(void **state UNUSED)
{
    assert_changes("{\"a\":{\"b\":[1,2]}}", "{\"a\":{\"b\":[1,2]}}", "[]");
}

static void a_value_is_named_by_its_path_with_what_it_was_and_is(void **state UNUSED)
{
    assert_changes("{\"watch\":[{\"subject\":\"engine\",\"interval_s\":60}]}",
        "{\"watch\":[{\"subject\":\"engine\",\"interval_s\":30}]}",
        "[{\"path\":\"watch[engine].interval_s\",\"before\":60,\"after\":30}]");
}

static void an_entry_that_moved_is_no_change(void **state UNUSED)
{
    assert_changes("{\"watch\":[{\"subject\":\"a\"},{\"subject\":\"b\"}]}",
        "{\"watch\":[{\"subject\":\"b\"},{\"subject\":\"a\"}]}", "[]");
}

static void what_came_and_what_went_have_null_on_the_other_side(void **state UNUSED)
{
    assert_changes("{\"routes\":[{\"name\":\"x\"}]}", "{\"routes\":[{\"name\":\"y\"}]}",
        "[{\"path\":\"routes[x].name\",\"before\":\"x\",\"after\":null},"
        "{\"path\":\"routes[y].name\",\"before\":null,\"after\":\"y\"}]");
}

static void two_rules_of_one_metric_are_told_apart(void **state UNUSED)
{
    assert_changes("{\"rules\":[{\"metric\":\"m\",\"runs\":1},{\"metric\":\"m\",\"runs\":2}]}",
        "{\"rules\":[{\"metric\":\"m\",\"runs\":1},{\"metric\":\"m\",\"runs\":3}]}",
        "[{\"path\":\"rules[1].runs\",\"before\":2,\"after\":3}]");
}

static void what_does_not_fit_into_a_row_is_dropped_and_counted(void **state UNUSED)
{
    char long_text[2000];
    json_t *before = json_object(), *after = json_object();
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (int i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        json_object_set_new(after, name, json_string(long_text));
    }

    json_t *changes = diff_json(before, after);
    size_t dropped = diff_shorten(changes);

    assert_int_equal(json_array_size(changes) + dropped, 200);
    assert_in_range(json_array_size(changes), 20, 64);
    assert_in_range(json_dumpb(changes, NULL, 0, JSON_COMPACT), 1000, 33 * 1024);
    json_decref(changes);
    json_decref(before);
    json_decref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_trees_differ_in_nothing),
        cmocka_unit_test(a_value_is_named_by_its_path_with_what_it_was_and_is),
        cmocka_unit_test(an_entry_that_moved_is_no_change),
        cmocka_unit_test(what_came_and_what_went_have_null_on_the_other_side),
        cmocka_unit_test(two_rules_of_one_metric_are_told_apart),
        cmocka_unit_test(what_does_not_fit_into_a_row_is_dropped_and_counted),
    };
    return cmocka_run_group_tests_name("settings/diff", tests, NULL, NULL);
}
