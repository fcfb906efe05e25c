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

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static const char *field(const struct fake_reading *r, const char *name)
{
    const char *value = fake_reading_field(r, name);
    return value != NULL ? value : "(none)";
}

static void a_hostile_pattern_is_stopped_and_said_so(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("^(a|aa)+b$")},
        {.name = "patterns", .group = FIXTURE_GROUP("then (?<n>\\d+)")}, FIXTURE_END};
    char line[4001];
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    clock_t begin = clock();
    fixture_append(x, "app.log", line);
    fixture_append(x, "app.log", "bc\nthen 1\n");
    fixture_await(x, "failure", 1);

    // Time on the processor: how long it takes is the machine's affair.
    assert_true(clock() - begin < CLOCKS_PER_SEC);
    assert_int_equal(fake_host_count(x->host, NULL, "match_limit"), 1);
    assert_string_equal(field(fixture_reading(x, "match_limit", 0), "pattern"), "^(a|aa)+b$");
}

static void nul_bytes_and_carriage_returns_are_left_out(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("^ERROR (?<n>\\d+)$")}, FIXTURE_END};

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    fixture_append_bytes(x, "app.log", "\0\0\0\0ERROR 7\r\r\n", 15);
    fixture_await(x, "failure", 1);

    assert_string_equal(fixture_reading(x, "failure", 0)->text, "ERROR 7");
}

static void bytes_of_no_encoding_are_replaced_and_told_once_a_day(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR")}, FIXTURE_END};

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    fixture_append(x, "app.log", "ERROR \xFF\xFE 1\nERROR \xFF\xFE 2\n");
    fixture_await(x, "failure", 2);
    fixture_restart(x);
    fixture_append(x, "app.log", "ERROR \xFF\xFE 3\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_reading(x, "failure", 0)->text, "ERROR \xEF\xBF\xBD\xEF\xBF\xBD 1");
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 1);
    assert_string_equal(field(fixture_reading(x, "encoding", 0), "read_as"), "replaced");
}

static void ignored_records_make_no_event(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR (?<n>\\d+)")},
        {.name = "ignore", .value = "known trouble"}, FIXTURE_END};

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    fixture_append(x, "app.log", "ERROR 1 known trouble\nERROR 2\n");
    fixture_await(x, "failure", 1);

    assert_string_equal(field(fixture_reading(x, "failure", 0), "n"), "2");
}

static void a_record_makes_one_event_of_each_kind(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR (?<a>\\d+)")},
        {.name = "patterns", .group = FIXTURE_GROUP("(?<b>ERROR)")},
        {.name = "patterns",
            .group = (const struct fake_option[]){{.name = "pattern", .value = "end"},
                {.name = "kind", .value = "end"}, FIXTURE_END}},
        FIXTURE_END};

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    fixture_append(x, "app.log", "ERROR 1 end\n");
    fixture_await(x, "end", 1);

    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 1);
    assert_string_equal(field(fixture_reading(x, "failure", 0), "a"), "1");
}

/* The daemon may die between two events of one record: the second comes after the restart. */
static void a_record_left_between_two_events_is_finished_after_a_restart(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "patterns", .group = FIXTURE_GROUP("ERROR")},
        {.name = "patterns",
            .group = (const struct fake_option[]){{.name = "pattern", .value = "end"},
                {.name = "kind", .value = "end"}, FIXTURE_END}},
        {.name = "start", .value = "begin"}, FIXTURE_END};
    fixture_append(x, "app.log", "ERROR end\n");
    fixture_start(x, options);
    fixture_await(x, "end", 1);

    // As it was committed with the first event: offset 0, one reading made.
    char *kept = x->host->kept[0].value, *file = strstr(kept, "1 ");
    while (file != kept && file[-1] != '\n')
        file = strstr(file + 1, "1 ");
    int64_t saved, born, at, size;
    uint64_t device, inode, hash;
    uint32_t head;
    assert_int_equal(sscanf(file,
                         "1 %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNu64
                         " %" SCNd64 " %" SCNd64,
                         &saved, &device, &inode, &born, &head, &hash, &at, &size),
        8);
    assert_int_equal(at, 10);
    char state_then[512];
    snprintf(state_then, sizeof state_then,
        "1 %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32 " %" PRIu64 " 0 10 1 1 %s\n",
        saved, device, inode, born, head, hash, x->log);
    fake_host_close(x->host);
    const struct hm_host *host = fake_host_get(x->host);
    host->keep(host, "offset", state_then);
    fake_host_forget(x->host);
    fixture_restart(x);

    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 0);
    assert_int_equal(fake_host_count(x->host, NULL, "end"), 1);
}

/* Five lines in one turn, of which the daemon committed the events of the first @committed: those
 * that come after the restart. @generation: added to that of the state that the progress is of. */
