/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/daemon.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/boot.h"
#include "base/fault.h"
#include "base/log.h"
#include "config.h"
#include "main/daemon_ledger.h"
#include "main/service_manager.h"
#include "notify/redact.h"
#include "wire/wire.h"

enum {
    FULL_RETRY_MS = 1000,
    ALIVE_EVERY_MS = 10 * 1000, /* settled 5 */
    DUES_AT_ONCE = 64,          /* a due costs up to 0.1 ms: thousands at once must not stop us */
    READINGS_AT_ONCE = 64
};

static int load(struct daemon *d, struct settings **ret_settings, struct complaints *complaints)
{
    struct guest_source source = guest_runner_source(d->runner);
    return settings_load(d->config_path, &source, ret_settings, complaints);
}

static void print_complaints(const struct complaints *complaints, enum language language)
{
    struct text t = {0};
    complaints_add_text(complaints, language, &t);
    fputs(text_get(&t), stderr);
    text_deinit(&t);
}

/* ---- time -------------------------------------------------------------------------------- */

static void rearm(struct daemon *d)
{
    struct moment now = clock_now();
    mono_ms due = pipeline_next_due(d->pipeline, now);
    if (due == d->due_at)
        return;
    d->due_at = due;
    if (due == CLOCK_NEVER)
        timer_cancel(d->due_timer);
    else
        timer_set(d->due_timer, due - now.boot);
}

static void daemon_on_commit(void *arg)
{
    struct daemon *d = arg;
    int r = pipeline_commit(d->pipeline, clock_now());
    if (r == RECORD_E_FULL) {
        log_error(LOG_RECORD, "the ledger's disk is %s, trying again in %d ms",
            record_is_read_only(pipeline_record(d->pipeline)) ? "read-only" : "full",
            FULL_RETRY_MS);
        timer_set(d->retry_timer, FULL_RETRY_MS);
        daemon_board_look(d);
        return;
    }
    if (r != 0) {
        log_error(LOG_RECORD, "the ledger cannot be written, ending: what is recorded stands");
        d->exit_code = 1;
        loop_stop(d->loop);
        return;
    }
    // What waits in the backlog was not judged, and counts as not yet received.
    if (backlog_is_empty(&d->backlog))
        supervisor_committed(d->supervisor);
    daemon_board_look(d);
    rearm(d);
}

static void daemon_on_due(void *arg)
{
    struct daemon *d = arg;
    d->due_at = CLOCK_NEVER;
    pipeline_advance(d->pipeline, clock_now());
    loop_defer(d->loop, &d->commit);
    if (!backlog_is_empty(&d->backlog))
        loop_defer(d->loop, &d->drain);
}

static void daemon_on_retry(void *arg)
{
    struct daemon *d = arg;
    loop_defer(d->loop, &d->commit);
}

static void daemon_on_watchdog(void *arg)
{
    struct daemon *d = arg;
    service_manager_alive();
    timer_set(d->watchdog_timer, service_manager_watchdog_ms());
}

static void daemon_on_clock_step(void *arg, wall_ms before, wall_ms after)
{
    struct daemon *d = arg;
    // chrony and ntpd slew what is smaller; only a step moves windows and deadlines (R15).
    if (llabs(after - before) > 2000)
        pipeline_clock_stepped(d->pipeline, before, clock_now());
    loop_defer(d->loop, &d->commit);
}

/* ---- sinks ------------------------------------------------------------------------------- */

static bool on_deliver(
    void *ctx, const char *destination, const struct attempt *attempt, const struct notice *notice)
{
    struct daemon *d = ctx;
    int32_t offset_s = zone_offset(pipeline_zone(d->pipeline), notice->at.wall);
    struct text body = {0};
    wire_notice(&body, notice, d->settings->agent.host, offset_s);
    bool started = supervisor_deliver(d->supervisor, destination, attempt, text_get(&body));
    text_deinit(&body);
    return started;
}

static void on_dirty(void *ctx)
{
    struct daemon *d = ctx;
    loop_defer(d->loop, &d->commit);
}

static void on_look(void *ctx, const char *subject)
{
    struct daemon *d = ctx;
    supervisor_check(d->supervisor, subject); // one that is away looks when it is back
}

static void judge_it(
    void *arg, const struct reading *reading, const char *subject, const json_t *keep)
{
    struct daemon *d = arg;
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)keep, key, value)
        pipeline_keep(d->pipeline, subject, key, json_string_value(value));
    if (reading != NULL)
        pipeline_reading(d->pipeline, reading, clock_now());
}

