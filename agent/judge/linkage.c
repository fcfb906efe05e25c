/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage.h"

#include <stdlib.h>

#include "base/message.h"
#include "base/text.h"
#include "judge/event.h"
#include "judge/linkage_event.h"
#include "judge/linkage_feed.h"
#include "judge/linkage_plan.h"
#include "judge/linkage_run.h"
#include "judge/linkage_say.h"
#include "judge/linkage_tell.h"
#include "judge/registry.h"
#include "judge/service.h"

#define NEXT_RUN_MS ((span_ms)12 * 3600 * 1000)

/* ---- the clock of the current day ---- */

static void linkage_on_due(struct judge *j, void *owner, struct moment now);

/* When it is judged: not in the past. */
static mono_ms judged_at(const struct linkage *k, struct moment now)
{
    const struct linkage_settings *s = k->settings;
    if (s->frequency == LINKAGE_IRREGULAR)
        return s->heartbeat > 0 ? k->state.last_run.boot + s->heartbeat + s->grace : CLOCK_NEVER;
    if (k->state.current.day == LINKAGE_NO_DAY)
        return CLOCK_NEVER;
    return now.boot + (k->state.current.due + s->grace - now.wall);
}

static void arm(struct judge *j, struct linkage *k, mono_ms earliest, struct moment now)
{
    mono_ms at = judged_at(k, now);
    k->due.fn = linkage_on_due;
    due_set(&j->dues, &k->due, at > earliest ? at : earliest);
}

static void set_current(struct linkage *k, int32_t day)
{
    k->state.current = (struct linkage_day){
        .day = day,
        .due = linkage_plan_due(k->settings, &k->calendar, day),
        .records = -1,
    };
}

static bool is_over(const struct linkage *k, int32_t day, struct moment now)
{
    return linkage_plan_due(k->settings, &k->calendar, day) + k->settings->grace <= now.wall;
}

/* The first business day whose deadline is yet to come. */
static int32_t first_open_day(const struct linkage *k, struct moment now)
{
    // The 48-hour clock and the grace reach this far into the days after.
    int32_t day = zone_day(k->calendar.zone, now.wall) - 3 -
                  (int32_t)(k->settings->grace / ((span_ms)86400 * 1000));
    do
        day = linkage_plan_next(k->settings, &k->calendar, day);
    while (day != LINKAGE_NO_DAY && is_over(k, day, now));
    return day;
}

/* What nobody was there for is judged some days back, not for ever. */
static int32_t skip_old(const struct linkage *k, int32_t day, struct moment now)
{
    int32_t oldest = zone_day(k->calendar.zone, now.wall) - LINKAGE_CATCH_UP_DAYS;
    while (day != LINKAGE_NO_DAY && day < oldest)
        day = linkage_plan_next(k->settings, &k->calendar, day);
    return day;
}

static void roll(struct judge *j, struct linkage *k, struct moment now)
{
    k->state.last = k->state.current;
    int32_t next = linkage_plan_next(k->settings, &k->calendar, k->state.current.day);
    set_current(k, skip_old(k, next, now));
    arm(j, k, now.boot, now);
}

static void set_blind(struct judge *j, struct linkage *k, bool is_blind, struct moment now)
{
    const struct subject *s = k->subject;
    if (k->is_blind == is_blind)
        return;
    k->is_blind = is_blind;
    enum truth truth = is_blind ? TRUTH_UNKNOWN : TRUTH_NO;
    trail_say(&k->sight, (struct trail_piece){.from = now, .truth = truth});
    for (size_t i = 0; i < s->service_count; i++)
        service_consider(j, s->services[i], NULL, now, now);
}

/* True: it is not judged yet, and the clock is set for the next look. */
static bool wait_for_sight(struct judge *j, struct linkage *k, struct moment now)
{
    if (!linkage_can_see(j, k)) {
        k->seen_for = 0;
        set_blind(j, k, true, now);
    } else if (!k->is_blind || (k->seen_for != 0 && now.boot >= k->seen_for + LINKAGE_SETTLE_MS)) {
        return false;
    } else if (k->seen_for == 0) {
        k->seen_for = now.boot;
    }
    due_set(&j->dues, &k->due, now.boot + LINKAGE_SETTLE_MS);
    return true;
}

