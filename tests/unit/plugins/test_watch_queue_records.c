/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts.h"
#include "lines.h"
#include "queue_fixture.h"

#include "unit.h"

/* A stage `in` that counts at once, and as @more says. */
enum { MORE_MAX = 8 };
static void open_records(struct fixture *x, const struct fake_option *more)
{
    struct fake_option in[MORE_MAX + 4] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "announce", .value = "true"}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    for (size_t i = 0; i < MORE_MAX && more[i].name != NULL; i++)
        in[3 + i] = more[i];
    open_subject(x, options);
    assert_true(number(x, "in", "depth") == 0);
}
#define OPEN(x, ...) open_records(x, (const struct fake_option[]){__VA_ARGS__, {0}})

/* What an end file says. */
static const struct fake_option pair = {.name = "pair", .value = ".end"};
static const struct fake_option pair_records = {.name = "pair_records", .value = "RECORDS=%d"};
static const struct fake_option pair_bytes = {.name = "pair_bytes", .value = "SIZE=%d"};
static const struct fake_option plain_lines = {.name = "count_lines", .value = "plain"};
static const struct fake_option no_rest = {.name = "settle", .value = "0s"};

static const char *newest_text(const struct fixture *x, const char *metric)
{
    const struct fake_reading *r = fake_host_last(x->host, "in", metric);
    return r == NULL || r->text == NULL ? "" : r->text;
}

/* ---- what was announced, and what is there ---- */

static void an_end_file_says_how_many_records_there_are(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_records);

    put_file(x->in, "ZEI-0012.csv", "1\n2\n");
    put_file(x->in, "ZEI-0012.csv.end", "DATE=20260415\r\nRECORDS=0001284\r\n");
    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);

    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "records"), "1284");
    assert_true(number(x, "in", "records") == 1284);
    assert_true(number(x, "in", "uncounted_files") == 0);
}

static void a_file_with_fewer_lines_than_announced_is_told_at_once(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_records, plain_lines);

    put_file(x->in, "ZEI-0012.csv", "1\n2\n");
    put_file(x->in, "ZEI-0012.csv.end", "RECORDS=3\n");
    const struct fake_reading *r = fake_host_await(x->host, "in", "mismatched_files", LIMIT_MS);

    assert_non_null(r);
    assert_true(r->number == 1);
    assert_string_equal(r->text, "ZEI-0012.csv: 3 records announced, 2 found");
    assert_true(number(x, "in", "records") == 2);
    remove_file(x->in, "ZEI-0012.csv");
    assert_true(number(x, "in", "mismatched_files") == 0);
}

static void a_file_with_as_many_lines_as_announced_is_well(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_records, plain_lines, {.name = "skip_lines", .value = "1"});

    put_file(x->in, "ZEI-0012.csv", "id,name\r\n1,a\r\n2,b\r\n");
    put_file(x->in, "ZEI-0012.csv.end", "RECORDS=2\n");

    assert_true(await_number(x, "in", "records", 2));
    assert_true(number(x, "in", "mismatched_files") == 0);
    assert_true(number(x, "in", "uncounted_files") == 0);
}

static void a_file_of_another_size_than_announced_is_told_in_japanese_too(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {
        {.name = "name", .value = "in"}, {.name = "path", .value = x->in}, pair, pair_bytes, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);
    x->host->language = "ja";
    assert_int_equal(fake_host_open(x->host), 0);
    put_file(x->in, "ZEI-0012.csv", "12345");
    put_file(x->in, "ZEI-0012.csv.end", "SIZE=6\n");

    assert_true(await_number(x, "in", "mismatched_files", 1));

    assert_string_equal(
        newest_text(x, "mismatched_files"), "ZEI-0012.csv: バイト数が合いません（通知 6、実際 5）");
}

static void names_and_last_lines_are_held_against_what_is_there_too(void **state)
{
    struct fixture *x = *state;
    OPEN(x, {.name = "trailer_records", .value = "T,%d"}, {.name = "record_bytes", .value = "4"},
        no_rest);

    put_file(x->in, "a.dat", "D,1\nD,2\nT,2\n");

    assert_true(await_number(x, "in", "mismatched_files", 1));
    assert_string_equal(newest_text(x, "mismatched_files"), "a.dat: 2 records announced, 3 found");
}

