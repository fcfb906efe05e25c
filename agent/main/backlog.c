/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/backlog.h"

#include <stdlib.h>

#include "base/alloc.h"

struct waiting {
    struct reading reading;
    bool has_reading;
    char *subject;
    json_t *keep;
    struct waiting *next;
};

bool backlog_is_empty(const struct backlog *b)
{
    return b->first == NULL;
}

void backlog_add(
    struct backlog *b, const struct reading *reading, const char *subject, const json_t *keep)
{
    struct waiting *w = alloc(sizeof *w);
    *w = (struct waiting){.has_reading = reading != NULL,
        .subject = alloc_text(subject),
        .keep = keep != NULL ? json_deep_copy(keep) : NULL};
    if (reading != NULL)
        reading_copy(&w->reading, reading);
    if (b->first == NULL)
        b->last = &b->first;
    *b->last = w;
    b->last = &w->next;
}

bool backlog_take(struct backlog *b,
    void (*fn)(void *arg, const struct reading *reading, const char *subject, const json_t *keep),
    void *arg)
{
    struct waiting *w = b->first;
    if (w == NULL)
        return false;
    b->first = w->next;
    fn(arg, w->has_reading ? &w->reading : NULL, w->subject, w->keep);
    reading_deinit(&w->reading);
    free(w->subject);
    json_decref(w->keep);
    free(w);
    return true;
}

static void forget(
    void *arg, const struct reading *reading, const char *subject, const json_t *keep)
{
    (void)arg;
    (void)reading;
    (void)subject;
    (void)keep;
}

void backlog_deinit(struct backlog *b)
{
    while (backlog_take(b, forget, NULL))
        ;
}
