/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/registry.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "judge/depend.h"
#include "judge/flap.h"
#include "judge/incident.h"
#include "judge/linkage_feed.h"

enum { KEY_BYTES_MAX = 3 * 1024 + 3 }; /* longer names are no triple of ours */

/* "subject\0instance\0metric" in @ret; 0 if it does not fit. */
static size_t make_key(char ret[KEY_BYTES_MAX], const char *const parts[3])
{
    size_t length = 0;
    for (size_t i = 0; i < 3; i++) {
        const char *part = parts[i] != NULL ? parts[i] : "";
        size_t bytes = strlen(part) + 1;
        if (bytes > KEY_BYTES_MAX - length)
            return 0;
        memcpy(ret + length, part, bytes);
        length += bytes;
    }
    return length;
}

struct subject *registry_subject(const struct judge *j, const char *name)
{
    struct subject *s = NULL;
    if (name != NULL)
        HASH_FIND(by_name, j->subjects, name, strlen(name), s);
    return s;
}

struct subject *registry_add_subject(
    struct judge *j, const char *name, const struct watch_settings *watch)
{
    struct subject *s = alloc(sizeof *s);
    s->name = alloc_text(name);
    s->watch = watch;
    s->is_own = watch == &j->own_watch;
    s->stale.owner = s;
    HASH_ADD_KEYPTR(by_name, j->subjects, s->name, strlen(s->name), s);
    return s;
}

static void drop_metric(struct judge *j, struct metric *m)
{
    struct open_incident *i, *next;
    if (m->incident != NULL)
        incident_drop(j, m->incident);
    HASH_ITER (by_key, m->events, i, next) {
        incident_drop(j, i);
    }
    due_cancel(&j->dues, &m->stale);
    due_cancel(&j->dues, &m->hold);
    HASH_DELETE(by_key, j->metrics, m);
    metric_state_deinit(&m->state);
    flap_forget(j, m);
    free(m->slope);
    trail_deinit(&m->trail);
    free(m->key);
    free(m);
}

static void drop_instance(struct judge *j, struct subject *s, struct instance *n)
{
    for (struct metric *m = n->metrics; m != NULL;) {
        struct metric *next = m->next;
        drop_metric(j, m);
        m = next;
    }
    HASH_DELETE(by_name, s->instances, n);
    trail_deinit(&n->tally.trail);
    free(n->name);
    free(n);
}

void registry_drop_instance(struct judge *j, struct instance *n)
{
    struct subject *s = n->subject;
    for (const struct metric *m = n->metrics; m != NULL; m = m->next) {
        s->metric_count--;
        if (s->presence == m)
            s->presence = NULL;
        if (j->sink.metric_gone != NULL)
            j->sink.metric_gone(j->sink.ctx, &m->state.of);
    }
    drop_instance(j, s, n);
}

void registry_drop_subject(struct judge *j, struct subject *s)
{
    struct instance *n, *next;
    HASH_ITER (by_name, s->instances, n, next) {
        drop_instance(j, s, n);
    }
    due_cancel(&j->dues, &s->stale);
    due_cancel(&j->dues, &s->release);
    depend_forget(s);
    HASH_DELETE(by_name, j->subjects, s);
    trail_deinit(&s->tally.trail);
    free(s->services);
    free(s->text);
    free(s->name);
    free(s);
}

struct instance *registry_instance(const struct subject *s, const char *name)
{
    struct instance *n = NULL;
    if (name == NULL)
        name = "";
    HASH_FIND(by_name, s->instances, name, strlen(name), n);
    return n;
}

static struct instance *add_instance(struct subject *s, const char *name)
{
    struct instance *n = registry_instance(s, name);
    if (n != NULL)
        return n;
    n = alloc(sizeof *n);
    n->name = alloc_text(name);
    n->subject = s;
    HASH_ADD_KEYPTR(by_name, s->instances, n->name, strlen(n->name), n);
    return n;
}

static struct metric *find_key(const struct judge *j, const char *key, size_t length)
{
    struct metric *m = NULL;
    HASH_FIND(by_key, j->metrics, key, length, m);
    return m;
}

struct metric *registry_metric(const struct judge *j, const struct triple *of)
{
    char key[KEY_BYTES_MAX];
    size_t length = make_key(key, (const char *const[]){of->subject, of->instance, of->metric});
    return length > 0 ? find_key(j, key, length) : NULL;
}

struct metric *registry_add_metric(
    struct judge *j, struct subject *s, const char *instance, const char *metric)
{
    char key[KEY_BYTES_MAX];
    size_t length = make_key(key, (const char *const[]){s->name, instance, metric});
    struct metric *m = length > 0 ? find_key(j, key, length) : NULL;
    if (m != NULL || length == 0)
        return m;
    if (s->metric_count >= METRICS_PER_SUBJECT_MAX) {
        log_warn(LOG_JUDGE, "%s: more than %d metrics, the others are not judged", s->name,
            METRICS_PER_SUBJECT_MAX);
        return NULL;
    }

    m = alloc(sizeof *m);
    m->state.of = (struct triple){alloc_text(s->name), alloc_text(instance != NULL ? instance : ""),
        alloc_text(metric != NULL ? metric : "")};
    m->instance = add_instance(s, m->state.of.instance);
    m->next = m->instance->metrics;
    m->instance->metrics = m;
    m->rule = registry_rule(s->watch, m->state.of.instance, m->state.of.metric);
    m->feed = linkage_feed_find(j, s->name, m->state.of.metric);
    m->stale.owner = m->hold.owner = m;
    m->key = alloc_bytes(key, length);
    s->metric_count++;
    HASH_ADD_KEYPTR(by_key, j->metrics, m->key, length, m);
    return m;
}

const struct rule *registry_rule(
    const struct watch_settings *watch, const char *instance, const char *metric)
{
    for (size_t i = 0; i < watch->rule_count; i++) {
        const struct rule *r = &watch->rules[i];
        if (!text_equal(r->metric, metric))
            continue;
        if (r->instance == NULL || fnmatch(r->instance, instance, 0) == 0)
            return r->off ? NULL : r;
    }
    return NULL;
}

void registry_each_metric(struct judge *j, struct subject *s,
    void (*fn)(struct judge *j, struct metric *m, void *arg), void *arg)
{
    struct instance *n, *next;
    HASH_ITER (by_name, s->instances, n, next) {
        for (struct metric *m = n->metrics; m != NULL; m = m->next)
            fn(j, m, arg);
    }
}

void registry_save(struct judge *j, const struct metric *m)
{
    if (j->sink.metric != NULL)
        j->sink.metric(j->sink.ctx, &m->state);
}
