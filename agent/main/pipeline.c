/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/phase.h"
#include "main/pipeline_internal.h"
#include "wire/wire.h"

enum { ALIVE_AFTER_MS = 100 };

/* Everything that goes into the transaction comes by here. A fault of a single write shows again at
 * the commit, which is where it is handled. */
void pipeline_touched(struct pipeline *p)
{
    p->board_stale = true;
    if (p->told_dirty)
        return;
    p->told_dirty = true;
    p->sink.dirty(p->sink.ctx);
}

void pipeline_append(struct pipeline *p, struct moment now, const char *kind, json_t *body)
{
    char *line = wire_line(body, NULL);
    record_append(p->record, now, kind, line);
    free(line);
    pipeline_touched(p);
}

/* ---- deliveries -------------------------------------------------------------------------- */

static bool on_deliver(
    void *ctx, const char *destination, const struct attempt *attempt, const struct notice *notice)
{
    struct pipeline *p = ctx;
    return p->sink.deliver(p->sink.ctx, destination, attempt, notice);
}

/* What became of a destination is judged like any other subject, under a name of our own. */
static void report(struct pipeline *p, const char *destination, const struct reading *what)
{
    struct text subject = {0};
    text_addf(&subject, "hashimori/destination/%s", destination);
    struct reading reading = *what;
    reading.of.subject = subject.bytes;
    judge_reading(p->judge, &reading, what->at);
    free(reading.text);
    text_deinit(&subject);
}

void pipeline_report_destination(
    struct pipeline *p, const char *destination, double good, const char *text, struct moment now)
{
    report(p, destination,
        &(struct reading){.of = {NULL, (char[]){""}, (char[]){"worker_state"}},
            .kind = READING_NUMBER,
            .number = good,
            .text = alloc_text(text),
            .at = now});
}

/* It is news also while the destination is known to take nothing. */
static void report_given_up(
    struct pipeline *p, const char *destination, const char *text, struct moment now)
{
    report(p, destination,
        &(struct reading){.of = {NULL, (char[]){""}, (char[]){"given_up"}},
            .kind = READING_EVENT,
            .text = alloc_text(text),
            .at = now});
}

static void on_failing(void *ctx, const char *destination, const char *text, struct moment now)
{
    struct pipeline *p = ctx;
    struct text why = {0};
    if (p->judge == NULL)
        return;
    enum message message = text != NULL ? MESSAGE_NOTICE_FAILING : MESSAGE_NOTICE_WORKER_AWAY;
    message_add(&why, p->settings->agent.language, message, destination, text);
    log_error(LOG_NOTIFY, "%s: takes nothing: %s", destination,
        text != NULL ? text : "its channel's worker is away");
    pipeline_report_destination(p, destination, 1, text_get(&why), now);
    text_deinit(&why);
}

static void on_ended(void *ctx, const char *destination, const struct notice *notice,
    enum receipt_result result, const char *text, struct moment now)
{
    struct pipeline *p = ctx;
    pipeline_touched(p);
    if (result != RECEIPT_REFUSED && notice->incident != 0)
        pipeline_incident_notified(p, notice, result, now);
    if (p->judge != NULL && result == RECEIPT_REFUSED) {
        struct text why = {0};
        message_add(&why, p->settings->agent.language, MESSAGE_NOTICE_UNDELIVERED, destination,
            notice_event_id(notice->kind), text);
        log_error(LOG_NOTIFY, "%s: notice %llu was given up: %s", destination,
            (unsigned long long)notice->sequence, text);
        report_given_up(p, destination, text_get(&why), now);
        text_deinit(&why);
    } else if (p->judge != NULL) {
        pipeline_report_destination(p, destination, 2, "", now);
    }
    if (p->sink.ended != NULL)
        p->sink.ended(p->sink.ctx, destination, notice, result, now);
}

/* ---- life -------------------------------------------------------------------------------- */

struct zone *pipeline_open_zone(const char *name)
{
    struct zone *zone = NULL;
    if (zone_new(name != NULL ? name : "UTC", &zone) == 0)
        return zone;
    log_error(LOG_MAIN, "time zone \"%s\" is not known here, using UTC", name);
    zone_new("UTC", &zone);
    return zone;
}

int pipeline_new(const struct pipeline_plan *plan, const struct pipeline_sink *sink,
    struct pipeline **ret_pipeline)
{
    struct pipeline *p = alloc(sizeof *p);
    *p = (struct pipeline){.record = plan->record,
        .settings = plan->settings,
        .sink = *sink,
        .alive_every = plan->alive_every,
        .alive_due = CLOCK_NEVER,
        .heartbeat_due = CLOCK_NEVER,
        .burn_due = CLOCK_NEVER,
        .follow_due = CLOCK_NEVER,
        .drill_due = CLOCK_NEVER,
        .board_stale = true,
        .dues_at_once = plan->dues_at_once > 0 ? plan->dues_at_once : SIZE_MAX};
    showing_settings(&p->showing, p->settings);
    p->open_gaps = json_object();
    p->zone = pipeline_open_zone(plan->settings->agent.timezone);
    struct courier_sink courier_sink = {p, on_deliver, on_failing, on_ended};
    p->courier = courier_new(p->record, p->settings, &courier_sink, plan->seed);
    *ret_pipeline = p;
    return 0;
}

