/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "base/text.h"
#include "config.h"
#include "main/pipeline_internal.h"
#include "wire/wire.h"

enum { NOTICES_SHOWN = 1000 /* rows of hmNoticeTable */ };

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* Worst first: what one lamp should show. */
static int worse(int a, int b)
{
    static const int rank[] = {[SEVERITY_NONE] = 0,
        [SEVERITY_NOTICE] = 1,
        [SEVERITY_WARNING] = 2,
        [SEVERITY_CRITICAL] = 4,
        [SEVERITY_BLIND] = 3};
    return rank[a] >= rank[b] ? a : b;
}

struct incidents_seen {
    struct board *board;
    json_int_t open;
    int worst;
};

/* FNV-1a, by numbers and by bytes. */
static uint64_t stamp_number(uint64_t stamp, int64_t number)
{
    return (stamp ^ (uint64_t)number) * UINT64_C(0x100000001b3);
}

static uint64_t stamp_text(uint64_t stamp, const char *text)
{
    for (const char *at = or_empty(text); *at != '\0'; at++)
        stamp = stamp_number(stamp, (unsigned char)*at);
    return stamp_number(stamp, 0x100); // where it ends counts
}

/* Of all that an incident's row is made of: of thousands that are open few change in a second. */
static uint64_t incident_stamp(const struct incident *i)
{
    const int64_t numbers[] = {
        (int64_t)i->severity, i->detected_at.wall, i->notified_at.wall, i->acknowledged_at.wall};
    const char *const texts[] = {i->of.subject, i->of.instance, i->text, i->service};
    uint64_t stamp = UINT64_C(0xcbf29ce484222325);
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
        stamp = stamp_number(stamp, numbers[n]);
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++)
        stamp = stamp_text(stamp, texts[n]);
    return stamp;
}

static void put_incident(void *arg, const struct incident *i)
{
    struct incidents_seen *seen = arg;
    seen->open++;
    seen->worst = worse(seen->worst, (int)i->severity);
    if (board_keep(seen->board, "incident", (uint32_t)i->id, incident_stamp(i)))
        return;
    struct text subject = {0};
    text_add(&subject, or_empty(i->of.subject));
    if (i->of.instance != NULL && i->of.instance[0] != '\0')
        text_addf(&subject, "/%s", i->of.instance);
    board_put(seen->board, "incident", (uint32_t)i->id,
        json_pack("{s:o,s:i,s:s,s:I,s:I,s:I,s:s,s:s}", "incident_id", wire_id(i->id), "severity",
            (int)i->severity, "subject", text_get(&subject), "detected_at_ms",
            (json_int_t)i->detected_at.wall, "notified_at_ms", (json_int_t)i->notified_at.wall,
            "acknowledged_at_ms", (json_int_t)i->acknowledged_at.wall, "summary", or_empty(i->text),
            "service", or_empty(i->service)));
    text_deinit(&subject);
}

static void put_subjects(struct pipeline *p, struct board *board)
{
    board_mark(board, "subject");
    for (size_t n = 0; n < p->settings->watch_count; n++) {
        const struct watch_settings *w = &p->settings->watches[n];
        struct moment since = {0}, last = {0};
        const char *text = "";
        enum verdict verdict = judge_subject_verdict(p->judge, w->subject, &since, &last, &text);
        board_put(board, "subject", board_id(board, "subject", w->subject),
            json_pack("{s:s,s:s,s:i,s:I,s:s,s:I,s:s}", "name", w->subject, "plugin", w->plugin,
                "verdict", (int)verdict, "since_ms", (json_int_t)since.wall, "text", or_empty(text),
                "last_at_boot_ms", (json_int_t)last.boot, "owner", or_empty(w->owner)));
    }
    board_sweep(board, "subject");
}

/* Maintenance and hours are shown, not measured: the class goes on underneath. */
static enum service_state shown_state(
    struct pipeline *p, const struct service_settings *s, struct moment now)
{
    struct moment since;
    struct calendar calendar = {
        s->calendar != NULL ? settings_calendar(p->settings, s->calendar) : NULL, p->zone};
    if (!calendar_open_at(&calendar, now.wall))
        return SERVICE_OUT_OF_HOURS;
    if (judge_is_working(p->judge, s->name))
        return SERVICE_MAINTENANCE;
    return judge_service_state(p->judge, s->name, &since);
}

void pipeline_look_at_shown(struct pipeline *p, struct moment now)
{
    uint64_t shown = 0;
    for (size_t i = 0; p->judge != NULL && i < p->settings->service_count; i++)
        shown = shown * (SERVICE_OUT_OF_HOURS + 1) +
                (uint64_t)shown_state(p, &p->settings->services[i], now);
    p->board_stale |= shown != p->shown;
    p->shown = shown;
}

