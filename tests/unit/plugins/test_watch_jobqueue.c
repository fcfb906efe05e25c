/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"
#include "rows.h"
#include "tally.h"

#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

/* Far more than anything takes, on any machine. */
enum { LIMIT_MS = 30000, OPTIONS_MAX = 24 };

struct fixture {
    char folder[64], file[96], program[96];
    sqlite3 *db;
    struct fake_host *host;
    struct fake_option options[OPTIONS_MAX];
    size_t option_count;
};

static void add(struct fixture *x, const char *name, const char *value)
{
    x->options[x->option_count++] = (struct fake_option){.name = name, .value = value};
}

static void add_state(struct fixture *x, const struct fake_option *group)
{
    x->options[x->option_count++] = (struct fake_option){.name = "states", .group = group};
}

static void sql(struct fixture *x, const char *text)
{
    char *why = NULL;
    if (sqlite3_exec(x->db, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
}

static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    snprintf(x->folder, sizeof x->folder, "/tmp/hm-jobqueue-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->file, sizeof x->file, "%s/jobs.db", x->folder);
    snprintf(x->program, sizeof x->program, "%s/list", x->folder);
    assert_int_equal(sqlite3_open(x->file, &x->db), SQLITE_OK);
    sql(x, "CREATE TABLE jobs (state TEXT, made INTEGER)");
    *state = x;
    return 0;
}

static int remove_one(
    const char *path, const struct stat *st UNUSED, int flag UNUSED, struct FTW *ftw UNUSED)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    fake_host_free(x->host);
    sqlite3_close(x->db);
    nftw(x->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(x);
    return 0;
}

static void open_subject(struct fixture *x)
{
    x->host = fake_host_new(&hashimori_plugin, x->options);
    fake_host_validate(x->host);
    assert_int_equal(x->host->complaint_count, 0);
    assert_int_equal(fake_host_open(x->host), 0);
}

static void open_sqlite(struct fixture *x, const char *query)
{
    add(x, "source", "sqlite");
    add(x, "file", x->file);
    add(x, "query", query);
    open_subject(x);
}

static const char by_state[] =
    "SELECT state, count(*) AS depth, min(made) AS oldest_at FROM jobs GROUP BY state";

/* The program prints what stands in @script. */
static void open_command(struct fixture *x, const char *script)
{
    FILE *file = fopen(x->program, "we");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(x->program, 0755), 0);
    add(x, "source", "command");
    add(x, "command", x->program);
    open_subject(x);
}

static const struct fake_reading *checked(
    struct fixture *x, const char *instance, const char *metric)
{
    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);
    const struct fake_reading *r = fake_host_last(x->host, instance, metric);
    return r != NULL ? r : fake_host_await(x->host, instance, metric, LIMIT_MS);
}

static double number(struct fixture *x, const char *instance, const char *metric)
{
    const struct fake_reading *r = checked(x, instance, metric);
    assert_non_null(r);
    if (r->kind == HM_BLIND)
        print_message("blind: %s\n", r->text);
    assert_int_equal(r->kind, HM_NUMBER);
    return r->number;
}

static void assert_blind(struct fixture *x, const char *part)
{
    const struct fake_reading *r = checked(x, NULL, "depth");
    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
    if (strstr(r->text, part) == NULL)
        print_message("said: %s\n", r->text);
    assert_non_null(strstr(r->text, part));
}

/* ---- SQLite ---- */

static void jobs_of_a_table_are_told_by_state(void **state)
{
    struct fixture *x = *state;
    sql(x, "INSERT INTO jobs VALUES ('waiting', unixepoch() - 500), ('waiting', unixepoch()), "
           "('running', unixepoch())");
    open_sqlite(x, by_state);

    assert_true(number(x, "waiting", "depth") == 2);
    double age = fake_host_last(x->host, "waiting", "oldest_age_s")->number;
    assert_true(age >= 499 && age < 560);
    assert_true(fake_host_last(x->host, "running", "depth")->number == 1);
}

static void a_query_without_states_tells_one_queue(void **state)
{
    struct fixture *x = *state;
    open_sqlite(x, "SELECT count(*) AS depth, unixepoch() - min(made) AS oldest_age_s FROM jobs");
    assert_true(number(x, "", "depth") == 0);
    assert_true(fake_host_last(x->host, "", "oldest_age_s")->number == 0);

    sql(x, "INSERT INTO jobs VALUES ('waiting', unixepoch() - 100)");

    assert_true(number(x, "", "depth") == 1);
    assert_true(fake_host_last(x->host, "", "oldest_age_s")->number >= 100);
}

