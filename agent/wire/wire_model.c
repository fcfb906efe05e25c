/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "wire/wire.h"
#include "wire/wire_internal.h"

/* ---- readings ---------------------------------------------------------------------------- */

static int fields_decode(json_t *fields, struct reading *r, struct text *why)
{
    if (fields == NULL)
        return 0;
    size_t count = json_object_size(fields);
    if (!json_is_object(fields) || count > WIRE_FIELDS_MAX)
        return wire_bad(why, "\"fields\" is not an object of at most %d", WIRE_FIELDS_MAX);

    r->fields = alloc_array(count, sizeof *r->fields);
    const char *name;
    json_t *value;
    json_object_foreach (fields, name, value) {
        if (!wire_is_name(name))
            return wire_bad(why, "a field's name is not [a-z0-9_]{1,64}");
        if (!json_is_string(value) || json_string_length(value) > WIRE_VALUE_MAX)
            return wire_bad(why, "field \"%s\" is not a text of at most 4 KiB", name);
        r->fields[r->field_count].name = alloc_text(name);
        r->fields[r->field_count++].value = alloc_text(json_string_value(value));
    }
    return 0;
}

static int kind_decode(const json_t *o, struct reading *r, struct text *why)
{
    const char *kind;
    if (!wire_get_text(o, "kind", &kind, why))
        return WIRE_E_BAD;
    if (!reading_kind_from(kind, &r->kind))
        return wire_bad(why, "\"kind\" is none of number, event, blind, gone");

    const json_t *number = json_object_get(o, "number");
    if (number == NULL && r->kind != READING_NUMBER)
        return 0;
    if (!json_is_number(number))
        return wire_bad(why, "\"number\" is %s", number == NULL ? "absent" : "not a number");
    r->number = json_number_value(number);
    return 0;
}

static int reading_fill(const json_t *o, struct reading *r, struct text *why)
{
    if (!wire_take_text(o, "instance", WIRE_INSTANCE_MAX, false, &r->of.instance, why) ||
        !wire_take_text(o, "metric", WIRE_NAME_MAX, true, &r->of.metric, why) ||
        !wire_take_text(o, "text", WIRE_TEXT_MAX, false, &r->text, why) ||
        !wire_take_int(o, "at_ms", 0, WIRE_WALL_MAX, &r->at.wall, why))
        return WIRE_E_BAD;
    if (kind_decode(o, r, why) != 0)
        return WIRE_E_BAD;
    // A blind reading without a metric is about all metrics of its instance.
    bool of_all = (r->kind == READING_BLIND || r->kind == READING_GONE) && r->of.metric[0] == '\0';
    bool of_none = r->of.instance == NULL || r->of.instance[0] == '\0';
    if (r->kind == READING_GONE && (!of_all || of_none))
        return wire_bad(why, "what is gone is an \"instance\" with all its metrics");
    if (!of_all && !wire_is_name(r->of.metric))
        return wire_bad(why, "\"metric\" is not [a-z0-9_]{1,64}");
    return fields_decode(json_object_get(o, "fields"), r, why);
}

int wire_reading_decode(const json_t *o, struct reading *ret, struct text *why)
{
    struct reading r = {0};
    if (reading_fill(o, &r, why) != 0) {
        reading_deinit(&r);
        return WIRE_E_BAD;
    }
    *ret = r;
    return 0;
}

json_t *wire_reading(const struct reading *r)
{
    json_t *o = json_object();
    if (r->of.instance != NULL && r->of.instance[0] != '\0')
        wire_put_text(o, "instance", r->of.instance);
    wire_put_text(o, "metric", r->of.metric);
    wire_put_text(o, "kind", reading_kind_name(r->kind));
    if (r->kind == READING_NUMBER)
        json_object_set_new(o, "number", json_real(isfinite(r->number) ? r->number : 0.0));
    if (r->text != NULL && r->text[0] != '\0')
        wire_put_text(o, "text", r->text);
    if (r->field_count > 0) {
        json_t *fields = json_object();
        for (size_t i = 0; i < r->field_count; i++)
            wire_put_text(fields, r->fields[i].name, r->fields[i].value);
        json_object_set_new(o, "fields", fields);
    }
    if (r->at.wall != 0)
        json_object_set_new(o, "at_ms", json_integer(r->at.wall));
    return o;
}

