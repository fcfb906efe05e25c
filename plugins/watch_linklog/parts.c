/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inode tells a renamed part, but a compressed one is a new file: it is known by how its text
 * begins and how long it says that text is. Where many parts begin alike (a long heading) the
 * length decides; a part that is taken for a new one in spite of that is read twice, never not at
 * all.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "follow_internal.h"

static struct identity sibling_identity(const struct sibling *s)
{
    return (struct identity){.device = s->device, .inode = s->inode, .born_ns = s->born_ns};
}

struct tail *part_open(const struct follow *f, const char *path, const char *name)
{
    struct tail *t = NULL;
    if (tail_open(path, f->rules.record_max, &t) < 0)
        return NULL;
    char *copy = strdup(name);
    if (copy == NULL)
        return tail_free(t);
    free(t->path);
    t->path = copy;
    t->name = follow_name_of(f, name);
    return t;
}

static int64_t modified_ns(const struct tail *t)
{
    struct stat st;
    return fstat(t->fd, &st) < 0 ? 0 : st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
}

static int64_t text_size(const struct tail *t)
{
    struct stat st;
    return t->gz == NULL && fstat(t->fd, &st) == 0 ? st.st_size : t->size;
}

/* Whether the compressed part @t holds the @size bytes of text of @id. */
static bool holds(const struct tail *t, const struct identity *id, int64_t size)
{
    return id->head_bytes > 0 && (t->size == 0 || t->size == size) && tail_has_head(t, id);
}

/* Whether a compressed part holds what is being read or was. */
static bool is_known_content(const struct follow *f, const struct tail *t)
{
    for (size_t i = 0; i < f->count; i++)
        if (holds(t, &f->tails[i]->id, text_size(f->tails[i])))
            return true;
    for (size_t i = 0; i < FINISHED_MAX; i++)
        if (f->finished[i].id.inode != 0 && holds(t, &f->finished[i].id, f->finished[i].size))
            return true;
    return false;
}

/* Whether the part may have been written to after @last (may be NULL), and after @since_ns. */
static bool is_later(const struct sibling *s, const struct tail *last, int64_t since_ns)
{
    bool is_younger = last == NULL ? true
                      : !s->is_gz && s->born_ns != 0 && last->id.born_ns != 0
                          ? s->born_ns >= last->id.born_ns
                          : s->modified_ns >= modified_ns(last);
    return is_younger && s->modified_ns >= since_ns;
}

/* The other file of a pair may look like a part of this one. */
static bool is_followed(const struct follow *f, const char *path)
{
    for (unsigned i = 0; i < f->path_count; i++)
        if (strcmp(f->paths[i].path, path) == 0)
            return true;
    return false;
}

void parts_add_since(struct follow *f, const char *path, const struct tail *last,
    int64_t modified_since_ns, int64_t boot_ms)
{
    struct siblings s;
    siblings_find(path, &s);

    for (size_t i = 0; i < s.count; i++) {
        struct identity id = sibling_identity(&s.all[i]);
        if (!is_later(&s.all[i], last, modified_since_ns) || follow_is_open(f, &id) ||
            follow_is_finished(f, &id) || is_followed(f, s.all[i].path) || !follow_make_room(f))
            continue;
        struct tail *t = part_open(f, s.all[i].path, path);
        if (t != NULL && t->gz != NULL && is_known_content(f, t)) {
            follow_finish(f, &t->id, t->size);
            t = tail_free(t);
        }
        if (t != NULL)
            follow_insert(f, f->count, t, boot_ms);
    }
    siblings_deinit(&s);
}

/* @s, if it may hold more than @from bytes of the text of @id, else NULL. What a compressed part of
 * several members says of its length is only that of the last: @trust_length says whether to
 * believe it. */
static struct tail *open_copy(const struct follow *f, const struct sibling *s,
    const struct identity *id, const char *path, int64_t from, bool trust_length)
{
    struct identity copy = sibling_identity(s);
    if ((!s->is_gz && s->size < from) || follow_is_open(f, &copy) || follow_is_finished(f, &copy) ||
        is_followed(f, s->path))
        return NULL;
    struct tail *t = part_open(f, s->path, path);
    if (t == NULL)
        return NULL;
    bool is_short = t->gz != NULL && trust_length && t->size < from;
    return !is_short && tail_has_head(t, id) ? t : tail_free(t);
}

struct tail *part_find_copy(
    const struct follow *f, const struct identity *id, const char *path, int64_t from)
{
    struct siblings s;
    struct tail *found = NULL;
    if (id->head_bytes == 0)
        return NULL;

    siblings_find(path, &s);
    for (size_t i = s.count; i-- > 0 && found == NULL;)
        found = open_copy(f, &s.all[i], id, path, from, true);
    for (size_t i = s.count; i-- > 0 && found == NULL;)
        found = open_copy(f, &s.all[i], id, path, from, false);
    siblings_deinit(&s);
    return found;
}

static void finish_beside(struct follow *f, const char *path)
{
    struct siblings s;
    siblings_find(path, &s);
    for (size_t i = 0; i < s.count; i++) {
        struct identity id = sibling_identity(&s.all[i]);
        if (follow_is_open(f, &id) || follow_is_finished(f, &id))
            continue;
        // Its first bytes make it known again once it is compressed.
        struct tail *t = part_open(f, s.all[i].path, path);
        if (t != NULL)
            follow_finish(f, &t->id, t->size);
        else
            follow_finish(f, &id, s.all[i].size);
        tail_free(t);
    }
    siblings_deinit(&s);
}

void parts_finish(struct follow *f)
{
    for (unsigned i = 0; i < f->path_count; i++)
        finish_beside(f, f->paths[i].path);
}
