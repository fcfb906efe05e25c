/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "face_snmp_fixture.h"
#include "fake_host.h"
#include "snmp_peer.h"
#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

/* hashimoriMIB */
#define ROOT ".1.3.6.1.4.1.8072.9999.9999.8847"
#define OUR_ENGINE "80001f8880aabbccdd00112233"
#define V3_GOOD "-v3 -l authPriv -u monitor -a SHA-256 -A authpass123 -x AES -X privpass123"

struct fixture {
    struct peer peer; /* only its folder and its port */
    struct fake_host *host;
    char listen[40];
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *x = &fixture;
    *x = (struct fixture){0};
    peer_init(&x->peer);
    snprintf(x->listen, sizeof x->listen, "udp:127.0.0.1:%u", x->peer.port);
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

enum { OPTIONS_MAX = 12 };

static int try_open(struct fixture *x, const struct fake_option *more)
{
    struct fake_option options[OPTIONS_MAX] = {
        {.name = "mode", .value = "standalone"}, {.name = "listen", .value = x->listen}};
    for (size_t i = 0; more[i].name != NULL; i++)
        options[i + 2] = more[i];
    x->host = fake_host_new(&hashimori_plugin, options);
    x->host->engine_id = OUR_ENGINE;
    x->host->engine_boots = 7;
    return fake_host_open(x->host);
}

static const struct fake_option both[] = {{.name = "community_file", .value = "readers"},
    {.name = "user", .value = "monitor"}, {.name = "auth_file", .value = "authpass123"},
    {.name = "priv_file", .value = "privpass123"}, {.name = "contact", .value = "運用担当"}, {0}};
static const struct fake_option only_v3[] = {{.name = "user", .value = "monitor"},
    {.name = "auth_file", .value = "authpass123"}, {.name = "priv_file", .value = "privpass123"},
    {0}};

static void open_with_board(struct fixture *x, const struct fake_option *options)
{
    assert_int_equal(try_open(x, options), 0);
    board_put_all(x->host, 2);
}

static const char *ask_as(
    struct fixture *x, const char *tool, const char *who, const char *limit, const char *what)
{
    char arguments[512];
    snprintf(arguments, sizeof arguments, "-r 0 -t %s %s 127.0.0.1:%u %s", limit, who, x->peer.port,
        what);
    return ask(x->host, x->peer.dir, tool, arguments);
}

static void assert_says(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, answer);
}

/* Our tree is the last of the agent: a walk ends with a line that says so. */
static unsigned instances_in(const char *walk)
{
    return times(walk, "HASHIMORI-MIB::hm") - times(walk, "No more variables");
}

static void an_encrypted_walk_shows_every_table(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, only_v3);

    const char *walk = ask_as(x, "snmpbulkwalk", V3_GOOD, "5", ROOT);

    assert_int_equal(instances_in(walk), board_instances(2));
    assert_says(walk, "hmServiceName.1 = STRING: データ連携\n");
    assert_string_equal(x->host->states[0], "listening");
}

static void the_community_reads_the_same(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);

    const char *walk = ask_as(x, "snmpwalk", "-v2c -c readers", "5", ROOT);

    assert_int_equal(instances_in(walk), board_instances(2));
}

static void the_system_group_is_there_and_nothing_else(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);

    const char *walk = ask_as(x, "snmpwalk", "-v2c -c readers -On", "5", ".1.3.6");

    assert_says(walk, ".1.3.6.1.2.1.1.1.0 = STRING: ");
    assert_says(walk, ".1.3.6.1.2.1.1.2.0 = OID: " ROOT);
    assert_says(walk, ".1.3.6.1.2.1.1.4.0 = ");
    assert_says(walk, ".1.3.6.1.2.1.1.7.0 = INTEGER: 72");
    assert_int_equal(times(walk, " = ") - times(walk, "No more variables"), 7 + board_instances(2));
}

static void a_wrong_community_gets_no_answer(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);

    assert_says(ask_as(x, "snmpget", "-v2c -c public", "0.5", ROOT ".1.1.1.0"), "No Response");
    assert_says(ask_as(x, "snmpget", "-v1 -c readers", "0.5", ROOT ".1.1.1.0"), "No Response");
}

static void without_a_community_version_2c_is_off(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, only_v3);

    assert_says(ask_as(x, "snmpget", "-v2c -c readers", "0.5", ROOT ".1.1.1.0"), "No Response");
    assert_says(ask_as(x, "snmpget", "-v2c -c ''", "0.5", ROOT ".1.1.1.0"), "No Response");
}

static void wrong_keys_and_strangers_are_turned_away(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, only_v3);

    assert_says(ask_as(x, "snmpget",
                    "-v3 -l authPriv -u monitor -a SHA-256 -A otherpass123 -x AES -X privpass123",
                    "5", ROOT ".1.1.1.0"),
        "Authentication failure");
    assert_says(ask_as(x, "snmpget", "-v3 -l noAuthNoPriv -u nobody", "5", ROOT ".1.1.1.0"),
        "Unknown user name");
    assert_says(ask_as(x, "snmpget", "-v3 -l authNoPriv -u monitor -a SHA-256 -A authpass123", "5",
                    ROOT ".1.1.1.0"),
        "authorizationError");
}

static void nothing_can_be_set(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);

    const char *answer = ask_as(x, "snmpset", V3_GOOD, "5", ROOT ".1.4.1.2.1 s changed");

    assert_true(strstr(answer, "notWritable") != NULL || strstr(answer, "noAccess") != NULL ||
                strstr(answer, "authorizationError") != NULL);
    answer = ask_as(x, "snmpset", "-v2c -c readers", "1", ROOT ".1.4.1.2.1 s changed");
    assert_null(strstr(answer, "= STRING"));
    assert_says(ask_as(x, "snmpget", V3_GOOD, "5", ROOT ".1.4.1.2.1"), "監視項目-0001");
}

