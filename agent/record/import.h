/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_IMPORT_H
#define HM_RECORD_IMPORT_H

#include "record/record.h"

/**
 * import - rows of an export or archive (export.h) go into this ledger as what they are: another's.
 *
 * Each becomes a row of kind `import`:
 * {"provenance":{"file","who","base","seq","hash"},"at","kind", "body"}, so that the chain holds
 * who brought it in and from where. Figures count imported states of services and incidents before
 * all of the ledger's own; between the last imported row and the first of our own nothing is known.
 * Planned work and exclusions are not taken over: they are agreed anew.
 *
 * Refused: a file whose hashes do not verify, that is here already, or that reaches into the time
 * of the ledger's own rows.
 */

/** Ids of imported incidents: provenance.base << IMPORT_ID_BITS | id. */
enum { IMPORT_ID_BITS = 22 };
enum { IMPORT_E_BAD = 100, IMPORT_E_KNOWN = 101, IMPORT_E_OVERLAP = 102 /* beside RECORD_E_* */ };

/** All of @path in one transaction. @why: what is wrong with a bad file. */
int import_run(struct record *r, const char *path, const char *who, struct moment now,
    uint64_t *ret_rows, struct text *why);

#endif
