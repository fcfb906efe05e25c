/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "signature.h"
#include "unit.h"

struct fixture {
    struct line_peer *peer;
    struct fake_host *host;
    char url[96];
    struct channel_certificate certificate;
};

static struct hm_notice notice;

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    fake_host_free(f->host);
    line_peer_free(f->peer);
    channel_certificate_remove(&f->certificate);
    free(f);
    return 0;
}

/* ---- the receiver ------------------------------------------------------------------------ */

/* Takes one request after the other and answers each with the text @arg. */
/* Reads a request and answers it. */
static bool answer_one(struct line_talk *talk, const char *answer)
{
    char line[8192];
    size_t length = 0;

    while (line_read(talk, line, sizeof line)) {
        sscanf(line, "Content-Length: %zu", &length);
        if (line[0] != '\0')
            continue;
        if (!line_skip(talk, length))
            return false;
        line_say(talk, answer);
        return true;
    }
    return false;
}

static void answers(struct line_talk *talk, const void *arg)
{
    while (answer_one(talk, arg))
        ;
}

static void answers_and_closes(struct line_talk *talk, const void *arg)
{
    answer_one(talk, arg);
}

static void never_answers(struct line_talk *talk, const void *arg UNUSED)
{
    line_wait_for_end(talk);
}

static void closes_without_an_answer(struct line_talk *talk, const void *arg UNUSED)
{
    char line[8192];
    line_read(talk, line, sizeof line);
}

static void answers_without_end(struct line_talk *talk, const void *arg)
{
    char line[8192];
    while (line_read(talk, line, sizeof line) && line[0] != '\0')
        ;
    line_say(talk, arg);
    for (int i = 0; i < 40; i++) {
        memset(line, 'x', sizeof line - 1);
        line[sizeof line - 1] = '\0';
        line_say(talk, line);
    }
    line_wait_for_end(talk);
}

/* ---- the channel ------------------------------------------------------------------------- */

static const struct fake_receipt *deliver(struct fixture *f)
{
    return channel_deliver(f->host, &notice);
}

