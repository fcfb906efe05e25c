/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept is a line for each open file ("1 ..."), one for each of those finished last
 * ("2 ..."), which right after a rotation look like parts that nobody saw, the birth of the
 * newest part behind which all is known ("3 ..."), and a number that no state before had ("4 ...").
 * Progress ("5 ...") is that number, device and inode of an open file, its offset and its events
 * made.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dated.h"
#include "digits.h"
#include "follow_internal.h"

/* Days are gone back over after a stop. */
enum { DAYS_BACK_MAX = 40, FINISHED_KEPT = 24 };
/* How late the first line may come to the path of an hour. */
enum { HOUR_MS = 3600 * 1000, LATE_MS = 2 * HOUR_MS };
/* Times of files come from a clock that ticks only so often; twice its slowest tick and some. */
enum { FILE_CLOCK_SLACK_MS = 50 };
/* What is said of an open file beside its numbers. */
enum { FLAG_CURRENT = 1, FLAG_REPLACED = 2 };

/* What is known of a file from before a restart. */
struct memory {
    int64_t saved_ms;
    struct identity id;
    int64_t at, size;
    unsigned done;
    bool was_current, was_replaced;
    const char *path;
};

/* @m holds what the line before said: "=" is its path. */
static bool parse_memory(char *line, struct memory *m)
{
    int path = 0;
    unsigned flags = 0;
    const char *before = m->path;
    *m = (struct memory){0};
    int n = sscanf(line,
        "1 %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNu64 " %" SCNd64
        " %" SCNd64 " %u %u %n",
        &m->saved_ms, &m->id.device, &m->id.inode, &m->id.born_ns, &m->id.head_bytes,
        &m->id.head_hash, &m->at, &m->size, &m->done, &flags, &path);
    m->was_current = (flags & FLAG_CURRENT) != 0;
    m->was_replaced = (flags & FLAG_REPLACED) != 0;
    m->path = strcmp(line + path, "=") == 0 ? before : line + path;
    return n == 10 && path > 0 && m->path != NULL && m->path[0] == '/' && m->at >= 0 &&
           m->id.head_bytes <= TAIL_HEAD_BYTES;
}

