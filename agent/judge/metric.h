/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_METRIC_H
#define HM_JUDGE_METRIC_H

#include "judge/state.h"

/**
 * metric - judges one triple: its numbers, its blindness and its silence.
 *
 * Blindness of a whole subject or instance is one incident, of the triple with metric "" (its
 * presence): the triples below turn blind without incidents of their own. Incidents that are open
 * stay open while nobody can look.
 */

/** A number was read. */
void metric_take_number(struct judge *j, struct metric *m, const struct reading *r,
    struct moment at, struct moment now);

/** The triple cannot be looked at since @since. */
void metric_go_blind(
    struct judge *j, struct metric *m, struct moment since, const char *text, struct moment now);

/** Instance @n (NULL: all of @s) cannot be looked at since @since. */
void metric_go_blind_all(struct judge *j, struct subject *s, struct instance *n,
    struct moment since, const char *text, struct moment now);

/** Something of @n was seen at @at: what was blind as a whole is not any more. */
void metric_is_present(struct judge *j, struct instance *n, struct moment at, struct moment now);

/** Puts the verdict of @m to what its level and its open events say; @from as in verdict_set. */
void metric_refresh(
    struct judge *j, struct metric *m, struct moment from, const char *text, struct moment now);

/** Arms the clock that ends with "no reading came", from @now on. */
void metric_expect(struct judge *j, struct metric *m, struct moment now);
void metric_expect_subject(struct judge *j, struct subject *s, struct moment now);

/** A restored level goes on. */
void metric_resume(struct metric *m);

/** Clears what is open for numbers and blindness; the rule is gone. */
void metric_forget(struct judge *j, struct metric *m, struct moment now);

#endif
