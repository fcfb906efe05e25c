/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"
#include "postgresql_server.h"

#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

/* Far more than anything takes, on any machine. */
enum { LIMIT_MS = 60000, OPTIONS_MAX = 24 };

static const char by_state[] =
    "SELECT state, count(*) AS depth, extract(epoch FROM now() - min(made)) AS oldest_age_s "
    "FROM jobs GROUP BY state";

struct fixture {
    struct postgresql_server *server;
    struct fake_host *host;
    struct fake_option options[OPTIONS_MAX];
    size_t option_count;
};

static void set(struct fixture *x, const char *name, const char *value)
{
    for (size_t i = 0; i < x->option_count; i++)
        if (strcmp(x->options[i].name, name) == 0) {
            x->options[i].value = value;
            return;
        }
    x->options[x->option_count++] = (struct fake_option){.name = name, .value = value};
}

/* One server for all tests; each has a table of its own making. */
static int set_up(void **state)
{
    struct postgresql_server *server = *state;
    struct fixture *x = calloc(1, sizeof *x);
    x->server = server;
    postgresql_server_sql(server,
        "DROP TABLE IF EXISTS jobs; CREATE TABLE jobs (id serial, state text, made timestamptz); "
        "DROP ROLE IF EXISTS watcher; CREATE ROLE watcher LOGIN PASSWORD 'watcher-secret'; "
        "GRANT SELECT, INSERT ON jobs TO watcher; GRANT USAGE ON SEQUENCE jobs_id_seq TO watcher");
    set(x, "source", "postgresql");
    set(x, "host", "127.0.0.1");
    set(x, "port", postgresql_server_port(server));
    set(x, "database", "postgres");
    set(x, "user", "watcher");
    set(x, "password_file", "watcher-secret");
    set(x, "query", by_state);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    struct postgresql_server *server = x->server;
    fake_host_free(x->host);
    postgresql_server_let_go(server);
    postgresql_server_sql(server, "DROP TABLE jobs; DROP ROLE watcher");
    free(x);
    *state = server;
    return 0;
}

static void open_subject(struct fixture *x)
{
    x->host = fake_host_new(&hashimori_plugin, x->options);
    fake_host_validate(x->host);
    assert_int_equal(x->host->complaint_count, 0);
    assert_int_equal(fake_host_open(x->host), 0);
}

static void sql(struct fixture *x, const char *text)
{
    postgresql_server_sql(x->server, text);
}

static const struct fake_reading *checked(struct fixture *x, const char *instance)
{
    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);
    const struct fake_reading *r = fake_host_last(x->host, instance, "depth");
    return r != NULL ? r : fake_host_await(x->host, instance, "depth", LIMIT_MS);
}

static double depth(struct fixture *x, const char *instance)
{
    const struct fake_reading *r = checked(x, instance);
    assert_non_null(r);
    if (r->kind == HM_BLIND)
        print_message("blind: %s\n", r->text);
    assert_int_equal(r->kind, HM_NUMBER);
    return r->number;
}

static void assert_blind(const struct fake_reading *r, const char *part)
{
    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
    if (strstr(r->text, part) == NULL)
        print_message("said: %s\n", r->text);
    assert_non_null(strstr(r->text, part));
}

/* Waits until the state is told as a number again. */
static bool await_number(struct fixture *x, const char *instance)
{
    for (int i = 0; i < 100; i++) {
        const struct fake_reading *r = fake_host_await(x->host, instance, "depth", LIMIT_MS);
        if (r == NULL || r->kind == HM_NUMBER)
            return r != NULL;
    }
    return false;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is counted ---- */

static void jobs_are_told_by_state_with_the_age_of_the_oldest(void **state)
{
    struct fixture *x = *state;
    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now() - interval '500 s'), "
           "('waiting', now()), ('running', now() - interval '20 s')");
    open_subject(x);

    assert_true(depth(x, "waiting") == 2);

    double age = fake_host_last(x->host, "waiting", "oldest_age_s")->number;
    assert_true(age >= 500 && age < 600);
    assert_true(fake_host_last(x->host, "running", "depth")->number == 1);
}

static void a_state_that_no_job_is_in_any_more_is_told_as_none(void **state)
{
    struct fixture *x = *state;
    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now() - interval '500 s')");
    open_subject(x);
    assert_true(depth(x, "waiting") == 1);

    sql(x, "DELETE FROM jobs");

    assert_true(depth(x, "waiting") == 0);
    assert_true(fake_host_last(x->host, "waiting", "oldest_age_s")->number == 0);
}

