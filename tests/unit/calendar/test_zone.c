/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "base/civil.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "unit.h"

static wall_ms at(const char *rfc3339)
{
    wall_ms when = 0;
    assert_true(text_parse_time(rfc3339, &when));
    return when;
}

static int32_t day(int year, int month, int day_of_month)
{
    return civil_day((struct civil_date){year, (uint8_t)month, (uint8_t)day_of_month});
}

static struct zone *zone_named(const char *name)
{
    struct zone *z = NULL;
    assert_int_equal(zone_new(name, &z), 0);
    return z;
}

static void utc_and_tokyo_are_always_there(void **state UNUSED)
{
    struct zone *utc = zone_named("UTC");
    struct zone *tokyo = zone_named("Asia/Tokyo");

    assert_int_equal(zone_offset(utc, at("2026-04-15T00:00:00Z")), 0);
    assert_int_equal(zone_offset(tokyo, at("2026-04-15T00:00:00Z")), 9 * 3600);
    assert_int_equal(zone_offset(tokyo, at("2050-07-15T00:00:00Z")), 9 * 3600);

    assert_null(zone_free(utc));
    assert_null(zone_free(tokyo));
}

static void a_zone_that_is_none_is_an_outcome(void **state UNUSED)
{
    static const char *const bad[] = {"", "Asia/Nowhere", "../../../etc/passwd", "/etc/localtime",
        "Asia", "tzdata.zi", "Asia/../Asia/Tokyo", "Asia/Tokyo\n"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct zone *untouched = NULL;
        assert_int_equal(zone_new(bad[i], &untouched), CALENDAR_E_ZONE);
        assert_null(untouched);
    }
    assert_int_equal(zone_new(NULL, &(struct zone *){NULL}), CALENDAR_E_ZONE);
}

static void a_local_time_becomes_its_instant(void **state UNUSED)
{
    struct zone *z = zone_named("Asia/Tokyo");

    assert_true(zone_instant(z, day(2026, 4, 15), 600) == at("2026-04-15T10:00:00+09:00"));
    assert_true(zone_instant(z, day(2026, 4, 17), 25 * 60 + 30) == at("2026-04-18T01:30:00+09:00"));
    zone_free(z);
}

static void the_local_day_changes_at_local_midnight(void **state UNUSED)
{
    struct zone *z = zone_named("Asia/Tokyo");

    assert_int_equal(zone_day(z, at("2026-04-15T00:00:00+09:00")), day(2026, 4, 15));
    assert_int_equal(zone_day(z, at("2026-04-15T00:00:00+09:00") - 1), day(2026, 4, 14));
    assert_int_equal(zone_day(z, at("1969-12-31T23:59:59+09:00")), -1);
    zone_free(z);
}

static void a_time_in_the_gap_is_the_jump(void **state UNUSED)
{
    struct zone *z = zone_named("America/New_York");

    assert_true(zone_instant(z, day(2026, 3, 8), 150) == at("2026-03-08T03:00:00-04:00"));
    assert_true(zone_instant(z, day(2026, 3, 8), 119) == at("2026-03-08T01:59:00-05:00"));
    assert_true(zone_instant(z, day(2026, 3, 8), 180) == at("2026-03-08T03:00:00-04:00"));
    zone_free(z);
}

static void a_time_that_comes_twice_is_the_first(void **state UNUSED)
{
    struct zone *z = zone_named("America/New_York");

    assert_true(zone_instant(z, day(2026, 11, 1), 90) == at("2026-11-01T01:30:00-04:00"));
    assert_true(zone_instant(z, day(2026, 11, 1), 120) == at("2026-11-01T02:00:00-05:00"));
    zone_free(z);
}

static void offsets_of_the_file_and_of_its_footer_are_both_used(void **state UNUSED)
{
    struct zone *z = zone_named("America/New_York");

    assert_int_equal(zone_offset(z, at("1942-06-01T00:00:00Z")), -4 * 3600); // war time
    assert_int_equal(zone_offset(z, at("1999-01-01T00:00:00Z")), -5 * 3600);
    assert_int_equal(zone_offset(z, at("2090-07-01T00:00:00Z")), -4 * 3600);
    assert_int_equal(zone_offset(z, at("1800-01-01T00:00:00Z")), -(4 * 3600 + 56 * 60 + 2));
    zone_free(z);
}

int main(void)
{
    const struct CMUnitTest always[] = {
        cmocka_unit_test(utc_and_tokyo_are_always_there),
        cmocka_unit_test(a_zone_that_is_none_is_an_outcome),
        cmocka_unit_test(a_local_time_becomes_its_instant),
        cmocka_unit_test(the_local_day_changes_at_local_midnight),
    };
    const struct CMUnitTest with_tzdata[] = {
        cmocka_unit_test(utc_and_tokyo_are_always_there),
        cmocka_unit_test(a_zone_that_is_none_is_an_outcome),
        cmocka_unit_test(a_local_time_becomes_its_instant),
        cmocka_unit_test(the_local_day_changes_at_local_midnight),
        cmocka_unit_test(a_time_in_the_gap_is_the_jump),
        cmocka_unit_test(a_time_that_comes_twice_is_the_first),
        cmocka_unit_test(offsets_of_the_file_and_of_its_footer_are_both_used),
    };
    struct zone *z = NULL;
    if (zone_new("America/New_York", &z) == 0) {
        zone_free(z);
        return cmocka_run_group_tests_name("calendar/zone", with_tzdata, NULL, NULL);
    }
    puts("# tests of summer time left out: no tzdata in /usr/share/zoneinfo");
    return cmocka_run_group_tests_name("calendar/zone", always, NULL, NULL);
}
