/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rotation SCHEME ROTATIONS KILLS SEED FOLDER WORKER PLUGIN: a log of 5,000 numbered lines a second
 * is rotated at random moments while hashimori-worker follows it, and KILLS times the worker gets
 * SIGKILL at a random moment; each line must come once. This program stands in for the daemon: what
 * came with a line of the wire is committed with its `keep`, and what a killed worker had sent
 * counts or not by chance, but as a whole. Prints one row of the campaign's table.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loop/slate.h"
#include "rotation.h"

enum { QUIET_MS = 60000, BUFFER_BYTES = 1024 * 1024 };
enum { HOUR_MS = 3600 * 1000, DATED_HOUR_MS = 400, DATED_HOUR_MS_LEAST = 100 };

struct reader {
    struct plan plan;
    struct shared *shared;
    const char *worker, *plugin;
    unsigned seed;
    pid_t pid;
    int fd;
    struct slate *slate;
    uint8_t *seen; /* how often each line came */
    json_t *kept;
    unsigned kills;
    uint64_t lost_bytes;
    unsigned lost_events;
    int64_t seq; /* of the last line of this worker */
    int64_t heard_ms;
    int64_t ended_ms; /* when the writer was seen to have written all; 0: not yet */
    bool has_looked;
    char *buffer;
    size_t length;
};

static int64_t steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* ---- the worker --------------------------------------------------------------------------- */

static void send_line(struct reader *r, json_t *o)
{
    char *line = json_dumps(o, JSON_COMPACT);
    size_t length = strlen(line);
    line[length++] = '\n';
    // A worker that was killed reads no more: that is seen at the next read.
    for (size_t sent = 0; sent < length;) {
        ssize_t n = send(r->fd, line + sent, length - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    free(line);
    json_decref(o);
}

static json_t *options(const struct reader *r)
{
    char path[256], pair[256];
    bool is_dated = r->plan.scheme == SCHEME_DATED;
    snprintf(
        path, sizeof path, "%s/%s", r->plan.folder, is_dated ? "%Y%m%d%H/exec.log" : "app.log");
    snprintf(pair, sizeof pair, "%s/other.log", r->plan.folder);
    json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:i,s:[{s:s,s:s}],s:i,s:i,s:b,s:b}", "source", "file",
        "path", path, "encoding", "UTF-8", "start", "begin", "timeout", 30000, "patterns",
        "pattern", " ended n=(?<n>\\d+)", "kind", "end", "flush", 2000, "max_record", 16384,
        "must_exist", 1, "eof_mark", 0);
    if (r->plan.scheme == SCHEME_PAIR)
        json_object_set_new(o, "pair", json_string(pair));
    return o;
}

