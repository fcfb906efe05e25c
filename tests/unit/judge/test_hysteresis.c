/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>

#include "judge/hysteresis.h"
#include "unit.h"

static const struct rule disk = {.warning = {CONDITION_GE, 80},
    .critical = {CONDITION_GE, 90},
    .clear = {CONDITION_LT, 75},
    .runs = 3,
    .clear_runs = 2};

/* Feeds all values, a minute apart, the first at minute 1; returns how many changed the level. */
static int feed_all(
    struct hysteresis *h, const struct rule *rule, const double *values, size_t n, int minute)
{
    int changes = 0;
    for (size_t i = 0; i < n; i++) {
        struct moment at = {(minute + (int)i) * 60000, (minute + (int)i) * 60000};
        changes += hysteresis_feed(h, rule, values[i], at);
    }
    return changes;
}
#define FEED_AT(h, rule, minute, ...)                                                            \
    feed_all(h, rule, (double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double), \
        minute)
#define FEED(h, rule, ...) FEED_AT(h, rule, 1, __VA_ARGS__)

static void three_bad_readings_in_a_row_raise_on_the_third(void **state UNUSED)
{
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &disk, 85, 85), 0);
    assert_int_equal(h.level, VERDICT_OK);
    assert_int_equal(FEED_AT(&h, &disk, 3, 85), 1);

    assert_int_equal(h.level, VERDICT_WARNING);
    assert_int_equal(h.bad_since.boot, 60000);
}

static void one_good_reading_starts_the_count_again(void **state UNUSED)
{
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &disk, 95, 95, 79, 95, 95), 0);

    assert_int_equal(h.level, VERDICT_OK);
    assert_int_equal(h.worse_runs, 2);
}

static void a_mixed_run_raises_to_what_all_of_it_argues_for(void **state UNUSED)
{
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &disk, 85, 95, 95), 1);
    assert_int_equal(h.level, VERDICT_WARNING);
    assert_int_equal(FEED_AT(&h, &disk, 4, 95), 1);

    assert_int_equal(h.level, VERDICT_CRITICAL);
    assert_int_equal(h.bad_since.boot, 60000);
    assert_int_equal(h.critical_since.boot, 120000);
}

static void critical_at_once_needs_no_warning_before(void **state UNUSED)
{
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &disk, 95, 95, 95), 1);

    assert_int_equal(h.level, VERDICT_CRITICAL);
    assert_int_equal(h.critical_since.boot, 60000);
}

static void inside_the_dead_band_warning_stays(void **state UNUSED)
{
    struct hysteresis h = {.level = VERDICT_WARNING};

    assert_int_equal(FEED(&h, &disk, 78, 78, 78, 78), 0);

    assert_int_equal(h.level, VERDICT_WARNING);
}

static void critical_falls_to_warning_when_it_fails_critical_and_does_not_clear(void **state UNUSED)
{
    struct hysteresis h = {.level = VERDICT_CRITICAL};

    assert_int_equal(FEED(&h, &disk, 78, 78), 1);

    assert_int_equal(h.level, VERDICT_WARNING);
    assert_int_equal(h.first_better.boot, 60000);
}

static void clear_ends_critical_in_one_step(void **state UNUSED)
{
    struct hysteresis h = {.level = VERDICT_CRITICAL};

    assert_int_equal(FEED(&h, &disk, 70, 70), 1);

    assert_int_equal(h.level, VERDICT_OK);
    assert_int_equal(h.first_ok.boot, 60000);
}

static void a_fall_goes_on_from_warning_with_the_readings_that_argued_for_ok(void **state UNUSED)
{
    struct hysteresis h = {.level = VERDICT_CRITICAL};

    assert_int_equal(FEED(&h, &disk, 85, 70), 1);
    assert_int_equal(h.level, VERDICT_WARNING);
    assert_int_equal(FEED_AT(&h, &disk, 3, 70), 1);

    assert_int_equal(h.level, VERDICT_OK);
    assert_int_equal(h.first_ok.boot, 120000);
}

static void without_clear_what_fails_the_condition_is_good(void **state UNUSED)
{
    struct rule engine = {.critical = {CONDITION_LT, 1}, .runs = 1, .clear_runs = 1};
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &engine, 0, 1), 2);

    assert_int_equal(h.level, VERDICT_OK);
}

