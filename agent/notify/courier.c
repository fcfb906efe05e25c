/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/courier.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MAX_MS = 5 * 60 * 1000,
    LOOK_AHEAD =
        64, /* rows looked at per pump: enough to find another incident's behind a blocked one */
    WINDOW_MAX = 64
};

struct flight {
    uint64_t delivery; /* 0: free */
    uint32_t attempt;
    mono_ms deadline;
    struct notice notice;
};

/* One destination. */
struct lane {
    char *name;
    bool serving;
    bool dirty;            /* rows may wait that were not looked at */
    bool is_full;          /* as many wait as are looked at: a new one changes nothing */
    mono_ms next_due;      /* of a row that waits for its time; CLOCK_NEVER */
    mono_ms failing_since; /* first attempt in vain since something was taken; CLOCK_NEVER: none */
    bool failing_told;
    uint32_t window;
    span_ms deadline_ms;
    span_ms expire_ms;
    struct flight flights[WINDOW_MAX];
    struct lane *next;
};

struct courier {
    struct record *record;
    struct courier_sink sink;
    uint32_t seed;
    struct lane *lanes;
};

/* ---- lanes ------------------------------------------------------------------------------- */

static struct lane *lane_find(const struct courier *c, const char *name)
{
    struct lane *l = c->lanes;
    while (l != NULL && !text_equal(l->name, name))
        l = l->next;
    return l;
}

static struct lane *lane_free(struct lane *l)
{
    for (size_t i = 0; i < WINDOW_MAX; i++)
        notice_deinit(&l->flights[i].notice);
    free(l->name);
    free(l);
    return NULL;
}

static struct lane *lane_add(struct courier *c, const char *name)
{
    struct lane *l = alloc(sizeof *l);
    l->name = alloc_text(name);
    l->next_due = CLOCK_NEVER;
    l->failing_since = CLOCK_NEVER;
    l->dirty = true;
    l->next = c->lanes;
    c->lanes = l;
    return l;
}

void courier_settings(struct courier *c, const struct settings *settings)
{
    for (struct lane **at = &c->lanes; *at != NULL;) {
        struct lane *l = *at;
        if (settings_destination(settings, l->name) != NULL) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        lane_free(l);
    }
    for (size_t i = 0; i < settings->destination_count; i++) {
        const struct destination_settings *d = &settings->destinations[i];
        struct lane *l = lane_find(c, d->name);
        if (l == NULL)
            l = lane_add(c, d->name);
        l->window = d->window >= 1 && d->window <= WINDOW_MAX ? d->window : 1;
        l->deadline_ms = d->deadline;
        l->expire_ms = d->expire_after;
        l->dirty = true;
    }
}

struct courier *courier_new(struct record *record, const struct settings *settings,
    const struct courier_sink *sink, uint32_t seed)
{
    struct courier *c = alloc(sizeof *c);
    *c = (struct courier){.record = record, .sink = *sink, .seed = seed};
    courier_settings(c, settings);
    return c;
}

struct courier *courier_free(struct courier *c)
{
    if (c == NULL)
        return NULL;
    while (c->lanes != NULL) {
        struct lane *next = c->lanes->next;
        lane_free(c->lanes);
        c->lanes = next;
    }
    free(c);
    return NULL;
}

/* ---- flights ----------------------------------------------------------------------------- */

static struct flight *flight_of(struct lane *l, uint64_t delivery)
{
    for (size_t i = 0; i < WINDOW_MAX; i++)
        if (l->flights[i].delivery == delivery)
            return &l->flights[i];
    return NULL;
}

static size_t flights_of(const struct lane *l)
{
    size_t n = 0;
    for (size_t i = 0; i < WINDOW_MAX; i++)
        n += l->flights[i].delivery != 0;
    return n;
}

static void flight_end(struct flight *f)
{
    notice_deinit(&f->notice);
    *f = (struct flight){0};
}

/* xorshift32 (Marsaglia 2003): jitter needs no more. */
static uint32_t draw(struct courier *c)
{
    c->seed = c->seed != 0 ? c->seed : 1;
    c->seed ^= c->seed << 13;
    c->seed ^= c->seed >> 17;
    c->seed ^= c->seed << 5;
    return c->seed;
}

