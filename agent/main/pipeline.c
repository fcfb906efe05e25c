/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/log.h"
#include "config.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"
#include "notify/routes.h"
#include "wire/wire.h"

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

/* ---- notices ----------------------------------------------------------------------------- */

void pipeline_tell_to(struct pipeline *p, struct notice *notice, const char *const *to,
    size_t count, struct moment now)
{
    record_notice(p->record, notice, to, count, now);
    for (size_t i = 0; i < count; i++)
        courier_wake(p->courier, to[i]);
    if (p->sink.recorded != NULL)
        p->sink.recorded(p->sink.ctx, notice, to, count);
    pipeline_touched(p);
}

void pipeline_tell(
    struct pipeline *p, struct notice *notice, enum severity raised, struct moment now)
{
    const char *to[ROUTES_MAX];
    size_t count = routes_select(p->settings, notice, raised, to);

    pipeline_tell_to(p, notice, to, count, now);
}

static const char *state_of(const struct incident *i, enum notice_kind kind)
{
    if (kind == NOTICE_CLEARED)
        return verdict_name(VERDICT_OK);
    return (i->flags & INCIDENT_BLIND) != 0   ? verdict_name(VERDICT_BLIND)
           : i->severity == SEVERITY_CRITICAL ? verdict_name(VERDICT_CRITICAL)
                                              : verdict_name(VERDICT_WARNING);
}

static void on_metric(void *ctx, const struct metric_state *state)
{
    struct pipeline *p = ctx;
    record_metric(p->record, state);
    pipeline_touched(p);
}

static void on_subject(void *ctx, const char *subject, enum verdict verdict, enum verdict before,
    struct moment now, const char *text)
{
    struct pipeline *p = ctx;
    (void)now;
    p->board_stale = true;
    log_info(LOG_JUDGE, "%s: %s, was %s%s%s", subject, verdict_name(verdict), verdict_name(before),
        text != NULL && text[0] != '\0' ? ": " : "", text != NULL ? text : "");
}

void pipeline_incident_notice(
    const struct incident *i, enum notice_kind kind, struct moment now, struct notice *ret_notice)
{
    *ret_notice = (struct notice){
        .kind = kind,
        .severity = kind == NOTICE_CLEARED ? SEVERITY_NONE : i->severity,
        .of = {alloc_text(i->of.subject), alloc_text(i->of.instance), alloc_text(i->of.metric)},
        .service = alloc_text(i->service),
        .state = alloc_text(state_of(i, kind)),
        .value = alloc_text(i->value),
        .threshold = alloc_text(i->threshold),
        .incident = i->id,
        .transition = i->transition,
        .at = now,
        .detected_at = i->detected_at,
    };
}

static void on_incident(
    void *ctx, const struct incident *incident, enum notice_kind told, struct moment now)
{
    struct pipeline *p = ctx;
    record_incident(p->record, incident, now);
    pipeline_touched(p);
    if (told == 0)
        return;

    struct notice notice;
    pipeline_incident_notice(incident, told, now, &notice);
    render_incident(&notice, incident, p->settings->agent.language);
    pipeline_tell(p, &notice, incident->severity, now);
    notice_deinit(&notice);
}

static void on_linkage(
    void *ctx, const struct linkage_state *state, const struct linkage_day *day, struct moment now)
{
    struct pipeline *p = ctx;
    record_linkage(p->record, state, day, now);
    pipeline_touched(p);
}

static enum severity service_severity(enum service_state state)
{
    switch (state) {
    case SERVICE_DOWN:
        return SEVERITY_CRITICAL;
    case SERVICE_DEGRADED:
        return SEVERITY_WARNING;
    case SERVICE_UNMONITORED:
        return SEVERITY_BLIND;
    default:
        return SEVERITY_NONE;
    }
}

/* After a reboot the services were down, not unmonitored, until the first look that can answer. */
static bool hidden_by_gap(struct pipeline *p, const struct service_point *point)
{
    for (size_t i = 0; i < p->gap_count; i++)
        if (text_equal(p->settings->services[i].name, point->service))
            return gap_hides(&p->gap, point, &p->gap_open[i]);
    return false;
}

