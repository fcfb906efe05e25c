/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake_host_private.h"

/* How long a program may take to end after TERM. */
enum { TERM_GRACE_MS = 500 };

enum handle_kind { HANDLE_FD, HANDLE_TIMER, HANDLE_PROGRAM };

struct hm_watch_handle {
    struct hm_watch_handle *next;
    struct fake_host *owner;
    enum handle_kind kind;
    bool gone; /* freed at the end of the turn */
    int fd;    /* HANDLE_PROGRAM: its pidfd */
    int events;
    hm_fd_fn on_fd;
    hm_timer_fn on_timer;
    void *arg;
    bool armed;
    int64_t due_us; /* CLOCK_MONOTONIC */
    /* programs */
    pid_t pid;
    int out_fd;
    bool timed_out;
    size_t output_max, length;
    char *output;
    hm_run_fn on_end;
};

static struct hm_watch_handle *handle_new(
    const struct hm_host *host, enum handle_kind kind, void *arg)
{
    const struct fake_view *view = host->priv;
    struct fake_host *f = view->owner;
    if (f->refuse_watch && kind != HANDLE_PROGRAM) {
        errno = ENOSPC;
        return NULL;
    }
    struct hm_watch_handle *h = fake_grow(NULL, 0, sizeof *h);
    h->owner = f;
    h->kind = kind;
    h->arg = arg;
    h->fd = h->out_fd = -1;
    h->next = f->handles;
    f->handles = h;
    f->open_handles += kind != HANDLE_PROGRAM;
    return h;
}

static void handle_drop(struct hm_watch_handle *h)
{
    if (h->gone)
        fake_die("a handle is given back twice");
    h->gone = true;
    h->owner->open_handles -= h->kind != HANDLE_PROGRAM;
}

static void handle_free(struct hm_watch_handle *h)
{
    if (h->kind == HANDLE_PROGRAM) {
        close(h->fd);
        close(h->out_fd);
        free(h->output);
    }
    free(h);
}

static void sweep(struct fake_host *f)
{
    struct hm_watch_handle **link = &f->handles;
    while (*link != NULL) {
        struct hm_watch_handle *h = *link;
        if (!h->gone) {
            link = &h->next;
            continue;
        }
        *link = h->next;
        handle_free(h);
    }
}

static struct hm_watch_handle *loop_watch_fd(
    const struct hm_host *host, int fd, int events, hm_fd_fn fn, void *arg)
{
    struct hm_watch_handle *h = handle_new(host, HANDLE_FD, arg);
    if (h == NULL)
        return NULL;
    h->fd = fd;
    h->events = events;
    h->on_fd = fn;
    return h;
}

static void loop_timer_again(struct hm_watch_handle *timer, int64_t ms)
{
    if (timer->gone || timer->kind != HANDLE_TIMER)
        fake_die("timer_again on what is no timer");
    timer->armed = true;
    timer->due_us = fake_clock_us(CLOCK_MONOTONIC) + ms * 1000;
}

static struct hm_watch_handle *loop_timer(
    const struct hm_host *host, int64_t ms, hm_timer_fn fn, void *arg)
{
    struct hm_watch_handle *h = handle_new(host, HANDLE_TIMER, arg);
    if (h == NULL)
        return NULL;
    h->on_timer = fn;
    loop_timer_again(h, ms);
    return h;
}

static void loop_unwatch(struct hm_watch_handle *handle)
{
    if (handle != NULL)
        handle_drop(handle);
}

/* ---- programs ---- */

static int input_fd(const char *input)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    size_t length = input == NULL ? 0 : strlen(input);
    if (fd < 0 || write(fd, input == NULL ? "" : input, length) != (ssize_t)length)
        fake_die("no input for a program: %s", strerror(errno));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static _Noreturn void become(const char *const *argv, int in, int out)
{
    static const char *const environment[] = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", NULL};
    setpgid(0, 0);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    // execve takes non-const for history's sake; it changes nothing.
    union {
        const char *const *in;
        char *const *out;
    } args = {.in = argv}, env = {.in = environment};
    execve(argv[0], args.out, env.out);
    _exit(127);
}

static int loop_run(const struct hm_host *host, const char *const *argv, const char *input,
    int64_t limit_ms, size_t output_max, hm_run_fn fn, void *arg)
{
    int pipe_fds[2];
    if (access(argv[0], X_OK) < 0)
        return -errno;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -errno;
    int in = input_fd(input);
    pid_t pid = fork();
    if (pid == 0)
        become(argv, in, pipe_fds[1]);
    close(in);
    close(pipe_fds[1]);
    if (pid < 0) {
        close(pipe_fds[0]);
        return -EAGAIN;
    }
    setpgid(pid, pid);

    struct hm_watch_handle *h = handle_new(host, HANDLE_PROGRAM, arg);
    h->pid = pid;
    h->fd = (int)syscall(SYS_pidfd_open, pid, 0);
    h->out_fd = pipe_fds[0];
    fcntl(h->out_fd, F_SETFL, O_NONBLOCK);
    h->output_max = output_max;
    h->output = fake_grow(NULL, 0, output_max + 1);
    h->on_end = fn;
    h->armed = limit_ms > 0;
    h->due_us = fake_clock_us(CLOCK_MONOTONIC) + limit_ms * 1000;
    return 0;
}

