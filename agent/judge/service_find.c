/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/service_find.h"

#include <stdlib.h>

#include "base/text.h"
#include "judge/logic.h"
#include "judge/registry.h"
#include "settings/expression.h"

struct asking {
    const struct judge *judge;
    mono_ms at;
    struct service_finding *ret;
};

/* A subject that is never polled is as good as its last event says, from the start on. */
static bool is_known(const struct judge *j, const struct subject *s)
{
    return s->is_seen || s->watch->interval == 0 || j->assume_good;
}

static enum truth find_trail(struct asking *a, const struct trail *trail, bool is_always_known)
{
    struct service_finding *f = a->ret;
    const struct trail_piece *edge = trail_edge(trail, a->at);
    if (edge != NULL && (f->edge == NULL || edge->from.boot > f->edge->from.boot))
        f->edge = edge;
    f->is_forgotten |= edge == NULL && trail->is_cut;
    const struct trail_piece *next = trail_next(trail, a->at);
    if (next != NULL && (f->next == NULL || next->from.boot < f->next->from.boot))
        f->next = next;
    return trail_at(trail, a->at, is_always_known ? TRUTH_NO : TRUTH_UNKNOWN);
}

struct subject *service_split_name(
    const struct judge *j, const char *name, const char **ret_instance)
{
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        char *head = alloc_bytes(name, (size_t)(slash - name));
        struct subject *s = registry_subject(j, head);
        free(head);
        if (s != NULL) {
            *ret_instance = slash + 1;
            return s;
        }
    }
    return NULL;
}

/* "disk/var" means the instance "var"; a mount is called "/var". */
static struct instance *find_instance(const struct subject *s, const char *name)
{
    struct instance *n = registry_instance(s, name);
    return n != NULL ? n : registry_instance(s, name - 1);
}

static enum truth find_linkage(struct asking *a, const struct linkage *k)
{
    bool is_seen = find_trail(a, &k->sight, true) == TRUTH_NO;
    enum truth t = find_trail(a, &k->subject->tally.trail, true);
    return is_seen ? t : TRUTH_UNKNOWN;
}

/* All linkages of a class are bad. */
static enum truth find_class(struct asking *a, const char *class_name)
{
    enum truth all = TRUTH_YES;
    for (const struct linkage *k = a->judge->linkages; k != NULL; k = k->by_id.next) {
        if (!text_equal(k->settings->class_name, class_name))
            continue;
        enum truth t = find_linkage(a, k);
        all = t < all ? t : all;
    }
    return all;
}

static enum truth find_linkages(struct asking *a, const char *linkage)
{
    const char *class_name = expression_linkage_class(linkage);
    if (class_name != NULL)
        return find_class(a, class_name);
    const struct subject *named = registry_subject(a->judge, linkage);
    if (named == NULL || named->linkage == NULL)
        return TRUTH_UNKNOWN;
    return find_linkage(a, named->linkage);
}

/* An instance that nothing was read of: what is said of all of them is said of it. */
static enum truth find_unseen(struct asking *a, const struct subject *s)
{
    if (!a->judge->assume_good)
        return TRUTH_UNKNOWN;
    if (s->presence == NULL)
        return TRUTH_NO;
    enum truth whole = find_trail(a, &s->presence->instance->tally.trail, true);
    return whole == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_NO;
}

static enum truth find_name(void *arg, const char *name)
{
    struct asking *a = arg;
    if (expression_linkage(name) != NULL)
        return find_linkages(a, expression_linkage(name));

    const char *instance = NULL;
    struct subject *s = registry_subject(a->judge, name);
    const struct instance *n = NULL;

    if (s == NULL) {
        s = service_split_name(a->judge, name, &instance);
        n = s != NULL ? find_instance(s, instance) : NULL;
    }
    if (s == NULL || !is_known(a->judge, s))
        return TRUTH_UNKNOWN;
    bool is_always_known = s->watch->interval == 0 || a->judge->assume_good;
    if (instance == NULL)
        return find_trail(a, &s->tally.trail, is_always_known);
    if (n == NULL)
        return find_unseen(a, s);
    return find_trail(a, &n->tally.trail, is_always_known);
}

static enum service_state state_of(enum truth down, enum truth degraded)
{
    if (down == TRUTH_YES)
        return SERVICE_DOWN;
    if (down == TRUTH_UNKNOWN)
        return SERVICE_UNMONITORED;
    return degraded == TRUTH_YES ? SERVICE_DEGRADED : SERVICE_UP;
}

struct service_finding service_find(const struct judge *j, const struct service *sv, mono_ms at)
{
    struct service_finding f = {0};
    struct asking a = {.judge = j, .at = at, .ret = &f};
    enum truth down = TRUTH_NO, degraded = TRUTH_NO;

    if (sv->settings->down_when != NULL)
        down = logic_find(sv->settings->down_when, find_name, &a);
    if (sv->settings->degraded_when != NULL)
        degraded = logic_find(sv->settings->degraded_when, find_name, &a);
    f.state = state_of(down, degraded);
    return f;
}
