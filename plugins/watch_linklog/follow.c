/* SPDX-License-Identifier: BSD-2-Clause */
#include "follow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dated.h"
#include "follow_internal.h"

/* How long a file that the path does not name any more is read on: its writer may be told of the
 * rotation late. One that is deleted keeps its space until we close it. */
enum { LINGER_MS = 60 * 60 * 1000, LINGER_DELETED_MS = 60 * 1000 };
/* A file that came beside the log and is not written to for so long is no copy in the making. */
enum { SETTLE_MS = 300 };

bool follow_is_open(const struct follow *f, const struct identity *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (identity_same_file(&f->tails[i]->id, id))
            return true;
    return false;
}

void follow_know(struct follow *f, int64_t born_ns)
{
    if (!f->is_waiting && born_ns > f->known_to_ns)
        f->known_to_ns = born_ns;
}

static struct finished *find_finished(struct follow *f, const struct identity *id)
{
    for (size_t i = 0; i < FINISHED_MAX; i++)
        if (f->finished[i].id.inode != 0 && identity_same_file(&f->finished[i].id, id))
            return &f->finished[i];
    return NULL;
}

bool follow_is_finished(const struct follow *f, const struct identity *id)
{
    for (size_t i = 0; i < FINISHED_MAX; i++)
        if (f->finished[i].id.inode != 0 && identity_same_file(&f->finished[i].id, id))
            return true;
    return false;
}

bool follow_has_finished(const struct follow *f, const struct tail *t)
{
    for (size_t i = 0; i < FINISHED_MAX; i++) {
        const struct identity *id = &f->finished[i].id;
        if (id->inode == 0 || !identity_same_file(id, &t->id))
            continue;
        bool has_births = id->born_ns != 0 && t->id.born_ns != 0;
        if (has_births || id->head_bytes == 0 || tail_has_head(t, id))
            return true;
    }
    return false;
}

void follow_finish_again(struct follow *f, const struct finished *done)
{
    struct finished *known = find_finished(f, &done->id);
    if (known != NULL)
        known->id.inode = 0;
    f->finished[f->finished_next] = *done;
    f->finished_next = (f->finished_next + 1) % FINISHED_MAX;
}

void follow_finish(struct follow *f, const struct identity *id, int64_t size)
{
    follow_finish_again(f, &(struct finished){.id = *id, .size = size});
}

/* A name may come back to a file that was read and closed: @t goes on there. */
static void go_on(struct follow *f, struct tail *t)
{
    const struct finished *known = find_finished(f, &t->id);
    if (known != NULL && known->was_read && known->id.head_bytes > 0 && known->size <= t->size &&
        tail_has_head(t, &known->id))
        tail_seek(t, known->size);
}

/* ---- the list of open files ---- */

/* Says what a compressed part held that could not be read. */
static void say_unread(const struct follow *f, const struct tail *t)
{
    enum gz_end end = gz_end(t->gz);
    int64_t known = t->size - gz_length(t->gz);
    if (end != GZ_OPEN && end != GZ_DONE)
        f->sink.lost(f->sink.ctx, t->path, known > 0 ? known : -1, 0, gz_end_name(end));
}

static void drop(struct follow *f, size_t i)
{
    struct tail *t = f->tails[i];

    f->sink.ended(f->sink.ctx, t);
    if (t->gz != NULL)
        say_unread(f, t);
    changes_unwatch_file(&f->changes, t->watch);
    tail_grow_head(t);
    follow_finish_again(f, &(struct finished){.id = t->id, .size = t->next, .was_read = true});
    tail_free(t);
    f->count--;
    memmove(f->tails + i, f->tails + i + 1, (f->count - i) * sizeof f->tails[0]);
}

bool follow_make_room(struct follow *f)
{
    for (size_t i = 0; f->count == FOLLOW_FILES_MAX && i < f->count; i++) {
        // A young one that has nothing to read may be just begun, or its writer may be late.
        const struct tail *t = f->tails[i];
        bool is_over = t->is_whole || i < FOLLOW_FILES_MAX / 2;
        if (is_over && tail_is_read(t) && !t->is_current) {
            drop(f, i);
            // Whoever goes through the list may have passed over one.
            f->wants_look = true;
        }
    }
    return f->count < FOLLOW_FILES_MAX;
}

