/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "wire/wire.h"

void wire_open(struct text *t)
{
    text_add_char(t, '{');
}

/* The name of a member of ours: nothing in it has to be escaped. */
static void add_name(struct text *t, const char *name)
{
    if (t->bytes[t->length - 1] != '{')
        text_add_char(t, ',');
    text_add_char(t, '"');
    text_add(t, name);
    text_add_bytes(t, "\":", 2);
}

static void add_string(struct text *t, const char *text)
{
    const char *string = text == NULL ? "" : text;
    wire_add_quoted(t, string, strlen(string));
}

void wire_add_text(struct text *t, const char *name, const char *text)
{
    add_name(t, name);
    add_string(t, text);
}

void wire_add_int(struct text *t, const char *name, int64_t number)
{
    add_name(t, name);
    text_add_int(t, number);
}

void wire_add_id(struct text *t, const char *name, uint64_t id)
{
    add_name(t, name);
    text_add_char(t, '"');
    text_add_uint(t, id);
    text_add_char(t, '"');
}

void wire_add_moment(struct text *t, const char *name, struct moment m)
{
    if (m.wall == 0 && m.boot == 0) {
        wire_add_json(t, name, "null");
        return;
    }
    add_name(t, name);
    wire_open(t);
    wire_add_int(t, "wall", m.wall);
    wire_add_int(t, "boot", m.boot);
    wire_close(t);
}

void wire_add_texts(struct text *t, const char *name, const char *const *texts, size_t count)
{
    add_name(t, name);
    text_add_char(t, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_add_char(t, ',');
        add_string(t, texts[i]);
    }
    text_add_char(t, ']');
}

void wire_add_json(struct text *t, const char *name, const char *json)
{
    add_name(t, name);
    text_add(t, json);
}

void wire_close(struct text *t)
{
    text_add_char(t, '}');
}
