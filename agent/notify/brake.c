/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/brake.h"

#include <stdlib.h>

#include "base/alloc.h"

void brake_set(struct brake *b, uint32_t limit)
{
    if (limit > BRAKE_LIMIT_MAX)
        limit = BRAKE_LIMIT_MAX;
    if (b->limit == limit)
        return;
    free(b->ring);
    b->ring = limit > 0 ? alloc_array(limit, sizeof *b->ring) : NULL;
    for (size_t i = 0; i < limit; i++)
        b->ring[i] = -1;
    b->limit = limit;
    b->next = 0;
}

void brake_deinit(struct brake *b)
{
    free(b->ring);
    *b = (struct brake){0};
}

/* When the last but @back went, the last one being 1; -1: there were not so many. */
static mono_ms gone_at(const struct brake *b, size_t back)
{
    return b->ring[(b->next + b->limit - back) % b->limit];
}

static size_t share(const struct brake *b, bool is_urgent)
{
    return is_urgent || b->limit < 4 ? b->limit : b->limit - b->limit / 4;
}

mono_ms brake_room_at(const struct brake *b, bool is_urgent, mono_ms now)
{
    if (b->limit == 0)
        return now;
    mono_ms gone = gone_at(b, share(b, is_urgent));
    return gone < 0 || gone + BRAKE_MINUTE_MS <= now ? now : gone + BRAKE_MINUTE_MS;
}

void brake_count(struct brake *b, mono_ms now)
{
    if (b->limit == 0)
        return;
    b->ring[b->next] = now;
    b->next = (b->next + 1) % b->limit;
}

bool brake_take(struct brake *b, bool is_urgent, mono_ms now)
{
    if (brake_room_at(b, is_urgent, now) > now)
        return false;
    brake_count(b, now);
    return true;
}
