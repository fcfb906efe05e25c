/* SPDX-License-Identifier: BSD-2-Clause */
#include "columns.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CELL(name, what)               \
    {                                  \
        .cell = (name), .kind = (what) \
    }
#define WORDS(name, list)                                       \
    {                                                           \
        .cell = (name), .kind = COLUMN_INTEGER, .words = (list) \
    }
#define CLASS(name, number)                                     \
    {                                                           \
        .cell = (name), .kind = COLUMN_CLASS, .class = (number) \
    }

static const struct column_word severities[] = {
    {"ok", 0}, {"notice", 1}, {"warning", 2}, {"critical", 3}, {"blind", 9}, {0}};
static const struct column_word verdicts[] = {
    {"unknown", 0}, {"ok", 1}, {"warning", 2}, {"critical", 3}, {"blind", 4}, {0}};
static const struct column_word states[] = {{"up", 1}, {"degraded", 2}, {"down", 3},
    {"unmonitored", 4}, {"maintenance", 5}, {"out_of_hours", 6}, {0}};
static const struct column_word notice_kinds[] = {{"raised", 1}, {"cleared", 2}, {"reminder", 3},
    {"service", 4}, {"sla_at_risk", 5}, {"sla_missed", 6}, {"heartbeat", 7}, {"test", 8}, {0}};
static const struct column_word environments[] = {{"production", 1}, {"test", 2}, {0}};
static const struct column_word guest_kinds[] = {{"watch", 1}, {"channel", 2}, {"face", 3}, {0}};

static const struct column agent_columns[] = {CELL("version", COLUMN_TEXT),
    CELL("host", COLUMN_TEXT), CELL("started_at_ms", COLUMN_DATE), WORDS("worst", severities),
    CELL("open_incidents", COLUMN_UNSIGNED), CELL("published_boot_ms", COLUMN_BOOT_AGE),
    CELL("config_hash", COLUMN_TEXT), CELL("next_sequence", COLUMN_COUNTER)};

static const struct column service_columns[] = {CELL("name", COLUMN_TEXT),
    WORDS("environment", environments), WORDS("state", states), CELL("since_ms", COLUMN_DATE),
    CLASS("up_s", 1), CLASS("down_s", 3), CLASS("degraded_s", 2), CLASS("unmonitored_s", 4),
    [SERVICE_COUNTING] = {.cell = "counting", .kind = COLUMN_HIDDEN, .words = states},
    [SERVICE_AT_BOOT] = CELL("at_boot_ms", COLUMN_HIDDEN)};

static const struct column sla_columns[] = {CELL("service", COLUMN_TEXT),
    CELL("period_kind", COLUMN_INTEGER), CELL("period", COLUMN_TEXT),
    CELL("planned_s", COLUMN_UNSIGNED), CELL("down_s", COLUMN_UNSIGNED),
    CELL("excluded_s", COLUMN_UNSIGNED), CELL("unmonitored_s", COLUMN_UNSIGNED),
    CELL("availability", COLUMN_INTEGER), CELL("target", COLUMN_INTEGER),
    CELL("budget_left_s", COLUMN_INTEGER), CELL("recovery_passed", COLUMN_UNSIGNED),
    CELL("recovery_total", COLUMN_UNSIGNED), CELL("notification_passed", COLUMN_UNSIGNED),
    CELL("notification_total", COLUMN_UNSIGNED), CELL("met", COLUMN_TRUTH)};

static const struct column subject_columns[] = {CELL("name", COLUMN_TEXT),
    CELL("plugin", COLUMN_TEXT), WORDS("verdict", verdicts), CELL("since_ms", COLUMN_DATE),
    CELL("text", COLUMN_TEXT), CELL("last_at_boot_ms", COLUMN_BOOT_AGE),
    CELL("owner", COLUMN_TEXT)};

static const struct column linkage_columns[] = {CELL("link_id", COLUMN_TEXT),
    CELL("name", COLUMN_TEXT), CELL("last_run_ms", COLUMN_DATE), CELL("last_result", COLUMN_TEXT),
    CELL("records", COLUMN_UNSIGNED), CELL("oldest_s", COLUMN_UNSIGNED),
    CELL("depth", COLUMN_UNSIGNED), CELL("next_deadline_ms", COLUMN_DATE),
    CELL("failures_today", COLUMN_UNSIGNED)};

static const struct column incident_columns[] = {CELL("incident_id", COLUMN_UNSIGNED),
    WORDS("severity", severities), CELL("subject", COLUMN_TEXT),
    CELL("detected_at_ms", COLUMN_DATE), CELL("notified_at_ms", COLUMN_DATE),
    CELL("acknowledged_at_ms", COLUMN_DATE), CELL("summary", COLUMN_TEXT),
    CELL("service", COLUMN_TEXT)};

static const struct column notice_columns[] = {CELL("sequence", COLUMN_COUNTER),
    CELL("event_id", COLUMN_TEXT), WORDS("severity", severities), WORDS("kind", notice_kinds),
    CELL("subject", COLUMN_TEXT), CELL("at_ms", COLUMN_DATE), CELL("value", COLUMN_TEXT),
    CELL("threshold", COLUMN_TEXT), CELL("incident", COLUMN_UNSIGNED), CELL("key", COLUMN_TEXT),
    CELL("text", COLUMN_TEXT)};

static const struct column destination_columns[] = {CELL("name", COLUMN_TEXT),
    CELL("channel", COLUMN_TEXT), CELL("state", COLUMN_TEXT), CELL("queued", COLUMN_UNSIGNED),
    CELL("oldest_at_ms", COLUMN_WALL_AGE), CELL("sent", COLUMN_COUNTER),
    CELL("accepted", COLUMN_COUNTER), CELL("expired", COLUMN_COUNTER)};

static const struct column worker_columns[] = {CELL("guest", COLUMN_TEXT),
    WORDS("kind", guest_kinds), CELL("state", COLUMN_TEXT), CELL("restarts", COLUMN_UNSIGNED),
    CELL("fault", COLUMN_TEXT)};

#define TABLE(number, title)                                                            \
    {                                                                                   \
        .name = #title, .arc = (number), .first_column = 2, .columns = title##_columns, \
        .column_count = COUNT(title##_columns), .cell_count = COUNT(title##_columns)    \
    }

const struct column_table column_tables[] = {
    [COLUMN_TABLE_AGENT] = {.name = "agent",
        .arc = 1,
        .first_column = 1,
        .columns = agent_columns,
        .column_count = COUNT(agent_columns),
        .cell_count = COUNT(agent_columns)},
    {.name = "service",
        .arc = 2,
        .first_column = 2,
        .columns = service_columns,
        .column_count = SERVICE_COUNTING,
        .cell_count = COUNT(service_columns)},
    TABLE(3, sla),
    TABLE(4, subject),
    TABLE(5, linkage),
    TABLE(6, incident),
    TABLE(7, notice),
    TABLE(8, destination),
    TABLE(9, worker),
};
const size_t column_table_count = COUNT(column_tables);

const struct column_table *column_table_named(const char *name)
{
    for (size_t i = 0; i < column_table_count; i++)
        if (strcmp(column_tables[i].name, name) == 0)
            return &column_tables[i];
    return NULL;
}
