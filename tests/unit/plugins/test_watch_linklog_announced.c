/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linklog_fixture.h"
#include "unit.h"

/* Files come into the folder's folders "in" and "done". */
struct arrivals {
    struct fixture x;
    char in[128], done[128];
    struct fake_option options[12];
};

static void start(struct arrivals *a, const char *wait)
{
    const struct fake_option options[] = {{.name = "start", .value = "begin"},
        {.name = "announced_in", .value = a->in}, {.name = "announced_in", .value = a->done},
        {.name = "announced_wait", .value = wait},
        FIXTURE_PATTERN("end", "ENDED (?:ID=(?<job>\\S+) )?NAME=(?<name>.*) SIZE=(?<bytes>\\S*)$"),
        FIXTURE_PATTERN("start", "BEGIN (?<n>\\d+)"), FIXTURE_END};
    memcpy(a->options, options, sizeof options);
    fixture_start(&a->x, a->options);
}

static int set_up(void **state)
{
    static struct arrivals a;
    fixture_init(&a.x);
    snprintf(a.in, sizeof a.in, "%s/in", a.x.folder);
    snprintf(a.done, sizeof a.done, "%s/done", a.x.folder);
    assert_int_equal(mkdir(a.in, 0755), 0);
    assert_int_equal(mkdir(a.done, 0755), 0);
    fixture_append(&a.x, "app.log", "");
    *state = &a;
    return 0;
}

static int tear_down(void **state)
{
    struct arrivals *a = *state;
    fixture_deinit(&a->x);
    return 0;
}

static const char *field(const struct fake_reading *r, const char *name)
{
    const char *value = fake_reading_field(r, name);
    return value != NULL ? value : "(none)";
}

static void a_file_of_the_size_that_was_announced_is_a_match(void **state)
{
    struct arrivals *a = *state;

    fixture_append(&a->x, "in/a.csv", "12345");
    start(a, "30s");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=/renkei/in/a.csv SIZE=5\n");
    fixture_await(&a->x, "size_match", 1);

    const struct fake_reading *r = fixture_reading(&a->x, "size_match", 0);
    assert_string_equal(field(r, "job"), "ZEI-1");
    assert_string_equal(field(r, "name"), "a.csv");
    assert_string_equal(field(r, "announced_bytes"), "5");
    assert_string_equal(field(r, "found_bytes"), "5");
    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
    fake_host_check(a->x.host);
    assert_true(fake_host_last(a->x.host, NULL, "announced_files")->number < 1);
}

static void a_file_that_is_still_written_is_waited_for(void **state)
{
    struct arrivals *a = *state;

    start(a, "30s");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=1,005\n");
    fixture_append(&a->x, "in/a.csv", "12345");
    fixture_await(&a->x, "end", 1);
    fake_host_check(a->x.host);
    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
    assert_true(fake_host_last(a->x.host, NULL, "announced_files")->number > 0);
    char rest[1001];
    memset(rest, 'x', sizeof rest);
    fixture_append_bytes(&a->x, "in/a.csv", rest, 1000);
    fixture_await(&a->x, "size_match", 1);

    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
}

static void another_size_at_the_end_of_the_wait_is_a_mismatch(void **state)
{
    struct arrivals *a = *state;

    fixture_append(&a->x, "in/a.csv", "12345");
    start(a, "200ms");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=6\n");
    fixture_await(&a->x, "size_mismatch", 1);

    const struct fake_reading *r = fixture_reading(&a->x, "size_mismatch", 0);
    assert_string_equal(r->text, "the file a.csv was announced with 6 bytes and has 5");
    assert_string_equal(field(r, "job"), "ZEI-1");
    assert_string_equal(field(r, "announced_bytes"), "6");
    assert_string_equal(field(r, "found_bytes"), "5");
}

static void a_file_that_does_not_come_is_a_mismatch_without_a_size(void **state)
{
    struct arrivals *a = *state;

    start(a, "200ms");
    a->x.host->language = "ja";
    fixture_append(&a->x, "app.log", "ENDED NAME=届かない.csv SIZE=6\n");
    fixture_await(&a->x, "size_mismatch", 1);

    const struct fake_reading *r = fixture_reading(&a->x, "size_mismatch", 0);
    assert_string_equal(r->text, "通知されたファイル 届かない.csv (6 バイト) がありません");
    assert_string_equal(field(r, "job"), "届かない.csv");
    assert_string_equal(field(r, "found_bytes"), "(none)");
}

static void of_files_in_two_folders_the_one_of_the_right_size_counts(void **state)
{
    struct arrivals *a = *state;

    fixture_append(&a->x, "in/a.csv", "of yesterday");
    fixture_append(&a->x, "done/a.csv", "12345");
    start(a, "30s");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=5\n");
    fixture_await(&a->x, "size_match", 1);

    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
}

