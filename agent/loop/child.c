/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "loop/loop_internal.h"

struct child {
    struct loop *loop;
    pid_t pid;
    bool reaped;
    bool forgotten; /* its owner let it go: nobody is told, it is freed when reaped */
    child_fn fn;
    void *arg;
    struct child *next;
};

/* ---- in the child, between fork and exec: async-signal-safe calls only ---------------------- */

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts the listed fds at their numbers and @report_fd behind them; every other one is closed. */
static int arrange_fds(const struct child_plan *plan, int report_fd)
{
    int above = 3;
    for (size_t i = 0; i < plan->fd_count; i++)
        if (plan->fds[i].theirs >= above)
            above = plan->fds[i].theirs + 1;

    int moved[CHILD_FDS_MAX];
    for (size_t i = 0; i < plan->fd_count; i++)
        if ((moved[i] = fcntl(plan->fds[i].ours, F_DUPFD, above + 1)) < 0)
            return -1;
    int report = fcntl(report_fd, F_DUPFD_CLOEXEC, above + 1);
    if (report < 0)
        return -1;
    for (int fd = 0; fd < above; fd++)
        close(fd);
    for (size_t i = 0; i < plan->fd_count; i++)
        if (dup2(moved[i], plan->fds[i].theirs) < 0)
            return -1;
    if (dup3(report, above, O_CLOEXEC) < 0)
        return -1;
    if (close_range((unsigned)above + 1, ~0u, 0) < 0)
        return -1;
    return above;
}

static int confine(const struct child_plan *plan)
{
    if (setpgid(0, 0) < 0)
        return -1;
    if (plan->kill_with_parent != 0 && prctl(PR_SET_PDEATHSIG, plan->kill_with_parent, 0, 0, 0) < 0)
        return -1;
    for (size_t i = 0; i < plan->limit_count; i++) {
        struct rlimit limit = {.rlim_cur = plan->limits[i].soft, .rlim_max = plan->limits[i].hard};
        // A hard limit that is lower already stays: what we may not raise is no fault.
        if (setrlimit((__rlimit_resource_t)plan->limits[i].resource, &limit) < 0 && errno != EPERM)
            return -1;
    }
    if (!plan->keep_capabilities)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (!plan->may_gain_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return 0;
}

static void run_child(const struct child_plan *plan, int report_fd, pid_t parent)
{
    int report = report_fd;
    reset_signals();
    if (confine(plan) == 0 && (report = arrange_fds(plan, report_fd)) >= 0) {
        if (plan->kill_with_parent == 0 || getppid() == parent)
            execve(plan->argv[0], (char *const *)(uintptr_t)plan->argv,
                (char *const *)(uintptr_t)plan->envp);
    } else {
        report = report_fd;
    }
    int why = errno;
    // The parent is waiting for either this or the end of file that exec makes.
    if (write(report, &why, sizeof why) != (ssize_t)sizeof why)
        _exit(126);
    _exit(127);
}

/* ---- in the parent ----------------------------------------------------------------------- */

static void unlink_child(struct child *c)
{
    for (struct child **at = &c->loop->children; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            return;
        }
    }
}

static struct child *find_child(const struct loop *l, pid_t pid)
{
    struct child *c = l->children;
    while (c != NULL && c->pid != pid)
        c = c->next;
    return c;
}

static void loop_on_child_signal(void *arg, int number)
{
    struct loop *l = arg;
    int status;
    pid_t pid;
    (void)number;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *c = find_child(l, pid);
        if (c == NULL)
            continue; // an orphan that fell to us
        unlink_child(c);
        c->reaped = true;
        if (c->forgotten)
            free(c);
        else
            c->fn(c->arg, c, status);
    }
}

/* Waits until exec happened (end of file) or failed (its errno). */
static int exec_result(int fd)
{
    int why = 0;
    ssize_t n;
    do
        n = read(fd, &why, sizeof why);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof why ? -why : 0;
}

int child_start(
    struct loop *l, const struct child_plan *plan, child_fn fn, void *arg, struct child **ret_child)
{
    assert(plan->fd_count <= CHILD_FDS_MAX && plan->limit_count <= CHILD_LIMITS_MAX);
    int report[2];
    if (l->child_signal == NULL)
        l->child_signal = signal_new(l, SIGCHLD, loop_on_child_signal, l);
    if (pipe2(report, O_CLOEXEC) < 0)
        return fault(-errno);

    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        run_child(plan, report[1], parent);
    int r = pid < 0 ? fault(-errno) : 0;
    report[1] = fdio_close(report[1]);
    if (r == 0 && (r = exec_result(report[0])) < 0) {
        waitpid(pid, NULL, 0);
        log_warn(LOG_LOOP, "%s: cannot be started: %s", plan->argv[0], fault_text(r));
    }
    report[0] = fdio_close(report[0]);
    if (r < 0)
        return r;

    struct child *c = alloc(sizeof *c);
    *c = (struct child){.loop = l, .pid = pid, .fn = fn, .arg = arg, .next = l->children};
    l->children = c;
    *ret_child = c;
    return 0;
}

pid_t child_pid(const struct child *c)
{
    return c->pid;
}

void child_kill(struct child *c, int number)
{
    if (!c->reaped)
        kill(-c->pid, number);
}

struct child *child_free(struct child *c)
{
    if (c == NULL)
        return NULL;
    if (c->reaped) {
        free(c);
        return NULL;
    }
    c->forgotten = true;
    return NULL;
}
