/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gz.h"
#include "linklog_fixture.h"
#include "siblings.h"
#include "unit.h"

/* ---- names -------------------------------------------------------------------------------- */

static void compressed_parts_are_siblings_too(void **state UNUSED)
{
    assert_true(sibling_name("app.log", "app.log.1.gz"));
    assert_true(sibling_name("app.log", "app.log-20260415.gz"));
    assert_true(sibling_name("app.log", "app-20260415.log.gz"));
    assert_true(sibling_name("app-20260415.log", "app-20260415.log.gz"));
    assert_false(sibling_name("app.log", "app.log.old.gz"));
    assert_false(sibling_name("app.log", "other.log.1.gz"));
}

/* ---- the reader --------------------------------------------------------------------------- */

static int open_file(const struct fixture *x, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", x->folder, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* All of the text in blocks, as the plugin reads it; the end in @ret_end. */
static int64_t read_through(int fd, const struct gz_limits *limits, enum gz_end *ret_end)
{
    static char block[64 * 1024];
    struct gz *g;
    int64_t at = 0;
    assert_int_equal(gz_new(fd, limits, &g), 0);
    for (ssize_t n; (n = gz_read(g, block, sizeof block, at)) > 0;)
        at += n;
    *ret_end = gz_end(g);
    gz_free(g);
    return at;
}

static void a_text_is_read_at_any_offset(void **state)
{
    struct fixture *x = *state;
    char line[16], found[16];
    struct gz *g;

    for (int i = 0; i < 40000; i++) {
        snprintf(line, sizeof line, "%08d\n", i);
        fixture_append(x, "plain", line);
    }
    fixture_compress(x, "plain", "plain.1.gz");
    int fd = open_file(x, "plain.1.gz");
    assert_int_equal(gz_new(fd, &gz_limits, &g), 0);

    static const int places[] = {0, 39999, 39990, 5, 20000, 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(line, sizeof line, "%08d\n", places[i]);
        assert_int_equal(gz_read(g, found, 9, places[i] * 9), 9);
        assert_memory_equal(found, line, 9);
    }
    assert_int_equal(gz_read(g, found, 9, 40000 * 9), 0);
    assert_int_equal(gz_end(g), GZ_DONE);
    assert_int_equal(gz_said_length(fd), 40000 * 9);
    gz_free(g);
    close(fd);
}

static void members_that_follow_each_other_are_one_text(void **state)
{
    struct fixture *x = *state;
    enum gz_end end;

    fixture_append(x, "one", "n=1\n");
    fixture_append(x, "two", "n=2\nn=3\n");
    fixture_compress(x, "one", "all.gz");
    fixture_compress(x, "two", "all.gz");
    int fd = open_file(x, "all.gz");

    assert_int_equal(read_through(fd, &gz_limits, &end), 12);
    assert_int_equal(end, GZ_DONE);
    const struct gz_limits one = {.bytes = 1000, .ratio = 200, .busy_ms = 1000, .members = 1};
    assert_int_equal(read_through(fd, &one, &end), 4);
    assert_int_equal(end, GZ_MEMBERS);
    close(fd);
}

static void a_text_ends_at_the_limit_of_bytes(void **state)
{
    struct fixture *x = *state;
    enum gz_end end;
    const struct gz_limits limits = {.bytes = 10, .ratio = 200, .busy_ms = 1000, .members = 9};

    fixture_append(x, "plain", "0123456789abcdef");
    fixture_compress(x, "plain", "plain.gz");
    int fd = open_file(x, "plain.gz");

    assert_int_equal(read_through(fd, &limits, &end), 10);
    assert_int_equal(end, GZ_BYTES);
    close(fd);
}

/* @megabytes of zeros. */
static void make_bomb(const struct fixture *x, const char *name, int megabytes)
{
    static const char zeros[1024 * 1024];
    char path[256];
    snprintf(path, sizeof path, "%s/%s", x->folder, name);
    gzFile out = gzopen(path, "wb1");
    assert_non_null(out);
    for (int i = 0; i < megabytes; i++)
        assert_int_equal(gzwrite(out, zeros, sizeof zeros), sizeof zeros);
    assert_int_equal(gzclose(out), Z_OK);
}

static void a_bomb_is_stopped(void **state)
{
    struct fixture *x = *state;
    enum gz_end end;

    make_bomb(x, "bomb.gz", 80);
    int fd = open_file(x, "bomb.gz");

    assert_true(read_through(fd, &gz_limits, &end) < 66 * 1024 * 1024);
    assert_int_equal(end, GZ_RATIO);
    close(fd);
}

static void inflating_takes_no_more_than_its_time(void **state)
{
    struct fixture *x = *state;
    enum gz_end end;
    const struct gz_limits limits = {.bytes = 1 << 30, .ratio = 5000, .busy_ms = 0, .members = 9};

    make_bomb(x, "bomb.gz", 60);
    int fd = open_file(x, "bomb.gz");

    assert_true(read_through(fd, &limits, &end) < 60 * 1024 * 1024);
    assert_int_equal(end, GZ_TIME);
    close(fd);
}

static void a_part_that_is_cut_off_is_damaged_behind_what_can_be_read(void **state)
{
    struct fixture *x = *state;
    char path[256];
    enum gz_end end;

    fixture_append(x, "plain", "0123456789abcdef");
    fixture_compress(x, "plain", "plain.gz");
    snprintf(path, sizeof path, "%s/plain.gz", x->folder);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 6), 0);
    int fd = open_file(x, "plain.gz");

    assert_int_equal(read_through(fd, &gz_limits, &end), 16);
    assert_int_equal(end, GZ_DAMAGED);
    close(fd);
}

