/* SPDX-License-Identifier: BSD-2-Clause */
#include <sqlite3.h>

#include "folder.h"
#include "record/db.h"

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    folder_make(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    free(*state);
    return 0;
}

/* ---- files ------------------------------------------------------------------------------- */

static void a_new_ledger_is_for_its_owner_only(void **state)
{
    const struct folder *f = *state;

    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_append(r, moment_at(1), "start", "{}"), 0);
    assert_int_equal(record_commit(r), 0);

    const char *names[] = {"ledger.db", "ledger.db-wal", "host_id"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[400];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", f->path, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    r = record_close(r);
}

static void a_second_opener_is_told_that_it_is_locked(void **state)
{
    const struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct record *second = NULL;

    assert_int_equal(record_open(f->ledger, &second), RECORD_E_LOCKED);
    assert_null(second);

    r = record_close(r);
    second = open_ledger(f->ledger);
    second = record_close(second);
}

/* Runs SQL on the closed ledger, as somebody with an editor would. */
static void tamper(const struct folder *f, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->ledger, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                         "DROP TRIGGER IF EXISTS ledger_no_update;"
                         "DROP TRIGGER IF EXISTS ledger_no_delete;",
                         NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_newer_schema_is_refused(void **state)
{
    const struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    r = record_close(r);
    tamper(f, "PRAGMA user_version = 1000");

    assert_int_equal(record_open(f->ledger, &r), RECORD_E_NEWER);
}

static void what_is_no_ledger_is_called_corrupt(void **state)
{
    const struct folder *f = *state;
    FILE *file = fopen(f->ledger, "w");
    for (int i = 0; i < 5000; i++)
        fputs("not a database ", file);
    fclose(file);
    struct record *r = NULL;

    assert_int_equal(record_open(f->ledger, &r), RECORD_E_CORRUPT);
    assert_null(r);
}

static void network_file_systems_are_known(void **state UNUSED)
{
    const uint32_t network[] = {
        0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x00c36400, 0x5346414f};

    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
        assert_true(db_is_network(network[i]));
    assert_false(db_is_network(0xef53));     /* ext4 */
    assert_false(db_is_network(0x58465342)); /* xfs */
    assert_false(db_is_network(0x01021994)); /* tmpfs */
}

static void a_new_ledger_beside_an_old_host_id_is_a_new_epoch(void **state)
{
    const struct folder *f = *state;
    char host_id[33];
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_epoch(r), 1);
    snprintf(host_id, sizeof host_id, "%s", record_host_id(r));
    assert_int_equal(strlen(host_id), 32);
    r = record_close(r);
    assert_int_equal(unlink(f->ledger), 0);

    r = open_ledger(f->ledger);

    assert_int_equal(record_epoch(r), 2);
    assert_string_equal(record_host_id(r), host_id);
    r = record_close(r);
    r = open_ledger(f->ledger);
    assert_int_equal(record_epoch(r), 2);
    r = record_close(r);
}

/* Records a notice of incident 1; the caller deinits. */
static struct notice tell_of_incident_1(struct record *r, enum notice_kind kind)
{
    static const char *const nms[] = {"nms"};
    struct notice n = {.kind = kind, .incident = 1, .transition = 1, .at = moment_at(1)};
    assert_int_equal(record_notice(r, &n, nms, 1, moment_at(1)), 0);
    assert_int_equal(record_commit(r), 0);
    return n;
}

static void an_incident_of_a_new_ledger_is_not_the_old_ledgers_of_the_same_number(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct notice raised = tell_of_incident_1(r, NOTICE_RAISED);
    struct notice cleared = tell_of_incident_1(r, NOTICE_CLEARED);
    record_close(r);
    assert_int_equal(unlink(f->ledger), 0);

    r = open_ledger(f->ledger);
    struct notice other = tell_of_incident_1(r, NOTICE_RAISED);

    assert_string_equal(raised.incident_key, cleared.incident_key);
    assert_string_not_equal(raised.incident_key, other.incident_key);
    assert_string_not_equal(raised.key, other.key);
    record_close(r);
    notice_deinit(&raised);
    notice_deinit(&cleared);
    notice_deinit(&other);
}

