/* SPDX-License-Identifier: BSD-2-Clause */
/* What the plugin sees without rights, with a hidden /proc and of real control groups. Root only.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuse_silent.h"
#include "process_fixture.h"

enum { NOBODY = 65534, GOOD = 0, BAD = 1 };

static void become_nobody(void)
{
    if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
        _exit(BAD);
}

/* What a child of the test looks at; its exit status is the answer. */
static int status_of(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static const struct fake_reading *look(struct fixture *x, const char *name)
{
    open_by_name(x, name);
    fake_host_check(x->host);
    return fake_host_last(x->host, "", "running");
}

/* ---- another user's process ---- */

static _Noreturn void watch_as_nobody(struct fixture *x, int told)
{
    become_nobody();
    const struct fake_reading *r = look(x, x->name);
    bool good = r != NULL && r->kind == HM_NUMBER && newest(x, "running") == 1 &&
                newest(x, "threads") == 1 && newest(x, "unwatched") == 0;
    if (write(told, "x", 1) != 1)
        _exit(BAD);
    r = fake_host_await(x->host, "", "running", LIMIT_MS);
    _exit(good && r != NULL && newest(x, "running") == 0 ? GOOD : BAD);
}

static void without_rights_a_process_of_root_is_counted_and_its_end_an_event(void **state)
{
    struct fixture *x = *state;
    int told[2];
    char byte;
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    start_program(x, x->path, "1000");
    pid_t watcher = fork();
    if (watcher == 0)
        watch_as_nobody(x, told[1]);
    close(told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);

    end_child(x, 0);

    assert_int_equal(status_of(watcher), GOOD);
    close(told[0]);
}

/* ---- hidepid ---- */

struct hiding {
    const char *options; /* of the mount of /proc */
    const char *why;     /* what the blind reading must say */
};

static _Noreturn void watch_hidden(struct fixture *x, const struct hiding *h)
{
    become_nobody();
    const struct fake_reading *r = look(x, x->name);
    bool good = r != NULL && r->kind == HM_BLIND && strstr(r->text, h->why) != NULL;
    _exit(good ? GOOD : BAD);
}

/* Pid 1 of a namespace of its own, whose /proc hides what is not one's own. */
static _Noreturn void be_first(struct fixture *x, const struct hiding *h)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", 0, h->options) < 0)
        _exit(BAD);
    start_program(x, x->path, "1000");
    pid_t watcher = fork();
    if (watcher == 0)
        watch_hidden(x, h);
    _exit(status_of(watcher));
}

static int look_into_hidden(struct fixture *x, const struct hiding *h)
{
    pid_t outer = fork();
    if (outer == 0) {
        if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
            _exit(BAD);
        pid_t first = fork();
        if (first == 0)
            be_first(x, h);
        _exit(status_of(first));
    }
    return status_of(outer);
}

static void processes_that_hidepid_makes_invisible_are_blind_and_not_down(void **state)
{
    struct fixture *x = *state;

    const struct hiding invisible = {"hidepid=2", "hidepid"};

    assert_int_equal(look_into_hidden(x, &invisible), GOOD);
}

static void processes_that_hidepid_makes_unreadable_are_blind_and_not_down(void **state)
{
    struct fixture *x = *state;

    const struct hiding unreadable = {"hidepid=1", "hidepid"};

    assert_int_equal(look_into_hidden(x, &unreadable), GOOD);
}

/* ---- state D ---- */

/*
 * A process of the fixture's name that SIGKILL did not end: a question that the mount's server has
 * read cannot be taken back. One that was killed before it got so far is tried again.
 */
static pid_t start_stuck(const struct fixture *x, const char *point)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    for (int i = 0; i < 100; i++) {
        struct stat st;
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_NAME, x->name);
            _exit(stat(point, &st) == 0 ? GOOD : BAD);
        }
        nanosleep(&pause, NULL);
        kill(pid, SIGKILL);
        nanosleep(&pause, NULL);
        if (waitpid(pid, NULL, WNOHANG) == 0)
            return pid;
    }
    return 0;
}

