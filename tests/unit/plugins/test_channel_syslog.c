/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "syslog_parse.h"
#include "unit.h"

enum { LIMIT_MS = 20000 };

static struct hm_notice notice;

struct fixture {
    int listener; /* of the receiver; -1: none */
    int peer;     /* an accepted connection; -1: none */
    char where[64];
    char folder[32];
    struct fake_host *host;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->listener = f->peer = -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    fake_host_free(f->host);
    close(f->listener);
    close(f->peer);
    if (f->folder[0] != '\0') {
        unlink(f->where);
        rmdir(f->folder);
    }
    free(f);
    return 0;
}

/* A receiver on a free loopback port; @where is then its HOST:PORT. */
static void listen_inet(struct fixture *f, int type, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    socklen_t length = sizeof address;
    int on = 1;

    f->listener = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&address, length), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(f->listener, 8), 0);
    getsockname(f->listener, (struct sockaddr *)&address, &length);
    snprintf(f->where, sizeof f->where, "127.0.0.1:%u", ntohs(address.sin_port));
}

static void listen_local(struct fixture *f, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(f->folder, sizeof f->folder, "syslog.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->where, sizeof f->where, "%s/log", f->folder);
    memcpy(address.sun_path, f->where, strlen(f->where) + 1);
    f->listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof address), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(f->listener, 8), 0);
}

static void open_towards(
    struct fixture *f, const char *transport, const char *key, const char *timeout)
{
    const struct fake_option options[] = {
        {"transport", transport, NULL}, {key, f->where, NULL}, {"timeout", timeout, NULL}, {0}};

    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);
}

static enum hm_result result_of(struct fixture *f, uint64_t delivery)
{
    for (size_t i = 0; i < f->host->receipt_count; i++)
        if (f->host->receipts[i].delivery == delivery)
            return f->host->receipts[i].result;
    fail_msg("no receipt for %llu", (unsigned long long)delivery);
    return 0;
}

static enum hm_result deliver(struct fixture *f, uint64_t delivery)
{
    size_t wanted = f->host->receipt_count + 1;

    hashimori_plugin.deliver(f->host->self, delivery, 1, &notice);
    assert_true(fake_host_run_until(f->host, channel_has_receipts, &wanted, LIMIT_MS));
    return result_of(f, delivery);
}

/* One counted frame from the peer's side of the stream, waiting for it. */
static const struct parsed *receive_frame(struct fixture *f)
{
    static struct parsed p;
    char bytes[PARSED_BYTES];
    size_t length = 0;
    char c;

    while (recv(f->peer, &c, 1, 0) == 1 && c != ' ') {
        assert_in_range(c, '0', '9');
        length = length * 10 + (size_t)(c - '0');
    }
    assert_in_range(length, 1, sizeof bytes);
    assert_int_equal(recv(f->peer, bytes, length, MSG_WAITALL), length);
    assert_true(syslog_parse(bytes, length, &p));
    return &p;
}

static void udp_is_one_datagram_and_only_ever_sent(void **state)
{
    struct fixture *f = *state;
    char bytes[PARSED_BYTES];
    static struct parsed p;
    listen_inet(f, SOCK_DGRAM, 0);
    open_towards(f, "udp", "host", "10s");

    assert_int_equal(deliver(f, 1), HM_SENT);

    ssize_t n = recv(f->listener, bytes, sizeof bytes, 0);
    assert_true(n > 0 && syslog_parse(bytes, (size_t)n, &p));
    assert_string_equal(parsed_param(&p, "key"), "KEY");
}

static void a_udp_port_where_nobody_listens_is_tried_later(void **state)
{
    struct fixture *f = *state;
    listen_inet(f, SOCK_DGRAM, 0);
    close(f->listener);
    f->listener = -1;
    open_towards(f, "udp", "host", "10s");

    assert_int_equal(deliver(f, 1), HM_LATER);
}

