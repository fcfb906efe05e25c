/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cannot be recorded is told all the same. The list of the running transaction's notices is
 * bounded: in a storm on a full disk what is over that is counted in the log, and told once there
 * is room.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"

/* Far above what sequence numbers reach. */
#define FIRST_DELIVERY (UINT64_C(1) << 62)

bool pipeline_emergency_is(uint64_t delivery)
{
    return delivery >= FIRST_DELIVERY;
}

void pipeline_emergency_note(
    struct pipeline *p, const struct notice *notice, const char *const *to, size_t count)
{
    if (count == 0)
        return;
    if (p->unrecorded == NULL)
        p->unrecorded = alloc_array(UNRECORDED_MAX, sizeof *p->unrecorded);
    if (p->unrecorded_count == UNRECORDED_MAX) {
        p->unrecorded_over++;
        return;
    }
    struct unrecorded *u = &p->unrecorded[p->unrecorded_count++];
    *u = (struct unrecorded){.is_tried = false};
    notice_copy(&u->notice, notice);
    for (size_t i = 0; i < count; i++) {
        const struct destination_settings *d = settings_destination(p->settings, to[i]);
        if (d != NULL)
            routes_add(&u->to, d->name);
    }
}

void pipeline_emergency_settings(struct pipeline *p)
{
    for (size_t i = 0; i < p->unrecorded_count; i++) {
        struct route_targets *to = &p->unrecorded[i].to, kept = {.count = 0};
        for (size_t k = 0; k < to->count; k++) {
            const struct destination_settings *d = settings_destination(p->settings, to->to[k]);
            if (d != NULL)
                routes_add(&kept, d->name);
        }
        *to = kept;
    }
}

void pipeline_emergency_clear(struct pipeline *p)
{
    for (size_t i = 0; i < p->unrecorded_count; i++)
        notice_deinit(&p->unrecorded[i].notice);
    p->unrecorded_count = 0;
    p->unrecorded_over = 0;
}

/* Marks it, under a key of its own. */
static void mark(struct pipeline *p, struct unrecorded *u, struct moment now)
{
    char key[RECORD_KEY_BYTES];
    record_unrecorded_key(p->record, now, p->unrecorded_told, key);
    free(u->notice.key);
    u->notice.key = alloc_text(key);
    struct manner manner = manner_of(p->settings);
    bool is_read_only = record_is_read_only(p->record);
    render_unrecorded(&u->notice, is_read_only, &manner);
    u->is_tried = true;
    log_error(LOG_NOTIFY, "the disk is %s, told without being recorded: %s",
        is_read_only ? "read-only" : "full", u->notice.text != NULL ? u->notice.text : "");
}

/* Those whose worker is away are tried at the next call. */
static void tell(struct pipeline *p, struct unrecorded *u)
{
    struct route_targets left = {.count = 0};
    for (size_t i = 0; i < u->to.count; i++) {
        const struct attempt attempt = {FIRST_DELIVERY + p->unrecorded_told, 1, NULL};
        if (p->sink.deliver(p->sink.ctx, u->to.to[i], &attempt, &u->notice))
            p->unrecorded_told++;
        else
            routes_add(&left, u->to.to[i]);
    }
    u->to = left;
}

void pipeline_emergency(struct pipeline *p, struct moment now)
{
    for (size_t i = 0; i < p->unrecorded_count; i++) {
        struct unrecorded *u = &p->unrecorded[i];
        if (!u->is_tried)
            mark(p, u, now);
        tell(p, u);
    }
    if (p->unrecorded_over > 0)
        log_error(
            LOG_NOTIFY, "%zu more notices wait for room on the disk, untold", p->unrecorded_over);
}