static void daemon_on_drain(void *arg)
{
    struct daemon *d = arg;
    for (int n = 0; n < READINGS_AT_ONCE && pipeline_catch_up(d->pipeline, clock_now()); n++)
        if (!backlog_take(&d->backlog, judge_it, d))
            break;
    loop_defer(d->loop, &d->commit);
    if (!backlog_is_empty(&d->backlog))
        loop_defer(d->loop, &d->drain);
}

static void on_reading(
    void *ctx, const struct reading *reading, const char *subject, const json_t *keep)
{
    struct daemon *d = ctx;
    if (backlog_is_empty(&d->backlog) && pipeline_catch_up(d->pipeline, clock_now())) {
        judge_it(d, reading, subject, keep);
    } else {
        backlog_add(&d->backlog, reading, subject, keep);
        loop_defer(d->loop, &d->drain);
    }
    loop_defer(d->loop, &d->commit);
}

static void on_receipt(void *ctx, const char *destination, const struct receipt *receipt)
{
    struct daemon *d = ctx;
    log_debug(LOG_NOTIFY, "%s: delivery %llu %s: %s", destination,
        (unsigned long long)receipt->delivery, receipt_result_name(receipt->result),
        receipt->text != NULL ? receipt->text : "");
    pipeline_receipt(d->pipeline, receipt, clock_now());
}

static void on_serving(void *ctx, struct guest_id id, bool serving)
{
    struct daemon *d = ctx;
    if (strcmp(id.kind, "channel") == 0)
        pipeline_guest(d->pipeline, id.name, serving, clock_now());
    if (strcmp(id.kind, "face") != 0)
        return;
    publisher_face(d->publisher, id.name, serving);
    if (serving)
        daemon_board_want(d);
}

static void on_state(void *ctx, struct guest_id id, const char *text)
{
    (void)ctx;
    log_info(LOG_WATCH, "%s %s: %s", id.kind, id.name, text);
}

static void add_kept(void *arg, const char *key, const char *value)
{
    json_object_set_new(arg, key, json_string(value));
}

static json_t *on_kept(void *ctx, const char *subject)
{
    struct daemon *d = ctx;
    json_t *kept = json_object();
    // What a guest said before it was lost comes before what its successor begins with.
    while (backlog_take(&d->backlog, judge_it, d))
        ;
    record_each_kept(pipeline_record(d->pipeline), subject, add_kept, kept);
    return kept;
}

static bool on_engine(void *ctx, const char *guest, char ret_id[65], uint32_t *ret_boots)
{
    struct daemon *d = ctx;
    return record_engine(pipeline_record(d->pipeline), guest, ret_id, ret_boots) == 0;
}

static void on_worker(void *ctx, const char *guest, const char *kind, const char *state,
    unsigned restarts, const char *last_fault)
{
    struct daemon *d = ctx;
    char *fault = redact_text(&d->settings->agent.redact, REDACT_RECORD, last_fault);
    if (state == NULL)
        board_drop(d->board, "worker", board_id(d->board, "worker", guest));
    else
        board_put(d->board, "worker", board_id(d->board, "worker", guest),
            json_pack("{s:s,s:s,s:s,s:i,s:s}", "guest", guest, "kind", kind, "state", state,
                "restarts", (int)restarts, "fault", fault));
    free(fault);
    daemon_board_want(d);
}

static bool on_face_send(void *ctx, const char *face, json_t *line)
{
    struct daemon *d = ctx;
    return supervisor_face_send(d->supervisor, face, line);
}

static size_t on_face_queued(void *ctx, const char *face)
{
    struct daemon *d = ctx;
    return supervisor_face_queued(d->supervisor, face);
}

/* ---- reload and end ---------------------------------------------------------------------- */

