/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/civil.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "unit.h"

enum { WEEKDAYS_ALL = 0x7f, MONDAY_TO_FRIDAY = 0x3e };

struct fixture {
    struct zone *zone;
    struct calendar_settings settings;
    struct calendar_window windows[4];
    int32_t closed[2], open[2];
    struct calendar calendar;
};

/* Service 05:00-27:00 daily, in Tokyo. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || zone_new("Asia/Tokyo", &f->zone) != 0)
        return -1;
    f->windows[0] = (struct calendar_window){300, 1620};
    f->settings = (struct calendar_settings){.hours = f->windows,
        .hour_count = 1,
        .weekdays = WEEKDAYS_ALL,
        .closed_days = f->closed,
        .open_days = f->open};
    f->calendar = (struct calendar){&f->settings, f->zone};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    zone_free(f->zone);
    free(f);
    return 0;
}

static wall_ms at(const char *rfc3339)
{
    wall_ms when = 0;
    assert_true(text_parse_time(rfc3339, &when));
    return when;
}

static wall_ms jst(int year, int month, int day, int minute)
{
    return ((wall_ms)civil_day((struct civil_date){year, (uint8_t)month, (uint8_t)day}) * 1440 +
               minute - 540) *
           60000;
}

static int32_t day(int year, int month, int day_of_month)
{
    return civil_day((struct civil_date){year, (uint8_t)month, (uint8_t)day_of_month});
}

static void a_window_ends_on_the_next_day_by_the_48_hour_clock(void **state)
{
    struct fixture *f = *state;

    assert_false(calendar_open_at(&f->calendar, at("2026-04-17T04:59:59.999+09:00")));
    assert_true(calendar_open_at(&f->calendar, at("2026-04-17T05:00:00+09:00")));
    assert_true(calendar_open_at(&f->calendar, at("2026-04-18T02:59:59.999+09:00")));
    assert_false(calendar_open_at(&f->calendar, at("2026-04-18T03:00:00+09:00")));
}

static void the_planned_hours_of_fiscal_years_come_from_the_calendar(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        calendar_open_s(&f->calendar, jst(2026, 4, 1, 0), jst(2027, 4, 1, 0)), 28908000);
    assert_int_equal(
        calendar_open_s(&f->calendar, jst(2027, 4, 1, 0), jst(2028, 4, 1, 0)), 28987200);
    assert_int_equal(
        calendar_open_s(&f->calendar, jst(2026, 4, 1, 0), jst(2026, 7, 1, 0)), 7207200);
}

static void the_edges_of_a_day_follow_each_other(void **state)
{
    struct fixture *f = *state;

    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 17, 600)) == jst(2026, 4, 18, 180));
    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 18, 180)) == jst(2026, 4, 18, 300));
    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 18, 300)) == jst(2026, 4, 19, 180));
}

static void whether_the_business_day_is_open_decides_not_the_next_one(void **state)
{
    struct fixture *f = *state;
    f->settings.weekdays = MONDAY_TO_FRIDAY;

    assert_true(calendar_open_at(&f->calendar, jst(2026, 4, 18, 90)));   // Friday's 25:30
    assert_false(calendar_open_at(&f->calendar, jst(2026, 4, 18, 600))); // Saturday
    assert_false(calendar_open_at(&f->calendar, jst(2026, 4, 20, 90)));  // Sunday's 25:30
    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 18, 180)) == jst(2026, 4, 20, 300));
}

static void windows_that_touch_are_one(void **state)
{
    struct fixture *f = *state;
    f->windows[0] = (struct calendar_window){0, 1440};

    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 17, 600)) == CLOCK_NEVER);
    assert_int_equal(
        calendar_open_s(&f->calendar, jst(2026, 4, 17, 0), jst(2026, 4, 19, 0)), 2 * 86400);
}

static void windows_that_overlap_count_once_in_any_order(void **state)
{
    struct fixture *f = *state;
    f->windows[0] = (struct calendar_window){780, 1035};
    f->windows[1] = (struct calendar_window){510, 720};
    f->windows[2] = (struct calendar_window){600, 800};
    f->settings.hour_count = 3;

    assert_int_equal(
        calendar_open_s(&f->calendar, jst(2026, 4, 17, 0), jst(2026, 4, 18, 0)), (1035 - 510) * 60);
    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 17, 510)) == jst(2026, 4, 17, 1035));
}

static void closed_days_close_and_open_days_open_whatever_else_is_said(void **state)
{
    struct fixture *f = *state;
    f->settings.weekdays = MONDAY_TO_FRIDAY;
    f->settings.jp_holidays = true;
    f->closed[0] = day(2026, 12, 29);
    f->settings.closed_count = 1;
    f->open[0] = day(2026, 5, 3); // a Sunday and a holiday
    f->settings.open_count = 1;

    assert_false(calendar_day_open(&f->calendar, day(2026, 12, 29)));
    assert_true(calendar_day_open(&f->calendar, day(2026, 12, 28)));
    assert_true(calendar_day_open(&f->calendar, day(2026, 5, 3)));
    assert_false(calendar_day_open(&f->calendar, day(2026, 5, 4)));
    assert_true(calendar_day_open(&f->calendar, day(2026, 5, 7)));
}

static void listed_holidays_stand_for_the_computed_ones_of_their_years(void **state)
{
    struct fixture *f = *state;
    int32_t listed[] = {day(2027, 1, 1), day(2027, 6, 1), day(2051, 1, 1)};
    f->settings.jp_holidays = true;
    f->settings.holidays = listed;
    f->settings.holiday_count = 3;

    assert_false(calendar_day_open(&f->calendar, day(2027, 6, 1)));
    assert_true(calendar_day_open(&f->calendar, day(2027, 5, 3)));
    assert_false(calendar_day_open(&f->calendar, day(2026, 5, 3)));
    assert_false(calendar_day_open(&f->calendar, day(2028, 5, 3)));
    assert_false(calendar_day_open(&f->calendar, day(2051, 1, 1)));
    assert_true(calendar_day_open(&f->calendar, day(2051, 5, 3)));
}

static void it_is_known_whose_holidays_are_known(void **state)
{
    struct fixture *f = *state;
    int32_t listed[] = {day(2051, 1, 1)};
    assert_true(calendar_knows_holidays(&f->settings, 2051));
    f->settings.jp_holidays = true;
    assert_true(calendar_knows_holidays(&f->settings, 2050));
    assert_false(calendar_knows_holidays(&f->settings, 2051));

    f->settings.holidays = listed;
    f->settings.holiday_count = 1;

    assert_true(calendar_knows_holidays(&f->settings, 2051));
    assert_false(calendar_knows_holidays(&f->settings, 2052));
}

static void without_a_calendar_it_is_always_open(void **state)
{
    struct fixture *f = *state;
    struct calendar always = {NULL, f->zone};

    assert_true(calendar_open_at(&always, jst(2026, 4, 18, 200)));
    assert_true(calendar_day_open(&always, day(2026, 5, 3)));
    assert_true(calendar_next_edge(&always, 0) == CLOCK_NEVER);
    assert_int_equal(calendar_open_s(&always, 1500, 3499), 2);
}

static void a_calendar_without_hours_is_open_all_day(void **state)
{
    struct fixture *f = *state;
    f->settings.hour_count = 0;
    f->settings.weekdays = MONDAY_TO_FRIDAY;

    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 17, 600)) == jst(2026, 4, 18, 0));
}

static void a_calendar_that_never_opens_has_no_edge(void **state)
{
    struct fixture *f = *state;
    f->settings.weekdays = 0;

    assert_true(calendar_next_edge(&f->calendar, jst(2026, 4, 17, 600)) == CLOCK_NEVER);
    assert_int_equal(calendar_open_s(&f->calendar, jst(2026, 4, 1, 0), jst(2027, 4, 1, 0)), 0);
}

static void seconds_are_cut_before_they_are_counted(void **state)
{
    struct fixture *f = *state;
    wall_ms ten = jst(2026, 4, 17, 600);

    assert_int_equal(calendar_open_s(&f->calendar, ten + 999, ten + 1001), 1);
    assert_int_equal(calendar_open_s(&f->calendar, ten + 1, ten + 999), 0);
    assert_int_equal(calendar_open_s(&f->calendar, ten, ten), 0);
    assert_int_equal(calendar_open_s(&f->calendar, ten, ten - 5000), 0);
}

static void summer_time_makes_a_day_shorter_and_another_longer(void **state)
{
    struct fixture *f = *state;
    struct zone *z = NULL;
    if (zone_new("Europe/Berlin", &z) != 0) // nothing to look at without tzdata
        return;
    f->windows[0] = (struct calendar_window){0, 1440};
    struct calendar berlin = {&f->settings, z};
    f->settings.weekdays = 1; // Sundays

    assert_int_equal(
        calendar_open_s(&berlin, at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z")),
        23 * 3600);
    assert_int_equal(
        calendar_open_s(&berlin, at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z")),
        25 * 3600);
    zone_free(z);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_window_ends_on_the_next_day_by_the_48_hour_clock),
        TEST(the_planned_hours_of_fiscal_years_come_from_the_calendar),
        TEST(the_edges_of_a_day_follow_each_other),
        TEST(whether_the_business_day_is_open_decides_not_the_next_one),
        TEST(windows_that_touch_are_one),
        TEST(windows_that_overlap_count_once_in_any_order),
        TEST(closed_days_close_and_open_days_open_whatever_else_is_said),
        TEST(listed_holidays_stand_for_the_computed_ones_of_their_years),
        TEST(it_is_known_whose_holidays_are_known),
        TEST(without_a_calendar_it_is_always_open),
        TEST(a_calendar_without_hours_is_open_all_day),
        TEST(a_calendar_that_never_opens_has_no_edge),
        TEST(seconds_are_cut_before_they_are_counted),
        TEST(summer_time_makes_a_day_shorter_and_another_longer),
    };
    return cmocka_run_group_tests_name("calendar/calendar", tests, NULL, NULL);
}