/* What was said of @service last, over restarts; up if nothing was. */
static enum service_state *told_state(struct pipeline *p, const char *service)
{
    for (size_t i = 0; i < p->told_count; i++)
        if (text_equal(p->told[i].service, service))
            return &p->told[i].state;
    p->told = alloc_resize(p->told, p->told_count + 1, sizeof *p->told);
    p->told[p->told_count] = (struct told_state){alloc_text(service), SERVICE_UP};
    return &p->told[p->told_count++].state;
}

static bool is_in_hours(struct pipeline *p, const char *service, struct moment now)
{
    const struct service_settings *s = settings_service(p->settings, service);
    struct calendar calendar = {
        s != NULL && s->calendar != NULL ? settings_calendar(p->settings, s->calendar) : NULL,
        p->zone};
    return calendar_open_at(&calendar, now.wall);
}

/* Outside its hours and while planned work runs a service may go down unheard; whoever was told
 * that it is down hears when it is up. */
static bool is_news(struct pipeline *p, const struct service_point *point, struct moment now)
{
    bool is_not_seen_yet =
        point->state == SERVICE_UNMONITORED && point->from.boot <= p->started.boot;
    if (is_not_seen_yet || point->state == *told_state(p, point->service))
        return false;
    return point->state == SERVICE_UP ||
           (is_in_hours(p, point->service, now) && !judge_is_working(p->judge, point->service));
}

static void on_service(
    void *ctx, const struct service_point *point, enum service_state before, struct moment now)
{
    struct pipeline *p = ctx;
    if (hidden_by_gap(p, point))
        return;
    record_service_point(p->record, point, now);
    pipeline_touched(p);
    pipeline_burn_changed(p, now);
    log_info(LOG_JUDGE, "service %s: %s, was %s", point->service, service_state_name(point->state),
        service_state_name(before));
    if (!is_news(p, point, now))
        return;

    enum service_state *told = told_state(p, point->service);
    struct notice notice = {
        .kind = NOTICE_SERVICE,
        .severity = service_severity(point->state),
        .of = {alloc_text(point->service), alloc_text(""), alloc_text("")},
        .service = alloc_text(point->service),
        .state = alloc_text(service_state_name(point->state)),
        .incident = point->incident,
        .at = now,
        .detected_at = point->detected,
    };
    render_service(&notice, point, *told, p->settings->agent.language);
    pipeline_tell(p, &notice, service_severity(*told), now);
    *told = point->state;
    notice_deinit(&notice);
}

/* ---- deliveries -------------------------------------------------------------------------- */

static bool on_deliver(void *ctx, const char *destination, uint64_t delivery, uint32_t attempt,
    const struct notice *notice)
{
    struct pipeline *p = ctx;
    return p->sink.deliver(p->sink.ctx, destination, delivery, attempt, notice);
}

/* What became of a destination is judged like any other subject, under a name of our own. */
static void report_destination(
    struct pipeline *p, const char *destination, double good, const char *text, struct moment now)
{
    struct text subject = {0};
    text_addf(&subject, "hashimori/destination/%s", destination);
    struct reading reading = {
        .of = {subject.bytes, (char[]){""}, (char[]){"worker_state"}},
        .kind = READING_NUMBER,
        .number = good,
        .text = alloc_text(text),
        .at = now,
    };
    judge_reading(p->judge, &reading, now);
    free(reading.text);
    text_deinit(&subject);
}

static void on_failing(void *ctx, const char *destination, const char *text, struct moment now)
{
    struct pipeline *p = ctx;
    struct text why = {0};
    if (p->judge == NULL)
        return;
    message_add(&why, p->settings->agent.language, MESSAGE_NOTICE_FAILING, destination, text);
    log_error(LOG_NOTIFY, "%s: takes nothing: %s", destination, text);
    report_destination(p, destination, 1, text_get(&why), now);
    text_deinit(&why);
}