static void tell_missing(struct judge *j, struct linkage *k, struct moment now)
{
    struct linkage_day *d = &k->state.current;
    struct text text = {0};
    char day[LINKAGE_DAY_BYTES];

    linkage_say_missing(j, k, &text);
    struct opening o = {.severity = SEVERITY_CRITICAL,
        .key = linkage_say_day(day, d->day),
        .failed_at = linkage_moment(j, d->due, now),
        .value = day,
        .text = text_get(&text)};
    d->phase = LINKAGE_MISSING;
    k->state.last_result = LINKAGE_MISSING;
    linkage_count_failure(j, k, now);
    linkage_raise(j, k, LINKAGE_METRIC_ARRIVAL, &o, now);
    text_deinit(&text);
}

static void tell_silent(struct judge *j, struct linkage *k, struct moment now)
{
    struct text text = {0};
    if (linkage_is_open(j, k, LINKAGE_METRIC_HEARTBEAT, NULL))
        return; // an earlier run has told it
    linkage_say_silent(j, k, &text);
    struct opening o = {.severity = SEVERITY_CRITICAL,
        .key = "",
        .failed_at = {k->state.last_run.wall + k->settings->heartbeat,
            k->state.last_run.boot + k->settings->heartbeat},
        .text = text_get(&text)};
    linkage_count_failure(j, k, now);
    linkage_raise(j, k, LINKAGE_METRIC_HEARTBEAT, &o, now);
    linkage_save(j, k, NULL, now);
    text_deinit(&text);
}

static void linkage_on_due(struct judge *j, void *owner, struct moment now)
{
    struct linkage *k = owner;
    bool is_regular = k->settings->frequency != LINKAGE_IRREGULAR;
    bool is_missing = !is_regular || k->state.current.phase == LINKAGE_WAITING;

    if (is_missing && wait_for_sight(j, k, now))
        return;
    set_blind(j, k, false, now);
    if (!is_regular) {
        tell_silent(j, k, now);
        return;
    }
    if (is_missing)
        tell_missing(j, k, now);
    roll(j, k, now);
    linkage_save(j, k, is_missing ? &k->state.last : NULL, now);
}

/* ---- start and clock ---- */

/* Whether more days lie between @from and @to than a clock that was set back leaves behind. */
static bool is_far(const struct linkage *k, int32_t from, int32_t to)
{
    for (int i = 0; i < 4 && from != LINKAGE_NO_DAY && from < to; i++)
        from = linkage_plan_next(k->settings, &k->calendar, from);
    return from != LINKAGE_NO_DAY && from < to;
}

/* Nobody knows what arrived on the days before the first watch; a replay's agent ran throughout. */
static int32_t first_day(
    const struct judge *j, const struct linkage *k, int32_t open, struct moment now)
{
    int32_t today = zone_day(k->calendar.zone, now.wall);
    bool is_known = j->assume_good || open == LINKAGE_NO_DAY || open >= today;
    return is_known ? open : linkage_plan_next(k->settings, &k->calendar, today - 1);
}

/* Brings the current day in line with the settings and the clock, and arms its deadline. */
static void align(struct judge *j, struct linkage *k, mono_ms earliest, struct moment now)
{
    struct linkage_state *s = &k->state;
    int32_t open = first_open_day(k, now), before = s->current.day;

    if (s->last.day != LINKAGE_NO_DAY && s->last.day > open && is_far(k, open, s->last.day))
        s->last.day = s->current.day = LINKAGE_NO_DAY;
    if (s->current.day == LINKAGE_NO_DAY || k->settings->frequency == LINKAGE_IRREGULAR) {
        set_current(k, first_day(j, k, open, now));
    } else if (s->current.phase == LINKAGE_WAITING) {
        int32_t day = linkage_plan_next(k->settings, &k->calendar, s->current.day - 1);
        if (open != LINKAGE_NO_DAY && open < day && open > s->last.day)
            day = open;
        set_current(k, skip_old(k, day, now));
    } else {
        s->current.due = linkage_plan_due(k->settings, &k->calendar, s->current.day);
    }
    if (s->last_run.wall == 0)
        s->last_run.boot = now.boot; // the heartbeat counts from here
    if (s->current.day != before)
        linkage_save(j, k, NULL, now); // a stop from here on must not lose it
    arm(j, k, earliest, now);
}

static void start(struct judge *j, struct linkage *k, struct moment now)
{
    align(j, k, j->assume_good ? now.boot : now.boot + LINKAGE_SETTLE_MS, now);
    linkage_run_resume(j, k);
}