/* ---- over a stop -------------------------------------------------------------------------- */

static void a_part_compressed_during_a_stop_is_read_from_where_it_was(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\nn=2\n");
    fixture_await(x, "failure", 2);
    fake_host_close(x->host);
    fixture_append(x, "app.log", "n=3\nn=4\n");
    fixture_compress(x, "app.log", "app.log.1.gz");
    fixture_append(x, "app.log", "n=5\n");
    fixture_restart(x);
    fixture_await(x, "failure", 5);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4 5");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void several_parts_compressed_during_a_stop_are_read_in_their_order(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    fixture_append(x, "app.log", "n=2\n");
    fixture_compress(x, "app.log", "app.log.3.gz");
    fixture_append(x, "app.log", "n=3\nn=4\n");
    fixture_compress(x, "app.log", "app.log.2.gz");
    fixture_append(x, "app.log", "n=5\n");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log", "n=6\n");
    fixture_restart(x);
    fixture_await(x, "failure", 6);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4 5 6");
}

static void a_stop_in_the_middle_of_a_compressed_part_goes_on_there(void **state)
{
    struct fixture *x = *state;
    char line[64];

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    for (int i = 2; i <= 1000; i++) {
        snprintf(line, sizeof line, "n=%d and some text behind it\n", i);
        fixture_append(x, "app.log", line);
    }
    fixture_compress(x, "app.log", "app.log.1.gz");
    fixture_append(x, "app.log", "n=1001\n");
    fixture_restart(x);
    assert_true(fake_host_count(x->host, NULL, "failure") < 1001);
    fixture_restart(x);
    fixture_await(x, "failure", 1001);

    assert_non_null(strstr(fixture_fields(x, "n"), "1 2 3 4 "));
    assert_string_equal(fake_reading_field(fixture_reading(x, "failure", 1000), "n"), "1001");
}

static void a_part_that_was_read_is_not_read_again_once_compressed(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fixture_append(x, "app.log", "n=2\n");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log", "n=3\n");
    fixture_await(x, "failure", 3);
    fixture_compress(x, "app.log.1", "app.log.1.gz");
    fixture_rename(x, "app.log", "app.log.2");
    fixture_append(x, "app.log", "n=4\n");
    fixture_await(x, "failure", 4);
    fixture_restart(x);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
}

static void parts_from_before_the_first_start_are_never_read(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log.1", "n=8\n");
    fixture_append(x, "app.log.2", "n=9\n");
    fixture_compress(x, "app.log.2", "app.log.2.gz");
    fixture_begin(x, "n=1\n");
    fixture_compress(x, "app.log.1", "app.log.3.gz");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log", "n=2\n");
    fixture_await(x, "failure", 2);
    fixture_restart(x);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
}

