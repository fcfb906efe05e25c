/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "facts.h"
#include "names.h"
#include "pending.h"
#include "queue_fixture.h"
#include "shared/fixed_time.h"

#include "unit.h"

/* One stage `in` with two options more. */
static void open_with(struct fixture *x, const char *option, const char *value, const char *second,
    const char *second_value)
{
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = option, .value = value},
        {.name = second, .value = second_value}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);
}

static void set_mtime(const char *folder, const char *name, int64_t seconds_ago)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const struct timespec at = {.tv_sec = time(NULL) - seconds_ago};
    const struct timespec times[2] = {at, at};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* ---- complete or not ---- */

static void a_file_with_a_pair_counts_when_its_end_file_is_there(void **state)
{
    struct fixture *x = *state;
    open_in(x, "pair", ".end");
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "ZEI-0012.csv", "12345");
    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "writing_files") == 1);
    put_file(x->in, "ZEI-0013.csv.end", "");
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "ZEI-0012.csv.end", "");
    assert_true(number(x, "in", "depth") == 1);
    assert_true(number(x, "in", "writing_files") == 0);
    put_file(x->in, "ZEI-0013.csv", "1");
    assert_true(number(x, "in", "depth") == 2);
}

static void a_pair_may_have_its_ending_in_place_of_the_files_own(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "old.csv", "1");
    put_file(x->in, "old.end", "");
    put_file(x->in, "alone.csv", "1");
    open_with(x, "pair", ".end", "pair_replaces", "true");
    assert_true(number(x, "in", "depth") == 1);

    put_file(x->in, "alone.end", "");

    assert_true(number(x, "in", "depth") == 2);
}

static void a_pair_that_is_taken_away_first_leaves_the_file_complete(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a.csv", "1");
    put_file(x->in, "a.csv.end", "");
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "pair", .value = ".end"}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = in}, {.name = "recount", .value = "1s"}, {0}};
    open_subject(x, options);
    assert_true(number(x, "in", "depth") == 1);

    remove_file(x->in, "a.csv.end");
    x->host->clock_shift_ms += 2000;

    assert_true(number(x, "in", "depth") == 1);
}

static void a_file_is_written_under_a_temporary_name_until_it_is_renamed(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, ".ZEI-0012.csv.tmp", "1");
    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "writing_files") == 1);

    move_file(x->in, ".ZEI-0012.csv.tmp", x->in, "ZEI-0012.csv");
    assert_true(number(x, "in", "depth") == 1);
    assert_true(number(x, "in", "writing_files") == 0);
    x->host->clock_shift_ms += 1000;
    assert_true(number(x, "in", "drain_rate_per_s") == 0);
}

static void temporary_names_can_be_told(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "w_0001", "1");
    put_file(x->in, "a.tmp", "1");
    open_with(x, "temporary", "w_*", "settle", "0s");

    assert_true(number(x, "in", "depth") == 1);
    assert_true(number(x, "in", "writing_files") == 1);
}

static void where_files_are_opened_again_only_rest_completes_them(void **state)
{
    struct fixture *x = *state;
    open_with(x, "complete", "settle", "settle", "30m");
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "retry.dat", "1");
    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "writing_files") == 1);
    x->host->clock_shift_ms += 31 * 60 * 1000;

    assert_true(number(x, "in", "depth") == 1);
}

static void how_long_a_half_written_file_stands_is_told_with_its_name(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "broken_off.csv.part", "1");
    put_file(x->in, "goes_on.csv.part", "1");
    set_mtime(x->in, "broken_off.csv.part", 5000);
    open_in(x, "settle", "0s");

    const struct fake_reading *r = checked(x, "in", "writing_age_s");

    assert_true(r->number >= 4999 && r->number < 5060);
    assert_string_equal(r->text, "broken_off.csv.part");
    remove_file(x->in, "broken_off.csv.part");
    assert_true(number(x, "in", "writing_age_s") < 60);
    remove_file(x->in, "goes_on.csv.part");
    assert_true(number(x, "in", "writing_age_s") == 0);
}

