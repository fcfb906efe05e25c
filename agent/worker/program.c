/* SPDX-License-Identifier: BSD-2-Clause */

#include "worker/worker_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/log.h"

enum {
    PROGRAMS_MAX = 64,                /* of one worker at a time */
    PROGRAM_OUTPUT_MAX = 1024 * 1024, /* whatever a plugin asks for */
    PROGRAM_GRACE_MS = 2000,          /* between TERM and KILL */
    PROGRAM_TREE_MAX = 32,            /* descendants of one worker */
    SWEEP_MS = 1000
};

struct program {
    struct worker *worker;
    struct guest *guest;
    struct child *child;
    struct io *in, *out;
    int in_fd, out_fd;
    char *input;
    size_t input_length, input_sent;
    struct text output;
    size_t output_max;
    struct timer *limit;
    bool late;   /* TERM was sent */
    bool killed; /* for its time or its offspring: status is -1 */
    hm_run_fn fn;
    void *arg;
    struct program *next;
};

/* ---- offspring ---------------------------------------------------------------------------- */

void program_adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Children of @pid as "12 34 ", empty when the kernel does not say (CONFIG_PROC_CHILDREN). */
static void read_children(pid_t pid, char *list, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, list, size - 1);
    list[n > 0 ? n : 0] = '\0';
    fdio_close(fd);
}

static size_t count_tree(pid_t pid, unsigned depth)
{
    char list[4096];
    size_t count = 0;
    read_children(pid, list, sizeof list);
    for (char *at = list, *end; depth < PROGRAM_TREE_MAX && *at != '\0'; at = end) {
        long child = strtol(at, &end, 10);
        if (end == at || count > PROGRAM_TREE_MAX)
            break;
        count += child > 0 ? 1 + count_tree((pid_t)child, depth + 1) : 0;
    }
    return count;
}

static bool is_program(const struct worker *w, pid_t pid)
{
    for (const struct program *p = w->programs; p != NULL; p = p->next)
        if (p->child != NULL && child_pid(p->child) == pid)
            return true;
    return false;
}

/* Kills children that are nobody's. True: there were some, their own children follow. */
static bool kill_orphans(const struct worker *w)
{
    char list[4096];
    bool found = false;
    read_children(getpid(), list, sizeof list);
    for (char *at = list, *end; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        if (pid > 1 && !is_program(w, (pid_t)pid)) {
            kill((pid_t)pid, SIGKILL);
            found = true;
        }
    }
    return found;
}

static void kill_program(struct program *p)
{
    p->killed = true;
    if (p->child != NULL)
        child_kill(p->child, SIGKILL);
}

static void program_on_sweep(void *arg)
{
    struct worker *w = arg;
    size_t count = count_tree(getpid(), 0);
    if (count > PROGRAM_TREE_MAX) {
        log_warn(LOG_WORKER, "%zu processes were started, more than %d: all are killed", count,
            PROGRAM_TREE_MAX);
        for (struct program *p = w->programs; p != NULL; p = p->next)
            kill_program(p);
    }
    bool orphans = kill_orphans(w);
    if (w->programs != NULL || orphans)
        timer_set(w->sweep, orphans || count > PROGRAM_TREE_MAX ? 20 : SWEEP_MS);
}

static void sweep_in(struct worker *w, span_ms ms)
{
    if (w->sweep == NULL)
        w->sweep = timer_new(w->loop, program_on_sweep, w);
    timer_set(w->sweep, ms);
}

/* ---- one program -------------------------------------------------------------------------- */

