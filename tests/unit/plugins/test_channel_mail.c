/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "unit.h"

static struct hm_notice notice;

/* What the mail server of a test says; NULL: what a good one says. */
struct script {
    const char *greeting, *ehlo, *mail, *data;
    const char *refused; /* a recipient that gets `refusal` */
    const char *refusal;
    const char *end;         /* "": closes without a word */
    bool is_silent;          /* never says anything */
    bool is_no_server;       /* what it says is no reply, and is waited for */
    bool ignores_quit;       /* and keeps the connection */
    const char *certificate; /* for STARTTLS */
};

struct fixture {
    struct line_peer *peer;
    struct fake_host *host;
    char where[64];
    struct channel_certificate certificate;
};

/* ---- the mail server --------------------------------------------------------------------- */

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

static void say(struct line_talk *talk, const char *reply, const char *usual)
{
    line_say(talk, reply != NULL ? reply : usual);
    line_say(talk, "\r\n");
}

/* Takes the text up to the dot; false: the connection is to end. */
static bool take_text(struct line_talk *talk, const struct script *s)
{
    char line[2048];

    say(talk, s->data, "354 go on");
    if (s->data != NULL)
        return true;
    while (line_read(talk, line, sizeof line) && strcmp(line, ".") != 0)
        ;
    if (s->end != NULL && s->end[0] == '\0')
        return false;
    say(talk, s->end, "250 2.0.0 queued as 12");
    return true;
}

/* The user is "user", the password "pass". */
static void take_login(struct line_talk *talk)
{
    char line[256] = "";

    say(talk, NULL, "334 ");
    line_read(talk, line, sizeof line);
    say(talk, NULL, strcmp(line, "AHVzZXIAcGFzcw==") == 0 ? "235 welcome" : "535 no");
}

static bool obey(struct line_talk *talk, const struct script *s, const char *line, bool *is_tls)
{
    if (begins(line, "EHLO"))
        say(talk, s->ehlo,
            s->certificate != NULL && !*is_tls ? "250-peer\r\n250 STARTTLS"
            : s->certificate != NULL           ? "250-peer\r\n250 AUTH PLAIN"
                                               : "250 peer");
    else if (begins(line, "STARTTLS") && s->certificate != NULL) {
        say(talk, NULL, "220 go on");
        line_start_tls(talk, s->certificate);
        *is_tls = true;
    } else if (begins(line, "AUTH PLAIN"))
        take_login(talk);
    else if (begins(line, "MAIL FROM:"))
        say(talk, s->mail, "250 ok");
    else if (begins(line, "RCPT TO:"))
        say(talk, s->refused != NULL && strstr(line, s->refused) != NULL ? s->refusal : NULL,
            "250 ok");
    else if (begins(line, "DATA"))
        return take_text(talk, s);
    else if (begins(line, "QUIT")) {
        if (s->ignores_quit)
            line_wait_for_end(talk);
        else
            say(talk, NULL, "221 bye");
        return false;
    } else
        say(talk, NULL, "500 what");
    return true;
}

static void serve(struct line_talk *talk, const void *arg)
{
    const struct script *s = arg;
    char line[2048];
    bool is_tls = false;

    if (s->is_silent) {
        line_wait_for_end(talk);
        return;
    }
    say(talk, s->greeting, "220 peer ESMTP");
    while (line_read(talk, line, sizeof line) && obey(talk, s, line, &is_tls))
        ;
}

/* ---- the channel ------------------------------------------------------------------------- */

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

