/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/log_found.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { CHECK_MS = 100, FLUSH_MS = 100 };
/* Checks in a row after which what is left is not going to be read: behind an end mark. */
enum { IDLE_CHECKS_MAX = 20 };

void log_found_init(struct log_found *f, bool gather)
{
    *f = (struct log_found){
        .events = gather ? json_array() : NULL, .counts = json_object(), .unread = -1};
}

void log_found_deinit(struct log_found *f)
{
    json_decref(f->events);
    json_decref(f->counts);
    free(f->blind);
    *f = (struct log_found){0};
}

json_t *log_found_open_line(json_t *options, const char *subject, int64_t deadline_ms,
    const char *language, const char *path)
{
    struct text pattern = {0};
    static const char *const dropped[] = {"pair", "command", "record_key", "announced_in"};

    for (const char *p = path; *p != '\0'; p++)
        text_addf(&pattern, *p == '%' ? "%%%c" : "%c", *p);
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        json_object_del(options, dropped[i]);
    json_object_set_new(options, "source", json_string("file"));
    json_object_set_new(options, "path", json_string(text_get(&pattern)));
    json_object_set_new(options, "start", json_string("begin"));
    json_object_set_new(options, "must_exist", json_true());
    json_object_set_new(options, "flush", json_integer(FLUSH_MS));
    text_deinit(&pattern);
    return json_pack("{s:s, s:i, s:I, s:s, s:o}", "subject", subject, "interval_ms", CHECK_MS,
        "deadline_ms", (json_int_t)deadline_ms, "language", language, "options", options);
}

static json_t *take_event(struct log_found *f, json_t *event)
{
    static const char *const of_the_wire[] = {"keep", "subject", "type", "kind"};
    const char *metric = json_string_value(json_object_get(event, "metric"));
    json_int_t before = json_integer_value(json_object_get(f->counts, metric));
    json_object_set_new(f->counts, metric, json_integer(before + 1));
    for (size_t i = 0; i < sizeof of_the_wire / sizeof of_the_wire[0]; i++)
        json_object_del(event, of_the_wire[i]);
    f->count++;
    f->idle = 0;
    if (f->events != NULL)
        json_array_append(f->events, event);
    return event;
}

static void take_unread(struct log_found *f, double unread)
{
    if (unread < f->unread || unread > f->unread)
        f->idle = 0;
    f->unread = unread;
    f->is_done = unread <= 0;
}

json_t *log_found_take(struct log_found *f, json_t *line)
{
    const char *type = json_string_value(json_object_get(line, "type"));
    const char *metric = json_string_value(json_object_get(line, "metric"));
    const char *kind = json_string_value(json_object_get(line, "kind"));
    if (type == NULL || strcmp(type, "reading") != 0 || metric == NULL || kind == NULL)
        return NULL;
    if (strcmp(kind, "event") == 0)
        return take_event(f, line);
    if (strcmp(kind, "blind") == 0) {
        const char *why = json_string_value(json_object_get(line, "text"));
        free(f->blind);
        f->blind = alloc_text(why != NULL ? why : "");
        f->is_done = true;
    } else if (strcmp(metric, "unread_bytes") == 0) {
        take_unread(f, json_number_value(json_object_get(line, "number")));
    } else if (strcmp(metric, "silent_s") == 0) {
        f->is_done |= ++f->idle > IDLE_CHECKS_MAX;
    }
    return NULL;
}

void log_found_show(const json_t *event, struct text *out)
{
    const char *name;
    const json_t *value;
    const json_t *fields = json_object_get(event, "fields");
    const char *offset = json_string_value(json_object_get(fields, "offset"));
    const char *text = json_string_value(json_object_get(event, "text"));

    text_addf(out, "%s  %s", offset != NULL ? offset : "-",
        json_string_value(json_object_get(event, "metric")));
    json_object_foreach ((json_t *)(uintptr_t)fields, name, value) {
        const char *shown = json_string_value(value);
        if (strcmp(name, "file") == 0 || strcmp(name, "offset") == 0 || shown == NULL)
            continue;
        text_addf(out, "  %s=", name);
        text_add_visible(out, shown, strlen(shown));
    }
    text_add(out, "\n    ");
    if (text != NULL)
        text_add_visible(out, text, strlen(text));
}

void log_found_summary(const struct log_found *f, struct text *out)
{
    const char *metric;
    const json_t *count;
    json_object_foreach (f->counts, metric, count)
        text_addf(out, "%s%s %lld", out->length > 0 ? ", " : "", metric,
            (long long)json_integer_value(count));
}