static void an_end_file_that_is_put_right_ends_the_difference(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_records, plain_lines);
    put_file(x->in, "a.csv", "1\n2\n");
    put_file(x->in, "a.csv.end", "RECORDS=3\n");
    assert_true(await_number(x, "in", "mismatched_files", 1));

    put_file(x->in, "a.csv.end", "RECORDS=2\n");

    assert_true(await_number(x, "in", "mismatched_files", 0));
    assert_true(number(x, "in", "depth") == 1);
}

static void a_difference_stands_when_the_end_file_is_taken_away_first(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_bytes);
    put_file(x->in, "a.csv", "12345");
    put_file(x->in, "a.csv.end", "SIZE=6\n");
    assert_true(await_number(x, "in", "mismatched_files", 1));

    remove_file(x->in, "a.csv.end");
    x->host->clock_shift_ms += 11 * 60 * 1000; // a pass asks again
    assert_true(number(x, "in", "depth") == 1);
    fake_host_await(x->host, "in", "none", 50);

    assert_true(number(x, "in", "mismatched_files") == 1);
}

static void an_end_file_that_is_being_written_completes_nothing_until_it_is_closed(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_records);
    put_file(x->in, "a.csv", "1\n");
    int fd = begin_file(x->in, "a.csv.end");
    assert_int_equal(write(fd, "RECORDS=1", 9), 9);
    assert_true(number(x, "in", "depth") == 0);

    assert_int_equal(write(fd, "2", 1), 1);
    close(fd);

    assert_true(number(x, "in", "depth") == 1);
    assert_true(number(x, "in", "records") == 12);
}

static void an_end_file_without_a_number_announces_nothing(void **state)
{
    struct fixture *x = *state;
    OPEN(x, pair, pair_records, plain_lines);

    put_file(x->in, "a.csv", "1\n2\n");
    put_file(x->in, "a.csv.end", "");

    assert_true(await_number(x, "in", "records", 2));
    assert_true(number(x, "in", "mismatched_files") == 0);
}

static void a_file_without_records_is_told_where_there_must_be_some(void **state)
{
    struct fixture *x = *state;
    OPEN(x, {.name = "needs_records", .value = "true"}, plain_lines,
        {.name = "skip_lines", .value = "1"}, no_rest);

    put_file(x->in, "head_only.csv", "id,name\n");
    put_file(x->in, "full.csv", "id,name\n1,a\n");

    assert_true(await_number(x, "in", "records", 1));
    assert_true(number(x, "in", "empty_files") == 1);
    assert_string_equal(newest_text(x, "empty_files"), "head_only.csv");
    assert_true(number(x, "in", "zero_files") == 0);
}

static void a_batch_of_more_lines_than_the_other_side_takes_is_told_at_once(void **state)
{
    struct fixture *x = *state;
    OPEN(x, plain_lines, {.name = "limit_records", .value = "2"}, no_rest);

    put_file(x->in, "well.csv", "1\n2\n");
    put_file(x->in, "large.csv", "1\n2\n3\n");
    const struct fake_reading *r = fake_host_await(x->host, "in", "over_limit_files", LIMIT_MS);

    assert_non_null(r);
    assert_true(r->number == 1);
    assert_string_equal(r->text, "large.csv");
}

/* ---- counting ---- */

static void an_arrival_is_told_when_its_lines_are_counted(void **state)
{
    struct fixture *x = *state;
    OPEN(x, plain_lines, no_rest);

    put_file(x->in, "a.csv", "1\n2\n3\n");
    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);

    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "records"), "3");
    fake_host_run_until(x->host, NULL, NULL, 20);
    assert_int_equal(fake_host_count(x->host, "in", "arrived"), 1);
}

static bool has_announced(const struct fake_host *f, const void *arg UNUSED)
{
    return f->announce_count > 0;
}

/* A gigabyte takes many slices, of which one is over; 64 do not end. Nothing is on the disk. */
static void begin_to_count(struct fixture *x, off_t gigabytes)
{
    int fd = begin_file(x->folder, "large");
    assert_int_equal(write(fd, "1\n2\n", 4), 4);
    assert_int_equal(ftruncate(fd, gigabytes << 30), 0);
    close(fd);
    fake_host_forget(x->host);
    move_file(x->folder, "large", x->in, "large.csv");
    assert_true(fake_host_run_until(x->host, has_announced, NULL, LIMIT_MS));
    assert_true(fake_host_count(x->host, "in", "arrived") == 0);
}

