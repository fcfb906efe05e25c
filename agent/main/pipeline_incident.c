/* SPDX-License-Identifier: BSD-2-Clause */
/* What people do to incidents, open or closed, and the reminders of the first report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "main/pipeline_internal.h"
#include "notify/render.h"

enum { NOTE_BYTES_MAX = 4000 };

#define CALL_AGE_MAX (INT64_C(7) * 86400 * 1000) /* an older call is a slip of the keyboard */

/* ---- arguments --------------------------------------------------------------------------- */

static bool incident_id(const struct command *command, uint64_t *ret)
{
    const char *text = command_arg(command, "id");
    char *end = NULL;
    if (text == NULL || text[0] < '1' || text[0] > '9')
        return false;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

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

/* Argument @name, @now when it is absent. False: it is no time, or in the future. */
static bool take_time(const struct pipeline *p, const struct command *command, const char *name,
    struct moment now, struct moment *ret)
{
    const char *text = command_arg(command, name);
    *ret = now;
    if (text == NULL)
        return true;
    if (!parse_clock(p->zone, text, now.wall, &ret->wall) && !text_parse_time(text, &ret->wall))
        return false;
    ret->boot = now.boot - (now.wall - ret->wall);
    return ret->wall <= now.wall;
}

static bool is_text(const char *text, size_t most)
{
    return text != NULL && text[0] != '\0' && strlen(text) <= most;
}

/* ---- changes ----------------------------------------------------------------------------- */

static int change_closed(struct pipeline *p, uint64_t id, const struct incident_change *change)
{
    struct incident closed = {0};
    if (record_incident_get(p->record, id, &closed) != 0)
        return PIPELINE_E_UNKNOWN;
    int r = incident_change(&closed, change) == 0 ? 0 : PIPELINE_E_STATE;
    if (r == 0) {
        record_incident(p->record, &closed, change->now);
        judge_closed_changed(p->judge, &closed, change->now);
        pipeline_touched(p);
    }
    incident_deinit(&closed);
    return r;
}

static int change_it(struct pipeline *p, uint64_t id, const struct incident_change *change)
{
    int r = judge_change(p->judge, id, change);
    if (r == JUDGE_E_UNKNOWN)
        return change_closed(p, id, change);
    return r == JUDGE_E_STATE ? PIPELINE_E_STATE : r;
}

/* Nothing is reported or over before it began. */
static bool is_before_start(struct pipeline *p, uint64_t id, struct moment at)
{
    struct incident i = {0};
    bool is_before =
        record_incident_get(p->record, id, &i) == 0 && at.wall < incident_start(&i).wall;
    incident_deinit(&i);
    return is_before;
}

static int change_by(struct pipeline *p, const struct command *command, enum move move,
    const char *text, struct moment now)
{
    struct incident_change change = {.move = move, .now = now, .who = command->who, .text = text};
    if (!incident_id(command, &p->command_incident) ||
        !take_time(p, command, "at", now, &change.at) ||
        is_before_start(p, p->command_incident, change.at))
        return PIPELINE_E_USAGE;
    return change_it(p, p->command_incident, &change);
}

int pipeline_incident_ack(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *note = command_arg(command, "note");
    if (command_arg(command, "at") != NULL || (note != NULL && !is_text(note, NOTE_BYTES_MAX)))
        return PIPELINE_E_USAGE;
    return change_by(p, command, MOVE_ACKNOWLEDGE, NULL, now);
}

int pipeline_incident_reported(struct pipeline *p, const struct command *command, struct moment now)
{
    return change_by(p, command, MOVE_REPORT, NULL, now);
}

int pipeline_incident_note(struct pipeline *p, const struct command *command, struct moment now)
{
    if (command_arg(command, "at") != NULL ||
        !is_text(command_arg(command, "text"), NOTE_BYTES_MAX))
        return PIPELINE_E_USAGE;
    return change_by(p, command, MOVE_NOTE, NULL, now);
}

int pipeline_incident_close(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *reason = command_arg(command, "reason");
    if (!is_text(reason, WRITTEN_BYTES_MAX))
        return PIPELINE_E_USAGE;
    return change_by(p, command, MOVE_CLOSE, reason, now);
}

int pipeline_incident_open(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *source = command_arg(command, "source");
    const char *service = command_arg(command, "service");
    const char *text = command_arg(command, "text");
    struct moment at;
    if ((source != NULL && !text_equal(source, "city")) || service == NULL ||
        !is_text(text, WRITTEN_BYTES_MAX) || !take_time(p, command, "at", now, &at) ||
        now.wall - at.wall > CALL_AGE_MAX)
        return PIPELINE_E_USAGE;
    int r = judge_call(p->judge, service, at, text, now, &p->command_incident);
    return r == JUDGE_E_UNKNOWN ? PIPELINE_E_UNKNOWN : r == JUDGE_E_STATE ? PIPELINE_E_STATE : r;
}

/* ---- incident.edit ----------------------------------------------------------------------- */

/* False: an argument is none of what people write, or too long. */
static bool take_written(
    const struct command *command, struct field written[WRITTEN_COUNT], size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < command->arg_count; i++) {
        const struct field *arg = &command->args[i];
        if (text_equal(arg->name, "id") || text_equal(arg->name, "false") ||
            text_equal(arg->name, "approved_by"))
            continue;
        if (!written_is_name(arg->name) || strlen(arg->value) > WRITTEN_BYTES_MAX ||
            *ret_count == WRITTEN_COUNT)
            return false;
        written[(*ret_count)++] = *arg;
    }
    return true;
}

int pipeline_incident_edit(struct pipeline *p, const struct command *command, struct moment now)
{
    const char *reason = command_arg(command, "false");
    const char *approver = command_arg(command, "approved_by");
    struct field written[WRITTEN_COUNT];
    size_t count;
    uint64_t id;
    if (!incident_id(command, &id) || !take_written(command, written, &count) ||
        (reason == NULL) != (approver == NULL) ||
        (reason != NULL &&
            (!is_text(reason, WRITTEN_BYTES_MAX) || !is_text(approver, WRITTEN_BYTES_MAX))) ||
        (reason == NULL && count == 0))
        return PIPELINE_E_USAGE;

    struct incident_change is_false = {
        .move = MOVE_FALSE, .now = now, .who = approver, .text = reason};
    struct incident_change edit = {
        .move = MOVE_EDIT, .now = now, .written = written, .written_count = count};
    p->command_incident = id;
    int r = reason != NULL ? change_it(p, id, &is_false) : 0;
    return r == 0 && count > 0 ? change_it(p, id, &edit) : r;
}

/* ---- what happens by itself -------------------------------------------------------------- */

void pipeline_incident_notified(struct pipeline *p, uint64_t id, struct moment now)
{
    if (p->judge == NULL || judge_notified(p->judge, id, now) != JUDGE_E_UNKNOWN)
        return;
    struct incident closed = {0};
    if (record_incident_get(p->record, id, &closed) == 0 && closed.notified_at.wall == 0) {
        closed.notified_at = now;
        record_incident(p->record, &closed, now);
        judge_closed_changed(p->judge, &closed, now);
        pipeline_touched(p);
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
    record_incident(p->record, &i, now);

    struct notice notice;
    pipeline_incident_notice(&i, NOTICE_REMINDER, now, &notice);
    render_report_due(&notice, &i, due->elapsed, due->limit, p->settings->agent.language);
    pipeline_tell(p, &notice, i.severity, now);
    notice_deinit(&notice);
    incident_deinit(&i);
}
