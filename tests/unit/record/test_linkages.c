/* SPDX-License-Identifier: BSD-2-Clause */
#include <sqlite3.h>

#include "folder.h"
#include "record/store.h"

static int setup(void **state)
{
    *state = open_ledger(":memory:");
    return 0;
}

static int teardown(void **state)
{
    *state = record_close(*state);
    return 0;
}

static char zei[] = "ZEI-0012", before[] = "EXT-0001", run[] = "17189";

static struct linkage_state a_state(void)
{
    struct linkage_state s = {.id = zei,
        .current = {.day = 20560, .due = 1776443400000, .records = -1},
        .last = {.day = 20559,
            .phase = LINKAGE_LATE,
            .due = 1776357000000,
            .arrived = moment_at(50),
            .records = 1284},
        .last_run = moment_at(50),
        .last_result = LINKAGE_LATE,
        .last_records = 1284,
        .failures = 2,
        .failures_day = 20559,
        .chain_from = before,
        .chain_due = moment_at(90),
        .run_count = 1};
    s.runs[0] = (struct linkage_run){run, moment_at(40), true};
    return s;
}

static void take_state(void *arg, const struct linkage_state *s)
{
    linkage_state_copy(arg, s);
}

static void a_state_comes_back_as_it_was(void **state)
{
    struct record *r = *state;
    struct linkage_state saved = a_state(), found = {0};

    assert_int_equal(record_linkage(r, &saved, NULL, moment_at(60)), 0);
    assert_int_equal(record_each_linkage(r, take_state, &found), 0);

    assert_string_equal(found.id, "ZEI-0012");
    assert_int_equal(found.current.day, 20560);
    assert_int_equal(found.current.arrived.wall, 0);
    assert_int_equal(found.last.phase, LINKAGE_LATE);
    assert_int_equal(found.last.arrived.boot, moment_at(50).boot);
    assert_int_equal(found.last_records, 1284);
    assert_int_equal(found.failures, 2);
    assert_string_equal(found.chain_from, "EXT-0001");
    assert_int_equal(found.run_count, 1);
    assert_string_equal(found.runs[0].run, "17189");
    assert_true(found.runs[0].is_told);
    linkage_state_deinit(&found);
}

static void no_day_and_no_run_come_back_too(void **state)
{
    struct record *r = *state;
    struct linkage_state saved = {.id = zei,
        .current.day = LINKAGE_NO_DAY,
        .last.day = LINKAGE_NO_DAY,
        .last_records = -1,
        .failures_day = LINKAGE_NO_DAY};
    struct linkage_state found = {0};

    assert_int_equal(record_linkage(r, &saved, &saved.current, moment_at(60)), 0);
    assert_int_equal(record_each_linkage(r, take_state, &found), 0);

    assert_int_equal(found.current.day, LINKAGE_NO_DAY);
    assert_int_equal(found.run_count, 0);
    assert_null(found.chain_from);
    assert_int_equal(record_rows(r), 0);
    linkage_state_deinit(&found);
}

static void collect(void *arg, const char *linkage, const struct linkage_day *day)
{
    text_addf(arg, "%s %d %s %d; ", linkage, (int)day->day, linkage_phase_name(day->phase),
        (int)day->records);
}

static void a_day_is_the_last_row_that_speaks_of_it(void **state)
{
    struct record *r = *state;
    struct linkage_state s = a_state();
    struct linkage_day missing = {.day = 20559, .phase = LINKAGE_MISSING, .records = -1};
    struct text t = {0};

    assert_int_equal(record_linkage(r, &s, &missing, moment_at(60)), 0);
    assert_int_equal(record_linkage(r, &s, &s.last, moment_at(70)), 0);
    assert_int_equal(record_linkage(r, &s, &s.current, moment_at(80)), 0);

    record_each_linkage_day(r, "ZEI-0012", 20559, 20560, collect, &t);
    assert_string_equal(text_get(&t), "ZEI-0012 20559 late 1284; ");
    text_clear(&t);
    record_each_linkage_day(r, NULL, 0, 0, collect, &t);
    assert_string_equal(text_get(&t), "ZEI-0012 20559 late 1284; ZEI-0012 20560 waiting -1; ");
    assert_int_equal(record_rows(r), 3);
    text_deinit(&t);
}

