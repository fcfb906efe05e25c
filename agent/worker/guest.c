/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/worker_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/phase.h"

enum {
    FIRST_CHECK_WITHIN_MS = 2000,
    PHASE_SHARED_BY = 8, /* guests that look one after another, woken once */
    CELLS_MAX = 64
};

json_t *guest_message(const struct guest *g, const char *type)
{
    json_t *line = worker_message(type);
    json_object_set_new(line, "id", json_integer(g->id));
    return line;
}

static void tell_call(const struct worker *w, int64_t id, const char *instance, span_ms deadline)
{
    if (w->port.call != NULL)
        w->port.call(w->port.ctx, id, instance, deadline);
}

void guest_enter(struct guest *g)
{
    g->worker->depth++;
    tell_call(g->worker, g->id, NULL, g->deadline);
}

void guest_go_on(struct guest *g, const char *instance)
{
    tell_call(g->worker, g->id, instance, g->deadline);
}

void guest_leave(struct guest *g)
{
    struct worker *w = g->worker;
    tell_call(w, 0, NULL, 0);
    if (g->tells_calls)
        w->port.send(w->port.ctx, guest_message(g, "leave"), false);
    w->depth--;
    if (g->closing || w->stopping)
        loop_defer(w->loop, &w->tidy);
}

/* ---- checks ------------------------------------------------------------------------------ */

