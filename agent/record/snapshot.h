/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_SNAPSHOT_H
#define HM_RECORD_SNAPSHOT_H

#include <stdbool.h>

#include "record/record.h"

/**
 * snapshot - a copy of the ledger for reading, made while the ledger goes on (settled 22).
 *
 * SQLite's backup API, at most 64 pages a step, so that a loop's turn stays short. What is recorded
 * between two steps is in the copy as well. The copy of a WAL file is itself WAL, which nobody else
 * could open for reading: at the end it is turned into a plain file (journal_mode = DELETE).
 */

enum {
    SNAPSHOT_E_MORE = 100, /* call it again; beside RECORD_E_* */
    SNAPSHOT_PAGES = 64
};

struct snapshot;
/**
 * Begins a copy at @path, which must not exist (mode 0600). 0; RECORD_E_FULL: the disk has less
 * room left than twice the ledger's size; a fault. @r must outlive it.
 */
int snapshot_new(struct record *r, const char *path, struct snapshot **ret_snapshot);
/** One step. 0: the copy is whole and closed; SNAPSHOT_E_MORE; RECORD_E_FULL, a fault: it failed.
 */
int snapshot_step(struct snapshot *s);
/** Removes what was not finished. */
struct snapshot *snapshot_free(struct snapshot *s);

/** Whether @path is such a copy: a plain SQLite file, not one with a log. */
bool snapshot_is_copy(const char *path);
/** Opens a copy for reading only: nothing is written, not even beside it. As record_open; writes
 * fail. RECORD_E_NEWER also for a schema that is older than this program's. */
int snapshot_open(const char *path, struct record **ret_record);

#endif
