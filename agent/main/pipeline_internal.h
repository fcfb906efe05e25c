/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_PIPELINE_INTERNAL_H
#define HM_MAIN_PIPELINE_INTERNAL_H

#include "main/pipeline.h"
#include "main/showing.h"
#include "notify/brake.h"
#include "notify/routes.h"
#include "record/gap.h"

/** The brake of a destination. */
struct pipeline_lane {
    char *destination;
    struct brake brake;
};

/** What was said of a service last. */
struct told_state {
    char *service;
    enum service_state state;
};

/** What the files pipeline*.c share. */
struct pipeline {
    struct record *record;
    const struct settings *settings;
    struct zone *zone;
    struct judge *judge; /* NULL while stopped */
    struct courier *courier;
    struct pipeline_sink sink;
    span_ms alive_every;
    mono_ms alive_due;
    char boot_id[CLOCK_BOOT_ID_BYTES];
    wall_ms begin; /* before it nothing is known; INT64_MIN: all was good */
    struct told_state *told;
    size_t told_count;
    struct moment started; /* this run */
    struct moment last;    /* the last moment that anything was said of */
    bool told_dirty;       /* the owner knows that there is something to commit */
    bool board_stale;
    struct showing showing;
    json_t *open_gaps; /* by service: what sla_gaps_json says of its contract period */
    size_t dues_at_once;
    mono_ms heartbeat_due;
    mono_ms burn_due;            /* when budgets are looked at next */
    mono_ms burn_changed;        /* when a service changed last */
    mono_ms follow_due;          /* when routes owe something next; CLOCK_NEVER */
    bool is_held;                /* something that routes owe may be held */
    wall_ms drill_due;           /* of the next drill; CLOCK_NEVER */
    struct emergency *emergency; /* what the running transaction tells; NULL: nothing did yet */
    unsigned unrecorded_told;    /* deliveries so far */
    struct pipeline_lane *lanes;
    size_t lane_count;
    uint64_t shown;            /* digest of the states that the board shows */
    uint64_t command_incident; /* that the last command was about; 0: none */
    struct text why[2];        /* of the last command, if it was refused; by language */
    uint64_t notices_shown;    /* sequence of the newest notice on the board */
};

/** When the sign of life is due that follows one at @now. */
mono_ms pipeline_alive_due(const struct pipeline *p, mono_ms now);
/** Something goes into the running transaction: its owner is told to commit. */
void pipeline_touched(struct pipeline *p);
/** A row of the ledger; @body is stolen. */
void pipeline_append(struct pipeline *p, struct moment now, const char *kind, json_t *body);
/**
 * Records @notice for whom the routes say. @raised: severity while it was raised. What ends
 * something (an incident, a service that is up again) goes to whoever was told of it.
 */
void pipeline_tell(
    struct pipeline *p, struct notice *notice, enum severity raised, struct moment now);
/** Records @notice for @t; what is over the limit of a brake is counted in its place. */
void pipeline_tell_targets(
    struct pipeline *p, struct notice *notice, const struct route_targets *t, struct moment now);
/** Records @notice for @count destinations, brake or not. */
void pipeline_tell_to(struct pipeline *p, struct notice *notice, const char *const *to,
    size_t count, struct moment now);

/* pipeline_tell.c */

/** Records @i as it is now, and the board will show it. */
void pipeline_save_incident(struct pipeline *p, const struct incident *i, struct moment now);

/** Where the judge's decisions go. */
struct judge_sink pipeline_judge_sink(struct pipeline *p);
/** What was said of @service last, over restarts; up if nothing was. Borrowed until the next. */
enum service_state *pipeline_told_state(struct pipeline *p, const char *service);

/** What became of @destination, as a reading of a subject of our own: 2 good, 1 not. */
void pipeline_report_destination(
    struct pipeline *p, const char *destination, double good, const char *text, struct moment now);
/** The zone @name, or UTC (logged) where it is not known. */
struct zone *pipeline_open_zone(const char *name);

/** What is told of @i, redacted; the caller renders the text and frees. */
void pipeline_incident_notice(const struct pipeline *p, const struct incident *i,
    enum notice_kind kind, struct moment now, struct notice *ret_notice);

/* pipeline_incident.c: the verbs incident.*, see pipeline_command */

