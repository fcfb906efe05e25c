/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot clock of a replay begins at BOOT_BEGIN and runs on over reboots: only differences count,
 * and what happened before the first line (an outage's start, say) must not fall before zero.
 */
#include "replay/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/log.h"
#include "main/pipeline.h"
#include "main/view.h"
#include "replay/input.h"

#define BOOT_BEGIN (INT64_C(40) * 366 * 86400 * 1000)

enum {
    WINDOW_MAX = 64,           /* attempts in flight at one destination */
    TURNS_AT_ONE_TIME = 10000, /* more at one instant is a loop of ours, and ends loudly */
    PERIODS_MAX = 1000
};

/** One destination's receiver. */
struct receiver {
    const char *name; /* of settings */
    bool scripted;    /* the input says what it answers */
    enum receipt_result usual;
    uint64_t in_flight[WINDOW_MAX];
    size_t count;
};

struct replay {
    const struct replay_plan *plan;
    struct pipeline *pipeline;
    struct moment now;
    char boot_id[CLOCK_BOOT_ID_BYTES];
    bool running;
    bool dirty;
    wall_ms first; /* wall clock of the first line */
    struct receiver *receivers;
    size_t receiver_count;
    json_t *notices;
};

/* ---- receivers --------------------------------------------------------------------------- */

static struct receiver *find_receiver(struct replay *r, const char *name)
{
    for (size_t i = 0; i < r->receiver_count; i++)
        if (strcmp(r->receivers[i].name, name) == 0)
            return &r->receivers[i];
    return NULL;
}

/* A trap and a syslog message are never answered. */
static enum receipt_result usual_result(const struct destination_settings *d)
{
    if (strcmp(d->channel, "syslog") == 0)
        return RECEIPT_SENT;
    for (size_t i = 0; strcmp(d->channel, "snmp") == 0 && i < d->options.count; i++)
        if (strcmp(d->options.values[i].name, "inform") == 0)
            return d->options.values[i].flag ? RECEIPT_ACCEPTED : RECEIPT_SENT;
    return RECEIPT_ACCEPTED;
}

static bool on_deliver(
    void *ctx, const char *destination, const struct attempt *attempt, const struct notice *notice)
{
    struct replay *r = ctx;
    struct receiver *receiver = find_receiver(r, destination);

    (void)notice;
    if (receiver == NULL || receiver->count == WINDOW_MAX)
        return false;
    receiver->in_flight[receiver->count++] = attempt->delivery;
    return true;
}

static void answer(struct replay *r, struct receiver *receiver, enum receipt_result result)
{
    struct receipt receipt = {.delivery = receiver->in_flight[0], .result = result};

    receiver->count--;
    memmove(receiver->in_flight, receiver->in_flight + 1,
        receiver->count * sizeof receiver->in_flight[0]);
    pipeline_receipt(r->pipeline, &receipt, r->now);
}

/* ---- what the pipeline says -------------------------------------------------------------- */

static void on_dirty(void *ctx)
{
    struct replay *r = ctx;

    r->dirty = true;
}

static json_t *time_or_null(const struct replay *r, wall_ms when)
{
    return view_time(when, pipeline_zone(r->pipeline));
}

/* One entry a destination; what became of it is filled in when its delivery ends. */
static void on_recorded(void *ctx, const struct notice *notice, const char *const *to, size_t count)
{
    struct replay *r = ctx;

    for (size_t i = 0; i < count; i++)
        json_array_append_new(r->notices,
            json_pack("{s:o, s:s, s:I, s:s, s:s, s:I}", "at", time_or_null(r, notice->at.wall),
                "kind", notice_kind_name(notice->kind), "incident", (json_int_t)notice->incident,
                "destination", to[i], "result", "waiting", "sequence",
                (json_int_t)notice->sequence));
}

static void on_ended(void *ctx, const char *destination, const struct notice *notice,
    enum receipt_result result, struct moment now)
{
    struct replay *r = ctx;
    json_t *entry;
    size_t i;

    (void)now;
    json_array_foreach (r->notices, i, entry) {
        if ((uint64_t)json_integer_value(json_object_get(entry, "sequence")) == notice->sequence &&
            text_equal(json_string_value(json_object_get(entry, "destination")), destination))
            json_object_set_new(entry, "result", json_string(receipt_result_name(result)));
    }
}

/* ---- time -------------------------------------------------------------------------------- */

/* Commits, and lets receivers answer, until nothing moves at this instant. */
static int settle(struct replay *r)
{
    int result = 0;

    for (bool again = true; again && result == 0;) {
        again = false;
        r->dirty = false;
        result = pipeline_commit(r->pipeline, r->now);
        for (size_t i = 0; i < r->receiver_count; i++) {
            struct receiver *receiver = &r->receivers[i];
            while (!receiver->scripted && receiver->count > 0)
                answer(r, receiver, receiver->usual);
        }
        again = r->dirty;
    }
    return result;
}

/* Goes on to @boot, doing whatever is due on the way. */
static int advance_to(struct replay *r, mono_ms boot)
{
    int turns = 0;
    int result = 0;

    while (result == 0 && r->running) {
        mono_ms due = pipeline_next_due(r->pipeline, r->now);
        if (due > boot)
            break;
        turns = due > r->now.boot ? 0 : turns + 1;
        if (turns > TURNS_AT_ONE_TIME)
            return fault(-ELOOP);
        if (due > r->now.boot) {
            r->now.wall += due - r->now.boot;
            r->now.boot = due;
        }
        pipeline_advance(r->pipeline, r->now);
        result = settle(r);
    }
    r->now.wall += boot - r->now.boot;
    r->now.boot = boot;
    return result;
}

/* ---- lines ------------------------------------------------------------------------------- */

static int refuse(
    const struct input_line *line, enum message id, const char *detail, struct text why[2])
{
    input_complain(why, line->number, id, detail);
    return REPLAY_E_INPUT;
}

static int start(struct replay *r, const char *boot_id, bool assume_good)
{
    if (boot_id != NULL)
        snprintf(r->boot_id, sizeof r->boot_id, "%s", boot_id);
    int result = pipeline_start(r->pipeline, r->now, r->boot_id, assume_good);
    if (result != 0)
        return result;
    r->running = true;
    for (size_t i = 0; i < r->receiver_count; i++) {
        r->receivers[i].count = 0;
        pipeline_guest(r->pipeline, r->receivers[i].name, true, r->now);
    }
    return settle(r);
}

/* @last: of the line before, which is the last that is known of an agent that did not stop. */
static int apply_start(
    struct replay *r, const struct input_line *line, struct moment last, bool is_first)
{
    if (r->running && !is_first) {
        record_alive(pipeline_record(r->pipeline), last, r->boot_id, false);
        for (size_t i = 0; i < r->receiver_count; i++)
            pipeline_guest(r->pipeline, r->receivers[i].name, false, r->now);
    }
    return start(r, line->boot_id, false);
}

static int apply_stop(struct replay *r, const struct input_line *line, struct text why[2])
{
    if (!r->running)
        return refuse(line, MESSAGE_REPLAY_STOPPED, NULL, why);
    pipeline_stop(r->pipeline, r->now);
    for (size_t i = 0; i < r->receiver_count; i++)
        pipeline_guest(r->pipeline, r->receivers[i].name, false, r->now);
    r->running = false;
    return settle(r);
}

static int apply_reading(struct replay *r, struct input_line *line)
{
    if (settings_watch(r->plan->settings, line->reading.of.subject) == NULL)
        log_warn(LOG_MAIN, "line %zu: no subject is called \"%s\", its readings are left out",
            line->number, line->reading.of.subject);
    line->reading.at = r->now;
    pipeline_reading(r->pipeline, &line->reading, r->now);
    return settle(r);
}

/* "LINE: VERB: why it is refused and what is accepted". */
static int refuse_command(struct replay *r, const struct input_line *line, struct text why[2])
{
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_JA; language++) {
        text_clear(&why[language]);
        text_addf(&why[language], "%zu: %s: %s", line->number, line->command.verb,
            pipeline_why(r->pipeline, language));
    }
    return REPLAY_E_INPUT;
}

