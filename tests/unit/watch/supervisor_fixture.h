/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_SUPERVISOR_FIXTURE_H
#define HM_TESTS_SUPERVISOR_FIXTURE_H

#include <jansson.h>

#include "unit.h"
#include "watch/supervisor.h"
#include "wire/wire.h"

/** supervisor_fixture - a supervisor over real workers of scripted guests, and what came of them.
 */

/* Generous: a loaded machine may be slow, a fault must still end the test. */
enum { WAIT_MS = 20000, READINGS_MAX = 4096, WATCHES_MAX = 4, TEXT_MAX = 64 };

struct fixture {
    struct loop *loop;
    struct supervisor *supervisor;
    struct settings settings;
    struct watch_settings watches[WATCHES_MAX];
    struct destination_settings destination;
    struct face_settings face;
    char worker[512], plugins[512], host[16], zone[16];
    struct reading readings[READINGS_MAX];
    size_t reading_count;
    size_t room;  /* for readings of guests; 0: all of it */
    json_t *kept; /* by subject, as the ledger has it */
    bool commits;
    size_t uncommitted;
    char state[128];
    char receipt[128];
    bool serving_channel, serving_face;
    unsigned restarts;
    char worker_state[32];
    char fault[256];
    bool late;
    bool ticked;
};

typedef bool (*condition_fn)(const struct fixture *f, const char *text);

/* The daemon's log is not printed, unless HM_TEST_LOUD is set. */
void be_quiet(void);

/* A supervisor that watches nothing yet. */
struct fixture *fixture_new(void **state);
void fixture_free(struct fixture *f);

/* A subject of the scripted guest, which does @how. */
void add_watch(struct fixture *f, const char *subject, const char *how, span_ms interval);

/* The settings as they stand are the supervisor's. */
void start(struct fixture *f);

/* A timer's callback, and the condition that it came. */
void on_tick(void *arg);
bool has_ticked(const struct fixture *f, const char *text);

/* Turns the loop until @condition holds of @text. */
void until(struct fixture *f, condition_fn condition, const char *text);

/* @what: "SUBJECT|INSTANCE|METRIC|KIND"; how many such readings came. */
size_t count_of(const struct fixture *f, const char *what);

/* Conditions: such a reading came; what the worker or the guest last said of itself. */
bool came(const struct fixture *f, const char *what);
bool came_thrice(const struct fixture *f, const char *what);
bool has_fault(const struct fixture *f, const char *text);
bool has_state(const struct fixture *f, const char *text);
bool worker_is(const struct fixture *f, const char *text);
bool has_receipt(const struct fixture *f, const char *text);

void forget_readings(struct fixture *f);

/* The newest one of @subject; NULL: none. */
const struct reading *last_of(const struct fixture *f, const char *subject);

#endif
