/* SPDX-License-Identifier: BSD-2-Clause */
#include "follow.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "siblings.h"

/* How long a file that the path does not name any more is read on: its writer may be told of the
 * rotation late. One that is deleted keeps its space until we close it. */
enum { LINGER_MS = 60 * 60 * 1000, LINGER_DELETED_MS = 60 * 1000 };
/* Days are gone back over after a stop. */
enum { DAYS_BACK_MAX = 40 };
enum { FINISHED_MAX = SIBLINGS_MAX, FINISHED_KEPT = 8, PATTERN_PATH_MAX = 1024 };
/* Times of files come from a clock that ticks only so often; twice its slowest tick and some. */
enum { FILE_CLOCK_SLACK_MS = 50 };

struct follow {
    struct follow_rules rules;
    struct follow_sink sink;
    struct changes changes;
    struct tail *tails[FOLLOW_FILES_MAX];
    size_t count;
    char path[PATH_MAX];
    bool is_first; /* no state, and no look yet */
    bool is_shared_fs;
    int absent;
    int64_t written_ns; /* the newest time of writing seen at any of the files */
    struct identity finished[FINISHED_MAX]; /* a ring: files read to their end, or never to be */
    size_t finished_next;
};

/* What is known of a file from before a restart. */
struct memory {
    int64_t saved_ms;
    struct identity id;
    int64_t at, size;
    unsigned done;
    bool was_current;
    const char *path;
};

static bool is_open(const struct follow *f, const struct identity *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (identity_same_file(&f->tails[i]->id, id))
            return true;
    return false;
}

static bool is_finished(const struct follow *f, const struct identity *id)
{
    for (size_t i = 0; i < FINISHED_MAX; i++)
        if (f->finished[i].inode != 0 && identity_same_file(&f->finished[i], id))
            return true;
    return false;
}

static void remember_finished(struct follow *f, const struct identity *id)
{
    if (is_finished(f, id))
        return;
    f->finished[f->finished_next] = *id;
    f->finished_next = (f->finished_next + 1) % FINISHED_MAX;
}

static struct identity sibling_identity(const struct sibling *s)
{
    return (struct identity){.device = s->device, .inode = s->inode, .born_ns = s->born_ns};
}

/* ---- the list of open files ---- */

static void drop(struct follow *f, size_t i)
{
    struct tail *t = f->tails[i];

    f->sink.ended(f->sink.ctx, t);
    changes_unwatch_file(&f->changes, t->watch);
    remember_finished(f, &t->id);
    tail_free(t);
    f->count--;
    memmove(f->tails + i, f->tails + i + 1, (f->count - i) * sizeof f->tails[0]);
}

static bool is_read(const struct tail *t)
{
    struct stat st;
    return fstat(t->fd, &st) < 0 || t->next + (int64_t)t->partial >= st.st_size;
}

/* Frees a place by closing the oldest file that is read; false if all have more to read. */
static bool make_room(struct follow *f)
{
    for (size_t i = 0; f->count == FOLLOW_FILES_MAX && i < f->count; i++)
        if (is_read(f->tails[i]) && !f->tails[i]->is_current)
            drop(f, i);
    return f->count < FOLLOW_FILES_MAX;
}

static void insert(struct follow *f, size_t i, struct tail *t, int64_t boot_ms)
{
    memmove(f->tails + i + 1, f->tails + i, (f->count - i) * sizeof f->tails[0]);
    f->tails[i] = t;
    f->count++;
    t->watch = changes_watch_file(&f->changes, t->fd);
    t->grown_at_ms = boot_ms;
    f->is_shared_fs |= changes_unseen(t->fd);
}

/* Opens @path and lets it be called @name: a rotated part goes by the name of its log. */
static struct tail *open_as(const struct follow *f, const char *path, const char *name)
{
    struct tail *t = NULL;
    if (tail_open(path, f->rules.record_max, &t) < 0)
        return NULL;
    char *copy = strdup(name);
    if (copy == NULL)
        return tail_free(t);
    free(t->path);
    t->path = copy;
    return t;
}

