/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inode tells a renamed part, but a copied or compressed one is a new file: it is known by how
 * its text begins and how long that text is. Where many parts begin alike (a long heading) the
 * length decides; a part that is taken for a new one in spite of that is read twice, never not at
 * all.
 *
 * What is beside the log at the start is finished, but for what was written since the stop. So what
 * is new later came by a rotation.
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

static int64_t text_size(const struct tail *t)
{
    struct stat st;
    return t->gz == NULL && fstat(t->fd, &st) == 0 ? st.st_size : t->size;
}

/* Whether @t has the @size bytes of text of @id. */
static bool holds(const struct tail *t, const struct identity *id, int64_t size)
{
    int64_t mine = text_size(t);
    bool is_as_long = mine == size || (t->gz != NULL && mine == 0);
    return id->head_bytes > 0 && is_as_long && tail_has_head(t, id);
}

/* Whether @t is a plain copy of a file that is open: it matters only if that one is truncated. Such
 * a copy is no longer than the file, unless the file was truncated already. */
static bool is_copy_of_open(const struct follow *f, const struct tail *t)
{
    for (size_t i = 0; t->gz == NULL && i < f->count; i++) {
        struct tail *open = f->tails[i];
        tail_grow_head(open);
        bool may_be = text_size(t) <= text_size(open) || text_size(open) < open->next ||
                      !tail_has_head(open, &open->id);
        if (may_be && open->id.head_bytes > 0 && tail_has_head(t, &open->id))
            return true;
    }
    return false;
}

/* Whether @t has what is being read or was. */
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

/* The other file of a pair may look like a part of this one. */
static bool is_followed(const struct follow *f, const char *path)
{
    for (unsigned i = 0; i < f->path_count; i++)
        if (strcmp(f->paths[i].path, path) == 0)
            return true;
    return false;
}

static bool is_new(const struct follow *f, const struct sibling *s)
{
    struct identity id = sibling_identity(s);
    return s->size > 0 && !follow_is_open(f, &id) && !follow_is_finished(f, &id) &&
           !is_followed(f, s->path);
}

/* Whether the part may have been written to after what is known of. */
static bool is_later(const struct sibling *s, const struct part_search *by)
{
    bool by_birth = !s->is_gz && s->born_ns != 0 && by->last_born_ns != 0;
    bool is_younger = !by->has_last || (by_birth ? s->born_ns >= by->last_born_ns
                                                 : s->modified_ns >= by->last_modified_ns);
    return is_younger && s->modified_ns >= by->since_ns;
}

/* Opens @s unless its content is known. Returns whether a file was put into the list. */
static bool add(struct follow *f, const struct part_search *by, const struct sibling *s,
    size_t place, int64_t boot_ms)
{
    struct tail *t = part_open(f, s->path, by->path);
    if (t == NULL)
        return false;
    bool is_copy = is_copy_of_open(f, t);
    if (is_copy || is_known_content(f, t)) {
        if (!is_copy)
            follow_finish(f, &t->id, text_size(t));
        tail_free(t);
        return false;
    }
    follow_insert(f, place, t, boot_ms);
    return true;
}

void parts_add(struct follow *f, const struct part_search *by, int64_t boot_ms)
{
    struct siblings s;
    size_t place = by->place;
    siblings_find(by->path, &s);

    for (size_t i = 0; i < s.count; i++) {
        if (!is_new(f, &s.all[i]) || !is_later(&s.all[i], by))
            continue;
        if (s.all[i].modified_ns > by->settled_ns) {
            f->wants_look = true;
            continue;
        }
        size_t before = f->count;
        if (!follow_make_room(f)) {
            f->wants_look = f->is_crowded = true;
            break;
        }
        // Those that were closed for it stood at the begin.
        place -= before - f->count < place ? before - f->count : place;
        place += add(f, by, &s.all[i], place, boot_ms) ? 1 : 0;
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

void parts_forget_copies(struct follow *f, const struct identity *id, const char *path)
{
    struct siblings s;
    siblings_find(path, &s);
    for (size_t i = 0; id->head_bytes > 0 && i < s.count; i++) {
        struct tail *t = is_new(f, &s.all[i]) ? part_open(f, s.all[i].path, path) : NULL;
        if (t != NULL && tail_has_head(t, id))
            follow_finish(f, &t->id, text_size(t));
        tail_free(t);
    }
    siblings_deinit(&s);
}

static void finish_beside(struct follow *f, const char *path, int64_t since_ns)
{
    struct siblings s;
    siblings_find(path, &s);
    for (size_t i = 0; i < s.count; i++) {
        struct identity id = sibling_identity(&s.all[i]);
        bool is_waiting = f->is_crowded && s.all[i].modified_ns >= since_ns;
        if (is_waiting || follow_is_open(f, &id) || follow_is_finished(f, &id))
            continue;
        // Its first bytes make it known again once it is compressed.
        struct tail *t = part_open(f, s.all[i].path, path);
        if (t != NULL)
            follow_finish(f, &t->id, text_size(t));
        else
            follow_finish(f, &id, s.all[i].size);
        tail_free(t);
    }
    siblings_deinit(&s);
}

void parts_finish(struct follow *f, int64_t since_ns)
{
    for (unsigned i = 0; i < f->path_count; i++)
        finish_beside(f, f->paths[i].path, since_ns);
}
