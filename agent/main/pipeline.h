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
 * pipeline - the one file that knows judge, record and notify, and puts them together.
 *
 * A reading goes in; the verdict is recorded; notices are put into the outbox in the same
 * transaction; after the commit the courier starts deliveries. No loop and no clock: hashimorid
 * drives it with real time, `hashimori replay` with virtual time.
 */

struct pipeline;

struct pipeline_sink {
    void *ctx;
    bool (*deliver)(void *ctx, const char *destination, uint64_t delivery, uint32_t attempt,
        const struct notice *notice);
    /* Something is in the transaction: call pipeline_commit soon (end of this turn). */
    void (*dirty)(void *ctx);
    /* A notice was recorded / a delivery ended, for replay's output. May be NULL. */
    void (*recorded)(void *ctx, const struct notice *notice, const char *const *to, size_t count);
    void (*ended)(void *ctx, const char *destination, const struct notice *notice,
        enum receipt_result result, struct moment now);
};

/** Takes @record; borrows @settings. 0 or a fault. */
int pipeline_new(struct record *record, const struct settings *settings,
    const struct pipeline_sink *sink, uint32_t seed, struct pipeline **ret_pipeline);
struct pipeline *pipeline_free(struct pipeline *p);

/** @assume_good as in judge_start. Records the start, and the gap since the last alive row (R10).
 */
int pipeline_start(struct pipeline *p, struct moment now, const char *boot_id, bool assume_good);
/** Records an orderly stop. */
void pipeline_stop(struct pipeline *p, struct moment now);
/** A new tree; pipeline borrows it from now on. @who: for the ledger row. */
void pipeline_settings(
    struct pipeline *p, const struct settings *settings, const char *who, struct moment now);

void pipeline_reading(struct pipeline *p, const struct reading *reading, struct moment now);
void pipeline_keep(struct pipeline *p, const char *subject, const char *key, const char *value);
void pipeline_receipt(struct pipeline *p, const struct receipt *receipt, struct moment now);
void pipeline_guest(struct pipeline *p, const char *destination, bool there, struct moment now);
void pipeline_advance(struct pipeline *p, struct moment now);
mono_ms pipeline_next_due(const struct pipeline *p, struct moment now);
void pipeline_clock_stepped(struct pipeline *p, wall_ms before, struct moment now);

/** Commits and pumps the courier. 0; RECORD_E_FULL: call again later; a fault. */
int pipeline_commit(struct pipeline *p, struct moment now);

/** Commands: incident.ack, incident.reported, notify.test ... Outcomes as control codes, see
 * pipeline.c. */
enum { PIPELINE_E_UNKNOWN = 1, PIPELINE_E_STATE, PIPELINE_E_USAGE };
int pipeline_command(struct pipeline *p, const struct command *command, struct moment now,
    struct text *ret_why_en, struct text *ret_why_ja);

/** Figures of a service; the caller frees with sla_figures_deinit. */
int pipeline_sla(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret);
const struct zone *pipeline_zone(const struct pipeline *p);
const struct judge *pipeline_judge(const struct pipeline *p);
struct record *pipeline_record(const struct pipeline *p);
/** Brings the board's rows up to date; cheap when nothing happened. */
void pipeline_board(struct pipeline *p, struct board *board, struct moment now);

#endif
