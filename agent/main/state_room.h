/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_MAIN_STATE_ROOM_H
#define HM_MAIN_STATE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "base/text.h"

/**
 * state_room - whether the folder of the ledger still has room: the agent's own disk is the first
 * that must not fill. What is full is told before the ballast (record/ballast.h) has to go.
 */

struct state_room {
    int64_t used;  /* bytes that the folder takes, files in its own folders included */
    int64_t free;  /* bytes that we may still write on its disk */
    int64_t whole; /* bytes of that disk */
    bool is_read_only;
};

/* Numbers, so that a rule can judge them; the others' own subjects count likewise. */
enum state_room_level { STATE_ROOM_NONE = 0, STATE_ROOM_LITTLE = 1, STATE_ROOM_GOOD = 2 };

/** Looks at @folder. 0, or a fault. */
int state_room_look(const char *folder, struct state_room *ret);

/**
 * Judges it. LITTLE: more than @most bytes are used (0: any number), or less than a twentieth of
 * the disk and 1 GiB is left; NONE: less than a hundredth and 128 MiB, or less than 16 MiB, or it
 * is read-only. Otherwise GOOD. @why (may be NULL) is told unless it is good.
 */
enum state_room_level state_room_judge(const struct state_room *room, const char *folder,
    int64_t most, enum language language, struct text *why);

#endif
