/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept is a line for each open file ("1 ...") and one for each of those finished last
 * ("2 ..."): right after a rotation they look like parts that nobody saw.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dated.h"
#include "follow_internal.h"

/* Days are gone back over after a stop. */
enum { DAYS_BACK_MAX = 40, FINISHED_KEPT = 8 };
/* Times of files come from a clock that ticks only so often; twice its slowest tick and some. */
enum { FILE_CLOCK_SLACK_MS = 50 };

/* What is known of a file from before a restart. */
struct memory {
    int64_t saved_ms;
    struct identity id;
    int64_t at, size;
    unsigned done;
    bool was_current;
    const char *path;
};

static bool parse_memory(char *line, struct memory *m)
{
    int path = 0, current = 0;
    *m = (struct memory){0};
    int n = sscanf(line,
        "1 %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNu64 " %" SCNd64
        " %" SCNd64 " %u %d %n",
        &m->saved_ms, &m->id.device, &m->id.inode, &m->id.born_ns, &m->id.head_bytes,
        &m->id.head_hash, &m->at, &m->size, &m->done, &current, &path);
    m->was_current = current != 0;
    m->path = line + path;
    return n == 10 && path > 0 && m->path[0] == '/' && m->at >= 0 &&
           m->id.head_bytes <= TAIL_HEAD_BYTES;
}

/* Those of an older version have no content. */
static bool parse_finished(const char *line, struct finished *ret)
{
    *ret = (struct finished){0};
    int n = sscanf(line, "2 %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNu64 " %" SCNd64,
        &ret->id.device, &ret->id.inode, &ret->id.born_ns, &ret->id.head_bytes, &ret->id.head_hash,
        &ret->size);
    if (n != 6 || ret->id.head_bytes > TAIL_HEAD_BYTES)
        ret->id.head_bytes = 0;
    return n == 3 || n == 6;
}

/* @path, if it is the file of @m with the content it had. */
static struct tail *open_remembered(
    const struct follow *f, const char *path, const struct memory *m)
{
    struct tail *t = part_open(f, path, m->path);
    if (t == NULL)
        return NULL;
    bool is_long_enough = t->gz != NULL || t->size >= m->at;
    bool is_it = identity_same_file(&t->id, &m->id) && is_long_enough && tail_has_head(t, &m->id);
    return is_it ? t : tail_free(t);
}

static struct tail *find_remembered(const struct follow *f, const struct memory *m)
{
    struct tail *t = open_remembered(f, m->path, m);
    if (t != NULL)
        return t;

    struct siblings s;
    siblings_find(m->path, &s);
    for (size_t i = 0; i < s.count && t == NULL; i++)
        if (s.all[i].inode == m->id.inode)
            t = open_remembered(f, s.all[i].path, m);
    siblings_deinit(&s);
    return t != NULL ? t : part_find_copy(f, &m->id, m->path, m->at);
}

static void resume_file(struct follow *f, const struct memory *m, int64_t boot_ms)
{
    if (f->count == FOLLOW_FILES_MAX)
        return;
    struct tail *t = find_remembered(f, m);
    if (t == NULL) {
        int64_t unread = m->size > m->at ? m->size - m->at : 0;
        if (m->was_current || unread > 0)
            f->sink.lost(f->sink.ctx, m->path, m->was_current ? -1 : unread, unread, "gone");
        return;
    }
    if (follow_is_open(f, &t->id)) {
        tail_free(t);
        return;
    }
    tail_seek(t, m->at);
    t->done = m->done;
    follow_insert(f, f->count, t, boot_ms);
}

