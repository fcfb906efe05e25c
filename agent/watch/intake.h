/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_INTAKE_H
#define HM_WATCH_INTAKE_H

#include <jansson.h>

#include "base/text.h"
#include "model/model.h"

/** intake - a guest's reading line becomes a reading: bounds, subject, time. */

/* A guest's clock is ours; what lies further ahead was read from somewhere else and is wrong. */
enum { INTAKE_AHEAD_MS_MAX = 60 * 1000 };

/**
 * Decodes @line for @subject, received at @now. A time that the guest did not give, or that lies
 * ahead, is @now. 0; WIRE_E_BAD and @why.
 */
int intake_reading(const json_t *line, const char *subject, struct moment now, struct reading *ret,
    struct text *why);

/** A reading of our own about @subject; texts are copied. */
void intake_blind(const char *subject, const char *instance, const char *text, struct moment now,
    struct reading *ret);

#endif
