/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_JOBQUEUE_STATES_H
#define HM_WATCH_JOBQUEUE_STATES_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/** states - the states of a job as the configuration names them. */

enum { STATES_MAX = 64 };

struct state {
    const char *name;
    bool is_error, is_done;
    const struct hm_host *group; /* its options */
};

struct states {
    struct state list[STATES_MAX];
    size_t count;
};

/** Reads the groups `states` of @host; more than STATES_MAX are not taken. */
void states_read(struct states *s, const struct hm_host *host);

/** The state whose `match` has @value, or whose name it is where it has no `match`; NULL: none. */
const struct state *states_of_value(const struct states *s, const char *value);

/** The state called @name, or NULL. */
const struct state *states_find(const struct states *s, const char *name);

#endif
