/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "main/verbs.h"
#include "main/view.h"
#include "model/move.h"
#include "notify/shogai.h"

/* What is shown of one incident stays well below what may wait towards a client. */
enum { INCIDENTS_MAX = 1000, NOTES_MAX = 100, STORY_TEXT_BYTES_MAX = 300 };

struct incident_search {
    struct daemon *daemon;
    const char *service, *subject; /* NULL: any */
    json_t *list;                  /* oldest first */
};

static void add_matching(void *arg, const struct incident *i)
{
    struct incident_search *s = arg;
    if ((s->service != NULL && !text_equal(s->service, i->service)) ||
        (s->subject != NULL && !text_equal(s->subject, i->of.subject)))
        return;
    json_array_append_new(s->list, view_incident(i, pipeline_zone(s->daemon->pipeline)));
}

void verb_incident_list(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident_search s = {.daemon = d,
        .service = command_arg(command, "service"),
        .subject = command_arg(command, "subject"),
        .list = json_array()};
    bool all = text_equal(command_arg(command, "all"), "true");
    record_each_incident(pipeline_record(d->pipeline), !all, add_matching, &s);

    json_t *newest = json_array();
    size_t count = json_array_size(s.list);
    for (size_t i = count; i > 0 && json_array_size(newest) < INCIDENTS_MAX; i--)
        json_array_append(newest, json_array_get(s.list, i - 1));
    json_decref(s.list);
    ret->result = json_pack("{s:o,s:b}", "incidents", newest, "truncated", count > INCIDENTS_MAX);
}

static json_t *view_delivery(const struct record_delivery *delivery, const struct zone *zone)
{
    bool waits = text_equal(delivery->result, "waiting");
    return json_pack("{s:s,s:s,s:I,s:o,s:o,s:s}", "destination", delivery->destination, "result",
        delivery->result, "attempts", (json_int_t)delivery->attempts, "at",
        waits ? json_null() : view_time(delivery->at, zone), "due_at",
        waits ? view_time(delivery->due, zone) : json_null(), "text",
        delivery->text != NULL ? delivery->text : "");
}

struct told {
    struct daemon *daemon;
    json_t *list;
    json_t *deliveries;
};

static void add_delivery(void *arg, const struct record_delivery *delivery)
{
    struct told *t = arg;
    json_array_append_new(
        t->deliveries, view_delivery(delivery, pipeline_zone(t->daemon->pipeline)));
}

static void add_notice(void *arg, const struct notice *notice)
{
    struct told *t = arg;
    t->deliveries = json_array();
    record_each_delivery(pipeline_record(t->daemon->pipeline), notice->sequence, add_delivery, t);
    json_t *o = view_notice(notice, pipeline_zone(t->daemon->pipeline));
    json_object_set_new(o, "deliveries", t->deliveries);
    json_array_append_new(t->list, o);
}

json_t *verb_notices(struct daemon *d, uint64_t incident)
{
    struct told t = {.daemon = d, .list = json_array()};
    record_each_notice_of(pipeline_record(d->pipeline), incident, add_notice, &t);
    return t.list;
}

bool verb_find_incident(struct daemon *d, const struct command *command, const char *name,
    struct incident *ret_incident, struct control_answer *ret)
{
    uint64_t id;
    if (!verb_number(command, name, 0, &id) || id == 0) {
        verb_fail(ret, "bad_request", MESSAGE_VERB_ARGUMENT, name, NULL);
        return false;
    }
    if (record_incident_get(pipeline_record(d->pipeline), id, ret_incident) != 0) {
        verb_fail(ret, "not_found", MESSAGE_VERB_NO_INCIDENT, command_arg(command, name), NULL);
        return false;
    }
    return true;
}

/* ---- what people did ----------------------------------------------------------------------- */

struct human {
    json_t *notes; /* {"at" (milliseconds),"who","text"} */
    struct story *story;
};

static const char *text_of(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text != NULL ? text : "";
}

/* What a command said, for people: its free text, or the names of what it edited. */
static void add_words(struct text *t, const json_t *args)
{
    static const char *const free_texts[] = {"text", "note", "reason", "false"};
    const char *name;
    json_t *value;
    for (size_t i = 0; i < sizeof free_texts / sizeof free_texts[0]; i++)
        if (text_of(args, free_texts[i])[0] != '\0') {
            text_add(t, text_of(args, free_texts[i]));
            return;
        }
    json_object_foreach ((json_t *)(uintptr_t)args, name, value)
        if (written_is_name(name))
            text_addf(t, "%s%s", t->length > 0 ? " " : "", name);
}

/* A remark of incident.note or incident.ack; NULL: none. */
static const char *remark_of(const json_t *body, const json_t *args)
{
    const char *verb = text_of(body, "do");
    const char *text = text_equal(verb, "incident.note")  ? text_of(args, "text")
                       : text_equal(verb, "incident.ack") ? text_of(args, "note")
                                                          : "";
    return json_is_true(json_object_get(body, "done")) && text[0] != '\0' ? text : NULL;
}

static void add_command(void *arg, struct moment at, const json_t *body)
{
    struct human *h = arg;
    const json_t *args = json_object_get(body, "args");
    const char *remark = remark_of(body, args);
    struct text words = {0};
    if (remark != NULL)
        json_array_append_new(h->notes, json_pack("{s:I,s:s,s:s}", "at", (json_int_t)at.wall, "who",
                                            text_of(body, "who"), "text", remark));
    if (json_array_size(h->notes) > NOTES_MAX)
        json_array_remove(h->notes, 0);
    add_words(&words, args);
    if (words.length > STORY_TEXT_BYTES_MAX)
        words.bytes[text_utf8_cut(words.bytes, words.length, STORY_TEXT_BYTES_MAX)] = '\0';
    story_add(h->story, at.wall,
        json_is_true(json_object_get(body, "done")) ? "command" : "refused", text_of(body, "do"),
        text_of(body, "who"), text_get(&words));
    text_deinit(&words);
}

