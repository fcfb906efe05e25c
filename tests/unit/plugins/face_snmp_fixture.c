/* SPDX-License-Identifier: BSD-2-Clause */
#include "face_snmp_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snmp_peer.h"
#include "unit.h"

/* What net-snmp loses each time it is set up again (measured: 5 KiB). */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:netsnmp_init_mib_internals\nleak:netsnmp_container_get_binary_array\n"
           "leak:netsnmp_certs_agent_init\n";
}

enum { TURN_MS = 10, ASK_LIMIT_MS = 20000, OUTPUT_BYTES = 4 << 20, CELLS_MAX = 16 };

#define T(n, t)                                        \
    {                                                  \
        .name = (n), .type = HM_CELL_TEXT, .text = (t) \
    }
#define I(n, v)                                              \
    {                                                        \
        .name = (n), .type = HM_CELL_INTEGER, .integer = (v) \
    }

struct sample {
    const char *table;
    uint32_t id;
    struct hm_cell cells[CELLS_MAX];
};

/* 2026-04-15T10:00:00.250+09:00; boottimes are set when a row is put. */
#define WHEN 1776214800250

static const struct sample samples[] = {
    {"agent", 1,
        {T("version", "0.1.0"), T("host", "連携01"), I("started_at_ms", WHEN), I("worst", 3),
            I("open_incidents", 2), T("config_hash", "abcdef"), T("next_sequence", "5000000008"),
            I("boot_ms", 1)}},
    {"service", 1,
        {T("name", "データ連携"), T("environment", "production"), I("state", 1),
            I("since_ms", WHEN), I("up_s", 5000000000), I("down_s", 60), I("degraded_s", 5),
            I("unmonitored_s", 7), I("counting", 1)}},
    {"service", 3,
        {T("name", "試験"), T("environment", "test"), I("state", 6), I("up_s", 10),
            I("counting", 0)}},
    {"sla", 1,
        {I("service_id", 1), I("period_kind", 2), T("period", "2026Q1"), T("service", "データ連携"),
            I("planned_s", 7207200), I("down_s", 2700), I("availability", 99962),
            I("target", 99900), I("budget_left_s", -1), I("recovery_passed", 1),
            I("recovery_total", 2), I("notification_passed", 3), I("notification_total", 4),
            I("met", 1)}},
    {"linkage", 1,
        {T("link_id", "ZEI-0012"), T("name", "税"), I("last_run_ms", WHEN),
            T("last_result", "late"), I("records", 1200), I("oldest_s", 30), I("depth", 4),
            I("next_deadline_ms", WHEN + 3600000), I("failures_today", 1)}},
    {"incident", 42,
        {T("incident_id", "42"), I("severity", 9), T("subject", "disk//var"),
            I("detected_at_ms", WHEN), I("notified_at_ms", WHEN), I("acknowledged_at_ms", 0),
            T("summary", "権限がありません"), T("service", "")}},
    {"notice", 7,
        {T("sequence", "5000000007"), T("event_id", "HM-INC-RAISED"), I("severity", 3),
            T("kind", "raised"), T("subject", "engine"), I("at_ms", WHEN), T("value", "0"),
            T("threshold", "< 1"), T("incident", "42"), T("key", "k"), T("text", "停止しました")}},
    {"destination", 1,
        {T("name", "nms"), T("channel", "snmp"), T("state", "idle"), I("queued", 3),
            I("oldest_at_ms", 0), I("sent", 1), I("accepted", 2), I("expired", 0)}},
    {"worker", 1,
        {T("guest", "disk"), T("kind", "watch"), T("state", "running"), I("restarts", 1),
            T("fault", "killed")}},
};

static void put(struct fake_host *f, const struct sample *s)
{
    struct hm_cell cells[CELLS_MAX];
    const struct hm_host *host = fake_host_get(f);
    struct hm_row row = {.table = s->table, .id = s->id, .cells = cells};
    while (row.cell_count < CELLS_MAX && s->cells[row.cell_count].name != NULL) {
        cells[row.cell_count] = s->cells[row.cell_count];
        row.cell_count++;
    }
    if (strcmp(s->table, "service") == 0)
        cells[row.cell_count++] = (struct hm_cell)I("at_boot_ms", host->boot_ms(host));
    if (strcmp(s->table, "agent") == 0)
        cells[row.cell_count++] = (struct hm_cell)I("published_boot_ms", host->boot_ms(host));
    f->plugin->put(f->self, &row);
}

void board_put_subject(struct fake_host *f, uint32_t id, const char *name)
{
    const struct sample s = {"subject", id,
        {T("name", name), T("plugin", "process"), I("verdict", 1), I("since_ms", WHEN),
            T("text", "動作中"), I("last_at_boot_ms", 0), T("owner", "")}};
    put(f, &s);
}

void board_put_all(struct fake_host *f, uint32_t subjects)
{
    f->plugin->begin(f->self, true);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        put(f, &samples[i]);
    for (uint32_t id = 1; id <= subjects; id++) {
        char name[32];
        snprintf(name, sizeof name, "監視項目-%04u", id);
        board_put_subject(f, id, name);
    }
    f->plugin->commit(f->self);
}

unsigned board_instances(uint32_t subjects)
{
    return 8 + 2 * 8 + 15 + subjects * 7 + 9 + 8 + 11 + 8 + 5;
}

static void on_output(void *arg, int status, const char *output, size_t length)
{
    (void)status;
    struct asked *a = arg;
    free(a->output);
    a->output = strndup(output, length);
    a->done = true;
}

static bool is_done(const struct fake_host *f, const void *arg)
{
    (void)f;
    return ((const struct asked *)arg)->done;
}

const char *ask(struct fake_host *f, const char *dir, const char *tool, const char *arguments)
{
    static struct asked asked;
    char command[2048];
    const char *source = getenv("top_srcdir") == NULL ? ".." : getenv("top_srcdir");
    const struct hm_host *host = fake_host_get(f);
    asked.done = false;
    snprintf(command, sizeof command,
        "SNMP_PERSISTENT_DIR=%s/tool SNMPCONFPATH=%s/tool exec %s "
        "-M %s/tests/lint/mib-stubs:%s/mibs -m HASHIMORI-MIB %s 2>&1",
        dir, dir, peer_program(tool), source, source, arguments);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    assert_int_equal(host->run(host, argv, NULL, ASK_LIMIT_MS, OUTPUT_BYTES, on_output, &asked), 0);
    assert_true(fake_host_run_until(f, is_done, &asked, 2 * ASK_LIMIT_MS));
    return asked.output;
}

int64_t longest_turn(
    struct fake_host *f, fake_condition_fn condition, const void *arg, int64_t limit_ms)
{
    int64_t longest = 0;
    int64_t end = peer_now_ms() + limit_ms;
    while (peer_now_ms() < end) {
        int64_t start = peer_asleep_ms();
        if (fake_host_run_until(f, condition, arg, TURN_MS))
            end = 0;
        int64_t took = peer_asleep_ms() - start - TURN_MS;
        if (took > longest)
            longest = took;
    }
    return longest;
}

unsigned times(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}
