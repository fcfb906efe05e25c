/* SPDX-License-Identifier: BSD-2-Clause */
/* What people do to incidents, open or closed, and the reminders of the first report. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"

enum { NOTE_BYTES_MAX = 4000 };

#define CALL_AGE_MAX (INT64_C(7) * 86400 * 1000) /* an older call is a slip of the keyboard */

/* ---- arguments --------------------------------------------------------------------------- */

/* "09:00": the last time that clocks here showed it. */
static bool parse_clock(const struct zone *zone, const char *text, wall_ms now, wall_ms *ret)
{
    unsigned hour, minute;
    int end = 0;
    if (strlen(text) != 5 || sscanf(text, "%2u:%2u%n", &hour, &minute, &end) != 2 || end != 5 ||
        hour > 23 || minute > 59)
        return false;
    int32_t day = zone_day(zone, now);
    *ret = zone_instant(zone, day, (int32_t)(hour * 60 + minute));
    if (*ret > now)
        *ret = zone_instant(zone, day - 1, (int32_t)(hour * 60 + minute));
    return true;
}

/* Argument "at", @now when it is absent; not before @from. False: refused. */
static bool take_time(struct pipeline *p, const struct command *command, wall_ms from,
    struct moment now, struct moment *ret)
{
    const char *text = command_arg(command, "at");
    *ret = now;
    if (text == NULL)
        return true;
    bool is_time =
        parse_clock(p->zone, text, now.wall, &ret->wall) || text_parse_time(text, &ret->wall);
    ret->boot = now.boot - (now.wall - ret->wall);
    if (is_time && ret->wall <= now.wall && ret->wall >= from)
        return true;
    pipeline_refuse(p, 0, MESSAGE_INCIDENT_TIME, NULL, NULL);
    return false;
}

/* A text of 1 to @most bytes. False: refused. */
static bool take_text(struct pipeline *p, const struct command *command, const char *name,
    size_t most, const char **ret)
{
    char bytes[24];
    *ret = command_arg(command, name);
    if (*ret != NULL && (*ret)[0] != '\0' && strlen(*ret) <= most)
        return true;
    snprintf(bytes, sizeof bytes, "%zu", most);
    pipeline_refuse(p, 0, MESSAGE_INCIDENT_TEXT, name, bytes);
    return false;
}

/* ---- changes ----------------------------------------------------------------------------- */

/* Why a move is not legal, for people; 0: there is no such incident. */
static int refuse_move(struct pipeline *p, uint64_t id, int why)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, id);
    if (why == 0)
        return pipeline_refuse(p, PIPELINE_E_UNKNOWN, MESSAGE_VERB_NO_INCIDENT, number, NULL);
    return pipeline_refuse(p, PIPELINE_E_STATE,
        why == MOVE_E_CLOSED     ? MESSAGE_INCIDENT_CLOSED
        : why == MOVE_E_OBSERVED ? MESSAGE_INCIDENT_OBSERVED
                                 : MESSAGE_INCIDENT_TWICE,
        number, NULL);
}

static int change_closed(struct pipeline *p, uint64_t id, const struct incident_change *change)
{
    struct incident closed = {0};
    if (record_incident_get(p->record, id, &closed) != 0)
        return refuse_move(p, id, 0);
    int why = incident_change(&closed, change);
    int r = why == 0 ? 0 : refuse_move(p, id, why);
    if (r == 0) {
        pipeline_save_incident(p, &closed, change->now);
        judge_closed_changed(p->judge, &closed, change->now);
    }
    incident_deinit(&closed);
    return r;
}

static int change_it(struct pipeline *p, uint64_t id, const struct incident_change *change)
{
    const struct incident *open = judge_incident(p->judge, id);
    if (open == NULL)
        return change_closed(p, id, change);
    int why = move_check(open, change->move);
    return why != 0 ? refuse_move(p, id, why) : judge_change(p->judge, id, change);
}

/* Nothing is reported or over before it began. */
static wall_ms start_of(struct pipeline *p, uint64_t id)
{
    struct incident i = {0};
    wall_ms start = record_incident_get(p->record, id, &i) == 0 ? incident_start(&i).wall : 0;
    incident_deinit(&i);
    return start;
}

static int change_by(struct pipeline *p, const struct command *command, enum move move,
    const char *text, struct moment now)
{
    struct incident_change change = {.move = move, .now = now, .who = command->who, .text = text};
    uint64_t id;
    if (!pipeline_arg_id(p, command, "id", &id) ||
        !take_time(p, command, start_of(p, id), now, &change.at))
        return PIPELINE_E_USAGE;
    p->command_incident = id;
    return change_it(p, id, &change);
}