static void without_a_warning_condition_clear_is_the_dead_band_of_critical(void **state UNUSED)
{
    struct rule rule = {
        .critical = {CONDITION_GE, 90}, .clear = {CONDITION_LT, 75}, .runs = 1, .clear_runs = 1};
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &rule, 95, 80), 1);
    assert_int_equal(h.level, VERDICT_CRITICAL);
    assert_int_equal(FEED_AT(&h, &rule, 3, 74), 1);

    assert_int_equal(h.level, VERDICT_OK);
}

static void own_clear_conditions_override_the_common_one(void **state UNUSED)
{
    struct rule rule = disk;
    rule.runs = rule.clear_runs = 1;
    rule.critical_clear = (struct condition){CONDITION_LT, 85};
    rule.warning_clear = (struct condition){CONDITION_LT, 60};
    struct hysteresis h = {.level = VERDICT_CRITICAL};

    assert_int_equal(FEED(&h, &rule, 87), 0);
    assert_int_equal(FEED(&h, &rule, 70), 1);
    assert_int_equal(h.level, VERDICT_WARNING);
    assert_int_equal(FEED(&h, &rule, 70), 0);
    assert_int_equal(FEED(&h, &rule, 59), 1);

    assert_int_equal(h.level, VERDICT_OK);
}

static void what_is_no_number_argues_for_nothing(void **state UNUSED)
{
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &disk, 95, 95, NAN), 0);
    assert_int_equal(FEED_AT(&h, &disk, 4, 95), 1);

    assert_int_equal(h.level, VERDICT_CRITICAL);
}

static void hold_waits_until_the_run_is_old_enough(void **state UNUSED)
{
    struct rule rule = {
        .critical = {CONDITION_LT, 1}, .runs = 1, .clear_runs = 1, .hold = 5 * 60000};
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &rule, 0, 0), 0);
    assert_int_equal(hysteresis_due(&h, &rule), 6 * 60000);
    assert_false(hysteresis_settle(&h, &rule, 6 * 60000 - 1));
    assert_true(hysteresis_settle(&h, &rule, 6 * 60000));

    assert_int_equal(h.level, VERDICT_CRITICAL);
    assert_int_equal(h.critical_since.boot, 60000);
    assert_true(hysteresis_due(&h, &rule) == CLOCK_NEVER);
}

static void a_good_reading_within_hold_forgets_the_run(void **state UNUSED)
{
    struct rule rule = {
        .critical = {CONDITION_LT, 1}, .runs = 1, .clear_runs = 1, .hold = 5 * 60000};
    struct hysteresis h = {0};

    assert_int_equal(FEED(&h, &rule, 0, 1), 0);

    assert_true(hysteresis_due(&h, &rule) == CLOCK_NEVER);
    assert_false(hysteresis_settle(&h, &rule, 100 * 60000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_bad_readings_in_a_row_raise_on_the_third),
        cmocka_unit_test(one_good_reading_starts_the_count_again),
        cmocka_unit_test(a_mixed_run_raises_to_what_all_of_it_argues_for),
        cmocka_unit_test(critical_at_once_needs_no_warning_before),
        cmocka_unit_test(inside_the_dead_band_warning_stays),
        cmocka_unit_test(critical_falls_to_warning_when_it_fails_critical_and_does_not_clear),
        cmocka_unit_test(clear_ends_critical_in_one_step),
        cmocka_unit_test(a_fall_goes_on_from_warning_with_the_readings_that_argued_for_ok),
        cmocka_unit_test(without_clear_what_fails_the_condition_is_good),
        cmocka_unit_test(without_a_warning_condition_clear_is_the_dead_band_of_critical),
        cmocka_unit_test(own_clear_conditions_override_the_common_one),
        cmocka_unit_test(what_is_no_number_argues_for_nothing),
        cmocka_unit_test(hold_waits_until_the_run_is_old_enough),
        cmocka_unit_test(a_good_reading_within_hold_forgets_the_run),
    };
    return cmocka_run_group_tests_name("judge/hysteresis", tests, NULL, NULL);
}
