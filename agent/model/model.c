/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* A number and its word; tables of them end with a NULL word. */
struct word {
    int number;
    const char *word;
};

static const char *word_of(const struct word *words, int number)
{
    for (; words->word != NULL; words++)
        if (words->number == number)
            return words->word;
    return "unknown";
}

static const struct word *word_find(const struct word *words, const char *name)
{
    if (name == NULL)
        return NULL;
    for (; words->word != NULL; words++)
        if (strcmp(words->word, name) == 0)
            return words;
    return NULL;
}

/* ---- readings ---- */

static const struct word reading_kinds[] = {
    {READING_NUMBER, "number"},
    {READING_EVENT, "event"},
    {READING_BLIND, "blind"},
    {READING_GONE, "gone"},
    {READING_NUMBER, "state"},
    {0, NULL},
};

static void triple_copy(struct triple *ret, const struct triple *from)
{
    ret->subject = alloc_text(from->subject);
    ret->instance = alloc_text(from->instance);
    ret->metric = alloc_text(from->metric);
}

static void triple_free(struct triple *t)
{
    free(t->subject);
    free(t->instance);
    free(t->metric);
}

static struct field *fields_copy(const struct field *fields, size_t count)
{
    if (count == 0)
        return NULL;
    struct field *copy = alloc_array(count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = (struct field){alloc_text(fields[i].name), alloc_text(fields[i].value)};
    return copy;
}

static void fields_free(struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(fields[i].name);
        free(fields[i].value);
    }
    free(fields);
}

static struct field *fields_find(struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(fields[i].name, name))
            return &fields[i];
    return NULL;
}

static void fields_set(struct field **fields, size_t *count, const char *name, const char *value)
{
    struct field *f = fields_find(*fields, *count, name);
    if (f != NULL) {
        char *copy = alloc_text(value);
        free(f->value);
        f->value = copy;
        return;
    }
    *fields = alloc_resize(*fields, *count + 1, sizeof **fields);
    (*fields)[(*count)++] = (struct field){alloc_text(name), alloc_text(value)};
}

void reading_copy(struct reading *ret, const struct reading *from)
{
    *ret = *from;
    triple_copy(&ret->of, &from->of);
    ret->text = alloc_text(from->text);
    ret->fields = fields_copy(from->fields, from->field_count);
}

void reading_deinit(struct reading *r)
{
    triple_free(&r->of);
    free(r->text);
    fields_free(r->fields, r->field_count);
    *r = (struct reading){0};
}

const char *reading_field(const struct reading *r, const char *name)
{
    const struct field *f = fields_find(r->fields, r->field_count, name);
    return f != NULL ? f->value : NULL;
}

const char *reading_kind_name(enum reading_kind kind)
{
    return word_of(reading_kinds, (int)kind);
}

bool reading_kind_from(const char *name, enum reading_kind *ret)
{
    const struct word *w = word_find(reading_kinds, name);
    if (w != NULL)
        *ret = (enum reading_kind)w->number;
    return w != NULL;
}

/* ---- verdicts ---- */

static const struct word verdicts[] = {
    {VERDICT_UNKNOWN, "unknown"},
    {VERDICT_OK, "ok"},
    {VERDICT_WARNING, "warning"},
    {VERDICT_CRITICAL, "critical"},
    {VERDICT_BLIND, "blind"},
    {0, NULL},
};

const char *verdict_name(enum verdict v)
{
    return word_of(verdicts, (int)v);
}

bool verdict_from(const char *name, enum verdict *ret)
{
    const struct word *w = word_find(verdicts, name);
    if (w != NULL)
        *ret = (enum verdict)w->number;
    return w != NULL;
}

static const struct word severities[] = {
    {SEVERITY_NONE, "ok"},
    {SEVERITY_NOTICE, "notice"},
    {SEVERITY_WARNING, "warning"},
    {SEVERITY_CRITICAL, "critical"},
    {SEVERITY_BLIND, "blind"},
    {0, NULL},
};

const char *severity_name(enum severity s)
{
    return word_of(severities, (int)s);
}

