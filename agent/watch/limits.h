/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_LIMITS_H
#define HM_WATCH_LIMITS_H

#include "base/clock.h"

/** limits - the supervisor's times and numbers in one place. */

struct watch_limits {
    span_ms delay_first, delay_most; /* back-off after a fault */
    span_ms good_run;                /* one that ran this long starts again at once */
    span_ms budget_within;           /* more than `budget` faults in it are too many */
    unsigned budget;
    span_ms hello;          /* loading the plugin may take this long */
    span_ms silence;        /* one that was asked must say something within it */
    span_ms reap;           /* SIGKILL must have worked after it, or the worker is abandoned */
    span_ms term, kill;     /* after the stop line */
    span_ms retry_hung;     /* an instance that hung is tried again after it .. */
    span_ms retry_stuck;    /* .. and after this, when not even SIGKILL ended it */
    span_ms retry_refused;  /* a guest that would not open is asked again */
    span_ms retry_failed;   /* a worker that failed too often is tried again after it */
    span_ms away_events;    /* "interval" of a watch without one, for going blind */
    unsigned falls_most;    /* crashes in one guest's calls within budget_within: it is left out */
    unsigned stuck_most;    /* abandoned processes of a worker; then no successor is started */
    unsigned flood_rate;    /* readings a second .. */
    unsigned flood_seconds; /* .. for this long */
};

/** What the daemon uses; tests shorten it. */
struct watch_limits watch_limits_default(void);

#endif
