/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "charset.h"
#include "record.h"
#include "siblings.h"
#include "spelling.h"
#include "stamp.h"
#include "unit.h"

struct decoded {
    char text[256];
    size_t used;
    enum charset_way way;
};

static struct decoded decode(const char *name, const char *bytes, size_t length, bool is_cut)
{
    struct decoded d;
    struct charset *c = NULL;
    assert_int_equal(charset_new(name, &c), 0);
    charset_decode(c, bytes, length, is_cut, d.text, sizeof d.text, &d.used, &d.way);
    charset_free(c);
    return d;
}
#define DECODE(NAME, BYTES) decode(NAME, BYTES, sizeof(BYTES) - 1, false)

static void an_unknown_encoding_is_refused(void **state UNUSED)
{
    struct charset *c = NULL;
    assert_true(charset_new("SHIFT_JIS", &c) < 0);
    assert_null(c);
}

static void everyday_words_with_a_backslash_for_second_byte_are_read(void **state UNUSED)
{
    struct decoded d = DECODE("CP932", "\x90\x5C\x90\xBF \x95\x5C \x83\x7C");

    assert_string_equal(d.text, "申請 表 ポ");
    assert_int_equal(d.way, CHARSET_AS_SAID);
}

static void a_line_of_another_encoding_is_read_as_that(void **state UNUSED)
{
    struct decoded utf8_in_cp932 = DECODE("CP932", "連携エラー");
    struct decoded cp932_in_utf8 = DECODE("UTF-8", "\x8E\xE6\x8D\x9E");

    assert_string_equal(utf8_in_cp932.text, "連携エラー");
    assert_int_equal(utf8_in_cp932.way, CHARSET_UTF8);
    assert_string_equal(cp932_in_utf8.text, "取込");
    assert_int_equal(cp932_in_utf8.way, CHARSET_CP932);
}

