/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk plugin on real mounts, which nobody else sees. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_fixture.h"

#include "unit.h"

static void mount_small(const struct fixture *x)
{
    assert_int_equal(mount("hmtest", x->point, "tmpfs", 0, "size=1m,nr_inodes=100"), 0);
}

static void write_file(const char *folder, const char *name, size_t bytes)
{
    char path[256];
    static const char block[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    for (; bytes >= sizeof block; bytes -= sizeof block)
        assert_int_equal(write(fd, block, sizeof block), sizeof block);
    close(fd);
}

/* ---- real mounts ---- */

static void a_mount_tells_how_full_it_is(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    write_file(x->point, "half", 512 * 1024);
    open_listed(x);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_true(newest(x, x->point, "mounted") == 1);
    assert_true(newest(x, x->point, "read_only") == 0);
    assert_true(newest(x, x->point, "used_percent") == 50);
    assert_true(newest(x, x->point, "free_bytes") == 512 * 1024);
    assert_true(newest(x, x->point, "inodes_percent") == 2);
}

static void a_mount_is_announced_before_it_is_touched(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(x->host->announce_count, 1);
    assert_string_equal(x->host->announced[0], x->point);
}

static void a_mount_that_hung_before_is_not_touched(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);
    x->host->skipped = x->point;

    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(x->host->announce_count, 0);
    assert_int_equal(fake_host_count(x->host, x->point, "mounted"), 0);
    assert_int_equal(fake_host_count(x->host, x->point, "used_percent"), 0);
}

static void an_unmount_is_an_event_and_so_is_the_return(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(umount(x->point), 0);
    const struct fake_reading *gone = fake_host_await(x->host, x->point, "mounted", LIMIT_MS);
    assert_non_null(gone);
    assert_true(gone->number == 0);

    mount_small(x);
    const struct fake_reading *back = fake_host_await(x->host, x->point, "mounted", LIMIT_MS);
    assert_non_null(back);
    assert_true(back->number == 1);
}

static void a_read_only_remount_is_an_event(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(mount("hmtest", x->point, "tmpfs", MS_REMOUNT | MS_RDONLY, ""), 0);

    const struct fake_reading *r = fake_host_await(x->host, x->point, "read_only", LIMIT_MS);
    assert_non_null(r);
    assert_true(r->number == 1);
    assert_non_null(r->text);
}

static void a_mount_that_appears_later_is_found_and_checked_at_once(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "types", .value = "tmpfs"},
        {.name = "mountinfo", .value = "/proc/self/mountinfo"}, {0}};
    open_subject(x, options);
    assert_int_equal(fake_host_check(x->host), 0);
    assert_null(fake_host_last(x->host, x->point, "used_percent"));

    mount_small(x);

    const struct fake_reading *r = fake_host_await(x->host, x->point, "used_percent", LIMIT_MS);
    assert_non_null(r);
    assert_true(r->number < 50);
}

static void open_found(struct fixture *x)
{
    const struct fake_option options[] = {{.name = "types", .value = "tmpfs"},
        {.name = "mountinfo", .value = "/proc/self/mountinfo"}, {0}};
    open_subject(x, options);
}

static void a_found_mount_that_goes_is_told_once_and_is_gone(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_found(x);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(umount(x->point), 0);

    const struct fake_reading *event = fake_host_await(x->host, "", "unmounted", LIMIT_MS);
    assert_non_null(event);
    assert_int_equal(event->kind, HM_EVENT);
    assert_string_equal(fake_reading_field(event, "mount"), x->point);
    assert_int_equal(fake_host_last(x->host, x->point, "")->kind, HM_GONE);
    fake_host_forget(x->host);
    assert_int_equal(fake_host_check(x->host), 0);
    assert_int_equal(fake_host_count(x->host, x->point, "mounted"), 0);
    assert_int_equal(fake_host_count(x->host, "", "unmounted"), 0);
}

static void a_found_mount_that_comes_back_is_told_too(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_found(x);
    assert_int_equal(fake_host_check(x->host), 0);
    assert_int_equal(umount(x->point), 0);
    assert_non_null(fake_host_await(x->host, "", "unmounted", LIMIT_MS));

    mount_small(x);

    const struct fake_reading *event = fake_host_await(x->host, "", "appeared", LIMIT_MS);
    assert_non_null(event);
    assert_string_equal(fake_reading_field(event, "mount"), x->point);
}

static void a_found_mount_that_went_while_nobody_looked_is_gone_too(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_found(x);
    assert_int_equal(fake_host_check(x->host), 0);
    fake_host_close(x->host);

    assert_int_equal(umount(x->point), 0);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(fake_host_last(x->host, x->point, "")->kind, HM_GONE);
    assert_int_equal(fake_host_count(x->host, "", "unmounted"), 1);
}

static void a_bind_mount_of_what_is_watched_is_not_counted_twice(void **state)
{
    struct fixture *x = *state;
    char inside[128];
    mount_small(x);
    snprintf(inside, sizeof inside, "%s/inside", x->point);
    assert_int_equal(mkdir(inside, 0755), 0);
    assert_int_equal(mount(x->point, inside, NULL, MS_BIND, NULL), 0);
    open_found(x);

    assert_int_equal(fake_host_check(x->host), 0);

    size_t outer = fake_host_count(x->host, x->point, "used_percent");
    size_t inner = fake_host_count(x->host, inside, "used_percent");
    umount2(inside, MNT_DETACH);
    assert_int_equal(outer, 1);
    assert_int_equal(inner, 0);
}