static void program_free(struct program *p)
{
    for (struct program **at = &p->worker->programs; *at != NULL; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    p->in = io_free(p->in);
    p->out = io_free(p->out);
    p->in_fd = fdio_close(p->in_fd);
    p->out_fd = fdio_close(p->out_fd);
    p->limit = timer_free(p->limit);
    p->child = child_free(p->child);
    text_deinit(&p->output);
    free(p->input);
    free(p);
}

/* Reads what is there; beyond the limit it is read and dropped. False: end of file. */
static bool drain(struct program *p)
{
    char bytes[16 * 1024];
    ssize_t n = read(p->out_fd, bytes, sizeof bytes);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    size_t room = p->output_max - p->output.length;
    text_add_bytes(&p->output, bytes, (size_t)n < room ? (size_t)n : room);
    return n > 0;
}

static void program_on_output(void *arg, int fd, int events)
{
    struct program *p = arg;
    (void)fd;
    (void)events;
    if (!drain(p))
        p->out = io_free(p->out);
}

static void program_on_input(void *arg, int fd, int events)
{
    struct program *p = arg;
    (void)events;
    ssize_t n = write(fd, p->input + p->input_sent, p->input_length - p->input_sent);
    if (n > 0)
        p->input_sent += (size_t)n;
    if (p->input_sent == p->input_length || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        p->in = io_free(p->in);
        p->in_fd = fdio_close(p->in_fd);
    }
}

static void program_on_limit(void *arg)
{
    struct program *p = arg;
    if (p->late) {
        kill_program(p);
        return;
    }
    p->late = true;
    p->killed = true;
    child_kill(p->child, SIGTERM);
    timer_set(p->limit, PROGRAM_GRACE_MS);
}

static void program_on_exit(void *arg, struct child *child, int status)
{
    struct program *p = arg;
    struct guest *g = p->guest;
    (void)child;

    // What it wrote last is in the pipe; a survivor that goes on writing is not waited for.
    for (int turns = 0; p->out != NULL && turns < 64; turns++) {
        size_t before = p->output.length;
        if (!drain(p) || p->output.length == before)
            break;
    }
    sweep_in(p->worker, 0);
    if (!g->closing) {
        guest_enter(g);
        p->fn(p->arg, p->killed ? -1 : status, text_get(&p->output), p->output.length);
        guest_leave(g);
    }
    program_free(p);
}

void program_free_all(struct worker *w, const struct guest *g)
{
    struct program *p = w->programs;
    while (p != NULL) {
        struct program *next = p->next;
        if (g == NULL || p->guest == g) {
            child_kill(p->child, SIGKILL);
            program_free(p);
            sweep_in(w, 0);
        }
        p = next;
    }
}

/* ---- starting ----------------------------------------------------------------------------- */

static int start_child(struct program *p, const char *const *argv, int in_fd, int out_fd)
{
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char zone[128];
    const char *tz = getenv("TZ");
    snprintf(zone, sizeof zone, "TZ=%s", tz == NULL ? "UTC" : tz);
    const char *const env[] = {path, "LANG=C.UTF-8", zone, NULL};
    struct child_plan plan = {.argv = argv,
        .envp = env,
        .fds = {{in_fd, 0}, {out_fd, 1}, {2, 2}},
        .fd_count = 3,
        .limits = {{RLIMIT_CORE, 0, 0}},
        .limit_count = 1,
        .kill_with_parent = SIGKILL};
    // The capabilities of a watch with read_all are for its own reading, not for what it runs.
    return child_start(p->worker->loop, &plan, program_on_exit, p, &p->child);
}

static int open_input(struct program *p, const char *input, int *ret_theirs)
{
    int fds[2];
    if (input == NULL) {
        *ret_theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return *ret_theirs < 0 ? -errno : 0;
    }
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    p->input = alloc_text(input);
    p->input_length = strlen(input);
    p->in_fd = fds[1];
    *ret_theirs = fds[0];
    int r = fdio_set_nonblocking(p->in_fd, true);
    return r < 0 ? r : io_new(p->worker->loop, p->in_fd, IO_WRITE, program_on_input, p, &p->in);
}

static int open_output(struct program *p, int *ret_theirs)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    p->out_fd = fds[0];
    *ret_theirs = fds[1];
    int r = fdio_set_nonblocking(p->out_fd, true);
    return r < 0 ? r : io_new(p->worker->loop, p->out_fd, IO_READ, program_on_output, p, &p->out);
}

static int start(struct program *p, const char *const *argv, const char *input)
{
    int in_fd = -1, out_fd = -1;
    int r = open_input(p, input, &in_fd);
    if (r == 0)
        r = open_output(p, &out_fd);
    if (r == 0)
        r = start_child(p, argv, in_fd, out_fd);
    fdio_close(in_fd);
    fdio_close(out_fd);
    return r;
}

static int host_run(const struct hm_host *host, const char *const *argv, const char *input,
    int64_t limit_ms, size_t output_max, hm_run_fn fn, void *arg)
{
    struct guest *g = options_guest(host);
    struct worker *w = g->worker;
    size_t running = 0;
    for (const struct program *other = w->programs; other != NULL; other = other->next)
        running++;
    if (argv == NULL || argv[0] == NULL || argv[0][0] != '/' || fn == NULL || limit_ms <= 0)
        return -EINVAL;
    if (running >= PROGRAMS_MAX)
        return -EAGAIN;

    struct program *p = alloc(sizeof *p);
    *p = (struct program){.worker = w,
        .guest = g,
        .in_fd = -1,
        .out_fd = -1,
        .output_max = output_max < PROGRAM_OUTPUT_MAX ? output_max : PROGRAM_OUTPUT_MAX,
        .fn = fn,
        .arg = arg,
        .next = w->programs};
    w->programs = p;
    int r = start(p, argv, input);
    if (r < 0) {
        program_free(p);
        return r;
    }
    p->limit = timer_new(w->loop, program_on_limit, p);
    timer_set(p->limit, limit_ms);
    sweep_in(w, SWEEP_MS);
    return 0;
}

void program_fill(struct hm_host *host)
{
    host->run = host_run;
}
