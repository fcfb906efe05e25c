/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/archive.h"

#include <sqlite3.h>

#include "folder.h"
#include "record/export.h"
#include "record/history.h"
#include "record/import.h"

enum { DAYS = 40, DAY_S = 86400 };

struct scene {
    struct folder folder;
    char archives[400];
    char file[500]; /* of the first archive */
    struct record *record;
};

static void say_incident(struct record *r, uint64_t id, int day, bool cleared)
{
    struct moment now = moment_at(day * DAY_S);
    struct incident incident = {.id = id,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .failed_at = now,
        .detected_at = now,
        .transition = 1,
        .cleared_at = cleared ? now : (struct moment){0}};
    assert_int_equal(record_incident(r, &incident, now), 0);
}

static void say_service(struct record *r, int day, int64_t second, enum service_state state)
{
    struct moment now = moment_at(day * DAY_S + second);
    struct service_point point = {
        .service = TEXT("renkei"), .state = state, .from = now, .detected = now};
    assert_int_equal(record_service_point(r, &point, now), 0);
}

static void say_notice(struct record *r, uint64_t incident, int day, bool ends)
{
    const char *to[] = {"nms"};
    struct notice notice = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .incident = incident,
        .transition = 1,
        .at = moment_at(day * DAY_S),
        .text = TEXT("engine")};
    assert_int_equal(record_notice(r, &notice, to, 1, moment_at(day * DAY_S)), 0);
    if (ends)
        assert_int_equal(
            record_outbox_done(r, notice.sequence * 64, "accepted", "", moment_at(day * DAY_S)), 0);
    free(notice.key);
    free(notice.incident_key);
}

/* Incident 3 is still open, its notice still waits; all others ended on their day. */
static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    folder_make(&s->folder);
    snprintf(s->archives, sizeof s->archives, "%s/archive", s->folder.path);
    s->record = open_ledger(s->folder.ledger);
    for (int day = 1; day <= DAYS; day++) {
        uint64_t id = (uint64_t)day;
        say_incident(s->record, id, day, false);
        say_service(s->record, day, 0, SERVICE_DOWN);
        say_notice(s->record, id, day, day != 3);
        say_service(s->record, day, 600, SERVICE_UP);
        if (day != 3)
            say_incident(s->record, id, day, true);
    }
    assert_int_equal(record_commit(s->record), 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    struct folder archives;
    record_close(s->record);
    snprintf(archives.path, sizeof archives.path, "%.240s/archive", s->folder.path);
    folder_remove(&archives);
    folder_remove(&s->folder);
    free(s);
    return 0;
}

static int run(struct scene *s, int before_day)
{
    struct archive *a = NULL;
    struct moment now = moment_at((DAYS + 1) * DAY_S);
    int r = archive_new(s->record, moment_at(before_day * DAY_S).wall, s->archives, "root", &a);
    if (r != 0)
        return r;
    if (s->file[0] == '\0')
        snprintf(s->file, sizeof s->file, "%s", archive_summary(a).path);
    while ((r = archive_step(a, now)) == ARCHIVE_E_MORE)
        ;
    archive_free(a);
    return r;
}

static int verify(struct record *r, const char *head)
{
    uint64_t bad;
    struct text why = {0};
    int result = record_verify(r, head, &bad, &why);
    if (result != 0)
        print_message("# %s\n", text_get(&why));
    text_deinit(&why);
    return result;
}

static void reopen(struct scene *s)
{
    s->record = record_close(s->record);
    s->record = open_ledger(s->folder.ledger);
}

