/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_TRAIL_H
#define HM_JUDGE_TRAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "judge/logic.h"

/**
 * trail - how something came to be what it is: pieces of time, each until the next.
 *
 * What becomes known late is said of earlier time: the pieces from there on go. Only the newest
 * are kept; services ask about the time since their last change, seldom about more. A plain value,
 * {0} is "nothing was said". Pure.
 */

enum { TRAIL_PIECES = 16 };

struct trail_piece {
    struct moment from;
    enum truth truth;
};

struct trail {
    struct trail_piece pieces[TRAIL_PIECES]; /* oldest first */
    size_t count;
    bool is_cut; /* there were older pieces */
    enum truth cut;
};

/** From @from on it is @truth, whatever was said before of that time. */
void trail_say(struct trail *p, enum truth truth, struct moment from);

/** What it was at @boot; @before: what it was before anything was said. */
enum truth trail_at(const struct trail *p, mono_ms boot, enum truth before);

/** The latest piece that begins at or before @boot, the first that begins after it; NULL: none. */
const struct trail_piece *trail_edge(const struct trail *p, mono_ms boot);
const struct trail_piece *trail_next(const struct trail *p, mono_ms boot);

#endif
