/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
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

/* Begins a line with a number that the daemon gives credit back for. */
static struct text *begin_line(struct guest *g, const char *type)
{
    struct worker *w = g->worker;
    w->seq++;
    text_clear(&w->line);
    text_add(&w->line, "{\"type\":\"");
    text_add(&w->line, type);
    text_add_char(&w->line, '"');
    if (w->unlimited) {
        text_add(&w->line, ",\"subject\":");
        wire_add_quoted(&w->line, g->subject, strlen(g->subject));
    } else {
        text_add(&w->line, ",\"id\":");
        text_add_int(&w->line, g->id);
        text_add(&w->line, ",\"seq\":");
        text_add_int(&w->line, (int64_t)w->seq);
    }
    return &w->line;
}

static void end_line(const struct guest *g)
{
    struct worker *w = g->worker;
    text_add_char(&w->line, '}');
    w->port.put(w->port.ctx, w->line.bytes, w->line.length);
}

static void write_keep(struct guest *g)
{
    text_add(&g->worker->line, ",\"keep\":");
    keep_write(g->keep, &g->worker->line);
    if (g->keep_timer != NULL && timer_is_set(g->keep_timer))
        timer_cancel(g->keep_timer);
}

void guest_flush_keep(struct guest *g)
{
    // Waiting for credit hands lines over, which may flush.
    if (keep_waiting_bytes(g->keep) == 0 || !wait_for_credit(g->worker) ||
        keep_waiting_bytes(g->keep) == 0)
        return;
    begin_line(g, "keep");
    write_keep(g);
    end_line(g);
}

static void guest_on_keep_due(void *arg)
{
    struct guest *g = arg;
    guest_flush_keep(g);
}

void guest_on_kept(void *arg)
{
    struct guest *g = arg;
    if (keep_waiting_bytes(g->keep) == 0)
        return;
    if (g->keep_timer == NULL)
        g->keep_timer = timer_new(g->worker->loop, guest_on_keep_due, g);
    if (!timer_is_set(g->keep_timer))
        timer_set(g->keep_timer, KEEP_FLUSH_MS);
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
    size_t cost = 6 * (key_length + length) + 8;
    if (keep_waiting_bytes(g->keep) + cost > PENDING_BYTES_MAX)
        guest_flush_keep(g);
    keep_set(g->keep, key, value);
    loop_defer(g->worker->loop, &g->kept);
}

/* ---- a reading as one line --------------------------------------------------------------- */

/* Adds a text, cut to @most bytes with a mark that says how much is gone. */
static void write_text(struct text *line, const char *bytes, size_t most)
{
    struct text t = {0};
    size_t length = strlen(bytes);
    size_t looked_at = length < most ? length : most;
    // What is not UTF-8 becomes three bytes each.
    if (length <= most / 3 || (length <= most && text_is_utf8(bytes, length))) {
        wire_add_quoted(line, bytes, length);
        return;
    }
    text_add_utf8(&t, bytes, looked_at);
    if (length > looked_at || t.length > most) {
        size_t cut = text_utf8_cut(text_get(&t), t.length, most - MARK_ROOM);
        t.length = cut;
        text_addf(&t, " [truncated %zu]", length - (cut < length ? cut : length));
    }
    wire_add_quoted(line, text_get(&t), t.length);
    text_deinit(&t);
}

/* Of two fields of one name the last counts. */
static bool is_told_again(const struct hm_reading *r, size_t i, size_t count)
{
    const char *name = r->fields[i].name;
    for (size_t k = i + 1; k < count; k++) {
        const char *other = r->fields[k].name;
        if (other != NULL && other[0] == name[0] && strcmp(other, name) == 0)
            return true;
    }
    return false;
}

static void write_fields(
    struct text *line, const struct guest *g, const struct hm_reading *r, size_t value_max)
{
    size_t count = r->field_count < WIRE_FIELDS_MAX ? r->field_count : WIRE_FIELDS_MAX;
    const char *comma = "";

    text_add(line, ",\"fields\":{");
    for (size_t i = 0; i < count; i++) {
        const struct hm_field *field = &r->fields[i];
        if (!wire_is_name(field->name)) {
            log_warn(LOG_WORKER, "%s: field \"%s\" of %s is no name, left out", g->subject,
                field->name == NULL ? "" : field->name, r->metric);
            continue;
        }
        if (is_told_again(r, i, count))
            continue;
        text_add(line, comma);
        comma = ",";
        text_add_char(line, '"');
        text_add(line, field->name);
        text_add(line, "\":");
        write_text(line, field->value == NULL ? "" : field->value, value_max);
    }
    text_add_char(line, '}');
}

static void write_number(struct text *line, double number)
{
    json_t *value = json_real(number);
    char digits[64];
    size_t length = json_dumpb(value, digits, sizeof digits, JSON_ENCODE_ANY);
    text_add(line, ",\"number\":");
    text_add_bytes(line, digits, length);
    json_decref(value);
}

static void write_reading(
    struct text *line, const struct guest *g, const struct hm_reading *r, size_t text_max)
{
    static const char *const kinds[] = {"number", "event", "blind", "gone"};
    if (r->instance != NULL && r->instance[0] != '\0') {
        text_add(line, ",\"instance\":");
        wire_add_quoted(line, r->instance, strlen(r->instance));
    }
    text_add(line, ",\"metric\":\"");
    text_add(line, r->metric == NULL ? "" : r->metric);
    text_add(line, "\",\"kind\":\"");
    text_add(line, kinds[r->kind - HM_NUMBER]);
    text_add_char(line, '"');
    if (r->kind == HM_NUMBER)
        write_number(line, r->number);
    if (r->text != NULL && r->text[0] != '\0') {
        text_add(line, ",\"text\":");
        write_text(line, r->text, text_max);
    }
    if (r->field_count > 0)
        write_fields(line, g, r, text_max < WIRE_VALUE_MAX ? text_max : WIRE_VALUE_MAX);
    if (r->at_ms != 0) {
        text_add(line, ",\"at_ms\":");
        text_add_int(line, r->at_ms);
    }
}

/* Texts full of control characters grow sixfold: what does not fit is cut shorter. */
static void send_reading(struct guest *g, const struct hm_reading *r)
{
    struct text *line = begin_line(g, "reading");
    if (keep_waiting_bytes(g->keep) > 0)
        write_keep(g);
    size_t begin = line->length;
    for (size_t text_max = WIRE_TEXT_MAX; text_max >= 64; text_max /= 2) {
        line->length = begin;
        write_reading(line, g, r, text_max);
        if (line->length + 1 <= WIRE_LINE_MAX)
            break;
    }
    end_line(g);
}

/* ---- what a plugin may hand over --------------------------------------------------------- */

static bool reading_is_usable(const struct guest *g, const struct hm_reading *r)
{
    const char *wrong = NULL;
    bool of_all =
        (r->kind == HM_BLIND || r->kind == HM_GONE) && (r->metric == NULL || r->metric[0] == '\0');
    bool of_none = r->instance == NULL || r->instance[0] == '\0';
    if (r->kind < HM_NUMBER || r->kind > HM_GONE)
        wrong = "its kind is none";
    else if (r->kind == HM_GONE && (!of_all || of_none))
        wrong = "what is gone is an instance with all its metrics";
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
    send_reading(g, &r);
}

void guest_report_blind(struct guest *g, const char *text)
{
    struct hm_reading r = {.metric = "", .kind = HM_BLIND, .text = text};
    guest_report(g, &r);
}
