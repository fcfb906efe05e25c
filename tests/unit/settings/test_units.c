/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>

#include "settings/option.h"
#include "settings/units.h"
#include "unit.h"

static void spans_need_a_unit(void **state UNUSED)
{
    span_ms span = 42;

    assert_true(settings_parse_span("500ms", &span) && span == 500);
    assert_true(settings_parse_span("90s", &span) && span == 90000);
    assert_true(settings_parse_span("30m", &span) && span == 1800000);
    assert_true(settings_parse_span("2h", &span) && span == 7200000);
    assert_true(settings_parse_span("7d", &span) && span == 604800000);
    assert_true(settings_parse_span("0s", &span) && span == 0);
}

static void what_is_no_span_leaves_the_result_alone(void **state UNUSED)
{
    static const char *const bad[] = {"", "5", "s", "-1s", "+1s", " 1s", "1s ", "1 s", "1.5h", "1S",
        "1w", "1h30m", "9999999999999s", "0x1s"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        span_ms span = 42;
        assert_false(settings_parse_span(bad[i], &span));
        assert_int_equal(span, 42);
    }
}

static void sizes_are_powers_of_1024_and_never_overflow(void **state UNUSED)
{
    int64_t bytes = 42;

    assert_true(units_size("4096", &bytes) && bytes == 4096);
    assert_true(units_size("10K", &bytes) && bytes == 10240);
    assert_true(units_size("1G", &bytes) && bytes == 1 << 30);
    assert_true(units_size("2T", &bytes) && bytes == 2LL << 40);
    assert_false(units_size("999999999999T", &bytes));
    assert_false(units_size("1k", &bytes));
    assert_false(units_size("1GB", &bytes));
    assert_int_equal(bytes, 2LL << 40);
}

static void what_is_printed_reads_back(void **state UNUSED)
{
    static const span_ms spans[] = {0, 1, 999, 1000, 90000, 60000, 5400000, 7200000, 604800000};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        struct text t = {0};
        span_ms back = -1;
        units_add_span(&t, spans[i]);
        assert_true(settings_parse_span(text_get(&t), &back));
        assert_int_equal(back, spans[i]);
        text_deinit(&t);
    }
}

static void hours_go_beyond_midnight(void **state UNUSED)
{
    struct calendar_window w = {1, 2};

    assert_true(units_hours("05:00-27:00", &w));
    assert_int_equal(w.to_minute, 27 * 60);
    assert_true(units_hours("00:00-24:00", &w));
    assert_true(units_hours("24:00-48:00", &w));
    assert_false(units_hours("24:00-48:01", &w));
    assert_false(units_hours("05:00-05:00", &w));
    assert_false(units_hours("05:00-29:01", &w));
    assert_false(units_hours("22:00-05:00", &w));
    assert_false(units_hours("05:60-06:00", &w));
    assert_false(units_hours("5:00-6:00", &w));
    assert_false(units_hours("05:00-06:00x", &w));
}

static void weekdays_add_up_and_wrap_around(void **state UNUSED)
{
    uint8_t days = 0;

    assert_true(units_weekdays("mon-fri", &days));
    assert_int_equal(days, 0x3e);
    assert_true(units_weekdays("sun", &days));
    assert_int_equal(days, 0x3f);
    days = 0;
    assert_true(units_weekdays("sat-mon", &days));
    assert_int_equal(days, 0x43);
    assert_false(units_weekdays("Mon", &days));
    assert_false(units_weekdays("mon-", &days));
    assert_false(units_weekdays("monday", &days));
    assert_int_equal(days, 0x43);
}

static void dates_must_exist(void **state UNUSED)
{
    int32_t day = 42;

    assert_true(units_date("1970-01-02", &day) && day == 1);
    assert_true(units_date("2028-02-29", &day));
    assert_false(units_date("2026-02-29", &day));
    assert_false(units_date("2026-4-1", &day));
    assert_false(units_date("26-04-01", &day));
    assert_false(units_date("2026-04-01T", &day));
}

