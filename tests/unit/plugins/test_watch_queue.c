/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "queue_fixture.h"
#include "visible.h"

#include "unit.h"

static void open_announced(struct fixture *x)
{
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "announce", .value = "true"},
        {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);
}

static void open_error(struct fixture *x)
{
    const struct fake_option error[] = {{.name = "name", .value = "error"},
        {.name = "path", .value = x->error}, {.name = "error", .value = "true"},
        {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = error}, {0}};
    open_subject(x, options);
}

/* ---- counting ---- */

static void what_is_there_at_the_start_is_counted(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a.csv", "12345");
    put_file(x->in, "b.csv", "");
    open_in(x, "settle", "0s");

    assert_true(number(x, "in", "depth") == 2);
    assert_true(number(x, "in", "size_bytes") == 5);
    assert_true(number(x, "in", "zero_files") == 1);
    assert_true(number(x, "in", "writing_files") == 0);
}

static void the_oldest_file_is_told_by_age_and_name(void **state)
{
    struct fixture *x = *state;
    char path[512];
    put_file(x->in, "old.csv", "x");
    put_file(x->in, "new.csv", "x");
    snprintf(path, sizeof path, "%s/old.csv", x->in);
    int64_t now_s = (int64_t)time(NULL);
    const struct timespec times[2] = {{.tv_sec = now_s - 500}, {.tv_sec = now_s - 500}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    open_in(x, "settle", "0s");

    const struct fake_reading *r = checked(x, "in", "oldest_age_s");

    assert_true(r->number >= 499 && r->number < 560);
    assert_string_equal(r->text, "old.csv");
    remove_file(x->in, "old.csv");
    assert_true(number(x, "in", "oldest_age_s") < 60);
}

static void an_empty_stage_has_no_age(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "0s");

    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "oldest_age_s") == 0);
}

static void files_that_come_and_go_are_counted_by_event(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "1h");
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "a", "1");
    put_file(x->in, "b", "22");
    assert_true(number(x, "in", "depth") == 2);
    assert_true(number(x, "in", "size_bytes") == 3);

    remove_file(x->in, "a");
    move_file(x->in, "b", x->error, "b");
    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "size_bytes") == 0);
}

static void a_file_that_is_being_written_does_not_count_yet(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "1h");
    assert_true(number(x, "in", "depth") == 0);

    int fd = begin_file(x->in, "half.csv");
    assert_int_equal(write(fd, "12", 2), 2);
    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "writing_files") == 1);

    close(fd);
    assert_true(number(x, "in", "depth") == 1);
    assert_true(number(x, "in", "size_bytes") == 2);
}

static void a_file_found_at_the_start_counts_once_it_has_settled(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a.csv", "1");
    open_in(x, "settle", "30m");

    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "writing_files") == 1);
    x->host->clock_shift_ms += 31 * 60 * 1000;
    assert_true(number(x, "in", "depth") == 1);
}

static void temporary_names_are_ignored_until_they_are_renamed(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "0s");
    put_file(x->in, ".hidden.csv", "1");
    put_file(x->in, "a.csv.tmp", "1");
    assert_true(number(x, "in", "depth") == 0);

    move_file(x->in, "a.csv.tmp", x->in, "a.csv");

    assert_true(number(x, "in", "depth") == 1);
}

static void only_names_that_the_pattern_matches_count(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a.csv", "1");
    put_file(x->in, "a.csv.end", "1");
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "pattern", .value = "*.csv"},
        {.name = "pattern", .value = "JUK-[0-9]*"}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);

    assert_true(number(x, "in", "depth") == 1);
    put_file(x->in, "JUK-0001", "1");
    put_file(x->in, "ZEI-0001", "1");
    assert_true(number(x, "in", "depth") == 2);
}

static void the_rate_tells_what_left_since_the_last_check(void **state)
{
    struct fixture *x = *state;
    const char *const names[] = {"1", "2", "3", "4", "5"};
    for (size_t i = 0; i < 5; i++)
        put_file(x->in, names[i], "x");
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == 5);

    for (size_t i = 0; i < 3; i++)
        remove_file(x->in, names[i]);
    x->host->clock_shift_ms += 10000;

    double rate = number(x, "in", "drain_rate_per_s");
    assert_true(rate > 0.2 && rate < 0.31);
    x->host->clock_shift_ms += 10000;
    assert_true(number(x, "in", "drain_rate_per_s") == 0);
}

static void more_changes_than_the_kernel_keeps_are_counted_anew(void **state)
{
    struct fixture *x = *state;
    enum { FILES = 12000 }; // a creation and a close each: more than 16,384 events
    char name[16];
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == 0);

    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        close(begin_file(x->in, name));
    }

    assert_true(await_number(x, "in", "depth", FILES));
}

