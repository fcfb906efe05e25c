/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/hysteresis.h"

#include <math.h>

static bool is_set(const struct condition *c)
{
    return c->op != CONDITION_NONE;
}

/* The first of the conditions that is set decides; if none is, @otherwise. */
static bool cleared(
    const struct condition *own, const struct condition *common, double number, bool otherwise)
{
    if (is_set(own))
        return condition_met(own, number);
    if (is_set(common))
        return condition_met(common, number);
    return otherwise;
}

static enum verdict target_below_critical(
    const struct rule *rule, enum verdict level, double number, bool is_warning)
{
    if (is_warning)
        return VERDICT_WARNING;
    if (level <= VERDICT_OK)
        return VERDICT_OK;
    if (level == VERDICT_CRITICAL && !is_set(&rule->warning))
        return VERDICT_OK;
    return cleared(&rule->warning_clear, &rule->clear, number, true) ? VERDICT_OK : VERDICT_WARNING;
}

enum verdict hysteresis_target(const struct rule *rule, enum verdict level, double number)
{
    if (isnan(number))
        return level;
    if (condition_met(&rule->critical, number))
        return VERDICT_CRITICAL;

    bool is_warning = condition_met(&rule->warning, number);
    if (level == VERDICT_CRITICAL) {
        bool left =
            is_set(&rule->warning)
                ? !is_set(&rule->critical_clear) || condition_met(&rule->critical_clear, number)
                : cleared(&rule->critical_clear, &rule->clear, number, true);
        if (!left)
            return VERDICT_CRITICAL;
    }
    return target_below_critical(rule, level, number, is_warning);
}

static void count(uint32_t *runs, struct moment *first, struct moment at)
{
    if (*runs == 0)
        *first = at;
    if (*runs < UINT32_MAX)
        ++*runs;
}

static bool settle_worse(struct hysteresis *h, const struct rule *rule, mono_ms now)
{
    enum verdict before = h->level;

    if (h->worse_runs >= rule->runs && h->worse_runs > 0 && h->level <= VERDICT_OK &&
        now - h->first_worse.boot >= rule->hold) {
        h->level = VERDICT_WARNING;
        h->bad_since = h->first_worse;
        h->worse_runs = h->critical_runs;
        h->first_worse = h->first_critical;
    }
    if (h->critical_runs >= rule->runs && h->critical_runs > 0 &&
        now - h->first_critical.boot >= rule->hold) {
        h->level = VERDICT_CRITICAL;
        h->critical_since = h->first_critical;
        h->worse_runs = h->critical_runs = 0;
    }
    return h->level != before;
}

static bool settle_better(struct hysteresis *h, const struct rule *rule)
{
    if (h->ok_runs > 0 && h->ok_runs >= rule->clear_runs) {
        h->level = VERDICT_OK;
        h->better_runs = h->ok_runs = 0;
        return true;
    }
    if (h->level == VERDICT_CRITICAL && h->better_runs > 0 && h->better_runs >= rule->clear_runs) {
        h->level = VERDICT_WARNING;
        h->better_runs = h->ok_runs;
        return true;
    }
    return false;
}

bool hysteresis_settle(struct hysteresis *h, const struct rule *rule, mono_ms now)
{
    return h->worse_runs > 0 && settle_worse(h, rule, now);
}

bool hysteresis_feed(struct hysteresis *h, const struct rule *rule, double number, struct moment at)
{
    enum verdict level = h->level == VERDICT_UNKNOWN ? VERDICT_OK : h->level;
    enum verdict target = hysteresis_target(rule, level, number);

    if (isnan(number))
        return false;
    h->level = level;
    if (target == level) {
        h->worse_runs = h->critical_runs = h->better_runs = h->ok_runs = 0;
        return false;
    }
    if (target > level) {
        h->better_runs = h->ok_runs = 0;
        count(&h->worse_runs, &h->first_worse, at);
        if (target == VERDICT_CRITICAL)
            count(&h->critical_runs, &h->first_critical, at);
        else
            h->critical_runs = 0;
        return settle_worse(h, rule, at.boot);
    }
    h->worse_runs = h->critical_runs = 0;
    count(&h->better_runs, &h->first_better, at);
    if (target == VERDICT_OK)
        count(&h->ok_runs, &h->first_ok, at);
    else
        h->ok_runs = 0;
    return settle_better(h, rule);
}

mono_ms hysteresis_due(const struct hysteresis *h, const struct rule *rule)
{
    if (rule->hold == 0)
        return CLOCK_NEVER;
    if (h->level <= VERDICT_OK && h->worse_runs > 0 && h->worse_runs >= rule->runs)
        return h->first_worse.boot + rule->hold;
    if (h->critical_runs > 0 && h->critical_runs >= rule->runs)
        return h->first_critical.boot + rule->hold;
    return CLOCK_NEVER;
}
