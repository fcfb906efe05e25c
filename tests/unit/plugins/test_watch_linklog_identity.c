/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuse_folder.h"
#include "linklog_fixture.h"
#include "unit.h"

enum { HOUR_MS = 3600 * 1000 };

/* ---- links -------------------------------------------------------------------------------- */

/* Lets @name be a link to @target, at one stroke. */
static void link_to(const struct fixture *x, const char *target, const char *name)
{
    char link[256];
    snprintf(link, sizeof link, "%s/link.new", x->folder);
    assert_int_equal(symlink(target, link), 0);
    fixture_rename(x, "link.new", name);
}

static void switch_link(const struct fixture *x, const char *target)
{
    link_to(x, target, "app.log");
}

static void make_folder(const struct fixture *x, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", x->folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void both_files_of_a_link_that_is_switched_are_read_to_their_end(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "monday", "n=1\n");
    switch_link(x, "monday");
    fixture_start(x, fixture_from_begin);
    fixture_append(x, "monday", "n=2\n");
    fixture_append(x, "tuesday", "n=3\n");
    switch_link(x, "tuesday");
    fixture_await(x, "failure", 3);
    fixture_append(x, "monday", "n=4\n");
    fixture_await(x, "failure", 4);
    fixture_append(x, "tuesday", "n=5\n");
    fixture_await(x, "failure", 5);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4 5");
}

