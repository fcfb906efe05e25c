/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_CODE_H
#define HM_SETTINGS_CODE_H

#include <stdbool.h>

#include "base/text.h"
#include "settings/settings.h"

/**
 * code - how bad a return code is. A product's codes are neither all bad nor all good when they are
 * not 0, so a rule says it code by code: ( "0: none", "1..4: warning", "0250-*: critical" ).
 */

/** "PATTERN: SEVERITY": PATTERN is a whole number, FROM..TO of whole numbers, or a glob(7) pattern
 * for codes that are no numbers; SEVERITY is none, notice, warning or critical. False leaves *ret
 * alone. The caller owns *ret (code_deinit). */
bool code_parse(const char *string, struct code *ret);
void code_deinit(struct code *c);
void code_copy(struct code *ret, const struct code *from);
/** Adds what code_parse reads back as the same. */
void code_add(struct text *t, const struct code *c);

/** How bad an event is by @rule whose code is @value: the first of its codes that fits, else (and
 * when the event has no code: NULL) the rule's `event`. Blanks around a number and zeros before it
 * do not matter. */
enum severity code_severity(const struct rule *rule, const char *value);

#endif
