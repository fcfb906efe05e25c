/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "worker/worker_internal.h"

enum {
    KEEP_FLUSH_MS = 10 * 1000,
    /* Kept values that travel with a reading; beyond it they go ahead of it. */
    PENDING_BYTES_MAX = 24 * 1024,
    MARK_ROOM = 32 /* for " [truncated 18446744073709551615]" and a cut character */
};

/* ---- sending within the credit ----------------------------------------------------------- */

/* False: nothing may be sent any more, the process is about to end. */
static bool wait_for_credit(struct worker *w)
{
    while (!w->unlimited && !w->stopping && w->seq - w->saved >= WIRE_CREDIT)
        w->port.wait(w->port.ctx);
    return !w->stopping;
}

static json_t *counted_message(struct guest *g, const char *type)
{
    json_t *line = guest_message(g, type);
    json_object_set_new(line, "seq", json_integer((json_int_t)++g->worker->seq));
    return line;
}

static json_t *take_pending(struct guest *g)
{
    json_t *pending = g->pending;
    g->pending = NULL;
    g->pending_bytes = 0;
    if (g->keep_timer != NULL)
        timer_cancel(g->keep_timer);
    return pending;
}

void guest_flush_keep(struct guest *g)
{
    struct worker *w = g->worker;
    if (g->pending == NULL || !wait_for_credit(w) || g->pending == NULL)
        return;
    json_t *line = counted_message(g, "keep");
    json_object_set_new(line, "keep", take_pending(g));
    w->port.send(w->port.ctx, line, false);
}

static void guest_on_keep_due(void *arg)
{
    struct guest *g = arg;
    guest_flush_keep(g);
}

void guest_keep(struct guest *g, const char *key, const char *value)
{
    size_t key_length = key == NULL ? 0 : strlen(key);
    size_t length = value == NULL ? 0 : strlen(value);
    if (key_length == 0 || key_length > WIRE_INSTANCE_MAX || length > WIRE_KEEP_MAX) {
        log_error(LOG_WORKER, "%s: a kept value of %zu bytes is over the limit, it is not kept",
            g->subject, length);
        return;
    }
    // JSON writes a control character as six bytes.
    size_t cost = 6 * (key_length + length) + 8;
    if (g->pending != NULL && g->pending_bytes + cost > PENDING_BYTES_MAX)
        guest_flush_keep(g);
    if (g->pending == NULL)
        g->pending = json_object();
    g->pending_bytes += cost;
    if (value == NULL) {
        json_object_set_new(g->pending, key, json_null());
        json_object_del(g->kept, key);
    } else {
        wire_put_text(g->pending, key, value);
        wire_put_text(g->kept, key, value);
    }
    if (g->keep_timer == NULL)
        g->keep_timer = timer_new(g->worker->loop, guest_on_keep_due, g);
    if (!timer_is_set(g->keep_timer))
        timer_set(g->keep_timer, KEEP_FLUSH_MS);
}

/* ---- a reading as one line --------------------------------------------------------------- */

/* A copy as UTF-8, cut to @most bytes with a mark that says how much is gone. */
static char *carried(const char *bytes, size_t most)
{
    struct text t = {0};
    size_t length = strlen(bytes);
    size_t looked_at = length < most ? length : most;
    text_add_utf8(&t, bytes, looked_at);
    if (length > looked_at || t.length > most) {
        size_t cut = text_utf8_cut(text_get(&t), t.length, most - MARK_ROOM);
        char mark[MARK_ROOM + 16];
        snprintf(mark, sizeof mark, " [truncated %zu]", length - (cut < length ? cut : length));
        struct text marked = {0};
        text_add_bytes(&marked, text_get(&t), cut);
        text_add(&marked, mark);
        text_deinit(&t);
        return text_take(&marked);
    }
    return text_take(&t);
}