static void a_query_without_states_and_without_rows_says_that_nothing_waits(void **state)
{
    struct fixture *x = *state;
    open_sqlite(x, "SELECT 1 AS depth WHERE 0");

    assert_true(number(x, "", "depth") == 0);
}

static void numbers_that_are_none_are_blind(void **state)
{
    struct fixture *x = *state;
    sql(x, "INSERT INTO jobs VALUES ('waiting', 'yesterday')");
    open_sqlite(x, "SELECT 1 AS depth, made AS oldest_age_s FROM jobs");
    const struct fake_reading *r = checked(x, NULL, "depth");

    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
    sql(x, "UPDATE jobs SET made = 5");
    assert_true(number(x, "", "depth") == 1);
}

static void more_states_than_are_told_are_blind_and_not_cut_short(void **state)
{
    struct fixture *x = *state;
    sql(x, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 65) "
           "INSERT INTO jobs SELECT 'state ' || i, 0 FROM n");
    open_sqlite(x, "SELECT state, count(*) AS depth FROM jobs GROUP BY state");
    const struct fake_reading *r = checked(x, NULL, "depth");

    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
    sql(x, "DELETE FROM jobs WHERE state = 'state 1'");
    assert_true(number(x, "state 2", "depth") == 1);
}

static void states_that_come_one_after_the_other_are_too_many_at_last(void **state)
{
    struct fixture *x = *state;
    open_sqlite(x, "SELECT state, count(*) AS depth FROM jobs GROUP BY state");
    sql(x, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64) "
           "INSERT INTO jobs SELECT 'state ' || i, 0 FROM n");
    assert_true(number(x, "state 1", "depth") == 1);

    sql(x, "UPDATE jobs SET state = 'another' WHERE state = 'state 1'");

    assert_blind(x, "");
}

static void a_database_that_may_not_be_read_is_blind_until_it_may(void **state)
{
    struct fixture *x = *state;
    enum { NOBODY = 65534 };
    sql(x, "INSERT INTO jobs VALUES ('waiting', 0)");
    assert_int_equal(chmod(x->folder, 0755), 0);
    assert_int_equal(chmod(x->file, 0), 0);
    if (getuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    open_sqlite(x, "SELECT count(*) AS depth FROM jobs");
    const struct fake_reading *r = checked(x, NULL, "depth");
    bool was_blind = r != NULL && r->kind == HM_BLIND;
    assert_int_equal(seteuid(getuid()), 0);

    assert_int_equal(chmod(x->file, 0644), 0);

    assert_true(was_blind);
    assert_true(number(x, "", "depth") == 1);
}

static void values_of_the_column_are_put_together_to_states(void **state)
{
    struct fixture *x = *state;
    const struct fake_option waiting[] = {{.name = "name", .value = "waiting"},
        {.name = "match", .value = "0"}, {.name = "match", .value = "1"}, {0}};
    const struct fake_option ended[] = {{.name = "name", .value = "ended"},
        {.name = "match", .value = "9"}, {.name = "done", .value = "true"}, {0}};
    add_state(x, waiting);
    add_state(x, ended);
    sql(x, "INSERT INTO jobs VALUES (0, unixepoch() - 5), (1, unixepoch() - 50), (7, 1)");
    open_sqlite(x, by_state);

    assert_true(number(x, "waiting", "depth") == 2);
    assert_true(fake_host_last(x->host, "waiting", "oldest_age_s")->number >= 50);
    assert_true(fake_host_last(x->host, "ended", "depth")->number == 0);
    assert_null(fake_host_last(x->host, "ended", "oldest_age_s"));
    assert_true(fake_host_last(x->host, "7", "depth")->number == 1);
}

static void growth_is_told_per_second(void **state)
{
    struct fixture *x = *state;
    open_sqlite(x, "SELECT count(*) AS depth FROM jobs");
    assert_true(number(x, "", "depth") == 0);

    sql(x, "INSERT INTO jobs VALUES ('a', 0), ('a', 0), ('a', 0)");
    x->host->clock_shift_ms += 10000;

    double growth = number(x, "", "growth_rate_per_s");
    assert_true(growth > 0.2 && growth < 0.31);
}

static void failed_jobs_are_an_event_that_their_end_clears(void **state)
{
    struct fixture *x = *state;
    const struct fake_option failed[] = {
        {.name = "name", .value = "failed"}, {.name = "error", .value = "true"}, {0}};
    add_state(x, failed);
    sql(x, "INSERT INTO jobs VALUES ('failed', 0)");
    open_sqlite(x, by_state);
    assert_true(number(x, "failed", "error_depth") == 1);
    assert_int_equal(fake_host_count(x->host, "failed", "error_jobs"), 0);

    sql(x, "INSERT INTO jobs VALUES ('failed', 0), ('failed', 0)");
    assert_true(number(x, "failed", "error_depth") == 3);
    const struct fake_reading *r = fake_host_last(x->host, "failed", "error_jobs");
    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "count"), "2");
    assert_string_equal(fake_reading_field(r, "depth"), "3");

    sql(x, "DELETE FROM jobs");
    assert_true(number(x, "failed", "error_depth") == 0);
    assert_int_equal(fake_host_count(x->host, "failed", "error_cleared"), 1);
}

