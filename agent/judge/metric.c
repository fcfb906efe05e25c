/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/metric.h"

#include <stdio.h>

#include "base/message.h"
#include "base/text.h"
#include "judge/flap.h"
#include "judge/incident.h"
#include "judge/registry.h"
#include "judge/verdict.h"

enum { NUMBER_BYTES = 32 };

static bool is_blind(const struct metric *m)
{
    return m->state.verdict == VERDICT_BLIND;
}

/* Nobody looks for it by itself: an event happens, a derived number follows from another. */
static bool is_unasked(const struct metric *m)
{
    return m->rule != NULL && (m->rule->event != SEVERITY_NONE || m->rule->derive != DERIVE_NONE);
}

static bool is_presence(const struct metric *m)
{
    return m->state.of.metric[0] == '\0';
}

/* ---- incidents of numbers ---- */

static enum severity severity_of(enum verdict v)
{
    if (v == VERDICT_CRITICAL)
        return SEVERITY_CRITICAL;
    return v == VERDICT_WARNING ? SEVERITY_WARNING : SEVERITY_NONE;
}

/* Fifteen digits: what a double holds of a decimal number. */
static const char *number_text(char ret[NUMBER_BYTES], double number)
{
    snprintf(ret, NUMBER_BYTES, "%.15g", number);
    return ret;
}

static void clear_incident(struct judge *j, struct metric *m, struct moment at, struct moment now)
{
    if (m->incident != NULL)
        incident_clear(j, m->incident, at, now);
}

static void open_level(struct judge *j, struct metric *m, struct opening *o, struct moment now)
{
    char times[NUMBER_BYTES], minutes[NUMBER_BYTES];
    struct text text = {0};

    if (!flap_raised(m, now)) {
        incident_open(j, m, o, now);
        return;
    }
    if (o->text != NULL && o->text[0] != '\0')
        text_addf(&text, "%s - ", o->text);
    message_add(&text, j->settings->agent.language, MESSAGE_JUDGE_FLAPPING,
        number_text(times, m->rule->flaps),
        number_text(minutes, (double)m->rule->flap_within / 60000));
    o->flags |= INCIDENT_FLAPPING;
    o->text = text_get(&text);
    incident_open(j, m, o, now);
    text_deinit(&text);
}

/* Opens, escalates or clears so that the incident is what the level says. */
static void follow_level(
    struct judge *j, struct metric *m, const char *text, struct moment at, struct moment now)
{
    enum severity severity = severity_of(m->h.level);
    char number[NUMBER_BYTES];
    struct text threshold = {0};

    if (m->incident != NULL && (m->incident->incident.flags & INCIDENT_BLIND) != 0)
        clear_incident(j, m, at, now);
    if (severity == SEVERITY_NONE) {
        struct moment good = m->h.first_ok.wall != 0 ? m->h.first_ok : at;
        if (!flap_holds(j, m, good, now))
            clear_incident(j, m, good, now);
        return;
    }
    if (flap_is_calming(m))
        flap_again(j, m, now);
    if (m->incident != NULL && m->incident->incident.severity >= severity)
        return;

    condition_add(
        &threshold, m->h.level == VERDICT_CRITICAL ? &m->rule->critical : &m->rule->warning);
    struct opening o = {
        .severity = severity,
        .failed_at = m->h.bad_since.wall != 0 ? m->h.bad_since : at,
        .value = number_text(number, m->state.number),
        .threshold = text_get(&threshold),
        .text = text,
    };
    if (m->incident == NULL)
        open_level(j, m, &o, now);
    else
        incident_escalate(j, m->incident, &o, now);
    text_deinit(&threshold);
}

/* ---- numbers ---- */

static enum verdict event_verdict(const struct metric *m)
{
    if (m->open_critical > 0)
        return VERDICT_CRITICAL;
    return m->open_warning > 0 ? VERDICT_WARNING : VERDICT_OK;
}

void metric_refresh(
    struct judge *j, struct metric *m, struct moment from, const char *text, struct moment now)
{
    enum verdict events = event_verdict(m);
    verdict_set(j, m, m->h.level > events ? m->h.level : events, from, now, text);
}

/* The observation from which the level holds, for services: time that nobody saw stays unmonitored,
 * so it reaches back to the first look after that at most (R10). */
