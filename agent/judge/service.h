/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_SERVICE_H
#define HM_JUDGE_SERVICE_H

#include "judge/state.h"

/**
 * service - the state of what the contract measures, from expressions over subjects.
 *
 *  - Yes to down_when is down; unknown is unmonitored; else yes to degraded_when is degraded, and
 *    what is known not to be down is up: at each moment (service_find.h).
 *  - What becomes known of earlier time is said again from there on (service_said.h).
 *  - Changes while planned work runs are said, for the record; at its end what it is shown to be is
 *    told again, for whoever tells it.
 *  - After a live start a subject is unknown until its first reading.
 */

struct service *service_new(struct judge *j, const struct service_settings *settings);
struct service *service_free(struct judge *j, struct service *sv);
struct service *service_named(const struct judge *j, const char *name);

/** Takes the expressions and the calendar of @settings, and the subjects that they name. */
void service_bind(struct judge *j, struct service *sv, const struct service_settings *settings,
    struct moment now);

/** What was said of the time before @now is final: something that it was made of is gone. */
void service_settle(struct service *sv, struct moment now);

/** First look at the calendar and the expressions. */
void service_start(struct judge *j, struct service *sv, struct moment now);

/** Something that it names changed, with effect from @from on. @cause: the triple; NULL: none in
 * person. */
void service_consider(struct judge *j, struct service *sv, const struct metric *cause,
    struct moment from, struct moment now);

/** Takes the approved windows of planned work, instead of those before. */
void service_works(struct judge *j, struct service *sv, const struct interval *works, size_t count,
    struct moment now);

/** Looks at the hours and at planned work again and arms the next edge. */
void service_look_at_hours(struct judge *j, struct service *sv, struct moment now);

#endif
