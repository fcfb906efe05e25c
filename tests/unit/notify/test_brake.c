/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/brake.h"
#include "unit.h"

static void no_minute_sees_more_than_the_limit(void **state UNUSED)
{
    struct brake b = {0};
    enum { LIMIT = 8, SECONDS = 600 };
    mono_ms gone[LIMIT * 12];
    size_t count = 0;
    brake_set(&b, LIMIT);

    for (mono_ms now = 0; now < SECONDS * 1000; now += 100)
        if (brake_take(&b, true, now))
            gone[count++] = now;

    assert_true(count >= LIMIT * 9);
    for (size_t i = LIMIT; i < count; i++)
        assert_true(gone[i] - gone[i - LIMIT] >= BRAKE_MINUTE_MS);
    brake_deinit(&b);
}

static void the_last_quarter_is_kept_for_what_is_critical(void **state UNUSED)
{
    struct brake b = {0};
    unsigned warnings = 0, criticals = 0;
    brake_set(&b, 8);

    for (int i = 0; i < 20; i++)
        warnings += brake_take(&b, false, 1000);
    for (int i = 0; i < 20; i++)
        criticals += brake_take(&b, true, 1000);

    assert_int_equal(warnings, 6);
    assert_int_equal(criticals, 2);
    brake_deinit(&b);
}

static void no_limit_is_no_brake(void **state UNUSED)
{
    struct brake b = {0};
    brake_set(&b, 0);

    for (int i = 0; i < 100000; i++)
        assert_true(brake_take(&b, false, 1));

    brake_deinit(&b);
}

static void it_says_when_there_is_room_again(void **state UNUSED)
{
    struct brake b = {0};
    brake_set(&b, 1);

    assert_true(brake_take(&b, true, 500));

    assert_int_equal(brake_room_at(&b, true, 600), 500 + BRAKE_MINUTE_MS);
    assert_false(brake_take(&b, true, 500 + BRAKE_MINUTE_MS - 1));
    assert_true(brake_take(&b, true, 500 + BRAKE_MINUTE_MS));
    brake_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_minute_sees_more_than_the_limit),
        cmocka_unit_test(the_last_quarter_is_kept_for_what_is_critical),
        cmocka_unit_test(no_limit_is_no_brake),
        cmocka_unit_test(it_says_when_there_is_room_again),
    };
    return cmocka_run_group_tests_name("notify/brake", tests, NULL, NULL);
}