static int apply_command(struct replay *r, const struct input_line *line, struct text why[2])
{
    int result = pipeline_command(r->pipeline, &line->command, r->now);

    if (result < 0)
        return result;
    if (result != 0 && pipeline_why(r->pipeline, LANGUAGE_EN)[0] != '\0')
        return refuse_command(r, line, why);
    if (result != 0)
        return refuse(line,
            result == PIPELINE_E_UNKNOWN ? MESSAGE_REPLAY_COMMAND_UNKNOWN
            : result == PIPELINE_E_STATE ? MESSAGE_REPLAY_COMMAND_STATE
                                         : MESSAGE_REPLAY_COMMAND_USAGE,
            line->command.verb, why);
    return settle(r);
}

static int apply_clock(struct replay *r, const struct input_line *line)
{
    wall_ms before = r->now.wall;

    r->now.wall += line->step;
    pipeline_clock_stepped(r->pipeline, before, r->now);
    return settle(r);
}

static int apply_receipt(struct replay *r, const struct input_line *line, struct text why[2])
{
    struct receiver *receiver = find_receiver(r, line->destination);

    if (receiver == NULL)
        return refuse(line, MESSAGE_REPLAY_NO_DESTINATION, line->destination, why);
    if (receiver->count > 0)
        answer(r, receiver, line->result);
    return settle(r);
}