/* Whoever answers may take its time. */
static void open_limited(
    struct fixture *f, const char *tls, const char *password, const char *timeout)
{
    snprintf(f->where, sizeof f->where, "127.0.0.1:%u", line_peer_port(f->peer));
    const struct fake_option options[] = {{"host", f->where, NULL}, {"tls", tls, NULL},
        {"from", "hashimori@example.net", NULL}, {"to", "a@example.net", NULL},
        {"to", "b@example.net", NULL}, {"timeout", timeout, NULL},
        {f->certificate.name[0] != '\0' ? "ca_file" : "subject_prefix",
            f->certificate.name[0] != '\0' ? f->certificate.path : "[hashimori]", NULL},
        {password != NULL ? "user" : NULL, "user", NULL}, {"password_file", password, NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    f->host->deadline_ms = 60000;
    assert_int_equal(fake_host_open(f->host), 0);
}

static void open_towards(struct fixture *f, const char *tls, const char *password)
{
    open_limited(f, tls, password, "20s");
}

static void open_with(struct fixture *f, const struct script *script)
{
    f->peer = line_peer_new(serve, script, NULL);
    open_limited(f, "none", NULL, script->is_silent || script->is_no_server ? "1s" : "20s");
}

static const struct fake_receipt *deliver(struct fixture *f)
{
    return channel_deliver(f->host, &notice);
}

static enum hm_result told(struct fixture *f, const struct script *script)
{
    open_with(f, script);
    return deliver(f)->result;
}

static unsigned seen(struct fixture *f, const char *part)
{
    unsigned count = 0;
    for (const char *at = line_peer_seen(f->peer); (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The receipt comes before the end of the connection. */
static bool await_quit(struct fixture *f)
{
    int64_t begin = now_ms();

    while (seen(f, "\r\n.\r\nQUIT\r\n") == 0 && now_ms() - begin < CHANNEL_LIMIT_MS)
        fake_host_run_until(f->host, NULL, NULL, 5);
    return seen(f, "\r\n.\r\nQUIT\r\n") == 1;
}

/* ---- tests ------------------------------------------------------------------------------- */

static void a_2xx_after_the_dot_is_accepted(void **state)
{
    struct fixture *f = *state;
    const struct script script = {0};
    open_with(f, &script);

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_ACCEPTED);
    assert_string_equal(r->text, "250 2.0.0 queued as 12");
    assert_int_equal(seen(f, "RCPT TO:<a@example.net>\r\n"), 1);
    assert_int_equal(seen(f, "RCPT TO:<b@example.net>\r\n"), 1);
}

static void no_text_becomes_a_command(void **state)
{
    struct fixture *f = *state;
    const struct script script = {0};
    size_t wanted = 1;
    struct hm_notice plain = notice;
    plain.text = "engine\n.\nRCPT TO:<evil@example.com>\n..\nQUIT";
    open_with(f, &script);

    hashimori_plugin.deliver(f->host->self, 1, 1, &plain);
    assert_true(fake_host_run_until(f->host, channel_has_receipts, &wanted, CHANNEL_LIMIT_MS));

    assert_int_equal(f->host->receipts[0].result, HM_ACCEPTED);
    assert_int_equal(seen(f, "\r\n..\r\nRCPT TO:<evil@example.com>\r\n...\r\nQUIT\r\n"), 1);
    assert_true(await_quit(f));
    assert_int_equal(seen(f, "\r\n.\r\n"), 1);
    assert_int_equal(seen(f, "\r\n.\r\nQUIT\r\n"), 1);
}

static void a_recipient_refused_for_good_does_not_hold_up_the_others(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.refused = "b@example.net", .refusal = "550 no such user"};
    open_with(f, &script);

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_ACCEPTED);
    assert_non_null(strstr(r->text, "a@example.net accepted (250); b@example.net refused (550)"));
    assert_true(fake_host_logged(f->host, "b@example.net refused"));
}

static void only_a_recipient_put_off_is_sent_to_again(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.refused = "b@example.net", .refusal = "451 greylisted"};
    open_with(f, &script);

    assert_int_equal(deliver(f)->result, HM_LATER);
    assert_int_equal(deliver(f)->result, HM_LATER);

    assert_int_equal(seen(f, "RCPT TO:<a@example.net>"), 1);
    assert_int_equal(seen(f, "RCPT TO:<b@example.net>"), 2);
}

static void a_recipient_served_by_a_worker_that_is_gone_is_not_served_again(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.refused = "b@example.net", .refusal = "451 greylisted"};
    open_with(f, &script);
    assert_int_equal(deliver(f)->result, HM_LATER);

    fake_host_close(f->host);
    assert_int_equal(fake_host_open(f->host), 0);
    assert_int_equal(deliver(f)->result, HM_LATER);

    assert_int_equal(seen(f, "RCPT TO:<a@example.net>"), 1);
    assert_int_equal(seen(f, "RCPT TO:<b@example.net>"), 2);
}

static void a_mail_of_which_everybody_is_settled_is_accepted_without_a_word(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.refused = "b@example.net", .refusal = "451 greylisted"};
    open_with(f, &script);
    char progress[64];
    snprintf(progress, sizeof progress, "%s", deliver(f)->progress);
    const struct fake_option options[] = {{"host", f->where, NULL}, {"tls", "none", NULL},
        {"from", "hashimori@example.net", NULL}, {"to", "a@example.net", NULL}, {0}};
    struct fake_host *other = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(other), 0);
    struct hm_notice next = notice;
    next.progress = progress;

    hashimori_plugin.deliver(other->self, 1, 2, &next);

    assert_int_equal(other->receipt_count, 1);
    assert_int_equal(other->receipts[0].result, HM_ACCEPTED);
    assert_int_equal(seen(f, "RCPT TO:<a@example.net>"), 1);
    fake_host_free(other);
}

