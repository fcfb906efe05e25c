/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SERVICE_SAID_H
#define HM_JUDGE_SERVICE_SAID_H

#include "judge/state.h"

/**
 * service_said - what was said of a service, kept equal to what is known of it.
 *
 * Readings are credited back: an outage began with the first failed reading of its run, it ended
 * with the first good one. So the past may change as long as a run is not confirmed, and whenever
 * it does, all that is different is said again from the first difference on ("from here on it was
 * so"): rows are only added. What is said is the expressions' answer and nothing else, so that it
 * does not depend on the order in which things became known.
 *
 *  - What was detected stays detected: an outage that is said again with another beginning or end
 *    keeps its detection and its incident; outages that become one keep the first's. One of which
 *    nothing is left is said to be taken back, and keeps its place in the list of outages.
 *  - `hold` is no part of what is said. It is part of what the service is shown to be: down until
 *    it stayed good for that long.
 */

enum { SERVICE_PIECES = TRAIL_PIECES };

/** For service_new. */
void service_said_init(struct service *sv);

/** What the gap before this run says of it; before service_start. @is_inferred: it was down because
 * the machine was rebooted. */
void service_said_restore(struct service *sv, const struct service_point *last, bool is_inferred);

/** Something that it names is other than was known, from @from on at the earliest. @cause: the
 * triple; NULL: none in person. */
void service_said_look(struct judge *j, struct service *sv, const struct metric *cause,
    struct moment from, struct moment now);

/** An outage without an incident has one from @edge on, that of @cause: nobody was told before. */
void service_said_release(
    struct judge *j, struct service *sv, const struct metric *cause, struct moment edge);

/** Tells what it is shown to be, from @now on, though it is no news. */
void service_said_tell(struct judge *j, struct service *sv, struct moment now);

/** For service_free. */
void service_said_drop(struct judge *j, struct service *sv);

#endif
