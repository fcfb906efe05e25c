/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/cuts.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

/* At @second one more, or one less, holds. */
struct edge {
    int64_t second;
    enum cut_kind kind;
    int change;
};

struct edges {
    struct edge *list;
    size_t count;
};

static int64_t floor_second(wall_ms when)
{
    return when / 1000 - (when % 1000 < 0);
}

static void add_window(struct edges *e, wall_ms from, wall_ms to, enum cut_kind kind)
{
    e->list[e->count++] = (struct edge){floor_second(from), kind, 1};
    e->list[e->count++] = (struct edge){floor_second(to), kind, -1};
}

static void collect_edges(struct edges *e, const struct sla_facts *facts, const char *service,
    bool whole_window, bool with_exclusions)
{
    e->list = alloc_array((facts->work_count + facts->exclusion_count) * 2, sizeof *e->list);
    for (size_t i = 0; i < facts->work_count; i++) {
        const struct work *w = &facts->works[i];
        wall_ms from, to;
        if (text_equal(w->service, service) && work_counts(w, whole_window, &from, &to))
            add_window(e, from, to, work_is_late(w) ? CUT_LATE_WORK : CUT_WORK);
    }
    for (size_t i = 0; with_exclusions && i < facts->exclusion_count; i++) {
        const struct exclusion *x = &facts->exclusions[i];
        if (text_equal(x->service, service) && x->revoked == 0)
            add_window(e, x->from, x->to, x->forgives ? CUT_FORGIVEN : CUT_EXCLUDED);
    }
}

static int by_second(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    return (x->second > y->second) - (x->second < y->second);
}

/* Adds [from, to), or makes the last one longer. */
static void add_cut(struct cuts *c, int64_t from_s, int64_t to_s, enum cut_kind kind)
{
    struct cut *last = c->count > 0 ? &c->list[c->count - 1] : NULL;
    if (last != NULL && last->kind == kind && last->window.to_s == from_s)
        last->window.to_s = to_s;
    else
        c->list[c->count++] = (struct cut){{from_s, to_s}, kind};
}

void cuts_init(struct cuts *c, const struct sla_facts *facts, const char *service,
    bool whole_window, bool with_exclusions)
{
    struct edges e = {0};
    int holding[CUT_KINDS] = {0};
    *c = (struct cuts){0};
    collect_edges(&e, facts, service, whole_window, with_exclusions);
    if (e.count > 0)
        qsort(e.list, e.count, sizeof *e.list, by_second);
    c->list = alloc_array(e.count, sizeof *c->list);
    for (size_t i = 0; i + 1 < e.count; i++) {
        int kind = 0;
        holding[e.list[i].kind] += e.list[i].change;
        while (kind < CUT_KINDS && holding[kind] == 0)
            kind++;
        if (kind < CUT_KINDS && e.list[i].second < e.list[i + 1].second)
            add_cut(c, e.list[i].second, e.list[i + 1].second, (enum cut_kind)kind);
    }
    free(e.list);
}

void cuts_deinit(struct cuts *c)
{
    free(c->list);
    *c = (struct cuts){0};
}

/* The first cut that ends after @second. */
static size_t first_after(const struct cuts *c, int64_t second)
{
    size_t low = 0, high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->list[middle].window.to_s > second)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void cuts_seconds(const struct cuts *c, const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window, const struct calendar *calendar,
    int64_t ret[CUT_KINDS])
{
    // Within one leg wall time only goes on, so that what lies outside need not be looked at.
    bool is_straight = from.leg == to.leg;
    size_t i = is_straight ? first_after(c, from.second) : 0;

    for (int kind = 0; kind < CUT_KINDS; kind++)
        ret[kind] = 0;
    for (; i < c->count; i++) {
        struct timeline_window both = c->list[i].window;
        if (is_straight && both.from_s >= to.second)
            break;
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
