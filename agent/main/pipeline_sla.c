/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "main/pipeline_internal.h"
#include "record/history.h"

/* What figures of one service are made from. */
struct sources {
    const struct service_settings *service;
    struct calendar calendar;
    struct sla_facts facts;
};

static int find_sources(struct pipeline *p, const char *service, struct sources *ret)
{
    const struct service_settings *s = settings_service(p->settings, service);
    if (s == NULL)
        return PIPELINE_E_UNKNOWN;
    *ret = (struct sources){.service = s,
        .calendar = {s->calendar != NULL ? settings_calendar(p->settings, s->calendar) : NULL,
            p->zone},
        .facts.begin = p->begin};
    int r = record_facts(p->record, service, &ret->facts);
    return r > 0 ? -EIO : r;
}

int pipeline_sla(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret)
{
    struct sources of;
    int r = find_sources(p, service, &of);
    if (r == 0)
        sla_compute(of.service, &of.calendar, period, &of.facts, as_of, ret);
    return r;
}

/* Leaves out what was said of the time before @since and holds no more at it. */
static void forget_before(struct sla_facts *facts, wall_ms since)
{
    size_t first = facts->point_count;
    while (first > 0 && facts->points[first - 1].from.wall > since)
        first--;
    if (first == 0)
        return;
    facts->points += first - 1;
    facts->point_count -= first - 1;
}

int pipeline_sla_seconds(struct pipeline *p, const char *service, const struct period *period,
    wall_ms as_of, struct sla_figures *ret)
{
    struct sources of;
    int r = find_sources(p, service, &of);
    if (r != 0)
        return r;
    // What is before decides only whether `hold` fills good time and an outage is long enough.
    forget_before(&of.facts, period->from - of.service->hold - of.service->sla.min_outage);
    sla_count(of.service, &of.calendar, period, &of.facts, as_of, ret);
    return 0;
}

static void add_figures(struct pipeline *p, json_t *list, const struct service_settings *s,
    const struct period *period, wall_ms as_of)
{
    struct sla_figures f = {0};
    if (pipeline_sla(p, s->name, period, as_of, &f) == 0)
        json_array_append_new(list, pipeline_sla_json(p, &f));
    sla_figures_deinit(&f);
}

json_t *pipeline_figures(
    struct pipeline *p, const char *service, const struct period *asked, wall_ms as_of)
{
    const struct agent_settings *agent = &p->settings->agent;
    json_t *list = json_array();
    for (size_t i = 0; i < p->settings->service_count; i++) {
        const struct service_settings *s = &p->settings->services[i];
        if (service != NULL ? !text_equal(service, s->name) : s->test || !s->sla.set)
            continue;
        if (asked != NULL)
            add_figures(p, list, s, asked, as_of);
        for (enum period_kind k = PERIOD_MONTH; asked == NULL && k <= PERIOD_FISCAL_YEAR; k++) {
            struct period period =
                period_at(k, as_of, p->zone, agent->fiscal_year_start, agent->day_start_minute);
            add_figures(p, list, s, &period, as_of);
        }
    }
    return list;
}

int pipeline_observed(struct pipeline *p, const char *service, wall_ms from, wall_ms to,
    wall_ms as_of, struct sla_figures *ret)
{
    const struct service_settings *s = settings_service(p->settings, service);
    struct sla_facts facts = {.begin = p->begin};
    if (s == NULL)
        return PIPELINE_E_UNKNOWN;
    int r = record_facts(p->record, service, &facts);
    if (r != 0)
        return r < 0 ? r : -EIO;
    facts.work_count = facts.exclusion_count = 0;
    struct period period = {.from = from, .to = to};
    struct calendar always = {NULL, p->zone};
    sla_compute(s, &always, &period, &facts, as_of, ret);
    return 0;
}

json_t *pipeline_open_gaps(const struct pipeline *p)
{
    json_t *list = json_array();
    const char *service;
    json_t *gaps, *gap;
    size_t i;

    json_object_foreach (p->open_gaps, service, gaps)
        json_array_foreach (gaps, i, gap) {
            json_t *o = json_pack("{s:s}", "service", service);
            json_object_update(o, gap);
            json_array_append_new(list, o);
        }
    return list;
}