/* Its list of names takes more than 1 MiB where names take what they are long. */
static void a_large_folder_is_followed_by_events_too(void **state)
{
    struct fixture *x = *state;
    enum { FILES = 8000 };
    char name[256];
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%0200d", i);
        close(begin_file(x->in, name));
    }
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == FILES);
    size_t announced = x->host->announce_count;

    put_file(x->in, "one_more", "1");

    assert_true(number(x, "in", "depth") == FILES + 1);
    assert_true(number(x, "in", "depth") == FILES + 1);
    assert_int_equal(x->host->announce_count, 0);
    assert_true(announced > 0);
}

static void a_large_folder_that_is_closed_at_once_leaves_nothing(void **state)
{
    struct fixture *x = *state;
    enum { FILES = 8000 };
    char name[256];
    int before = dup(0);
    close(before);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%0200d", i);
        close(begin_file(x->in, name));
    }
    open_in(x, "settle", "0s");
    assert_int_equal(fake_host_check(x->host), 0);

    fake_host_close(x->host);

    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

/* ---- folders ---- */

static void a_folder_that_is_missing_is_blind_and_not_empty(void **state)
{
    struct fixture *x = *state;
    assert_int_equal(rmdir(x->in), 0);
    open_in(x, "settle", "0s");

    const struct fake_reading *r = checked(x, "in", "depth");

    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, x->in));
    assert_int_equal(mkdir(x->in, 0755), 0);
    put_file(x->in, "a", "1");
    assert_true(number(x, "in", "depth") == 1);
}

static void an_optional_folder_that_is_missing_is_empty(void **state)
{
    struct fixture *x = *state;
    assert_int_equal(rmdir(x->in), 0);
    open_in(x, "optional", "true");

    assert_true(number(x, "in", "depth") == 0);
}

static void a_folder_that_was_replaced_is_followed_anew(void **state)
{
    struct fixture *x = *state;
    char aside[96];
    put_file(x->in, "a", "1");
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == 1);

    snprintf(aside, sizeof aside, "%s/aside", x->folder);
    assert_int_equal(rename(x->in, aside), 0);
    assert_int_equal(mkdir(x->in, 0755), 0);
    assert_true(await_number(x, "in", "depth", 0));

    put_file(x->in, "b", "1");
    put_file(x->in, "c", "1");
    put_file(aside, "d", "1");
    assert_true(number(x, "in", "depth") == 2);
}

static void folders_inside_count_when_they_are_asked_for(void **state)
{
    struct fixture *x = *state;
    char sub[96], deep[112];
    snprintf(sub, sizeof sub, "%s/juki", x->in);
    snprintf(deep, sizeof deep, "%s/2026", sub);
    assert_int_equal(mkdir(sub, 0755), 0);
    assert_int_equal(mkdir(deep, 0755), 0);
    put_file(deep, "a", "1");
    put_file(x->in, "b", "1");
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "recursive", .value = "true"},
        {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);

    assert_true(number(x, "in", "depth") == 2);
    put_file(deep, "c", "1");
    assert_true(number(x, "in", "depth") == 3);

    char late[96];
    snprintf(late, sizeof late, "%s/zei", x->in);
    assert_int_equal(mkdir(late, 0755), 0);
    put_file(late, "d", "1");
    assert_true(await_number(x, "in", "depth", 4));

    remove_file(deep, "a");
    remove_file(deep, "c");
    assert_int_equal(rmdir(deep), 0);
    assert_true(await_number(x, "in", "depth", 2));
}

static void folders_inside_do_not_count_unasked(void **state)
{
    struct fixture *x = *state;
    char sub[96];
    snprintf(sub, sizeof sub, "%s/juki", x->in);
    assert_int_equal(mkdir(sub, 0755), 0);
    put_file(sub, "a", "1");
    open_in(x, "settle", "0s");

    assert_true(number(x, "in", "depth") == 0);
}

static void without_events_the_folder_is_read_at_each_check(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);
    x->host->refuse_watch = true;
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "a", "1");

    assert_true(number(x, "in", "depth") == 1);
}

static void a_stage_that_hung_before_is_not_touched_and_others_are(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {
        {.name = "name", .value = "in"}, {.name = "path", .value = x->in}, {0}};
    const struct fake_option out[] = {
        {.name = "name", .value = "out"}, {.name = "path", .value = x->error}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = in}, {.name = "stages", .group = out}, {0}};
    open_subject(x, options);
    x->host->skipped = "in";

    assert_int_equal(fake_host_check(x->host), 0);

    assert_non_null(fake_host_last(x->host, "out", "depth"));
    assert_int_equal(fake_host_count(x->host, "in", "depth"), 0);
    assert_int_equal(x->host->announce_count, 1);
    assert_string_equal(x->host->announced[0], "out");
}

/* ---- announced stages ---- */

