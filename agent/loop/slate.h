/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_LOOP_SLATE_H
#define HM_LOOP_SLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/**
 * slate - on which a worker notes the call that it is in, so that its supervisor is woken only
 * when the call takes too long.
 *
 * Two descriptors that both processes hold: a page of shared memory (memfd, sealed: nobody can
 * shrink it under the other) with the call, and a timer (timerfd) that the worker sets to the
 * call's deadline and takes back at its end. The kernel watches it: a worker that is stopped, or
 * stuck in state D, cannot hold it up, and a call that ends in time costs no message at all.
 *
 * The worker's plugin can write over the page: what is read is bounded, and no more than a claim
 * about its own call.
 */

enum {
    SLATE_INSTANCE_BYTES = 4096 + 1, /* as the wire has it, and a NUL */
    SLATE_TIMER_FD = 4,              /* their numbers in the worker .. */
    SLATE_PAGE_FD = 5                /* .. this one only until it has joined */
};

struct slate;

/** A call as the supervisor sees it. */
struct slate_call {
    int64_t id; /* the guest's; 0: none runs */
    char instance[SLATE_INSTANCE_BYTES];
    mono_ms last;     /* when a call last began or ended; 0: none yet */
    uint32_t turn;    /* differs after each begin and each end */
    span_ms deadline; /* 0: it may take any time */
};

/** The supervisor's side. 0, or a fault; both descriptors stay the slate's. */
int slate_new(struct slate **ret_slate);
int slate_page_fd(const struct slate *s);
/** Readable once a call is late, until the call ends or slate_late. */
int slate_timer_fd(const struct slate *s);
void slate_read(const struct slate *s, struct slate_call *ret);
/** Whether the call in @ret_call has had its time; said once, see slate_again. */
bool slate_late(struct slate *s, struct slate_call *ret_call);
/** The call that was late has its deadline anew. */
void slate_again(struct slate *s, const struct slate_call *call);

/** The worker's side: takes both descriptors. 0, or a fault. */
int slate_join(int page_fd, int timer_fd, struct slate **ret_slate);
/** A call into guest @id begins, or goes on to @instance (NULL: ""), for @deadline_ms (0: any
 * time). */
void slate_enter(struct slate *s, int64_t id, const char *instance, span_ms deadline_ms);
/** It ended. @for_now: the next one follows soon, the timer may stand as it is set until
 * slate_rest; should it fire before, the supervisor sets it anew. */
void slate_leave(struct slate *s, bool for_now);
/** No call follows soon: takes the timer back, unless one runs. */
void slate_rest(struct slate *s);
/** The call waits for the supervisor, which is not its fault; false: it has its deadline anew. */
void slate_wait(struct slate *s, bool waits);

/** Takes NULL, returns NULL. */
struct slate *slate_free(struct slate *s);

#endif
