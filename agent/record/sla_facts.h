/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_SLA_FACTS_H
#define HM_RECORD_SLA_FACTS_H

#include "model/model.h"
#include "model/plan.h"

/** sla_facts - what the arithmetic of sla.h and its timeline.h work on. */

/** Facts of one service. Borrowed pointers. */
struct sla_facts {
    const struct service_point *points;
    size_t point_count;
    /* Times the wall clock was set: cuts the line so that boot time is what is counted (R15). */
    const struct sla_step {
        wall_ms before, after;
        mono_ms boot;
    } * steps;
    size_t step_count;
    const struct incident *incidents; /* of this service, open and closed */
    size_t incident_count;
    /* Of all services; what is not of this one is left out. */
    const struct work *works;
    size_t work_count;
    const struct exclusion *exclusions;
    size_t exclusion_count;
    const struct judgement *judgements; /* in the order said */
    size_t judgement_count;
    wall_ms begin; /* before it nothing is known: unmonitored; INT64_MIN: up from the start */
};

#endif
