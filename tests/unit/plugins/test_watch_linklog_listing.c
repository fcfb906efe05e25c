/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linklog_fixture.h"
#include "unit.h"

/* A tool that prints what stands in the file "list" of the folder, by the script "tool". */
struct listed {
    struct fixture x;
    char tool[96];
    struct fake_option options[12];
};

static int set_up(void **state)
{
    static struct listed s;
    fixture_init(&s.x);
    snprintf(s.tool, sizeof s.tool, "%s/tool", s.x.folder);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct listed *s = *state;
    fixture_deinit(&s->x);
    return 0;
}

static const struct fake_option failed[] = {
    {.name = "pattern",
        .value = "^(?<job>\\S+) +\\S+ +(?<time>[\\d/]+ +[\\d:]+) +\\S+ +(?<records>\\d+) "
                 "(?!0000-0000)(?<rc>\\d{4})-(?<detail>\\d{4}) "},
    {.name = NULL}};
static const struct fake_option ended[] = {
    {.name = "pattern",
        .value = "^(?<job>\\S+) +\\S+ +(?<time>[\\d/]+ +[\\d:]+) +[\\d:]+ +(?<records>\\d+) "
                 "0000-0000 "},
    {.name = "kind", .value = "end"}, {.name = NULL}};

/* The transfer history's profile; @start: where the first listing begins. */
static void start_listing(struct listed *s, const char *start)
{
    const struct fake_option options[] = {{.name = "path", .value = NULL},
        {.name = "source", .value = "command"}, {.name = "command", .value = s->tool},
        {.name = "start", .value = start}, {.name = "time_format", .value = "%Y/%m/%d %H:%M:%S"},
        {.name = "record_key", .value = "job"}, {.name = "record_key", .value = "time"},
        {.name = "timeout", .value = "300ms"}, {.name = "patterns", .group = failed},
        {.name = "patterns", .group = ended}, {.name = NULL}};
    memcpy(s->options, options, sizeof options);
    fixture_start(&s->x, s->options);
}

/* Makes @script the tool. */
static void write_tool(const struct listed *s, const char *script)
{
    unlink(s->tool);
    fixture_append(&s->x, "tool", "#!/bin/sh\n");
    fixture_append(&s->x, "tool", script);
    assert_int_equal(chmod(s->tool, 0755), 0);
}

static void write_list(const struct listed *s, const char *rows)
{
    char script[2048];
    snprintf(script, sizeof script,
        "cat <<'END'\nSEND LOG LIST   2026/04/15 05:40:02\nFILEID   HOST NAME START DAY\n%sEND\n",
        rows);
    write_tool(s, script);
}

#define ROW_FAILED "ZEIFUKA1 RENKEI01  2026/04/15  01:30:00   01:30:00  0000000000 0250-0205 LAN\n"
#define ROW_RUNS "KOKUHO01 RENKEI01  2026/04/15  02:00:00   --:--:--  0000000000 0000-0000 LAN\n"
#define ROW_ENDED "KOKUHO01 RENKEI01  2026/04/15  02:00:00   02:00:09  0000000012 0000-0000 LAN\n"
#define ROW_BROKEN "KOKUHO01 RENKEI01  2026/04/15  02:00:00   02:00:09  0000000012 0516-0000 LAN\n"

/* Looks once more and waits for what the tool says. */
static const struct fake_reading *look(struct listed *s)
{
    assert_int_equal(fake_host_check(s->x.host), 0);
    const struct fake_reading *r = fake_host_await(s->x.host, NULL, "listed_lines", 30000);
    assert_non_null(r);
    return r;
}

static void await_first(struct listed *s)
{
    fixture_await(&s->x, "listed_lines", 1);
}

