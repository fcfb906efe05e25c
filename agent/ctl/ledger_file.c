/* SPDX-License-Identifier: BSD-2-Clause */
/* Exports and archives as files: checking, taking in, and putting old years away. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/ledger.h"
#include "ctl/local_settings.h"
#include "ctl/print.h"
#include "record/archive.h"
#include "record/export.h"
#include "record/import.h"

enum { PART_BYTES = 12000 /* as text it fits into an argument */ };

/* ---- verify ------------------------------------------------------------------------------ */

/* Reads all lines. 0, EXPORT_E_BAD and why, a fault. */
static int check_file(
    const char *path, struct export_check *check, uint64_t *rows, struct text *why)
{
    struct export_file *f = NULL;
    const char *line;
    size_t length;
    int r = export_open(path, &f);

    while (r == 0 && (r = export_next(f, &line, &length)) == 0) {
        r = export_check_line(check, line, length, NULL, why);
        *rows += r == 0;
    }
    export_close(f);
    if (r == EXPORT_E_END && *rows > 0)
        return 0;
    return r < 0 ? r : EXPORT_E_BAD;
}

int ledger_verify_file(struct ctl *c, const char *path, const char *head)
{
    struct export_check check = {.takes_redacted = true};
    struct text why = {0};
    char previous[CHAIN_HEX_BYTES];
    char last[CHAIN_HEX_BYTES];
    uint64_t rows = 0;

    int r = check_file(path, &check, &rows, &why);
    if (r < 0) {
        text_deinit(&why);
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_READ, path, fault_text(r));
    }
    chain_hex(previous, check.previous, CHAIN_BYTES);
    chain_hex(last, check.hash, CHAIN_BYTES);
    if (r == 0 && head != NULL && strcmp(head, last) != 0) {
        text_addf(&why, "the file ends with another head than %s", head);
        r = EXPORT_E_BAD;
    }
    uint64_t bad = check.last + 1;
    if (r == 0 && check.redacted > 0) {
        text_addf(&why,
            "%llu rows are redacted, so nobody can check them; the others hold together. "
            "`hashimori ledger export --full` can be checked",
            (unsigned long long)check.redacted);
        bad = check.first_redacted;
        r = EXPORT_E_BAD;
    }
    json_t *result = json_pack("{s:b, s:I, s:s, s:o, s:s, s:I, s:s, s:I}", "sound", r == 0, "rows",
        (json_int_t)rows, "head", last, "first_bad",
        r == 0 ? json_null() : json_integer((json_int_t)bad), "why", text_get(&why), "first",
        (json_int_t)check.first, "previous", previous, "redacted", (json_int_t)check.redacted);
    if (c->json)
        print_json(result);
    else
        show_verified(c, result);
    json_decref(result);
    text_deinit(&why);
    return r == 0 ? CTL_DONE : CTL_NO;
}

/* ---- import ------------------------------------------------------------------------------ */

static const char *who_runs_this(void)
{
    const struct passwd *user = getpwuid(getuid());

    return user != NULL ? user->pw_name : "-";
}

static int say_import(struct ctl *c, int r, const char *path, uint64_t rows, const struct text *why)
{
    char number[24];

    snprintf(number, sizeof number, "%llu", (unsigned long long)rows);
    switch (r) {
    case 0:
        ctl_say(c, MESSAGE_CTL_IMPORTED, path, number, NULL);
        return CTL_DONE;
    case IMPORT_E_BAD:
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_IMPORT_BAD, path, text_get(why));
    case IMPORT_E_KNOWN:
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_IMPORT_KNOWN, path, NULL);
    case IMPORT_E_OVERLAP:
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_IMPORT_OVERLAP, path, NULL);
    default:
        return ctl_fail(
            c, CTL_NO, MESSAGE_CTL_CANNOT_READ, path, r < 0 ? fault_text(r) : strerror(ENOSPC));
    }
}

static int import_offline(struct ctl *c)
{
    const char *path = c->args[0];
    struct offline o;
    struct text why = {0};
    uint64_t rows = 0;
    int r = ledger_open(c, &o);

    if (r == CTL_DONE) {
        int done = import_run(o.record, path, NULL, who_runs_this(), clock_now(), &rows, &why);
        r = say_import(c, done, path, rows, &why);
    }
    text_deinit(&why);
    ledger_close(&o);
    return r;
}

/* One request about the file: @part of it at @at, or (@part NULL) that this was all. */
static int send_part(struct ctl *c, const char *name, uint64_t at, const struct text *part,
    struct client_answer *ret)
{
    struct text data = {0};
    char offset[24];

    snprintf(offset, sizeof offset, "%llu", (unsigned long long)at);
    json_t *args = json_pack("{s:s,s:s}", "file", name, "at", offset);
    if (part != NULL) {
        base64_add(&data, part->bytes, part->length);
        json_object_set_new(args, "data", json_string(text_get(&data)));
    }
    int r = client_ask_slow(c->socket_path, "ledger.import", args, c->language, ret);
    json_decref(args);
    text_deinit(&data);
    return r;
}