static void a_day_that_points_to_another_row_is_noticed(void **state)
{
    struct record *r = *state;
    struct linkage_state s = a_state();
    struct linkage_day missing = {.day = 20559, .phase = LINKAGE_MISSING, .records = -1};
    struct text why = {0};
    uint64_t bad = 0;
    record_linkage(r, &s, &missing, moment_at(60));
    record_linkage(r, &s, &s.last, moment_at(70));
    assert_int_equal(record_commit(r), 0);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);

    // What came late is shown as missing: the view is set back to the older row.
    const struct db_value old[] = {db_text("ZEI-0012"), db_text("2026-04-16"), db_id(1)};
    assert_int_equal(db_write_values(&r->db, SQL_LINKAGE_DAY_PUT, old, 3), 0);
    assert_int_equal(record_commit(r), 0);

    assert_int_equal(record_verify(r, NULL, &bad, &why), 1);
    text_deinit(&why);
}

static void count_state(void *arg, const struct linkage_state *s UNUSED)
{
    ++*(unsigned *)arg;
}

/* Working state, which the chain does not cover: whoever reads it must take whatever is there. */
static void a_state_that_was_changed_is_left_out_and_the_others_are_not(void **state)
{
    static const char *const changes[] = {"json_remove(state, '$.id')",
        "json_set(state, '$.current.day', '2026-13-41')",
        "json_set(state, '$.current.day', 'soon')", "json_set(state, '$.current.state', 'late?')",
        "json_remove(state, '$.last.due')", "json_set(state, '$.last.arrived', 'now')",
        "json_set(state, '$.last.records', -2)", "json_remove(state, '$.last')",
        "json_set(state, '$.last_run', 7)", "json_remove(state, '$.last_result')",
        "json_set(state, '$.last_result', 'good')", "json_set(state, '$.last_records', 'many')",
        "json_set(state, '$.failures', -1)", "json_set(state, '$.failures_day', 1e18)",
        "json_set(state, '$.chain_from', 7)", "json_remove(state, '$.chain_due')",
        "json_set(state, '$.runs[0].run', 7)", "json_set(state, '$.runs[0].started', 'then')",
        "'[]'", "'no JSON'",
        "json_set(state, '$.runs', (SELECT json_group_array(json_extract(l.state, '$.runs[0]'))"
        " FROM linkage l, json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]')"
        " WHERE l.id = 'ZEI-0012'))"};
    struct record *r = *state;
    struct linkage_state good = {.id = before,
        .current.day = LINKAGE_NO_DAY,
        .last.day = LINKAGE_NO_DAY,
        .last_records = -1};

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct linkage_state saved = a_state();
        struct text sql = {0};
        unsigned count = 0;
        assert_int_equal(record_linkage(r, &saved, NULL, moment_at(60)), 0);
        assert_int_equal(record_linkage(r, &good, NULL, moment_at(60)), 0);
        text_addf(&sql, "UPDATE linkage SET state = %s WHERE id = 'ZEI-0012'", changes[i]);
        assert_int_equal(sqlite3_exec(r->db.handle, text_get(&sql), NULL, NULL, NULL), SQLITE_OK);

        assert_int_equal(record_each_linkage(r, count_state, &count), 0);

        if (count != 1)
            print_message("# %s\n", changes[i]);
        assert_int_equal(count, 1);
        text_deinit(&sql);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_state_comes_back_as_it_was),
        TEST(no_day_and_no_run_come_back_too),
        TEST(a_day_is_the_last_row_that_speaks_of_it),
        TEST(a_day_that_points_to_another_row_is_noticed),
        TEST(a_state_that_was_changed_is_left_out_and_the_others_are_not),
    };
    return cmocka_run_group_tests_name("record/linkages", tests, NULL, NULL);
}
