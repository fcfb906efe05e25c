/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/log.h"
#include "settings/guest.h"
#include "watch/intake.h"
#include "watch/supervisor_internal.h"
#include "wire/wire.h"

enum { STATE_FAILED = 0, STATE_RESTARTING = 1, STATE_RUNNING = 2 };

/* ---- what others hear of it ------------------------------------------------------------------ */

static void report_own(const struct group *g, const char *metric, enum reading_kind kind,
    double number, const char *text)
{
    const struct supervisor_sink *sink = &g->supervisor->sink;
    struct text subject = {0};
    text_addf(&subject, "hashimori/worker/%s", g->label);
    struct reading r = {.of = {.subject = text_take(&subject),
                            .instance = alloc_text(""),
                            .metric = alloc_text(metric)},
        .kind = kind,
        .number = number,
        .text = alloc_text(text == NULL ? "" : text),
        .at = clock_now()};
    sink->reading(sink->ctx, &r, r.of.subject, NULL);
    reading_deinit(&r);
}

static void tell_state(const struct group *g, int state)
{
    static const char *const names[] = {"failed", "restarting", "running"};
    const struct supervisor_sink *sink = &g->supervisor->sink;
    if (g->tries != NULL || g->leaving)
        return;
    report_own(g, "worker_state", READING_NUMBER, state, state == STATE_RUNNING ? NULL : g->fault);
    if (sink->worker != NULL)
        sink->worker(sink->ctx, g->label, g->kind, names[state], g->restarts,
            g->fault == NULL ? "" : g->fault);
}

static void set_fault(struct group *g, const char *why)
{
    free(g->fault);
    g->fault = alloc_text(why);
}

/* ---- a trial: one guest, nothing of it counts but whether it answers --------------------------
 */

static void open_trial(struct group *g)
{
    struct watch_guest *w = g->tries;
    g->leaves = 0;
    json_t *line = guest_open_line(w, g, 1);
    json_object_set_new(line, "tell_calls", json_true());
    worker_process_ask(g->process, line);
    timer_set(g->trial_end, 2 * w->deadline + w->interval / 10 + g->supervisor->limits.hello);
}

/* The open call and one check came back: it answers. */
static void end_trial_good(struct group *g)
{
    struct watch_guest *w = g->tries;
    g->tries = NULL;
    guest_trial_ended(w, true, false);
    group_leave(g);
}

static void trial_on_end(void *arg)
{
    struct group *g = arg;
    if (g->tries != NULL && group_is_ready(g))
        end_trial_good(g); // only events: it opened and no call hangs
}

static bool trial_line(struct group *g, const char *type)
{
    if (strcmp(type, "refused") == 0)
        worker_process_fail(g->process, "the plugin refused to open");
    worker_process_committed(g->process);
    return true;
}

/* ---- what the process says --------------------------------------------------------------------
 */

static void group_on_hello(void *ctx)
{
    struct group *g = ctx;
    if (g->leaving)
        return;
    if (g->tries != NULL) {
        open_trial(g);
        return;
    }
    tell_state(g, STATE_RUNNING);
    for (struct watch_guest *w = g->supervisor->guests; w != NULL; w = w->next)
        if (w->group == g)
            guest_send_open(w);
}

/* A channel speaks of its own health only, under the name of its destination. */
static bool take_health(
    const struct watch_guest *w, const char *type, json_t *line, struct text *why)
{
    const struct supervisor_sink *sink = &w->supervisor->sink;
    struct text subject = {0};
    struct reading r;
    if (strcmp(type, "reading") != 0 || strcmp(w->kind, "channel") != 0) {
        text_add(why, "a reading from a guest that is no watch");
        return false;
    }
    text_addf(&subject, "hashimori/destination/%s", w->name);
    int taken = intake_reading(line, text_get(&subject), clock_now(), &r, why);
    if (taken == 0 && strcmp(r.of.metric, "certificate_days") == 0)
        sink->reading(sink->ctx, &r, r.of.subject, NULL);
    if (taken == 0)
        reading_deinit(&r);
    text_deinit(&subject);
    return taken == 0;
}

