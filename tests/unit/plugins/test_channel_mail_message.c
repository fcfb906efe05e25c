/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "message.h"
#include "unit.h"

static const char *const recipients[] = {"a@example.net", "b@example.net"};

static struct message_plan plan_of(enum encode_charset charset)
{
    return (struct message_plan){.from = "hashimori@example.net",
        .to = recipients,
        .to_count = 2,
        .domain = "example.net",
        .prefix = "[hashimori]",
        .charset = charset,
        .is_japanese = true,
        .now_ms = 1776214801000};
}

static char *make(const char *text, enum encode_charset charset)
{
    struct message_plan plan = plan_of(charset);
    struct hm_notice notice = channel_notice(text);
    size_t length;
    char *mail = message_make(&plan, &notice, &length);

    assert_non_null(mail);
    assert_int_equal(strlen(mail), length);
    return mail;
}

/* What an independent reader, Python's email package, says of @mail by @expression, which finds it
 * in `m`; what it holds to be a defect ends it. */
static void ask_python(const char *mail, const char *expression, char *ret, size_t room)
{
    static const char program[] =
        "import email, email.policy, sys\n"
        "m = email.message_from_binary_file(open(sys.argv[1], 'rb'),"
        " policy=email.policy.SMTP.clone(raise_on_defect=True))\n"
        "assert not any(v.defects for v in m.values())\n"
        "def body(): return m.get_payload(decode=True).decode(m.get_content_charset())"
        ".replace('\\r\\n', '\\n')\n"
        "sys.stdout.buffer.write(eval(sys.argv[2]).encode())\n";
    char file[64], command[2048];
    snprintf(file, sizeof file, "mail-%d.eml", (int)getpid());
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    fputs(mail, out);
    assert_int_equal(fclose(out), 0);

    snprintf(command, sizeof command, "python3 -c \"%s\" %s \"%s\"", program, file, expression);
    FILE *in = popen(command, "re");
    assert_non_null(in);
    size_t n = fread(ret, 1, room - 1, in);
    ret[n] = '\0';
    assert_int_equal(pclose(in), 0);
    unlink(file);
}

static const char subject_of[] = "m['Subject']", body_of[] = "body()";

/* ASCII, or in the body the escapes of ISO-2022-JP; no line of the header and, where @coded says
 * so, of the body is longer than 76, and none is longer than a server takes. */
static void assert_lines_fit(const char *mail, bool is_coded)
{
    bool in_body = false;

    for (const char *at = mail; *at != '\0';) {
        size_t n = strcspn(at, "\r\n");
        in_body |= n == 0;
        assert_in_range(n, 0, in_body && !is_coded ? 998 : 76);
        assert_memory_equal(at + n, "\r\n", 2);
        for (size_t i = 0; i < n; i++)
            if (!in_body || at[i] != '\x1b')
                assert_in_range(at[i], ' ', '~');
        at += n + 2;
    }
}

static bool is_sent_as(const char *mail, const char *charset, const char *encoding)
{
    char lines[200];
    snprintf(lines, sizeof lines,
        "\r\nContent-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
        charset, encoding);
    return strstr(mail, lines) != NULL;
}

/* How many lines of the header begin with @name. */
static unsigned headers(const char *mail, const char *name)
{
    unsigned count = 0;
    const char *end = strstr(mail, "\r\n\r\n");
    for (const char *at = mail; at < end; at = strstr(at, "\r\n") + 2)
        count += strncmp(at, name, strlen(name)) == 0;
    return count;
}

static const char long_text[] =
    "重大: 団体内統合宛名システム連携サーバ (renkei01) の engine が停止しています。"
    "running の値 0 がしきい値 < 1 に該当しました。障害ログを確認してください。"
    "連携データの受信が 30 分以上止まるおそれがあります。";

static void a_long_japanese_subject_is_cut_between_characters(void **state UNUSED)
{
    char *mail = make(long_text, ENCODE_UTF8);
    char subject[4096];

    ask_python(mail, subject_of, subject, sizeof subject);

    assert_lines_fit(mail, false);
    assert_int_equal(strncmp(subject, "[hashimori] renkei01: 重大: 団体内統合宛名", 50), 0);
    assert_in_range(strlen(subject), 200, 240);
    free(mail);
}

