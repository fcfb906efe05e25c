/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "rotation.h"

/* Rotations come after 50 to 250 lines: 10 to 50 ms. */
enum { LINES_LEAST = 50, LINES_SPREAD = 200, PARTS_MAX = 60, TICK_LINES = 10 };
enum { LAG_LINES = 50000 };
/* Of the clock that SCHEME_DATED goes by; lines that may still go to the hour before. */
enum { HOUR_MS = 3600 * 1000, LATE_LINES = 60 };

const char *const scheme_names[] = {"rename", "copytruncate", "dated", "pair", "compress", NULL};

struct writer {
    const struct plan *plan;
    struct shared *shared;
    unsigned seed;
    int fd;
    char path[256];           /* of the file that is written to */
    uint32_t last[PARTS_MAX]; /* number of the last line in part i + 1 */
    unsigned turn;            /* SCHEME_PAIR: which of both */
    uint32_t pair_last[2];
    uint32_t window; /* lines to write between copy and truncation are marked while > 0 */
    /* SCHEME_DATED: the hour of `path`, the one that it is to turn to and when. */
    int64_t hour, due_hour, due_ms;
    unsigned hours;             /* files opened so far */
    char paths[PARTS_MAX][256]; /* of the hours before, a ring; `last` is by the same places */
    int late_fd;                /* of the hour before, -1: none */
    unsigned late;              /* lines that may still go there */
};

unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

int64_t plan_wall_ms(const struct plan *p)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
    return p->scheme == SCHEME_DATED
               ? p->clock_from_ms + (ms - p->clock_from_ms) * (int64_t)p->clock_scale
               : ms;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void path_of(const struct writer *w, const char *name, char out[static 256])
{
    snprintf(out, 256, "%s/%s", w->plan->folder, name);
}

static void open_log(struct writer *w, const char *name, int flags)
{
    if (w->fd >= 0)
        close(w->fd);
    path_of(w, name, w->path);
    w->fd = open(w->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0644);
    if (w->fd < 0)
        fail(w->path);
}

static void end_late(struct writer *w)
{
    if (w->late_fd >= 0)
        close(w->late_fd);
    w->late_fd = -1;
    w->late = 0;
}

/* Where the next line goes: of two that write at once one may not know of the new hour yet. */
static int next_fd(struct writer *w)
{
    if (w->late == 0)
        end_late(w);
    else if (w->late-- % 4 != 0)
        return w->late_fd;
    return w->fd;
}

/* One line, in two pieces now and then. */
static void write_line(struct writer *w)
{
    int fd = next_fd(w);
    char line[128];
    uint32_t number = w->shared->written + 1;
    size_t length = (size_t)snprintf(line, sizeof line,
        "2026/04/15 01:10:07.%03u I transfer of part %u ended n=%u\n", number % 1000, number % 97,
        number);
    size_t first = next_random(&w->seed) % 16 == 0 ? next_random(&w->seed) % length : length;
    if (number > LINES_MAX)
        exit(1);
    w->shared->marks[number] = w->window > 0 ? MARK_IN_WINDOW : 0;
    w->shared->written = number;
    if (write(fd, line, first) != (ssize_t)first ||
        write(fd, line + first, length - first) != (ssize_t)(length - first))
        fail("write");
}

/* Waits until the reader has all lines up to @number. */
static void await_reader(struct writer *w, uint32_t number)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    if (w->shared->read < number)
        w->shared->waits++;
    while (w->shared->read < number)
        nanosleep(&pause, NULL);
}

/* Moves part i to i + 1; the oldest is removed once it was read. */
static void shift_parts(struct writer *w, const char *suffix)
{
    char from[256], to[256], name[64];
    await_reader(w, w->last[PARTS_MAX - 1]);
    for (int i = PARTS_MAX; i > 1; i--) {
        snprintf(name, sizeof name, "app.log.%d%s", i - 1, suffix);
        path_of(w, name, from);
        snprintf(name, sizeof name, "app.log.%d%s", i, suffix);
        path_of(w, name, to);
        rename(from, to);
        w->last[i - 1] = w->last[i - 2];
    }
    w->last[0] = w->shared->written;
}

static void rotate_by_rename(struct writer *w)
{
    char part[256], name[256];
    shift_parts(w, "");
    path_of(w, "app.log", name);
    path_of(w, "app.log.1", part);
    if (rename(name, part) < 0)
        fail(part);
    // A writer that hears of it late stays with the old file.
    for (unsigned late = next_random(&w->seed) % 4; late > 0; late--)
        write_line(w);
    w->last[0] = w->shared->written;
    open_log(w, "app.log", 0);
}

static void copy(const char *from, const char *to, bool compress)
{
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = compress ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    gzFile zip = compress ? gzopen(to, "wb6") : NULL;
    if (in < 0 || (out < 0 && zip == NULL))
        fail(to);
    for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;)
        if (compress ? gzwrite(zip, bytes, (unsigned)n) != n : write(out, bytes, (size_t)n) != n)
            fail(to);
    struct stat st;
    if (compress && gzclose(zip) == Z_OK && fstat(in, &st) == 0)
        utimensat(AT_FDCWD, to, (struct timespec[]){st.st_atim, st.st_mtim}, 0);
    if (out >= 0)
        close(out);
    close(in);
}

