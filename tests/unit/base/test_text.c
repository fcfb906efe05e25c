/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "unit.h"

static void a_time_is_printed_in_its_zone(void **state UNUSED)
{
    char out[TEXT_TIME_BYTES];

    assert_string_equal(
        text_time(out, 1776214800250, 9 * 3600, true), "2026-04-15T10:00:00.250+09:00");
    assert_string_equal(text_time(out, 0, 0, false), "1970-01-01T00:00:00Z");
    assert_string_equal(text_time(out, -1, -5400, true), "1969-12-31T22:29:59.999-01:30");
}

static void a_printed_time_reads_back_as_itself(void **state UNUSED)
{
    for (wall_ms when = -1000000000000; when < 4000000000000; when += 86399999 * 7LL) {
        char out[TEXT_TIME_BYTES];
        wall_ms back = 0;

        assert_true(text_parse_time(text_time(out, when, 9 * 3600, true), &back));
        assert_true(back == when);
    }
}

static void what_is_no_time_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {"", "2026-04-15", "2026-02-29T00:00:00Z",
        "2026-04-15T24:00:00Z", "2026-04-15T10:00:00", "2026-04-15T10:00:00+9:00",
        "2026-04-15T10:00:00Zx", "2026-13-01T00:00:00Z", "2026-04-15T10:00:00.Z"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        wall_ms untouched = 42;
        assert_false(text_parse_time(bad[i], &untouched));
        assert_true(untouched == 42);
    }
}

static void whole_numbers_are_written_in_decimal(void **state UNUSED)
{
    struct text t = {0};

    text_add_int(&t, 0);
    text_add_char(&t, ' ');
    text_add_int(&t, -70);
    text_add_char(&t, ' ');
    text_add_int(&t, INT64_MAX);
    text_add_char(&t, ' ');
    text_add_int(&t, INT64_MIN);

    assert_string_equal(text_get(&t), "0 -70 9223372036854775807 -9223372036854775808");
    text_deinit(&t);
}

static void only_valid_utf8_counts_as_such(void **state UNUSED)
{
    assert_true(text_is_utf8("連携", strlen("連携")));
    assert_false(text_is_utf8("\xc0\xaf", 2));         // overlong
    assert_false(text_is_utf8("\xed\xa0\x80", 3));     // surrogate
    assert_false(text_is_utf8("\xf4\x90\x80\x80", 4)); // above U+10FFFF
    assert_false(text_is_utf8("\xe9\x80", 2));         // cut
}

static void text_is_cut_between_characters(void **state UNUSED)
{
    const char *name = "連携a";

    assert_int_equal(text_utf8_cut(name, strlen(name), 5), 3);
    assert_int_equal(text_utf8_cut(name, strlen(name), 6), 6);
    assert_int_equal(text_utf8_cut(name, strlen(name), 100), 7);
}

static void what_a_terminal_would_obey_is_made_visible(void **state UNUSED)
{
    struct text t = {0};
    const char *nasty = "a\x1b[2J\n\xe2\x80\xae"
                        "b\xff";

    text_add_visible(&t, nasty, strlen(nasty));

    assert_string_equal(text_get(&t), "a\\x{1b}[2J\\x{a}\\x{202e}b\\xff");
    text_deinit(&t);
}

static void bytes_that_are_not_utf8_become_replacement_characters(void **state UNUSED)
{
    struct text t = {0};

    assert_int_equal(text_add_utf8(&t, "a\x90\\b", 4), 1);

    assert_string_equal(text_get(&t), "a\xef\xbf\xbd\\b");
    text_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_printed_in_its_zone),
        cmocka_unit_test(a_printed_time_reads_back_as_itself),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(whole_numbers_are_written_in_decimal),
        cmocka_unit_test(only_valid_utf8_counts_as_such),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(what_a_terminal_would_obey_is_made_visible),
        cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
