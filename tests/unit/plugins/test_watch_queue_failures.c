/* SPDX-License-Identifier: BSD-2-Clause */
/* What the queue plugin says when folders cannot be looked at or events do not come. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuse_folder.h"
#include "queue_fixture.h"
#include "watches.h"

#include "unit.h"

enum { NOBODY = 65534, GOOD = 0, BAD = 1, NOT_HERE = 77 };

/* Root reads everything: from here on it is somebody else who looks. */
static void look_as_nobody(const struct fixture *x)
{
    if (getuid() != 0)
        return;
    assert_int_equal(chmod(x->folder, 0755), 0);
    assert_int_equal(seteuid(NOBODY), 0);
}

static void look_as_before(void)
{
    assert_int_equal(seteuid(getuid()), 0);
}

static bool is_blind(const struct fake_reading *r, int error)
{
    return r != NULL && r->kind == HM_BLIND && strstr(r->text, strerror(error)) != NULL;
}

/* ---- folders ---- */

static void a_folder_that_may_not_be_read_is_blind_until_it_may(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a", "1");
    assert_int_equal(chmod(x->in, 0), 0);
    look_as_nobody(x);
    open_in(x, "settle", "0s");

    bool was_blind = is_blind(checked(x, "in", "depth"), EACCES);
    look_as_before();
    assert_int_equal(chmod(x->in, 0755), 0);
    look_as_nobody(x);
    bool is_seen = number(x, "in", "depth") == 1;
    look_as_before();

    assert_true(was_blind);
    assert_true(is_seen);
}

static void a_folder_inside_that_may_not_be_read_blinds_all_that_was_told(void **state)
{
    struct fixture *x = *state;
    char inside[128];
    snprintf(inside, sizeof inside, "%s/zei", x->in);
    assert_int_equal(mkdir(inside, 0755), 0);
    put_file(inside, "a", "1");
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "recursive", .value = "true"},
        {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {
        {.name = "stages", .group = in}, {.name = "recount", .value = "1s"}, {0}};
    look_as_nobody(x);
    open_subject(x, options);
    bool was_seen = number(x, "in", "depth") == 1;

    look_as_before();
    assert_int_equal(chmod(inside, 0), 0);
    look_as_nobody(x);
    x->host->clock_shift_ms += 2000;
    number(x, "in", "depth"); // as it stands; the pass that finds out comes behind it
    const struct fake_reading *r = fake_host_last(x->host, "in", "");
    if (r == NULL)
        r = checked(x, "in", "");
    bool all_blind = is_blind(r, EACCES) && strstr(r->text, inside) != NULL;
    look_as_before();
    assert_int_equal(chmod(inside, 0755), 0);

    assert_true(was_seen);
    assert_true(all_blind);
}

static void a_folder_that_goes_while_its_files_are_counted_leaves_the_others(void **state)
{
    struct fixture *x = *state;
    char inside[128], aside[128];
    snprintf(inside, sizeof inside, "%s/zei", x->in);
    snprintf(aside, sizeof aside, "%s/aside", x->folder);
    assert_int_equal(mkdir(inside, 0755), 0);
    int fd = begin_file(inside, "large");
    assert_int_equal(ftruncate(fd, (off_t)64 << 30), 0);
    close(fd);
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "recursive", .value = "true"},
        {.name = "count_lines", .value = "plain"}, {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);
    assert_true(number(x, "in", "depth") == 1);
    put_file(x->in, "small", "1\n2\n");
    assert_true(number(x, "in", "uncounted_files") == 2);

    assert_int_equal(rename(inside, aside), 0);

    assert_true(await_number(x, "in", "records", 2));
    assert_true(number(x, "in", "depth") == 1);
    assert_true(number(x, "in", "uncounted_files") == 0);
}

static void a_file_that_is_written_while_it_is_counted_is_counted_anew(void **state)
{
    struct fixture *x = *state;
    int fd = begin_file(x->in, "large");
    assert_int_equal(ftruncate(fd, (off_t)64 << 30), 0);
    close(fd);
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "count_lines", .value = "plain"},
        {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    open_subject(x, options);
    assert_true(number(x, "in", "uncounted_files") == 1);

    put_file(x->in, "large", "1\n2\n3\n");

    assert_true(await_number(x, "in", "records", 3));
    remove_file(x->in, "large");
    assert_true(number(x, "in", "records") == 0);
}