static void on_ended(void *ctx, const char *destination, const struct notice *notice,
    enum receipt_result result, const char *text, struct moment now)
{
    struct pipeline *p = ctx;
    pipeline_touched(p);
    if (result == RECEIPT_ACCEPTED && notice->kind == NOTICE_RAISED)
        pipeline_incident_notified(p, notice->incident, now);
    if (p->judge != NULL && result == RECEIPT_REFUSED) {
        struct text why = {0};
        message_add(&why, p->settings->agent.language, MESSAGE_NOTICE_UNDELIVERED, destination,
            notice_event_id(notice->kind), text);
        log_error(LOG_NOTIFY, "%s: notice %llu was given up: %s", destination,
            (unsigned long long)notice->sequence, text);
        report_destination(p, destination, 1, text_get(&why), now);
        text_deinit(&why);
    } else if (p->judge != NULL) {
        report_destination(p, destination, 2, "", now);
    }
    if (p->sink.ended != NULL)
        p->sink.ended(p->sink.ctx, destination, notice, result, now);
}

/* ---- life -------------------------------------------------------------------------------- */

static struct zone *open_zone(const char *name)
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
        .board_stale = true};
    p->zone = open_zone(plan->settings->agent.timezone);
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
    free(p->gap_open);
    for (size_t i = 0; i < p->told_count; i++)
        free(p->told[i].service);
    free(p->told);
    p->zone = zone_free(p->zone);
    text_deinit(&p->why[LANGUAGE_EN]);
    text_deinit(&p->why[LANGUAGE_JA]);
    free(p);
    return NULL;
}

/* ---- destinations that are gone ---------------------------------------------------------- */

enum { GIVE_UP_AT_ONCE = 1000 /* rows read in one go */ };

struct orphans {
    struct pipeline *pipeline;
    struct moment now;
    size_t count;
};

static void give_up(void *arg, const struct outbox_entry *e)
{
    struct orphans *o = arg;
    record_outbox_done(o->pipeline->record, e->delivery, "expired",
        "the destination is no longer configured", o->now);
    o->count++;
}

static void give_up_unless_known(void *arg, const char *destination)
{
    struct orphans *o = arg;
    size_t before;
    if (settings_destination(o->pipeline->settings, destination) != NULL)
        return;
    o->count = 0;
    do {
        before = o->count;
        record_outbox_each(o->pipeline->record, destination, GIVE_UP_AT_ONCE, give_up, o);
    } while (o->count - before == GIVE_UP_AT_ONCE);
    log_warn(LOG_NOTIFY, "%s: %zu notices were given up: the destination is no longer configured",
        destination, o->count);
    pipeline_touched(o->pipeline);
}

static void give_up_orphans(struct pipeline *p, struct moment now)
{
    struct orphans o = {.pipeline = p, .now = now};
    record_outbox_names(p->record, give_up_unless_known, &o);
}

/* ---- start: what the ledger holds goes back to the judge ----------------------------------- */

static void restore_told(void *arg, const struct notice *notice)
{
    struct pipeline *p = arg;
    enum service_state state;
    if (notice->kind == NOTICE_SERVICE && service_state_from(notice->state, &state))
        *told_state(p, notice->service) = state;
}

/* How long what has ended is of interest to the judge (judge/past.h). */
#define RETURNS_WITHIN (INT64_C(90) * 86400 * 1000)

struct restore {
    struct pipeline *pipeline;
    struct moment now;
    bool other_boot; /* boot times are of an earlier boot: they are counted back from wall time */
};

static void rebase(const struct restore *r, struct moment *m)
{
    if (r->other_boot && m->wall != 0)
        m->boot = r->now.boot - (r->now.wall - m->wall);
}

static void restore_metric(void *arg, const struct metric_state *state)
{
    struct restore *r = arg;
    struct metric_state s = *state; // its strings stay the caller's
    rebase(r, &s.first_bad);
    rebase(r, &s.first_good);
    rebase(r, &s.since);
    rebase(r, &s.last);
    judge_restore_metric(r->pipeline->judge, &s);
}

static void rebase_incident(const struct restore *r, struct incident *i)
{
    rebase(r, &i->failed_at);
    rebase(r, &i->detected_at);
    rebase(r, &i->recovered_at);
    rebase(r, &i->notified_at);
    rebase(r, &i->called_at);
    rebase(r, &i->reported_at);
    rebase(r, &i->acknowledged_at);
}

static void restore_incident(void *arg, const struct incident *incident)
{
    struct restore *r = arg;
    struct incident i = *incident;
    rebase_incident(r, &i);
    judge_restore_incident(r->pipeline->judge, &i);
}

