/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_ARCHIVE_H
#define HM_RECORD_ARCHIVE_H

#include "record/record.h"

/**
 * archive - old rows go from the ledger into a file that proves itself (export.h, gzip).
 *
 * In this order: the rows are written, the file is synced and named, it is read again and checked;
 * only then one transaction appends a row of kind `archive` (first and last row, the hashes around
 * them, the file), takes the rows out, and remembers where the chain goes on. What is still needed
 * stays, as *carried* rows: what was said last of each service, open incidents, notices that wait,
 * planned work, exclusions, judgements and issued figures. Each is kept with the hash before it,
 * and the archive row holds a digest of all of them: record_verify checks them like any other row.
 */

enum {
    ARCHIVE_E_MORE = 100,   /* call it again; beside RECORD_E_* */
    ARCHIVE_E_NOTHING = 101 /* no row is so old */
};

struct archive;
/** Begins one of all rows before @before, in @folder (made if absent, 0700), ordered by @who. @r
 * must outlive it. */
int archive_new(struct record *r, wall_ms before, const char *folder, const char *who,
    struct archive **ret_archive);
/** One step of at most a thousand rows. 0: it is done and committed; ARCHIVE_E_MORE;
 * RECORD_E_FULL, RECORD_E_CORRUPT (the file could not be read back as it was written), a fault:
 * the ledger is as it was. The last step is the transaction itself. */
int archive_step(struct archive *a, struct moment now);
/** What was archived; borrowed. */
struct archive_summary {
    uint64_t first, last;
    const char *path;
};
struct archive_summary archive_summary(const struct archive *a);
/** Removes the file of one that was not done. */
struct archive *archive_free(struct archive *a);

#endif
