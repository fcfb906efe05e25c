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

/* A file's time is about when its last line was written: what has no year gets the year that is
 * nearest to that. All in Tokyo. */

static int tokyo_set_up(void **state)
{
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    return fixture_set_up(state);
}

static int tokyo_tear_down(void **state)
{
    unsetenv("TZ");
    tzset();
    return fixture_tear_down(state);
}

#define TOKYO_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, tokyo_set_up, tokyo_tear_down)

static const struct fake_option year_less[] = {{.name = "start", .value = "begin"},
    {.name = "time_format", .value = "%b %d %H:%M:%S"},
    FIXTURE_PATTERN("failure", "^(?<time>\\w{3} [ \\d]\\d [\\d:]{8}) n=(?<n>\\d+)"), FIXTURE_END};

static time_t seconds_of(const char *text)
{
    struct tm tm = {.tm_isdst = -1};
    assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
    return mktime(&tm);
}

static void set_time(const struct fixture *x, const char *name, const char *text)
{
    char path[256];
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds_of(text)}};
    snprintf(path, sizeof path, "%s/%s", x->folder, name);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* The @nth failure happened at @text. */
static void assert_happened(const struct fixture *x, size_t nth, const char *text)
{
    assert_int_equal(fixture_reading(x, "failure", nth)->at_ms, seconds_of(text) * 1000LL);
}

static void lines_of_the_old_year_read_on_new_years_day_are_of_the_old_year(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "Dec 31 23:59:58 n=1\nJan  1 00:00:03 n=2\n");
    set_time(x, "app.log", "2027-01-01 00:00:03");
    fixture_start(x, year_less);
    fixture_await(x, "failure", 2);

    assert_happened(x, 0, "2026-12-31 23:59:58");
    assert_happened(x, 1, "2027-01-01 00:00:03");
}

static void a_line_of_the_new_year_is_that_on_a_host_whose_clock_is_behind(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "Jan  1 00:00:10 n=1\n");
    set_time(x, "app.log", "2026-12-31 23:59:40");
    fixture_start(x, year_less);
    fixture_await(x, "failure", 1);

    assert_happened(x, 0, "2027-01-01 00:00:10");
}

static void a_line_of_the_old_year_is_that_on_a_host_whose_clock_is_ahead(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "Dec 31 23:59:50 n=1\n");
    set_time(x, "app.log", "2027-01-01 00:00:20");
    fixture_start(x, year_less);
    fixture_await(x, "failure", 1);

    assert_happened(x, 0, "2026-12-31 23:59:50");
}

static void a_leap_day_is_one(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "Feb 29 23:59:59 n=1\nMar  1 00:00:00 n=2\n");
    set_time(x, "app.log", "2028-03-01 00:00:00");
    fixture_start(x, year_less);
    fixture_await(x, "failure", 2);

    assert_happened(x, 0, "2028-02-29 23:59:59");
    assert_happened(x, 1, "2028-03-01 00:00:00");
}

static void parts_of_last_year_read_after_a_stop_are_of_last_year(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "Dec 30 01:00:00 n=1\n");
    set_time(x, "app.log", "2025-12-30 01:00:00");
    fixture_start(x, year_less);
    fixture_await(x, "failure", 1);
    fake_host_close(x->host);
    fixture_append(x, "app.log", "Dec 31 23:00:00 n=2\n");
    set_time(x, "app.log", "2025-12-31 23:00:00");
    fixture_compress(x, "app.log", "app.log.1.gz");
    fixture_append(x, "app.log", "Jan  1 01:00:00 n=3\n");
    set_time(x, "app.log", "2026-01-01 01:00:00");
    fixture_restart(x);
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
    assert_happened(x, 0, "2025-12-30 01:00:00");
    assert_happened(x, 1, "2025-12-31 23:00:00");
    assert_happened(x, 2, "2026-01-01 01:00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKYO_TEST(lines_of_the_old_year_read_on_new_years_day_are_of_the_old_year),
        TOKYO_TEST(a_line_of_the_new_year_is_that_on_a_host_whose_clock_is_behind),
        TOKYO_TEST(a_line_of_the_old_year_is_that_on_a_host_whose_clock_is_ahead),
        TOKYO_TEST(a_leap_day_is_one),
        TOKYO_TEST(parts_of_last_year_read_after_a_stop_are_of_last_year),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog time", tests, NULL, NULL);
}
