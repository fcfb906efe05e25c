/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_COURIER_H
#define HM_NOTIFY_COURIER_H

#include "base/clock.h"
#include "model/model.h"
#include "notify/brake.h"
#include "record/record.h"
#include "settings/settings.h"

/**
 * courier - drains the outbox: at least once, marked on acceptance, never before.
 *
 * Per destination: at most `window` attempts in flight (1), and of one incident never two, in
 * order of recording. `later` and time-outs wait 1 s doubled up to 5 min, with jitter; both survive
 * a restart (record/tell.h). `refused` ends the delivery and is told as an incident of hashimori's
 * own. Expiry (7 days, or COURIER_ROWS_MAX rows) likewise: never silent, and whether its worker is
 * there or not.
 *
 * After five failures in a row (attempts under way at the same time are one) the destination's
 * breaker opens: nothing but one probe goes out after a wait that doubles the same way; an answer
 * closes it and all that waits is due at once. No destination waits for another, no incident for
 * one whose notices the receiver puts off. Not more attempts than `brake` are started within a
 * minute.
 *
 * No loop, no clock: the owner calls courier_pump after each commit and when courier_next_due
 * says so. Receipts become record calls; they stand with the owner's next commit.
 */

struct courier;

enum { COURIER_FAILING_MS = 60 * 1000, COURIER_ROWS_MAX = 100000 };

enum courier_breaker { COURIER_CLOSED, COURIER_OPEN, COURIER_HALF_OPEN };
const char *courier_breaker_name(enum courier_breaker breaker); /* "closed" "open" "half_open" */

struct courier_sink {
    void *ctx;
    /* Starts an attempt at @destination's guest. False: the guest is not there; courier waits for
     * courier_guest. */
    bool (*deliver)(void *ctx, const char *destination, const struct attempt *attempt,
        const struct notice *notice);
    /* @destination has taken nothing for COURIER_FAILING_MS though it was tried; told once until it
     * takes something again. @text: the last answer. NULL: something waits, and its guest is away.
     */
    void (*failing)(void *ctx, const char *destination, const char *text, struct moment now);
    /* A delivery ended: RECEIPT_ACCEPTED, _SENT, _REFUSED (also: expired, then @text says so). */
    void (*ended)(void *ctx, const char *destination, const struct notice *notice,
        enum receipt_result result, const char *text, struct moment now);
};

/** Borrows @record and @settings. @seed: of the jitter. */
struct courier *courier_new(struct record *record, const struct settings *settings,
    const struct courier_sink *sink, uint32_t seed);
struct courier *courier_free(struct courier *c);
/** A reload. Deliveries in flight go on. */
void courier_settings(struct courier *c, const struct settings *settings);

/** Starts what is due and fits into the windows. */
void courier_pump(struct courier *c, struct moment now);
mono_ms courier_next_due(const struct courier *c);
/** The guest's answer. Unknown or repeated deliveries are ignored. */
void courier_receipt(struct courier *c, const struct receipt *receipt, struct moment now);
/** @destination's guest is there (again), or gone: what was in flight is due again at once. */
void courier_guest(struct courier *c, const char *destination, bool there, struct moment now);
/** Rows were added for @destination, behind those that wait (NULL: any, and anywhere). */
void courier_wake(struct courier *c, const char *destination);
/** How a destination is, for status. */
struct courier_state {
    bool is_serving; /* its worker is there */
    size_t in_flight;
    uint32_t window;
    enum courier_breaker breaker;
    uint32_t failures;     /* in a row */
    mono_ms probe_at;      /* while the breaker is open; CLOCK_NEVER */
    mono_ms failing_since; /* CLOCK_NEVER: it does not fail */
    const char *answer;    /* of the last failure; NULL: none. Borrowed */
};
/** False: there is no such destination. */
bool courier_state(const struct courier *c, const char *destination, struct courier_state *ret);

/** Why a row of the outbox was not delivered yet. */
enum courier_wait {
    COURIER_IN_FLIGHT,
    COURIER_WAITS_WORKER,  /* the channel's worker is away */
    COURIER_WAITS_BREAKER, /* only probes are made */
    COURIER_WAITS_ORDER,   /* for an earlier one of the same incident */
    COURIER_WAITS_BACKOFF, /* for its next attempt */
    COURIER_WAITS_PACE,    /* as many as the brake allows went within the last minute */
    COURIER_WAITS_WINDOW   /* for others of the destination */
};
/** @is_behind: an earlier row of the same incident waits at the same destination. */
enum courier_wait courier_waits(
    const struct courier *c, const struct outbox_entry *e, bool is_behind, struct moment now);

#endif