bool severity_from(const char *name, enum severity *ret)
{
    const struct word *w = word_find(severities, name);
    if (w != NULL)
        *ret = (enum severity)w->number;
    return w != NULL;
}

void metric_state_copy(struct metric_state *ret, const struct metric_state *from)
{
    *ret = *from;
    triple_copy(&ret->of, &from->of);
}

void metric_state_deinit(struct metric_state *s)
{
    triple_free(&s->of);
    *s = (struct metric_state){0};
}

/* ---- services ---- */

static const struct word service_states[] = {
    {SERVICE_UP, "up"},
    {SERVICE_DEGRADED, "degraded"},
    {SERVICE_DOWN, "down"},
    {SERVICE_UNMONITORED, "unmonitored"},
    {SERVICE_MAINTENANCE, "maintenance"},
    {SERVICE_OUT_OF_HOURS, "out_of_hours"},
    {0, NULL},
};

const char *service_state_name(enum service_state s)
{
    return word_of(service_states, (int)s);
}

bool service_state_from(const char *name, enum service_state *ret)
{
    const struct word *w = word_find(service_states, name);
    if (w != NULL)
        *ret = (enum service_state)w->number;
    return w != NULL;
}

void service_point_copy(struct service_point *ret, const struct service_point *from)
{
    *ret = *from;
    ret->service = alloc_text(from->service);
    ret->reason = alloc_text(from->reason);
}

void service_point_deinit(struct service_point *p)
{
    free(p->service);
    free(p->reason);
    *p = (struct service_point){0};
}

/* ---- incidents ---- */

void incident_copy(struct incident *ret, const struct incident *from)
{
    *ret = *from;
    triple_copy(&ret->of, &from->of);
    ret->key = alloc_text(from->key);
    ret->service = alloc_text(from->service);
    ret->acknowledged_by = alloc_text(from->acknowledged_by);
    ret->value = alloc_text(from->value);
    ret->threshold = alloc_text(from->threshold);
    ret->text = alloc_text(from->text);
    ret->called_text = alloc_text(from->called_text);
    ret->false_reason = alloc_text(from->false_reason);
    ret->false_approved_by = alloc_text(from->false_approved_by);
    ret->closed_reason = alloc_text(from->closed_reason);
    ret->closed_by = alloc_text(from->closed_by);
    ret->written = fields_copy(from->written, from->written_count);
}

const char *incident_written(const struct incident *i, const char *name)
{
    const struct field *f = fields_find(i->written, i->written_count, name);
    return f != NULL ? f->value : NULL;
}

void incident_write(struct incident *i, const char *name, const char *value)
{
    fields_set(&i->written, &i->written_count, name, value);
    if (value != NULL && value[0] != '\0')
        return;
    struct field *f = fields_find(i->written, i->written_count, name);
    free(f->name);
    free(f->value);
    *f = i->written[--i->written_count];
}

void incident_deinit(struct incident *i)
{
    triple_free(&i->of);
    free(i->key);
    free(i->service);
    free(i->acknowledged_by);
    free(i->value);
    free(i->threshold);
    free(i->text);
    free(i->called_text);
    free(i->false_reason);
    free(i->false_approved_by);
    free(i->closed_reason);
    free(i->closed_by);
    fields_free(i->written, i->written_count);
    *i = (struct incident){0};
}

/* ---- notices and receipts ---- */

static const struct word notice_kinds[] = {
    {NOTICE_RAISED, "raised"},
    {NOTICE_CLEARED, "cleared"},
    {NOTICE_REMINDER, "reminder"},
    {NOTICE_SERVICE, "service"},
    {NOTICE_SLA_AT_RISK, "sla_at_risk"},
    {NOTICE_SLA_MISSED, "sla_missed"},
    {NOTICE_HEARTBEAT, "heartbeat"},
    {NOTICE_TEST, "test"},
    {0, NULL},
};