bool wire_keep_is_valid(json_t *keep, struct text *why)
{
    const char *key;
    json_t *value;
    bool valid = json_is_object(keep);
    json_object_foreach (keep, key, value) {
        bool fits = json_is_null(value) ||
                    (json_is_string(value) && json_string_length(value) <= WIRE_KEEP_MAX);
        if (key[0] == '\0' || strlen(key) > WIRE_INSTANCE_MAX || !fits)
            valid = false;
    }
    if (!valid)
        wire_bad(why, "\"keep\" is not an object of texts of at most 8 KiB");
    return valid;
}

/* ---- notices and receipts ---------------------------------------------------------------- */

void wire_add_notice(struct text *t, const struct notice *n)
{
    wire_add_text(t, "event_id", notice_event_id(n->kind));
    wire_add_id(t, "sequence", n->sequence);
    wire_add_int(t, "severity", (int)n->severity);
    wire_add_text(t, "kind", notice_kind_name(n->kind));
    wire_add_text(t, "subject", n->of.subject);
    wire_add_text(t, "instance", n->of.instance);
    wire_add_text(t, "metric", n->of.metric);
    wire_add_text(t, "service", n->service);
    wire_add_text(t, "state", n->state);
    wire_add_text(t, "value", n->value);
    wire_add_text(t, "threshold", n->threshold);
    wire_add_id(t, "incident", n->incident);
    wire_add_text(t, "key", n->key);
    wire_add_text(t, "incident_key", n->incident_key);
    wire_add_text(t, "text", n->text);
    wire_add_int(t, "at_ms", n->at.wall);
    wire_add_int(t, "detected_at_ms", n->detected_at.wall);
}

void wire_notice(struct text *t, const struct notice *n, const char *host, int32_t utc_offset_s)
{
    wire_open(t);
    wire_add_notice(t, n);
    wire_add_text(t, "host", host);
    wire_add_int(t, "utc_offset_s", utc_offset_s);
    wire_close(t);
}

static bool severity_is_valid(int64_t severity)
{
    return (severity >= SEVERITY_NONE && severity <= SEVERITY_CRITICAL) ||
           severity == SEVERITY_BLIND;
}

static int notice_kinds_decode(const json_t *o, struct notice *n, struct text *why)
{
    const char *kind;
    int64_t severity;
    if (!wire_get_text(o, "kind", &kind, why) ||
        !wire_get_int(o, "severity", 0, SEVERITY_BLIND, &severity, why))
        return WIRE_E_BAD;
    if (!notice_kind_from(kind, &n->kind))
        return wire_bad(why, "\"kind\" is not a kind of notice");
    if (!severity_is_valid(severity))
        return wire_bad(why, "\"severity\" is not a severity");
    n->severity = (enum severity)severity;
    return 0;
}

