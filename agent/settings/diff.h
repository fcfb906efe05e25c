/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SETTINGS_DIFF_H
#define HM_SETTINGS_DIFF_H

#include <jansson.h>

/**
 * diff - what differs between two trees of settings (tree_json), value by value. Pure.
 *
 * Entries of lists are told apart by what they are called, not by their place: moving a watch is no
 * change. Secrets are "***" in both trees: that one changed is not seen here.
 */

/**
 * [{"path":"watch[engine].interval_s","before":60,"after":30}]: in the order of @before, then what
 * only @after has; null: not there. New reference.
 */
json_t *diff_json(const json_t *before, const json_t *after);

/**
 * Cuts what diff_json gave to what fits into a row of the ledger (32 KiB): texts over 512 bytes are
 * shortened, and what is over the limit is dropped from the end. Returns how many were dropped.
 */
size_t diff_shorten(json_t *changes);

#endif
