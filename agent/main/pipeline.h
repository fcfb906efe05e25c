/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_PIPELINE_H
#define HM_MAIN_PIPELINE_H

#include <jansson.h>

#include "base/clock.h"
#include "judge/judge.h"
#include "model/model.h"
#include "notify/courier.h"
#include "record/board.h"
#include "record/record.h"
#include "record/sla.h"
#include "settings/settings.h"

/**
 * pipeline - knows judge, record and notify, and puts them together.
 *
 * A reading goes in; the verdict is recorded; notices are put into the outbox in the same
 * transaction; after the commit the courier starts deliveries. No loop and no clock: hashimorid
 * drives it with real time, `hashimori replay` with virtual time.
 *
 * Whoever calls anything that takes a moment calls pipeline_commit soon after (hashimorid: at the
 * end of the loop's turn, which is the group commit), then sleeps at most until
 * pipeline_next_due. Until the commit nothing was claimed.
 */

struct pipeline;

struct pipeline_sink {
    void *ctx;
    bool (*deliver)(void *ctx, const char *destination, const struct attempt *attempt,
        const struct notice *notice);
    /* There is something to commit. */
    void (*dirty)(void *ctx);
    /* A notice was recorded for @count destinations. May be NULL. */
    void (*recorded)(void *ctx, const struct notice *notice, const char *const *to, size_t count);
    /* Somebody should look at @subject now. May be NULL. */
    void (*look)(void *ctx, const char *subject);
    /* A delivery ended. May be NULL. */
    void (*ended)(void *ctx, const char *destination, const struct notice *notice,
        enum receipt_result result, struct moment now);
};

struct pipeline_plan {
    struct record *record;           /* taken */
    const struct settings *settings; /* borrowed until pipeline_settings or pipeline_free */
    span_ms alive_every;             /* how often the alive row is written; 0: never (replay) */
    uint32_t seed;                   /* of the courier's jitter */
    size_t dues_at_once;             /* things that are due, done in one call; 0: all */
};

int pipeline_new(const struct pipeline_plan *plan, const struct pipeline_sink *sink,
    struct pipeline **ret_pipeline);
struct pipeline *pipeline_free(struct pipeline *p);

/**
 * Starts watching at @now: restores what the ledger holds, records the start and the gap since the
 * last sign of life (R10: same boot unmonitored, another boot down until the first good look).
 * @assume_good: there was no gap and all is good until a reading says otherwise (replay without
 * agent lines). May be called again after pipeline_stop.
 */
int pipeline_start(struct pipeline *p, struct moment now, const char *boot_id, bool assume_good);
/** Records an orderly stop. */
void pipeline_stop(struct pipeline *p, struct moment now);

/** A new tree, borrowed from now on; the old one is looked at once more. @who: user name, for the
 * ledger's row. */
void pipeline_settings(
    struct pipeline *p, const struct settings *settings, const char *who, struct moment now);

void pipeline_reading(struct pipeline *p, const struct reading *reading, struct moment now);
/** To be kept for @subject's guest, in the transaction of the readings around it. */
void pipeline_keep(struct pipeline *p, const char *subject, const char *key, const char *value);
void pipeline_receipt(struct pipeline *p, const struct receipt *receipt, struct moment now);
void pipeline_guest(struct pipeline *p, const char *destination, bool there, struct moment now);
/** Does what is due. With `dues_at_once` some may be left: pipeline_next_due then is not later than
 * @now. */
void pipeline_advance(struct pipeline *p, struct moment now);
/** Does what the judge has due before a reading may be judged. False: some is left, call again. */
bool pipeline_catch_up(struct pipeline *p, struct moment now);
mono_ms pipeline_next_due(const struct pipeline *p, struct moment now);
void pipeline_clock_stepped(struct pipeline *p, wall_ms before, struct moment now);

/** Commits and starts deliveries. 0; RECORD_E_FULL: the disk is full, call again; a fault. */
int pipeline_commit(struct pipeline *p, struct moment now);

/* Commands of operators (docs/control.md): incident.open ack note edit reported close, notify.test,
 * maintenance.add approve end, exclusion.add revoke, sla.judge issue. Each is a row of the ledger.
 */
enum {
    PIPELINE_E_UNKNOWN = 1, /* no such incident or destination */
    PIPELINE_E_STATE,       /* not in this state */
    PIPELINE_E_USAGE        /* an argument is absent or malformed */
};
int pipeline_command(struct pipeline *p, const struct command *command, struct moment now);
/** Rows of another ledger were committed as @command asks (record/import.h): it becomes a row, and
 * what they say is looked at. */
void pipeline_imported(struct pipeline *p, const struct command *command, struct moment now);
/** The incident that the last command was about; 0: none. */
uint64_t pipeline_command_incident(const struct pipeline *p);
/** Why the last command was refused and what is accepted; "" if no more is known. */
const char *pipeline_why(const struct pipeline *p, enum language language);

/** Figures of @service; the caller frees with sla_figures_deinit. PIPELINE_E_UNKNOWN: no such. */
int pipeline_sla(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret);
/** The same without samples and gaps, at the cost of the period and not of the whole ledger. */
int pipeline_sla_seconds(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret);

/** The same over [from, to) as it was seen: always open, without planned work and exclusions. */
int pipeline_observed(struct pipeline *p, const char *service, wall_ms from, wall_ms to,
    wall_ms as_of, struct sla_figures *ret);
/** sla_json and the edition of these figures (R16): `edition` null or the last one issued, with
 * `issued_at`, `issue_reason`, `changes` and `changed_since`. New reference. */
json_t *pipeline_sla_json(struct pipeline *p, const struct sla_figures *f);
/** Objects of the member `sla` (docs/control.md): of @service (NULL: all production services with
 * an sla), over @asked (NULL: month, quarter and fiscal year of @as_of). New reference. */
json_t *pipeline_figures(
    struct pipeline *p, const char *service, const struct period *asked, wall_ms as_of);

/** Stretches that have ended, that nobody watched and that nobody judged, of each production
 * service's contract period, as of the last pass over the board: [{service, id, from, to,
 * service_s, as}], at most the last 100 of each. New reference. */
json_t *pipeline_open_gaps(const struct pipeline *p);

const struct zone *pipeline_zone(const struct pipeline *p);
const struct courier *pipeline_courier(const struct pipeline *p);
const struct judge *pipeline_judge(const struct pipeline *p);
struct record *pipeline_record(const struct pipeline *p);

/** Whether something that the board shows changed since the last pass over it began. */
bool pipeline_board_stale(const struct pipeline *p);
/** A part of a pass that brings the board's rows up to date: about as much as 256 rows take. True:
 * the pass goes on; what is on the board meanwhile is not to be shown. Always the same @board. */
bool pipeline_board_step(struct pipeline *p, struct board *board, struct moment now);
/** A whole pass, or the rest of one. */
void pipeline_board(struct pipeline *p, struct board *board, struct moment now);

#endif
