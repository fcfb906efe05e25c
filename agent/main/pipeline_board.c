/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config.h"
#include "main/pipeline_internal.h"
#include "notify/redact.h"
#include "wire/wire.h"

enum { NOTICES_SHOWN = 1000 /* rows of hmNoticeTable */ };

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* What a step may do: about so many rows. */
enum { STEP_ROWS = 256, FIGURES_ROWS = 128, DESTINATION_ROWS = 8, NOTICE_ROWS = 4 };

/* Figures of a period move without events: anew in the pass of each minute. */
#define FIGURES_EVERY INT64_C(58000)

/* One step's way: @left rows may still be made. */
struct step {
    struct pipeline *p;
    struct board *board;
    struct moment now;
    long left;
};

/* ---- incidents --------------------------------------------------------------------------- */

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
static uint64_t incident_stamp(const struct step *s, const struct incident *i)
{
    const int64_t numbers[] = {
        (int64_t)i->severity, i->detected_at.wall, i->notified_at.wall, i->acknowledged_at.wall};
    // Other settings may hide more.
    const char *const texts[] = {
        i->of.subject, i->of.instance, i->text, i->service, s->p->settings->hash};
    uint64_t stamp = UINT64_C(0xcbf29ce484222325);
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
        stamp = stamp_number(stamp, numbers[n]);
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++)
        stamp = stamp_text(stamp, texts[n]);
    return stamp;
}

static enum severity shown_severity(const struct step *s, uint32_t id)
{
    json_t *cells = board_unpack(board_row(s->board, "incident", id));
    enum severity severity = (enum severity)json_integer_value(json_object_get(cells, "severity"));
    json_decref(cells);
    return severity;
}

static void put_incident(struct step *s, const struct incident *i)
{
    uint32_t id = (uint32_t)i->id;
    if (board_keep(s->board, "incident", id, incident_stamp(s, i)))
        return;
    size_t *severities = s->p->showing.severities;
    const struct redact_settings *redact = &s->p->settings->agent.redact;
    struct text subject = {0};
    text_add(&subject, or_empty(i->of.subject));
    if (i->of.instance != NULL && i->of.instance[0] != '\0')
        text_add_char(&subject, '/');
    redact_add(&subject, redact, REDACT_RECORD, i->of.instance);
    char *summary = redact_text(redact, redact_source_of(i), i->text);
    severities[i->severity]++;
    if (board_row(s->board, "incident", id) != NULL)
        severities[shown_severity(s, id)]--;
    board_put_packed(s->board, "incident", id,
        json_pack("{s:o,s:i,s:s,s:I,s:I,s:I,s:s,s:s}", "incident_id", wire_id(i->id), "severity",
            (int)i->severity, "subject", text_get(&subject), "detected_at_ms",
            (json_int_t)i->detected_at.wall, "notified_at_ms", (json_int_t)i->notified_at.wall,
            "acknowledged_at_ms", (json_int_t)i->acknowledged_at.wall, "summary", summary,
            "service", or_empty(i->service)));
    free(summary);
    text_deinit(&subject);
}

static void look_at_incident(struct step *s, uint64_t id)
{
    const struct incident *i = judge_incident(s->p->judge, id);
    if (i != NULL) {
        put_incident(s, i);
    } else if (board_row(s->board, "incident", (uint32_t)id) != NULL) {
        s->p->showing.severities[shown_severity(s, (uint32_t)id)]--;
        board_drop(s->board, "incident", (uint32_t)id);
    }
}

static void pass_open(void *arg, const struct incident *i)
{
    showing_pass_incident(arg, i->id);
}

static void pass_shown(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    (void)table;
    (void)cells;
    showing_pass_incident(arg, id);
}

static void begin_incidents(struct step *s)
{
    struct showing *showing = &s->p->showing;
    if (showing_take_incidents(showing) && !showing->is_whole)
        return;
    judge_each_incident(s->p->judge, pass_open, showing);
    board_each(s->board, "incident", pass_shown, showing);
}

static bool show_incidents(struct step *s)
{
    struct showing *showing = &s->p->showing;
    if (showing->at == 0)
        begin_incidents(s);
    for (; showing->at < showing->passing_count && s->left > 0; s->left--)
        look_at_incident(s, showing->passing[showing->at++]);
    return showing->at < showing->passing_count;
}

/* ---- subjects ---------------------------------------------------------------------------- */

