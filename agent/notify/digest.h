/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_DIGEST_H
#define HM_NOTIFY_DIGEST_H

#include <jansson.h>

#include "record/tell.h"

/**
 * digest - what a brake counted, summed up: all of it by kind, severity and service, and the
 * subjects that are named most. Pure.
 */

enum { DIGEST_SUBJECTS = 8, DIGEST_SERVICES = 16, DIGEST_ROWS_MAX = 500 };

struct digest_part {
    char *name; /* "" : of none */
    uint64_t count;
};

struct digest {
    uint64_t total;
    uint64_t by_kind[3];     /* raised, reminder, cleared */
    uint64_t by_severity[4]; /* critical, warning, notice, blind: of what was not cleared */
    enum severity worst;
    struct digest_part services[DIGEST_SERVICES + 1]; /* the last one: all others, name NULL */
    size_t service_count;
    struct digest_part subjects[DIGEST_SUBJECTS + 1]; /* the same */
    size_t subject_count;
    json_t *rows; /* the first DIGEST_ROWS_MAX, as they were counted */
};

/** Rows must come with the most frequent first. */
void digest_add(struct digest *d, const struct digest_row *row);
void digest_deinit(struct digest *d);
/** The row of the ledger: {"destination","sequence","total","rows":[..]}; a new reference. */
json_t *digest_json(const struct digest *d, const char *destination, uint64_t sequence);

#endif
