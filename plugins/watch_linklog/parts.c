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
#include <time.h>
#include <unistd.h>

#include "follow_internal.h"

static struct identity sibling_identity(const struct sibling *s)
{
    return (struct identity){.device = s->device, .inode = s->inode, .born_ns = s->born_ns};
}

void parts_wait(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    nanosleep(&pause, NULL);
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

/* Whether @t is how the open file @open begins: a copy of it, which matters once that is truncated.
 */
static bool begins(const struct tail *t, const struct tail *open)
{
    char mine[TAIL_HEAD_BYTES], theirs[TAIL_HEAD_BYTES];
    ssize_t n = pread(t->fd, mine, sizeof mine, 0);
    return n > 0 && text_size(t) <= text_size(open) && pread(open->fd, theirs, (size_t)n, 0) == n &&
           memcmp(mine, theirs, (size_t)n) == 0;
}

enum copy { COPY_NONE, COPY_OF_OPEN, COPY_MAYBE };

/* Whether @t is a plain copy of an open file. It may be if that one was truncated, which is not
 * looked into here. */
static enum copy copy_of_open(const struct follow *f, const struct tail *t)
{
    for (size_t i = 0; t->gz == NULL && i < f->count; i++) {
        struct tail *open = f->tails[i];
        bool is_whole =
            open->gz == NULL && text_size(open) >= open->next && tail_has_head(open, &open->id);
        if (is_whole && begins(t, open))
            return COPY_OF_OPEN;
        if (!is_whole && open->gz == NULL && tail_has_head(t, &open->id))
            return COPY_MAYBE;
    }
    return COPY_NONE;
}

/* Whether @t has what is being read or was. */
static bool is_known_content(const struct follow *f, const struct tail *t)
{
    for (size_t i = 0; i < f->count; i++) {
        tail_grow_head(f->tails[i]);
        if (holds(t, &f->tails[i]->id, text_size(f->tails[i])))
            return true;
    }
    for (size_t i = 0; i < FINISHED_MAX; i++)
        if (f->finished[i].id.inode != 0 && holds(t, &f->finished[i].id, f->finished[i].size))
            return true;
    return false;
}

/* The other file of a pair may look like a part of this one. */
static bool is_followed(const struct follow *f, const char *path)
{
    for (unsigned i = 0; i < f->path_count; i++)
        if (strcmp(f->paths[i].real, path) == 0)
            return true;
    return false;
}

static bool is_finished(const struct follow *f, const struct sibling *s)
{
    struct identity id = sibling_identity(s);
    if (!follow_is_finished(f, &id) || s->born_ns != 0)
        return follow_is_finished(f, &id);
    struct tail *t = part_open(f, s->path, s->path);
    bool is = t == NULL || follow_has_finished(f, t);
    tail_free(t);
    return is;
}

static bool is_new(const struct follow *f, const struct sibling *s)
{
    struct identity id = sibling_identity(s);
    return s->size > 0 && !follow_is_open(f, &id) && !is_followed(f, s->path) && !is_finished(f, s);
}

/* Whether the part may be one that nobody saw. */
static bool is_later(const struct follow *f, const struct sibling *s, const struct part_search *by)
{
    return !s->is_gz && s->born_ns != 0 && f->known_to_ns != 0 ? s->born_ns >= f->known_to_ns
                                                               : s->modified_ns >= by->since_ns;
}

/* Opens @s, which goes by the name @path from then on; NULL: it cannot be opened. @ret_moved: its
 * name is another file's by now. */
static struct tail *open_sibling(
    const struct follow *f, const struct sibling *s, const char *path, bool *ret_moved)
{
    struct tail *t = part_open(f, s->path, path);
    struct identity id = sibling_identity(s);
    if (t != NULL && identity_same_file(&t->id, &id))
        return t;
    *ret_moved = true;
    return tail_free(t);
}

/* How far a search came. */
struct found {
    size_t place;
    bool moved;          /* names moved meanwhile, and some may not have been found */
    int64_t known_to_ns; /* as of struct follow */
};

/* Another search is due, because of @s. */
static void leave_for_later(struct follow *f, const struct sibling *s, struct found *found)
{
    f->wants_look = f->is_waiting = true;
    if (s->born_ns < found->known_to_ns)
        found->known_to_ns = s->born_ns;
}

/* Puts @s into the list unless its content is known. */
static void add(struct follow *f, const struct part_search *by, const struct sibling *s,
    struct found *found, int64_t boot_ms)
{
    struct tail *t = open_sibling(f, s, by->path, &found->moved);
    if (t == NULL)
        return;
    enum copy copy = copy_of_open(f, t);
    if (copy == COPY_NONE && !is_known_content(f, t)) {
        follow_insert(f, found->place++, t, boot_ms);
        return;
    }
    if (copy == COPY_MAYBE)
        leave_for_later(f, s, found);
    else if (copy == COPY_NONE)
        follow_finish(f, &t->id, text_size(t));
    tail_free(t);
}

static bool add_all(
    struct follow *f, const struct part_search *by, struct found *found, int64_t boot_ms)
{
    struct siblings s;
    siblings_find(by->path, &s);
    found->moved = !s.is_settled;
    found->known_to_ns = INT64_MAX;
    int64_t newest_ns = f->known_to_ns;

    for (size_t i = 0; i < s.count && !found->moved; i++) {
        if (!s.all[i].is_gz && s.all[i].born_ns > newest_ns)
            newest_ns = s.all[i].born_ns;
        if (!is_new(f, &s.all[i]) || !is_later(f, &s.all[i], by))
            continue;
        size_t before = f->count;
        if (s.all[i].modified_ns > by->settled_ns) {
            leave_for_later(f, &s.all[i], found);
        } else if (!follow_make_room(f)) {
            leave_for_later(f, &s.all[i], found);
            f->is_crowded = true;
        } else {
            // Those that were closed for it stood at the begin.
            size_t closed = before - f->count;
            found->place -= closed < found->place ? closed : found->place;
            add(f, by, &s.all[i], found, boot_ms);
        }
    }
    siblings_deinit(&s);
    if (newest_ns < found->known_to_ns)
        found->known_to_ns = newest_ns;
    return !found->moved;
}

void parts_add(struct follow *f, const struct part_search *by, int64_t boot_ms)
{
    struct found found = {.place = by->place};
    for (int i = 0; i < PARTS_TRIES; i++) {
        if (add_all(f, by, &found, boot_ms)) {
            f->known_to_ns = found.known_to_ns;
            return;
        }
        parts_wait();
    }
    f->wants_look = f->is_crowded = f->is_waiting = true;
}

/* @s, if it may hold more than @from bytes of the text of @id, else NULL. What a compressed part of
 * several members says of its length is only that of the last: @trust_length says whether to
 * believe it. */
static struct tail *open_copy(const struct follow *f, const struct sibling *s,
    const struct identity *id, const char *path, int64_t from, bool trust_length, bool *ret_moved)
{
    struct identity copy = sibling_identity(s);
    if ((!s->is_gz && s->size < from) || follow_is_open(f, &copy) || is_followed(f, s->path) ||
        is_finished(f, s))
        return NULL;
    struct tail *t = open_sibling(f, s, path, ret_moved);
    if (t == NULL)
        return NULL;
    bool is_short = t->gz != NULL && trust_length && t->size < from;
    return !is_short && tail_has_head(t, id) ? t : tail_free(t);
}

/* @ret_moved: names moved meanwhile. */
static struct tail *find_copy_once(const struct follow *f, const struct identity *id,
    const char *path, int64_t from, bool *ret_moved)
{
    struct siblings s;
    struct tail *found = NULL;
    siblings_find(path, &s);
    *ret_moved = !s.is_settled;
    for (size_t i = s.count; i-- > 0 && found == NULL;)
        found = open_copy(f, &s.all[i], id, path, from, true, ret_moved);
    for (size_t i = s.count; i-- > 0 && found == NULL;)
        found = open_copy(f, &s.all[i], id, path, from, false, ret_moved);
    siblings_deinit(&s);
    return found;
}

struct tail *part_find_copy(
    const struct follow *f, const struct identity *id, const char *path, int64_t from)
{
    struct tail *found = NULL;
    bool moved = id->head_bytes > 0;
    for (int i = 0; i < PARTS_TRIES && moved && found == NULL; i++) {
        if (i > 0)
            parts_wait();
        found = find_copy_once(f, id, path, from, &moved);
    }
    return found;
}

void parts_forget_copies(struct follow *f, const struct identity *id, const char *path)
{
    bool moved = id->head_bytes > 0;
    for (int tries = 0; tries < PARTS_TRIES && moved; tries++) {
        struct siblings s;
        siblings_find(path, &s);
        moved = !s.is_settled;
        for (size_t i = 0; i < s.count; i++) {
            struct tail *t = is_new(f, &s.all[i]) ? open_sibling(f, &s.all[i], path, &moved) : NULL;
            if (t != NULL && tail_has_head(t, id))
                follow_finish(f, &t->id, text_size(t));
            tail_free(t);
        }
        siblings_deinit(&s);
    }
}

/* Whether @s may have come beside the log since it was searched for parts: it may have been the log
 * itself then. */
static bool is_late(const struct sibling *s, int64_t known_to_ns, int64_t since_ns)
{
    bool is_by_birth = !s->is_gz && s->born_ns != 0 && known_to_ns != 0 && since_ns != INT64_MAX;
    return is_by_birth ? s->born_ns >= known_to_ns : s->modified_ns >= since_ns;
}

static void finish_beside(struct follow *f, const char *path, int64_t since_ns)
{
    struct siblings s;
    const int64_t known_to_ns = f->known_to_ns;
    siblings_find(path, &s);
    for (size_t i = 0; i < s.count; i++) {
        struct identity id = sibling_identity(&s.all[i]);
        bool is_waiting = f->is_waiting && s.all[i].born_ns >= f->known_to_ns;
        if (is_waiting || is_late(&s.all[i], known_to_ns, since_ns) || follow_is_open(f, &id) ||
            is_finished(f, &s.all[i]))
            continue;
        // Its first bytes make it known again once it is compressed.
        bool moved = false;
        struct tail *t = open_sibling(f, &s.all[i], path, &moved);
        if (t != NULL)
            follow_finish(f, &t->id, text_size(t));
        else
            follow_finish(f, &id, s.all[i].size);
        tail_free(t);
        if (!s.all[i].is_gz)
            follow_know(f, s.all[i].born_ns);
    }
    siblings_deinit(&s);
}

void parts_finish(struct follow *f, int64_t since_ns)
{
    for (unsigned i = 0; i < f->path_count; i++)
        finish_beside(f, f->paths[i].real, since_ns);
}
