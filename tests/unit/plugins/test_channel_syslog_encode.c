/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "channel_fixture.h"
#include "channel_syslog/encode.h"
#include "syslog_parse.h"
#include "unit.h"

static const struct syslog_format plain = {.facility = 16, .process_id = 4711};

static const struct parsed *encoded_again(
    const struct syslog_format *format, uint32_t attempt, const struct hm_notice *n)
{
    struct syslog_mark mark;
    static struct parsed p;
    char bytes[SYSLOG_STREAM_BYTES];

    size_t length = syslog_encode(bytes, sizeof bytes, format, attempt, n, &mark);
    assert_true(syslog_parse(bytes, length, &p));
    return &p;
}

static const struct parsed *encoded(const struct syslog_format *format, const struct hm_notice *n)
{
    return encoded_again(format, 1, n);
}

static size_t encode_plain(char *ret, size_t room, const struct hm_notice *n)
{
    struct syslog_mark mark;

    return syslog_encode(ret, room, &plain, 1, n, &mark);
}

static void a_notice_becomes_one_rfc_5424_message(void **state UNUSED)
{
    struct hm_notice n = channel_notice("engine は停止しています");
    char bytes[SYSLOG_STREAM_BYTES];

    size_t length = encode_plain(bytes, sizeof bytes, &n);

    const char *wanted = "<130>1 2026-04-15T10:00:00.250000+09:00 renkei01 hashimori 4711 "
                         "HM-INC-RAISED [hashimori@8072.9999.9999.8847 "
                         "key=\"MFRGGZDFMZTWQ2LKNNWG23TPOB\" seq=\"42\" incident=\"7\" "
                         "severity=\"critical\" subject=\"engine\" service=\"renkei\" "
                         "state=\"critical\"] engine は停止しています";
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(bytes, wanted, length);
}

static void every_severity_and_facility_has_its_priority(void **state UNUSED)
{
    static const struct {
        int severity;
        const char *kind, *word;
        int wanted;
    } rows[] = {{3, "raised", "critical", 2}, {9, "raised", "blind", 3},
        {2, "raised", "warning", 4}, {1, "raised", "notice", 5}, {0, "cleared", "ok", 5},
        {0, "test", "ok", 5}, {0, "heartbeat", "ok", 6}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct syslog_format format = {.facility = syslog_facility("daemon")};
        struct hm_notice n = channel_notice("x");
        n.severity = rows[i].severity;
        n.kind = rows[i].kind;
        const struct parsed *p = encoded(&format, &n);
        assert_int_equal(p->pri, 3 * 8 + rows[i].wanted);
        assert_string_equal(parsed_param(p, "severity"), rows[i].word);
    }
    assert_int_equal(syslog_facility("local7"), 23);
    assert_int_equal(syslog_facility("Local7"), -1);
}

/* What comes back is what a terminal may be shown, so the same rule is asked for it. */
static void hostile_strings_come_back_visible_and_whole(void **state UNUSED)
{
    static const char *const hostile[] = {"\"] forged [x@1 a=\"", "back\\slash", "\\\"",
        "]]]\"\"\"\\\\\\", "line\r\n<0>1 - - - - - - forged", "tab\tbell\a",
        "\x1b[2J\x1b]0;title\a",
        "\x7f\xc2\x9b"
        "31m",
        "\xe2\x80\xae"
        "rtl",
        "zero\xe2\x80\x8bwidth",
        "\xef\xbb\xbf"
        "bom",
        "\xe2\x80\xa8 separator", "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80", "cut \xe9\x80",
        "連携 𠮷 \xf0\x9f\x9a\xa8", "\\", "]", "\"", ""};

    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct hm_notice n = channel_notice(hostile[i]);
        struct text visible = {0};
        n.subject = n.service = n.key = n.state = hostile[i];
        text_add_visible(&visible, hostile[i], strlen(hostile[i]));

        const struct parsed *p = encoded(&plain, &n);

        assert_int_equal(p->param_count, 7);
        assert_string_equal(parsed_param(p, "subject"), text_get(&visible));
        assert_string_equal(parsed_param(p, "service"), text_get(&visible));
        assert_string_equal(parsed_param(p, "key"), text_get(&visible));
        assert_string_equal(parsed_param(p, "state"), text_get(&visible));
        assert_string_equal(p->text, text_get(&visible));
        text_deinit(&visible);
    }
}