static void a_link_switched_during_a_stop_leaves_nothing_unread(void **state)
{
    struct fixture *x = *state;

    make_folder(x, "monday");
    make_folder(x, "tuesday");
    fixture_append(x, "monday/exec.log", "n=1\n");
    switch_link(x, "monday/exec.log");
    fixture_start(x, fixture_from_begin);
    fixture_await(x, "failure", 1);
    fake_host_close(x->host);
    fixture_append(x, "monday/exec.log", "n=2\n");
    fixture_append(x, "tuesday/exec.log", "n=3\n");
    switch_link(x, "tuesday/exec.log");
    fixture_restart(x);
    fixture_await(x, "failure", 3);
    fixture_restart(x);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void a_link_switched_back_goes_on_where_its_file_was_left(void **state)
{
    struct fixture *x = *state;

    fixture_append(x, "one", "n=1\n");
    switch_link(x, "one");
    fixture_start(x, fixture_from_begin);
    fixture_append(x, "two", "n=2\n");
    switch_link(x, "two");
    fixture_await(x, "failure", 2);
    x->host->clock_shift_ms += 2 * HOUR_MS;
    fake_host_check(x->host);
    fake_host_check(x->host);
    fixture_append(x, "one", "n=3\n");
    switch_link(x, "one");
    fixture_await(x, "failure", 3);
    fixture_restart(x);
    x->host->clock_shift_ms += 2 * HOUR_MS;
    fake_host_check(x->host);
    fixture_restart(x);
    fixture_append(x, "two", "n=4\n");
    switch_link(x, "two");
    fixture_await(x, "failure", 4);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
}

/* Switches the link to @target, which gets the line @n, and lets the file before it be closed. */
static void go_over_to(struct fixture *x, const char *target, size_t n)
{
    char line[32];
    snprintf(line, sizeof line, "n=%zu\n", n);
    fixture_append(x, target, line);
    switch_link(x, target);
    if (x->host == NULL)
        fixture_start(x, fixture_from_begin);
    fixture_await(x, "failure", n);
    x->host->clock_shift_ms += 2 * HOUR_MS;
    fake_host_check(x->host);
    fake_host_check(x->host);
}

static void a_file_that_was_closed_twice_hides_no_older_one_from_a_restart(void **state)
{
    struct fixture *x = *state;

    static const char *const order[] = {"one", "two", "three", "two", "three"};
    for (size_t i = 0; i < 5; i++)
        go_over_to(x, order[i], i + 1);
    fixture_restart(x);
    go_over_to(x, "one", 6);
    fixture_idle(x);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4 5 6");
}

static void a_folder_behind_a_link_is_read_to_its_end_when_the_link_is_switched(void **state)
{
    struct fixture *x = *state;
    char path[128];
    const struct fake_option options[] = {{.name = "path", .value = path},
        {.name = "patterns", .group = fixture_pattern_of_n}, {.name = "start", .value = "begin"},
        FIXTURE_END};
    static const char *const days[] = {"monday", "tuesday", "wednesday"};

    snprintf(path, sizeof path, "%s/current/exec.log", x->folder);
    for (size_t i = 0; i < 3; i++)
        make_folder(x, days[i]);
    fixture_append(x, "monday/exec.log", "n=1\n");
    link_to(x, "monday", "current");
    fixture_start(x, options);
    fixture_append(x, "monday/exec.log", "n=2\n");
    fixture_append(x, "tuesday/exec.log", "n=3\n");
    link_to(x, "tuesday", "current");
    fake_host_check(x->host);
    fixture_await(x, "failure", 3);
    fake_host_close(x->host);
    fixture_append(x, "tuesday/exec.log", "n=4\n");
    fixture_append(x, "wednesday/exec.log", "n=5\n");
    link_to(x, "wednesday", "current");
    fixture_restart(x);
    fixture_await(x, "failure", 5);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4 5");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

static void rotations_where_a_link_points_to_are_all_read_after_a_stop(void **state)
{
    struct fixture *x = *state;

    make_folder(x, "data");
    fixture_append(x, "data/exec.log", "n=1\n");
    switch_link(x, "data/exec.log");
    fixture_start(x, fixture_from_begin);
    fixture_await(x, "failure", 1);
    fake_host_close(x->host);
    fixture_append(x, "data/exec.log", "n=2\n");
    fixture_rename(x, "data/exec.log", "data/exec.log.2");
    fixture_append(x, "data/exec.log", "n=3\n");
    fixture_rename(x, "data/exec.log", "data/exec.log.1");
    fixture_append(x, "data/exec.log", "n=4\n");
    fixture_restart(x);
    fixture_await(x, "failure", 4);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3 4");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 0);
}

/* ---- inodes ------------------------------------------------------------------------------- */

static ino_t inode_of(const struct fixture *x, const char *name)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", x->folder, name);
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* Writes @text to a new app.log with the inode @wanted: the lowest that is free is given first,
 * those that are in its way are taken by others. False: this file system gives it to nobody. */
static bool reuse_inode(const struct fixture *x, ino_t wanted, const char *text)
{
    for (int i = 0; i < 200; i++) {
        char other[32];
        fixture_append(x, "app.log", text);
        if (inode_of(x, "app.log") == wanted)
            return true;
        snprintf(other, sizeof other, "taken%d", i);
        fixture_rename(x, "app.log", other);
    }
    return false;
}

/* Lets the kept state say that the file system knows of no births. */
static void forget_births(const struct fixture *x)
{
    char *kept = strdup(x->host->kept[0].value), out[4096] = "", *rest = NULL;
    size_t length = 0;
    for (char *line = strtok_r(kept, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char saved[32], device[32], inode[32], born[32], tail[512];
        if (sscanf(line, "1 %31s %31s %31s %31s %511[^\n]", saved, device, inode, born, tail) == 5)
            length += (size_t)snprintf(
                out + length, sizeof out - length, "1 %s %s %s 0 %s\n", saved, device, inode, tail);
    }
    free(kept);
    const struct hm_host *host = fake_host_get(x->host);
    host->keep(host, "offset", out);
}

static void start_again_with_the_inode_of_another(
    struct fixture *x, bool births_are_known, const char *text)
{
    ino_t inode = inode_of(x, "app.log");
    fake_host_close(x->host);
    if (!births_are_known)
        forget_births(x);
    assert_int_equal(unlink(x->log), 0);
    if (!reuse_inode(x, inode, text))
        print_message("# this file system gave no inode twice\n");
    fixture_restart(x);
}

static void a_file_with_the_inode_of_another_is_told_by_its_birth(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1 begins as the next\n");
    fixture_await(x, "failure", 1);
    start_again_with_the_inode_of_another(x, true, "n=1 begins as the next\nn=2\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 1 2");
}

static void a_file_with_the_inode_of_another_is_told_by_its_first_bytes(void **state)
{
    struct fixture *x = *state;

    fixture_begin(x, "n=1\n");
    fixture_await(x, "failure", 1);
    start_again_with_the_inode_of_another(x, false, "n=2\nn=3 is more than there was\n");
    fixture_await(x, "failure", 3);

    assert_string_equal(fixture_fields(x, "n"), "1 2 3");
    assert_int_equal(fake_host_count(x->host, NULL, "lost_bytes"), 1);
}

/* ---- a file system that others change ----------------------------------------------------- */

struct remote {
    struct fixture x;
    struct fuse_folder *folder; /* NULL: not here */
};

static int remote_set_up(void **state)
{
    static struct remote r;
    const char *why = NULL;
    fixture_init(&r.x);
    r.folder = fuse_folder_new(r.x.folder, &why);
    if (r.folder == NULL)
        print_message("# no file system of others: %s\n", why);
    *state = &r;
    return 0;
}

static int remote_tear_down(void **state)
{
    struct remote *r = *state;
    r->x.host = fake_host_free(r->x.host);
    r->folder = fuse_folder_free(r->folder);
    fixture_deinit(&r->x);
    return 0;
}

#define REMOTE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, remote_set_up, remote_tear_down)

static void what_another_machine_writes_is_seen_by_looking_at_intervals(void **state)
{
    struct remote *r = *state;
    if (r->folder == NULL)
        return;

    fuse_folder_append(r->folder, "app.log", "n=1\n");
    fixture_start(&r->x, fixture_from_begin);
    fixture_idle(&r->x);
    fuse_folder_append(r->folder, "app.log", "n=2\n");
    fixture_await(&r->x, "failure", 2);

    assert_string_equal(fixture_fields(&r->x, "n"), "1 2");
}

static void a_log_that_another_machine_makes_later_is_found_without_a_check(void **state)
{
    struct remote *r = *state;
    if (r->folder == NULL)
        return;

    fixture_start(&r->x, fixture_from_end);
    fixture_idle(&r->x);
    fuse_folder_append(r->folder, "app.log", "n=1\n");
    fixture_await(&r->x, "failure", 1);

    assert_string_equal(fixture_fields(&r->x, "n"), "1");
}

static const struct fake_option polled[] = {{.name = "patterns", .group = fixture_pattern_of_n},
    {.name = "start", .value = "begin"}, {.name = "poll", .value = "100ms"}, FIXTURE_END};

static void rotations_by_another_machine_lose_and_double_nothing(void **state)
{
    struct remote *r = *state;
    if (r->folder == NULL)
        return;

    fuse_folder_append(r->folder, "app.log", "n=1\n");
    fixture_start(&r->x, polled);
    fuse_folder_append(r->folder, "app.log", "n=2\n");
    fuse_folder_rename(r->folder, "app.log", "app.log.1");
    fuse_folder_append(r->folder, "app.log", "n=3\n");
    fixture_await(&r->x, "failure", 3);
    fake_host_close(r->x.host);
    fuse_folder_append(r->folder, "app.log", "n=4\n");
    fuse_folder_rename(r->folder, "app.log.1", "app.log.2");
    fuse_folder_rename(r->folder, "app.log", "app.log.1");
    fuse_folder_append(r->folder, "app.log", "n=5\n");
    fixture_restart(&r->x);
    fixture_await(&r->x, "failure", 5);

    assert_string_equal(fixture_fields(&r->x, "n"), "1 2 3 4 5");
    assert_int_equal(fake_host_count(r->x.host, NULL, "lost_bytes"), 0);
}

static void a_part_with_the_inode_of_a_finished_one_is_told_by_its_first_bytes(void **state)
{
    struct remote *r = *state;
    if (r->folder == NULL)
        return;

    fuse_folder_append(r->folder, "app.log.1", "n=8 is from before the start\n");
    fuse_folder_append(r->folder, "app.log", "n=1\n");
    fixture_start(&r->x, polled);
    fake_host_close(r->x.host);
    fuse_folder_remove(r->folder, "app.log.1");
    fuse_folder_rename(r->folder, "app.log", "app.log.2");
    fuse_folder_append(r->folder, "app.log.1", "n=2 has the inode of another\n");
    fuse_folder_append(r->folder, "app.log", "n=3\n");
    fixture_restart(&r->x);
    fixture_await(&r->x, "failure", 3);

    assert_string_equal(fixture_fields(&r->x, "n"), "1 2 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(both_files_of_a_link_that_is_switched_are_read_to_their_end),
        FIXTURE_TEST(a_link_switched_during_a_stop_leaves_nothing_unread),
        FIXTURE_TEST(a_link_switched_back_goes_on_where_its_file_was_left),
        FIXTURE_TEST(a_file_that_was_closed_twice_hides_no_older_one_from_a_restart),
        FIXTURE_TEST(a_folder_behind_a_link_is_read_to_its_end_when_the_link_is_switched),
        FIXTURE_TEST(rotations_where_a_link_points_to_are_all_read_after_a_stop),
        FIXTURE_TEST(a_file_with_the_inode_of_another_is_told_by_its_birth),
        FIXTURE_TEST(a_file_with_the_inode_of_another_is_told_by_its_first_bytes),
        REMOTE_TEST(what_another_machine_writes_is_seen_by_looking_at_intervals),
        REMOTE_TEST(a_log_that_another_machine_makes_later_is_found_without_a_check),
        REMOTE_TEST(rotations_by_another_machine_lose_and_double_nothing),
        REMOTE_TEST(a_part_with_the_inode_of_a_finished_one_is_told_by_its_first_bytes),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog identity", tests, NULL, NULL);
}