struct pipeline *pipeline_free(struct pipeline *p)
{
    if (p == NULL)
        return NULL;
    p->judge = judge_free(p->judge);
    p->courier = courier_free(p->courier);
    p->record = record_close(p->record);
    pipeline_brake_free(p);
    pipeline_emergency_free(p);
    for (size_t i = 0; i < p->told_count; i++)
        free(p->told[i].service);
    free(p->told);
    p->zone = zone_free(p->zone);
    showing_deinit(&p->showing);
    json_decref(p->open_gaps);
    text_deinit(&p->why[LANGUAGE_EN]);
    text_deinit(&p->why[LANGUAGE_JA]);
    free(p);
    return NULL;
}

/* ---- what goes in ------------------------------------------------------------------------ */

static void saw(struct pipeline *p, struct moment now)
{
    if (now.boot > p->last.boot)
        p->last = now;
}

void pipeline_reading(struct pipeline *p, const struct reading *reading, struct moment now)
{
    saw(p, now);
    if (p->judge == NULL)
        return;
    judge_reading(p->judge, reading, now);
    if (text_equal(reading->of.metric, "depth") || text_equal(reading->of.metric, "oldest_age_s"))
        showing_figure(&p->showing, p->settings, reading->of.subject);
}

bool pipeline_catch_up(struct pipeline *p, struct moment now)
{
    saw(p, now);
    return p->judge == NULL || !judge_advance_some(p->judge, now, p->dues_at_once);
}

void pipeline_keep(struct pipeline *p, const char *subject, const char *key, const char *value)
{
    record_keep(p->record, subject, key, value);
    if (!p->told_dirty) {
        p->told_dirty = true;
        p->sink.dirty(p->sink.ctx);
    }
}

void pipeline_receipt(struct pipeline *p, const struct receipt *receipt, struct moment now)
{
    saw(p, now);
    if (pipeline_emergency_is(receipt->delivery)) {
        pipeline_emergency_receipt(p, receipt, now);
        return;
    }
    courier_receipt(p->courier, receipt, now);
    pipeline_touched(p);
}

void pipeline_guest(struct pipeline *p, const char *destination, bool there, struct moment now)
{
    courier_guest(p->courier, destination, there, now);
    if (!there)
        pipeline_emergency_lost(p, destination);
    pipeline_touched(p);
}

void pipeline_clock_stepped(struct pipeline *p, wall_ms before, struct moment now)
{
    record_clock_step(p->record, before, now.wall, now.boot);
    showing_all_services(&p->showing);
    pipeline_touched(p);
    log_warn(LOG_MAIN, "the wall clock was set by %lld ms; durations are not affected",
        (long long)(now.wall - before));
    if (p->judge == NULL)
        return;
    judge_clock_stepped(p->judge, now);
    // Ends of planned work and openings of calendars have moved on the boot clock.
    pipeline_follow_release(p, now);
    pipeline_drill_plan(p, now);
}

/* In the host's phase, a little after the looks, so that what they lead to is committed with it;
 * or, to be so, up to a twentieth later than after a whole interval. */
mono_ms pipeline_alive_due(const struct pipeline *p, mono_ms now)
{
    mono_ms latest = now + p->alive_every + p->alive_every / 20 - ALIVE_AFTER_MS;
    return phase_last(p->settings->agent.host, p->alive_every, latest) + ALIVE_AFTER_MS;
}

static void say_alive(struct pipeline *p, struct moment now)
{
    record_alive(p->record, now, p->boot_id, false);
    p->alive_due = pipeline_alive_due(p, now.boot);
}

void pipeline_advance(struct pipeline *p, struct moment now)
{
    pipeline_catch_up(p, now);
    pipeline_look_at_shown(p, now);
    if (p->alive_due <= now.boot) {
        say_alive(p, now);
        if (!p->told_dirty) {
            p->told_dirty = true;
            p->sink.dirty(p->sink.ctx);
        }
    }
    pipeline_burn(p, now);
    pipeline_heartbeat(p, now);
    pipeline_follow(p, now);
    pipeline_brake(p, now);
    pipeline_drill(p, now);
    if (courier_next_due(p->courier) <= now.boot)
        courier_pump(p->courier, now);
}

