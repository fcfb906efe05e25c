/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/trail.h"
#include "unit.h"

static void say(struct trail *t, enum truth truth, mono_ms at)
{
    trail_say(t, (struct trail_piece){.from = {.wall = at, .boot = at}, .truth = truth});
}

static void before_anything_was_said_it_is_what_the_caller_says(void **state UNUSED)
{
    struct trail t = {0};

    assert_int_equal(trail_at(&t, 5, TRUTH_NO), TRUTH_NO);
    assert_null(trail_edge(&t, 5));
    assert_null(trail_next(&t, 5));
}

static void a_piece_lasts_until_the_next(void **state UNUSED)
{
    struct trail t = {0};
    say(&t, TRUTH_YES, 10);
    say(&t, TRUTH_NO, 20);

    assert_int_equal(trail_at(&t, 9, TRUTH_UNKNOWN), TRUTH_UNKNOWN);
    assert_int_equal(trail_at(&t, 10, TRUTH_UNKNOWN), TRUTH_YES);
    assert_int_equal(trail_at(&t, 19, TRUTH_UNKNOWN), TRUTH_YES);
    assert_int_equal(trail_at(&t, 20, TRUTH_UNKNOWN), TRUTH_NO);
    assert_true(trail_edge(&t, 19)->from.boot == 10);
    assert_true(trail_next(&t, 10)->from.boot == 20);
    trail_deinit(&t);
}

static void what_is_said_of_earlier_time_replaces_what_was_said_since(void **state UNUSED)
{
    struct trail t = {0};
    say(&t, TRUTH_NO, 10);
    say(&t, TRUTH_UNKNOWN, 20);
    say(&t, TRUTH_NO, 30);
    say(&t, TRUTH_YES, 15);

    assert_int_equal(t.count, 2);
    assert_int_equal(trail_at(&t, 25, TRUTH_NO), TRUTH_YES);
    trail_deinit(&t);
}

static void the_same_again_is_no_new_piece(void **state UNUSED)
{
    struct trail t = {0};
    say(&t, TRUTH_YES, 10);
    say(&t, TRUTH_YES, 20);

    assert_int_equal(t.count, 1);
    trail_deinit(&t);
}

static void the_oldest_pieces_are_forgotten_and_that_is_known(void **state UNUSED)
{
    struct trail t = {0};
    for (int i = 0; i <= TRAIL_PIECES; i++)
        say(&t, i % 2 ? TRUTH_YES : TRUTH_NO, 10 + i);

    assert_int_equal(t.count, TRAIL_PIECES);
    assert_true(t.is_cut);
    assert_int_equal(trail_at(&t, 10, TRUTH_UNKNOWN), TRUTH_NO);
    assert_true(trail_next(&t, 0)->from.boot == 11);
    trail_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_anything_was_said_it_is_what_the_caller_says),
        cmocka_unit_test(a_piece_lasts_until_the_next),
        cmocka_unit_test(what_is_said_of_earlier_time_replaces_what_was_said_since),
        cmocka_unit_test(the_same_again_is_no_new_piece),
        cmocka_unit_test(the_oldest_pieces_are_forgotten_and_that_is_known),
    };
    return cmocka_run_group_tests_name("judge/trail", tests, NULL, NULL);
}
