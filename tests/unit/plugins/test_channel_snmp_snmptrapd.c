/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fake_host.h"
#include "snmp_peer.h"
#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

#define OUR_ENGINE "80001f8880aabbccdd00112233"
#define USER_KEYS "SHA-256 authpass123 AES privpass123"

/* The receiver's users: one for informs at its own engine, one for traps from ours. */
static const char receiver_conf[] = "authCommunity log public\n"
                                    "createUser informer " USER_KEYS "\n"
                                    "createUser -e 0x" OUR_ENGINE " trapper " USER_KEYS "\n"
                                    "createUser strong SHA-512 authpass123 AES-256 privpass123\n"
                                    "createUser sha224 SHA-224 authpass123 AES privpass123\n"
                                    "createUser sha384 SHA-384 authpass123 AES privpass123\n"
                                    "createUser signer SHA-256 authpass123\n"
                                    "authUser log informer priv\n"
                                    "authUser log trapper priv\n"
                                    "authUser log strong priv\n"
                                    "authUser log sha224 priv\n"
                                    "authUser log sha384 priv\n"
                                    "authUser log signer auth\n"
                                    "doNotFork yes\n";

/* 95 three-octet characters: 285 octets, of which 255 fit. */
#define TEN "データ連携停止中です"
static const char long_text[] = TEN TEN TEN TEN TEN TEN TEN TEN TEN "以上通知";

static const struct hm_notice raised = {
    .size = sizeof(struct hm_notice),
    .event_id = "HM-INC-RAISED",
    .sequence = 5000000007,
    .severity = 3,
    .kind = "raised",
    .subject = "disk",
    .instance = "/var",
    .at_ms = 1776214800250,
    .utc_offset_s = 9 * 3600,
    .value = "95.2",
    .threshold = ">= 90",
    .incident = 42,
    .key = "renkei01/42/1",
    .text = long_text,
    .service = "renkei",
    .state = "critical",
    .host = "renkei01",
    .metric = "used_percent",
};

struct fixture {
    struct peer peer;
    struct fake_host *host;
    char address[32];
    uint64_t next;
};

static void receiver_start(struct fixture *x)
{
    char listen[40], listen_v6[40];
    snprintf(listen, sizeof listen, "udp:127.0.0.1:%u", x->peer.port);
    snprintf(listen_v6, sizeof listen_v6, "udp6:[::1]:%u", x->peer.port);
    const char *const argv[] = {"-f", "-X", "-Lo", listen, listen_v6, NULL};
    peer_start(&x->peer, "snmptrapd", argv);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *x = &fixture;
    *x = (struct fixture){.next = 1};
    peer_init(&x->peer);
    peer_configure(&x->peer, "snmptrapd.conf", receiver_conf);
    receiver_start(x);
    snprintf(x->address, sizeof x->address, "127.0.0.1:%u", x->peer.port);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    fake_host_free(x->host);
    peer_deinit(&x->peer);
    return 0;
}

enum {
    OPTIONS_MAX = 12,
    LIMIT_MS = 30000, /* far more than any event takes, on any machine */
    CALL_MS = 150     /* sleep of one of our calls; half of the shortest timeout */
};

/* Opens a destination at the receiver with @more beside its host. */
static void open_with(struct fixture *x, const struct fake_option *more)
{
    struct fake_option options[OPTIONS_MAX] = {{.name = "host", .value = x->address}};
    for (size_t i = 0; more[i].name != NULL; i++)
        options[i + 1] = more[i];
    x->host = fake_host_new(&hashimori_plugin, options);
    x->host->engine_id = OUR_ENGINE;
    x->host->engine_boots = 7;
    assert_int_equal(fake_host_open(x->host), 0);
}

static void deliver(struct fixture *x)
{
    hashimori_plugin.deliver(x->host->self, x->next++, 1, &raised);
}

