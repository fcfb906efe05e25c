/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

enum { HOUR = 3600 * 1000 };

static void start(struct scene *s)
{
    s->rules[SCENE_DB][0].flaps = 3;
    s->rules[SCENE_DB][0].flap_within = HOUR;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", true);
}

static void db_is(struct scene *s, const char *time, double running)
{
    scene_at(s, time);
    scene_number(s, "db", NULL, "running", running);
}

static size_t lines_with(const struct scene *s, const char *piece)
{
    size_t n = 0;
    for (size_t i = 0; i < s->line_count; i++)
        n += strstr(s->lines[i], piece) != NULL;
    return n;
}

/* Bad at 10:00, 10:10, 10:20 .., good five minutes later each time. */
static void flap(struct scene *s, int times)
{
    for (int i = 0; i < times; i++) {
        char bad[16], good[16];
        snprintf(bad, sizeof bad, "10:%02d", i * 10);
        snprintf(good, sizeof good, "10:%02d", i * 10 + 5);
        db_is(s, bad, 0);
        db_is(s, good, 1);
    }
}

static void the_third_within_the_hour_stays_open_and_counts_the_others(void **state)
{
    struct scene *s = *state;
    start(s);

    flap(s, 6);

    assert_int_equal(lines_with(s, "raised"), 3);
    assert_int_equal(lines_with(s, "cleared"), 2);
    assert_int_equal(s->incidents[2].flags, INCIDENT_FLAPPING);
    assert_int_equal(s->incidents[2].count, 4);
    assert_non_null(strstr(s->incidents[2].text, "60"));
    assert_int_equal(lines_with(s, "service renkei down"), 6);
    assert_int_equal(lines_with(s, "service renkei up"), 7);
}

static void it_ends_as_of_the_first_good_reading_once_it_was_good_for_as_long(void **state)
{
    struct scene *s = *state;
    start(s);
    flap(s, 6);

    scene_at(s, "11:54:59");
    assert_int_equal(lines_with(s, "cleared"), 2);
    scene_at(s, "11:55");

    assert_int_equal(lines_with(s, "11:55 cleared 3 db critical recovered 10:55"), 1);
    db_is(s, "12:30", 0);
    assert_int_equal(lines_with(s, "12:30 raised 4 db critical failed 12:30"), 1);
    assert_int_equal(s->incidents[3].flags, 0);
}

static void rarer_ones_are_incidents_of_their_own(void **state)
{
    struct scene *s = *state;
    start(s);

    for (int hour = 10; hour < 20; hour++) {
        char bad[16], good[16];
        snprintf(bad, sizeof bad, "%d:%02d", hour, 2 * (hour - 10));
        snprintf(good, sizeof good, "%d:50", hour);
        db_is(s, bad, 0);
        db_is(s, good, 1);
    }

    assert_int_equal(lines_with(s, "cleared"), 10);
}

static void steady_good_readings_while_it_calms_hand_nothing_over(void **state)
{
    struct scene *s = *state;
    start(s);
    flap(s, 4);
    size_t saved = s->saved, lines = s->line_count;

    for (int minute = 36; minute < 59; minute++) {
        char time[16];
        snprintf(time, sizeof time, "10:%02d", minute);
        db_is(s, time, 1);
    }

    assert_int_equal(s->saved, saved);
    assert_int_equal(s->line_count, lines);
}

static void calm_that_nobody_saw_does_not_end_it(void **state)
{
    struct scene *s = *state;
    start(s);
    flap(s, 4);
    scene_at(s, "11:00");
    scene_blind(s, "db", NULL, "running");

    scene_at(s, "11:36");
    assert_int_equal(lines_with(s, "cleared 3"), 0);
    db_is(s, "11:40", 1);
    scene_at(s, "12:36");

    assert_int_equal(lines_with(s, "cleared 3 db critical"), 1);
}

static void a_restart_goes_on_with_it(void **state)
{
    struct scene *s = *state;
    start(s);
    flap(s, 4);

    scene_restart(s, "10:40");
    db_is(s, "10:41", 1);
    assert_int_equal(lines_with(s, "cleared"), 2);
    db_is(s, "10:50", 0);
    assert_int_equal(lines_with(s, "raised"), 3);
    db_is(s, "10:51", 1);
    scene_at(s, "11:52");

    assert_int_equal(lines_with(s, "cleared 3 db critical recovered 10:51"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_third_within_the_hour_stays_open_and_counts_the_others,
            scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            it_ends_as_of_the_first_good_reading_once_it_was_good_for_as_long, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            rarer_ones_are_incidents_of_their_own, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            steady_good_readings_while_it_calms_hand_nothing_over, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            calm_that_nobody_saw_does_not_end_it, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_restart_goes_on_with_it, scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
