/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_REPLAY_FIGURES_H
#define HM_REPLAY_FIGURES_H

#include <jansson.h>

#include "base/text.h"
#include "record/record.h"
#include "settings/settings.h"

/** figures - the figures of a ledger's copy, by the arithmetic of the running daemon. */

struct figures_plan {
    const struct settings *settings;
    const char *service; /* NULL: all production services with an sla */
    const char *period;  /* label; NULL: month, quarter and fiscal year of as_of */
    const char *as_of;   /* RFC 3339; NULL: the copy's last sign of life */
};
enum { FIGURES_E_USAGE = 1 };
/** @record is taken. 0 and what the verb `sla` answers (docs/control.md), new reference;
 * FIGURES_E_USAGE and a sentence in @why (by language); a fault. */
int figures_run(const struct figures_plan *plan, struct record *record, json_t **ret_result,
    struct text why[2]);

#endif
