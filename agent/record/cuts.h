/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_CUTS_H
#define HM_RECORD_CUTS_H

#include "record/sla_facts.h"
#include "record/timeline.h"

/**
 * cuts - what planned work (sla R8) and exclusions by agreement (R9) take out of a service's time.
 * Pure.
 *
 * Windows on the wall that do not overlap: where several hold, the kind that stands first in enum
 * cut_kind wins, so that no second is taken out twice.
 */

enum cut_kind {
    CUT_WORK,      /* planned work leaves the denominator */
    CUT_LATE_WORK, /* the same, registered after its start (事後登録): shown apart */
    CUT_EXCLUDED,  /* mode denominator: leaves both */
    CUT_FORGIVEN,  /* mode numerator: downtime in it is forgiven, all else stays */
    CUT_KINDS
};

struct cut {
    struct timeline_window window;
    enum cut_kind kind;
};

struct cuts {
    struct cut *list; /* in order of time */
    size_t count;
};

/** @whole_window: all of the approved window leaves, used or not. @with_exclusions: false leaves
 * exclusions out. */
void cuts_init(struct cuts *c, const struct sla_facts *facts, const char *service,
    bool whole_window, bool with_exclusions);
void cuts_deinit(struct cuts *c);

/** timeline_seconds of what lies in cuts, by kind. */
void cuts_seconds(const struct cuts *c, const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window, const struct calendar *calendar,
    int64_t ret[CUT_KINDS]);
/** timeline_seconds of what is left in the denominator. */
int64_t cuts_left(const struct cuts *c, const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window,
    const struct calendar *calendar);

#endif
