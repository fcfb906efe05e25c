/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdio.h>

#include "base/text.h"
#include "record/board.h"
#include "unit.h"

static int setup(void **state)
{
    *state = board_new();
    return 0;
}

static int teardown(void **state)
{
    *state = board_free(*state);
    return 0;
}

static json_t *cells(int number)
{
    return json_pack("{s:i, s:s}", "number", number, "text", "engine");
}

static void add_row(void *arg, const char *table, uint32_t id, const json_t *row)
{
    text_addf(arg, "%s/%u=%s%d ", table, id, row == NULL ? "gone" : "",
        (int)json_integer_value(json_object_get(row, "number")));
}

static void assert_since(const struct board *b, uint64_t since, const char *expected)
{
    struct text t = {0};
    board_each_since(b, since, add_row, &t);
    assert_string_equal(text_get(&t), expected);
    text_deinit(&t);
}

static void a_row_that_is_put_again_as_it_was_changes_nothing(void **state)
{
    struct board *b = *state;
    board_put(b, "subject", 1, cells(1));
    uint64_t version = board_version(b);

    board_put(b, "subject", 1, json_pack("{s:s, s:i}", "text", "engine", "number", 1));

    assert_int_equal(board_version(b), version);
    board_put(b, "subject", 1, cells(2));
    assert_true(board_version(b) > version);
}

static void a_row_is_kept_while_its_stamp_is_the_same(void **state)
{
    struct board *b = *state;
    board_mark(b, "incident");
    bool first = board_keep(b, "incident", 1, 17);
    board_put(b, "incident", 1, cells(1));
    board_sweep(b, "incident");

    board_mark(b, "incident");
    bool same = board_keep(b, "incident", 1, 17);
    board_sweep(b, "incident");
    assert_since(b, 0, "incident/1=1 ");
    bool other = board_keep(b, "incident", 1, 18);

    assert_false(first);
    assert_true(same);
    assert_false(other);
}

static void a_row_that_is_gone_is_not_kept(void **state)
{
    struct board *b = *state;
    board_keep(b, "incident", 1, 17);
    board_put(b, "incident", 1, cells(1));
    board_drop(b, "incident", 1);

    bool kept = board_keep(b, "incident", 1, 17);

    assert_false(kept);
}

static void a_reader_is_given_what_changed_since_it_looked(void **state)
{
    struct board *b = *state;
    board_put(b, "subject", 2, cells(20));
    board_put(b, "subject", 1, cells(10));
    board_put(b, "incident", 7, cells(70));
    assert_since(b, 0, "subject/1=10 subject/2=20 incident/7=70 ");
    uint64_t seen = board_version(b);
    assert_since(b, seen, "");

    board_put(b, "subject", 2, cells(21));
    board_drop(b, "incident", 7);

    assert_since(b, seen, "subject/2=21 incident/7=gone0 ");
}

static void a_dropped_row_is_not_shown_and_may_come_back(void **state)
{
    struct board *b = *state;
    struct text t = {0};
    board_put(b, "incident", 7, cells(1));
    board_drop(b, "incident", 7);
    board_drop(b, "incident", 8);
    board_drop(b, "nothing", 1);

    board_each(b, NULL, add_row, &t);
    assert_string_equal(text_get(&t), "");

    board_put(b, "incident", 7, cells(1));
    board_each(b, "incident", add_row, &t);
    assert_string_equal(text_get(&t), "incident/7=1 ");
    text_deinit(&t);
}

static void a_sweep_drops_what_was_not_put_since_the_mark(void **state)
{
    struct board *b = *state;
    board_put(b, "incident", 1, cells(1));
    board_put(b, "incident", 2, cells(2));
    uint64_t seen = board_version(b);

    board_mark(b, "incident");
    board_put(b, "incident", 2, cells(2));
    board_put(b, "incident", 3, cells(3));
    board_sweep(b, "incident");

    assert_since(b, seen, "incident/1=gone0 incident/3=3 ");
    seen = board_version(b);
    board_sweep(b, "incident");
    assert_int_equal(board_version(b), seen);
}

static void a_name_keeps_its_id(void **state)
{
    struct board *b = *state;

    assert_int_equal(board_id(b, "subject", "engine"), 1);
    assert_int_equal(board_id(b, "subject", "disk"), 2);
    assert_int_equal(board_id(b, "service", "renkei"), 1);
    assert_int_equal(board_id(b, "subject", "engine"), 1);
}

static void count(void *arg, const char *table UNUSED, uint32_t id, const json_t *row UNUSED)
{
    uint32_t *last = arg;
    assert_int_equal(id, *last + 1);
    *last = id;
}

static void ten_thousand_rows_come_by_id(void **state)
{
    struct board *b = *state;
    uint32_t last = 0;
    for (uint32_t id = 10000; id > 0; id--)
        board_put(b, "subject", id, cells((int)id));

    board_each(b, "subject", count, &last);

    assert_int_equal(last, 10000);
    assert_int_equal(board_version(b), 10000);
}

#define with_board(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void add_id(void *arg, const char *table UNUSED, uint32_t id, const json_t *row)
{
    text_addf(arg, "%s%u ", row == NULL ? "-" : "", id);
}

static void what_no_reader_asks_for_is_forgotten_once_there_is_much(void **state)
{
    struct board *b = *state;
    struct text t = {0};
    for (uint32_t id = 1; id <= 1202; id++)
        board_put(b, "notice", id, cells((int)id));
    for (uint32_t id = 1; id <= 1200; id++)
        board_drop(b, "notice", id);
    uint64_t seen = board_version(b);
    board_drop(b, "notice", 1201);

    board_forget(b, seen);

    board_each_since(b, 0, add_id, &t);
    assert_string_equal(text_get(&t), "-1201 1202 ");
    assert_null(board_row(b, "notice", 7));
    assert_non_null(board_row(b, "notice", 1202));
    text_deinit(&t);
}

static void packed_cells_come_out_as_they_went_in(void **state UNUSED)
{
    struct board *b = board_new();
    json_t *cells = json_pack("{s:s,s:i}", "name", "転送\"1", "verdict", 2);

    board_put_packed(b, "incident", 7, json_deep_copy(cells));
    uint64_t version = board_version(b);
    board_put_packed(b, "incident", 7, json_deep_copy(cells));

    assert_int_equal(board_version(b), version);
    json_t *out = board_unpack(board_row(b, "incident", 7));
    assert_true(json_equal(out, cells));
    json_decref(out);
    json_decref(cells);
    board_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_board(a_row_that_is_put_again_as_it_was_changes_nothing),
        with_board(a_row_is_kept_while_its_stamp_is_the_same),
        with_board(a_row_that_is_gone_is_not_kept),
        with_board(a_reader_is_given_what_changed_since_it_looked),
        with_board(a_dropped_row_is_not_shown_and_may_come_back),
        with_board(a_sweep_drops_what_was_not_put_since_the_mark),
        with_board(a_name_keeps_its_id),
        with_board(ten_thousand_rows_come_by_id),
        with_board(what_no_reader_asks_for_is_forgotten_once_there_is_much),
        cmocka_unit_test(packed_cells_come_out_as_they_went_in),
    };
    return cmocka_run_group_tests_name("record/board", tests, NULL, NULL);
}
