/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/diff.h"

#include <string.h>

#include "base/text.h"

enum { TEXT_BYTES_MAX = 512, CHANGES_BYTES_MAX = 32 * 1024 };

/* jansson has no iteration over constant objects. */
static json_t *variable(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

/* What an entry of a list is called; false: nothing. */
static bool add_called(struct text *t, const json_t *entry)
{
    static const char *const names[] = {"id", "name", "subject", "metric"};
    const char *instance = json_string_value(json_object_get(entry, "instance"));

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *called = json_string_value(json_object_get(entry, names[i]));
        if (called == NULL)
            continue;
        text_add(t, called);
        if (instance != NULL && instance[0] != '\0')
            text_addf(t, "/%s", instance);
        return true;
    }
    return false;
}

/* "[engine]", or its place in a list of @seen where it has no name, or not for itself alone. */
static void add_entry(struct text *path, json_t *seen, const json_t *entry, size_t place)
{
    struct text called = {0};

    if (add_called(&called, entry) && json_object_get(seen, text_get(&called)) == NULL) {
        json_object_set_new(seen, text_get(&called), json_true());
        text_addf(path, "[%s]", text_get(&called));
    } else {
        text_addf(path, "[%zu]", place);
    }
    text_deinit(&called);
}

static void flatten(json_t *flat, const char *path, const json_t *value);

static void flatten_object(json_t *flat, const char *path, const json_t *object)
{
    const char *name;
    json_t *member;

    json_object_foreach (variable(object), name, member) {
        struct text t = {0};
        text_addf(&t, "%s%s%s", path, path[0] == '\0' ? "" : ".", name);
        flatten(flat, text_get(&t), member);
        text_deinit(&t);
    }
}

static void flatten_array(json_t *flat, const char *path, const json_t *array)
{
    json_t *seen = json_object();
    const json_t *entry;
    size_t i;

    json_array_foreach (array, i, entry) {
        struct text t = {0};
        text_add(&t, path);
        add_entry(&t, seen, entry, i);
        flatten(flat, text_get(&t), entry);
        text_deinit(&t);
    }
    json_decref(seen);
}

/* "watch[engine].interval_s" -> value. */
static void flatten(json_t *flat, const char *path, const json_t *value)
{
    if (json_is_object(value))
        flatten_object(flat, path, value);
    else if (json_is_array(value))
        flatten_array(flat, path, value);
    else
        json_object_set(flat, path, variable(value));
}

static void add_change(json_t *changes, const char *path, json_t *before, json_t *after)
{
    json_array_append_new(
        changes, json_pack("{s:s, s:O?, s:O?}", "path", path, "before", before, "after", after));
}

json_t *diff_json(const json_t *before, const json_t *after)
{
    json_t *old = json_object();
    json_t *fresh = json_object();
    json_t *changes = json_array();
    const char *path;
    json_t *value;

    flatten(old, "", before);
    flatten(fresh, "", after);
    json_object_foreach (old, path, value)
        if (!json_equal(value, json_object_get(fresh, path)))
            add_change(changes, path, value, json_object_get(fresh, path));
    json_object_foreach (fresh, path, value)
        if (json_object_get(old, path) == NULL)
            add_change(changes, path, NULL, value);
    json_decref(old);
    json_decref(fresh);
    return changes;
}

static void shorten_text(json_t *change, const char *name)
{
    const json_t *value = json_object_get(change, name);
    const char *text = json_string_value(value);
    struct text t = {0};

    if (text == NULL || json_string_length(value) <= TEXT_BYTES_MAX)
        return;
    text_add_bytes(&t, text, text_utf8_cut(text, json_string_length(value), TEXT_BYTES_MAX));
    text_add(&t, "..");
    json_object_set_new(change, name, json_string(text_get(&t)));
    text_deinit(&t);
}

size_t diff_shorten(json_t *changes)
{
    static const char *const members[] = {"path", "before", "after"};
    size_t bytes = 0;
    size_t kept = 0;
    size_t count = json_array_size(changes);

    for (; kept < count; kept++) {
        json_t *change = json_array_get(changes, kept);
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
            shorten_text(change, members[i]);
        bytes += json_dumpb(change, NULL, 0, JSON_COMPACT) + 1;
        if (bytes > CHANGES_BYTES_MAX)
            break;
    }
    while (json_array_size(changes) > kept)
        json_array_remove(changes, json_array_size(changes) - 1);
    return count - kept;
}