static void a_file_that_is_complete_is_announced_once(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "old.csv", "1");
    open_announced(x);
    assert_true(number(x, "in", "depth") == 1);

    put_file(x->error, "ZEI-0012.csv", "12345");
    move_file(x->error, "ZEI-0012.csv", x->in, "ZEI-0012.csv");

    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);
    assert_non_null(r);
    assert_int_equal(r->kind, HM_EVENT);
    assert_string_equal(fake_reading_field(r, "file"), "ZEI-0012.csv");
    assert_string_equal(fake_reading_field(r, "bytes"), "5");
    assert_int_equal(fake_host_count(x->host, "in", "arrived"), 1);
}

static void what_came_while_nobody_watched_is_announced_after_the_restart(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "old", "1");
    open_announced(x);
    assert_true(number(x, "in", "depth") == 1);
    fake_host_close(x->host);

    // Behind the kernel's coarse clock, which stamps files.
    fake_host_run_until(x->host, NULL, NULL, 20);
    put_file(x->error, "new", "1");
    move_file(x->error, "new", x->in, "new");
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(number(x, "in", "depth") == 2);

    assert_int_equal(fake_host_count(x->host, "in", "arrived"), 1);
    assert_string_equal(
        fake_reading_field(fake_host_last(x->host, "in", "arrived"), "file"), "new");
}

/* ---- error stages ---- */

static void a_file_in_an_error_stage_is_an_event_at_once(void **state)
{
    struct fixture *x = *state;
    open_error(x);
    assert_true(number(x, "error", "error_depth") == 0);
    put_file(x->in, "ZEI-0012.csv", "12345");

    move_file(x->in, "ZEI-0012.csv", x->error, "ZEI-0012.csv");

    const struct fake_reading *r = fake_host_await(x->host, "error", "error_file", LIMIT_MS);
    assert_non_null(r);
    assert_int_equal(r->kind, HM_EVENT);
    assert_string_equal(fake_reading_field(r, "file"), "ZEI-0012.csv");
    assert_string_equal(fake_reading_field(r, "bytes"), "5");
    assert_string_equal(fake_reading_field(r, "stage"), "error");
    assert_true(number(x, "error", "error_depth") == 1);
}

static void an_error_stage_that_is_empty_again_clears(void **state)
{
    struct fixture *x = *state;
    open_error(x);
    assert_true(number(x, "error", "error_depth") == 0);
    put_file(x->error, "a", "1");
    assert_non_null(fake_host_await(x->host, "error", "error_file", LIMIT_MS));

    remove_file(x->error, "a");

    assert_non_null(fake_host_await(x->host, "error", "error_cleared", LIMIT_MS));
}

static void a_hostile_name_is_reported_harmlessly(void **state)
{
    struct fixture *x = *state;
    open_error(x);
    assert_true(number(x, "error", "error_depth") == 0);

    put_file(x->error, "a\n\x1b[2J\xff\\.csv", "1");

    const struct fake_reading *r = fake_host_await(x->host, "error", "error_file", LIMIT_MS);
    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "file"), "a\\x{a}\\x{1b}[2J\\xff\\\\.csv");
    assert_null(strpbrk(r->text, "\n\x1b"));
}

static void what_lay_in_the_error_stage_at_the_first_start_is_no_news(void **state)
{
    struct fixture *x = *state;
    put_file(x->error, "old", "1");
    open_error(x);

    assert_true(number(x, "error", "error_depth") == 1);

    assert_int_equal(fake_host_count(x->host, NULL, "error_file"), 0);
}

static void what_failed_while_nobody_watched_is_told_after_the_restart(void **state)
{
    struct fixture *x = *state;
    put_file(x->error, "old", "1");
    open_error(x);
    assert_true(number(x, "error", "error_depth") == 1);
    fake_host_close(x->host);

    // Behind the kernel's coarse clock, which stamps files.
    fake_host_run_until(x->host, NULL, NULL, 20);
    put_file(x->error, "new", "1");
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(number(x, "error", "error_depth") == 2);

    assert_int_equal(fake_host_count(x->host, "error", "error_file"), 1);
    assert_string_equal(
        fake_reading_field(fake_host_last(x->host, "error", "error_file"), "file"), "new");
}

static void a_flood_of_error_files_is_summed_up(void **state)
{
    struct fixture *x = *state;
    char name[16];
    open_error(x);
    assert_true(number(x, "error", "error_depth") == 0);

    for (int i = 0; i < 250; i++) {
        snprintf(name, sizeof name, "%d", i);
        put_file(x->error, name, "1");
    }

    assert_true(number(x, "error", "error_depth") == 250);
    assert_int_equal(fake_host_count(x->host, "error", "error_file"), 101);
    const struct fake_reading *last = fake_host_last(x->host, "error", "error_file");
    assert_string_equal(fake_reading_field(last, "count"), "150");
}

