/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger.snapshot: a copy is made in steps of a loop's turn each, then its descriptor is passed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "main/verbs.h"
#include "record/snapshot.h"

struct copy {
    struct daemon *daemon;
    struct snapshot *snapshot;
    char *path; /* beside the ledger; without a name once it is open */
    uint64_t ticket;
    struct loop_deferred turn;
};

void daemon_copy_end(struct daemon *d)
{
    struct copy *c = d->copy;
    if (c == NULL)
        return;
    loop_undefer(d->loop, &c->turn);
    snapshot_free(c->snapshot);
    unlink(c->path);
    free(c->path);
    free(c);
    d->copy = NULL;
}

static void fail_copy(struct control_answer *ret, int r)
{
    verb_fail(ret, "unavailable", MESSAGE_VERB_SNAPSHOT,
        r == RECORD_E_FULL ? fault_text(-ENOSPC)
        : r < 0            ? fault_text(r)
                           : strerror(EIO),
        NULL);
}

static void answer(struct copy *c, int r)
{
    struct daemon *d = c->daemon;
    struct control_answer a = {.fd = -1};
    struct record *record = pipeline_record(d->pipeline);

    c->snapshot = snapshot_free(c->snapshot);
    if (r == 0 && (a.fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
        r = fault(-errno);
    if (r == 0)
        a.result = json_pack(
            "{s:I,s:s}", "rows", (json_int_t)record_rows(record), "head", record_head(record));
    else
        fail_copy(&a, r);
    control_answer_later(d->control, c->ticket, &a);
    daemon_copy_end(d);
}

static void copy_on_turn(void *arg)
{
    struct copy *c = arg;
    int r = snapshot_step(c->snapshot);
    if (r == SNAPSHOT_E_MORE)
        loop_defer(c->daemon->loop, &c->turn);
    else
        answer(c, r);
}

void verb_ledger_snapshot(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct text path = {0};
    struct snapshot *snapshot = NULL;
    if (d->copy != NULL) {
        verb_fail(ret, "unavailable", MESSAGE_VERB_SNAPSHOT_RUNS, NULL, NULL);
        return;
    }
    text_addf(&path, "%s/snapshot.tmp", d->settings->agent.state_dir);
    unlink(text_get(&path)); // what a daemon that was killed left
    int r = snapshot_new(pipeline_record(d->pipeline), text_get(&path), &snapshot);
    if (r != 0) {
        fail_copy(ret, r);
        text_deinit(&path);
        return;
    }
    d->copy = alloc(sizeof *d->copy);
    *d->copy = (struct copy){.daemon = d,
        .snapshot = snapshot,
        .path = text_take(&path),
        .ticket = ret->ticket,
        .turn = {.fn = copy_on_turn, .arg = d->copy}};
    log_info(LOG_EXPOSE, "%s takes a copy of the ledger", command->who);
    loop_defer(d->loop, &d->copy->turn);
    ret->later = true;
}
