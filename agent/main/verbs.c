/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/view.h"
#include "notify/redact_row.h"
#include "record/export.h"
#include "settings/tree.h"
#include "wire/wire.h"

void verb_fail(
    struct control_answer *ret, const char *code, enum message id, const char *a, const char *b)
{
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_JA; language++) {
        struct text t = {0};
        message_add(&t, language, id, a, b);
        ret->error[language] = text_take(&t);
    }
    ret->code = code;
}

void verb_refused(const struct daemon *d, int outcome, struct control_answer *ret)
{
    ret->code = outcome == PIPELINE_E_UNKNOWN ? "not_found"
                : outcome == PIPELINE_E_STATE ? "conflict"
                                              : "bad_request";
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_JA; language++)
        ret->error[language] = alloc_text(pipeline_why(d->pipeline, language));
}

bool verb_number(const struct command *command, const char *name, uint64_t preset, uint64_t *ret)
{
    const char *text = command_arg(command, name);
    char *end = NULL;
    *ret = preset;
    if (text == NULL)
        return true;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

bool verb_time(const struct command *command, const char *name, wall_ms preset, wall_ms *ret)
{
    const char *text = command_arg(command, name);
    *ret = preset;
    return text == NULL || text_parse_time(text, ret);
}

/* ---- reload, workers, configuration -------------------------------------------------------- */

static void verb_reload(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct text why[2] = {{0}, {0}};
    bool changed = false;

    if (daemon_reload(d, command->who != NULL ? command->who : "-", why, &changed) == 0) {
        ret->result = json_pack("{s:s,s:b}", "config_hash", d->settings->hash, "changed", changed);
    } else {
        ret->code = "conflict";
        ret->error[LANGUAGE_EN] = text_take(&why[LANGUAGE_EN]);
        ret->error[LANGUAGE_JA] = text_take(&why[LANGUAGE_JA]);
    }
    text_deinit(&why[0]);
    text_deinit(&why[1]);
}

struct worker_search {
    const char *guest; /* NULL: all */
    json_t *list;
};

static void add_worker(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    struct worker_search *s = arg;
    (void)table;
    (void)id;
    if (s->guest == NULL ||
        text_equal(s->guest, json_string_value(json_object_get(cells, "guest"))))
        json_array_append_new(s->list, json_deep_copy(cells));
}

static void verb_plugin_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct worker_search s = {.list = json_array()};
    (void)command;
    board_each(d->board, "worker", add_worker, &s);
    ret->result = json_pack("{s:o}", "workers", s.list);
}

static void verb_plugin_restart(
    void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct worker_search s = {.guest = command_arg(command, "guest"), .list = json_array()};
    if (s.guest == NULL) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "guest", NULL);
    } else {
        board_each(d->board, "worker", add_worker, &s);
        if (json_array_size(s.list) == 0)
            verb_fail(ret, "not_found", MESSAGE_VERB_NO_WORKER, s.guest, NULL);
    }
    if (ret->code == NULL) {
        supervisor_restart(d->supervisor, s.guest);
        json_array_clear(s.list);
        board_each(d->board, "worker", add_worker, &s);
        ret->result = json_incref(json_array_get(s.list, 0));
    }
    json_decref(s.list);
}

static void verb_config_show(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    json_t *files = json_array();
    (void)command;
    for (size_t i = 0; i < d->settings->file_count; i++)
        json_array_append_new(files, json_string(d->settings->files[i]));
    ret->result = json_pack("{s:s,s:o,s:o}", "hash", d->settings->hash, "files", files, "settings",
        tree_json(d->settings));
}

/* ---- the ledger -------------------------------------------------------------------------- */

void verb_ledger_verify(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct record *record = pipeline_record(d->pipeline);
    struct text why = {0};
    uint64_t bad = 0, rows = 0;
    int r = record_verify(record, command_arg(command, "head"), &bad, &why);
    rows = record_rows(record);
    if (r < 0)
        verb_fail(ret, "unavailable", MESSAGE_VERB_LEDGER, NULL, NULL);
    else
        ret->result = json_pack("{s:b,s:I,s:s,s:o,s:s}", "sound", r == 0, "rows", (json_int_t)rows,
            "head", record_head(record), "first_bad",
            r == 0 ? json_null() : json_integer((json_int_t)bad), "why", text_get(&why));
    text_deinit(&why);
}

enum { EXPORT_ROWS_MAX = 500, EXPORT_BYTES_MAX = 256 * 1024 };

