/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linklog_fixture.h"
#include "unit.h"

static void the_first_start_reports_nothing_old(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "n=1\nn=2\n");
    fixture_start(x, fixture_from_end);
    fixture_append(x, "app.log", "n=3\n");
    fixture_await(x, "failure", 1);

    assert_string_equal(fixture_fields(x, "n"), "3");
}

static void a_line_half_written_at_the_first_start_is_read_whole(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "n=1\nn=2");
    fixture_start(x, fixture_from_end);
    fixture_append(x, "app.log", "3\n");
    fixture_await(x, "failure", 1);

    assert_string_equal(fixture_fields(x, "n"), "23");
}

static void a_log_that_appears_later_is_read_from_its_begin(void **state)
{
    struct fixture *x = *state;

    fixture_start(x, fixture_from_end);
    assert_int_equal(fake_host_last(x->host, NULL, "silent_s")->kind, HM_BLIND);
    fixture_append(x, "app.log", "n=1\n");
    fixture_await(x, "failure", 1);

    assert_int_equal(fake_host_last(x->host, NULL, "silent_s")->kind, HM_NUMBER);
}

static void a_log_that_need_not_exist_is_not_blind(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "patterns", .group = fixture_pattern_of_n},
        {.name = "must_exist", .value = "false"}, {.name = NULL}};

    fixture_start(x, options);

    assert_int_equal(fake_host_count(x->host, NULL, "silent_s"), 0);
}

static void what_is_no_regular_file_is_blind_and_never_waited_for(void **state)
{
    struct fixture *x = *state;

    assert_int_equal(mkfifo(x->log, 0600), 0);
    fixture_start(x, fixture_from_end);

    const struct fake_reading *r = fake_host_last(x->host, NULL, "silent_s");
    assert_int_equal(r->kind, HM_BLIND);
    assert_non_null(strstr(r->text, "regular file"));
}

static void the_reason_for_being_blind_is_said_in_japanese(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "path", .value = "/nonexistent/app.log"},
        {.name = "patterns", .group = fixture_pattern_of_n}, {.name = NULL}};

    fixture_start(x, options);
    x->host->language = "ja";
    fake_host_check(x->host);

    assert_string_equal(fake_host_last(x->host, NULL, "silent_s")->text,
        "ログ /nonexistent/app.log を監視できません: ファイルがありません");
}

static void a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_begin(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fixture_append(x, "app.log", "n=2\n");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log.1", "n=3\n");
    fixture_append(x, "app.log", "n=4\n");
    fixture_await(x, "failure", 4);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
}

static void a_writer_that_stays_with_the_renamed_log_is_heard(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log", "n=2\n");
    fixture_await(x, "failure", 2);
    fixture_append(x, "app.log.1", "n=3\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
}

static void a_truncated_log_is_read_from_its_begin(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\nn=2\n");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=3\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void what_was_copied_before_truncation_is_read_from_the_copy(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fixture_append(x, "app.log", "n=2\n");
    fixture_copy(x, "/app.log", "app.log.1");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=3\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
}

static void a_log_that_grew_past_the_old_offset_is_known_by_its_first_bytes(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=2\nn=3\nn=4\n");
    fixture_await(x, "failure", 4);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
}

static void bytes_truncated_before_they_were_read_are_said_to_be_lost(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\npartial");
    fixture_truncate(x, "app.log");
    fixture_await(x, "lost_bytes", 1);

    assert_string_equal(fake_reading_field(fixture_reading(x, "lost_bytes", 0), "bytes"), "7");
}

static void a_restart_goes_on_where_it_was(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\nn=2\n");
    fixture_await(x, "failure", 2);
    fake_host_close(x->host);
    fixture_append(x, "app.log", "n=3\n");
    fixture_restart(x);
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
}

static void rotations_during_a_stop_are_all_read(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log.1", "n=100\n");
    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    fixture_append(x, "app.log", "n=2\n");
    fixture_rename(x, "app.log.1", "app.log.3");
    fixture_rename(x, "app.log", "app.log.2");
    fixture_append(x, "app.log", "n=3\n");
    fixture_rename(x, "app.log", "app.log.1");
    fixture_append(x, "app.log", "n=4\n");
    fixture_restart(x);
    fixture_await(x, "failure", 4);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
}

static void a_copy_made_during_a_stop_is_read_from_where_it_was(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    fixture_append(x, "app.log", "n=2\n");
    fixture_copy(x, "/app.log", "app.log.1");
    fixture_truncate(x, "app.log");
    fixture_append(x, "app.log", "n=3 and more\n");
    fixture_restart(x);
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
}

static void a_log_gone_during_a_stop_is_said_to_be_lost(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fake_host_close(x->host);
    assert_int_equal(unlink(x->log), 0);
    fixture_append(x, "app.log", "n=2\n");
    fixture_restart(x);
    fixture_await(x, "failure", 2);

    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 1);
    assert_string_equal(
        fake_reading_field(fixture_reading(x, "lost_bytes", 0), "bytes"), "unknown");
}