static void a_local_socket_and_a_name_are_servers_too(void **state)
{
    struct fixture *x = *state;
    set(x, "query", "SELECT 3 AS depth");
    set(x, "host", postgresql_server_folder(x->server));
    open_subject(x);
    assert_true(depth(x, "") == 3);

    fake_host_free(x->host);
    set(x, "host", "localhost");
    open_subject(x);
    assert_true(depth(x, "") == 3);
}

static void a_notification_makes_it_look_at_once(void **state)
{
    struct fixture *x = *state;
    set(x, "listen", "jobs changed");
    open_subject(x);
    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now())");
    assert_true(depth(x, "waiting") == 1);

    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now()); NOTIFY \"jobs changed\"");

    const struct fake_reading *r = fake_host_await(x->host, "waiting", "depth", LIMIT_MS);
    assert_non_null(r);
    assert_true(r->number == 2);
}

static void between_two_looks_no_transaction_is_open(void **state)
{
    struct fixture *x = *state;
    open_subject(x);
    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now())");
    assert_true(depth(x, "waiting") == 1);

    const char *open = postgresql_server_sql(x->server,
        "SELECT state || coalesce(xact_start::text, '') FROM pg_stat_activity "
        "WHERE application_name = 'hashimori'");

    assert_string_equal(open, "idle");
}

/* ---- could not look ---- */

static void a_wrong_password_is_blind_and_says_so(void **state)
{
    struct fixture *x = *state;
    set(x, "password_file", "wrong");
    open_subject(x);

    assert_blind(checked(x, ""), "password authentication failed");
    assert_null(strstr(fake_host_last(x->host, "", "depth")->text, "wrong"));
}

static void where_nobody_listens_the_next_try_waits(void **state)
{
    struct fixture *x = *state;
    set(x, "port", "1");
    open_subject(x);
    assert_blind(checked(x, ""), "cannot connect");

    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);

    // Told from memory in the same call, not tried again.
    assert_blind(fake_host_last(x->host, "", "depth"), "cannot connect");
}

static void a_name_without_an_address_is_blind(void **state)
{
    struct fixture *x = *state;
    set(x, "host", "no-such-host.invalid");
    open_subject(x);

    assert_blind(checked(x, ""), "no-such-host.invalid");
}

static void a_query_that_takes_too_long_is_ended_by_the_server(void **state)
{
    struct fixture *x = *state;
    set(x, "timeout", "300ms");
    set(x, "query", "SELECT 1 AS depth FROM pg_sleep(600)");
    open_subject(x);

    assert_blind(checked(x, ""), "took too long");
    assert_string_equal(postgresql_server_sql(x->server,
                            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                            "application_name = 'hashimori'"),
        "0");
}

static void a_lock_that_is_held_is_blind_until_it_is_let_go(void **state)
{
    struct fixture *x = *state;
    set(x, "timeout", "500ms");
    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now())");
    open_subject(x);
    assert_true(depth(x, "waiting") == 1);

    postgresql_server_hold(x->server, "BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE");
    assert_blind(checked(x, "waiting"), "holds a lock");

    postgresql_server_let_go(x->server);
    assert_true(depth(x, "waiting") == 1);
}

static bool is_waiting_for_lock(struct fixture *x)
{
    for (int i = 0; i < 200; i++)
        if (strcmp(postgresql_server_sql(x->server,
                       "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "application_name = 'hashimori'"),
                "1") == 0)
            return true;
    return false;
}

static void a_server_that_is_stopped_in_mid_query_holds_nobody_up(void **state)
{
    struct fixture *x = *state;
    set(x, "timeout", "3s");
    set(x, "query", "SELECT 5 AS depth FROM (SELECT pg_advisory_xact_lock_shared(7)) AS lock");
    open_subject(x);
    assert_true(depth(x, "") == 5);
    postgresql_server_hold(x->server, "SELECT pg_advisory_lock(7)");
    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);
    assert_true(is_waiting_for_lock(x));

    postgresql_server_freeze(x->server, true);
    const struct fake_reading *r = fake_host_await(x->host, "", "depth", LIMIT_MS);
    assert_blind(r, "no answer in time");
    int64_t began_ms = now_ms();
    for (int i = 0; i < 5; i++)
        assert_int_equal(fake_host_check(x->host), 0);
    assert_true(now_ms() - began_ms < 1000);

    postgresql_server_freeze(x->server, false);
    postgresql_server_let_go(x->server);
    assert_true(await_number(x, ""));
}