/* CLIENT_E_AWAY at the first part: there is no daemon to send it to. */
static int send_file(struct ctl *c, int fd, const char *name, struct client_answer *ret)
{
    char bytes[PART_BYTES];
    struct text part = {0};
    uint64_t at = 0;
    ssize_t n = 0;
    int r = 0;

    while (r == 0 && (n = read(fd, bytes, sizeof bytes)) > 0) {
        client_answer_deinit(ret);
        text_clear(&part);
        text_add_bytes(&part, bytes, (size_t)n);
        r = send_part(c, name, at, &part, ret);
        at += (uint64_t)n;
    }
    if (r == 0 && n == 0 && at > 0) {
        client_answer_deinit(ret);
        r = send_part(c, name, at, NULL, ret);
    }
    text_deinit(&part);
    return n < 0 ? -errno : r;
}

int run_ledger_import(struct ctl *c)
{
    const char *path = c->args[0], *slash = strrchr(path, '/');
    struct client_answer answer = {0};
    bool is_elsewhere = ctl_value(c, "ledger") != NULL;
    int fd = is_elsewhere ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int sent = is_elsewhere ? CLIENT_E_AWAY
               : fd < 0     ? -errno
                            : send_file(c, fd, slash == NULL ? path : slash + 1, &answer);
    int r;

    if (sent == CLIENT_E_AWAY)
        r = import_offline(c);
    else if (sent == 0 && answer.result == NULL)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_READ, path, "0 B");
    else if (sent == CLIENT_E_REFUSED)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    else if (sent < 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_READ, path, strerror(-sent));
    else
        r = say_import(
            c, 0, path, (uint64_t)json_integer_value(json_object_get(answer.result, "rows")), NULL);
    client_answer_deinit(&answer);
    fdio_close(fd);
    return r;
}

/* ---- archive ----------------------------------------------------------------------------- */

static int say_archived(struct ctl *c, json_t *result)
{
    const char *file = json_string_value(json_object_get(result, "file"));
    char last[24];

    snprintf(
        last, sizeof last, "%lld", (long long)json_integer_value(json_object_get(result, "last")));
    if (c->json)
        print_json(result);
    else if (file == NULL)
        ctl_say(c, MESSAGE_CTL_ARCHIVED_NOTHING, NULL, NULL, NULL);
    else
        ctl_say(c, MESSAGE_CTL_ARCHIVED, file, last, NULL);
    return CTL_DONE;
}

static int archive_all(struct ctl *c, struct archive *a)
{
    int done;

    while ((done = archive_step(a, clock_now())) == ARCHIVE_E_MORE)
        ;
    struct archive_summary s = archive_summary(a);
    if (done != 0)
        return ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_SAVE, s.path,
            done < 0 ? fault_text(done) : strerror(ENOSPC));
    json_t *result = json_pack("{s:I, s:I, s:s}", "first", (json_int_t)s.first, "last",
        (json_int_t)s.last, "file", s.path);
    say_archived(c, result);
    json_decref(result);
    return CTL_DONE;
}

static int archive_file(struct ctl *c, struct offline *o, const struct agent_settings *agent)
{
    struct archive *a = NULL;
    struct text folder = {0};
    wall_ms before = period_fiscal_start(clock_wall(), agent->keep_years, o->zone,
        agent->fiscal_year_start, agent->day_start_minute);

    text_addf(&folder, "%s/archive", agent->state_dir);
    int made = archive_new(o->record, before, text_get(&folder), who_runs_this(), &a);
    int r = CTL_DONE;
    if (made == ARCHIVE_E_NOTHING)
        ctl_say(c, MESSAGE_CTL_ARCHIVED_NOTHING, NULL, NULL, NULL);
    else if (made != 0)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_CANNOT_SAVE, text_get(&folder),
            made < 0 ? fault_text(made) : strerror(ENOSPC));
    else
        r = archive_all(c, a);
    archive_free(a);
    text_deinit(&folder);
    return r;
}

/* The daemon is stopped. */
static int archive_offline(struct ctl *c)
{
    struct local_settings l;
    struct offline o = {0};
    int r = local_settings_need(c, &l);

    if (r == CTL_DONE)
        r = ledger_open(c, &o);
    if (r == CTL_DONE)
        r = archive_file(c, &o, &l.settings->agent);
    ledger_close(&o);
    local_settings_deinit(&l);
    return r;
}

int run_ledger_archive(struct ctl *c)
{
    struct client_answer answer = {0};
    int r;

    int asked = client_ask_slow(c->socket_path, "ledger.archive", NULL, c->language, &answer);
    if (asked == 0)
        r = say_archived(c, answer.result);
    else if (asked == CLIENT_E_REFUSED)
        r = ctl_fail(c, CTL_NO, MESSAGE_CTL_REFUSED, text_get(&answer.why), NULL);
    else
        r = archive_offline(c);
    client_answer_deinit(&answer);
    return r;
}
