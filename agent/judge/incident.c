/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/incident.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/message.h"
#include "base/text.h"
#include "judge/countdown.h"
#include "judge/depend.h"
#include "judge/past.h"
#include "model/move.h"

static void tell(struct judge *j, struct open_incident *i, enum notice_kind told, struct moment now)
{
    bool is_suppressed = (i->incident.flags & INCIDENT_SUPPRESSED) != 0;

    i->is_unsaved = false;
    if (j->sink.incident != NULL)
        j->sink.incident(
            j->sink.ctx, &i->incident, is_suppressed ? (enum notice_kind)0 : told, now);
    countdown_look(j, &i->incident, now);
}

static void open_incident_free(struct open_incident *i)
{
    incident_deinit(&i->incident);
    free(i);
}

static void replace(char **text, const char *with)
{
    char *copy = alloc_text(with);
    free(*text);
    *text = copy;
}

static void add_rank(struct judge *j, struct open_incident *i)
{
    i->rank = i->incident.severity;
    DL_APPEND2(j->ranks[i->rank], i, rank_prev, rank_next);
}

static void remove_rank(struct judge *j, struct open_incident *i)
{
    DL_DELETE2(j->ranks[i->rank], i, rank_prev, rank_next);
}

static void add_by_id(struct judge *j, struct open_incident *i)
{
    HASH_ADD(by_id, j->incidents, incident.id, sizeof i->incident.id, i);
    add_rank(j, i);
    j->called_count += i->metric == NULL;
}

static void remove_by_id(struct judge *j, struct open_incident *i)
{
    HASH_DELETE(by_id, j->incidents, i);
    remove_rank(j, i);
    j->called_count -= i->metric == NULL;
}

struct open_incident *incident_of_id(const struct judge *j, uint64_t id)
{
    struct open_incident *i = NULL;
    HASH_FIND(by_id, j->incidents, &id, sizeof id, i);
    return i;
}

struct open_incident *incident_called(const struct judge *j, const char *service)
{
    struct open_incident *i = j->called_count > 0 ? j->incidents : NULL;
    for (; i != NULL; i = i->by_id.next)
        if (i->metric == NULL && i->incident.reported_at.wall == 0 &&
            (i->incident.flags & INCIDENT_FALSE) == 0 && text_equal(i->incident.service, service))
            return i;
    return NULL;
}

/* What the city called about was detected: @i is that incident, and goes on in its place. */
static void take_over(struct judge *j, struct open_incident *i, struct open_incident *call)
{
    struct incident *to = &i->incident, *from = &call->incident;

    remove_by_id(j, call);
    to->id = from->id;
    to->flags |= from->flags;
    to->called_at = from->called_at;
    to->notified_at = from->notified_at;
    to->acknowledged_at = from->acknowledged_at;
    to->reminders = from->reminders;
    to->transition = from->transition;
    to->called_text = from->called_text;
    to->acknowledged_by = from->acknowledged_by;
    to->written = from->written;
    to->written_count = from->written_count;
    from->called_text = from->acknowledged_by = NULL;
    from->written = NULL;
    from->written_count = 0;
    if (to->called_at.wall < to->detected_at.wall)
        to->flags |= INCIDENT_LATE_DETECTION;
    open_incident_free(call);
}

/* A warning is not what a city calls about, and blindness is no detection. */
static struct open_incident *call_about(const struct judge *j, const struct incident *i)
{
    bool fits =
        i->severity == SEVERITY_CRITICAL && (i->flags & (INCIDENT_OWN | INCIDENT_BLIND)) == 0;
    return fits && i->service != NULL ? incident_called(j, i->service) : NULL;
}

static int by_age(const struct open_incident *a, const struct open_incident *b)
{
    return (a->incident.id > b->incident.id) - (a->incident.id < b->incident.id);
}

static void set_suppressed(struct open_incident *i, bool is_suppressed)
{
    struct subject *s = i->metric->instance->subject;

    if (is_suppressed) {
        i->incident.flags |= INCIDENT_SUPPRESSED;
        s->suppressed_count++;
    } else {
        i->incident.flags &= ~(uint32_t)INCIDENT_SUPPRESSED;
        s->suppressed_count--;
    }
}

