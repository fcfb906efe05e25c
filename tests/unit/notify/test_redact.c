/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "notify/redact.h"
#include "settings/regex.h"
#include "unit.h"

enum { PATTERNS = 4 };

/* Settings with patterns of a test's own. */
struct fixture {
    struct redact_settings settings;
    struct regex *compiled[PATTERNS];
};

static void add_pattern(struct fixture *f, const char *pattern)
{
    struct text why = {0};
    f->settings.compiled = f->compiled;
    assert_true(f->settings.pattern_count < PATTERNS);
    assert_int_equal(regex_new(pattern, &why, &f->compiled[f->settings.pattern_count++]), 0);
    text_deinit(&why);
}

static void fixture_deinit(struct fixture *f)
{
    for (size_t i = 0; i < f->settings.pattern_count; i++)
        regex_free(f->compiled[i]);
}

static void assert_shown(const struct redact_settings *r, enum redact_source source,
    const char *text, const char *expected)
{
    char *shown = redact_text(r, source, text);
    char *again = redact_text(r, source, shown);
    assert_string_equal(shown, expected);
    assert_string_equal(again, expected);
    free(again);
    free(shown);
}

static void assert_record(const char *text, const char *expected)
{
    assert_shown(NULL, REDACT_RECORD, text, expected);
}

static void twelve_digits_in_a_row_are_hidden_and_others_stay(void **state UNUSED)
{
    assert_record("no 123456789012, 12345678901 and 1234567890123; end 999999999999",
        "no ************, 12345678901 and 1234567890123; end ************");
}

static void numbers_in_groups_of_four_are_hidden(void **state UNUSED)
{
    assert_record("(1234-5678-9012) 番号1234 5678 9012。 2345-6789-0123, 1234-5678-901, 2026-0415",
        "(****-****-****) 番号**** **** ****。 ****-****-****, 1234-5678-901, 2026-0415");
}

static void digits_of_full_width_are_hidden_too(void **state UNUSED)
{
    assert_record("個人番号１２３４５６７８９０１２、１２３４－５６７８－９０１２、１２３４　5678 "
                  "９０12 と１２３",
        "個人番号＊＊＊＊＊＊＊＊＊＊＊＊、＊＊＊＊－＊＊＊＊－＊＊＊＊、＊＊"
        "＊＊　**** ＊＊** と１２３");
}

static void quoted_data_is_hidden_and_quoted_names_stay(void **state UNUSED)
{
    assert_record("job 'ZEI-0012': '山田 太郎' of \"JUKI.CSV\", 「花子」",
        "job 'ZEI-0012': '***' of \"JUKI.CSV\", 「***」");
    assert_record(
        "Key (kojin_id)=(1234567) already exists.", "Key (kojin_id)=(***) already exists.");
    assert_record("can't read '１２３", "can't read '***");
    assert_record("no '123456789012' in '/renkei/123456789012.csv'",
        "no '***' in '/renkei/************.csv'");
}

static void what_people_quote_stays_but_for_numbers_and_patterns(void **state UNUSED)
{
    struct fixture f = {0};
    add_pattern(&f, "宛名番号=\\K\\d+");

    assert_shown(&f.settings, REDACT_PERSON, "「手順書」の 1234-5678-9012、宛名番号=00012345",
        "「手順書」の ****-****-****、宛名番号=***");
    fixture_deinit(&f);
}

static void patterns_hide_all_of_a_match_in_any_width(void **state UNUSED)
{
    struct fixture f = {0};
    add_pattern(&f, "宛名番号[=:]\\s*\\K\\d+");
    add_pattern(&f, "(?i)kojin-[a-z]+");

    assert_shown(&f.settings, REDACT_RECORD,
        "宛名番号=00012345 宛名番号: ００12、KOJIN-ABC と 00012345",
        "宛名番号=*** 宛名番号: ***、*** と 00012345");
    fixture_deinit(&f);
}

static void each_rule_can_be_turned_off(void **state UNUSED)
{
    const struct redact_settings no_numbers = {.numbers_shown = true};
    const struct redact_settings no_quotations = {.quotations_shown = true};

    assert_shown(&no_numbers, REDACT_RECORD, "123456789012 '山田'", "123456789012 '***'");
    assert_shown(&no_quotations, REDACT_RECORD, "123456789012 '山田'", "************ '山田'");
}

static void neighbours_that_are_hidden_become_one(void **state UNUSED)
{
    struct fixture f = {0};
    add_pattern(&f, "a.");

    assert_shown(&f.settings, REDACT_RECORD, "xabacad*y", "x***y");
    fixture_deinit(&f);
}

static void a_pattern_that_finds_what_another_pass_left_goes_on_until_there_is_nothing(
    void **state UNUSED)
{
    struct fixture f = {0};
    add_pattern(&f, ".{2}");

    assert_shown(&f.settings, REDACT_RECORD, "abc", "***");
    fixture_deinit(&f);
}

