/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_HYSTERESIS_H
#define HM_JUDGE_HYSTERESIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/model.h"
#include "settings/settings.h"

/**
 * hysteresis - turns a noisy series of numbers into a calm level: ok, warning or critical.
 *
 * Guards against flapping, used together:
 *  - a dead band: going bad needs `warning` or `critical`, coming back needs the easier `clear`
 *    (or `warning_clear`, `critical_clear`), the rule of RMON's alarm group (RFC 2819);
 *  - a run length: only `runs` (or `clear_runs`) readings in a row change the level;
 *  - `hold`: the run must be that old before it raises.
 * Without `clear`, what fails the condition argues for better. From critical to warning it takes
 * `clear_runs` readings that fail `critical`; without a `warning` condition there is no such step
 * and `clear` alone ends it.
 *
 * Pure. A reading that could not be taken must not be fed in: it argues for nothing.
 */

/** State of one metric: a plain value, {0} is "ok, nothing seen". */
struct hysteresis {
    enum verdict level; /* VERDICT_UNKNOWN counts as ok */
    /* Readings in a row that argue for worse than `level`; those of them at the end of the row
     * that argue for critical. */
    uint32_t worse_runs, critical_runs;
    /* Readings in a row that argue for better; those at the end that argue for ok. */
    uint32_t better_runs, ok_runs;
    struct moment first_worse, first_critical, first_better, first_ok; /* of those runs */
    struct moment bad_since;      /* first failed observation of the badness */
    struct moment critical_since; /* the same for critical */
};

/** What a reading of @number argues for, given the level @level. NaN argues for @level. */
enum verdict hysteresis_target(const struct rule *rule, enum verdict level, double number);

/**
 * Takes one reading in, seen at @at. True when it changed the level. After a fall first_better and
 * first_ok are still those of the run that led to it.
 */
bool hysteresis_feed(
    struct hysteresis *h, const struct rule *rule, double number, struct moment at);

/** Raises if the run is long and old enough at @now (boot clock). True when the level changed. */
bool hysteresis_settle(struct hysteresis *h, const struct rule *rule, mono_ms now);

/** When hysteresis_settle will raise without another reading; CLOCK_NEVER if it will not. */
mono_ms hysteresis_due(const struct hysteresis *h, const struct rule *rule);

#endif
