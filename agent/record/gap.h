/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_GAP_H
#define HM_RECORD_GAP_H

#include <jansson.h>

#include "model/model.h"
#include "record/record.h"

/**
 * gap - what the time counts as in which the agent did not run (sla R10). Pure.
 *
 * The gap begins at the last sign of life. If the machine was booted within it, the services were
 * down from there to their first good check: the one thing that is inferred. Otherwise nothing is
 * known, and they were unmonitored until a person judges it with evidence.
 *
 * At a start the caller records one gap_point for each service and gives it to the judge, which
 * goes on from there.
 */

struct gap {
    struct moment from;
    bool rebooted;
    bool clock_went_back; /* the wall clock shows less than at the last sign of life: a step to be
                             recorded, from `from.wall` to now */
};

/** False: there was none (@now is the very instant of the last sign of life). */
bool gap_find(
    const struct record_alive *last, struct moment now, const char *boot_id, struct gap *ret);

/** What the gap says of @service: down or unmonitored from its start on. The caller frees. */
void gap_point(
    const struct gap *g, const char *service, struct moment now, struct service_point *ret);

/** Body of the ledger's row of kind gap; new reference. */
json_t *gap_json(const struct gap *g, struct moment now);

#endif