static void the_subject_is_whole_in_iso_2022_jp_too(void **state UNUSED)
{
    char *mail = make("重大: engine が停止 (ｱ①髙)", ENCODE_ISO_2022_JP);
    char subject[4096];

    ask_python(mail, subject_of, subject, sizeof subject);

    assert_lines_fit(mail, false);
    assert_string_equal(subject, "[hashimori] renkei01: 重大: engine が停止 (〓〓〓)");
    free(mail);
}

static void a_japanese_body_is_base64_in_utf_8_and_7bit_in_iso_2022_jp(void **state UNUSED)
{
    static const struct {
        enum encode_charset charset;
        const char *name, *encoding;
    } cases[] = {{ENCODE_UTF8, "UTF-8", "base64"}, {ENCODE_ISO_2022_JP, "ISO-2022-JP", "7bit"}};

    for (size_t i = 0; i < 2; i++) {
        char *mail = make(long_text, cases[i].charset);
        char body[16384];
        ask_python(mail, body_of, body, sizeof body);
        assert_true(is_sent_as(mail, cases[i].name, cases[i].encoding));
        assert_lines_fit(mail, cases[i].charset == ENCODE_UTF8);
        assert_int_equal(strncmp(body, long_text, strlen(long_text)), 0);
        assert_non_null(strstr(body, "\n深刻度: 重大\n発生日時: 2026-04-15 10:00:00 +09:00\n"));
        assert_non_null(strstr(body, "\n障害番号: 7\n"));
        free(mail);
    }
}

static char *make_english(const char *text, enum encode_charset charset)
{
    struct message_plan plan = plan_of(charset);
    struct hm_notice notice = channel_notice(text);
    size_t length;
    plan.is_japanese = false;
    return message_make(&plan, &notice, &length);
}

static void an_english_mail_can_be_read_as_it_travels(void **state UNUSED)
{
    static const enum encode_charset charsets[] = {ENCODE_UTF8, ENCODE_ISO_2022_JP};
    static const char text[] =
        "CRITICAL: engine is not running: the value 0 of running is below the "
        "threshold < 1; look into /var/log/renkei/failure.log";

    for (size_t i = 0; i < 2; i++) {
        char *mail = make_english(text, charsets[i]);
        char subject[4096];
        ask_python(mail, subject_of, subject, sizeof subject);
        assert_true(is_sent_as(mail, "us-ascii", "7bit"));
        assert_non_null(
            strstr(mail, "\r\nSubject: [hashimori] renkei01: CRITICAL: engine is not "));
        assert_non_null(strstr(mail, "\r\nseverity: critical\r\n"));
        assert_lines_fit(mail, false);
        assert_int_equal(strncmp(subject, "[hashimori] renkei01: ", 22), 0);
        assert_string_equal(subject + 22, text);
        free(mail);
    }
}

