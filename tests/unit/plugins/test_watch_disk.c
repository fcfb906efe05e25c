/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake_host.h"
#include "mounts.h"
#include "trend.h"

#include "unit.h"

extern const struct hm_plugin hashimori_plugin;

/* Far more than any event takes, on any machine. */
enum { LIMIT_MS = 20000 };

struct fixture {
    char folder[64];
    char point[96];
    char table[96]; /* a made-up mountinfo */
    struct fake_host *host;
};

static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    snprintf(x->folder, sizeof x->folder, "/tmp/hm-disk-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
    snprintf(x->point, sizeof x->point, "%s/mnt", x->folder);
    snprintf(x->table, sizeof x->table, "%s/mountinfo", x->folder);
    assert_int_equal(mkdir(x->point, 0755), 0);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    fake_host_free(x->host);
    while (umount2(x->point, MNT_DETACH) == 0)
        continue;
    unlink(x->table);
    rmdir(x->point);
    rmdir(x->folder);
    free(x);
    return 0;
}

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

static void write_table(const struct fixture *x, const char *lines)
{
    FILE *file = fopen(x->table, "w");
    assert_non_null(file);
    fputs(lines, file);
    fclose(file);
}

static void open_subject(struct fixture *x, const struct fake_option *options)
{
    x->host = fake_host_new(&hashimori_plugin, options);
    assert_int_equal(fake_host_open(x->host), 0);
}

/* Watches the fixture's mount point as our own mount table shows it. */
static void open_listed(struct fixture *x)
{
    const struct fake_option options[] = {{.name = "mounts", .value = x->point},
        {.name = "mountinfo", .value = "/proc/self/mountinfo"}, {0}};
    open_subject(x, options);
}

static double newest(const struct fixture *x, const char *instance, const char *metric)
{
    const struct fake_reading *r = fake_host_last(x->host, instance, metric);
    return r != NULL && r->kind == HM_NUMBER ? r->number : -1;
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

static void a_listed_mount_that_is_away_is_not_mounted_and_its_size_is_blind(void **state)
{
    struct fixture *x = *state;
    open_listed(x);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_true(newest(x, x->point, "mounted") == 0);
    const struct fake_reading *used = fake_host_last(x->host, x->point, "used_percent");
    assert_int_equal(used->kind, HM_BLIND);
    assert_string_equal(used->text, "not mounted");
    assert_null(fake_host_last(x->host, x->point, "read_only"));
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

/* ---- made-up tables ---- */

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

static void another_file_system_than_the_table_says_is_blind(void **state)
{
    struct fixture *x = *state;
    char lines[256];
    const struct fake_option options[] = {{.name = "mountinfo", .value = x->table}, {0}};
    snprintf(lines, sizeof lines, "40 1 250:250 / %s rw - ext4 /dev/none rw\n", x->point);
    write_table(x, lines);
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    const struct fake_reading *r = fake_host_last(x->host, x->point, "used_percent");
    assert_non_null(r);
    assert_int_equal(r->kind, HM_BLIND);
}

static void an_automount_that_is_not_in_use_is_not_touched(void **state)
{
    struct fixture *x = *state;
    char lines[256];
    const struct fake_option options[] = {
        {.name = "mounts", .value = x->point}, {.name = "mountinfo", .value = x->table}, {0}};
    snprintf(lines, sizeof lines, "40 1 0:50 / %s rw - autofs systemd-1 rw\n", x->point);
    write_table(x, lines);
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(x->host->announce_count, 0);
    assert_true(newest(x, x->point, "mounted") == 1);
    assert_int_equal(fake_host_count(x->host, x->point, "used_percent"), 0);
}

static void an_automount_that_falls_asleep_again_is_not_missed(void **state)
{
    struct fixture *x = *state;
    struct stat root;
    char waiting[256], used[512];
    const struct fake_option options[] = {
        {.name = "mounts", .value = x->point}, {.name = "mountinfo", .value = x->table}, {0}};
    assert_int_equal(stat(x->point, &root), 0);
    snprintf(waiting, sizeof waiting, "40 1 0:50 / %s rw - autofs systemd-1 rw\n", x->point);
    snprintf(used, sizeof used, "%s41 40 %u:%u / %s rw - ext4 /dev/none rw\n", waiting,
        major(root.st_dev), minor(root.st_dev), x->point);
    write_table(x, used);
    open_subject(x, options);
    assert_int_equal(fake_host_check(x->host), 0);
    assert_int_equal(fake_host_count(x->host, x->point, "used_percent"), 1);

    write_table(x, waiting);
    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(fake_host_last(x->host, x->point, "")->kind, HM_GONE);
    assert_true(newest(x, x->point, "mounted") == 1);
    assert_int_equal(fake_host_count(x->host, x->point, "used_percent"), 1);
}

static void names_are_decoded_and_shown_without_control_characters(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "mountinfo", .value = x->table}, {0}};
    write_table(x, "40 1 250:1 / /no\\040such\\012mount\\134 rw - ext4 /dev/none rw\n"
                   "nonsense\n\n41 1 x:y / / rw - ext4\n");
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(fake_host_count(x->host, NULL, "mounted"), 1);
    assert_true(newest(x, "/no such?mount\\", "mounted") == 1);
    assert_int_equal(fake_host_last(x->host, NULL, "used_percent")->kind, HM_BLIND);
}