static void progress_that_no_mail_wrote_settles_nobody(void **state)
{
    static const char *const lines[] = {
        "+", "half of it", "+0123456789abcdef -fedcba9876543210", "+zzzzzzzzzzzzzzzz", "   "};
    const struct script script = {0};
    struct fixture *f = *state;
    open_with(f, &script);

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct hm_notice next = notice;
        size_t wanted = i + 1;
        next.progress = lines[i];
        hashimori_plugin.deliver(f->host->self, wanted, 2, &next);
        assert_true(fake_host_run_until(f->host, channel_has_receipts, &wanted, CHANNEL_LIMIT_MS));
    }

    assert_int_equal(seen(f, "RCPT TO:<a@example.net>"), sizeof lines / sizeof lines[0]);
    assert_int_equal(seen(f, "RCPT TO:<b@example.net>"), sizeof lines / sizeof lines[0]);
}

static void all_recipients_refused_is_refused(void **state)
{
    const struct script script = {.refused = "@", .refusal = "550 no such user"};

    assert_int_equal(told(*state, &script), HM_REFUSED);
}

static void replies_of_5xx_are_refused(void **state)
{
    static const struct script scripts[] = {
        {.mail = "553 not you"}, {.data = "554 no"}, {.end = "552 too much"}};

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct fixture f = {0};
        assert_int_equal(told(&f, &scripts[i]), HM_REFUSED);
        fake_host_free(f.host);
        line_peer_free(f.peer);
    }
    (void)state;
}

static void replies_of_4xx_and_broken_servers_are_later(void **state)
{
    static const struct script scripts[] = {{.mail = "450 later"}, {.data = "451 later"},
        {.end = "452 full"}, {.greeting = "421 busy"}, {.greeting = "554 no service"},
        {.mail = "530 log in first"}, {.greeting = "nonsense", .is_no_server = true},
        {.end = "999 what"}};

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct fixture f = {0};
        assert_int_equal(told(&f, &scripts[i]), HM_LATER);
        fake_host_free(f.host);
        line_peer_free(f.peer);
    }
    (void)state;
}

static void a_lost_reply_is_later_and_the_same_mail_is_sent_again(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.end = ""};
    open_with(f, &script);

    assert_int_equal(deliver(f)->result, HM_LATER);
    assert_int_equal(deliver(f)->result, HM_LATER);

    assert_int_equal(
        seen(f, "\r\nMessage-ID: <MFRGGZDFMZTWQ2LKNNWG23TPOB@renkei01.example.net>\r\n"), 2);
    assert_int_equal(seen(f, "RCPT TO:<a@example.net>"), 2);
}

static void a_server_that_says_nothing_is_given_up(void **state)
{
    const struct script script = {.is_silent = true};

    assert_int_equal(told(*state, &script), HM_LATER);
}

static void a_server_that_ignores_quit_holds_nothing_up(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.ignores_quit = true};
    open_with(f, &script);
    int64_t begin = now_ms();

    assert_int_equal(deliver(f)->result, HM_ACCEPTED);

    // libcurl itself would wait two minutes, and with it all other deliveries of the worker.
    assert_in_range(now_ms() - begin, 0, CHANNEL_LIMIT_MS);
    assert_true(await_quit(f));
}

static void nobody_listening_is_later(void **state)
{
    struct fixture *f = *state;
    const struct script script = {0};
    open_with(f, &script);
    f->peer = line_peer_free(f->peer);

    assert_int_equal(deliver(f)->result, HM_LATER);
}

static void a_close_in_the_middle_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    const struct script script = {.is_silent = true};
    open_with(f, &script);

    hashimori_plugin.deliver(f->host->self, 1, 1, &notice);
    fake_host_run_until(f->host, NULL, NULL, 50);
    fake_host_close(f->host);

    assert_int_equal(f->host->open_handles, 0);
    assert_int_equal(f->host->receipt_count, 0);
}

static void without_starttls_nothing_is_sent(void **state)
{
    struct fixture *f = *state;
    const struct script script = {0};
    f->peer = line_peer_new(serve, &script, NULL);
    open_towards(f, "starttls", NULL);

    assert_int_equal(deliver(f)->result, HM_LATER);

    assert_int_equal(seen(f, "MAIL"), 0);
}

static void starttls_and_a_log_in_are_accepted(void **state)
{
    struct fixture *f = *state;
    if (!channel_certificate_make(&f->certificate, "IP:127.0.0.1", false))
        return;
    const struct script script = {.certificate = f->certificate.name};
    f->peer = line_peer_new(serve, &script, NULL);
    open_towards(f, "starttls", "pass");

    const struct fake_receipt *r = deliver(f);

    assert_string_equal(r->text, "250 2.0.0 queued as 12");
    assert_int_equal(r->result, HM_ACCEPTED);
    assert_int_equal(seen(f, "AUTH PLAIN"), 1);
}

static void a_log_in_that_is_denied_is_later(void **state)
{
    struct fixture *f = *state;
    if (!channel_certificate_make(&f->certificate, "IP:127.0.0.1", false))
        return;
    const struct script script = {.certificate = f->certificate.name};
    f->peer = line_peer_new(serve, &script, NULL);
    open_towards(f, "starttls", "other");

    assert_int_equal(deliver(f)->result, HM_LATER);

    assert_int_equal(seen(f, "MAIL"), 0);
}