static void a_server_that_is_killed_is_told_at_once_and_found_again(void **state)
{
    struct fixture *x = *state;
    sql(x, "INSERT INTO jobs (state, made) VALUES ('waiting', now())");
    open_subject(x);
    assert_true(depth(x, "waiting") == 1);
    fake_host_forget(x->host);

    postgresql_server_kill(x->server);
    const struct fake_reading *r = fake_host_await(x->host, "waiting", "depth", LIMIT_MS);
    assert_blind(r, "the connection was lost");
    postgresql_server_restart(x->server);

    assert_true(await_number(x, "waiting"));
}

static void queries_that_would_write_or_stay_are_refused(void **state)
{
    struct fixture *x = *state;
    set(x, "query", "INSERT INTO jobs (state) VALUES ('made') RETURNING 1 AS depth");
    open_subject(x);
    assert_blind(checked(x, ""), "read-only transaction");
    assert_string_equal(postgresql_server_sql(x->server, "SELECT count(*) FROM jobs"), "0");

    fake_host_free(x->host);
    set(x, "query", "SELECT 1 AS depth; SELECT 2 AS depth");
    open_subject(x);
    assert_blind(checked(x, ""), "refused");

    fake_host_free(x->host);
    set(x, "query", "BEGIN");
    open_subject(x);
    assert_blind(checked(x, ""), "leaves a transaction open");

    fake_host_free(x->host);
    set(x, "query", "COPY jobs TO STDOUT");
    open_subject(x);
    assert_blind(checked(x, ""), "SELECT");
}

static void a_query_of_a_million_rows_is_given_up(void **state)
{
    struct fixture *x = *state;
    set(x, "query", "SELECT n AS state, 1 AS depth FROM generate_series(1, 1000000) n");
    open_subject(x);

    assert_blind(checked(x, ""), "more than 64 states");
}

static void a_query_without_depth_or_with_words_for_it_is_blind(void **state)
{
    struct fixture *x = *state;
    set(x, "query", "SELECT 1 AS n");
    open_subject(x);
    assert_blind(checked(x, ""), "no column \"depth\"");

    fake_host_free(x->host);
    set(x, "query", "SELECT 'many' AS depth");
    open_subject(x);
    assert_blind(checked(x, ""), "something else");
}

static void closing_gives_every_descriptor_back(void **state)
{
    struct fixture *x = *state;
    int before = dup(0);
    close(before);
    set(x, "query", "SELECT 1 AS depth");
    open_subject(x);
    assert_true(depth(x, "") == 1);

    fake_host_close(x->host);

    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

#define TEST(f)                          \
    {                                    \
#f, f, set_up, tear_down, server \
    }

int main(void)
{
    struct postgresql_server *server = postgresql_server_new();
    if (server == NULL) {
        printf("1..0 # SKIP PostgreSQL (Debian: postgresql) is not installed\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        TEST(jobs_are_told_by_state_with_the_age_of_the_oldest),
        TEST(a_state_that_no_job_is_in_any_more_is_told_as_none),
        TEST(a_local_socket_and_a_name_are_servers_too),
        TEST(a_notification_makes_it_look_at_once),
        TEST(between_two_looks_no_transaction_is_open),
        TEST(a_wrong_password_is_blind_and_says_so),
        TEST(where_nobody_listens_the_next_try_waits),
        TEST(a_name_without_an_address_is_blind),
        TEST(a_query_that_takes_too_long_is_ended_by_the_server),
        TEST(a_lock_that_is_held_is_blind_until_it_is_let_go),
        TEST(a_server_that_is_stopped_in_mid_query_holds_nobody_up),
        TEST(a_server_that_is_killed_is_told_at_once_and_found_again),
        TEST(queries_that_would_write_or_stay_are_refused),
        TEST(a_query_of_a_million_rows_is_given_up),
        TEST(a_query_without_depth_or_with_words_for_it_is_blind),
        TEST(closing_gives_every_descriptor_back),
    };
    int failed =
        cmocka_run_group_tests_name("plugins/watch_jobqueue_postgresql", tests, NULL, NULL);
    postgresql_server_free(server);
    return failed;
}
