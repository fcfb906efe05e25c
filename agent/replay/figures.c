/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/figures.h"

#include "main/pipeline.h"
#include "main/view.h"

static int refuse(struct text why[2], enum message id, const char *detail)
{
    for (int language = 0; language < 2; language++)
        message_add(&why[language], (enum language)language, id, detail);
    return FIGURES_E_USAGE;
}

static void ignore_dirty(void *ctx)
{
    (void)ctx;
}

static int run(
    const struct figures_plan *plan, struct pipeline *p, json_t **ret_result, struct text why[2])
{
    const struct agent_settings *agent = &plan->settings->agent;
    struct record_alive alive = {0};
    struct period asked = {0};
    wall_ms as_of;

    if (record_last_alive(pipeline_record(p), &alive) != 0)
        return refuse(why, MESSAGE_VERB_LEDGER, NULL);
    as_of = alive.at.wall;
    if (plan->as_of != NULL && (!text_parse_time(plan->as_of, &as_of) || as_of > alive.at.wall))
        return refuse(why, MESSAGE_VERB_AS_OF, NULL);
    if (plan->service != NULL && settings_service(plan->settings, plan->service) == NULL)
        return refuse(why, MESSAGE_VERB_NO_SERVICE, plan->service);
    if (plan->period != NULL && !period_parse(plan->period, pipeline_zone(p),
                                    agent->fiscal_year_start, agent->day_start_minute, &asked))
        return refuse(why, MESSAGE_VERB_PERIOD, plan->period);
    *ret_result = json_pack("{s:o,s:o}", "as_of", view_time(as_of, pipeline_zone(p)), "sla",
        pipeline_figures(p, plan->service, asked.to != 0 ? &asked : NULL, as_of));
    return 0;
}

int figures_run(
    const struct figures_plan *plan, struct record *record, json_t **ret_result, struct text why[2])
{
    struct pipeline_plan pipeline_plan = {.record = record, .settings = plan->settings};
    struct pipeline_sink sink = {.dirty = ignore_dirty};
    struct pipeline *p = NULL;
    int r = pipeline_new(&pipeline_plan, &sink, &p);

    if (r == 0)
        r = run(plan, p, ret_result, why);
    pipeline_free(p);
    return r;
}
