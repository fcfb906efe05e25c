/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_PROGRAM_H
#define HM_WORKER_PROGRAM_H

#include "worker/guest.h"

/**
 * program - host->run: one program, no shell, bounded in time, output and offspring.
 *
 * The worker is a subreaper: what a program leaves behind (double fork, setsid) becomes a child of
 * ours when its parent ends. Children that are no running program of ours are killed, by pids that
 * cannot be reused because we have not reaped them.
 */

enum {
    PROGRAMS_MAX = 64,                /* of one worker at a time */
    PROGRAM_OUTPUT_MAX = 1024 * 1024, /* whatever a plugin asks for */
    PROGRAM_GRACE_MS = 2000,          /* between TERM and KILL */
    PROGRAM_TREE_MAX = 32             /* descendants of one worker */
};

/** Makes this process a subreaper. */
void program_adopt_orphans(void);

#endif
