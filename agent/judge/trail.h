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
 * are kept: as many as may change while a run of readings is not confirmed yet. {0} is "nothing
 * was said" and holds no memory. Pure.
 */

enum {
    TRAIL_PIECES = 1024 /* as long as the longest run: what a check each minute does in 17 h */
};

struct trail_piece {
    struct moment from;
    enum truth truth;
    struct moment last_good; /* of TRUTH_YES: the last good observation before; {0}: none */
};

struct trail {
    struct trail_piece *pieces; /* oldest first */
    size_t count, room;
    bool is_cut; /* there were older pieces */
    enum truth cut;
};

/** Forgets everything. */
void trail_deinit(struct trail *p);

/** From @piece.from on it is @piece.truth, whatever was said before of that time. */
void trail_say(struct trail *p, struct trail_piece piece);

/** What it was at @boot; @before: what it was before anything was said. */
enum truth trail_at(const struct trail *p, mono_ms boot, enum truth before);

/** The latest piece that begins at or before @boot, the first that begins after it; NULL: none.
 * Cost O(log n). */
const struct trail_piece *trail_edge(const struct trail *p, mono_ms boot);
const struct trail_piece *trail_next(const struct trail *p, mono_ms boot);

#endif
