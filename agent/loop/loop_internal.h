/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_LOOP_LOOP_INTERNAL_H
#define HM_LOOP_LOOP_INTERNAL_H

#include <event2/event.h>

#include "loop/loop.h"

/** What the files of this folder share; nobody else includes it. */

struct loop {
    struct event_base *base;
    struct loop_deferred *deferred_first;
    struct loop_deferred **deferred_last;
    bool stopping;
    int64_t turn_began_us; /* 0: no callback yet in this turn */
    int64_t longest_us;
    struct child *children; /* all that run, forgotten ones too */
    struct signal_watch *child_signal;
};

/** Every callback of libevent begins with this: it is how the length of a turn is known. */
void loop_enter(struct loop *l);

#endif
