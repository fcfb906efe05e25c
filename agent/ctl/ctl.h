/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_CTL_H
#define HM_CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/message.h"

/**
 * ctl - the command line `hashimori`.
 *
 * One table (table.c) says what commands there are; parsing, help, completion and the test of the
 * manual page all come from it. Most commands ask the daemon one verb of docs/control.md and print
 * its result, with --json unchanged.
 */

/** Exit codes; a promise. */
enum { CTL_DONE = 0, CTL_NO = 1, CTL_USAGE = 2, CTL_UNREACHABLE = 3 };

enum { CTL_VALUES_MAX = 24, CTL_ARGS_MAX = 8 };

struct ctl_option {
    const char *name;  /* "as-of", argument "as_of" of the verb; NULL ends the table */
    const char *value; /* shown for its value; NULL: a flag */
    enum message help;
};

struct ctl;
struct ctl_command {
    const char *name;         /* "incident ack"; NULL ends the table */
    const char *args;         /* as shown: "ID", "[NAME]", "FILE.."; "" for none */
    const char *verb;         /* asked of the daemon; NULL: `run` does all */
    const char *arg_names[3]; /* of the verb, for the positional arguments */
    unsigned least, most;     /* positional arguments */
    const struct ctl_option *options;
    enum message help;
    int (*run)(struct ctl *c); /* returns the exit code */
    /* Prints a verb's result for people; returns the exit code. */
    int (*print)(struct ctl *c, json_t *result);
};
extern const struct ctl_command ctl_commands[];
extern const struct ctl_option ctl_global_options[];

/** One run. Everything is borrowed from argv. */
struct ctl {
    enum language language;
    bool json;
    const char *socket_path;
    const char *config;
    const struct ctl_command *command;
    struct {
        const char *name;
        const char *value; /* "true" for flags */
    } values[CTL_VALUES_MAX];
    size_t value_count;
    const char *args[CTL_ARGS_MAX];
    size_t arg_count;
};

/** Value of an option of the command, the first one given; NULL: not given. */
const char *ctl_value(const struct ctl *c, const char *name);

/** Asks the command's own verb with its own arguments, and prints. Returns the exit code. */
int ctl_ask(struct ctl *c);

/** "hashimori: " and the sentence on standard error; returns @code. */
int ctl_fail(const struct ctl *c, int code, enum message id, const char *a, const char *b);
/** A sentence on standard output. */
void ctl_say(const struct ctl *c, enum message id, const char *a, const char *b, const char *d);

/* help.c */
void help_overview(const struct ctl *c);
void help_command(const struct ctl *c, const struct ctl_command *command);
int run_help(struct ctl *c);
int run_completion(struct ctl *c);
/** The command called @first or "@first @second"; *ret_words: how many of the two it takes. */
const struct ctl_command *help_find(const char *first, const char *second, int *ret_words);

/* show.c */
int show_status(struct ctl *c, json_t *result);
int show_subjects(struct ctl *c, json_t *result);
int show_subject(struct ctl *c, json_t *result);
int show_incidents(struct ctl *c, json_t *result);
int show_incident(struct ctl *c, json_t *result);
/** Gives an INCIDENT its stage and flags as words: members stage_text and flags_text. */
void show_set_words(const struct ctl *c, json_t *incident);
int show_opened(struct ctl *c, json_t *result);
int show_report(struct ctl *c, json_t *result);
int run_incident_report(struct ctl *c);
int show_changed(struct ctl *c, json_t *result);
int show_sla(struct ctl *c, json_t *result);
int show_test(struct ctl *c, json_t *result);
int show_outbox(struct ctl *c, json_t *result);
int show_explained(struct ctl *c, json_t *result);
int show_workers(struct ctl *c, json_t *result);
int show_reloaded(struct ctl *c, json_t *result);
int show_verified(struct ctl *c, json_t *result);
int run_status(struct ctl *c);

/* linkage.c, linkage_import.c */
int show_linkages(struct ctl *c, json_t *result);
int show_linkage(struct ctl *c, json_t *result);
void show_linkage_days(struct ctl *c, json_t *days);
int show_linkage_day(struct ctl *c, json_t *result);
int run_linkage_import(struct ctl *c);

/* route.c */
int run_route_show(struct ctl *c);
int show_drills(struct ctl *c, json_t *result);

/* plan.c */
int show_works(struct ctl *c, json_t *result);
int show_work(struct ctl *c, json_t *result);
int show_work_report(struct ctl *c, json_t *result);
int show_exclusions(struct ctl *c, json_t *result);
int show_exclusion(struct ctl *c, json_t *result);
int show_judged(struct ctl *c, json_t *result);
int show_issued(struct ctl *c, json_t *result);

/* config.c, plugin.c, scaffold.c, ledger.c, replay.c, log_test.c, doctor.c */
int run_config_check(struct ctl *c);
int run_config_show(struct ctl *c);
int run_config_diff(struct ctl *c);
int run_calendar_show(struct ctl *c);
int run_plugin_new(struct ctl *c);
int run_plugin_run(struct ctl *c);
int run_plugin_check(struct ctl *c);
int run_plugin_doc(struct ctl *c);
int run_ledger_verify(struct ctl *c);
int run_ledger_export(struct ctl *c);
int run_ledger_import(struct ctl *c);
int run_ledger_archive(struct ctl *c);
int run_ledger_snapshot(struct ctl *c);
int run_sla(struct ctl *c);
int run_replay(struct ctl *c);
int run_log_test(struct ctl *c);
int run_doctor(struct ctl *c);

#endif
