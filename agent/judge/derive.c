/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/derive.h"

#include "base/text.h"
#include "judge/metric.h"
#include "judge/registry.h"
#include "judge/slope.h"

enum { MINUTE_MS = 60 * 1000 };

double derive_time_to(const struct condition *limit, double value, double per_ms)
{
    bool is_rising = limit->op == CONDITION_GE || limit->op == CONDITION_GT;

    if (condition_met(limit, value))
        return 0;
    if (is_rising ? per_ms <= 0 : per_ms >= 0)
        return DERIVE_NEVER_S;
    double seconds = (limit->value - value) / per_ms / 1000;
    return seconds < DERIVE_NEVER_S ? seconds : DERIVE_NEVER_S;
}

static void take(
    struct judge *j, struct metric *m, double number, struct moment at, struct moment now)
{
    const struct rule *rule = m->rule;
    double per_ms;

    if (m->slope == NULL)
        m->slope = alloc(sizeof *m->slope);
    slope_add(m->slope, now.boot, number, rule->over);
    if (!slope_get(m->slope, rule->over, &per_ms))
        return;
    struct reading derived = {
        .kind = READING_NUMBER,
        .number = rule->derive == DERIVE_RATE ? per_ms * MINUTE_MS
                                              : derive_time_to(&rule->limit, number, per_ms),
    };
    m->state.last = now;
    metric_take_number(j, m, &derived, at, now);
}

void derive_take(
    struct judge *j, struct metric *m, double number, struct moment at, struct moment now)
{
    struct subject *s = m->instance->subject;
    const struct watch_settings *w = s->watch;

    if (!w->derives)
        return;
    for (size_t i = 0; i < w->rule_count; i++) {
        const struct rule *rule = &w->rules[i];
        if (rule->derive == DERIVE_NONE || !text_equal(rule->of, m->state.of.metric))
            continue;
        struct metric *derived = registry_add_metric(j, s, m->state.of.instance, rule->metric);
        if (derived != NULL && derived->rule == rule)
            take(j, derived, number, at, now);
    }
}