static void ignore_log(
    enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static void a_pattern_that_runs_into_its_limits_hides_all(void **state UNUSED)
{
    struct fixture f = {0};
    char hostile[4096];
    memset(hostile, 'a', sizeof hostile - 1);
    hostile[sizeof hostile - 1] = '\0';
    add_pattern(&f, "(?:a|aa)+[0-9]");
    log_set_sink(ignore_log);

    assert_shown(&f.settings, REDACT_RECORD, hostile, "***");

    log_set_sink(NULL);
    fixture_deinit(&f);
}

static void what_is_not_utf_8_becomes_so(void **state UNUSED)
{
    assert_record("bad \xff '\xe5\xb1' end", "bad \xef\xbf\xbd '***' end");
    assert_record(NULL, "");
}

static void a_field_is_hidden_where_its_record_hides_it(void **state UNUSED)
{
    struct fixture f = {0};
    add_pattern(&f, "宛名番号=\\K\\d+");
    const struct incident incident = {.text = TEXT("JOB-7 '山田 太郎' 宛名番号=00012345 rc=12"),
        .value = TEXT("JOB-7/山田 太郎/00012345/12")};
    const struct incident measured = {.value = TEXT("123456789012"), .threshold = TEXT("> 5")};
    const struct incident bare = {.value = TEXT("ZEI/123456789012")};

    char *value = redact_value(&f.settings, &incident);
    char *number = redact_value(&f.settings, &measured);
    char *without = redact_value(&f.settings, &bare);

    assert_string_equal(value, "JOB-7/***/***/12");
    assert_string_equal(number, "123456789012");
    assert_string_equal(without, "ZEI/************");
    free(value);
    free(number);
    free(without);
    fixture_deinit(&f);
}

static void a_bad_pattern_is_refused_with_the_place(void **state UNUSED)
{
    struct text why = {0};
    struct regex *r = NULL;

    assert_true(regex_new("(abc", &why, &r) < 0);
    assert_non_null(strstr(text_get(&why), "missing closing parenthesis at byte 5"));
    text_clear(&why);
    assert_true(regex_new("", &why, &r) < 0);
    assert_string_equal(text_get(&why), "1 to 1024 bytes are accepted");
    text_clear(&why);
    assert_true(regex_new("a\\C", &why, &r) < 0);
    text_deinit(&why);
}

/* ---- whatever comes ---------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Of what the rules look at, in any order. */
static void add_any(struct text *t, uint32_t *seed)
{
    static const char *const parts[] = {"'", "\"", "`", "「", "」", "『", "』", "“", "”", "‘", "’",
        "＂", "＇", "｢", "｣", "\\", "\\\"", "''", "=(", "(", ")", "VALUES (", "（", "）", "1234",
        "5678", "9012", "１２３４", "123456789012", "-", " ", "　", "－", "山田", "太郎", "a", "N",
        "can't", "job.csv", "\n", ",", "*", "***", "＊", "😀", "é"};
    uint32_t count = next_random(seed) % 40;
    for (uint32_t i = 0; i < count; i++)
        text_add(t, parts[next_random(seed) % (sizeof parts / sizeof parts[0])]);
}

static void whatever_comes_redacting_twice_changes_nothing_and_leaves_utf_8(void **state UNUSED)
{
    struct fixture f = {0};
    add_pattern(&f, "[^a*]\\d");
    add_pattern(&f, "田.");
    log_set_sink(ignore_log);

    for (uint32_t seed = 1, round = 0; round < 20000; round++) {
        struct text t = {0};
        uint32_t of_round = seed;
        add_any(&t, &seed);
        enum redact_source source = round % 3 == 0 ? REDACT_PERSON : REDACT_RECORD;
        char *once = redact_text(&f.settings, source, text_get(&t));
        char *twice = redact_text(&f.settings, source, once);
        if (strcmp(once, twice) != 0 || !text_is_utf8(once, strlen(once)))
            fail_msg("seed %u: \"%s\" -> \"%s\" -> \"%s\"", of_round, text_get(&t), once, twice);
        free(twice);
        free(once);
        text_deinit(&t);
    }

    log_set_sink(NULL);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twelve_digits_in_a_row_are_hidden_and_others_stay),
        cmocka_unit_test(numbers_in_groups_of_four_are_hidden),
        cmocka_unit_test(digits_of_full_width_are_hidden_too),
        cmocka_unit_test(quoted_data_is_hidden_and_quoted_names_stay),
        cmocka_unit_test(what_people_quote_stays_but_for_numbers_and_patterns),
        cmocka_unit_test(patterns_hide_all_of_a_match_in_any_width),
        cmocka_unit_test(each_rule_can_be_turned_off),
        cmocka_unit_test(neighbours_that_are_hidden_become_one),
        cmocka_unit_test(
            a_pattern_that_finds_what_another_pass_left_goes_on_until_there_is_nothing),
        cmocka_unit_test(a_pattern_that_runs_into_its_limits_hides_all),
        cmocka_unit_test(what_is_not_utf_8_becomes_so),
        cmocka_unit_test(a_field_is_hidden_where_its_record_hides_it),
        cmocka_unit_test(a_bad_pattern_is_refused_with_the_place),
        cmocka_unit_test(whatever_comes_redacting_twice_changes_nothing_and_leaves_utf_8),
    };
    return cmocka_run_group_tests_name("notify/redact", tests, NULL, NULL);
}