static void files_that_stay_half_written_need_no_further_pass(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "left.tmp", "1");
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "writing_files") == 1);
    size_t before = x->host->announce_count;

    for (int i = 0; i < 3; i++)
        assert_int_equal(fake_host_check(x->host), 0);

    // A pass announces what it touches; and without one the figures come with the check.
    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);
    assert_non_null(fake_host_last(x->host, "in", "writing_files"));
    assert_int_equal(x->host->announce_count, 0);
    assert_true(before > 0);
}

static void more_half_written_files_than_are_held_by_name_are_counted_by_a_pass(void **state)
{
    struct fixture *x = *state;
    enum { FILES = PENDING_MAX + 10 };
    char name[24];
    open_in(x, "settle", "30m");
    assert_true(number(x, "in", "depth") == 0);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d.tmp", i);
        put_file(x->in, name, "");
    }
    assert_true(await_number(x, "in", "writing_files", FILES));

    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d.tmp", i);
        remove_file(x->in, name);
    }

    assert_true(await_number(x, "in", "writing_files", 0));
}

static void an_empty_file_is_counted_and_told_apart(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "zero_files") == 0);

    put_file(x->in, "JUK-0001_20260415_000.csv", "");
    put_file(x->in, "JUK-0002_20260415_000.csv", "1");
    assert_true(number(x, "in", "depth") == 2);
    assert_true(number(x, "in", "zero_files") == 1);

    put_file(x->in, "JUK-0001_20260415_000.csv", "1");
    assert_true(number(x, "in", "zero_files") == 0);
}

/* ---- age ---- */

static void age_can_be_told_by_the_time_in_the_name(void **state)
{
    struct fixture *x = *state;
    char name[64];
    time_t then = time(NULL) - 7200;
    struct tm t;
    localtime_r(&then, &t);
    strftime(name, sizeof name, "ZEI-0012_%Y%m%d_%H%M_001.csv", &t);
    put_file(x->in, name, "1");
    put_file(x->in, "no_time.csv", "1");
    open_with(x, "age", "name", "settle", "0s");

    const struct fake_reading *r = checked(x, "in", "oldest_age_s");

    assert_true(r->number >= 7199 && r->number < 7320);
    assert_string_equal(r->text, name);
}

static void a_file_in_work_is_stuck_since_it_was_moved_there(void **state)
{
    struct fixture *x = *state;
    const struct fake_option work[] = {{.name = "name", .value = "work"},
        {.name = "path", .value = x->in}, {.name = "work", .value = "true"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = work}, {0}};
    put_file(x->error, "a.csv", "1");
    set_mtime(x->error, "a.csv", 5 * 3600);
    open_subject(x, options);
    assert_true(number(x, "work", "stuck_age_s") == 0);

    move_file(x->error, "a.csv", x->in, "a.csv");
    assert_true(number(x, "work", "depth") == 1);
    assert_true(number(x, "work", "stuck_age_s") < 60);
    x->host->clock_shift_ms += 3600 * 1000;

    const struct fake_reading *r = checked(x, "work", "stuck_age_s");
    assert_true(r->number >= 3600 && r->number < 3660);
    assert_string_equal(r->text, "a.csv");
    assert_int_equal(fake_host_count(x->host, "work", "oldest_age_s"), 0);
}

static void the_next_oldest_is_named_after_the_oldest_left(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = in}, {.name = "recount", .value = "1s"}, {0}};
    const char *const names[] = {"third", "first", "second"};
    const int64_t ages[] = {100, 300, 200};
    for (size_t i = 0; i < 3; i++) {
        put_file(x->in, names[i], "1");
        set_mtime(x->in, names[i], ages[i]);
    }
    open_subject(x, options);
    assert_string_equal(checked(x, "in", "oldest_age_s")->text, "first");

    remove_file(x->in, "first");
    double age = number(x, "in", "oldest_age_s");
    assert_true(age >= 199 && age < 260);
    x->host->clock_shift_ms += 2000;
    fake_host_check(x->host);
    fake_host_run_until(x->host, NULL, NULL, 50);

    assert_string_equal(checked(x, "in", "oldest_age_s")->text, "second");
}

/* ---- rates ---- */

static void growth_is_what_came_less_what_left(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "0s");
    put_file(x->in, "0", "1");
    assert_true(number(x, "in", "depth") == 1);

    put_file(x->in, "1", "1");
    put_file(x->in, "2", "1");
    put_file(x->in, "3", "1");
    remove_file(x->in, "0");
    x->host->clock_shift_ms += 10000;

    double growth = number(x, "in", "growth_rate_per_s");
    assert_true(growth > 0.15 && growth < 0.21);
}

