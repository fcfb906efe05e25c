/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/incident.h"

#include <stdlib.h>

#include "base/text.h"

static void tell(struct judge *j, struct open_incident *i, enum notice_kind told, struct moment now)
{
    i->is_unsaved = false;
    if (j->sink.incident != NULL)
        j->sink.incident(j->sink.ctx, &i->incident, told, now);
}

static void replace(char **text, const char *with)
{
    char *copy = alloc_text(with);
    free(*text);
    *text = copy;
}

static void raise_it(struct judge *j, struct open_incident *i, struct moment now)
{
    i->incident.id = j->next_incident++;
    i->incident.detected_at = now;
    i->incident.transition = 1;
    i->is_held = false;
    if (i->incident.key == NULL)
        i->metric->state.incident = i->incident.id;
    else
        i->metric->last_event_incident = i->incident.id;
    HASH_ADD(by_id, j->incidents, incident.id, sizeof i->incident.id, i);
    tell(j, i, NOTICE_RAISED, now);
}

static void attach(struct open_incident *i)
{
    struct metric *m = i->metric;
    if (i->incident.key == NULL) {
        m->incident = i;
        return;
    }
    HASH_ADD_KEYPTR(by_key, m->events, i->incident.key, strlen(i->incident.key), i);
    m->open_critical += i->incident.severity == SEVERITY_CRITICAL;
    m->open_warning += i->incident.severity == SEVERITY_WARNING;
}

static void detach(struct judge *j, struct open_incident *i)
{
    struct metric *m = i->metric;
    due_cancel(&j->dues, &i->due);
    if (i->incident.id != 0)
        HASH_DELETE(by_id, j->incidents, i);
    if (i->incident.key == NULL) {
        m->incident = NULL;
        m->state.incident = 0;
        return;
    }
    HASH_DELETE(by_key, m->events, i);
    m->open_critical -= i->incident.severity == SEVERITY_CRITICAL;
    m->open_warning -= i->incident.severity == SEVERITY_WARNING;
}

static void open_incident_free(struct open_incident *i)
{
    incident_deinit(&i->incident);
    free(i);
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
    attach(i);
    if (incident_is_timely(s))
        raise_it(j, i, now);
    else
        i->is_held = true;
    return i;
}

void incident_escalate(
    struct judge *j, struct open_incident *i, const struct opening *o, struct moment now)
{
    i->incident.severity = o->severity;
    replace(&i->incident.value, o->value);
    replace(&i->incident.threshold, o->threshold);
    replace(&i->incident.text, o->text);
    if (i->is_held)
        return;
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
    }
    open_incident_free(i);
}

void incident_save(struct judge *j, struct open_incident *i, struct moment now)
{
    if (!i->is_held)
        tell(j, i, (enum notice_kind)0, now);
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
    struct judge *j, struct metric *m, struct incident *from, bool is_event)
{
    struct open_incident *i = alloc(sizeof *i);
    i->metric = m;
    i->due.owner = i;
    i->incident = *from;
    *from = (struct incident){0};
    if (is_event && i->incident.key == NULL)
        i->incident.key = alloc_text("");
    if (!is_event) {
        free(i->incident.key);
        i->incident.key = NULL;
        m->state.incident = i->incident.id;
    } else {
        m->last_event_incident = i->incident.id;
    }
    attach(i);
    HASH_ADD(by_id, j->incidents, incident.id, sizeof i->incident.id, i);
    return i;
}

void incident_drop(struct judge *j, struct open_incident *i)
{
    detach(j, i);
    open_incident_free(i);
}
