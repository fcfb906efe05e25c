/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_LEDGER_H
#define HM_CTL_LEDGER_H

#include "calendar/calendar.h"
#include "ctl/ctl.h"
#include "ctl/local_settings.h"
#include "record/record.h"

/** ledger - the ledger's file, read by the command line itself while no daemon runs. */

struct offline {
    struct record *record;
    struct zone *zone;
    struct local_settings local;
};

/**
 * Opens what --ledger names, or the configuration's. A copy (snapshot.h) is opened for reading
 * only; of anything else the daemon's lock is taken, or it fails: two programs never read and
 * write one ledger. Returns the exit code; the caller calls ledger_close either way.
 */
int ledger_open(const struct ctl *c, struct offline *ret);
void ledger_close(struct offline *o);

/** Checks the export or archive at @path by itself; @head may be NULL. Returns the exit code. */
int ledger_verify_file(struct ctl *c, const char *path, const char *head);

#endif
