/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/trail.h"

#include <string.h>

void trail_say(struct trail *p, enum truth truth, struct moment from)
{
    while (p->count > 0 && p->pieces[p->count - 1].from.boot >= from.boot)
        p->count--;
    if (p->count > 0 && p->pieces[p->count - 1].truth == truth)
        return;
    if (p->count == TRAIL_PIECES) {
        p->is_cut = true;
        p->cut = p->pieces[0].truth;
        p->count--;
        memmove(p->pieces, p->pieces + 1, p->count * sizeof p->pieces[0]);
    }
    p->pieces[p->count++] = (struct trail_piece){from, truth};
}

const struct trail_piece *trail_edge(const struct trail *p, mono_ms boot)
{
    for (size_t i = p->count; i > 0; i--)
        if (p->pieces[i - 1].from.boot <= boot)
            return &p->pieces[i - 1];
    return NULL;
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
    const struct trail_piece *next = NULL;
    for (size_t i = p->count; i > 0 && p->pieces[i - 1].from.boot > boot; i--)
        next = &p->pieces[i - 1];
    return next;
}
