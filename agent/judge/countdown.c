/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/countdown.h"

#include <stdlib.h>

#include "model/move.h"

struct countdown {
    uint64_t incident;
    struct moment start;
    span_ms limit;
    uint32_t told; /* REMINDER_* */
    struct due due;
    UT_hash_handle by_incident;
};

static const struct {
    uint32_t reminder;
    int part, of;
} steps[] = {{REMINDER_HALF, 1, 2}, {REMINDER_LAST, 5, 6}, {REMINDER_OVERDUE, 1, 1}};
enum { STEPS = sizeof steps / sizeof steps[0] };

static mono_ms step_at(const struct countdown *c, size_t step)
{
    return c->start.boot + c->limit * steps[step].part / steps[step].of;
}

static void end(struct judge *j, struct countdown *c)
{
    due_cancel(&j->dues, &c->due);
    HASH_DELETE(by_incident, j->countdowns, c);
    free(c);
}

/* The next step that was not told; all steps before the last that was told count as told. */
static size_t next_step(const struct countdown *c)
{
    size_t next = STEPS;
    while (next > 0 && (c->told & steps[next - 1].reminder) == 0)
        next--;
    return next;
}

/* What was due while the agent was away is due now. */
static void arm(struct judge *j, struct countdown *c, struct moment now)
{
    size_t next = next_step(c);
    mono_ms at = next < STEPS ? step_at(c, next) : CLOCK_NEVER;
    due_set(&j->dues, &c->due, at > now.boot ? at : now.boot);
}

static void countdown_on_due(struct judge *j, void *owner, struct moment now)
{
    struct countdown *c = owner;
    struct open_incident *i = NULL;
    size_t step = next_step(c);
    mono_ms until = j->horizon > now.boot ? j->horizon : now.boot;

    while (step + 1 < STEPS && step_at(c, step + 1) <= until)
        step++;
    HASH_FIND(by_id, j->incidents, &c->incident, sizeof c->incident, i);
    c->told |= steps[step].reminder;
    if (i != NULL) {
        i->incident.reminders = c->told;
        i->incident.transition++;
    }
    struct report_due due = {
        .incident = c->incident,
        .open = i != NULL ? &i->incident : NULL,
        .reminders = c->told,
        .elapsed = c->limit * steps[step].part / steps[step].of,
        .limit = c->limit,
    };
    if (j->sink.report_due != NULL)
        j->sink.report_due(j->sink.ctx, &due, now);
    if (step + 1 == STEPS)
        end(j, c);
    else
        arm(j, c, now);
}

/* How long the first report of @i may take; 0: none is owed, or no more. */
static span_ms limit_of(const struct judge *j, const struct incident *i)
{
    const struct service_settings *s =
        i->service != NULL ? settings_service(j->settings, i->service) : NULL;
    bool is_told =
        i->reported_at.wall != 0 || (s != NULL && s->sla.auto_counts && i->notified_at.wall != 0);
    bool is_owed =
        i->severity == SEVERITY_CRITICAL &&
        (i->flags & (INCIDENT_FALSE | INCIDENT_OWN | INCIDENT_BLIND | INCIDENT_SUPPRESSED)) == 0 &&
        incident_start(i).wall != 0 && (i->reminders & REMINDER_OVERDUE) == 0;
    return s == NULL || s->test || is_told || !is_owed ? 0 : s->sla.notification;
}

void countdown_look(struct judge *j, const struct incident *i, struct moment now)
{
    struct countdown *c = NULL;
    span_ms limit = limit_of(j, i);

    HASH_FIND(by_incident, j->countdowns, &i->id, sizeof i->id, c);
    if (limit == 0) {
        if (c != NULL)
            end(j, c);
        return;
    }
    if (c == NULL) {
        c = alloc(sizeof *c);
        c->incident = i->id;
        c->due.owner = c;
        c->due.fn = countdown_on_due;
        HASH_ADD(by_incident, j->countdowns, incident, sizeof c->incident, c);
    }
    c->told = i->reminders;
    c->start = incident_start(i);
    c->limit = limit;
    arm(j, c, now);
}

void countdown_drop_all(struct judge *j)
{
    struct countdown *c, *next;
    HASH_ITER (by_incident, j->countdowns, c, next) {
        end(j, c);
    }
}
