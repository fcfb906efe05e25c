/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "linklog_fixture.h"
#include "unit.h"

/* How long the longest line is: `make check LONG_LINE_MIB=1024 TESTS=...` for a whole gibibyte. */
enum { LONG_LINE_MIB = 64, LONG_LINE_MIB_MAX = 4096, MIB = 1024 * 1024, KEPT = 16 * 1024 };
/* What reading it may take: much more than it does, much less than all of the line. */
enum { MEMORY_KIB_MAX = 4 * 1024, MS_OF_MIB = 20 };

static int64_t long_line_mib(void)
{
    const char *text = getenv("LONG_LINE_MIB");
    long mib = text != NULL ? strtol(text, NULL, 10) : LONG_LINE_MIB;
    return mib >= 1 && mib <= LONG_LINE_MIB_MAX ? mib : LONG_LINE_MIB;
}

/* The most memory that this process had, KiB; counted anew from now on if @again. */
static long peak_kib(bool again)
{
    char line[256];
    long peak = 0;
    int fd = again ? open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        assert_int_equal(write(fd, "5", 1), 1);
        close(fd);
    }
    FILE *in = fopen("/proc/self/status", "re");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL)
        if (sscanf(line, "VmHWM: %ld", &peak) == 1)
            break;
    fclose(in);
    return peak;
}

/* Appends @mib MiB without a newline: @unit again and again. */
static void append_long(const struct fixture *x, int64_t mib, const char *unit, size_t length)
{
    char *chunk = malloc(MIB);
    assert_non_null(chunk);
    for (size_t i = 0; i < MIB; i += length)
        memcpy(chunk + i, unit, length);
    for (int64_t i = 0; i < mib; i++)
        fixture_append_bytes(x, "app.log", chunk, MIB);
    free(chunk);
}

static bool has_two(const struct fake_host *f, const void *arg UNUSED)
{
    return fake_host_count(f, NULL, "failure") == 2;
}

/* Two failures come, within the memory and the time on the processor that @mib MiB may take. */
static void assert_read_within_bounds(struct fixture *x, int64_t mib)
{
    long before_kib = peak_kib(true);
    clock_t begin = clock();
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);

    assert_true(fake_host_run_until(x->host, has_two, NULL, 10000 + mib * 200));

    int64_t took_ms = (int64_t)(clock() - begin) * 1000 / CLOCKS_PER_SEC;
    long grown_kib = peak_kib(false) - before_kib;
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("# %" PRId64 " MiB: %lld ms, %" PRId64 " ms on the processor, %ld KiB more\n",
        mib, (to.tv_sec - from.tv_sec) * 1000LL + (to.tv_nsec - from.tv_nsec) / 1000000, took_ms,
        grown_kib);
    assert_true(took_ms < 1000 + mib * MS_OF_MIB);
    assert_true(grown_kib < MEMORY_KIB_MAX);
}

static void assert_truncated(const struct fixture *x, const char *begin, int64_t cut)
{
    char mark[64];
    const char *text = fixture_reading(x, "failure", 0)->text;
    snprintf(mark, sizeof mark, " [truncated %" PRId64 "]", cut);
    assert_memory_equal(text, begin, strlen(begin));
    assert_true(strlen(text) > strlen(mark));
    assert_string_equal(text + strlen(text) - strlen(mark), mark);
}

/* Reading it takes longer than a half line is waited for. */
#define QUICK_FLUSH                       \
    {                                     \
        .name = "flush", .value = "100ms" \
    }

static const struct fake_option errors[] = {
    FIXTURE_PATTERN("failure", "ERROR (?<n>\\d+)"), QUICK_FLUSH, FIXTURE_END};

static void a_very_long_line_takes_little_memory_and_time_and_is_counted(void **state)
{
    struct fixture *x = *state;
    const int64_t mib = long_line_mib();

    fixture_append(x, "app.log", "");
    fixture_start(x, errors);
    fixture_append(x, "app.log", "ERROR 1 ");
    append_long(x, mib, "not a new", 8);
    fixture_append(x, "app.log", "\nERROR 2\n");
    assert_read_within_bounds(x, mib);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
    assert_truncated(x, "ERROR 1 not a ne", mib * MIB + 8 - KEPT);
}

static void a_hole_without_a_newline_is_read_like_a_line(void **state)
{
    struct fixture *x = *state;
    const int64_t mib = long_line_mib();

    fixture_append(x, "app.log", "");
    fixture_start(x, errors);
    fixture_append(x, "app.log", "ERROR 1 ");
    int fd = open(x->log, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "\nERROR 2\n", 9, mib * MIB), 9);
    close(fd);
    assert_read_within_bounds(x, mib);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
    char whole[64];
    snprintf(whole, sizeof whole, "ERROR 1  [truncated %" PRId64 "]", mib * MIB - KEPT);
    assert_string_equal(fixture_reading(x, "failure", 0)->text, whole);
}