static bool has_receipts(const struct fake_host *f, const void *arg)
{
    return f->receipt_count >= *(const size_t *)arg;
}

/* The receipt of the one delivery made since the last call; NULL after @limit_ms. */
static const struct fake_receipt *receipt_of_one(struct fixture *x, int64_t limit_ms)
{
    const size_t one = 1;
    fake_host_forget(x->host);
    deliver(x);
    if (!fake_host_run_until(x->host, has_receipts, &one, limit_ms))
        return NULL;
    assert_int_equal(x->host->receipts[0].delivery, x->next - 1);
    return &x->host->receipts[0];
}

static void assert_receipt(struct fixture *x, enum hm_result result, const char *part)
{
    const struct fake_receipt *r = receipt_of_one(x, LIMIT_MS);
    assert_non_null(r);
    if (r->result != result || strstr(r->text, part) == NULL)
        fail_msg("receipt %d \"%s\", not %d \"%s\"", r->result, r->text, result, part);
}

/* For a receiver that has just come or gone on: an impatient one may try more than once. */
static void assert_accepted_in_the_end(struct fixture *x)
{
    const int64_t limit = peer_now_ms() + LIMIT_MS;
    const struct fake_receipt *r;
    do
        r = receipt_of_one(x, LIMIT_MS);
    while (r != NULL && r->result == HM_LATER && peer_now_ms() < limit);
    assert_non_null(r);
    assert_int_equal(r->result, HM_ACCEPTED);
    assert_non_null(strstr(r->text, "inform answered"));
}

static void assert_receiver_gets(struct fixture *x, size_t count)
{
    const int64_t limit = peer_now_ms() + LIMIT_MS;
    while (peer_logged(&x->peer, "hmEventText.0") < count && peer_now_ms() < limit)
        fake_host_run_until(x->host, NULL, NULL, 10);
    assert_int_equal(peer_logged(&x->peer, "hmEventText.0"), count);
}

/* The patient ones expect an answer, however busy the machine is; the quick ones expect none. */
static const struct fake_option v2c_inform[] = {
    {.name = "community_file", .value = "public"}, {.name = "timeout", .value = "20s"}, {0}};
static const struct fake_option v2c_quick[] = {{.name = "community_file", .value = "public"},
    {.name = "timeout", .value = "200ms"}, {.name = "retries", .value = "1"}, {0}};