static void start_worker(struct reader *r)
{
    int ends[2];
    slate_free(r->slate);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || slate_new(&r->slate) < 0)
        exit(1);
    r->pid = fork();
    if (r->pid == 0) {
        // Out of the way of the numbers that they get.
        int wire = fcntl(ends[1], F_DUPFD, 10),
            timer = fcntl(slate_timer_fd(r->slate), F_DUPFD, 10);
        int page = fcntl(slate_page_fd(r->slate), F_DUPFD, 10);
        dup2(wire, 3);
        dup2(timer, SLATE_TIMER_FD);
        dup2(page, SLATE_PAGE_FD);
        execl(r->worker, "hashimori-worker", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    r->fd = ends[0];
    r->length = 0;
    r->seq = 0;
    send_line(r, json_pack("{s:s,s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:s}", "type", "welcome", "wire", 1,
                     "plugin", "linklog", "kind", "watch", "path", r->plugin, "owner",
                     (int)getuid(), "language", "en", "host", "fault", "timezone", "UTC"));
    send_line(
        r, json_pack("{s:s,s:i,s:s,s:i,s:i,s:o,s:O}", "type", "open", "id", 1, "subject", "log",
               "interval_ms", 1000, "deadline_ms", 30000, "options", options(r), "kept", r->kept));
}

static void end_worker(struct reader *r)
{
    kill(r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
}

/* ---- what comes --------------------------------------------------------------------------- */

static void take_reading(struct reader *r, const json_t *o)
{
    const char *metric = json_string_value(json_object_get(o, "metric"));
    const json_t *fields = json_object_get(o, "fields");
    const char *n = json_string_value(json_object_get(fields, "n"));
    if (n != NULL) {
        unsigned long number = strtoul(n, NULL, 10);
        if (number >= 1 && number <= LINES_MAX && r->seen[number] < 255)
            r->seen[number]++;
    } else if (metric != NULL && strcmp(metric, "lost_bytes") == 0) {
        const char *bytes = json_string_value(json_object_get(fields, "bytes"));
        r->lost_events++;
        r->lost_bytes += bytes != NULL ? strtoull(bytes, NULL, 10) : 0;
        if (getenv("ROTATION_VERBOSE") != NULL)
            fprintf(stderr, "lost: %s\n", json_string_value(json_object_get(o, "text")));
    }
}

static void take_line(struct reader *r, const char *line, size_t length)
{
    json_t *o = json_loadb(line, length, 0, NULL);
    const char *type = json_string_value(json_object_get(o, "type"));
    const json_t *keep = json_object_get(o, "keep"), *value;
    const char *key;
    if (type == NULL) {
        fprintf(stderr, "not a line of the wire: %.200s\n", line);
        exit(1);
    }
    if (strcmp(type, "refused") == 0 || strcmp(type, "log") == 0)
        fprintf(stderr, "worker: %.*s\n", (int)length, line);
    json_object_foreach ((json_t *)(uintptr_t)keep, key, value)
        json_object_set(r->kept, key, (json_t *)(uintptr_t)value);
    if (strcmp(type, "reading") == 0) {
        r->has_looked = true;
        take_reading(r, o);
    }
    if (json_object_get(o, "seq") != NULL)
        r->seq = json_integer_value(json_object_get(o, "seq"));
    json_decref(o);
}

/* Takes the complete lines of the buffer. */
static void take_lines(struct reader *r)
{
    size_t from = 0;
    int64_t before = r->seq;
    for (char *stop; (stop = memchr(r->buffer + from, '\n', r->length - from)) != NULL;) {
        take_line(r, r->buffer + from, (size_t)(stop - r->buffer) - from);
        from = (size_t)(stop - r->buffer) + 1;
    }
    memmove(r->buffer, r->buffer + from, r->length - from);
    r->length -= from;
    if (r->seq > before)
        send_line(r, json_pack("{s:s,s:I}", "type", "saved", "through", (json_int_t)r->seq));
    uint32_t next = r->shared->read + 1;
    while (next <= r->shared->written &&
           (r->seen[next] > 0 || r->shared->marks[next] == MARK_IN_WINDOW))
        next++;
    if (next - 1 > r->shared->read)
        r->heard_ms = steady_ms();
    r->shared->read = next - 1;
}

/* Reads what is there, at most once; false at the end of the stream. */
static bool read_some(struct reader *r, int wait_ms)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    if (poll(&p, 1, wait_ms) <= 0)
        return true;
    ssize_t n = recv(r->fd, r->buffer + r->length, BUFFER_BYTES - r->length, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    r->length += (size_t)n;
    take_lines(r);
    return true;
}

static void kill_worker(struct reader *r)
{
    end_worker(r);
    r->kills++;
    // What it had sent is committed by a daemon that lives, and is not by one that died too.
    if (next_random(&r->seed) % 2 == 0)
        while (read_some(r, 0))
            ;
    close(r->fd);
    if (getenv("ROTATION_VERBOSE") != NULL)
        fprintf(stderr, "killed at line %u, kept:\n%s\n", r->shared->written,
            json_string_value(json_object_get(r->kept, "offset")));
    start_worker(r);
}

/* ---- the run ------------------------------------------------------------------------------ */

/* The next kill, spread evenly over the rotations. */
static bool kill_is_due(struct reader *r, int64_t *at_ms)
{
    const struct plan *p = &r->plan;
    bool is_behind = (uint64_t)r->kills * p->rotations < (uint64_t)r->shared->rotations * p->kills;
    if (*at_ms == 0 && r->kills < p->kills && (is_behind || r->shared->ended))
        *at_ms = steady_ms() + 20 + next_random(&r->seed) % 300;
    if (*at_ms == 0 || steady_ms() < *at_ms)
        return false;
    *at_ms = 0;
    return true;
}

static bool is_done(const struct reader *r)
{
    return r->shared->ended && r->kills >= r->plan.kills && r->shared->read == r->shared->written;
}

static void follow(struct reader *r)
{
    int64_t kill_at_ms = 0;
    r->heard_ms = steady_ms();
    while (!is_done(r)) {
        if (!read_some(r, 20)) {
            fprintf(stderr, "the worker ended by itself\n");
            exit(1);
        }
        take_lines(r);
        if (r->shared->ended && r->ended_ms == 0)
            r->ended_ms = steady_ms();
        if (kill_is_due(r, &kill_at_ms))
            kill_worker(r);
        if (steady_ms() - r->heard_ms > QUIET_MS) {
            fprintf(stderr, "nothing new for %d s: line %u of %u\n", QUIET_MS / 1000,
                r->shared->read + 1, r->shared->written);
            break;
        }
    }
    // What would be doubled may still be on its way.
    for (int64_t until = steady_ms() + 2000; steady_ms() < until;)
        read_some(r, 50);
}

/* @wrote_ms: of the @took_ms, until the last line was written. */
static int print_row(const struct reader *r, int64_t took_ms, int64_t wrote_ms)
{
    unsigned missing = 0, doubled = 0, window = 0;
    bool is_verbose = getenv("ROTATION_VERBOSE") != NULL;
    for (uint32_t i = 1; i <= r->shared->written; i++) {
        if (is_verbose && r->seen[i] != 1 && r->shared->marks[i] != MARK_IN_WINDOW)
            fprintf(stderr, "line %u came %u times\n", i, r->seen[i]);
        doubled += r->seen[i] > 1;
        if (r->seen[i] == 0 && r->shared->marks[i] == MARK_IN_WINDOW)
            window++;
        else
            missing += r->seen[i] == 0;
    }
    char hour[48] = "";
    if (r->plan.scheme == SCHEME_DATED)
        snprintf(hour, sizeof hour, ", an hour is %u ms", HOUR_MS / r->plan.clock_scale);
    printf("# row|rotation by %s at random moments, %d lines a second wanted, %lld written%s|%u "
           "rotations, %u SIGKILLs of the worker, %lld s|%u lines: missed %u, doubled %u",
        scheme_names[r->plan.scheme], LINE_PER_SECOND,
        (long long)(r->shared->written * 1000LL / (wrote_ms > 0 ? wrote_ms : 1)), hour,
        r->shared->rotations, r->kills, (long long)(took_ms / 1000), r->shared->written, missing,
        doubled);
    if (r->plan.scheme == SCHEME_COPYTRUNCATE)
        printf("; of the lines written between copy and truncation %u were gone", window);
    printf("; %u times bytes were said to be lost\n", r->lost_events);
    return missing == 0 && doubled == 0 ? 0 : 1;
}

/* The log is to appear after the worker has looked for it: what was there before is not read. */
static pid_t start_writer(struct reader *r)
{
    while (!r->has_looked && read_some(r, 100))
        ;
    pid_t writer = fork();
    if (writer == 0)
        _exit(writer_run(&r->plan, r->shared));
    return writer;
}

/* How long an hour is of the clock of SCHEME_DATED. */
static unsigned hour_ms(void)
{
    const char *text = getenv("ROTATION_HOUR_MS");
    unsigned long ms = text != NULL ? strtoul(text, NULL, 10) : DATED_HOUR_MS;
    return ms >= DATED_HOUR_MS_LEAST && ms <= HOUR_MS ? (unsigned)ms : DATED_HOUR_MS;
}

static bool read_plan(struct reader *r, char **argv)
{
    int scheme = 0;
    while (scheme_names[scheme] != NULL && strcmp(scheme_names[scheme], argv[1]) != 0)
        scheme++;
    r->plan = (struct plan){.scheme = (enum scheme)scheme,
        .rotations = (unsigned)strtoul(argv[2], NULL, 10),
        .kills = (unsigned)strtoul(argv[3], NULL, 10),
        .seed = (unsigned)strtoul(argv[4], NULL, 10),
        .folder = argv[5],
        .clock_scale = HOUR_MS / hour_ms()};
    r->plan.clock_from_ms = plan_wall_ms(&(struct plan){.scheme = SCHEME_RENAME});
    r->worker = argv[6];
    r->plugin = argv[7];
    r->seed = r->plan.seed + 1;
    return scheme_names[scheme] != NULL && r->plan.rotations > 0;
}

int main(int argc, char **argv)
{
    struct reader r = {.fd = -1};
    char text[32];
    if (argc != 8 || !read_plan(&r, argv)) {
        fprintf(stderr, "usage: rotation SCHEME ROTATIONS KILLS SEED FOLDER WORKER PLUGIN\n");
        return 2;
    }
    setenv("TZ", "UTC", 1);
    r.shared = mmap(NULL, sizeof *r.shared, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    r.seen = calloc(LINES_MAX + 1, 1);
    r.buffer = malloc(BUFFER_BYTES);
    r.kept = json_object();
    if (r.shared == MAP_FAILED || r.seen == NULL || r.buffer == NULL)
        return 1;
    int64_t begin_ms = steady_ms();
    snprintf(text, sizeof text, "%lld", (long long)r.plan.clock_from_ms);
    setenv("FAST_CLOCK_FROM_MS", text, 1);
    snprintf(text, sizeof text, "%u", r.plan.scheme == SCHEME_DATED ? r.plan.clock_scale : 1);
    setenv("FAST_CLOCK_SCALE", text, 1);
    if (r.plan.scheme == SCHEME_DATED)
        setenv("LD_PRELOAD", getenv("FAST_CLOCK") != NULL ? getenv("FAST_CLOCK") : "", 1);

    start_worker(&r);
    pid_t writer = start_writer(&r);
    follow(&r);
    end_worker(&r);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    return print_row(&r, steady_ms() - begin_ms, r.ended_ms - begin_ms);
}
