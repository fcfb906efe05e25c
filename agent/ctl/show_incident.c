/* SPDX-License-Identifier: BSD-2-Clause */
/* One incident for people: its facts, what people wrote, who was told, and all of it in order. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/print.h"

/* Words of incidents that elsewhere mean something else. */
static const struct {
    const char *word;
    enum message id;
} words[] = {
    {"called", MESSAGE_HEAD_CALLED},
    {"failed", MESSAGE_HEAD_FAILED},
    {"detected", MESSAGE_HEAD_DETECTED},
    {"notified", MESSAGE_HEAD_NOTIFIED},
    {"acknowledged", MESSAGE_HEAD_ACKNOWLEDGED_AT},
    {"reported", MESSAGE_HEAD_REPORTED},
    {"recovered", MESSAGE_HEAD_RECOVERED},
    {"transition", MESSAGE_WORD_TRANSITION},
    {"receipt", MESSAGE_WORD_RECEIPT},
    {"command", MESSAGE_WORD_COMMAND},
    {"notice", MESSAGE_WORD_NOTICE},
    {"observed", MESSAGE_WORD_OBSERVED},
    {"event", MESSAGE_WORD_EVENT},
    {"closed", MESSAGE_WORD_CLOSED},
    {"late_detection", MESSAGE_WORD_LATE_DETECTION},
    {"false", MESSAGE_WORD_FALSE},
    {"own", MESSAGE_WORD_OWN},
    {"city", MESSAGE_WORD_CITY},
    {"suppressed", MESSAGE_WORD_SUPPRESSED},
    {"flapping", MESSAGE_WORD_FLAPPING},
    {"unconfirmed", MESSAGE_WORD_UNCONFIRMED},
};

static const char *word_of(const struct ctl *c, const char *word)
{
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return message_raw(words[i].id, c->language);
    return word != NULL ? print_word(c, word) : "";
}

static void set_word(const struct ctl *c, json_t *object, const char *member, const char *as)
{
    const char *word = json_string_value(json_object_get(object, member));
    json_object_set_new(object, as, json_string(word_of(c, word)));
}

void show_set_words(const struct ctl *c, json_t *incident)
{
    struct text flags = {0};
    const json_t *flag;
    size_t i;
    json_array_foreach (json_object_get(incident, "flags"), i, flag) {
        const char *name = json_string_value(flag);
        // How a sentence is written is nothing to show.
        if (name != NULL && strcmp(name, "told_end") != 0)
            text_addf(&flags, "%s%s", flags.length > 0 ? ", " : "", word_of(c, name));
    }
    json_object_set_new(incident, "flags_text", json_string(text_get(&flags)));
    set_word(c, incident, "stage", "stage_text");
    text_deinit(&flags);
}

static bool has_flag(const json_t *incident, const char *name)
{
    const json_t *flag;
    size_t i;
    json_array_foreach (json_object_get(incident, "flags"), i, flag) {
        if (text_equal(json_string_value(flag), name))
            return true;
    }
    return false;
}

/* "1.234 s", and that nobody confirmed it; "" until enough receivers have accepted. */
static void set_told(const struct ctl *c, json_t *incident)
{
    const json_t *told = json_object_get(incident, "told_s");
    struct text t = {0};
    if (json_is_number(told))
        text_addf(&t, "%.3f s", json_number_value(told));
    if (t.length > 0 && has_flag(incident, "unconfirmed"))
        text_addf(&t, " - %s", message_raw(MESSAGE_WORD_SENT, c->language));
    json_object_set_new(incident, "told_text", json_string(text_get(&t)));
    text_deinit(&t);
}

