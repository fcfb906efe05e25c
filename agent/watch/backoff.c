/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch/backoff.h"

bool backoff_fault(struct backoff *b, const struct backoff_rule *rule, mono_ms began, mono_ms now,
    span_ms *ret_delay)
{
    // The fault that lies `budget` faults back is still within the time: one too many.
    bool spent =
        b->count >= rule->budget && now - b->faults[b->count % rule->budget] <= rule->within;
    b->faults[b->count % rule->budget] = now;
    b->count++;
    if (spent)
        return false;

    if (now - began >= rule->good_run)
        b->delay = 0;
    else if (b->delay == 0)
        b->delay = rule->first;
    else
        b->delay = b->delay * 2 < rule->most ? b->delay * 2 : rule->most;
    *ret_delay = b->delay;
    return true;
}