/* What a mailbox, a server or quoted-printable itself could take for more than text. */
static void a_body_comes_back_as_it_was_whatever_its_lines_begin_and_end_with(void **state UNUSED)
{
    static const struct {
        const char *text, *encoding;
    } cases[] = {{"x\n.\n..\nRCPT TO:<evil@example.com>\n.x", "7bit"},
        {"x\nFrom the engine: a = b \n.\n", "quoted-printable"},
        {"café = 1 \n.\nFrom x\n", "quoted-printable"}, {"a blank at the end \n\n\n", "7bit"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *mail = make_english(cases[i].text, ENCODE_UTF8);
        char body[16384];
        ask_python(mail, body_of, body, sizeof body);
        assert_non_null(strstr(mail, cases[i].encoding));
        assert_null(strstr(mail, "\r\nFrom "));
        assert_int_equal(strncmp(body, cases[i].text, strlen(cases[i].text)), 0);
        free(mail);
    }
}

static void a_line_longer_than_a_server_takes_is_folded_and_whole_again(void **state UNUSED)
{
    static const struct {
        const char *piece;
        enum encode_charset charset;
        const char *encoding;
    } cases[] = {{"0123456789 ", ENCODE_UTF8, "quoted-printable"},
        {"連携の障害 ", ENCODE_ISO_2022_JP, "base64"}, {"連携の障害 ", ENCODE_UTF8, "base64"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[4096] = "", body[16384];
        while (strlen(text) < 3000)
            strcat(text, cases[i].piece);
        char *mail = make_english(text, cases[i].charset);
        ask_python(mail, body_of, body, sizeof body);
        assert_non_null(strstr(mail, cases[i].encoding));
        assert_lines_fit(mail, true);
        assert_int_equal(strncmp(body, text, strlen(text)), 0);
        free(mail);
    }
}

static void what_a_person_must_write_stands_apart_and_blank(void **state UNUSED)
{
    char *mail = make("x", ENCODE_UTF8);
    char body[16384];

    ask_python(mail, body_of, body, sizeof body);

    const char *blanks =
        strstr(body, "\n---- 第一報: 以下は担当者が記入 ----\n影響範囲:\n原因 (推定):\n");
    assert_non_null(blanks);
    assert_null(strstr(blanks, "通知キー"));
    free(mail);
}

static void no_text_can_forge_a_header_or_end_the_mail(void **state UNUSED)
{
    static const char *const texts[] = {"x\r\nBcc: evil@example.com\r\n\r\nforged", "x\nBcc: evil",
        "x\r\n.\r\nQUIT\r\n", "=?UTF-8?B?Cg==?=", "\x7f\x1b[2J~!sh\x01",
        "\xc2\x85 \xe2\x80\xa8 \xff\xfe\xc3", "", "..", "\xed\xa0\x80\xf4\x90\x80\x80"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *mail = make(texts[i], ENCODE_UTF8);
        char subject[4096];
        ask_python(mail, subject_of, subject, sizeof subject);
        assert_lines_fit(mail, false);
        assert_int_equal(headers(mail, "Bcc"), 0);
        assert_int_equal(headers(mail, "Subject:"), 1);
        assert_int_equal(strncmp(subject, "[hashimori] renkei01: ", 22), 0);
        assert_null(strpbrk(subject, "\r\n\x1b\x7f\x01"));
        free(mail);
    }
}

static void an_encoded_word_in_a_text_is_shown_and_not_decoded(void **state UNUSED)
{
    char *mail = make("=?UTF-8?B?Cg==?=", ENCODE_UTF8);
    char subject[4096];

    ask_python(mail, subject_of, subject, sizeof subject);

    assert_string_equal(subject, "[hashimori] renkei01: =?UTF-8?B?Cg==?=");
    free(mail);
}

static void hostile_names_stay_inside_their_identifiers(void **state UNUSED)
{
    struct message_plan plan = plan_of(ENCODE_UTF8);
    struct hm_notice notice = channel_notice("x");
    notice.key = "K>\r\nBcc: evil@example.com";
    notice.host = "ho st\r\n..x";
    notice.event_id = "HM\r\nX: 1";
    size_t length;

    char *mail = message_make(&plan, &notice, &length);

    assert_int_equal(headers(mail, "Bcc"), 0);
    assert_int_equal(headers(mail, "X: 1"), 0);
    assert_non_null(
        strstr(mail, "\r\nMessage-ID: <K---Bcc--evil-example.com@ho-st--.-x.example.net>\r\n"));
    free(mail);
}

static void a_retry_has_the_same_message_id_and_an_incident_is_one_thread(void **state UNUSED)
{
    static const char id[] =
        "\r\nMessage-ID: <MFRGGZDFMZTWQ2LKNNWG23TPOB@renkei01.example.net>\r\n"
        "References: <incident-NRUW4ZJAN5TCAYJAMJUXE3DJNM@renkei01.example.net>"
        "\r\nX-Hashimori-Key: MFRGGZDFMZTWQ2LKNNWG23TPOB\r\n";
    struct message_plan plan = plan_of(ENCODE_UTF8);
    struct hm_notice notice = channel_notice("x");
    size_t length;

    char *first = message_make(&plan, &notice, &length);
    plan.now_ms += 3600 * 1000;
    char *second = message_make(&plan, &notice, &length);
    notice.key = "OTHER";
    notice.kind = "cleared";
    char *cleared = message_make(&plan, &notice, &length);

    assert_non_null(strstr(first, id));
    assert_non_null(strstr(second, id));
    assert_non_null(strstr(cleared,
        "\r\nMessage-ID: <OTHER@renkei01.example.net>\r\n"
        "References: <incident-NRUW4ZJAN5TCAYJAMJUXE3DJNM@renkei01.example.net>\r\n"
        "In-Reply-To: <incident-NRUW4ZJAN5TCAYJAMJUXE3DJNM@renkei01.example.net>\r\n"));
    free(first);
    free(second);
    free(cleared);
}

static void an_incident_of_the_same_number_in_another_ledger_is_another_thread(void **state UNUSED)
{
    struct message_plan plan = plan_of(ENCODE_UTF8);
    struct hm_notice notice = channel_notice("x");
    notice.incident_key = "GEZDGNBVGY3TQOJQGEZDGNBVGY";
    size_t length;

    char *mail = message_make(&plan, &notice, &length);

    assert_non_null(strstr(mail, "\r\nReferences: <incident-GEZDGNBVGY3TQOJQGEZDGNBVGY@"));
    assert_null(strstr(mail, "incident-7"));
    free(mail);
}

static void a_notice_of_no_incident_is_in_no_thread(void **state UNUSED)
{
    struct message_plan plan = plan_of(ENCODE_UTF8);
    struct hm_notice notice = channel_notice("x");
    notice.incident = 0;
    notice.incident_key = "";
    notice.kind = "heartbeat";
    size_t length;

    char *mail = message_make(&plan, &notice, &length);

    assert_int_equal(headers(mail, "References"), 0);
    assert_int_equal(headers(mail, "In-Reply-To"), 0);
    free(mail);
}

static void a_machine_made_mail_says_so_and_has_its_date(void **state UNUSED)
{
    char *mail = make("x", ENCODE_UTF8);

    assert_int_equal(strncmp(mail, "Date: Wed, 15 Apr 2026 10:00:01 +0900\r\n", 39), 0);
    assert_int_equal(headers(mail, "Auto-Submitted: auto-generated\r\n"), 1);
    assert_non_null(strstr(mail, "\r\nTo: a@example.net,\r\n b@example.net\r\n"));
    free(mail);
}

int main(void)
{
    if (system("command -v python3 >/dev/null") != 0) {
        print_message("1..0 # SKIP python3 is not installed\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_japanese_subject_is_cut_between_characters),
        cmocka_unit_test(the_subject_is_whole_in_iso_2022_jp_too),
        cmocka_unit_test(a_japanese_body_is_base64_in_utf_8_and_7bit_in_iso_2022_jp),
        cmocka_unit_test(an_english_mail_can_be_read_as_it_travels),
        cmocka_unit_test(a_body_comes_back_as_it_was_whatever_its_lines_begin_and_end_with),
        cmocka_unit_test(a_line_longer_than_a_server_takes_is_folded_and_whole_again),
        cmocka_unit_test(what_a_person_must_write_stands_apart_and_blank),
        cmocka_unit_test(no_text_can_forge_a_header_or_end_the_mail),
        cmocka_unit_test(an_encoded_word_in_a_text_is_shown_and_not_decoded),
        cmocka_unit_test(hostile_names_stay_inside_their_identifiers),
        cmocka_unit_test(a_retry_has_the_same_message_id_and_an_incident_is_one_thread),
        cmocka_unit_test(an_incident_of_the_same_number_in_another_ledger_is_another_thread),
        cmocka_unit_test(a_notice_of_no_incident_is_in_no_thread),
        cmocka_unit_test(a_machine_made_mail_says_so_and_has_its_date),
    };
    return cmocka_run_group_tests_name("plugins/channel_mail_message", tests, NULL, NULL);
}