/* ---- options ---- */

static void two_stages_of_one_name_or_folder_are_refused(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {
        {.name = "name", .value = "in"}, {.name = "path", .value = x->in}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = in}, {.name = "stages", .group = in}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(x->host);

    assert_true(fake_host_complained(x->host, "two stages are called"));
    assert_true(fake_host_complained(x->host, "the same folder"));
}

static void closing_gives_every_descriptor_back(void **state)
{
    struct fixture *x = *state;
    int before = dup(0);
    close(before);
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == 0);

    fake_host_close(x->host);

    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

/* ---- parts ---- */

static bool is_even(void *arg UNUSED, const struct file *file)
{
    return file->size % 2 == 0;
}

static void the_table_holds_what_was_put_and_not_removed(void **state UNUSED)
{
    enum { FILES = 5000 };
    struct files table = {0};
    char name[16];
    uint64_t keys[FILES];

    for (uint64_t i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%u", (unsigned)i);
        keys[i] = files_key(i % 7, name);
        struct file *f = files_put(&table, keys[i]);
        f->state = FILE_SETTLED;
        f->size = i & FILE_44_BITS;
    }
    for (uint64_t i = 0; i < FILES; i += 3)
        files_remove(&table, files_find(&table, keys[i]));
    for (size_t i = 0; i < FILES_SEGMENTS; i++)
        files_sweep(&table, i, is_even, NULL);

    size_t held = 0;
    for (uint64_t i = 0; i < FILES; i++) {
        const struct file *f = files_find(&table, keys[i]);
        assert_int_equal(f != NULL, i % 3 != 0 && i % 2 == 0);
        held += f != NULL;
    }
    assert_int_equal(table.count, held);
    files_deinit(&table);
}

static void names_are_shown_so_that_nothing_obeys_them(void **state UNUSED)
{
    static const char *const cases[][2] = {{"申請_20260415.csv", "申請_20260415.csv"},
        {"a\tb", "a\\x{9}b"}, {"\x7f", "\\x{7f}"}, {"\xc2\x9b", "\\x{9b}"},
        {"\xe2\x80\xae", "\\x{202e}"}, {"\xef\xbb\xbf", "\\x{feff}"}, {"\x81\x40", "\\x81@"},
        {"\xc0\xaf", "\\xc0\\xaf"}, {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, {"\xe3\x81", "\\xe3\\x81"},
        {"a\\b", "a\\\\b"}};
    char shown[64];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(visible_name(shown, sizeof shown, cases[i][0]), cases[i][1]);
    assert_string_equal(visible_name(shown, 16, "申請申請申請"), "申請申請..");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_at_the_start_is_counted),
        TEST(the_oldest_file_is_told_by_age_and_name),
        TEST(an_empty_stage_has_no_age),
        TEST(files_that_come_and_go_are_counted_by_event),
        TEST(a_file_that_is_being_written_does_not_count_yet),
        TEST(a_file_found_at_the_start_counts_once_it_has_settled),
        TEST(temporary_names_are_ignored_until_they_are_renamed),
        TEST(only_names_that_the_pattern_matches_count),
        TEST(the_rate_tells_what_left_since_the_last_check),
        TEST(more_changes_than_the_kernel_keeps_are_counted_anew),
        TEST(a_large_folder_is_followed_by_events_too),
        TEST(a_large_folder_that_is_closed_at_once_leaves_nothing),
        TEST(a_folder_that_is_missing_is_blind_and_not_empty),
        TEST(an_optional_folder_that_is_missing_is_empty),
        TEST(a_folder_that_was_replaced_is_followed_anew),
        TEST(folders_inside_count_when_they_are_asked_for),
        TEST(folders_inside_do_not_count_unasked),
        TEST(without_events_the_folder_is_read_at_each_check),
        TEST(a_stage_that_hung_before_is_not_touched_and_others_are),
        TEST(a_file_in_an_error_stage_is_an_event_at_once),
        TEST(an_error_stage_that_is_empty_again_clears),
        TEST(a_hostile_name_is_reported_harmlessly),
        TEST(what_lay_in_the_error_stage_at_the_first_start_is_no_news),
        TEST(what_failed_while_nobody_watched_is_told_after_the_restart),
        TEST(a_file_that_is_complete_is_announced_once),
        TEST(what_came_while_nobody_watched_is_announced_after_the_restart),
        TEST(a_flood_of_error_files_is_summed_up),
        TEST(two_stages_of_one_name_or_folder_are_refused),
        TEST(closing_gives_every_descriptor_back),
        cmocka_unit_test(the_table_holds_what_was_put_and_not_removed),
        cmocka_unit_test(names_are_shown_so_that_nothing_obeys_them),
    };
    return cmocka_run_group_tests_name("plugins/watch_queue", tests, NULL, NULL);
}
