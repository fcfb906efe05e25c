/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/event.h"

#include "base/text.h"
#include "judge/fingerprint.h"
#include "judge/incident.h"
#include "judge/metric.h"
#include "judge/registry.h"
#include "settings/code.h"

enum { KEY_PART_BYTES_MAX = 256 };

static void add_key(struct text *t, const struct rule *rule, const struct reading *r)
{
    for (size_t i = 0; i < rule->key_count; i++) {
        const char *value = reading_field(r, rule->key[i]);
        if (i > 0)
            text_add_char(t, '/');
        if (value == NULL && text_equal(rule->key[i], "fingerprint"))
            fingerprint_add(t, r->text != NULL ? r->text : "");
        else if (value != NULL)
            text_add_bytes(t, value, text_utf8_cut(value, strlen(value), KEY_PART_BYTES_MAX));
    }
}

struct open_incident *event_find(const struct metric *m, const char *key)
{
    struct open_incident *i = NULL;
    HASH_FIND(by_key, m->events, key, strlen(key), i);
    return i;
}

/* ---- ends ---- */

void event_close(
    struct judge *j, struct open_incident *i, struct moment recovered, struct moment now)
{
    struct metric *m = i->metric;
    incident_clear(j, i, recovered, now);
    if (m->state.verdict != VERDICT_BLIND)
        metric_refresh(j, m, recovered, NULL, now);
}

static mono_ms end_of(const struct open_incident *i)
{
    const struct rule *rule = i->metric->rule;
    if (rule == NULL || rule->clear_after == 0)
        return CLOCK_NEVER;
    return i->last_event + rule->clear_after;
}

static void event_on_due(struct judge *j, void *owner, struct moment now)
{
    struct open_incident *i = owner;
    mono_ms ends = end_of(i);

    if (now.boot >= ends) {
        event_close(j, i, now, now);
        return;
    }
    if (i->is_unsaved)
        incident_save(j, i, now);
    due_set(&j->dues, &i->due, ends);
}

void event_resume(struct judge *j, struct open_incident *i, mono_ms last, struct moment now)
{
    i->last_event = last;
    i->due.fn = event_on_due;
    mono_ms ends = end_of(i);
    due_set(&j->dues, &i->due, ends < now.boot ? now.boot : ends);
}

void event_forget(struct judge *j, struct metric *m, struct moment now)
{
    struct open_incident *i, *next;
    HASH_ITER (by_key, m->events, i, next) {
        event_close(j, i, now, now);
    }
}

static void clear_others(struct judge *j, const struct metric *m, const struct reading *r,
    struct moment at, struct moment now)
{
    const struct watch_settings *watch = m->instance->subject->watch;
    for (size_t n = 0; n < watch->rule_count; n++) {
        const struct rule *rule = &watch->rules[n];
        if (rule->cleared_by == NULL || !text_equal(rule->cleared_by, m->state.of.metric))
            continue;
        struct triple of = {m->state.of.subject, m->state.of.instance, rule->metric};
        struct metric *other = registry_metric(j, &of);
        if (other == NULL || other->rule != rule)
            continue;
        struct text key = {0};
        add_key(&key, rule, r);
        struct open_incident *i = event_find(other, text_get(&key));
        if (i != NULL)
            event_close(j, i, at, now);
        text_deinit(&key);
    }
}

/* ---- begins ---- */

static void merge(struct judge *j, struct open_incident *i, struct moment now)
{
    i->last_event = now.boot;
    i->incident.last_at = now;
    if (i->incident.count < UINT32_MAX)
        i->incident.count++;
    if (i->is_unsaved)
        return;
    i->is_unsaved = true;
    mono_ms ends = end_of(i);
    due_set(&j->dues, &i->due, ends < now.boot + EVENT_SAVE_MS ? ends : now.boot + EVENT_SAVE_MS);
}

struct open_incident *event_open(
    struct judge *j, struct metric *m, const struct opening *o, struct moment now)
{
    struct open_incident *i = incident_open(j, m, o, now);
    event_resume(j, i, now.boot, now);
    if (m->state.verdict != VERDICT_BLIND)
        metric_refresh(j, m, o->failed_at, o->text, now);
    return i;
}

static enum severity severity_of(const struct rule *rule, const struct reading *r)
{
    if (rule == NULL || rule->event == SEVERITY_NONE)
        return SEVERITY_NONE;
    return rule->code != NULL ? code_severity(rule, reading_field(r, rule->code)) : rule->event;
}

/* The same, but with a worse return code. */
static void worsen(
    struct judge *j, struct open_incident *i, const struct opening *o, struct moment now)
{
    merge(j, i, now);
    incident_escalate(j, i, o, now);
    if (i->metric->state.verdict != VERDICT_BLIND)
        metric_refresh(j, i->metric, o->failed_at, o->text, now);
}

void event_take(
    struct judge *j, struct metric *m, const struct reading *r, struct moment at, struct moment now)
{
    struct text key = {0};

    m->state.number = r->number;
    clear_others(j, m, r, at, now);
    enum severity severity = severity_of(m->rule, r);
    if (severity == SEVERITY_NONE)
        return;
    add_key(&key, m->rule, r);
    struct open_incident *i = event_find(m, text_get(&key));
    if (i == NULL &&
        (HASH_CNT(by_key, m->events) >= EVENT_KEYS_MAX || j->event_count >= EVENT_OPEN_MAX)) {
        text_clear(&key);
        text_add(&key, "...");
        i = event_find(m, text_get(&key));
    }
    struct opening o = {
        .severity = severity,
        .key = text_get(&key),
        .failed_at = at,
        .value = text_get(&key),
        .text = r->text,
    };
    if (i != NULL && severity > i->incident.severity)
        worsen(j, i, &o, now);
    else if (i != NULL)
        merge(j, i, now);
    else
        event_open(j, m, &o, now);
    text_deinit(&key);
}