static void rotate_by_copying(struct writer *w)
{
    char part[256];
    shift_parts(w, "");
    path_of(w, "app.log.1", part);
    unlink(part);
    copy(w->path, part, false);
    // What is written now is in no copy: the fault of this scheme.
    for (w->window = next_random(&w->seed) % 3; w->window > 0; w->window--)
        write_line(w);
    if (ftruncate(w->fd, 0) < 0)
        fail(w->path);
}

static void rotate_by_compressing(struct writer *w)
{
    char part[256], zip[256];
    shift_parts(w, ".gz");
    path_of(w, "app.log.1", part);
    path_of(w, "app.log.1.gz", zip);
    if (rename(w->path, part) < 0)
        fail(part);
    w->last[0] = w->shared->written;
    open_log(w, "app.log", 0);
    for (unsigned more = next_random(&w->seed) % 20; more > 0; more--)
        write_line(w);
    copy(part, zip, true);
    unlink(part);
}

static void rotate_pair(struct writer *w)
{
    w->pair_last[w->turn] = w->shared->written;
    w->turn = 1 - w->turn;
    await_reader(w, w->pair_last[w->turn]);
    open_log(w, w->turn == 0 ? "app.log" : "other.log", O_TRUNC);
}

static void name_of_hour(int64_t hour, char out[static 32])
{
    time_t seconds = (time_t)(hour * (HOUR_MS / 1000));
    struct tm tm;
    strftime(out, 32, "%Y%m%d%H/exec.log", localtime_r(&seconds, &tm));
}

static void remove_hour(char path[static 256])
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

/* The first line of an hour comes at a random moment of its first half. */
static bool hour_is_due(struct writer *w)
{
    int64_t now_ms = plan_wall_ms(w->plan);
    if (now_ms / HOUR_MS == w->hour)
        return false;
    if (w->due_hour != now_ms / HOUR_MS) {
        w->due_hour = now_ms / HOUR_MS;
        w->due_ms = w->due_hour * HOUR_MS + next_random(&w->seed) % 1000 * (HOUR_MS / 2000);
    }
    return now_ms >= w->due_ms;
}

/* The folder of the hour; the old one gets late lines. True: it is another one. Where this process
 * was kept waiting for hours of its clock it tries again: nobody looks for a day that was not. The
 * folder of PARTS_MAX hours ago is removed once it was read. */
static bool rotate_by_hour(struct writer *w)
{
    char name[32], folder[256];
    if (w->fd >= 0 && !hour_is_due(w))
        return false;
    unsigned place = w->hours % PARTS_MAX;
    end_late(w);
    if (w->hours >= 2)
        w->last[(w->hours - 2) % PARTS_MAX] = w->shared->written;
    w->late_fd = w->fd >= 0 ? fcntl(w->fd, F_DUPFD_CLOEXEC, 0) : -1;
    for (;;) {
        w->hour = plan_wall_ms(w->plan) / HOUR_MS;
        name_of_hour(w->hour, name);
        path_of(w, name, folder);
        *strrchr(folder, '/') = '\0';
        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
            fail(folder);
        open_log(w, name, 0);
        if (plan_wall_ms(w->plan) / HOUR_MS - w->hour <= 1)
            break;
        remove_hour(w->path);
    }
    if (w->late_fd >= 0)
        w->late = next_random(&w->seed) % LATE_LINES;
    await_reader(w, w->last[place]);
    if (w->paths[place][0] != '\0')
        remove_hour(w->paths[place]);
    memcpy(w->paths[place], w->path, sizeof w->path);
    w->hours++;
    return true;
}

static bool rotate(struct writer *w)
{
    switch (w->plan->scheme) {
    case SCHEME_RENAME:
        rotate_by_rename(w);
        return true;
    case SCHEME_COPYTRUNCATE:
        rotate_by_copying(w);
        return true;
    case SCHEME_PAIR:
        rotate_pair(w);
        return true;
    case SCHEME_COMPRESS:
        rotate_by_compressing(w);
        return true;
    default:
        return rotate_by_hour(w);
    }
}

/* Sleeps until the next TICK_LINES lines are due; a lag of more than 100 ms is not made up for. */
static void pace(struct timespec *due)
{
    struct timespec now;
    due->tv_nsec += 1000000000L / LINE_PER_SECOND * TICK_LINES;
    if (due->tv_nsec >= 1000000000L) {
        due->tv_nsec -= 1000000000L;
        due->tv_sec++;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t lag_ms = (now.tv_sec - due->tv_sec) * 1000LL + (now.tv_nsec - due->tv_nsec) / 1000000;
    if (lag_ms > 100)
        *due = now;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

int writer_run(const struct plan *p, struct shared *s)
{
    struct writer w = {.plan = p, .shared = s, .seed = p->seed, .fd = -1, .late_fd = -1};
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    if (p->scheme == SCHEME_DATED)
        rotate_by_hour(&w);
    else
        open_log(&w, "app.log", 0);

    unsigned until = LINES_LEAST;
    while (s->rotations < p->rotations) {
        for (int i = 0; i < TICK_LINES; i++) {
            bool is_due = p->scheme == SCHEME_DATED || until-- == 0;
            if (is_due && rotate(&w)) {
                s->rotations++;
                until = LINES_LEAST + next_random(&w.seed) % LINES_SPREAD;
            }
            write_line(&w);
        }
        // A reader far behind would only make the run longer.
        if (s->written > s->read + LAG_LINES)
            await_reader(&w, s->written - LAG_LINES / 2);
        pace(&due);
    }
    s->ended = true;
    return 0;
}
