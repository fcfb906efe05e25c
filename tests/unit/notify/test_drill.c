/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/drill.h"

#include "base/text.h"
#include "unit.h"

static struct calendar_window hours[] = {{8 * 60 + 30, 17 * 60 + 15}};
static struct calendar_settings calendars[] = {{.name = TEXT("office"),
    .hours = hours,
    .hour_count = 1,
    .weekdays = 0x3e,
    .jp_holidays = true}};
static struct destination_settings destinations[] = {
    {.name = TEXT("desk"),
        .drill = {.every = DRILL_MONTHLY, .day = 1, .minute = 600, .calendar = TEXT("office")}},
    {.name = TEXT("oncall")}, {.name = TEXT("nobody")}};
static char *to_oncall[] = {TEXT("oncall")};
static struct route_settings routes[] = {
    {.name = TEXT("#1"), .to = to_oncall, .to_count = 1, .drill = {DRILL_WEEKLY, 1, 540, NULL}}};
static const struct settings tree = {.calendars = calendars,
    .calendar_count = 1,
    .destinations = destinations,
    .destination_count = 3,
    .routes = routes,
    .route_count = 1};

static wall_ms tokyo(const char *text)
{
    wall_ms when = 0;
    assert_true(text_parse_time(text, &when));
    return when;
}

static int set_up(void **state)
{
    struct zone *zone = NULL;
    assert_int_equal(zone_new("Asia/Tokyo", &zone), 0);
    *state = zone;
    return 0;
}

static int tear_down(void **state)
{
    *state = zone_free(*state);
    return 0;
}

static void the_first_of_the_month_moves_to_the_next_office_day(void **state)
{
    struct route_site site = {&tree, *state};

    // 1 May is a Friday; 1 August a Saturday; 1 January a holiday, then a week-end.
    assert_int_equal(drill_next_of(&site, "desk", tokyo("2026-04-15T00:00:00+09:00")),
        tokyo("2026-05-01T10:00:00+09:00"));
    assert_int_equal(drill_next_of(&site, "desk", tokyo("2026-07-31T12:00:00+09:00")),
        tokyo("2026-08-03T10:00:00+09:00"));
    assert_int_equal(drill_next_of(&site, "desk", tokyo("2026-12-31T12:00:00+09:00")),
        tokyo("2027-01-04T10:00:00+09:00"));
}

static void the_last_one_is_at_or_before(void **state)
{
    struct route_site site = {&tree, *state};
    wall_ms first = tokyo("2026-08-03T10:00:00+09:00");

    assert_int_equal(drill_last_of(&site, "desk", first), first);
    assert_int_equal(drill_last_of(&site, "desk", first - 1), tokyo("2026-07-01T10:00:00+09:00"));
}

static void a_route_drills_those_whom_it_tells(void **state)
{
    struct route_site site = {&tree, *state};
    wall_ms wednesday = tokyo("2026-04-15T00:00:00+09:00");

    assert_int_equal(drill_next_of(&site, "oncall", wednesday), tokyo("2026-04-20T09:00:00+09:00"));
    assert_true(drill_next_of(&site, "nobody", wednesday) == CLOCK_NEVER);
}

static void a_drill_that_was_not_made_or_did_not_come_is_overdue_after_an_hour(void **state)
{
    struct route_site site = {&tree, *state};
    wall_ms monday = tokyo("2026-04-20T09:00:00+09:00"), hour = 3600000;

    assert_false(
        drill_is_overdue(&site, "oncall", monday - 7 * 24 * hour, true, monday + hour / 2));
    assert_true(drill_is_overdue(&site, "oncall", monday - 7 * 24 * hour, true, monday + hour));
    assert_false(drill_is_overdue(&site, "oncall", monday, true, monday + 2 * hour));
    assert_true(drill_is_overdue(&site, "oncall", monday, false, monday + 2 * hour));
    assert_false(drill_is_overdue(&site, "nobody", 0, false, monday));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_first_of_the_month_moves_to_the_next_office_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_one_is_at_or_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_route_drills_those_whom_it_tells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_drill_that_was_not_made_or_did_not_come_is_overdue_after_an_hour, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("notify/drill", tests, NULL, NULL);
}