static void put_sla(struct pipeline *p, struct board *board, const struct service_settings *s,
    uint32_t service_id, enum period_kind kind, struct moment now)
{
    struct period period = period_at(kind, now.wall, p->zone, p->settings->agent.fiscal_year_start,
        p->settings->agent.day_start_minute);
    struct sla_figures f = {0};
    if (pipeline_sla(p, s->name, &period, now.wall, &f) != 0)
        return;

    json_int_t recovery_passed = 0, notification_passed = 0;
    for (size_t i = 0; i < f.recovery_count; i++)
        recovery_passed += f.recovery[i].result == SLA_PASS;
    for (size_t i = 0; i < f.notification_count; i++)
        notification_passed += f.notification[i].result == SLA_PASS;
    int64_t measured = sla_measured(&f);
    int64_t availability = measured > 0 ? sla_available(&f) * 100000 / measured : -1;
    board_put(board, "sla", (service_id - 1) * 3 + (uint32_t)kind,
        json_pack("{s:i,s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "service_id",
            (int)service_id, "period_kind", (int)kind, "period", period.label, "service", s->name,
            "planned_s", (json_int_t)f.planned_s, "down_s", (json_int_t)f.down_s, "excluded_s",
            (json_int_t)f.excluded_s, "unmonitored_s", (json_int_t)f.unmonitored_s, "availability",
            (json_int_t)availability, "target", (json_int_t)f.target, "budget_left_s",
            (json_int_t)f.budget_left_s, "recovery_passed", recovery_passed, "recovery_total",
            (json_int_t)f.recovery_count, "notification_passed", notification_passed,
            "notification_total", (json_int_t)f.notification_count, "met", f.met));
    sla_figures_deinit(&f);
}

/* Seconds of each class since the service's start: they survive restarts because they are counted
 * from the ledger, not in memory. */
static void put_service(
    struct pipeline *p, struct board *board, const struct service_settings *s, struct moment now)
{
    uint32_t id = board_id(board, "service", s->name);
    struct moment since = {0};
    enum service_state measured = judge_service_state(p->judge, s->name, &since);
    enum service_state shown = shown_state(p, s, now);
    struct period all = {.kind = PERIOD_FISCAL_YEAR, .from = 0, .to = now.wall + 1000};
    if (p->begin != INT64_MIN)
        all.from = p->begin;
    struct sla_figures f = {0};
    if (pipeline_sla(p, s->name, &all, now.wall, &f) != 0)
        return;
    board_put(board, "service", id,
        json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:I,s:I,s:i,s:I}", "name", s->name, "environment",
            s->test ? "test" : "production", "state", (int)shown, "since_ms",
            (json_int_t)since.wall, "up_s", (json_int_t)f.up_s, "down_s", (json_int_t)f.down_s,
            "degraded_s", (json_int_t)f.degraded_s, "unmonitored_s", (json_int_t)f.unmonitored_s,
            "counting", shown == measured ? (int)measured : 0, "at_boot_ms", (json_int_t)now.boot));
    sla_figures_deinit(&f);
    if (s->sla.set)
        for (enum period_kind kind = PERIOD_MONTH; kind <= PERIOD_FISCAL_YEAR; kind++)
            put_sla(p, board, s, id, kind, now);
}

static void put_services(struct pipeline *p, struct board *board, struct moment now)
{
    board_mark(board, "service");
    board_mark(board, "sla");
    for (size_t i = 0; i < p->settings->service_count; i++)
        put_service(p, board, &p->settings->services[i], now);
    board_sweep(board, "service");
    board_sweep(board, "sla");
}

struct linkages_seen {
    struct pipeline *pipeline;
    struct board *board;
    int32_t today;
};

/* Depth and age of the stage that it comes by, where it comes by one. */
struct stage_figures {
    const char *instance;
    double depth, oldest_s;
};

static void take_figure(void *arg, const struct metric_state *s)
{
    struct stage_figures *f = arg;
    if (!text_equal(or_empty(s->of.instance), f->instance) || !(s->number > 0))
        return;
    if (text_equal(s->of.metric, "depth"))
        f->depth = s->number;
    else if (text_equal(s->of.metric, "oldest_age_s"))
        f->oldest_s = s->number;
}

