/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_WORKER_PROCESS_H
#define HM_WATCH_WORKER_PROCESS_H

#include <jansson.h>

#include "base/text.h"
#include "loop/loop.h"
#include "watch/flood.h"
#include "watch/limits.h"

/**
 * worker_process - one running hashimori-worker: start, lines, credit, deadlines, end.
 *
 * From start to `ended` exactly one of: it was asked to stop; it made a fault and was killed; it
 * ended by itself. `ended` is called once, when it is reaped or SIGKILL did not reap it in time;
 * after it only worker_process_free is of use, and is allowed within it.
 */

struct worker_process;

struct worker_plan {
    const char *worker_path; /* hashimori-worker */
    const char *label;       /* for log lines */
    const char *kind, *plugin;
    const char *path; /* the plugin's file */
    const char *language, *host, *timezone;
    uid_t owner;                       /* besides root, may own the plugin's file */
    bool read_all;                     /* keeps ambient capabilities */
    const struct watch_limits *limits; /* outlives the process */
};

struct worker_sink {
    void *ctx;
    /* It has loaded the plugin: open lines may be sent. */
    void (*hello)(void *ctx);
    /* opened refused reading keep receipt state, for guest @id. False and @why: a fault. */
    bool (*line)(void *ctx, const char *type, int64_t id, json_t *line, struct text *why);
    /* A call ended, of a guest that was opened with tell_calls. */
    void (*leave)(void *ctx, int64_t id);
    /* The call into @id did not end in time: the process is about to be killed. */
    void (*hung)(void *ctx, int64_t id, const char *instance);
    /* It ended by itself within a call into @id. `ended` follows. */
    void (*fell)(void *ctx, int64_t id);
    void (*flooding)(void *ctx, unsigned per_second);
    /* @asked: after worker_process_stop. @stuck: SIGKILL did not reap it. @why: for people. */
    void (*ended)(void *ctx, bool asked, bool stuck, const char *why);
};

/** Starts it. 0; a fault. */
int worker_process_new(struct loop *loop, const struct worker_plan *plan,
    const struct worker_sink *sink, struct worker_process **ret_process);
/** Takes NULL. One that still runs is killed and forgotten. */
struct worker_process *worker_process_free(struct worker_process *p);

/**
 * After `ended` with @stuck: lets go of all but the process. @gone is called when it is reaped at
 * last; then, not before, it is freed (or by worker_process_free).
 */
void worker_process_abandon(struct worker_process *p, void (*gone)(void *arg), void *arg);

bool worker_process_is_ready(const struct worker_process *p);
/** When a call last ended, or the process started; now while one runs, whose deadline is its own.
 */
mono_ms worker_process_last_call(const struct worker_process *p);
/** Steals @line; the worker must say something within the limit `silence`, or is killed. */
void worker_process_ask(struct worker_process *p, json_t *line);
/** The same of a line that is text already. */
void worker_process_ask_line(struct worker_process *p, const char *line, size_t length);
/** Steals @line. */
void worker_process_send(struct worker_process *p, json_t *line);
size_t worker_process_queued(const struct worker_process *p);
/** Every reading so far is committed. */
void worker_process_committed(struct worker_process *p);
/** Asks it to end: a stop line, then TERM, then KILL. */
void worker_process_stop(struct worker_process *p);
/** Kills it for @why. */
void worker_process_fail(struct worker_process *p, const char *why);

#endif