static void a_file_that_is_taken_away_while_it_is_read_is_counted_to_its_end(void **state)
{
    struct fixture *x = *state;
    OPEN(x, plain_lines, no_rest);
    begin_to_count(x, 1);

    remove_file(x->in, "large.csv");
    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);

    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "records"), "3");
    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "records") == 0);
}

static bool has_arrived_twice(const struct fake_host *f, const void *arg UNUSED)
{
    return fake_host_count(f, "in", "arrived") == 2;
}

static void a_name_that_is_used_again_while_the_first_file_is_read_has_arrived_twice(void **state)
{
    struct fixture *x = *state;
    OPEN(x, plain_lines, no_rest);
    begin_to_count(x, 1);

    remove_file(x->in, "large.csv");
    put_file(x->in, "large.csv", "1\n2\n3\n4\n5\n");

    assert_true(fake_host_run_until(x->host, has_arrived_twice, NULL, LIMIT_MS));
    const struct fake_reading *r = fake_host_last(x->host, "in", "arrived");
    assert_string_equal(fake_reading_field(r, "records"), "5");
    assert_true(number(x, "in", "records") == 5);
}

static void a_file_that_left_before_it_could_be_read_has_arrived_all_the_same(void **state)
{
    struct fixture *x = *state;
    OPEN(x, plain_lines, no_rest);
    begin_to_count(x, 64);
    put_file(x->in, "behind.csv", "1\n");
    assert_true(number(x, "in", "depth") == 2);

    remove_file(x->in, "behind.csv");
    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);

    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "file"), "behind.csv");
    assert_null(fake_reading_field(r, "records"));
}

static void a_file_that_is_written_again_is_counted_again(void **state)
{
    struct fixture *x = *state;
    OPEN(x, plain_lines, no_rest);
    put_file(x->in, "a.csv", "1\n");
    assert_true(await_number(x, "in", "records", 1));

    put_file(x->in, "a.csv", "1\n2\n3\n4\n");

    assert_true(await_number(x, "in", "records", 4));
}

static void more_files_than_can_wait_are_all_counted(void **state)
{
    struct fixture *x = *state;
    enum { FILES = 10000 };
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d.csv", i);
        put_file(x->in, name, "1\n");
    }
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, plain_lines, no_rest, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);

    assert_true(number(x, "in", "depth") == FILES);
    assert_true(await_number(x, "in", "records", FILES));
    assert_true(number(x, "in", "uncounted_files") == 0);
}