static bool take_reading(struct watch_guest *w, const char *type, json_t *line, struct text *why)
{
    const struct supervisor_sink *sink = &w->supervisor->sink;
    json_t *keep = json_object_get(line, "keep");
    struct reading r;
    if (strcmp(w->kind, "watch") != 0)
        return take_health(w, type, line, why);
    if (keep != NULL && !wire_keep_is_valid(keep, why))
        return false;
    if (strcmp(type, "keep") == 0) {
        if (keep != NULL)
            sink->reading(sink->ctx, NULL, w->name, keep);
        return true;
    }
    if (intake_reading(line, w->name, clock_now(), &r, why) != 0)
        return false;
    sink->reading(sink->ctx, &r, w->name, keep);
    reading_deinit(&r);
    return true;
}

static bool take_receipt(const struct watch_guest *w, const json_t *line, struct text *why)
{
    struct receipt receipt;
    if (wire_receipt_decode(line, &receipt, why) != 0)
        return false;
    w->supervisor->sink.receipt(w->supervisor->sink.ctx, w->name, &receipt);
    receipt_deinit(&receipt);
    return true;
}

static bool take_state(const struct watch_guest *w, const json_t *line, struct text *why)
{
    const struct supervisor_sink *sink = &w->supervisor->sink;
    struct guest_id id = {.kind = w->kind, .name = w->name};
    const char *text;
    if (!wire_get_text(line, "text", &text, why))
        return false;
    if (sink->state != NULL)
        sink->state(sink->ctx, id, text);
    return true;
}

static bool group_on_line(void *ctx, const char *type, int64_t id, json_t *line, struct text *why)
{
    struct group *g = ctx;
    if (g->tries != NULL)
        return trial_line(g, type);
    struct watch_guest *w = g->leaving ? NULL : guest_by_id(g, id);
    if (w == NULL)
        return true; // it was closed; lines cross on the wire
    guest_heard(w);
    if (strcmp(type, "opened") == 0)
        guest_opened(w);
    else if (strcmp(type, "refused") == 0)
        guest_refused(w, line);
    else if (strcmp(type, "receipt") == 0)
        return take_receipt(w, line, why);
    else if (strcmp(type, "state") == 0)
        return take_state(w, line, why);
    else
        return take_reading(w, type, line, why);
    return true;
}

static void group_on_leave(void *ctx, int64_t id)
{
    struct group *g = ctx;
    (void)id;
    if (g->tries != NULL && ++g->leaves == 2)
        end_trial_good(g);
}

static void group_on_hung(void *ctx, int64_t id, const char *instance)
{
    struct group *g = ctx;
    struct watch_guest *w = g->tries != NULL ? g->tries : guest_by_id(g, id);
    free(g->hung_in);
    g->hung_in = w == NULL ? NULL : alloc_text(w->name);
    if (w != NULL && g->tries == NULL)
        guest_hung(w, instance);
}

static void group_on_fell(void *ctx, int64_t id)
{
    struct group *g = ctx;
    struct watch_guest *w = g->tries != NULL ? NULL : guest_by_id(g, id);
    if (w != NULL && !g->is_wanted_anew)
        guest_fell(w);
}

static void group_on_flooding(void *ctx, unsigned per_second)
{
    const struct group *g = ctx;
    char text[128];
    snprintf(text, sizeof text, "%u readings a second, its credit comes back slowly", per_second);
    log_warn(LOG_WATCH, "worker %s: %s", g->label, text);
    if (g->tries == NULL)
        report_own(g, "flood", READING_EVENT, 0, text);
}

/* ---- faults -------------------------------------------------------------------------------------
 */

static void lose_guests(struct group *g, bool stuck)
{
    const struct watch_limits *limits = &g->supervisor->limits;
    for (struct watch_guest *w = g->supervisor->guests; w != NULL; w = w->next) {
        if (w->group != g)
            continue;
        if (w->id != 0)
            guest_lost(w);
        if (text_equal(w->name, g->hung_in))
            guest_retry_in(w, stuck ? limits->retry_stuck : limits->retry_hung);
    }
}

