/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/sla.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/move.h"
#include "record/cuts.h"
#include "record/timeline.h"

__extension__ typedef __int128 wide; /* products of two 64-bit numbers */

/* What one call of sla_compute works on. */
struct work_on {
    const struct sla_settings *sla;
    const struct calendar *calendar;
    const struct sla_facts *facts;
    struct timeline line;
    struct cuts cuts;
    struct timeline_window period;  /* from the service's start on */
    struct timeline_window counted; /* of it, what lies before as_of */
    uint64_t *mistaken;             /* incidents that were false detections */
    size_t mistaken_count;
    struct sla_figures *f;
};

/* ---- percentages ------------------------------------------------------------------------- */

const char *sla_percent(char ret[SLA_PERCENT_BYTES], int64_t part, int64_t total)
{
    if (total <= 0 || part < 0 || part > total) {
        snprintf(ret, SLA_PERCENT_BYTES, "n/a");
        return ret;
    }
    unsigned units = (unsigned)((wide)part * 100 * SLA_WHOLE / total);
    snprintf(ret, SLA_PERCENT_BYTES, "%u.%05u", units / SLA_WHOLE, units % SLA_WHOLE);
    return ret;
}

bool sla_met(int64_t up, int64_t total, uint32_t target)
{
    return (wide)up * SLA_WHOLE >= (wide)total * target;
}

/* ---- seconds ----------------------------------------------------------------------------- */

static int64_t floor_seconds(wall_ms when)
{
    return when / 1000 - (when % 1000 < 0);
}

static int64_t planned_between(const struct work_on *w, int64_t from_s, int64_t to_s)
{
    return from_s < to_s ? calendar_open_s(w->calendar, from_s * 1000, to_s * 1000) : 0;
}

/* What counts as what. */
struct sums {
    int64_t up, degraded, down, unmonitored;
    int64_t out[CUT_KINDS];
};

static int64_t *class_of(struct sums *sums, enum service_state state)
{
    switch (state) {
    case SERVICE_UP:
        return &sums->up;
    case SERVICE_DEGRADED:
        return &sums->degraded;
    case SERVICE_DOWN:
        return &sums->down;
    case SERVICE_UNMONITORED:
    case SERVICE_MAINTENANCE:
    case SERVICE_OUT_OF_HOURS:
        break;
    }
    return &sums->unmonitored;
}

static void count_segment(
    const struct work_on *w, const struct cuts *cuts, size_t i, struct sums *sums)
{
    const struct timeline *line = &w->line;
    const struct timeline_segment *segment = &line->segments[i];
    struct timeline_place to = timeline_end_of(line, i, w->line.as_of);
    // Years of segments lie outside most windows.
    if (segment->from.leg == to.leg &&
        (to.second <= w->counted.from_s || segment->from.second >= w->counted.to_s))
        return;
    int64_t left = timeline_seconds(line, segment->from, to, &w->counted, w->calendar);
    int64_t out[CUT_KINDS];

    cuts_seconds(cuts, line, segment->from, to, &w->counted, w->calendar, out);
    if (segment->state != SERVICE_DOWN)
        out[CUT_FORGIVEN] = 0;
    for (int kind = 0; kind < CUT_KINDS; kind++) {
        sums->out[kind] += out[kind];
        left -= out[kind];
    }
    *class_of(sums, segment->state) += left;
}

static struct sums count_classes(const struct work_on *w, const struct cuts *cuts)
{
    struct sums sums = {0};
    for (size_t i = 0; i < w->line.segment_count; i++)
        count_segment(w, cuts, i, &sums);
    return sums;
}

/* Floor of planned x (1 - target) - down: -1, never 0, once a part of a second too much is gone. */
static int64_t budget_left(int64_t planned, uint32_t target, int64_t down)
{
    int64_t unit = SLA_WHOLE;
    int64_t exact = planned * (unit - (int64_t)target) - down * unit;
    return exact / unit - (exact % unit < 0);
}