static void open_with(
    struct fixture *f, line_talk_fn fn, const char *answer, const char *extra, const char *value)
{
    f->peer = line_peer_new(fn, answer, NULL);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u/hook", line_peer_port(f->peer));
    // Whoever answers may take its time.
    const char *timeout = fn == never_answers ? "1s" : "20s";
    const struct fake_option options[] = {{"url", f->url, NULL}, {"allow_http", "true", NULL},
        {"timeout", timeout, NULL}, {extra, value, NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    f->host->deadline_ms = 60000;
    assert_int_equal(fake_host_open(f->host), 0);
}

static const struct fake_receipt *answered(struct fixture *f, const char *answer)
{
    open_with(f, answers, answer, NULL, NULL);
    return deliver(f);
}

/* A TLS receiver with a certificate for @alternative; false: there is no openssl here. */
static bool open_tls(struct fixture *f, const char *alternative, bool is_expired)
{
    if (!channel_certificate_make(&f->certificate, alternative, is_expired))
        return false;
    f->peer = line_peer_new(
        answers, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", f->certificate.name);
    snprintf(f->url, sizeof f->url, "https://127.0.0.1:%u/hook", line_peer_port(f->peer));
    const struct fake_option options[] = {{"url", f->url, NULL},
        {"ca_file", f->certificate.path, NULL}, {"timeout", "20s", NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    f->host->deadline_ms = 60000;
    assert_int_equal(fake_host_open(f->host), 0);
    return true;
}

/* The value of a header that was sent, "" if there is none. */
static const char *header(struct fixture *f, const char *name)
{
    static char value[512];
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
    const char *at = strstr(line_peer_seen(f->peer), wanted);
    snprintf(value, sizeof value, "%.*s", at == NULL ? 0 : (int)strcspn(at + strlen(wanted), "\r"),
        at == NULL ? "" : at + strlen(wanted));
    return value;
}

static const char *body(struct fixture *f)
{
    const char *at = strstr(line_peer_seen(f->peer), "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

/* ---- tests ------------------------------------------------------------------------------- */

static void a_2xx_is_accepted(void **state)
{
    const struct fake_receipt *r =
        answered(*state, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    assert_int_equal(r->result, HM_ACCEPTED);
    assert_string_equal(r->text, "HTTP 200");
}

static void the_whole_notice_is_posted_with_its_key(void **state)
{
    struct fixture *f = *state;

    answered(f, "HTTP/1.1 204 No Content\r\n\r\n");

    assert_string_equal(header(f, "Idempotency-Key"), "\"MFRGGZDFMZTWQ2LKNNWG23TPOB\"");
    assert_string_equal(header(f, "Content-Type"), "application/json");
    json_t *seen = json_loads(body(f), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(seen);
    assert_string_equal(json_string_value(json_object_get(seen, "text")), notice.text);
    assert_string_equal(json_string_value(json_object_get(seen, "key")), notice.key);
    json_decref(seen);
}

static void nothing_of_a_notice_gets_into_the_header(void **state)
{
    struct fixture *f = *state;

    answered(f, "HTTP/1.1 204 No Content\r\n\r\n");

    assert_null(strstr(line_peer_seen(f->peer), "\nX-Forged"));
}

static void chat_text_cannot_call_anybody(void **state)
{
    struct fixture *f = *state;
    open_with(f, answers, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "template", "text");

    deliver(f);

    json_t *seen = json_loads(body(f), 0, NULL);
    const char *text = json_string_value(json_object_get(seen, "text"));
    assert_non_null(text);
    assert_non_null(strstr(text, "[critical] renkei01: 重大: engine ＜!channel＞ ＠all"));
    assert_null(strpbrk(text, "<>@"));
    json_decref(seen);
}

static void a_form_goes_with_its_type_and_the_token_that_it_needs(void **state)
{
    struct fixture *f = *state;
    f->peer = line_peer_new(answers, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u/hook", line_peer_port(f->peer));
    const struct fake_option options[] = {{"url", f->url, NULL}, {"allow_http", "true", NULL},
        {"template", "chatwork", NULL}, {"token_file", "t0ken", NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);

    deliver(f);

    assert_string_equal(header(f, "X-ChatWorkToken"), "t0ken");
    assert_string_equal(header(f, "Content-Type"), "application/x-www-form-urlencoded");
    assert_int_equal(strncmp(body(f), "body=%5Binfo%5D", 15), 0);
}

static void a_token_goes_with_its_template_and_is_a_token(void **state)
{
    static const struct fake_option cases[][4] = {
        {{"url", "https://192.0.2.1/", NULL}, {"token_file", "t", NULL}, {0}},
        {{"url", "https://192.0.2.1/", NULL}, {"template", "chatwork", NULL}, {0}},
        {{"url", "https://192.0.2.1/", NULL}, {"template", "chatwork", NULL},
            {"token_file", "t\r\nX: 1", NULL}, {0}},
        {{"url", "https://192.0.2.1/", NULL}, {"template", "chatwork", NULL},
            {"token_file", "", NULL}, {0}}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fake_host *h = fake_host_new(&hashimori_plugin, cases[i]);
        fake_host_validate(h);
        assert_int_equal(h->complaint_count, 1);
        assert_string_equal(h->complaints[0].option, "token_file");
        fake_host_free(h);
    }
    (void)state;
}

static void the_signature_is_the_hmac_of_time_and_body(void **state)
{
    struct fixture *f = *state;
    char expected[SIGNATURE_BYTES], wanted[80];
    open_with(f, answers, "HTTP/1.1 204 No Content\r\n\r\n", "secret_file", "s3cret");

    deliver(f);

    signature_make(expected, "s3cret", atoll(header(f, "X-Hashimori-Timestamp")), body(f));
    snprintf(wanted, sizeof wanted, "sha256=%s", expected);
    assert_string_equal(header(f, "X-Hashimori-Signature"), wanted);
}

static void the_hmac_is_the_one_that_openssl_makes(void **state UNUSED)
{
    char ret[SIGNATURE_BYTES];

    // printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac KEY, a short key and a long one
    signature_make(ret, "key", 1700000000, "{\"a\":1}");
    assert_string_equal(ret, "a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03");
    signature_make(ret, "0123456789012345678901234567890123456789012345678901234567890123456789",
        1700000000, "{\"a\":1}");
    assert_string_equal(ret, "932fab4f10a516b0c2ff48d5bca83d997c38909f825be18fad1d9a9a1de06be6");
}

static void busy_and_broken_receivers_are_tried_later(void **state)
{
    static const int codes[] = {408, 425, 429, 500, 503, 599};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fixture f = {0};
        char answer[64];
        snprintf(answer, sizeof answer, "HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n", codes[i]);
        assert_int_equal(answered(&f, answer)->result, HM_LATER);
        fake_host_free(f.host);
        line_peer_free(f.peer);
    }
    (void)state;
}

static void other_4xx_are_refused(void **state)
{
    assert_int_equal(
        answered(*state, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")->result, HM_REFUSED);
}

static void a_redirect_is_refused_and_not_followed(void **state)
{
    struct fixture *f = *state;

    const struct fake_receipt *r =
        answered(f, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");

    assert_int_equal(r->result, HM_REFUSED);
    assert_null(strstr(line_peer_seen(f->peer), "/elsewhere"));
}

static void a_receiver_that_asks_for_time_is_left_alone(void **state)
{
    struct fixture *f = *state;
    static const char asks[] = "HTTP 503, asks to be left alone for 3600 s";

    assert_string_equal(
        answered(f, "HTTP/1.1 503 Busy\r\nRetry-After: 1000000000\r\nContent-Length: 0\r\n\r\n")
            ->text,
        asks);
    const struct fake_receipt *second = deliver(f);
    assert_int_equal(second->result, HM_LATER);
    assert_non_null(strstr(second->text, "left alone for 3600 s more"));
    assert_int_equal(line_peer_count(f->peer), 1);

    f->host->clock_shift_ms = 3601 * 1000;
    assert_string_equal(deliver(f)->text, asks);
}

static void what_is_asked_of_us_is_bounded_and_nonsense_is_nothing(void **state)
{
    static const struct {
        const char *value;
        const char *text;
    } cases[] = {{"7", "HTTP 503, asks to be left alone for 7 s"},
        {"Fri, 31 Dec 9999 23:59:59 GMT", "HTTP 503, asks to be left alone for 3600 s"},
        {"Thu, 01 Jan 1970 00:00:00 GMT", "HTTP 503"}, {"-5", "HTTP 503"}, {"soon", "HTTP 503"},
        {"", "HTTP 503"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f = {0};
        char answer[256];
        snprintf(answer, sizeof answer,
            "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", cases[i].value);
        assert_string_equal(answered(&f, answer)->text, cases[i].text);
        fake_host_free(f.host);
        line_peer_free(f.peer);
    }
    (void)state;
}

static void a_receiver_that_never_answers_is_given_up(void **state)
{
    struct fixture *f = *state;
    open_with(f, never_answers, NULL, NULL, NULL);

    assert_int_equal(deliver(f)->result, HM_LATER);
}

static void a_connection_that_ends_early_is_later(void **state)
{
    struct fixture *f = *state;
    open_with(f, closes_without_an_answer, NULL, NULL, NULL);

    assert_int_equal(deliver(f)->result, HM_LATER);
}

static void an_answer_that_breaks_off_within_its_head_is_later(void **state UNUSED)
{
    static const char *const heads[] = {"HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n"};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct fixture f = {0};
        open_with(&f, answers_and_closes, heads[i], NULL, NULL);

        const struct fake_receipt *r = deliver(&f);

        assert_int_equal(r->result, HM_LATER);
        assert_string_equal(r->text, "the answer broke off (HTTP 200)");
        fake_host_free(f.host);
        line_peer_free(f.peer);
    }
}

static void an_endless_answer_is_not_read_to_its_end_nor_shown(void **state)
{
    struct fixture *f = *state;
    open_with(f, answers_without_end, "HTTP/1.1 200 OK\r\n\r\n", NULL, NULL);

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_ACCEPTED);
    assert_string_equal(r->text, "HTTP 200");
}

static void nobody_listening_is_later(void **state)
{
    struct fixture *f = *state;
    open_with(f, answers, "", NULL, NULL);
    f->peer = line_peer_free(f->peer);

    assert_int_equal(deliver(f)->result, HM_LATER);
}

static void proxies_of_the_environment_are_not_used(void **state)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);

    const struct fake_receipt *r = answered(*state, "HTTP/1.1 204 No Content\r\n\r\n");

    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_int_equal(r->result, HM_ACCEPTED);
}

static void many_at_a_time_do_not_wait_for_each_other(void **state)
{
    struct fixture *f = *state;
    open_with(f, never_answers, NULL, NULL, NULL);
    size_t wanted = 20;

    for (uint64_t i = 1; i <= wanted; i++)
        hashimori_plugin.deliver(f->host->self, i, 1, &notice);

    // One after the other would take 20 s.
    assert_true(fake_host_run_until(f->host, channel_has_receipts, &wanted, 15000));
}

static void a_close_in_the_middle_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    open_with(f, never_answers, NULL, NULL, NULL);

    hashimori_plugin.deliver(f->host->self, 1, 1, &notice);
    fake_host_run_until(f->host, NULL, NULL, 50);
    fake_host_close(f->host);

    assert_int_equal(f->host->open_handles, 0);
    assert_int_equal(f->host->receipt_count, 0);
}

static void a_valid_certificate_is_taken(void **state)
{
    struct fixture *f = *state;

    if (open_tls(f, "IP:127.0.0.1", false))
        assert_int_equal(deliver(f)->result, HM_ACCEPTED);
}

static void an_expired_certificate_is_told_nothing(void **state)
{
    struct fixture *f = *state;
    if (!open_tls(f, "IP:127.0.0.1", true))
        return;

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_LATER);
    assert_non_null(strstr(r->text, "expired"));
    assert_string_equal(line_peer_seen(f->peer), "");
}

static void a_certificate_of_another_name_is_told_nothing(void **state)
{
    struct fixture *f = *state;
    if (!open_tls(f, "DNS:other.example.net", false))
        return;

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_LATER);
    assert_string_equal(line_peer_seen(f->peer), "");
}

static void urls_that_leak_or_forge_are_complained_of(void **state)
{
    static const char *const urls[] = {"http://192.0.2.1/", "https://user:pass@192.0.2.1/",
        "https://192.0.2.1/\r\nX: 1", "ftp://192.0.2.1/", "file:///etc/passwd", "https:///", ""};

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        const struct fake_option options[] = {{"url", urls[i], NULL}, {0}};
        struct fake_host *h = fake_host_new(&hashimori_plugin, options);
        fake_host_validate(h);
        assert_int_equal(h->complaint_count, 1);
        fake_host_free(h);
    }
    (void)state;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); // as the worker has it
    notice = channel_notice("重大: engine <!channel> @all \r\nX-Forged: 1");
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_2xx_is_accepted),
        TEST(the_whole_notice_is_posted_with_its_key),
        TEST(nothing_of_a_notice_gets_into_the_header),
        TEST(chat_text_cannot_call_anybody),
        TEST(a_form_goes_with_its_type_and_the_token_that_it_needs),
        TEST(a_token_goes_with_its_template_and_is_a_token),
        TEST(the_signature_is_the_hmac_of_time_and_body),
        TEST(the_hmac_is_the_one_that_openssl_makes),
        TEST(busy_and_broken_receivers_are_tried_later),
        TEST(other_4xx_are_refused),
        TEST(a_redirect_is_refused_and_not_followed),
        TEST(a_receiver_that_asks_for_time_is_left_alone),
        TEST(what_is_asked_of_us_is_bounded_and_nonsense_is_nothing),
        TEST(a_receiver_that_never_answers_is_given_up),
        TEST(a_connection_that_ends_early_is_later),
        TEST(an_answer_that_breaks_off_within_its_head_is_later),
        TEST(an_endless_answer_is_not_read_to_its_end_nor_shown),
        TEST(nobody_listening_is_later),
        TEST(proxies_of_the_environment_are_not_used),
        TEST(many_at_a_time_do_not_wait_for_each_other),
        TEST(a_close_in_the_middle_leaves_nothing),
        TEST(a_valid_certificate_is_taken),
        TEST(an_expired_certificate_is_told_nothing),
        TEST(a_certificate_of_another_name_is_told_nothing),
        TEST(urls_that_leak_or_forge_are_complained_of),
    };
    return cmocka_run_group_tests_name("plugins/channel_webhook", tests, NULL, NULL);
}