/* ---- records and limits ---- */

static void records_are_read_from_names(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "ZEI-0012_20260415_R0001284.csv", "1");
    put_file(x->in, "ZEI-0013_20260415_R0000016.csv", "1");
    put_file(x->in, "ZEI-0014_20260415.csv", "1");
    open_with(x, "name_records", "_R%d.csv", "settle", "0s");

    assert_true(number(x, "in", "records") == 1300);
    assert_true(number(x, "in", "uncounted_files") == 1);
    remove_file(x->in, "ZEI-0014_20260415.csv");
    remove_file(x->in, "ZEI-0013_20260415_R0000016.csv");
    assert_true(number(x, "in", "records") == 1284);
    assert_true(number(x, "in", "uncounted_files") == 0);
}

static void records_are_read_from_the_last_line(void **state)
{
    struct fixture *x = *state;
    open_with(x, "trailer_records", "T,%d", "settle", "0s");
    assert_true(number(x, "in", "records") == 0);

    put_file(x->in, "a.csv", "H,20260415\nD,1\nD,2\nT,0000002\r\n");
    assert_true(number(x, "in", "records") == 2);
    put_file(x->in, "broken_off.csv", "H,20260415\nD,1\n");
    assert_true(number(x, "in", "records") == 2);
    assert_true(number(x, "in", "uncounted_files") == 1);

    put_file(x->in, "broken_off.csv", "H,20260415\nD,1\nT,0000001\n");
    assert_true(number(x, "in", "records") == 3);
    assert_true(number(x, "in", "uncounted_files") == 0);
}

static void records_of_a_fixed_size_are_counted_by_bytes(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a.dat", "123456789012");
    open_with(x, "record_bytes", "4", "settle", "0s");

    assert_true(number(x, "in", "records") == 3);
}

static void a_batch_over_the_limit_is_told_by_name_until_it_is_gone(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "name_records", .value = "_%d.csv"},
        {.name = "limit_records", .value = "200000"}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    put_file(x->in, "ATE-0001_200000.csv", "1");
    open_subject(x, options);
    assert_true(number(x, "in", "over_limit_files") == 0);

    put_file(x->in, "ATE-0002_200001.csv", "1");

    const struct fake_reading *r = checked(x, "in", "over_limit_files");
    assert_true(r->number == 1);
    assert_string_equal(r->text, "ATE-0002_200001.csv");
    remove_file(x->in, "ATE-0002_200001.csv");
    assert_true(number(x, "in", "over_limit_files") == 0);
}

static void a_file_over_the_limit_of_bytes_is_told(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a", "1234");
    put_file(x->in, "b", "12345");
    open_with(x, "limit_bytes", "4", "settle", "0s");

    assert_true(number(x, "in", "over_limit_files") == 1);
}

static void an_arrival_carries_its_number_of_records(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "trailer_records", .value = "T,%d"},
        {.name = "announce", .value = "true"}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "a.csv", "D,1\nT,1\n");

    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);
    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "records"), "1");
}

/* ---- options ---- */

static void what_cannot_be_read_from_a_name_is_refused(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "name_records", .value = "%d"},
        {.name = "trailer_records", .value = "T,%d"}, {.name = "record_bytes", .value = "80"},
        {.name = "count_lines", .value = "csv"}, {.name = "pair_bytes", .value = "no number"},
        {.name = "age", .value = "name"}, {.name = "name_time", .value = "%Y%m"},
        {.name = "pair", .value = ""}, {.name = "work", .value = "true"},
        {.name = "done", .value = "true"}, {0}};
    const struct fake_option out[] = {{.name = "name", .value = "out"},
        {.name = "path", .value = x->error}, {.name = "limit_records", .value = "1"},
        {.name = "skip_lines", .value = "1"}, {0}};
    const struct fake_option done[] = {{.name = "name", .value = "done"},
        {.name = "path", .value = x->folder}, {.name = "pair_records", .value = "%d"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in},
        {.name = "stages", .group = out}, {.name = "stages", .group = done}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(x->host);

    assert_true(fake_host_complained(x->host, "must have %d once"));
    assert_true(fake_host_complained(x->host, "more than one of name_records"));
    assert_true(fake_host_complained(x->host, "name_time of stage \"in\""));
    assert_true(fake_host_complained(x->host, "pair of stage \"in\" is empty"));
    assert_true(fake_host_complained(x->host, "more than one of error, done and work"));
    assert_true(fake_host_complained(x->host, "\"out\" has limit_records, but none"));
    assert_true(fake_host_complained(x->host, "\"in\" has both record_bytes and count_lines"));
    assert_true(fake_host_complained(x->host, "pair_bytes of stage \"in\" must have %d once"));
    assert_true(fake_host_complained(x->host, "\"out\" has skip_lines, but no count_lines"));
    assert_true(fake_host_complained(x->host, "\"done\" has pair_records, but no pair"));
}