static bool is_too_stuck(const struct group *g)
{
    return abandoned_count(g->supervisor, g->kind, g->plugin, NULL) >=
           g->supervisor->limits.stuck_most;
}

/* What is to be told must not wait for an operator who was never told: it is tried again. */
static void give_up(struct group *g, const char *why)
{
    span_ms again = g->supervisor->limits.retry_failed;
    log_error(LOG_WATCH, "worker %s: %s; started again in %lld s, at a reload or by plugin restart",
        g->label, why, (long long)again / 1000);
    tell_state(g, STATE_FAILED);
    timer_set(g->restart, again);
}

/* When it is started again after a fault; false: it had too many. */
static bool may_start(struct group *g, span_ms *ret_delay)
{
    const struct watch_limits *l = &g->supervisor->limits;
    struct backoff_rule rule = {.first = l->delay_first,
        .most = l->delay_most,
        .good_run = l->good_run,
        .within = l->budget_within,
        .budget = l->budget};
    mono_ms now = clock_boot();
    if (is_too_stuck(g))
        return false;
    if (g->is_wanted_anew) {
        g->backoff = (struct backoff){0};
        *ret_delay = 0;
        return true;
    }
    bool is_bad_again = g->is_retried && now - g->began < l->good_run;
    g->is_retried = is_bad_again;
    return backoff_fault(&g->backoff, &rule, g->began, now, ret_delay) && !is_bad_again;
}

static void take_fault(struct group *g, const char *why)
{
    span_ms delay;
    set_fault(g, why);
    g->failed = !may_start(g, &delay);
    g->is_wanted_anew = false;
    if (g->failed) {
        give_up(g, why);
        return;
    }
    log_warn(LOG_WATCH, "worker %s: %s, started again in %lld ms", g->label, why, (long long)delay);
    g->restarts++;
    tell_state(g, STATE_RESTARTING);
    timer_set(g->restart, delay);
}

static void group_on_ended(void *ctx, bool asked, bool stuck, const char *why)
{
    struct group *g = ctx;
    char *reason = alloc_text(why);
    struct watch_guest *tried = g->tries;

    if (stuck)
        abandon(g);
    else
        g->process = worker_process_free(g->process);
    g->engine_asked = g->engine_there = false;
    lose_guests(g, stuck);
    free(g->hung_in);
    g->hung_in = NULL;
    if (stuck) {
        log_error(
            LOG_WATCH, "worker %s: %s, and SIGKILL does not end it: abandoned", g->label, reason);
    }
    if (tried != NULL)
        guest_trial_ended(tried, false, stuck);
    if (g->leaving || tried != NULL)
        group_free(g);
    else
        take_fault(g, asked ? "stopped" : reason);
    free(reason);
}

/* ---- start and end ------------------------------------------------------------------------------
 */

static int start_process(struct group *g, const char *path)
{
    struct supervisor *s = g->supervisor;
    struct worker_plan plan = {.worker_path = s->worker_path,
        .label = g->label,
        .kind = g->kind,
        .plugin = g->plugin,
        .path = path,
        .language = s->around.language,
        .host = s->around.host,
        .timezone = s->around.timezone,
        .owner = s->around.owner,
        .read_all = g->read_all,
        .limits = &s->limits};
    struct worker_sink sink = {.ctx = g,
        .hello = group_on_hello,
        .line = group_on_line,
        .leave = group_on_leave,
        .hung = group_on_hung,
        .fell = group_on_fell,
        .flooding = group_on_flooding,
        .ended = group_on_ended};
    return worker_process_new(s->loop, &plan, &sink, &g->process);
}

/* A worker that cannot even be started is a fault like any other. */
static void not_started(struct group *g, const char *why)
{
    struct watch_guest *tried = g->tries;
    if (tried == NULL) {
        take_fault(g, why);
        return;
    }
    guest_trial_ended(tried, false, false);
    group_free(g);
}