int64_t sla_available(const struct sla_figures *f)
{
    return f->up_s + f->degraded_s + f->forgiven_s;
}

int64_t sla_measured(const struct sla_figures *f)
{
    return sla_available(f) + f->down_s;
}

/* What the figures are without exclusions by agreement (R9). @with: with them. */
static void count_plain(struct work_on *w, const struct sums *with)
{
    struct cuts cuts;
    struct sums sums = *with;
    if (w->facts->exclusion_count > 0) {
        cuts_init(&cuts, w->facts, w->f->service, w->sla->whole_window, false);
        sums = count_classes(w, &cuts);
        cuts_deinit(&cuts);
    }
    w->f->plain_available_s = sums.up + sums.degraded;
    w->f->plain_measured_s = sums.up + sums.degraded + sums.down;
    w->f->plain_met = w->f->plain_measured_s > 0 &&
                      sla_met(w->f->plain_available_s, w->f->plain_measured_s, w->f->target);
}

static void count_availability(struct work_on *w)
{
    struct sla_figures *f = w->f;
    f->planned_s = planned_between(w, w->period.from_s, w->period.to_s);
    f->elapsed_s = planned_between(w, w->counted.from_s, w->counted.to_s);
    struct sums sums = count_classes(w, &w->cuts);
    f->up_s = sums.up;
    f->degraded_s = sums.degraded;
    f->down_s = sums.down;
    f->unmonitored_s = sums.unmonitored;
    f->forgiven_s = sums.out[CUT_FORGIVEN];
    f->late_registered_s = sums.out[CUT_LATE_WORK];
    f->maintenance_s = sums.out[CUT_WORK] + f->late_registered_s;
    f->excluded_s = f->maintenance_s + sums.out[CUT_EXCLUDED];

    int64_t measured = sla_measured(f), planned = f->planned_s - f->excluded_s;
    f->clock_correction_s = measured + f->unmonitored_s + f->excluded_s - f->elapsed_s;
    f->target = w->sla->availability;
    f->measurable = measured > 0;
    f->met = f->measurable && sla_met(sla_available(f), measured, f->target);
    f->budget_s = budget_left(planned, f->target, 0);
    f->budget_left_s = budget_left(planned, f->target, f->down_s);
    count_plain(w, &sums);
}

/* ---- gaps -------------------------------------------------------------------------------- */

static void add_gap(struct work_on *w, size_t i)
{
    const struct timeline_segment *segment = &w->line.segments[i];
    struct timeline_place to = timeline_end_of(&w->line, i, w->line.as_of);
    struct sla_gap gap = {
        .id = segment->gap,
        .from_s = segment->from.second,
        .to_s = i + 1 < w->line.segment_count ? to.second : INT64_MAX,
        .service_s = cuts_left(&w->cuts, &w->line, segment->from, to, &w->counted, w->calendar),
        .as = segment->state,
    };
    if (gap.service_s == 0)
        return;
    if (w->f->gap_count == SLA_GAPS_MAX) {
        w->f->gap_count--;
        w->f->gaps_left_out++;
        memmove(w->f->gaps, w->f->gaps + 1, w->f->gap_count * sizeof *w->f->gaps);
    }
    w->f->gaps = alloc_resize(w->f->gaps, w->f->gap_count + 1, sizeof *w->f->gaps);
    w->f->gaps[w->f->gap_count++] = gap;
}

static void collect_gaps(struct work_on *w)
{
    for (size_t i = 0; i < w->line.segment_count; i++)
        if (w->line.segments[i].gap != 0)
            add_gap(w, i);
}

/* ---- samples ----------------------------------------------------------------------------- */

/* From when to when something took. */
struct stretch {
    uint64_t incident;
    struct timeline_place from; /* of the outage */
    struct timeline_place start, stop;
    bool is_ended;
};