static void what_failed_while_nobody_watched_is_told_after_the_restart(void **state)
{
    struct fixture *x = *state;
    const struct fake_option failed[] = {
        {.name = "name", .value = "failed"}, {.name = "error", .value = "true"}, {0}};
    add_state(x, failed);
    sql(x, "INSERT INTO jobs VALUES ('failed', 0), ('waiting', 0)");
    open_sqlite(x, by_state);
    assert_true(number(x, "failed", "error_depth") == 1);
    fake_host_close(x->host);

    sql(x, "INSERT INTO jobs VALUES ('failed', 0); DELETE FROM jobs WHERE state = 'waiting'");
    assert_int_equal(fake_host_open(x->host), 0);

    // The state that was told in the earlier life and has no row now is told as none.
    assert_true(number(x, "waiting", "depth") == 0);
    const struct fake_reading *r = fake_host_last(x->host, "failed", "error_jobs");
    assert_non_null(r);
    assert_string_equal(fake_reading_field(r, "count"), "1");
}

static void a_lock_is_waited_for_and_then_blind(void **state)
{
    struct fixture *x = *state;
    add(x, "timeout", "1s");
    open_sqlite(x, "SELECT count(*) AS depth FROM jobs");
    sql(x, "BEGIN EXCLUSIVE");

    assert_blind(x, "holds a lock");

    assert_int_equal(fake_host_check(x->host), 0);
    sql(x, "COMMIT");
    const struct fake_reading *r = fake_host_await(x->host, "", "depth", LIMIT_MS);
    assert_non_null(r);
    assert_int_equal(r->kind, HM_NUMBER);
}

static void a_database_that_others_write_in_a_log_is_read(void **state)
{
    struct fixture *x = *state;
    sql(x, "PRAGMA journal_mode = WAL; INSERT INTO jobs VALUES ('waiting', 0)");
    open_sqlite(x, "SELECT count(*) AS depth FROM jobs");
    assert_true(number(x, "", "depth") == 1);

    sql(x, "BEGIN IMMEDIATE; INSERT INTO jobs VALUES ('waiting', 0)");
    assert_true(number(x, "", "depth") == 1);
    sql(x, "COMMIT");

    assert_true(number(x, "", "depth") == 2);
}

static void a_file_that_is_no_database_or_absent_is_blind(void **state)
{
    struct fixture *x = *state;
    char path[112];
    open_sqlite(x, "SELECT count(*) AS depth FROM jobs");
    sqlite3_close(x->db);
    x->db = NULL;
    assert_int_equal(truncate(x->file, 0), 0);
    int fd = open(x->file, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, "this is no database, it is a line of text\n", 42), 42);
    close(fd);
    assert_blind(x, "not a database");

    assert_int_equal(unlink(x->file), 0);
    assert_blind(x, "No such file");
    snprintf(path, sizeof path, "%s", x->file);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_blind(x, "cannot be read");
}

static void a_query_that_takes_too_long_is_ended(void **state)
{
    struct fixture *x = *state;
    add(x, "timeout", "100ms");
    open_sqlite(x,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS depth "
        "FROM n");

    assert_blind(x, "took too long");
}

static void a_query_can_only_read(void **state)
{
    struct fixture *x = *state;
    open_sqlite(x, "INSERT INTO jobs VALUES ('x', 0) RETURNING 1 AS depth");
    assert_blind(x, "refused");

    static const char *const others[] = {"ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE", "BEGIN", "SELECT 1; SELECT 2"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fake_host_free(x->host);
        x->options[x->option_count - 1].value = others[i];
        open_subject(x);
        const struct fake_reading *r = checked(x, "", "depth");
        assert_int_equal(r->kind, HM_BLIND);
    }
}