static void tamper(struct scene *s, const char *sql)
{
    sqlite3 *db = NULL;
    s->record = record_close(s->record);
    assert_int_equal(sqlite3_open(s->folder.ledger, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db, "DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    s->record = open_ledger(s->folder.ledger);
}

/* Checks the file by itself; returns how many rows it has. */
static uint64_t check_file(const char *path, struct export_check *check)
{
    struct export_file *f = NULL;
    const char *line;
    size_t length;
    uint64_t rows = 0;
    int got;
    assert_int_equal(export_open(path, &f), 0);
    for (; (got = export_next(f, &line, &length)) == 0; rows++) {
        struct text why = {0};
        assert_int_equal(export_check_line(check, line, length, NULL, &why), 0);
        text_deinit(&why);
    }
    assert_int_equal(got, EXPORT_E_END);
    export_close(f);
    return rows;
}

static void old_rows_go_into_a_file_that_proves_itself(void **state)
{
    struct scene *s = *state;
    uint64_t before = count_rows(s->record);
    struct export_check check = {0};

    assert_int_equal(run(s, 20), 0);

    uint64_t archived = check_file(s->file, &check);
    assert_int_equal(check.first, 1);
    assert_int_equal(check.last, archived);
    assert_in_range(archived, 100, before);
    assert_true(count_rows(s->record) < before - archived + 12);
}

static void the_chain_holds_after_it_with_an_older_head_too(void **state)
{
    struct scene *s = *state;
    char head[CHAIN_HEX_BYTES];
    snprintf(head, sizeof head, "%s", record_head(s->record));

    assert_int_equal(run(s, 20), 0);

    assert_int_equal(verify(s->record, head), 0);
    reopen(s);
    assert_int_equal(verify(s->record, head), 0);
}

static void what_is_open_or_waits_stays(void **state)
{
    struct scene *s = *state;
    struct incident incident = {0};
    struct destination_count count;

    assert_int_equal(run(s, 20), 0);
    reopen(s);

    assert_int_equal(record_incident_get(s->record, 3, &incident), 0);
    incident_deinit(&incident);
    assert_int_equal(record_incident_get(s->record, 4, &incident), RECORD_E_NONE);
    assert_int_equal(record_destination_count(s->record, "nms", &count), 0);
    assert_int_equal(count.queued, 1);
    assert_int_equal(record_next_incident(s->record), DAYS + 1);
}

static void ids_go_on_after_all_of_them_were_archived(void **state)
{
    struct scene *s = *state;
    say_incident(s->record, 3, DAYS, true);
    uint64_t sequence = record_next_sequence(s->record);

    assert_int_equal(run(s, DAYS + 1), 0);
    reopen(s);

    assert_int_equal(record_next_incident(s->record), DAYS + 1);
    assert_int_equal(record_next_sequence(s->record), sequence);
}

static void the_state_before_is_known_after_it(void **state)
{
    struct scene *s = *state;
    struct sla_facts facts = {0};

    assert_int_equal(run(s, DAYS + 1), 0);

    assert_int_equal(record_facts(s->record, "renkei", &facts), 0);
    assert_int_equal(facts.point_count, 1);
    assert_int_equal(facts.points[0].state, SERVICE_UP);
}

static void a_second_archive_goes_on_where_the_first_ended(void **state)
{
    struct scene *s = *state;
    struct export_check first = {0};

    assert_int_equal(run(s, 10), 0);
    assert_int_equal(run(s, 20), 0);

    check_file(s->file, &first);
    reopen(s);
    assert_int_equal(verify(s->record, NULL), 0);
    assert_int_equal(run(s, 20), ARCHIVE_E_NOTHING);
}

static void a_carried_row_that_was_changed_is_noticed(void **state)
{
    struct scene *s = *state;
    assert_int_equal(run(s, 20), 0);
    assert_int_equal(verify(s->record, NULL), 0);

    tamper(s, "UPDATE ledger SET at_boot = at_boot + 1 WHERE seq = (SELECT min(seq) FROM carried)");

    assert_int_equal(verify(s->record, NULL), 1);
}

static void a_carried_row_that_was_removed_is_noticed(void **state)
{
    struct scene *s = *state;
    assert_int_equal(run(s, 20), 0);

    tamper(s, "DELETE FROM ledger WHERE seq = (SELECT min(seq) FROM carried);"
              "DELETE FROM carried WHERE seq = (SELECT min(seq) FROM carried)");

    assert_int_equal(verify(s->record, NULL), 1);
}

static void rows_that_were_taken_out_by_another_hand_are_noticed(void **state)
{
    struct scene *s = *state;

    tamper(s, "INSERT INTO archive SELECT 50, hash, 40, 40 FROM ledger WHERE seq = 50;"
              "DELETE FROM ledger WHERE seq <= 50");

    assert_int_equal(verify(s->record, NULL), 1);
}

static void rows_that_are_not_archived_cannot_be_deleted(void **state)
{
    struct scene *s = *state;
    sqlite3 *db = NULL;
    assert_int_equal(run(s, 20), 0);
    s->record = record_close(s->record);
    assert_int_equal(sqlite3_open(s->folder.ledger, &db), SQLITE_OK);

    assert_int_equal(
        sqlite3_exec(
            db, "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)", NULL, NULL, NULL),
        SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM ledger WHERE seq IN (SELECT seq FROM carried)",
                         NULL, NULL, NULL),
        SQLITE_CONSTRAINT);

    sqlite3_close(db);
    s->record = open_ledger(s->folder.ledger);
}

static void a_folder_that_cannot_be_written_changes_nothing(void **state)
{
    struct scene *s = *state;
    uint64_t before = count_rows(s->record);
    struct archive *a = NULL;

    assert_true(
        archive_new(s->record, moment_at(20 * DAY_S).wall, "/proc/no/folder", "root", &a) < 0);

    assert_int_equal(count_rows(s->record), before);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH(old_rows_go_into_a_file_that_proves_itself),
        WITH(the_chain_holds_after_it_with_an_older_head_too),
        WITH(what_is_open_or_waits_stays),
        WITH(ids_go_on_after_all_of_them_were_archived),
        WITH(the_state_before_is_known_after_it),
        WITH(a_second_archive_goes_on_where_the_first_ended),
        WITH(a_carried_row_that_was_changed_is_noticed),
        WITH(a_carried_row_that_was_removed_is_noticed),
        WITH(rows_that_were_taken_out_by_another_hand_are_noticed),
        WITH(rows_that_are_not_archived_cannot_be_deleted),
        WITH(a_folder_that_cannot_be_written_changes_nothing),
    };
    return cmocka_run_group_tests_name("record/archive", tests, NULL, NULL);
}