static void add_sample(struct sla_sample **samples, size_t *count, struct sla_sample sample)
{
    *samples = alloc_resize(*samples, *count + 1, sizeof **samples);
    (*samples)[(*count)++] = sample;
}

/* On the clock of service hours, which stands still while work or an exclusion holds. */
static int64_t service_seconds(
    const struct work_on *w, struct timeline_place from, struct timeline_place to)
{
    return cuts_left(&w->cuts, &w->line, from, to, NULL, w->calendar);
}

static struct sla_sample judge_stretch(
    const struct work_on *w, const struct stretch *s, span_ms limit)
{
    struct sla_sample sample = {
        .incident = s->incident,
        .service_s = service_seconds(w, s->start, s->stop),
        .wall_s = timeline_seconds(&w->line, s->start, s->stop, NULL, NULL),
        .told_s = -1,
    };
    if (sample.service_s > limit / 1000)
        sample.result = SLA_FAIL;
    else
        sample.result = s->is_ended ? SLA_PASS : SLA_PENDING;
    return sample;
}

static bool is_between(int64_t second, const struct timeline_window *window)
{
    return second >= window->from_s && second < window->to_s;
}

/* A sample belongs to the period of its detection, and there is none before it (R12). */
static bool is_of_period(const struct work_on *w, struct timeline_place detected)
{
    return is_between(detected.second, &w->period) &&
           timeline_compare(detected, w->line.as_of) <= 0;
}

static void collect_mistaken(struct work_on *w)
{
    for (size_t i = 0; i < w->facts->incident_count; i++) {
        if ((w->facts->incidents[i].flags & INCIDENT_FALSE) == 0)
            continue;
        w->mistaken = alloc_resize(w->mistaken, w->mistaken_count + 1, sizeof *w->mistaken);
        w->mistaken[w->mistaken_count++] = w->facts->incidents[i].id;
    }
}

static bool is_mistaken(const struct work_on *w, uint64_t id)
{
    for (size_t i = 0; i < w->mistaken_count; i++)
        if (w->mistaken[i] == id)
            return true;
    return false;
}

static void add_recovery(struct work_on *w, const struct stretch *s)
{
    if (is_of_period(w, s->start) && !is_mistaken(w, s->incident))
        add_sample(&w->f->recovery, &w->f->recovery_count, judge_stretch(w, s, w->sla->recovery));
}

/* What was detected, and then was no outage: it worked all the time. Between the two it was taken
 * for one. */
static void add_taken_back(struct work_on *w, const struct timeline_taken *taken)
{
    struct stretch s = {.incident = taken->incident,
        .from = taken->detected,
        .start = taken->detected,
        .stop = taken->detected,
        .is_ended = true};
    if (service_seconds(w, taken->detected, taken->taken_back) > 0)
        add_recovery(w, &s);
}

/* The incident of an outage that began without one. */
static uint64_t incident_from(const struct timeline *line, size_t i, size_t end)
{
    for (; i < end; i++)
        if (line->segments[i].state == SERVICE_DOWN && line->segments[i].incident != 0)
            return line->segments[i].incident;
    return 0;
}

/* Seconds from @from to @to within the hours in which no planned work ran. */
static int64_t offered_seconds(
    const struct work_on *w, struct timeline_place from, struct timeline_place to)
{
    int64_t out[CUT_KINDS];
    cuts_seconds(&w->cuts, &w->line, from, to, NULL, w->calendar, out);
    return timeline_seconds(&w->line, from, to, NULL, w->calendar) - out[CUT_WORK] -
           out[CUT_LATE_WORK];
}

