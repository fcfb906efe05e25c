/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/story.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "main/view.h"

struct entry {
    wall_ms at;
    size_t number; /* of adding */
    json_t *o;
};

struct story {
    const struct zone *zone;
    struct entry *entries;
    size_t count;
};

struct story *story_new(const struct zone *zone)
{
    struct story *s = alloc(sizeof *s);
    s->zone = zone;
    return s;
}

void story_add(struct story *s, wall_ms at, const char *kind, const char *what, const char *who,
    const char *text)
{
    s->entries = alloc_resize(s->entries, s->count + 1, sizeof *s->entries);
    s->entries[s->count] = (struct entry){at, s->count,
        json_pack("{s:o,s:s,s:s,s:s,s:s}", "at", view_time(at, s->zone), "kind", kind, "what", what,
            "who", who != NULL ? who : "", "text", text != NULL ? text : "")};
    s->count++;
}

void story_add_incident(struct story *s, const struct incident *i)
{
    const struct {
        struct moment at;
        const char *what, *who, *text;
    } moments[] = {
        {i->called_at, "called", "", i->called_text},
        {i->failed_at, "failed", "", ""},
        {i->detected_at, "detected", "", i->text},
        {i->notified_at, "notified", "", ""},
        {i->acknowledged_at, "acknowledged", i->acknowledged_by, ""},
        {i->reported_at, "reported", "", ""},
        {i->recovered_at, "recovered", "", ""},
        {i->cleared_at, "cleared", i->closed_by, i->closed_reason},
    };
    for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++)
        if (moments[m].at.wall != 0)
            story_add(s, moments[m].at.wall, "transition", moments[m].what, moments[m].who,
                moments[m].text);
}

static const char *text_of(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

void story_add_notices(struct story *s, const json_t *notices)
{
    const json_t *notice, *delivery;
    size_t i, j;
    wall_ms at;
    json_array_foreach (notices, i, notice) {
        if (text_parse_time(text_of(notice, "at"), &at))
            story_add(s, at, "notice", text_of(notice, "kind"), "", text_of(notice, "text"));
        json_array_foreach (json_object_get(notice, "deliveries"), j, delivery) {
            const char *when = text_of(delivery, "at");
            if (when != NULL && text_parse_time(when, &at))
                story_add(s, at, "receipt", text_of(delivery, "result"),
                    text_of(delivery, "destination"), text_of(delivery, "text"));
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

json_t *story_take(struct story *s)
{
    json_t *list = json_array();
    if (s->count > 1)
        qsort(s->entries, s->count, sizeof *s->entries, by_time);
    size_t from = s->count > STORY_MAX ? s->count - STORY_MAX : 0;
    for (size_t i = 0; i < from; i++)
        json_decref(s->entries[i].o);
    for (size_t i = from; i < s->count; i++)
        json_array_append_new(list, s->entries[i].o);
    free(s->entries);
    free(s);
    return list;
}
