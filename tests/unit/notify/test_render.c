/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "notify/render.h"
#include "unit.h"

static void twelve_digits_in_a_row_are_hidden_and_others_stay(void **state UNUSED)
{
    char text[] = "no 123456789012, 12345678901 and 1234567890123; end 999999999999";

    render_redact(text);

    assert_string_equal(text, "no ************, 12345678901 and 1234567890123; end ************");
}

static void a_broken_limit_is_told_with_value_and_limit(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("disk"), TEXT("/var"), TEXT("used_percent")},
        .severity = SEVERITY_CRITICAL,
        .value = TEXT("96"),
        .threshold = TEXT(">= 95")};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, LANGUAGE_EN);
    assert_string_equal(notice.text, "[critical] disk (/var): used_percent is 96 (limit >= 95)");
    render_incident(&notice, &incident, LANGUAGE_JA);
    assert_string_equal(notice.text, "【異常】disk (/var): used_percent が 96 です（条件 >= 95）");
    notice_deinit(&notice);
}

static void what_a_log_said_cannot_break_the_line_or_carry_a_number_out(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("transfer-log"), TEXT(""), TEXT("failure")},
        .severity = SEVERITY_CRITICAL,
        .text = TEXT("宛名\n<34>1 forged 123456789012")};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, LANGUAGE_EN);

    assert_null(strchr(notice.text, '\n'));
    assert_non_null(strstr(notice.text, "\\x{a}<34>1 forged ************"));
    notice_deinit(&notice);
}

static void a_cleared_incident_tells_how_long_it_was_bad(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .failed_at = {.wall = 1000, .boot = 5000},
        .recovered_at = {.wall = 1000, .boot = 5000 + 3723 * 1000}};
    struct notice notice = {.kind = NOTICE_CLEARED};

    render_incident(&notice, &incident, LANGUAGE_EN);

    assert_string_equal(notice.text, "[cleared] engine: running is good again after 1:02:03");
    notice_deinit(&notice);
}

static void a_sentence_is_cut_between_characters(void **state UNUSED)
{
    char words[4096];
    for (size_t i = 0; i + 3 < sizeof words; i += 3)
        memcpy(words + i, "連", 4);
    struct incident incident = {.of = {TEXT("log"), TEXT(""), TEXT("failure")},
        .severity = SEVERITY_WARNING,
        .text = words};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, LANGUAGE_JA);

    assert_true(strlen(notice.text) <= 1024 && strlen(notice.text) > 1000);
    assert_true(text_is_utf8(notice.text, strlen(notice.text)));
    notice_deinit(&notice);
}

static void what_could_not_be_looked_at_is_not_called_down(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("disk"), TEXT("/mnt"), TEXT("used_percent")},
        .severity = SEVERITY_BLIND,
        .flags = INCIDENT_BLIND,
        .text = TEXT("permission denied")};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, LANGUAGE_EN);

    assert_string_equal(notice.text, "[blind] disk (/mnt) cannot be watched: permission denied");
    notice_deinit(&notice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twelve_digits_in_a_row_are_hidden_and_others_stay),
        cmocka_unit_test(a_broken_limit_is_told_with_value_and_limit),
        cmocka_unit_test(what_a_log_said_cannot_break_the_line_or_carry_a_number_out),
        cmocka_unit_test(a_cleared_incident_tells_how_long_it_was_bad),
        cmocka_unit_test(a_sentence_is_cut_between_characters),
        cmocka_unit_test(what_could_not_be_looked_at_is_not_called_down),
    };
    return cmocka_run_group_tests_name("notify/render", tests, NULL, NULL);
}