static void tcp_counts_octets(void **state)
{
    struct fixture *f = *state;
    listen_inet(f, SOCK_STREAM, 0);
    open_towards(f, "tcp", "host", "10s");

    assert_int_equal(deliver(f, 1), HM_SENT);
    assert_int_equal(deliver(f, 2), HM_SENT);

    f->peer = accept(f->listener, NULL, NULL);
    assert_null(parsed_param(receive_frame(f), "attempt"));
    assert_null(parsed_param(receive_frame(f), "attempt"));
}

static void a_refused_connection_is_tried_later(void **state)
{
    struct fixture *f = *state;
    listen_inet(f, SOCK_STREAM, 0);
    close(f->listener);
    f->listener = -1;
    open_towards(f, "tcp", "host", "10s");

    assert_int_equal(deliver(f, 1), HM_LATER);
    assert_non_null(strstr(f->host->receipts[0].text, "refused"));
}

static bool has_peer(const struct fake_host *h, const void *arg)
{
    const struct fixture *f = arg;
    (void)h;
    return recv(f->peer, &(char){0}, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static void after_a_broken_connection_the_last_minute_comes_again_marked(void **state)
{
    struct fixture *f = *state;
    listen_inet(f, SOCK_STREAM, 0);
    open_towards(f, "tcp", "host", "10s");
    assert_int_equal(deliver(f, 1), HM_SENT);
    f->peer = accept(f->listener, NULL, NULL);
    receive_frame(f);
    close(f->peer);
    f->peer = -1;

    fake_host_run_until(f->host, NULL, NULL, 50); // it sees the end of the connection
    assert_int_equal(deliver(f, 2), HM_SENT);

    f->peer = accept(f->listener, NULL, NULL);
    assert_true(fake_host_run_until(f->host, has_peer, f, LIMIT_MS));
    assert_string_equal(parsed_param(receive_frame(f), "attempt"), "2");
    assert_null(parsed_param(receive_frame(f), "attempt"));
    assert_int_equal(f->host->receipt_count, 2);
}

static void what_is_older_than_a_minute_does_not_come_again(void **state)
{
    struct fixture *f = *state;
    listen_inet(f, SOCK_STREAM, 0);
    open_towards(f, "tcp", "host", "10s");
    assert_int_equal(deliver(f, 1), HM_SENT);
    f->peer = accept(f->listener, NULL, NULL);
    close(f->peer);

    f->host->clock_shift_ms = 61000;
    fake_host_run_until(f->host, NULL, NULL, 50);
    assert_int_equal(deliver(f, 2), HM_SENT);

    f->peer = accept(f->listener, NULL, NULL);
    assert_null(parsed_param(receive_frame(f), "attempt"));
}

/* The kernel's buffers take some; then nothing moves, and what waits is not claimed. */
static void a_receiver_that_stops_reading_is_given_up(void **state)
{
    struct fixture *f = *state;
    int small = 4096;
    uint64_t delivery = 0;
    listen_inet(f, SOCK_STREAM, 0);
    setsockopt(f->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    open_towards(f, "tcp", "host", "200ms");
    assert_int_equal(deliver(f, ++delivery), HM_SENT);
    f->peer = accept(f->listener, NULL, NULL);

    enum hm_result result = HM_SENT;
    while (result == HM_SENT && delivery < 100000)
        result = deliver(f, ++delivery);

    assert_int_equal(result, HM_LATER);
    assert_non_null(strstr(f->host->receipts[f->host->receipt_count - 1].text, "takes nothing"));
}

static void a_local_datagram_socket_is_found_out(void **state)
{
    struct fixture *f = *state;
    char bytes[PARSED_BYTES];
    static struct parsed p;
    char *absolute;
    listen_local(f, SOCK_DGRAM);
    absolute = realpath(f->where, NULL);
    const struct fake_option options[] = {{"path", absolute, NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);

    assert_int_equal(deliver(f, 1), HM_SENT);

    ssize_t n = recv(f->listener, bytes, sizeof bytes, 0);
    assert_true(n > 0 && syslog_parse(bytes, (size_t)n, &p));
    free(absolute);
}

static void a_local_stream_socket_gets_lines(void **state)
{
    struct fixture *f = *state;
    char bytes[PARSED_BYTES];
    static struct parsed p;
    char *absolute;
    listen_local(f, SOCK_STREAM);
    absolute = realpath(f->where, NULL);
    const struct fake_option options[] = {{"path", absolute, NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);

    assert_int_equal(deliver(f, 1), HM_SENT);

    f->peer = accept(f->listener, NULL, NULL);
    ssize_t n = recv(f->peer, bytes, sizeof bytes, 0);
    assert_true(n > 1);
    assert_int_equal(bytes[n - 1], '\n');
    assert_true(syslog_parse(bytes, (size_t)n - 1, &p));
    free(absolute);
}

static void an_absent_local_socket_is_tried_later(void **state)
{
    struct fixture *f = *state;
    const struct fake_option options[] = {{"path", "/nonexistent/log", NULL}, {0}};
    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);

    assert_int_equal(deliver(f, 1), HM_LATER);
    assert_non_null(strstr(f->host->receipts[0].text, "/nonexistent/log"));
}

static void options_that_do_not_go_together_are_complained_of(void **state UNUSED)
{
    static const struct {
        struct fake_option options[4];
        const char *wanted; /* NULL: nothing to complain of */
    } rows[] = {
        {{{"transport", "udp", NULL}}, "is needed"},
        {{{"host", "192.0.2.1", NULL}}, "transport"},
        {{{"transport", "tcp", NULL}, {"host", "192.0.2.1:0", NULL}}, "port"},
        {{{"transport", "tcp", NULL}, {"host", "192.0.2.1:65536", NULL}}, "port"},
        {{{"transport", "tcp", NULL}, {"host", "[2001:db8::1", NULL}}, "HOST"},
        {{{"transport", "tcp", NULL}, {"host", ":514", NULL}}, "HOST"},
        {{{"transport", "tcp", NULL}, {"host", "[2001:db8::1]:6514", NULL}}, NULL},
        {{{"transport", "udp", NULL}, {"host", "2001:db8::1", NULL}}, NULL},
        {{{"transport", "udp", NULL}, {"host", "log.example.net", NULL}}, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fake_host *h = fake_host_new(&hashimori_plugin, rows[i].options);
        fake_host_validate(h);
        if (rows[i].wanted == NULL)
            assert_int_equal(h->complaint_count, 0);
        else
            assert_true(fake_host_complained(h, rows[i].wanted));
        fake_host_free(h);
    }
}

int main(void)
{
    notice = channel_notice("text");
    notice.key = "KEY";
    notice.severity = 2;
    notice.state = "warning";
    notice.utc_offset_s = 0;
    const struct CMUnitTest tests[] = {
#define SYSLOG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        SYSLOG_TEST(udp_is_one_datagram_and_only_ever_sent),
        SYSLOG_TEST(a_udp_port_where_nobody_listens_is_tried_later),
        SYSLOG_TEST(tcp_counts_octets),
        SYSLOG_TEST(a_refused_connection_is_tried_later),
        SYSLOG_TEST(after_a_broken_connection_the_last_minute_comes_again_marked),
        SYSLOG_TEST(what_is_older_than_a_minute_does_not_come_again),
        SYSLOG_TEST(a_receiver_that_stops_reading_is_given_up),
        SYSLOG_TEST(a_local_datagram_socket_is_found_out),
        SYSLOG_TEST(a_local_stream_socket_gets_lines),
        SYSLOG_TEST(an_absent_local_socket_is_tried_later),
        cmocka_unit_test(options_that_do_not_go_together_are_complained_of),
    };
    return cmocka_run_group_tests_name("plugins/channel_syslog", tests, NULL, NULL);
}
