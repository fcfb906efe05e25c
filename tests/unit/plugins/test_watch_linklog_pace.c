/* SPDX-License-Identifier: BSD-2-Clause */
#include "pace.h"
#include "unit.h"

/* Looks as often as the pace allows while a line comes each millisecond; how often that was. */
static unsigned looks_in(struct pace *p, int64_t from_ms, int64_t span_ms, bool found)
{
    unsigned looks = 0;
    for (int64_t now = from_ms, next = from_ms; now < from_ms + span_ms; now++) {
        if (now < next)
            continue;
        int64_t wait = pace_wait_ms(p, now);
        if (wait > 0) {
            next = now + wait;
            continue;
        }
        pace_spend(p, now, found);
        looks++;
    }
    return looks;
}

static void the_first_changes_are_read_at_once(void **state UNUSED)
{
    struct pace p = {0};

    for (int i = 0; i <= PACE_MOST_US / PACE_VAIN_US; i++) {
        assert_int_equal(pace_wait_ms(&p, 1000), 0);
        pace_spend(&p, 1000, false);
    }

    assert_int_equal(pace_wait_ms(&p, 1000), PACE_VAIN_US / 1000);
}

static void a_busy_log_is_looked_at_250_times_a_second(void **state UNUSED)
{
    struct pace p = {0};
    looks_in(&p, 1000, 1000, false);

    unsigned looks = looks_in(&p, 2000, 10000, false);

    assert_in_range(looks, 2400, 2600);
}

static void lines_that_fail_one_after_another_are_not_held_up(void **state UNUSED)
{
    struct pace p = {0};

    assert_int_equal(looks_in(&p, 1000, 10000, true), 10000);
}

static void a_flood_of_failing_lines_is_read_two_thousand_times_a_second(void **state UNUSED)
{
    struct pace p = {0};
    unsigned looks = 0;

    for (int64_t now = 0; now < 10000; now++)
        for (int i = 0; i < 50 && pace_wait_ms(&p, now) == 0; i++, looks++)
            pace_spend(&p, now, true);

    assert_in_range(looks, 19000, 21500);
}

static void after_a_rest_changes_are_read_at_once_again(void **state UNUSED)
{
    struct pace p = {0};
    for (int i = 0; i < 100; i++)
        pace_spend(&p, 2000, false);
    assert_true(pace_wait_ms(&p, 2000) > 0);

    assert_int_equal(pace_wait_ms(&p, 2000 + PACE_VAIN_US / 1000), 0);
    assert_int_equal(looks_in(&p, 2200, 20, false), 20);
}

static void nobody_waits_longer_than_the_price_of_one_look(void **state UNUSED)
{
    struct pace p = {0};

    for (int i = 0; i < 1000; i++)
        pace_spend(&p, 1000, false);

    assert_int_equal(pace_wait_ms(&p, 1000), PACE_VAIN_US / 1000);
}

static void a_clock_that_stands_still_or_goes_back_fills_nothing_up(void **state UNUSED)
{
    struct pace p = {0};
    for (int i = 0; i < 100; i++)
        pace_spend(&p, 2000, false);
    int64_t wait = pace_wait_ms(&p, 2000);

    assert_int_equal(pace_wait_ms(&p, 2000), wait);
    assert_int_equal(pace_wait_ms(&p, 1990), wait);
    assert_true(pace_wait_ms(&p, 1990 + PACE_VAIN_US / 1000) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_changes_are_read_at_once),
        cmocka_unit_test(a_busy_log_is_looked_at_250_times_a_second),
        cmocka_unit_test(lines_that_fail_one_after_another_are_not_held_up),
        cmocka_unit_test(a_flood_of_failing_lines_is_read_two_thousand_times_a_second),
        cmocka_unit_test(after_a_rest_changes_are_read_at_once_again),
        cmocka_unit_test(nobody_waits_longer_than_the_price_of_one_look),
        cmocka_unit_test(a_clock_that_stands_still_or_goes_back_fills_nothing_up),
    };
    return cmocka_run_group_tests_name("watch_linklog/pace", tests, NULL, NULL);
}
