/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_feed.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/text.h"

static const char glob_signs[] = "*?[\\";

struct feed_item {
    struct linkage *linkage;
    enum feed_role role;
    struct feed_item *next;
};

/* Items whose linkage asks for this value of this field. */
struct feed_value {
    char *key; /* "field\0value" */
    struct feed_item *items;
    UT_hash_handle by_key;
};

struct feed {
    char *key;               /* "subject\0metric" */
    struct feed_item *plain; /* that name no value without a pattern */
    char **fields;           /* that `values` are of */
    size_t field_count;
    struct feed_value *values;
    UT_hash_handle by_key;
};

/* "a\0b" */
static char *make_key(const char *a, const char *b, size_t *ret_length)
{
    struct text t = {0};
    text_add_bytes(&t, a, strlen(a) + 1);
    text_add(&t, b);
    *ret_length = t.length;
    return text_take(&t);
}

const struct feed *linkage_feed_find(const struct judge *j, const char *subject, const char *metric)
{
    struct feed *f = NULL;
    size_t length;
    if (j->feeds == NULL || metric == NULL)
        return NULL;
    char *key = make_key(subject, metric, &length);
    HASH_FIND(by_key, j->feeds, key, length, f);
    free(key);
    return f;
}

/* ---- making them ---- */

static void add_item(struct feed_item **list, struct linkage *k, enum feed_role role)
{
    struct feed_item *item = alloc(sizeof *item);
    *item = (struct feed_item){k, role, *list};
    *list = item;
}

static void add_field(struct feed *f, const char *field)
{
    for (size_t i = 0; i < f->field_count; i++)
        if (strcmp(f->fields[i], field) == 0)
            return;
    f->fields = alloc_resize(f->fields, f->field_count + 1, sizeof *f->fields);
    f->fields[f->field_count++] = alloc_text(field);
}

static void add_by_value(
    struct feed *f, const struct linkage_match *match, struct linkage *k, enum feed_role role)
{
    struct feed_value *v = NULL;
    size_t length;
    char *key = make_key(match->field, match->pattern, &length);
    HASH_FIND(by_key, f->values, key, length, v);
    if (v == NULL) {
        v = alloc(sizeof *v);
        v->key = key;
        HASH_ADD_KEYPTR(by_key, f->values, v->key, length, v);
        add_field(f, match->field);
    } else {
        free(key);
    }
    add_item(&v->items, k, role);
}

static void add(struct judge *j, struct linkage *k, const char *metric, enum feed_role role)
{
    struct feed *f = NULL;
    size_t length;
    if (metric == NULL)
        return;
    char *key = make_key(k->settings->subject, metric, &length);
    HASH_FIND(by_key, j->feeds, key, length, f);
    if (f == NULL) {
        f = alloc(sizeof *f);
        f->key = key;
        HASH_ADD_KEYPTR(by_key, j->feeds, f->key, length, f);
    } else {
        free(key);
    }
    for (size_t i = 0; i < k->settings->match_count; i++) {
        if (strpbrk(k->settings->match[i].pattern, glob_signs) == NULL) {
            add_by_value(f, &k->settings->match[i], k, role);
            return;
        }
    }
    add_item(&f->plain, k, role);
}

void linkage_feeds_build(struct judge *j)
{
    struct linkage *k, *next_linkage;
    struct metric *m, *next_metric;

    linkage_feeds_free(j);
    HASH_ITER (by_id, j->linkages, k, next_linkage) {
        add(j, k, k->settings->metric, FEED_ARRIVAL);
        add(j, k, k->settings->start_metric, FEED_START);
        add(j, k, k->settings->failure_metric, FEED_FAILURE);
    }
    HASH_ITER (by_key, j->metrics, m, next_metric) {
        m->feed = linkage_feed_find(j, m->state.of.subject, m->state.of.metric);
    }
}

static void items_free(struct feed_item *item)
{
    while (item != NULL) {
        struct feed_item *next = item->next;
        free(item);
        item = next;
    }
}

static void feed_free(struct feed *f)
{
    struct feed_value *v, *next;
    HASH_ITER (by_key, f->values, v, next) {
        HASH_DELETE(by_key, f->values, v);
        items_free(v->items);
        free(v->key);
        free(v);
    }
    items_free(f->plain);
    for (size_t i = 0; i < f->field_count; i++)
        free(f->fields[i]);
    free(f->fields);
    free(f->key);
    free(f);
}

void linkage_feeds_free(struct judge *j)
{
    struct feed *f, *next;
    HASH_ITER (by_key, j->feeds, f, next) {
        HASH_DELETE(by_key, j->feeds, f);
        feed_free(f);
    }
}

/* ---- asking them ---- */

static bool fits(const char *pattern, const char *value)
{
    // Most patterns differ in what stands before their first sign, which is quickly seen.
    size_t plain = strcspn(pattern, glob_signs);
    return strncmp(pattern, value, plain) == 0 && fnmatch(pattern, value, 0) == 0;
}

static bool is_about(const struct linkage_settings *k, const struct reading *r)
{
    const char *instance = r->of.instance != NULL ? r->of.instance : "";
    if (k->instance != NULL && fnmatch(k->instance, instance, 0) != 0)
        return false;
    for (size_t i = 0; i < k->match_count; i++) {
        const char *value = reading_field(r, k->match[i].field);
        if (value == NULL || !fits(k->match[i].pattern, value))
            return false;
    }
    return true;
}

static void each_item(const struct feed_item *item, const struct reading *r,
    void (*fn)(void *arg, struct linkage *k, enum feed_role role), void *arg)
{
    for (; item != NULL; item = item->next)
        if (is_about(item->linkage->settings, r))
            fn(arg, item->linkage, item->role);
}

void linkage_feed_each(const struct feed *f, const struct reading *r,
    void (*fn)(void *arg, struct linkage *k, enum feed_role role), void *arg)
{
    each_item(f->plain, r, fn, arg);
    for (size_t i = 0; i < f->field_count; i++) {
        const char *value = reading_field(r, f->fields[i]);
        struct feed_value *v = NULL;
        size_t length;
        if (value == NULL)
            continue;
        char *key = make_key(f->fields[i], value, &length);
        HASH_FIND(by_key, f->values, key, length, v);
        free(key);
        if (v != NULL)
            each_item(v->items, r, fn, arg);
    }
}