static void a_ledger_that_was_put_back_is_a_new_epoch(void **state)
{
    const struct folder *f = *state;
    char aside[400];
    snprintf(aside, sizeof aside, "%s/aside.db", f->path);
    struct record *r = open_ledger(f->ledger);
    r = record_close(r);
    assert_int_equal(rename(f->ledger, aside), 0);
    r = open_ledger(f->ledger);
    r = record_close(r);
    assert_int_equal(rename(aside, f->ledger), 0);

    r = open_ledger(f->ledger);

    assert_int_equal(record_epoch(r), 3);
    r = record_close(r);
}

static void a_lost_host_id_file_is_written_again(void **state)
{
    const struct folder *f = *state;
    char side[400], host_id[33];
    snprintf(side, sizeof side, "%s/host_id", f->path);
    struct record *r = open_ledger(f->ledger);
    snprintf(host_id, sizeof host_id, "%s", record_host_id(r));
    r = record_close(r);
    assert_int_equal(unlink(side), 0);

    r = open_ledger(f->ledger);

    assert_int_equal(access(side, F_OK), 0);
    assert_string_equal(record_host_id(r), host_id);
    assert_int_equal(record_epoch(r), 1);
    r = record_close(r);
}

static void a_ledger_that_was_removed_is_noticed_within_a_minute(void **state)
{
    const struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_alive(r, moment_at(100), "boot-1", false), 0);
    assert_int_equal(record_commit(r), 0);
    assert_int_equal(unlink(f->ledger), 0);

    assert_int_equal(record_alive(r, moment_at(159), "boot-1", false), 0);
    assert_int_equal(record_commit(r), 0);
    assert_true(record_alive(r, moment_at(160), "boot-1", false) < 0);

    assert_true(record_commit(r) < 0);
    r = record_close(r);
    r = open_ledger(f->ledger);
    assert_int_equal(record_epoch(r), 2);
    r = record_close(r);
}

/* ---- transactions ------------------------------------------------------------------------ */

static void what_was_rolled_back_never_was(void **state UNUSED)
{
    struct record *r = open_ledger(":memory:");
    assert_int_equal(record_append(r, moment_at(1), "start", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    char head[65];
    snprintf(head, sizeof head, "%s", record_head(r));

    assert_int_equal(record_append(r, moment_at(2), "step", "{}"), 0);
    assert_true(record_dirty(r));
    record_rollback(r);

    assert_false(record_dirty(r));
    assert_int_equal(count_rows(r), 1);
    assert_string_equal(record_head(r), head);
    assert_int_equal(record_append(r, moment_at(3), "stop", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    struct text why = {0};
    uint64_t bad;
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    r = record_close(r);
}

static void the_head_is_that_of_what_was_committed(void **state UNUSED)
{
    struct record *r = open_ledger(":memory:");
    char before[65];
    snprintf(before, sizeof before, "%s", record_head(r));
    assert_int_equal(record_append(r, moment_at(1), "start", "{}"), 0);

    assert_string_equal(record_head(r), before);
    assert_int_equal(record_commit(r), 0);
    assert_string_not_equal(record_head(r), before);
    r = record_close(r);
}

static void a_ledger_goes_on_where_it_was(void **state)
{
    const struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_append(r, moment_at(1), "start", "{\"a\":1}"), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);

    r = open_ledger(f->ledger);
    assert_int_equal(record_append(r, moment_at(2), "stop", NULL), 0);
    assert_int_equal(record_commit(r), 0);

    struct text why = {0};
    uint64_t bad;
    assert_int_equal(count_rows(r), 2);
    assert_int_equal(record_verify(r, record_head(r), &bad, &why), 0);
    r = record_close(r);
}

static void every_commit_is_a_sign_of_life(void **state)
{
    const struct folder *f = *state;
    struct record_alive alive;
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_last_alive(r, &alive), RECORD_E_NONE);

    assert_int_equal(record_alive(r, moment_at(10), "boot-1", false), 0);
    assert_int_equal(record_append(r, moment_at(17), "start", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);

    r = open_ledger(f->ledger);
    assert_int_equal(record_last_alive(r, &alive), 0);
    assert_int_equal(alive.at.wall, moment_at(17).wall);
    assert_string_equal(alive.boot_id, "boot-1");
    assert_false(alive.stopped);
    assert_int_equal(record_alive(r, moment_at(20), "boot-1", true), 0);
    assert_int_equal(record_commit(r), 0);
    assert_int_equal(record_last_alive(r, &alive), 0);
    assert_true(alive.stopped);
    r = record_close(r);
}

/* ---- the chain --------------------------------------------------------------------------- */

/* A ledger of five rows, closed; @ret_head: its head. */
static void five_rows(const struct folder *f, char ret_head[65])
{
    struct record *r = open_ledger(f->ledger);
    for (int i = 1; i <= 5; i++) {
        char body[32];
        snprintf(body, sizeof body, "{\"n\":%d}", i);
        assert_int_equal(record_append(r, moment_at(i), "command", body), 0);
    }
    assert_int_equal(record_commit(r), 0);
    snprintf(ret_head, 65, "%s", record_head(r));
    r = record_close(r);
}

/* Opens the ledger and returns the first bad row; 0: it is sound. */
static uint64_t first_bad_row(const struct folder *f, const char *head)
{
    struct text why = {0};
    uint64_t bad = 0;
    struct record *r = open_ledger(f->ledger);
    int result = record_verify(r, head, &bad, &why);
    assert_in_range(result, 0, 1);
    assert_int_equal(result == 1, why.length > 0);
    text_deinit(&why);
    r = record_close(r);
    return result == 0 ? 0 : bad;
}

static void an_untouched_chain_is_sound(void **state)
{
    char head[65];
    five_rows(*state, head);

    assert_int_equal(first_bad_row(*state, NULL), 0);
    assert_int_equal(first_bad_row(*state, head), 0);
}

static void the_ledger_refuses_changes_by_itself(void **state)
{
    const struct folder *f = *state;
    char head[65];
    five_rows(f, head);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->ledger, &db), SQLITE_OK);

    assert_int_not_equal(
        sqlite3_exec(db, "UPDATE ledger SET body = ''", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(db, "DELETE FROM ledger", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_changed_body_is_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "UPDATE ledger SET body = '{\"n\":9}' WHERE seq = 3");
    assert_int_equal(first_bad_row(*state, NULL), 3);
}

static void a_changed_time_is_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "UPDATE ledger SET at_wall = at_wall - 60000 WHERE seq = 2");
    assert_int_equal(first_bad_row(*state, NULL), 2);
}

static void a_letter_moved_from_kind_to_body_is_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "UPDATE ledger SET kind = 'comman', body = 'd' || body WHERE seq = 4");
    assert_int_equal(first_bad_row(*state, NULL), 4);
}

