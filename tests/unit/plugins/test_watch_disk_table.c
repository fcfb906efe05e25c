/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk plugin on made-up mount tables, and its trend. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "disk_fixture.h"
#include "mounts.h"
#include "trend.h"

#include "unit.h"

/* ---- made-up tables ---- */

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

static void a_table_that_cannot_be_read_is_a_fault_and_no_unmount(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "mounts", .value = "/"}, {.name = "mountinfo", .value = x->folder}, {0}};
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), -EISDIR);

    assert_null(fake_host_last(x->host, "/", "mounted"));
}

static void a_line_that_is_torn_leaves_the_others(void **state)
{
    struct fixture *x = *state;
    const struct fake_option options[] = {
        {.name = "mounts", .value = "/srv/none"}, {.name = "mountinfo", .value = x->table}, {0}};
    write_table(x, "40 1\n\n41 1 250:1 / /srv/torn rw\n42 1 250:2 / /srv/torn rw - ext4\n"
                   "43 1 250:3 / /srv/none rw - ext4 /dev/none rw\n44 1 250:4 / /srv");
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_true(newest(x, "/srv/none", "mounted") == 1);
    assert_null(fake_host_last(x->host, "/srv/torn", "mounted"));
}

static void more_mounts_than_are_watched_are_left_out_and_it_says_so(void **state)
{
    struct fixture *x = *state;
    enum { MOUNTS = 300, WATCHED = 256 };
    const struct fake_option options[] = {
        {.name = "types", .value = "hmfs"}, {.name = "mountinfo", .value = x->table}, {0}};
    FILE *file = fopen(x->table, "w");
    assert_non_null(file);
    for (int i = 0; i < MOUNTS; i++)
        fprintf(file, "%d 1 250:%d / /srv/hm%d rw - hmfs /dev/none rw\n", 40 + i, i, i);
    fclose(file);
    open_subject(x, options);

    assert_int_equal(fake_host_check(x->host), 0);

    assert_int_equal(fake_host_count(x->host, NULL, "mounted"), WATCHED);
    assert_true(fake_host_logged(x->host, "more than 256 mounts"));
    assert_int_equal(fake_host_check(x->host), 0);
    assert_int_equal(x->host->log_count, 1);
}

static void a_mount_that_may_not_be_looked_at_is_blind_and_there(void **state)
{
    struct fixture *x = *state;
    enum { NOBODY = 65534 };
    char lines[256];
    const struct fake_option options[] = {
        {.name = "mounts", .value = x->point}, {.name = "mountinfo", .value = x->table}, {0}};
    snprintf(lines, sizeof lines, "40 1 250:250 / %s rw - ext4 /dev/none rw\n", x->point);
    write_table(x, lines);
    assert_int_equal(chmod(x->table, 0644), 0);
    open_subject(x, options);
    assert_int_equal(chmod(x->folder, 0), 0);
    if (getuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);

    int r = fake_host_check(x->host);
    assert_int_equal(seteuid(getuid()), 0);
    assert_int_equal(chmod(x->folder, 0700), 0);

    const struct fake_reading *used = fake_host_last(x->host, x->point, "used_percent");
    assert_int_equal(r, 0);
    assert_int_equal(used->kind, HM_BLIND);
    assert_string_equal(used->text, "Permission denied");
    assert_true(newest(x, x->point, "mounted") == 1);
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

static void samples_older_than_the_span_say_nothing_any_more(void **state UNUSED)
{
    struct trend t = {0};
    double per_s = 0;
    for (int i = 0; i < 20; i++)
        trend_add(&t, 60000 * i, 1000 - 10 * i, 10 * 60000);
    for (int i = 20; i < 40; i++)
        trend_add(&t, 60000 * i, 800, 10 * 60000);

    assert_int_equal(t.count, 11);
    assert_true(trend_slope(&t, &per_s));
    assert_true(fabs(per_s) < 1e-9);
}

static void a_trend_that_finds_no_room_is_written_in_part(void **state UNUSED)
{
    struct trend t = {0}, again;
    char text[64];
    for (int i = 0; i < 20; i++)
        trend_add(&t, 60000 * i, 1000, 3600000);

    trend_write(&t, text, sizeof text);
    trend_read(&again, text);

    assert_true(again.count > 0 && again.count < 20);
    assert_int_equal(again.samples[again.count - 1].at_ms, 60000 * (int64_t)(again.count - 1));
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_listed_mount_that_is_away_is_not_mounted_and_its_size_is_blind),
        TEST(another_file_system_than_the_table_says_is_blind),
        TEST(an_automount_that_is_not_in_use_is_not_touched),
        TEST(an_automount_that_falls_asleep_again_is_not_missed),
        TEST(names_are_decoded_and_shown_without_control_characters),
        TEST(the_super_block_decides_what_is_read_only),
        TEST(storage_is_told_from_what_the_kernel_makes_up),
        TEST(a_table_that_cannot_be_read_is_a_fault_and_no_unmount),
        TEST(a_line_that_is_torn_leaves_the_others),
        TEST(more_mounts_than_are_watched_are_left_out_and_it_says_so),
        TEST(a_mount_that_may_not_be_looked_at_is_blind_and_there),
        TEST(a_relative_mount_is_refused),
        cmocka_unit_test(the_slope_ignores_a_night_that_fills_and_empties),
        cmocka_unit_test(few_samples_say_nothing),
        cmocka_unit_test(a_clock_set_back_drops_what_lies_ahead),
        cmocka_unit_test(samples_older_than_the_span_say_nothing_any_more),
        cmocka_unit_test(a_trend_that_finds_no_room_is_written_in_part),
        cmocka_unit_test(a_trend_survives_being_written_and_read),
    };
    return cmocka_run_group_tests_name("plugins/watch_disk_table", tests, NULL, NULL);
}