void group_start(struct group *g)
{
    const struct surroundings *around = &g->supervisor->around;
    struct text why = {0};
    char *path = NULL;
    if (g->process != NULL || g->leaving || g->failed)
        return;

    g->began = clock_boot();
    int r = guest_find_file(around->plugin_dir, g->kind, g->plugin, around->owner, &path, &why);
    if (r != 0) {
        struct text told = {0};
        text_addf(&told, "plugin file %s: %s",
            r == GUEST_E_UNSAFE ? "may be written by others" : "not found", text_get(&why));
        not_started(g, text_get(&told));
        text_deinit(&told);
    } else if ((r = start_process(g, path)) < 0) {
        not_started(g, fault_text(r));
    }
    free(path);
    text_deinit(&why);
}

static void group_on_restart(void *arg)
{
    struct group *g = arg;
    if (g->failed && is_too_stuck(g)) {
        timer_set(g->restart, g->supervisor->limits.retry_failed);
        return;
    }
    g->is_retried |= g->failed;
    g->failed = false;
    group_start(g);
}

bool group_is_ready(const struct group *g)
{
    return g != NULL && !g->leaving && worker_process_is_ready(g->process);
}

static char *label_of(const char *kind, const char *plugin, const char *worker, bool read_all)
{
    struct text t = {0};
    if (strcmp(kind, "watch") != 0)
        text_addf(&t, "%s_", kind);
    text_add(&t, plugin);
    if (worker != NULL)
        text_addf(&t, "-%s", worker);
    if (read_all)
        text_add(&t, "+");
    return text_take(&t);
}

struct group *group_new(
    struct supervisor *s, const char *kind, const char *plugin, const char *worker, bool read_all)
{
    struct group *g = alloc(sizeof *g);
    *g = (struct group){.supervisor = s,
        .label = label_of(kind, plugin, worker, read_all),
        .kind = alloc_text(kind),
        .plugin = alloc_text(plugin),
        .worker = alloc_text(worker),
        .read_all = read_all,
        .next = s->groups};
    g->restart = timer_new(s->loop, group_on_restart, g);
    g->trial_end = timer_new(s->loop, trial_on_end, g);
    s->groups = g;
    return g;
}

void group_free(struct group *g)
{
    for (struct group **at = &g->supervisor->groups; *at != NULL; at = &(*at)->next) {
        if (*at == g) {
            *at = g->next;
            break;
        }
    }
    g->process = worker_process_free(g->process);
    g->restart = timer_free(g->restart);
    g->trial_end = timer_free(g->trial_end);
    free(g->label);
    free(g->kind);
    free(g->plugin);
    free(g->worker);
    free(g->fault);
    free(g->hung_in);
    free(g);
}

void group_retire(const struct group *g)
{
    const struct supervisor_sink *sink = &g->supervisor->sink;
    report_own(g, "worker_state", READING_NUMBER, STATE_RUNNING, NULL);
    if (sink->worker != NULL)
        sink->worker(sink->ctx, g->label, g->kind, NULL, g->restarts, "");
}

void group_leave(struct group *g)
{
    g->leaving = true;
    timer_cancel(g->restart);
    timer_cancel(g->trial_end);
    if (g->process == NULL)
        group_free(g);
    else
        worker_process_stop(g->process);
}

void group_revive(struct group *g)
{
    g->failed = g->is_retried = false;
    g->backoff = (struct backoff){0};
    timer_cancel(g->restart);
    group_start(g);
}

void group_restart(struct group *g)
{
    for (struct watch_guest *w = g->supervisor->guests; w != NULL; w = w->next)
        if (w->group == g)
            guest_pardon(w);
    if (g->process == NULL) {
        group_revive(g);
        return;
    }
    g->is_wanted_anew = true;
    g->is_retried = false;
    worker_process_fail(g->process, "restarted by an operator");
}
