/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_TIMELINE_H
#define HM_RECORD_TIMELINE_H

#include "calendar/calendar.h"
#include "record/sla_facts.h"

/**
 * timeline - a service's states in the order in which time really passed (sla R2, R5, R15, R17,
 * R19). Pure.
 *
 * Each setting of the wall clock ends a *leg*: within a leg wall time goes on like boot time, so a
 * length may be counted on it; a clock set back makes two legs that overlap on the wall and are
 * both counted, a clock set forward leaves a hole that nobody counts. A place is a leg and a second
 * of wall time in it; places order as time passed.
 *
 * Which leg an instant belongs to follows from its wall time; where two legs hold it, from which of
 * them has the same distance between wall and boot clock. The instant at which a clock was set back
 * ends the first of the two legs: a gap that begins there was found with the clock already back.
 */

struct timeline_place {
    size_t leg;
    int64_t second; /* wall time */
};

struct timeline_leg {
    int64_t from_s, to_s;           /* [from, to) on the wall */
    wall_ms to;                     /* the clock when it was set; CLOCK_NEVER in the last leg */
    span_ms offset_from, offset_to; /* wall - boot at both ends */
    bool from_known, to_known;      /* whether that end is a step */
};

struct timeline_segment {
    struct timeline_place from; /* it lasts until the next one's */
    struct timeline_place detected;
    enum service_state state;
    uint64_t incident;
    uint64_t gap;   /* row of the ledger that said "unmonitored"; 0: nobody did */
    bool is_judged; /* by a person: `state` is up or down (R10) */
};

/* An outage that was detected, and dissolved by what was credited back. */
struct timeline_taken {
    struct timeline_place detected, taken_back;
    uint64_t incident;
};

struct timeline {
    struct timeline_leg *legs;
    size_t leg_count;
    struct timeline_segment *segments; /* at least one; the first begins before all time */
    size_t segment_count;
    struct timeline_taken *taken; /* back, in the order said */
    size_t taken_count;
    struct timeline_place as_of; /* what comes later is not known */
};

/** How the line of a service is read. */
struct timeline_rules {
    span_ms hold;       /* good time after an outage that is shorter is part of the outage */
    span_ms min_outage; /* an outage that is shorter did not happen */
    wall_ms as_of;
};

/**
 * Makes the line: what was said, later words over earlier ones; then `hold`; then what a person
 * judged of gaps; then `min_outage`.
 */
void timeline_init(
    struct timeline *t, const struct sla_facts *facts, const struct timeline_rules *rules);
void timeline_deinit(struct timeline *t);

struct timeline_place timeline_place_of(const struct timeline *t, struct moment m);
/** The place of a wall time alone: in the last leg that holds it. */
struct timeline_place timeline_place_at(const struct timeline *t, wall_ms when);
int timeline_compare(struct timeline_place a, struct timeline_place b);
/** Where segment @i ends; @end for the last one. */
struct timeline_place timeline_end_of(
    const struct timeline *t, size_t i, struct timeline_place end);

/** Seconds of wall time, half-open. */
struct timeline_window {
    int64_t from_s, to_s;
};

/** Seconds that passed from @from to @to within @window (NULL: anywhere) while @calendar (NULL:
 * always) was open. */
int64_t timeline_seconds(const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window,
    const struct calendar *calendar);

#endif
