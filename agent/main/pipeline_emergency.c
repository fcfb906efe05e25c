/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cannot be recorded is told all the same. The list of the running transaction's notices is
 * bounded: what is over it in a storm on a full disk is counted for each destination, and the
 * counts are told in its place, at once and once a minute as they grow.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/brake.h"
#include "notify/render.h"

/* Far above what sequence numbers reach. */
#define FIRST_DELIVERY (UINT64_C(1) << 62)

enum {
    LISTED_MAX = 256,  /* notices told one by one .. */
    BRAKES_MAX = 64,   /* .. and such as tell of brakes, which stand for many */
    FLIGHTS_MAX = 256, /* as many windows as that are filled */
    COUNTS_AGAIN_MS = 60 * 1000
};

/* A notice of the running transaction, in case that it finds no room. */
struct unrecorded {
    struct notice notice;
    struct route_targets to; /* whom it was not handed to yet; names are the settings' */
    bool is_marked;
};

/* What is over the list, for one destination. */
struct uncounted {
    char *destination;
    uint64_t count, critical;
    enum severity worst;
    uint64_t told;    /* how many of them the last notice named */
    mono_ms again_at; /* not told again before it */
    struct unrecorded one;
    struct uncounted *next;
};

struct flight {
    uint64_t delivery;
    const char *to; /* the settings' */
    struct unrecorded *what;
    mono_ms deadline;
};

struct emergency {
    struct unrecorded list[LISTED_MAX + BRAKES_MAX];
    size_t count;
    struct uncounted *over;
    struct flight flights[FLIGHTS_MAX];
    size_t flight_count;
};

bool pipeline_emergency_is(uint64_t delivery)
{
    return delivery >= FIRST_DELIVERY;
}

/* ---- what the transaction holds ---------------------------------------------------------- */

static struct uncounted *uncounted_of(struct emergency *e, const char *destination)
{
    struct uncounted *u = e->over;
    while (u != NULL && !text_equal(u->destination, destination))
        u = u->next;
    if (u != NULL)
        return u;
    u = alloc(sizeof *u);
    *u = (struct uncounted){.destination = alloc_text(destination), .next = e->over};
    e->over = u;
    return u;
}

static void count_over(struct emergency *e, const struct notice *notice, const char *destination)
{
    struct uncounted *u = uncounted_of(e, destination);
    u->count++;
    u->critical += notice->severity == SEVERITY_CRITICAL;
    if (notice->severity > u->worst)
        u->worst = notice->severity;
}

void pipeline_emergency_note(
    struct pipeline *p, const struct notice *notice, const char *const *to, size_t count)
{
    bool is_brake = text_equal(notice->of.metric, NOTICE_BRAKE_METRIC);
    if (count == 0)
        return;
    if (p->emergency == NULL)
        p->emergency = alloc(sizeof *p->emergency);
    struct emergency *e = p->emergency;
    bool is_over = e->count >= (size_t)LISTED_MAX + (is_brake ? BRAKES_MAX : 0);
    struct unrecorded *u = is_over ? NULL : &e->list[e->count++];
    if (u != NULL) {
        *u = (struct unrecorded){.is_marked = false};
        notice_copy(&u->notice, notice);
    }
    for (size_t i = 0; i < count; i++) {
        const struct destination_settings *d = settings_destination(p->settings, to[i]);
        if (d != NULL && u != NULL)
            routes_add(&u->to, d->name);
        else if (d != NULL)
            count_over(e, notice, d->name);
    }
}

static void keep_known(const struct settings *settings, struct route_targets *to)
{
    struct route_targets kept = {.count = 0};
    for (size_t i = 0; i < to->count; i++) {
        const struct destination_settings *d = settings_destination(settings, to->to[i]);
        if (d != NULL)
            routes_add(&kept, d->name);
    }
    *to = kept;
}

void pipeline_emergency_settings(struct pipeline *p)
{
    struct emergency *e = p->emergency;
    size_t kept = 0;
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->count; i++)
        keep_known(p->settings, &e->list[i].to);
    for (struct uncounted *u = e->over; u != NULL; u = u->next)
        keep_known(p->settings, &u->one.to);
    for (size_t i = 0; i < e->flight_count; i++) {
        struct flight f = e->flights[i];
        const struct destination_settings *d = settings_destination(p->settings, f.to);
        if (d == NULL)
            continue;
        f.to = d->name;
        e->flights[kept++] = f;
    }
    e->flight_count = kept;
}

void pipeline_emergency_clear(struct pipeline *p)
{
    struct emergency *e = p->emergency;
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->count; i++)
        notice_deinit(&e->list[i].notice);
    e->count = e->flight_count = 0;
    while (e->over != NULL) {
        struct uncounted *next = e->over->next;
        notice_deinit(&e->over->one.notice);
        free(e->over->destination);
        free(e->over);
        e->over = next;
    }
}

void pipeline_emergency_free(struct pipeline *p)
{
    pipeline_emergency_clear(p);
    free(p->emergency);
    p->emergency = NULL;
}

/* ---- the telling ------------------------------------------------------------------------- */

static void set_key(struct pipeline *p, struct notice *notice, struct moment now)
{
    char key[RECORD_KEY_BYTES];
    record_unrecorded_key(p->record, now, p->unrecorded_told++, key);
    free(notice->key);
    notice->key = alloc_text(key);
}

