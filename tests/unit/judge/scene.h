/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_JUDGE_SCENE_H
#define HM_TESTS_JUDGE_SCENE_H

#include "judge/judge.h"

/**
 * scene - a judge with a small configuration, a clock of its own and a sink that writes down what
 * it is told, one line each:
 *     "10:02 raised 1 engine critical"    "10:45 service renkei up from 10:45"
 *     "25:30 linkage ZEI-0012 of 15 missing" (business day 15)
 * Times are those of day in Tokyo; seconds are shown unless they are 0.
 *
 * Configuration: service "renkei", 05:00-27:00 daily; subjects
 *   engine   running: critical "< 1", runs 3, clear_runs 1
 *   db       running: critical "< 1", runs 1
 *   disk     used_percent: warning ">= 80", critical ">= 90", clear "< 75"
 *   log      failure: event critical, key job/rc, cleared_by recovery; notice: event notice
 *   batch    running, as db, in_hours
 * Each test may change `settings` before scene_start.
 */

enum { SCENE_SUBJECTS = 5, SCENE_ENGINE = 0, SCENE_DB, SCENE_DISK, SCENE_LOG, SCENE_BATCH };

struct scene {
    struct zone *zone;
    struct settings settings;
    struct agent_settings *agent;
    struct watch_settings watches[SCENE_SUBJECTS];
    struct rule rules[SCENE_SUBJECTS][3];
    struct service_settings service;
    struct calendar_settings calendar;
    struct calendar_window hours;
    struct expression down, degraded;
    struct expression names[4];
    struct judge *judge;
    struct moment now;
    char *lines[400];
    size_t line_count;
    size_t saved;                 /* metric states handed over */
    struct metric_state kept[64]; /* the last of each triple */
    size_t kept_count;
    struct incident incidents[64]; /* the last of each id */
    size_t incident_count;
    struct linkage_state linkages[8]; /* the last of each id */
    size_t linkage_count;
    struct service_point point; /* the last row */
    bool with_rows;             /* rows are lines too */
};

int scene_set_up(void **state);
int scene_tear_down(void **state);

/** Names that down_when is `any` of; to be called before scene_start. */
void scene_down_when(struct scene *s, enum expression_op op, unsigned at_least, const char *a,
    const char *b, const char *c);
/** Starts at @time of 2026-04-15 ("10:00", "10:00:30"). */
void scene_start(struct scene *s, const char *time, bool assume_good);
/** Lets time pass until @time, with everything that becomes due on the way. Hours from 24 on are
 * the next day's. */
void scene_at(struct scene *s, const char *time);
/** A reading now. @instance may be NULL. */
void scene_number(
    struct scene *s, const char *subject, const char *instance, const char *metric, double number);
void scene_blind(struct scene *s, const char *subject, const char *instance, const char *metric);
void scene_gone(struct scene *s, const char *subject, const char *instance);
void scene_event(
    struct scene *s, const char *subject, const char *metric, const char *job, const char *rc);
/** A new judge that is given what the old one handed over to be saved. */
void scene_restart(struct scene *s, const char *time);

/** The lines told since the last call must be @wanted (NULL-terminated). */
void scene_told(struct scene *s, const char *const *wanted);
#define SCENE_TOLD(s, ...) scene_told(s, (const char *const[]){__VA_ARGS__, NULL})
#define SCENE_TOLD_NOTHING(s) scene_told(s, (const char *const[]){NULL})

#endif
