/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_RECENT_H
#define HM_RECORD_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"

/**
 * recent - notices that were recorded a moment ago, until they are asked for: what goes out at once
 * need not be read back from its row and parsed. A help only; what is not here is in the ledger.
 *
 * Each sequence number has one place. An older one keeps it, because it goes out first, unless it
 * has been left there for RECENT_LAPS times all places. Long notices are not kept: all together are
 * at most some 6 MB, in a storm.
 */

enum { RECENT_PLACES = 4096, RECENT_TEXT_MAX = 1024, RECENT_LAPS = 16 };

struct recent;

/** Keeps a copy of @n. Makes *@recent at its first call. */
void recent_keep(struct recent **recent, const struct notice *n);
/** Hands notice @sequence out, the caller deinits it. False: it is not here. @r may be NULL. */
bool recent_take(struct recent *r, uint64_t sequence, struct notice *ret);
struct recent *recent_free(struct recent *r);

#endif