/* ---- commands ---- */

static const struct fake_option running[] = {
    {.name = "name", .value = "running"}, {.name = "pattern", .value = " --:--:-- "}, {0}};
static const struct fake_option failed[] = {{.name = "name", .value = "failed"},
    {.name = "pattern", .value = " (?!0000-0000)[0-9]{4}-[0-9]{4} "},
    {.name = "error", .value = "true"}, {0}};

static const char transfers[] =
    "cat <<'LIST'\n"
    "SEND LOG LIST                                        2026/04/15 05:40:02\n"
    "FILEID   HOST NAME START DAY   START TIME END TIME  RECORDS    STATUS    CONNECT\n"
    "JUKIIDO1 RENKEI01  2026/04/15  01:10:00   01:10:07  0000001284 0000-0000 LAN\n"
    "ZEIFUKA1 RENKEI01  2026/04/15  01:30:00   01:30:00  0000000000 0250-0205 LAN\n"
    "KOKUHO01 RENKEI01  2026/04/15  02:00:00   --:--:--  0000000000 0516-0000 LAN\n"
    "LIST";

static void lines_of_a_listing_are_told_by_the_first_pattern_that_matches(void **state)
{
    struct fixture *x = *state;
    add_state(x, running);
    add_state(x, failed);
    add(x, "time_format", "%Y/%m/%d  %H:%M:%S");
    open_command(x, transfers);
    struct tm t = {.tm_year = 126, .tm_mon = 3, .tm_mday = 15, .tm_hour = 3, .tm_isdst = -1};
    x->host->clock_shift_ms = ((int64_t)mktime(&t) - (int64_t)time(NULL)) * 1000;

    assert_true(number(x, "running", "depth") == 1);

    double age = fake_host_last(x->host, "running", "oldest_age_s")->number;
    assert_true(age >= 3590 && age < 3700);
    assert_true(fake_host_last(x->host, "failed", "error_depth")->number == 1);
}

static void a_listing_in_shift_jis_is_matched_in_japanese(void **state)
{
    struct fixture *x = *state;
    const struct fake_option waiting[] = {
        {.name = "name", .value = "waiting"}, {.name = "pattern", .value = "申請.*待機"}, {0}};
    add_state(x, waiting);
    add(x, "encoding", "CP932");
    open_command(x, "printf '\\220\\134\\220\\277\\201\\100\\221\\322\\213\\100\\n\\377\\n'");

    assert_true(number(x, "waiting", "depth") == 1);
}

static void ends_of_lines_and_bytes_that_are_no_text_do_not_matter(void **state)
{
    struct fixture *x = *state;
    const struct fake_option ended[] = {
        {.name = "name", .value = "ended"}, {.name = "pattern", .value = "^JOB . END$"}, {0}};
    add_state(x, ended);
    open_command(x, "printf 'JOB 1 END\\r\\nJOB \\000 END\\r\\nJOB \\377 END'");

    assert_true(number(x, "ended", "depth") == 3);
}

static void a_command_that_fails_hangs_or_floods_is_blind(void **state)
{
    struct fixture *x = *state;
    static const char *const scripts[][2] = {{"echo 'JOB waits'; exit 3", "exit 3"},
        {"kill -9 $$", "signal 9"}, {"exec sleep 600", "no answer in time"},
        {"head -c 2000000 /dev/zero", "1 MiB"}};
    add_state(x, running);
    add(x, "timeout", "2s");
    open_command(x, "true");
    assert_true(number(x, "running", "depth") == 0);

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        FILE *file = fopen(x->program, "we");
        fprintf(file, "#!/bin/sh\n%s\n", scripts[i][0]);
        assert_int_equal(fclose(file), 0);
        assert_blind(x, scripts[i][1]);
    }
    assert_int_equal(unlink(x->program), 0);
    assert_blind(x, "No such file");
}

static void a_pattern_that_would_never_end_is_blind(void **state)
{
    struct fixture *x = *state;
    const struct fake_option slow[] = {
        {.name = "name", .value = "slow"}, {.name = "pattern", .value = "(a+)+$"}, {0}};
    add_state(x, slow);
    open_command(x, "printf '%0200d!\\n' 0 | tr 0 a");

    assert_blind(x, "too many steps");
}

/* ---- options ---- */