int pipeline_incident_ack(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *note = command_arg(command, "note");
    if (note != NULL && !take_text(p, command, "note", NOTE_BYTES_MAX, &note))
        return PIPELINE_E_USAGE;
    int r = change_by(p, command, MOVE_ACKNOWLEDGE, NULL, now);
    if (r == 0)
        pipeline_follow_acknowledged(p, p->command_incident, now);
    return r;
}

int pipeline_incident_reported(struct pipeline *p, const struct command *command, struct moment now)
{
    return change_by(p, command, MOVE_REPORT, NULL, now);
}

int pipeline_incident_note(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *text;
    if (!take_text(p, command, "text", NOTE_BYTES_MAX, &text))
        return PIPELINE_E_USAGE;
    int r = change_by(p, command, MOVE_NOTE, NULL, now);
    if (r == 0)
        pipeline_follow_noted(p, p->command_incident, now);
    return r;
}

int pipeline_incident_close(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *reason;
    if (!take_text(p, command, "reason", WRITTEN_BYTES_MAX, &reason))
        return PIPELINE_E_USAGE;
    return change_by(p, command, MOVE_CLOSE, reason, now);
}

int pipeline_incident_open(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *source = command_arg(command, "source");
    const char *text;
    char number[24];
    struct moment at;
    int r = PIPELINE_E_USAGE;
    const struct service_settings *service = pipeline_arg_service(p, command, &r);
    if (source != NULL && !text_equal(source, "city"))
        return pipeline_refuse(p, PIPELINE_E_USAGE, MESSAGE_INCIDENT_SOURCE, source, NULL);
    if (service == NULL)
        return r;
    if (!take_text(p, command, "text", WRITTEN_BYTES_MAX, &text) ||
        !take_time(p, command, now.wall - CALL_AGE_MAX, now, &at))
        return PIPELINE_E_USAGE;
    r = judge_call(p->judge, service->name, at, text, now, &p->command_incident);
    if (r != JUDGE_E_STATE)
        return r;
    snprintf(number, sizeof number, "%" PRIu64, p->command_incident);
    return pipeline_refuse(
        p, PIPELINE_E_STATE, MESSAGE_INCIDENT_CALLED_ALREADY, service->name, number);
}

/* ---- incident.edit ----------------------------------------------------------------------- */

static bool refuse_name(struct pipeline *p, const char *name)
{
    struct text names = {0};
    for (size_t i = 0; i < WRITTEN_COUNT; i++)
        text_addf(&names, i == 0 ? "%s" : " %s", written_names[i]);
    pipeline_refuse(p, 0, written_is_fact(name) ? MESSAGE_INCIDENT_FACT : MESSAGE_INCIDENT_FIELD,
        name, text_get(&names));
    text_deinit(&names);
    return false;
}

/* False: refused, an argument is none of what people write, or too long. */
static bool take_written(struct pipeline *p, const struct command *command,
    struct field written[WRITTEN_COUNT], size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < command->arg_count; i++) {
        const struct field *arg = &command->args[i];
        if (text_equal(arg->name, "id") || text_equal(arg->name, "false") ||
            text_equal(arg->name, "approved_by"))
            continue;
        const char *value = arg->value;
        if (!written_is_name(arg->name) || *ret_count == WRITTEN_COUNT)
            return refuse_name(p, arg->name);
        if (value[0] != '\0' && !take_text(p, command, arg->name, WRITTEN_BYTES_MAX, &value))
            return false;
        written[(*ret_count)++] = *arg;
    }
    return true;
}

int pipeline_incident_edit(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *reason = command_arg(command, "false");
    const char *approver = command_arg(command, "approved_by");
    bool is_about_false = reason != NULL || approver != NULL;
    struct field written[WRITTEN_COUNT];
    size_t count;
    uint64_t id;
    if (!pipeline_arg_id(p, command, "id", &id) || !take_written(p, command, written, &count))
        return PIPELINE_E_USAGE;
    if (is_about_false && (!take_text(p, command, "false", WRITTEN_BYTES_MAX, &reason) ||
                              !take_text(p, command, "approved_by", WRITTEN_BYTES_MAX, &approver)))
        return PIPELINE_E_USAGE;
    if (!is_about_false && count == 0) {
        refuse_name(p, "");
        return PIPELINE_E_USAGE;
    }

    struct incident_change is_false = {
        .move = MOVE_FALSE, .now = now, .who = approver, .text = reason};
    struct incident_change edit = {
        .move = MOVE_EDIT, .now = now, .written = written, .written_count = count};
    p->command_incident = id;
    int r = reason != NULL ? change_it(p, id, &is_false) : 0;
    return r == 0 && count > 0 ? change_it(p, id, &edit) : r;
}

/* ---- what happens by itself -------------------------------------------------------------- */

