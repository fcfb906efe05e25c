/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/input.h"
#include "replay/quick.h"
#include "unit.h"

#define LINE(at, subject, metric, kind, number)                                        \
    "{\"at\":\"" at "\",\"reading\":{\"subject\":\"" subject "\",\"metric\":\"" metric \
    "\",\"kind\":\"" kind "\",\"number\":" number "}}"

#define PLAIN(number) LINE("2026-04-15T10:00:00+09:00", "engine", "running", "number", number)

/* Reads @bytes as JSON: a blank in front makes it a line that the quick reader leaves alone. */
static void read_slowly(const char *bytes, struct input_line *ret)
{
    char copy[512];
    struct text why[2] = {{0}, {0}};
    snprintf(copy, sizeof copy, "{ %s\n", bytes + 1);
    struct input input = {.in = fmemopen(copy, strlen(copy), "r")};

    assert_non_null(input.in);
    assert_int_equal(input_next(&input, ret, why), 0);
    assert_false(ret->is_borrowed);
    fclose(input.in);
    input_deinit(&input);
}

static void assert_both_agree(const char *bytes)
{
    char copy[512];
    struct input_line slow;
    struct reading quick;
    wall_ms at;
    snprintf(copy, sizeof copy, "%s", bytes);
    read_slowly(bytes, &slow);

    assert_true(quick_reading(copy, strlen(copy), &at, &quick));

    assert_true(at == slow.at);
    assert_string_equal(quick.of.subject, slow.reading.of.subject);
    assert_string_equal(quick.of.metric, slow.reading.of.metric);
    assert_string_equal(quick.of.instance, slow.reading.of.instance);
    assert_int_equal(quick.kind, slow.reading.kind);
    assert_memory_equal(&quick.number, &slow.reading.number, sizeof quick.number);
    assert_string_equal(quick.text, slow.reading.text);
    assert_int_equal(slow.reading.field_count, 0);
    input_line_deinit(&slow);
}

static void what_is_read_quickly_is_what_json_says(void **state UNUSED)
{
    static const char *const lines[] = {
        PLAIN("0"),
        PLAIN("1"),
        PLAIN("-7"),
        PLAIN("0.5"),
        PLAIN("-0.25"),
        PLAIN("99.9"),
        PLAIN("123456789012345"),
        PLAIN("0.00000000000001"),
        LINE("2026-04-15T10:00:00.123+09:00", "disk/var", "used_percent", "state", "41.7"),
        LINE("2024-02-29T23:59:59Z", "a b", "m", "number", "3"),
        LINE("2026-04-15T10:00:00-05:30", "x", "m_2", "number", "3"),
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_both_agree(lines[i]);
}

static void a_thousand_decimals_are_the_same_doubles(void **state UNUSED)
{
    uint64_t random = 88172645463325252;

    for (int i = 0; i < 1000; i++) {
        char line[256];
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        snprintf(line, sizeof line, PLAIN("%s%u.%0*u"), i % 2 ? "-" : "",
            (unsigned)(random % 1000000), 1 + i % 8, 1 + (unsigned)(random >> 32) % 9);
        assert_both_agree(line);
    }
}

static void all_else_is_left_as_it_was_for_the_reader_of_json(void **state UNUSED)
{
    static const char *const lines[] = {
        PLAIN("01"),
        PLAIN("1e3"),
        PLAIN("-0"),
        PLAIN("1."),
        PLAIN(".5"),
        PLAIN("1234567890123456"),
        PLAIN("null"),
        PLAIN("0") " ",
        " " PLAIN("0"),
        LINE("2026-04-15T10:00:00+09:00", "eng\\u0069ne", "running", "number", "1"),
        LINE("2026-04-15T10:00:00+09:00", "\xe6\xa9\x8b", "running", "number", "1"),
        LINE("2026-04-15T10:00:00+09:00", "", "running", "number", "1"),
        LINE("2026-04-15T10:00:00+09:00", "engine", "Running", "number", "1"),
        LINE("2026-04-15T10:00:00+09:00", "engine", "running", "blind", "1"),
        LINE("2026-04-31T10:00:00+09:00", "engine", "running", "number", "1"),
        LINE("2026-04-15T10:00:00", "engine", "running", "number", "1"),
        "{\"at\":\"2026-04-15T10:00:00Z\",\"agent\":\"stop\"}",
        "",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char copy[512];
        struct reading reading;
        wall_ms at;
        snprintf(copy, sizeof copy, "%s", lines[i]);

        assert_false(quick_reading(copy, strlen(copy), &at, &reading));
        assert_string_equal(copy, lines[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_quickly_is_what_json_says),
        cmocka_unit_test(a_thousand_decimals_are_the_same_doubles),
        cmocka_unit_test(all_else_is_left_as_it_was_for_the_reader_of_json),
    };
    return cmocka_run_group_tests_name("replay/quick", tests, NULL, NULL);
}