static struct moment effective(const struct metric *m, enum verdict before, struct moment at)
{
    struct moment from = at;
    if (m->h.level == VERDICT_CRITICAL && before != VERDICT_CRITICAL)
        from = m->h.critical_since;
    else if (m->h.level < before && m->h.first_better.wall != 0)
        from = m->h.first_better;
    return from.boot < m->seen_since.boot ? m->seen_since : from;
}

static void copy_runs(struct metric *m)
{
    const struct hysteresis *h = &m->h;
    struct metric_state *s = &m->state;

    s->bad_runs = h->worse_runs;
    s->good_runs = h->better_runs;
    s->utmost_runs = h->worse_runs > 0 ? h->critical_runs : h->ok_runs;
    s->first_bad = h->level > VERDICT_OK ? h->bad_since : h->first_worse;
    s->first_good = h->first_better;
}

void metric_resume(struct metric *m)
{
    struct metric_state *s = &m->state;
    enum verdict level = s->verdict == VERDICT_BLIND ? s->before_blind : s->verdict;

    m->h = (struct hysteresis){
        .level = level,
        .worse_runs = s->bad_runs,
        .critical_runs = s->bad_runs > 0 ? s->utmost_runs : 0,
        .better_runs = s->good_runs,
        .ok_runs = s->bad_runs == 0 ? s->utmost_runs : 0,
        .first_better = s->first_good,
        .first_ok = s->utmost_runs == s->good_runs ? s->first_good : (struct moment){0, 0},
        .bad_since = level > VERDICT_OK ? s->first_bad : (struct moment){0, 0},
        .critical_since = level == VERDICT_CRITICAL ? s->first_bad : (struct moment){0, 0},
        .first_worse = s->first_bad,
        .first_critical = s->first_bad,
    };
}

static void metric_on_hold_over(struct judge *j, void *owner, struct moment now)
{
    struct metric *m = owner;
    enum verdict before = m->h.level;

    if (m->rule == NULL || is_blind(m) || !hysteresis_settle(&m->h, m->rule, now.boot))
        return;
    follow_level(j, m, NULL, now, now);
    copy_runs(m);
    metric_refresh(j, m, effective(m, before, now), NULL, now);
    registry_save(j, m);
}

static void arm_hold(struct judge *j, struct metric *m)
{
    if (m->rule->hold == 0)
        return;
    m->hold.fn = metric_on_hold_over;
    due_set(&j->dues, &m->hold, hysteresis_due(&m->h, m->rule));
}

static bool is_calm(const struct hysteresis *h)
{
    return h->worse_runs == 0 && h->better_runs == 0;
}

void metric_take_number(
    struct judge *j, struct metric *m, const struct reading *r, struct moment at, struct moment now)
{
    bool was_blind = is_blind(m);
    bool was_calm = is_calm(&m->h);
    bool was_seen = m->state.verdict != VERDICT_UNKNOWN;
    enum verdict before = m->h.level;

    if (was_blind || !m->is_seen)
        m->seen_since = at;
    m->is_seen = true;
    m->state.number = r->number;
    bool is_changed = hysteresis_feed(&m->h, m->rule, r->number, at);
    if (m->h.level < VERDICT_CRITICAL && m->h.critical_runs == 0)
        m->last_good = at;
    bool is_open = m->incident != NULL && !flap_is_calming(m);
    bool is_missing = (m->h.level > VERDICT_OK) != is_open;
    if (!is_changed && !was_blind && was_seen && was_calm && is_calm(&m->h) && !is_missing)
        return;

    follow_level(j, m, r->text, at, now);
    copy_runs(m);
    metric_refresh(j, m, effective(m, before, at), r->text, now);
    arm_hold(j, m);
    registry_save(j, m);
}

/* ---- blindness ---- */

/* The level stays as it was; only nobody can see it. */
static bool turn_blind(
    struct judge *j, struct metric *m, struct moment since, const char *text, struct moment now)
{
    if (is_blind(m))
        return false;
    m->state.before_blind = m->h.level;
    if (is_unasked(m))
        m->instance->has_blind_unasked = true;
    due_cancel(&j->dues, &m->hold);
    verdict_set(j, m, VERDICT_BLIND, since, now, text);
    return true;
}

