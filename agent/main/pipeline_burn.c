/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When figures are at risk. What was told of a service is kept by the period's name beside the
 * ledger's rows, so that neither a restart nor a new period says it twice or never.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"
#include "record/burn.h"

/* While a budget burns, and while only the end of a risk is waited for, which is told to nobody. */
enum { EVERY_MS = 60 * 1000, CALM_MS = 10 * EVERY_MS };

enum { NAME_BYTES = 512 };

/* ---- what was told ----------------------------------------------------------------------- */

struct kept {
    const char *period;
    struct burn_state state;
};

static void take_kept(void *arg, const char *key, const char *value)
{
    struct kept *k = arg;
    if (strcmp(value, k->period) != 0)
        return;
    k->state.at_risk |= strcmp(key, "at_risk") == 0;
    k->state.missed |= strcmp(key, "missed") == 0;
}

static const char *kept_name(char ret[NAME_BYTES], const char *service)
{
    snprintf(ret, NAME_BYTES, "hashimori/sla/%s", service);
    return ret;
}

static void keep(
    struct pipeline *p, const char *service, const char *key, bool was, bool is, const char *period)
{
    char name[NAME_BYTES];
    if (was != is)
        record_keep(p->record, kept_name(name, service), key, is ? period : NULL);
}

/* ---- figures ----------------------------------------------------------------------------- */

/* Figures of the last @span_s seconds. */
static bool window_of(
    struct pipeline *p, const char *service, int64_t span_s, wall_ms now, struct burn_window *ret)
{
    struct period last = {.from = now - span_s * 1000, .to = now};
    struct sla_figures f = {0};
    if (pipeline_sla_seconds(p, service, &last, now, &f) != 0)
        return false;
    *ret = (struct burn_window){.down_s = f.down_s, .planned_s = f.planned_s};
    sla_figures_deinit(&f);
    return true;
}

static void tell_budget(struct pipeline *p, const struct service_settings *s,
    const struct sla_figures *f, enum burn_news news, struct moment now)
{
    bool missed = news == BURN_MISSED;
    char left[24], budget[24];
    snprintf(left, sizeof left, "%" PRId64, f->budget_left_s);
    snprintf(budget, sizeof budget, "%" PRId64, f->budget_s);
    struct notice notice = {
        .kind = missed ? NOTICE_SLA_MISSED : NOTICE_SLA_AT_RISK,
        .severity = missed ? SEVERITY_CRITICAL : SEVERITY_WARNING,
        .of = {alloc_text(s->name), alloc_text(""), alloc_text("")},
        .service = alloc_text(s->name),
        .state = alloc_text(missed ? "missed" : "at_risk"),
        .value = alloc_text(left),
        .threshold = alloc_text(budget),
        .at = now,
        .detected_at = now,
    };
    struct manner manner = manner_of(p->settings);
    render_budget(&notice, f->period.label, f->budget_left_s, f->budget_s, &manner);
    log_warn(LOG_JUDGE, "service %s: %s s of the %s s of %s are left", s->name, left, budget,
        f->period.label);
    pipeline_tell(p, &notice, notice.severity, now);
    notice_deinit(&notice);
}

/* When it must be looked at again; CLOCK_NEVER: nothing was lost lately. */
static mono_ms look(struct pipeline *p, const struct service_settings *s, struct moment now)
{
    const struct agent_settings *agent = &p->settings->agent;
    struct period period = period_at(
        s->sla.period, now.wall, p->zone, agent->fiscal_year_start, agent->day_start_minute);
    struct sla_figures f = {0};
    struct burn_facts facts;
    char name[NAME_BYTES];

    if (!window_of(p, s->name, BURN_FAST_S, now.wall, &facts.fast) ||
        !window_of(p, s->name, BURN_SLOW_S, now.wall, &facts.slow) ||
        pipeline_sla_seconds(p, s->name, &period, now.wall, &f) != 0)
        return CLOCK_NEVER;
    facts.left_s = f.budget_left_s;
    facts.to_come_s = f.planned_s - f.elapsed_s;
    struct kept k = {.period = period.label};
    record_each_kept(p->record, kept_name(name, s->name), take_kept, &k);

    struct burn_state before = k.state;
    enum burn_news news = burn_judge(&k.state, &facts);
    keep(p, s->name, "at_risk", before.at_risk, k.state.at_risk, period.label);
    keep(p, s->name, "missed", before.missed, k.state.missed, period.label);
    if (news != BURN_NOTHING)
        tell_budget(p, s, &f, news, now);
    else if (before.at_risk != k.state.at_risk)
        pipeline_touched(p);
    sla_figures_deinit(&f);
    if (facts.slow.down_s == 0 && (!k.state.at_risk || facts.left_s < 0))
        return CLOCK_NEVER;
    // What is missed stays so in this period, unless something is said of it.
    if (facts.left_s < 0)
        return now.boot + (period.to - now.wall);
    bool burns = p->judge != NULL && judge_service_state(p->judge, s->name, NULL) == SERVICE_DOWN;
    return now.boot + (burns ? EVERY_MS : CALM_MS);
}

void pipeline_burn_changed(struct pipeline *p, struct moment now)
{
    p->burn_changed = now.boot;
    p->burn_due = now.boot;
}

void pipeline_burn(struct pipeline *p, struct moment now)
{
    if (p->burn_due > now.boot)
        return;
    // The second in which a service went down has lost nothing yet.
    bool is_new = now.boot - p->burn_changed < EVERY_MS;
    p->burn_due = is_new ? now.boot + EVERY_MS : CLOCK_NEVER;
    for (size_t i = 0; i < p->settings->service_count; i++) {
        const struct service_settings *s = &p->settings->services[i];
        mono_ms due = s->sla.set && !s->test ? look(p, s, now) : CLOCK_NEVER;
        p->burn_due = due < p->burn_due ? due : p->burn_due;
    }
}
