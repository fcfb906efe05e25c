/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_VERBS_H
#define HM_MAIN_VERBS_H

#include "main/daemon.h"
#include "main/story.h"

/** verbs - what the control socket answers (docs/control.md); shared by the files verbs*.c. */

/** The answer is a failure: @code as in docs/control.md, the sentence with up to two arguments. */
void verb_fail(
    struct control_answer *ret, const char *code, enum message id, const char *a, const char *b);
/** An argument of decimal digits; @preset when absent. False: it is there and is none. */
bool verb_number(const struct command *command, const char *name, uint64_t preset, uint64_t *ret);
/** An RFC 3339 argument; @preset when absent. */
bool verb_time(const struct command *command, const char *name, wall_ms preset, wall_ms *ret);

/** The answer is that pipeline_command refused with @outcome. */
void verb_refused(const struct daemon *d, int outcome, struct control_answer *ret);
/** Commits what a command wrote: no answer claims more. False: the answer says so. */
bool verb_commit(struct daemon *d, struct control_answer *ret);
/** The incident that argument @name asks for; the caller frees. False: the answer says why not. */
bool verb_find_incident(struct daemon *d, const struct command *command, const char *name,
    struct incident *ret_incident, struct control_answer *ret);
/** NOTICE and its deliveries, oldest first; a new reference. */
json_t *verb_notices(struct daemon *d, uint64_t incident);

/** The answer of `status`, from the board as it is; a new reference. */
json_t *verb_status_result(struct daemon *d);

void verb_status(void *ctx, const struct command *command, struct control_answer *ret);
void verb_subject_list(void *ctx, const struct command *command, struct control_answer *ret);
void verb_subject_show(void *ctx, const struct command *command, struct control_answer *ret);
void verb_subject_check(void *ctx, const struct command *command, struct control_answer *ret);
void verb_linkage_list(void *ctx, const struct command *command, struct control_answer *ret);
void verb_linkage_show(void *ctx, const struct command *command, struct control_answer *ret);
void verb_linkage_query(void *ctx, const struct command *command, struct control_answer *ret);
void verb_incident_list(void *ctx, const struct command *command, struct control_answer *ret);
void verb_incident_show(void *ctx, const struct command *command, struct control_answer *ret);
void verb_incident_change(void *ctx, const struct command *command, struct control_answer *ret);
void verb_incident_report(void *ctx, const struct command *command, struct control_answer *ret);
void verb_sla(void *ctx, const struct command *command, struct control_answer *ret);
void verb_sla_judge(void *ctx, const struct command *command, struct control_answer *ret);
void verb_sla_issue(void *ctx, const struct command *command, struct control_answer *ret);
void verb_maintenance_change(void *ctx, const struct command *command, struct control_answer *ret);
void verb_maintenance_list(void *ctx, const struct command *command, struct control_answer *ret);
void verb_maintenance_report(void *ctx, const struct command *command, struct control_answer *ret);
void verb_exclusion_change(void *ctx, const struct command *command, struct control_answer *ret);
void verb_exclusion_list(void *ctx, const struct command *command, struct control_answer *ret);
void verb_notify_test(void *ctx, const struct command *command, struct control_answer *ret);
void verb_notify_outbox(void *ctx, const struct command *command, struct control_answer *ret);
void verb_notify_drills(void *ctx, const struct command *command, struct control_answer *ret);
void verb_notify_explain(void *ctx, const struct command *command, struct control_answer *ret);
void verb_ledger_verify(void *ctx, const struct command *command, struct control_answer *ret);
void verb_ledger_archive(void *ctx, const struct command *command, struct control_answer *ret);
void verb_ledger_snapshot(void *ctx, const struct command *command, struct control_answer *ret);
void verb_ledger_import(void *ctx, const struct command *command, struct control_answer *ret);
void verb_ledger_export(void *ctx, const struct command *command, struct control_answer *ret);

#endif
