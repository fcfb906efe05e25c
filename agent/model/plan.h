/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MODEL_PLAN_H
#define HM_MODEL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/**
 * plan - what people say that the figures of the contract follow (sla R8, R9, R10, R16): planned
 * work, exclusions by agreement, judgements of gaps, issues of a period's figures.
 *
 * Every value owns its strings; {0} is an empty, valid value; x_deinit leaves {0}. Times are wall
 * clock, 0 has not come. `row` is the ledger's row that said it last, `changed` when that was.
 */

/** Planned work (作業実施計画書) in the approved window [from, to). */
struct work {
    uint64_t id; /* 1.. */
    char *service;
    wall_ms from, to;
    wall_ms registered, approved;
    wall_ms started; /* of the actual work; 0: at `from` */
    wall_ms ended;   /* before `from`: it was cancelled */
    char *plan_no, *approved_by, *scope;
    char *who; /* user who said it last */
    uint64_t row;
    wall_ms changed;
};
void work_deinit(struct work *w);

enum work_state {
    WORK_PENDING = 1, /* not approved: counts for nothing */
    WORK_PLANNED,
    WORK_RUNNING,
    WORK_ENDED,
    WORK_CANCELLED
};
enum work_state work_state_at(const struct work *w, wall_ms now);
const char *work_state_name(
    enum work_state s); /* "unapproved" "planned" "working" "ended" "cancelled" */
/** 事後登録: it was registered after its start. */
bool work_is_late(const struct work *w);
/**
 * What of approved work leaves the denominator: the work itself inside the window, or (@whole) all
 * of the window. False: nothing.
 */
bool work_counts(const struct work *w, bool whole, wall_ms *ret_from, wall_ms *ret_to);
/** The window in which its service's incidents are held; false: none. */
bool work_holds(const struct work *w, wall_ms *ret_from, wall_ms *ret_to);

/** Time that both parties agreed to leave out. */
struct exclusion {
    uint64_t id; /* 1.. */
    char *service;
    wall_ms from, to;
    bool forgives; /* mode "numerator": the loss is forgiven, the time stays */
    char *reason;  /* code */
    char *agreed_by, *agreed_on /* date */, *document;
    wall_ms registered, revoked;
    char *revoked_by, *revoked_why;
    char *who;
    uint64_t row;
    wall_ms changed;
};
void exclusion_deinit(struct exclusion *e);
const char *exclusion_mode(const struct exclusion *e); /* "denominator" "numerator" */

/** What an unmonitored gap was, with evidence. A later one of the same gap stands. */
struct judgement {
    uint64_t gap; /* row of the ledger that said "unmonitored" */
    char *service;
    bool is_up;
    char *evidence;
    char *who;
    uint64_t row;
    wall_ms changed;
};
void judgement_deinit(struct judgement *j);

/** An edition of a closed period's figures. */
struct issue {
    char *service, *period;
    uint32_t edition; /* 1.. */
    char *approved_by, *reason;
    char *changes; /* JSON array: what changed since the edition before */
    char *who;
    uint64_t row;
    wall_ms changed;
};
void issue_deinit(struct issue *i);

#endif