static int notice_fill(const json_t *o, struct notice *n, struct text *why)
{
    if (notice_kinds_decode(o, n, why) != 0 || !wire_get_id(o, "sequence", &n->sequence, why) ||
        !wire_get_id(o, "incident", &n->incident, why) ||
        !wire_take_text(o, "subject", WIRE_INSTANCE_MAX, false, &n->of.subject, why) ||
        !wire_take_text(o, "instance", WIRE_INSTANCE_MAX, false, &n->of.instance, why) ||
        !wire_take_text(o, "metric", WIRE_NAME_MAX, false, &n->of.metric, why) ||
        !wire_take_text(o, "service", WIRE_INSTANCE_MAX, false, &n->service, why) ||
        !wire_take_text(o, "state", WIRE_NAME_MAX, false, &n->state, why) ||
        !wire_take_text(o, "value", WIRE_TEXT_MAX, false, &n->value, why) ||
        !wire_take_text(o, "threshold", WIRE_VALUE_MAX, false, &n->threshold, why) ||
        !wire_take_text(o, "key", WIRE_VALUE_MAX, true, &n->key, why) ||
        !wire_take_text(o, "incident_key", WIRE_NAME_MAX, false, &n->incident_key, why) ||
        !wire_take_text(o, "text", WIRE_TEXT_MAX, false, &n->text, why) ||
        !wire_get_int(o, "at_ms", 0, WIRE_WALL_MAX, &n->at.wall, why) ||
        !wire_take_int(o, "detected_at_ms", 0, WIRE_WALL_MAX, &n->detected_at.wall, why))
        return WIRE_E_BAD;
    return 0;
}

int wire_notice_decode(const json_t *o, struct notice *ret, struct text *why)
{
    struct notice n = {0};
    if (notice_fill(o, &n, why) != 0) {
        notice_deinit(&n);
        return WIRE_E_BAD;
    }
    *ret = n;
    return 0;
}

int wire_receipt_decode(const json_t *o, struct receipt *ret, struct text *why)
{
    struct receipt r = {0};
    const char *result;
    if (!wire_get_id(o, "delivery", &r.delivery, why) || !wire_get_text(o, "result", &result, why))
        return WIRE_E_BAD;
    if (!receipt_result_from(result, &r.result))
        return wire_bad(why, "\"result\" is none of accepted, sent, refused, later");
    if (!wire_take_text(o, "text", WIRE_TEXT_MAX, false, &r.text, why) ||
        !wire_take_text(o, "progress", WIRE_VALUE_MAX, false, &r.progress, why)) {
        receipt_deinit(&r);
        return WIRE_E_BAD;
    }
    *ret = r;
    return 0;
}

/* ---- incidents and service points -------------------------------------------------------- */

/** Members of an incident that are moments, in one place for both directions. */
static const struct {
    const char *name;
    size_t offset;
} incident_moments[] = {
    {"failed_at", offsetof(struct incident, failed_at)},
    {"detected_at", offsetof(struct incident, detected_at)},
    {"critical_at", offsetof(struct incident, critical_at)},
    {"recovered_at", offsetof(struct incident, recovered_at)},
    {"cleared_at", offsetof(struct incident, cleared_at)},
    {"notified_at", offsetof(struct incident, notified_at)},
    {"called_at", offsetof(struct incident, called_at)},
    {"reported_at", offsetof(struct incident, reported_at)},
    {"acknowledged_at", offsetof(struct incident, acknowledged_at)},
    {"last_at", offsetof(struct incident, last_at)},
};
enum { INCIDENT_MOMENTS = sizeof incident_moments / sizeof incident_moments[0] };

/** What people say of an incident, likewise; absent in rows of incidents that nobody touched. */
static const struct {
    const char *name;
    size_t offset;
} incident_words[] = {
    {"called_text", offsetof(struct incident, called_text)},
    {"false_reason", offsetof(struct incident, false_reason)},
    {"false_approved_by", offsetof(struct incident, false_approved_by)},
    {"closed_reason", offsetof(struct incident, closed_reason)},
    {"closed_by", offsetof(struct incident, closed_by)},
};
enum { INCIDENT_WORDS = sizeof incident_words / sizeof incident_words[0] };

static void add_human(struct text *t, const struct incident *i)
{
    for (size_t w = 0; w < INCIDENT_WORDS; w++) {
        char *text;
        memcpy(&text, (const char *)i + incident_words[w].offset, sizeof text);
        if (text != NULL && text[0] != '\0')
            wire_add_text(t, incident_words[w].name, text);
    }
    if (i->recurrence_of != 0) {
        wire_add_id(t, "recurrence_of", i->recurrence_of);
        wire_add_int(t, "recurrence", i->recurrence);
    }
    if (i->reminders != 0)
        wire_add_int(t, "reminders", i->reminders);
    if (i->written_count == 0)
        return;
    struct text written = {0};
    wire_open(&written);
    for (size_t f = 0; f < i->written_count; f++)
        wire_add_text(&written, i->written[f].name, i->written[f].value);
    wire_close(&written);
    wire_add_json(t, "written", text_get(&written));
    text_deinit(&written);
}

