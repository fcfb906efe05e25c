/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_HISTORY_H
#define HM_RECORD_HISTORY_H

#include "model/model.h"
#include "record/record.h"
#include "record/sla_facts.h"

/**
 * history - the facts of all services as sla_compute wants them, in memory.
 *
 * Read from the ledger at the first question and kept up to date by what is recorded from then on:
 * figures are asked for each second, and ten thousand incidents of years are not read again each
 * time. Texts are left out: an incident takes 300 bytes, a state of a service 80.
 */

struct history;
struct history *history_new(void);
struct history *history_free(struct history *h);

void history_point(struct history *h, const struct service_point *point);
/** New or changed; known by its id. */
void history_incident(struct history *h, const struct incident *incident);
void history_step(struct history *h, wall_ms before, wall_ms after, mono_ms boot);
/** Sets all of @ret but `begin`; borrowed until the next call of this module. */
void history_facts(const struct history *h, const char *service, struct sla_facts *ret);

/** history_facts of what @r holds and what was agreed (agreed.h), the running transaction's rows
 * included; borrowed until the next write or rollback. 0, RECORD_E_CORRUPT or a fault. */
int record_facts(struct record *r, const char *service, struct sla_facts *ret);

#endif