static void a_certificate_of_another_name_is_not_logged_in_to(void **state)
{
    struct fixture *f = *state;
    if (!channel_certificate_make(&f->certificate, "DNS:other.example.net", false))
        return;
    const struct script script = {.certificate = f->certificate.name};
    f->peer = line_peer_new(serve, &script, NULL);
    open_towards(f, "starttls", "pass");

    assert_int_equal(deliver(f)->result, HM_LATER);

    assert_int_equal(seen(f, "AUTH"), 0);
}

static void an_expired_certificate_is_later(void **state)
{
    struct fixture *f = *state;
    if (!channel_certificate_make(&f->certificate, "IP:127.0.0.1", true))
        return;
    const struct script script = {0};
    f->peer = line_peer_new(serve, &script, f->certificate.name);
    open_towards(f, "tls", NULL);

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_LATER);
    assert_non_null(strstr(r->text, "expired"));
}

static void tls_from_the_first_byte_is_accepted(void **state)
{
    struct fixture *f = *state;
    if (!channel_certificate_make(&f->certificate, "IP:127.0.0.1", false))
        return;
    const struct script script = {0};
    f->peer = line_peer_new(serve, &script, f->certificate.name);
    open_towards(f, "tls", NULL);

    assert_int_equal(deliver(f)->result, HM_ACCEPTED);
}

static void addresses_that_would_be_commands_are_complained_of(void **state)
{
    static const char *const addresses[] = {"a@example.net\r\nRCPT TO:<evil@example.com>",
        "a@example.net\nDATA", "a b@example.net", "<a@example.net>", "a@example.net>",
        "-x@example.net", "a@", "@example.net", "a", "", "a@exa\x01mple.net", "a@example.net\x7f",
        "a@b@example.net", "\"a b\"@example.net", "a@example..net"};

    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        const struct fake_option options[] = {{"host", "192.0.2.1", NULL},
            {"from", "hashimori@example.net", NULL}, {"to", addresses[i], NULL}, {0}};
        struct fake_host *h = fake_host_new(&hashimori_plugin, options);
        fake_host_validate(h);
        assert_int_equal(h->complaint_count, 1);
        assert_string_equal(h->complaints[0].option, "to");
        fake_host_free(h);
    }
    (void)state;
}

static void a_password_in_the_clear_and_a_bad_host_are_complained_of(void **state)
{
    const struct fake_option options[] = {{"host", "mail.example.net/x", NULL},
        {"from", "hashimori@example.net", NULL}, {"to", "a@example.net", NULL},
        {"tls", "none", NULL}, {"user", "user", NULL}, {"password_file", "pass", NULL}, {0}};
    struct fixture *f = *state;
    f->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(f->host);

    assert_int_equal(f->host->complaint_count, 2);
    assert_string_equal(f->host->complaints[0].option, "host");
    assert_string_equal(f->host->complaints[1].option, "tls");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); // as the worker has it
    notice = channel_notice("重大: engine\r\n.\r\nRCPT TO:<evil@example.com>");
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_2xx_after_the_dot_is_accepted),
        TEST(no_text_becomes_a_command),
        TEST(a_recipient_refused_for_good_does_not_hold_up_the_others),
        TEST(only_a_recipient_put_off_is_sent_to_again),
        TEST(a_recipient_served_by_a_worker_that_is_gone_is_not_served_again),
        TEST(a_mail_of_which_everybody_is_settled_is_accepted_without_a_word),
        TEST(progress_that_no_mail_wrote_settles_nobody),
        TEST(all_recipients_refused_is_refused),
        TEST(replies_of_5xx_are_refused),
        TEST(replies_of_4xx_and_broken_servers_are_later),
        TEST(a_lost_reply_is_later_and_the_same_mail_is_sent_again),
        TEST(a_server_that_says_nothing_is_given_up),
        TEST(a_server_that_ignores_quit_holds_nothing_up),
        TEST(nobody_listening_is_later),
        TEST(a_close_in_the_middle_leaves_nothing),
        TEST(without_starttls_nothing_is_sent),
        TEST(starttls_and_a_log_in_are_accepted),
        TEST(a_log_in_that_is_denied_is_later),
        TEST(a_certificate_of_another_name_is_not_logged_in_to),
        TEST(an_expired_certificate_is_later),
        TEST(tls_from_the_first_byte_is_accepted),
        TEST(addresses_that_would_be_commands_are_complained_of),
        TEST(a_password_in_the_clear_and_a_bad_host_are_complained_of),
    };
    return cmocka_run_group_tests_name("plugins/channel_mail", tests, NULL, NULL);
}
