/* SPDX-License-Identifier: BSD-2-Clause */
#include "process_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    snprintf(x->folder, sizeof x->folder, "/tmp/hm-process-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->name, sizeof x->name, "hmt%d", (int)getpid());
    snprintf(x->long_name, sizeof x->long_name, "hmt%d-renkei-engine-one", (int)getpid());
    snprintf(x->path, sizeof x->path, "%s/%s", x->folder, x->name);
    snprintf(x->long_path, sizeof x->long_path, "%s/%s", x->folder, x->long_name);
    snprintf(x->pid_path, sizeof x->pid_path, "%s/pid", x->folder);
    assert_int_equal(symlink("/bin/sleep", x->path), 0);
    assert_int_equal(symlink("/bin/sleep", x->long_path), 0);
    *state = x;
    return 0;
}

void end_child(struct fixture *x, size_t i)
{
    if (x->children[i] == 0)
        return;
    kill(x->children[i], SIGKILL);
    waitpid(x->children[i], NULL, 0);
    x->children[i] = 0;
}

int tear_down(void **state)
{
    struct fixture *x = *state;
    fake_host_free(x->host);
    for (size_t i = 0; i < x->child_count; i++)
        end_child(x, i);
    unlink(x->path);
    unlink(x->long_path);
    unlink(x->pid_path);
    rmdir(x->folder);
    free(x);
    return 0;
}

/* In the middle of an exec the name is the old one still; the arguments come last. */
static bool is_program(pid_t pid, const char *path)
{
    char proc_path[32];
    char argument[128] = "";
    snprintf(proc_path, sizeof proc_path, "/proc/%d/cmdline", (int)pid);
    int fd = open(proc_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, argument, sizeof argument - 1);
    close(fd);
    return length > 0 && strcmp(argument, path) == 0;
}

pid_t start_program(struct fixture *x, const char *path, const char *seconds)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    pid_t pid = fork();
    if (pid == 0) {
        execl(path, path, seconds, (char *)NULL);
        _exit(127);
    }
    x->children[x->child_count++] = pid;
    for (int ms = 0; !is_program(pid, path); ms++) {
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        assert_true(ms < LIMIT_MS);
        nanosleep(&pause, NULL);
    }
    return pid;
}

void open_subject(struct fixture *x, const struct fake_option *options)
{
    x->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(x->host), 0);
}

void open_by_name(struct fixture *x, const char *name)
{
    const struct fake_option options[] = {{.name = "name", .value = name}, {0}};
    open_subject(x, options);
}

double newest(const struct fixture *x, const char *metric)
{
    const struct fake_reading *r = fake_host_last(x->host, "", metric);
    return r != NULL && r->kind == HM_NUMBER ? r->number : -1;
}

double checked(struct fixture *x, const char *metric)
{
    assert_int_equal(fake_host_check(x->host), 0);
    return newest(x, metric);
}

struct expected {
    const char *metric;
    double number;
};

static bool has_number(const struct fake_host *f, const void *arg)
{
    const struct expected *e = arg;
    const struct fake_reading *r = fake_host_last(f, "", e->metric);
    return r != NULL && r->kind == HM_NUMBER && r->number >= e->number && r->number <= e->number;
}

bool await_number(struct fixture *x, const char *metric, double number)
{
    const struct expected e = {metric, number};
    return fake_host_run_until(x->host, has_number, &e, LIMIT_MS);
}

bool await_checked(struct fixture *x, const char *metric, double number)
{
    const struct expected e = {metric, number};
    for (int ms = 0; ms < LIMIT_MS; ms++) {
        checked(x, metric);
        if (has_number(x->host, &e))
            return true;
        fake_host_run_until(x->host, NULL, NULL, 1);
    }
    return false;
}