/* Up to @most - 1, from the kernel: a thousand subjects must not check in step. */
static span_ms random_span(span_ms most)
{
    uint64_t bits = 0;
    if (most <= 1 || getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
        return 0;
    return (span_ms)(bits % (uint64_t)most);
}

void guest_check(struct guest *g)
{
    if (g->worker->plugin.check == NULL || !g->open || g->closing)
        return;
    g->soon = false;
    guest_enter(g);
    int r = g->worker->plugin.check(g->self);
    if (r < 0)
        guest_report_blind(g, strerror(-r));
    guest_leave(g);
}

/* Checks that were missed while one took long are not made up for. */
static void arm_next_check(struct guest *g)
{
    mono_ms now = clock_boot();
    if (g->soon)
        timer_set(g->check_timer, 0);
    else if (g->interval > 0) {
        g->check_due += g->interval;
        if (g->check_due <= now)
            g->check_due = now + g->interval;
        timer_set(g->check_timer, g->check_due - now);
    }
}

static void guest_on_check_due(void *arg)
{
    struct guest *g = arg;
    guest_check(g);
    arm_next_check(g);
}

/*
 * A few guests of the same interval share one, so that a process with little to do sleeps most of
 * the time: the first of them the host's, on which other workers wake too; more of them one that is
 * drawn from the whole interval.
 */
static mono_ms draw_phase(struct guest *g)
{
    mono_ms now = clock_boot();
    bool is_first = true;
    for (struct guest *o = g->worker->guests; o != NULL && g->interval > 0; o = o->next) {
        if (o->interval != g->interval || o->phase_shared_by == 0)
            continue;
        is_first = false;
        if (o->phase_shared_by >= PHASE_SHARED_BY)
            continue;
        o->phase_shared_by++;
        return now - ((now - o->check_due) % g->interval + g->interval) % g->interval;
    }
    g->phase_shared_by = 1;
    return is_first && g->interval > 0 ? phase_last(g->worker->host, g->interval, now)
                                       : now - random_span(g->interval);
}

/* The first check comes soon, those that follow in their phase. */
static void start_checks(struct guest *g)
{
    span_ms within = g->interval / 10;
    span_ms first = random_span(within < FIRST_CHECK_WITHIN_MS ? within : FIRST_CHECK_WITHIN_MS);
    g->check_due = draw_phase(g);
    g->check_timer = timer_new(g->worker->loop, guest_on_check_due, g);
    timer_set(g->check_timer, g->soon ? 0 : first);
}

/* ---- open, validate, close --------------------------------------------------------------- */

struct guest *guest_new(struct worker *w, json_t *line, struct text *why)
{
    int64_t id = 0, interval = 0, deadline = 0;
    json_t *options = json_object_get(line, "options");
    if (!json_is_object(options)) {
        text_add(why, "\"options\" is not an object");
        return NULL;
    }
    if ((json_object_get(line, "id") != NULL &&
            !wire_get_int(line, "id", 1, INT64_MAX, &id, why)) ||
        (json_object_get(line, "interval_ms") != NULL &&
            !wire_get_int(line, "interval_ms", 0, INT64_MAX, &interval, why)) ||
        (json_object_get(line, "deadline_ms") != NULL &&
            !wire_get_int(line, "deadline_ms", 0, INT64_MAX, &deadline, why)))
        return NULL;

    const char *subject = json_string_value(json_object_get(line, "subject"));
    struct guest *g = alloc(sizeof *g);
    *g = (struct guest){.worker = w,
        .id = id,
        .subject = alloc_text(subject == NULL ? "" : subject),
        .interval = interval,
        .deadline = deadline,
        .tells_calls = json_is_true(json_object_get(line, "tell_calls")),
        .line = json_incref(line),
        .keep = keep_new(json_object_get(line, "kept"))};
    g->kept = (struct loop_deferred){.fn = guest_on_kept, .arg = g};
    struct hm_host services = {0};
    host_fill(&services);
    handle_fill(&services);
    program_fill(&services);
    g->view = options_new(g, &services, w->plugin.options, options);
    return g;
}

struct guest *guest_free(struct guest *g)
{
    if (g == NULL)
        return NULL;
    handle_free_all(g);
    program_free_all(g->worker, g);
    g->check_timer = timer_free(g->check_timer);
    if (g->open) {
        g->open = false;
        guest_enter(g);
        g->worker->plugin.close(g->self);
        guest_leave(g);
    }
    guest_flush_keep(g);
    handle_free_all(g);
    g->keep_timer = timer_free(g->keep_timer);
    loop_undefer(g->worker->loop, &g->kept);
    g->view = options_free(g->view);
    g->keep = keep_free(g->keep);
    json_decref(g->line);
    free(g->subject);
    free(g->state);
    free(g->complaint);
    free(g->complaint_option);
    free(g);
    return NULL;
}

static void send_refused(struct guest *g, int r)
{
    json_t *line = guest_message(g, "refused");
    if (g->complaint_option != NULL)
        wire_put_text(line, "option", g->complaint_option);
    wire_put_text(line, "text", g->complaint != NULL ? g->complaint : strerror(-r));
    g->worker->port.send(g->worker->port.ctx, line, true);
}

bool guest_open(struct guest *g)
{
    struct worker *w = g->worker;
    guest_enter(g);
    int r = w->plugin.open(&g->view->host, &g->self);
    g->open = r == 0;
    guest_leave(g);
    if (r != 0) {
        send_refused(g, r < 0 ? r : -r);
        return false;
    }
    w->port.send(w->port.ctx, guest_message(g, "opened"), true);
    if (w->plugin.kind == HM_WATCH && w->plugin.check != NULL)
        start_checks(g);
    return true;
}

void guest_validate(struct guest *g)
{
    if (g->worker->plugin.validate != NULL)
        g->worker->plugin.validate(&g->view->host);
}

/* ---- channels ---------------------------------------------------------------------------- */

static const char *member(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text == NULL ? "" : text;
}

static struct hm_notice public_notice(const struct notice *n, const json_t *o, const char *progress)
{
    return (struct hm_notice){.size = sizeof(struct hm_notice),
        .event_id = notice_event_id(n->kind),
        .sequence = n->sequence,
        .severity = (int)n->severity,
        .kind = notice_kind_name(n->kind),
        .subject = n->of.subject,
        .at_ms = n->at.wall,
        .utc_offset_s = (int32_t)json_integer_value(json_object_get(o, "utc_offset_s")),
        .value = n->value,
        .threshold = n->threshold,
        .incident = n->incident,
        .key = n->key,
        .text = n->text,
        .service = n->service,
        .state = n->state,
        .host = member(o, "host"),
        .instance = n->of.instance,
        .metric = n->of.metric,
        .detected_at_ms = n->detected_at.wall,
        .incident_key = n->incident_key,
        .progress = progress};
}

static void refuse_delivery(struct guest *g, uint64_t delivery, struct text *why)
{
    json_t *line = guest_message(g, "receipt");
    json_object_set_new(line, "delivery", wire_id(delivery));
    wire_put_text(line, "result", "refused");
    wire_put_text(line, "text", text_get(why));
    g->worker->port.send(g->worker->port.ctx, line, true);
}

void guest_deliver(struct guest *g, const json_t *line)
{
    struct worker *w = g->worker;
    const json_t *o = json_object_get(line, "notice");
    struct notice n = {0};
    struct text why = {0};
    uint64_t delivery;
    int64_t attempt = 1;
    if (!wire_get_id(line, "delivery", &delivery, &why)) {
        log_error(LOG_WORKER, "a delivery without a number is dropped: %s", text_get(&why));
    } else if (w->plugin.deliver == NULL ||
               !wire_get_int(line, "attempt", 1, UINT32_MAX, &attempt, &why) ||
               wire_notice_decode(o, &n, &why) != 0) {
        refuse_delivery(g, delivery, &why);
    } else {
        struct hm_notice notice = public_notice(&n, o, member(line, "progress"));
        guest_enter(g);
        w->plugin.deliver(g->self, delivery, (uint32_t)attempt, &notice);
        guest_leave(g);
    }
    notice_deinit(&n);
    text_deinit(&why);
}

/* ---- faces ------------------------------------------------------------------------------- */

static struct hm_cell cell_of(const char *name, const json_t *value)
{
    struct hm_cell cell = {.name = name, .type = HM_CELL_TEXT, .text = ""};
    if (json_is_string(value))
        cell.text = json_string_value(value);
    else if (json_is_real(value)) {
        cell.type = HM_CELL_NUMBER;
        cell.number = json_real_value(value);
    } else if (json_is_integer(value) || json_is_boolean(value)) {
        cell.type = HM_CELL_INTEGER;
        cell.integer = json_is_integer(value) ? json_integer_value(value) : json_is_true(value);
    }
    return cell;
}

static void put_row(struct guest *g, const char *table, uint32_t id, json_t *cells)
{
    struct hm_cell list[CELLS_MAX];
    struct hm_row row = {.table = table, .id = id, .cells = list};
    const char *name;
    json_t *value;
    json_object_foreach (cells, name, value) {
        if (row.cell_count == CELLS_MAX)
            break;
        list[row.cell_count++] = cell_of(name, value);
    }
    g->worker->plugin.put(g->self, &row);
}

bool guest_face_line(struct guest *g, const char *type, json_t *line, struct text *why)
{
    const struct hm_plugin *plugin = &g->worker->plugin;
    if (strcmp(type, "begin") == 0) {
        if (plugin->begin != NULL)
            plugin->begin(g->self, json_is_true(json_object_get(line, "whole")));
        return true;
    }
    if (strcmp(type, "commit") == 0) {
        plugin->commit(g->self);
        return true;
    }
    const char *table;
    int64_t row;
    if (!wire_get_text(line, "table", &table, why) ||
        !wire_get_int(line, "row", 0, UINT32_MAX, &row, why))
        return false;
    if (strcmp(type, "drop") == 0)
        plugin->drop(g->self, table, (uint32_t)row);
    else
        put_row(g, table, (uint32_t)row, json_object_get(line, "cells"));
    return true;
}