static int64_t modified_ns(const struct tail *t)
{
    struct stat st;
    return fstat(t->fd, &st) < 0 ? 0 : st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
}

/* Opens what was born after @last and is neither read nor being read: rotations nobody saw. */
static void add_born_since(
    struct follow *f, const struct tail *last, int64_t modified_since_ns, int64_t boot_ms)
{
    struct siblings s;
    siblings_find(last->path, &s);

    for (size_t i = 0; i < s.count; i++) {
        struct identity id = sibling_identity(&s.all[i]);
        bool is_later = id.born_ns != 0 && last->id.born_ns != 0
                            ? id.born_ns >= last->id.born_ns
                            : s.all[i].modified_ns >= modified_ns(last);
        if (!is_later || s.all[i].modified_ns < modified_since_ns || is_open(f, &id) ||
            is_finished(f, &id) || !make_room(f))
            continue;
        struct tail *t = open_as(f, s.all[i].path, last->path);
        if (t != NULL)
            insert(f, f->count, t, boot_ms);
    }
    siblings_deinit(&s);
}

static void finish_siblings(struct follow *f)
{
    struct siblings s;
    siblings_find(f->path, &s);
    for (size_t i = 0; i < s.count; i++) {
        struct identity id = sibling_identity(&s.all[i]);
        if (!is_open(f, &id))
            remember_finished(f, &id);
    }
    siblings_deinit(&s);
}

/* ---- the path ---- */

/* Fills in the marks %Y %m %d %H; %% is a percent sign. */
static void expand(const char *pattern, int64_t wall_ms, char *out, size_t room)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm = {0};
    size_t length = 0;

    localtime_r(&seconds, &tm);
    for (const char *p = pattern; *p != '\0' && length + 5 < room; p++) {
        char mark = *p == '%' ? *++p : '\0';
        if (mark == 'Y')
            length += (size_t)snprintf(out + length, room - length, "%04d", tm.tm_year + 1900);
        else if (mark == 'm' || mark == 'd' || mark == 'H')
            length += (size_t)snprintf(out + length, room - length, "%02d",
                mark == 'm'   ? tm.tm_mon + 1
                : mark == 'd' ? tm.tm_mday
                              : tm.tm_hour);
        else
            out[length++] = *p;
    }
    out[length] = '\0';
}

bool follow_pattern_valid(const char *pattern)
{
    if (pattern[0] != '/' || strlen(pattern) >= PATTERN_PATH_MAX ||
        strpbrk(pattern, "\r\n") != NULL)
        return false;
    for (const char *p = pattern; (p = strchr(p, '%')) != NULL; p += 2)
        if (p[1] == '\0' || strchr("YmdH%", p[1]) == NULL)
            return false;
    const char *name = strrchr(pattern, '/');
    return name[1] != '\0';
}

static bool same_folder(const char *a, const char *b)
{
    const char *p = strrchr(a, '/'), *q = strrchr(b, '/');
    return p != NULL && q != NULL && p - a == q - b && memcmp(a, b, (size_t)(p - a)) == 0;
}

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

static void set_current(struct follow *f, const struct tail *current)
{
    for (size_t i = 0; i < f->count; i++)
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
static bool yesterday_exists(struct follow *f, int64_t wall_ms)
{
    char path[PATH_MAX];
    struct stat st;

    expand(f->rules.path, wall_ms - 24 * 3600 * 1000, path, sizeof path);
    if (strcmp(path, f->path) == 0 || stat(path, &st) < 0)
        return false;
    note_written(f, &st);
    return true;
}

/* Rotations since the last look, when the path names another file than before or none. */
static void add_unseen(struct follow *f, int64_t boot_ms)
{
    struct tail *last = f->count > 0 ? f->tails[f->count - 1] : NULL;
    if (last != NULL && same_folder(last->path, f->path))
        add_born_since(f, last, 0, boot_ms);
}

static void open_current(struct follow *f, int64_t wall_ms, int64_t boot_ms)
{
    struct tail *t = NULL;
    int r = tail_open(f->path, f->rules.record_max, &t);

    add_unseen(f, boot_ms);
    if (r < 0) {
        f->absent = r == -ENOENT && yesterday_exists(f, wall_ms) ? 0 : -r;
        set_current(f, NULL);
        return;
    }
    f->absent = 0;
    if (is_open(f, &t->id) || !make_room(f)) {
        tail_free(t);
        return;
    }
    if (f->is_first && !f->rules.from_begin)
        tail_seek(t, last_line_begin(t, f->rules.lines->unit));
    insert(f, f->count, t, boot_ms);
    set_current(f, t);
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
        int64_t linger = is_deleted ? LINGER_DELETED_MS : LINGER_MS;
        if (!t->is_current && is_read(t) && boot_ms - t->grown_at_ms > linger)
            drop(f, i);
    }
}

