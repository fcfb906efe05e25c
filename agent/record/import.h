/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_IMPORT_H
#define HM_RECORD_IMPORT_H

#include "record/record.h"

/**
 * import - rows of an export or archive (export.h) go into this ledger as what they are: another's.
 *
 * Each becomes a row of kind `import`:
 * {"provenance":{"file","who","base","seq","hash"},"at","kind","body"}, so that the chain holds
 * who brought it in and from where; a judgement also says as `gap_row` which of our rows its gap
 * is. Before the first stands a row `import.begin`, whose number is `base`, behind the last a row
 * `import.end`: an import that was broken off between its steps counts for nothing.
 *
 * Figures count imported states of services and incidents before all of the ledger's own; between
 * the last imported row and the first of our own nothing is known. Planned work, exclusions,
 * judgements of gaps and issued figures count as they did there, under ids of their own, and from
 * the time at which they were said there.
 *
 * Refused: a file whose hashes do not verify, that is here already, or that reaches into the time
 * of the ledger's own rows.
 */

/** What another ledger's @id (of an incident, of planned work, of an exclusion) is here:
 * provenance.base << IMPORT_ID_BITS | id, and so above all of our own; 0 stays 0. */
enum { IMPORT_ID_BITS = 22 };
uint64_t import_id(uint64_t base, uint64_t id);
enum {
    IMPORT_E_BAD = 100, /* beside RECORD_E_* */
    IMPORT_E_KNOWN = 101,
    IMPORT_E_OVERLAP = 102,
    IMPORT_E_MORE = 103
};

struct import;
/** @name: of the file, for the rows; NULL: that of @path. @r must outlive it. 0 or a fault. */
int import_new(struct record *r, const char *path, const char *name, const char *who,
    struct import **ret_import);
/** One step of at most 256 rows: all are checked first, then written. IMPORT_E_MORE: the caller
 * commits and calls it again; 0: it is done, the caller commits. Else it was refused or has failed;
 * what was written before counts for nothing. @why: what is wrong with a bad file. */
int import_step(struct import *i, struct moment now, struct text *why);
/** Rows that were taken in. */
uint64_t import_rows(const struct import *i);
struct import *import_free(struct import *i);

/** All of @path in one transaction; before it the caller commits what runs. */
int import_run(struct record *r, const char *path, const char *name, const char *who,
    struct moment now, uint64_t *ret_rows, struct text *why);

/** The numbers `base` of imports that were broken off; the caller frees. */
int import_broken(struct record *r, uint64_t **ret_bases, size_t *ret_count);
/** Whether @base is one of them. */
bool import_is_broken(const uint64_t *bases, size_t count, uint64_t base);

#endif
