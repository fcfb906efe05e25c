/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "calendar/tzrule.h"
#include "unit.h"

static int64_t at(const char *rfc3339)
{
    wall_ms when = 0;
    assert_true(text_parse_time(rfc3339, &when));
    return when / 1000;
}

static struct tzrule rule_of(const char *string)
{
    struct tzrule rule;
    assert_true(tzrule_parse(string, strlen(string), &rule));
    return rule;
}

static void a_zone_without_summer_time_has_one_offset(void **state UNUSED)
{
    struct tzrule tokyo = rule_of("JST-9");
    struct tzrule nepal = rule_of("<+0545>-5:45");

    assert_int_equal(tzrule_offset(&tokyo, 0), 9 * 3600);
    assert_int_equal(tzrule_offset(&nepal, at("2026-07-01T00:00:00Z")), 5 * 3600 + 45 * 60);
}

static void summer_time_holds_between_its_two_sundays(void **state UNUSED)
{
    struct tzrule berlin = rule_of("CET-1CEST,M3.5.0,M10.5.0/3");

    assert_int_equal(tzrule_offset(&berlin, at("2026-03-29T00:59:59Z")), 3600);
    assert_int_equal(tzrule_offset(&berlin, at("2026-03-29T01:00:00Z")), 7200);
    assert_int_equal(tzrule_offset(&berlin, at("2026-10-25T00:59:59Z")), 7200);
    assert_int_equal(tzrule_offset(&berlin, at("2026-10-25T01:00:00Z")), 3600);
}

static void in_the_south_summer_time_crosses_the_year(void **state UNUSED)
{
    struct tzrule lord_howe = rule_of("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");

    assert_int_equal(tzrule_offset(&lord_howe, at("2026-01-01T00:00:00Z")), 11 * 3600);
    assert_int_equal(tzrule_offset(&lord_howe, at("2026-07-01T00:00:00Z")), 10 * 3600 + 1800);
    assert_int_equal(tzrule_offset(&lord_howe, at("2026-12-31T23:59:59Z")), 11 * 3600);
}

static void hours_may_lie_outside_the_day(void **state UNUSED)
{
    struct tzrule greenland = rule_of("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");

    assert_int_equal(tzrule_offset(&greenland, at("2026-03-29T00:59:59Z")), -7200);
    assert_int_equal(tzrule_offset(&greenland, at("2026-03-29T01:00:00Z")), -3600);
}

static void julian_days_leave_the_29th_of_february_out(void **state UNUSED)
{
    struct tzrule julian = rule_of("AAA0BBB,J60/0,J300/0");
    struct tzrule zero_based = rule_of("AAA0BBB,59/0,299/0");

    assert_int_equal(tzrule_offset(&julian, at("2028-02-29T12:00:00Z")), 0);
    assert_int_equal(tzrule_offset(&julian, at("2028-03-01T00:00:00Z")), 3600);
    assert_int_equal(tzrule_offset(&zero_based, at("2028-02-29T12:00:00Z")), 3600);
}

static void what_is_no_rule_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {"", "JS-9", "JST", "JST-", "JST-200", "JST-9x", "<JST-9",
        "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J300", "CET-1CEST,366,1", "CET-1CEST,M3.5.0,",
        "CET-1CEST,M3.5.0/,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/168", "JST-99999999999999999999999",
        "JST-9:60", "JST-9:00:60", "<J>-9", "JST-25", "JST25", "CET-1CEST,Mx.5.0,M10.5.0",
        "CET-1CEST,M3x5.0,M10.5.0", "CET-1CEST,M3.x.0,M10.5.0", "CET-1CEST,M3.5x0,M10.5.0",
        "CET-1CEST,M3.5.x,M10.5.0", "CET-1CEST,Jx,J300", "CET-1CEST,x,1", "CET-1CEST25,1,2"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tzrule untouched = {.standard_s = 42};
        assert_false(tzrule_parse(bad[i], strlen(bad[i]), &untouched));
        assert_int_equal(untouched.standard_s, 42);
    }
}

static void no_instant_is_too_far_away(void **state UNUSED)
{
    struct tzrule berlin = rule_of("CET-1CEST,M3.5.0,M10.5.0/3");

    assert_int_equal(tzrule_offset(&berlin, INT64_MAX / 2), 3600);
    assert_int_equal(tzrule_offset(&berlin, INT64_MIN / 2), 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_without_summer_time_has_one_offset),
        cmocka_unit_test(summer_time_holds_between_its_two_sundays),
        cmocka_unit_test(in_the_south_summer_time_crosses_the_year),
        cmocka_unit_test(hours_may_lie_outside_the_day),
        cmocka_unit_test(julian_days_leave_the_29th_of_february_out),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(no_instant_is_too_far_away),
    };
    return cmocka_run_group_tests_name("calendar/tzrule", tests, NULL, NULL);
}
