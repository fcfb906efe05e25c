/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/cuts.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

/* What overlaps yet, as it was said. */
struct pile {
    struct cut *list;
    size_t count;
};

static int64_t floor_second(wall_ms when)
{
    return when / 1000 - (when % 1000 < 0);
}

static void pile_add(struct pile *p, wall_ms from, wall_ms to, enum cut_kind kind)
{
    p->list = alloc_resize(p->list, p->count + 1, sizeof *p->list);
    p->list[p->count++] = (struct cut){{floor_second(from), floor_second(to)}, kind};
}

static void pile_up(struct pile *p, const struct sla_facts *facts, const char *service,
    bool whole_window, bool with_exclusions)
{
    for (size_t i = 0; i < facts->work_count; i++) {
        const struct work *w = &facts->works[i];
        wall_ms from, to;
        if (text_equal(w->service, service) && work_counts(w, whole_window, &from, &to))
            pile_add(p, from, to, work_is_late(w) ? CUT_LATE_WORK : CUT_WORK);
    }
    for (size_t i = 0; with_exclusions && i < facts->exclusion_count; i++) {
        const struct exclusion *e = &facts->exclusions[i];
        if (text_equal(e->service, service) && e->revoked == 0)
            pile_add(p, e->from, e->to, e->forgives ? CUT_FORGIVEN : CUT_EXCLUDED);
    }
}

static int by_second(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The kind that wins in [from, to); CUT_KINDS: none holds. */
static enum cut_kind kind_within(const struct pile *p, int64_t from_s, int64_t to_s)
{
    enum cut_kind best = CUT_KINDS;
    for (size_t i = 0; i < p->count; i++) {
        const struct cut *cut = &p->list[i];
        if (cut->window.from_s <= from_s && cut->window.to_s >= to_s && cut->kind < best)
            best = cut->kind;
    }
    return best;
}

void cuts_init(struct cuts *c, const struct sla_facts *facts, const char *service,
    bool whole_window, bool with_exclusions)
{
    struct pile p = {0};
    *c = (struct cuts){0};
    pile_up(&p, facts, service, whole_window, with_exclusions);
    if (p.count == 0)
        return;

    size_t count = p.count * 2;
    int64_t *edges = alloc_array(count, sizeof *edges);
    for (size_t i = 0; i < p.count; i++) {
        edges[i * 2] = p.list[i].window.from_s;
        edges[i * 2 + 1] = p.list[i].window.to_s;
    }
    qsort(edges, count, sizeof *edges, by_second);
    c->list = alloc_array(count, sizeof *c->list);
    for (size_t i = 0; i + 1 < count; i++) {
        enum cut_kind kind = kind_within(&p, edges[i], edges[i + 1]);
        if (edges[i] < edges[i + 1] && kind != CUT_KINDS)
            c->list[c->count++] = (struct cut){{edges[i], edges[i + 1]}, kind};
    }
    free(edges);
    free(p.list);
}

void cuts_deinit(struct cuts *c)
{
    free(c->list);
    *c = (struct cuts){0};
}

void cuts_seconds(const struct cuts *c, const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window, const struct calendar *calendar,
    int64_t ret[CUT_KINDS])
{
    for (int kind = 0; kind < CUT_KINDS; kind++)
        ret[kind] = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct timeline_window both = c->list[i].window;
        if (window != NULL && both.from_s < window->from_s)
            both.from_s = window->from_s;
        if (window != NULL && both.to_s > window->to_s)
            both.to_s = window->to_s;
        if (both.from_s < both.to_s)
            ret[c->list[i].kind] += timeline_seconds(t, from, to, &both, calendar);
    }
}

int64_t cuts_left(const struct cuts *c, const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window, const struct calendar *calendar)
{
    int64_t out[CUT_KINDS];
    cuts_seconds(c, t, from, to, window, calendar, out);
    return timeline_seconds(t, from, to, window, calendar) - out[CUT_WORK] - out[CUT_LATE_WORK] -
           out[CUT_EXCLUDED];
}
