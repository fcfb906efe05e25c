/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about planned work (sla R8) and exclusions by agreement (R9). */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "main/pipeline_internal.h"
#include "record/agreed.h"
#include "wire/wire.h"

enum { TEXT_MAX_BYTES = 500, CODE_MAX_BYTES = 32, WINDOW_MAX_DAYS = 366 };

/* ---- arguments --------------------------------------------------------------------------- */

int pipeline_refuse(struct pipeline *p, int outcome, enum message id, const char *a, const char *b)
{
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_JA; language++) {
        text_clear(&p->why[language]);
        message_add(&p->why[language], language, id, a, b);
    }
    return outcome;
}

bool pipeline_arg_text(
    struct pipeline *p, const struct command *command, const char *name, char **ret)
{
    const char *given = command_arg(command, name);
    if (given == NULL || given[0] == '\0' || strlen(given) > TEXT_MAX_BYTES) {
        pipeline_refuse(p, 0, MESSAGE_PLAN_TEXT, name, NULL);
        return false;
    }
    *ret = alloc_text(given);
    return true;
}

const struct service_settings *pipeline_arg_service(
    struct pipeline *p, const struct command *command, int *ret_outcome)
{
    const char *name = command_arg(command, "service");
    const struct service_settings *s = name != NULL ? settings_service(p->settings, name) : NULL;
    if (name == NULL)
        *ret_outcome = pipeline_refuse(p, PIPELINE_E_USAGE, MESSAGE_PLAN_TEXT, "service", NULL);
    else if (s == NULL)
        *ret_outcome = pipeline_refuse(p, PIPELINE_E_UNKNOWN, MESSAGE_VERB_NO_SERVICE, name, NULL);
    return s;
}

bool pipeline_arg_id(
    struct pipeline *p, const struct command *command, const char *name, uint64_t *ret)
{
    const char *given = command_arg(command, name);
    size_t digits = given != NULL ? strspn(given, "0123456789") : 0;
    // 18 digits fit into 64 bits.
    if (digits == 0 || digits > 18 || given[digits] != '\0') {
        pipeline_refuse(p, 0, MESSAGE_VERB_ARGUMENT, name, NULL);
        return false;
    }
    *ret = strtoull(given, NULL, 10);
    return true;
}

/* RFC 3339, or "2026-05-10T09:00" (also with a blank, with seconds) on the site's clocks. */
static bool parse_time(const struct pipeline *p, const char *given, wall_ms *ret)
{
    struct text whole = {0};
    size_t length = strlen(given);
    wall_ms local;
    if (text_parse_time(given, ret))
        return true;
    if ((length != 16 && length != 19) || (given[10] != 'T' && given[10] != ' '))
        return false;
    text_addf(&whole, "%.10sT%s%sZ", given, given + 11, length == 16 ? ":00" : "");
    bool is_time = text_parse_time(text_get(&whole), &local);
    text_deinit(&whole);
    if (is_time) {
        *ret = local - zone_offset(p->zone, local) * INT64_C(1000);
        *ret = local - zone_offset(p->zone, *ret) * INT64_C(1000);
    }
    return is_time;
}

/* A time; @preset when it is absent. */
static bool take_time(struct pipeline *p, const struct command *command, const char *name,
    wall_ms preset, wall_ms *ret)
{
    const char *given = command_arg(command, name);
    *ret = preset;
    if (given == NULL && preset != 0)
        return true;
    if (given != NULL && parse_time(p, given, ret) && *ret > 0 && *ret <= WIRE_WALL_MAX)
        return true;
    pipeline_refuse(p, 0, MESSAGE_PLAN_TIME, name, NULL);
    return false;
}

static bool take_window(
    struct pipeline *p, const struct command *command, wall_ms *ret_from, wall_ms *ret_to)
{
    if (!take_time(p, command, "from", 0, ret_from) || !take_time(p, command, "to", 0, ret_to))
        return false;
    span_ms length = *ret_to - *ret_from;
    if (length > 0 && length <= (span_ms)WINDOW_MAX_DAYS * 86400 * 1000)
        return true;
    pipeline_refuse(p, 0, MESSAGE_PLAN_WINDOW, NULL, NULL);
    return false;
}

/* [A-Za-z0-9_-]{1,32}: what a report can be counted by. */
static bool take_code(struct pipeline *p, const struct command *command, char **ret)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const char *given = command_arg(command, "reason");
    if (given == NULL || given[0] == '\0' || strlen(given) > CODE_MAX_BYTES ||
        strspn(given, allowed) != strlen(given)) {
        pipeline_refuse(p, 0, MESSAGE_PLAN_CODE, NULL, NULL);
        return false;
    }
    *ret = alloc_text(given);
    return true;
}