int daemon_reload(struct daemon *d, const char *who, struct text why[2], bool *ret_changed)
{
    struct complaints complaints = {0};
    struct settings *fresh = NULL;
    int r = load(d, &fresh, &complaints);
    if (r != 0) {
        complaints_add_text(&complaints, LANGUAGE_EN, &why[LANGUAGE_EN]);
        complaints_add_text(&complaints, LANGUAGE_JA, &why[LANGUAGE_JA]);
        log_warn(LOG_SETTINGS, "the configuration was refused, going on with the one that runs");
        complaints_deinit(&complaints);
        return r;
    }
    complaints_deinit(&complaints);

    *ret_changed = strcmp(fresh->hash, d->settings->hash) != 0;
    service_manager_reloading();
    struct settings *old = d->settings;
    d->settings = fresh;
    pipeline_settings(d->pipeline, fresh, who, clock_now());
    supervisor_settings(d->supervisor, fresh);
    old = settings_free(old);
    log_info(LOG_MAIN, "the configuration was read again by %s: %s", who,
        *ret_changed ? "changed over" : "nothing changed");
    service_manager_ready("watching");
    return 0;
}

static void daemon_on_hangup(void *arg, int number)
{
    struct daemon *d = arg;
    struct text why[2] = {{0}, {0}};
    bool changed = false;
    (void)number;
    if (daemon_reload(d, "SIGHUP", why, &changed) != 0)
        fputs(text_get(&why[d->language]), stderr);
    text_deinit(&why[0]);
    text_deinit(&why[1]);
}

static void daemon_on_end(void *arg, int number)
{
    struct daemon *d = arg;
    log_info(LOG_MAIN, "ending on signal %d", number);
    loop_stop(d->loop);
}

/* ---- start ------------------------------------------------------------------------------- */

static gid_t operators(const struct agent_settings *agent)
{
    const struct group *group = agent->group_ops != NULL ? getgrnam(agent->group_ops) : NULL;
    if (agent->group_ops != NULL && group == NULL)
        log_warn(LOG_MAIN, "there is no group \"%s\": only root and our own user may operate",
            agent->group_ops);
    return group != NULL ? group->gr_gid : (gid_t)-1;
}

static int open_control(struct daemon *d)
{
    struct text path = {0};
    text_addf(&path, "%s/control.sock", d->settings->agent.runtime_dir);
    int r = control_new(
        d->loop, text_get(&path), operators(&d->settings->agent), daemon_verbs, d, &d->control);
    text_deinit(&path);
    return r;
}

static void watch_signals(struct daemon *d)
{
    signal(SIGPIPE, SIG_IGN);
    d->signals[0] = signal_new(d->loop, SIGTERM, daemon_on_end, d);
    d->signals[1] = signal_new(d->loop, SIGINT, daemon_on_end, d);
    d->signals[2] = signal_new(d->loop, SIGHUP, daemon_on_hangup, d);
    d->clock_watch = clock_watch_new(d->loop, daemon_on_clock_step, d);
    if (d->clock_watch == NULL)
        log_warn(LOG_MAIN, "the kernel does not tell when the clock is set; windows follow late");
}

static void make_timers(struct daemon *d)
{
    d->commit = (struct loop_deferred){.fn = daemon_on_commit, .arg = d};
    d->drain = (struct loop_deferred){.fn = daemon_on_drain, .arg = d};
    d->due_timer = timer_new(d->loop, daemon_on_due, d);
    d->due_at = CLOCK_NEVER;
    d->retry_timer = timer_new(d->loop, daemon_on_retry, d);
    d->watchdog_timer = timer_new(d->loop, daemon_on_watchdog, d);
    if (service_manager_watchdog_ms() > 0)
        timer_set(d->watchdog_timer, service_manager_watchdog_ms());
}

/* Each run's own: neighbours that were started together must not retry in step. */
static uint32_t seed(void)
{
    return (uint32_t)clock_tick_us() ^ (uint32_t)getpid() << 16;
}

static int start_pipeline(struct daemon *d, struct record *record)
{
    char boot_id[CLOCK_BOOT_ID_BYTES];
    struct pipeline_plan plan = {.record = record,
        .settings = d->settings,
        .alive_every = ALIVE_EVERY_MS,
        .seed = seed(),
        .dues_at_once = DUES_AT_ONCE};
    struct pipeline_sink sink = {
        .ctx = d, .deliver = on_deliver, .dirty = on_dirty, .look = on_look};
    int r = boot_id_read(boot_id);
    if (r == 0)
        r = pipeline_new(&plan, &sink, &d->pipeline);
    else
        record_close(record);
    return r != 0 ? r : pipeline_start(d->pipeline, clock_now(), boot_id, false);
}

