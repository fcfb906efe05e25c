/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "wire/wire.h"
#define uthash_malloc(size) alloc(size)
#include <uthash.h>

struct entry {
    char *key;
    size_t key_length;
    struct text value;
    bool is_forgotten;
    bool waits;
    struct entry *next; /* of those that wait, in the order of keeping */
    UT_hash_handle hh;
};

struct keep {
    struct entry *all;
    struct entry *first, **last;
    size_t waiting_bytes;
};

/* JSON writes a control character as six bytes. */
static size_t cost_of(const struct entry *e)
{
    return 6 * (e->key_length + e->value.length) + 8;
}

static struct entry *entry_of(struct keep *k, const char *key)
{
    struct entry *e = NULL;
    size_t length = strlen(key);
    HASH_FIND(hh, k->all, key, length, e);
    if (e != NULL)
        return e;
    e = alloc(sizeof *e);
    *e = (struct entry){.key = alloc_text(key), .key_length = length};
    HASH_ADD_KEYPTR(hh, k->all, e->key, length, e);
    return e;
}

static void set_value(struct entry *e, const char *value)
{
    text_clear(&e->value);
    e->is_forgotten = value == NULL;
    if (value != NULL)
        text_add_utf8(&e->value, value, strlen(value));
}

struct keep *keep_new(const json_t *saved)
{
    struct keep *k = alloc(sizeof *k);
    const char *key;
    json_t *value;

    *k = (struct keep){.last = &k->first};
    json_object_foreach ((json_t *)(uintptr_t)saved, key, value)
        if (json_is_string(value))
            set_value(entry_of(k, key), json_string_value(value));
    return k;
}

static void entry_free(struct keep *k, struct entry *e)
{
    HASH_DEL(k->all, e);
    text_deinit(&e->value);
    free(e->key);
    free(e);
}

struct keep *keep_free(struct keep *k)
{
    struct entry *e, *next;
    if (k == NULL)
        return NULL;
    HASH_ITER (hh, k->all, e, next)
        entry_free(k, e);
    free(k);
    return NULL;
}

const char *keep_get(const struct keep *k, const char *key)
{
    struct entry *e = NULL;
    HASH_FIND_STR(k->all, key, e);
    return e == NULL || e->is_forgotten ? NULL : text_get(&e->value);
}

void keep_set(struct keep *k, const char *key, const char *value)
{
    struct entry *e = entry_of(k, key);
    if (e->waits)
        k->waiting_bytes -= cost_of(e);
    set_value(e, value);
    k->waiting_bytes += cost_of(e);
    if (e->waits)
        return;
    e->waits = true;
    e->next = NULL;
    *k->last = e;
    k->last = &e->next;
}

size_t keep_waiting_bytes(const struct keep *k)
{
    return k->waiting_bytes;
}

void keep_write(struct keep *k, struct text *line)
{
    text_add_char(line, '{');
    for (struct entry *e = k->first, *next; e != NULL; e = next) {
        next = e->next;
        if (e != k->first)
            text_add_char(line, ',');
        wire_add_quoted(line, e->key, e->key_length);
        text_add_char(line, ':');
        if (e->is_forgotten)
            text_add(line, "null");
        else
            wire_add_quoted(line, text_get(&e->value), e->value.length);
        e->waits = false;
    }
    text_add_char(line, '}');

    struct entry *e = k->first;
    k->first = NULL;
    k->last = &k->first;
    k->waiting_bytes = 0;
    for (struct entry *next; e != NULL; e = next) {
        next = e->next;
        if (e->is_forgotten)
            entry_free(k, e);
    }
}