/* Those of older versions have no content, or do not say whether it was read. */
static bool parse_finished(const char *line, struct finished *ret)
{
    *ret = (struct finished){0};
    unsigned was_read = 0;
    int n =
        sscanf(line, "2 %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNu64 " %" SCNd64 " %u",
            &ret->id.device, &ret->id.inode, &ret->id.born_ns, &ret->id.head_bytes,
            &ret->id.head_hash, &ret->size, &was_read);
    if (n < 6 || ret->id.head_bytes > TAIL_HEAD_BYTES)
        ret->id.head_bytes = 0;
    ret->was_read = was_read == 1;
    return n == 3 || n == 6 || n == 7;
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

/* @ret_moved: names moved meanwhile. */
static struct tail *find_renamed(const struct follow *f, const struct memory *m, bool *ret_moved)
{
    struct siblings s;
    struct tail *t = NULL;
    siblings_find(m->path, &s);
    *ret_moved = !s.is_settled;
    for (size_t i = 0; i < s.count && t == NULL; i++)
        if (s.all[i].inode == m->id.inode) {
            t = open_remembered(f, s.all[i].path, m);
            *ret_moved = true;
        }
    siblings_deinit(&s);
    return t;
}

static struct tail *find_remembered(const struct follow *f, const struct memory *m)
{
    struct tail *t = NULL;
    bool moved = true;
    for (int i = 0; i < PARTS_TRIES && moved && t == NULL; i++) {
        if (i > 0)
            parts_wait();
        t = open_remembered(f, m->path, m);
        if (t == NULL)
            t = find_renamed(f, m, &moved);
    }
    return t != NULL ? t : part_find_copy(f, &m->id, m->path, m->at);
}

/* What was written to a file that was current, behind what was seen of it, is not known. */
static void say_gone(const struct follow *f, const struct memory *m)
{
    int64_t unread = m->size > m->at ? m->size - m->at : 0;
    if (m->was_current || unread > 0)
        f->sink.lost(f->sink.ctx, m->path, m->was_current ? -1 : unread, unread, "gone");
}

static void resume_file(
    struct follow *f, const struct memory *m, struct memory *gone, int64_t boot_ms)
{
    if (f->count == FOLLOW_FILES_MAX)
        return;
    struct tail *t = find_remembered(f, m);
    if (t == NULL) {
        bool may_be_idle = f->path_count > 1 && m->size <= m->at && gone->path == NULL;
        if (may_be_idle)
            *gone = *m;
        else
            say_gone(f, m);
        return;
    }
    if (follow_is_open(f, &t->id)) {
        tail_free(t);
        return;
    }
    tail_seek(t, m->at);
    t->done = m->done;
    t->was_replaced = m->was_replaced || m->id.head_bytes == 0;
    follow_insert(f, f->count, t, boot_ms);
}

/* Opens @path or what was compressed of it; NULL if there is neither, or it is known. */
static struct tail *open_day(struct follow *f, const char *path)
{
    char compressed[PATH_MAX];
    snprintf(compressed, sizeof compressed, "%.*s.gz", (int)sizeof compressed - 4, path);
    struct tail *t = part_open(f, path, path);
    if (t == NULL)
        t = part_open(f, compressed, path);
    if (t == NULL)
        return NULL;
    if (f->days_from_ms == 0)
        follow_finish(f, &t->id, t->size);
    bool is_known = follow_is_open(f, &t->id) || follow_has_finished(f, t);
    return is_known ? tail_free(t) : t;
}

/* Where going back over days begins if there are too many, said aloud. */
static int64_t clip_days(const struct follow *f, int64_t wall_ms)
{
    f->sink.lost(f->sink.ctx, f->paths[0].path, -1, 0, "days");
    return wall_ms - DAYS_BACK_MAX * 24LL * HOUR_MS;
}

void resume_days(struct follow *f, int64_t wall_ms, int64_t boot_ms)
{
    char now[PATH_MAX], before[PATH_MAX] = "", path[PATH_MAX];
    const char *pattern = f->paths[0].pattern;
    if (strchr(pattern, '%') == NULL)
        return;
    int64_t at = (f->days_from_ms != 0 ? f->days_from_ms : wall_ms) - LATE_MS;
    if (wall_ms - at > DAYS_BACK_MAX * 24LL * HOUR_MS)
        at = clip_days(f, wall_ms);

    dated_path(pattern, wall_ms, now, sizeof now);
    for (; at < wall_ms; at += HOUR_MS) {
        dated_path(pattern, at, path, sizeof path);
        if (strcmp(path, before) == 0 || strcmp(path, now) == 0)
            continue;
        if (!follow_make_room(f)) {
            f->wants_look = f->is_crowded = true;
            f->days_from_ms = at + LATE_MS;
            return;
        }
        memcpy(before, path, sizeof before);
        struct tail *t = open_day(f, path);
        if (t != NULL)
            follow_insert(f, f->count, t, boot_ms);
    }
    f->days_from_ms = wall_ms;
}

/* Whether there may be parts that nobody saw: the newest file is not where it was, or it was empty
 * and there may be copies of what stood in it since. */
static bool was_rotated(const struct follow *f, unsigned name)
{
    struct stat st;
    for (size_t i = f->count; i-- > 0;) {
        const struct tail *t = f->tails[i];
        if (t->name == name)
            return t->was_replaced || stat(t->path, &st) < 0 || st.st_ino != t->id.inode;
    }
    return true;
}

/* How far one of the open files was at last, if that was kept apart. */
struct progress {
    uint64_t generation; /* 0: it was not */
    uint64_t device, inode;
    int64_t at;
    unsigned done;
};

static struct progress parse_progress(const char *text)
{
    struct progress p = {0};
    if (text == NULL || sscanf(text, "5 %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %u",
                            &p.generation, &p.device, &p.inode, &p.at, &p.done) != 5)
        p.generation = 0;
    return p;
}

static void apply_progress(const struct follow *f, const struct progress *p, struct memory *m)
{
    if (p->generation == 0 || p->generation != f->generation || p->device != m->id.device ||
        p->inode != m->id.inode || p->at < m->at)
        return;
    m->at = p->at;
    m->done = p->done;
}

/* Takes the lines of @state in; when it was saved, 0: never. Finished ones go to @done too, the
 * newest first. */
static int64_t read_state(struct follow *f, char *state, const struct progress *progress,
    struct finished done[FINISHED_KEPT], size_t *ret_done, int64_t boot_ms)
{
    // Of a pair the writer empties the idle file, all of which was read: if the other one is as it
    // was, nothing is lost.
    struct memory m = {0}, gone = {0};
    int64_t saved_ms = 0, known_to_ns;
    char *rest = NULL;
    for (char *line = strtok_r(state, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (sscanf(line, "3 %" SCNd64, &known_to_ns) == 1) {
            f->known_to_ns = known_to_ns;
        } else if (sscanf(line, "4 %" SCNu64, &f->generation) == 1) {
            continue;
        } else if (parse_memory(line, &m)) {
            apply_progress(f, progress, &m);
            saved_ms = m.saved_ms;
            resume_file(f, &m, &gone, boot_ms);
        } else if (*ret_done < FINISHED_KEPT && parse_finished(line, &done[*ret_done])) {
            follow_finish_again(f, &done[*ret_done]);
            ++*ret_done;
        }
    if (gone.path != NULL && f->count == 0)
        say_gone(f, &gone);
    return saved_ms;
}

void resume(struct follow *f, char *state, const char *progress, int64_t wall_ms, int64_t boot_ms)
{
    struct finished done[FINISHED_KEPT];
    size_t count = 0;
    const struct progress last = parse_progress(progress);
    int64_t saved_ms = read_state(f, state, &last, done, &count, boot_ms);
    int64_t since_ns = (saved_ms - FILE_CLOCK_SLACK_MS) * 1000000;
    if (saved_ms != 0) {
        f->is_first = false;
        f->looked_ms = saved_ms;
        for (unsigned i = 0; i < f->path_count; i++)
            if (was_rotated(f, i))
                follow_add_parts(f, i, since_ns, INT64_MAX, boot_ms);
        f->days_from_ms = saved_ms;
        resume_days(f, wall_ms, boot_ms);
    }
    parts_finish(f, saved_ms != 0 ? since_ns : INT64_MAX);
    // They are what may be asked for after the next restart, not what lies here since long.
    while (count-- > 0)
        follow_finish_again(f, &done[count]);
}

/* ---- writing it ---- */

/* A line that does not fit is left out. */
struct lines {
    char *out;
    size_t length, room;
    size_t begin; /* of the line being written */
    bool fits;
};

static void put_bytes(struct lines *l, const char *bytes, size_t length)
{
    l->fits = l->fits && length < l->room - l->length;
    if (!l->fits)
        return;
    memcpy(l->out + l->length, bytes, length);
    l->length += length;
}

/* With a blank before it. */
static void put_number(struct lines *l, uint64_t number)
{
    char digits[1 + DIGITS_MAX], *end = digits + sizeof digits;
    char *first = digits_unsigned(end, number);
    *--first = ' ';
    put_bytes(l, first, (size_t)(end - first));
}

static void put_signed(struct lines *l, int64_t number)
{
    char digits[1 + DIGITS_MAX], *end = digits + sizeof digits;
    char *first = digits_signed(end, number);
    *--first = ' ';
    put_bytes(l, first, (size_t)(end - first));
}

static void put_identity(struct lines *l, const struct identity *id)
{
    put_number(l, id->device);
    put_number(l, id->inode);
    put_signed(l, id->born_ns);
    put_number(l, id->head_bytes);
    put_number(l, id->head_hash);
}

static void begin_line(struct lines *l, char kind)
{
    l->begin = l->length;
    l->fits = true;
    put_bytes(l, &kind, 1);
}

static void end_line(struct lines *l)
{
    put_bytes(l, "\n", 1);
    if (!l->fits)
        l->length = l->begin;
    l->out[l->length] = '\0';
}

/* Those that were finished again left their old places empty. */
static void put_finished(struct lines *l, const struct follow *f)
{
    for (size_t i = 1, kept = 0; i < FINISHED_MAX && kept < FINISHED_KEPT; i++) {
        const struct finished *done =
            &f->finished[(f->finished_next + FINISHED_MAX - i) % FINISHED_MAX];
        if (done->id.inode == 0)
            continue;
        kept++;
        begin_line(l, '2');
        put_identity(l, &done->id);
        put_signed(l, done->size);
        put_number(l, done->was_read);
        end_line(l);
    }
}

static void put_open(struct lines *l, const struct tail *t, int64_t saved_ms, const char *path)
{
    begin_line(l, '1');
    put_signed(l, saved_ms);
    put_identity(l, &t->id);
    put_signed(l, t->at);
    put_signed(l, t->size);
    put_number(l, t->done);
    put_number(l, (t->is_current ? FLAG_CURRENT : 0u) | (t->was_replaced ? FLAG_REPLACED : 0u));
    put_bytes(l, " ", 1);
    put_bytes(l, path, strlen(path));
    end_line(l);
}

void follow_state(struct follow *f, char *out, size_t room)
{
    // What was written since the last look may be in files that nobody saw.
    bool is_dated = strchr(f->paths[0].pattern, '%') != NULL;
    int64_t saved_ms = is_dated ? f->days_from_ms : f->looked_ms;
    const char *before = "";
    struct lines l = {.out = out, .room = room};

    begin_line(&l, '3');
    put_signed(&l, f->known_to_ns);
    end_line(&l);
    begin_line(&l, '4');
    put_number(&l, ++f->generation);
    end_line(&l);
    for (size_t i = 0; i < f->count; i++) {
        const struct tail *t = f->tails[i];
        put_open(&l, t, saved_ms, strcmp(t->path, before) == 0 ? "=" : t->path);
        before = t->path;
    }
    put_finished(&l, f);
}

size_t follow_progress(
    const struct follow *f, const struct tail *t, char out[static FOLLOW_PROGRESS_BYTES])
{
    struct lines l = {.out = out, .room = FOLLOW_PROGRESS_BYTES};
    begin_line(&l, '5');
    put_number(&l, f->generation);
    put_number(&l, t->id.device);
    put_number(&l, t->id.inode);
    put_bytes(&l, " ", 1);
    return l.length;
}