static void put_subject(struct step *s, const struct watch_settings *w)
{
    struct moment since = {0}, last = {0};
    const char *text = "";
    enum verdict verdict = judge_subject_verdict(s->p->judge, w->subject, &since, &last, &text);
    char *shown = redact_text(&s->p->settings->agent.redact, REDACT_RECORD, text);
    board_put(s->board, "subject", board_id(s->board, "subject", w->subject),
        json_pack("{s:s,s:s,s:i,s:I,s:s,s:I,s:s}", "name", w->subject, "plugin", w->plugin,
            "verdict", (int)verdict, "since_ms", (json_int_t)since.wall, "text", shown,
            "last_at_boot_ms", (json_int_t)last.boot, "owner", or_empty(w->owner)));
    free(shown);
}

static bool show_subjects(struct step *s)
{
    struct showing *showing = &s->p->showing;
    const struct settings *settings = s->p->settings;
    if (showing->at == 0)
        board_mark(s->board, "subject");
    for (; showing->at < settings->watch_count && s->left > 0; s->left--)
        put_subject(s, &settings->watches[showing->at++]);
    if (showing->at < settings->watch_count)
        return true;
    board_sweep(s->board, "subject");
    return false;
}

/* ---- services ---------------------------------------------------------------------------- */

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
    if (shown != p->shown) {
        p->board_stale = true;
        showing_all_services(&p->showing);
    }
    p->shown = shown;
}

static void put_sla(struct step *step, const struct service_settings *s, enum period_kind kind)
{
    struct pipeline *p = step->p;
    struct moment now = step->now;
    uint32_t service_id = board_id(step->board, "service", s->name);
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
    board_put(step->board, "sla", (service_id - 1) * 3 + (uint32_t)kind,
        json_pack("{s:i,s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "service_id",
            (int)service_id, "period_kind", (int)kind, "period", period.label, "service", s->name,
            "planned_s", (json_int_t)f.planned_s, "down_s", (json_int_t)f.down_s, "excluded_s",
            (json_int_t)f.excluded_s, "unmonitored_s", (json_int_t)f.unmonitored_s, "availability",
            (json_int_t)availability, "target", (json_int_t)f.target, "budget_left_s",
            (json_int_t)f.budget_left_s, "recovery_passed", recovery_passed, "recovery_total",
            (json_int_t)f.recovery_count, "notification_passed", notification_passed,
            "notification_total", (json_int_t)f.notification_count, "met", f.met));
    if (kind == s->sla.period && !s->test)
        json_object_set_new(p->open_gaps, s->name, sla_gaps_json(&f, true));
    sla_figures_deinit(&f);
}

/* Seconds of each class since the service's start: they survive restarts because they are counted
 * from the ledger, not in memory. */
static void put_service(struct step *step, const struct service_settings *s)
{
    struct pipeline *p = step->p;
    struct moment now = step->now;
    uint32_t id = board_id(step->board, "service", s->name);
    struct moment since = {0};
    enum service_state measured = judge_service_state(p->judge, s->name, &since);
    enum service_state shown = shown_state(p, s, now);
    struct period all = {.kind = PERIOD_FISCAL_YEAR, .from = 0, .to = now.wall + 1000};
    if (p->begin != INT64_MIN)
        all.from = p->begin;
    struct sla_figures f = {0};
    if (pipeline_sla(p, s->name, &all, now.wall, &f) != 0)
        return;
    board_put(step->board, "service", id,
        json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:I,s:I,s:i,s:I}", "name", s->name, "environment",
            s->test ? "test" : "production", "state", (int)shown, "since_ms",
            (json_int_t)since.wall, "up_s", (json_int_t)f.up_s, "down_s", (json_int_t)f.down_s,
            "degraded_s", (json_int_t)f.degraded_s, "unmonitored_s", (json_int_t)f.unmonitored_s,
            "counting", shown == measured ? (int)measured : 0, "at_boot_ms", (json_int_t)now.boot));
    sla_figures_deinit(&f);
}

/* Each service has four parts: the seconds of all time, then those of each kind of period. */
static void put_part(struct step *step, size_t part)
{
    const struct service_settings *s = &step->p->settings->services[part / 4];
    if (part % 4 == 0)
        put_service(step, s);
    else if (s->sla.set)
        put_sla(step, s, (enum period_kind)(part % 4));
    step->left -= FIGURES_ROWS;
}

static void begin_services(struct step *s)
{
    struct showing *showing = &s->p->showing;
    if (showing->is_whole) {
        board_mark(s->board, "service");
        board_mark(s->board, "sla");
        json_object_clear(s->p->open_gaps);
    }
    if (s->now.boot - showing->figures_at >= FIGURES_EVERY || showing->is_whole) {
        showing_all_services(showing);
        showing->figures_at = s->now.boot;
    }
}

