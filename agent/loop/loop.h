/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_LOOP_LOOP_H
#define HM_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h"

/**
 * loop - the only layer that names libevent.
 *
 * One loop a process, one thread. Callbacks are short and never block. Objects are freed by
 * their owner before the loop; freeing one inside its own callback is allowed, the line after it
 * is `return`.
 */
struct loop;

int loop_new(struct loop **ret_loop);
struct loop *loop_free(struct loop *l);

/** Runs until loop_stop. 0, or a fault of the back-end. */
int loop_run(struct loop *l);
/** Ends loop_run after the running callback. */
void loop_stop(struct loop *l);
/** One turn: what is ready; waits for something when @wait. For tests and for the worker. */
int loop_turn(struct loop *l, bool wait);

/** Longest time in microseconds that one turn's callbacks took since the last call with @reset. */
int64_t loop_longest_turn_us(struct loop *l, bool reset);

/**
 * Calls @fn once, when the callbacks of this turn are done. @slot must outlive it; a slot that
 * waits already is not queued twice. This is where group commit happens.
 */
struct loop_deferred {
    void (*fn)(void *arg);
    void *arg;
    struct loop_deferred *next; /* the loop's */
    bool waits;                 /* the loop's */
};
void loop_defer(struct loop *l, struct loop_deferred *slot);
/** Takes the slot out again, if it waits. */
void loop_undefer(struct loop *l, struct loop_deferred *slot);

/* ---- file descriptors -------------------------------------------------------------------- */

struct io;
enum { IO_READ = 1, IO_WRITE = 2, IO_PRI = 4 }; /* PRI: EPOLLPRI, as /proc/PID/mountinfo needs */
typedef void (*io_fn)(void *arg, int fd, int events);

/** Level-triggered watch on @fd (borrowed). A fault if the kernel refuses the fd. */
int io_new(struct loop *l, int fd, int events, io_fn fn, void *arg, struct io **ret_io);
struct io *io_free(struct io *io);
/** Changes what is waited for; 0 pauses. */
void io_set(struct io *io, int events);

/* ---- timers ------------------------------------------------------------------------------ */

struct timer;
typedef void (*timer_fn)(void *arg);

struct timer *timer_new(struct loop *l, timer_fn fn, void *arg);
struct timer *timer_free(struct timer *t);
/** Fires once, in @in_ms (0: next turn); replaces what was set. */
void timer_set(struct timer *t, span_ms in_ms);
void timer_cancel(struct timer *t);
bool timer_is_set(const struct timer *t);

/* ---- signals ----------------------------------------------------------------------------- */

struct signal_watch;
typedef void (*signal_fn)(void *arg, int number);
struct signal_watch *signal_new(struct loop *l, int number, signal_fn fn, void *arg);
struct signal_watch *signal_free(struct signal_watch *s);

/**
 * Calls @fn when the wall clock was set (timerfd, TFD_TIMER_CANCEL_ON_SET): @before is what the
 * clock would have read, @after what it reads. Returns NULL where the kernel has no such timer.
 */
struct clock_watch;
typedef void (*clock_step_fn)(void *arg, wall_ms before, wall_ms after);
struct clock_watch *clock_watch_new(struct loop *l, clock_step_fn fn, void *arg);
struct clock_watch *clock_watch_free(struct clock_watch *w);

/* ---- lines over a socket or pipe --------------------------------------------------------- */

enum { STREAM_LINE_MAX = 64 * 1024 }; /* newline included; settled for every border */

/** What a stream calls. A callback may free the stream if it then returns at once. */
struct stream_sink {
    void *ctx;
    /* One line without its newline; @line is NUL-terminated (a NUL inside is an error before). */
    void (*line)(void *ctx, char *line, size_t length);
    /* The other side is gone, or sent a line over the limit or with a NUL: @why is for the log.
     * The stream reads no more; the owner frees it. */
    void (*lost)(void *ctx, const char *why);
    /* All that was queued went out. May be NULL. */
    void (*drained)(void *ctx);
};

struct stream;
/** Takes @fd (closed by stream_free); makes it non-blocking. Reads at most 64 KiB a turn. */
int stream_new(struct loop *l, int fd, const struct stream_sink *sink, struct stream **ret_stream);
struct stream *stream_free(struct stream *s);
/** Queues @line and a newline. @line must not hold one. */
void stream_send(struct stream *s, const char *line, size_t length);
/** The same, but it goes out with all that is queued by the end of the turn: for what comes in many
 * lines. */
void stream_queue(struct stream *s, const char *line, size_t length);
/** Bytes queued and not yet taken by the kernel. */
size_t stream_queued(const struct stream *s);
/** Stops or goes on reading (back-pressure). */
void stream_pause(struct stream *s, bool pause);
int stream_fd(const struct stream *s);

/* ---- processes --------------------------------------------------------------------------- */

enum { CHILD_FDS_MAX = 8, CHILD_LIMITS_MAX = 8 };

/** How a process is started. All pointers are borrowed for the call. */
struct child_plan {
    const char *const *argv; /* argv[0] is the absolute path */
    const char *const *envp; /* the whole environment */
    struct {
        int ours;         /* fd of this process */
        int theirs;       /* number that it has there */
    } fds[CHILD_FDS_MAX]; /* the whole list; every other fd is closed */
    size_t fd_count;
    struct {
        int resource; /* RLIMIT_* */
        unsigned long soft, hard;
    } limits[CHILD_LIMITS_MAX];
    size_t limit_count;
    int kill_with_parent;     /* PR_SET_PDEATHSIG number; 0: none */
    bool may_gain_privileges; /* without it: PR_SET_NO_NEW_PRIVS */
    bool keep_capabilities;   /* without it the ambient set is cleared */
};

struct child;
/** @status as of waitpid(2). The child object is freed by its owner, also from here. */
typedef void (*child_fn)(void *arg, struct child *child, int status);

/** Forks and execs in a process group of its own. 0 or a fault (exec failures are reported). */
int child_start(struct loop *l, const struct child_plan *plan, child_fn fn, void *arg,
    struct child **ret_child);
pid_t child_pid(const struct child *c);
/** Signals the whole process group; nothing if it is reaped. */
void child_kill(struct child *c, int number);
/** Forgets it: a child that still runs is reaped silently when it ends. */
struct child *child_free(struct child *c);

#endif
