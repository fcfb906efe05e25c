/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MODEL_MOVE_H
#define HM_MODEL_MOVE_H

#include "model/model.h"

/**
 * move - what people may do to an incident, and when: the life of an incident as a table. Pure.
 *
 * An incident is in one stage. `called`: the city called, nothing was detected yet. `observed`: a
 * limit is broken or nobody can look; it ends by itself, when good is observed. `event`: something
 * was said (by a log, say) and nobody can see whether it still holds. `closed`: it has ended. What
 * was observed is a fact and is no member that a move changes.
 *
 *                ack   report  note  edit  false  close  call  detect
 *     called     yes   yes     yes   yes   yes    yes    -     yes
 *     observed   yes   yes     yes   yes   yes    -      yes   -
 *     event      yes   yes     yes   yes   yes    yes    yes   -
 *     closed     -     yes     yes   yes   yes    -      -     -
 *
 * ack, report, false and call are done once. A first report is owed even when the incident was over
 * before anybody could write it.
 */

enum incident_stage { STAGE_CALLED, STAGE_OBSERVED, STAGE_EVENT, STAGE_CLOSED };

enum move {
    MOVE_ACKNOWLEDGE, /* a person takes it */
    MOVE_REPORT,      /* the first report went to the city */
    MOVE_NOTE,
    MOVE_EDIT,   /* fields of the forms */
    MOVE_FALSE,  /* a false detection (誤検知) */
    MOVE_CLOSE,  /* a person ends it */
    MOVE_CALL,   /* the city called about it */
    MOVE_DETECT, /* the agent detects what the city called about */
    MOVE_COUNT
};

/** Why a move is not legal. */
enum { MOVE_E_CLOSED = 1, MOVE_E_OBSERVED, MOVE_E_TWICE, MOVE_E_CALLED };

enum incident_stage incident_stage(const struct incident *i);
const char *incident_stage_name(enum incident_stage stage); /* "called" .. "closed" */

/**
 * 0, or: MOVE_E_CLOSED, it has ended; MOVE_E_OBSERVED, it is seen to be bad still and ends when
 * good is observed; MOVE_E_TWICE, this was done before; MOVE_E_CALLED, it is the city's call
 * itself.
 */
int move_check(const struct incident *i, enum move move);

/** What is to be done; texts are copied. */
struct incident_change {
    enum move move;
    struct moment at;            /* when it was so: of the report, the call, the end; else now */
    struct moment now;           /* when it is done */
    const char *who;             /* who did it; of MOVE_FALSE: who approved */
    const char *text;            /* the reason; the city's words */
    const struct field *written; /* MOVE_EDIT */
    size_t written_count;
};

/** Does it to @i if it is legal; as move_check. MOVE_DETECT is the judge's and changes nothing. */
int incident_change(struct incident *i, const struct incident_change *change);

/** Start of the first report's clock: detection or the city's call, whichever came first (R7). */
struct moment incident_start(const struct incident *i);
/** When what the contract counts was detected: that it is critical, where it was a warning first (a
 * row of an older ledger does not say); else the incident itself. {0}: not detected, only called.
 */
struct moment incident_detection(const struct incident *i);

/* ---- what people write --------------------------------------------------------------------- */

enum {
    WRITTEN_COUNT = 12,
    WRITTEN_BYTES_MAX = 2000 /* all of them fit on one line of the control socket */
};

/** Names of what people write, in the forms' order; NULL ends them. */
extern const char *const written_names[WRITTEN_COUNT + 1];
bool written_is_name(const char *name);
/** Whether @name is a member that was observed, and so is not for people to write. */
bool written_is_fact(const char *name);

#endif