int pipeline_incident_ack(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_incident_reported(
    struct pipeline *p, const struct command *command, struct moment now);
int pipeline_incident_open(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_incident_note(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_incident_edit(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_incident_close(struct pipeline *p, const struct command *command, struct moment now);
/** @notice, whose incident may be closed by now, was accepted by a receiver or sent to one
 * (@result): if it told of what the contract counts, and as many as the service's notified_by asks
 * for have accepted it (or got it, with count_unconfirmed), the incident is notified. */
void pipeline_incident_notified(
    struct pipeline *p, const struct notice *notice, enum receipt_result result, struct moment now);
/** The judge's sink: a first report is owed. @ctx is the pipeline. */
void pipeline_incident_report_due(void *ctx, const struct report_due *due, struct moment now);
/** Hours and planned work begin and end without anything being said: the board must follow. */
void pipeline_look_at_shown(struct pipeline *p, struct moment now);

/* pipeline_evidence.c */

/** The row of a load: @who, hashes, what changed since the last one that this ledger knows. */
void pipeline_config_loaded(
    struct pipeline *p, const struct settings *settings, const char *who, struct moment now);
/** The same at a start, if the configuration is another than at the end of the last run. */
void pipeline_config_started(struct pipeline *p, struct moment now);
/** Sets heartbeat_due by the last heartbeat that was recorded, of this run or another. */
void pipeline_heartbeat_plan(struct pipeline *p, struct moment now);
/** Records a heartbeat if it is due: the committed head of the chain, for destinations that ask. */
void pipeline_heartbeat(struct pipeline *p, struct moment now);

/* pipeline_follow.c */

/** The routes, the zone, as routes.h wants them. */
struct route_site pipeline_site(const struct pipeline *p);
/** What routes owe an incident whose @notice comes up; fills whom they tell at once. */
void pipeline_follow_begin(struct pipeline *p, const struct notice *notice,
    struct route_targets *ret_now, struct moment now);
/** @id was acknowledged: reminders of progress begin, the rest is dropped. */
void pipeline_follow_acknowledged(struct pipeline *p, uint64_t id, struct moment now);
/** Somebody wrote a note: the next reminder of progress is a whole period away. */
void pipeline_follow_noted(struct pipeline *p, uint64_t id, struct moment now);
/** What holds back may be over: what is held is looked at again. */
void pipeline_follow_release(struct pipeline *p, struct moment now);
/** Tells what is due. */
void pipeline_follow(struct pipeline *p, struct moment now);

/* pipeline_brake.c */

/** Sets the brakes by the settings. */
void pipeline_brake_settings(struct pipeline *p);
void pipeline_brake_free(struct pipeline *p);
/** After a start: what was counted and not told is told within a minute. */
void pipeline_brake_start(struct pipeline *p, struct moment now);
/** Parts @t into those that are told of @notice and those for which it is only counted. */
void pipeline_brake_part(struct pipeline *p, const struct notice *notice,
    const struct route_targets *t, struct route_targets *ret_told,
    struct route_targets *ret_counted, struct moment now);
/** Counts @notice (recorded) for @counted; tells that a brake holds from now on. */
void pipeline_brake_count(struct pipeline *p, const struct notice *notice,
    const struct route_targets *counted, struct moment now);
/** Tells digests that are due. */
void pipeline_brake(struct pipeline *p, struct moment now);
mono_ms pipeline_brake_due(const struct pipeline *p);

/* pipeline_emergency.c */

/** @notice stands in the running transaction for @count destinations. */
void pipeline_emergency_note(
    struct pipeline *p, const struct notice *notice, const char *const *to, size_t count);
/** Other settings hold from now on; the old ones are still there. */
void pipeline_emergency_settings(struct pipeline *p);
/** The transaction was committed. */
void pipeline_emergency_clear(struct pipeline *p);
void pipeline_emergency_free(struct pipeline *p);
/**
 * The transaction found no room, and the reserve is used up: its notices go out all the same, each
 * to each of its destinations until it is taken or refused once, marked as not recorded, under keys
 * of their own, and no more at a time than the destination's window. Of more than 256 the rest is
 * counted and the counts are told, at once and once a minute as they grow. They are sent again
 * under their real keys once the transaction stands. Called again and again until then.
 */
void pipeline_emergency(struct pipeline *p, struct moment now);
/** Whether @delivery is one of those: its receipt marks nothing. */
bool pipeline_emergency_is(uint64_t delivery);
/** The receipt of one of those; the next one may go. */
void pipeline_emergency_receipt(
    struct pipeline *p, const struct receipt *receipt, struct moment now);
/** The guest of @destination is gone: what it had was not told. */
void pipeline_emergency_lost(struct pipeline *p, const char *destination);

/* pipeline_drill.c */

/** Sets drill_due. */
void pipeline_drill_plan(struct pipeline *p, struct moment now);
/** Sends the drills that are due. */
void pipeline_drill(struct pipeline *p, struct moment now);
/** A drill of @destination now; *ret_sequence (may be NULL): of its notice. */
void pipeline_drill_now(struct pipeline *p, const char *destination, const char *who,
    struct moment now, uint64_t *ret_sequence);

/* pipeline_burn.c */

/** A service's state changed: budgets are looked at as soon as possible. */
void pipeline_burn_changed(struct pipeline *p, struct moment now);
/** Looks at budgets if that is due: at most once a minute while there is something to see. */
void pipeline_burn(struct pipeline *p, struct moment now);

/* pipeline_plan.c, pipeline_amend.c: commands, as pipeline_command */

int pipeline_maintenance_add(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_maintenance_approve(
    struct pipeline *p, const struct command *command, struct moment now);
int pipeline_maintenance_end(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_exclusion_add(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_exclusion_revoke(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_sla_judge(struct pipeline *p, const struct command *command, struct moment now);
int pipeline_sla_issue(struct pipeline *p, const struct command *command, struct moment now);

/** Tells the judge the windows of planned work of @service, or of all. */
void pipeline_works(struct pipeline *p, const char *service, struct moment now);
void pipeline_all_works(struct pipeline *p, struct moment now);

/** Keeps the sentence of why the command is refused (pipeline_why); returns @outcome. */
int pipeline_refuse(struct pipeline *p, int outcome, enum message id, const char *a, const char *b);
/** Arguments that are needed; false, NULL: refused. The caller frees the text. */
bool pipeline_arg_text(
    struct pipeline *p, const struct command *command, const char *name, char **ret);
bool pipeline_arg_id(
    struct pipeline *p, const struct command *command, const char *name, uint64_t *ret);
const struct service_settings *pipeline_arg_service(
    struct pipeline *p, const struct command *command, int *ret_outcome);

#endif
