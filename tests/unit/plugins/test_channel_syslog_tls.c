/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugin over TLS, against the machine's rsyslogd with both of its TLS drivers, and syslog-ng.
 */
#include <arpa/inet.h>
#include <glob.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_host.h"
#include "snmp_peer.h"
#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

enum { LIMIT_MS = 20000, TURN_MS = 20, PATH_BYTES = 512, TEXT_BYTES = 4096 };

static char certificates[PATH_BYTES]; /* folder, for all tests */

struct fixture {
    struct peer peer;
    const char *driver; /* of rsyslogd: "gtls" "ossl" */
    struct fake_host *host;
};

static struct hm_notice notice = {.size = sizeof(struct hm_notice),
    .event_id = "HM-INC-RAISED",
    .sequence = 42,
    .severity = 3,
    .kind = "raised",
    .subject = "engine",
    .at_ms = 1776214800250,
    .utc_offset_s = 9 * 3600,
    .value = "",
    .threshold = "",
    .incident = 1,
    .key = "KEY1",
    .text = "停止",
    .service = "renkei",
    .state = "critical",
    .host = "renkei01",
    .instance = "",
    .metric = "running"};

static int group_setup(void **state UNUSED)
{
    const char *source = getenv("top_srcdir");
    char command[3 * PATH_BYTES], here[PATH_BYTES / 2];

    assert_non_null(getcwd(here, sizeof here));
    snprintf(certificates, sizeof certificates, "%s/certificates.XXXXXX", here);
    assert_non_null(mkdtemp(certificates));
    snprintf(command, sizeof command, "sh '%s/tests/unit/plugins/certificates.sh' '%s'",
        source == NULL ? "." : source, certificates);
    return system(command);
}

static int group_teardown(void **state UNUSED)
{
    char command[PATH_BYTES + 16];

    snprintf(command, sizeof command, "rm -r '%s'", certificates);
    return system(command);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->driver = *state;
    peer_init(&f->peer);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->host = fake_host_free(f->host);
    peer_deinit(&f->peer);
    free(f);
    return 0;
}

/* @mode: what is asked of the client: "anon" or "x509/certvalid". The port by UDP tells that it is
 * up. */
static void start_rsyslogd(struct fixture *f, const char *certificate, const char *mode,
    const char *address, const char *priority)
{
    const char *const argv[] = {"-n", "-i", "NONE", "-f", "rsyslog.conf", NULL};
    char text[TEXT_BYTES], conf[PATH_BYTES + 16];
    const char *const real[] = {argv[0], argv[1], argv[2], argv[3], conf, NULL};

    snprintf(conf, sizeof conf, "%s/rsyslog.conf", f->peer.dir);
    snprintf(text, sizeof text,
        "global(workDirectory=\"%s\" DefaultNetstreamDriver=\"%s\" "
        "DefaultNetstreamDriverCAFile=\"%s/ca.pem\" "
        "DefaultNetstreamDriverCertFile=\"%s/%s.pem\" "
        "DefaultNetstreamDriverKeyFile=\"%s/%s.key\")\n"
        "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"%u\")\n"
        "module(load=\"imtcp\" StreamDriver.Name=\"%s\" StreamDriver.Mode=\"1\" "
        "StreamDriver.AuthMode=\"%s\" %s)\n"
        "input(type=\"imtcp\" address=\"%s\" port=\"%u\")\n"
        "template(name=\"t\" type=\"string\" "
        "string=\"%%app-name%%|%%structured-data%%|%%msg%%\\n\")\n"
        "action(type=\"omfile\" file=\"%s/log\" template=\"t\")\n",
        f->peer.dir, f->driver, certificates, certificates, certificate, certificates, certificate,
        f->peer.port, f->driver, mode, priority, address, f->peer.port, f->peer.dir);
    peer_configure(&f->peer, "rsyslog.conf", text);
    peer_start(&f->peer, "rsyslogd", real);
}

static void start_receiver(struct fixture *f, const char *certificate, const char *mode)
{
    start_rsyslogd(f, certificate, mode, "127.0.0.1", "");
}