static void put_linkage(void *arg, const struct judge_linkage *k)
{
    struct linkages_seen *seen = arg;
    const struct linkage_state *s = k->state;
    struct stage_figures f = {.instance = k->settings->instance};
    if (f.instance != NULL)
        judge_each_metric(seen->pipeline->judge, k->settings->subject, take_figure, &f);
    bool has_day = s->current.day != LINKAGE_NO_DAY;
    board_put(seen->board, "linkage", board_id(seen->board, "linkage", s->id),
        json_pack("{s:s,s:s,s:I,s:s,s:I,s:I,s:I,s:I,s:I}", "link_id", s->id, "name",
            or_empty(k->settings->name), "last_run_ms", (json_int_t)s->last_run.wall, "last_result",
            s->last_run.wall != 0 || s->last_result != LINKAGE_WAITING
                ? linkage_phase_name(s->last_result)
                : "",
            "records", (json_int_t)(s->last_records > 0 ? s->last_records : 0), "oldest_s",
            (json_int_t)f.oldest_s, "depth", (json_int_t)f.depth, "next_deadline_ms",
            (json_int_t)(has_day ? s->current.due : 0), "failures_today",
            (json_int_t)(s->failures_day == seen->today ? s->failures : 0)));
}

static void put_linkages(struct pipeline *p, struct board *board, struct moment now)
{
    struct linkages_seen seen = {p, board, zone_day(p->zone, now.wall)};
    board_mark(board, "linkage");
    judge_each_linkage(p->judge, put_linkage, &seen);
    board_sweep(board, "linkage");
}

static const char *destination_state(
    const struct pipeline *p, const char *name, const struct destination_count *count)
{
    if (count->queued == 0)
        return "idle";
    return courier_in_flight(p->courier, name) > 0 ? "sending" : "waiting";
}

static void put_destinations(struct pipeline *p, struct board *board)
{
    board_mark(board, "destination");
    for (size_t i = 0; i < p->settings->destination_count; i++) {
        const struct destination_settings *d = &p->settings->destinations[i];
        struct destination_count c = {0};
        record_destination_count(p->record, d->name, &c);
        board_put(board, "destination", board_id(board, "destination", d->name),
            json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "name", d->name, "channel", d->channel,
                "state", destination_state(p, d->name, &c), "queued", (json_int_t)c.queued,
                "oldest_at_ms", (json_int_t)c.oldest_wall, "sent", (json_int_t)c.sent, "accepted",
                (json_int_t)c.accepted, "expired", (json_int_t)(c.expired + c.refused)));
    }
    board_sweep(board, "destination");
}

struct notices_seen {
    struct pipeline *pipeline;
    struct board *board;
    uint64_t newest;
};

static void put_notice(void *arg, const struct notice *n)
{
    struct notices_seen *seen = arg;
    if (n->sequence > seen->newest)
        seen->newest = n->sequence;
    if (n->sequence <= seen->pipeline->notices_shown)
        return;
    board_put(seen->board, "notice", (uint32_t)n->sequence,
        json_pack("{s:o,s:s,s:i,s:s,s:s,s:I,s:s,s:s,s:o,s:s,s:s}", "sequence", wire_id(n->sequence),
            "event_id", notice_event_id(n->kind), "severity", (int)n->severity, "kind",
            notice_kind_name(n->kind), "subject", or_empty(n->of.subject), "at_ms",
            (json_int_t)n->at.wall, "value", or_empty(n->value), "threshold",
            or_empty(n->threshold), "incident", wire_id(n->incident), "key", or_empty(n->key),
            "text", or_empty(n->text)));
    if (n->sequence > NOTICES_SHOWN)
        board_drop(seen->board, "notice", (uint32_t)(n->sequence - NOTICES_SHOWN));
}

static void put_notices(struct pipeline *p, struct board *board)
{
    uint64_t next = record_next_sequence(p->record);
    uint64_t fresh = next - 1 - p->notices_shown;
    if (fresh == 0)
        return;
    struct notices_seen seen = {p, board, p->notices_shown};
    record_each_notice(
        p->record, fresh < NOTICES_SHOWN ? (size_t)fresh : NOTICES_SHOWN, put_notice, &seen);
    p->notices_shown = seen.newest;
}

void pipeline_board(struct pipeline *p, struct board *board, struct moment now)
{
    if (p->judge == NULL)
        return;
    struct incidents_seen seen = {.board = board};
    board_mark(board, "incident");
    judge_each_incident(p->judge, put_incident, &seen);
    board_sweep(board, "incident");
    put_subjects(p, board);
    put_services(p, board, now);
    put_linkages(p, board, now);
    put_destinations(p, board);
    put_notices(p, board);
    board_put(board, "agent", 1,
        json_pack("{s:s,s:s,s:I,s:i,s:I,s:s,s:o,s:I,s:I}", "version", PACKAGE_VERSION, "host",
            or_empty(p->settings->agent.host), "started_at_ms", (json_int_t)p->started.wall,
            "worst", seen.worst, "open_incidents", seen.open, "config_hash", p->settings->hash,
            "next_sequence", wire_id(record_next_sequence(p->record)), "boot_ms",
            (json_int_t)p->started.boot, "published_boot_ms", (json_int_t)now.boot));
    p->board_stale = false;
}
