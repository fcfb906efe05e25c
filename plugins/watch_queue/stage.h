/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_STAGE_H
#define HM_WATCH_QUEUE_STAGE_H

#include <hashimori/plugin.h>

#include "counting.h"
#include "files.h"
#include "lines.h"
#include "names.h"
#include "pending.h"
#include "watches.h"

/**
 * stage - one folder of a spool (in, work, out, error, done), and what is in it.
 *
 * Events keep the count (watches.h); a *pass* finds the truth (pass.c): it reads the folders with
 * getdents64 and asks statx only for what it does not know. A pass goes on in steps, so that a
 * million files hold nobody up; events go on changing the stage between two steps.
 *
 * How many records a file holds, and whether that is what was announced, is asked once it is
 * complete (content.h); where lines must be counted for it, that goes on in steps as well
 * (counting.h).
 *
 * A file counts once it is complete: closed after writing, or moved here, or unchanged (ctime) for
 * `settle`; with `pair` once its pair file is there. Names of `temporary` are files that are being
 * written, whatever happens to them; names that `ignore` matches are not there at all.
 */

struct stage;

/** Told when a file is complete: by event, or found by a pass. @path is relative to the stage;
 * @records: FILE_RECORDS_UNKNOWN where it is not known or not asked for. */
struct stage_sink {
    void *ctx;
    void (*arrived)(void *ctx, struct stage *s, const char *path, uint64_t size, uint32_t records);
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

enum stage_age { AGE_MTIME, AGE_CTIME, AGE_NAME };

/** As configured; texts are the host's. */
struct stage_settings {
    const char *name;
    const char *path;
    bool is_error, is_done, is_work, is_recursive, is_optional;
    enum stage_age age;
    const char *name_time; /* AGE_NAME: fixed_time */
    int64_t settle_ms;
    bool settles_always;                        /* a close is not enough */
    const char *pair;                           /* what the pair's name ends in; NULL: none */
    bool pair_replaces;                         /* ... in place of the last ".xyz" */
    const char *name_records, *trailer_records; /* facts_number; NULL: not asked */
    const char *pair_records, *pair_bytes;      /* facts_line of the pair; NULL: not asked */
    uint64_t record_bytes;                      /* 0: not asked */
    enum lines_form count_lines;
    uint64_t skip_lines;
    bool needs_records;                  /* a file without one is a failure */
    uint64_t limit_records, limit_bytes; /* 0: none */
    struct names ignore, pattern, temporary;
};

/** What is there. */
struct stage_sums {
    uint64_t depth, bytes, zero_files, writing; /* all but `writing` of complete files */
    uint64_t records, uncounted;                /* files whose number of records is not known */
    uint64_t over_limit, mismatched, empty;
};

/** A file that holds something else than was announced. */
struct stage_mismatch {
    char name[256];
    uint64_t announced, found;
    bool is_bytes; /* else records */
};

/** The pass that runs. */
struct stage_pass {
    bool is_running;
    bool asks_all;       /* statx of known files too */
    bool is_polled;      /* what is_polled of the stage will be */
    int polled_why;      /* -errno; 0: a network file system */
    struct folder *last; /* being read, or read last; NULL: none yet */
    int fd;              /* of the folder that is being read; -1: none is */
    char *listing;
    long length, at;
    bool is_sweeping; /* all was read: what it did not see goes */
    size_t swept;
    int64_t began_ms; /* boot clock */
    uint64_t unheld;  /* files over FILES_MAX */
};

struct stage {
    struct stage_settings set;
    struct stage_sink sink;
    struct watches *watches; /* the queue's; NULL: none */
    /* what is there */
    struct files files;
    struct folder *folders; /* the stage's own first */
    size_t folder_count;
    struct stage_sums sums;
    uint64_t unheld;
    uint64_t arrivals, departures; /* since the start */
    struct pending pending;
    /* the name of the file `named_key`, so that the oldest has one */
    uint64_t named_key;
    int64_t named_ms;
    char named[256];                            /* "": not known */
    char over_limit_name[256], empty_name[256]; /* the last ones */
    struct stage_mismatch mismatch;
    struct counting counting;
    /* passes */
    struct stage_pass pass;
    uint32_t pass_number;
    int64_t passed_at_ms, pass_took_ms; /* boot clock; 0: never */
    bool has_passed;                    /* at least one pass was whole */
    bool wants_pass;                    /* events were lost, or folders came or went */
    bool lost_events;                   /* the next pass must ask everything */
    bool is_polled; /* events do not tell all: a network file system, or no watch left */
    int polled_why;
    int blind; /* -errno of the last pass; 0: it was whole */
    char blind_path[256];
    int64_t known_since_ms; /* first pass: what arrived after this (wall clock) is news; 0: none */
};

/** Settings from @group. 0 or -ENOMEM; stage_deinit in both cases. */
int stage_init(struct stage *s, const struct hm_host *group, struct watches *watches,
    const struct stage_sink *sink, uint64_t seed);
void stage_deinit(struct stage *s);

/** Begins a pass; one that runs is given up. */
void stage_pass_begin(struct stage *s, int64_t boot_ms);

enum {
    STAGE_E_MORE = 1,
    STAGE_E_LATER /* the kernel is busy with a large folder: call again after some milliseconds */
};

/**
 * Goes on with the pass for about @budget_ms. 0 when it ended: then `blind` says whether it could
 * look. STAGE_E_MORE: call again; STAGE_E_LATER: call again in a while.
 */
int stage_pass_step(struct stage *s, int64_t wall_ms, int64_t boot_ms, int64_t budget_ms);

/** Whether records wait to be counted. */
bool stage_has_to_count(const struct stage *s);

/** Goes on counting records for about @budget_ms; arrivals that waited for it are told. */
void stage_count_step(struct stage *s, int64_t budget_ms);

/** Takes in an event of @folder (watches_fn). */
void stage_event(struct folder *folder, uint32_t mask, const char *name, int64_t wall_ms);

/** Asks the files that are not complete yet again; nothing while a pass runs, which does. */
void stage_review(struct stage *s, int64_t wall_ms);

/** Time of the oldest complete file and its name ("": not known); false if there is none. */
bool stage_oldest(struct stage *s, int64_t *ret_ms, const char **ret_name);

/** When the file that stands half-written for the longest was last written to; false: there is
 * none. */
bool stage_half_written(struct stage *s, int64_t *ret_ms, const char **ret_name);

/** Whether files that are not complete are not all held by name: only a pass can tell. */
bool stage_has_unnamed(const struct stage *s);

#endif