static void a_folder_of_the_day_may_come_into_being_later(void **state)
{
    struct fixture *x = *state;
    char pattern[128], folder[128], day[32];
    time_t now = time(NULL);
    struct tm tm;
    strftime(day, sizeof day, "%Y%m%d", localtime_r(&now, &tm));
    snprintf(pattern, sizeof pattern, "%s/%%Y%%m%%d/exec.log", x->folder);
    snprintf(folder, sizeof folder, "%s/%s", x->folder, day);
    const struct fake_option options[] = {{.name = "path", .value = pattern},
        {.name = "patterns", .group = fixture_pattern_of_n}, {.name = NULL}};

    fixture_start(x, options);
    fixture_idle(x);
    assert_int_equal(mkdir(folder, 0755), 0);
    strcat(day, "/exec.log");
    fixture_append(x, day, "n=1\n");
    fixture_await(x, "failure", 1);

    assert_string_equal(fixture_fields(x, "n"), "1");
}

static void a_wrap_around_trace_is_read_again_from_its_begin(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "patterns", .group = fixture_pattern_of_n},
        {.name = "start", .value = "begin"}, {.name = "eof_mark", .value = "true"}, {.name = NULL}};

    fixture_append(x, "app.log", "n=1\nn=2\n\x1A=0\n");
    fixture_start(x, options);
    fixture_await(x, "failure", 2);
    int fd = open(x->log, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "n=3\n\x1A", 5, 8), 5);
    fixture_await(x, "failure", 3);
    assert_int_equal(pwrite(fd, "n=4\n\x1A", 5, 0), 5);
    close(fd);
    fixture_await(x, "failure", 4);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void another_users_link_is_not_followed_but_an_own_one_is(void **state)
{
    struct fixture *x = *state;
    if (geteuid() != 0) {
        print_message("# not root: cannot make another user's link\n");
        return;
    }

    fixture_append(x, "secret", "n=1\n");
    assert_int_equal(symlink("secret", x->log), 0);
    assert_int_equal(lchown(x->log, 65534, 65534), 0);
    fixture_start(x, fixture_from_begin);

    assert_int_equal(fake_host_last(x->host, NULL, "silent_s")->kind, HM_BLIND);
    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 0);
    assert_int_equal(lchown(x->log, 0, 0), 0);
    fake_host_check(x->host);
    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 1);
}

/* ---- many rotations, at random places of the writing ---- */

enum { ROTATIONS = 1000, BACKUPS = 6 };

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static void rotate(const struct fixture *x)
{
    for (int i = BACKUPS; i > 0; i--) {
        char from[256], to[256];
        snprintf(from, sizeof from, i > 1 ? "%s.%d" : "%s", x->log, i - 1);
        snprintf(to, sizeof to, "%s.%d", x->log, i);
        rename(from, to);
    }
}

/* Writes a number as a line, in two pieces now and then. */
static void write_number(const struct fixture *x, unsigned n, unsigned *seed)
{
    char line[32];
    size_t length = (size_t)snprintf(line, sizeof line, "n=%u\n", n);
    size_t first = next_random(seed) % 4 == 0 ? next_random(seed) % length : length;
    fixture_append_bytes(x, "app.log", line, first);
    if (first < length)
        fixture_append_bytes(x, "app.log", line + first, length - first);
}