static json_t *fields_json(const struct guest *g, const struct hm_reading *r, size_t value_max)
{
    json_t *fields = json_object();
    size_t count = r->field_count < WIRE_FIELDS_MAX ? r->field_count : WIRE_FIELDS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct hm_field *field = &r->fields[i];
        if (!wire_is_name(field->name)) {
            log_warn(LOG_WORKER, "%s: field \"%s\" of %s is no name, left out", g->subject,
                field->name == NULL ? "" : field->name, r->metric);
            continue;
        }
        char *value = carried(field->value == NULL ? "" : field->value, value_max);
        json_object_set_new(fields, field->name, json_string(value));
        free(value);
    }
    return fields;
}

static json_t *reading_json(const struct guest *g, const struct hm_reading *r, size_t text_max)
{
    static const char *const kinds[] = {"number", "event", "blind"};
    json_t *line = guest_message(g, "reading");
    json_object_set_new(line, "seq", json_integer((json_int_t)g->worker->seq));
    if (r->instance != NULL && r->instance[0] != '\0')
        wire_put_text(line, "instance", r->instance);
    wire_put_text(line, "metric", r->metric);
    wire_put_text(line, "kind", kinds[r->kind - HM_NUMBER]);
    if (r->kind == HM_NUMBER)
        json_object_set_new(line, "number", json_real(r->number));
    if (r->text != NULL && r->text[0] != '\0') {
        char *text = carried(r->text, text_max);
        json_object_set_new(line, "text", json_string(text));
        free(text);
    }
    if (r->field_count > 0)
        json_object_set_new(line, "fields",
            fields_json(g, r, text_max < WIRE_VALUE_MAX ? text_max : WIRE_VALUE_MAX));
    if (r->at_ms != 0)
        json_object_set_new(line, "at_ms", json_integer(r->at_ms));
    return line;
}

/* Texts full of control characters grow sixfold: what does not fit is cut shorter. */
static json_t *fitting_json(const struct guest *g, const struct hm_reading *r, json_t *keep)
{
    json_t *line = NULL;
    for (size_t text_max = WIRE_TEXT_MAX; text_max >= 64; text_max /= 2) {
        json_decref(line);
        line = reading_json(g, r, text_max);
        if (keep != NULL)
            json_object_set(line, "keep", keep);
        if (json_dumpb(line, NULL, 0, JSON_COMPACT) <= WIRE_LINE_MAX)
            break;
    }
    json_decref(keep);
    return line;
}

/* ---- what a plugin may hand over --------------------------------------------------------- */

static bool reading_is_usable(const struct guest *g, const struct hm_reading *r)
{
    const char *wrong = NULL;
    bool of_all = r->kind == HM_BLIND && (r->metric == NULL || r->metric[0] == '\0');
    if (r->kind < HM_NUMBER || r->kind > HM_BLIND)
        wrong = "its kind is none";
    else if (!of_all && !wire_is_name(r->metric))
        wrong = "its metric is no name";
    else if (r->instance != NULL && strlen(r->instance) > WIRE_INSTANCE_MAX)
        wrong = "its instance is longer than 4 KiB";
    else if (r->at_ms < 0 || r->at_ms > WIRE_WALL_MAX)
        wrong = "its time is out of range";
    if (wrong != NULL)
        log_error(LOG_WORKER, "%s: a reading of \"%s\" is dropped: %s", g->subject,
            r->metric == NULL ? "" : r->metric, wrong);
    return wrong == NULL;
}

void guest_report(struct guest *g, const struct hm_reading *reading)
{
    struct worker *w = g->worker;
    struct hm_reading r = *reading;
    if (!reading_is_usable(g, &r))
        return;
    if (r.kind == HM_NUMBER && !isfinite(r.number)) {
        r.kind = HM_BLIND;
        r.text = "the plugin measured a number that is not finite";
    }
    if (!wait_for_credit(w) || g->closing)
        return;
    w->seq++;
    json_t *keep = take_pending(g);
    w->port.send(w->port.ctx, fitting_json(g, &r, keep), false);
}

void guest_report_blind(struct guest *g, const char *text)
{
    struct hm_reading r = {.metric = "", .kind = HM_BLIND, .text = text};
    guest_report(g, &r);
}