static void the_super_block_decides_what_is_read_only(void **state)
{
    struct fixture *x = *state;
    struct mounts table;
    write_table(x, "40 1 8:1 / /a ro,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
                   "41 1 8:2 / /b rw - ext4 /dev/sda2 ro\n"
                   "42 1 8:3 / /c rw - ext4 /dev/sda3 rw,emergency_ro\n"
                   "43 1 8:4 / /c rw - xfs /dev/sda4 rw\n");
    int fd = open(x->table, O_RDONLY | O_CLOEXEC);

    assert_int_equal(mounts_read(fd, &table), 0);

    assert_int_equal(table.count, 3);
    assert_false(mounts_find(&table, "/a")->read_only);
    assert_true(mounts_find(&table, "/b")->read_only);
    assert_false(mounts_find(&table, "/c")->read_only);
    assert_string_equal(mounts_find(&table, "/c")->type, "xfs");
    mounts_deinit(&table);
    close(fd);
}

static void storage_is_told_from_what_the_kernel_makes_up(void **state UNUSED)
{
    struct mount m = {
        .point = (char[]){"/srv"}, .type = (char[]){"proc"}, .source = (char[]){"proc"}};

    assert_false(mount_is_storage(&m));
    m.source = (char[]){"/dev/sda1"};
    m.type = (char[]){"ext4"};
    assert_true(mount_is_storage(&m));
    m.type = (char[]){"squashfs"};
    assert_false(mount_is_storage(&m));
    m.source = (char[]){"nas:/export"};
    m.type = (char[]){"nfs4"};
    assert_true(mount_is_storage(&m));
}

static void a_relative_mount_is_refused(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {{.name = "mounts", .value = "var"}, {0}};
    x->host = fake_host_new(&hashimori_plugin, options);

    fake_host_validate(x->host);

    assert_true(fake_host_complained(x->host, "absolute"));
}

/* ---- trend ---- */

enum { SPAN_MS = 120 * 1000 };

static void the_slope_ignores_a_night_that_fills_and_empties(void **state UNUSED)
{
    struct trend t = {0};
    double per_s = 0;

    // 10 down each second, but for a quarter of the samples that are far off.
    for (int i = 0; i < 100; i++)
        trend_add(&t, i * 1000, i >= 40 && i < 65 ? 5 : 100000 - 10 * i, SPAN_MS);

    assert_true(trend_slope(&t, &per_s));
    assert_true(per_s > -10.5 && per_s < -9.5);
}

static void few_samples_say_nothing(void **state UNUSED)
{
    struct trend t = {0};
    double per_s;

    for (int i = 0; i < TREND_SAMPLES_MIN - 1; i++)
        trend_add(&t, i * 1000, i, SPAN_MS);

    assert_false(trend_slope(&t, &per_s));
    trend_add(&t, 60000, 60, SPAN_MS);
    assert_true(trend_slope(&t, &per_s));
    assert_true(fabs(per_s - 1) < 1e-9);
}

static void a_clock_set_back_drops_what_lies_ahead(void **state UNUSED)
{
    struct trend t = {0};
    for (int i = 0; i < 10; i++)
        trend_add(&t, i * 1000, i, SPAN_MS);

    trend_add(&t, 4500, 7, SPAN_MS);

    assert_int_equal(t.count, 5);
    assert_int_equal(t.samples[4].at_ms, 4000);
}

static void a_trend_survives_being_written_and_read(void **state UNUSED)
{
    struct trend t = {0}, again = {0};
    char text[TREND_TEXT_BYTES];
    for (int i = 0; i < 2 * TREND_SAMPLES_MAX; i++)
        trend_add(&t, 1790000000000 + i * 1000, 1e15 + i, SPAN_MS);

    trend_write(&t, text, sizeof text);
    trend_read(&again, text);

    assert_int_equal(again.count, TREND_SAMPLES_MAX);
    assert_int_equal(again.count, t.count);
    assert_memory_equal(again.samples, t.samples, sizeof t.samples);
    trend_read(&again, "5:1 nonsense");
    assert_int_equal(again.count, 1);
    trend_read(&again, "5:1 4:1 6:inf");
    assert_int_equal(again.count, 1);
}

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
    // Those that mount stand at the end.
    enum { THAT_MOUNT = 16 };
    const struct CMUnitTest tests[] = {
        TEST(a_listed_mount_that_is_away_is_not_mounted_and_its_size_is_blind),
        TEST(another_file_system_than_the_table_says_is_blind),
        TEST(an_automount_that_is_not_in_use_is_not_touched),
        TEST(an_automount_that_falls_asleep_again_is_not_missed),
        TEST(names_are_decoded_and_shown_without_control_characters),
        TEST(the_super_block_decides_what_is_read_only),
        TEST(storage_is_told_from_what_the_kernel_makes_up),
        TEST(a_relative_mount_is_refused),
        cmocka_unit_test(the_slope_ignores_a_night_that_fills_and_empties),
        cmocka_unit_test(few_samples_say_nothing),
        cmocka_unit_test(a_clock_set_back_drops_what_lies_ahead),
        cmocka_unit_test(a_trend_survives_being_written_and_read),
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
    return _cmocka_run_group_tests("plugins/watch_disk", tests,
        leave_the_shared_namespace() ? count : count - THAT_MOUNT, NULL, NULL);
}
