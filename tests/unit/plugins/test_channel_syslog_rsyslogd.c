/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugin against the rsyslogd of the machine: what arrives is read from the file it writes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel_fixture.h"
#include "unit.h"

enum { LIMIT_MS = 20000, TURN_MS = 20, PATH_BYTES = 512 };

static struct hm_notice notice;

struct fixture {
    char folder[PATH_BYTES / 2];
    char out[PATH_BYTES], conf[PATH_BYTES], log[PATH_BYTES];
    char where[32]; /* of imudp and imtcp: the same number is free for both */
    char where_v6[32];
    pid_t daemon;
    struct fake_host *host;
};

static const char *program(void)
{
    static const char *const places[] = {"/usr/sbin/rsyslogd", "/sbin/rsyslogd", NULL};

    for (size_t i = 0; places[i] != NULL; i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

static int bound(int type, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, type, 0);

    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A number that is free for UDP and for TCP. */
static uint16_t free_port(void)
{
    for (;;) {
        struct sockaddr_in address;
        socklen_t length = sizeof address;
        int udp = bound(SOCK_DGRAM, 0);
        getsockname(udp, (struct sockaddr *)&address, &length);
        int tcp = bound(SOCK_STREAM, ntohs(address.sin_port));
        close(udp);
        if (tcp < 0)
            continue;
        close(tcp);
        return ntohs(address.sin_port);
    }
}

static void write_configuration(const struct fixture *f, uint16_t port)
{
    FILE *out = fopen(f->conf, "w");

    assert_non_null(out);
    fprintf(out,
        "global(workDirectory=\"%s\" maxMessageSize=\"8k\")\n"
        "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"%u\")\n"
        "module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"%u\")\n"
        "input(type=\"imudp\" address=\"::1\" port=\"%u\")\n"
        "input(type=\"imtcp\" address=\"::1\" port=\"%u\")\n"
        "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
        "input(type=\"imuxsock\" Socket=\"%s\" UseSpecialParser=\"off\" ParseHostname=\"on\" "
        "IgnoreTimestamp=\"off\")\n"
        "template(name=\"t\" type=\"string\" string=\"%%inputname%%|%%pri%%|%%hostname%%|"
        "%%app-name%%|%%msgid%%|%%timereported:::date-rfc3339%%|%%structured-data%%|%%msg%%\\n\")\n"
        "action(type=\"omfile\" file=\"%s\" template=\"t\")\n",
        f->folder, port, port, port, port, f->log, f->out);
    assert_int_equal(fclose(out), 0);
}

static void start_daemon(struct fixture *f)
{
    f->daemon = fork();
    assert_true(f->daemon >= 0);
    if (f->daemon == 0) {
        execl(program(), "rsyslogd", "-n", "-i", "NONE", "-f", f->conf, (char *)NULL);
        _exit(127);
    }
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    uint16_t port = free_port();
    char here[PATH_BYTES / 4];

    assert_non_null(getcwd(here, sizeof here));
    snprintf(f->folder, sizeof f->folder, "%s/rsyslogd.XXXXXX", here);
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->out, sizeof f->out, "%s/out", f->folder);
    snprintf(f->conf, sizeof f->conf, "%s/conf", f->folder);
    snprintf(f->log, sizeof f->log, "%s/log", f->folder);
    snprintf(f->where, sizeof f->where, "127.0.0.1:%u", port);
    snprintf(f->where_v6, sizeof f->where_v6, "[::1]:%u", port);
    write_configuration(f, port);
    start_daemon(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    fake_host_free(f->host);
    kill(f->daemon, SIGKILL);
    waitpid(f->daemon, NULL, 0);
    unlink(f->out);
    unlink(f->conf);
    unlink(f->log);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void open_towards(struct fixture *f, const struct fake_option *options)
{
    f->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(f->host), 0);
}

/* What the file holds is in @ret; whether @part is in it. */
static bool written(const struct fixture *f, const char *part, char *ret, size_t size)
{
    FILE *in = fopen(f->out, "r");

    ret[0] = '\0';
    if (in == NULL)
        return false;
    ret[fread(ret, 1, size - 1, in)] = '\0';
    fclose(in);
    return strstr(ret, part) != NULL;
}

/* Tries as the courier would, until @part is in the file: the daemon may still be starting. */
static void deliver_until_written(struct fixture *f, const char *part, char *ret, size_t size)
{
    for (int spent = 0; !written(f, part, ret, size); spent += TURN_MS) {
        size_t wanted = f->host->receipt_count + 1;
        assert_in_range(spent, 0, LIMIT_MS);
        hashimori_plugin.deliver(f->host->self, wanted, 1, &notice);
        assert_true(fake_host_run_until(f->host, channel_has_receipts, &wanted, LIMIT_MS));
        fake_host_run_until(f->host, NULL, NULL, TURN_MS);
    }
    assert_int_equal(f->host->receipts[f->host->receipt_count - 1].result, HM_SENT);
}

#define AS_WRITTEN                                                                              \
    "|130|renkei01|hashimori|HM-INC-RAISED|2026-04-15T10:00:00.250000+09:00|"                   \
    "[hashimori@8072.9999.9999.8847 key=\"KEY1\" seq=\"9007199254740993\" incident=\"1\" "      \
    "severity=\"critical\" subject=\"a\\\"b\\]c\\\\d\" service=\"renkei\" state=\"critical\"]|" \
    "停止\\x{a}<0>1 forged \\x{1b}[2J\n"

static void rsyslogd_reads_every_part_by_udp(void **state)
{
    struct fixture *f = *state;
    char all[65536];
    const struct fake_option options[] = {
        {"transport", "udp", NULL}, {"host", f->where, NULL}, {0}};
    open_towards(f, options);

    deliver_until_written(f, "imudp" AS_WRITTEN, all, sizeof all);
}

static void rsyslogd_reads_every_part_by_tcp(void **state)
{
    struct fixture *f = *state;
    char all[65536];
    const struct fake_option options[] = {
        {"transport", "tcp", NULL}, {"host", f->where, NULL}, {0}};
    open_towards(f, options);

    deliver_until_written(f, "imtcp" AS_WRITTEN, all, sizeof all);
}

static void rsyslogd_reads_it_by_ipv6_and_from_the_source_that_was_set(void **state)
{
    struct fixture *f = *state;
    char all[65536];
    const struct fake_option by_tcp[] = {
        {"transport", "tcp", NULL}, {"host", f->where_v6, NULL}, {"source", "::1", NULL}, {0}};
    const struct fake_option by_udp[] = {
        {"transport", "udp", NULL}, {"host", f->where_v6, NULL}, {0}};
    open_towards(f, by_tcp);

    deliver_until_written(f, "imtcp" AS_WRITTEN, all, sizeof all);

    f->host = fake_host_free(f->host);
    open_towards(f, by_udp);
    deliver_until_written(f, "imudp" AS_WRITTEN, all, sizeof all);
}

static void a_name_that_is_none_is_tried_later(void **state)
{
    struct fixture *f = *state;
    size_t wanted = 1;
    const struct fake_option options[] = {
        {"transport", "tcp", NULL}, {"host", "nobody.invalid", NULL}, {0}};
    open_towards(f, options);

    hashimori_plugin.deliver(f->host->self, 1, 1, &notice);

    assert_true(fake_host_run_until(f->host, channel_has_receipts, &wanted, LIMIT_MS));
    assert_int_equal(f->host->receipts[0].result, HM_LATER);
}

static void rsyslogd_reads_every_part_from_its_socket(void **state)
{
    struct fixture *f = *state;
    char all[65536];
    const struct fake_option options[] = {{"path", f->log, NULL}, {0}};
    open_towards(f, options);

    deliver_until_written(f, "imuxsock" AS_WRITTEN, all, sizeof all);
}

static void a_restarted_rsyslogd_gets_the_last_minute_again(void **state)
{
    struct fixture *f = *state;
    char all[65536];
    const struct fake_option options[] = {
        {"transport", "tcp", NULL}, {"host", f->where, NULL}, {0}};
    open_towards(f, options);
    deliver_until_written(f, "key=\"KEY1\"", all, sizeof all);

    kill(f->daemon, SIGKILL);
    waitpid(f->daemon, NULL, 0);
    start_daemon(f);

    notice.key = "KEY2";
    deliver_until_written(f, "key=\"KEY2\"", all, sizeof all);
    notice.key = "KEY1";
    written(f, "", all, sizeof all);
    const char *again = strstr(all, "attempt=\"2\"");
    assert_non_null(again);
    assert_true(again < strstr(all, "KEY2"));
}

int main(void)
{
    notice = channel_notice("停止\n<0>1 forged \x1b[2J");
    notice.sequence = 9007199254740993;
    notice.subject = "a\"b]c\\d";
    notice.incident = 1;
    notice.key = "KEY1";
    const struct CMUnitTest tests[] = {
#define RSYSLOGD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        RSYSLOGD_TEST(rsyslogd_reads_every_part_by_udp),
        RSYSLOGD_TEST(rsyslogd_reads_every_part_by_tcp),
        RSYSLOGD_TEST(rsyslogd_reads_every_part_from_its_socket),
        RSYSLOGD_TEST(rsyslogd_reads_it_by_ipv6_and_from_the_source_that_was_set),
        RSYSLOGD_TEST(a_name_that_is_none_is_tried_later),
        RSYSLOGD_TEST(a_restarted_rsyslogd_gets_the_last_minute_again),
    };

    if (program() == NULL) {
        puts("1..0 # SKIP rsyslogd is not installed (Debian: rsyslog)");
        return 0;
    }
    return cmocka_run_group_tests_name("plugins/channel_syslog_rsyslogd", tests, NULL, NULL);
}
