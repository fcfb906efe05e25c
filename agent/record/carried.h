/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_CARRIED_H
#define HM_RECORD_CARRIED_H

#include "record/store.h"

/** carried - rows that stay in the ledger though those around them were archived (archive.h). */

/**
 * SHA-256 over the carried rows up to @last: of each its recomputed hash, which holds all that it
 * says, and the hash before it; in order. *ret_count: how many. 0, RECORD_E_*, a fault.
 */
int carried_digest(struct record *r, uint64_t last, uint8_t ret[CHAIN_BYTES], uint64_t *ret_count);

/** Rows up to @last in the ledger, carried or not. */
int carried_rows_below(struct record *r, uint64_t last, uint64_t *ret_count);

#endif
