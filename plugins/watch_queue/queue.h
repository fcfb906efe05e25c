/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_QUEUE_H
#define HM_WATCH_QUEUE_QUEUE_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#include "stage.h"

/** queue - one subject: its stages, and what was said of each. */

enum { STAGES_MAX = 64 };

struct queue;

/** Files that are not as they should be; how many there are is told at once when there are more. */
enum finding { FINDING_OVER_LIMIT, FINDING_MISMATCH, FINDING_EMPTY, FINDING_COUNT };

/** A stage, and what was said of it. */
struct watched {
    struct stage stage;
    struct queue *queue;
    char seen_key[40];
    bool report_due;                  /* when its pass ends */
    bool is_told;                     /* figures were reported: they must go blind with the rest */
    bool is_announced;                /* files are told: `announce` */
    bool may_have_errors;             /* an error_file stands that no error_cleared has answered */
    bool was_polled;                  /* that was said */
    uint64_t findings[FINDING_COUNT]; /* as last told */
    int64_t reported_at_ms;           /* boot clock; 0: never */
    uint64_t departures, arrivals;    /* at that time */
    int64_t burst_from_ms;
    unsigned burst, unsaid;
};

struct queue {
    const struct hm_host *host;
    struct watches *watches; /* NULL: no inotify here */
    struct watched *stages;
    size_t count;
    size_t turn; /* whose pass goes on next */
    int64_t recount_ms;
    struct hm_watch_handle *timer; /* the next slice */
    bool timer_is_set;
    struct hm_watch_handle *count_timer; /* the next slice of counting records */
    bool count_timer_is_set;
    size_t count_turn;        /* whose */
    int64_t overflow_said_ms; /* boot clock; 0: never */
};

#endif