/* Marks it, under a key of its own. */
static void mark(struct pipeline *p, struct unrecorded *u, struct moment now)
{
    struct manner manner = manner_of(p->settings);
    bool is_read_only = record_is_read_only(p->record);
    set_key(p, &u->notice, now);
    render_unrecorded(&u->notice, is_read_only, &manner);
    u->is_marked = true;
    log_error(LOG_NOTIFY, "the disk is %s, told without being recorded: %s",
        is_read_only ? "read-only" : "full", u->notice.text != NULL ? u->notice.text : "");
}

static bool flies(const struct emergency *e, const struct unrecorded *what)
{
    for (size_t i = 0; i < e->flight_count; i++)
        if (e->flights[i].what == what)
            return true;
    return false;
}

/* The counts as a notice, if there is news and the last one is through. */
static void tell_counts(struct pipeline *p, struct uncounted *u, struct moment now)
{
    const struct destination_settings *d = settings_destination(p->settings, u->destination);
    struct manner manner = manner_of(p->settings);
    if (d == NULL || u->count == u->told || now.boot < u->again_at || u->one.to.count > 0 ||
        flies(p->emergency, &u->one))
        return;
    notice_deinit(&u->one.notice);
    u->one.notice = (struct notice){.kind = NOTICE_REMINDER,
        .severity = u->critical > 0 ? SEVERITY_CRITICAL : u->worst,
        .of = {alloc_text("hashimori/unrecorded"), alloc_text(u->destination), alloc_text("")},
        .at = now};
    set_key(p, &u->one.notice, now);
    render_unrecorded_more(&u->one.notice, u->count, u->critical, &manner);
    u->one.is_marked = true;
    routes_add(&u->one.to, d->name);
    u->told = u->count;
    u->again_at = now.boot + COUNTS_AGAIN_MS;
    log_error(LOG_NOTIFY, "%s: %llu more notices cannot be recorded and are not told one by one",
        u->destination, (unsigned long long)u->count);
}

/* Whether one more may be under way to @d now, of @incident (0: none). */
static bool has_room(
    const struct emergency *e, const struct destination_settings *d, uint64_t incident)
{
    size_t under_way = 0;
    for (size_t i = 0; i < e->flight_count; i++) {
        const struct flight *f = &e->flights[i];
        if (!text_equal(f->to, d->name))
            continue;
        if (incident != 0 && f->what->notice.incident == incident)
            return false;
        under_way++;
    }
    return e->flight_count < FLIGHTS_MAX && under_way < (d->window > 0 ? d->window : 1);
}

/* Those whose worker is away, or that have enough under way, are tried at a later call. */
static void tell(struct pipeline *p, struct unrecorded *u, struct moment now)
{
    struct emergency *e = p->emergency;
    struct route_targets left = {.count = 0};
    for (size_t i = 0; i < u->to.count; i++) {
        const struct destination_settings *d = settings_destination(p->settings, u->to.to[i]);
        const struct attempt attempt = {FIRST_DELIVERY + p->unrecorded_told, 1, NULL};
        if (d == NULL)
            continue;
        if (!has_room(e, d, u->notice.incident) ||
            !p->sink.deliver(p->sink.ctx, d->name, &attempt, &u->notice)) {
            routes_add(&left, d->name);
            continue;
        }
        p->unrecorded_told++;
        e->flights[e->flight_count++] = (struct flight){.delivery = attempt.delivery,
            .to = d->name,
            .what = u,
            .deadline = now.boot + d->deadline};
    }
    u->to = left;
}

/* Back among those that were not handed over. */
static void take_back(struct emergency *e, size_t i)
{
    struct flight f = e->flights[i];
    e->flights[i] = e->flights[--e->flight_count];
    routes_add(&f.what->to, f.to);
}

void pipeline_emergency(struct pipeline *p, struct moment now)
{
    struct emergency *e = p->emergency;
    if (e == NULL)
        return;
    for (size_t i = e->flight_count; i > 0; i--)
        if (e->flights[i - 1].deadline <= now.boot)
            take_back(e, i - 1);
    // First what stands for many.
    for (struct uncounted *u = e->over; u != NULL; u = u->next) {
        tell_counts(p, u, now);
        tell(p, &u->one, now);
    }
    for (size_t i = 0; i < e->count; i++) {
        if (!e->list[i].is_marked)
            mark(p, &e->list[i], now);
        tell(p, &e->list[i], now);
    }
}

void pipeline_emergency_receipt(
    struct pipeline *p, const struct receipt *receipt, struct moment now)
{
    struct emergency *e = p->emergency;
    log_warn(LOG_NOTIFY, "a notice that could not be recorded was %s: %s",
        receipt_result_name(receipt->result), receipt->text != NULL ? receipt->text : "");
    for (size_t i = 0; e != NULL && i < e->flight_count; i++) {
        if (e->flights[i].delivery != receipt->delivery)
            continue;
        if (receipt->result == RECEIPT_LATER) {
            take_back(e, i); // until the next call
        } else {
            e->flights[i] = e->flights[--e->flight_count];
            pipeline_emergency(p, now);
        }
        return;
    }
}

void pipeline_emergency_lost(struct pipeline *p, const char *destination)
{
    struct emergency *e = p->emergency;
    for (size_t i = e == NULL ? 0 : e->flight_count; i > 0; i--)
        if (text_equal(e->flights[i - 1].to, destination))
            take_back(e, i - 1);
}