static void open_towards(struct fixture *f, const char *address, const char *client)
{
    static char host[64], ca[PATH_BYTES + 32], own[PATH_BYTES + 32], key[PATH_BYTES + 32];
    snprintf(host, sizeof host, "%s:%u", address, f->peer.port);
    snprintf(ca, sizeof ca, "%s/ca.pem", certificates);
    snprintf(own, sizeof own, "%s/%s.pem", certificates, client == NULL ? "" : client);
    snprintf(key, sizeof key, "%s/%s.key", certificates, client == NULL ? "" : client);
    const struct fake_option options[] = {{"transport", "tls", NULL}, {"host", host, NULL},
        {"ca_file", ca, NULL}, {"timeout", "2s", NULL},
        {client == NULL ? NULL : "certificate_file", own, NULL}, {"key_file", key, NULL}, {0}};

    f->host = fake_host_new(&hashimori_plugin, options);
    f->host->deadline_ms = 2 * LIMIT_MS;
    assert_int_equal(fake_host_open(f->host), 0);
}

static bool has_receipts(const struct fake_host *h, const void *arg)
{
    return h->receipt_count >= *(const size_t *)arg;
}

static const struct fake_receipt *deliver(struct fixture *f)
{
    size_t wanted = f->host->receipt_count + 1;

    hashimori_plugin.deliver(f->host->self, wanted, 1, &notice);
    assert_true(fake_host_run_until(f->host, has_receipts, &wanted, LIMIT_MS));
    return &f->host->receipts[wanted - 1];
}

/* As the courier would: the listener may not stand yet. */
static void deliver_until_sent(struct fixture *f)
{
    for (int spent = 0; deliver(f)->result != HM_SENT; spent += TURN_MS) {
        assert_in_range(spent, 0, LIMIT_MS);
        fake_host_run_until(f->host, NULL, NULL, TURN_MS);
    }
}

static bool is_written(const struct fake_host *h, const void *arg)
{
    const struct fixture *f = arg;
    (void)h;
    return peer_logged(&f->peer, "key=\"KEY1\"") > 0;
}

static void assert_arrives(struct fixture *f)
{
    deliver_until_sent(f);
    assert_true(fake_host_run_until(f->host, is_written, f, LIMIT_MS));
}

/* Every attempt ends in `later`, @why is the reason of one of them, and nothing was written. */
static void assert_never_arrives(struct fixture *f, const char *why)
{
    bool said = false;

    for (int spent = 0; !said; spent += TURN_MS) {
        const struct fake_receipt *r = deliver(f);
        assert_int_equal(r->result, HM_LATER);
        // The listener may not stand yet.
        said = strstr(r->text, why) != NULL && strstr(r->text, "refused") == NULL;
        if (!said && spent > LIMIT_MS)
            fail_msg("\"%s\" is not in \"%s\"", why, r->text);
        fake_host_run_until(f->host, NULL, NULL, TURN_MS);
    }
    assert_int_equal(deliver(f)->result, HM_LATER);
    assert_int_equal(peer_logged(&f->peer, "KEY1"), 0);
}

static double days_of(struct fixture *f, const char *whose)
{
    const struct fake_reading *r = fake_host_last(f->host, whose, "certificate_days");

    assert_non_null(r);
    return r->number;
}

/* ---- each with both drivers of rsyslogd ------------------------------------------------------ */

static void a_good_certificate_is_taken_and_the_notice_arrives(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "good", "anon");
    open_towards(f, "127.0.0.1", NULL);

    assert_arrives(f);
    assert_true(days_of(f, "receiver") > 28);
}

static void a_name_is_resolved_and_verified(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "good", "anon");
    open_towards(f, "localhost", NULL);

    assert_arrives(f);
}

static void an_expired_certificate_is_refused_and_its_age_is_told(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "expired", "anon");
    open_towards(f, "127.0.0.1", NULL);

    assert_never_arrives(f, "certificate has expired");
    assert_true(days_of(f, "receiver") < -1);
}

static void a_certificate_that_ends_soon_is_taken_and_told(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "soon", "anon");
    open_towards(f, "127.0.0.1", NULL);

    assert_arrives(f);
    assert_int_equal((int)days_of(f, "receiver"), 5);
}

static void a_certificate_of_another_name_is_refused(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "wrong_name", "anon");
    open_towards(f, "127.0.0.1", NULL);

    assert_never_arrives(f, "IP address mismatch");
}

static void a_certificate_of_an_unknown_authority_is_refused(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "unknown", "anon");
    open_towards(f, "127.0.0.1", NULL);

    assert_never_arrives(f, "unable to get local issuer certificate");
}

static void a_receiver_that_demands_our_certificate_gets_nothing_without_it(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "good", "x509/certvalid");
    open_towards(f, "127.0.0.1", NULL);

    assert_never_arrives(f, "");
}