static void read_human(struct daemon *d, uint64_t incident, struct human *ret)
{
    ret->notes = json_array();
    record_each_command(pipeline_record(d->pipeline), incident, add_command, ret);
}

/* ---- incident.show ------------------------------------------------------------------------- */

/* When the first report was due; 0: none is owed. */
static wall_ms report_due(const struct daemon *d, const struct incident *i)
{
    const struct service_settings *s =
        i->service != NULL ? settings_service(d->settings, i->service) : NULL;
    bool is_owed = s != NULL && !s->test && s->sla.notification > 0 &&
                   i->severity == SEVERITY_CRITICAL &&
                   (i->flags & (INCIDENT_FALSE | INCIDENT_OWN | INCIDENT_BLIND)) == 0;
    return is_owed ? incident_start(i).wall + s->sla.notification : 0;
}

static json_t *view_written(const struct incident *i)
{
    json_t *o = json_object();
    for (size_t n = 0; written_names[n] != NULL; n++) {
        const char *text = incident_written(i, written_names[n]);
        json_object_set_new(o, written_names[n], json_string(text != NULL ? text : ""));
    }
    return o;
}

static json_t *view_notes(const json_t *notes, const struct zone *zone)
{
    json_t *list = json_deep_copy(notes);
    json_t *note;
    size_t n;
    json_array_foreach (list, n, note)
        json_object_set_new(
            note, "at", view_time(json_integer_value(json_object_get(note, "at")), zone));
    return list;
}

void verb_incident_show(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    const struct zone *zone = pipeline_zone(d->pipeline);
    struct incident incident = {0};
    struct human human = {0};
    if (!verb_find_incident(d, command, "id", &incident, ret))
        return;
    human.story = story_new(zone);
    story_add_incident(human.story, &incident);
    read_human(d, incident.id, &human);
    json_t *notices = verb_notices(d, incident.id);
    story_add_notices(human.story, notices);

    ret->result = view_incident(&incident, zone);
    json_object_set_new(ret->result, "report_due_at", view_time(report_due(d, &incident), zone));
    json_object_set_new(ret->result, "written", view_written(&incident));
    json_object_set_new(ret->result, "notes", view_notes(human.notes, zone));
    json_object_set_new(ret->result, "notices", notices);
    json_object_set_new(ret->result, "timeline", story_take(human.story));
    json_decref(human.notes);
    incident_deinit(&incident);
}

/* ---- incident.report ----------------------------------------------------------------------- */

static json_t *draft(const struct shogai *s)
{
    json_t *o = shogai_json(s);
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_JA; language++) {
        struct text t = {0};
        shogai_text(s, language, &t);
        json_object_set_new(
            o, language == LANGUAGE_JA ? "text_ja" : "text", json_string(text_get(&t)));
        text_deinit(&t);
    }
    return o;
}

void verb_incident_report(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident incident = {0};
    struct human human = {0};
    const char *form = command_arg(command, "form");
    if (form != NULL && !text_equal(form, "shogai")) {
        verb_fail(ret, "bad_request", MESSAGE_INCIDENT_FORM, form, NULL);
        return;
    }
    if (!verb_find_incident(d, command, "id", &incident, ret))
        return;
    human.story = story_new(pipeline_zone(d->pipeline));
    read_human(d, incident.id, &human);
    size_t count = json_array_size(human.notes);
    struct shogai_note *notes = alloc_array(count, sizeof *notes);
    for (size_t n = 0; n < count; n++) {
        const json_t *note = json_array_get(human.notes, n);
        notes[n] = (struct shogai_note){json_integer_value(json_object_get(note, "at")),
            text_of(note, "who"), text_of(note, "text")};
    }
    struct shogai s = {.incident = &incident,
        .notes = notes,
        .note_count = count,
        .host = d->settings->agent.host,
        .zone = pipeline_zone(d->pipeline),
        .redact = &d->settings->agent.redact,
        .now = clock_wall(),
        .is_interim = text_equal(command_arg(command, "interim"), "true")};
    ret->result = draft(&s);
    free(notes);
    json_decref(human.notes);
    json_decref(story_take(human.story));
    incident_deinit(&incident);
}

/* ---- changes ------------------------------------------------------------------------------- */

/* The row is committed before the answer claims it. */
bool verb_commit(struct daemon *d, struct control_answer *ret)
{
    if (pipeline_commit(d->pipeline, clock_now()) == 0)
        return true;
    verb_fail(ret, "unavailable", MESSAGE_VERB_LEDGER, NULL, NULL);
    return false;
}

void verb_incident_change(void *ctx, const struct command *command, struct control_answer *ret)
{
    struct daemon *d = ctx;
    struct incident incident = {0};
    int r = pipeline_command(d->pipeline, command, clock_now());
    uint64_t id = pipeline_command_incident(d->pipeline);
    if (r != 0)
        verb_refused(d, r, ret);
    if (verb_commit(d, ret) && r == 0 &&
        record_incident_get(pipeline_record(d->pipeline), id, &incident) == 0)
        ret->result = view_incident(&incident, pipeline_zone(d->pipeline));
    incident_deinit(&incident);
}
