/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_DAEMON_H
#define HM_MAIN_DAEMON_H

#include "expose/control.h"
#include "expose/publisher.h"
#include "loop/loop.h"
#include "main/backlog.h"
#include "main/pipeline.h"
#include "main/state_room.h"
#include "settings/guest.h"
#include "watch/supervisor.h"

/** Who waits for `status`. */
struct asker {
    uint64_t ticket;
    uint64_t pass; /* number of the first pass over the board that will do */
};

/** daemon_board's: passes over the board, and what comes of them. */
struct show {
    struct loop_deferred turn, send;
    struct timer *timer;
    mono_ms published_at; /* 0: not yet */
    uint64_t pass;        /* number of the last one that began */
    bool is_passing, is_wanted, is_held /* until the commit of this turn */;
    struct asker askers[CONTROL_CLIENTS_MAX];
    size_t asker_count;
};

/** verbs_import's: a file that comes in parts, and is taken in. */
struct staged {
    char *path; /* NULL: none */
    int fd;
    uint64_t size;
    struct import *running; /* it is whole, and is being taken in; NULL: not yet */
    char *name;             /* what it is called where it comes from */
    struct command command;
    uint64_t ticket;
    struct loop_deferred turn;
};

/**
 * daemon - hashimorid: the pipeline on real time, its guests, its control socket.
 *
 * All members are the daemon's own; the files daemon*.c and verbs*.c share them.
 */
struct daemon {
    const char *config_path;
    enum language language; /* of messages on standard error */
    struct loop *loop;
    struct guest_runner *runner;
    struct settings *settings;
    struct supervisor *supervisor;
    struct pipeline *pipeline;
    struct board *board;
    struct publisher *publisher;
    struct control *control;
    struct loop_deferred commit;
    struct timer *due_timer;
    mono_ms due_at;            /* what due_timer is set to; CLOCK_NEVER: not set */
    struct timer *retry_timer; /* the disk is full: the commit is tried again */
    struct show show;
    mono_ms room_seen;               /* when the room of state_dir was last looked at */
    bool room_read_only;             /* what was seen then */
    enum state_room_level room_told; /* of it */
    struct backlog backlog;
    struct loop_deferred drain; /* of the backlog */
    struct timer *watchdog_timer;
    struct signal_watch *signals[4];
    struct clock_watch *clock_watch;
    struct archiving *archiving; /* of old years; NULL: none */
    struct copy *copy;           /* of the ledger, being made; NULL: none */
    struct staged import;        /* what is being sent to be imported */
    int exit_code;
};

/** Runs until SIGTERM. Exit code of the process. */
int daemon_run(const char *config_path, enum language language);

/** `hashimorid -t`: complaints on standard error, 0 good, 1 not. */
int daemon_check(const char *config_path, enum language language);

/**
 * Reads the configuration again and changes over, or leaves all as it is. 0; SETTINGS_E_BAD with
 * the complaints in @why (by language); a fault. @who: user name.
 */
int daemon_reload(struct daemon *d, const char *who, struct text why[2], bool *ret_changed);

/* daemon_board.c: when the board is brought up to date, sent to faces, and asked. */

/** Makes the board, whole; the publisher is the caller's to make. */
void daemon_board_start(struct daemon *d);
void daemon_board_stop(struct daemon *d);

/** After a commit: what changed is published within a second. */
void daemon_board_look(struct daemon *d);
/** There is something new for faces. */
void daemon_board_want(struct daemon *d);
/** The request of @ticket is answered with the status as of the end of a pass that begins from now
 * on. False: too many wait. */
bool daemon_board_ask(struct daemon *d, uint64_t ticket);

/** Gives up an archive that is being written. */
void daemon_archive_end(struct daemon *d);
/** Forgets what was sent of a file to be imported. */
void daemon_import_end(struct daemon *d);
/** Gives up a copy of the ledger that is being made. */
void daemon_copy_end(struct daemon *d);

/** The table for control_new; ctx is the daemon. */
extern const struct control_verb daemon_verbs[];

#endif