static const struct fake_option v3_inform[] = {{.name = "version", .value = "3"},
    {.name = "user", .value = "informer"}, {.name = "auth_file", .value = "authpass123"},
    {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"}, {0}};
static const struct fake_option v3_quick[] = {{.name = "version", .value = "3"},
    {.name = "user", .value = "informer"}, {.name = "auth_file", .value = "authpass123"},
    {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "300ms"},
    {.name = "retries", .value = "1"}, {0}};
static const struct fake_option v3_trap[] = {{.name = "version", .value = "3"},
    {.name = "inform", .value = "false"}, {.name = "user", .value = "trapper"},
    {.name = "auth_file", .value = "authpass123"}, {.name = "priv_file", .value = "privpass123"},
    {0}};

static void an_inform_is_accepted_when_the_receiver_answers(void **state)
{
    struct fixture *x = *state;
    open_with(x, v2c_inform);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
    assert_string_equal(x->host->states[0], "answering");
}

static void a_notification_carries_everything_in_the_order_of_the_mib(void **state)
{
    static const char *const parts[] = {"DISMAN-EVENT-MIB::sysUpTimeInstance", ".1.3.6.1.2.1.1.3.0",
        "hmIncidentRaised", "hmEventId.0 = STRING: HM-INC-RAISED",
        "hmEventSequence.0 = Counter64: 5000000007", "hmEventSeverity.0 = INTEGER: critical(3)",
        "hmEventKind.0 = INTEGER: raised(1)", "hmEventSubject.0 = STRING: disk//var",
        "hmEventAt.0 = STRING: 2026-4-15,10:0:0.2,+9:0", "hmEventValue.0 = STRING: 95.2",
        "hmEventThreshold.0 = STRING: >= 90", "hmEventIncident.0 = Gauge32: 42",
        "hmEventKey.0 = STRING: renkei01/42/1", "hmEventText.0 = STRING: データ連携停止中です"};
    struct fixture *x = *state;
    open_with(x, v2c_inform);

    assert_receipt(x, HM_ACCEPTED, "");

    const char *at = peer_log(&x->peer);
    for (size_t i = 2; i < sizeof parts / sizeof parts[0]; i++) {
        const char *found = strstr(at, parts[i]);
        if (found == NULL)
            fail_msg("no \"%s\" in what follows: %s", parts[i], at);
        at = found;
    }
    // 255 octets are 85 whole characters.
    const char *text = strstr(peer_log(&x->peer), "hmEventText.0 = STRING: ");
    assert_int_equal(strcspn(text + strlen("hmEventText.0 = STRING: "), "\n"), 255);
}

static void a_trap_is_sent_and_proves_no_more(void **state)
{
    static const struct fake_option options[] = {
        {.name = "community_file", .value = "public"}, {.name = "inform", .value = "false"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_SENT, "trap sent");
    assert_receiver_gets(x, 1);
}

static void a_version_1_trap_names_the_same_notification(void **state)
{
    static const struct fake_option v1_trap[] = {{.name = "version", .value = "1"},
        {.name = "inform", .value = "false"}, {.name = "community_file", .value = "public"}, {0}};
    struct fixture *x = *state;
    open_with(x, v1_trap);

    assert_receipt(x, HM_SENT, "trap sent");

    assert_receiver_gets(x, 1);
    // snmptrapd puts it as RFC 3584, 3.1 says: enterprise, 0, specific.
    assert_int_equal(peer_logged(&x->peer, "hmIncidentRaised"), 1);
    assert_int_equal(peer_logged(&x->peer, "hmEventKey.0 = STRING: renkei01/42/1"), 1);
    assert_int_equal(peer_logged(&x->peer, "hmEventSequence"), 0);
}

static void an_inform_goes_by_ipv6(void **state)
{
    struct fixture *x = *state;
    snprintf(x->address, sizeof x->address, "[::1]:%u", x->peer.port);
    open_with(x, v2c_inform);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
    assert_receiver_gets(x, 1);
}

static void an_encrypted_inform_goes_by_ipv6(void **state)
{
    struct fixture *x = *state;
    snprintf(x->address, sizeof x->address, "[::1]:%u", x->peer.port);
    open_with(x, v3_inform);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

static void a_name_is_resolved_without_waiting(void **state)
{
    struct fixture *x = *state;
    snprintf(x->address, sizeof x->address, "localhost:%u", x->peer.port);

    int64_t began = peer_asleep_ms();
    open_with(x, v2c_inform);
    assert_true(peer_asleep_ms() - began <= CALL_MS);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

static void a_name_that_is_none_puts_off(void **state)
{
    struct fixture *x = *state;
    snprintf(x->address, sizeof x->address, "nobody.invalid:%u", x->peer.port);
    open_with(x, v2c_inform);

    assert_receipt(x, HM_LATER, "nobody.invalid");
    assert_receipt(x, HM_LATER, "nobody.invalid");
}

static void a_wrong_community_gets_no_answer_and_the_delivery_waits(void **state)
{
    static const struct fake_option options[] = {{.name = "community_file", .value = "wrong"},
        {.name = "timeout", .value = "200ms"}, {.name = "retries", .value = "1"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_LATER, "no answer in 400 ms");
    assert_int_equal(peer_logged(&x->peer, "hmEventText.0"), 0);
}

static void it_sends_from_the_source_that_was_set(void **state)
{
    static const struct fake_option options[] = {{.name = "community_file", .value = "public"},
        {.name = "source", .value = "127.0.0.2"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
    assert_int_equal(peer_logged(&x->peer, "UDP: [127.0.0.2]:"), 1);
}

static void a_source_that_is_not_ours_puts_off(void **state)
{
    static const struct fake_option options[] = {{.name = "community_file", .value = "public"},
        {.name = "source", .value = "192.0.2.77"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_LATER, "the source address is not ours");
}

static void many_informs_are_in_flight_at_once(void **state)
{
    // Patient: on a busy machine the receiver takes its time, and one sent again would count twice.
    static const struct fake_option options[] = {
        {.name = "community_file", .value = "public"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    const size_t many = 64;
    open_with(x, options);

    for (size_t i = 0; i < many; i++)
        deliver(x);
    assert_true(fake_host_run_until(x->host, has_receipts, &many, LIMIT_MS));

    for (size_t i = 0; i < many; i++)
        assert_int_equal(x->host->receipts[i].result, HM_ACCEPTED);
    assert_int_equal(peer_logged(&x->peer, "hmEventText.0"), many);
}

static void more_than_the_limit_in_flight_is_put_off_at_once(void **state)
{
    struct fixture *x = *state;
    open_with(x, v2c_quick);
    kill(x->peer.pid, SIGSTOP);

    for (size_t i = 0; i < 257; i++)
        deliver(x);

    assert_int_equal(x->host->receipt_count, 1);
    assert_int_equal(x->host->receipts[0].result, HM_LATER);
    kill(x->peer.pid, SIGCONT);
}

static void an_encrypted_inform_is_accepted(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_inform);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
    assert_int_equal(peer_logged(&x->peer, "hmEventText.0"), 1);
}

static void the_strongest_methods_work(void **state)
{
    static const struct fake_option options[] = {{.name = "version", .value = "3"},
        {.name = "user", .value = "strong"}, {.name = "auth", .value = "SHA-512"},
        {.name = "priv", .value = "AES-256"}, {.name = "auth_file", .value = "authpass123"},
        {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

static void every_method_of_authentication_works(void **state)
{
    static const struct {
        const char *user, *auth;
    } methods[] = {{"sha224", "SHA-224"}, {"informer", "SHA-256"}, {"sha384", "SHA-384"}};
    struct fixture *x = *state;

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        const struct fake_option options[] = {{.name = "version", .value = "3"},
            {.name = "user", .value = methods[i].user}, {.name = "auth", .value = methods[i].auth},
            {.name = "auth_file", .value = "authpass123"},
            {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"},
            {0}};
        open_with(x, options);
        assert_receipt(x, HM_ACCEPTED, "inform answered");
        x->host = fake_host_free(x->host);
    }
}

static void an_inform_that_is_only_signed_is_accepted(void **state)
{
    static const struct fake_option options[] = {{.name = "version", .value = "3"},
        {.name = "user", .value = "signer"}, {.name = "auth_file", .value = "authpass123"},
        {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

static void an_encrypted_trap_of_our_engine_is_understood(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_trap);

    assert_receipt(x, HM_SENT, "trap sent");
    assert_receiver_gets(x, 1);
}

static void the_boots_of_our_engine_are_on_the_wire(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_trap);
    assert_receipt(x, HM_SENT, "trap sent");
    assert_receiver_gets(x, 1);
    fake_host_close(x->host);

    // Fewer boots than before is a replay for the receiver; more is a restart.
    x->host->engine_boots = 6;
    assert_int_equal(fake_host_open(x->host), 0);
    assert_receipt(x, HM_SENT, "trap sent");
    fake_host_close(x->host);
    x->host->engine_boots = 8;
    assert_int_equal(fake_host_open(x->host), 0);
    assert_receipt(x, HM_SENT, "trap sent");

    assert_receiver_gets(x, 2);
}

static void an_unknown_user_is_told_from_a_dead_receiver(void **state)
{
    static const struct fake_option options[] = {{.name = "version", .value = "3"},
        {.name = "user", .value = "stranger"}, {.name = "auth_file", .value = "authpass123"},
        {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_LATER, "does not know this user");
}

static void a_wrong_passphrase_is_told_from_a_dead_receiver(void **state)
{
    static const struct fake_option options[] = {{.name = "version", .value = "3"},
        {.name = "user", .value = "informer"}, {.name = "auth_file", .value = "otherpass123"},
        {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, options);

    assert_receipt(x, HM_LATER, "wrong digest");
}

static void a_new_passphrase_counts_after_the_destination_is_opened_again(void **state)
{
    static const struct fake_option wrong[] = {{.name = "version", .value = "3"},
        {.name = "user", .value = "informer"}, {.name = "auth_file", .value = "otherpass123"},
        {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, wrong);
    assert_receipt(x, HM_LATER, "wrong digest");
    x->host = fake_host_free(x->host);

    open_with(x, v3_inform);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

static void two_keys_for_one_user_at_one_receiver_are_noticed(void **state)
{
    static const struct fake_option other[] = {{.name = "version", .value = "3"},
        {.name = "user", .value = "informer"}, {.name = "auth_file", .value = "otherpass123"},
        {.name = "priv_file", .value = "privpass123"}, {.name = "timeout", .value = "20s"}, {0}};
    struct fixture *x = *state;
    open_with(x, v3_inform);
    assert_receipt(x, HM_ACCEPTED, "inform answered");
    struct fake_host *first = x->host;
    open_with(x, other);

    assert_receipt(x, HM_LATER, "with other keys");

    fake_host_free(x->host);
    x->host = first;
    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

/* Delivers to a receiver that is stopped; the longest sleep, in ms, in one of our calls. */
static int64_t longest_call_to_the_stopped(struct fixture *x)
{
    const size_t one = 1;
    const int64_t limit = peer_now_ms() + LIMIT_MS;
    int64_t longest = 0;
    kill(x->peer.pid, SIGSTOP);
    fake_host_forget(x->host);
    int64_t before = peer_asleep_ms();
    deliver(x);
    longest = peer_asleep_ms() - before;
    while (!has_receipts(x->host, &one) && peer_now_ms() < limit) {
        int64_t start = peer_asleep_ms();
        fake_host_run_until(x->host, has_receipts, &one, 10);
        if (peer_asleep_ms() - start > longest)
            longest = peer_asleep_ms() - start;
    }
    kill(x->peer.pid, SIGCONT);
    return longest;
}

static void a_stopped_receiver_puts_off_without_blocking(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_quick);

    int64_t longest = longest_call_to_the_stopped(x);

    assert_int_equal(x->host->receipt_count, 1);
    assert_int_equal(x->host->receipts[0].result, HM_LATER);
    assert_true(longest < CALL_MS);
    assert_accepted_in_the_end(x);
}

static void a_receiver_that_stops_later_puts_off_without_blocking(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_quick);
    assert_accepted_in_the_end(x);

    int64_t longest = longest_call_to_the_stopped(x);

    assert_int_equal(x->host->receipts[0].result, HM_LATER);
    assert_true(longest < CALL_MS);
    assert_accepted_in_the_end(x);
}

static void a_receiver_that_is_gone_is_found_again(void **state)
{
    struct fixture *x = *state;
    open_with(x, v2c_quick);
    peer_stop(&x->peer, SIGTERM);
    assert_receipt(x, HM_LATER, "no answer in 400 ms");

    receiver_start(x);

    assert_accepted_in_the_end(x);
}

static void a_restarted_receiver_with_the_same_engine_accepts_at_once(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_inform);
    assert_receipt(x, HM_ACCEPTED, "");
    peer_stop(&x->peer, SIGTERM);

    receiver_start(x);

    assert_receipt(x, HM_ACCEPTED, "inform answered");
}

static void a_receiver_with_a_new_engine_is_asked_again(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_quick);
    assert_accepted_in_the_end(x);
    peer_stop(&x->peer, SIGTERM);
    peer_forget(&x->peer);
    char conf[sizeof receiver_conf + 64];
    snprintf(conf, sizeof conf, "exactEngineID 0x80001f88800102030405060708\n%s", receiver_conf);
    peer_configure(&x->peer, "snmptrapd.conf", conf);
    receiver_start(x);

    assert_receipt(x, HM_LATER, "");
    assert_accepted_in_the_end(x);
}

static void closing_with_deliveries_in_flight_leaves_nothing_behind(void **state)
{
    struct fixture *x = *state;
    open_with(x, v3_inform);
    kill(x->peer.pid, SIGSTOP);
    for (int i = 0; i < 8; i++)
        deliver(x);

    fake_host_close(x->host);

    assert_int_equal(x->host->receipt_count, 0);
    assert_int_equal(x->host->open_handles, 0);
    kill(x->peer.pid, SIGCONT);
}

#define WITH_RECEIVER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECEIVER(an_inform_is_accepted_when_the_receiver_answers),
        WITH_RECEIVER(a_notification_carries_everything_in_the_order_of_the_mib),
        WITH_RECEIVER(a_trap_is_sent_and_proves_no_more),
        WITH_RECEIVER(a_wrong_community_gets_no_answer_and_the_delivery_waits),
        WITH_RECEIVER(a_version_1_trap_names_the_same_notification),
        WITH_RECEIVER(an_inform_goes_by_ipv6),
        WITH_RECEIVER(an_encrypted_inform_goes_by_ipv6),
        WITH_RECEIVER(a_name_is_resolved_without_waiting),
        WITH_RECEIVER(a_name_that_is_none_puts_off),
        WITH_RECEIVER(it_sends_from_the_source_that_was_set),
        WITH_RECEIVER(a_source_that_is_not_ours_puts_off),
        WITH_RECEIVER(many_informs_are_in_flight_at_once),
        WITH_RECEIVER(more_than_the_limit_in_flight_is_put_off_at_once),
        WITH_RECEIVER(an_encrypted_inform_is_accepted),
        WITH_RECEIVER(the_strongest_methods_work),
        WITH_RECEIVER(every_method_of_authentication_works),
        WITH_RECEIVER(an_inform_that_is_only_signed_is_accepted),
        WITH_RECEIVER(an_encrypted_trap_of_our_engine_is_understood),
        WITH_RECEIVER(the_boots_of_our_engine_are_on_the_wire),
        WITH_RECEIVER(an_unknown_user_is_told_from_a_dead_receiver),
        WITH_RECEIVER(a_wrong_passphrase_is_told_from_a_dead_receiver),
        WITH_RECEIVER(a_new_passphrase_counts_after_the_destination_is_opened_again),
        WITH_RECEIVER(two_keys_for_one_user_at_one_receiver_are_noticed),
        WITH_RECEIVER(a_stopped_receiver_puts_off_without_blocking),
        WITH_RECEIVER(a_receiver_that_stops_later_puts_off_without_blocking),
        WITH_RECEIVER(a_receiver_that_is_gone_is_found_again),
        WITH_RECEIVER(a_restarted_receiver_with_the_same_engine_accepts_at_once),
        WITH_RECEIVER(a_receiver_with_a_new_engine_is_asked_again),
        WITH_RECEIVER(closing_with_deliveries_in_flight_leaves_nothing_behind),
    };
    if (peer_program("snmptrapd") == NULL) {
        printf("1..0 # SKIP snmptrapd (Debian: snmptrapd) is not installed\n");
        return 0;
    }
    return cmocka_run_group_tests_name("plugins/channel_snmp with snmptrapd", tests, NULL, NULL);
}