static void what_is_waited_for_is_known_after_a_restart(void **state)
{
    struct arrivals *a = *state;

    start(a, "30s");
    fixture_append(&a->x, "app.log",
        "ENDED ID=ZEI-1 NAME=a.csv SIZE=5\nENDED ID=JUK 2 NAME=b\tb.csv SIZE=1\n"
        "ENDED ID=ZEI-3 NAME=c c.csv SIZE=7\n");
    fixture_await(&a->x, "end", 2);
    fake_host_close(a->x.host);
    fixture_append(&a->x, "in/a.csv", "12345");
    fixture_append(&a->x, "done/c c.csv", "1234567");
    fixture_restart(&a->x);
    fixture_await(&a->x, "size_match", 2);
    fixture_restart(&a->x);
    fixture_idle(&a->x);

    assert_int_equal(fake_host_count(a->x.host, NULL, "size_match"), 2);
    assert_string_equal(field(fixture_reading(&a->x, "size_match", 1), "job"), "ZEI-3");
}

static void a_name_that_is_announced_again_is_looked_for_once(void **state)
{
    struct arrivals *a = *state;

    start(a, "30s");
    fixture_append(
        &a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=5\nENDED ID=ZEI-1 NAME=a.csv SIZE=6\n");
    fixture_await(&a->x, "end", 2);
    fixture_append(&a->x, "in/a.csv", "123456");
    fixture_await(&a->x, "size_match", 1);
    fake_host_check(a->x.host);

    assert_true(fake_host_last(a->x.host, NULL, "announced_files")->number < 1);
    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
}

static void names_and_sizes_that_are_none_are_not_looked_for(void **state)
{
    struct arrivals *a = *state;

    start(a, "100ms");
    fixture_append(&a->x, "app.log",
        "ENDED NAME=.. SIZE=5\nENDED NAME=/renkei/in/ SIZE=5\nENDED NAME=a.csv SIZE=five\n"
        "ENDED NAME=a.csv SIZE=\nENDED NAME=a.csv SIZE=99999999999999999999999\nBEGIN 1\n");
    fixture_await(&a->x, "start", 1);
    fake_host_check(a->x.host);

    assert_int_equal(fake_host_count(a->x.host, NULL, "end"), 5);
    assert_true(fake_host_last(a->x.host, NULL, "announced_files")->number < 1);
    fixture_idle(&a->x);
    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
}

static void a_link_is_no_file_that_came(void **state)
{
    struct arrivals *a = *state;
    char link[192];

    fixture_append(&a->x, "secret", "12345");
    snprintf(link, sizeof link, "%s/a.csv", a->in);
    assert_int_equal(symlink("../secret", link), 0);
    start(a, "100ms");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=5\n");
    fixture_await(&a->x, "size_mismatch", 1);

    assert_string_equal(field(fixture_reading(&a->x, "size_mismatch", 0), "found_bytes"), "(none)");
}

static void a_folder_that_cannot_be_looked_into_is_blind_and_no_mismatch(void **state)
{
    struct arrivals *a = *state;

    start(a, "100ms");
    assert_int_equal(rmdir(a->done), 0);
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=5\n");
    const struct fake_reading *r = fake_host_await(a->x.host, NULL, "announced_files", 30000);

    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, "/done: there is no such folder"));
    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
    fake_host_check(a->x.host);
    assert_int_equal(fake_host_last(a->x.host, NULL, "announced_files")->kind, HM_BLIND);
    assert_int_equal(mkdir(a->done, 0755), 0);
    fake_host_check(a->x.host);
    assert_int_equal(fake_host_last(a->x.host, NULL, "announced_files")->kind, HM_NUMBER);
}

static void folders_that_hung_are_left_out_and_waited_for(void **state)
{
    struct arrivals *a = *state;

    start(a, "100ms");
    assert_string_equal(a->x.host->announced[0], "announced");
    assert_string_equal(fake_host_last(a->x.host, NULL, "announced_files")->instance, "announced");
    fake_host_forget(a->x.host);
    a->x.host->skipped = "announced";
    fixture_append(&a->x, "in/a.csv", "12345");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=6\nBEGIN 1\n");
    fixture_await(&a->x, "start", 1);
    fake_host_check(a->x.host);
    fake_host_run_until(a->x.host, NULL, NULL, 200);
    assert_int_equal(a->x.host->announce_count, 0);
    assert_int_equal(fake_host_count(a->x.host, NULL, "announced_files"), 0);
    assert_int_equal(fake_host_count(a->x.host, NULL, "size_mismatch"), 0);
    a->x.host->skipped = NULL;
    fixture_restart(&a->x);
    fixture_await(&a->x, "size_mismatch", 1);

    assert_string_equal(field(fixture_reading(&a->x, "size_mismatch", 0), "found_bytes"), "5");
}

static void more_than_can_be_waited_for_is_blind(void **state)
{
    struct arrivals *a = *state;
    char line[600];

    start(a, "30s");
    for (int i = 0; i < 130; i++) {
        // The longest names and jobs that are kept.
        snprintf(
            line, sizeof line, "ENDED ID=J%0127d NAME=%0251d.csv SIZE=9223372036854775000\n", i, i);
        fixture_append(&a->x, "app.log", line);
    }
    fixture_await(&a->x, "end", 130);
    fake_host_check(a->x.host);

    const struct fake_reading *r = fake_host_last(a->x.host, NULL, "announced_files");
    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, "more than 128"));
    fixture_restart(&a->x);
    r = fake_host_last(a->x.host, NULL, "announced_files");
    assert_int_equal(r->kind, HM_NUMBER);
    assert_true(r->number > 127 && r->number < 129);
}

