/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_AGREED_H
#define HM_RECORD_AGREED_H

#include <jansson.h>

#include "model/plan.h"
#include "record/record.h"

/**
 * agreed - planned work, exclusions, judgements and issues: rows of the ledger, held in memory.
 *
 * Each row says the whole value (kinds `work`, `exclusion`, `judgement`, `issue`); a correction is
 * a new row, of the same id for work and exclusions. Read at the first question, then kept up to
 * date; nothing is stored beside the chain.
 */

struct agreed {
    struct work *works; /* in order of id */
    size_t work_count;
    struct exclusion *exclusions; /* in order of id */
    size_t exclusion_count;
    struct judgement *judgements; /* in the order said */
    size_t judgement_count;
    struct issue *issues; /* in the order said */
    size_t issue_count;
};

/** Borrowed until the next write or rollback. 0, RECORD_E_CORRUPT or a fault. */
int record_agreed(struct record *r, const struct agreed **ret);
void agreed_free(struct agreed *a);

const struct work *agreed_work(const struct agreed *a, uint64_t id);
const struct exclusion *agreed_exclusion(const struct agreed *a, uint64_t id);
/** The last edition of @period of @service; NULL: none was issued. */
const struct issue *agreed_issue(const struct agreed *a, const char *service, const char *period);

/** Records @w (copied). With id 0 it is new and gets one. *ret_id may be NULL. */
int record_work(struct record *r, const struct work *w, struct moment now, uint64_t *ret_id);
int record_exclusion(
    struct record *r, const struct exclusion *e, struct moment now, uint64_t *ret_id);
int record_judgement(struct record *r, const struct judgement *j, struct moment now);
/** @figures (stolen) go into the row. */
int record_issue(struct record *r, const struct issue *i, json_t *figures, struct moment now);

#endif
