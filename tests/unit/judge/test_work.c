/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

static wall_ms wall(const char *time)
{
    char whole[40];
    wall_ms ms = 0;
    snprintf(whole, sizeof whole, "2026-04-15T%s:00+09:00", time);
    assert_true(text_parse_time(whole, &ms));
    return ms;
}

/* The one approved window from now on. */
static void work(struct scene *s, const char *from, const char *to)
{
    struct interval window = {wall(from), wall(to)};
    judge_works(s->judge, "renkei", &window, 1, s->now);
}

static void see(struct scene *s, const char *time, const char *subject, double number)
{
    scene_at(s, time);
    scene_number(s, subject, NULL, "running", number);
}

/* Drops the lines about subjects: they are told whatever work runs. */
static void without_subjects(struct scene *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->line_count; i++) {
        if (strstr(s->lines[i], " subject ") == NULL)
            s->lines[kept++] = s->lines[i];
        else
            free(s->lines[i]);
    }
    s->line_count = kept;
}

static void start(struct scene *s)
{
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", true);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00");
}

static void what_fails_and_returns_while_work_runs_is_no_incident(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");

    see(s, "10:30", "db", 0);
    assert_true(judge_is_working(s->judge, "renkei"));
    see(s, "11:00", "db", 1);
    scene_at(s, "13:00");

    assert_int_equal(s->incident_count, 0);
    assert_false(judge_is_working(s->judge, "renkei"));
}

static void it_is_looked_at_all_the_same(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");

    see(s, "10:30", "db", 0);

    assert_int_equal(judge_subject_verdict(s->judge, "db", NULL, NULL, NULL), VERDICT_CRITICAL);
    SCENE_TOLD(s, "10:30 subject db critical", "10:30 service renkei down from 10:30");
}

static void what_is_still_bad_at_the_approved_end_is_an_incident_from_then_on(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");
    see(s, "11:30", "db", 0);
    without_subjects(s);
    SCENE_TOLD(s, "11:30 service renkei down from 11:30");

    scene_at(s, "12:30");

    without_subjects(s);
    SCENE_TOLD(
        s, "12:00 raised 1 db critical failed 12:00", "12:00 service renkei down from 12:00");
    assert_true(s->incidents[0].failed_at.wall == wall("12:00"));
    assert_int_equal(s->point.incident, 1);
}

static void work_that_ends_early_releases_at_once(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");
    see(s, "10:30", "db", 0);
    without_subjects(s);
    SCENE_TOLD(s, "10:30 service renkei down from 10:30");

    scene_at(s, "11:00");
    work(s, "10:00", "11:00");

    without_subjects(s);
    SCENE_TOLD(
        s, "11:00 raised 1 db critical failed 11:00", "11:00 service renkei down from 11:00");
}

static void an_incident_that_was_there_before_the_work_is_cleared_in_it(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");
    see(s, "09:30", "db", 0);
    without_subjects(s);
    SCENE_TOLD(
        s, "09:30 raised 1 db critical failed 09:30", "09:30 service renkei down from 09:30");

    see(s, "10:30", "db", 1);

    without_subjects(s);
    SCENE_TOLD(
        s, "10:30 cleared 1 db critical recovered 10:30", "10:30 service renkei up from 10:30");
}

static void a_service_that_changed_while_work_ran_is_said_again_at_its_end(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");
    see(s, "10:30", "db", 0);
    see(s, "11:00", "db", 1);
    without_subjects(s);
    SCENE_TOLD(s, "10:30 service renkei down from 10:30", "11:00 service renkei up from 11:00");

    scene_at(s, "12:00");

    without_subjects(s);
    SCENE_TOLD(s, "12:00 service renkei up from 12:00");
}

static void a_service_that_did_not_change_is_not(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");

    scene_at(s, "12:30");

    SCENE_TOLD_NOTHING(s);
}

static void what_is_held_is_held_over_a_restart(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");
    see(s, "10:30", "db", 0);
    scene_at(s, "10:40");

    scene_restart(s, "10:50");
    work(s, "10:00", "12:00");
    see(s, "11:00", "db", 0);

    assert_int_equal(s->incident_count, 0);
    see(s, "12:01", "db", 0);
    assert_int_equal(s->incident_count, 1);
}

static void work_beyond_the_hours_ends_with_the_later_of_both(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "batch", NULL, NULL);
    scene_start(s, "03:30", true);
    work(s, "04:00", "06:00");
    see(s, "04:30", "batch", 0);

    scene_at(s, "05:30");
    assert_int_equal(s->incident_count, 0);
    scene_at(s, "06:00");

    assert_int_equal(s->incident_count, 1);
    assert_true(s->incidents[0].detected_at.wall == wall("06:00"));
}

static void works_that_touch_are_one(void **state)
{
    struct scene *s = *state;
    struct interval windows[] = {{wall("10:00"), wall("11:00")}, {wall("11:00"), wall("12:00")}};
    start(s);
    judge_works(s->judge, "renkei", windows, 2, s->now);
    see(s, "10:30", "db", 0);

    scene_at(s, "11:30");
    assert_int_equal(s->incident_count, 0);
    scene_at(s, "12:00");

    assert_int_equal(s->incident_count, 1);
}

static void a_clock_set_past_the_end_ends_the_work(void **state)
{
    struct scene *s = *state;
    start(s);
    work(s, "10:00", "12:00");
    see(s, "10:30", "db", 0);

    s->now.wall += 2 * 3600 * 1000;
    judge_clock_stepped(s->judge, s->now);

    assert_false(judge_is_working(s->judge, "renkei"));
    assert_int_equal(s->incident_count, 1);
}

static void work_on_an_unknown_service_is_nothing(void **state)
{
    struct scene *s = *state;
    struct interval window = {wall("10:00"), wall("12:00")};
    start(s);

    judge_works(s->judge, "nobody", &window, 1, s->now);
    scene_at(s, "10:30");

    assert_false(judge_is_working(s->judge, "nobody"));
    assert_false(judge_is_working(s->judge, "renkei"));
}

#define with_scene(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(what_fails_and_returns_while_work_runs_is_no_incident),
        with_scene(it_is_looked_at_all_the_same),
        with_scene(what_is_still_bad_at_the_approved_end_is_an_incident_from_then_on),
        with_scene(work_that_ends_early_releases_at_once),
        with_scene(an_incident_that_was_there_before_the_work_is_cleared_in_it),
        with_scene(a_service_that_changed_while_work_ran_is_said_again_at_its_end),
        with_scene(a_service_that_did_not_change_is_not),
        with_scene(what_is_held_is_held_over_a_restart),
        with_scene(work_beyond_the_hours_ends_with_the_later_of_both),
        with_scene(works_that_touch_are_one),
        with_scene(a_clock_set_past_the_end_ends_the_work),
        with_scene(work_on_an_unknown_service_is_nothing),
    };
    return cmocka_run_group_tests_name("judge/work", tests, NULL, NULL);
}