static void a_file_that_is_gone_when_its_event_comes_was_not_there(void **state)
{
    struct fixture *x = *state;
    open_in(x, "settle", "0s");
    assert_true(number(x, "in", "depth") == 0);

    put_file(x->in, "a", "1");
    remove_file(x->in, "a");

    assert_true(number(x, "in", "depth") == 0);
    assert_true(number(x, "in", "writing_files") == 0);
}

/* ---- no events ---- */

/* In a user namespace of its own, where @limit of /proc/sys/user is zero. */
static int in_a_namespace(struct fixture *x, const char *limit, int (*fn)(struct fixture *x))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/sys/user/%s", limit);
        int fd = unshare(CLONE_NEWUSER) == 0 ? open(path, O_WRONLY | O_CLOEXEC) : -1;
        _exit(fd < 0 || write(fd, "0", 1) != 1 ? NOT_HERE : fn(x));
    }
    waitpid(pid, &status, 0);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == NOT_HERE)
        print_message("# left out: no user namespace with limits of its own\n");
    return code == NOT_HERE ? GOOD : code;
}

/* The limit is lifted at the end: events keep the count again. */
static int watch_without_watches(struct fixture *x)
{
    open_in(x, "settle", "0s");
    bool is_counted = number(x, "in", "depth") == 1;
    bool is_said = fake_host_logged(x->host, "fs.inotify.max_user_watches is used up");
    put_file(x->in, "b", "1");
    bool is_polled = number(x, "in", "depth") == 2;
    int fd = open("/proc/sys/user/max_inotify_watches", O_WRONLY | O_CLOEXEC);
    bool is_lifted = fd >= 0 && write(fd, "100", 3) == 3;
    bool goes_on = number(x, "in", "depth") == 2;
    bool is_said_too = fake_host_logged(x->host, "counted by events again");
    return is_counted && is_said && is_polled && is_lifted && goes_on && is_said_too ? GOOD : BAD;
}

static int watch_without_inotify(struct fixture *x)
{
    x->host = NULL;
    open_in(x, "settle", "0s");
    bool is_said = fake_host_logged(x->host, "no events of files");
    bool is_counted = number(x, "in", "depth") == 1;
    put_file(x->in, "b", "1");
    return is_said && is_counted && number(x, "in", "depth") == 2 ? GOOD : BAD;
}

static void when_the_watches_are_used_up_folders_are_read_and_it_says_so(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a", "1");

    assert_int_equal(in_a_namespace(x, "max_inotify_watches", watch_without_watches), GOOD);
}

static void without_inotify_folders_are_read_and_it_says_so(void **state)
{
    struct fixture *x = *state;
    put_file(x->in, "a", "1");

    assert_int_equal(in_a_namespace(x, "max_inotify_instances", watch_without_inotify), GOOD);
}

static void without_timers_each_check_counts_a_part(void **state)
{
    struct fixture *x = *state;
    const struct fake_option in[] = {{.name = "name", .value = "in"},
        {.name = "path", .value = x->in}, {.name = "count_lines", .value = "plain"},
        {.name = "settle", .value = "0s"}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};
    put_file(x->in, "a", "1\n2\n");
    x->host = fake_host_new(&hashimori_plugin, options);
    x->host->refuse_watch = true;
    assert_int_equal(fake_host_open(x->host), 0);

    assert_true(await_number(x, "in", "records", 2));
}

/* inotify sees nothing of what a server's other clients do. */
static int watch_a_network_folder(struct fixture *x)
{
    const char *why = NULL;
    struct fuse_folder *served = NULL;
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        served = fuse_folder_new(x->in, &why);
    if (served == NULL)
        return NOT_HERE;
    fuse_folder_append(served, "a", "1\n");
    open_in(x, "settle", "0s");
    bool is_counted = number(x, "in", "depth") == 1;
    bool is_said = fake_host_logged(x->host, "a network file system, read at each interval");
    fuse_folder_append(served, "b", "1\n");
    bool is_seen = number(x, "in", "depth") == 2;
    fuse_folder_remove(served, "a");
    bool has_left = number(x, "in", "depth") == 1;
    x->host = fake_host_free(x->host);
    fuse_folder_free(served);
    return is_counted && is_said && is_seen && has_left ? GOOD : BAD;
}