static void a_file_that_may_not_be_read_is_not_counted_and_said_to_be(void **state)
{
    struct fixture *x = *state;
    if (geteuid() == 0) {
        assert_int_equal(chmod(x->folder, 0777), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    OPEN(x, plain_lines, no_rest);
    assert_int_equal(seteuid(getuid()), 0);

    int fd = begin_file(x->folder, "locked");
    assert_int_equal(write(fd, "1\n", 2), 2);
    assert_int_equal(fchmod(fd, 0), 0);
    close(fd);
    move_file(x->folder, "locked", x->in, "locked.csv");
    if (getuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    const struct fake_reading *r = fake_host_await(x->host, "in", "arrived", LIMIT_MS);
    assert_int_equal(seteuid(getuid()), 0);

    assert_non_null(r);
    assert_null(fake_reading_field(r, "records"));
    assert_true(number(x, "in", "uncounted_files") == 1);
}

/* ---- parts ---- */

static uint64_t lines_of(enum lines_form form, const char *text)
{
    struct lines l = {0};
    // One byte after the other: a text may be cut anywhere.
    for (const char *at = text; *at != '\0'; at++)
        lines_take(&l, form, at, 1);
    struct lines whole = {0};
    lines_take(&whole, form, text, strlen(text));
    assert_int_equal(lines_count(&l, 0), lines_count(&whole, 0));
    return lines_count(&l, 0);
}

static void lines_are_records_and_their_ends_are_not(void **state UNUSED)
{
    assert_int_equal(lines_of(LINES_PLAIN, ""), 0);
    assert_int_equal(lines_of(LINES_PLAIN, "1\n2\n"), 2);
    assert_int_equal(lines_of(LINES_PLAIN, "1\r\n2"), 2);
    assert_int_equal(lines_of(LINES_PLAIN, "1\r\n\r\n2\r\n\n"), 2);
    assert_int_equal(lines_of(LINES_PLAIN, "1\n2\n\x1a"), 2);
    // CP932: the second byte of the first character is a backslash, of the next one a bar.
    assert_int_equal(lines_of(LINES_PLAIN, "\x90\x5c\x90\xbf\n\x83\x7c\n"), 2);
}

static void a_line_break_between_quotation_marks_ends_no_record(void **state UNUSED)
{
    assert_int_equal(lines_of(LINES_CSV, "1,\"a\nb\",x\n2,\"say \"\"yes\"\"\"\n"), 2);
    assert_int_equal(lines_of(LINES_PLAIN, "1,\"a\nb\",x\n2,y\n"), 3);
    assert_int_equal(lines_of(LINES_CSV, "1,\"a\n\nb\"\n"), 1);
    assert_int_equal(lines_of(LINES_CSV, "\"\n\"\n"), 1);
}

static void lines_that_are_no_records_are_left_out(void **state UNUSED)
{
    struct lines l = {.ended = 3, .has_text = true};

    assert_int_equal(lines_count(&l, 1), 3);
    assert_int_equal(lines_count(&l, 4), 0);
    assert_int_equal(lines_count(&l, 5), 0);
}

static bool line_of(struct fixture *x, const char *content, const char *pattern,
    uint64_t *ret_number, bool *ret_is_whole)
{
    char path[128];
    put_file(x->folder, "end", content);
    snprintf(path, sizeof path, "%s/end", x->folder);
    return facts_line(path, pattern, ret_number, ret_is_whole);
}

static void numbers_are_found_at_the_begin_of_any_line(void **state)
{
    struct fixture *x = *state;
    uint64_t number = 0;
    bool is_whole = false;

    assert_true(line_of(x, "1284", "%d", &number, &is_whole));
    assert_int_equal(number, 1284);
    assert_false(is_whole);
    assert_true(line_of(x,
        "\xef\xbb\xbf"
        "17\r\n",
        "%d", &number, &is_whole));
    assert_int_equal(number, 17);
    assert_true(is_whole);
    assert_true(line_of(x, "A=1\nSIZE=68719476736 bytes\n", "SIZE=%d bytes", &number, &is_whole));
    assert_int_equal(number, 68719476736);
    assert_false(line_of(x, "XSIZE=1\n", "SIZE=%d", &number, &is_whole));
    assert_false(line_of(x, "SIZE=99999999999999999999\n", "SIZE=%d", &number, &is_whole));
    assert_false(line_of(x, "SIZE=\n", "SIZE=%d", &number, &is_whole));
    assert_false(facts_line(x->folder, "%d", &number, &is_whole));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_end_file_says_how_many_records_there_are),
        TEST(a_file_with_fewer_lines_than_announced_is_told_at_once),
        TEST(a_file_with_as_many_lines_as_announced_is_well),
        TEST(a_file_of_another_size_than_announced_is_told_in_japanese_too),
        TEST(names_and_last_lines_are_held_against_what_is_there_too),
        TEST(an_end_file_that_is_put_right_ends_the_difference),
        TEST(a_difference_stands_when_the_end_file_is_taken_away_first),
        TEST(an_end_file_that_is_being_written_completes_nothing_until_it_is_closed),
        TEST(an_end_file_without_a_number_announces_nothing),
        TEST(a_file_without_records_is_told_where_there_must_be_some),
        TEST(a_batch_of_more_lines_than_the_other_side_takes_is_told_at_once),
        TEST(an_arrival_is_told_when_its_lines_are_counted),
        TEST(a_file_that_is_taken_away_while_it_is_read_is_counted_to_its_end),
        TEST(a_name_that_is_used_again_while_the_first_file_is_read_has_arrived_twice),
        TEST(a_file_that_left_before_it_could_be_read_has_arrived_all_the_same),
        TEST(a_file_that_is_written_again_is_counted_again),
        TEST(more_files_than_can_wait_are_all_counted),
        TEST(a_file_that_may_not_be_read_is_not_counted_and_said_to_be),
        cmocka_unit_test(lines_are_records_and_their_ends_are_not),
        cmocka_unit_test(a_line_break_between_quotation_marks_ends_no_record),
        cmocka_unit_test(lines_that_are_no_records_are_left_out),
        TEST(numbers_are_found_at_the_begin_of_any_line),
    };
    return cmocka_run_group_tests_name("plugins/watch_queue_records", tests, NULL, NULL);
}
