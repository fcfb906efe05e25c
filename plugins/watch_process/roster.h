/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_PROCESS_ROSTER_H
#define HM_WATCH_PROCESS_ROSTER_H

#include <hashimori/plugin.h>

#include "criteria.h"

/**
 * roster - which of the machine's processes are the subject's, kept up to date cheaply.
 *
 * A scan reads only what it does not know yet: pids that are new, processes that were younger than
 * five seconds (they may still exec into something else), and from time to time everything. The
 * kernel hands pids out in turn, so those that may have come to mean another process since the
 * last scan are known exactly (procfs.h): they are read again, all of them when the pids have gone
 * round once, and when they are few, /proc is not even listed. (Whoever chooses his pid, as a
 * restored checkpoint does, is found by the next list.) Processes that matched are read each time
 * anyway, for their figures; (boot, pid, start time) is their identity.
 */

/** A process that matches. Owned by the roster; the watcher's part is the owner's to fill. */
struct process {
    struct process *next;
    struct proc_stat stat; /* as last read */
    bool ended;            /* a zombie, or gone but not yet noticed by a scan */
    bool is_child;         /* of another process of the subject: a worker, not a restart */
    bool is_measured;      /* cpu_before is of an earlier check */
    uint64_t cpu_before;
    ssize_t fd_limit;               /* of the figures; -1: not asked yet */
    bool is_shown;                  /* it has readings of its own .. */
    char name[PROC_COMM_BYTES + 1]; /* .. under this name */
    uint64_t seen;                  /* number of the scan that saw it last */
    /* of the watcher */
    void *watcher;
    struct hm_watch_handle *handle;
    int pidfd; /* -1: none */
};

/** Told about processes as scans find them. `left`: frees what the watcher added. */
struct roster_sink {
    void *ctx;
    void (*joined)(void *ctx, struct process *p);
    void (*left)(void *ctx, struct process *p);
};

struct roster;

/**
 * @proc_fd, @criteria and @pid_file (NULL: all processes are candidates) are borrowed.
 * @reread_ms: how often everything is read anew. NULL when out of memory.
 */
struct roster *roster_new(int proc_fd, const struct criteria *criteria, const char *pid_file,
    int64_t reread_ms, const struct roster_sink *sink);
struct roster *roster_free(struct roster *r);

/** Looks once. 0; -errno when it could not: what stood before stays. */
int roster_scan(struct roster *r, int64_t boot_ms);

/** The event of @p's end has come. */
void roster_ended(struct roster *r, struct process *p);

/** First of the processes, or NULL. Zombies are among them (ended). */
struct process *roster_first(const struct roster *r);
/** How many live. O(1). */
size_t roster_alive(const struct roster *r);
/** How many processes the last scan read. */
size_t roster_reads(const struct roster *r);

/** Processes of which the last scan could not tell whether they match. */
size_t roster_unreadable(const struct roster *r);
/** Whether a pattern reached its match limit since the last call. */
bool roster_hit_limit(struct roster *r);

/**
 * How often since the last call a process that is no other's child ended and another took its
 * place.
 */
size_t roster_take_restarts(struct roster *r);

enum { ROSTER_TEXT_BYTES = 1024 };

/**
 * Who lives now, as text to be kept over a restart of ours; "" when they are too many.
 * @ret has ROSTER_TEXT_BYTES.
 */
void roster_write(const struct roster *r, char *ret);
/** Before the first scan: who lived when @text was written, in this boot of the machine or not. */
void roster_read(struct roster *r, const char *text);

#endif
