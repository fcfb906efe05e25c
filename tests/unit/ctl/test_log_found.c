/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "ctl/log_found.h"
#include "unit.h"

static void take(struct log_found *f, const char *line)
{
    json_t *o = json_loads(line, 0, NULL);
    assert_non_null(o);
    log_found_take(f, o);
    json_decref(o);
}

#define EVENT(METRIC, TEXT)                                                                     \
    "{\"type\":\"reading\",\"kind\":\"event\",\"metric\":\"" METRIC "\",\"text\":\"" TEXT "\"," \
    "\"fields\":{\"job\":\"J1\",\"file\":\"/x\",\"offset\":\"12\",\"rc\":\"8\"},"               \
    "\"keep\":{\"offset\":\"..\"},\"subject\":\"log\"}"
#define UNREAD(NUMBER) \
    "{\"type\":\"reading\",\"kind\":\"number\",\"metric\":\"unread_bytes\",\"number\":" NUMBER "}"
#define SILENT "{\"type\":\"reading\",\"kind\":\"number\",\"metric\":\"silent_s\",\"number\":1}"

static void events_are_counted_by_metric(void **state UNUSED)
{
    struct log_found f;
    struct text summary = {0};
    log_found_init(&f, false);

    take(&f, EVENT("failure", "a"));
    take(&f, EVENT("start", "b"));
    take(&f, EVENT("failure", "c"));
    log_found_summary(&f, &summary);

    assert_int_equal(f.count, 3);
    assert_string_equal(text_get(&summary), "failure 2, start 1");
    text_deinit(&summary);
    log_found_deinit(&f);
}

static void events_that_are_gathered_have_nothing_of_the_wire(void **state UNUSED)
{
    struct log_found f;
    log_found_init(&f, true);

    take(&f, EVENT("failure", "a"));

    const json_t *event = json_array_get(f.events, 0);
    assert_string_equal(json_string_value(json_object_get(event, "metric")), "failure");
    assert_string_equal(json_string_value(json_object_get(event, "text")), "a");
    assert_int_equal(json_object_size(event), 3);
    log_found_deinit(&f);
}

static void an_event_is_shown_in_two_lines_that_a_terminal_can_take(void **state UNUSED)
{
    struct text shown = {0};
    json_t *event = json_loads(EVENT("failure", "red \\u001b[31m and\\na second line"), 0, NULL);

    log_found_show(event, &shown);

    const char *text = text_get(&shown);
    assert_ptr_equal(strstr(text, "12  failure  job=J1  rc=8\n    red "), text);
    assert_null(strchr(text, '\x1b'));
    assert_ptr_equal(strchr(text, '\n'), strrchr(text, '\n'));
    json_decref(event);
    text_deinit(&shown);
}

static void an_event_without_offset_or_text_is_shown_too(void **state UNUSED)
{
    struct text shown = {0};
    json_t *event = json_pack("{s:s}", "metric", "encoding");

    log_found_show(event, &shown);

    assert_string_equal(text_get(&shown), "-  encoding\n    ");
    json_decref(event);
    text_deinit(&shown);
}

static void a_file_is_done_when_nothing_is_unread(void **state UNUSED)
{
    struct log_found f;
    log_found_init(&f, false);

    take(&f, UNREAD("10"));
    assert_false(f.is_done);
    take(&f, UNREAD("0"));

    assert_true(f.is_done);
    assert_null(f.blind);
    log_found_deinit(&f);
}

static void what_stands_behind_an_end_mark_is_not_waited_for_for_ever(void **state UNUSED)
{
    struct log_found f;
    log_found_init(&f, false);
    int checks = 0;

    for (; !f.is_done && checks < 1000; checks++)
        take(&f, SILENT);

    assert_in_range(checks, 2, 100);
    log_found_deinit(&f);
}

static void a_file_that_is_still_being_read_is_waited_for(void **state UNUSED)
{
    struct log_found f;
    char line[128];
    log_found_init(&f, false);

    for (int unread = 1000; unread > 0 && !f.is_done; unread--) {
        snprintf(line, sizeof line, UNREAD("%d"), unread);
        take(&f, line);
        take(&f, SILENT);
    }

    assert_false(f.is_done);
    log_found_deinit(&f);
}