static const char *lines_after_restart(struct fixture *x, int committed, int generation)
{
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR (?<n>\\d+)")},
        {.name = "start", .value = "begin"}, FIXTURE_END};
    fixture_append(x, "app.log", "ERROR 1\nERROR 2\nERROR 3\nERROR 4\nERROR 5\n");
    fixture_start(x, options);
    fixture_await(x, "failure", 5);
    fake_host_close(x->host);

    const struct hm_host *host = fake_host_get(x->host);
    uint64_t of = 0, device, inode;
    int64_t at;
    char progress[128], state[512];
    assert_int_equal(
        sscanf(host->kept(host, "at"), "5 %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64, &of,
            &device, &inode, &at),
        4);
    assert_int_equal(at, 40);
    // The state that was kept with the first of them.
    const char *now = strstr(host->kept(host, "offset"), "\n1 ");
    int64_t saved, born, kept_at, size;
    uint32_t head;
    uint64_t hash;
    assert_int_equal(sscanf(now,
                         "\n1 %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNu64
                         " %" SCNd64 " %" SCNd64,
                         &saved, &device, &inode, &born, &head, &hash, &kept_at, &size),
        8);
    snprintf(state, sizeof state,
        "4 %" PRIu64 "\n1 %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32 " %" PRIu64
        " 8 40 0 1 %s\n",
        of, saved, device, inode, born, head, hash, x->log);
    snprintf(progress, sizeof progress, "5 %" PRIu64 " %" PRIu64 " %" PRIu64 " %d 0",
        of + (uint64_t)generation, device, inode, 8 * committed);
    host->keep(host, "offset", state);
    host->keep(host, "at", progress);
    fake_host_forget(x->host);
    fixture_restart(x);
    fixture_append(x, "app.log", "ERROR 6\n");
    fixture_await(x, "failure", 6 - (size_t)(generation == 0 ? committed : 1));
    return fixture_fields(x, "n");
}

static void a_turn_left_between_two_lines_goes_on_behind_the_last_one(void **state)
{
    assert_string_equal(lines_after_restart(*state, 3, 0), "4 5 6");
}

static void progress_of_another_state_means_nothing(void **state)
{
    assert_string_equal(lines_after_restart(*state, 3, 1), "2 3 4 5 6");
}

static void a_state_that_is_nonsense_is_a_first_start(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR (?<n>\\d+)")}, FIXTURE_END};
    fixture_append(x, "app.log", "ERROR 1\n");
    fixture_start(x, options);
    fake_host_close(x->host);

    const struct hm_host *host = fake_host_get(x->host);
    host->keep(host, "offset", "1 2 3 rubbish\n1 -5 -5 -5 -5 999999 1 -7 3 1 0 /x\n\n");
    fixture_restart(x);
    fixture_append(x, "app.log", "ERROR 2\n");
    fixture_await(x, "failure", 1);

    assert_string_equal(field(fixture_reading(x, "failure", 0), "n"), "2");
}

static void faulty_options_are_complained_about(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "path", .value = "/var/log/%Q/app.log"},
        {.name = "patterns", .group = FIXTURE_GROUP("(unclosed")},
        {.name = "patterns", .group = FIXTURE_GROUP("(?<Upper>x)")},
        {.name = "patterns",
            .group = (const struct fake_option[]){{.name = "pattern", .value = "x"},
                {.name = "kind", .value = "Not A Metric"}, FIXTURE_END}},
        {.name = "head", .value = "*"}, FIXTURE_END};
    extern const struct hm_plugin hashimori_plugin;
    x->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(x->host);

    assert_int_equal(x->host->complaint_count, 5);
    assert_true(fake_host_complained(x->host, "%Q"));
    assert_true(fake_host_complained(x->host, "(unclosed"));
    assert_true(fake_host_complained(x->host, "Upper"));
    assert_true(fake_host_complained(x->host, "Not A Metric"));
    assert_true(fake_host_open(x->host) < 0);
    assert_int_equal(x->host->open_handles, 0);
}

static void a_busy_log_does_not_keep_a_half_line_of_its_old_part_waiting(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR (?<n>\\d+)")},
        {.name = "flush", .value = "100ms"}, FIXTURE_END};

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    fixture_append(x, "app.log", "ERROR 1");
    fixture_rename(x, "app.log", "app.log.1");
    int64_t begin_ms = now_ms();
    while (fake_host_count(x->host, NULL, "failure") == 0 && now_ms() - begin_ms < 30000) {
        fixture_append(x, "app.log", "nothing\n");
        fake_host_run_until(x->host, NULL, NULL, 10);
    }

    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 1);
}

static void a_flood_goes_in_turns_and_is_complete(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "patterns", .group = FIXTURE_GROUP("ERROR (?<n>\\d+)")}, FIXTURE_END};
    enum { LINES = 3000 };

    fixture_append(x, "app.log", "");
    fixture_start(x, options);
    for (int i = 1; i <= LINES; i++) {
        char line[64];
        snprintf(line, sizeof line, "some words before ERROR %d\n", i);
        fixture_append(x, "app.log", line);
    }
    fixture_await(x, "failure", LINES);

    for (size_t i = 0; i < LINES; i++)
        assert_int_equal(atoi(field(fixture_reading(x, "failure", i), "n")), i + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_hostile_pattern_is_stopped_and_said_so),
        FIXTURE_TEST(nul_bytes_and_carriage_returns_are_left_out),
        FIXTURE_TEST(bytes_of_no_encoding_are_replaced_and_told_once_a_day),
        FIXTURE_TEST(ignored_records_make_no_event),
        FIXTURE_TEST(a_record_makes_one_event_of_each_kind),
        FIXTURE_TEST(a_record_left_between_two_events_is_finished_after_a_restart),
        FIXTURE_TEST(a_turn_left_between_two_lines_goes_on_behind_the_last_one),
        FIXTURE_TEST(progress_of_another_state_means_nothing),
        FIXTURE_TEST(a_state_that_is_nonsense_is_a_first_start),
        FIXTURE_TEST(faulty_options_are_complained_about),
        FIXTURE_TEST(a_busy_log_does_not_keep_a_half_line_of_its_old_part_waiting),
        FIXTURE_TEST(a_flood_goes_in_turns_and_is_complete),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog hostile", tests, NULL, NULL);
}