static void open_blind(
    struct judge *j, struct metric *m, struct moment since, const char *text, struct moment now)
{
    struct opening o = {
        .severity = SEVERITY_BLIND, .flags = INCIDENT_BLIND, .failed_at = since, .text = text};
    if (m->incident == NULL)
        incident_open(j, m, &o, now);
}

/* Blind because nothing of its subject, or of its instance, can be seen. */
static bool is_whole_blind(const struct metric *m)
{
    const struct metric *all = m->instance->subject->presence, *these = m->instance->presence;
    return (all != NULL && all != m && is_blind(all)) ||
           (these != NULL && these != m && is_blind(these));
}

void metric_go_blind(
    struct judge *j, struct metric *m, struct moment since, const char *text, struct moment now)
{
    // What waited for the hours was told to nobody, and is gone after a restart: it is found anew.
    if (is_blind(m) && (m->incident != NULL || is_whole_blind(m)))
        return;
    open_blind(j, m, since, text, now);
    turn_blind(j, m, since, text, now);
    registry_save(j, m);
}

struct blinding {
    struct moment since, now;
    const char *text;
};

static void blind_below(struct judge *j, struct metric *m, void *arg)
{
    const struct blinding *b = arg;
    if (m->rule == NULL || is_presence(m) || m->state.verdict == VERDICT_UNKNOWN)
        return;
    if (turn_blind(j, m, b->since, b->text, b->now))
        registry_save(j, m);
}

void metric_go_blind_all(struct judge *j, struct subject *s, struct instance *n,
    struct moment since, const char *text, struct moment now)
{
    struct blinding b = {since, now, text};
    struct metric *presence = registry_add_metric(j, s, n != NULL ? n->name : "", "");

    if (presence == NULL || (is_blind(presence) && presence->incident != NULL))
        return;
    if (n == NULL)
        s->presence = presence;
    else
        n->presence = presence;
    metric_go_blind(j, presence, since, text, now);
    if (n == NULL) {
        registry_each_metric(j, s, blind_below, &b);
        return;
    }
    for (struct metric *m = n->metrics; m != NULL; m = m->next)
        blind_below(j, m, &b);
}

static void see_again(struct judge *j, struct metric *m, struct moment at, struct moment now)
{
    if (m == NULL || !is_blind(m))
        return;
    if (m->incident != NULL && (m->incident->incident.flags & INCIDENT_BLIND) != 0)
        clear_incident(j, m, at, now);
    metric_refresh(j, m, at, NULL, now);
    registry_save(j, m);
}

struct sight {
    struct moment at, now;
};

/* The whole is seen again: its triples have to answer for themselves but those that nobody asks.
 */
static void ask_again(struct judge *j, struct metric *m, void *arg)
{
    const struct sight *sight = arg;
    if (is_unasked(m))
        see_again(j, m, sight->at, sight->now);
    else
        metric_expect(j, m, sight->now);
}

void metric_is_present(struct judge *j, struct instance *n, struct moment at, struct moment now)
{
    struct sight sight = {at, now};
    struct metric *whole = n->subject->presence;

    if (whole != NULL && is_blind(whole)) {
        see_again(j, whole, at, now);
        registry_each_metric(j, n->subject, ask_again, &sight);
    }
    see_again(j, n->presence, at, now);
    if (!n->has_blind_unasked)
        return;
    n->has_blind_unasked = false;
    for (struct metric *m = n->metrics; m != NULL; m = m->next)
        if (is_unasked(m))
            see_again(j, m, at, now);
}

void metric_forget(struct judge *j, struct metric *m, struct moment now)
{
    clear_incident(j, m, now, now);
    due_cancel(&j->dues, &m->stale);
    due_cancel(&j->dues, &m->hold);
    flap_forget(j, m);
    m->h = (struct hysteresis){0};
    copy_runs(m);
    verdict_set(j, m, VERDICT_UNKNOWN, now, now, NULL);
    registry_save(j, m);
}

/* ---- silence ---- */

static span_ms limit_of(const struct subject *s)
{
    return s->watch->interval + s->watch->deadline;
}