static void a_file_that_cannot_be_read_is_told_with_its_reason(void **state UNUSED)
{
    struct log_found f;
    log_found_init(&f, false);

    take(&f,
        "{\"type\":\"reading\",\"kind\":\"blind\",\"metric\":\"silent_s\",\"text\":\"no right\"}");

    assert_true(f.is_done);
    assert_string_equal(f.blind, "no right");
    log_found_deinit(&f);
}

static void lines_that_are_no_readings_are_passed_over(void **state UNUSED)
{
    static const char *const lines[] = {"{\"type\":\"hello\"}", "{}", "[]", "{\"type\":7}",
        "{\"type\":\"reading\"}", "{\"type\":\"reading\",\"kind\":\"event\"}",
        "{\"type\":\"reading\",\"metric\":\"failure\"}",
        "{\"type\":\"reading\",\"kind\":\"blind\",\"metric\":7}"};
    struct log_found f;
    log_found_init(&f, true);

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        take(&f, lines[i]);
    assert_null(log_found_take(&f, NULL));

    assert_int_equal(f.count, 0);
    assert_false(f.is_done);
    log_found_deinit(&f);
}

static json_t *open_line(const char *path)
{
    json_t *options = json_pack("{s:s, s:s, s:s, s:[s], s:[s], s:[s], s:i, s:s, s:[{s:s}]}", "path",
        "/var/log/%Y/app.log", "pair", "/var/log/other.log", "source", "command", "command",
        "/bin/true", "record_key", "job", "announced_in", "/renkei/in", "flush", 2000, "encoding",
        "CP932", "patterns", "pattern", "x");
    return log_found_open_line(options, "log", 10000, "ja", path);
}

static void the_saved_file_stands_in_the_place_of_the_log(void **state UNUSED)
{
    json_t *line = open_line("/tmp/saved.log");

    const json_t *options = json_object_get(line, "options");
    assert_string_equal(json_string_value(json_object_get(options, "path")), "/tmp/saved.log");
    assert_string_equal(json_string_value(json_object_get(options, "source")), "file");
    assert_string_equal(json_string_value(json_object_get(options, "start")), "begin");
    assert_true(json_is_true(json_object_get(options, "must_exist")));
    assert_true(json_integer_value(json_object_get(options, "flush")) < 2000);
    assert_string_equal(json_string_value(json_object_get(options, "encoding")), "CP932");
    assert_int_equal(json_array_size(json_object_get(options, "patterns")), 1);
    assert_string_equal(json_string_value(json_object_get(line, "subject")), "log");
    assert_string_equal(json_string_value(json_object_get(line, "language")), "ja");
    json_decref(line);
}

static void nothing_else_than_the_saved_file_is_looked_at(void **state UNUSED)
{
    static const char *const names[] = {"pair", "command", "record_key", "announced_in"};
    json_t *line = open_line("/tmp/saved.log");

    const json_t *options = json_object_get(line, "options");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null(json_object_get(options, names[i]));
    json_decref(line);
}

static void a_percent_sign_in_the_files_name_is_no_mark_of_a_date(void **state UNUSED)
{
    json_t *line = open_line("/tmp/100%H/%%.log");

    const json_t *options = json_object_get(line, "options");

    assert_string_equal(
        json_string_value(json_object_get(options, "path")), "/tmp/100%%H/%%%%.log");
    json_decref(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_counted_by_metric),
        cmocka_unit_test(events_that_are_gathered_have_nothing_of_the_wire),
        cmocka_unit_test(an_event_is_shown_in_two_lines_that_a_terminal_can_take),
        cmocka_unit_test(an_event_without_offset_or_text_is_shown_too),
        cmocka_unit_test(a_file_is_done_when_nothing_is_unread),
        cmocka_unit_test(what_stands_behind_an_end_mark_is_not_waited_for_for_ever),
        cmocka_unit_test(a_file_that_is_still_being_read_is_waited_for),
        cmocka_unit_test(a_file_that_cannot_be_read_is_told_with_its_reason),
        cmocka_unit_test(lines_that_are_no_readings_are_passed_over),
        cmocka_unit_test(the_saved_file_stands_in_the_place_of_the_log),
        cmocka_unit_test(nothing_else_than_the_saved_file_is_looked_at),
        cmocka_unit_test(a_percent_sign_in_the_files_name_is_no_mark_of_a_date),
    };
    return cmocka_run_group_tests_name("ctl/log_found", tests, NULL, NULL);
}