static void restore_closed(void *arg, const struct incident *incident)
{
    struct restore *r = arg;
    struct incident i = *incident;
    rebase_incident(r, &i);
    judge_restore_closed(r->pipeline->judge, &i, r->now);
}

static void restore_linkage(void *arg, const struct linkage_state *state)
{
    const struct restore *r = arg;
    struct linkage_state s = *state; // its strings stay the caller's
    rebase(r, &s.current.arrived);
    rebase(r, &s.last.arrived);
    rebase(r, &s.last_run);
    rebase(r, &s.chain_due);
    for (size_t i = 0; i < s.run_count; i++)
        rebase(r, &s.runs[i].started);
    judge_restore_linkage(r->pipeline->judge, &s);
}

/* R10: what nobody saw. */
static void record_gap(struct pipeline *p, struct moment now)
{
    free(p->gap_open);
    p->gap_count = p->settings->service_count;
    p->gap_open = alloc_array(p->gap_count, sizeof *p->gap_open);
    if (p->gap.clock_went_back)
        record_clock_step(p->record, p->gap.from.wall, now.wall, now.boot);
    for (size_t i = 0; i < p->gap_count; i++) {
        struct service_point point = {0};
        gap_point(&p->gap, p->settings->services[i].name, now, &point);
        record_service_point(p->record, &point, now);
        judge_restore_service(p->judge, &point);
        service_point_deinit(&point);
        p->gap_open[i] = true;
    }
    pipeline_append(p, now, "gap", gap_json(&p->gap, now));
}

static void restore(struct pipeline *p, const struct record_alive *alive, struct moment now)
{
    struct restore r = {.pipeline = p,
        .now = now,
        .other_boot = alive != NULL && strcmp(alive->boot_id, p->boot_id) != 0};
    record_each_metric(p->record, restore_metric, &r);
    record_each_closed(p->record, now.wall - RETURNS_WITHIN, restore_closed, &r);
    record_each_incident(p->record, true, restore_incident, &r);
    record_each_linkage(p->record, restore_linkage, &r);
    record_each_service_notice(p->record, restore_told, p);
    if (alive != NULL && gap_find(alive, now, p->boot_id, &p->gap))
        record_gap(p, now);
}

static bool take_first(
    void *arg, uint64_t seq, struct moment at, const char *kind, const char *body)
{
    wall_ms *first = arg;
    (void)seq;
    (void)kind;
    (void)body;
    *first = at.wall;
    return false;
}

/* Before the ledger's first row nothing is known. */
static wall_ms ledger_begin(struct pipeline *p, struct moment now)
{
    wall_ms first = now.wall;
    record_each_row(p->record, 1, take_first, &first);
    return first;
}

int pipeline_start(struct pipeline *p, struct moment now, const char *boot_id, bool assume_good)
{
    struct record_alive alive;
    struct judge_sink sink = {p, on_metric, on_subject, on_incident, on_linkage, on_service,
        pipeline_incident_report_due};
    int known = record_last_alive(p->record, &alive);
    if (known < 0)
        return known;

    snprintf(p->boot_id, sizeof p->boot_id, "%s", boot_id);
    p->judge = judge_free(p->judge);
    int r = judge_new(p->settings, p->zone, &sink, record_next_incident(p->record), &p->judge);
    if (r != 0)
        return r;
    if (p->begin == 0)
        p->begin = assume_good ? INT64_MIN : ledger_begin(p, now);
    p->started = now;
    p->last = now;
    restore(p, known == 0 && !assume_good ? &alive : NULL, now);
    pipeline_append(p, now, "start",
        json_pack("{s:s,s:s,s:s}", "version", PACKAGE_VERSION, "boot_id", boot_id, "config",
            p->settings->hash));
    record_alive(p->record, now, p->boot_id, false);
    if (p->alive_every > 0)
        p->alive_due = now.boot + p->alive_every;
    pipeline_config_started(p, now);
    pipeline_all_works(p, now);
    judge_start(p->judge, now, assume_good);
    give_up_orphans(p, now);
    courier_wake(p->courier, NULL);
    pipeline_heartbeat_plan(p, now);
    pipeline_burn_changed(p, now);
    return 0;
}