static void the_next_after_the_greatest_index_is_the_next_column(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);

    assert_says(ask_as(x, "snmpgetnext", "-v2c -c readers", "5", ROOT ".1.6.1.2.4294967295"),
        "hmIncidentSeverity.42");
}

/* A version 3 message of nobody for no engine: the answer is a Report with our engine and boots. */
static const unsigned char who_are_you[] = {0x30, 0x3a, 0x02, 0x01, 0x03, 0x30, 0x0e, 0x02, 0x02,
    0x10, 0x01, 0x02, 0x03, 0x00, 0xff, 0xe3, 0x04, 0x01, 0x04, 0x02, 0x01, 0x03, 0x04, 0x10, 0x30,
    0x0e, 0x04, 0x00, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00, 0x04, 0x00, 0x30,
    0x13, 0x04, 0x00, 0x04, 0x00, 0xa0, 0x0d, 0x02, 0x03, 0x01, 0x02, 0x03, 0x02, 0x01, 0x00, 0x02,
    0x01, 0x00, 0x30, 0x00};

static void the_engine_and_its_boots_are_those_of_the_host(void **state)
{
    static const unsigned char ours[] = {0x04, 0x0d, 0x80, 0x00, 0x1f, 0x88, 0x80, 0xaa, 0xbb, 0xcc,
        0xdd, 0x00, 0x11, 0x22, 0x33, 0x02, 0x01, 7};
    struct fixture *x = *state;
    open_with_board(x, only_v3);
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(x->peer.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned char answer[512];
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    sendto(fd, who_are_you, sizeof who_are_you, 0, (const struct sockaddr *)&to, sizeof to);
    ssize_t n = -1;
    for (int turns = 0; n < 0 && turns < 500; turns++) {
        fake_host_run_until(x->host, NULL, NULL, 10);
        n = recv(fd, answer, sizeof answer, 0);
    }
    close(fd);

    assert_true(n > 0);
    assert_non_null(memmem(answer, (size_t)n, ours, sizeof ours));
}

static void what_is_no_message_is_survived(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(x->peer.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned char bytes[sizeof who_are_you];
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    // Every prefix of a message, and the message with each octet wrong in turn.
    for (size_t i = 0; i < sizeof who_are_you; i++) {
        memcpy(bytes, who_are_you, sizeof bytes);
        bytes[i] ^= 0xff;
        sendto(fd, bytes, i, 0, (const struct sockaddr *)&to, sizeof to);
        sendto(fd, bytes, sizeof bytes, 0, (const struct sockaddr *)&to, sizeof to);
        fake_host_run_until(x->host, NULL, NULL, 1);
    }
    close(fd);

    assert_says(ask_as(x, "snmpget", V3_GOOD, "5", ROOT ".1.4.1.2.1"), "監視項目-0001");
}

static void the_one_port_is_the_only_one(void **state)
{
    struct fixture *x = *state;
    open_with_board(x, both);

    for (int fd = 3; fd < 256; fd++) {
        int accepts = 0;
        socklen_t n = sizeof accepts;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &n) == 0)
            assert_int_equal(accepts, 0);
    }
    assert_false(fake_host_logged(x->host, "smux"));
}

static void a_port_in_use_is_said(void **state)
{
    struct fixture *x = *state;
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_port = htons(x->peer.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);

    assert_int_not_equal(try_open(x, both), 0);
    close(fd);

    assert_true(fake_host_complained(x->host, "cannot listen on"));
    assert_int_equal(fake_host_open(x->host), 0);
}

static void a_face_that_nobody_could_ask_is_refused(void **state)
{
    static const struct fake_option nobody[] = {{0}};
    struct fixture *x = *state;

    assert_int_not_equal(try_open(x, nobody), 0);

    assert_true(fake_host_complained(x->host, "nobody could ask"));
}

static void a_community_that_is_no_word_is_refused(void **state)
{
    static const struct fake_option hostile[] = {
        {.name = "community_file", .value = "a b\" rwcommunity"}, {0}};
    struct fixture *x = *state;

    assert_int_not_equal(try_open(x, hostile), 0);

    assert_string_equal(x->host->complaints[0].option, "community_file");
}

#define WITH_PORT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PORT(an_encrypted_walk_shows_every_table),
        WITH_PORT(the_community_reads_the_same),
        WITH_PORT(the_system_group_is_there_and_nothing_else),
        WITH_PORT(a_wrong_community_gets_no_answer),
        WITH_PORT(without_a_community_version_2c_is_off),
        WITH_PORT(wrong_keys_and_strangers_are_turned_away),
        WITH_PORT(nothing_can_be_set),
        WITH_PORT(the_next_after_the_greatest_index_is_the_next_column),
        WITH_PORT(the_engine_and_its_boots_are_those_of_the_host),
        WITH_PORT(what_is_no_message_is_survived),
        WITH_PORT(the_one_port_is_the_only_one),
        WITH_PORT(a_port_in_use_is_said),
        WITH_PORT(a_face_that_nobody_could_ask_is_refused),
        WITH_PORT(a_community_that_is_no_word_is_refused),
    };
    if (peer_program("snmpwalk") == NULL) {
        printf("1..0 # SKIP snmpwalk (Debian: snmp) is not installed\n");
        return 0;
    }
    return cmocka_run_group_tests_name("plugins/face_snmp standalone", tests, NULL, NULL);
}
