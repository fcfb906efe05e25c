/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/linkage_tell.h"

#include "base/text.h"
#include "judge/event.h"
#include "judge/registry.h"

struct moment linkage_moment(const struct judge *j, wall_ms wall, struct moment now)
{
    if (wall >= now.wall)
        return now;
    mono_ms boot = now.boot - (now.wall - wall);
    return (struct moment){wall, boot > j->stepped_at ? boot : j->stepped_at};
}

void linkage_raise(struct judge *j, struct linkage *k, enum linkage_metric which,
    const struct opening *o, struct moment now)
{
    struct metric *m = registry_add_metric(j, k->subject, "", j->linkage_rules[which].metric);
    if (m != NULL && event_find(m, o->key) == NULL)
        event_open(j, m, o, now);
}

static const struct metric *find_metric(
    const struct judge *j, const struct linkage *k, enum linkage_metric which)
{
    struct triple of = {k->subject->name, (char[]){""}, j->linkage_rules[which].metric};
    return registry_metric(j, &of);
}

bool linkage_is_open(
    const struct judge *j, const struct linkage *k, enum linkage_metric which, const char *key)
{
    const struct metric *m = find_metric(j, k, which);
    return m != NULL && (key != NULL ? event_find(m, key) : m->events) != NULL;
}

void linkage_clear(struct judge *j, struct linkage *k, enum linkage_metric which, const char *key,
    const char *text, struct moment at, struct moment now)
{
    const struct metric *m = find_metric(j, k, which);
    struct open_incident *i, *next;

    if (m == NULL)
        return;
    HASH_ITER (by_key, m->events, i, next) {
        if (key != NULL && !text_equal(key, i->incident.key))
            continue;
        if (text != NULL)
            incident_tell_end(i, text);
        event_close(j, i, at, now);
    }
}

void linkage_clear_until(struct judge *j, struct linkage *k, enum linkage_metric which,
    const char *day, struct moment at, struct moment now)
{
    const struct metric *m = find_metric(j, k, which);
    struct open_incident *i, *next;

    if (m == NULL)
        return;
    HASH_ITER (by_key, m->events, i, next) {
        if (strcmp(i->incident.key, day) <= 0)
            event_close(j, i, at, now);
    }
}

void linkage_count_failure(struct judge *j, struct linkage *k, struct moment now)
{
    int32_t today = zone_day(j->zone, now.wall);
    if (k->state.failures_day != today)
        k->state.failures = 0;
    k->state.failures_day = today;
    k->state.failures++;
}

void linkage_save(
    struct judge *j, struct linkage *k, const struct linkage_day *day, struct moment now)
{
    if (j->sink.linkage != NULL)
        j->sink.linkage(j->sink.ctx, &k->state, day, now);
}

bool linkage_can_see(const struct judge *j, const struct linkage *k)
{
    const struct subject *s = registry_subject(j, k->settings->subject);
    const struct instance *n = s != NULL && k->settings->instance != NULL
                                   ? registry_instance(s, k->settings->instance)
                                   : NULL;

    if (s == NULL)
        return true;
    if (s->presence != NULL && s->presence->state.verdict == VERDICT_BLIND)
        return false;
    if (s->watch->interval > 0 && !s->is_seen && !j->assume_good)
        return false;
    return (n != NULL ? &n->tally : &s->tally)->counts[VERDICT_BLIND] == 0;
}
