/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_SCHEMA_H
#define HM_RECORD_SCHEMA_H

/**
 * schema - the ledger file's tables, as the steps that lead from one version to the next.
 *
 * Entry n leads from version n (PRAGMA user_version) to n + 1. A released entry is never changed:
 * what comes later is another entry.
 */

extern const char *const schema_steps[];
extern const int schema_version;

#endif
