/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "watch/intake.h"
#include "watch/supervisor_internal.h"
#include "wire/wire.h"

static bool is_watch(const struct watch_guest *w)
{
    return strcmp(w->kind, "watch") == 0;
}

static struct guest_id id_of(const struct watch_guest *w)
{
    return (struct guest_id){.kind = w->kind, .name = w->name};
}

static void set_serving(struct watch_guest *w, bool serving)
{
    if (w->serving == serving)
        return;
    w->serving = serving;
    w->supervisor->sink.serving(w->supervisor->sink.ctx, id_of(w), serving);
}

/* ---- blindness ------------------------------------------------------------------------------ */

void guest_blind(const struct watch_guest *w, const char *instance, const char *why)
{
    struct reading r;
    if (!is_watch(w))
        return;
    intake_blind(w->name, instance, why, clock_now(), &r);
    w->supervisor->sink.reading(w->supervisor->sink.ctx, &r, w->name, NULL);
    reading_deinit(&r);
}

static void guest_on_away(void *arg)
{
    const struct watch_guest *w = arg;
    char why[512];
    const char *fault = w->group == NULL ? NULL : w->group->fault;
    snprintf(why, sizeof why, "worker %s is away%s%.300s", w->group == NULL ? "" : w->group->label,
        fault == NULL ? "" : ": ", fault == NULL ? "" : fault);
    guest_blind(w, "", why);
}

static span_ms patience(const struct watch_guest *w)
{
    return (w->interval > 0 ? w->interval : w->supervisor->limits.away_events) + w->deadline;
}

static void start_away(struct watch_guest *w)
{
    if (is_watch(w) && !timer_is_set(w->away))
        timer_set(w->away, patience(w));
}

static span_ms quiet_span(const struct watch_guest *w)
{
    return 2 * w->interval + w->deadline;
}

/* The worker's loop itself stands still, unless it is busy with its other guests. */
static void guest_on_quiet(void *arg)
{
    struct watch_guest *w = arg;
    if (!w->serving || !group_is_ready(w->group))
        return;
    if (clock_boot() - worker_process_last_call(w->group->process) < quiet_span(w))
        timer_set(w->quiet, quiet_span(w));
    else
        worker_process_fail(w->group->process, "no call began within twice the interval");
}

static void start_quiet(struct watch_guest *w)
{
    if (is_watch(w) && w->interval > 0)
        timer_set(w->quiet, quiet_span(w));
}

/* ---- opening -------------------------------------------------------------------------------- */

static void add_kept(json_t *line, const struct watch_guest *w)
{
    const struct supervisor_sink *sink = &w->supervisor->sink;
    json_t *kept = sink->kept == NULL ? NULL : sink->kept(sink->ctx, w->name);
    json_object_set_new(line, "kept", kept == NULL ? json_object() : kept);
}

/* One engine a process: an SNMP library has one, whatever its number of sessions. */
static void add_engine(json_t *line, struct group *g)
{
    const struct supervisor_sink *sink = &g->supervisor->sink;
    if (!g->engine_asked && sink->engine != NULL && strcmp(g->plugin, "snmp") == 0)
        g->engine_there = sink->engine(sink->ctx, g->label, g->engine_id, &g->engine_boots);
    g->engine_asked = true;
    if (!g->engine_there)
        return;
    wire_put_text(line, "engine_id", g->engine_id);
    json_object_set_new(line, "engine_boots", json_integer(g->engine_boots));
}

json_t *guest_open_line(struct watch_guest *w, struct group *in, int64_t id)
{
    json_t *line = json_object();
    json_object_set_new(line, "type", json_string("open"));
    json_object_set_new(line, "id", json_integer(id));
    json_object_update(line, w->open);
    if (is_watch(w))
        add_kept(line, w);
    else
        add_engine(line, in);
    json_t *skip = json_array();
    for (const struct skipped *s = w->skips; s != NULL && in == w->group; s = s->next)
        json_array_append_new(skip, json_string(s->instance));
    if (json_array_size(skip) > 0)
        json_object_set(line, "skip", skip);
    json_decref(skip);
    return line;
}

void guest_send_open(struct watch_guest *w)
{
    if (!group_is_ready(w->group) || w->id != 0 || w->parked)
        return;
    w->id = ++w->supervisor->last_id;
    start_away(w);
    worker_process_ask(w->group->process, guest_open_line(w, w->group, w->id));
}

void guest_close(struct watch_guest *w)
{
    if (w->id != 0 && group_is_ready(w->group)) {
        json_t *line = json_object();
        json_object_set_new(line, "type", json_string("close"));
        json_object_set_new(line, "id", json_integer(w->id));
        worker_process_send(w->group->process, line);
    }
    guest_lost(w);
}

void guest_lost(struct watch_guest *w)
{
    w->id = 0;
    timer_cancel(w->quiet);
    if (!w->parked)
        start_away(w);
    set_serving(w, false);
}

void guest_opened(struct watch_guest *w)
{
    timer_cancel(w->away);
    start_quiet(w);
    set_serving(w, true);
}

