/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/snapshot.h"

#include "folder.h"

enum { ROWS = 5000 };

struct scene {
    struct folder folder;
    char copy[400];
    struct record *record;
};

static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    folder_make(&s->folder);
    snprintf(s->copy, sizeof s->copy, "%s/copy.db", s->folder.path);
    s->record = open_ledger(s->folder.ledger);
    for (int i = 1; i <= ROWS; i++)
        assert_int_equal(record_append(s->record, moment_at(i), "command", "{\"a\":1}"), 0);
    assert_int_equal(record_commit(s->record), 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    record_close(s->record);
    folder_remove(&s->folder);
    free(s);
    return 0;
}

static bool is_sound(struct record *r, const char *head)
{
    uint64_t bad;
    struct text why = {0};
    int result = record_verify(r, head, &bad, &why);
    text_deinit(&why);
    return result == 0;
}

/* Steps until it is whole; returns how many there were. */
static unsigned finish(struct snapshot *s)
{
    unsigned steps = 1;
    int r;
    for (; (r = snapshot_step(s)) == SNAPSHOT_E_MORE; steps++)
        assert_in_range(steps, 0, 100000);
    assert_int_equal(r, 0);
    return steps;
}

static void a_copy_is_a_plain_file_with_all_rows(void **state)
{
    struct scene *s = *state;
    struct snapshot *snapshot = NULL;
    struct record *copy = NULL;
    struct stat st;

    assert_int_equal(snapshot_new(s->record, s->copy, &snapshot), 0);
    assert_true(finish(snapshot) >= 2);
    snapshot_free(snapshot);

    assert_true(snapshot_is_copy(s->copy));
    assert_false(snapshot_is_copy(s->folder.ledger));
    assert_int_equal(stat(s->copy, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(snapshot_open(s->copy, &copy), 0);
    assert_int_equal(record_rows(copy), ROWS);
    assert_string_equal(record_host_id(copy), record_host_id(s->record));
    assert_true(is_sound(copy, record_head(s->record)));
    record_close(copy);
}

static void what_is_recorded_meanwhile_is_in_the_copy_and_the_chain_holds(void **state)
{
    struct scene *s = *state;
    struct snapshot *snapshot = NULL;
    struct record *copy = NULL;

    assert_int_equal(snapshot_new(s->record, s->copy, &snapshot), 0);
    assert_int_equal(snapshot_step(snapshot), SNAPSHOT_E_MORE);
    assert_int_equal(record_append(s->record, moment_at(ROWS + 1), "command", "{}"), 0);
    assert_int_equal(snapshot_step(snapshot), SNAPSHOT_E_MORE);
    assert_int_equal(record_commit(s->record), 0);
    finish(snapshot);
    snapshot_free(snapshot);

    assert_int_equal(snapshot_open(s->copy, &copy), 0);
    assert_int_equal(record_rows(copy), ROWS + 1);
    assert_true(is_sound(copy, record_head(s->record)));
    record_close(copy);
}

static void a_copy_that_was_given_up_leaves_no_file(void **state)
{
    struct scene *s = *state;
    struct snapshot *snapshot = NULL;

    assert_int_equal(snapshot_new(s->record, s->copy, &snapshot), 0);
    assert_int_equal(snapshot_step(snapshot), SNAPSHOT_E_MORE);
    snapshot_free(snapshot);

    assert_int_equal(access(s->copy, F_OK), -1);
}

static void a_file_that_is_there_is_not_overwritten(void **state)
{
    struct scene *s = *state;
    struct snapshot *snapshot = NULL;
    FILE *file = fopen(s->copy, "w");
    fputs("mine", file);
    fclose(file);

    assert_true(snapshot_new(s->record, s->copy, &snapshot) < 0);

    assert_null(snapshot);
    assert_int_equal(access(s->copy, F_OK), 0);
}

static void a_copy_cannot_be_written(void **state)
{
    struct scene *s = *state;
    struct snapshot *snapshot = NULL;
    struct record *copy = NULL;
    assert_int_equal(snapshot_new(s->record, s->copy, &snapshot), 0);
    finish(snapshot);
    snapshot_free(snapshot);
    assert_int_equal(snapshot_open(s->copy, &copy), 0);

    int written = record_append(copy, moment_at(ROWS + 1), "command", "{}");

    assert_true(written != 0 || record_commit(copy) != 0);
    record_close(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_is_a_plain_file_with_all_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_is_recorded_meanwhile_is_in_the_copy_and_the_chain_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_that_was_given_up_leaves_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_there_is_not_overwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_cannot_be_written, setup, teardown),
    };
    return cmocka_run_group_tests_name("record/snapshot", tests, NULL, NULL);
}
