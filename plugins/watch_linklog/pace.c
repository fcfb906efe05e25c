/* SPDX-License-Identifier: BSD-2-Clause */
#include "pace.h"

static void fill_up(struct pace *p, int64_t now_ms)
{
    int64_t passed_ms = now_ms - p->at_ms;
    p->at_ms = now_ms;
    if (passed_ms > PACE_MOST_US / 1000 + PACE_VAIN_US / 1000)
        p->spent_us = 0;
    else if (passed_ms > 0)
        p->spent_us -= passed_ms * 1000;
    if (p->spent_us < 0)
        p->spent_us = 0;
}

int64_t pace_wait_ms(struct pace *p, int64_t now_ms)
{
    fill_up(p, now_ms);
    return p->spent_us <= PACE_MOST_US ? 0 : (p->spent_us - PACE_MOST_US + 999) / 1000;
}

void pace_spend(struct pace *p, int64_t now_ms, bool found)
{
    fill_up(p, now_ms);
    p->spent_us += found ? PACE_FOUND_US : PACE_VAIN_US;
    if (p->spent_us > PACE_MOST_US + PACE_VAIN_US)
        p->spent_us = PACE_MOST_US + PACE_VAIN_US;
}
