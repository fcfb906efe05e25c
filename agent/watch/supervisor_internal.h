/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_SUPERVISOR_INTERNAL_H
#define HM_WATCH_SUPERVISOR_INTERNAL_H

#include "watch/backoff.h"
#include "watch/supervisor.h"
#include "watch/worker_process.h"

/**
 * What the three files of the supervisor share.
 *
 *   supervisor.c  settings to groups and guests, and the calls of the other stages
 *   group.c       one worker: start, lines, faults, back-off, its end
 *   guest.c       one subject, destination or face: open, serving, blind, skipped, trial
 */

/** An instance that a worker hung on; "" stands for the subject as a whole. */
struct skipped {
    char *instance;
    struct skipped *next;
};

struct group;

struct watch_guest {
    struct supervisor *supervisor;
    struct group *group;
    const char *kind; /* static */
    char *name;
    char *plugin;
    json_t *open;    /* the open line without what changes from one to the next */
    char *signature; /* the same as text, with where it is hosted: a reload compares it */
    span_ms interval, deadline;
    int64_t id; /* in the group's process; 0: not opened there */
    bool serving;
    bool seen;   /* by the running supervisor_settings */
    bool parked; /* hung as a whole: not opened but in a trial */
    struct skipped *skips;
    unsigned falls;      /* crashes in its calls, lately .. */
    mono_ms fell_at;     /* .. the last one */
    struct timer *away;  /* fires when the subject must go blind */
    struct timer *quiet; /* fires when no call began for too long */
    struct timer *retry; /* of a refused open, or of the trial */
    struct group *trial; /* a worker of its own that tries what hung; NULL: none runs */
    struct watch_guest *next;
};

/** A process in state D that SIGKILL did not end (yet). */
struct abandoned {
    struct supervisor *supervisor;
    struct worker_process *process;
    char *kind, *plugin;
    char *guest; /* whose call it hung in; NULL: nobody's */
    struct abandoned *next;
};

/** What all processes of a reload have in common. */
struct surroundings {
    char *language, *host, *timezone, *plugin_dir;
    uid_t owner;
};

struct group {
    struct supervisor *supervisor;
    char *label;
    char *kind, *plugin, *worker; /* worker: NULL is the plugin's one */
    bool read_all;
    bool leaving;              /* asked to end for good: freed when it has */
    struct watch_guest *tries; /* a trial's guest; NULL: no trial */
    unsigned leaves;           /* calls of the trial that ended */
    bool failed;
    bool is_retried;                /* it had failed, and has no budget until it ran well */
    bool is_wanted_anew;            /* an operator ended it */
    struct worker_process *process; /* NULL: none */
    mono_ms began;
    struct backoff backoff;
    struct timer *restart;
    struct timer *trial_end;
    unsigned restarts;
    char *fault;   /* the last one */
    char *hung_in; /* name of the guest whose call did not end; NULL: none */
    bool engine_asked;
    bool engine_there;
    char engine_id[65];
    uint32_t engine_boots;
    struct group *next;
};

struct supervisor {
    struct loop *loop;
    char *worker_path;
    struct supervisor_sink sink;
    struct watch_limits limits;
    struct surroundings around;
    struct group *groups;
    struct watch_guest *guests;
    struct abandoned *abandoned;
    int64_t last_id;
};

/* ---- abandon.c ---------------------------------------------------------------------------- */

/** Takes @g's process, which hung in guest @g->hung_in. */
void abandon(struct group *g);
/** How many there are of a plugin (@guest NULL), or that hung in one guest. */
unsigned abandoned_count(
    const struct supervisor *s, const char *kind, const char *plugin, const char *guest);
void abandoned_free_all(struct supervisor *s);

/* ---- group.c ------------------------------------------------------------------------------ */

struct group *group_new(
    struct supervisor *s, const char *kind, const char *plugin, const char *worker, bool read_all);
/** Ends it without asking, removes it from the supervisor and frees it. */
void group_free(struct group *g);
/** Starts its process unless there is one. */
void group_start(struct group *g);
/** Asks its process to end; the group is freed then. */
void group_leave(struct group *g);
/** Nobody wants it any more: whatever was bad about it is over, and the board forgets it. */
void group_retire(const struct group *g);
/** Forgets its faults and starts it. */
void group_revive(struct group *g);
/** An operator wants it started again: at once, whatever it did before. */
void group_restart(struct group *g);
bool group_is_ready(const struct group *g);

/* ---- guest.c ------------------------------------------------------------------------------ */

void guest_forget(struct watch_guest *w); /* frees it; closes it where it is open */
/** Sends its open line, if its worker is ready and it is not parked. */
void guest_send_open(struct watch_guest *w);
void guest_close(struct watch_guest *w);
/** A blind reading of @instance ("": the subject). */
void guest_blind(const struct watch_guest *w, const char *instance, const char *why);
/** Its process has gone. */
void guest_lost(struct watch_guest *w);
void guest_opened(struct watch_guest *w);
void guest_refused(struct watch_guest *w, const json_t *line);
/** A line of it came: it is not quiet. */
void guest_heard(struct watch_guest *w);
/** It hung at @instance; when its process has ended it is to be tried again. */
void guest_hung(struct watch_guest *w, const char *instance);
/** An operator wants it tried again, unless a process that hung in it is still there. */
void guest_pardon(struct watch_guest *w);
/** Its worker crashed in a call into it: when that repeats, it alone is left out. */
void guest_fell(struct watch_guest *w);
/** Its trial answered, or did not. */
void guest_trial_ended(struct watch_guest *w, bool good, bool stuck);
/** Waits before asking again what hung or refused. */
void guest_retry_in(struct watch_guest *w, span_ms ms);
/** The open line for its next opening, in the group's process or in a trial. */
json_t *guest_open_line(struct watch_guest *w, struct group *in, int64_t id);
struct watch_guest *guest_new(struct supervisor *s, const char *kind, const char *name);
struct watch_guest *guest_by_id(const struct group *g, int64_t id);

#endif
