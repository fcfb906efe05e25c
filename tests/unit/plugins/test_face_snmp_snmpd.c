/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face_snmp_fixture.h"
#include "fake_host.h"
#include "snmp_peer.h"
#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

/* hashimoriMIB */
#define ROOT ".1.3.6.1.4.1.8072.9999.9999.8847"

/* Far more than any event takes, on any machine. */
enum { LIMIT_MS = 30000 };

struct fixture {
    struct peer peer;
    struct fake_host *host;
    char socket[600];
    char query[64]; /* "-v2c -c public 127.0.0.1:port" */
};

static void master_start(struct fixture *x)
{
    char listen[40];
    snprintf(listen, sizeof listen, "udp:127.0.0.1:%u", x->peer.port);
    // -Dagentx/master: each PDU of a subagent in the log.
    const char *const argv[] = {"-f", "-Lo", "-r", "-Dagentx/master", listen, NULL};
    peer_start(&x->peer, "snmpd", argv);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *x = &fixture;
    char conf[1024];
    *x = (struct fixture){0};
    peer_init(&x->peer);
    snprintf(x->socket, sizeof x->socket, "%.511s/master", x->peer.dir);
    snprintf(conf, sizeof conf,
        "master agentx\nagentXSocket unix:%s\nagentXTimeout 20\nagentXRetries 0\n"
        "rocommunity public\nrwcommunity private\n",
        x->socket);
    peer_configure(&x->peer, "snmpd.conf", conf);
    snprintf(x->query, sizeof x->query, "-v2c -c public 127.0.0.1:%u", x->peer.port);

    const struct fake_option options[] = {{.name = "socket", .value = x->socket}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);
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

static bool is_in_state(const struct fake_host *f, const void *arg)
{
    return f->state_count > 0 && strcmp(f->states[f->state_count - 1], arg) == 0;
}

/* A master, and the face connected to it with a whole board. */
static void open_connected(struct fixture *x, uint32_t subjects)
{
    master_start(x);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));
    board_put_all(x->host, subjects);
}

static const char *ask_for(struct fixture *x, const char *tool, const char *more)
{
    char arguments[256];
    snprintf(arguments, sizeof arguments, "-t 20 -r 0 %s %s", x->query, more);
    return ask(x->host, x->peer.dir, tool, arguments);
}

static void assert_says(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, answer);
}

static void every_table_is_there_by_walk_and_by_bulk(void **state)
{
    static const char *const lines[] = {"hmAgentHost.0 = STRING: 連携01\n",
        "hmAgentStarted.0 = STRING: 2026-4-15,", "hmAgentWorstState.0 = INTEGER: critical(3)\n",
        "hmAgentNextSequence.0 = Counter64: 5000000008\n", "hmServiceName.1 = STRING: データ連携\n",
        "hmServiceName.3 = STRING: 試験\n", "hmServiceEnvironment.3 = INTEGER: test(2)\n",
        "hmServiceState.3 = INTEGER: outOfHours(6)", "hmServiceUpSeconds.1 = Counter64: 50000000",
        "hmServiceDownSeconds.1 = Counter64: 60 ", "hmSlaAvailability.1 = INTEGER: 99.962 ",
        "hmSlaBudgetRemaining.1 = INTEGER: -1 ", "hmSlaMet.1 = INTEGER: true(1)\n",
        "hmSubjectVerdict.2 = INTEGER: ok(1)\n", "hmSubjectLastReadingAge.2 = Gauge32: 4294967295 ",
        "hmLinkageId.1 = STRING: ZEI-0012\n", "hmIncidentId.42 = Gauge32: 42\n",
        "hmIncidentSeverity.42 = INTEGER: blind(9)\n",
        "hmIncidentAcknowledged.42 = STRING: 0-0-0,0:0:0.0\n",
        "hmNoticeSequence.7 = Counter64: 5000000007\n", "hmNoticeKind.7 = INTEGER: raised(1)\n",
        "hmDestinationOldestAge.1 = Gauge32: 0 ", "hmWorkerKind.1 = INTEGER: watch(1)\n"};
    struct fixture *x = *state;
    open_connected(x, 2);

    const char *walk = ask_for(x, "snmpwalk", ROOT);

    assert_int_equal(times(walk, "HASHIMORI-MIB::hm"), board_instances(2));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_says(walk, lines[i]);
    assert_int_equal(
        times(ask_for(x, "snmpbulkwalk", ROOT), "HASHIMORI-MIB::hm"), board_instances(2));
}