static void bytes_that_belong_nowhere_become_replacement_characters(void **state UNUSED)
{
    struct decoded d = DECODE("UTF-8", "a\xFF\x62\xE3\x81");

    assert_string_equal(d.text, "a\xEF\xBF\xBD"
                                "b\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_int_equal(d.way, CHARSET_REPLACED);
}

static void overlong_and_surrogate_utf8_is_not_utf8(void **state UNUSED)
{
    assert_int_equal(DECODE("UTF-8", "\xC0\xAF\xFF").way, CHARSET_REPLACED);
    assert_int_equal(DECODE("UTF-8", "\xED\xA0\x80\xFF").way, CHARSET_REPLACED);
    assert_int_equal(DECODE("UTF-8", "\xF5\x80\x80\x80").way, CHARSET_REPLACED);
}

static void a_character_cut_at_the_end_of_a_cut_line_is_no_fault(void **state UNUSED)
{
    struct decoded utf8 = decode("UTF-8", "ab\xE9\x80", 4, true);
    struct decoded cp932 = decode("CP932", "\x90\x5C\x90", 3, true);

    assert_string_equal(utf8.text, "ab");
    assert_int_equal(utf8.way, CHARSET_AS_SAID);
    assert_int_equal(utf8.used, 2);
    assert_string_equal(cp932.text, "申");
    assert_int_equal(cp932.way, CHARSET_AS_SAID);
}

static void text_that_does_not_fit_ends_at_a_characters_border(void **state UNUSED)
{
    struct charset *c = NULL;
    char text[8];
    size_t used;
    assert_int_equal(charset_new("CP932", &c), 0);

    size_t length =
        charset_decode(c, "\x90\x5C\x90\xBF\x95\x5C", 6, false, text, sizeof text, &used, NULL);
    charset_free(c);

    assert_string_equal(text, "申請");
    assert_int_equal(length, 6);
    assert_int_equal(used, 4);
}

static void long_lines_are_converted_across_the_inner_buffer(void **state UNUSED)
{
    struct charset *c = NULL;
    static char bytes[4001], text[16384];
    size_t used;
    enum charset_way way;
    bytes[0] = 'x';
    for (size_t i = 1; i < 4001; i += 2)
        memcpy(bytes + i, "\x90\x5C", 2);
    assert_int_equal(charset_new("CP932", &c), 0);

    size_t length = charset_decode(c, bytes, sizeof bytes, false, text, sizeof text, &used, &way);
    charset_free(c);

    assert_int_equal(length, 1 + 2000 * 3);
    assert_int_equal(way, CHARSET_AS_SAID);
}

static void wave_dashes_and_minus_signs_are_one(void **state UNUSED)
{
    char text[] = "〜−‖—";

    charset_normalise(text, strlen(text));

    assert_string_equal(text, "～－∥―");
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The forms of @text as hexadecimal, in the order of their bytes, parted by spaces. */
static const char *forms(const char *charset, const char *text)
{
    static char out[SPELLINGS_MAX * (2 * SPELLING_BYTES_MAX + 2)];
    char all[SPELLINGS_MAX][2 * SPELLING_BYTES_MAX + 2];
    struct spelling *s = NULL;
    struct spellings found;

    assert_int_equal(spelling_new(charset, &s), 0);
    bool is_known = spelling_of(s, text, strlen(text), &found);
    spelling_free(s);
    if (!is_known)
        return "unknown";
    for (size_t i = 0; i < found.count; i++) {
        for (size_t k = 0; k < found.all[i].length; k++)
            sprintf(all[i] + 2 * k, "%02x", (unsigned char)found.all[i].bytes[k]);
        all[i][2 * found.all[i].length] = '\0';
    }
    qsort(all, found.count, sizeof all[0], compare_texts);
    out[0] = '\0';
    for (size_t i = 0; i < found.count; i++)
        strcat(strcat(out, i > 0 ? " " : ""), all[i]);
    return out;
}

static void a_text_is_known_in_all_its_spellings(void **state UNUSED)
{
    assert_string_equal(forms("CP932", "申請"), "905c90bf");
    assert_string_equal(forms("CP932", "rc="), "72633d");
    assert_string_equal(forms("CP932", "髙"), "eee0 fbfc");
    assert_string_equal(forms("CP932", "①"), "8740");
    assert_string_equal(forms("CP932", "Ⅰⅰ"), "8754eeef 8754fa40 fa4aeeef fa4afa40");
    assert_string_equal(forms("CP932", "∵"), "81e6 879a fa5b");
    assert_string_equal(forms("CP932", "～"), "8160");
    assert_string_equal(forms("UTF-8", "a～"), "61e3809c 61efbd9e");
    assert_string_equal(forms("EUC-JP-MS", "申請"), "bfbdc0c1");
    assert_string_equal(forms("EUC-JP-MS", "ｱ"), "8eb1");
}

static void what_an_encoding_has_no_code_for_has_no_spelling(void **state UNUSED)
{
    assert_string_equal(forms("CP932", "a🙂"), "");
    assert_string_equal(forms("CP932", "a\xEF\xBF\xBD"), "unknown");
    struct spelling *s = NULL;
    assert_int_equal(spelling_new("ISO-2022-JP", &s), -EINVAL);
}

/* Each code that is read as a character is among the spellings of that character. */
static void every_code_is_a_spelling_of_what_it_is_read_as(void **state UNUSED)
{
    static const char *const names[] = {"CP932", "EUC-JP-MS"};
    unsigned seen = 0;

    for (int n = 0; n < 2; n++) {
        struct charset *c = NULL;
        struct spelling *s = NULL;
        assert_int_equal(charset_new(names[n], &c), 0);
        assert_int_equal(spelling_new(names[n], &s), 0);
        for (unsigned code = 0x8140; code <= 0xFEFE; code++) {
            char bytes[] = {(char)(code >> 8), (char)code}, text[16];
            struct spellings found;
            enum charset_way way;
            size_t used,
                length = charset_decode(c, bytes, 2, false, text, sizeof text, &used, &way);
            if (bytes[1] == '\0' || way != CHARSET_AS_SAID || !spelling_of(s, text, length, &found))
                continue;
            bool is_there = false;
            for (size_t i = 0; i < found.count; i++)
                is_there |= found.all[i].length == 2 && memcmp(found.all[i].bytes, bytes, 2) == 0;
            if (!is_there)
                fail_msg("%s: %04x is not among the spellings of %s", names[n], code, text);
            seen++;
        }
        spelling_free(s);
        charset_free(c);
    }
    assert_true(seen > 14000);
}

static void a_record_holds_no_more_than_its_maximum_and_counts_the_rest(void **state UNUSED)
{
    struct record r;
    char out[128];
    assert_int_equal(record_init(&r, 10), 0);

    record_add(&r, "first", 5, 0, 100, 106);
    record_add(&r, "申請書", 9, 0, 106, 116);
    record_add(&r, "third", 5, 7, 116, 130);

    assert_string_equal(r.text, "first\n申");
    assert_int_equal(r.cut, 6 + 5 + 7);
    assert_int_equal(r.begin, 100);
    assert_int_equal(r.end, 130);
    record_summary(&r, out, sizeof out);
    assert_string_equal(out, "first [truncated 18]");
    record_deinit(&r);
}

static uint64_t fingerprint_of(const char *text)
{
    struct record r;
    assert_int_equal(record_init(&r, 4096), 0);
    record_add(&r, text, strlen(text), 0, 0, 0);
    uint64_t f = record_fingerprint(&r);
    record_deinit(&r);
    return f;
}

static void the_same_failure_has_the_same_fingerprint(void **state UNUSED)
{
    uint64_t one = fingerprint_of("head\njava.io.IOException: a\n\tat x.Y.z(Y.java:1)\n");
    uint64_t same = fingerprint_of("other\njava.io.IOException: b\n\tat x.Y.z(Y.java:99)\n");
    uint64_t other = fingerprint_of("head\njava.io.IOException: a\n\tat x.Y.q(Y.java:1)\n");

    assert_true(one == same);
    assert_true(one != other);
    assert_true(fingerprint_of("no trace\nat all") == 0);
}

static void only_names_of_a_rotation_are_siblings(void **state UNUSED)
{
    assert_true(sibling_name("app.log", "app.log.1"));
    assert_true(sibling_name("app.log", "app.log-20260415"));
    assert_true(sibling_name("app.log", "app-20260415.log"));
    assert_true(sibling_name("app.log", "app.log.2026-04-15_01"));
    assert_false(sibling_name("app.log", "app.log"));
    assert_false(sibling_name("app.log", "app.log.bak"));
    assert_false(sibling_name("app.log", "app-old.log"));
    assert_false(sibling_name("app.log", "b.log.1"));
    assert_false(sibling_name("app.log", "app.log."));
}

static void a_record_tells_when_it_happened(void **state UNUSED)
{
    int64_t at_ms = 0;
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();

    assert_true(stamp_read("%Y-%m-%d %H:%M:%S", "2026-04-15 01:05:09,870 [ERROR]", 0, &at_ms));
    assert_true(at_ms == 1776182709870);
    assert_true(stamp_read("%Y-%m-%dT%H:%M:%S%z", "2026-04-14T16:05:09+0000", 0, &at_ms));
    assert_true(at_ms == 1776182709000);
    assert_false(stamp_read("%Y-%m-%d %H:%M:%S", "yesterday", 0, &at_ms));
    unsetenv("TZ");
    tzset();
}

static void a_date_without_a_year_gets_the_one_nearest_to_the_file(void **state UNUSED)
{
    const int64_t new_year_2026_ms = 1767225600000, day_ms = 86400000;
    int64_t at_ms = 0;

    assert_true(stamp_read("%b %d %H:%M:%S", "Dec 31 23:59:59", new_year_2026_ms + 5000, &at_ms));
    assert_true(llabs(at_ms - new_year_2026_ms) < 2 * day_ms);
    assert_true(stamp_read("%b %d %H:%M:%S", "Jan  1 00:00:01", new_year_2026_ms - 5000, &at_ms));
    assert_true(llabs(at_ms - new_year_2026_ms) < 2 * day_ms);
}

static void a_format_needs_a_day_and_an_hour(void **state UNUSED)
{
    assert_true(stamp_format_valid("%b %d %H:%M:%S"));
    assert_true(stamp_format_valid("%s"));
    assert_false(stamp_format_valid("%H:%M"));
    assert_false(stamp_format_valid("2026"));
    assert_false(stamp_format_valid("%"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_encoding_is_refused),
        cmocka_unit_test(everyday_words_with_a_backslash_for_second_byte_are_read),
        cmocka_unit_test(a_line_of_another_encoding_is_read_as_that),
        cmocka_unit_test(bytes_that_belong_nowhere_become_replacement_characters),
        cmocka_unit_test(overlong_and_surrogate_utf8_is_not_utf8),
        cmocka_unit_test(a_character_cut_at_the_end_of_a_cut_line_is_no_fault),
        cmocka_unit_test(text_that_does_not_fit_ends_at_a_characters_border),
        cmocka_unit_test(long_lines_are_converted_across_the_inner_buffer),
        cmocka_unit_test(wave_dashes_and_minus_signs_are_one),
        cmocka_unit_test(a_text_is_known_in_all_its_spellings),
        cmocka_unit_test(what_an_encoding_has_no_code_for_has_no_spelling),
        cmocka_unit_test(every_code_is_a_spelling_of_what_it_is_read_as),
        cmocka_unit_test(a_record_holds_no_more_than_its_maximum_and_counts_the_rest),
        cmocka_unit_test(the_same_failure_has_the_same_fingerprint),
        cmocka_unit_test(a_record_tells_when_it_happened),
        cmocka_unit_test(a_date_without_a_year_gets_the_one_nearest_to_the_file),
        cmocka_unit_test(a_format_needs_a_day_and_an_hour),
        cmocka_unit_test(only_names_of_a_rotation_are_siblings),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog charset", tests, NULL, NULL);
}