static void a_clock_that_is_set_back_lets_nothing_wait_for_longer(void **state)
{
    struct arrivals *a = *state;

    start(a, "200ms");
    fixture_append(&a->x, "app.log", "ENDED ID=ZEI-1 NAME=a.csv SIZE=5\n");
    fixture_await(&a->x, "end", 1);
    a->x.host->clock_shift_ms -= 3600 * 1000;
    fixture_await(&a->x, "size_mismatch", 1);

    assert_int_equal(fake_host_count(a->x.host, NULL, "size_match"), 0);
}

static void a_state_that_is_nonsense_is_nothing_waited_for(void **state)
{
    struct arrivals *a = *state;

    start(a, "30s");
    fake_host_close(a->x.host);
    const struct hm_host *host = fake_host_get(a->x.host);
    host->keep(host, "announced0", "1 2\nrubbish\n5 6 job\t\n\n9 x y\tz\n");
    fixture_restart(&a->x);

    assert_true(fake_host_last(a->x.host, NULL, "announced_files")->number < 1);
}

static void a_listing_announces_too(void **state)
{
    struct arrivals *a = *state;
    char tool[128];
    const struct fake_option options[] = {{.name = "path", .value = NULL},
        {.name = "source", .value = "command"}, {.name = "command", .value = tool},
        {.name = "start", .value = "begin"}, {.name = "announced_in", .value = a->in},
        FIXTURE_PATTERN("end", "^(?<job>\\S+) (?<name>\\S+) (?<bytes>\\d+)$"), FIXTURE_END};

    snprintf(tool, sizeof tool, "%s/tool", a->x.folder);
    fixture_append(&a->x, "tool", "#!/bin/sh\necho ZEI-1 a.csv 5\n");
    assert_int_equal(chmod(tool, 0755), 0);
    fixture_append(&a->x, "in/a.csv", "12345");
    fixture_start(&a->x, options);
    fixture_await(&a->x, "size_match", 1);

    assert_string_equal(field(fixture_reading(&a->x, "size_match", 0), "job"), "ZEI-1");
}

static void a_folder_must_be_an_absolute_path(void **state)
{
    struct arrivals *a = *state;
    const struct fake_option options[] = {{.name = "path", .value = a->x.log},
        {.name = "announced_in", .value = "renkei/in"},
        FIXTURE_PATTERN("end", "(?<name>x)(?<bytes>1)"), FIXTURE_END};
    a->x.host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(a->x.host);

    assert_int_equal(a->x.host->complaint_count, 1);
    assert_true(fake_host_complained(a->x.host, "renkei/in"));
}

static void folders_without_a_pattern_that_announces_are_complained_about(void **state)
{
    struct arrivals *a = *state;
    const struct fake_option options[] = {{.name = "path", .value = a->x.log},
        {.name = "announced_in", .value = "/renkei/in"}, FIXTURE_PATTERN("end", "(?<name>x)"),
        FIXTURE_END};
    a->x.host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(a->x.host);

    assert_int_equal(a->x.host->complaint_count, 1);
    assert_true(fake_host_complained(a->x.host, "bytes"));
    assert_int_equal(fake_host_open(a->x.host), -EINVAL);
}

#define ANNOUNCED_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANNOUNCED_TEST(a_file_of_the_size_that_was_announced_is_a_match),
        ANNOUNCED_TEST(a_file_that_is_still_written_is_waited_for),
        ANNOUNCED_TEST(another_size_at_the_end_of_the_wait_is_a_mismatch),
        ANNOUNCED_TEST(a_file_that_does_not_come_is_a_mismatch_without_a_size),
        ANNOUNCED_TEST(of_files_in_two_folders_the_one_of_the_right_size_counts),
        ANNOUNCED_TEST(what_is_waited_for_is_known_after_a_restart),
        ANNOUNCED_TEST(a_name_that_is_announced_again_is_looked_for_once),
        ANNOUNCED_TEST(names_and_sizes_that_are_none_are_not_looked_for),
        ANNOUNCED_TEST(a_link_is_no_file_that_came),
        ANNOUNCED_TEST(a_folder_that_cannot_be_looked_into_is_blind_and_no_mismatch),
        ANNOUNCED_TEST(folders_that_hung_are_left_out_and_waited_for),
        ANNOUNCED_TEST(more_than_can_be_waited_for_is_blind),
        ANNOUNCED_TEST(a_clock_that_is_set_back_lets_nothing_wait_for_longer),
        ANNOUNCED_TEST(a_state_that_is_nonsense_is_nothing_waited_for),
        ANNOUNCED_TEST(a_listing_announces_too),
        ANNOUNCED_TEST(a_folder_must_be_an_absolute_path),
        ANNOUNCED_TEST(folders_without_a_pattern_that_announces_are_complained_about),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog announced", tests, NULL, NULL);
}