static void a_receiver_that_demands_our_certificate_takes_it(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "good", "x509/certvalid");
    open_towards(f, "127.0.0.1", "client");

    assert_arrives(f);
    assert_true(days_of(f, "own") > 28);
}

static void our_expired_certificate_is_told_and_proves_nothing(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "good", "x509/certvalid");
    open_towards(f, "127.0.0.1", "old_client");

    assert_never_arrives(f, "");
    assert_true(days_of(f, "own") < -1);
}

static void the_last_minute_comes_again_when_the_receiver_does(void **state)
{
    struct fixture *f = *state;
    start_receiver(f, "good", "anon");
    open_towards(f, "127.0.0.1", NULL);
    assert_arrives(f);

    peer_stop(&f->peer, SIGKILL);
    start_receiver(f, "good", "anon");
    deliver_until_sent(f);

    while (peer_logged(&f->peer, "attempt=\"2\"") == 0)
        fake_host_run_until(f->host, NULL, NULL, TURN_MS);
}

static void it_goes_by_ipv6(void **state)
{
    struct fixture *f = *state;
    start_rsyslogd(f, "good", "anon", "::1", "");
    open_towards(f, "[::1]", NULL);

    assert_arrives(f);
}

/* ---- once ------------------------------------------------------------------------------------ */

static void tls_1_1_is_too_old(void **state)
{
    struct fixture *f = *state;
    start_rsyslogd(
        f, "good", "anon", "127.0.0.1", "gnutlsPriorityString=\"NORMAL:-VERS-ALL:+VERS-TLS1.1\"");
    open_towards(f, "127.0.0.1", NULL);

    assert_never_arrives(f, "TLS: ");
}

static int listener_on(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static void a_receiver_that_accepts_and_says_nothing_is_given_up(void **state)
{
    struct fixture *f = *state;
    int fd = listener_on(f->peer.port);
    open_towards(f, "127.0.0.1", NULL);

    const struct fake_receipt *r = deliver(f);

    assert_int_equal(r->result, HM_LATER);
    assert_non_null(strstr(r->text, "no connection in time"));
    close(fd);
}

static void a_file_that_cannot_be_used_is_said_at_once(void **state)
{
    struct fixture *f = *state;
    char ca[PATH_BYTES + 32];
    snprintf(ca, sizeof ca, "%s/ca.serial", certificates);
    const struct fake_option options[] = {
        {"transport", "tls", NULL}, {"host", "127.0.0.1", NULL}, {"ca_file", ca, NULL}, {0}};

    f->host = fake_host_new(&hashimori_plugin, options);

    assert_true(fake_host_open(f->host) < 0);
    assert_true(fake_host_complained(f->host, "ca.serial"));
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    struct fixture *f = *state;
    char own[PATH_BYTES + 32], key[PATH_BYTES + 32];
    snprintf(own, sizeof own, "%s/client.pem", certificates);
    snprintf(key, sizeof key, "%s/client.key", certificates);
    const struct fake_option options[] = {{"transport", "tls", NULL}, {"host", "127.0.0.1", NULL},
        {"certificate_file", own, NULL}, {"key_file", key, NULL}, {0}};
    chmod(key, 0644);

    f->host = fake_host_new(&hashimori_plugin, options);
    int r = fake_host_open(f->host);
    chmod(key, 0600);

    assert_true(r < 0);
    assert_true(fake_host_complained(f->host, "others can read or write the key"));
}

static void options_of_tls_without_tls_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct fake_option options[] = {{"transport", "tcp", NULL}, {"host", "127.0.0.1", NULL},
        {"ca_file", "/etc/ssl/ca.pem", NULL}, {0}};

    f->host = fake_host_new(&hashimori_plugin, options);
    fake_host_validate(f->host);

    assert_true(fake_host_complained(f->host, "nothing would be encrypted"));
}

/* ---- syslog-ng, which cannot be installed beside rsyslog: see tests/peers.sh --------------------
 */

static char syslog_ng[PATH_BYTES]; /* where it is unpacked, or "" */

static bool find_syslog_ng(void)
{
    const char *build = getenv("top_builddir");
    char program[PATH_BYTES + 32];

    snprintf(syslog_ng, sizeof syslog_ng, "%s/peers/syslog-ng", build == NULL ? "." : build);
    snprintf(program, sizeof program, "%s/run", syslog_ng);
    return access(program, X_OK) == 0;
}