void follow_insert(struct follow *f, size_t i, struct tail *t, int64_t boot_ms)
{
    memmove(f->tails + i + 1, f->tails + i, (f->count - i) * sizeof f->tails[0]);
    f->tails[i] = t;
    f->count++;
    t->watch = t->gz == NULL ? changes_watch_file(&f->changes, t->fd) : -1;
    t->grown_at_ms = boot_ms;
    f->is_shared_fs |= changes_unseen(t->fd);
}

unsigned follow_name_of(const struct follow *f, const char *path)
{
    for (unsigned i = 0; i < f->path_count; i++)
        if (strcmp(f->paths[i].path, path) == 0 || strcmp(f->paths[i].real, path) == 0)
            return i;
    return 0;
}

/* ---- the path ---- */

/* Where reading begins when only what comes from now on counts: at the last line's begin, which
 * may still be being written. */
static int64_t last_line_begin(const struct tail *t, size_t unit)
{
    char end[4096];
    int64_t size = t->size / (int64_t)unit * (int64_t)unit;
    int64_t from = size > (int64_t)sizeof end ? size - (int64_t)sizeof end : 0;
    ssize_t n = pread(t->fd, end, (size_t)(size - from), from);

    for (ssize_t i = n; i >= (ssize_t)unit; i -= (ssize_t)unit)
        if (end[i - (ssize_t)unit] == '\n' && (unit == 1 || end[i - 1] == '\0'))
            return from + i;
    return from == 0 ? 0 : size;
}

static void note_written(struct follow *f, const struct stat *st)
{
    int64_t written_ns = st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec;
    if (written_ns > f->written_ns)
        f->written_ns = written_ns;
}

/* Of the files of the path @name, @current (may be NULL) is what it names. */
static void set_current(struct follow *f, unsigned name, const struct tail *current)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->tails[i]->name == name)
            f->tails[i]->is_current = f->tails[i] == current;
}

static struct tail *open_tail_of(const struct follow *f, const struct stat *st)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->tails[i]->id.device == st->st_dev && f->tails[i]->id.inode == st->st_ino)
            return f->tails[i];
    return NULL;
}

/* Before the first run of a day its file does not exist; yesterday's must. */
static bool yesterday_exists(struct follow *f, const struct followed *of, int64_t wall_ms)
{
    char path[PATH_MAX];
    struct stat st;

    dated_path(of->pattern, wall_ms - 24 * 3600 * 1000, path, sizeof path);
    if (strcmp(path, of->path) == 0 || stat(path, &st) < 0)
        return false;
    note_written(f, &st);
    return true;
}

void follow_add_parts(
    struct follow *f, unsigned name, int64_t since_ns, int64_t settled_ns, int64_t boot_ms)
{
    char path[PATH_MAX]; // that of a file may be gone with it
    const char *found = f->paths[name].real;
    struct part_search by = {
        .path = path, .since_ns = since_ns, .settled_ns = settled_ns, .place = f->count};
    for (size_t i = 0; i < f->count; i++) {
        if (f->tails[i]->name != name)
            continue;
        if (since_ns == 0)
            by.since_ns = tail_modified_ns(f->tails[i]);
        by.place = f->tails[i]->is_current ? i : f->count;
        found = f->tails[i]->path;
    }
    snprintf(path, sizeof path, "%s", found);
    parts_add(f, &by, boot_ms);
}

/* Whether a file of the path @name was open before, in the folder where it is now. */
static bool has_past(const struct follow *f, unsigned name)
{
    for (size_t i = f->count; i-- > 0;)
        if (f->tails[i]->name == name)
            return dated_same_folder(f->tails[i]->path, f->paths[name].real);
    return false;
}

/* Files of a pair are in the order in which they were written to last, others in that of opening.
 */
