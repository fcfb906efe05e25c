/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "watch/backoff.h"
#include "watch/flood.h"
#include "watch/intake.h"
#include "wire/wire.h"

#include "unit.h"

static const struct backoff_rule rule = {
    .first = 1000, .most = 60000, .good_run = 600000, .within = 600000, .budget = 10};

static void the_delay_doubles_up_to_its_limit(void **state UNUSED)
{
    static const span_ms expected[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    struct backoff b = {0};

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        span_ms delay = -1;
        mono_ms now = 10 + (mono_ms)i;
        assert_true(backoff_fault(&b, &rule, now, now, &delay));
        assert_int_equal(delay, expected[i]);
    }
}

static void one_that_ran_well_starts_again_at_once(void **state UNUSED)
{
    struct backoff b = {0};
    span_ms delay = -1;
    assert_true(backoff_fault(&b, &rule, 0, 5, &delay));

    assert_true(backoff_fault(&b, &rule, 1000, 601000, &delay));

    assert_int_equal(delay, 0);
}

static void the_eleventh_fault_in_ten_minutes_is_too_many(void **state UNUSED)
{
    struct backoff b = {0};
    span_ms delay = -1;
    for (mono_ms i = 0; i < 10; i++)
        assert_true(backoff_fault(&b, &rule, i * 1000, i * 1000, &delay));

    assert_false(backoff_fault(&b, &rule, 10000, 10000, &delay));
}

static void faults_that_lie_far_apart_are_never_too_many(void **state UNUSED)
{
    struct backoff b = {0};
    span_ms delay = -1;

    for (mono_ms i = 0; i < 40; i++)
        assert_true(backoff_fault(&b, &rule, i * 61000, i * 61000, &delay));
}

static const struct flood_rule flood_rule = {.rate = 100, .seconds = 3};

/* Feeds @rate readings in each of @seconds seconds from *@now on. True: a flood began. */
static bool pour(struct flood *f, mono_ms *now, unsigned rate, unsigned seconds)
{
    bool began = false;
    for (unsigned s = 0; s < seconds; s++) {
        for (unsigned i = 0; i < rate; i++)
            began |= flood_count(f, &flood_rule, *now);
        *now += 1000;
    }
    return began;
}

static void a_short_burst_is_no_flood(void **state UNUSED)
{
    struct flood f = {0};
    mono_ms now = 5000;

    assert_false(pour(&f, &now, 5000, 1));
    assert_false(pour(&f, &now, 50, 10));

    assert_int_equal(flood_allow(&f, &flood_rule, now, 256), 256);
}

static void a_lasting_flood_is_told_once_and_gets_its_rate(void **state UNUSED)
{
    struct flood f = {0};
    mono_ms now = 5000;

    assert_true(pour(&f, &now, 300, 4));
    assert_false(pour(&f, &now, 300, 1));

    assert_int_equal(f.last, 300);
    assert_int_equal(flood_allow(&f, &flood_rule, now, 80), 80);
    assert_int_equal(flood_allow(&f, &flood_rule, now, 80), 20);
    assert_int_equal(flood_allow(&f, &flood_rule, now, 80), 0);
}

static void a_flood_that_begins_while_credit_is_given_is_told_too(void **state UNUSED)
{
    struct flood f = {0};
    mono_ms now = 1000;

    for (unsigned s = 0; s < 3; s++, now += 1000) {
        flood_allow(&f, &flood_rule, now, 1);
        for (unsigned i = 0; i < 200; i++)
            assert_false(flood_count(&f, &flood_rule, now));
    }
    assert_int_equal(flood_allow(&f, &flood_rule, now, 1000), 100);

    assert_true(flood_count(&f, &flood_rule, now));
    assert_false(flood_count(&f, &flood_rule, now));
}

static void a_flood_ends_when_it_was_quiet_long_enough(void **state UNUSED)
{
    struct flood f = {0};
    mono_ms now = 5000;
    pour(&f, &now, 300, 4);

    now += 10000;

    assert_int_equal(flood_allow(&f, &flood_rule, now, 256), 256);
}

static int take(const char *line, struct reading *r)
{
    struct moment now = {.wall = 1000000, .boot = 50};
    json_t *o = wire_parse(line, strlen(line), NULL);
    int result = intake_reading(o, "var", now, r, NULL);
    json_decref(o);
    return result;
}

static void a_time_that_is_absent_or_ahead_becomes_now(void **state UNUSED)
{
    struct reading absent = {0}, ahead = {0}, past = {0};

    assert_int_equal(take("{\"metric\":\"m\",\"kind\":\"event\"}", &absent), 0);
    assert_int_equal(take("{\"metric\":\"m\",\"kind\":\"event\",\"at_ms\":2000000}", &ahead), 0);
    assert_int_equal(take("{\"metric\":\"m\",\"kind\":\"event\",\"at_ms\":400}", &past), 0);

    assert_int_equal(absent.at.wall, 1000000);
    assert_int_equal(ahead.at.wall, 1000000);
    assert_int_equal(past.at.wall, 400);
    assert_int_equal(past.at.boot, 50);
    assert_string_equal(past.of.subject, "var");
    reading_deinit(&absent);
    reading_deinit(&ahead);
    reading_deinit(&past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_doubles_up_to_its_limit),
        cmocka_unit_test(one_that_ran_well_starts_again_at_once),
        cmocka_unit_test(the_eleventh_fault_in_ten_minutes_is_too_many),
        cmocka_unit_test(faults_that_lie_far_apart_are_never_too_many),
        cmocka_unit_test(a_short_burst_is_no_flood),
        cmocka_unit_test(a_lasting_flood_is_told_once_and_gets_its_rate),
        cmocka_unit_test(a_flood_that_begins_while_credit_is_given_is_told_too),
        cmocka_unit_test(a_flood_ends_when_it_was_quiet_long_enough),
        cmocka_unit_test(a_time_that_is_absent_or_ahead_becomes_now),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
