/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_STORY_H
#define HM_MAIN_STORY_H

#include <jansson.h>

#include "calendar/calendar.h"
#include "model/model.h"

/**
 * story - what happened to one incident, in order: observations, notices, receipts and commands.
 *
 * Entries of the same moment keep the order in which they were added. Over STORY_MAX the oldest are
 * left out.
 */

enum { STORY_MAX = 1000 };

struct story;

/** Borrows @zone. */
struct story *story_new(const struct zone *zone);
/** @kind "transition" "notice" "receipt" "command" "refused"; @what: which. Texts are copied. */
void story_add(struct story *s, wall_ms at, const char *kind, const char *what, const char *who,
    const char *text);
/** The moments of @i that have come. */
void story_add_incident(struct story *s, const struct incident *i);
/** @notices: NOTICE with deliveries (docs/control.md); deliveries that wait are left out. */
void story_add_notices(struct story *s, const json_t *notices);
/** [{"at","kind","what","who","text"}] in order, a new reference; frees @s. */
json_t *story_take(struct story *s);

#endif
