/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/redact_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { HASH_DIGITS = 64, UUID_BYTES = 36 };

static bool is_hash_or_uuid(const char *text)
{
    size_t length = strlen(text), digits = strspn(text, "0123456789abcdef");
    if (length == HASH_DIGITS && digits == length)
        return true;
    if (length != UUID_BYTES || strspn(text, "0123456789abcdef-") != length)
        return false;
    return digits == 8 && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

static enum redact_source source_of_kind(const char *kind)
{
    static const char *const of_people[] = {"command", "config", "notice"};
    for (size_t i = 0; kind != NULL && i < sizeof of_people / sizeof of_people[0]; i++)
        if (strcmp(kind, of_people[i]) == 0)
            return REDACT_PERSON;
    return REDACT_RECORD;
}

static enum redact_source source_of_member(const char *name, enum redact_source of_all)
{
    static const char *const of_people[] = {
        "written", "called_text", "closed_reason", "false_reason"};
    for (size_t i = 0; i < sizeof of_people / sizeof of_people[0]; i++)
        if (strcmp(name, of_people[i]) == 0)
            return REDACT_PERSON;
    return of_all;
}

static bool redact_string(
    const struct redact_settings *r, enum redact_source source, json_t *string)
{
    const char *text = json_string_value(string);
    if (is_hash_or_uuid(text))
        return false;
    char *shown = redact_text(r, source, text);
    bool is_changed = strcmp(shown, text) != 0;
    if (is_changed)
        json_string_set(string, shown);
    free(shown);
    return is_changed;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Against a limit, which a field of a record has not. */
static bool is_measured(const json_t *object)
{
    const char *threshold = text_of(object, "threshold");
    return threshold != NULL && threshold[0] != '\0';
}

/* The members of an event's incident that were taken out of its text. */
static bool redact_taken(const struct redact_settings *r, json_t *object)
{
    static const char *const names[] = {"value", "key"};
    bool is_changed = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = text_of(object, names[i]);
        if (value == NULL || text_of(object, "threshold") == NULL || is_measured(object))
            continue;
        char *shown = redact_fields(r, text_of(object, "text"), value);
        is_changed |= strcmp(shown, value) != 0;
        json_string_set(json_object_get(object, names[i]), shown);
        free(shown);
    }
    return is_changed;
}

bool redact_json(const struct redact_settings *r, enum redact_source source, json_t *value)
{
    bool is_changed = redact_taken(r, value);
    const char *name;
    json_t *member;
    size_t i;
    json_object_foreach (value, name, member)
        if (strcmp(name, "value") != 0 || !is_measured(value))
            is_changed |= redact_json(r, source_of_member(name, source), member);
    json_array_foreach (value, i, member)
        is_changed |= redact_json(r, source, member);
    return json_is_string(value) ? redact_string(r, source, value) : is_changed;
}

void redact_row(const struct redact_settings *r, json_t *line)
{
    const char *kind = json_string_value(json_object_get(line, "kind"));
    bool is_changed = false;
    json_t *const parts[] = {json_object_get(line, "body"), json_object_get(line, "raw")};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] != NULL)
            is_changed |= redact_json(r, source_of_kind(kind), parts[i]);
    if (is_changed)
        json_object_set_new(line, "redacted", json_true());
}
