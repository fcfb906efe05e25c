/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch/flood.h"

enum { WINDOW_MS = 1000 };

static void judge_window(struct flood *f, const struct flood_rule *rule, unsigned count)
{
    f->above = count > rule->rate ? f->above + 1 : 0;
    f->below = count < rule->rate / 2 ? f->below + 1 : 0;
    f->last = count;
    if (f->above >= rule->seconds)
        f->flooding = true;
    if (f->below >= rule->seconds)
        f->flooding = false;
}

static void turn_window(struct flood *f, const struct flood_rule *rule, mono_ms now)
{
    if (now - f->window < WINDOW_MS)
        return;
    judge_window(f, rule, f->count);
    // Windows in which nothing came count as quiet; more than `seconds` of them change nothing.
    mono_ms quiet = (now - f->window) / WINDOW_MS - 1;
    for (mono_ms i = 0; i < quiet && i < (mono_ms)rule->seconds; i++)
        judge_window(f, rule, 0);
    f->window = now;
    f->count = 0;
    f->given = 0;
}

bool flood_count(struct flood *f, const struct flood_rule *rule, mono_ms now)
{
    turn_window(f, rule, now);
    f->count++;
    // The window may have turned in flood_allow.
    bool is_new = f->flooding && !f->told;
    f->told = f->flooding;
    return is_new;
}

unsigned flood_allow(struct flood *f, const struct flood_rule *rule, mono_ms now, unsigned wanted)
{
    turn_window(f, rule, now);
    if (!f->flooding)
        return wanted;
    unsigned left = f->given < rule->rate ? rule->rate - f->given : 0;
    unsigned allowed = wanted < left ? wanted : left;
    f->given += allowed;
    return allowed;
}