static void what_a_source_needs_is_asked_for(void **state)
{
    struct fixture *x = *state;
    add(x, "source", "sqlite");
    x->host = fake_host_new(&hashimori_plugin, x->options);
    fake_host_validate(x->host);
    assert_true(fake_host_complained(x->host, "source \"sqlite\" cannot look without it"));

    fake_host_free(x->host);
    x->options[0].value = "command";
    add(x, "command", "relative");
    add(x, "time_format", "%H");
    x->host = fake_host_new(&hashimori_plugin, x->options);
    fake_host_validate(x->host);
    assert_true(fake_host_complained(x->host, "absolute path"));
    assert_true(fake_host_complained(x->host, "a command needs states"));
    assert_true(fake_host_complained(x->host, "must have %Y"));
}

static void states_are_named_once_and_patterns_are_patterns(void **state)
{
    struct fixture *x = *state;
    const struct fake_option broken[] = {
        {.name = "name", .value = "running"}, {.name = "pattern", .value = "("}, {0}};
    const struct fake_option nothing[] = {{.name = "name", .value = "nothing"},
        {.name = "error", .value = "true"}, {.name = "done", .value = "true"}, {0}};
    add(x, "source", "command");
    char name[128] = "";
    const struct fake_option long_named[] = {
        {.name = "name", .value = memset(name, 'n', sizeof name - 1)},
        {.name = "pattern", .value = "x"}, {0}};
    add(x, "command", "/bin/true");
    add_state(x, long_named);
    add_state(x, running);
    add_state(x, broken);
    add_state(x, nothing);
    x->host = fake_host_new(&hashimori_plugin, x->options);

    fake_host_validate(x->host);

    assert_true(fake_host_complained(x->host, "two states are called \"running\""));
    assert_true(fake_host_complained(x->host, "pattern of state \"running\""));
    assert_true(fake_host_complained(x->host, "state \"nothing\" has no pattern"));
    assert_true(fake_host_complained(x->host, "both error and done"));
    assert_true(fake_host_complained(x->host, "has 1 to 99 bytes"));
}

/* ---- parts ---- */

static void only_whole_finite_numbers_are_numbers(void **state UNUSED)
{
    double n = 0;

    assert_true(tally_number("12.5", &n) && n > 12 && n < 13);
    assert_false(tally_number("12x", &n));
    assert_false(tally_number("", &n));
    assert_false(tally_number(NULL, &n));
    assert_false(tally_number("NaN", &n));
    assert_false(tally_number("Infinity", &n));
}

static void names_of_states_are_shown_so_that_nothing_obeys_them(void **state UNUSED)
{
    struct tally t = {0};

    struct tally_state *s = tally_state(&t, "wait\x1b[2J");
    assert_string_equal(s->name, "wait?[2J");
    for (int i = 1; i < TALLY_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        assert_non_null(tally_state(&t, name));
    }
    assert_null(tally_state(&t, "one more"));
    assert_non_null(tally_state(&t, "1"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jobs_of_a_table_are_told_by_state),
        TEST(a_query_without_states_tells_one_queue),
        TEST(a_query_without_states_and_without_rows_says_that_nothing_waits),
        TEST(numbers_that_are_none_are_blind),
        TEST(more_states_than_are_told_are_blind_and_not_cut_short),
        TEST(states_that_come_one_after_the_other_are_too_many_at_last),
        TEST(a_database_that_may_not_be_read_is_blind_until_it_may),
        TEST(values_of_the_column_are_put_together_to_states),
        TEST(growth_is_told_per_second),
        TEST(failed_jobs_are_an_event_that_their_end_clears),
        TEST(what_failed_while_nobody_watched_is_told_after_the_restart),
        TEST(a_lock_is_waited_for_and_then_blind),
        TEST(a_database_that_others_write_in_a_log_is_read),
        TEST(a_file_that_is_no_database_or_absent_is_blind),
        TEST(a_query_that_takes_too_long_is_ended),
        TEST(a_query_can_only_read),
        TEST(lines_of_a_listing_are_told_by_the_first_pattern_that_matches),
        TEST(a_listing_in_shift_jis_is_matched_in_japanese),
        TEST(ends_of_lines_and_bytes_that_are_no_text_do_not_matter),
        TEST(a_command_that_fails_hangs_or_floods_is_blind),
        TEST(a_pattern_that_would_never_end_is_blind),
        TEST(what_a_source_needs_is_asked_for),
        TEST(states_are_named_once_and_patterns_are_patterns),
        cmocka_unit_test(only_whole_finite_numbers_are_numbers),
        cmocka_unit_test(names_of_states_are_shown_so_that_nothing_obeys_them),
    };
    return cmocka_run_group_tests_name("plugins/watch_jobqueue", tests, NULL, NULL);
}