void follow_look(struct follow *f, int64_t wall_ms, int64_t boot_ms)
{
    struct stat st;

    expand(f->rules.path, wall_ms, f->path, sizeof f->path);
    changes_watch_names(&f->changes, f->path, f->rules.path);
    struct tail *known = stat(f->path, &st) == 0 ? open_tail_of(f, &st) : NULL;
    if (known != NULL) {
        f->absent = 0;
        set_current(f, known);
    } else {
        open_current(f, wall_ms, boot_ms);
    }
    f->is_first = false;
    retire(f, boot_ms);
}

/* ---- content that was replaced ---- */

/* The copy that a rotation made of @t before it truncated it; NULL if there is none. */
static struct tail *find_copy(
    const struct follow *f, const struct identity *id, const char *path, int64_t from)
{
    struct siblings s;
    struct tail *found = NULL;
    if (id->head_bytes == 0)
        return NULL;

    siblings_find(path, &s);
    for (size_t i = s.count; i-- > 0 && found == NULL;) {
        struct identity copy = sibling_identity(&s.all[i]);
        if (s.all[i].size < from || is_open(f, &copy) || is_finished(f, &copy))
            continue;
        found = open_as(f, s.all[i].path, path);
        if (found != NULL && !tail_has_head(found, id))
            found = tail_free(found);
    }
    siblings_deinit(&s);
    return found;
}

static void say_lost(struct follow *f, const struct tail *t)
{
    if (!f->rules.lines->eof_mark && t->size > t->next)
        f->sink.lost(f->sink.ctx, t->path, t->size - t->next, "truncated");
}

struct tail *follow_ready(struct follow *f, size_t i, int64_t boot_ms)
{
    struct tail *t = f->tails[i];
    if (tail_look(t, boot_ms) != TAIL_E_REPLACED)
        return t;

    struct tail *copy = f->count < FOLLOW_FILES_MAX ? find_copy(f, &t->id, t->path, t->next) : NULL;
    if (copy != NULL) {
        tail_seek(copy, t->at);
        copy->done = t->done;
        insert(f, i, copy, boot_ms);
    } else {
        f->sink.ended(f->sink.ctx, t);
        say_lost(f, t);
    }
    tail_restart(t);
    t->grown_at_ms = boot_ms;
    return copy != NULL ? copy : t;
}

/* ---- restart ---- */

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

/* @path, if it is the file of @m with the content it had. */
static struct tail *open_remembered(
    const struct follow *f, const char *path, const struct memory *m)
{
    struct tail *t = open_as(f, path, m->path);
    if (t == NULL)
        return NULL;
    bool is_it = identity_same_file(&t->id, &m->id) && t->size >= m->at && tail_has_head(t, &m->id);
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
    return t != NULL ? t : find_copy(f, &m->id, m->path, m->at);
}

static void resume(struct follow *f, const struct memory *m, int64_t boot_ms)
{
    if (f->count == FOLLOW_FILES_MAX)
        return;
    struct tail *t = find_remembered(f, m);
    if (t == NULL) {
        if (m->was_current || m->size > m->at)
            f->sink.lost(f->sink.ctx, m->path, -1, "gone");
        return;
    }
    if (is_open(f, &t->id)) {
        tail_free(t);
        return;
    }
    tail_seek(t, m->at);
    t->done = m->done;
    insert(f, f->count, t, boot_ms);
}