mono_ms pipeline_next_due(const struct pipeline *p, struct moment now)
{
    const mono_ms drill =
        p->drill_due == CLOCK_NEVER ? CLOCK_NEVER : now.boot + (p->drill_due - now.wall);
    const mono_ms all[] = {p->alive_due, p->heartbeat_due, p->burn_due, drill,
        p->judge != NULL ? p->follow_due : CLOCK_NEVER,
        p->judge != NULL ? pipeline_brake_due(p) : CLOCK_NEVER,
        p->judge != NULL ? judge_next_due(p->judge, now) : CLOCK_NEVER,
        courier_next_due(p->courier)};
    mono_ms due = CLOCK_NEVER;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        due = all[i] < due ? all[i] : due;
    return due;
}

int pipeline_commit(struct pipeline *p, struct moment now)
{
    // What is written anyway carries the sign of life: none of its own is due for a while.
    if (p->alive_due != CLOCK_NEVER && record_dirty(p->record))
        say_alive(p, now);
    int r = record_commit(p->record);
    if (r == RECORD_E_FULL && !record_is_read_only(p->record))
        r = record_commit(p->record); // the first failure gives up the reserve
    if (r == RECORD_E_FULL)
        pipeline_emergency(p, now);
    if (r != 0)
        return r;
    pipeline_emergency_clear(p);
    p->told_dirty = false;
    courier_pump(p->courier, now);
    return 0;
}

/* ---- commands ---------------------------------------------------------------------------- */

static int drill(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *destination = command_arg(command, "destination");
    if (destination == NULL)
        return PIPELINE_E_USAGE;
    if (settings_destination(p->settings, destination) == NULL)
        return PIPELINE_E_UNKNOWN;
    pipeline_drill_now(p, destination, command->who != NULL ? command->who : "-", now, NULL);
    pipeline_drill_plan(p, now);
    return 0;
}

static void append_command(
    struct pipeline *p, const struct command *command, int result, struct moment now)
{
    json_t *args = json_object();
    for (size_t i = 0; i < command->arg_count; i++)
        json_object_set_new(args, command->args[i].name, json_string(command->args[i].value));
    json_t *body = json_pack("{s:s,s:o,s:I,s:s,s:b}", "do", command->verb, "args", args, "uid",
        (json_int_t)command->uid, "who", command->who != NULL ? command->who : "", "done",
        result == 0);
    record_command(p->record, p->command_incident, body, now);
    showing_all_services(&p->showing);
    pipeline_touched(p);
}

int pipeline_command(struct pipeline *p, const struct command *command, struct moment now)
{
    static const struct {
        const char *verb;
        int (*run)(struct pipeline *p, const struct command *command, struct moment now);
    } verbs[] = {
        {"incident.ack", pipeline_incident_ack},
        {"incident.close", pipeline_incident_close},
        {"incident.edit", pipeline_incident_edit},
        {"incident.note", pipeline_incident_note},
        {"incident.open", pipeline_incident_open},
        {"incident.reported", pipeline_incident_reported},
        {"notify.test", drill},
        {"maintenance.add", pipeline_maintenance_add},
        {"maintenance.approve", pipeline_maintenance_approve},
        {"maintenance.end", pipeline_maintenance_end},
        {"exclusion.add", pipeline_exclusion_add},
        {"exclusion.revoke", pipeline_exclusion_revoke},
        {"sla.judge", pipeline_sla_judge},
        {"sla.issue", pipeline_sla_issue},
    };

    saw(p, now);
    p->command_incident = 0;
    text_clear(&p->why[LANGUAGE_EN]);
    text_clear(&p->why[LANGUAGE_JA]);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (!text_equal(verbs[i].verb, command->verb))
            continue;
        int r = verbs[i].run(p, command, now);
        append_command(p, command, r, now);
        return r;
    }
    return PIPELINE_E_USAGE;
}

void pipeline_imported(struct pipeline *p, const struct command *command, struct moment now)
{
    p->command_incident = 0;
    append_command(p, command, 0, now);
    pipeline_all_works(p, now);
    pipeline_burn_changed(p, now);
}

uint64_t pipeline_command_incident(const struct pipeline *p)
{
    return p->command_incident;
}

const char *pipeline_why(const struct pipeline *p, enum language language)
{
    return text_get(&p->why[language]);
}

/* ---- what it shows ----------------------------------------------------------------------- */

const struct zone *pipeline_zone(const struct pipeline *p)
{
    return p->zone;
}

const struct courier *pipeline_courier(const struct pipeline *p)
{
    return p->courier;
}

const struct judge *pipeline_judge(const struct pipeline *p)
{
    return p->judge;
}

struct record *pipeline_record(const struct pipeline *p)
{
    return p->record;
}

bool pipeline_board_stale(const struct pipeline *p)
{
    return p->board_stale;
}