static void a_network_folder_is_read_at_each_check(void **state)
{
    struct fixture *x = *state;
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(watch_a_network_folder(x));
    waitpid(pid, &status, 0);

    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_HERE)
        print_message("# left out: no mount by FUSE here\n");
    else
        assert_int_equal(WEXITSTATUS(status), GOOD);
}

/* ---- large folders ---- */

static int await_added(struct watches *w, const char *path, void *owner)
{
    int number;
    while ((number = watches_add_large(w, path, owner)) == WATCHES_E_LATER)
        usleep(1000);
    return number;
}

static void count_event(
    void *ctx, void *owner UNUSED, uint32_t mask UNUSED, const char *name UNUSED)
{
    ++*(size_t *)ctx;
}

static void only_what_is_being_added_is_left_alone(void **state)
{
    struct fixture *x = *state;
    struct watches *w = NULL;
    int one = 0, other = 0;
    assert_int_equal(watches_new(&w), 0);
    assert_false(watches_is_adding(w, &one));

    assert_int_equal(watches_add_large(w, x->in, &one), WATCHES_E_LATER);

    assert_false(watches_is_adding(w, &other));
    assert_true(await_added(w, x->in, &one) > 0);
    assert_false(watches_is_adding(w, &one));
    watches_free(w);
}

static void a_folder_that_goes_while_it_is_added_leaves_the_way_free(void **state)
{
    struct fixture *x = *state;
    struct watches *w = NULL;
    int one = 0, other = 0;
    assert_int_equal(watches_new(&w), 0);
    assert_int_equal(watches_add_large(w, x->in, &one), WATCHES_E_LATER);
    assert_int_equal(watches_add_large(w, x->error, &other), WATCHES_E_LATER);

    watches_forget(w, &one);

    assert_true(await_added(w, x->error, &other) > 0);
    // The number of the first was given back: nothing of it is told.
    put_file(x->in, "a", "1");
    size_t told = 0;
    watches_read(w, count_event, &told);
    assert_int_equal(told, 0);
    put_file(x->error, "a", "1");
    watches_read(w, count_event, &told);
    assert_true(told > 0);
    watches_free(w);
}

static void a_large_folder_that_is_not_there_is_an_error(void **state)
{
    struct fixture *x = *state;
    struct watches *w = NULL;
    int one = 0;
    assert_int_equal(watches_new(&w), 0);
    assert_int_equal(rmdir(x->in), 0);

    assert_int_equal(await_added(w, x->in, &one), -ENOENT);

    watches_free(w);
}

/* ---- options ---- */

static void no_stages_and_too_long_paths_are_refused(void **state)
{
    struct fixture *x = *state;
    char path[4000];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    const struct fake_option in[] = {
        {.name = "name", .value = "in"}, {.name = "path", .value = path}, {0}};
    const struct fake_option options[] = {{.name = "stages", .group = in}, {0}};

    const struct fake_option none[] = {{.name = "stages"}, {0}};
    x->host = fake_host_new(&hashimori_plugin, none);
    fake_host_validate(x->host);
    assert_true(fake_host_complained(x->host, "has 0 stages; 1 to 64 are accepted"));
    assert_int_equal(fake_host_open(x->host), -EINVAL);
    fake_host_free(x->host);
    x->host = fake_host_new(&hashimori_plugin, options);
    fake_host_validate(x->host);
    assert_true(fake_host_complained(x->host, "the path of stage \"in\" is too long"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_that_may_not_be_read_is_blind_until_it_may),
        TEST(a_folder_inside_that_may_not_be_read_blinds_all_that_was_told),
        TEST(a_folder_that_goes_while_its_files_are_counted_leaves_the_others),
        TEST(a_file_that_is_written_while_it_is_counted_is_counted_anew),
        TEST(a_file_that_is_gone_when_its_event_comes_was_not_there),
        TEST(when_the_watches_are_used_up_folders_are_read_and_it_says_so),
        TEST(without_inotify_folders_are_read_and_it_says_so),
        TEST(without_timers_each_check_counts_a_part),
        TEST(a_network_folder_is_read_at_each_check),
        TEST(only_what_is_being_added_is_left_alone),
        TEST(a_folder_that_goes_while_it_is_added_leaves_the_way_free),
        TEST(a_large_folder_that_is_not_there_is_an_error),
        TEST(no_stages_and_too_long_paths_are_refused),
    };
    return cmocka_run_group_tests_name("plugins/watch_queue_failures", tests, NULL, NULL);
}