/* The last moment before @to up to which nothing was offered since @from. */
static struct timeline_place offer_start(
    const struct work_on *w, struct timeline_place from, struct timeline_place to)
{
    struct timeline_place low = from;
    while (low.leg < to.leg) {
        struct timeline_place next = {low.leg + 1, w->line.legs[low.leg + 1].from_s};
        if (offered_seconds(w, from, next) > 0)
            break;
        low = next;
    }
    struct timeline_place high = {
        low.leg, low.leg == to.leg ? to.second : w->line.legs[low.leg].to_s};
    while (low.second + 1 < high.second) {
        struct timeline_place middle = {low.leg, low.second + (high.second - low.second) / 2};
        if (offered_seconds(w, from, middle) > 0)
            high = middle;
        else
            low = middle;
    }
    return low;
}

/* When an outage counts as detected: one that began outside the hours, or during planned work, when
 * that was over. */
static struct timeline_place counted_detection(
    const struct work_on *w, const struct timeline_segment *outage, struct timeline_place to)
{
    struct timeline_place second = {outage->detected.leg, outage->detected.second + 1};
    if (offered_seconds(w, outage->from, second) > 0 || timeline_compare(second, to) >= 0)
        return outage->detected;
    return offer_start(w, outage->detected, to);
}

/*
 * One outage is one sample (R6): it lasts until the service was seen to work, degraded or not.
 * Blindness inside it is no start of operation.
 */
static void collect_recovery(struct work_on *w)
{
    const struct timeline *line = &w->line;
    for (size_t first = 0, end; first < line->segment_count; first = end) {
        end = first + 1;
        if (line->segments[first].state != SERVICE_DOWN)
            continue;
        while (end < line->segment_count && (line->segments[end].state == SERVICE_DOWN ||
                                                line->segments[end].state == SERVICE_UNMONITORED))
            end++;
        bool is_ended = end < line->segment_count &&
                        timeline_compare(line->segments[end].from, w->line.as_of) <= 0;
        struct stretch s = {
            .incident = incident_from(line, first, end),
            .from = line->segments[first].from,
            .stop = is_ended ? line->segments[end].from : w->line.as_of,
            .is_ended = is_ended,
        };
        s.start = counted_detection(w, &line->segments[first], s.stop);
        if (service_seconds(w, s.from, s.stop) > 0)
            add_recovery(w, &s);
    }
    for (size_t i = 0; i < line->taken_count; i++)
        add_taken_back(w, &line->taken[i]);
}

static bool has_come(struct moment m)
{
    return m.wall != 0;
}

static struct moment earlier(struct moment a, struct moment b)
{
    if (!has_come(a) || !has_come(b))
        return has_come(a) ? a : b;
    return a.wall <= b.wall ? a : b;
}

/* Sets the end of @s at @m if that has come by as_of. */
static void end_stretch(const struct work_on *w, struct stretch *s, struct moment m)
{
    struct timeline_place place = timeline_place_of(&w->line, m);
    s->is_ended = has_come(m) && timeline_compare(place, w->line.as_of) <= 0;
    s->stop = s->is_ended ? place : w->line.as_of;
}

/* Whether it was open at some time at which the service clock ran; an instant is enough. */
static bool touches_hours(const struct work_on *w, const struct incident *i, struct moment start)
{
    struct stretch s = {.start = timeline_place_of(&w->line, start)};
    struct timeline_place next = {s.start.leg, s.start.second + 1};
    end_stretch(w, &s, i->cleared_at);
    return service_seconds(w, s.start, timeline_compare(s.stop, next) > 0 ? s.stop : next) > 0;
}

/* On the clock that never steps, whatever the hours; -1: nobody has accepted it by as_of. */
static int64_t time_to_notify(const struct work_on *w, const struct incident *i)
{
    struct timeline_place told = timeline_place_of(&w->line, i->notified_at);
    struct moment detected = incident_detection(i);
    if (!has_come(i->notified_at) || !has_come(detected) ||
        timeline_compare(told, w->line.as_of) > 0)
        return -1;
    return timeline_seconds(&w->line, timeline_place_of(&w->line, detected), told, NULL, NULL);
}

