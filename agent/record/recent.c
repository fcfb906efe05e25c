/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct recent {
    struct notice places[RECENT_PLACES]; /* sequence 0: free */
};

static struct notice *place_of(struct recent *r, uint64_t sequence)
{
    return &r->places[sequence % RECENT_PLACES];
}

static bool is_long(const struct notice *n)
{
    return (n->text != NULL && strlen(n->text) > RECENT_TEXT_MAX) ||
           (n->value != NULL && strlen(n->value) > RECENT_TEXT_MAX);
}

void recent_keep(struct recent **recent, const struct notice *n)
{
    if (*recent == NULL)
        *recent = alloc(sizeof **recent);
    struct notice *place = place_of(*recent, n->sequence);
    bool is_taken = place->sequence != 0 &&
                    n->sequence - place->sequence < (uint64_t)RECENT_LAPS * RECENT_PLACES;
    if (is_taken || is_long(n))
        return;
    notice_deinit(place);
    notice_copy(place, n);
}

bool recent_take(struct recent *r, uint64_t sequence, struct notice *ret)
{
    struct notice *place = r != NULL ? place_of(r, sequence) : NULL;
    if (place == NULL || place->sequence != sequence || sequence == 0)
        return false;
    *ret = *place;
    *place = (struct notice){0};
    return true;
}

struct recent *recent_free(struct recent *r)
{
    for (size_t i = 0; r != NULL && i < RECENT_PLACES; i++)
        notice_deinit(&r->places[i]);
    free(r);
    return NULL;
}
