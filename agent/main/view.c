/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/view.h"

#include "base/civil.h"
#include "base/text.h"
#include "model/move.h"

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

json_t *view_time(wall_ms when, const struct zone *zone)
{
    char text[TEXT_TIME_BYTES];
    if (when == 0)
        return json_null();
    return json_string(text_time(text, when, zone_offset(zone, when), when % 1000 != 0));
}

static json_t *view_flags(uint32_t flags)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {INCIDENT_LATE_DETECTION, "late_detection"},
        {INCIDENT_FALSE, "false"},
        {INCIDENT_BLIND, "blind"},
        {INCIDENT_OWN, "own"},
        {INCIDENT_CITY, "city"},
        {INCIDENT_TOLD_END, "told_end"},
        {INCIDENT_SUPPRESSED, "suppressed"},
        {INCIDENT_FLAPPING, "flapping"},
        {INCIDENT_UNCONFIRMED, "unconfirmed"},
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((flags & names[i].bit) != 0)
            json_array_append_new(list, json_string(names[i].name));
    return list;
}

enum { CLOCKS_AGREE_MS = 60 * 60 * 1000 };

/* By the boot clock, unless the machine was booted in between: then what the wall clock says. */
static json_t *time_to_notify(const struct incident *i)
{
    struct moment detected = incident_detection(i);
    span_ms boot = i->notified_at.boot - detected.boot;
    span_ms wall = i->notified_at.wall - detected.wall;
    if (i->notified_at.wall == 0 || detected.wall == 0)
        return json_null();
    bool is_one_boot = boot >= 0 && boot - wall < CLOCKS_AGREE_MS && wall - boot < CLOCKS_AGREE_MS;
    return json_real((double)(is_one_boot ? boot : wall) / 1000);
}

json_t *view_incident(const struct incident *i, const struct zone *zone)
{
    json_t *o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s}", "id", (json_int_t)i->id, "subject",
        or_empty(i->of.subject), "instance", or_empty(i->of.instance), "metric",
        or_empty(i->of.metric), "key", or_empty(i->key), "service", or_empty(i->service),
        "severity", severity_name(i->severity));
    json_object_set_new(o, "failed_at", view_time(i->failed_at.wall, zone));
    json_object_set_new(o, "detected_at", view_time(i->detected_at.wall, zone));
    if (i->critical_at.wall > i->detected_at.wall)
        json_object_set_new(o, "critical_at", view_time(i->critical_at.wall, zone));
    json_object_set_new(o, "recovered_at", view_time(i->recovered_at.wall, zone));
    json_object_set_new(o, "cleared_at", view_time(i->cleared_at.wall, zone));
    json_object_set_new(o, "notified_at", view_time(i->notified_at.wall, zone));
    json_object_set_new(o, "told_s", time_to_notify(i));
    json_object_set_new(o, "called_at", view_time(i->called_at.wall, zone));
    json_object_set_new(o, "reported_at", view_time(i->reported_at.wall, zone));
    json_object_set_new(o, "acknowledged_at", view_time(i->acknowledged_at.wall, zone));
    json_object_set_new(o, "acknowledged_by", json_string(or_empty(i->acknowledged_by)));
    json_object_set_new(o, "flags", view_flags(i->flags));
    json_object_set_new(o, "count", json_integer((json_int_t)i->count));
    json_object_set_new(o, "value", json_string(or_empty(i->value)));
    json_object_set_new(o, "threshold", json_string(or_empty(i->threshold)));
    json_object_set_new(o, "text", json_string(or_empty(i->text)));
    json_object_set_new(o, "stage", json_string(incident_stage_name(incident_stage(i))));
    json_object_set_new(o, "called_text", json_string(or_empty(i->called_text)));
    json_object_set_new(o, "recurrence_of", json_integer((json_int_t)i->recurrence_of));
    json_object_set_new(o, "recurrence", json_integer((json_int_t)i->recurrence));
    json_object_set_new(o, "false_reason", json_string(or_empty(i->false_reason)));
    json_object_set_new(o, "false_approved_by", json_string(or_empty(i->false_approved_by)));
    json_object_set_new(o, "closed_reason", json_string(or_empty(i->closed_reason)));
    json_object_set_new(o, "closed_by", json_string(or_empty(i->closed_by)));
    return o;
}

json_t *view_linkage_day(
    const char *linkage, const struct linkage_day *day, const struct zone *zone)
{
    struct civil_date date = civil_date_of(day->day);
    span_ms late = day->arrived.wall - day->due;
    return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:o}", "id", linkage, "date",
        json_sprintf("%04d-%02d-%02d", (int)date.year, date.month, date.day), "state",
        linkage_phase_name(day->phase), "deadline", view_time(day->due, zone), "arrived_at",
        view_time(day->arrived.wall, zone), "delay_s",
        day->arrived.wall != 0 ? json_integer(late > 0 ? late / 1000 : 0) : json_null(), "records",
        day->records >= 0 ? json_integer(day->records) : json_null());
}

json_t *view_notice(const struct notice *n, const struct zone *zone)
{
    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:s,s:s}", "sequence",
        (json_int_t)n->sequence, "event_id", notice_event_id(n->kind), "kind",
        notice_kind_name(n->kind), "severity", severity_name(n->severity), "subject",
        or_empty(n->of.subject), "service", or_empty(n->service), "state", or_empty(n->state),
        "incident", (json_int_t)n->incident, "at", view_time(n->at.wall, zone), "key",
        or_empty(n->key), "text", or_empty(n->text));
}
