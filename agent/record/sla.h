/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_SLA_H
#define HM_RECORD_SLA_H

#include <jansson.h>

#include "calendar/calendar.h"
#include "model/model.h"
#include "record/sla_facts.h"
#include "settings/settings.h"

/**
 * sla - the arithmetic of the contract (rules R1-R19). Pure: all facts are arguments.
 *
 * Facts come in the order in which they were said. A service's time line is made from them: each
 * point says "from here on"; a later one overrides what an earlier one said of the same time.
 * Boundaries are cut to whole seconds, so that the classes add up exactly:
 *     up + degraded + down + forgiven + unmonitored + excluded
 *         = measured part of planned_s + clock_correction_s.
 * What is excluded (planned work R8, exclusions R9) is in no denominator and on no service clock;
 * what is forgiven was down and counts as available.
 */

enum sla_result { SLA_PASS, SLA_FAIL, SLA_PENDING };

struct sla_sample {
    uint64_t incident;
    int64_t service_s; /* on the service-hours clock */
    int64_t wall_s;
    enum sla_result result;
    int64_t
        told_s; /* of notifications: from the detection to the receivers' acceptance; -1: none */
    bool is_unconfirmed; /* told_s is until it was sent: no receiver confirmed it */
};

/** An unmonitored stretch (R10), as it was or as a person judged it. */
struct sla_gap {
    uint64_t id;           /* row of the ledger: what `sla judge` takes */
    int64_t from_s, to_s;  /* wall clock; to_s INT64_MAX: it goes on */
    int64_t service_s;     /* of it, what counts */
    enum service_state as; /* SERVICE_UNMONITORED: nobody judged it */
};

enum { SLA_GAPS_MAX = 100 /* what is listed, the last ones; all are counted */ };

struct sla_figures {
    char *service;
    const struct zone *zone; /* for print; the calendar's, borrowed */
    struct period period;
    int64_t planned_s; /* of the whole period (from the service's start on) */
    int64_t elapsed_s; /* planned until as_of */
    int64_t up_s, degraded_s, down_s, forgiven_s, unmonitored_s, excluded_s; /* until as_of */
    int64_t maintenance_s;                       /* of excluded_s: planned work */
    int64_t late_registered_s;                   /* of maintenance_s: registered after its start */
    int64_t plain_available_s, plain_measured_s; /* without exclusions by agreement */
    bool plain_met;
    int64_t clock_correction_s;
    uint32_t target; /* 1/1000 % */
    bool met;
    bool measurable; /* false: no measured second: percentages are n/a */
    int64_t budget_s, budget_left_s;
    struct sla_sample *recovery, *notification;
    size_t recovery_count, notification_count;
    bool counts_unconfirmed; /* what was only sent counts as told, now or in a sample */
    struct sla_gap *gaps;
    size_t gap_count, gaps_left_out;
};

/** Seconds that count as available, and those that were measured. */
int64_t sla_available(const struct sla_figures *f);
int64_t sla_measured(const struct sla_figures *f);

/** Figures of @service over @period as of @as_of (R13: not later than now). */
void sla_compute(const struct service_settings *service, const struct calendar *calendar,
    const struct period *period, const struct sla_facts *facts, wall_ms as_of,
    struct sla_figures *ret);
/** The same without samples and gaps: seconds, percentages and the budget. */
void sla_count(const struct service_settings *service, const struct calendar *calendar,
    const struct period *period, const struct sla_facts *facts, wall_ms as_of,
    struct sla_figures *ret);
void sla_figures_deinit(struct sla_figures *f);

enum { SLA_WHOLE = 100000 /* 100 % in 1/1000 %, as targets are */ };

/** part/total in percent with five decimals, truncated, "99.96253"; "n/a" for total 0. Exact. */
enum { SLA_PERCENT_BYTES = 16 };
const char *sla_percent(char ret[SLA_PERCENT_BYTES], int64_t part, int64_t total);
/** up * 100000 >= total * target (R14). */
bool sla_met(int64_t up, int64_t total, uint32_t target);

/** The gaps of @f, [{id, from, to, service_s, as}]; @only_open: those that have ended and that
 * nobody judged. New reference. */
json_t *sla_gaps_json(const struct sla_figures *f, bool only_open);

/** The object of surface.md, member `sla`; new reference. */
json_t *sla_json(const struct sla_figures *f);

#endif