static size_t place_of(const struct follow *f, const struct tail *t)
{
    struct stat mine, other;
    size_t i = f->count;
    if (!f->is_first || fstat(t->fd, &mine) < 0)
        return i;
    while (i > 0 && fstat(f->tails[i - 1]->fd, &other) == 0 &&
           (other.st_mtim.tv_sec > mine.st_mtim.tv_sec ||
               (other.st_mtim.tv_sec == mine.st_mtim.tv_sec &&
                   other.st_mtim.tv_nsec > mine.st_mtim.tv_nsec)))
        i--;
    return i;
}

static bool is_at(const char *path, const struct tail *t)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_ino == t->id.inode && st.st_dev == t->id.device;
}

static void open_current(struct follow *f, unsigned name, int64_t wall_ms, int64_t boot_ms)
{
    struct followed *of = &f->paths[name];
    struct tail *t = NULL;
    int r = tail_open(of->path, f->rules.record_max, &t);

    set_current(f, name, NULL);
    if (has_past(f, name))
        follow_add_parts(f, name, 0, INT64_MAX, boot_ms);
    if (r < 0) {
        of->absent = r == -ENOENT && yesterday_exists(f, of, wall_ms) ? 0 : -r;
        return;
    }
    of->absent = 0;
    // Rotated meanwhile it is a part, and may have been found as one under another inode.
    if (f->is_crowded || !is_at(of->path, t) || follow_is_open(f, &t->id) || !follow_make_room(f)) {
        f->wants_look = true;
        tail_free(t);
        return;
    }
    t->name = name;
    if (f->is_first && !f->rules.from_begin)
        tail_seek(t, last_line_begin(t, f->rules.lines->unit));
    else
        go_on(f, t);
    follow_insert(f, place_of(f, t), t, boot_ms);
    follow_know(f, t->id.born_ns);
    set_current(f, name, t);
}

static void retire(struct follow *f, int64_t boot_ms)
{
    for (size_t i = f->count; i-- > 0;) {
        const struct tail *t = f->tails[i];
        struct stat st;
        if (fstat(t->fd, &st) < 0)
            continue;
        note_written(f, &st);
        bool is_deleted = st.st_nlink == 0;
        int64_t linger = t->is_whole ? -1 : is_deleted ? LINGER_DELETED_MS : LINGER_MS;
        if (!t->is_current && tail_is_read(t) && boot_ms - t->grown_at_ms > linger)
            drop(f, i);
    }
}

/* Between two looks a log may be copied and truncated more than once. */
static void add_copies(struct follow *f, struct tail *t, int64_t wall_ms, int64_t boot_ms)
{
    bool wanted = f->wants_look;
    f->wants_look = false;
    follow_add_parts(f, t->name, 0, (wall_ms - SETTLE_MS) * 1000000, boot_ms);
    t->was_replaced = f->wants_look || t->id.head_bytes == 0;
    f->wants_look |= wanted;
}

/* Which path it is now. */
static void set_path(struct followed *of, int64_t wall_ms)
{
    dated_path(of->pattern, wall_ms, of->path, sizeof of->path);
    char *real = realpath(of->path, NULL);
    snprintf(of->real, sizeof of->real, "%s", real != NULL ? real : of->path);
    free(real);
}

static void look_at(struct follow *f, unsigned name, int64_t wall_ms, int64_t boot_ms)
{
    struct followed *of = &f->paths[name];
    struct stat st;

    set_path(of, wall_ms);
    changes_watch_names(&f->changes, name, of->path, of->pattern);
    struct tail *known = stat(of->path, &st) == 0 ? open_tail_of(f, &st) : NULL;
    if (known != NULL) {
        of->absent = 0;
        set_current(f, name, known);
        if (known->was_replaced)
            add_copies(f, known, wall_ms, boot_ms);
    } else {
        open_current(f, name, wall_ms, boot_ms);
    }
}