/* 1 s doubled up to 5 min, then up to a quarter less, so that many waiters do not march in step. */
static span_ms backoff(struct courier *c, uint32_t attempts)
{
    span_ms wait = BACKOFF_MAX_MS;
    if (attempts <= 8)
        wait = (span_ms)BACKOFF_FIRST_MS << (attempts > 0 ? attempts - 1 : 0);
    return wait - wait * (draw(c) % 25) / 100;
}

static void retry(struct courier *c, struct lane *l, struct flight *f, span_ms wait,
    const char *text, struct moment now)
{
    log_debug(LOG_NOTIFY, "%s: delivery %llu is tried again in %lld ms: %s", l->name,
        (unsigned long long)f->delivery, (long long)wait, text);
    record_outbox_retry(c->record, f->delivery, f->attempt, now.wall + wait, text);
    flight_end(f);
    l->dirty = true;
    if (l->failing_since == CLOCK_NEVER)
        l->failing_since = now.boot;
    if (!l->failing_told && now.boot - l->failing_since >= COURIER_FAILING_MS) {
        l->failing_told = true;
        c->sink.failing(c->sink.ctx, l->name, text, now);
    }
}

static void finish(struct courier *c, struct lane *l, uint64_t delivery,
    const struct notice *notice, enum receipt_result result, const char *name, const char *text,
    struct moment now)
{
    record_outbox_done(c->record, delivery, name, text, now);
    if (result != RECEIPT_REFUSED) {
        l->failing_since = CLOCK_NEVER;
        l->failing_told = false;
    }
    c->sink.ended(c->sink.ctx, l->name, notice, result, text, now);
    l->dirty = true;
}

/* ---- pump -------------------------------------------------------------------------------- */

struct pump {
    struct courier *courier;
    struct lane *lane;
    struct moment now;
    uint64_t blocked[LOOK_AHEAD]; /* incidents with an earlier row that waits or flies */
    size_t blocked_count;
    uint64_t *ready; /* those to start; rows must not change while they are read */
    size_t ready_count;
    size_t room, seen;
};

static bool is_blocked(const struct pump *p, uint64_t incident)
{
    for (size_t i = 0; i < p->blocked_count; i++)
        if (p->blocked[i] == incident)
            return true;
    return false;
}

static void block(struct pump *p, uint64_t incident)
{
    if (incident != 0 && p->blocked_count < LOOK_AHEAD)
        p->blocked[p->blocked_count++] = incident;
}

/* How long the row still waits; a clock that was set back must not make it wait for ever. */
static span_ms wait_left(const struct outbox_head *h, struct moment now)
{
    span_ms left = h->due_wall - now.wall;
    return left > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : left;
}

static void look_at(void *arg, const struct outbox_head *h)
{
    struct pump *p = arg;
    span_ms left = wait_left(h, p->now);
    bool flies = flight_of(p->lane, h->delivery) != NULL;
    bool is_later = flies || is_blocked(p, h->incident);

    p->seen++;
    block(p, h->incident);
    if (is_later)
        return;
    if (left > 0) {
        if (p->now.boot + left < p->lane->next_due)
            p->lane->next_due = p->now.boot + left;
        return;
    }
    if (p->ready_count < p->room)
        p->ready[p->ready_count++] = h->delivery;
    else
        p->lane->dirty = true; // looked at again when a flight ends
}

static bool expired(const struct lane *l, const struct outbox_entry *e, struct moment now)
{
    return l->expire_ms > 0 && now.wall - e->recorded_wall > l->expire_ms;
}

static void start(struct pump *p, const struct outbox_entry *e)
{
    struct lane *l = p->lane;
    struct courier *c = p->courier;

    if (expired(l, e, p->now)) {
        struct text why = {0};
        text_addf(&why, "expired after %u attempts; last answer: %s", e->attempts,
            e->last_text != NULL ? e->last_text : "-");
        finish(c, l, e->delivery, &e->notice, RECEIPT_REFUSED, "expired", text_get(&why), p->now);
        text_deinit(&why);
        return;
    }
    struct flight *f = flight_of(l, 0);
    *f = (struct flight){.delivery = e->delivery,
        .attempt = e->attempts + 1,
        .deadline = p->now.boot + l->deadline_ms};
    notice_copy(&f->notice, &e->notice);
    if (!c->sink.deliver(c->sink.ctx, l->name, f->delivery, f->attempt, &f->notice)) {
        flight_end(f);
        l->serving = false;
        l->dirty = true;
    }
}

