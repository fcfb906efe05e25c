/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/timeline.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Before and after everything; in milliseconds they still fit. */
#define FIRST_SECOND (-INT64_C(4000000000000))
#define LAST_SECOND INT64_C(4000000000000)

enum { STEP_MS = 2000 }; /* what is recorded as a setting of the clock is more (R15) */

static int64_t second_of(wall_ms when)
{
    int64_t second = when / 1000 - (when % 1000 < 0);
    if (second < FIRST_SECOND)
        return FIRST_SECOND;
    return second > LAST_SECOND ? LAST_SECOND : second;
}

static void make_legs(struct timeline *t, const struct sla_facts *facts)
{
    t->leg_count = facts->step_count + 1;
    t->legs = alloc_array(t->leg_count, sizeof *t->legs);
    t->legs[0].from_s = FIRST_SECOND;
    for (size_t i = 0; i < facts->step_count; i++) {
        const struct sla_step *step = &facts->steps[i];
        t->legs[i].to_s = second_of(step->before);
        t->legs[i].to = step->before;
        t->legs[i].offset_to = step->before - step->boot;
        t->legs[i].to_known = true;
        t->legs[i + 1].from_s = second_of(step->after);
        t->legs[i + 1].offset_from = step->after - step->boot;
        t->legs[i + 1].from_known = true;
    }
    t->legs[t->leg_count - 1].to_s = LAST_SECOND;
    t->legs[t->leg_count - 1].to = CLOCK_NEVER;
}

static span_ms distance(span_ms a, span_ms b)
{
    return a > b ? a - b : b - a;
}

/* How far the clocks of @m are from those of the leg's nearer end. */
static span_ms leg_distance(const struct timeline_leg *leg, struct moment m)
{
    span_ms offset = m.wall - m.boot, nearest = CLOCK_NEVER;
    if (m.boot == 0)
        return 0;
    if (leg->from_known)
        nearest = distance(leg->offset_from, offset);
    if (leg->to_known && distance(leg->offset_to, offset) < nearest)
        nearest = distance(leg->offset_to, offset);
    return nearest;
}

static bool leg_holds(const struct timeline_leg *leg, int64_t second)
{
    return second >= leg->from_s && second < leg->to_s;
}

/* A time that no clock showed: the start of the leg behind the hole. */
static struct timeline_place behind_hole(const struct timeline *t, int64_t second)
{
    for (size_t i = 1; i < t->leg_count; i++)
        if (second >= t->legs[i - 1].to_s && second < t->legs[i].from_s)
            return (struct timeline_place){i, t->legs[i].from_s};
    return (struct timeline_place){t->leg_count - 1, second};
}

/* The first leg that ended when a clock showed just @when; leg_count if there is none. */
static size_t leg_ending_at(const struct timeline *t, wall_ms when)
{
    size_t i = 0;
    while (i < t->leg_count && t->legs[i].to != when)
        i++;
    return i;
}

struct timeline_place timeline_place_of(const struct timeline *t, struct moment m)
{
    int64_t second = second_of(m.wall);
    size_t best = t->leg_count, ending = leg_ending_at(t, m.wall);
    span_ms nearest = CLOCK_NEVER;
    for (size_t i = 0; i < t->leg_count; i++) {
        if (!leg_holds(&t->legs[i], second))
            continue;
        span_ms d = leg_distance(&t->legs[i], m);
        if (best == t->leg_count || d < nearest) {
            best = i;
            nearest = d;
        }
    }
    // Both clocks agree with a leg: it is that one. Else the moment may be from another boot.
    if (ending < t->leg_count && nearest > STEP_MS)
        best = ending;
    return best < t->leg_count ? (struct timeline_place){best, second} : behind_hole(t, second);
}

struct timeline_place timeline_place_at(const struct timeline *t, wall_ms when)
{
    int64_t second = second_of(when);
    for (size_t i = t->leg_count; i > 0; i--)
        if (leg_holds(&t->legs[i - 1], second))
            return (struct timeline_place){i - 1, second};
    return behind_hole(t, second);
}

int timeline_compare(struct timeline_place a, struct timeline_place b)
{
    if (a.leg != b.leg)
        return a.leg < b.leg ? -1 : 1;
    return (a.second > b.second) - (a.second < b.second);
}

struct timeline_place timeline_end_of(const struct timeline *t, size_t i, struct timeline_place end)
{
    return i + 1 < t->segment_count ? t->segments[i + 1].from : end;
}

static int64_t open_seconds(const struct calendar *calendar, int64_t from_s, int64_t to_s)
{
    if (from_s >= to_s)
        return 0;
    return calendar == NULL ? to_s - from_s : calendar_open_s(calendar, from_s * 1000, to_s * 1000);
}

int64_t timeline_seconds(const struct timeline *t, struct timeline_place from,
    struct timeline_place to, const struct timeline_window *window, const struct calendar *calendar)
{
    int64_t sum = 0;
    for (size_t i = from.leg; i <= to.leg && i < t->leg_count; i++) {
        int64_t from_s = i == from.leg ? from.second : t->legs[i].from_s;
        int64_t to_s = i == to.leg ? to.second : t->legs[i].to_s;
        if (window != NULL && from_s < window->from_s)
            from_s = window->from_s;
        if (window != NULL && to_s > window->to_s)
            to_s = window->to_s;
        sum += open_seconds(calendar, from_s, to_s);
    }
    return sum;
}