void linkages_start(struct judge *j, struct moment now)
{
    struct linkage *k, *next;
    HASH_ITER (by_id, j->linkages, k, next) {
        start(j, k, now);
    }
}

void linkages_step(struct judge *j, struct moment now)
{
    struct linkage *k, *next;
    j->stepped_at = now.boot;
    HASH_ITER (by_id, j->linkages, k, next) {
        align(j, k, now.boot, now);
    }
}

/* ---- making them ---- */

static void linkage_new(struct judge *j, const struct linkage_settings *settings)
{
    struct linkage *k = alloc(sizeof *k);
    k->settings = settings;
    k->watch = (struct watch_settings){.service = settings->service,
        .rules = j->linkage_rules,
        .rule_count = LINKAGE_METRIC_COUNT};
    k->subject = registry_add_subject(j, settings->id, &k->watch);
    k->subject->linkage = k;
    k->due.owner = k->run_due.owner = k->chain_due.owner = k;
    k->state = (struct linkage_state){.id = alloc_text(settings->id),
        .current.day = LINKAGE_NO_DAY,
        .last.day = LINKAGE_NO_DAY,
        .last_records = -1,
        .failures_day = LINKAGE_NO_DAY};
    k->is_kept = true;
    HASH_ADD_KEYPTR(by_id, j->linkages, k->state.id, strlen(k->state.id), k);
}

/* Its subject is gone or goes with it. */
static void linkage_free(struct judge *j, struct linkage *k)
{
    HASH_DELETE(by_id, j->linkages, k);
    due_cancel(&j->dues, &k->due);
    due_cancel(&j->dues, &k->run_due);
    due_cancel(&j->dues, &k->chain_due);
    linkage_state_deinit(&k->state);
    trail_deinit(&k->sight);
    free(k);
}

static void bind_calendar(const struct judge *j, struct linkage *k)
{
    const char *name = k->settings->calendar;
    k->calendar =
        (struct calendar){name != NULL ? settings_calendar(j->settings, name) : NULL, j->zone};
}

static struct linkage *find(const struct judge *j, const char *id)
{
    struct linkage *k = NULL;
    HASH_FIND(by_id, j->linkages, id, strlen(id), k);
    return k;
}

void linkages_new(struct judge *j)
{
    static const char *const metrics[LINKAGE_METRIC_COUNT] = {
        "arrival", "records", "result", "runtime", "chain", "heartbeat"};
    for (size_t i = 0; i < LINKAGE_METRIC_COUNT; i++)
        j->linkage_rules[i] =
            (struct rule){.metric = alloc_text(metrics[i]), .event = SEVERITY_CRITICAL};
    for (size_t i = 0; i < j->settings->linkage_count; i++) {
        linkage_new(j, &j->settings->linkages[i]);
        bind_calendar(j, find(j, j->settings->linkages[i].id));
    }
    linkage_feeds_build(j);
}

void linkages_free(struct judge *j)
{
    struct linkage *k, *next;
    linkage_feeds_free(j);
    HASH_ITER (by_id, j->linkages, k, next) {
        linkage_free(j, k);
    }
    for (size_t i = 0; i < LINKAGE_METRIC_COUNT; i++)
        free(j->linkage_rules[i].metric);
}

static void clear_metric(struct judge *j, struct metric *m, void *arg)
{
    const struct moment *now = arg;
    event_forget(j, m, *now);
}

void linkages_drop_gone(struct judge *j, struct moment now)
{
    struct linkage *k, *next;
    linkage_feeds_free(j); // they point into the tree that was
    HASH_ITER (by_id, j->linkages, k, next) {
        k->is_kept = false;
    }
    for (size_t i = 0; i < j->settings->linkage_count; i++) {
        const struct linkage_settings *s = &j->settings->linkages[i];
        k = find(j, s->id);
        if (k == NULL)
            continue;
        k->settings = s;
        k->watch.service = s->service;
        k->is_kept = true;
    }
    HASH_ITER (by_id, j->linkages, k, next) {
        if (k->is_kept)
            continue;
        registry_each_metric(j, k->subject, clear_metric, &now);
        registry_drop_subject(j, k->subject);
        linkage_free(j, k);
    }
}