static bool is_expected(const struct judge *j, const struct subject *s)
{
    return s->watch->interval > 0 && !j->assume_good && j->is_started;
}

/* The moment at which the reading after @last was due; on the wall as it shows now, unless it was
 * set since. */
static struct moment due_moment(
    const struct judge *j, const struct subject *s, struct moment last, struct moment now)
{
    mono_ms boot = last.boot + s->watch->interval;
    wall_ms wall =
        j->stepped_at <= boot ? now.wall - (now.boot - boot) : last.wall + s->watch->interval;
    return (struct moment){wall, boot};
}

static void say_no_reading(const struct judge *j, struct text *t, const struct subject *s)
{
    char seconds[NUMBER_BYTES];
    number_text(seconds, (double)limit_of(s) / 1000);
    message_add(t, j->settings->agent.language, MESSAGE_JUDGE_NO_READING, seconds);
}

static mono_ms subject_stale_at(const struct judge *j, const struct due *d)
{
    const struct subject *s = d->owner;
    mono_ms due = s->last.boot + limit_of(s);
    return is_expected(j, s) && due > d->at ? due : d->at;
}

static void subject_on_stale(struct judge *j, void *owner, struct moment now)
{
    struct subject *s = owner;
    struct text why = {0};
    mono_ms due = s->last.boot + limit_of(s);

    if (!is_expected(j, s))
        return;
    if (now.boot < due) {
        due_set(&j->dues, &s->stale, due);
        return;
    }
    if (!s->is_seen)
        verdict_first_seen(j, s, now);
    say_no_reading(j, &why, s);
    metric_go_blind_all(j, s, NULL, due_moment(j, s, s->last, now), text_get(&why), now);
    text_deinit(&why);
}

/* Whether silence of the triple would be news of its own. */
static bool is_expected_itself(const struct judge *j, const struct metric *m)
{
    const struct subject *s = m->instance->subject;
    return !is_whole_blind(m) && m->rule != NULL && is_expected(j, s);
}

static mono_ms metric_due(const struct metric *m)
{
    const struct subject *s = m->instance->subject;
    mono_ms due = m->state.last.boot + limit_of(s);
    // The subject's own clock goes first when both are due at the same time.
    mono_ms subject_due = s->last.boot + limit_of(s) + 1;
    if (s->last.boot - m->state.last.boot < s->watch->interval / 2)
        due = due > subject_due ? due : subject_due;
    return due;
}

static mono_ms metric_stale_at(const struct judge *j, const struct due *d)
{
    const struct metric *m = d->owner;
    mono_ms due = is_expected_itself(j, m) ? metric_due(m) : d->at;
    return due > d->at ? due : d->at;
}

/*
 * A triple that is late while others of its subject came in a later check is blind by itself.
 * When the whole subject is late it is one blindness, not one for each triple.
 */
static void metric_on_stale(struct judge *j, void *owner, struct moment now)
{
    struct metric *m = owner;
    const struct subject *s = m->instance->subject;
    if (!is_expected_itself(j, m))
        return;
    mono_ms due = metric_due(m);
    if (now.boot < due) {
        due_set(&j->dues, &m->stale, due);
        return;
    }
    struct text why = {0};
    say_no_reading(j, &why, s);
    if (is_blind(m)) {
        open_blind(j, m, m->state.since, text_get(&why), now);
        registry_save(j, m);
    } else {
        metric_go_blind(j, m, due_moment(j, s, m->state.last, now), text_get(&why), now);
    }
    text_deinit(&why);
}

void metric_expect(struct judge *j, struct metric *m, struct moment now)
{
    const struct subject *s = m->instance->subject;
    if (m->rule == NULL || is_unasked(m) || m->stale.place != 0 || is_presence(m) ||
        !is_expected(j, s))
        return;
    m->stale.fn = metric_on_stale;
    m->stale.put_off = metric_stale_at;
    due_set(&j->dues, &m->stale, now.boot + limit_of(s));
}

void metric_expect_subject(struct judge *j, struct subject *s, struct moment now)
{
    if (s->stale.place != 0 || !is_expected(j, s))
        return;
    s->stale.fn = subject_on_stale;
    s->stale.put_off = subject_stale_at;
    due_set(&j->dues, &s->stale, now.boot + limit_of(s));
}