static bool take_date(struct pipeline *p, const struct command *command, char **ret)
{
    const char *given = command_arg(command, "agreed_on");
    struct text whole = {0};
    wall_ms when;
    text_addf(&whole, "%sT00:00:00Z", given != NULL ? given : "");
    bool is_date = given != NULL && strlen(given) == 10 && text_parse_time(text_get(&whole), &when);
    text_deinit(&whole);
    if (is_date)
        *ret = alloc_text(given);
    else
        pipeline_refuse(p, 0, MESSAGE_PLAN_DATE, NULL, NULL);
    return is_date;
}

/* ---- planned work ------------------------------------------------------------------------ */

void pipeline_works(struct pipeline *p, const char *service, struct moment now)
{
    const struct agreed *a;
    if (p->judge == NULL || record_agreed(p->record, &a) != 0)
        return;
    struct interval *windows = alloc_array(a->work_count, sizeof *windows);
    size_t count = 0;
    for (size_t i = 0; i < a->work_count; i++)
        if (text_equal(a->works[i].service, service) &&
            work_holds(&a->works[i], &windows[count].from, &windows[count].to))
            count++;
    judge_works(p->judge, service, windows, count, now);
    pipeline_follow_release(p, now);
    free(windows);
}

void pipeline_all_works(struct pipeline *p, struct moment now)
{
    for (size_t i = 0; i < p->settings->service_count; i++)
        pipeline_works(p, p->settings->services[i].name, now);
}

/* Records what @w (freed) now says; its windows hold from now on. */
static int put_work(
    struct pipeline *p, struct work *w, const struct command *command, struct moment now)
{
    free(w->who);
    w->who = alloc_text(command->who);
    int r = record_work(p->record, w, now, NULL);
    pipeline_touched(p);
    pipeline_works(p, w->service, now);
    work_deinit(w);
    return r;
}

int pipeline_maintenance_add(struct pipeline *p, const struct command *command, struct moment now)
{
    int outcome = PIPELINE_E_USAGE;
    struct work w = {.registered = now.wall};
    const struct service_settings *s = pipeline_arg_service(p, command, &outcome);
    if (s == NULL || !take_window(p, command, &w.from, &w.to) ||
        !pipeline_arg_text(p, command, "plan_no", &w.plan_no) ||
        (command_arg(command, "approved_by") != NULL &&
            !pipeline_arg_text(p, command, "approved_by", &w.approved_by)) ||
        (command_arg(command, "scope") != NULL &&
            !pipeline_arg_text(p, command, "scope", &w.scope))) {
        work_deinit(&w);
        return outcome;
    }
    w.service = alloc_text(s->name);
    // What is registered after its start counts only once somebody has approved it as such.
    if (w.approved_by != NULL && !work_is_late(&w))
        w.approved = now.wall;
    return put_work(p, &w, command, now);
}

static char *copy_text(const char *text)
{
    return alloc_text(text != NULL ? text : "");
}

/* A copy of the work that `id` names. */
static bool copy_work(
    struct pipeline *p, const struct command *command, struct work *ret, int *ret_outcome)
{
    const struct agreed *a;
    uint64_t id;
    *ret_outcome = PIPELINE_E_USAGE;
    if (!pipeline_arg_id(p, command, "id", &id))
        return false;
    const struct work *w = record_agreed(p->record, &a) == 0 ? agreed_work(a, id) : NULL;
    if (w == NULL) {
        *ret_outcome = pipeline_refuse(
            p, PIPELINE_E_UNKNOWN, MESSAGE_PLAN_NO_WORK, command_arg(command, "id"), NULL);
        return false;
    }
    *ret = *w;
    ret->service = copy_text(w->service);
    ret->plan_no = copy_text(w->plan_no);
    ret->approved_by = copy_text(w->approved_by);
    ret->scope = copy_text(w->scope);
    ret->who = copy_text(w->who);
    return true;
}

int pipeline_maintenance_approve(
    struct pipeline *p, const struct command *command, struct moment now)
{
    struct work w;
    char *by;
    int outcome;
    if (!copy_work(p, command, &w, &outcome))
        return outcome;
    if (work_state_at(&w, now.wall) != WORK_PENDING) {
        work_deinit(&w);
        return pipeline_refuse(
            p, PIPELINE_E_STATE, MESSAGE_PLAN_NOT_PENDING, command_arg(command, "id"), NULL);
    }
    if (!pipeline_arg_text(p, command, "approved_by", &by)) {
        work_deinit(&w);
        return PIPELINE_E_USAGE;
    }
    free(w.approved_by);
    w.approved_by = by;
    w.approved = now.wall;
    return put_work(p, &w, command, now);
}

