/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_SLA_FIXTURE_H
#define HM_TESTS_SLA_FIXTURE_H

#include "base/civil.h"
#include "base/text.h"
#include "record/gap.h"
#include "record/sla.h"
#include "unit.h"

/** sla_fixture - a service under the contract's terms, what was said of it, and its figures. */

enum { FACTS_MAX = 16 };

/* A service of 05:00-27:00 in Tokyo under the contract's terms, and what was said of it. */
struct fixture {
    struct zone *zone;
    struct calendar_window hours;
    struct calendar_settings calendar_settings;
    struct calendar calendar;
    struct service_settings service;
    struct service_point points[FACTS_MAX];
    struct sla_step steps[FACTS_MAX];
    struct incident incidents[FACTS_MAX];
    struct sla_facts facts;
    struct sla_figures figures;
    wall_ms boot_at; /* when the boot clock was 0 */
};

extern char service_name[]; /* of the service, and of all that is said */

int setup(void **state);
int teardown(void **state);

/* "04-15 10:00" or "04-15 10:00:30" of 2026, Tokyo. */
wall_ms wall(const char *when);

/* The same on both clocks. */
struct moment at(const struct fixture *f, const char *when);

/* From @from on it is in @state, said at @detected. */
void say(struct fixture *f, enum service_state state, const char *from, const char *detected,
    uint64_t incident);

/* An outage of incident @id with its end. */
void outage(
    struct fixture *f, uint64_t id, const char *failed, const char *detected, const char *good);

/* One that is critical, detected then; to be changed. */
struct incident *open_incident(struct fixture *f, uint64_t id, const char *detected);

/* The figures of the period @label as of @as_of; they are the fixture's. */
const struct sla_figures *figures_at(struct fixture *f, const char *label, wall_ms as_of);

/* After all periods that are asked for. */
const struct sla_figures *figures(struct fixture *f, const char *label);

#define assert_sample(sample, id, service, wall, outcome) \
    do {                                                  \
        assert_int_equal((sample).incident, id);          \
        assert_int_equal((sample).service_s, service);    \
        assert_int_equal((sample).wall_s, wall);          \
        assert_int_equal((sample).result, outcome);       \
    } while (0)

#endif