static const struct word event_ids[] = {
    {NOTICE_RAISED, "HM-INC-RAISED"},
    {NOTICE_CLEARED, "HM-INC-CLEARED"},
    {NOTICE_REMINDER, "HM-INC-REMINDER"},
    {NOTICE_SERVICE, "HM-SVC-CHANGED"},
    {NOTICE_SLA_AT_RISK, "HM-SLA-AT-RISK"},
    {NOTICE_SLA_MISSED, "HM-SLA-MISSED"},
    {NOTICE_HEARTBEAT, "HM-HEARTBEAT"},
    {NOTICE_TEST, "HM-TEST"},
    {0, NULL},
};

const char *notice_kind_name(enum notice_kind k)
{
    return word_of(notice_kinds, (int)k);
}

bool notice_kind_from(const char *name, enum notice_kind *ret)
{
    const struct word *w = word_find(notice_kinds, name);
    if (w != NULL)
        *ret = (enum notice_kind)w->number;
    return w != NULL;
}

const char *notice_event_id(enum notice_kind k)
{
    return word_of(event_ids, (int)k);
}

void notice_copy(struct notice *ret, const struct notice *from)
{
    *ret = *from;
    triple_copy(&ret->of, &from->of);
    ret->service = alloc_text(from->service);
    ret->state = alloc_text(from->state);
    ret->value = alloc_text(from->value);
    ret->threshold = alloc_text(from->threshold);
    ret->key = alloc_text(from->key);
    ret->incident_key = alloc_text(from->incident_key);
    ret->text = alloc_text(from->text);
}

void notice_deinit(struct notice *n)
{
    triple_free(&n->of);
    free(n->service);
    free(n->state);
    free(n->value);
    free(n->threshold);
    free(n->key);
    free(n->incident_key);
    free(n->text);
    *n = (struct notice){0};
}

static const struct word receipt_results[] = {
    {RECEIPT_ACCEPTED, "accepted"},
    {RECEIPT_SENT, "sent"},
    {RECEIPT_REFUSED, "refused"},
    {RECEIPT_LATER, "later"},
    {0, NULL},
};

const char *receipt_result_name(enum receipt_result r)
{
    return word_of(receipt_results, (int)r);
}

bool receipt_result_from(const char *name, enum receipt_result *ret)
{
    const struct word *w = word_find(receipt_results, name);
    if (w != NULL)
        *ret = (enum receipt_result)w->number;
    return w != NULL;
}

void receipt_deinit(struct receipt *r)
{
    free(r->text);
    free(r->progress);
    *r = (struct receipt){0};
}

/* ---- commands ---- */

void command_deinit(struct command *c)
{
    free(c->verb);
    fields_free(c->args, c->arg_count);
    free(c->who);
    *c = (struct command){0};
}

void command_set(struct command *c, const char *name, const char *value)
{
    fields_set(&c->args, &c->arg_count, name, value);
}

const char *command_arg(const struct command *c, const char *name)
{
    const struct field *f = fields_find(c->args, c->arg_count, name);
    return f != NULL ? f->value : NULL;
}

/* ---- linkages ---- */

static const char *const phase_names[] = {
    "waiting", "arrived", "late", "missing", "failed", "running", "too_long", "blind"};

const char *linkage_phase_name(enum linkage_phase phase)
{
    return phase_names[phase];
}

bool linkage_phase_from(const char *name, enum linkage_phase *ret)
{
    for (size_t i = 0; name != NULL && i < sizeof phase_names / sizeof phase_names[0]; i++) {
        if (strcmp(phase_names[i], name) == 0) {
            *ret = (enum linkage_phase)i;
            return true;
        }
    }
    return false;
}

void linkage_state_copy(struct linkage_state *ret, const struct linkage_state *from)
{
    *ret = *from;
    ret->id = alloc_text(from->id);
    ret->chain_from = from->chain_from != NULL ? alloc_text(from->chain_from) : NULL;
    for (size_t i = 0; i < from->run_count; i++)
        ret->runs[i].run = alloc_text(from->runs[i].run);
}

void linkage_state_deinit(struct linkage_state *s)
{
    free(s->id);
    free(s->chain_from);
    for (size_t i = 0; i < s->run_count; i++)
        free(s->runs[i].run);
    *s = (struct linkage_state){0};
}