static void raise_it(struct judge *j, struct open_incident *i, struct moment now)
{
    struct open_incident *call = call_about(j, &i->incident);
    enum notice_kind told = call != NULL ? NOTICE_REMINDER : NOTICE_RAISED;

    i->incident.detected_at = now;
    if (i->incident.severity == SEVERITY_CRITICAL)
        i->incident.critical_at = now;
    i->is_held = false;
    past_compare(j, &i->incident, now);
    if (call != NULL)
        take_over(j, i, call);
    else
        i->incident.id = j->next_incident++;
    if (call == NULL && depend_is_broken(i->metric->instance->subject))
        set_suppressed(i, true);
    i->incident.transition++;
    if (i->incident.key == NULL)
        i->metric->state.incident = i->incident.id;
    else
        i->metric->last_event_incident = i->incident.id;
    add_by_id(j, i);
    if (call != NULL)
        HASH_SRT(by_id, j->incidents, by_age); // its id is an older one than those after it
    tell(j, i, told, now);
}

static uint32_t *count_of(struct metric *m, enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return &m->open_critical;
    case SEVERITY_WARNING:
        return &m->open_warning;
    default:
        return &m->open_notice;
    }
}

static void attach(struct judge *j, struct open_incident *i)
{
    struct metric *m = i->metric;
    if (m == NULL)
        return;
    if (i->incident.key == NULL) {
        m->incident = i;
        return;
    }
    HASH_ADD_KEYPTR(by_key, m->events, i->incident.key, strlen(i->incident.key), i);
    j->event_count++;
    (*count_of(m, i->incident.severity))++;
}

static void detach(struct judge *j, struct open_incident *i)
{
    struct metric *m = i->metric;
    due_cancel(&j->dues, &i->due);
    if (i->incident.id != 0)
        remove_by_id(j, i);
    if (m == NULL)
        return;
    m->instance->subject->suppressed_count -=
        (i->incident.flags & INCIDENT_SUPPRESSED) != 0; // the flag stays: it was never told
    if (i->incident.key == NULL) {
        m->incident = NULL;
        m->state.incident = 0;
        return;
    }
    HASH_DELETE(by_key, m->events, i);
    j->event_count--;
    (*count_of(m, i->incident.severity))--;
}

bool incident_is_timely(const struct subject *s)
{
    return (s->gate == NULL || s->gate->is_open) && (s->home == NULL || !s->home->is_working);
}

struct open_incident *incident_open(
    struct judge *j, struct metric *m, const struct opening *o, struct moment now)
{
    const struct subject *s = m->instance->subject;
    struct open_incident *i = alloc(sizeof *i);

    i->metric = m;
    i->due.owner = i;
    i->last_event = now.boot;
    i->incident = (struct incident){
        .of = {alloc_text(m->state.of.subject), alloc_text(m->state.of.instance),
            alloc_text(m->state.of.metric)},
        .key = alloc_text(o->key),
        .service = alloc_text(s->watch->service),
        .severity = o->severity,
        .failed_at = o->failed_at,
        .flags = o->flags | (s->is_own ? INCIDENT_OWN : 0),
        .count = 1,
        .value = alloc_text(o->value),
        .threshold = alloc_text(o->threshold),
        .text = alloc_text(o->text),
    };
    attach(j, i);
    if (incident_is_timely(s))
        raise_it(j, i, now);
    else
        i->is_held = true;
    return i;
}

struct open_incident *incident_open_called(
    struct judge *j, const char *service, struct moment at, const char *text, struct moment now)
{
    struct open_incident *i = alloc(sizeof *i);

    i->due.owner = i;
    i->incident = (struct incident){
        .id = j->next_incident++,
        .of = {alloc_text(service), alloc_text(""), alloc_text("call")},
        .service = alloc_text(service),
        .severity = SEVERITY_CRITICAL,
        .called_at = at,
        .flags = INCIDENT_CITY,
        .count = 1,
        .transition = 1,
        .text = alloc_text(text),
        .called_text = alloc_text(text),
    };
    add_by_id(j, i);
    tell(j, i, NOTICE_RAISED, now);
    return i;
}

/*
 * A warning became what the city called about: as a warning it ends here, and what it became goes
 * on under the id and with the clock of the call, detected now.
 */
