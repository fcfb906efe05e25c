/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/due.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Places count from 1: the parent of n is n / 2. */
static struct due *entry_at(const struct due_heap *h, size_t place)
{
    return h->entries[place - 1];
}

static void put(struct due_heap *h, size_t place, struct due *d)
{
    h->entries[place - 1] = d;
    d->place = place;
}

static void rise(struct due_heap *h, struct due *d)
{
    size_t place = d->place;
    while (place > 1 && entry_at(h, place / 2)->at > d->at) {
        put(h, place, entry_at(h, place / 2));
        place /= 2;
    }
    put(h, place, d);
}

static void sink(struct due_heap *h, struct due *d)
{
    size_t place = d->place;
    for (size_t child; (child = place * 2) <= h->count; place = child) {
        if (child < h->count && entry_at(h, child + 1)->at < entry_at(h, child)->at)
            child++;
        if (entry_at(h, child)->at >= d->at)
            break;
        put(h, place, entry_at(h, child));
    }
    put(h, place, d);
}

void due_heap_deinit(struct due_heap *h)
{
    free(h->entries);
    *h = (struct due_heap){0};
}

void due_set(struct due_heap *h, struct due *d, mono_ms at)
{
    if (at == CLOCK_NEVER) {
        due_cancel(h, d);
        return;
    }
    if (d->place == 0) {
        if (h->count == h->room) {
            h->room = h->room > 0 ? h->room * 2 : 64;
            h->entries = alloc_resize(h->entries, h->room, sizeof *h->entries);
        }
        put(h, ++h->count, d);
    }
    d->at = at;
    rise(h, d);
    sink(h, d);
}

void due_cancel(struct due_heap *h, struct due *d)
{
    if (d->place == 0)
        return;
    size_t place = d->place;
    struct due *last = entry_at(h, h->count--);
    d->place = 0;
    if (last == d)
        return;
    put(h, place, last);
    rise(h, last);
    sink(h, last);
}

mono_ms due_first(const struct due_heap *h)
{
    return h->count > 0 ? entry_at(h, 1)->at : CLOCK_NEVER;
}

void due_settle(struct due_heap *h, const struct judge *j)
{
    while (h->count > 0) {
        struct due *d = entry_at(h, 1);
        mono_ms at = d->put_off != NULL ? d->put_off(j, d) : d->at;
        if (at <= d->at)
            return;
        due_set(h, d, at);
    }
}

struct due *due_take(struct due_heap *h, mono_ms now)
{
    if (h->count == 0 || entry_at(h, 1)->at > now)
        return NULL;
    struct due *d = entry_at(h, 1);
    due_cancel(h, d);
    return d;
}