void linkages_add_new(struct judge *j, struct moment now)
{
    for (size_t i = 0; i < j->settings->linkage_count; i++) {
        const struct linkage_settings *s = &j->settings->linkages[i];
        bool is_new = find(j, s->id) == NULL;
        if (is_new)
            linkage_new(j, s);
        struct linkage *k = find(j, s->id);
        bind_calendar(j, k);
        if (is_new)
            start(j, k, now);
        else
            align(j, k, now.boot, now);
    }
    linkage_feeds_build(j);
}

/* ---- arrivals ---- */

static struct linkage_day *day_by_date(struct linkage *k, int32_t date)
{
    if (date == k->state.current.day)
        return &k->state.current;
    return date == k->state.last.day ? &k->state.last : NULL;
}

/* Deadlines of late hours reach into the next business day: what comes then, half a day or more
 * after the current day's arrival, is the next one's. */
static void roll_early(struct judge *j, struct linkage *k, wall_ms at, struct moment now)
{
    const struct linkage_day *current = &k->state.current;
    if (current->day == LINKAGE_NO_DAY || current->arrived.wall == 0 ||
        at < current->arrived.wall + NEXT_RUN_MS)
        return;
    int32_t next = linkage_plan_next(k->settings, &k->calendar, current->day);
    if (next != LINKAGE_NO_DAY && at >= zone_instant(k->calendar.zone, next, 0))
        roll(j, k, now);
}

/* The business day that something at @at belongs to; NULL: to none that is known. */
static struct linkage_day *day_of(struct linkage *k, const struct reading *r, wall_ms at)
{
    const struct linkage_settings *s = k->settings;
    struct linkage_day *current = &k->state.current, *last = &k->state.last;
    int32_t date;

    if (linkage_event_date(s, r, &date))
        return day_by_date(k, date);
    if (current->day == LINKAGE_NO_DAY)
        return last->day != LINKAGE_NO_DAY ? last : NULL;

    wall_ms near = current->due - s->early;
    bool is_last_open = last->day != LINKAGE_NO_DAY && last->arrived.wall == 0;
    if (is_last_open && (at < near || at <= last->due + s->grace))
        return last;
    if (at >= near || at >= zone_instant(k->calendar.zone, current->day, 0))
        return current;
    return last->day != LINKAGE_NO_DAY ? last : NULL;
}

/* The business day that is meant, whether it is one of the two that are known or not. */
static int32_t meant_day(const struct judge *j, const struct linkage *k, const struct reading *r,
    const struct linkage_day *d, wall_ms at)
{
    int32_t day = zone_day(j->zone, at);
    if (d != NULL)
        return d->day;
    linkage_event_date(k->settings, r, &day);
    return day;
}

/* Ends what waited for this or for an earlier day: the day's own incident says how late it was. */
static void clear_waiting(struct judge *j, struct linkage *k, const struct linkage_day *d,
    const char *day, struct moment at, struct moment now)
{
    struct text text = {0};
    if (d != NULL) {
        linkage_say_arrived(j, k, d, &text);
        linkage_clear(j, k, LINKAGE_METRIC_ARRIVAL, day, text_get(&text), at, now);
    }
    text_deinit(&text);
    linkage_clear_until(j, k, LINKAGE_METRIC_ARRIVAL, day, at, now);
    linkage_clear_until(j, k, LINKAGE_METRIC_RESULT, day, at, now);
    linkage_clear_until(j, k, LINKAGE_METRIC_RECORDS, day, at, now);
    linkage_clear(j, k, LINKAGE_METRIC_HEARTBEAT, NULL, NULL, at, now);
}

static void judge_records(struct judge *j, struct linkage *k, int64_t records, const char *key,
    struct moment at, struct moment now)
{
    const struct linkage_settings *s = k->settings;
    enum message id = MESSAGE_LINKAGE_FEW;
    int64_t limit = s->min_records;
    struct text text = {0};

    if (records < 0 || (records == 0 && s->zero_ok))
        return;
    if (records == 0) {
        id = MESSAGE_LINKAGE_NONE;
    } else if (s->max_records >= 0 && records > s->max_records) {
        id = MESSAGE_LINKAGE_MANY;
        limit = s->max_records;
    } else if (records >= s->min_records) {
        return;
    }
    linkage_say_records(j, k, id, records, limit, &text);
    struct opening o = {.severity = SEVERITY_WARNING,
        .key = key,
        .failed_at = linkage_moment(j, at.wall, now),
        .value = key,
        .text = text_get(&text)};
    linkage_raise(j, k, LINKAGE_METRIC_RECORDS, &o, now);
    text_deinit(&text);
}