static int apply(struct replay *r, struct input_line *line, struct moment last, bool is_first,
    struct text why[2])
{
    bool needs_agent = line->kind == INPUT_READING || line->kind == INPUT_COMMAND;

    if (needs_agent && !r->running)
        return refuse(line, MESSAGE_REPLAY_STOPPED, NULL, why);
    switch (line->kind) {
    case INPUT_READING:
        return apply_reading(r, line);
    case INPUT_COMMAND:
        return apply_command(r, line, why);
    case INPUT_AGENT_STOP:
        return apply_stop(r, line, why);
    case INPUT_AGENT_START:
        return apply_start(r, line, last, is_first);
    case INPUT_CLOCK:
        return apply_clock(r, line);
    case INPUT_RECEIPT:
        return apply_receipt(r, line, why);
    }
    return 0;
}

/* ---- reading it all ---------------------------------------------------------------------- */

/* Destinations with a receipt anywhere in the input are answered by it alone. */
static int find_scripts(struct replay *r, FILE *in, struct text why[2])
{
    struct input input = {.in = in};
    struct input_line line;
    int result;

    while ((result = input_next(&input, &line, why)) == 0) {
        struct receiver *receiver =
            line.kind == INPUT_RECEIPT ? find_receiver(r, line.destination) : NULL;
        if (receiver != NULL)
            receiver->scripted = true;
        input_line_deinit(&line);
    }
    input_deinit(&input);
    rewind(in);
    return result == INPUT_E_END ? 0 : REPLAY_E_INPUT;
}

static int begin(struct replay *r, const struct input_line *line)
{
    r->now = (struct moment){.wall = line->at, .boot = BOOT_BEGIN};
    r->first = line->at;
    return line->kind == INPUT_AGENT_START ? 0 : start(r, NULL, true);
}

static int run_line(struct replay *r, struct input_line *line, bool is_first, struct text why[2])
{
    struct moment last = r->now;
    int result = is_first ? begin(r, line) : 0;

    if (result != 0)
        return result;
    if (line->at < r->now.wall)
        return refuse(line, MESSAGE_REPLAY_ORDER, NULL, why);
    // What an agent that was killed would have done since its last sign of life, it did not do.
    if (line->kind == INPUT_AGENT_START && r->running && !is_first) {
        r->now.boot += line->at - r->now.wall;
        r->now.wall = line->at;
    } else {
        result = advance_to(r, r->now.boot + (line->at - r->now.wall));
    }
    return result != 0 ? result : apply(r, line, last, is_first, why);
}

static int run_lines(struct replay *r, FILE *in, struct text why[2])
{
    struct input input = {.in = in};
    struct input_line line;
    bool is_first = true;
    int result = 0;
    int got = 0;

    while (result == 0 && (got = input_next(&input, &line, why)) == 0) {
        result = run_line(r, &line, is_first, why);
        is_first = false;
        input_line_deinit(&line);
    }
    size_t number = input.number;
    input_deinit(&input);
    if (result == 0 && is_first) {
        input_complain(why, number, MESSAGE_REPLAY_EMPTY, NULL);
        return REPLAY_E_INPUT;
    }
    return result != 0 || got == INPUT_E_END ? result : REPLAY_E_INPUT;
}

/* ---- output ------------------------------------------------------------------------------ */

struct incident_list {
    const struct replay *replay;
    json_t *list;
};

static void add_incident(void *arg, const struct incident *incident)
{
    static const char *const shown[] = {"id", "subject", "service", "severity", "failed_at",
        "detected_at", "recovered_at", "cleared_at", "notified_at", "reported_at", "flags",
        "called_at", "acknowledged_at", "stage", "recurrence_of", "recurrence", "metric", "key",
        "text"};
    struct incident_list *l = arg;
    json_t *whole = view_incident(incident, pipeline_zone(l->replay->pipeline));
    json_t *part = json_object();

    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        json_object_set(part, shown[i], json_object_get(whole, shown[i]));
    json_array_append_new(l->list, part);
    json_decref(whole);
}

static void add_linkage_day(void *arg, const char *linkage, const struct linkage_day *day)
{
    struct incident_list *l = arg;
    json_array_append_new(
        l->list, view_linkage_day(linkage, day, pipeline_zone(l->replay->pipeline)));
}

static void add_figures(
    struct replay *r, const char *service, const struct period *period, wall_ms as_of, json_t *list)
{
    struct sla_figures figures;

    if (pipeline_sla(r->pipeline, service, period, as_of, &figures) != 0)
        return;
    json_array_append_new(list, pipeline_sla_json(r->pipeline, &figures));
    sla_figures_deinit(&figures);
}

/* The contract's periods from the first line to the last. */
static void add_touched(
    struct replay *r, const struct service_settings *service, wall_ms as_of, json_t *list)
{
    const struct agent_settings *agent = &r->plan->settings->agent;
    wall_ms at = r->first;
    wall_ms end = r->now.wall > at ? r->now.wall : at;