/* Reads what is there; what is over the limit is dropped. */
static void program_drain(struct hm_watch_handle *h)
{
    char dropped[4096];
    for (;;) {
        size_t room = h->output_max - h->length;
        ssize_t n = read(h->out_fd, room > 0 ? h->output + h->length : dropped,
            room > 0 ? room : sizeof dropped);
        if (n <= 0) {
            if (n == 0 || errno != EAGAIN) {
                close(h->out_fd);
                h->out_fd = -1;
            }
            return;
        }
        h->length += room > 0 ? (size_t)n : 0;
    }
}

static void program_end(struct hm_watch_handle *h)
{
    int status = 0;
    if (h->out_fd >= 0)
        program_drain(h);
    kill(-h->pid, SIGKILL);
    waitpid(h->pid, &status, 0);
    h->output[h->length] = '\0';
    handle_drop(h);
    h->on_end(h->arg, h->timed_out ? -1 : status, h->output, h->length);
}

static void program_overdue(struct hm_watch_handle *h)
{
    kill(-h->pid, h->timed_out ? SIGKILL : SIGTERM);
    h->timed_out = true;
    h->armed = true;
    h->due_us = fake_clock_us(CLOCK_MONOTONIC) + TERM_GRACE_MS * 1000;
}

void fake_loop_fill(struct hm_host *host)
{
    host->watch_fd = loop_watch_fd;
    host->timer = loop_timer;
    host->timer_again = loop_timer_again;
    host->unwatch = loop_unwatch;
    host->run = loop_run;
}

void fake_loop_free_all(struct fake_host *f)
{
    for (struct hm_watch_handle *h = f->handles; h != NULL; h = h->next) {
        if (h->gone)
            continue;
        if (h->kind == HANDLE_PROGRAM) {
            kill(-h->pid, SIGKILL);
            waitpid(h->pid, NULL, 0);
        }
        handle_drop(h);
    }
    sweep(f);
}

/* ---- a turn ---- */

static int64_t next_due(const struct fake_host *f, int64_t until_us)
{
    for (const struct hm_watch_handle *h = f->handles; h != NULL; h = h->next)
        if (!h->gone && h->armed && h->due_us < until_us)
            until_us = h->due_us;
    return until_us;
}

/* What poll(2) waits for; returns how many. @ret_of says whose each one is. */
static nfds_t collect(
    const struct fake_host *f, struct pollfd **ret_fds, struct hm_watch_handle ***ret_of)
{
    nfds_t n = 0;
    *ret_fds = NULL;
    *ret_of = NULL;
    for (struct hm_watch_handle *h = f->handles; h != NULL; h = h->next) {
        for (int part = 0; part < 2; part++) {
            int fd = part == 0 ? h->fd : h->out_fd;
            if (h->gone || h->kind == HANDLE_TIMER || fd < 0)
                continue;
            short events = POLLIN;
            if (h->kind == HANDLE_FD)
                events = (short)((h->events & HM_READABLE ? POLLIN : 0) |
                                 (h->events & HM_WRITABLE ? POLLOUT : 0) |
                                 (h->events & HM_PRIORITY ? POLLPRI : 0));
            *ret_fds = fake_grow(*ret_fds, n, sizeof **ret_fds);
            *ret_of = fake_grow(*ret_of, n, sizeof **ret_of);
            (*ret_fds)[n] = (struct pollfd){.fd = fd, .events = events};
            (*ret_of)[n++] = h;
        }
    }
    return n;
}

static void dispatch_fd(struct hm_watch_handle *h, const struct pollfd *p)
{
    if (h->gone || p->revents == 0)
        return;
    if (h->kind == HANDLE_PROGRAM) {
        if (p->fd == h->fd)
            program_end(h);
        else
            program_drain(h);
        return;
    }
    int events = (p->revents & POLLIN ? HM_READABLE : 0) |
                 (p->revents & POLLOUT ? HM_WRITABLE : 0) |
                 (p->revents & POLLPRI ? HM_PRIORITY : 0);
    if ((p->revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 && events == 0)
        events = h->events;
    h->on_fd(h->arg, h->fd, events & h->events);
}

static void dispatch_timers(struct fake_host *f, int64_t now_us)
{
    for (struct hm_watch_handle *h = f->handles; h != NULL; h = h->next) {
        if (h->gone || !h->armed || h->due_us > now_us)
            continue;
        h->armed = false;
        if (h->kind == HANDLE_TIMER)
            h->on_timer(h->arg);
        else
            program_overdue(h);
    }
}

static void turn(struct fake_host *f, int64_t until_us)
{
    struct pollfd *fds;
    struct hm_watch_handle **of;
    nfds_t n = collect(f, &fds, &of);
    int64_t wait_us = next_due(f, until_us) - fake_clock_us(CLOCK_MONOTONIC);
    if (wait_us < 0 || f->soon)
        wait_us = 0;
    struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};

    if (ppoll(fds, n, &wait, NULL) > 0)
        for (nfds_t i = 0; i < n; i++)
            dispatch_fd(of[i], &fds[i]);
    free(fds);
    free(of);
    dispatch_timers(f, fake_clock_us(CLOCK_MONOTONIC));
    if (f->soon) {
        f->soon = false;
        fake_host_check(f);
    }
    sweep(f);
}

bool fake_host_run_until(
    struct fake_host *f, fake_condition_fn condition, const void *arg, int64_t limit_ms)
{
    int64_t until_us = fake_clock_us(CLOCK_MONOTONIC) + limit_ms * 1000;
    for (;;) {
        if (condition != NULL && condition(f, arg))
            return true;
        if (fake_clock_us(CLOCK_MONOTONIC) >= until_us)
            return false;
        turn(f, until_us);
    }
}
