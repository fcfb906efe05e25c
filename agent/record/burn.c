/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/burn.h"

enum { MATTERS_PART = 20 /* 5 % */ };

/* Whether @w lost @times as much as is allowed, or more than that. The products stay below 2^63:
 * windows are of hours, periods of years. */
static bool burns(const struct burn_window *w, const struct burn_facts *f, int64_t times)
{
    return w->planned_s > 0 && w->down_s * f->to_come_s * times > f->left_s * w->planned_s;
}

static bool is_at_risk(const struct burn_facts *f)
{
    return burns(&f->fast, f, 1) && burns(&f->slow, f, 1) &&
           f->slow.down_s * MATTERS_PART >= f->left_s;
}

/* Outside the hours nothing is known of either window: what was said stands. */
static bool is_over(const struct burn_facts *f)
{
    return f->fast.planned_s > 0 && f->slow.planned_s > 0 && !burns(&f->fast, f, 2) &&
           !burns(&f->slow, f, 2);
}

enum burn_news burn_judge(struct burn_state *state, const struct burn_facts *facts)
{
    if (facts->left_s < 0) {
        bool is_news = !state->missed;
        state->missed = true;
        return is_news ? BURN_MISSED : BURN_NOTHING;
    }
    if (state->at_risk) {
        state->at_risk = !is_over(facts);
        return BURN_NOTHING;
    }
    // What was missed and is not any more (an exclusion was agreed) is no new risk.
    state->at_risk = !state->missed && is_at_risk(facts);
    return state->at_risk ? BURN_AT_RISK : BURN_NOTHING;
}
