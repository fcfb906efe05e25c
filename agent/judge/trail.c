/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void trail_deinit(struct trail *p)
{
    free(p->pieces);
    *p = (struct trail){0};
}

static void forget_oldest(struct trail *p)
{
    p->is_cut = true;
    p->cut = p->pieces[0].truth;
    p->count--;
    memmove(p->pieces, p->pieces + 1, p->count * sizeof p->pieces[0]);
}

static void make_room(struct trail *p)
{
    if (p->count < p->room)
        return;
    if (p->room == TRAIL_PIECES) {
        forget_oldest(p);
        return;
    }
    p->room = p->room == 0 ? 4 : p->room * 2;
    p->pieces = alloc_resize(p->pieces, p->room, sizeof *p->pieces);
}

void trail_say(struct trail *p, struct trail_piece piece)
{
    while (p->count > 0 && p->pieces[p->count - 1].from.boot >= piece.from.boot)
        p->count--;
    if (p->count > 0 && p->pieces[p->count - 1].truth == piece.truth)
        return;
    make_room(p);
    p->pieces[p->count++] = piece;
}

/* The number of pieces that begin at or before @boot. */
static size_t count_until(const struct trail *p, mono_ms boot)
{
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->pieces[middle].from.boot <= boot)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct trail_piece *trail_edge(const struct trail *p, mono_ms boot)
{
    size_t count = count_until(p, boot);
    return count > 0 ? &p->pieces[count - 1] : NULL;
}

enum truth trail_at(const struct trail *p, mono_ms boot, enum truth before)
{
    const struct trail_piece *piece = trail_edge(p, boot);
    if (piece != NULL)
        return piece->truth;
    return p->is_cut ? p->cut : before;
}

const struct trail_piece *trail_next(const struct trail *p, mono_ms boot)
{
    size_t count = count_until(p, boot);
    return count < p->count ? &p->pieces[count] : NULL;
}