static void a_thousand_rows_come_in_order(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1000);

    // The tool ends a walk that does not go up.
    const char *walk = ask_for(x, "snmpbulkwalk", "HASHIMORI-MIB::hmSubjectTable");

    assert_int_equal(times(walk, "HASHIMORI-MIB::hmSubject"), 7000);
    assert_says(walk, "hmSubjectName.1000 = STRING: 監視項目-1000\n");
}

static void what_is_not_there_is_said_to_be_absent(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 2);

    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.99"), "No Such Instance");
    assert_says(ask_for(x, "snmpget", ROOT ".1.1.1.1"), "No Such Instance");
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1.1"), "No Such Instance");
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.1.1"), "No Such Object");
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.9.1"), "No Such Object");
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.2.2.1"), "No Such Object");
    assert_says(ask_for(x, "snmpget", ROOT ".1.99.0"), "No Such Object");
    assert_says(ask_for(x, "snmpget", ROOT ".1.0"), "No Such Object");
}

static void the_next_of_any_name_is_the_first_after_it(void **state)
{
    static const char *const next[][2] = {{ROOT, "hmAgentVersion.0"},
        {ROOT ".1", "hmAgentVersion.0"}, {ROOT ".1.1.1", "hmAgentVersion.0"},
        {ROOT ".1.1.1.0", "hmAgentHost.0"}, {ROOT ".1.1.1.5", "hmAgentHost.0"},
        {ROOT ".1.1.8.0", "hmServiceName.1"}, {ROOT ".1.2.0", "hmServiceName.1"},
        {ROOT ".1.2.1.1.9", "hmServiceName.1"}, {ROOT ".1.2.1.2.1", "hmServiceName.3"},
        {ROOT ".1.2.1.2.1.7", "hmServiceName.3"}, {ROOT ".1.2.1.2.2", "hmServiceName.3"},
        {ROOT ".1.2.1.2.3", "hmServiceEnvironment.1"},
        {ROOT ".1.2.1.2.4294967294", "hmServiceEnvironment.1"},
        {ROOT ".1.2.1.2.4294967295", "hmServiceEnvironment.1"},
        {ROOT ".1.2.1.9.3", "hmSlaService.1"}, {ROOT ".1.2.1.10", "hmSlaService.1"},
        {ROOT ".1.2.2", "hmSlaService.1"}};
    struct fixture *x = *state;
    open_connected(x, 1);

    for (size_t i = 0; i < sizeof next / sizeof next[0]; i++)
        assert_says(ask_for(x, "snmpgetnext", next[i][0]), next[i][1]);
}

static void nothing_can_be_set(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);
    char arguments[128];
    snprintf(arguments, sizeof arguments, "-v2c -c private 127.0.0.1:%u %s.1.4.1.2.1 s changed",
        x->peer.port, ROOT);

    assert_says(ask(x->host, x->peer.dir, "snmpset", arguments), "notWritable");
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1"), "監視項目-0001");
}

static void a_counter_goes_on_while_its_class_lasts(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);

    x->host->clock_shift_ms += 1000 * 1000;

    const char *walk = ask_for(x, "snmpwalk", "HASHIMORI-MIB::hmServiceTable");
    assert_says(walk, "hmServiceUpSeconds.1 = Counter64: 500000100");
    assert_says(walk, "hmServiceDownSeconds.1 = Counter64: 60 ");
    assert_says(walk, "hmServiceUpSeconds.3 = Counter64: 10 ");
    assert_says(ask_for(x, "snmpget", "HASHIMORI-MIB::hmAgentBoardAge.0"), "Gauge32: 100");
}

static void half_of_a_change_is_never_seen(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 2);

    x->host->plugin->begin(x->host->self, false);
    board_put_subject(x->host, 1, "changed");
    x->host->plugin->drop(x->host->self, "subject", 2);
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1"), "監視項目-0001");
    x->host->plugin->commit(x->host->self);

    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1"), "changed");
    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.2"), "No Such Instance");
    assert_says(ask_for(x, "snmpget", ROOT ".1.8.1.2.1"), "nms");
}

static void a_whole_board_replaces_what_stood(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 5);

    board_put_all(x->host, 1);

    assert_int_equal(times(ask_for(x, "snmpwalk", ROOT), "HASHIMORI-MIB::hm"), board_instances(1));
}

static void before_the_first_board_nothing_is_claimed(void **state)
{
    struct fixture *x = *state;
    master_start(x);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));

    assert_says(ask_for(x, "snmpget", ROOT ".1.1.4.0"), "No Such Instance");
}

static void a_restarted_master_has_us_back(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);
    peer_stop(&x->peer, SIGKILL);
    assert_true(fake_host_run_until(x->host, is_in_state, "waiting for snmpd", LIMIT_MS));

    master_start(x);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));

    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1"), "監視項目-0001");
}

