/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_KEEP_H
#define HM_WORKER_KEEP_H

#include <jansson.h>

#include "base/text.h"

/**
 * keep - what a guest wants to find again after a restart: texts by key.
 *
 * A value is seen at once by who asks for it and waits to be sent to the daemon. A busy guest keeps
 * the same few keys with each reading, so an entry stays where it is and its room is used again.
 */

struct keep;

/** With what the daemon had saved: an object of texts, borrowed; NULL: nothing. */
struct keep *keep_new(const json_t *saved);
struct keep *keep_free(struct keep *k);

/** The value of @key, valid until it is set again; NULL: none. */
const char *keep_get(const struct keep *k, const char *key);

/** Sets @key to @value, NULL: forgets it. Bytes that are not UTF-8 become U+FFFD. */
void keep_set(struct keep *k, const char *key, const char *value);

/** What the waiting values may take in a line, escaped; 0: none waits. */
size_t keep_waiting_bytes(const struct keep *k);

/** Adds the waiting values to a line, {"key":"value","forgotten":null}; none waits afterwards. */
void keep_write(struct keep *k, struct text *line);

#endif
