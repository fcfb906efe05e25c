/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SERVICE_FIND_H
#define HM_JUDGE_SERVICE_FIND_H

#include "judge/state.h"

/**
 * service_find - what a service was at a moment: its expressions over the trails of what they name.
 *
 * Nothing else goes into it: neither what was said before nor `hold`. Pure.
 */

struct service_finding {
    enum service_state state;
    /* The latest change of what it names at or before the moment, the first one after it; borrowed,
     * NULL: none. */
    const struct trail_piece *edge, *next;
    bool is_forgotten; /* a trail does not reach back so far: `state` is not known */
};

struct service_finding service_find(const struct judge *j, const struct service *sv, mono_ms at);

/** The subject in "subject/instance", NULL: none; names of subjects may hold slashes themselves. */
struct subject *service_split_name(
    const struct judge *j, const char *name, const char **ret_instance);

#endif