static void a_very_long_line_of_utf16_ends_at_its_newline(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {FIXTURE_PATTERN("failure", "ERROR (?<n>\\d+)"),
        {.name = "encoding", .value = "UTF-16LE"}, QUICK_FLUSH, FIXTURE_END};
    const int64_t mib = 3;

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    fixture_append_bytes(x, "app.log", "E\0R\0R\0O\0R\0 \0001\0 \0", 16);
    // "一" and a letter whose second byte and the next one's first are a newline's.
    append_long(x, mib, "\x00\x4E\x41\x0A", 4);
    fixture_append_bytes(x, "app.log", "\n\0E\0R\0R\0O\0R\0 \0002\0\n\0", 18);
    assert_read_within_bounds(x, mib);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
    const char *text = fixture_reading(x, "failure", 0)->text;
    // Of what is kept as it is in the file, the last third has no room as UTF-8.
    const char *mark = strstr(text, " [truncated ");
    assert_memory_equal(text, "ERROR 1 一", 11);
    assert_non_null(mark);
    assert_true(strtol(mark + 12, NULL, 10) > mib * MIB - KEPT);
}

static void a_restart_in_the_middle_of_a_very_long_line_reads_it_once(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "start", .value = "begin"},
        FIXTURE_PATTERN("failure", "ERROR (?<n>\\d+)"), {.name = "flush", .value = "60s"},
        FIXTURE_END};
    const int64_t mib = 4;

    fixture_append(x, "app.log", "ERROR 1 ");
    append_long(x, mib, "not a new", 8);
    fixture_start(x, options);
    fixture_idle(x);
    fixture_restart(x);
    fixture_append(x, "app.log", "\nERROR 2\n");
    fixture_await(x, "failure", 2);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
    assert_truncated(x, "ERROR 1 not a ne", mib * MIB + 8 - KEPT);
}

/* ---- UTF-16LE in pieces ------------------------------------------------------------------- */

static const struct fake_option utf16[] = {FIXTURE_PATTERN("failure", "失敗 n=(?<n>\\d+)$"),
    {.name = "encoding", .value = "UTF-16LE"}, {.name = "start", .value = "begin"}, QUICK_FLUSH,
    FIXTURE_END};
/* "失敗 n=1" with a mark of the byte order, and a newline; then "失敗 n=2". */
static const char utf16_lines[] =
    "\xFF\xFE\x31\x59\x57\x65 \0n\0=\0001\0\n\0\x31\x59\x57\x65 \0n\0=\0002\0\n";
enum { UTF16_BYTES = sizeof utf16_lines };

static void utf16_that_comes_byte_by_byte_is_read(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "app.log", "");
    fixture_start(x, utf16);
    for (size_t i = 0; i < UTF16_BYTES; i++) {
        fixture_append_bytes(x, "app.log", utf16_lines + i, 1);
        fake_host_check(x->host);
    }
    fixture_await(x, "failure", 2);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 0);
}

static void a_half_character_at_the_end_is_waited_for_over_a_restart(void **state)
{
    struct fixture *x = *state;

    fixture_append_bytes(x, "app.log", utf16_lines, 17);
    fixture_start(x, utf16);
    fixture_await(x, "failure", 1);
    fixture_restart(x);
    fixture_append_bytes(x, "app.log", utf16_lines + 17, UTF16_BYTES - 17);
    fixture_await(x, "failure", 2);

    assert_string_equal(fixture_fields(x, "n"), "1 2");
}

static void a_line_taken_after_its_flush_time_leaves_the_half_character_for_the_next(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {FIXTURE_PATTERN("failure", "n=(?<n>\\d+)"),
        FIXTURE_PATTERN("warning", "^(?<rest>.*)!$"), {.name = "encoding", .value = "UTF-16LE"},
        {.name = "start", .value = "begin"}, QUICK_FLUSH, FIXTURE_END};

    fixture_append_bytes(x, "app.log", "n\0=\0001\0\x31", 7);
    fixture_start(x, options);
    fixture_await(x, "failure", 1);
    fixture_append_bytes(x, "app.log", "\x59!\0\n\0", 5);
    fixture_await(x, "warning", 1);

    assert_string_equal(fixture_reading(x, "failure", 0)->text, "n=1");
    assert_string_equal(fake_reading_field(fixture_reading(x, "warning", 0), "rest"), "失");
}

static void a_start_at_the_end_of_a_file_of_odd_length_is_at_a_line(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {FIXTURE_PATTERN("failure", "失敗 n=(?<n>\\d+)$"),
        {.name = "encoding", .value = "UTF-16LE"}, FIXTURE_END};

    fixture_append_bytes(x, "app.log", utf16_lines, 17);
    fixture_start(x, options);
    fixture_append_bytes(x, "app.log", utf16_lines + 17, UTF16_BYTES - 17);
    fixture_await(x, "failure", 1);

    assert_string_equal(fixture_fields(x, "n"), "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_very_long_line_takes_little_memory_and_time_and_is_counted),
        FIXTURE_TEST(a_hole_without_a_newline_is_read_like_a_line),
        FIXTURE_TEST(a_very_long_line_of_utf16_ends_at_its_newline),
        FIXTURE_TEST(a_restart_in_the_middle_of_a_very_long_line_reads_it_once),
        FIXTURE_TEST(utf16_that_comes_byte_by_byte_is_read),
        FIXTURE_TEST(a_half_character_at_the_end_is_waited_for_over_a_restart),
        FIXTURE_TEST(a_line_taken_after_its_flush_time_leaves_the_half_character_for_the_next),
        FIXTURE_TEST(a_start_at_the_end_of_a_file_of_odd_length_is_at_a_line),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog long lines", tests, NULL, NULL);
}