static void percentages_are_exact_to_a_thousandth(void **state UNUSED)
{
    uint32_t p = 42;

    assert_true(units_percent("99.9", &p) && p == 99900);
    assert_true(units_percent("99.995", &p) && p == 99995);
    assert_true(units_percent("100", &p) && p == 100000);
    assert_true(units_percent("0.001", &p) && p == 1);
    assert_false(units_percent("99.9995", &p));
    assert_false(units_percent("100.001", &p));
    assert_false(units_percent("0", &p));
    assert_false(units_percent("99,9", &p));
    assert_false(units_percent("99.", &p));
    assert_false(units_percent("-1", &p));
}

static void conditions_are_a_sign_and_a_finite_number(void **state UNUSED)
{
    struct condition c = {0};

    assert_false(condition_met(&c, 1));
    assert_true(condition_parse(">= 90", &c) && condition_met(&c, 90) && !condition_met(&c, 89.9));
    assert_true(condition_parse("<1", &c) && condition_met(&c, 0) && !condition_met(&c, 1));
    assert_true(condition_parse(" <= -1.5e3 ", &c) && condition_met(&c, -1500));
    assert_true(condition_parse("> 0", &c) && !condition_met(&c, 0) && condition_met(&c, 0.1));
    assert_true(condition_parse("== 2", &c) && condition_met(&c, 2) && !condition_met(&c, 3));
    assert_true(condition_parse("!= 0", &c) && condition_met(&c, 1) && !condition_met(&c, 0));
    assert_false(condition_met(&c, NAN));
    static const char *const bad[] = {"", "90", "=", "= 1", ">=", "> a", "> inf", "> nan", "> 0x10",
        "> 1 2", "> 1e999", "=> 1", "> 1%"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(condition_parse(bad[i], &c));
}

static void a_condition_prints_as_it_was_written(void **state UNUSED)
{
    static const char *const written[] = {
        ">= 90", "< 0.1", "!= 0", "== -3", "> 1099511627776", "< 81496883200"};
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        struct condition c;
        struct text t = {0};
        assert_true(condition_parse(written[i], &c));
        condition_add(&t, &c);
        assert_string_equal(text_get(&t), written[i]);
        text_deinit(&t);
    }
}

static void a_name_is_short_and_shows_itself(void **state UNUSED)
{
    assert_true(option_is_name("engine"));
    assert_true(option_is_name("連携基盤-1.本番"));
    assert_false(option_is_name(""));
    assert_false(option_is_name("a b"));
    assert_false(option_is_name("連携\xe3\x80\x80基盤"));
    assert_false(option_is_name("a/b"));
    assert_false(option_is_name("a\x1b"));
    assert_false(option_is_name("a\xe2\x80\xae"));
    assert_false(option_is_name("linkage.class_a"));
    assert_false(
        option_is_name("0123456789012345678901234567890123456789012345678901234567890123x"));
}

static void the_nearest_name_is_suggested_within_two_letters(void **state UNUSED)
{
    const struct option *const tables[] = {option_watch, option_agent, NULL};

    assert_string_equal(option_suggest(tables, "intervall"), "interval");
    assert_string_equal(option_suggest(tables, "intreval"), "interval");
    assert_string_equal(option_suggest(tables, "timezon"), "timezone");
    assert_null(option_suggest(tables, "colour"));
    assert_null(option_suggest(tables, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_need_a_unit),
        cmocka_unit_test(what_is_no_span_leaves_the_result_alone),
        cmocka_unit_test(sizes_are_powers_of_1024_and_never_overflow),
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(hours_go_beyond_midnight),
        cmocka_unit_test(weekdays_add_up_and_wrap_around),
        cmocka_unit_test(dates_must_exist),
        cmocka_unit_test(percentages_are_exact_to_a_thousandth),
        cmocka_unit_test(conditions_are_a_sign_and_a_finite_number),
        cmocka_unit_test(a_condition_prints_as_it_was_written),
        cmocka_unit_test(a_name_is_short_and_shows_itself),
        cmocka_unit_test(the_nearest_name_is_suggested_within_two_letters),
    };
    return cmocka_run_group_tests_name("settings/units", tests, NULL, NULL);
}