    for (int i = 0; at <= end && i < PERIODS_MAX; i++) {
        struct period period = period_at(service->sla.period, at, pipeline_zone(r->pipeline),
            agent->fiscal_year_start, agent->day_start_minute);
        add_figures(r, service->name, &period, as_of, list);
        at = period.to;
    }
}

static json_t *figures_of(struct replay *r, const struct period *periods, wall_ms as_of)
{
    const struct settings *s = r->plan->settings;
    json_t *list = json_array();

    for (size_t i = 0; i < s->service_count; i++) {
        if (s->services[i].test || !s->services[i].sla.set)
            continue;
        for (size_t j = 0; j < r->plan->period_count; j++)
            add_figures(r, s->services[i].name, &periods[j], as_of, list);
        if (r->plan->period_count == 0)
            add_touched(r, &s->services[i], as_of, list);
    }
    return list;
}

static json_t *document_of(struct replay *r, const struct period *periods, wall_ms as_of)
{
    struct incident_list incidents = {.replay = r, .list = json_array()};
    struct incident_list days = {.replay = r, .list = json_array()};
    json_t *entry;
    size_t i;

    record_each_incident(pipeline_record(r->pipeline), false, add_incident, &incidents);
    json_array_foreach (r->notices, i, entry)
        json_object_del(entry, "sequence");
    record_each_linkage_day(pipeline_record(r->pipeline), NULL, 0, 0, add_linkage_day, &days);
    return json_pack("{s:o, s:O, s:o, s:o}", "incidents", incidents.list, "notices", r->notices,
        "linkages", days.list, "sla", figures_of(r, periods, as_of));
}

/* ---- life -------------------------------------------------------------------------------- */

static int replay_open(struct replay *r, const struct replay_plan *plan)
{
    const struct settings *s = plan->settings;
    struct pipeline_sink sink = {.ctx = r,
        .deliver = on_deliver,
        .dirty = on_dirty,
        .recorded = on_recorded,
        .ended = on_ended};
    struct pipeline_plan pipeline = {.settings = s};

    *r = (struct replay){.plan = plan,
        .boot_id = "replay",
        .receivers = alloc_array(s->destination_count, sizeof *r->receivers),
        .receiver_count = s->destination_count,
        .notices = json_array()};
    for (size_t i = 0; i < s->destination_count; i++)
        r->receivers[i] = (struct receiver){
            .name = s->destinations[i].name, .usual = usual_result(&s->destinations[i])};
    int result = record_open(":memory:", &pipeline.record);
    return result != 0 ? result : pipeline_new(&pipeline, &sink, &r->pipeline);
}

static void replay_close(struct replay *r)
{
    r->pipeline = pipeline_free(r->pipeline);
    free(r->receivers);
    json_decref(r->notices);
}

static void complain_of_plan(struct text why[2], enum message id, const char *what)
{
    for (int language = 0; language < 2; language++)
        message_add(&why[language], (enum language)language, id, what);
}

static int read_plan(const struct replay *r, struct period *ret_periods, wall_ms *ret_until,
    wall_ms *ret_as_of, struct text why[2])
{
    const struct replay_plan *plan = r->plan;
    const struct agent_settings *agent = &plan->settings->agent;

    if ((plan->until != NULL && !text_parse_time(plan->until, ret_until)) ||
        (plan->as_of != NULL && !text_parse_time(plan->as_of, ret_as_of))) {
        complain_of_plan(why, MESSAGE_REPLAY_TIME, NULL);
        return REPLAY_E_USAGE;
    }
    for (size_t i = 0; i < plan->period_count; i++) {
        if (period_parse(plan->periods[i], pipeline_zone(r->pipeline), agent->fiscal_year_start,
                agent->day_start_minute, &ret_periods[i]))
            continue;
        complain_of_plan(why, MESSAGE_VERB_PERIOD, plan->periods[i]);
        return REPLAY_E_USAGE;
    }
    return 0;
}

int replay_run(const struct replay_plan *plan, FILE *in, json_t **ret_document, struct text why[2])
{
    struct replay r;
    struct period *periods = alloc_array(plan->period_count, sizeof *periods);
    wall_ms until = INT64_MIN;
    wall_ms as_of = INT64_MIN;

    int result = replay_open(&r, plan);
    if (result == 0)
        result = read_plan(&r, periods, &until, &as_of, why);
    if (result == 0)
        result = find_scripts(&r, in, why);
    if (result == 0)
        result = run_lines(&r, in, why);
    if (result == 0 && until > r.now.wall)
        result = advance_to(&r, r.now.boot + (until - r.now.wall));
    if (result == 0)
        *ret_document = document_of(&r, periods, plan->as_of == NULL ? r.now.wall : as_of);
    replay_close(&r);
    free(periods);
    return result;
}