static void the_first_listing_tells_nothing_old(void **state)
{
    struct listed *s = *state;

    write_list(s, ROW_FAILED);
    start_listing(s, "end");
    await_first(s);
    write_list(s, ROW_FAILED ROW_ENDED);
    look(s);

    assert_int_equal(fake_host_count(s->x.host, NULL, "failure"), 0);
    assert_int_equal(fake_host_count(s->x.host, NULL, "end"), 1);
    assert_string_equal(fixture_fields(&s->x, "job"), "KOKUHO01");
}

static void a_first_listing_from_the_begin_tells_all(void **state)
{
    struct listed *s = *state;

    write_list(s, ROW_FAILED ROW_ENDED);
    start_listing(s, "begin");
    await_first(s);

    const struct fake_reading *failure = fixture_reading(&s->x, "failure", 0);
    assert_string_equal(fake_reading_field(failure, "job"), "ZEIFUKA1");
    assert_string_equal(fake_reading_field(failure, "rc"), "0250");
    assert_string_equal(fake_reading_field(failure, "detail"), "0205");
    assert_string_equal(fake_reading_field(failure, "file"), s->tool);
    assert_true(failure->at_ms > 0);
    assert_int_equal(fixture_reading(&s->x, "listed_lines", 0)->number, 4);
}

static void a_record_is_told_once_however_often_it_is_listed(void **state)
{
    struct listed *s = *state;

    write_list(s, ROW_FAILED);
    start_listing(s, "begin");
    await_first(s);
    look(s);
    fixture_restart(&s->x);
    fake_host_await(s->x.host, NULL, "listed_lines", 30000);

    assert_int_equal(fake_host_count(s->x.host, NULL, "failure"), 1);
}

static void a_transfer_that_was_running_is_told_when_it_ended(void **state)
{
    struct listed *s = *state;

    write_list(s, ROW_RUNS);
    start_listing(s, "begin");
    await_first(s);
    assert_int_equal(fake_host_count(s->x.host, NULL, "end"), 0);
    write_list(s, ROW_BROKEN);
    look(s);

    assert_int_equal(fake_host_count(s->x.host, NULL, "failure"), 1);
}

static void a_listing_that_was_empty_for_once_makes_nothing_new(void **state)
{
    struct listed *s = *state;

    write_list(s, ROW_FAILED);
    start_listing(s, "begin");
    await_first(s);
    write_list(s, "");
    look(s);
    write_list(s, ROW_FAILED);
    look(s);

    assert_int_equal(fake_host_count(s->x.host, NULL, "failure"), 1);
}

static void a_command_that_fails_is_blind_and_not_good(void **state)
{
    struct listed *s = *state;

    write_tool(s, "exit 3\n");
    start_listing(s, "begin");
    await_first(s);

    const struct fake_reading *r = fixture_reading(&s->x, "listed_lines", 0);
    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, "code 3"));
    write_list(s, "");
    assert_int_equal(look(s)->kind, HM_NUMBER);
}

static void a_command_that_hangs_is_ended_and_blind(void **state)
{
    struct listed *s = *state;

    write_tool(s, "sleep 1000\n");
    start_listing(s, "begin");
    await_first(s);

    const struct fake_reading *r = fixture_reading(&s->x, "listed_lines", 0);
    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, "time limit"));
}

static void a_command_that_is_not_there_is_blind(void **state)
{
    struct listed *s = *state;

    start_listing(s, "begin");
    await_first(s);

    assert_int_equal(fixture_reading(&s->x, "listed_lines", 0)->kind, HM_BLIND);
}

static void a_command_that_prints_without_end_is_blind(void **state)
{
    struct listed *s = *state;

    write_tool(s, "head -c 2000000 /dev/zero | tr '\\0' 'x'\n");
    start_listing(s, "begin");
    await_first(s);

    const struct fake_reading *r = fixture_reading(&s->x, "listed_lines", 0);
    assert_int_equal(r->kind, HM_BLIND);
}