static void start_syslog_ng(struct fixture *f)
{
    char text[TEXT_BYTES], program[PATH_BYTES + 32];
    char conf[PATH_BYTES + 32], kept[PATH_BYTES + 32];
    char control[PATH_BYTES + 32], pid[PATH_BYTES + 32];

    snprintf(text, sizeof text,
        "@version: 3.38\n"
        "source s { udp(ip(127.0.0.1) port(%u)); syslog(transport(\"tls\") ip(127.0.0.1) port(%u) "
        "tls(key-file(\"%s/good.key\") cert-file(\"%s/good.pem\") ca-file(\"%s/ca.pem\") "
        "peer-verify(required-trusted))); };\n"
        "destination d { file(\"%s/log\" template(\"$PROGRAM|key=\\\"$SDATA\\\"|$MSG\\n\")); };\n"
        "log { source(s); destination(d); };\n",
        f->peer.port, f->peer.port, certificates, certificates, certificates, f->peer.dir);
    peer_configure(&f->peer, "ng.conf", text);
    snprintf(program, sizeof program, "%s/run", syslog_ng);
    snprintf(conf, sizeof conf, "--cfgfile=%s/ng.conf", f->peer.dir);
    snprintf(kept, sizeof kept, "--persist-file=%s/persist/kept", f->peer.dir);
    snprintf(control, sizeof control, "--control=%s/persist/control", f->peer.dir);
    snprintf(pid, sizeof pid, "--pidfile=%s/persist/pid", f->peer.dir);
    const char *const argv[] = {program, "-F", "--no-caps", conf, kept, control, pid, NULL};
    peer_start(&f->peer, "env", argv);
}

static void syslog_ng_takes_it_with_certificates_on_both_sides(void **state)
{
    struct fixture *f = *state;
    start_syslog_ng(f);
    open_towards(f, "127.0.0.1", "client");

    deliver_until_sent(f);
    while (peer_logged(&f->peer, "KEY1") == 0)
        fake_host_run_until(f->host, NULL, NULL, TURN_MS);
    assert_int_equal(peer_logged(&f->peer, "hashimori|"), 1);
}

static bool has_file(const char *pattern)
{
    glob_t found;
    int r = glob(pattern, 0, NULL, &found);

    if (r == 0)
        globfree(&found);
    return r == 0;
}

int main(void)
{
    static char gtls[] = "gtls", ossl[] = "ossl";
#define WITH(name, driver)                                    \
    {                                                         \
#name " (" #driver ")", name, setup, teardown, driver \
    }
    const struct CMUnitTest tests[] = {
#define BOTH(name) WITH(name, gtls), WITH(name, ossl)
        BOTH(a_good_certificate_is_taken_and_the_notice_arrives),
        BOTH(a_name_is_resolved_and_verified),
        BOTH(an_expired_certificate_is_refused_and_its_age_is_told),
        BOTH(a_certificate_that_ends_soon_is_taken_and_told),
        BOTH(a_certificate_of_another_name_is_refused),
        BOTH(a_certificate_of_an_unknown_authority_is_refused),
        BOTH(a_receiver_that_demands_our_certificate_gets_nothing_without_it),
        BOTH(a_receiver_that_demands_our_certificate_takes_it),
        BOTH(our_expired_certificate_is_told_and_proves_nothing),
        BOTH(the_last_minute_comes_again_when_the_receiver_does),
        BOTH(it_goes_by_ipv6),
        WITH(tls_1_1_is_too_old, gtls),
        WITH(a_receiver_that_accepts_and_says_nothing_is_given_up, gtls),
        WITH(a_file_that_cannot_be_used_is_said_at_once, gtls),
        WITH(a_key_that_others_can_read_is_refused, gtls),
        WITH(options_of_tls_without_tls_are_refused, gtls),
        WITH(syslog_ng_takes_it_with_certificates_on_both_sides, gtls),
    };
    size_t count = sizeof tests / sizeof tests[0];

    signal(SIGPIPE, SIG_IGN); // as the worker does
    if (peer_program("rsyslogd") == NULL || peer_program("openssl") == NULL ||
        !has_file("/usr/lib/*/rsyslog/lmnsd_gtls.so") ||
        !has_file("/usr/lib/*/rsyslog/lmnsd_ossl.so")) {
        puts("1..0 # SKIP rsyslogd, its TLS drivers or openssl is not installed");
        return 0;
    }
    if (!find_syslog_ng()) {
        puts("# syslog-ng is not unpacked below peers/ (make peers): its test is left out");
        count--;
    }
    return _cmocka_run_group_tests(
        "plugins/channel_syslog_tls", tests, count, group_setup, group_teardown);
}