/* When the work began and ended; before its window it is cancelled, with the time of now. */
static bool take_end(
    struct pipeline *p, const struct command *command, struct work *w, struct moment now)
{
    if (now.wall < w->from) {
        w->ended = now.wall;
        return true;
    }
    wall_ms started;
    if (!take_time(p, command, "at", now.wall, &w->ended) ||
        !take_time(p, command, "started", w->from, &started))
        return false;
    if (w->ended < started || started < w->from || w->ended > now.wall) {
        pipeline_refuse(p, 0, MESSAGE_PLAN_END_TIME, NULL, NULL);
        return false;
    }
    w->started = started > w->from ? started : 0;
    return true;
}

int pipeline_maintenance_end(struct pipeline *p, const struct command *command, struct moment now)
{
    struct work w;
    int outcome;
    if (!copy_work(p, command, &w, &outcome))
        return outcome;
    if (w.ended != 0) {
        work_deinit(&w);
        return pipeline_refuse(
            p, PIPELINE_E_STATE, MESSAGE_PLAN_ENDED, command_arg(command, "id"), NULL);
    }
    if (!take_end(p, command, &w, now)) {
        work_deinit(&w);
        return PIPELINE_E_USAGE;
    }
    return put_work(p, &w, command, now);
}

/* ---- exclusions -------------------------------------------------------------------------- */

static bool take_mode(struct pipeline *p, const struct command *command, bool *ret)
{
    const char *given = command_arg(command, "mode");
    *ret = text_equal(given, "numerator");
    if (given == NULL || *ret || text_equal(given, "denominator"))
        return true;
    pipeline_refuse(p, 0, MESSAGE_PLAN_MODE, NULL, NULL);
    return false;
}

/* Records @e (freed). */
static int put_exclusion(
    struct pipeline *p, struct exclusion *e, const struct command *command, struct moment now)
{
    free(e->who);
    e->who = alloc_text(command->who);
    int r = record_exclusion(p->record, e, now, NULL);
    pipeline_touched(p);
    exclusion_deinit(e);
    return r;
}

int pipeline_exclusion_add(struct pipeline *p, const struct command *command, struct moment now)
{
    int outcome = PIPELINE_E_USAGE;
    struct exclusion e = {.registered = now.wall};
    const struct service_settings *s = pipeline_arg_service(p, command, &outcome);
    if (s == NULL || !take_window(p, command, &e.from, &e.to) ||
        !take_code(p, command, &e.reason) ||
        !pipeline_arg_text(p, command, "agreed_by", &e.agreed_by) ||
        !take_date(p, command, &e.agreed_on) ||
        !pipeline_arg_text(p, command, "document", &e.document) ||
        !take_mode(p, command, &e.forgives)) {
        exclusion_deinit(&e);
        return outcome;
    }
    e.service = alloc_text(s->name);
    return put_exclusion(p, &e, command, now);
}

int pipeline_exclusion_revoke(struct pipeline *p, const struct command *command, struct moment now)
{
    const struct agreed *a;
    uint64_t id;
    if (!pipeline_arg_id(p, command, "id", &id))
        return PIPELINE_E_USAGE;
    const struct exclusion *old =
        record_agreed(p->record, &a) == 0 ? agreed_exclusion(a, id) : NULL;
    const char *shown = command_arg(command, "id");
    if (old == NULL)
        return pipeline_refuse(p, PIPELINE_E_UNKNOWN, MESSAGE_PLAN_NO_EXCLUSION, shown, NULL);
    if (old->revoked != 0)
        return pipeline_refuse(p, PIPELINE_E_STATE, MESSAGE_PLAN_REVOKED, shown, NULL);

    struct exclusion e = {.id = old->id,
        .service = copy_text(old->service),
        .from = old->from,
        .to = old->to,
        .forgives = old->forgives,
        .reason = copy_text(old->reason),
        .agreed_by = copy_text(old->agreed_by),
        .agreed_on = copy_text(old->agreed_on),
        .document = copy_text(old->document),
        .registered = old->registered,
        .revoked = now.wall};
    if (!pipeline_arg_text(p, command, "why", &e.revoked_why) ||
        !pipeline_arg_text(p, command, "approved_by", &e.revoked_by)) {
        exclusion_deinit(&e);
        return PIPELINE_E_USAGE;
    }
    return put_exclusion(p, &e, command, now);
}
