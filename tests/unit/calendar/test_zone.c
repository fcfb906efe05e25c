/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

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

/* ---- zone files (RFC 8536) --------------------------------------------------------------- */

struct zone_file {
    unsigned char bytes[512];
    size_t length;
};

static void add_bytes(struct zone_file *f, const void *bytes, size_t count)
{
    assert_true(f->length + count <= sizeof f->bytes);
    memcpy(f->bytes + f->length, bytes, count);
    f->length += count;
}

static void add_number(struct zone_file *f, int64_t number, size_t width)
{
    for (size_t i = width; i > 0; i--) {
        unsigned char byte = (unsigned char)((uint64_t)number >> (i - 1) * 8 & 0xff);
        add_bytes(f, &byte, 1);
    }
}

static void add_header(struct zone_file *f, char version, int times, int types)
{
    const int counts[] = {0, 0, 0, times, types, 4};
    char rest[16] = {0};
    rest[0] = version;
    add_bytes(f, "TZif", 4);
    add_bytes(f, rest, 16);
    for (size_t i = 0; i < 6; i++)
        add_number(f, counts[i], 4);
}

/* Two changes, one hour east and two; each number in @width bytes. */
static void add_block(struct zone_file *f, size_t width)
{
    static const unsigned char indexes[] = {1, 0};
    add_number(f, 1000000000, width);
    add_number(f, 1100000000, width);
    add_bytes(f, indexes, 2);
    for (int type = 0; type < 2; type++) {
        add_number(f, 3600 * (type + 1), 4);
        add_bytes(f, "\0\0", 2);
    }
    add_bytes(f, "CET", 4);
}

/* FOOTER_AT: where the line that tells of later times begins. */
enum { SECOND_AT = 44 + 26, BLOCK_AT = SECOND_AT + 44, FOOTER_AT = BLOCK_AT + 34 };

static struct zone_file zone_file(const char *footer)
{
    struct zone_file f = {.length = 0};
    add_header(&f, '2', 2, 2);
    add_block(&f, 4);
    add_header(&f, '2', 2, 2);
    add_block(&f, 8);
    assert_int_equal(f.length, FOOTER_AT);
    add_bytes(&f, footer, strlen(footer));
    return f;
}

static int read_bytes(const struct zone_file *f, struct zone **ret)
{
    return zone_from_bytes(f->bytes, f->length, ret);
}

static void a_zone_file_is_read_with_its_changes_and_what_comes_later(void **state UNUSED)
{
    struct zone_file f = zone_file("\nJST-9\n"), open_end = zone_file("\n\n");
    struct zone *z = NULL, *open = NULL;

    assert_int_equal(read_bytes(&f, &z), 0);
    assert_int_equal(read_bytes(&open_end, &open), 0);

    assert_int_equal(zone_offset(z, INT64_C(999999999) * 1000), 3600);
    assert_int_equal(zone_offset(z, INT64_C(1000000000) * 1000), 7200);
    assert_int_equal(zone_offset(z, INT64_C(1099999999) * 1000), 7200);
    assert_int_equal(zone_offset(z, INT64_C(1200000000) * 1000), 9 * 3600);
    assert_int_equal(zone_offset(open, INT64_C(1200000000) * 1000), 3600);
    zone_free(z);
    zone_free(open);
}

static void a_file_of_the_first_version_is_read(void **state UNUSED)
{
    struct zone_file f = {.length = 0};
    struct zone *z = NULL;
    add_header(&f, '\0', 2, 2);
    add_block(&f, 4);

    assert_int_equal(read_bytes(&f, &z), 0);

    assert_int_equal(zone_offset(z, INT64_C(1050000000) * 1000), 7200);
    zone_free(z);
}

static void a_file_that_was_cut_off_anywhere_is_refused(void **state UNUSED)
{
    struct zone_file f = zone_file("\nJST-9\n");
    size_t whole = f.length;
    for (f.length = 0; f.length < whole; f.length++) {
        struct zone *untouched = NULL;
        assert_int_equal(read_bytes(&f, &untouched), CALENDAR_E_ZONE);
        assert_null(untouched);
    }
}

static void what_does_not_fit_together_is_refused(void **state UNUSED)
{
    static const struct {
        size_t at;
        unsigned char byte;
        const char *what;
    } wrong[] = {{0, 't', "magic"}, {SECOND_AT, 'x', "second magic"},
        {SECOND_AT + 39, 0, "no type at all"}, {SECOND_AT + 36, 0xff, "types without an end"},
        {SECOND_AT + 32, 0x7f, "more changes than bytes"}, {36, 1, "more types than bytes"},
        {BLOCK_AT, 0x7f, "changes that go back"}, {BLOCK_AT + 16, 2, "a type that is none"},
        {BLOCK_AT + 18, 0x7f, "an offset of years east"},
        {BLOCK_AT + 24, 0x80, "an offset of years west"},
        {FOOTER_AT, ' ', "no line of later times"}, {FOOTER_AT + 1, '7', "a rule that is none"},
        {FOOTER_AT + 6, '5', "a line without an end"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct zone_file f = zone_file("\nJST-9\n");
        struct zone *untouched = NULL;
        f.bytes[wrong[i].at] = wrong[i].byte;
        if (read_bytes(&f, &untouched) != CALENDAR_E_ZONE)
            fail_msg("%s is taken", wrong[i].what);
    }
}

static void no_byte_of_a_file_may_do_harm(void **state UNUSED)
{
    static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
    const struct zone_file sound = zone_file("\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    for (size_t at = 0; at < sound.length; at++)
        for (size_t v = 0; v < sizeof values; v++) {
            struct zone_file f = sound;
            struct zone *z = NULL;
            f.bytes[at] = values[v];
            if (read_bytes(&f, &z) != 0)
                continue;
            int32_t offset = zone_offset(z, INT64_C(1776243600000));
            assert_in_range(offset + 200000, 0, 400000);
            zone_free(z);
        }
}

int main(void)
{
    const struct CMUnitTest always[] = {
        cmocka_unit_test(a_zone_file_is_read_with_its_changes_and_what_comes_later),
        cmocka_unit_test(a_file_of_the_first_version_is_read),
        cmocka_unit_test(a_file_that_was_cut_off_anywhere_is_refused),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(no_byte_of_a_file_may_do_harm),
        cmocka_unit_test(utc_and_tokyo_are_always_there),
        cmocka_unit_test(a_zone_that_is_none_is_an_outcome),
        cmocka_unit_test(a_local_time_becomes_its_instant),
        cmocka_unit_test(the_local_day_changes_at_local_midnight),
    };
    const struct CMUnitTest with_tzdata[] = {
        cmocka_unit_test(a_zone_file_is_read_with_its_changes_and_what_comes_later),
        cmocka_unit_test(a_file_of_the_first_version_is_read),
        cmocka_unit_test(a_file_that_was_cut_off_anywhere_is_refused),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(no_byte_of_a_file_may_do_harm),
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