/* The paths of the days (or hours) between the stop and now. */
static void add_days_between(struct follow *f, int64_t from_ms, int64_t to_ms, int64_t boot_ms)
{
    const int64_t hour_ms = 3600 * 1000;
    char before[PATH_MAX], path[PATH_MAX];
    if (strchr(f->rules.path, '%') == NULL)
        return;
    if (to_ms - from_ms > DAYS_BACK_MAX * 24 * hour_ms)
        from_ms = to_ms - DAYS_BACK_MAX * 24 * hour_ms;

    expand(f->rules.path, from_ms, before, sizeof before);
    for (int64_t at = from_ms; at < to_ms; at += hour_ms) {
        expand(f->rules.path, at, path, sizeof path);
        if (strcmp(path, before) == 0)
            continue;
        memcpy(before, path, sizeof before);
        struct tail *t = f->count < FOLLOW_FILES_MAX ? open_as(f, path, path) : NULL;
        if (t != NULL && is_open(f, &t->id))
            t = tail_free(t);
        if (t != NULL)
            insert(f, f->count, t, boot_ms);
    }
}

static bool parse_finished(const char *line, struct identity *id)
{
    *id = (struct identity){0};
    return sscanf(line, "2 %" SCNu64 " %" SCNu64 " %" SCNd64, &id->device, &id->inode,
               &id->born_ns) == 3;
}

static void restore(struct follow *f, char *state, int64_t wall_ms, int64_t boot_ms)
{
    struct memory m;
    struct identity finished;
    int64_t saved_ms = 0;
    char *rest = NULL;

    for (char *line = strtok_r(state, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (parse_memory(line, &m)) {
            saved_ms = m.saved_ms;
            resume(f, &m, boot_ms);
        } else if (parse_finished(line, &finished)) {
            remember_finished(f, &finished);
        }
    if (saved_ms == 0)
        return;
    f->is_first = false;
    struct tail *last = f->count > 0 ? f->tails[f->count - 1] : NULL;
    struct stat st;
    if (last != NULL && (stat(last->path, &st) < 0 || st.st_ino != last->id.inode))
        add_born_since(f, last, (saved_ms - FILE_CLOCK_SLACK_MS) * 1000000, boot_ms);
    add_days_between(f, saved_ms, wall_ms, boot_ms);
}

int follow_new(const struct follow_rules *rules, const struct follow_sink *sink, const char *state,
    int64_t wall_ms, int64_t boot_ms, struct follow **ret_follow)
{
    struct follow *f = calloc(1, sizeof *f);
    char *copy = strdup(state != NULL ? state : "");
    if (f == NULL || copy == NULL) {
        free(f);
        free(copy);
        return -ENOMEM;
    }
    f->rules = *rules;
    f->sink = *sink;
    f->is_first = true;
    changes_init(&f->changes);
    expand(rules->path, wall_ms, f->path, sizeof f->path);
    restore(f, copy, wall_ms, boot_ms);
    finish_siblings(f);
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

static size_t advance(size_t length, size_t room, int written)
{
    return written < 0 || (size_t)written >= room - length ? length : length + (size_t)written;
}

/* The files finished last: right after a rotation they look like ones that nobody saw. */
static size_t finished_state(const struct follow *f, char *out, size_t room)
{
    size_t length = 0;
    for (size_t i = 1; i <= FINISHED_KEPT; i++) {
        const struct identity *id =
            &f->finished[(f->finished_next + FINISHED_MAX - i) % FINISHED_MAX];
        if (id->inode != 0)
            length = advance(length, room,
                snprintf(out + length, room - length, "2 %" PRIu64 " %" PRIu64 " %" PRId64 "\n",
                    id->device, id->inode, id->born_ns));
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

int follow_fd(const struct follow *f)
{
    return f->changes.fd;
}

bool follow_polls(const struct follow *f)
{
    return f->is_shared_fs || f->changes.fd < 0;
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
    return f->absent;
}

int64_t follow_written_ms(const struct follow *f)
{
    return f->written_ns / 1000000;
}

const char *follow_path(const struct follow *f)
{
    return f->path;
}
