/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ledgers of older schemas. The next schema is made up here: it gives incidents a column that is
 * filled from the rows, as a real one would.
 */
#include <sqlite3.h>

#include "folder.h"
#include "record/db.h"
#include "record/schema.h"

enum { ROWS = 50 };

static const char next_schema[] =
    "ALTER TABLE incident ADD COLUMN service TEXT NOT NULL DEFAULT '';"
    "UPDATE incident SET service = (SELECT json_extract(body, '$.service') FROM ledger"
    " WHERE seq = incident.row);"
    "CREATE INDEX incident_service ON incident(service, id);";
static const char broken_schema[] =
    "ALTER TABLE incident ADD COLUMN other TEXT; CREATE TABLE incident(id INTEGER);";

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    folder_make(f);
    struct record *r = open_ledger(f->ledger);
    for (int i = 1; i <= ROWS; i++) {
        struct incident incident = {.id = (uint64_t)i,
            .of = {TEXT("engine"), TEXT(""), TEXT("running")},
            .service = TEXT("renkei"),
            .severity = SEVERITY_CRITICAL,
            .failed_at = moment_at(i),
            .detected_at = moment_at(i)};
        assert_int_equal(record_incident(r, &incident, moment_at(i)), 0);
    }
    assert_int_equal(record_commit(r), 0);
    record_close(r);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    free(*state);
    return 0;
}

static void copy_path(const struct folder *f, char ret[400])
{
    snprintf(ret, 400, "%s.schema-%d", f->ledger, schema_version);
}

static int64_t number(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t found = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return found;
}

static int migrate(const struct folder *f, const char *last_step)
{
    const char *steps[8];
    struct db db;
    assert_in_range(schema_version, 1, 7);
    for (int i = 0; i < schema_version; i++)
        steps[i] = schema_steps[i];
    steps[schema_version] = last_step;
    assert_int_equal(db_open(&db, f->ledger), 0);
    int result = db_migrate_to(&db, steps, schema_version + 1);
    db_close(&db);
    return result;
}

static void an_older_ledger_is_brought_up_with_all_it_holds(void **state)
{
    const struct folder *f = *state;

    assert_int_equal(migrate(f, next_schema), 0);

    assert_int_equal(number(f->ledger, "PRAGMA user_version"), schema_version + 1);
    assert_int_equal(number(f->ledger, "SELECT count(*) FROM ledger"), ROWS);
    assert_int_equal(
        number(f->ledger, "SELECT count(*) FROM incident WHERE service = 'renkei'"), ROWS);
}

static void what_was_there_is_copied_first_for_its_owner_only(void **state)
{
    const struct folder *f = *state;
    char copy[400];
    struct stat st;
    copy_path(f, copy);

    assert_int_equal(migrate(f, next_schema), 0);

    assert_int_equal(stat(copy, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct record *r = open_ledger(copy);
    uint64_t bad;
    struct text why = {0};
    assert_int_equal(record_rows(r), ROWS);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    record_close(r);
    text_deinit(&why);
}

static void a_step_that_fails_leaves_the_ledger_as_it_was(void **state)
{
    const struct folder *f = *state;

    assert_int_not_equal(migrate(f, broken_schema), 0);

    assert_int_equal(number(f->ledger, "PRAGMA user_version"), schema_version);
    assert_int_equal(number(f->ledger,
                         "SELECT count(*) FROM pragma_table_info('incident') WHERE name = 'other'"),
        0);
    struct record *r = open_ledger(f->ledger);
    assert_int_equal(record_rows(r), ROWS);
    record_close(r);
}

static void it_can_be_tried_again_after_a_failure(void **state)
{
    const struct folder *f = *state;

    assert_int_not_equal(migrate(f, broken_schema), 0);

    assert_int_equal(migrate(f, next_schema), 0);
}

static void a_migrated_ledger_is_refused_by_this_program_and_not_touched(void **state)
{
    const struct folder *f = *state;
    struct record *r = NULL;
    assert_int_equal(migrate(f, next_schema), 0);

    assert_int_equal(record_open(f->ledger, &r), RECORD_E_NEWER);

    assert_int_equal(number(f->ledger, "PRAGMA user_version"), schema_version + 1);
}

static void the_first_schema_is_brought_up_to_this_one(void **state UNUSED)
{
    struct folder f;
    struct db db;
    folder_make(&f);
    assert_int_equal(db_open(&db, f.ledger), 0);
    assert_int_equal(db_migrate_to(&db, schema_steps, 1), 0);
    db_close(&db);

    struct record *r = open_ledger(f.ledger);
    assert_int_equal(record_append(r, moment_at(1), "start", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    record_close(r);

    assert_int_equal(number(f.ledger, "PRAGMA user_version"), schema_version);
    folder_remove(&f);
}

static void a_ledger_of_this_schema_is_not_copied(void **state)
{
    const struct folder *f = *state;
    char copy[400];
    copy_path(f, copy);

    struct record *r = open_ledger(f->ledger);
    record_close(r);

    assert_int_equal(access(copy, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_older_ledger_is_brought_up_with_all_it_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_was_there_is_copied_first_for_its_owner_only, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_step_that_fails_leaves_the_ledger_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(it_can_be_tried_again_after_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_migrated_ledger_is_refused_by_this_program_and_not_touched, setup, teardown),
        cmocka_unit_test(the_first_schema_is_brought_up_to_this_one),
        cmocka_unit_test_setup_teardown(a_ledger_of_this_schema_is_not_copied, setup, teardown),
    };
    return cmocka_run_group_tests_name("record/migration", tests, NULL, NULL);
}