static void arrive(struct judge *j, struct linkage *k, const struct reading *r, struct moment at,
    struct moment now)
{
    struct linkage_state *s = &k->state;
    roll_early(j, k, at.wall, now);
    struct linkage_day *d = day_of(k, r, at.wall);
    char day[LINKAGE_DAY_BYTES];

    s->last_run = at;
    s->last_records = linkage_event_records(k->settings, r);
    s->last_result = LINKAGE_ARRIVED;
    if (d != NULL && d->arrived.wall == 0) {
        d->arrived = at;
        d->phase = at.wall <= d->due + k->settings->grace ? LINKAGE_ARRIVED : LINKAGE_LATE;
    }
    if (d != NULL) {
        d->records = s->last_records;
        s->last_result = d->phase;
    }
    linkage_run_end(j, k, linkage_event_field(r, k->settings->run_field), at, now);
    linkage_say_day(day, meant_day(j, k, r, d, at.wall));
    clear_waiting(j, k, d, day, at, now);
    judge_records(j, k, s->last_records, day, at, now);
    linkage_chain_end(j, k, at, now);
    linkage_chain_begin(j, k, at, now);
    set_blind(j, k, false, now);
    if (k->settings->frequency == LINKAGE_IRREGULAR)
        arm(j, k, now.boot, now);
    linkage_save(j, k, d, now);
}

static void fail(struct judge *j, struct linkage *k, const struct reading *r, struct moment at,
    struct moment now)
{
    struct linkage_day *d = day_of(k, r, at.wall);
    char day[LINKAGE_DAY_BYTES];

    k->state.last_run = at;
    k->state.last_result = LINKAGE_FAILED;
    k->state.last_records = linkage_event_records(k->settings, r);
    linkage_count_failure(j, k, now);
    if (d != NULL && d->arrived.wall == 0)
        d->phase = LINKAGE_FAILED;
    linkage_run_end(j, k, linkage_event_field(r, k->settings->run_field), at, now);
    struct opening o = {.severity = SEVERITY_CRITICAL,
        .key = linkage_say_day(day, meant_day(j, k, r, d, at.wall)),
        .failed_at = linkage_moment(j, at.wall, now),
        .value = day,
        .text = r->text};
    linkage_raise(j, k, LINKAGE_METRIC_RESULT, &o, now);
    linkage_save(j, k, d, now);
}

struct taking {
    struct judge *judge;
    const struct reading *reading;
    struct moment at, now;
};

static void take(void *arg, struct linkage *k, enum feed_role role)
{
    struct taking *t = arg;
    if (role == FEED_START)
        linkage_run_start(
            t->judge, k, linkage_event_field(t->reading, k->settings->run_field), t->at, t->now);
    else if (role == FEED_FAILURE || !linkage_event_is_good(k->settings, t->reading))
        fail(t->judge, k, t->reading, t->at, t->now);
    else
        arrive(t->judge, k, t->reading, t->at, t->now);
}

void linkages_take(struct judge *j, const struct metric *m, const struct reading *r,
    struct moment at, struct moment now)
{
    struct taking t = {j, r, at, now};
    if (at.wall > now.wall)
        t.at.wall = now.wall; // a clock elsewhere runs ahead
    linkage_feed_each(m->feed, r, take, &t);
}

/* ---- what is now ---- */

enum linkage_phase linkage_phase_now(const struct judge *j, const struct linkage *k)
{
    if (linkage_is_open(j, k, LINKAGE_METRIC_RESULT, NULL))
        return LINKAGE_FAILED;
    if (linkage_is_open(j, k, LINKAGE_METRIC_ARRIVAL, NULL) ||
        linkage_is_open(j, k, LINKAGE_METRIC_HEARTBEAT, NULL))
        return LINKAGE_MISSING;
    if (linkage_is_open(j, k, LINKAGE_METRIC_RUNTIME, NULL))
        return LINKAGE_TOO_LONG;
    if (k->is_blind)
        return LINKAGE_BLIND;
    if (k->state.run_count > 0)
        return LINKAGE_RUNNING;
    if (k->settings->frequency == LINKAGE_IRREGULAR && k->state.last_run.wall != 0)
        return k->state.last_result;
    return k->state.current.phase;
}