static void a_removed_row_is_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "DELETE FROM ledger WHERE seq = 2");
    assert_int_equal(first_bad_row(*state, NULL), 2);
}

static void a_removed_row_with_the_rest_renumbered_is_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "DELETE FROM ledger WHERE seq = 2;"
                   "UPDATE ledger SET seq = -(seq - 1) WHERE seq > 2;"
                   "UPDATE ledger SET seq = -seq WHERE seq < 0");
    assert_int_equal(first_bad_row(*state, NULL), 2);
}

static void an_inserted_row_is_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "UPDATE ledger SET seq = -(seq + 1) WHERE seq >= 3;"
                   "UPDATE ledger SET seq = -seq WHERE seq < 0;"
                   "INSERT INTO ledger SELECT 3, at_wall, at_boot, kind, '{\"n\":7}', hash"
                   " FROM ledger WHERE seq = 2");
    assert_int_equal(first_bad_row(*state, NULL), 3);
}

static void two_rows_that_changed_places_are_found(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "UPDATE ledger SET seq = -2 WHERE seq = 2;"
                   "UPDATE ledger SET seq = 2 WHERE seq = 3;"
                   "UPDATE ledger SET seq = 3 WHERE seq = -2");
    assert_int_equal(first_bad_row(*state, NULL), 2);
}

static void a_cut_tail_shows_only_against_a_head_held_elsewhere(void **state)
{
    char head[65];
    five_rows(*state, head);
    tamper(*state, "DELETE FROM ledger WHERE seq = 5");

    assert_int_equal(first_bad_row(*state, NULL), 0);
    assert_int_equal(first_bad_row(*state, head), 5);
}

static void a_head_of_earlier_is_found_in_a_longer_chain(void **state)
{
    const struct folder *f = *state;
    char head[65];
    five_rows(f, head);
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_append(r, moment_at(6), "stop", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);

    assert_int_equal(first_bad_row(f, head), 0);
    assert_int_equal(first_bad_row(f, "00"), 7);
}