/* ---- parts ---- */

static void what_was_added_first_is_taken_first_and_room_is_used_again(void **state UNUSED)
{
    struct pending p = {.most = 64};
    struct pending_file file;
    uint64_t next = 0;
    for (uint64_t key = 0; key < 1000; key++) {
        pending_add(&p, NULL, "a", key, 0);
        if (pending_left(&p) < 20)
            continue;
        assert_true(pending_take(&p, &file));
        assert_int_equal(file.key, next++);
        free(file.name);
    }

    assert_false(p.is_over);
    assert_int_equal(p.room, 64);
    for (uint64_t key = 1000; key < 1100; key++)
        pending_add(&p, NULL, "a", key, 0);
    assert_true(p.is_over);
    while (pending_take(&p, &file)) {
        assert_int_equal(file.key, next++);
        free(file.name);
    }
    assert_true(next > 1000 && next <= 1100);
    pending_deinit(&p);
}

static int64_t local_ms(int year, int month, int day, int hour, int minute)
{
    struct tm t = {.tm_year = year - 1900,
        .tm_mon = month - 1,
        .tm_mday = day,
        .tm_hour = hour,
        .tm_min = minute,
        .tm_isdst = -1};
    return (int64_t)mktime(&t) * 1000;
}

static void times_are_found_in_names(void **state UNUSED)
{
    int64_t ms = -1;

    assert_true(fixed_time_find("%Y%m%d_%H%M", "ZEI-0012_20260415_0130_001.csv", &ms));
    assert_true(ms == local_ms(2026, 4, 15, 1, 30));
    assert_true(fixed_time_find("%Y-%m-%d", "2026-13-01 2026-02-30 2026-03-01", &ms));
    assert_true(ms == local_ms(2026, 3, 1, 0, 0));
    assert_true(fixed_time_find("%Y%m%d", "1234567890_20260415", &ms));
    assert_true(ms == local_ms(2026, 4, 15, 0, 0));
    assert_false(fixed_time_find("%Y%m%d", "202604151", &ms));
    assert_false(fixed_time_find("%Y%m%d_%H%M", "20260415", &ms));
    assert_false(fixed_time_find("%Y%m%d_%H%M", "20260415_2500", &ms));
    assert_false(fixed_time_find("%Y%m%d", "", &ms));
}

static void only_formats_with_a_whole_date_are_taken(void **state UNUSED)
{
    assert_true(fixed_time_valid("%Y%m%d"));
    assert_true(fixed_time_valid("_%Y%m%d%H%M%S."));
    assert_false(fixed_time_valid("%m%d"));
    assert_false(fixed_time_valid("%Y%m%d%Y"));
    assert_false(fixed_time_valid("%Y%m%d%"));
    assert_false(fixed_time_valid("%Y%m%d %Z"));
    assert_false(fixed_time_valid(""));
}

static void numbers_are_found_where_the_pattern_says(void **state UNUSED)
{
    uint32_t n = 0;

    assert_true(facts_number("_%d.csv", "A_12_0034.csv", false, &n));
    assert_int_equal(n, 34);
    assert_true(facts_number("%d件", "x 1284件", false, &n));
    assert_int_equal(n, 1284);
    assert_true(facts_number("T,%d", "T,0000002,x", true, &n));
    assert_int_equal(n, 2);
    assert_false(facts_number("T,%d", "D,T,5", true, &n));
    assert_false(facts_number("_%d.csv", "A_.csv", false, &n));
    assert_false(facts_number("_%d.csv", "A_4294967295.csv", false, &n));
    assert_false(facts_number("_%d.csv", "A_99999999999999999999999.csv", false, &n));
}