static int start_guests(struct daemon *d)
{
    struct supervisor_sink sink = {.ctx = d,
        .reading = on_reading,
        .receipt = on_receipt,
        .serving = on_serving,
        .state = on_state,
        .kept = on_kept,
        .engine = on_engine,
        .worker = on_worker};
    struct publisher_sink publisher_sink = {d, on_face_send, on_face_queued};
    char *worker = guest_worker_path();

    daemon_board_start(d);
    d->publisher = publisher_new(d->board, &publisher_sink);
    d->supervisor = supervisor_new(d->loop, worker, &sink);
    free(worker);
    int r = open_control(d);
    if (r == 0)
        supervisor_settings(d->supervisor, d->settings);
    return r;
}

static int start(struct daemon *d)
{
    const struct agent_settings *agent = &d->settings->agent;
    struct record *record = NULL;
    umask(0027);
    int r = daemon_become_user(agent, d->language);
    if (r == 0)
        r = daemon_folder(agent->state_dir, 0700, d->language);
    if (r == 0)
        r = daemon_folder(agent->runtime_dir, 0750, d->language);
    if (r == 0)
        r = daemon_open_ledger(agent, d->language, &record);
    if (r != 0)
        return r;

    // Memory holds secrets; orphans of guests' children must not leave our sight.
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    r = loop_new(&d->loop);
    if (r < 0) {
        record_close(record);
        return r;
    }
    make_timers(d);
    watch_signals(d);
    r = start_pipeline(d, record);
    if (r == 0)
        r = start_guests(d);
    return r;
}

static void stop(struct daemon *d)
{
    service_manager_stopping();
    daemon_import_end(d);
    daemon_copy_end(d);
    daemon_archive_end(d);
    d->control = control_free(d->control);
    d->supervisor = supervisor_free(d->supervisor);
    if (d->pipeline != NULL && d->exit_code == 0) {
        pipeline_stop(d->pipeline, clock_now());
        if (pipeline_commit(d->pipeline, clock_now()) != 0)
            log_error(LOG_RECORD, "the orderly end could not be recorded");
    }
    daemon_board_stop(d);
    backlog_deinit(&d->backlog);
    d->pipeline = pipeline_free(d->pipeline);
    if (d->loop == NULL)
        return;
    loop_undefer(d->loop, &d->commit);
    loop_undefer(d->loop, &d->drain);
    d->clock_watch = clock_watch_free(d->clock_watch);
    for (size_t i = 0; i < sizeof d->signals / sizeof d->signals[0]; i++)
        d->signals[i] = signal_free(d->signals[i]);
    d->due_timer = timer_free(d->due_timer);
    d->retry_timer = timer_free(d->retry_timer);
    d->watchdog_timer = timer_free(d->watchdog_timer);
    d->loop = loop_free(d->loop);
}

/* Loads the configuration; complaints go to standard error. */
static int prepare(struct daemon *d, const char *config_path, enum language language)
{
    struct complaints complaints = {0};
    char *worker = guest_worker_path();
    *d = (struct daemon){.config_path = config_path, .language = language};
    int r = guest_runner_new(worker, config_path, &d->runner);
    free(worker);
    if (r == 0)
        r = load(d, &d->settings, &complaints);
    if (r != 0)
        print_complaints(&complaints, language);
    complaints_deinit(&complaints);
    return r;
}

static void release(struct daemon *d)
{
    d->settings = settings_free(d->settings);
    d->runner = guest_runner_free(d->runner);
}

int daemon_check(const char *config_path, enum language language)
{
    struct daemon d;
    int r = prepare(&d, config_path, language);
    if (r == 0) {
        struct text t = {0};
        message_add(&t, language, MESSAGE_DAEMON_CONFIG_GOOD, config_path);
        printf("%s\n", text_get(&t));
        text_deinit(&t);
    }
    release(&d);
    return r == 0 ? 0 : 1;
}

int daemon_run(const char *config_path, enum language language)
{
    struct daemon d;
    int r = prepare(&d, config_path, language);
    if (r == 0)
        r = start(&d);
    if (r == 0) {
        log_info(LOG_MAIN, "hashimorid %s watches %zu subjects of %s", PACKAGE_VERSION,
            d.settings->watch_count, d.settings->agent.host);
        service_manager_ready("watching");
        loop_defer(d.loop, &d.commit);
        r = loop_run(d.loop);
    } else {
        d.exit_code = 1;
    }
    stop(&d);
    release(&d);
    return r == 0 ? d.exit_code : 1;
}
