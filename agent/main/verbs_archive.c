/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger.archive: a thousand rows each turn of the loop; the answer comes when all is done. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/log.h"
#include "main/verbs.h"
#include "record/archive.h"

struct archiving {
    struct daemon *daemon;
    struct archive *archive;
    uint64_t ticket;
    struct loop_deferred turn;
};

void daemon_archive_end(struct daemon *d)
{
    struct archiving *a = d->archiving;
    if (a == NULL)
        return;
    loop_undefer(d->loop, &a->turn);
    archive_free(a->archive);
    free(a);
    d->archiving = NULL;
}

static void fail_archive(struct control_answer *ret, int r)
{
    const char *why = r == RECORD_E_FULL      ? fault_text(-ENOSPC)
                      : r == RECORD_E_CORRUPT ? fault_text(-EBADMSG)
                                              : fault_text(r < 0 ? r : -EIO);
    verb_fail(ret, "unavailable", MESSAGE_VERB_ARCHIVE, why, NULL);
}

static void answer(struct archiving *a, int r)
{
    struct daemon *d = a->daemon;
    struct control_answer c = {.fd = -1};
    struct archive_summary s = archive_summary(a->archive);

    if (r == 0)
        c.result = json_pack("{s:I,s:I,s:s}", "first", (json_int_t)s.first, "last",
            (json_int_t)s.last, "file", s.path);
    else
        fail_archive(&c, r);
    control_answer_later(d->control, a->ticket, &c);
    daemon_archive_end(d);
}

static void archiving_on_turn(void *arg)
{
    struct archiving *a = arg;
    int r = archive_step(a->archive, clock_now());
    if (r == ARCHIVE_E_MORE)
        loop_defer(a->daemon->loop, &a->turn);
    else
        answer(a, r);
}

void verb_ledger_archive(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct text folder = {0};
    struct archive *archive = NULL;
    if (d->archiving != NULL) {
        verb_fail(ret, "unavailable", MESSAGE_VERB_ARCHIVE_RUNS, NULL, NULL);
        return;
    }
    text_addf(&folder, "%s/archive", d->settings->agent.state_dir);
    const struct agent_settings *agent = &d->settings->agent;
    wall_ms before = period_fiscal_start(clock_wall(), agent->keep_years,
        pipeline_zone(d->pipeline), agent->fiscal_year_start, agent->day_start_minute);
    int r = archive_new(
        pipeline_record(d->pipeline), before, text_get(&folder), command->who, &archive);
    text_deinit(&folder);
    if (r == ARCHIVE_E_NOTHING) {
        ret->result = json_pack("{s:n,s:n,s:n}", "first", "last", "file");
        return;
    }
    if (r != 0) {
        fail_archive(ret, r);
        return;
    }
    d->archiving = alloc(sizeof *d->archiving);
    *d->archiving = (struct archiving){.daemon = d,
        .archive = archive,
        .ticket = ret->ticket,
        .turn = {.fn = archiving_on_turn, .arg = d->archiving}};
    loop_defer(d->loop, &d->archiving->turn);
    ret->later = true;
}