static void an_excluded_mount_is_left_alone(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    const struct fake_option options[] = {{.name = "types", .value = "tmpfs"},
        {.name = "exclude", .value = "/tmp/hm-disk-*"},
        {.name = "mountinfo", .value = "/proc/self/mountinfo"}, {0}};
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_null(fake_host_last(x->host, x->point, "mounted"));
}

static void a_missing_table_falls_back_to_our_own(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "mountinfo", .value = "/nonexistent/mountinfo"}, {0}};
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_true(fake_host_logged(x->host, "/proc/self/mountinfo"));
    assert_true(newest(x, "/", "mounted") == 1);
}

/* ---- how long it lasts ---- */

/* Ten files of @bytes each, one every four minutes. */
static void fill_for_forty_minutes(struct fixture *x, size_t bytes)
{
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        write_file(x->point, name, bytes);
        x->host->clock_shift_ms += 4 * 60 * 1000;
        assert_int_equal(fake_host_check(x->host), 0);
    }
}

static void look_again_after_a_restart(struct fixture *x)
{
    fake_host_close(x->host);
    fake_host_forget(x->host);
    assert_int_equal(fake_host_open(x->host), 0);
    assert_int_equal(fake_host_check(x->host), 0);
}

static void a_filling_disk_tells_when_it_will_be_full_also_after_a_restart(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);

    fill_for_forty_minutes(x, 12 * 1024);
    double before = newest(x, x->point, "time_to_full_s");
    look_again_after_a_restart(x);

    // 12 KiB in 240 s; 1,024 - 120 = 904 KiB are left: 18,080 s.
    assert_true(before > 17000 && before < 19000);
    double after = newest(x, x->point, "time_to_full_s");
    assert_true(after > 17000 && after < 19000);
}

static void inodes_that_are_used_up_tell_when_while_space_is_not_also_after_a_restart(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);

    fill_for_forty_minutes(x, 0);
    double before = newest(x, x->point, "inodes_time_to_full_s");
    double space = newest(x, x->point, "time_to_full_s");
    look_again_after_a_restart(x);

    // One in 240 s; 100 less the root's and ten are left: 21,360 s.
    assert_true(before > 21000 && before < 22000);
    assert_true(space >= 315360000);
    double after = newest(x, x->point, "inodes_time_to_full_s");
    assert_true(after > 21000 && after < 22000);
}

static void a_file_system_that_does_not_count_inodes_tells_nothing_of_them(void **state)
{
    struct fixture *x = *state;
    assert_int_equal(mount("hmtest", x->point, "tmpfs", 0, "size=1m,nr_inodes=0"), 0);
    open_listed(x);

    fill_for_forty_minutes(x, 0);

    assert_true(newest(x, x->point, "time_to_full_s") >= 315360000);
    assert_null(fake_host_last(x->host, x->point, "inodes_percent"));
    assert_null(fake_host_last(x->host, x->point, "inodes_time_to_full_s"));
}

static void a_disk_that_does_not_fill_is_never_full(void **state)
{
    struct fixture *x = *state;
    mount_small(x);
    open_listed(x);

    for (int i = 0; i < 10; i++) {
        x->host->clock_shift_ms += 4 * 60 * 1000;
        assert_int_equal(fake_host_check(x->host), 0);
    }

    assert_true(newest(x, x->point, "time_to_full_s") >= 315360000);
    assert_string_equal(fake_host_last(x->host, x->point, "time_to_full_s")->text, "not filling");
}

/* A mount namespace of our own: what is mounted here is seen by nobody else. False, and says so,
 * where that is not permitted, as in a chroot or without rights. */
static bool leave_the_shared_namespace(void)
{
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        return true;
    printf("# no mount namespace of our own, so what mounts is left out: %s\n", strerror(errno));
    return false;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mount_tells_how_full_it_is),
        TEST(a_mount_is_announced_before_it_is_touched),
        TEST(a_mount_that_hung_before_is_not_touched),
        TEST(an_unmount_is_an_event_and_so_is_the_return),
        TEST(a_read_only_remount_is_an_event),
        TEST(a_mount_that_appears_later_is_found_and_checked_at_once),
        TEST(a_found_mount_that_goes_is_told_once_and_is_gone),
        TEST(a_found_mount_that_comes_back_is_told_too),
        TEST(a_found_mount_that_went_while_nobody_looked_is_gone_too),
        TEST(a_bind_mount_of_what_is_watched_is_not_counted_twice),
        TEST(an_excluded_mount_is_left_alone),
        TEST(a_missing_table_falls_back_to_our_own),
        TEST(a_filling_disk_tells_when_it_will_be_full_also_after_a_restart),
        TEST(inodes_that_are_used_up_tell_when_while_space_is_not_also_after_a_restart),
        TEST(a_file_system_that_does_not_count_inodes_tells_nothing_of_them),
        TEST(a_disk_that_does_not_fill_is_never_full),
    };
    size_t count = sizeof tests / sizeof tests[0];
    return _cmocka_run_group_tests(
        "plugins/watch_disk", tests, leave_the_shared_namespace() ? count : 0, NULL, NULL);
}