void guest_refused(struct watch_guest *w, const json_t *line)
{
    const char *option = json_string_value(json_object_get(line, "option"));
    const char *text = json_string_value(json_object_get(line, "text"));
    char why[1024];
    snprintf(why, sizeof why, "%.200s%s%.700s", option == NULL ? "" : option,
        option == NULL ? "" : ": ", text == NULL ? "no reason given" : text);
    log_warn(LOG_WATCH, "%s %s: the plugin refuses to open: %s", w->kind, w->name, why);
    guest_lost(w);
    timer_cancel(w->away);
    guest_blind(w, "", why);
    if (w->supervisor->sink.state != NULL)
        w->supervisor->sink.state(w->supervisor->sink.ctx, id_of(w), why);
    guest_retry_in(w, w->supervisor->limits.retry_refused);
}

void guest_heard(struct watch_guest *w)
{
    if (w->serving)
        start_quiet(w);
}

/* ---- what hung ------------------------------------------------------------------------------ */

static bool is_skipped(const struct watch_guest *w, const char *instance)
{
    for (const struct skipped *s = w->skips; s != NULL; s = s->next)
        if (strcmp(s->instance, instance) == 0)
            return true;
    return false;
}

static void clear_skips(struct watch_guest *w)
{
    while (w->skips != NULL) {
        struct skipped *next = w->skips->next;
        free(w->skips->instance);
        free(w->skips);
        w->skips = next;
    }
}

void guest_hung(struct watch_guest *w, const char *instance)
{
    char why[128];
    snprintf(why, sizeof why, "did not answer within %lld ms", (long long)w->deadline);
    log_warn(LOG_WATCH, "%s %s: \"%s\" %s, its worker is ended", w->kind, w->name, instance, why);
    if (instance[0] == '\0' || is_skipped(w, instance)) {
        w->parked = true;
        guest_blind(w, "", why);
    } else {
        struct skipped *s = alloc(sizeof *s);
        *s = (struct skipped){.instance = alloc_text(instance), .next = w->skips};
        w->skips = s;
        guest_blind(w, instance, why);
    }
}

void guest_fell(struct watch_guest *w)
{
    const struct watch_limits *limits = &w->supervisor->limits;
    mono_ms now = clock_boot();
    w->falls = now - w->fell_at > limits->budget_within ? 1 : w->falls + 1;
    w->fell_at = now;
    if (w->falls < limits->falls_most)
        return;
    log_warn(LOG_WATCH, "%s %s: its worker crashed in it %u times, it is left out", w->kind,
        w->name, w->falls);
    w->falls = 0;
    w->parked = true;
    guest_blind(w, "", "the plugin crashes while it looks");
    guest_retry_in(w, limits->retry_stuck);
}

void guest_pardon(struct watch_guest *w)
{
    if (w->trial != NULL || abandoned_count(w->supervisor, w->kind, w->plugin, w->name) > 0)
        return;
    timer_cancel(w->retry);
    clear_skips(w);
    w->falls = 0;
    w->parked = false;
}

static void start_trial(struct watch_guest *w)
{
    struct group *g =
        group_new(w->supervisor, w->group->kind, w->group->plugin, "trial", w->group->read_all);
    g->tries = w;
    w->trial = g;
    log_info(LOG_WATCH, "%s %s: tried again in a worker of its own", w->kind, w->name);
    group_start(g);
}

static void guest_on_retry(void *arg)
{
    struct watch_guest *w = arg;
    if (!w->parked && w->skips == NULL)
        guest_send_open(w);
    else if (w->trial == NULL) {
        // As long as the last one that looked at it is stuck, the next one would be too.
        if (abandoned_count(w->supervisor, w->kind, w->plugin, w->name) > 0)
            guest_retry_in(w, w->supervisor->limits.retry_stuck);
        else
            start_trial(w);
    }
}

void guest_retry_in(struct watch_guest *w, span_ms ms)
{
    timer_set(w->retry, ms);
}

void guest_trial_ended(struct watch_guest *w, bool good, bool stuck)
{
    const struct watch_limits *limits = &w->supervisor->limits;
    w->trial = NULL;
    if (!good) {
        guest_retry_in(w, stuck ? limits->retry_stuck : limits->retry_hung);
        return;
    }
    log_info(LOG_WATCH, "%s %s: answers again", w->kind, w->name);
    clear_skips(w);
    w->parked = false;
    guest_close(w);
    guest_send_open(w);
}

/* ---- making --------------------------------------------------------------------------------- */

struct watch_guest *guest_by_id(const struct group *g, int64_t id)
{
    struct watch_guest *w = g->supervisor->guests;
    while (w != NULL && (w->group != g || w->id != id))
        w = w->next;
    return w;
}

struct watch_guest *guest_new(struct supervisor *s, const char *kind, const char *name)
{
    struct watch_guest *w = alloc(sizeof *w);
    *w = (struct watch_guest){
        .supervisor = s, .kind = kind, .name = alloc_text(name), .next = s->guests};
    w->away = timer_new(s->loop, guest_on_away, w);
    w->quiet = timer_new(s->loop, guest_on_quiet, w);
    w->retry = timer_new(s->loop, guest_on_retry, w);
    s->guests = w;
    return w;
}

void guest_forget(struct watch_guest *w)
{
    for (struct watch_guest **at = &w->supervisor->guests; *at != NULL; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    if (w->trial != NULL) {
        w->trial->tries = NULL;
        group_leave(w->trial);
    }
    guest_close(w);
    clear_skips(w);
    w->away = timer_free(w->away);
    w->quiet = timer_free(w->quiet);
    w->retry = timer_free(w->retry);
    json_decref(w->open);
    free(w->signature);
    free(w->plugin);
    free(w->name);
    free(w);
}