static void a_master_that_comes_later_is_found(void **state)
{
    struct fixture *x = *state;
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(is_in_state(x->host, "waiting for snmpd"));
    board_put_all(x->host, 1);
    fake_host_run_until(x->host, NULL, NULL, 100);

    master_start(x);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));

    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1"), "監視項目-0001");
}

static void a_master_that_hangs_at_the_start_blocks_nothing(void **state)
{
    struct fixture *x = *state;
    master_start(x);
    kill(x->peer.pid, SIGSTOP);

    int64_t start = peer_asleep_ms();
    assert_int_equal(fake_host_open(x->host), 0);
    int64_t opening = peer_asleep_ms() - start;
    int64_t longest = longest_turn(x->host, is_in_state, "connected", 2000);
    kill(x->peer.pid, SIGCONT);

    assert_true(opening < 700);
    assert_true(longest < 700);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));
}

/* Eight tries fill the master's backlog; a connect of the stock library would wait there. */
static void a_master_with_a_full_backlog_blocks_nothing(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);
    kill(x->peer.pid, SIGSTOP);
    // What the library does with a ping that is not answered needs 10 s of silence.
    int64_t longest = longest_turn(x->host, is_in_state, "waiting for snmpd", 15000);
    int64_t more = longest_turn(x->host, NULL, NULL, 9000);
    kill(x->peer.pid, SIGCONT);

    print_message("noticing took %lld ms, a try %lld ms\n", (long long)longest, (long long)more);
    assert_true(longest < 700);
    assert_true(more < 700);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));
}

static void it_opens_again_after_it_was_closed(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);

    fake_host_close(x->host);
    assert_int_equal(x->host->open_handles, 0);
    fake_host_forget(x->host);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_true(fake_host_run_until(x->host, is_in_state, "connected", LIMIT_MS));
    board_put_all(x->host, 1);

    assert_says(ask_for(x, "snmpget", ROOT ".1.4.1.2.1"), "監視項目-0001");
}

static void a_second_face_in_one_process_is_refused(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);
    const struct fake_option options[] = {{.name = "socket", .value = x->socket}, {0}};
    struct fake_host *second = fake_host_new(&hashimori_plugin, options);

    assert_int_not_equal(fake_host_open(second), 0);
    assert_true(fake_host_complained(second, "one SNMP face to a process"));
    fake_host_free(second);
}

static void an_idle_face_leaves_the_master_in_peace(void **state)
{
    struct fixture *x = *state;
    open_connected(x, 1);
    size_t before = peer_logged(&x->peer, "handle pdu");

    // A ping each second, the interval of the tries to connect, would show twice.
    fake_host_run_until(x->host, NULL, NULL, 2200);

    assert_true(before >= 2);
    assert_int_equal(peer_logged(&x->peer, "handle pdu"), before);
}

#define WITH_MASTER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MASTER(every_table_is_there_by_walk_and_by_bulk),
        WITH_MASTER(a_thousand_rows_come_in_order),
        WITH_MASTER(what_is_not_there_is_said_to_be_absent),
        WITH_MASTER(the_next_of_any_name_is_the_first_after_it),
        WITH_MASTER(nothing_can_be_set),
        WITH_MASTER(a_counter_goes_on_while_its_class_lasts),
        WITH_MASTER(half_of_a_change_is_never_seen),
        WITH_MASTER(a_whole_board_replaces_what_stood),
        WITH_MASTER(before_the_first_board_nothing_is_claimed),
        WITH_MASTER(a_restarted_master_has_us_back),
        WITH_MASTER(a_master_that_comes_later_is_found),
        WITH_MASTER(a_master_that_hangs_at_the_start_blocks_nothing),
        WITH_MASTER(it_opens_again_after_it_was_closed),
        WITH_MASTER(a_second_face_in_one_process_is_refused),
        WITH_MASTER(an_idle_face_leaves_the_master_in_peace),
    };
    const struct CMUnitTest long_tests[] = {
        WITH_MASTER(a_master_with_a_full_backlog_blocks_nothing),
    };
    if (peer_program("snmpd") == NULL || peer_program("snmpwalk") == NULL) {
        printf("1..0 # SKIP snmpd or snmpwalk (Debian: snmpd, snmp) is not installed\n");
        return 0;
    }
    if (getenv("HM_LONG_TESTS") != NULL)
        return cmocka_run_group_tests_name("plugins/face_snmp, long", long_tests, NULL, NULL);
    printf("# 25 s long, only with HM_LONG_TESTS set: a master with a full backlog\n");
    return cmocka_run_group_tests_name("plugins/face_snmp with snmpd", tests, NULL, NULL);
}
