/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies that chat tools take, read back as their own documents describe them: incoming
 * webhooks of Slack and Mattermost, "Create incoming webhooks with Workflows" of Microsoft Teams
 * (Adaptive Cards), the Incoming Webhook app of LINE WORKS, POST /rooms/{room_id}/messages of the
 * Chatwork API with its message notation.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "channel_fixture.h"
#include "payload.h"
#include "unit.h"

static struct hm_notice notice;

#define TAMED "停止 \"1 ＆ 2\" ＜!channel＞ ＠all ［To:1］ ［ここ］(https://example.com/) 100%"
#define FOOT "2026-04-15 10:00:00 +09:00  incident 7  key MFRGGZDFMZTWQ2LKNNWG23TPOB"

static json_t *made(const char *template)
{
    char *body = payload_template(template)->make(&notice, 1);
    assert_non_null(body);
    json_t *o = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    assert_string_equal(payload_template(template)->content_type, "application/json");
    assert_null(payload_template(template)->token_header);
    free(body);
    return o;
}

static const char *text_of(const json_t *o, const char *member)
{
    const char *text = json_string_value(json_object_get(o, member));
    assert_non_null(text);
    return text;
}

static void a_text_is_one_member_that_calls_nobody(void **state UNUSED)
{
    json_t *o = made("text");

    assert_int_equal(json_object_size(o), 1);
    assert_string_equal(text_of(o, "text"), "[critical] renkei01: " TAMED "\n" FOOT);
    json_decref(o);
}

static void teams_gets_a_message_with_one_adaptive_card(void **state UNUSED)
{
    json_t *o = made("teams");
    const json_t *attachments = json_object_get(o, "attachments");
    const json_t *attachment = json_array_get(attachments, 0);
    const json_t *card = json_object_get(attachment, "content");
    const json_t *body = json_object_get(card, "body");

    assert_string_equal(text_of(o, "type"), "message");
    assert_int_equal(json_array_size(attachments), 1);
    assert_string_equal(
        text_of(attachment, "contentType"), "application/vnd.microsoft.card.adaptive");
    assert_true(json_is_null(json_object_get(attachment, "contentUrl")));
    assert_string_equal(text_of(card, "type"), "AdaptiveCard");
    assert_string_equal(
        text_of(card, "$schema"), "http://adaptivecards.io/schemas/adaptive-card.json");
    assert_string_equal(text_of(card, "version"), "1.2");
    static const char *const texts[] = {"[critical] renkei01", TAMED, FOOT};
    assert_int_equal(json_array_size(body), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *block = json_array_get(body, i);
        assert_string_equal(text_of(block, "type"), "TextBlock");
        assert_string_equal(text_of(block, "text"), texts[i]);
        assert_true(json_is_true(json_object_get(block, "wrap")));
    }
    assert_string_equal(text_of(json_array_get(body, 0), "color"), "Attention");
    json_decref(o);
}

static void lineworks_gets_a_title_and_a_body(void **state UNUSED)
{
    json_t *o = made("lineworks");

    assert_int_equal(json_object_size(o), 2);
    assert_string_equal(text_of(o, "title"), "[critical] renkei01");
    assert_string_equal(text_of(json_object_get(o, "body"), "text"), TAMED "\n" FOOT);
    json_decref(o);
}

/* What a form's value says (application/x-www-form-urlencoded), in place. */
static char *unescape(char *value)
{
    char *to = value;
    for (const char *at = value; *at != '\0'; at++) {
        unsigned byte = (unsigned char)*at;
        if (*at == '%') {
            assert_int_equal(sscanf(at + 1, "%2X", &byte), 1);
            at += 2;
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    return value;
}

static void chatwork_gets_a_form_with_one_value_in_its_notation(void **state UNUSED)
{
    const struct payload_template *t = payload_template("chatwork");

    char *body = t->make(&notice, 1);

    assert_non_null(body);
    assert_string_equal(t->content_type, "application/x-www-form-urlencoded");
    assert_string_equal(t->token_header, "X-ChatWorkToken");
    assert_int_equal(strncmp(body, "body=", 5), 0);
    assert_null(strpbrk(body + 5, "=&+ \n\"<>[]@"));
    assert_string_equal(
        unescape(body + 5), "[info][title][critical] renkei01[/title]" TAMED "\n" FOOT "[/info]");
    free(body);
}

static void what_is_over_is_shown_as_good(void **state UNUSED)
{
    static const struct {
        int severity;
        const char *head, *colour;
    } cases[] = {{0, "[ok] renkei01", "Good"}, {2, "[warning] renkei01", "Warning"},
        {9, "[blind] renkei01", "Attention"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hm_notice n = notice;
        n.severity = cases[i].severity;
        char *body = payload_template("teams")->make(&n, 1);
        assert_non_null(strstr(body, cases[i].head));
        assert_non_null(strstr(body, cases[i].colour));
        free(body);
    }
}

static void a_text_that_is_not_utf_8_is_no_body(void **state UNUSED)
{
    static const char *const names[] = {"text", "teams", "lineworks"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct hm_notice n = notice;
        n.text = "\xff";
        assert_null(payload_template(names[i])->make(&n, 1));
    }
}

static void every_name_has_its_template(void **state UNUSED)
{
    for (size_t i = 0; payload_names[i] != NULL; i++)
        assert_string_equal(payload_template(payload_names[i])->name, payload_names[i]);
}

int main(void)
{
    notice =
        channel_notice("停止 \"1 & 2\" <!channel> @all [To:1] [ここ](https://example.com/) 100%");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_one_member_that_calls_nobody),
        cmocka_unit_test(teams_gets_a_message_with_one_adaptive_card),
        cmocka_unit_test(lineworks_gets_a_title_and_a_body),
        cmocka_unit_test(chatwork_gets_a_form_with_one_value_in_its_notation),
        cmocka_unit_test(what_is_over_is_shown_as_good),
        cmocka_unit_test(a_text_that_is_not_utf_8_is_no_body),
        cmocka_unit_test(every_name_has_its_template),
    };
    return cmocka_run_group_tests_name("plugins/channel_webhook_payload", tests, NULL, NULL);
}
