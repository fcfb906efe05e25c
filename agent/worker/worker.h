/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_WORKER_H
#define HM_WORKER_WORKER_H

#include <hashimori/plugin.h>
#include <jansson.h>

#include "loop/loop.h"
#include "wire/wire.h"

/**
 * worker - what a process that hosts one plugin consists of.
 *
 * A `worker` is the process, a `guest` is one subject, destination or face that it serves. Lines
 * leave through a port: the daemon's socket (link.h), standard output (foreground.c), or a test.
 * Every call into the plugin, callbacks too, lies between guest_enter and guest_leave, and is noted
 * on the slate (loop/slate.h) before it begins: the supervisor's deadline runs from it.
 */

struct worker;
struct guest;

struct port {
    void *ctx;
    /* Steals @line. @now: it must have left when this returns. */
    void (*send)(void *ctx, json_t *line, bool now);
    /* The same for a line that is text already, without its newline; it may leave later. */
    void (*put)(void *ctx, const char *line, size_t length);
    /* A call into guest @id begins, or goes on to @instance (NULL: none named); 0: it has ended.
     * What was reported has left when this returns. NULL: nobody watches the calls. */
    void (*call)(void *ctx, int64_t id, const char *instance, span_ms deadline);
    /* Waits for lines from the daemon and gives the urgent ones to worker_urgent. */
    void (*wait)(void *ctx);
};

/** A program that host->run started. */
struct program;

struct worker {
    struct loop *loop;
    struct hm_plugin plugin;
    struct port port;
    char *language; /* "ja" or "en" */
    char *host;     /* this server's name */
    struct guest *guests;
    struct guest *in_face; /* a face whose lines are being handed over, see worker_line_done */
    struct program *programs;
    struct timer *sweep; /* of orphans, see program.h */
    struct text line;    /* being written */
    uint64_t seq;        /* of the last line with one */
    uint64_t saved;      /* up to here the daemon has committed */
    bool unlimited;      /* in the foreground: nobody gives credit back, lines have no numbers */
    bool stopping;
    bool failed;    /* the last open was refused; for foreground mode */
    unsigned depth; /* calls into the plugin that are running: 0 or 1, more while it nests */
    struct loop_deferred tidy; /* closes what was asked to close during a call */
};

/** @loop and @plugin are the caller's. Options of @port as above. */
void worker_init(
    struct worker *w, struct loop *loop, const struct hm_plugin *plugin, const struct port *port);
/** Closes all guests. */
void worker_deinit(struct worker *w);

/** One line of the daemon (not welcome). False and @why: the line breaks the wire's rules. */
bool worker_line(struct worker *w, json_t *line, struct text *why);
/** All lines that had come are handled: a face's turn is over. */
void worker_line_done(struct worker *w);
/** Takes what may be handled inside a call (saved, stop, close); true when @line was such. */
bool worker_urgent(struct worker *w, json_t *line);
/** Closes all guests as soon as no call runs and ends the loop. */
void worker_stop(struct worker *w);

/** Starts a line: {"type":@type}. */
json_t *worker_message(const char *type);

#endif
