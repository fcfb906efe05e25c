/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/past.h"

#include <stdlib.h>

#include "base/text.h"

#define DAY_MS INT64_C(86400000)

struct past {
    char *key;
    uint64_t incident;
    wall_ms cleared;
    uint32_t recurrence;
    UT_hash_handle by_key;
};

/* The key of a linkage's incident is a day or a run: what is back is the linkage's trouble. */
static const char *lasting_key(const struct judge *j, const struct incident *i)
{
    const struct subject *s = NULL;
    if (i->of.subject != NULL)
        HASH_FIND(by_name, j->subjects, i->of.subject, strlen(i->of.subject), s);
    return s != NULL && s->linkage != NULL ? "" : i->key;
}

/* Unit separators do not stand in names; the caller frees. */
static char *key_of(const struct judge *j, const struct incident *i)
{
    const char *const parts[] = {(i->flags & INCIDENT_BLIND) != 0 ? "b" : "-", i->of.subject,
        i->of.instance, i->of.metric, lasting_key(j, i)};
    struct text t = {0};
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        text_add(&t, parts[p] != NULL ? parts[p] : "");
        text_add_char(&t, '\x1f');
    }
    return text_take(&t);
}

static void drop(struct judge *j, struct past *p)
{
    HASH_DELETE(by_key, j->past, p);
    free(p->key);
    free(p);
}

void past_remember(struct judge *j, const struct incident *i)
{
    bool is_call = (i->flags & INCIDENT_CITY) != 0 && i->detected_at.wall == 0;
    if (is_call || (i->flags & INCIDENT_FALSE) != 0)
        return;
    char *key = key_of(j, i);
    struct past *p = NULL;
    HASH_FIND(by_key, j->past, key, strlen(key), p);
    if (p != NULL)
        drop(j, p);
    // The table keeps the order of adding: the first is the one that ended longest ago.
    if (HASH_CNT(by_key, j->past) >= PAST_MAX)
        drop(j, j->past);
    p = alloc(sizeof *p);
    *p = (struct past){
        .key = key, .incident = i->id, .cleared = i->cleared_at.wall, .recurrence = i->recurrence};
    HASH_ADD_KEYPTR(by_key, j->past, p->key, strlen(p->key), p);
}

void past_forget(struct judge *j, uint64_t id)
{
    struct past *p, *next;
    HASH_ITER (by_key, j->past, p, next) {
        if (p->incident == id)
            drop(j, p);
    }
}

void past_compare(const struct judge *j, struct incident *i, struct moment now)
{
    char *key = key_of(j, i);
    const struct past *p = NULL;
    HASH_FIND(by_key, j->past, key, strlen(key), p);
    free(key);
    if (p == NULL || now.wall - p->cleared > PAST_DAYS * DAY_MS)
        return;
    i->recurrence_of = p->incident;
    i->recurrence = p->recurrence + 1;
}

void past_drop_all(struct judge *j)
{
    struct past *p, *next;
    HASH_ITER (by_key, j->past, p, next) {
        drop(j, p);
    }
}