static void no_random_bytes_make_a_second_line_or_a_second_element(void **state UNUSED)
{
    srand(8847);
    for (int round = 0; round < 2000; round++) {
        char noise[400];
        char bytes[SYSLOG_UDP_BYTES];
        static struct parsed p;
        size_t length = (size_t)(rand() % (int)sizeof noise);
        for (size_t i = 0; i < length; i++)
            noise[i] = (char)(rand() % 3 == 0 ? "\"]\\\n\r[ ="[rand() % 8] : rand() % 255 + 1);
        noise[length == 0 ? 0 : length - 1] = '\0';
        struct hm_notice n = channel_notice(noise);
        n.subject = n.host = n.event_id = noise;

        size_t got = encode_plain(bytes, sizeof bytes, &n);

        assert_in_range(got, 1, sizeof bytes);
        assert_null(memchr(bytes, '\n', got));
        assert_true(syslog_parse(bytes, got, &p));
        assert_int_equal(p.param_count, 7);
        assert_true(text_is_utf8(bytes, got));
    }
}

static void header_fields_hold_only_printable_ascii(void **state UNUSED)
{
    struct hm_notice n = channel_notice("x");
    n.host = "橋 守";
    n.event_id = "";

    const struct parsed *p = encoded(&plain, &n);

    assert_string_equal(p->host, "???????");
    assert_string_equal(p->msgid, "-");
}

static void a_long_text_is_cut_between_characters_and_says_so(void **state UNUSED)
{
    enum { CHARACTERS = 5000 };
    char *text = calloc(CHARACTERS, 3 + 1);
    char bytes[SYSLOG_UDP_BYTES];
    static struct parsed p;
    unsigned long left = 0;
    for (int i = 0; i < CHARACTERS; i++)
        strcat(text + i * 3, "連");
    struct hm_notice n = channel_notice(text);

    size_t length = encode_plain(bytes, sizeof bytes, &n);

    assert_true(syslog_parse(bytes, length, &p));
    const char *mark = strstr(p.text, "[truncated ");
    assert_non_null(mark);
    assert_int_equal(sscanf(mark, "[truncated %lu]", &left), 1);
    assert_int_equal((size_t)(mark - p.text) + left, CHARACTERS * 3);
    assert_true(text_is_utf8(bytes, length));
    free(text);
}

static void a_long_parameter_leaves_room_for_the_others(void **state UNUSED)
{
    char subject[2000];
    char bytes[SYSLOG_UDP_BYTES];
    static struct parsed p;
    memset(subject, ']', sizeof subject - 1);
    subject[sizeof subject - 1] = '\0';
    struct hm_notice n = channel_notice("the text is still there");
    n.subject = n.service = n.key = n.state = subject;

    size_t length = encode_plain(bytes, sizeof bytes, &n);

    assert_true(syslog_parse(bytes, length, &p));
    assert_string_equal(p.text, "the text is still there");
    assert_non_null(strstr(parsed_param(&p, "subject"), "[truncated 18"));
}

static void marks_are_added_only_where_asked_for(void **state UNUSED)
{
    struct syslog_format format = {.facility = 16, .bom = true};
    struct hm_notice n = channel_notice("text");

    const struct parsed *p = encoded_again(&format, 3, &n);

    assert_true(p->bom);
    assert_string_equal(parsed_param(p, "attempt"), "3");
    p = encoded(&plain, &n);
    assert_false(p->bom);
    assert_null(parsed_param(p, "attempt"));
}

static void odd_times_and_zones_are_still_times(void **state UNUSED)
{
    struct hm_notice n = channel_notice("x");
    n.at_ms = -1;
    n.utc_offset_s = -(3 * 3600 + 30 * 60);

    assert_string_equal(encoded(&plain, &n)->time, "1969-12-31T20:29:59.999000-03:30");
    n.at_ms = INT64_MAX;
    assert_non_null(encoded(&plain, &n)->time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_becomes_one_rfc_5424_message),
        cmocka_unit_test(every_severity_and_facility_has_its_priority),
        cmocka_unit_test(hostile_strings_come_back_visible_and_whole),
        cmocka_unit_test(no_random_bytes_make_a_second_line_or_a_second_element),
        cmocka_unit_test(header_fields_hold_only_printable_ascii),
        cmocka_unit_test(a_long_text_is_cut_between_characters_and_says_so),
        cmocka_unit_test(a_long_parameter_leaves_room_for_the_others),
        cmocka_unit_test(marks_are_added_only_where_asked_for),
        cmocka_unit_test(odd_times_and_zones_are_still_times),
    };
    return cmocka_run_group_tests_name("plugins/channel_syslog_encode", tests, NULL, NULL);
}
