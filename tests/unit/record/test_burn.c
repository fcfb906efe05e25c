/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/burn.h"

#include "unit.h"

/* A fiscal year at 99.9 %: 28,908 s of budget. */
enum { YEAR_S = 28908000, BUDGET_S = 28908 };

/* @fast_s and @slow_s seconds lost in windows that were planned as a whole. */
static struct burn_facts facts(int64_t fast_s, int64_t slow_s, int64_t left_s, int64_t to_come_s)
{
    return (struct burn_facts){
        .fast = {fast_s, BURN_FAST_S},
        .slow = {slow_s, BURN_SLOW_S},
        .left_s = left_s,
        .to_come_s = to_come_s,
    };
}

static enum burn_news judge(struct burn_state *state, struct burn_facts f)
{
    return burn_judge(state, &f);
}

static void a_long_stop_is_told_once_while_it_lasts(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(1800, 1800, BUDGET_S - 1800, YEAR_S)), BURN_AT_RISK);
    assert_int_equal(judge(&s, facts(1860, 1860, BUDGET_S - 1860, YEAR_S)), BURN_NOTHING);
    assert_int_equal(judge(&s, facts(3600, 7200, BUDGET_S - 7200, YEAR_S)), BURN_NOTHING);
    assert_true(s.at_risk);
}

static void a_minute_at_the_begin_of_a_year_is_no_risk(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(60, 60, BUDGET_S - 60, YEAR_S)), BURN_NOTHING);
    assert_false(s.at_risk);
}

static void the_same_minute_is_one_when_little_is_left(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(60, 60, 1000, YEAR_S / 2)), BURN_AT_RISK);
}

static void what_ended_an_hour_ago_is_no_news(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(0, 7200, BUDGET_S - 7200, YEAR_S)), BURN_NOTHING);
}

static void near_the_end_of_the_period_what_is_left_lasts(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(1800, 1800, 10000, 3600)), BURN_NOTHING);
}

static void it_is_told_again_only_after_both_windows_were_calm(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(1800, 1800, BUDGET_S - 1800, YEAR_S)), BURN_AT_RISK);
    assert_int_equal(judge(&s, facts(0, 1800, BUDGET_S - 1800, YEAR_S)), BURN_NOTHING);
    assert_int_equal(judge(&s, facts(1800, 3600, BUDGET_S - 3600, YEAR_S)), BURN_NOTHING);
    assert_int_equal(judge(&s, facts(0, 0, BUDGET_S - 3600, YEAR_S)), BURN_NOTHING);
    assert_false(s.at_risk);
    assert_int_equal(judge(&s, facts(1800, 1800, BUDGET_S - 5400, YEAR_S)), BURN_AT_RISK);
}

static void outside_the_hours_what_was_said_stands(void **state UNUSED)
{
    struct burn_state s = {.at_risk = true};
    struct burn_facts closed = {.left_s = BUDGET_S, .to_come_s = YEAR_S};

    assert_int_equal(burn_judge(&s, &closed), BURN_NOTHING);
    assert_true(s.at_risk);
}

static void outside_the_hours_nothing_new_is_said(void **state UNUSED)
{
    struct burn_state s = {0};
    struct burn_facts closed = {.slow = {3600, 7200}, .left_s = 100, .to_come_s = YEAR_S};

    assert_int_equal(burn_judge(&s, &closed), BURN_NOTHING);
}

static void a_missed_target_is_told_once_and_is_no_risk_any_more(void **state UNUSED)
{
    struct burn_state s = {0};

    assert_int_equal(judge(&s, facts(3600, 21600, 0, YEAR_S)), BURN_AT_RISK);
    assert_int_equal(judge(&s, facts(3600, 21600, -1, YEAR_S)), BURN_MISSED);
    assert_int_equal(judge(&s, facts(3600, 21600, -60, YEAR_S)), BURN_NOTHING);
    assert_int_equal(judge(&s, facts(0, 0, -60, YEAR_S)), BURN_NOTHING);
    assert_int_equal(judge(&s, facts(3600, 3600, -3660, YEAR_S)), BURN_NOTHING);
    assert_true(s.missed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_stop_is_told_once_while_it_lasts),
        cmocka_unit_test(a_minute_at_the_begin_of_a_year_is_no_risk),
        cmocka_unit_test(the_same_minute_is_one_when_little_is_left),
        cmocka_unit_test(what_ended_an_hour_ago_is_no_news),
        cmocka_unit_test(near_the_end_of_the_period_what_is_left_lasts),
        cmocka_unit_test(it_is_told_again_only_after_both_windows_were_calm),
        cmocka_unit_test(outside_the_hours_what_was_said_stands),
        cmocka_unit_test(outside_the_hours_nothing_new_is_said),
        cmocka_unit_test(a_missed_target_is_told_once_and_is_no_risk_any_more),
    };
    return cmocka_run_group_tests_name("record/burn", tests, NULL, NULL);
}
