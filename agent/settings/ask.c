/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fdio.h"

enum { ERR_BYTES_MAX = 4096, REAP_MS = 2000 };

struct child {
    pid_t pid;
    int pid_fd, in_fd, out_fd, err_fd;
    int out_child_fd, err_child_fd; /* the child's ends */
};

static void close_child_ends(struct child *c)
{
    c->in_fd = fdio_close(c->in_fd);
    c->out_child_fd = fdio_close(c->out_child_fd);
    c->err_child_fd = fdio_close(c->err_child_fd);
}

static void close_all(struct child *c)
{
    close_child_ends(c);
    c->pid_fd = fdio_close(c->pid_fd);
    c->out_fd = fdio_close(c->out_fd);
    c->err_fd = fdio_close(c->err_fd);
}

/* A file in memory: a child that does not read cannot make us wait or signal us. */
static int open_input(const char *input)
{
    if (input == NULL) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return fd < 0 ? fault(-errno) : fd;
    }
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        return fault(-errno);
    int r = fdio_write_all(fd, input, strlen(input));
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = fault(-errno);
    if (r < 0)
        fdio_close(fd);
    return r < 0 ? r : fd;
}

static int open_pipe(int *ret_ours, int *ret_childs)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fault(-errno);
    *ret_ours = ends[0];
    *ret_childs = ends[1];
    return fdio_set_nonblocking(ends[0], true);
}

static int open_fds(struct child *c, const char *input)
{
    c->in_fd = open_input(input);
    if (c->in_fd < 0)
        return c->in_fd;
    int r = open_pipe(&c->out_fd, &c->out_child_fd);
    return r == 0 ? open_pipe(&c->err_fd, &c->err_child_fd) : r;
}

static int spawn(struct child *c, const char *const *argv)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, c->in_fd, 0);
    posix_spawn_file_actions_adddup2(&actions, c->out_child_fd, 1);
    posix_spawn_file_actions_adddup2(&actions, c->err_child_fd, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);

    // posix_spawn takes the vectors without const and changes neither.
    union {
        const char *const *given;
        char *const *taken;
    } arguments = {argv}, variables = {environment};
    int r = posix_spawn(&c->pid, argv[0], &actions, &attributes, arguments.taken, variables.taken);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (r != 0) {
        c->pid = 0;
        return fault(-r);
    }
    c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    return c->pid_fd < 0 ? fault(-errno) : 0;
}

/* Takes what is there. False: the end, or more than @most bytes (then *ret_much). */
static bool drain(int fd, struct text *t, size_t most, bool *ret_much)
{
    char bytes[4096];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        size_t fits = t->length < most ? most - t->length : 0;
        text_add_bytes(t, bytes, (size_t)n < fits ? (size_t)n : fits);
        if ((size_t)n > fits)
            *ret_much = true;
    }
}

/* Until the process has ended: what it left running does not count. */
static int listen(struct child *c, mono_ms until, size_t output_max, struct ask_answer *a)
{
    bool is_much = false, is_err_much = false;
    struct pollfd fds[] = {{c->pid_fd, POLLIN, 0}, {c->out_fd, POLLIN, 0}, {c->err_fd, POLLIN, 0}};
    for (;;) {
        span_ms left = until - clock_boot();
        if (left <= 0)
            return ASK_E_LATE;
        if (poll(fds, 3, (int)left) < 0 && errno != EINTR)
            return fault(-errno);
        if (!drain(c->out_fd, &a->out, output_max, &is_much))
            fds[1].fd = -1;
        if (!drain(c->err_fd, &a->err, ERR_BYTES_MAX, &is_err_much))
            fds[2].fd = -1;
        if (is_much)
            return ASK_E_MUCH;
        if ((fds[0].revents & POLLIN) != 0)
            return 0;
    }
}

/* Ends the group and takes the status, if that can be had. False: not an exit with 0. */
static bool end(struct child *c)
{
    int status = -1;
    struct pollfd ended = {c->pid_fd, POLLIN, 0};
    kill(-c->pid, SIGKILL);
    if (c->pid_fd >= 0)
        poll(&ended, 1, REAP_MS);
    while (waitpid(c->pid, &status, WNOHANG) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int ask(const char *const *argv, const char *input, span_ms limit_ms, size_t output_max,
    struct ask_answer *ret_answer)
{
    struct child c = {0, -1, -1, -1, -1, -1, -1};
    *ret_answer = (struct ask_answer){0};
    mono_ms until = clock_boot() + limit_ms;
    int r = open_fds(&c, input);
    if (r == 0)
        r = spawn(&c, argv);
    close_child_ends(&c);
    if (r == 0)
        r = listen(&c, until, output_max, ret_answer);
    if (c.pid > 0 && !end(&c) && r == 0)
        r = ASK_E_FAILED;
    close_all(&c);
    return r;
}

void ask_answer_deinit(struct ask_answer *a)
{
    text_deinit(&a->out);
    text_deinit(&a->err);
}