static void a_copy_that_was_compressed_is_read_after_copytruncate(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    fixture_append(x, "app.log", "n=2\n");
    fixture_copy(x, "/app.log", "app.log.1");
    fixture_compress(x, "app.log.1", "app.log.1.gz");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=3 is longer than what stood here\n");
    fixture_restart(x);
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void a_part_compressed_and_deleted_during_a_stop_is_said_to_be_lost(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "patterns", .group = fixture_pattern_of_n},
        {.name = "start", .value = "begin"}, {.name = "flush", .value = "60s"}, {.name = NULL}};

    fixture_append(x, "app.log", "n=1\nn=2 but no end");
    fixture_start(x, options);
    fixture_await(x, "failure", 1);
    fake_host_close(x->host);
    fixture_append(x, "app.log", "\nn=3\n");
    assert_int_equal(unlink(x->log), 0);
    fixture_append(x, "app.log.1", "n=4\n");
    fixture_compress(x, "app.log.1", "app.log.1.gz");
    fixture_append(x, "app.log", "n=5\n");
    fixture_restart(x);
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 4 5");
    const struct fake_reading *lost = fixture_reading(x, "lost_bytes", 0);
    assert_string_equal(fake_reading_field(lost, "bytes"), "unknown");
    assert_string_equal(fake_reading_field(lost, "at_least"), "14");
    assert_non_null(strstr(lost->text, "14 or more bytes"));
}

static void a_bomb_beside_the_log_is_told_once_and_not_read_again(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    fixture_rename(x, "app.log", "app.log.2");
    make_bomb(x, "app.log.1.gz", 80);
    fixture_append(x, "app.log", "n=2\n");
    fixture_restart(x);
    fixture_await(x, "failure", 2);
    fake_host_check(x->host);
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 1);
    const struct fake_reading *lost = fixture_reading(x, "lost_bytes", 0);
    assert_string_equal(fake_reading_field(lost, "why"), "ratio");
    assert_true(strtol(fake_reading_field(lost, "bytes"), NULL, 10) > 1024 * 1024);
    fixture_restart(x);
    fake_host_check(x->host);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 1);
}

/* ---- parts that begin alike --------------------------------------------------------------- */