static void patterns_are_numbers_with_something_beside_them(void **state UNUSED)
{
    assert_true(facts_number_valid("_%d"));
    assert_true(facts_number_valid("%d."));
    assert_false(facts_number_valid("%d"));
    assert_false(facts_number_valid("R"));
    assert_false(facts_number_valid("%d-%d"));
}

static void the_last_line_of_a_large_file_is_found(void **state)
{
    struct fixture *x = *state;
    char path[512], filler[200];
    uint32_t n = 0;
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    snprintf(path, sizeof path, "%s/large", x->in);
    FILE *f = fopen(path, "we");
    for (int i = 0; i < 100; i++)
        fprintf(f, "%s\n", filler);
    fprintf(f, "T,19900\n\n");
    fclose(f);

    assert_true(facts_trailer(path, "T,%d", &n));
    assert_int_equal(n, 19900);
    put_file(x->in, "empty", "\n");
    snprintf(path, sizeof path, "%s/empty", x->in);
    assert_false(facts_trailer(path, "T,%d", &n));
    snprintf(path, sizeof path, "%s/fifo", x->in);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(facts_trailer(path, "T,%d", &n));
    assert_false(facts_trailer("/nowhere/at/all", "T,%d", &n));
}

static void patterns_of_one_end_are_what_fnmatch_says(void **state)
{
    struct fixture *x = *state;
    struct names n = {0};
    static const char *const patterns[] = {".*", "*.tmp", "a*b", "w_?", NULL};
    open_in(x, "ignore", NULL);
    const struct hm_host *host = fake_host_get(x->host);
    assert_int_equal(names_read(&n, host->group(host, "stages", 0), "pattern", patterns), 0);

    assert_true(names_match(&n, ".hidden"));
    assert_true(names_match(&n, ".tmp"));
    assert_true(names_match(&n, "a.tmp"));
    assert_true(names_match(&n, "axxb"));
    assert_true(names_match(&n, "w_1"));
    assert_false(names_match(&n, "w_12"));
    assert_false(names_match(&n, "tmp"));
    assert_false(names_match(&n, ""));
    names_deinit(&n);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_first_is_taken_first_and_room_is_used_again),
        TEST(a_file_with_a_pair_counts_when_its_end_file_is_there),
        TEST(a_pair_may_have_its_ending_in_place_of_the_files_own),
        TEST(a_pair_that_is_taken_away_first_leaves_the_file_complete),
        TEST(a_file_is_written_under_a_temporary_name_until_it_is_renamed),
        TEST(temporary_names_can_be_told),
        TEST(where_files_are_opened_again_only_rest_completes_them),
        TEST(how_long_a_half_written_file_stands_is_told_with_its_name),
        TEST(files_that_stay_half_written_need_no_further_pass),
        TEST(more_half_written_files_than_are_held_by_name_are_counted_by_a_pass),
        TEST(an_empty_file_is_counted_and_told_apart),
        TEST(age_can_be_told_by_the_time_in_the_name),
        TEST(a_file_in_work_is_stuck_since_it_was_moved_there),
        TEST(the_next_oldest_is_named_after_the_oldest_left),
        TEST(growth_is_what_came_less_what_left),
        TEST(records_are_read_from_names),
        TEST(records_are_read_from_the_last_line),
        TEST(records_of_a_fixed_size_are_counted_by_bytes),
        TEST(a_batch_over_the_limit_is_told_by_name_until_it_is_gone),
        TEST(a_file_over_the_limit_of_bytes_is_told),
        TEST(an_arrival_carries_its_number_of_records),
        TEST(what_cannot_be_read_from_a_name_is_refused),
        cmocka_unit_test(times_are_found_in_names),
        cmocka_unit_test(only_formats_with_a_whole_date_are_taken),
        cmocka_unit_test(numbers_are_found_where_the_pattern_says),
        cmocka_unit_test(patterns_are_numbers_with_something_beside_them),
        TEST(the_last_line_of_a_large_file_is_found),
        TEST(patterns_of_one_end_are_what_fnmatch_says),
    };
    return cmocka_run_group_tests_name("plugins/watch_queue_rules", tests, NULL, NULL);
}