void wire_incident(struct text *t, const struct incident *i)
{
    wire_open(t);
    wire_add_id(t, "id", i->id);
    wire_add_text(t, "subject", i->of.subject);
    wire_add_text(t, "instance", i->of.instance);
    wire_add_text(t, "metric", i->of.metric);
    wire_add_text(t, "key", i->key);
    wire_add_text(t, "service", i->service);
    wire_add_text(t, "severity", severity_name(i->severity));
    for (size_t m = 0; m < INCIDENT_MOMENTS; m++) {
        struct moment at;
        memcpy(&at, (const char *)i + incident_moments[m].offset, sizeof at);
        wire_add_moment(t, incident_moments[m].name, at);
    }
    wire_add_text(t, "acknowledged_by", i->acknowledged_by);
    wire_add_int(t, "flags", i->flags);
    wire_add_int(t, "count", i->count);
    wire_add_int(t, "transition", i->transition);
    wire_add_text(t, "value", i->value);
    wire_add_text(t, "threshold", i->threshold);
    wire_add_text(t, "text", i->text);
    add_human(t, i);
    wire_close(t);
}

static int written_decode(const json_t *o, struct incident *i, struct text *why)
{
    json_t *written = json_object_get(o, "written");
    const char *name;
    json_t *value;
    if (written != NULL && !json_is_object(written))
        return wire_bad(why, "\"written\" is not an object");
    json_object_foreach (written, name, value) {
        if (!json_is_string(value) || json_string_length(value) > WIRE_VALUE_MAX ||
            !wire_is_name(name) || i->written_count == WIRE_FIELDS_MAX)
            return wire_bad(why, "\"written\" is not an object of short texts");
        incident_write(i, name, json_string_value(value));
    }
    return 0;
}

static int human_decode(const json_t *o, struct incident *i, struct text *why)
{
    int64_t recurrence, reminders;
    for (size_t w = 0; w < INCIDENT_WORDS; w++) {
        char *text = NULL;
        if (!wire_take_text(o, incident_words[w].name, WIRE_VALUE_MAX, false, &text, why))
            return WIRE_E_BAD;
        memcpy((char *)i + incident_words[w].offset, &text, sizeof text);
    }
    if (json_object_get(o, "recurrence_of") != NULL &&
        !wire_get_id(o, "recurrence_of", &i->recurrence_of, why))
        return WIRE_E_BAD;
    if (!wire_take_int(o, "recurrence", 0, UINT32_MAX, &recurrence, why) ||
        !wire_take_int(o, "reminders", 0, UINT32_MAX, &reminders, why))
        return WIRE_E_BAD;
    i->recurrence = (uint32_t)recurrence;
    i->reminders = (uint32_t)reminders;
    return written_decode(o, i, why);
}

static int incident_moments_decode(const json_t *o, struct incident *i, struct text *why)
{
    for (size_t m = 0; m < INCIDENT_MOMENTS; m++) {
        struct moment at = {0};
        const json_t *value = json_object_get(o, incident_moments[m].name);
        if (value != NULL && !wire_moment_decode(value, &at))
            return wire_bad(why, "\"%s\" is not a moment", incident_moments[m].name);
        memcpy((char *)i + incident_moments[m].offset, &at, sizeof at);
    }
    return 0;
}

