/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_REDACT_ROW_H
#define HM_NOTIFY_REDACT_ROW_H

#include <jansson.h>

#include "notify/redact.h"

/**
 * redact_row - rows of the ledger as they may leave the host.
 *
 * Each text of a row's body is redacted, whatever its name: as a person's words in commands, in the
 * configuration and where people write about an incident; else as a record's. Notices stand as they
 * were told, but for numbers and patterns. Hashes and UUIDs are left alone: twelve digits in a row
 * are nobody's number in them.
 */

/** Redacts all texts in @value, at any depth. Whether there was something to hide. */
bool redact_json(const struct redact_settings *r, enum redact_source source, json_t *value);

/**
 * @line is of record/export.h. If there was something to hide it gets the member `redacted` (true):
 * its `hash` is still that of the whole row, which nobody can compute from it any more.
 */
void redact_row(const struct redact_settings *r, json_t *line);

#endif