static bool show_services(struct step *s)
{
    struct showing *showing = &s->p->showing;
    size_t parts = s->p->settings->service_count * 4;
    if (showing->at == 0)
        begin_services(s);
    while (showing->at < parts && s->left > 0) {
        size_t service = showing->at / 4;
        if (!showing->services[service]) {
            showing->at += 4;
            continue;
        }
        put_part(s, showing->at++);
        if (showing->at % 4 == 0)
            showing->services[service] = false;
    }
    if (showing->at < parts)
        return true;
    if (showing->is_whole) {
        board_sweep(s->board, "service");
        board_sweep(s->board, "sla");
    }
    return false;
}

/* ---- linkages ---------------------------------------------------------------------------- */

/* A figure of the stage that it comes by; 0 where it comes by none. */
static json_int_t figure_of(
    const struct pipeline *p, const struct linkage_settings *k, const char *metric)
{
    struct triple of = {k->subject, k->instance, (char *)(uintptr_t)metric};
    const struct metric_state *m = k->instance != NULL ? judge_metric(p->judge, &of) : NULL;
    return m != NULL && m->number > 0 ? (json_int_t)m->number : 0;
}

static void put_linkage(struct step *step, const struct linkage_settings *k)
{
    struct judge_linkage view;
    if (!judge_linkage(step->p->judge, k->id, &view))
        return;
    const struct linkage_state *s = view.state;
    bool has_day = s->current.day != LINKAGE_NO_DAY;
    board_put(step->board, "linkage", board_id(step->board, "linkage", s->id),
        json_pack("{s:s,s:s,s:I,s:s,s:I,s:I,s:I,s:I,s:I}", "link_id", s->id, "name",
            or_empty(k->name), "last_run_ms", (json_int_t)s->last_run.wall, "last_result",
            s->last_run.wall != 0 || s->last_result != LINKAGE_WAITING
                ? linkage_phase_name(s->last_result)
                : "",
            "records", (json_int_t)(s->last_records > 0 ? s->last_records : 0), "oldest_s",
            figure_of(step->p, k, "oldest_age_s"), "depth", figure_of(step->p, k, "depth"),
            "next_deadline_ms", (json_int_t)(has_day ? s->current.due : 0), "failures_today",
            (json_int_t)(s->failures_day == step->p->showing.day ? s->failures : 0)));
    step->left--;
}

static bool show_linkages(struct step *s)
{
    struct showing *showing = &s->p->showing;
    const struct settings *settings = s->p->settings;
    if (showing->at == 0) {
        showing_spread(showing, zone_day(s->p->zone, s->now.wall));
        if (showing->is_whole)
            board_mark(s->board, "linkage");
    }
    for (; showing->at < settings->linkage_count && s->left > 0; showing->at++) {
        if (!showing->links[showing->at] && !showing->is_whole)
            continue;
        showing->links[showing->at] = false;
        put_linkage(s, &settings->linkages[showing->at]);
    }
    if (showing->at < settings->linkage_count)
        return true;
    if (showing->is_whole)
        board_sweep(s->board, "linkage");
    return false;
}

/* ---- destinations, notices, ourselves ---------------------------------------------------- */

static const char *destination_state(
    const struct pipeline *p, const char *name, const struct destination_count *count)
{
    struct courier_state s = {0};
    if (count->queued == 0)
        return "idle";
    if (!courier_state(p->courier, name, &s) || !s.is_serving)
        return "away";
    if (s.breaker != COURIER_CLOSED)
        return "probing";
    return s.in_flight > 0 ? "sending" : "waiting";
}

static void put_destination(struct step *s, const struct destination_settings *d)
{
    struct destination_count c = {0};
    record_destination_count(s->p->record, d->name, &c);
    board_put(s->board, "destination", board_id(s->board, "destination", d->name),
        json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "name", d->name, "channel", d->channel,
            "state", destination_state(s->p, d->name, &c), "queued", (json_int_t)c.queued,
            "oldest_at_ms", (json_int_t)c.oldest_wall, "sent", (json_int_t)c.sent, "accepted",
            (json_int_t)c.accepted, "expired", (json_int_t)(c.expired + c.refused)));
    s->left -= DESTINATION_ROWS;
}

static bool show_destinations(struct step *s)
{
    struct showing *showing = &s->p->showing;
    const struct settings *settings = s->p->settings;
    if (showing->at == 0)
        board_mark(s->board, "destination");
    while (showing->at < settings->destination_count && s->left > 0)
        put_destination(s, &settings->destinations[showing->at++]);
    if (showing->at < settings->destination_count)
        return true;
    board_sweep(s->board, "destination");
    return false;
}