/* Asserts that the numbers 1..count came, each once. */
static void assert_each_once(const struct fixture *x, unsigned count)
{
    unsigned char *seen = calloc(count + 1, 1);
    assert_non_null(seen);
    unsigned lost = 0, doubled = 0;
    for (size_t i = 0; i < x->host->reading_count; i++) {
        const char *n = fake_reading_field(&x->host->readings[i], "n");
        unsigned long number = n != NULL ? strtoul(n, NULL, 10) : 0;
        if (number > 0 && number <= count && seen[number]++ > 0)
            doubled++;
    }
    for (unsigned i = 1; i <= count; i++)
        lost += seen[i] == 0;
    free(seen);
    assert_int_equal(lost, 0);
    assert_int_equal(doubled, 0);
}

struct last_number {
    unsigned number;
};

static bool has_number(const struct fake_host *f, const void *arg)
{
    const struct last_number *last = arg;
    for (size_t i = f->reading_count; i-- > 0;) {
        const char *n = fake_reading_field(&f->readings[i], "n");
        if (n != NULL && strtoul(n, NULL, 10) == last->number)
            return true;
    }
    return false;
}

static void a_thousand_rotations_lose_and_double_nothing(void **state)
{
    struct fixture *x = *state;
    unsigned seed = 20260415, written = 0;

    write_number(x, ++written, &seed);
    fixture_start(x, fixture_from_begin);
    for (unsigned done = 0, unseen = 0; done < ROTATIONS;) {
        unsigned dice = next_random(&seed) % 8;
        if (dice == 0) {
            rotate(x);
            done++;
            unseen++;
        } else {
            write_number(x, ++written, &seed);
        }
        // At most BACKUPS rotations may go by unseen: then a file is gone for everybody.
        // One look reads for a bounded time; what it leaves is read in the turns after it.
        if (unseen >= BACKUPS - 1) {
            fake_host_check(x->host);
            assert_true(
                fake_host_run_until(x->host, has_number, &(struct last_number){written}, 30000));
            unseen = 0;
        } else if (dice == 1 && next_random(&seed) % 16 == 0) {
            assert_true(
                fake_host_run_until(x->host, has_number, &(struct last_number){written}, 30000));
            unseen = 0;
        } else if (dice == 2 && next_random(&seed) % 16 == 0) {
            fixture_restart(x);
            unseen = 0;
        }
    }
    fixture_append(x, "app.log", "");
    fake_host_check(x->host);
    assert_true(fake_host_run_until(x->host, has_number, &(struct last_number){written}, 30000));

    assert_each_once(x, written);
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_first_start_reports_nothing_old),
        FIXTURE_TEST(a_line_half_written_at_the_first_start_is_read_whole),
        FIXTURE_TEST(a_log_that_appears_later_is_read_from_its_begin),
        FIXTURE_TEST(a_log_that_need_not_exist_is_not_blind),
        FIXTURE_TEST(what_is_no_regular_file_is_blind_and_never_waited_for),
        FIXTURE_TEST(the_reason_for_being_blind_is_said_in_japanese),
        FIXTURE_TEST(a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_begin),
        FIXTURE_TEST(a_writer_that_stays_with_the_renamed_log_is_heard),
        FIXTURE_TEST(a_truncated_log_is_read_from_its_begin),
        FIXTURE_TEST(what_was_copied_before_truncation_is_read_from_the_copy),
        FIXTURE_TEST(a_log_that_grew_past_the_old_offset_is_known_by_its_first_bytes),
        FIXTURE_TEST(bytes_truncated_before_they_were_read_are_said_to_be_lost),
        FIXTURE_TEST(a_restart_goes_on_where_it_was),
        FIXTURE_TEST(rotations_during_a_stop_are_all_read),
        FIXTURE_TEST(a_copy_made_during_a_stop_is_read_from_where_it_was),
        FIXTURE_TEST(a_log_gone_during_a_stop_is_said_to_be_lost),
        FIXTURE_TEST(a_folder_of_the_day_may_come_into_being_later),
        FIXTURE_TEST(a_wrap_around_trace_is_read_again_from_its_begin),
        FIXTURE_TEST(another_users_link_is_not_followed_but_an_own_one_is),
        FIXTURE_TEST(a_thousand_rotations_lose_and_double_nothing),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog follow", tests, NULL, NULL);
}
