/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/state_room.h"

#include "unit.h"

#define MIB (INT64_C(1024) * 1024)
#define GIB (1024 * MIB)

static enum state_room_level judged(int64_t used, int64_t free, int64_t whole, int64_t most)
{
    const struct state_room room = {used, free, whole, false};
    return state_room_judge(&room, "/state", most, LANGUAGE_EN, NULL);
}

static void a_disk_with_room_is_good(void **state UNUSED)
{
    assert_int_equal(judged(100 * MIB, 50 * GIB, 100 * GIB, 0), STATE_ROOM_GOOD);
    assert_int_equal(judged(100 * MIB, 2 * GIB, 100 * GIB, GIB), STATE_ROOM_GOOD);
}

static void a_disk_that_fills_is_told_before_it_is_full(void **state UNUSED)
{
    assert_int_equal(judged(0, 900 * MIB, 100 * GIB, 0), STATE_ROOM_LITTLE);
    assert_int_equal(judged(0, 100 * MIB, 100 * GIB, 0), STATE_ROOM_NONE);
    assert_int_equal(judged(0, 15 * MIB, 20 * MIB, 0), STATE_ROOM_NONE);
    assert_int_equal(judged(0, 60 * MIB, 100 * MIB, 0), STATE_ROOM_GOOD);
}

static void a_disk_that_takes_no_writes_has_no_room(void **state UNUSED)
{
    struct text why = {0};
    const struct state_room room = {0, 50 * GIB, 100 * GIB, true};

    assert_int_equal(state_room_judge(&room, "/state", 0, LANGUAGE_EN, &why), STATE_ROOM_NONE);

    assert_non_null(strstr(text_get(&why), "read-only"));
    text_deinit(&why);
}

static void more_than_what_is_configured_is_a_finding(void **state UNUSED)
{
    struct text why = {0};
    const struct state_room room = {300 * MIB, 50 * GIB, 100 * GIB, false};

    assert_int_equal(
        state_room_judge(&room, "/state", 200 * MIB, LANGUAGE_EN, &why), STATE_ROOM_LITTLE);

    assert_non_null(strstr(text_get(&why), "300"));
    assert_non_null(strstr(text_get(&why), "200"));
    text_deinit(&why);
}

static void a_folder_is_measured_with_what_lies_in_its_folders(void **state UNUSED)
{
    char folder[] = "/tmp/hm-room-XXXXXX", below[64], file[96];
    static const char block[64 * 1024] = {1};
    struct state_room room;
    assert_non_null(mkdtemp(folder));
    snprintf(below, sizeof below, "%s/archive", folder);
    snprintf(file, sizeof file, "%s/file", below);
    assert_int_equal(mkdir(below, 0700), 0);
    FILE *f = fopen(file, "w");
    assert_int_equal(fwrite(block, 1, sizeof block, f), sizeof block);
    fclose(f);

    int r = state_room_look(folder, &room);

    unlink(file);
    rmdir(below);
    rmdir(folder);
    assert_int_equal(r, 0);
    assert_true(room.used >= (int64_t)sizeof block);
    assert_true(room.whole >= room.free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_with_room_is_good),
        cmocka_unit_test(a_disk_that_fills_is_told_before_it_is_full),
        cmocka_unit_test(a_disk_that_takes_no_writes_has_no_room),
        cmocka_unit_test(more_than_what_is_configured_is_a_finding),
        cmocka_unit_test(a_folder_is_measured_with_what_lies_in_its_folders),
    };
    return cmocka_run_group_tests_name("main/state_room", tests, NULL, NULL);
}
