/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/alloc.h"
#include "main/pipeline_internal.h"

/* The facts of one service, gathered from the ledger. */
struct gather {
    const char *service;
    struct service_point *points;
    size_t point_count;
    struct sla_step *steps;
    size_t step_count;
    struct incident *incidents;
    size_t incident_count;
};

/* Makes room for one more: arrays grow by doubling at the powers of two. */
static void *grown(void *array, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return array;
    return alloc_resize(array, count == 0 ? 1 : count * 2, size);
}

static void gather_point(void *arg, const struct service_point *point)
{
    struct gather *g = arg;
    g->points = grown(g->points, g->point_count, sizeof *g->points);
    service_point_copy(&g->points[g->point_count++], point);
}

static void gather_step(void *arg, wall_ms before, wall_ms after, mono_ms boot)
{
    struct gather *g = arg;
    g->steps = grown(g->steps, g->step_count, sizeof *g->steps);
    g->steps[g->step_count++] = (struct sla_step){before, after, boot};
}

static void gather_incident(void *arg, const struct incident *incident)
{
    struct gather *g = arg;
    if (!text_equal(incident->service, g->service))
        return;
    g->incidents = grown(g->incidents, g->incident_count, sizeof *g->incidents);
    incident_copy(&g->incidents[g->incident_count++], incident);
}

static void gather_deinit(struct gather *g)
{
    for (size_t i = 0; i < g->point_count; i++)
        service_point_deinit(&g->points[i]);
    for (size_t i = 0; i < g->incident_count; i++)
        incident_deinit(&g->incidents[i]);
    free(g->points);
    free(g->steps);
    free(g->incidents);
}

int pipeline_sla(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret)
{
    const struct service_settings *s = settings_service(p->settings, service);
    if (s == NULL)
        return PIPELINE_E_UNKNOWN;

    struct gather g = {.service = service};
    record_each_service_point(p->record, service, gather_point, &g);
    record_each_clock_step(p->record, gather_step, &g);
    record_each_incident(p->record, false, gather_incident, &g);
    struct sla_facts facts = {
        .points = g.points,
        .point_count = g.point_count,
        .steps = g.steps,
        .step_count = g.step_count,
        .incidents = g.incidents,
        .incident_count = g.incident_count,
        .begin = p->begin,
    };
    struct calendar calendar = {
        s->calendar != NULL ? settings_calendar(p->settings, s->calendar) : NULL, p->zone};
    sla_compute(s, &calendar, period, &facts, as_of, ret);
    gather_deinit(&g);
    return 0;
}