static int incident_counts_decode(const json_t *o, struct incident *i, struct text *why)
{
    int64_t flags, count, transition;
    const char *severity;
    if (!wire_get_id(o, "id", &i->id, why) || !wire_get_text(o, "severity", &severity, why) ||
        !wire_take_int(o, "flags", 0, UINT32_MAX, &flags, why) ||
        !wire_take_int(o, "count", 0, UINT32_MAX, &count, why) ||
        !wire_take_int(o, "transition", 0, UINT32_MAX, &transition, why))
        return WIRE_E_BAD;
    if (!severity_from(severity, &i->severity))
        return wire_bad(why, "\"severity\" is not a severity");
    i->flags = (uint32_t)flags;
    i->count = (uint32_t)count;
    i->transition = (uint32_t)transition;
    return 0;
}

static int incident_fill(const json_t *o, struct incident *i, struct text *why)
{
    if (incident_counts_decode(o, i, why) != 0 || incident_moments_decode(o, i, why) != 0 ||
        !wire_take_text(o, "subject", WIRE_INSTANCE_MAX, false, &i->of.subject, why) ||
        !wire_take_text(o, "instance", WIRE_INSTANCE_MAX, false, &i->of.instance, why) ||
        !wire_take_text(o, "metric", WIRE_NAME_MAX, false, &i->of.metric, why) ||
        !wire_take_text(o, "key", WIRE_TEXT_MAX, false, &i->key, why) ||
        !wire_take_text(o, "service", WIRE_INSTANCE_MAX, false, &i->service, why) ||
        !wire_take_text(o, "acknowledged_by", WIRE_VALUE_MAX, false, &i->acknowledged_by, why) ||
        !wire_take_text(o, "value", WIRE_TEXT_MAX, false, &i->value, why) ||
        !wire_take_text(o, "threshold", WIRE_VALUE_MAX, false, &i->threshold, why) ||
        !wire_take_text(o, "text", WIRE_TEXT_MAX, false, &i->text, why))
        return WIRE_E_BAD;
    return human_decode(o, i, why);
}

int wire_incident_decode(const json_t *o, struct incident *ret, struct text *why)
{
    struct incident i = {0};
    if (incident_fill(o, &i, why) != 0) {
        incident_deinit(&i);
        return WIRE_E_BAD;
    }
    *ret = i;
    return 0;
}

json_t *wire_service_point(const struct service_point *p)
{
    json_t *o = json_object();
    wire_put_text(o, "service", p->service);
    wire_put_text(o, "state", service_state_name(p->state));
    json_object_set_new(o, "from", wire_moment(p->from));
    json_object_set_new(o, "detected", wire_moment(p->detected));
    json_object_set_new(o, "incident", wire_id(p->incident));
    wire_put_text(o, "reason", p->reason);
    if (p->taken_back.wall != 0)
        json_object_set_new(o, "taken_back", wire_moment(p->taken_back));
    return o;
}

static int service_point_fill(const json_t *o, struct service_point *p, struct text *why)
{
    const char *state;
    if (!wire_take_text(o, "service", WIRE_INSTANCE_MAX, true, &p->service, why) ||
        !wire_take_text(o, "reason", WIRE_TEXT_MAX, false, &p->reason, why) ||
        !wire_get_text(o, "state", &state, why) || !wire_get_id(o, "incident", &p->incident, why))
        return WIRE_E_BAD;
    if (!service_state_from(state, &p->state))
        return wire_bad(why, "\"state\" is not a state of a service");
    if (!wire_moment_decode(json_object_get(o, "from"), &p->from) ||
        !wire_moment_decode(json_object_get(o, "detected"), &p->detected))
        return wire_bad(why, "\"from\" or \"detected\" is not a moment");
    const json_t *taken_back = json_object_get(o, "taken_back");
    if (taken_back != NULL && !wire_moment_decode(taken_back, &p->taken_back))
        return wire_bad(why, "\"taken_back\" is not a moment");
    return 0;
}

int wire_service_point_decode(const json_t *o, struct service_point *ret, struct text *why)
{
    struct service_point p = {0};
    if (service_point_fill(o, &p, why) != 0) {
        service_point_deinit(&p);
        return WIRE_E_BAD;
    }
    *ret = p;
    return 0;
}