struct export_page {
    json_t *rows;
    size_t bytes;
    uint64_t next; /* 0: the end was reached */
    const struct zone *zone;
    const struct redact_settings *redact; /* NULL: in full */
};

static bool add_row(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous)
{
    struct export_page *page = arg;
    if (json_array_size(page->rows) == EXPORT_ROWS_MAX || page->bytes > EXPORT_BYTES_MAX) {
        page->next = row->seq;
        return false;
    }
    page->bytes += row->body_length + 256;
    json_t *line = export_json(row, hash, previous, zone_offset(page->zone, row->at.wall));
    if (page->redact != NULL)
        redact_row(page->redact, line);
    json_array_append_new(page->rows, line);
    return true;
}

void verb_ledger_export(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct export_page page = {
        .zone = pipeline_zone(d->pipeline), .redact = &d->settings->agent.redact};
    uint64_t from;
    if (text_equal(command_arg(command, "full"), "true")) {
        page.redact = NULL;
        log_info(LOG_EXPOSE, "%s takes rows of the ledger in full", command->who);
    }
    if (!verb_number(command, "from", 1, &from)) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "from", NULL);
        return;
    }
    page.rows = json_array();
    if (export_each(pipeline_record(d->pipeline), from, add_row, &page) != 0) {
        json_decref(page.rows);
        verb_fail(ret, "unavailable", MESSAGE_VERB_LEDGER, NULL, NULL);
        return;
    }
    ret->result = json_pack("{s:o,s:o}", "rows", page.rows, "next",
        page.next == 0 ? json_null() : json_integer((json_int_t)page.next));
}

const struct control_verb daemon_verbs[] = {
    {"status", RIGHT_READ, verb_status},
    {"subject.list", RIGHT_READ, verb_subject_list},
    {"subject.show", RIGHT_READ, verb_subject_show},
    {"subject.check", RIGHT_OPERATE, verb_subject_check},
    {"linkage.list", RIGHT_READ, verb_linkage_list},
    {"linkage.show", RIGHT_READ, verb_linkage_show},
    {"linkage.query", RIGHT_READ, verb_linkage_query},
    {"incident.list", RIGHT_READ, verb_incident_list},
    {"incident.show", RIGHT_READ, verb_incident_show},
    {"incident.ack", RIGHT_OPERATE, verb_incident_change},
    {"incident.close", RIGHT_OPERATE, verb_incident_change},
    {"incident.edit", RIGHT_OPERATE, verb_incident_change},
    {"incident.note", RIGHT_OPERATE, verb_incident_change},
    {"incident.open", RIGHT_OPERATE, verb_incident_change},
    {"incident.report", RIGHT_READ, verb_incident_report},
    {"incident.reported", RIGHT_OPERATE, verb_incident_change},
    {"sla", RIGHT_READ, verb_sla},
    {"sla.judge", RIGHT_OPERATE, verb_sla_judge},
    {"sla.issue", RIGHT_OPERATE, verb_sla_issue},
    {"maintenance.add", RIGHT_OPERATE, verb_maintenance_change},
    {"maintenance.approve", RIGHT_OPERATE, verb_maintenance_change},
    {"maintenance.end", RIGHT_OPERATE, verb_maintenance_change},
    {"maintenance.list", RIGHT_READ, verb_maintenance_list},
    {"maintenance.report", RIGHT_READ, verb_maintenance_report},
    {"exclusion.add", RIGHT_OPERATE, verb_exclusion_change},
    {"exclusion.revoke", RIGHT_OPERATE, verb_exclusion_change},
    {"exclusion.list", RIGHT_READ, verb_exclusion_list},
    {"notify.test", RIGHT_OPERATE, verb_notify_test},
    {"notify.outbox", RIGHT_READ, verb_notify_outbox},
    {"notify.explain", RIGHT_READ, verb_notify_explain},
    {"notify.drills", RIGHT_READ, verb_notify_drills},
    {"reload", RIGHT_ADMIN, verb_reload},
    {"plugin.list", RIGHT_READ, verb_plugin_list},
    {"plugin.restart", RIGHT_OPERATE, verb_plugin_restart},
    {"config.show", RIGHT_READ, verb_config_show},
    {"ledger.verify", RIGHT_READ, verb_ledger_verify},
    {"ledger.export", RIGHT_ADMIN, verb_ledger_export},
    {"ledger.archive", RIGHT_ADMIN, verb_ledger_archive},
    {"ledger.import", RIGHT_ADMIN, verb_ledger_import},
    {"ledger.snapshot", RIGHT_ADMIN, verb_ledger_snapshot},
    {0},
};