/* Of a warning that became critical what counts is that somebody was told of that. */
static bool is_told_by(const struct incident *i, const struct notice *notice)
{
    bool is_escalated = i->critical_at.wall > i->detected_at.wall && i->detected_at.wall != 0;
    bool is_about_it = notice->kind == NOTICE_RAISED || notice->kind == NOTICE_REMINDER;
    return is_escalated ? is_about_it && notice->at.wall >= i->critical_at.wall
                        : notice->kind == NOTICE_RAISED;
}

/* Receivers that count and were told of it; those of them that accepted, and those that accepted or
 * were sent it where that counts too. */
struct acceptance {
    struct pipeline *pipeline;
    const struct incident *incident;
    bool counts_sent; /* count_unconfirmed */
    struct route_targets told, accepted, reached;
};

static void add_delivery(void *arg, const struct record_delivery *delivery)
{
    struct acceptance *a = arg;
    const struct destination_settings *d =
        settings_destination(a->pipeline->settings, delivery->destination);
    bool is_accepted = text_equal(delivery->result, receipt_result_name(RECEIPT_ACCEPTED));
    bool is_sent = text_equal(delivery->result, receipt_result_name(RECEIPT_SENT));
    if (d == NULL || (!a->counts_sent && !routes_confirms(d)))
        return;
    routes_add(&a->told, d->name);
    if (is_accepted)
        routes_add(&a->accepted, d->name);
    if (is_accepted || (is_sent && a->counts_sent))
        routes_add(&a->reached, d->name);
}

static void add_telling(void *arg, const struct notice *notice)
{
    struct acceptance *a = arg;
    if (is_told_by(a->incident, notice))
        record_each_delivery(a->pipeline->record, notice->sequence, add_delivery, a);
}

/* Whether as many as the contract asks for (`notified_by`) were reached, the last one just now with
 * @result; *ret_confirmed: all of these confirmed it. */
static bool is_notified(struct pipeline *p, const struct incident *i, const struct notice *notice,
    enum receipt_result result, bool *ret_confirmed)
{
    const struct service_settings *s =
        notice->service != NULL ? settings_service(p->settings, notice->service) : NULL;
    bool has_contract = s != NULL && s->sla.set;
    struct acceptance a = {
        .pipeline = p, .incident = i, .counts_sent = has_contract && s->sla.count_unconfirmed};
    if (i->notified_at.wall != 0 || !is_told_by(i, notice) ||
        (result == RECEIPT_SENT && !a.counts_sent))
        return false;
    *ret_confirmed = result == RECEIPT_ACCEPTED;
    if (!has_contract || s->sla.notified_by == 1)
        return true;
    record_each_notice_of(p->record, notice->incident, add_telling, &a);
    size_t wanted = s->sla.notified_by;
    // No more can be asked for than there are.
    if (wanted == 0 || wanted > a.told.count)
        wanted = a.told.count;
    *ret_confirmed = a.accepted.count >= wanted;
    return a.reached.count >= wanted;
}

void pipeline_incident_notified(
    struct pipeline *p, const struct notice *notice, enum receipt_result result, struct moment now)
{
    const struct incident *open =
        p->judge != NULL ? judge_incident(p->judge, notice->incident) : NULL;
    struct incident closed = {0};
    bool confirmed = false;
    if (open != NULL && is_notified(p, open, notice, result, &confirmed))
        judge_notified(p->judge, notice->incident, confirmed, now);
    if (p->judge == NULL || open != NULL ||
        record_incident_get(p->record, notice->incident, &closed) != 0)
        return;
    if (is_notified(p, &closed, notice, result, &confirmed)) {
        closed.notified_at = now;
        closed.flags |= confirmed ? 0 : INCIDENT_UNCONFIRMED;
        pipeline_save_incident(p, &closed, now);
        judge_closed_changed(p->judge, &closed, now);
    }
    incident_deinit(&closed);
}

void pipeline_incident_report_due(void *ctx, const struct report_due *due, struct moment now)
{
    struct pipeline *p = ctx;
    struct incident i = {0};
    if (due->open != NULL) {
        incident_copy(&i, due->open);
    } else {
        if (record_incident_get(p->record, due->incident, &i) != 0)
            return;
        i.reminders = due->reminders;
        i.transition++;
    }
    pipeline_save_incident(p, &i, now);

    struct notice notice;
    pipeline_incident_notice(p, &i, NOTICE_REMINDER, now, &notice);
    struct manner manner = manner_of(p->settings);
    render_report_due(&notice, &i, due->elapsed, due->limit, &manner);
    pipeline_tell(p, &notice, i.severity, now);
    notice_deinit(&notice);
    incident_deinit(&i);
}
