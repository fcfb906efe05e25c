/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_WORKER_INTERNAL_H
#define HM_WORKER_WORKER_INTERNAL_H

#include "worker/keep.h"
#include "worker/options.h"
#include "worker/worker.h"

/**
 * What the files of this folder share; nobody else includes it.
 *
 * guest: one subject, destination or face: the host that its plugin sees, and the calls.
 */

struct hm_watch_handle {
    struct guest *guest;
    struct io *io;
    struct timer *timer;
    hm_fd_fn on_fd;
    hm_timer_fn on_timer;
    void *arg;
    struct hm_watch_handle *next;
};

struct guest {
    struct worker *worker;
    int64_t id;
    char *subject;
    span_ms interval;
    span_ms deadline;
    json_t *line;         /* the open line: all texts below are its */
    struct options *view; /* option values, and the host */
    void *self;           /* the plugin's */
    bool open;
    bool closing;
    bool soon;        /* check_soon was called */
    bool tells_calls; /* the end of each call is a line: somebody waits for it */
    struct hm_watch_handle *handles;
    struct timer *check_timer;
    struct timer *keep_timer;
    struct loop_deferred kept; /* something was kept in this turn */
    mono_ms check_due;
    unsigned phase_shared_by; /* guests that look when this one does; 0: it joined another's */
    struct keep *keep;
    char *state;            /* last one sent */
    char *complaint;        /* first one of this open or validate */
    char *complaint_option; /* NULL: none named */
    /* validate and foreground: who wants each complaint. NULL: nobody */
    void (*on_complaint)(void *ctx, const char *option, const char *text);
    void *complaint_ctx;
    struct guest *next;
};

/** A guest from an open (or validate) line, not open yet. NULL and @why when it lacks something. */
struct guest *guest_new(struct worker *w, json_t *line, struct text *why);
/** Closes and frees; takes NULL. Must not be called inside a call into the plugin. */
struct guest *guest_free(struct guest *g);

/** Calls open and sends the answer. True: it serves. */
bool guest_open(struct guest *g);
void guest_check(struct guest *g);
void guest_validate(struct guest *g);
void guest_deliver(struct guest *g, const json_t *line);
/** begin, row, drop or commit. False and @why: not such a line. */
bool guest_face_line(struct guest *g, const char *type, json_t *line, struct text *why);

/** A call into it begins .. */
void guest_enter(struct guest *g);
/** .. goes on to @instance .. */
void guest_go_on(struct guest *g, const char *instance);
/** .. and ends. */
void guest_leave(struct guest *g);

/** A line of this guest: {"type":@type,"id":..}. */
json_t *guest_message(const struct guest *g, const char *type);

/* ---- report.c: readings and kept values -------------------------------------------------- */

void guest_report(struct guest *g, const struct hm_reading *reading);
/** A blind reading of the whole subject. */
void guest_report_blind(struct guest *g, const char *text);
void guest_keep(struct guest *g, const char *key, const char *value);
/** At the end of a turn: most of what was kept went with a reading, only the rest needs a timer. */
void guest_on_kept(void *arg);
/** Sends what is kept and waits for a reading that did not come. */
void guest_flush_keep(struct guest *g);

/* ---- host.c, handle.c, program.c --------------------------------------------------------- */

/** Fill in the services; the option calls are those of options.c. */
void host_fill(struct hm_host *host);
void handle_fill(struct hm_host *host);
void program_fill(struct hm_host *host);

void handle_free_all(struct guest *g);
/**
 * program.c: host->run, one program, no shell, bounded in time, output and offspring. The worker is
 * a subreaper: what a program leaves behind (double fork, setsid) becomes a child of ours when its
 * parent ends. Children that are no running program of ours are killed, by pids that cannot be
 * reused because we have not reaped them.
 */
void program_adopt_orphans(void);
/** Kills the programs of @g (NULL: of all guests); nobody is told. */
void program_free_all(struct worker *w, const struct guest *g);

#endif