static void a_service_point_hidden_from_the_figures_is_found(void **state)
{
    const struct folder *f = *state;
    char service[] = "renkei";
    struct service_point point = {.service = service, .state = SERVICE_DOWN, .from = moment_at(1)};
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_service_point(r, &point, moment_at(2)), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);
    assert_int_equal(first_bad_row(f, NULL), 0);

    tamper(f, "DELETE FROM service_point");

    assert_int_equal(first_bad_row(f, NULL), 1);
}

static void a_view_that_shows_less_than_the_chain_is_found(void **state)
{
    const struct folder *f = *state;
    struct incident i = {.id = 1, .severity = SEVERITY_CRITICAL, .detected_at = moment_at(1)};
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_incident(r, &i, moment_at(1)), 0);
    i.cleared_at = moment_at(9);
    assert_int_equal(record_incident(r, &i, moment_at(9)), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);
    assert_int_equal(first_bad_row(f, NULL), 0);

    tamper(f, "UPDATE incident SET row = 1, open = 1");
    assert_int_equal(first_bad_row(f, NULL), 1);
    tamper(f, "UPDATE incident SET row = 2, open = 1");
    assert_int_equal(first_bad_row(f, NULL), 2);
    tamper(f, "UPDATE incident SET row = 2, open = 0");
    assert_int_equal(first_bad_row(f, NULL), 0);
}

static void a_command_hidden_from_its_incident_is_found(void **state)
{
    const struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(
        record_command(r, 7, json_pack("{s:s}", "do", "incident.ack"), moment_at(1)), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);
    assert_int_equal(first_bad_row(f, NULL), 0);

    tamper(f, "UPDATE command SET incident = 8");
    assert_int_equal(first_bad_row(f, NULL), 1);
    tamper(f, "DELETE FROM command");
    assert_int_equal(first_bad_row(f, NULL), 1);
}

static void a_service_point_moved_to_another_service_is_found(void **state)
{
    const struct folder *f = *state;
    char service[] = "renkei";
    struct service_point point = {.service = service, .state = SERVICE_DOWN, .from = moment_at(1)};
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_service_point(r, &point, moment_at(2)), 0);
    assert_int_equal(record_clock_step(r, 10, 20, 30), 0);
    assert_int_equal(record_commit(r), 0);
    r = record_close(r);

    tamper(f, "UPDATE service_point SET service = 'other'");

    assert_int_equal(first_bad_row(f, NULL), 1);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(a_new_ledger_is_for_its_owner_only),
        with_folder(a_second_opener_is_told_that_it_is_locked),
        with_folder(a_newer_schema_is_refused),
        with_folder(what_is_no_ledger_is_called_corrupt),
        cmocka_unit_test(network_file_systems_are_known),
        with_folder(a_new_ledger_beside_an_old_host_id_is_a_new_epoch),
        with_folder(an_incident_of_a_new_ledger_is_not_the_old_ledgers_of_the_same_number),
        with_folder(a_ledger_that_was_put_back_is_a_new_epoch),
        with_folder(a_lost_host_id_file_is_written_again),
        with_folder(a_ledger_that_was_removed_is_noticed_within_a_minute),
        cmocka_unit_test(what_was_rolled_back_never_was),
        cmocka_unit_test(the_head_is_that_of_what_was_committed),
        with_folder(a_ledger_goes_on_where_it_was),
        with_folder(every_commit_is_a_sign_of_life),
        with_folder(an_untouched_chain_is_sound),
        with_folder(the_ledger_refuses_changes_by_itself),
        with_folder(a_changed_body_is_found),
        with_folder(a_changed_time_is_found),
        with_folder(a_letter_moved_from_kind_to_body_is_found),
        with_folder(a_removed_row_is_found),
        with_folder(a_removed_row_with_the_rest_renumbered_is_found),
        with_folder(an_inserted_row_is_found),
        with_folder(two_rows_that_changed_places_are_found),
        with_folder(a_cut_tail_shows_only_against_a_head_held_elsewhere),
        with_folder(a_head_of_earlier_is_found_in_a_longer_chain),
        with_folder(a_service_point_hidden_from_the_figures_is_found),
        with_folder(a_view_that_shows_less_than_the_chain_is_found),
        with_folder(a_command_hidden_from_its_incident_is_found),
        with_folder(a_service_point_moved_to_another_service_is_found),
    };
    return cmocka_run_group_tests_name("record/ledger", tests, NULL, NULL);
}