static void hand_over(
    struct judge *j, struct open_incident *i, const struct opening *o, struct moment now)
{
    struct incident *was = &i->incident;
    struct incident is = {
        .of = {alloc_text(was->of.subject), alloc_text(was->of.instance),
            alloc_text(was->of.metric)},
        .service = alloc_text(was->service),
        .severity = o->severity,
        .failed_at = o->failed_at,
        .count = 1,
        .value = alloc_text(o->value),
        .threshold = alloc_text(o->threshold),
        .text = alloc_text(o->text),
    };
    char number[24];
    struct text reason = {0};

    snprintf(number, sizeof number, "%" PRIu64, incident_called(j, is.service)->incident.id);
    message_add(&reason, j->settings->agent.language, MESSAGE_JUDGE_GOES_ON, number);
    was->recovered_at = was->cleared_at = now;
    was->closed_reason = text_take(&reason);
    was->transition++;
    tell(j, i, NOTICE_CLEARED, now);
    if ((was->flags & INCIDENT_SUPPRESSED) != 0)
        set_suppressed(i, false);
    remove_by_id(j, i);
    incident_deinit(was);
    *was = is;
    raise_it(j, i, now);
}

void incident_escalate(
    struct judge *j, struct open_incident *i, const struct opening *o, struct moment now)
{
    if (i->incident.key != NULL) {
        (*count_of(i->metric, i->incident.severity))--;
        (*count_of(i->metric, o->severity))++;
    }
    i->incident.severity = o->severity;
    if (!i->is_held && i->incident.key == NULL && call_about(j, &i->incident) != NULL) {
        i->incident.severity = SEVERITY_WARNING;
        hand_over(j, i, o, now);
        return;
    }
    replace(&i->incident.value, o->value);
    replace(&i->incident.threshold, o->threshold);
    replace(&i->incident.text, o->text);
    if (i->is_held)
        return;
    remove_rank(j, i);
    add_rank(j, i);
    if (o->severity == SEVERITY_CRITICAL) {
        i->incident.critical_at = now;
        i->incident.notified_at = (struct moment){0}; // what was accepted told of a warning
        i->incident.flags &= ~(uint32_t)INCIDENT_UNCONFIRMED;
    }
    i->incident.transition++;
    tell(j, i, NOTICE_REMINDER, now);
}

void incident_clear(
    struct judge *j, struct open_incident *i, struct moment recovered, struct moment now)
{
    detach(j, i);
    if (!i->is_held) {
        i->incident.recovered_at = recovered;
        i->incident.cleared_at = now;
        i->incident.transition++;
        tell(j, i, NOTICE_CLEARED, now);
        past_remember(j, &i->incident);
    }
    open_incident_free(i);
}

void incident_tell_end(struct open_incident *i, const char *text)
{
    replace(&i->incident.text, text);
    i->incident.flags |= INCIDENT_TOLD_END;
}

void incident_save(struct judge *j, struct open_incident *i, struct moment now)
{
    if (!i->is_held)
        tell(j, i, (enum notice_kind)0, now);
}

void incident_unsuppress(struct judge *j, struct open_incident *i, struct moment now)
{
    set_suppressed(i, false);
    i->incident.transition++;
    tell(j, i, NOTICE_RAISED, now);
}

bool incident_release(struct judge *j, struct open_incident *i, struct moment edge)
{
    if (!i->is_held)
        return false;
    i->incident.failed_at = edge;
    raise_it(j, i, edge);
    return true;
}

struct open_incident *incident_adopt(
    struct judge *j, struct metric *m, struct incident *from, bool is_event, struct moment now)
{
    struct open_incident *i = alloc(sizeof *i);
    i->metric = m;
    i->due.owner = i;
    i->incident = *from;
    *from = (struct incident){0};
    if (is_event && i->incident.key == NULL)
        i->incident.key = alloc_text("");
    if (m == NULL) {
        add_by_id(j, i);
        countdown_look(j, &i->incident, now);
        return i;
    }
    if (!is_event) {
        free(i->incident.key);
        i->incident.key = NULL;
        m->state.incident = i->incident.id;
    } else {
        m->last_event_incident = i->incident.id;
    }
    m->instance->subject->suppressed_count += (i->incident.flags & INCIDENT_SUPPRESSED) != 0;
    attach(j, i);
    add_by_id(j, i);
    countdown_look(j, &i->incident, now);
    return i;
}

void incident_drop(struct judge *j, struct open_incident *i)
{
    detach(j, i);
    open_incident_free(i);
}