static void show_one_incident(const struct ctl *c, json_t *incident)
{
    static const struct column columns[] = {{MESSAGE_HEAD_ID, "id", CELL_NUMBER},
        {MESSAGE_HEAD_SEVERITY, "severity", CELL_WORD},
        {MESSAGE_HEAD_SUBJECT, "subject", CELL_TEXT},
        {MESSAGE_HEAD_INSTANCE, "instance", CELL_TEXT}, {MESSAGE_HEAD_METRIC, "metric", CELL_TEXT},
        {MESSAGE_HEAD_SERVICE, "service", CELL_TEXT}, {MESSAGE_HEAD_STAGE, "stage_text", CELL_TEXT},
        {MESSAGE_HEAD_FLAGS, "flags_text", CELL_TEXT},
        {MESSAGE_HEAD_RECURRENCE, "recurrence", CELL_NUMBER},
        {MESSAGE_HEAD_RECURRENCE_OF, "recurrence_of", CELL_NUMBER},
        {MESSAGE_HEAD_CALLED, "called_at", CELL_TIME},
        {MESSAGE_HEAD_CALLED_TEXT, "called_text", CELL_TEXT},
        {MESSAGE_HEAD_FAILED, "failed_at", CELL_TIME},
        {MESSAGE_HEAD_DETECTED, "detected_at", CELL_TIME},
        {MESSAGE_HEAD_NOTIFIED, "notified_at", CELL_TIME},
        {MESSAGE_HEAD_TOLD_WITHIN, "told_text", CELL_TEXT},
        {MESSAGE_HEAD_REPORT_DUE, "report_due_at", CELL_TIME},
        {MESSAGE_HEAD_REPORTED, "reported_at", CELL_TIME},
        {MESSAGE_HEAD_ACKNOWLEDGED_AT, "acknowledged_at", CELL_TIME},
        {MESSAGE_HEAD_ACKNOWLEDGED, "acknowledged_by", CELL_TEXT},
        {MESSAGE_HEAD_RECOVERED, "recovered_at", CELL_TIME},
        {MESSAGE_HEAD_CLEARED, "cleared_at", CELL_TIME}, {MESSAGE_HEAD_COUNT, "count", CELL_NUMBER},
        {MESSAGE_HEAD_VALUE, "value", CELL_TEXT}, {MESSAGE_HEAD_THRESHOLD, "threshold", CELL_TEXT},
        {MESSAGE_HEAD_TEXT, "text", CELL_TEXT},
        {MESSAGE_HEAD_FALSE_REASON, "false_reason", CELL_TEXT},
        {MESSAGE_HEAD_FALSE_APPROVED, "false_approved_by", CELL_TEXT},
        {MESSAGE_HEAD_CLOSED_BY, "closed_by", CELL_TEXT},
        {MESSAGE_HEAD_CLOSED_REASON, "closed_reason", CELL_TEXT}, {0}};

    set_told(c, incident);
    show_set_words(c, incident);
    print_members(c, incident, columns);
}

/* One line per delivery: each carries its notice's members with it. */
static void show_notices(const struct ctl *c, const json_t *notices)
{
    static const struct column columns[] = {{MESSAGE_HEAD_SEQUENCE, "sequence", CELL_NUMBER},
        {MESSAGE_HEAD_KIND, "kind", CELL_WORD}, {MESSAGE_HEAD_AT, "notice_at", CELL_TIME},
        {MESSAGE_HEAD_DESTINATION, "destination", CELL_TEXT},
        {MESSAGE_HEAD_RESULT, "result", CELL_WORD}, {MESSAGE_HEAD_AT, "at", CELL_TIME},
        {MESSAGE_HEAD_ATTEMPTS, "attempts", CELL_NUMBER}, {MESSAGE_HEAD_DUE, "due_at", CELL_TIME},
        {MESSAGE_HEAD_ANSWER, "text", CELL_TEXT}, {0}};
    json_t *rows = json_array();
    const json_t *notice;
    const json_t *delivery;
    size_t i;
    size_t j;

    json_array_foreach (notices, i, notice) {
        json_array_foreach (json_object_get(notice, "deliveries"), j, delivery) {
            json_t *row = json_copy((json_t *)(uintptr_t)delivery);
            json_object_set(row, "sequence", json_object_get(notice, "sequence"));
            json_object_set(row, "kind", json_object_get(notice, "kind"));
            json_object_set(row, "notice_at", json_object_get(notice, "at"));
            json_array_append_new(rows, row);
        }
    }
    ctl_say(c, MESSAGE_TITLE_NOTICES, NULL, NULL, NULL);
    print_rows(c, rows, columns, MESSAGE_NONE_NOTICES);
    json_decref(rows);
}

/* ---- what people wrote and did --------------------------------------------------------------- */

static void show_written(const struct ctl *c, const json_t *written)
{
    static const struct column columns[] = {{MESSAGE_SHOGAI_ITEM_OCCURRED, "occurred", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_CONTENT, "content", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_IMPACT, "impact", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_RECOVER_BY, "recover_by", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_RESPONSE, "response", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_PREVENTION, "prevention", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_DETECTION, "detection", CELL_TEXT},
        {MESSAGE_SHOGAI_ITEM_GUESS, "guess", CELL_TEXT},
        {MESSAGE_HEAD_PRIORITY, "priority", CELL_TEXT},
        {MESSAGE_HEAD_ASSIGNEE, "assignee", CELL_TEXT},
        {MESSAGE_HEAD_RESOLVE_BY, "resolve_by", CELL_TEXT},
        {MESSAGE_HEAD_ISSUE_STATUS, "status", CELL_TEXT}, {0}};

    ctl_say(c, MESSAGE_TITLE_WRITTEN, NULL, NULL, NULL);
    print_members(c, written, columns);
}

static void show_notes(const struct ctl *c, const json_t *notes)
{
    static const struct column columns[] = {{MESSAGE_HEAD_AT, "at", CELL_TIME},
        {MESSAGE_HEAD_WHO, "who", CELL_TEXT}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT}, {0}};

    ctl_say(c, MESSAGE_TITLE_NOTES, NULL, NULL, NULL);
    print_rows(c, notes, columns, MESSAGE_NONE_NOTES);
}

