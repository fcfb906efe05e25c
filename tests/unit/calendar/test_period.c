/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "calendar/calendar.h"
#include "unit.h"

static int set_up(void **state)
{
    struct zone *z = NULL;
    int r = zone_new("Asia/Tokyo", &z);
    *state = z;
    return r;
}

static int tear_down(void **state)
{
    *state = zone_free(*state);
    return 0;
}

static wall_ms at(const char *rfc3339)
{
    wall_ms when = 0;
    assert_true(text_parse_time(rfc3339, &when));
    return when;
}

static void assert_period(
    const struct period *p, const char *label, const char *from, const char *to)
{
    assert_string_equal(p->label, label);
    assert_true(p->from == at(from));
    assert_true(p->to == at(to));
}

static void a_moment_lies_in_its_month_quarter_and_fiscal_year(void **state)
{
    wall_ms when = at("2027-02-15T10:00:00+09:00");

    struct period month = period_at(PERIOD_MONTH, when, *state, 4, 0);
    struct period quarter = period_at(PERIOD_QUARTER, when, *state, 4, 0);
    struct period year = period_at(PERIOD_FISCAL_YEAR, when, *state, 4, 0);

    assert_period(&month, "2027-02", "2027-02-01T00:00:00+09:00", "2027-03-01T00:00:00+09:00");
    assert_period(&quarter, "2026Q4", "2027-01-01T00:00:00+09:00", "2027-04-01T00:00:00+09:00");
    assert_period(&year, "FY2026", "2026-04-01T00:00:00+09:00", "2027-04-01T00:00:00+09:00");
}

static void borders_belong_to_the_period_that_they_begin(void **state)
{
    wall_ms border = at("2026-07-01T00:00:00+09:00");

    struct period before = period_at(PERIOD_QUARTER, border - 1, *state, 4, 0);
    struct period after = period_at(PERIOD_QUARTER, border, *state, 4, 0);

    assert_string_equal(before.label, "2026Q1");
    assert_string_equal(after.label, "2026Q2");
    assert_true(before.to == after.from);
}

static void a_day_may_start_later_than_midnight(void **state)
{
    wall_ms early = at("2026-04-01T04:59:59+09:00");

    struct period before = period_at(PERIOD_FISCAL_YEAR, early, *state, 4, 300);
    struct period after = period_at(PERIOD_FISCAL_YEAR, early + 1000, *state, 4, 300);

    assert_string_equal(before.label, "FY2025");
    assert_period(&after, "FY2026", "2026-04-01T05:00:00+09:00", "2027-04-01T05:00:00+09:00");
}

static void a_fiscal_year_may_be_the_calendar_year(void **state)
{
    struct period p = period_at(PERIOD_QUARTER, at("2026-04-15T00:00:00+09:00"), *state, 1, 0);

    assert_period(&p, "2026Q2", "2026-04-01T00:00:00+09:00", "2026-07-01T00:00:00+09:00");
}

static void labels_are_read_back(void **state)
{
    static const enum period_kind kinds[] = {PERIOD_MONTH, PERIOD_QUARTER, PERIOD_FISCAL_YEAR};

    for (size_t i = 0; i < 3; i++) {
        struct period made = period_at(kinds[i], at("2027-02-15T10:00:00+09:00"), *state, 4, 300);
        struct period read;
        assert_true(period_parse(made.label, *state, 4, 300, &read));
        assert_true(read.from == made.from && read.to == made.to && read.kind == made.kind);
        assert_string_equal(read.label, made.label);
    }
}

static void a_range_leaves_its_last_date_out(void **state)
{
    struct period p;

    assert_true(period_parse("2026-04-10..2026-05-01", *state, 4, 0, &p));

    assert_period(
        &p, "2026-04-10..2026-05-01", "2026-04-10T00:00:00+09:00", "2026-05-01T00:00:00+09:00");
}

static void what_is_no_period_is_refused(void **state)
{
    static const char *const bad[] = {"", "FY", "FY26", "FY20260", "2026Q0", "2026Q5", "2026q1",
        "2026-13", "2026-00", "2026-4", "2026", "2026-04-01", "2026-04-01..2026-04-01",
        "2026-05-01..2026-04-01", "2026-02-30..2026-04-01", "2026-04-01,,2026-05-01",
        "2026-04-01..2026-05-01x", "FY1969", "FYabcd", "x026-04-01..2026-05-01",
        "2026/04-01..2026-05-01", "2026-0x-01..2026-05-01", "2026-04/01..2026-05-01",
        "2026-04-x1..2026-05-01", "2026-04-01..2026-05-0x", "2026-04-01..x",
        "2026-04-01..2026-02-30", "1969-04", "2026x04", "2026-0x", "x026Q1", "1969Q1",
        "9999-01-01..2026-01-01", "99990-01"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct period untouched = {.from = 42};
        assert_false(period_parse(bad[i], *state, 4, 0, &untouched));
        assert_true(untouched.from == 42);
    }
}

static void years_are_counted_back_from_the_running_one(void **state)
{
    wall_ms when = at("2027-02-15T10:00:00+09:00");

    assert_true(period_fiscal_start(when, 0, *state, 4, 0) == at("2026-04-01T00:00:00+09:00"));
    assert_true(period_fiscal_start(when, 1, *state, 4, 0) == at("2025-04-01T00:00:00+09:00"));
    assert_true(period_fiscal_start(when, 7, *state, 1, 300) == at("2020-01-01T05:00:00+09:00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(years_are_counted_back_from_the_running_one),
        cmocka_unit_test(a_moment_lies_in_its_month_quarter_and_fiscal_year),
        cmocka_unit_test(borders_belong_to_the_period_that_they_begin),
        cmocka_unit_test(a_day_may_start_later_than_midnight),
        cmocka_unit_test(a_fiscal_year_may_be_the_calendar_year),
        cmocka_unit_test(labels_are_read_back),
        cmocka_unit_test(a_range_leaves_its_last_date_out),
        cmocka_unit_test(what_is_no_period_is_refused),
    };
    return cmocka_run_group_tests_name("calendar/period", tests, set_up, tear_down);
}
