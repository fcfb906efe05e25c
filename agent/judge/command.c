/* SPDX-License-Identifier: BSD-2-Clause */
/* What operators do to incidents, as judge.h says; and that a receiver accepted. */
#include "base/text.h"
#include "judge/countdown.h"
#include "judge/event.h"
#include "judge/incident.h"
#include "judge/judge.h"
#include "judge/past.h"
#include "judge/state.h"

int judge_change(struct judge *j, uint64_t id, const struct incident_change *change)
{
    struct open_incident *i = incident_of_id(j, id);
    if (i == NULL)
        return JUDGE_E_UNKNOWN;
    if (incident_change(&i->incident, change) != 0)
        return JUDGE_E_STATE;
    if (change->move != MOVE_CLOSE)
        incident_save(j, i, change->now);
    else if (i->metric == NULL)
        incident_clear(j, i, change->at, change->now);
    else
        event_close(j, i, change->at, change->now);
    return 0;
}

void judge_closed_changed(struct judge *j, const struct incident *incident, struct moment now)
{
    countdown_look(j, incident, now);
    if ((incident->flags & INCIDENT_FALSE) != 0)
        past_forget(j, incident->id);
}

/* The oldest open one that the city may mean. */
static struct open_incident *uncalled(const struct judge *j, const char *service)
{
    for (struct open_incident *i = j->incidents; i != NULL; i = i->by_id.next)
        if (i->incident.severity == SEVERITY_CRITICAL && i->incident.reported_at.wall == 0 &&
            i->incident.called_at.wall == 0 && text_equal(i->incident.service, service) &&
            (i->incident.flags & (INCIDENT_FALSE | INCIDENT_OWN | INCIDENT_BLIND)) == 0)
            return i;
    return NULL;
}

int judge_call(struct judge *j, const char *service, struct moment at, const char *text,
    struct moment now, uint64_t *ret_id)
{
    struct incident_change change = {.move = MOVE_CALL, .at = at, .now = now, .text = text};
    struct open_incident *i = incident_called(j, service);

    if (settings_service(j->settings, service) == NULL)
        return JUDGE_E_UNKNOWN;
    if (i != NULL) {
        *ret_id = i->incident.id;
        return JUDGE_E_STATE;
    }
    i = uncalled(j, service);
    if (i == NULL)
        i = incident_open_called(j, service, at, text, now);
    else if (incident_change(&i->incident, &change) == 0)
        incident_save(j, i, now);
    *ret_id = i->incident.id;
    return 0;
}

int judge_told_again(struct judge *j, uint64_t id, struct moment now)
{
    struct open_incident *i = incident_of_id(j, id);
    if (i == NULL)
        return JUDGE_E_UNKNOWN;
    i->incident.transition++;
    incident_save(j, i, now);
    return 0;
}

int judge_notified(struct judge *j, uint64_t id, bool confirmed, struct moment now)
{
    struct open_incident *i = incident_of_id(j, id);
    if (i == NULL)
        return JUDGE_E_UNKNOWN;
    if (i->incident.notified_at.wall != 0)
        return 0;
    i->incident.notified_at = now;
    i->incident.flags |= confirmed ? 0 : INCIDENT_UNCONFIRMED;
    incident_save(j, i, now);
    return 0;
}
