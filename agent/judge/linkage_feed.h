/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_LINKAGE_FEED_H
#define HM_JUDGE_LINKAGE_FEED_H

#include "judge/state.h"

/**
 * linkage_feed - finds the linkages that an event is about.
 *
 * A feed is all that hangs on one metric of one subject; a triple knows its feed, so readings that
 * feed nothing pay for a NULL pointer. Within a feed, linkages whose `match` names a value without
 * a pattern are found by that value: thousands of linkages on one log cost one look-up for each
 * field that they tell themselves apart by. The others are tried one by one.
 */

enum feed_role { FEED_ARRIVAL, FEED_START, FEED_FAILURE };

/** Makes the feeds of all linkages anew, and tells all triples. */
void linkage_feeds_build(struct judge *j);
void linkage_feeds_free(struct judge *j);

/** NULL: nothing hangs on it. */
const struct feed *linkage_feed_find(
    const struct judge *j, const char *subject, const char *metric);

/** Calls @fn for each linkage that @r is about. @fn must not change the feeds. */
void linkage_feed_each(const struct feed *f, const struct reading *r,
    void (*fn)(void *arg, struct linkage *k, enum feed_role role), void *arg);

#endif
