/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/civil.h"
#include "judge/linkage_plan.h"
#include "unit.h"

#define MINUTE ((span_ms)60000)

struct fixture {
    struct zone *zone;
    struct calendar_settings office;
    struct calendar calendar;
};

static struct fixture the_fixture(void)
{
    struct fixture f = {.office = {.weekdays = 0x3e, .jp_holidays = true}};
    assert_int_equal(zone_new("Asia/Tokyo", &f.zone), 0);
    return f;
}

static int32_t day_of(int year, int month, int day)
{
    return civil_day((struct civil_date){year, (uint8_t)month, (uint8_t)day});
}

/* The business day after @year-@month-@day. */
static int32_t after(
    struct fixture *f, const struct linkage_settings *k, int year, int month, int day)
{
    f->calendar = (struct calendar){&f->office, f->zone};
    return linkage_plan_next(k, &f->calendar, day_of(year, month, day));
}

static void open_days_skip_weekends_and_holidays(void **state UNUSED)
{
    struct fixture f = the_fixture();
    const struct linkage_settings k = {.frequency = LINKAGE_OPEN_DAYS};

    assert_int_equal(after(&f, &k, 2026, 4, 17), day_of(2026, 4, 20));
    assert_int_equal(after(&f, &k, 2026, 5, 1), day_of(2026, 5, 7));

    zone_free(f.zone);
}

static void fridays_25_30_is_saturday_01_30(void **state UNUSED)
{
    struct fixture f = the_fixture();
    const struct linkage_settings k = {.frequency = LINKAGE_OPEN_DAYS, .deadline_minute = 1530};
    f.calendar = (struct calendar){&f.office, f.zone};

    wall_ms due = linkage_plan_due(&k, &f.calendar, day_of(2026, 4, 17));

    assert_int_equal(due, ((wall_ms)day_of(2026, 4, 18) * 1440 + 90 - 540) * MINUTE);
    assert_int_equal(linkage_plan_due(&k, &f.calendar, LINKAGE_NO_DAY), CLOCK_NEVER);
    zone_free(f.zone);
}

static void the_31st_of_a_shorter_month_is_its_end(void **state UNUSED)
{
    struct fixture f = the_fixture();
    const struct linkage_settings k = {.frequency = LINKAGE_MONTHLY, .day = 31};
    const struct linkage_settings end = {.frequency = LINKAGE_MONTHLY, .day = LINKAGE_MONTH_END};

    assert_int_equal(after(&f, &k, 2028, 1, 31), day_of(2028, 2, 29));
    assert_int_equal(after(&f, &k, 2028, 2, 29), day_of(2028, 3, 31));
    assert_int_equal(after(&f, &end, 2027, 2, 27), day_of(2027, 2, 28));

    zone_free(f.zone);
}

static void open_days_of_the_month_are_counted_from_either_end(void **state UNUSED)
{
    struct fixture f = the_fixture();
    const struct linkage_settings first = {.frequency = LINKAGE_MONTHLY, .open_day = 1};
    const struct linkage_settings last = {.frequency = LINKAGE_MONTHLY, .open_day = -1};
    const struct linkage_settings never = {.frequency = LINKAGE_MONTHLY, .open_day = 23};

    assert_int_equal(after(&f, &first, 2026, 12, 1), day_of(2027, 1, 4));
    assert_int_equal(after(&f, &last, 2026, 5, 1), day_of(2026, 5, 29));
    // December is the first month of the year that has as many.
    assert_int_equal(after(&f, &never, 2026, 4, 1), day_of(2026, 12, 31));

    zone_free(f.zone);
}

static void a_closed_day_is_moved_over_the_end_of_a_month(void **state UNUSED)
{
    struct fixture f = the_fixture();
    // 2026-05-31 is a Sunday, 2026-08-01 a Saturday.
    const struct linkage_settings next = {
        .frequency = LINKAGE_MONTHLY, .day = LINKAGE_MONTH_END, .if_closed = LINKAGE_NEXT_OPEN};
    const struct linkage_settings previous = {
        .frequency = LINKAGE_MONTHLY, .day = 1, .if_closed = LINKAGE_PREVIOUS_OPEN};

    assert_int_equal(after(&f, &next, 2026, 5, 15), day_of(2026, 6, 1));
    assert_int_equal(after(&f, &next, 2026, 6, 1), day_of(2026, 6, 30));
    assert_int_equal(after(&f, &previous, 2026, 7, 2), day_of(2026, 7, 31));
    assert_int_equal(after(&f, &previous, 2026, 7, 31), day_of(2026, 9, 1));

    zone_free(f.zone);
}

static void once_a_year_is_once_a_year(void **state UNUSED)
{
    struct fixture f = the_fixture();
    const struct linkage_settings k = {.frequency = LINKAGE_YEARLY, .month = 6, .open_day = 1};

    assert_int_equal(after(&f, &k, 2026, 5, 1), day_of(2026, 6, 1));
    assert_int_equal(after(&f, &k, 2026, 6, 1), day_of(2027, 6, 1));

    zone_free(f.zone);
}

static void an_irregular_one_and_a_calendar_without_days_expect_nothing(void **state UNUSED)
{
    struct fixture f = the_fixture();
    const struct linkage_settings irregular = {.frequency = LINKAGE_IRREGULAR};
    const struct linkage_settings open = {.frequency = LINKAGE_OPEN_DAYS};
    const struct linkage_settings first = {.frequency = LINKAGE_MONTHLY, .open_day = 1};

    assert_int_equal(after(&f, &irregular, 2026, 4, 1), LINKAGE_NO_DAY);
    f.office.weekdays = 0;
    assert_int_equal(after(&f, &open, 2026, 4, 1), LINKAGE_NO_DAY);
    assert_int_equal(after(&f, &first, 2026, 4, 1), LINKAGE_NO_DAY);

    zone_free(f.zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_days_skip_weekends_and_holidays),
        cmocka_unit_test(fridays_25_30_is_saturday_01_30),
        cmocka_unit_test(the_31st_of_a_shorter_month_is_its_end),
        cmocka_unit_test(open_days_of_the_month_are_counted_from_either_end),
        cmocka_unit_test(a_closed_day_is_moved_over_the_end_of_a_month),
        cmocka_unit_test(once_a_year_is_once_a_year),
        cmocka_unit_test(an_irregular_one_and_a_calendar_without_days_expect_nothing),
    };
    return cmocka_run_group_tests_name("judge/linkage_plan", tests, NULL, NULL);
}
