/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_REPLAY_REPLAY_H
#define HM_REPLAY_REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "base/text.h"
#include "settings/settings.h"

/**
 * replay - recorded readings through the real judge, record and routes, on virtual time.
 *
 * Input and output as in docs/replay.md. Time jumps from line to line and to whatever is due
 * between them; nothing sleeps.
 */

struct replay_plan {
    const struct settings *settings;
    const char *const *periods; /* labels; none: the contract periods that the input touches */
    size_t period_count;
    const char *as_of; /* RFC 3339; NULL: end of input, or `until` */
    const char *until;
};
enum { REPLAY_E_INPUT = 1, REPLAY_E_USAGE = 2 /* the plan: a period or time that is none */ };
/** Reads @in to its end. 0 and a new reference; REPLAY_E_INPUT and "LINE: what is wrong; what is
 * accepted" in @why (by language), or REPLAY_E_USAGE and a sentence. */
int replay_run(const struct replay_plan *plan, FILE *in, json_t **ret_document, struct text why[2]);

#endif
