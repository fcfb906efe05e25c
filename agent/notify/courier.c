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
    LOOK_AHEAD = 64, /* rows looked at per pump: those in flight are among them */
    WINDOW_MAX = 64,
    BREAKER_FAILURES = 5, /* in a row, until the receiver is left alone but for one probe */
    COUNT_EVERY_MS = 60 * 1000,
    EXPIRE_AT_ONCE = 1000 /* rows given up in one go */
};

struct flight {
    uint64_t delivery; /* 0: free */
    uint32_t attempt;
    mono_ms began, deadline;
    struct notice notice;
};

/* One destination. */
struct lane {
    char *name;
    bool serving;
    bool dirty;            /* rows may wait that were not looked at */
    bool is_full;          /* as many wait as are looked at: a new one changes nothing */
    mono_ms next_due;      /* of a row that waits for its time; CLOCK_NEVER */
    mono_ms away_since;    /* its worker is; CLOCK_NEVER: it is there */
    mono_ms away_told_at;  /* when that is told; CLOCK_NEVER: nothing waits, or it was told */
    mono_ms failing_since; /* first attempt in vain since something was taken; CLOCK_NEVER: none */
    bool failing_told;
    enum courier_breaker breaker;
    uint32_t failures;  /* in a row: attempts that nobody answered with yes or no */
    mono_ms failed_at;  /* the last of these */
    mono_ms probe_at;   /* while the breaker is open */
    mono_ms expire_at;  /* of the oldest row; CLOCK_NEVER */
    mono_ms counted_at; /* when the rows were counted last; CLOCK_NEVER: never */
    struct brake pace;  /* attempts within a minute */
    char *answer;       /* the last answer of a failed attempt; NULL: none */
    uint32_t window;
    span_ms deadline_ms;
    span_ms expire_ms;
    size_t flying; /* of these, so that a lane at rest need not go through them */
    struct flight flights[WINDOW_MAX];
    struct lane *next;
};

struct courier {
    struct record *record;
    struct courier_sink sink;
    uint32_t seed;
    struct lane *lanes;
};

static mono_ms least(mono_ms a, mono_ms b)
{
    return a < b ? a : b;
}

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
    brake_deinit(&l->pace);
    free(l->answer);
    free(l->name);
    free(l);
    return NULL;
}

