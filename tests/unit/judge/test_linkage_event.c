/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_event.h"

#include <stdio.h>

#include "base/civil.h"
#include "unit.h"

static char records[] = "records", date[] = "date", result[] = "result", zero[] = "0", four[] = "4";
static char *good[] = {zero, four};

static struct linkage_settings settings(void)
{
    return (struct linkage_settings){.records_field = records,
        .date_field = date,
        .result_field = result,
        .ok = good,
        .ok_count = 2};
}

static struct reading with(struct field *field, const char *name, const char *value)
{
    *field = (struct field){(char *)(uintptr_t)name, (char *)(uintptr_t)value};
    return (struct reading){.kind = READING_EVENT, .fields = field, .field_count = 1};
}

static int64_t records_of(const char *name, const char *value)
{
    struct linkage_settings s = settings();
    struct field f;
    struct reading r = with(&f, name, value);
    return linkage_event_records(&s, &r);
}

static void records_are_a_whole_number_or_unknown(void **state UNUSED)
{
    assert_int_equal(records_of("records", "0000001284"), 1284);
    assert_int_equal(records_of("records", "0"), 0);
    assert_int_equal(records_of("records", "999999999999999999"), 999999999999999999);
    assert_int_equal(records_of("records", "1000000000000000000"), -1);
    assert_int_equal(records_of("records", ""), -1);
    assert_int_equal(records_of("records", "12 "), -1);
    assert_int_equal(records_of("records", "-1"), -1);
    assert_int_equal(records_of("other", "12"), -1);
}

static void a_file_without_a_byte_has_no_record(void **state UNUSED)
{
    assert_int_equal(records_of("bytes", "0"), 0);
    assert_int_equal(records_of("bytes", "1"), -1);
}

/* "2026-04-15" of the day found; "" for none. */
static const char *day_of(char ret[16], const char *value)
{
    struct linkage_settings s = settings();
    struct field f;
    struct reading r = with(&f, "date", value);
    int32_t day;
    ret[0] = '\0';
    if (linkage_event_date(&s, &r, &day)) {
        struct civil_date d = civil_date_of(day);
        snprintf(ret, 16, "%04d-%02u-%02u", (int)d.year, d.month, d.day);
    }
    return ret;
}

static void a_date_is_found_in_a_name(void **state UNUSED)
{
    static const char *const named[] = {"20260415", "ZEI-0012_20260415_001.csv", "2026-04-15",
        "2026/04/15 03:00", "x2026-04-15T10", "99999999_20260415", "2026-04-31 20260415",
        "202604150_2026-04-15", "12-2026/04/15"};
    char text[16];
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        assert_string_equal(day_of(text, named[i]), "2026-04-15");
}

static void what_is_no_date_is_not_taken_for_one(void **state UNUSED)
{
    static const char *const none[] = {"", "2026", "202604", "20260431", "202604150", "2026-04/15",
        "2026-4-15", "2026-04-1", "2026-04-155", "20x60415", "2026x0415", "20261301", "20260400",
        "2026-0x-15", "2026-04-x5", "2"};
    char text[16];
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_string_equal(day_of(text, none[i]), "");
}

static bool is_good(const char *name, const char *value)
{
    struct linkage_settings s = settings();
    struct field f;
    struct reading r = with(&f, name, value);
    return linkage_event_is_good(&s, &r);
}

static void a_result_is_good_if_it_is_listed_or_absent(void **state UNUSED)
{
    assert_true(is_good("result", "0"));
    assert_true(is_good("result", "4"));
    assert_false(is_good("result", "8"));
    assert_false(is_good("result", ""));
    assert_true(is_good("other", "8"));
    struct linkage_settings silent = {0};
    struct field f;
    struct reading r = with(&f, "result", "8");
    assert_true(linkage_event_is_good(&silent, &r));
    assert_string_equal(linkage_event_field(&r, NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_a_whole_number_or_unknown),
        cmocka_unit_test(a_file_without_a_byte_has_no_record),
        cmocka_unit_test(a_date_is_found_in_a_name),
        cmocka_unit_test(what_is_no_date_is_not_taken_for_one),
        cmocka_unit_test(a_result_is_good_if_it_is_listed_or_absent),
    };
    return cmocka_run_group_tests_name("judge/linkage_event", tests, NULL, NULL);
}
