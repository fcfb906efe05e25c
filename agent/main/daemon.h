/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_DAEMON_H
#define HM_MAIN_DAEMON_H

#include "expose/control.h"
#include "expose/publisher.h"
#include "loop/loop.h"
#include "main/pipeline.h"
#include "settings/guest.h"
#include "watch/supervisor.h"

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
    struct timer *board_timer;
    mono_ms board_at; /* when the board was published last */
    struct timer *watchdog_timer;
    struct signal_watch *signals[4];
    struct clock_watch *clock_watch;
    struct archiving *archiving; /* of old years; NULL: none */
    struct copy *copy;           /* of the ledger, being made; NULL: none */
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

/** Makes board rows true now, and sends them to faces when a second has passed. */
void daemon_refresh_board(struct daemon *d);

/** Gives up an archive that is being written. */
void daemon_archive_end(struct daemon *d);
/** Gives up a copy of the ledger that is being made. */
void daemon_copy_end(struct daemon *d);

/** The table for control_new; ctx is the daemon. */
extern const struct control_verb daemon_verbs[];

#endif