static void add_notification(struct work_on *w, const struct incident *i)
{
    struct moment found = incident_detection(i);
    struct moment start = earlier(found, i->called_at);
    struct moment detected = has_come(found) ? found : i->called_at;
    // Where no clock was set a place is its wall time: most are of other periods.
    if (w->line.leg_count == 1 && !is_between(floor_seconds(detected.wall), &w->period))
        return;
    if (i->severity != SEVERITY_CRITICAL || (i->flags & (INCIDENT_FALSE | INCIDENT_OWN)) != 0 ||
        !has_come(start) || !is_of_period(w, timeline_place_of(&w->line, detected)) ||
        !touches_hours(w, i, start))
        return;

    struct moment stop = i->reported_at;
    if (w->sla->auto_counts)
        stop = earlier(stop, i->notified_at);
    struct stretch s = {.incident = i->id, .start = timeline_place_of(&w->line, start)};
    end_stretch(w, &s, stop);
    struct sla_sample sample = judge_stretch(w, &s, w->sla->notification);
    sample.told_s = time_to_notify(w, i);
    sample.is_unconfirmed = sample.told_s >= 0 && (i->flags & INCIDENT_UNCONFIRMED) != 0;
    w->f->counts_unconfirmed |= sample.is_unconfirmed;
    add_sample(&w->f->notification, &w->f->notification_count, sample);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void set_windows(struct work_on *w, const struct service_settings *service,
    const struct period *period, wall_ms as_of)
{
    w->period = (struct timeline_window){floor_seconds(period->from), floor_seconds(period->to)};
    if (service->start != INT32_MIN) {
        int64_t start = floor_seconds(zone_instant(w->calendar->zone, service->start, 0));
        if (w->period.from_s < start)
            w->period.from_s = start;
    }
    w->counted = w->period;
    if (w->counted.to_s > floor_seconds(as_of))
        w->counted.to_s = floor_seconds(as_of);
}

static void begin(struct work_on *w, const struct service_settings *service,
    const struct period *period, wall_ms as_of)
{
    *w->f = (struct sla_figures){.service = alloc_text(service->name),
        .period = *period,
        .zone = w->calendar->zone,
        .counts_unconfirmed = service->sla.count_unconfirmed};
    timeline_init(&w->line, w->facts,
        &(struct timeline_rules){service->hold, service->sla.min_outage, as_of});
    cuts_init(&w->cuts, w->facts, service->name, service->sla.whole_window, true);
    set_windows(w, service, period, as_of);
    count_availability(w);
}

static void end(struct work_on *w)
{
    cuts_deinit(&w->cuts);
    timeline_deinit(&w->line);
}

void sla_count(const struct service_settings *service, const struct calendar *calendar,
    const struct period *period, const struct sla_facts *facts, wall_ms as_of,
    struct sla_figures *ret)
{
    struct work_on w = {.sla = &service->sla, .calendar = calendar, .facts = facts, .f = ret};
    begin(&w, service, period, as_of);
    end(&w);
}

void sla_compute(const struct service_settings *service, const struct calendar *calendar,
    const struct period *period, const struct sla_facts *facts, wall_ms as_of,
    struct sla_figures *ret)
{
    struct work_on w = {.sla = &service->sla, .calendar = calendar, .facts = facts, .f = ret};
    begin(&w, service, period, as_of);
    collect_gaps(&w);
    collect_mistaken(&w);
    if (service->sla.recovery > 0)
        collect_recovery(&w);
    for (size_t i = 0; service->sla.notification > 0 && i < facts->incident_count; i++)
        add_notification(&w, &facts->incidents[i]);
    free(w.mistaken);
    end(&w);
}

void sla_figures_deinit(struct sla_figures *f)
{
    free(f->service);
    free(f->recovery);
    free(f->notification);
    free(f->gaps);
    *f = (struct sla_figures){0};
}