/* The paths of the days (or hours) between the stop and now. */
static void add_days_between(struct follow *f, int64_t from_ms, int64_t to_ms, int64_t boot_ms)
{
    const int64_t hour_ms = 3600 * 1000;
    char before[PATH_MAX], path[PATH_MAX];
    const char *pattern = f->paths[0].pattern;
    if (strchr(pattern, '%') == NULL)
        return;
    if (to_ms - from_ms > DAYS_BACK_MAX * 24 * hour_ms)
        from_ms = to_ms - DAYS_BACK_MAX * 24 * hour_ms;

    dated_path(pattern, from_ms, before, sizeof before);
    for (int64_t at = from_ms; at < to_ms; at += hour_ms) {
        dated_path(pattern, at, path, sizeof path - sizeof ".gz");
        if (strcmp(path, before) == 0)
            continue;
        memcpy(before, path, sizeof before);
        struct tail *t = f->count < FOLLOW_FILES_MAX ? part_open(f, path, before) : NULL;
        if (t == NULL && f->count < FOLLOW_FILES_MAX)
            t = part_open(f, strcat(path, ".gz"), before);
        if (t != NULL && follow_is_open(f, &t->id))
            t = tail_free(t);
        if (t != NULL)
            follow_insert(f, f->count, t, boot_ms);
    }
}

/* The newest open file of the path @name; NULL if there is none. */
static const struct tail *last_of(const struct follow *f, unsigned name)
{
    for (size_t i = f->count; i-- > 0;)
        if (f->tails[i]->name == name)
            return f->tails[i];
    return NULL;
}

/* What was rotated away during the stop. A file that is still where it was had no rotation. */
static void add_unseen_parts(struct follow *f, unsigned name, int64_t since_ns, int64_t boot_ms)
{
    const struct tail *last = last_of(f, name);
    const char *path = last != NULL ? last->path : f->paths[name].path;
    struct stat st;
    if (last == NULL || stat(path, &st) < 0 || st.st_ino != last->id.inode)
        parts_add_since(f, path, last, since_ns, boot_ms);
}

void resume(struct follow *f, char *state, int64_t wall_ms, int64_t boot_ms)
{
    struct memory m;
    struct finished finished;
    int64_t saved_ms = 0;
    char *rest = NULL;

    for (char *line = strtok_r(state, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (parse_memory(line, &m)) {
            saved_ms = m.saved_ms;
            resume_file(f, &m, boot_ms);
        } else if (parse_finished(line, &finished)) {
            follow_finish(f, &finished.id, finished.size);
        }
    if (saved_ms == 0)
        return;
    f->is_first = false;
    int64_t since_ns = (saved_ms - FILE_CLOCK_SLACK_MS) * 1000000;
    for (unsigned i = 0; i < f->path_count; i++)
        add_unseen_parts(f, i, since_ns, boot_ms);
    add_days_between(f, saved_ms, wall_ms, boot_ms);
}

static size_t advance(size_t length, size_t room, int written)
{
    return written < 0 || (size_t)written >= room - length ? length : length + (size_t)written;
}

static size_t finished_state(const struct follow *f, char *out, size_t room)
{
    size_t length = 0;
    for (size_t i = 1; i <= FINISHED_KEPT; i++) {
        const struct finished *done =
            &f->finished[(f->finished_next + FINISHED_MAX - i) % FINISHED_MAX];
        if (done->id.inode != 0)
            length = advance(length, room,
                snprintf(out + length, room - length,
                    "2 %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32 " %" PRIu64 " %" PRId64 "\n",
                    done->id.device, done->id.inode, done->id.born_ns, done->id.head_bytes,
                    done->id.head_hash, done->size));
    }
    return length;
}

void follow_state(const struct follow *f, int64_t wall_ms, char *out, size_t room)
{
    size_t length = finished_state(f, out, room);

    for (size_t i = 0; i < f->count; i++) {
        const struct tail *t = f->tails[i];
        length = advance(length, room,
            snprintf(out + length, room - length,
                "1 %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32 " %" PRIu64 " %" PRId64
                " %" PRId64 " %u %d %s\n",
                wall_ms, t->id.device, t->id.inode, t->id.born_ns, t->id.head_bytes,
                t->id.head_hash, t->at, t->size, t->done, t->is_current, t->path));
    }
    out[length] = '\0';
}