static void more_records_than_can_be_remembered_are_blind(void **state)
{
    struct listed *s = *state;

    write_tool(s, "i=0; while [ $i -lt 9000 ]; do i=$((i + 1)); echo \"J$i RENKEI01  2026/04/15  "
                  "01:30:00   01:30:00  0000000000 0250-0205 LAN\"; done\n");
    const struct fake_option slow = {.name = "timeout", .value = "30s"};
    start_listing(s, "begin");
    s->x.host = fake_host_free(s->x.host);
    s->options[7] = slow;
    fixture_start(&s->x, s->options);
    await_first(s);

    const struct fake_reading *r = fixture_reading(&s->x, "listed_lines", 0);
    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, "8000"));
}

static void what_vanished_from_the_listing_makes_place(void **state)
{
    struct listed *s = *state;
    char script[512];

    for (int page = 0; page < 3; page++) {
        snprintf(script, sizeof script,
            "i=%d; while [ $i -lt %d ]; do i=$((i + 1)); echo \"J$i RENKEI01  2026/04/15  "
            "01:30:00   01:30:00  0000000000 0250-0205 LAN\"; done\n",
            page * 4500, page * 4500 + 4500);
        write_tool(s, script);
        if (page == 0) {
            start_listing(s, "begin");
            s->x.host = fake_host_free(s->x.host);
            s->options[7] = (struct fake_option){.name = "timeout", .value = "30s"};
            fixture_start(&s->x, s->options);
            await_first(s);
        } else {
            assert_int_equal(look(s)->kind, HM_NUMBER);
        }
    }
    look(s);

    assert_int_equal(fake_host_count(s->x.host, NULL, "failure"), 3 * 4500);
}

static void options_that_do_not_go_together_are_refused(void **state)
{
    struct listed *s = *state;
    const struct fake_option with_path[] = {{.name = "path", .value = "/var/log/x"},
        {.name = "source", .value = "command"}, {.name = "command", .value = "/bin/true"},
        {.name = "patterns", .group = failed}, {.name = NULL}};
    const struct fake_option without_command[] = {{.name = "source", .value = "command"},
        {.name = "patterns", .group = failed}, {.name = NULL}};
    const struct fake_option without_path[] = {
        {.name = "patterns", .group = failed}, {.name = NULL}};
    const struct fake_option no_capture[] = {{.name = "source", .value = "command"},
        {.name = "command", .value = "/bin/true"}, {.name = "record_key", .value = "partner"},
        {.name = "patterns", .group = failed}, {.name = NULL}};
    const struct {
        const struct fake_option *options;
        const char *complaint;
    } cases[] = {{with_path, "not with source"}, {without_command, "absolute path of a program"},
        {without_path, "absolute path of a file"}, {no_capture, "no pattern has a capture"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        s->x.host = fake_host_new(&hashimori_plugin, cases[i].options);
        assert_int_not_equal(fake_host_open(s->x.host), 0);
        assert_true(fake_host_complained(s->x.host, cases[i].complaint));
        s->x.host = fake_host_free(s->x.host);
    }
}

#define LISTING_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTING_TEST(the_first_listing_tells_nothing_old),
        LISTING_TEST(a_first_listing_from_the_begin_tells_all),
        LISTING_TEST(a_record_is_told_once_however_often_it_is_listed),
        LISTING_TEST(a_transfer_that_was_running_is_told_when_it_ended),
        LISTING_TEST(a_listing_that_was_empty_for_once_makes_nothing_new),
        LISTING_TEST(a_command_that_fails_is_blind_and_not_good),
        LISTING_TEST(a_command_that_hangs_is_ended_and_blind),
        LISTING_TEST(a_command_that_is_not_there_is_blind),
        LISTING_TEST(a_command_that_prints_without_end_is_blind),
        LISTING_TEST(more_records_than_can_be_remembered_are_blind),
        LISTING_TEST(what_vanished_from_the_listing_makes_place),
        LISTING_TEST(options_that_do_not_go_together_are_refused),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog listing", tests, NULL, NULL);
}
