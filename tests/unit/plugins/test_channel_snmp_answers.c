/* SPDX-License-Identifier: BSD-2-Clause */
/* Informs to a receiver within the test, which answers what it should not. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_host.h"
#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

enum { LIMIT_MS = 20000, PACKET_BYTES = 4096, TURN_MS = 5 };
enum { TAG_INFORM = 0xa6, TAG_RESPONSE = 0xa2, TAG_REPORT = 0xa8 };

static const struct hm_notice raised = {
    .size = sizeof(struct hm_notice),
    .event_id = "HM-INC-RAISED",
    .sequence = 7,
    .severity = 3,
    .kind = "raised",
    .subject = "engine",
    .instance = "",
    .at_ms = 1776214800250,
    .utc_offset_s = 9 * 3600,
    .value = "",
    .threshold = "",
    .incident = 42,
    .key = "KEY",
    .text = "text",
    .service = "",
    .state = "critical",
    .host = "renkei01",
    .metric = "running",
};

struct fixture {
    struct fake_host *host;
    int fd, other; /* the receiver, and somebody else */
    unsigned char packet[PACKET_BYTES];
    size_t length;
    struct sockaddr_in from;
};

static int bound(struct sockaddr_in *ret)
{
    socklen_t length = sizeof *ret;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)ret, sizeof *ret), 0);
    getsockname(fd, (struct sockaddr *)ret, &length);
    return fd;
}

static int setup(void **state)
{
    static struct fixture fixture;
    static char where[32];
    struct fixture *f = &fixture;
    struct sockaddr_in address, unused;
    *f = (struct fixture){0};
    f->fd = bound(&address);
    f->other = bound(&unused);
    snprintf(where, sizeof where, "127.0.0.1:%u", ntohs(address.sin_port));
    const struct fake_option options[] = {{"host", where, NULL}, {"community_file", "public", NULL},
        {"timeout", "300ms", NULL}, {"retries", "0", NULL}, {0}};

    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->host = fake_host_free(f->host);
    close(f->fd);
    close(f->other);
    return 0;
}

static unsigned char *find(struct fixture *f, const char *bytes, size_t n)
{
    unsigned char *at = memmem(f->packet, f->length, bytes, n);

    assert_non_null(at);
    return at;
}

/* The PDU: behind the community. */
static unsigned char *pdu(struct fixture *f)
{
    unsigned char *at = find(f, "public", 6) + 6;

    assert_int_equal(at[0], TAG_INFORM);
    return at;
}

/* The content of the @n-th element of the PDU: 0 request-id, 1 error-status. */
static unsigned char *element(struct fixture *f, int n)
{
    unsigned char *at = pdu(f);

    at += 2 + ((at[1] & 0x80) != 0 ? at[1] & 0x7f : 0);
    for (; n > 0; n--)
        at += 2 + at[1];
    assert_int_equal(at[0], 0x02);
    return at + 2;
}

/* One inform has left; it stands in `packet`, made an answer that is right. */
static void receive(struct fixture *f)
{
    socklen_t length = sizeof f->from;

    hashimori_plugin.deliver(f->host->self, 1, 1, &raised);
    for (ssize_t n = 0; n <= 0;) {
        fake_host_run_until(f->host, NULL, NULL, TURN_MS);
        n = recvfrom(
            f->fd, f->packet, sizeof f->packet, MSG_DONTWAIT, (struct sockaddr *)&f->from, &length);
        f->length = n > 0 ? (size_t)n : 0;
    }
}

static void answer_from(struct fixture *f, int fd, unsigned char tag)
{
    unsigned char *at = pdu(f);

    *at = tag;
    sendto(fd, f->packet, f->length, 0, (const struct sockaddr *)&f->from, sizeof f->from);
    *at = TAG_INFORM;
}

static bool has_receipt(const struct fake_host *h, const void *arg)
{
    (void)arg;
    return h->receipt_count > 0;
}

