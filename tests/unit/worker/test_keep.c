/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "worker/keep.h"

static void assert_written(struct keep *k, const char *wanted)
{
    struct text line = {0};
    keep_write(k, &line);
    assert_string_equal(text_get(&line), wanted);
    text_deinit(&line);
}

static void what_was_saved_is_there_and_does_not_wait(void **state UNUSED)
{
    json_t *saved = json_pack("{s:s, s:i}", "offset", "7", "number", 1);
    struct keep *k = keep_new(saved);

    assert_string_equal(keep_get(k, "offset"), "7");
    assert_null(keep_get(k, "number"));
    assert_null(keep_get(k, "other"));
    assert_int_equal(keep_waiting_bytes(k), 0);
    keep_free(k);
    json_decref(saved);
}

static void a_value_is_seen_at_once_and_written_once(void **state UNUSED)
{
    struct keep *k = keep_new(NULL);

    keep_set(k, "b", "1");
    keep_set(k, "a", "x\"y");
    keep_set(k, "b", "2");
    assert_string_equal(keep_get(k, "b"), "2");
    assert_int_equal(keep_waiting_bytes(k), 6 * (2 + 4) + 16);
    assert_written(k, "{\"b\":\"2\",\"a\":\"x\\\"y\"}");
    assert_written(k, "{}");
    keep_set(k, "b", "3");
    assert_written(k, "{\"b\":\"3\"}");
    keep_free(k);
}

static void what_is_forgotten_is_gone_and_the_daemon_is_told(void **state UNUSED)
{
    struct keep *k = keep_new(NULL);

    keep_set(k, "old", "1");
    assert_written(k, "{\"old\":\"1\"}");
    keep_set(k, "old", NULL);
    assert_null(keep_get(k, "old"));
    assert_written(k, "{\"old\":null}");
    keep_set(k, "old", "2");
    assert_string_equal(keep_get(k, "old"), "2");
    assert_written(k, "{\"old\":\"2\"}");
    keep_free(k);
}

static void bytes_that_are_not_utf8_are_kept_as_replacement_characters(void **state UNUSED)
{
    struct keep *k = keep_new(NULL);

    keep_set(k, "a", "\xFFz");
    assert_string_equal(keep_get(k, "a"), "\xEF\xBF\xBDz");
    keep_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_is_there_and_does_not_wait),
        cmocka_unit_test(a_value_is_seen_at_once_and_written_once),
        cmocka_unit_test(what_is_forgotten_is_gone_and_the_daemon_is_told),
        cmocka_unit_test(bytes_that_are_not_utf8_are_kept_as_replacement_characters),
    };
    return cmocka_run_group_tests_name("worker/keep", tests, NULL, NULL);
}
