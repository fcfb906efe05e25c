/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/shogai.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "unit.h"

static struct moment at(const char *time)
{
    char whole[TEXT_TIME_BYTES];
    wall_ms wall = 0;
    snprintf(whole, sizeof whole, "2026-04-15T%s+09:00", time);
    assert_true(text_parse_time(whole, &wall));
    return (struct moment){wall, wall};
}

/* The worked example: the city calls first, the agent detects, people report. */
static struct text report_with(bool is_interim, enum language language, uint32_t flags)
{
    struct field written[] = {
        {TEXT("impact"), TEXT("税の連携 3 業務")}, {TEXT("guess"), TEXT("ディスク不足か")}};
    struct incident i = {.id = 7,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .called_at = at("09:00:00"),
        .called_text = TEXT("画面が開かない"),
        .failed_at = at("09:19:00"),
        .detected_at = at("09:20:00"),
        .reported_at = at("09:28:00"),
        .recovered_at = at("10:05:00"),
        .cleared_at = at("10:05:00"),
        .notified_at = flags != 0 ? at("09:21:00") : (struct moment){0},
        .flags = INCIDENT_CITY | INCIDENT_LATE_DETECTION | flags,
        .value = TEXT("0"),
        .threshold = TEXT("< 1"),
        .text = TEXT("pid 4711\n123456789012"),
        .recurrence = 2,
        .recurrence_of = 5,
        .written = written,
        .written_count = 2};
    struct shogai_note notes[] = {{at("09:40:00").wall, "sato", "再起動した"}};
    struct shogai s = {.incident = &i,
        .notes = notes,
        .note_count = 1,
        .host = "renkei01",
        .now = at("11:00:00").wall,
        .is_interim = is_interim};
    struct zone *zone = NULL;
    struct text t = {0};
    assert_int_equal(zone_new("Asia/Tokyo", &zone), 0);
    s.zone = zone;
    shogai_text(&s, language, &t);
    zone_free(zone);
    return t;
}

static struct text report(bool is_interim, enum language language)
{
    return report_with(is_interim, language, 0);
}

static void what_was_only_sent_is_not_called_accepted(void **state UNUSED)
{
    struct text t = report_with(false, LANGUAGE_JA, INCIDENT_UNCONFIRMED);

    assert_non_null(strstr(text_get(&t), "通知を送信（到達は未確認）"));
    assert_null(strstr(text_get(&t), "受信側が受理"));
    text_deinit(&t);
}

static void the_draft_has_every_item_with_facts_and_what_people_wrote_apart(void **state UNUSED)
{
    struct text t = report(false, LANGUAGE_JA);

    assert_string_equal(text_get(&t), "障害報告書（案）\n"
                                      "管理番号: renkei01-7\n"
                                      "作成日時: 2026-04-15 11:00:00\n"
                                      "\n1. 発生日時\n"
                                      "   記録: 2026-04-15 09:19:00 最初に異常を観測\n"
                                      "   記録: 2026-04-15 09:00:00 市から連絡「画面が開かない」\n"
                                      "   記入: ＿＿＿＿＿＿＿＿＿＿\n"
                                      "\n2. 内容\n"
                                      "   記録: engine の running が 0 でした（異常の条件 < 1）\n"
                                      "   記録: メッセージ: pid 4711\\x{a}************\n"
                                      "   記入: ＿＿＿＿＿＿＿＿＿＿\n"
                                      "\n3. 影響範囲\n"
                                      "   記録: サービス renkei\n"
                                      "   記録: 継続時間 0:46:00（時:分:秒）\n"
                                      "   記入: 税の連携 3 業務\n"
                                      "\n4. 復旧の期限\n"
                                      "   記入: ＿＿＿＿＿＿＿＿＿＿\n"
                                      "\n5. 対応状況\n"
                                      "   記録: 2026-04-15 09:28:00 市へ第一報\n"
                                      "   記録: 2026-04-15 09:40:00 sato: 再起動した\n"
                                      "   記録: 2026-04-15 10:05:00 回復\n"
                                      "   記入: ＿＿＿＿＿＿＿＿＿＿\n"
                                      "\n6. 再発防止策\n"
                                      "   記録: 90 日以内の再発 2 回目（前回はインシデント 5）\n"
                                      "   記入: ＿＿＿＿＿＿＿＿＿＿\n"
                                      "\n7. 検知方法\n"
                                      "   記録: 市からの連絡\n"
                                      "   記録: 2026-04-15 09:20:00 監視（hashimori）が検知\n"
                                      "   記録: 検知遅れ（市からの連絡より後に検知）\n"
                                      "   記入: ＿＿＿＿＿＿＿＿＿＿\n"
                                      "\n8. 推測（確認された事実ではない事項）\n"
                                      "   記入: ディスク不足か\n");
    text_deinit(&t);
}

static void an_interim_draft_says_so_and_has_no_prevention(void **state UNUSED)
{
    struct text t = report(true, LANGUAGE_EN);

    assert_non_null(strstr(text_get(&t), "Incident report, interim (draft)\n"));
    assert_null(strstr(text_get(&t), "prevented"));
    assert_non_null(strstr(text_get(&t), "\n6. How it was detected\n"));
    assert_non_null(strstr(text_get(&t), "written:  ____"));
    text_deinit(&t);
}

static void a_call_that_nothing_was_detected_for_says_so(void **state UNUSED)
{
    struct incident i = {.id = 1,
        .of = {TEXT("renkei"), TEXT(""), TEXT("call")},
        .service = TEXT("renkei"),
        .flags = INCIDENT_CITY,
        .called_at = at("09:00:00"),
        .called_text = TEXT("slow")};
    struct zone *zone = NULL;
    struct text t = {0};
    assert_int_equal(zone_new("Asia/Tokyo", &zone), 0);
    struct shogai s = {
        .incident = &i, .host = "renkei01", .zone = zone, .now = at("09:10:00").wall};

    shogai_text(&s, LANGUAGE_EN, &t);
    json_t *o = shogai_json(&s);

    assert_non_null(strstr(text_get(&t), "observed: monitoring has detected nothing about it\n"));
    assert_non_null(strstr(text_get(&t), "observed: it is not over yet\n"));
    json_t *items = json_object_get(o, "items");
    assert_int_equal(json_array_size(items), 8);
    const json_t *first = json_array_get(items, 0);
    assert_string_equal(json_string_value(json_object_get(first, "label_ja")), "発生日時");
    assert_int_equal(json_array_size(json_object_get(first, "facts")), 1);
    assert_string_equal(json_string_value(json_object_get(first, "written")), "");
    json_decref(o);
    text_deinit(&t);
    zone_free(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_draft_has_every_item_with_facts_and_what_people_wrote_apart),
        cmocka_unit_test(what_was_only_sent_is_not_called_accepted),
        cmocka_unit_test(an_interim_draft_says_so_and_has_no_prevention),
        cmocka_unit_test(a_call_that_nothing_was_detected_for_says_so),
    };
    return cmocka_run_group_tests_name("notify/shogai", tests, NULL, NULL);
}