void follow_look(struct follow *f, int64_t wall_ms, int64_t boot_ms)
{
    f->wants_look = f->is_crowded = f->is_waiting = false;
    resume_days(f, wall_ms, boot_ms);
    for (unsigned name = 0; name < f->path_count; name++)
        look_at(f, name, wall_ms, boot_ms);
    f->is_first = false;
    if (!f->is_waiting && !f->is_crowded)
        f->looked_ms = wall_ms;
    retire(f, boot_ms);
}

bool follow_wants_look(const struct follow *f)
{
    return f->wants_look;
}

/* ---- content that was replaced ---- */

static void say_truncated(struct follow *f, const struct tail *t)
{
    if (!f->rules.lines->eof_mark && t->size > t->next)
        f->sink.lost(f->sink.ctx, t->path, t->size - t->next, 0, "truncated");
}

/* Closes others for a place before @t. False: there is none. */
static bool make_room_before(struct follow *f, const struct tail *t, size_t *i)
{
    if (!follow_make_room(f))
        return false;
    for (*i = 0; f->tails[*i] != t;)
        ++*i;
    return true;
}

struct tail *follow_ready(struct follow *f, size_t i, int64_t boot_ms)
{
    struct tail *t = f->tails[i];
    if (tail_look(t, boot_ms) != TAIL_E_REPLACED)
        return t;

    struct tail *copy =
        make_room_before(f, t, &i) ? part_find_copy(f, &t->id, t->path, t->next) : NULL;
    if (copy != NULL) {
        tail_seek(copy, t->at);
        copy->done = t->done;
        copy->name = t->name;
        copy->is_whole = true;
        follow_insert(f, i, copy, boot_ms);
    } else {
        f->sink.ended(f->sink.ctx, t);
        say_truncated(f, t);
        parts_forget_copies(f, &t->id, t->path);
    }
    f->wants_look = true;
    tail_restart(t);
    t->grown_at_ms = boot_ms;
    return copy != NULL ? copy : t;
}

/* ---- the whole ---- */

int follow_new(const struct follow_rules *rules, const struct follow_sink *sink,
    const struct follow_saved *saved, int64_t wall_ms, int64_t boot_ms, struct follow **ret_follow)
{
    struct follow *f = calloc(1, sizeof *f);
    char *copy = strdup(saved->state != NULL ? saved->state : "");
    if (f == NULL || copy == NULL) {
        free(f);
        free(copy);
        return -ENOMEM;
    }
    f->rules = *rules;
    f->sink = *sink;
    f->is_first = true;
    f->paths[0].pattern = rules->path;
    f->paths[1].pattern = rules->pair;
    f->path_count = rules->pair != NULL ? 2 : 1;
    changes_init(&f->changes);
    for (unsigned i = 0; i < f->path_count; i++)
        set_path(&f->paths[i], wall_ms);
    resume(f, copy, saved->progress, wall_ms, boot_ms);
    free(copy);
    *ret_follow = f;
    return 0;
}

struct follow *follow_free(struct follow *f)
{
    if (f == NULL)
        return NULL;
    for (size_t i = 0; i < f->count; i++)
        tail_free(f->tails[i]);
    changes_deinit(&f->changes);
    free(f);
    return NULL;
}

int follow_fd(const struct follow *f)
{
    return f->changes.fd;
}

bool follow_polls(const struct follow *f)
{
    return f->is_shared_fs || f->changes.is_shared || f->changes.fd < 0;
}

enum change follow_drain(struct follow *f)
{
    return changes_drain(&f->changes);
}

size_t follow_count(const struct follow *f)
{
    return f->count;
}

struct tail *follow_tail(const struct follow *f, size_t i)
{
    return f->tails[i];
}

int follow_absent(const struct follow *f)
{
    for (unsigned i = 0; i < f->path_count; i++)
        if (f->paths[i].absent == 0)
            return 0;
    return f->paths[0].absent;
}

int64_t follow_written_ms(const struct follow *f)
{
    return f->written_ns / 1000000;
}

const char *follow_path(const struct follow *f)
{
    return f->paths[0].path;
}
