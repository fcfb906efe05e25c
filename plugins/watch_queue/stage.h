/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_STAGE_H
#define HM_WATCH_QUEUE_STAGE_H

#include <hashimori/plugin.h>

#include "files.h"
#include "names.h"
#include "watches.h"

/**
 * stage - one folder of a spool (in, work, out, error, done), and what is in it.
 *
 * Events keep the count (watches.h); a *pass* finds the truth: it reads the folders with
 * getdents64 and asks statx only for what it does not know. A pass goes on in steps, so that a
 * million files hold nobody up; events go on changing the stage between two steps.
 *
 * A file counts once it is complete: closed after writing, or moved here, or unchanged (ctime)
 * for `settle`. Names that `ignore` matches are not there at all.
 */

struct stage;

/** Told when a file is complete: by event, or found by a pass. @path is relative to the stage. */
struct stage_sink {
    void *ctx;
    void (*arrived)(void *ctx, struct stage *s, const char *path, uint64_t size);
};

/** A folder of the stage. */
struct folder {
    struct folder *next;
    struct stage *stage;
    char *path; /* absolute */
    uint64_t key;
    unsigned level; /* 0: the stage's own */
    int watch;      /* -1: not followed */
    uint32_t pass;
};

/** The pass that runs. */
struct stage_pass {
    bool is_running;
    bool asks_all;       /* statx of known files too */
    bool is_polled;      /* what is_polled of the stage will be */
    struct folder *last; /* being read, or read last; NULL: none yet */
    int fd;              /* of the folder that is being read; -1: none is */
    char *listing;
    long length, at;
    int64_t began_ms; /* boot clock */
    uint64_t unheld;  /* files over FILES_MAX */
};

struct stage {
    /* settings; texts are the host's */
    const char *name;
    const char *path;
    bool is_error, is_done, is_recursive, is_optional, by_ctime;
    int64_t settle_ms;
    struct names ignore, pattern;
    struct stage_sink sink;
    struct watches *watches; /* the queue's; NULL: none */
    /* what is there */
    struct files files;
    struct folder *folders; /* the stage's own first */
    size_t folder_count;
    uint64_t depth, bytes, zero_files, writing; /* depth counts complete files */
    uint64_t unheld;
    uint64_t arrivals, departures; /* since the start */
    /* the oldest complete file; unknown after it left, until stage_oldest looks */
    bool knows_oldest;
    uint64_t oldest_key;
    int64_t oldest_ms;
    char oldest_name[256];
    /* passes */
    struct stage_pass pass;
    uint32_t pass_number;
    int64_t passed_at_ms, pass_took_ms; /* boot clock; 0: never */
    bool has_passed;                    /* at least one pass was whole */
    bool wants_pass;                    /* events were lost, or folders came or went */
    bool lost_events;                   /* the next pass must ask everything */
    bool is_polled; /* events do not tell all: a network file system, or no watch left */
    int blind;      /* -errno of the last pass; 0: it was whole */
    char blind_path[256];
    int64_t known_since_ms; /* first pass: what arrived after this (wall clock) is news; 0: none */
};

/** Settings from @group. 0 or -ENOMEM; stage_deinit in both cases. */
int stage_init(struct stage *s, const struct hm_host *group, struct watches *watches,
    const struct stage_sink *sink, uint64_t seed);
void stage_deinit(struct stage *s);

/** Begins a pass; one that runs is given up. */
void stage_pass_begin(struct stage *s, int64_t boot_ms);

enum { STAGE_E_MORE = 1 };

/**
 * Goes on with the pass for about @budget_ms. 0 when it ended: then `blind` says whether it could
 * look. STAGE_E_MORE: call again.
 */
int stage_pass_step(struct stage *s, int64_t wall_ms, int64_t boot_ms, int64_t budget_ms);

/** Takes in an event of @folder (watches_fn). */
void stage_event(struct folder *folder, uint32_t mask, const char *name, int64_t wall_ms);

/** Time of the oldest complete file and its name ("": not known); false if there is none. */
bool stage_oldest(struct stage *s, int64_t *ret_ms, const char **ret_name);

/** Whether a file that was being written may have settled since: only a pass can tell. */
bool stage_has_unsettled(const struct stage *s);

#endif