static void a_log_that_was_opened_at_its_first_byte_is_told_from_its_parts(void **state)
{
    struct fixture *x = *state;

    fixture_start(x, fixture_from_begin);
    fixture_append(x, "app.log", "n");
    fixture_idle(x);
    fixture_append(x, "app.log", "=1\n");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log", "n=2\n");
    fixture_rename(x, "app.log", "app.log.2");
    fixture_append(x, "app.log", "n=3\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
}

static void a_log_truncated_twice_between_two_looks_is_read_from_both_copies(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1 is the first\n");
    fixture_append(x, "app.log", "n=2\n");
    fixture_copy(x, "/app.log", "app.log.2");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=3 is the second content\n");
    fixture_copy(x, "/app.log", "app.log.1");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=4 is the third\n");
    fixture_await(x, "failure", 4);
    fixture_restart(x);
    fixture_idle(x);

    assert_non_null(strstr(fixture_fields(x, "n"), "1 2"));
    assert_non_null(strstr(fixture_fields(x, "n"), "3"));
    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 4);
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void more_parts_than_can_be_open_at_once_are_all_read(void **state)
{
    struct fixture *x = *state;
    char line[64], name[64];

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    for (int i = 2; i <= 60; i++) {
        snprintf(line, sizeof line, "n=%d is the only line of its file\n", i);
        snprintf(name, sizeof name, "app.log-2026%04d", i);
        fixture_rename(x, "app.log", name);
        fixture_append(x, "app.log", line);
    }
    fixture_restart(x);
    fixture_await(x, "failure", 60);

    assert_non_null(strstr(fixture_fields(x, "n"), "1 2 3 4 5 "));
    assert_non_null(strstr(fixture_fields(x, "n"), " 56 57 58 59 60"));
}

/* ---- pairs -------------------------------------------------------------------------------- */

struct pair {
    char other[128];
    struct fake_option options[6];
};

static const struct fake_option *pair_options(const struct fixture *x, struct pair *p)
{
    snprintf(p->other, sizeof p->other, "%s/app2.log", x->folder);
    p->options[0] = (struct fake_option){.name = "patterns", .group = fixture_pattern_of_n};
    p->options[1] = (struct fake_option){.name = "start", .value = "begin"};
    p->options[2] = (struct fake_option){.name = "pair", .value = p->other};
    p->options[3] = (struct fake_option){.name = NULL};
    return p->options;
}

static void the_files_of_a_pair_are_read_in_turn(void **state)
{
    struct fixture *x = *state;
    struct pair p;

    fixture_append(x, "app.log", "n=1\n");
    fixture_start(x, pair_options(x, &p));
    fixture_append(x, "app2.log", "n=2\n");
    fixture_await(x, "failure", 2);
    fixture_append(x, "app2.log", "n=3\n");
    fixture_await(x, "failure", 3);
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=4\n");
    fixture_await(x, "failure", 4);
    fixture_truncate(x, "app2.log");
    fixture_append(x, "app2.log", "n=5\n");
    fixture_await(x, "failure", 5);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4 5");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void the_older_file_of_a_pair_is_read_first(void **state)
{
    struct fixture *x = *state;
    struct pair p;
    struct timespec hour_ago[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000}};
    char path[256];

    fixture_append(x, "app.log", "n=2\n");
    fixture_append(x, "app2.log", "n=1\n");
    snprintf(path, sizeof path, "%s/app2.log", x->folder);
    assert_int_equal(utimensat(AT_FDCWD, path, hour_ago, 0), 0);
    fixture_start(x, pair_options(x, &p));
    fixture_await(x, "failure", 2);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
}

static void a_pair_goes_on_where_it_was_after_a_stop(void **state)
{
    struct fixture *x = *state;
    struct pair p;

    fixture_append(x, "app.log", "n=1\n");
    fixture_append(x, "app2.log", "n=2\n");
    fixture_start(x, pair_options(x, &p));
    fixture_await(x, "failure", 2);
    fake_host_close(x->host);
    fixture_append(x, "app2.log", "n=3\n");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=4 is another line\n");
    fixture_restart(x);
    fixture_await(x, "failure", 4);

    assert_non_null(strstr(fixture_fields(x, "n"), "3"));
    assert_non_null(strstr(fixture_fields(x, "n"), "4"));
}

static void a_pair_is_blind_only_without_both_files(void **state)
{
    struct fixture *x = *state;
    struct pair p;

    fixture_start(x, pair_options(x, &p));
    assert_int_equal(fake_host_last(x->host, NULL, "silent_s")->kind, HM_BLIND);
    fixture_append(x, "app2.log", "n=1\n");
    fixture_await(x, "failure", 1);

    assert_int_equal(fake_host_last(x->host, NULL, "silent_s")->kind, HM_NUMBER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(compressed_parts_are_siblings_too),
        FIXTURE_TEST(a_text_is_read_at_any_offset),
        FIXTURE_TEST(members_that_follow_each_other_are_one_text),
        FIXTURE_TEST(a_text_ends_at_the_limit_of_bytes),
        FIXTURE_TEST(a_bomb_is_stopped),
        FIXTURE_TEST(inflating_takes_no_more_than_its_time),
        FIXTURE_TEST(a_part_that_is_cut_off_is_damaged_behind_what_can_be_read),
        FIXTURE_TEST(a_part_compressed_during_a_stop_is_read_from_where_it_was),
        FIXTURE_TEST(several_parts_compressed_during_a_stop_are_read_in_their_order),
        FIXTURE_TEST(a_stop_in_the_middle_of_a_compressed_part_goes_on_there),
        FIXTURE_TEST(a_part_that_was_read_is_not_read_again_once_compressed),
        FIXTURE_TEST(parts_from_before_the_first_start_are_never_read),
        FIXTURE_TEST(a_copy_that_was_compressed_is_read_after_copytruncate),
        FIXTURE_TEST(a_part_compressed_and_deleted_during_a_stop_is_said_to_be_lost),
        FIXTURE_TEST(a_bomb_beside_the_log_is_told_once_and_not_read_again),
        FIXTURE_TEST(a_log_that_was_opened_at_its_first_byte_is_told_from_its_parts),
        FIXTURE_TEST(a_log_truncated_twice_between_two_looks_is_read_from_both_copies),
        FIXTURE_TEST(more_parts_than_can_be_open_at_once_are_all_read),
        FIXTURE_TEST(the_files_of_a_pair_are_read_in_turn),
        FIXTURE_TEST(the_older_file_of_a_pair_is_read_first),
        FIXTURE_TEST(a_pair_goes_on_where_it_was_after_a_stop),
        FIXTURE_TEST(a_pair_is_blind_only_without_both_files),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog parts", tests, NULL, NULL);
}
