/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "calendar/calendar.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/ledger.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"
#include "notify/redact_row.h"
#include "record/export.h"
#include "record/snapshot.h"

/* ---- the file itself, while no daemon runs ----------------------------------------------- */

static void find_ledger(const struct ctl *c, struct text *ret_path, struct offline *ret)
{
    const char *given = ctl_value(c, "ledger");
    const char *folder = HM_STATEDIR;
    bool loaded = local_settings_load(c, &ret->local) == 0 && ret->local.settings != NULL;

    if (loaded)
        folder = ret->local.settings->agent.state_dir;
    if (given != NULL)
        text_add(ret_path, given);
    else
        text_addf(ret_path, "%s/ledger.db", folder);
    if (zone_new(loaded ? ret->local.settings->agent.timezone : "UTC", &ret->zone) != 0)
        zone_new("UTC", &ret->zone);
}

static int open_file(const char *path, struct record **ret_record)
{
    return snapshot_is_copy(path) ? snapshot_open(path, ret_record) : record_open(path, ret_record);
}

int ledger_open(const struct ctl *c, struct offline *ret)
{
    struct text path = {0};
    int r = CTL_DONE;

    *ret = (struct offline){0};
    find_ledger(c, &path, ret);
    if (access(text_get(&path), F_OK) < 0) {
        r = ctl_fail(
            c, CTL_UNREACHABLE, MESSAGE_CTL_LEDGER_FAULT, text_get(&path), strerror(errno));
    } else {
        int opened = open_file(text_get(&path), &ret->record);
        if (opened == RECORD_E_LOCKED)
            r = ctl_fail(c, CTL_UNREACHABLE, MESSAGE_DAEMON_LEDGER_LOCKED, text_get(&path), NULL);
        else if (opened == RECORD_E_NEWER)
            r = ctl_fail(c, CTL_NO, MESSAGE_DAEMON_LEDGER_NEWER, text_get(&path), NULL);
        else if (opened == RECORD_E_FULL)
            r = ctl_fail(c, CTL_NO, MESSAGE_DAEMON_LEDGER_FULL, text_get(&path), NULL);
        else if (opened != 0)
            r = ctl_fail(c, CTL_NO, MESSAGE_CTL_LEDGER_FAULT, text_get(&path),
                opened < 0 ? fault_text(opened) : message_raw(MESSAGE_CTL_DAMAGED, c->language));
    }
    text_deinit(&path);
    return r;
}

void ledger_close(struct offline *o)
{
    o->record = record_close(o->record);
    o->zone = zone_free(o->zone);
    local_settings_deinit(&o->local);
}

static json_t *verify_offline(struct offline *o, const char *head)
{
    uint64_t bad = 0;
    struct text why = {0};
    int r = record_verify(o->record, head, &bad, &why);
    json_t *result =
        r < 0 ? NULL
              : json_pack("{s:b, s:I, s:s, s:o, s:s}", "sound", r == 0, "rows",
                    (json_int_t)record_rows(o->record), "head", record_head(o->record), "first_bad",
                    r == 0 ? json_null() : json_integer((json_int_t)bad), "why", text_get(&why));

    text_deinit(&why);
    return result;
}

struct export_run {
    struct offline offline;
    bool is_full;
};

static bool write_row(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous)
{
    const struct export_run *run = arg;
    const struct offline *o = &run->offline;
    json_t *line = export_json(row, hash, previous, zone_offset(o->zone, row->at.wall));
    if (!run->is_full)
        redact_row(&o->local.settings->agent.redact, line);
    bool written = json_dumpf(line, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;

    json_decref(line);
    return written;
}

/* ---- verify ------------------------------------------------------------------------------ */

static int print_verified(struct ctl *c, json_t *result)
{
    bool sound = json_is_true(json_object_get(result, "sound"));

    if (!c->json)
        return show_verified(c, result);
    print_json(result);
    return sound ? CTL_DONE : CTL_NO;
}

/* Asks the daemon; CLIENT_E_AWAY also where a file was named: then nobody is asked. */
static int ask(const struct ctl *c, const char *verb, const json_t *args, struct client_answer *ret)
{
    *ret = (struct client_answer){0};
    if (ctl_value(c, "ledger") != NULL)
        return CLIENT_E_AWAY;
    return client_ask(c->socket_path, verb, args, c->language, ret);
}

int run_ledger_verify(struct ctl *c)
{
    const char *head = ctl_value(c, "head");
    json_t *args = json_object();
    struct client_answer answer;
    struct offline offline;
    int r;

    if (c->arg_count > 0) {
        json_decref(args);
        return ledger_verify_file(c, c->args[0], head);
    }
    if (head != NULL)
        json_object_set_new(args, "head", json_string(head));
    int asked = ask(c, "ledger.verify", args, &answer);
    if (asked == 0) {
        r = print_verified(c, answer.result);
    } else if (asked == CLIENT_E_REFUSED) {
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    } else {
        r = ledger_open(c, &offline);
        json_t *result = r == CTL_DONE ? verify_offline(&offline, head) : NULL;
        if (r == CTL_DONE)
            r = result == NULL ? CTL_NO : print_verified(c, result);
        json_decref(result);
        ledger_close(&offline);
    }
    json_decref(args);
    client_answer_deinit(&answer);
    return r;
}

/* ---- export ------------------------------------------------------------------------------ */

static int export_offline(struct ctl *c, uint64_t from)
{
    struct export_run run = {.is_full = ctl_value(c, "full") != NULL};
    int r = ledger_open(c, &run.offline);

    if (r == CTL_DONE && !run.is_full && run.offline.local.settings == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_EXPORT_UNKNOWN, c->config, NULL);
    if (r == CTL_DONE && export_each(run.offline.record, from, write_row, &run) != 0)
        r = CTL_NO;
    ledger_close(&run.offline);
    return r;
}

/* One page; *from becomes the next one's, 0 at the end. */
static int export_page(struct ctl *c, uint64_t *from)
{
    char number[24];
    struct client_answer answer;
    json_t *args = json_object();
    const json_t *row;
    size_t i;

    snprintf(number, sizeof number, "%llu", (unsigned long long)*from);
    json_object_set_new(args, "from", json_string(number));
    if (ctl_value(c, "full") != NULL)
        json_object_set_new(args, "full", json_string("true"));
    int r = ask(c, "ledger.export", args, &answer);
    if (r == 0) {
        json_array_foreach (json_object_get(answer.result, "rows"), i, row) {
            json_dumpf(row, stdout, JSON_COMPACT);
            putchar('\n');
        }
        *from = (uint64_t)json_integer_value(json_object_get(answer.result, "next"));
    } else if (r == CLIENT_E_REFUSED) {
        ctl_fail(c, CTL_NO, MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    }
    json_decref(args);
    client_answer_deinit(&answer);
    return r;
}

int run_ledger_export(struct ctl *c)
{
    const char *text = ctl_value(c, "from-row");
    char *end = NULL;
    uint64_t from = text == NULL ? 1 : strtoull(text, &end, 10);
    uint64_t first = from;
    int r = 0;

    if (from == 0 || (text != NULL && (*end != '\0' || text[0] < '0' || text[0] > '9')))
        return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_ROW_NUMBER, NULL, NULL);
    while (r == 0 && from != 0)
        r = export_page(c, &from);
    if (r == CLIENT_E_AWAY && from == first)
        return export_offline(c, first);
    return r == 0 ? CTL_DONE : r == CLIENT_E_AWAY ? CTL_UNREACHABLE : CTL_NO;
}
