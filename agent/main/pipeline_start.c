/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts, stops and reloads: what the ledger holds goes back to the judge, what nobody saw is a
 * gap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "config.h"
#include "main/pipeline_internal.h"
#include "record/tell.h"
#include "wire/wire.h"

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
        *pipeline_told_state(p, notice->service) = state;
}

/* How long what has ended is of interest to the judge (judge/past.h). */
#define FOLLOW_KEPT_MS (INT64_C(90) * 86400 * 1000)
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
    rebase(r, &i->critical_at);
    rebase(r, &i->recovered_at);
    rebase(r, &i->notified_at);
    rebase(r, &i->called_at);
    rebase(r, &i->reported_at);
    rebase(r, &i->acknowledged_at);
    rebase(r, &i->last_at);
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
static void record_gap(struct pipeline *p, const struct gap *gap, struct moment now)
{
    if (gap->clock_went_back)
        record_clock_step(p->record, gap->from.wall, now.wall, now.boot);
    for (size_t i = 0; i < p->settings->service_count; i++) {
        struct service_point point = {0};
        gap_point(gap, p->settings->services[i].name, now, &point);
        record_service_point(p->record, &point, now);
        judge_restore_service(p->judge, &point, gap->rebooted);
        service_point_deinit(&point);
    }
    pipeline_append(p, now, "gap", gap_json(gap, now));
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
    struct gap gap;
    if (alive != NULL && gap_find(alive, now, p->boot_id, &gap))
        record_gap(p, &gap, now);
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
    struct judge_sink sink = pipeline_judge_sink(p);
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
    showing_settings(&p->showing, p->settings);
    restore(p, known == 0 && !assume_good ? &alive : NULL, now);
    pipeline_append(p, now, "start",
        json_pack("{s:s,s:s,s:s}", "version", PACKAGE_VERSION, "boot_id", boot_id, "config",
            p->settings->hash));
    record_tell_rebase(
        p->record, known == 0 && strcmp(alive.boot_id, boot_id) != 0, FOLLOW_KEPT_MS, now);
    p->follow_due = now.boot;
    p->is_held = true;
    pipeline_brake_start(p, now);
    record_alive(p->record, now, p->boot_id, false);
    if (p->alive_every > 0)
        p->alive_due = pipeline_alive_due(p, now.boot);
    pipeline_config_started(p, now);
    pipeline_all_works(p, now);
    judge_start(p->judge, now, assume_good);
    pipeline_follow_release(p, now); // what held it may have ended while nobody looked
    give_up_orphans(p, now);
    courier_wake(p->courier, NULL);
    pipeline_heartbeat_plan(p, now);
    pipeline_burn_changed(p, now);
    pipeline_drill_plan(p, now);
    return 0;
}

void pipeline_stop(struct pipeline *p, struct moment now)
{
    pipeline_append(p, now, "stop", json_object());
    record_alive(p->record, now, p->boot_id, true);
    p->alive_due = CLOCK_NEVER;
    p->heartbeat_due = CLOCK_NEVER;
    p->burn_due = CLOCK_NEVER;
    p->drill_due = CLOCK_NEVER;
    p->judge = judge_free(p->judge);
}

void pipeline_settings(
    struct pipeline *p, const struct settings *settings, const char *who, struct moment now)
{
    struct zone *zone = pipeline_open_zone(settings->agent.timezone);
    const struct settings *old = p->settings;
    pipeline_config_loaded(p, settings, who, now);
    p->settings = settings;
    showing_settings(&p->showing, settings);
    judge_settings(p->judge, settings, zone, now);
    pipeline_all_works(p, now);
    p->zone = zone_free(p->zone);
    p->zone = zone;
    courier_settings(p->courier, settings);
    pipeline_brake_settings(p);
    pipeline_emergency_settings(p);
    p->follow_due = now.boot; // a route may be gone
    pipeline_follow_release(p, now);
    pipeline_drill_plan(p, now);
    pipeline_heartbeat_plan(p, now);
    pipeline_burn_changed(p, now);
    give_up_orphans(p, now);
    // What was bad about a destination that is gone is over.
    for (size_t i = 0; i < old->destination_count; i++)
        if (settings_destination(settings, old->destinations[i].name) == NULL)
            pipeline_report_destination(p, old->destinations[i].name, 2, "", now);
}
