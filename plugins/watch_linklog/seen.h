/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_SEEN_H
#define LINKLOG_SEEN_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * seen - which records of a listing were told already, over restarts: 48 bits of a hash of each.
 *
 * They are kept in pages of 1,000, so that one more is not all anew. When all pages are full those
 * that the newest listing did not have go first, the oldest before the others.
 */

enum { SEEN_MAX = 8000, SEEN_PAGE = 1000 };

struct seen;

/** Reads what @host kept. 0 or -ENOMEM. */
int seen_new(const struct hm_host *host, struct seen **ret_seen);
struct seen *seen_free(struct seen *s);

/** Whether anything was ever kept: false before the first listing. */
bool seen_any(const struct seen *s);

/** Between begin and end stand the records of one listing. */
void seen_begin(struct seen *s);
/** True: it was there before, or in this listing. */
bool seen_has(struct seen *s, uint64_t hash);
/** Adds one that is new and keeps its page. False: a listing has more than SEEN_MAX records. */
bool seen_add(struct seen *s, uint64_t hash);
/** Keeps all pages if there is nothing yet. */
void seen_end(struct seen *s);

/** A hash that goes on from @hash (0: the first) over @bytes (FNV-1a, 64 bits). */
uint64_t seen_hash(uint64_t hash, const char *bytes, size_t length);

#endif