static void assert_receipt(struct fixture *f, enum hm_result result, const char *part)
{
    assert_true(fake_host_run_until(f->host, has_receipt, NULL, LIMIT_MS));
    const struct fake_receipt *r = &f->host->receipts[0];
    if (r->result != result || strstr(r->text, part) == NULL)
        fail_msg("receipt %d \"%s\", not %d \"%s\"", r->result, r->text, result, part);
    fake_host_run_until(f->host, NULL, NULL, TURN_MS);
    assert_int_equal(f->host->receipt_count, 1);
}

static void the_right_answer_is_taken(void **state)
{
    struct fixture *f = *state;
    receive(f);

    answer_from(f, f->fd, TAG_RESPONSE);

    assert_receipt(f, HM_ACCEPTED, "inform answered");
}

static void an_answer_to_another_request_is_none(void **state)
{
    struct fixture *f = *state;
    receive(f);

    element(f, 0)[1] ^= 0x5a;
    answer_from(f, f->fd, TAG_RESPONSE);

    assert_receipt(f, HM_LATER, "no answer");
}

static void an_answer_of_another_community_is_none(void **state)
{
    struct fixture *f = *state;
    receive(f);

    *pdu(f) = TAG_RESPONSE;
    memcpy(find(f, "public", 6), "forger", 6);
    sendto(f->fd, f->packet, f->length, 0, (const struct sockaddr *)&f->from, sizeof f->from);

    assert_receipt(f, HM_LATER, "no answer");
}

static void an_answer_from_somebody_else_is_none(void **state)
{
    struct fixture *f = *state;
    receive(f);

    answer_from(f, f->other, TAG_RESPONSE);

    assert_receipt(f, HM_LATER, "no answer");
}

static void an_error_is_no_acceptance(void **state)
{
    struct fixture *f = *state;
    receive(f);

    element(f, 1)[0] = 5;
    answer_from(f, f->fd, TAG_RESPONSE);

    assert_receipt(f, HM_LATER, "(genError)");
}

static void too_big_will_stay_too_big(void **state)
{
    struct fixture *f = *state;
    receive(f);

    element(f, 1)[0] = 1;
    answer_from(f, f->fd, TAG_RESPONSE);

    assert_receipt(f, HM_REFUSED, "receiver answered");
}

static void a_report_is_no_acceptance(void **state)
{
    struct fixture *f = *state;
    receive(f);

    answer_from(f, f->fd, TAG_REPORT);

    assert_true(fake_host_run_until(f->host, has_receipt, NULL, LIMIT_MS));
    assert_int_equal(f->host->receipts[0].result, HM_LATER);
}

static void its_own_request_come_back_is_no_acceptance(void **state)
{
    struct fixture *f = *state;
    receive(f);

    answer_from(f, f->fd, TAG_INFORM);

    assert_receipt(f, HM_LATER, "no answer");
}

static void an_answer_that_is_cut_off_is_none(void **state)
{
    struct fixture *f = *state;
    receive(f);

    f->length /= 2;
    answer_from(f, f->fd, TAG_RESPONSE);

    assert_receipt(f, HM_LATER, "no answer");
}

static void the_right_answer_counts_after_wrong_ones(void **state)
{
    struct fixture *f = *state;
    receive(f);

    element(f, 0)[1] ^= 0x5a;
    answer_from(f, f->fd, TAG_RESPONSE);
    element(f, 0)[1] ^= 0x5a;
    answer_from(f, f->fd, TAG_RESPONSE);

    assert_receipt(f, HM_ACCEPTED, "inform answered");
}

int main(void)
{
#define ANSWER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        ANSWER_TEST(the_right_answer_is_taken),
        ANSWER_TEST(an_answer_to_another_request_is_none),
        ANSWER_TEST(an_answer_of_another_community_is_none),
        ANSWER_TEST(an_answer_from_somebody_else_is_none),
        ANSWER_TEST(an_error_is_no_acceptance),
        ANSWER_TEST(too_big_will_stay_too_big),
        ANSWER_TEST(a_report_is_no_acceptance),
        ANSWER_TEST(its_own_request_come_back_is_no_acceptance),
        ANSWER_TEST(an_answer_that_is_cut_off_is_none),
        ANSWER_TEST(the_right_answer_counts_after_wrong_ones),
    };
    return cmocka_run_group_tests_name("plugins/channel_snmp_answers", tests, NULL, NULL);
}
