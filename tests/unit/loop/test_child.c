/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "loop/loop.h"
#include "unit.h"

struct fixture {
    struct loop *loop;
    struct child *child;
    int status;
    int ended;
    int out[2];
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    assert_int_equal(loop_new(&f.loop), 0);
    assert_int_equal(pipe2(f.out, O_CLOEXEC), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->child = child_free(f->child);
    f->loop = loop_free(f->loop);
    fdio_close(f->out[0]);
    fdio_close(f->out[1]);
    return 0;
}

static void on_end(void *arg, struct child *c, int status)
{
    struct fixture *f = arg;
    assert_ptr_equal(c, f->child);
    f->status = status;
    f->ended++;
    loop_stop(f->loop);
}

static int start(struct fixture *f, const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
    struct child_plan plan = {.argv = argv,
        .envp = envp,
        .fds = {{f->out[1], 1}},
        .fd_count = 1,
        .limits = {{RLIMIT_CORE, 0, 0}},
        .limit_count = 1,
        .kill_with_parent = SIGKILL};
    return child_start(f->loop, &plan, on_end, f, &f->child);
}

static void read_out(struct fixture *f, char *ret, size_t size)
{
    f->out[1] = fdio_close(f->out[1]);
    size_t used = 0;
    ssize_t n;
    while ((n = read(f->out[0], ret + used, size - 1 - used)) > 0)
        used += (size_t)n;
    ret[used] = '\0';
}

static void a_child_has_only_the_listed_fds_and_environment(void **state)
{
    struct fixture *f = *state;
    char out[256];

    assert_int_equal(start(f, "for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo $n; "
                              "done; env | grep -c =; ulimit -c"),
        0);
    assert_int_equal(loop_run(f->loop), 0);

    read_out(f, out, sizeof out);
    // Two in the environment: PATH as given, and PWD of the shell itself.
    assert_string_equal(out, "1\n2\n0\n");
}

static void a_child_leads_its_own_group_and_cannot_gain_privileges(void **state)
{
    struct fixture *f = *state;
    char out[256];

    assert_int_equal(
        start(f, "read -r a b c d pgrp rest < /proc/$$/stat; [ \"$pgrp\" = $$ ] && echo own;"
                 "grep NoNewPrivs /proc/$$/status"),
        0);
    assert_int_equal(loop_run(f->loop), 0);

    read_out(f, out, sizeof out);
    assert_string_equal(out, "own\nNoNewPrivs:\t1\n");
}

static void a_program_that_is_not_there_is_a_fault_at_once(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"/nonexistent/program", NULL};
    const char *const envp[] = {NULL};
    struct child_plan plan = {.argv = argv, .envp = envp};

    assert_int_equal(child_start(f->loop, &plan, on_end, f, &f->child), -ENOENT);

    assert_null(f->child);
}

static void killing_ends_the_whole_group(void **state)
{
    struct fixture *f = *state;
    char out[64];

    assert_int_equal(start(f, "sleep 1000 & sleep 1000"), 0);
    child_kill(f->child, SIGKILL);
    assert_int_equal(loop_run(f->loop), 0);

    assert_true(WIFSIGNALED(f->status) && WTERMSIG(f->status) == SIGKILL);
    read_out(f, out, sizeof out); // ends only when no process holds the pipe any more
    assert_string_equal(out, "");
}

static void a_forgotten_child_is_reaped_silently(void **state)
{
    struct fixture *f = *state;
    char out[64];

    assert_int_equal(start(f, "exit 3"), 0);
    pid_t pid = child_pid(f->child);
    f->child = child_free(f->child);
    read_out(f, out, sizeof out);
    for (int i = 0; i < 100 && kill(pid, 0) == 0; i++)
        assert_int_equal(loop_turn(f->loop, true), 0);

    assert_int_equal(f->ended, 0);
    assert_int_equal(kill(pid, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_child_has_only_the_listed_fds_and_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_child_leads_its_own_group_and_cannot_gain_privileges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_program_that_is_not_there_is_a_fault_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killing_ends_the_whole_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_forgotten_child_is_reaped_silently, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("loop/child", tests, NULL, NULL);
}
