/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/input.h"
#include "unit.h"

#define AT "\"at\":\"2026-04-15T10:00:00+09:00\""

static int next_of(const char *bytes, struct input_line *ret, struct text why[2], size_t *number)
{
    FILE *in = fmemopen((void *)(uintptr_t)bytes, strlen(bytes), "r");

    assert_non_null(in);
    struct input input = {.in = in, .number = *number};
    int r = input_next(&input, ret, why);
    *number = input.number;
    input_deinit(&input);
    fclose(in);
    return r;
}

static void each_kind_of_line_is_read(void **state UNUSED)
{
    static const struct {
        const char *bytes;
        enum input_kind kind;
    } rows[] = {
        {"{" AT ",\"reading\":{\"subject\":\"engine\",\"metric\":\"running\",\"kind\":\"state\","
         "\"number\":0}}\n",
            INPUT_READING},
        {"{" AT ",\"reading\":{\"subject\":\"log\",\"metric\":\"failure\",\"kind\":\"event\","
         "\"text\":\"x\",\"fields\":{\"job\":\"Z\"}}}\n",
            INPUT_READING},
        {"{" AT ",\"command\":{\"do\":\"incident.reported\",\"id\":1}}\n", INPUT_COMMAND},
        {"{" AT ",\"agent\":\"stop\"}\n", INPUT_AGENT_STOP},
        {"{" AT ",\"agent\":\"start\",\"boot_id\":\"b2\"}\r\n", INPUT_AGENT_START},
        {"{" AT ",\"clock\":{\"step_ms\":-600000}}", INPUT_CLOCK},
        {"{" AT ",\"receipt\":{\"destination\":\"nms\",\"result\":\"later\"}}\n", INPUT_RECEIPT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text why[2] = {{0}, {0}};
        struct input_line line;
        size_t number = 0;

        assert_int_equal(next_of(rows[i].bytes, &line, why, &number), 0);

        assert_int_equal(line.kind, rows[i].kind);
        assert_true(line.at == 1776214800000);
        input_line_deinit(&line);
    }
}

static void a_commands_members_become_its_arguments(void **state UNUSED)
{
    struct text why[2] = {{0}, {0}};
    struct input_line line;
    size_t number = 0;

    assert_int_equal(
        next_of("{" AT ",\"command\":{\"do\":\"incident.ack\",\"id\":7,\"note\":\"mine\"}}", &line,
            why, &number),
        0);

    assert_string_equal(line.command.verb, "incident.ack");
    assert_string_equal(command_arg(&line.command, "id"), "7");
    assert_string_equal(command_arg(&line.command, "note"), "mine");
    input_line_deinit(&line);
}

static void blank_lines_count_and_are_skipped(void **state UNUSED)
{
    struct text why[2] = {{0}, {0}};
    struct input_line line;
    size_t number = 0;

    assert_int_equal(next_of("\n  \n{" AT ",\"agent\":\"stop\"}\n", &line, why, &number), 0);
    assert_int_equal(line.number, 3);
    input_line_deinit(&line);
    number = 0;
    assert_int_equal(next_of("\n\n", &line, why, &number), INPUT_E_END);
}

static void a_wrong_line_is_named_by_its_number_in_both_languages(void **state UNUSED)
{
    static const char *const wrong[] = {"\ngarbage", "\n[]", "\n{\"a\":1,\"a\":2}",
        "\n{\"agent\":\"stop\"}", "\n{\"at\":\"2026-04-15T10:00:00\",\"agent\":\"stop\"}",
        "\n{\"at\":\"2026-02-30T10:00:00Z\",\"agent\":\"stop\"}", "\n{" AT "}",
        "\n{" AT ",\"agent\":\"pause\"}", "\n{" AT ",\"agent\":1}", "\n{" AT ",\"clock\":{}}",
        "\n{" AT ",\"clock\":{\"step_ms\":\"1\"}}", "\n{" AT ",\"reading\":[]}",
        "\n{" AT ",\"reading\":{\"metric\":\"m\",\"kind\":\"number\",\"number\":1}}",
        "\n{" AT ",\"reading\":{\"subject\":\"s\",\"metric\":\"A B\",\"kind\":\"number\"}}",
        "\n{" AT ",\"reading\":{\"subject\":\"s\",\"metric\":\"m\",\"kind\":\"maybe\"}}",
        "\n{" AT ",\"command\":{\"id\":1}}", "\n{" AT ",\"command\":{\"do\":\"x\",\"id\":[1]}}",
        "\n{" AT ",\"receipt\":{\"destination\":\"d\",\"result\":\"ok\"}}",
        "\n{" AT ",\"agent\":\"stop\",\"clock\":{\"step_ms\":1}}"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct text why[2] = {{0}, {0}};
        struct input_line line;
        size_t number = 0;

        assert_int_equal(next_of(wrong[i], &line, why, &number), INPUT_E_BAD);

        assert_memory_equal(text_get(&why[LANGUAGE_EN]), "2: ", 3);
        assert_memory_equal(text_get(&why[LANGUAGE_JA]), "2: ", 3);
        assert_non_null(strstr(text_get(&why[LANGUAGE_EN]), "accepted: "));
        text_deinit(&why[0]);
        text_deinit(&why[1]);
    }
}

static void a_line_over_64_kib_is_refused(void **state UNUSED)
{
    struct text why[2] = {{0}, {0}};
    struct text bytes = {0};
    struct input_line line;
    size_t number = 0;
    for (int i = 0; i < 7000; i++)
        text_add(&bytes, "0123456789");

    assert_int_equal(next_of(text_get(&bytes), &line, why, &number), INPUT_E_BAD);

    assert_non_null(strstr(text_get(&why[LANGUAGE_EN]), "64 KiB"));
    text_deinit(&bytes);
    text_deinit(&why[0]);
    text_deinit(&why[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_line_is_read),
        cmocka_unit_test(a_commands_members_become_its_arguments),
        cmocka_unit_test(blank_lines_count_and_are_skipped),
        cmocka_unit_test(a_wrong_line_is_named_by_its_number_in_both_languages),
        cmocka_unit_test(a_line_over_64_kib_is_refused),
    };
    return cmocka_run_group_tests_name("replay/input", tests, NULL, NULL);
}
