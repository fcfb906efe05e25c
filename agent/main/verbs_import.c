/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ledger.import: a file comes in parts, each behind the one before, into a file of ours; once it is
 * whole it is checked and taken into the ledger, some rows in each turn of the loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "main/verbs.h"
#include "record/import.h"

/* Taken in, a row is about twice as large, and the log before the database holds it once more. */
enum { ROOM_FACTOR = 6, NAME_BYTES_MAX = 255 };

void daemon_import_end(struct daemon *d)
{
    if (d->import.path == NULL)
        return;
    d->import.fd = fdio_close(d->import.fd);
    loop_undefer(d->loop, &d->import.turn);
    d->import.running = import_free(d->import.running);
    unlink(d->import.path);
    free(d->import.path);
    free(d->import.name);
    command_deinit(&d->import.command);
    d->import = (struct staged){.fd = -1};
}

static int begin(struct daemon *d)
{
    struct text path = {0};
    daemon_import_end(d);
    text_addf(&path, "%s/import.tmp", d->settings->agent.state_dir);
    unlink(text_get(&path)); // what a daemon that was killed left
    d->import.path = text_take(&path);
    d->import.fd = open(
        d->import.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    return d->import.fd < 0 ? fault(-errno) : 0;
}

static bool has_room(const struct daemon *d)
{
    struct statvfs fs;
    return fstatvfs(d->import.fd, &fs) == 0 &&
           (uint64_t)fs.f_bavail * fs.f_frsize > d->import.size * ROOM_FACTOR;
}

static void fail_write(struct control_answer *ret, const char *name, int error)
{
    verb_fail(ret, "unavailable", MESSAGE_CTL_CANNOT_SAVE, name, fault_text(error));
}

static void append(
    struct daemon *d, const char *name, const struct text *part, struct control_answer *ret)
{
    size_t done = 0;
    d->import.size += part->length;
    if (!has_room(d)) {
        daemon_import_end(d);
        fail_write(ret, name, -ENOSPC);
        return;
    }
    while (done < part->length) {
        ssize_t n = write(d->import.fd, part->bytes + done, part->length - done);
        if (n <= 0) {
            int error = fault(n < 0 ? -errno : -EIO);
            daemon_import_end(d);
            fail_write(ret, name, error);
            return;
        }
        done += (size_t)n;
    }
    ret->result = json_pack("{s:I}", "size", (json_int_t)d->import.size);
}

static void refuse(struct control_answer *ret, int r, const char *name, const struct text *why)
{
    if (r == IMPORT_E_BAD)
        verb_fail(ret, "bad_request", MESSAGE_CTL_IMPORT_BAD, name, text_get(why));
    else if (r == IMPORT_E_KNOWN)
        verb_fail(ret, "conflict", MESSAGE_CTL_IMPORT_KNOWN, name, NULL);
    else if (r == IMPORT_E_OVERLAP)
        verb_fail(ret, "conflict", MESSAGE_CTL_IMPORT_OVERLAP, name, NULL);
    else
        fail_write(ret, name, r < 0 ? r : -ENOSPC);
}

static void answer(struct daemon *d, int r, const struct text *why)
{
    struct staged *s = &d->import;
    struct control_answer a = {.fd = -1};
    if (r == 0) {
        pipeline_imported(d->pipeline, &s->command, clock_now());
        log_info(LOG_RECORD, "%s took %llu rows of %s into the ledger", s->command.who,
            (unsigned long long)import_rows(s->running), s->name);
    }
    if (r != 0)
        refuse(&a, r, s->name, why);
    else if (verb_commit(d, &a))
        a.result =
            json_pack("{s:s,s:I}", "file", s->name, "rows", (json_int_t)import_rows(s->running));
    control_answer_later(d->control, s->ticket, &a);
    daemon_import_end(d);
}

static void import_on_turn(void *arg)
{
    struct daemon *d = arg;
    struct text why = {0};
    int r = import_step(d->import.running, clock_now(), &why);
    if (r == IMPORT_E_MORE && pipeline_commit(d->pipeline, clock_now()) == 0)
        loop_defer(d->loop, &d->import.turn);
    else
        answer(d, r == IMPORT_E_MORE ? -EIO : r, &why);
    text_deinit(&why);
}

/* The last part is here: it is taken in over many turns. */
static void take_in(
    struct daemon *d, const char *name, const struct command *command, struct control_answer *ret)
{
    struct staged *s = &d->import;
    int r = import_new(pipeline_record(d->pipeline), s->path, name, command->who, &s->running);
    if (r != 0) {
        fail_write(ret, name, r);
        daemon_import_end(d);
        return;
    }
    s->command = (struct command){
        .verb = alloc_text(command->verb), .who = alloc_text(command->who), .uid = command->uid};
    command_set(&s->command, "file", name);
    s->name = alloc_text(name);
    s->ticket = ret->ticket;
    s->turn = (struct loop_deferred){.fn = import_on_turn, .arg = d};
    loop_defer(d->loop, &s->turn);
    ret->later = true;
}

/* A name, not a path, that can stand in a row. */
static bool is_name(const char *name)
{
    return name != NULL && name[0] != '\0' && strlen(name) <= NAME_BYTES_MAX &&
           strchr(name, '/') == NULL && text_is_utf8(name, strlen(name));
}

void verb_ledger_import(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const char *name = command_arg(command, "file"), *data = command_arg(command, "data");
    struct text part = {0};
    uint64_t at;
    int r;

    if (d->import.running != NULL)
        verb_fail(ret, "unavailable", MESSAGE_VERB_IMPORT_RUNS, NULL, NULL);
    else if (!is_name(name))
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "file", NULL);
    else if (!verb_number(command, "at", 0, &at))
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "at", NULL);
    else if (data != NULL && !base64_decode(&part, data))
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, "data", NULL);
    else if (data != NULL && at == 0 && (r = begin(d)) != 0)
        fail_write(ret, name, r);
    else if (d->import.path == NULL || at != d->import.size)
        verb_fail(ret, "conflict", MESSAGE_VERB_IMPORT_PARTS, name, NULL);
    else if (data != NULL)
        append(d, name, &part, ret);
    else
        take_in(d, name, command, ret);
    text_deinit(&part);
}
