/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_QUEUE_FIXTURE_H
#define HM_TESTS_QUEUE_FIXTURE_H

#include <stdbool.h>

#include "fake_host.h"

/** queue_fixture - a spool of its own for each test of the queue plugin. */

extern const struct hm_plugin hashimori_plugin;

/* Far more than any event takes, on any machine. */
enum { LIMIT_MS = 20000 };

struct fixture {
    char folder[64];
    char in[80], error[80];
    struct fake_host *host;
};

int set_up(void **state);
int tear_down(void **state);

void open_subject(struct fixture *x, const struct fake_option *options);
/** One stage `in` with one option more. */
void open_in(struct fixture *x, const char *option, const char *value);

int begin_file(const char *folder, const char *name);
void put_file(const char *folder, const char *name, const char *content);
void remove_file(const char *folder, const char *name);
void move_file(const char *from, const char *old_name, const char *to, const char *new_name);

/** Checks; the reading of @metric that comes of it, after the pass if there is one. */
const struct fake_reading *checked(struct fixture *x, const char *instance, const char *metric);
/** Its number; -1 if it is blind. */
double number(struct fixture *x, const char *instance, const char *metric);
/** Checks anew in each turn until the figure is as expected. */
bool await_number(struct fixture *x, const char *instance, const char *metric, double expected);

#endif
