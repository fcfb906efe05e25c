/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_BACKLOG_H
#define HM_MAIN_BACKLOG_H

#include <jansson.h>
#include <stdbool.h>

#include "model/model.h"

/**
 * backlog - readings that wait, in order, until the judge has done what was due before them.
 *
 * When thousands of deadlines fall on one instant they are worked off over many turns of the loop.
 * A reading that comes meanwhile must not overtake them. What waits here was not acknowledged to
 * its worker, so credit bounds it.
 */
struct backlog {
    struct waiting *first;
    struct waiting **last; /* where the next one is hung in */
};

bool backlog_is_empty(const struct backlog *b);
/** Copies @reading (NULL: only @keep); @keep may be NULL. */
void backlog_add(
    struct backlog *b, const struct reading *reading, const char *subject, const json_t *keep);
/** Takes the oldest out and hands it to @fn. False: there is none. */
bool backlog_take(struct backlog *b,
    void (*fn)(void *arg, const struct reading *reading, const char *subject, const json_t *keep),
    void *arg);
/** Forgets all. */
void backlog_deinit(struct backlog *b);

#endif