static void show_timeline(const struct ctl *c, json_t *timeline)
{
    static const struct column columns[] = {{MESSAGE_HEAD_AT, "at", CELL_TIME},
        {MESSAGE_HEAD_KIND, "kind_text", CELL_TEXT}, {MESSAGE_HEAD_WHAT, "what_text", CELL_TEXT},
        {MESSAGE_HEAD_WHO, "who", CELL_TEXT}, {MESSAGE_HEAD_TEXT, "text", CELL_TEXT}, {0}};
    json_t *entry;
    size_t i;

    json_array_foreach (timeline, i, entry) {
        set_word(c, entry, "kind", "kind_text");
        set_word(c, entry, "what", "what_text");
    }
    ctl_say(c, MESSAGE_TITLE_TIMELINE, NULL, NULL, NULL);
    print_rows(c, timeline, columns, MESSAGE_NONE_NOTICES);
}

int show_incident(struct ctl *c, json_t *result)
{
    show_one_incident(c, result);
    show_written(c, json_object_get(result, "written"));
    show_notes(c, json_object_get(result, "notes"));
    show_notices(c, json_object_get(result, "notices"));
    show_timeline(c, json_object_get(result, "timeline"));
    return CTL_DONE;
}

int show_opened(struct ctl *c, json_t *result)
{
    char id[24];
    snprintf(id, sizeof id, "%lld", json_integer_value(json_object_get(result, "id")));
    ctl_say(c, MESSAGE_CTL_OPENED, id, NULL, NULL);
    return CTL_DONE;
}

/* A document, not a table: its lines were made visible when it was written. */
int show_report(struct ctl *c, json_t *result)
{
    const char *name = c->language == LANGUAGE_JA ? "text_ja" : "text";
    const char *text = json_string_value(json_object_get(result, name));
    fputs(text != NULL ? text : "", stdout);
    return CTL_DONE;
}

int run_incident_report(struct ctl *c)
{
    const char *format = ctl_value(c, "format");
    if (format != NULL && strcmp(format, "json") == 0)
        c->json = true;
    else if (format != NULL && strcmp(format, "text") != 0)
        return ctl_fail(c, CTL_USAGE, MESSAGE_CTL_FORMAT, format, NULL);
    return ctl_ask(c);
}

/* What no table says: that nobody is told, for instance. */
static void show_remarks(const struct ctl *c, const json_t *remarks)
{
    const json_t *remark;
    size_t i;

    json_array_foreach (remarks, i, remark) {
        const char *text = json_string_value(
            json_object_get(remark, c->language == LANGUAGE_JA ? "text_ja" : "text"));
        printf("\n%s\n", text != NULL ? text : "");
    }
}

int show_explained(struct ctl *c, json_t *result)
{
    const char *why = c->language == LANGUAGE_JA ? "why_ja" : "why";
    const struct column follows[] = {{MESSAGE_HEAD_ROUTE, "route", CELL_TEXT},
        {MESSAGE_HEAD_STEP, "step", CELL_WORD}, {MESSAGE_HEAD_PHASE, "phase", CELL_WORD},
        {MESSAGE_HEAD_TOLD, "told", CELL_NUMBER}, {MESSAGE_HEAD_DUE, "due_at", CELL_TIME},
        {MESSAGE_HEAD_WHY, why, CELL_TEXT}, {0}};
    const struct column routes[] = {{MESSAGE_HEAD_ROUTE, "route", CELL_TEXT},
        {MESSAGE_HEAD_TO, "to_text", CELL_TEXT}, {MESSAGE_HEAD_MATCHED, "matched", CELL_WORD},
        {MESSAGE_HEAD_WHY, why, CELL_TEXT}, {0}};
    json_t *route;
    const json_t *name;
    size_t i;
    size_t j;

    show_one_incident(c, json_object_get(result, "incident"));
    show_notices(c, json_object_get(result, "notices"));
    json_array_foreach (json_object_get(result, "routes"), i, route) {
        struct text to = {0};
        json_array_foreach (json_object_get(route, "to"), j, name) {
            text_add(&to, j == 0 ? "" : ", ");
            text_add(&to, json_string_value(name));
        }
        json_object_set_new(route, "to_text", json_string(text_get(&to)));
        text_deinit(&to);
    }
    ctl_say(c, MESSAGE_TITLE_ROUTES, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "routes"), routes, MESSAGE_NONE_ROUTES);
    ctl_say(c, MESSAGE_TITLE_FOLLOWS, NULL, NULL, NULL);
    print_rows(c, json_object_get(result, "follows"), follows, MESSAGE_NONE_FOLLOWS);
    show_remarks(c, json_object_get(result, "remarks"));
    return CTL_DONE;
}