static bool is_measured_state(enum service_state state)
{
    return state == SERVICE_UP || state == SERVICE_DEGRADED || state == SERVICE_DOWN ||
           state == SERVICE_UNMONITORED;
}

/* "From here on": what was said of later times before goes. */
static void add_point(struct timeline *t, const struct service_point *point)
{
    struct timeline_segment fresh = {
        .from = timeline_place_of(t, point->from),
        .detected = timeline_place_of(t, point->detected),
        .state = point->state,
        .incident = point->incident,
        .gap = point->state == SERVICE_UNMONITORED ? point->row : 0,
    };
    while (t->segment_count > 1 &&
           timeline_compare(t->segments[t->segment_count - 1].from, fresh.from) >= 0)
        t->segment_count--;
    t->segments[t->segment_count++] = fresh;
}

static void add_taken_back(struct timeline *t, const struct service_point *point)
{
    t->taken = alloc_resize(t->taken, t->taken_count + 1, sizeof *t->taken);
    t->taken[t->taken_count++] = (struct timeline_taken){
        .detected = timeline_place_of(t, point->detected),
        .taken_back = timeline_place_of(t, point->taken_back),
        .incident = point->incident,
    };
}

/* What a person said of a gap, with evidence, is what it was (R10). */
static void apply_judgements(struct timeline *t, const struct sla_facts *facts)
{
    for (size_t i = 0; i < facts->judgement_count; i++) {
        const struct judgement *j = &facts->judgements[i];
        for (size_t k = 0; k < t->segment_count; k++) {
            if (j->gap == 0 || t->segments[k].gap != j->gap)
                continue;
            t->segments[k].state = j->is_up ? SERVICE_UP : SERVICE_DOWN;
            t->segments[k].is_judged = true;
        }
    }
}

static struct timeline_place earlier(struct timeline_place a, struct timeline_place b)
{
    return timeline_compare(a, b) < 0 ? a : b;
}

/* From the begin of @from to that of @to, as far as it is known. */
static int64_t run_length(const struct timeline *t, size_t from, size_t to)
{
    struct timeline_place end = earlier(timeline_end_of(t, to - 1, t->as_of), t->as_of);
    return timeline_seconds(t, t->segments[from].from, end, NULL, NULL);
}

static bool is_good(const struct timeline_segment *s)
{
    return s->state == SERVICE_UP || s->state == SERVICE_DEGRADED;
}

/*
 * Good time after an outage that did not last is part of it (R5, R19), whatever came after: what
 * failed again goes on with the first outage, its incident and its detection.
 */
static void apply_hold(struct timeline *t, int64_t hold_s)
{
    for (size_t i = 1, end; i < t->segment_count; i = end) {
        const struct timeline_segment *before = &t->segments[i - 1];
        end = i;
        while (end < t->segment_count && is_good(&t->segments[end]))
            end++;
        if (end == i || before->state != SERVICE_DOWN || run_length(t, i, end) >= hold_s) {
            end += end == i;
            continue;
        }
        if (end < t->segment_count && t->segments[end].state == SERVICE_DOWN)
            end++;
        for (size_t k = i; k < end; k++) {
            t->segments[k].state = SERVICE_DOWN;
            t->segments[k].incident = before->incident;
            t->segments[k].detected = before->detected;
        }
    }
}

static void apply_min_outage(struct timeline *t, int64_t least_s)
{
    for (size_t i = 0; i < t->segment_count;) {
        size_t end = i;
        while (end < t->segment_count && t->segments[end].state == SERVICE_DOWN)
            end++;
        // What goes on at as_of may last yet.
        bool is_over = end > i && end < t->segment_count &&
                       timeline_compare(t->segments[end].from, t->as_of) <= 0;
        if (is_over && run_length(t, i, end) < least_s)
            for (size_t k = i; k < end; k++)
                t->segments[k].state = SERVICE_UP;
        i = end > i ? end : i + 1;
    }
}

void timeline_init(
    struct timeline *t, const struct sla_facts *facts, const struct timeline_rules *rules)
{
    *t = (struct timeline){0};
    make_legs(t, facts);
    t->as_of = timeline_place_at(t, rules->as_of);
    t->segments = alloc_array(facts->point_count + 1, sizeof *t->segments);
    t->segments[0] = (struct timeline_segment){
        .from = {0, FIRST_SECOND},
        .detected = {0, FIRST_SECOND},
        .state = facts->begin == INT64_MIN ? SERVICE_UP : SERVICE_UNMONITORED,
    };
    t->segment_count = 1;
    for (size_t i = 0; i < facts->point_count; i++) {
        const struct service_point *point = &facts->points[i];
        if (point->taken_back.wall != 0)
            add_taken_back(t, point);
        else if (is_measured_state(point->state))
            add_point(t, point);
    }
    apply_hold(t, rules->hold / 1000);
    apply_judgements(t, facts);
    apply_min_outage(t, rules->min_outage / 1000);
}

void timeline_deinit(struct timeline *t)
{
    free(t->legs);
    free(t->segments);
    free(t->taken);
    *t = (struct timeline){0};
}
