/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/shogai.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { NUMBER_BYTES = 24 };

/* What one item's facts are written with: one line each. */
struct sheet {
    const struct shogai *s;
    const struct incident *i;
    enum language language;
    json_t *lines;
};

static bool has_words(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static const char *number_text(char ret[NUMBER_BYTES], int64_t number)
{
    snprintf(ret, NUMBER_BYTES, "%" PRId64, number);
    return ret;
}

/* "2026-04-15 09:20:00" of the site's zone. */
static const char *time_text(const struct shogai *s, wall_ms when, char ret[TEXT_TIME_BYTES])
{
    text_time(ret, when, zone_offset(s->zone, when), false);
    ret[10] = ' ';
    ret[19] = '\0';
    return ret;
}

/* One line; what came from outside, and is redacted by now, is made visible. */
static void put(struct sheet *sheet, struct text *line)
{
    struct text clean = {0};
    text_add_visible(&clean, text_get(line), line->length);
    text_deinit(line);
    json_array_append_new(sheet->lines, json_string(text_get(&clean)));
    text_deinit(&clean);
}

static void say(struct sheet *sheet, enum message id, const char *a, const char *b, const char *c,
    const char *d)
{
    struct text line = {0};
    message_add(&line, sheet->language, id, a, b, c, d);
    put(sheet, &line);
}

/* With what two people said, or who they are. */
static void say_time(
    struct sheet *sheet, enum message id, struct moment when, const char *a, const char *b)
{
    char time[TEXT_TIME_BYTES];
    struct text first = {0}, second = {0};
    if (when.wall == 0)
        return;
    redact_add(&first, sheet->s->redact, REDACT_PERSON, a);
    redact_add(&second, sheet->s->redact, REDACT_PERSON, b);
    say(sheet, id, time_text(sheet->s, when.wall, time), text_get(&first), text_get(&second), NULL);
    text_deinit(&first);
    text_deinit(&second);
}

/* ---- facts, item by item ------------------------------------------------------------------- */

static void put_occurred(struct sheet *sheet)
{
    say_time(sheet, MESSAGE_SHOGAI_FAILED, sheet->i->failed_at, NULL, NULL);
    say_time(sheet, MESSAGE_SHOGAI_CALLED, sheet->i->called_at, sheet->i->called_text, NULL);
}

static void put_content(struct sheet *sheet)
{
    const struct incident *i = sheet->i;
    const struct redact_settings *redact = sheet->s->redact;
    char count[NUMBER_BYTES];
    struct text name = {0}, words = {0};
    text_add(&name, i->of.subject != NULL ? i->of.subject : "");
    if (has_words(i->of.instance)) {
        text_add(&name, " (");
        redact_add(&name, redact, REDACT_RECORD, i->of.instance);
        text_add_char(&name, ')');
    }
    redact_add(&words, redact, REDACT_RECORD, i->text);
    if (i->detected_at.wall == 0)
        say(sheet, MESSAGE_SHOGAI_NOT_DETECTED, NULL, NULL, NULL, NULL);
    else if (has_words(i->threshold))
        say(sheet, MESSAGE_SHOGAI_LIMIT, text_get(&name), i->of.metric, i->value, i->threshold);
    else if ((i->flags & INCIDENT_BLIND) != 0)
        say(sheet, MESSAGE_SHOGAI_BLIND, text_get(&name), NULL, NULL, NULL);
    else
        say(sheet, MESSAGE_SHOGAI_EVENT, text_get(&name), i->of.metric,
            number_text(count, i->count), NULL);
    if (i->detected_at.wall != 0 && has_words(i->text))
        say(sheet, MESSAGE_SHOGAI_WORDS, text_get(&words), NULL, NULL, NULL);
    text_deinit(&words);
    text_deinit(&name);
}

static void put_impact(struct sheet *sheet)
{
    const struct incident *i = sheet->i;
    char lasted[NUMBER_BYTES];
    struct moment from = i->failed_at.wall != 0 ? i->failed_at : i->called_at;
    if (has_words(i->service))
        say(sheet, MESSAGE_SHOGAI_SERVICE, i->service, NULL, NULL, NULL);
    if (i->recovered_at.wall == 0) {
        say(sheet, MESSAGE_SHOGAI_GOES_ON, NULL, NULL, NULL, NULL);
        return;
    }
    int64_t bad = (i->recovered_at.boot - from.boot) / 1000;
    snprintf(lasted, sizeof lasted, "%" PRId64 ":%02d:%02d", bad / 3600, (int)(bad / 60 % 60),
        (int)(bad % 60));
    say(sheet, MESSAGE_SHOGAI_LASTED, lasted, NULL, NULL, NULL);
}

static void put_response(struct sheet *sheet)
{
    const struct incident *i = sheet->i;
    bool is_confirmed = (i->flags & INCIDENT_UNCONFIRMED) == 0;
    say_time(sheet, is_confirmed ? MESSAGE_SHOGAI_NOTIFIED : MESSAGE_SHOGAI_SENT, i->notified_at,
        NULL, NULL);
    say_time(sheet, MESSAGE_SHOGAI_TAKEN, i->acknowledged_at, i->acknowledged_by, NULL);
    say_time(sheet, MESSAGE_SHOGAI_REPORTED, i->reported_at, NULL, NULL);
    for (size_t n = 0; n < sheet->s->note_count; n++) {
        const struct shogai_note *note = &sheet->s->notes[n];
        struct moment at = {note->at, 0};
        say_time(sheet, MESSAGE_SHOGAI_NOTE, at, note->who, note->text);
    }
    say_time(sheet, MESSAGE_SHOGAI_RECOVERED, i->recovered_at, NULL, NULL);
    if (has_words(i->closed_reason))
        say_time(sheet, MESSAGE_SHOGAI_CLOSED, i->cleared_at, i->closed_by, i->closed_reason);
    struct text reason = {0};
    redact_add(&reason, sheet->s->redact, REDACT_PERSON, i->false_reason);
    if ((i->flags & INCIDENT_FALSE) != 0)
        say(sheet, MESSAGE_SHOGAI_FALSE, text_get(&reason), i->false_approved_by, NULL, NULL);
    text_deinit(&reason);
}

static void put_prevention(struct sheet *sheet)
{
    char times[NUMBER_BYTES], of[NUMBER_BYTES];
    if (sheet->i->recurrence != 0)
        say(sheet, MESSAGE_SHOGAI_RECURRENCE, number_text(times, sheet->i->recurrence),
            number_text(of, (int64_t)sheet->i->recurrence_of), NULL, NULL);
}

static void put_detection(struct sheet *sheet)
{
    const struct incident *i = sheet->i;
    if ((i->flags & INCIDENT_CITY) != 0)
        say(sheet, MESSAGE_SHOGAI_BY_CITY, NULL, NULL, NULL, NULL);
    say_time(sheet, MESSAGE_SHOGAI_DETECTED, i->detected_at, NULL, NULL);
    if ((i->flags & INCIDENT_LATE_DETECTION) != 0)
        say(sheet, MESSAGE_SHOGAI_LATE, NULL, NULL, NULL, NULL);
}

static const struct {
    const char *name; /* of model/move.h */
    enum message label;
    void (*facts)(struct sheet *sheet); /* NULL: there are none */
} items[] = {
    {"occurred", MESSAGE_SHOGAI_ITEM_OCCURRED, put_occurred},
    {"content", MESSAGE_SHOGAI_ITEM_CONTENT, put_content},
    {"impact", MESSAGE_SHOGAI_ITEM_IMPACT, put_impact},
    {"recover_by", MESSAGE_SHOGAI_ITEM_RECOVER_BY, NULL},
    {"response", MESSAGE_SHOGAI_ITEM_RESPONSE, put_response},
    {"prevention", MESSAGE_SHOGAI_ITEM_PREVENTION, put_prevention},
    {"detection", MESSAGE_SHOGAI_ITEM_DETECTION, put_detection},
    {"guess", MESSAGE_SHOGAI_ITEM_GUESS, NULL},
};
enum { ITEMS = sizeof items / sizeof items[0] };

static bool is_shown(const struct shogai *s, size_t item)
{
    return !s->is_interim || strcmp(items[item].name, "prevention") != 0;
}

static json_t *facts_of(const struct shogai *s, size_t item, enum language language)
{
    struct sheet sheet = {s, s->incident, language, json_array()};
    if (items[item].facts != NULL)
        items[item].facts(&sheet);
    return sheet.lines;
}

/* What a person wrote, as it may leave; the caller frees. */
static char *written_of(const struct shogai *s, size_t item)
{
    return redact_text(s->redact, REDACT_PERSON, incident_written(s->incident, items[item].name));
}

/* ---- the whole ----------------------------------------------------------------------------- */

json_t *shogai_json(const struct shogai *s)
{
    json_t *list = json_array();
    for (size_t n = 0; n < ITEMS; n++) {
        if (!is_shown(s, n))
            continue;
        char *written = written_of(s, n);
        json_array_append_new(list,
            json_pack("{s:s,s:s,s:s,s:o,s:o,s:s}", "name", items[n].name, "label",
                message_raw(items[n].label, LANGUAGE_EN), "label_ja",
                message_raw(items[n].label, LANGUAGE_JA), "facts", facts_of(s, n, LANGUAGE_EN),
                "facts_ja", facts_of(s, n, LANGUAGE_JA), "written", written));
        free(written);
    }
    return json_pack("{s:s,s:b,s:I,s:o}", "form", "shogai", "interim", s->is_interim, "incident",
        (json_int_t)s->incident->id, "items", list);
}

static void add_line(struct text *t, enum language language, enum message id, const char *a)
{
    message_add(t, language, id, a);
    text_add_char(t, '\n');
}

static void add_head(const struct shogai *s, enum language language, struct text *t)
{
    char time[TEXT_TIME_BYTES], number[NUMBER_BYTES];
    struct text id = {0};
    add_line(
        t, language, s->is_interim ? MESSAGE_SHOGAI_TITLE_INTERIM : MESSAGE_SHOGAI_TITLE, NULL);
    text_addf(&id, "%s-%s", s->host, number_text(number, (int64_t)s->incident->id));
    add_line(t, language, MESSAGE_SHOGAI_NUMBER, text_get(&id));
    add_line(t, language, MESSAGE_SHOGAI_WRITTEN_AT, time_text(s, s->now, time));
    text_deinit(&id);
}

/* The lines of what a person wrote, each indented. */
static void add_written(struct text *t, enum language language, const char *written)
{
    struct text visible = {0};
    if (!has_words(written)) {
        add_line(t, language, MESSAGE_SHOGAI_BLANK, NULL);
        return;
    }
    for (const char *at = written; at != NULL;) {
        const char *feed = strchr(at, '\n');
        size_t length = feed != NULL ? (size_t)(feed - at) : strlen(at);
        text_clear(&visible);
        text_add_visible(&visible, at, length);
        add_line(t, language, MESSAGE_SHOGAI_WRITTEN, text_get(&visible));
        at = feed != NULL ? feed + 1 : NULL;
    }
    text_deinit(&visible);
}

void shogai_text(const struct shogai *s, enum language language, struct text *ret)
{
    int shown = 0;
    add_head(s, language, ret);
    for (size_t n = 0; n < ITEMS; n++) {
        if (!is_shown(s, n))
            continue;
        json_t *facts = facts_of(s, n, language);
        const json_t *line;
        size_t i;
        text_addf(ret, "\n%d. %s\n", ++shown, message_raw(items[n].label, language));
        json_array_foreach (facts, i, line)
            add_line(ret, language, MESSAGE_SHOGAI_FACT, json_string_value(line));
        char *written = written_of(s, n);
        add_written(ret, language, written);
        free(written);
        json_decref(facts);
    }
}