static struct lane *lane_add(struct courier *c, const char *name)
{
    struct lane *l = alloc(sizeof *l);
    l->name = alloc_text(name);
    l->next_due = CLOCK_NEVER;
    l->away_since = CLOCK_NEVER;
    l->away_told_at = CLOCK_NEVER;
    l->failing_since = CLOCK_NEVER;
    l->expire_at = CLOCK_NEVER;
    l->counted_at = CLOCK_NEVER;
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
        l->expire_at = CLOCK_NEVER;
        brake_set(&l->pace, d->brake);
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

static void flight_end(struct lane *l, struct flight *f)
{
    l->flying--;
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

static void say_failing(struct courier *c, struct lane *l, const char *text, struct moment now)
{
    free(l->answer);
    l->answer = alloc_text(text);
    if (l->failing_since == CLOCK_NEVER)
        l->failing_since = now.boot;
    if (!l->failing_told && now.boot - l->failing_since >= COURIER_FAILING_MS) {
        l->failing_told = true;
        c->sink.failing(c->sink.ctx, l->name, text, now);
    }
}

/* The breaker opens after some failures in a row, and again after each probe in vain. Attempts that
 * were under way at the same time are one failure: a receiver that stands still for a moment fails
 * a whole window. */
static void count_failure(struct courier *c, struct lane *l, mono_ms began, struct moment now)
{
    if (l->failures > 0 && began < l->failed_at)
        return;
    l->failed_at = now.boot;
    l->failures++;
    if (l->breaker == COURIER_CLOSED && l->failures < BREAKER_FAILURES)
        return;
    if (l->breaker == COURIER_CLOSED)
        log_warn(LOG_NOTIFY, "%s: %u attempts in a row failed, only probes are made now", l->name,
            l->failures);
    l->breaker = COURIER_OPEN;
    l->probe_at = now.boot + backoff(c, l->failures);
}

static void count_answer(struct courier *c, struct lane *l, struct moment now)
{
    l->failures = 0;
    if (l->breaker == COURIER_CLOSED)
        return;
    log_info(LOG_NOTIFY, "%s: answers again", l->name);
    l->breaker = COURIER_CLOSED;
    // What waits for its own back-off has waited long enough.
    record_outbox_hasten(c->record, l->name, now);
}

/* @progress: NULL keeps what stands. */
static void again(struct courier *c, struct lane *l, struct flight *f, span_ms wait,
    const char *text, const char *progress, struct moment now)
{
    log_debug(LOG_NOTIFY, "%s: delivery %llu is tried again in %lld ms: %s", l->name,
        (unsigned long long)f->delivery, (long long)wait, text);
    struct moment due = {now.wall + wait, now.boot + wait};
    record_outbox_retry(c->record, f->delivery, f->attempt, due, text, progress);
    flight_end(l, f);
    l->dirty = true;
    l->expire_at = CLOCK_NEVER; // it may be too old by now
    say_failing(c, l, text, now);
}

/* An attempt in vain of which the receiver may be the cause. */
static void retry(struct courier *c, struct lane *l, struct flight *f, const char *text,
    const char *progress, struct moment now)
{
    mono_ms began = f->began;
    again(c, l, f, backoff(c, f->attempt), text, progress, now);
    count_failure(c, l, began, now);
}

static void finish(struct courier *c, struct lane *l, uint64_t delivery,
    const struct notice *notice, enum receipt_result result, const char *name, const char *text,
    struct moment now)
{
    record_outbox_done(c->record, delivery, name, text, now);
    if (result != RECEIPT_REFUSED) {
        l->failing_since = CLOCK_NEVER;
        l->failing_told = false;
        free(l->answer);
        l->answer = NULL;
    }
    c->sink.ended(c->sink.ctx, l->name, notice, result, text, now);
    l->dirty = true;
}

/* ---- pump -------------------------------------------------------------------------------- */

struct pump {
    struct courier *courier;
    struct lane *lane;
    struct moment now;
    uint64_t *ready; /* those to start; rows must not change while they are read */
    size_t ready_count;
    size_t room, seen;
    uint64_t expired[LOOK_AHEAD];
    size_t expired_count;
};

static void wait_until(struct lane *l, mono_ms at)
{
    if (at < l->next_due)
        l->next_due = at;
}

/* The oldest rows: which are too old; else when the first will be is kept. */
static bool look_at_age(void *arg, const struct outbox_head *h)
{
    struct pump *p = arg;
    struct lane *l = p->lane;
    // One ms later: it may be exactly as old as is allowed.
    mono_ms at = h->recorded.boot + l->expire_ms + 1;
    if (flight_of(l, h->delivery) != NULL)
        return true; // looked at again when its attempt was in vain
    if (at <= p->now.boot)
        p->expired[p->expired_count++] = h->delivery;
    else if (at < l->expire_at)
        l->expire_at = at;
    return true;
}

static void give_up(struct pump *p, const struct outbox_entry *e, const char *because)
{
    struct text why = {0};
    text_addf(&why, "%s after %u attempts; last answer: %s", because, e->attempts,
        e->last_text != NULL && e->last_text[0] != '\0' ? e->last_text : "-");
    finish(p->courier, p->lane, e->delivery, &e->notice, RECEIPT_REFUSED, "expired", text_get(&why),
        p->now);
    text_deinit(&why);
}

/* False: there is no room for what comes behind; it is looked at again when a flight ends. */
static bool look_at(void *arg, const struct outbox_head *h)
{
    struct pump *p = arg;
    struct lane *l = p->lane;

    p->seen++;
    if (flight_of(l, h->delivery) != NULL)
        return true;
    mono_ms room_at = h->is_first ? p->now.boot : brake_room_at(&l->pace, true, p->now.boot);
    if (room_at > p->now.boot) {
        wait_until(l, room_at);
        return true;
    }
    brake_count(&l->pace, p->now.boot);
    p->ready[p->ready_count++] = h->delivery;
    return p->ready_count < p->room;
}

/* What may be attempted now; and when the next may, if that is not all there is room for. A probe
 * does not wait for its row's back-off. */
static void find_ready(struct pump *p)
{
    struct record *r = p->courier->record;
    struct lane *l = p->lane;
    span_ms most = l->breaker == COURIER_CLOSED ? BACKOFF_MAX_MS : 0;
    if (p->room == 0)
        return;
    record_outbox_ready(r, l->name, p->now, most, LOOK_AHEAD, look_at, p);
    if (p->ready_count < p->room)
        wait_until(l, record_outbox_next(r, l->name, p->now, most));
}

/* Takes the notice out of @e. */
static void start(struct pump *p, struct outbox_entry *e)
{
    struct lane *l = p->lane;
    struct courier *c = p->courier;
    struct flight *f = flight_of(l, 0);
    *f = (struct flight){.delivery = e->delivery,
        .attempt = e->attempts + 1,
        .began = p->now.boot,
        .deadline = p->now.boot + l->deadline_ms};
    f->notice = e->notice;
    l->flying++;
    e->notice = (struct notice){0};
    const struct attempt attempt = {f->delivery, f->attempt, e->progress};
    if (!c->sink.deliver(c->sink.ctx, l->name, &attempt, &f->notice)) {
        flight_end(l, f);
        l->serving = false;
        l->dirty = true;
    }
}

/* A row whose notice is damaged must not keep others waiting. */
static bool read_row(struct pump *p, uint64_t delivery, struct outbox_entry *ret)
{
    if (record_outbox_entry(p->courier->record, delivery, ret))
        return true;
    record_outbox_done(
        p->courier->record, delivery, "expired", "its notice cannot be read", p->now);
    p->lane->next_due = p->now.boot;
    return false;
}

static void start_row(struct pump *p, uint64_t delivery)
{
    struct outbox_entry e;
    if (!read_row(p, delivery, &e))
        return;
    start(p, &e);
    outbox_entry_deinit(&e);
}

static void give_up_row(struct pump *p, uint64_t delivery)
{
    struct outbox_entry e;
    if (!read_row(p, delivery, &e))
        return;
    give_up(p, &e, "expired");
    outbox_entry_deinit(&e);
}

static void give_up_expired(struct pump *p)
{
    struct lane *l = p->lane;
    if (l->expire_ms <= 0 || (l->expire_at != CLOCK_NEVER && l->expire_at > p->now.boot))
        return;
    l->expire_at = CLOCK_NEVER;
    record_outbox_heads(p->courier->record, l->name, LOOK_AHEAD, look_at_age, p);
    for (size_t i = 0; i < p->expired_count; i++)
        give_up_row(p, p->expired[i]);
}

/* How many attempts may be started. */
static size_t room_of(struct lane *l, struct moment now)
{
    size_t flying = l->flying;
    if (!l->serving)
        return 0;
    if (l->breaker == COURIER_OPEN && l->probe_at <= now.boot && flying == 0)
        l->breaker = COURIER_HALF_OPEN;
    if (l->breaker != COURIER_CLOSED)
        return l->breaker == COURIER_HALF_OPEN && flying == 0 ? 1 : 0;
    return flying < l->window ? l->window - flying : 0;
}

static void give_up_oldest(void *arg, const struct outbox_entry *e)
{
    struct pump *p = arg;
    if (flight_of(p->lane, e->delivery) == NULL)
        give_up(p, e, "too many were waiting: given up");
}

/* More than COURIER_ROWS_MAX are not kept: the oldest go, each told. */
static void bound(struct pump *p)
{
    struct lane *l = p->lane;
    struct destination_count count = {0};
    bool is_early = l->counted_at != CLOCK_NEVER && p->now.boot - l->counted_at < COUNT_EVERY_MS;
    if (is_early || record_destination_count(p->courier->record, l->name, &count) != 0)
        return;
    l->counted_at = p->now.boot;
    if (count.queued <= COURIER_ROWS_MAX)
        return;
    size_t over = (size_t)count.queued - COURIER_ROWS_MAX;
    if (over > EXPIRE_AT_ONCE) {
        over = EXPIRE_AT_ONCE;
        l->counted_at = CLOCK_NEVER;
        wait_until(l, p->now.boot);
    }
    record_outbox_each(p->courier->record, l->name, over, give_up_oldest, p);
}

static bool see_one(void *arg, const struct outbox_head *h)
{
    (void)h;
    *(bool *)arg = true;
    return false;
}

/* What waits for a worker that does not come back is as little told as what nobody takes. */
static void tell_away(struct courier *c, struct lane *l, struct moment now)
{
    bool waits = false;
    l->away_told_at = CLOCK_NEVER;
    if (l->serving || l->failing_told)
        return;
    if (l->away_since == CLOCK_NEVER)
        l->away_since = now.boot;
    record_outbox_heads(c->record, l->name, 1, see_one, &waits);
    if (!waits)
        return;
    l->away_told_at = l->away_since + COURIER_FAILING_MS;
    if (l->away_told_at > now.boot)
        return;
    l->away_told_at = CLOCK_NEVER;
    l->failing_since = least(l->failing_since, l->away_since);
    l->failing_told = true;
    c->sink.failing(c->sink.ctx, l->name, NULL, now);
}

static void pump_lane(struct courier *c, struct lane *l, struct moment now)
{
    uint64_t ready[WINDOW_MAX];
    struct pump p = {.courier = c, .lane = l, .now = now, .ready = ready};

    p.room = room_of(l, now);
    l->dirty = false;
    l->next_due = CLOCK_NEVER;
    bound(&p);
    give_up_expired(&p);
    if (p.expired_count < LOOK_AHEAD)
        find_ready(&p);
    tell_away(c, l, now);
    l->is_full = p.seen == LOOK_AHEAD;
    for (size_t i = 0; i < p.ready_count && l->serving; i++)
        start_row(&p, ready[i]);
    // A breaker that waits for its probe with nothing to send is closed by the next attempt.
    if (l->breaker == COURIER_HALF_OPEN && l->flying == 0)
        l->breaker = COURIER_CLOSED;
}

/* When there is something to do though nothing comes in. */
static mono_ms lane_due(const struct lane *l)
{
    bool may_start = l->serving && l->flying < l->window;
    mono_ms due = least(l->expire_at, l->away_told_at);
    if (l->serving && l->breaker == COURIER_OPEN && l->flying == 0)
        due = least(due, l->probe_at);
    else if (may_start && l->breaker == COURIER_CLOSED)
        due = least(due, l->next_due);
    for (size_t i = 0; l->flying > 0 && i < WINDOW_MAX; i++)
        if (l->flights[i].delivery != 0)
            due = least(due, l->flights[i].deadline);
    return due;
}

/* An attempt that got no receipt in its time is an attempt that must be made again. */
static void time_out(struct courier *c, struct lane *l, struct moment now)
{
    for (size_t i = 0; l->flying > 0 && i < WINDOW_MAX; i++) {
        struct flight *f = &l->flights[i];
        if (f->delivery != 0 && f->deadline <= now.boot)
            retry(c, l, f, "no receipt within the deadline", NULL, now);
    }
}

void courier_pump(struct courier *c, struct moment now)
{
    for (struct lane *l = c->lanes; l != NULL; l = l->next) {
        time_out(c, l, now);
        if (l->dirty || lane_due(l) <= now.boot)
            pump_lane(c, l, now);
    }
}

mono_ms courier_next_due(const struct courier *c)
{
    mono_ms due = CLOCK_NEVER;
    for (const struct lane *l = c->lanes; l != NULL; l = l->next)
        due = least(due, lane_due(l));
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
        retry(c, l, f, text, receipt->progress, now);
        return;
    }
    count_answer(c, l, now);
    struct notice notice = f->notice; // moved: the sink may look at the courier again
    f->notice = (struct notice){0};
    flight_end(l, f);
    finish(c, l, receipt->delivery, &notice, receipt->result, receipt_result_name(receipt->result),
        text, now);
    notice_deinit(&notice);
}

void courier_guest(struct courier *c, const char *destination, bool there, struct moment now)
{
    struct lane *l = lane_find(c, destination);
    if (l == NULL)
        return;
    l->away_since = there ? CLOCK_NEVER : least(l->away_since, now.boot);
    l->serving = there;
    l->dirty = true;
    for (size_t i = 0; i < WINDOW_MAX; i++)
        if (l->flights[i].delivery != 0)
            again(c, l, &l->flights[i], 0, "the channel's worker was lost", NULL, now);
    if (l->breaker == COURIER_HALF_OPEN)
        l->breaker = COURIER_OPEN;
}

void courier_wake(struct courier *c, const char *destination)
{
    for (struct lane *l = c->lanes; l != NULL; l = l->next)
        if (destination == NULL || (!l->is_full && text_equal(l->name, destination)))
            l->dirty = true;
}

bool courier_state(const struct courier *c, const char *destination, struct courier_state *ret)
{
    const struct lane *l = lane_find(c, destination);
    if (l == NULL)
        return false;
    *ret = (struct courier_state){.is_serving = l->serving,
        .in_flight = l->flying,
        .window = l->window,
        .breaker = l->breaker,
        .failures = l->failures,
        .probe_at = l->breaker == COURIER_OPEN ? l->probe_at : CLOCK_NEVER,
        .failing_since = l->failing_since,
        .answer = l->answer};
    return true;
}

const char *courier_breaker_name(enum courier_breaker breaker)
{
    static const char *const names[] = {"closed", "open", "half_open"};
    return names[breaker];
}

enum courier_wait courier_waits(
    const struct courier *c, const struct outbox_entry *e, bool is_behind, struct moment now)
{
    struct lane *l = lane_find(c, e->destination);
    if (l == NULL || !l->serving)
        return COURIER_WAITS_WORKER;
    if (flight_of(l, e->delivery) != NULL)
        return COURIER_IN_FLIGHT;
    if (l->breaker != COURIER_CLOSED)
        return COURIER_WAITS_BREAKER;
    if (is_behind)
        return COURIER_WAITS_ORDER;
    if (e->due.boot > now.boot)
        return COURIER_WAITS_BACKOFF;
    if (brake_room_at(&l->pace, true, now.boot) > now.boot)
        return COURIER_WAITS_PACE;
    return COURIER_WAITS_WINDOW;
}