static void put_notice(void *arg, const struct notice *n)
{
    struct step *s = arg;
    struct showing *showing = &s->p->showing;
    board_put(s->board, "notice", (uint32_t)n->sequence,
        json_pack("{s:o,s:s,s:i,s:s,s:s,s:I,s:s,s:s,s:o,s:s,s:s}", "sequence", wire_id(n->sequence),
            "event_id", notice_event_id(n->kind), "severity", (int)n->severity, "kind",
            notice_kind_name(n->kind), "subject", or_empty(n->of.subject), "at_ms",
            (json_int_t)n->at.wall, "value", or_empty(n->value), "threshold",
            or_empty(n->threshold), "incident", wire_id(n->incident), "key", or_empty(n->key),
            "text", or_empty(n->text)));
    s->p->notices_shown = n->sequence;
    if (showing->notice_low == 0)
        showing->notice_low = n->sequence;
    for (; showing->notice_low + NOTICES_SHOWN <= n->sequence; showing->notice_low++)
        board_drop(s->board, "notice", (uint32_t)showing->notice_low);
}

static bool show_notices(struct step *s)
{
    uint64_t last = record_next_sequence(s->p->record) - 1, from = s->p->notices_shown;
    if (last <= from || s->left <= 0)
        return last > from;
    if (last - from > NOTICES_SHOWN)
        from = last - NOTICES_SHOWN;
    size_t most = (size_t)(s->left + NOTICE_ROWS - 1) / NOTICE_ROWS;
    s->p->notices_shown = last; // unless one is read: those that cannot be are never shown
    record_each_notice_after(s->p->record, from, most, put_notice, s);
    s->left -= (long)most * NOTICE_ROWS;
    return s->p->notices_shown < last;
}

static json_int_t open_incidents(const struct showing *s)
{
    size_t open = 0;
    for (size_t i = 0; i <= SEVERITY_BLIND; i++)
        open += s->severities[i];
    return (json_int_t)open;
}

/* What one lamp should show. */
static int worst_severity(const struct showing *s)
{
    static const enum severity order[] = {
        SEVERITY_CRITICAL, SEVERITY_BLIND, SEVERITY_WARNING, SEVERITY_NOTICE};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (s->severities[order[i]] > 0)
            return (int)order[i];
    return SEVERITY_NONE;
}

static struct linkage_count count_linkages(const struct step *s)
{
    const struct pipeline *p = s->p;
    int32_t today = zone_day(p->zone, s->now.wall);
    return judge_count_linkages(
        p->judge, zone_instant(p->zone, today, 0), zone_instant(p->zone, today + 1, 0));
}

static bool show_agent(struct step *s)
{
    const struct pipeline *p = s->p;
    struct linkage_count links = count_linkages(s);
    board_put(s->board, "agent", 1,
        json_pack("{s:s,s:s,s:I,s:i,s:I,s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "version",
            PACKAGE_VERSION, "host", or_empty(p->settings->agent.host), "started_at_ms",
            (json_int_t)p->started.wall, "worst", worst_severity(&p->showing), "open_incidents",
            open_incidents(&p->showing), "config_hash", p->settings->hash, "next_sequence",
            wire_id(record_next_sequence(p->record)), "boot_ms", (json_int_t)p->started.boot,
            "published_boot_ms", (json_int_t)s->now.boot, "links_due", (json_int_t)links.due,
            "links_arrived", (json_int_t)links.arrived, "links_late", (json_int_t)links.late,
            "links_missing", (json_int_t)links.missing, "links_failed", (json_int_t)links.failed));
    return false;
}

/* ---- passes ------------------------------------------------------------------------------ */

static bool (*const stages[])(struct step *s) = {show_incidents, show_subjects, show_services,
    show_linkages, show_destinations, show_notices, show_agent};

enum { STAGES = sizeof stages / sizeof stages[0] };

static void begin_pass(struct pipeline *p)
{
    p->board_stale = false;
    p->showing.is_whole = p->showing.is_all;
    p->showing.is_all = false;
    p->showing.stage = 1;
    p->showing.at = 0;
}

bool pipeline_board_step(struct pipeline *p, struct board *board, struct moment now)
{
    struct step s = {p, board, now, STEP_ROWS};
    if (p->judge == NULL)
        return false;
    if (p->showing.stage == 0)
        begin_pass(p);
    while (s.left > 0 || p->showing.stage == STAGES) {
        if (stages[p->showing.stage - 1](&s))
            continue;
        p->showing.at = 0;
        if (p->showing.stage++ == STAGES)
            p->showing.stage = 0;
        if (p->showing.stage == 0)
            return false;
    }
    return true;
}

void pipeline_board(struct pipeline *p, struct board *board, struct moment now)
{
    while (pipeline_board_step(p, board, now))
        ;
}