void pipeline_stop(struct pipeline *p, struct moment now)
{
    pipeline_append(p, now, "stop", json_object());
    record_alive(p->record, now, p->boot_id, true);
    p->alive_due = CLOCK_NEVER;
    p->heartbeat_due = CLOCK_NEVER;
    p->burn_due = CLOCK_NEVER;
    p->judge = judge_free(p->judge);
}

void pipeline_settings(
    struct pipeline *p, const struct settings *settings, const char *who, struct moment now)
{
    struct zone *zone = open_zone(settings->agent.timezone);
    const struct settings *old = p->settings;
    pipeline_config_loaded(p, settings, who, now);
    p->settings = settings;
    p->gap_count = 0; // its services are known by their place in the tree that was
    judge_settings(p->judge, settings, zone, now);
    pipeline_all_works(p, now);
    p->zone = zone_free(p->zone);
    p->zone = zone;
    courier_settings(p->courier, settings);
    pipeline_heartbeat_plan(p, now);
    pipeline_burn_changed(p, now);
    give_up_orphans(p, now);
    // What was bad about a destination that is gone is over.
    for (size_t i = 0; i < old->destination_count; i++)
        if (settings_destination(settings, old->destinations[i].name) == NULL)
            report_destination(p, old->destinations[i].name, 2, "", now);
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
    if (p->judge != NULL)
        judge_reading(p->judge, reading, now);
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
    courier_receipt(p->courier, receipt, now);
    pipeline_touched(p);
}

void pipeline_guest(struct pipeline *p, const char *destination, bool there, struct moment now)
{
    courier_guest(p->courier, destination, there, now);
    pipeline_touched(p);
}

void pipeline_clock_stepped(struct pipeline *p, wall_ms before, struct moment now)
{
    record_clock_step(p->record, before, now.wall, now.boot);
    pipeline_touched(p);
    log_warn(LOG_MAIN, "the wall clock was set by %lld ms; durations are not affected",
        (long long)(now.wall - before));
    if (p->judge != NULL)
        judge_clock_stepped(p->judge, now);
}

void pipeline_advance(struct pipeline *p, struct moment now)
{
    saw(p, now);
    if (p->judge != NULL)
        judge_advance(p->judge, now);
    pipeline_look_at_shown(p, now);
    if (p->alive_due <= now.boot) {
        record_alive(p->record, now, p->boot_id, false);
        p->alive_due = now.boot + p->alive_every;
        if (!p->told_dirty) {
            p->told_dirty = true;
            p->sink.dirty(p->sink.ctx);
        }
    }
    pipeline_burn(p, now);
    pipeline_heartbeat(p, now);
    if (courier_next_due(p->courier) <= now.boot)
        courier_pump(p->courier, now);
}

mono_ms pipeline_next_due(const struct pipeline *p, struct moment now)
{
    const mono_ms all[] = {p->alive_due, p->heartbeat_due, p->burn_due,
        p->judge != NULL ? judge_next_due(p->judge, now) : CLOCK_NEVER,
        courier_next_due(p->courier)};
    mono_ms due = CLOCK_NEVER;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        due = all[i] < due ? all[i] : due;
    return due;
}

int pipeline_commit(struct pipeline *p, struct moment now)
{
    int r = record_commit(p->record);
    if (r != 0)
        return r;
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

    struct notice notice = {
        .kind = NOTICE_TEST,
        .severity = SEVERITY_NOTICE,
        .of = {alloc_text("hashimori/drill"), alloc_text(""), alloc_text("")},
        .at = now,
    };
    render_test(&notice, command->who != NULL ? command->who : "-", p->settings->agent.language);
    pipeline_tell_to(p, &notice, &destination, 1, now);
    notice_deinit(&notice);
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

const struct judge *pipeline_judge(const struct pipeline *p)
{
    return p->judge;
}

struct record *pipeline_record(const struct pipeline *p)
{
    return p->record;
}

const struct settings *pipeline_tree(const struct pipeline *p)
{
    return p->settings;
}

const struct courier *pipeline_courier(const struct pipeline *p)
{
    return p->courier;
}

bool pipeline_board_stale(const struct pipeline *p)
{
    return p->board_stale;
}
