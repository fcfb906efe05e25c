/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "notify/render.h"
#include "unit.h"

static const struct manner english = {.language = LANGUAGE_EN};
static const struct manner japanese = {.language = LANGUAGE_JA};

static void a_broken_limit_is_told_with_value_and_limit(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("disk"), TEXT("/var"), TEXT("used_percent")},
        .severity = SEVERITY_CRITICAL,
        .value = TEXT("96"),
        .threshold = TEXT(">= 95")};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, &english);
    assert_string_equal(notice.text, "[critical] disk (/var): used_percent is 96 (limit >= 95)");
    render_incident(&notice, &incident, &japanese);
    assert_string_equal(notice.text, "【異常】disk (/var): used_percent が 96 です（条件 >= 95）");
    notice_deinit(&notice);
}

static void what_a_log_said_cannot_break_the_line_or_carry_a_number_out(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("transfer-log"), TEXT(""), TEXT("failure")},
        .severity = SEVERITY_CRITICAL,
        .text = TEXT("宛名\n<34>1 forged 123456789012")};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, &english);

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

    render_incident(&notice, &incident, &english);

    assert_string_equal(notice.text, "[cleared] engine: running is good again after 1:02:03");
    notice_deinit(&notice);
}

static void a_call_of_the_city_is_told_in_its_words_and_its_end_with_the_reason(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("renkei"), TEXT(""), TEXT("call")},
        .severity = SEVERITY_CRITICAL,
        .flags = INCIDENT_CITY,
        .called_at = {.wall = 1, .boot = 1},
        .text = TEXT("画面が開かない"),
        .closed_reason = TEXT("庁内 LAN の障害")};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, &japanese);
    assert_string_equal(
        notice.text, "【異常】renkei: 市から障害の連絡がありました: 画面が開かない");
    notice.kind = NOTICE_CLEARED;
    render_incident(&notice, &incident, &japanese);
    assert_string_equal(
        notice.text, "【終了】renkei: 市からの連絡の件を担当者が終了しました: 庁内 LAN の障害");
    notice_deinit(&notice);
}

static void what_is_back_says_for_the_how_many_th_time(void **state UNUSED)
{
    struct incident incident = {.of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .severity = SEVERITY_CRITICAL,
        .value = TEXT("0"),
        .threshold = TEXT("< 1"),
        .recurrence = 3,
        .recurrence_of = 12};
    struct notice notice = {.kind = NOTICE_RAISED};

    render_incident(&notice, &incident, &japanese);

    assert_string_equal(notice.text,
        "【異常】engine: running が 0 です（条件 < 1）（再発 3 回目、前回はインシデント 12）");
    notice_deinit(&notice);
}

static void a_first_report_is_asked_for_with_what_to_do(void **state UNUSED)
{
    struct incident incident = {.id = 7, .of = {TEXT("engine"), TEXT(""), TEXT("running")}};
    struct notice notice = {.kind = NOTICE_REMINDER};

    render_report_due(&notice, &incident, 15 * 60000, 30 * 60000, &japanese);
    assert_string_equal(notice.text,
        "【第一報】engine: 市への第一報が未報告のまま 15 分経過しました（期限 30 分）。"
        "報告したら hashimori incident reported 7 を実行してください");
    render_report_due(&notice, &incident, 30 * 60000, 30 * 60000, &english);
    assert_string_equal(notice.text,
        "[first report overdue] engine: all 30 minutes have passed and the city was not told; when "
        "it was: hashimori incident reported 7");
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

    render_incident(&notice, &incident, &japanese);

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

    render_incident(&notice, &incident, &english);

    assert_string_equal(notice.text, "[blind] disk (/mnt) cannot be watched: permission denied");
    notice_deinit(&notice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_limit_is_told_with_value_and_limit),
        cmocka_unit_test(what_a_log_said_cannot_break_the_line_or_carry_a_number_out),
        cmocka_unit_test(a_cleared_incident_tells_how_long_it_was_bad),
        cmocka_unit_test(a_call_of_the_city_is_told_in_its_words_and_its_end_with_the_reason),
        cmocka_unit_test(what_is_back_says_for_the_how_many_th_time),
        cmocka_unit_test(a_first_report_is_asked_for_with_what_to_do),
        cmocka_unit_test(a_sentence_is_cut_between_characters),
        cmocka_unit_test(what_could_not_be_looked_at_is_not_called_down),
    };
    return cmocka_run_group_tests_name("notify/render", tests, NULL, NULL);
}