static void a_process_that_sigkill_cannot_end_runs_until_it_has_ended(void **state)
{
    struct fixture *x = *state;
    const char *why = NULL;
    char point[96];
    snprintf(point, sizeof point, "%s/dead", x->folder);
    assert_int_equal(mkdir(point, 0755), 0);
    struct fuse_silent *mount = fuse_silent_new(point, &why);
    if (mount == NULL) {
        print_message("# left out: %s\n", why);
        rmdir(point);
        return;
    }
    pid_t pid = start_stuck(x, point);
    open_by_name(x, x->name);

    double running = checked(x, "running");
    double blocked = newest(x, "blocked");
    fuse_silent_free(mount);
    rmdir(point);

    assert_true(pid > 0);
    x->children[x->child_count++] = pid;
    assert_true(running == 1);
    assert_true(blocked == 1);
    assert_true(await_number(x, "running", 0));
}

/* ---- control groups ---- */

/* Where the version 2 hierarchy is; NULL: there is none that may be written. */
static const char *cgroup_root(void)
{
    static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    for (size_t i = 0; i < 2; i++) {
        struct statfs fs;
        if (statfs(places[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC &&
            access(places[i], W_OK) == 0)
            return places[i];
    }
    return NULL;
}

static bool move_into(const char *group, pid_t pid)
{
    char path[256];
    snprintf(path, sizeof path, "%s/cgroup.procs", group);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    bool written = fprintf(file, "%d\n", (int)pid) > 0;
    return fclose(file) == 0 && written;
}

static double running_with(struct fixture *x, const char *option, const char *value)
{
    const struct fake_option options[] = {{.name = option, .value = value}, {0}};
    fake_host_free(x->host);
    open_subject(x, options);
    return checked(x, "running");
}

/* systemd forks, moves the child into its group, and lets it go on. */
static void a_young_process_that_is_moved_into_its_unit_later_is_found(void **state)
{
    struct fixture *x = *state;
    char service[192], unit[64];
    snprintf(unit, sizeof unit, "%s.service", x->name);
    snprintf(service, sizeof service, "%s/%s", cgroup_root(), unit);
    assert_int_equal(mkdir(service, 0755), 0);
    pid_t pid = start_program(x, x->path, "1000");

    double before = running_with(x, "unit", unit);
    bool is_moved = move_into(service, pid);
    double after = checked(x, "running");
    end_child(x, 0);
    bool is_ended = await_number(x, "running", 0);

    rmdir(service);
    assert_true(is_moved && is_ended);
    assert_true(before == 0);
    assert_true(after == 1);
}

static void a_unit_is_found_by_its_real_control_group(void **state)
{
    struct fixture *x = *state;
    char slice[128], service[192], unit[64], path[96];
    snprintf(unit, sizeof unit, "%s.service", x->name);
    snprintf(path, sizeof path, "/%s.slice", x->name);
    snprintf(slice, sizeof slice, "%s%s", cgroup_root(), path);
    snprintf(service, sizeof service, "%s/%s", slice, unit);
    assert_int_equal(mkdir(slice, 0755), 0);
    assert_int_equal(mkdir(service, 0755), 0);
    assert_true(move_into(service, start_program(x, x->path, "1000")));
    start_program(x, x->path, "1000"); // stays outside

    double by_unit = running_with(x, "unit", unit);
    double by_slice = running_with(x, "cgroup", path);
    double by_another = running_with(x, "unit", "hmt.service");

    for (size_t i = 0; i < x->child_count; i++)
        end_child(x, i);
    rmdir(service);
    rmdir(slice);
    assert_true(by_unit == 1);
    assert_true(by_slice == 1);
    assert_true(by_another == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    // The two that need control groups are the last: they can be left out.
    const struct CMUnitTest tests[] = {
        TEST(without_rights_a_process_of_root_is_counted_and_its_end_an_event),
        TEST(processes_that_hidepid_makes_invisible_are_blind_and_not_down),
        TEST(processes_that_hidepid_makes_unreadable_are_blind_and_not_down),
        TEST(a_process_that_sigkill_cannot_end_runs_until_it_has_ended),
        TEST(a_unit_is_found_by_its_real_control_group),
        TEST(a_young_process_that_is_moved_into_its_unit_later_is_found),
    };
    size_t count = sizeof tests / sizeof tests[0];
    if (cgroup_root() == NULL) {
        count -= 2;
        print_message("# left out: no control groups (v2) that may be written\n");
    }
    if (geteuid() != 0) {
        count = 0;
        print_message("# left out: all of this needs root\n");
    }
    return _cmocka_run_group_tests("plugins/process rights", tests, count, NULL, NULL);
}
