/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_PROCESS_FIXTURE_H
#define HM_TESTS_PROCESS_FIXTURE_H

#include <sys/types.h>

#include "fake_host.h"
#include "unit.h"

/** process_fixture - programs of names that nothing else has, for the tests of watch_process. */

extern const struct hm_plugin hashimori_plugin;

/* Far more than any event takes, on any machine. */
enum { LIMIT_MS = 20000 };

/* A folder with programs of names that nothing else has, and the processes of one test. */
struct fixture {
    char folder[64];
    char name[16];      /* a name that fits into comm */
    char long_name[40]; /* one that does not */
    char path[128], long_path[128], pid_path[128];
    pid_t children[8];
    size_t child_count;
    struct fake_host *host;
};

int set_up(void **state);
int tear_down(void **state);

/** Runs @path for @seconds; returns once /proc shows it. */
pid_t start_program(struct fixture *x, const char *path, const char *seconds);
/** Kills and reaps the @i-th, if it was not yet. */
void end_child(struct fixture *x, size_t i);

void open_subject(struct fixture *x, const struct fake_option *options);
void open_by_name(struct fixture *x, const char *name);

/** Number of the newest reading of @metric; -1 if it is blind or there is none. */
double newest(const struct fixture *x, const char *metric);
/** The same after a check. */
double checked(struct fixture *x, const char *metric);
/** Turns the loop until @metric is @number. */
bool await_number(struct fixture *x, const char *metric, double number);
/** Checks in each turn until @metric is @number. */
bool await_checked(struct fixture *x, const char *metric, double number);

#endif