/* A row whose notice is damaged must not keep others waiting. */
static void start_row(struct pump *p, uint64_t delivery)
{
    struct outbox_entry e;
    if (record_outbox_entry(p->courier->record, delivery, &e)) {
        start(p, &e);
        outbox_entry_deinit(&e);
        return;
    }
    record_outbox_done(
        p->courier->record, delivery, "expired", "its notice cannot be read", p->now);
    p->lane->next_due = p->now.boot;
}

static void pump_lane(struct courier *c, struct lane *l, struct moment now)
{
    uint64_t ready[WINDOW_MAX];
    struct pump p = {.courier = c, .lane = l, .now = now, .ready = ready};
    size_t flying = flights_of(l);
    if (!l->serving || flying >= l->window)
        return;

    p.room = l->window - flying;
    l->dirty = false;
    l->next_due = CLOCK_NEVER;
    record_outbox_heads(c->record, l->name, LOOK_AHEAD, look_at, &p);
    l->is_full = p.seen == LOOK_AHEAD;
    for (size_t i = 0; i < p.ready_count && l->serving; i++)
        start_row(&p, ready[i]);
}

/* An attempt that got no receipt in its time is an attempt that must be made again. */
static void time_out(struct courier *c, struct lane *l, struct moment now)
{
    for (size_t i = 0; i < WINDOW_MAX; i++) {
        struct flight *f = &l->flights[i];
        if (f->delivery != 0 && f->deadline <= now.boot)
            retry(c, l, f, backoff(c, f->attempt), "no receipt within the deadline", now);
    }
}

void courier_pump(struct courier *c, struct moment now)
{
    for (struct lane *l = c->lanes; l != NULL; l = l->next) {
        time_out(c, l, now);
        if (l->dirty || l->next_due <= now.boot)
            pump_lane(c, l, now);
    }
}

static mono_ms lane_due(const struct lane *l)
{
    mono_ms due = l->serving && flights_of(l) < l->window ? l->next_due : CLOCK_NEVER;
    for (size_t i = 0; i < WINDOW_MAX; i++)
        if (l->flights[i].delivery != 0 && l->flights[i].deadline < due)
            due = l->flights[i].deadline;
    return due;
}

mono_ms courier_next_due(const struct courier *c)
{
    mono_ms due = CLOCK_NEVER;
    for (const struct lane *l = c->lanes; l != NULL; l = l->next)
        if (lane_due(l) < due)
            due = lane_due(l);
    return due;
}

/* ---- what comes back --------------------------------------------------------------------- */

void courier_receipt(struct courier *c, const struct receipt *receipt, struct moment now)
{
    struct lane *l = c->lanes;
    struct flight *f = NULL;
    for (; l != NULL && receipt->delivery != 0; l = l->next)
        if ((f = flight_of(l, receipt->delivery)) != NULL)
            break;
    if (f == NULL)
        return;

    const char *text = receipt->text != NULL ? receipt->text : "";
    if (receipt->result == RECEIPT_LATER) {
        retry(c, l, f, backoff(c, f->attempt), text, now);
        return;
    }
    struct notice notice = f->notice; // moved: the sink may look at the courier again
    f->notice = (struct notice){0};
    flight_end(f);
    finish(c, l, receipt->delivery, &notice, receipt->result, receipt_result_name(receipt->result),
        text, now);
    notice_deinit(&notice);
}

void courier_guest(struct courier *c, const char *destination, bool there, struct moment now)
{
    struct lane *l = lane_find(c, destination);
    if (l == NULL)
        return;
    l->serving = there;
    l->dirty = true;
    for (size_t i = 0; i < WINDOW_MAX; i++)
        if (l->flights[i].delivery != 0)
            retry(c, l, &l->flights[i], 0, "the channel's worker was lost", now);
}

void courier_wake(struct courier *c, const char *destination)
{
    for (struct lane *l = c->lanes; l != NULL; l = l->next)
        if (destination == NULL || (!l->is_full && text_equal(l->name, destination)))
            l->dirty = true;
}

size_t courier_in_flight(const struct courier *c, const char *destination)
{
    const struct lane *l = lane_find(c, destination);
    return l != NULL ? flights_of(l) : 0;
}
