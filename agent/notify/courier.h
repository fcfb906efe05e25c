/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_COURIER_H
#define HM_NOTIFY_COURIER_H

#include "base/clock.h"
#include "model/model.h"
#include "record/record.h"
#include "settings/settings.h"

/**
 * courier - drains the outbox: at least once, marked on acceptance, never before.
 *
 * Per destination: at most `window` attempts in flight (1), and of one incident never two, in
 * order of recording. `later` and time-outs wait 1 s doubled up to 5 min, with jitter, restart-safe
 * (due is wall time in the outbox; a due more than the back-off's cap away is the cap). `refused`
 * ends the delivery and is told as an incident of hashimori's own. Expiry (7 days) likewise: never
 * silent.
 *
 * No loop, no clock: the owner calls courier_pump after each commit and when courier_next_due
 * says so. Receipts become record calls; they stand with the owner's next commit.
 */

struct courier;

enum { COURIER_FAILING_MS = 60 * 1000 };

struct courier_sink {
    void *ctx;
    /* Starts an attempt at @destination's guest. False: the guest is not there; courier waits for
     * courier_guest. */
    bool (*deliver)(void *ctx, const char *destination, uint64_t delivery, uint32_t attempt,
        const struct notice *notice);
    /* @destination has taken nothing for COURIER_FAILING_MS though it was tried; told once until it
     * takes something again. @text: the last answer. */
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
/** Rows were added for @destination (NULL: any). */
void courier_wake(struct courier *c, const char *destination);
/** In flight now, for status. */
size_t courier_in_flight(const struct courier *c, const char *destination);

#endif
