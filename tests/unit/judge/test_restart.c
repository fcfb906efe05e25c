/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

static void forget_lines(struct scene *s)
{
    for (size_t i = 0; i < s->line_count; i++)
        free(s->lines[i]);
    s->line_count = 0;
}

static void polled(struct scene *s, int subject)
{
    s->watches[subject].interval = 3600000;
    s->watches[subject].deadline = 60000;
}

static void an_open_incident_goes_on_and_is_not_told_again(void **state)
{
    struct scene *s = *state;
    polled(s, SCENE_DB);
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", false);
    scene_number(s, "db", NULL, "running", 0);
    forget_lines(s);

    scene_restart(s, "09:10");
    SCENE_TOLD(s, "09:10 subject db critical", "09:10 service renkei unmonitored from 09:10");
    assert_int_equal(judge_incident(s->judge, 1)->id, 1);
    scene_at(s, "09:11");
    scene_number(s, "db", NULL, "running", 0);
    SCENE_TOLD(s, "09:11 service renkei down from 09:11");
    scene_at(s, "09:20");
    scene_number(s, "db", NULL, "running", 1);

    SCENE_TOLD(s, "09:20 cleared 1 db critical recovered 09:20", "09:20 subject db ok",
        "09:20 service renkei up from 09:20");
}

static void a_run_of_bad_readings_goes_on(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", false);
    scene_number(s, "engine", NULL, "running", 0);
    scene_at(s, "09:01");
    scene_number(s, "engine", NULL, "running", 0);
    scene_restart(s, "09:02");
    forget_lines(s);

    scene_number(s, "engine", NULL, "running", 0);

    SCENE_TOLD(s, "09:02 raised 1 engine critical failed 09:00", "09:02 subject engine critical",
        "09:02 service renkei down from 09:02");
}

static void an_event_incident_is_cleared_by_its_event_after_a_restart(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "failure", "A", "1");
    scene_restart(s, "09:10");
    forget_lines(s);

    scene_event(s, "log", "failure", "A", "1");
    SCENE_TOLD_NOTHING(s);
    scene_event(s, "log", "recovery", "A", "1");

    SCENE_TOLD(s, "09:10 cleared 1 log critical recovered 09:10", "09:10 subject log ok");
}

static void clear_after_counts_the_time_of_the_stop(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "notice", "A", "1");
    scene_restart(s, "09:04");
    forget_lines(s);

    scene_at(s, "09:20");

    SCENE_TOLD(s, "09:10 cleared 1 log notice recovered 09:10");
}

static void clear_after_counts_from_the_last_event_before_a_stop(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "notice", "A", "1");
    scene_at(s, "09:08");
    scene_event(s, "log", "notice", "A", "1");
    scene_at(s, "09:09");
    scene_restart(s, "09:12");
    forget_lines(s);

    scene_at(s, "09:20");

    SCENE_TOLD(s, "09:18 cleared 1 log notice recovered 09:18");
}

static void clear_after_that_was_over_in_a_stop_ends_at_the_start(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "notice", "A", "1");
    scene_restart(s, "09:30");
    forget_lines(s);

    scene_at(s, "09:31");

    SCENE_TOLD(s, "09:30 cleared 1 log notice recovered 09:30");
}

static void blindness_ends_with_the_first_reading_after_a_restart(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_blind(s, "disk", NULL, "");
    scene_restart(s, "09:10");
    forget_lines(s);

    scene_number(s, "disk", "/", "used_percent", 10);

    SCENE_TOLD(s, "09:10 cleared 1 disk blind recovered 09:10", "09:10 subject disk ok");
}

static void ids_go_on_where_they_were(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);
    scene_restart(s, "09:10");
    forget_lines(s);

    scene_number(s, "batch", NULL, "running", 0);

    SCENE_TOLD(s, "09:10 raised 2 batch critical failed 09:10", "09:10 subject batch critical");
}

static void an_incident_of_nothing_that_is_configured_is_closed(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);
    s->rules[SCENE_DB][0].off = true;
    forget_lines(s);

    scene_restart(s, "09:10");

    SCENE_TOLD(s, "09:10 cleared 1 db critical recovered 09:10");
}

/* ---- reload ---- */

static void reload(struct scene *s)
{
    judge_settings(s->judge, &s->settings, s->zone, s->now);
}

static void a_reload_that_changes_nothing_tells_nothing(void **state)
{
    struct scene *s = *state;
    polled(s, SCENE_DB);
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", false);
    scene_number(s, "db", NULL, "running", 0);
    forget_lines(s);

    reload(s);

    SCENE_TOLD_NOTHING(s);
}

static void a_subject_that_is_gone_closes_its_incidents(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "batch", NULL, "running", 0);
    scene_at(s, "09:10");
    forget_lines(s);

    s->settings.watch_count = SCENE_BATCH;
    reload(s);

    SCENE_TOLD(s, "09:10 cleared 1 batch critical recovered 09:10", "09:10 subject batch ok");
    assert_null(judge_incident(s->judge, 1));
    scene_number(s, "batch", NULL, "running", 0);
    SCENE_TOLD_NOTHING(s);
}

static void a_new_subject_is_judged_and_may_be_named(void **state)
{
    struct scene *s = *state;
    s->settings.watch_count = SCENE_BATCH;
    scene_start(s, "09:00", true);
    scene_at(s, "09:10");
    forget_lines(s);

    s->settings.watch_count = SCENE_SUBJECTS;
    scene_down_when(s, EXPRESSION_ANY, 0, "batch", NULL, NULL);
    reload(s);
    scene_number(s, "batch", NULL, "running", 0);

    SCENE_TOLD(s, "09:10 raised 1 batch critical failed 09:10", "09:10 subject batch critical",
        "09:10 service renkei down from 09:10");
}

static void a_rule_that_is_switched_off_closes_its_incident(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);
    scene_event(s, "log", "failure", "A", "1");
    forget_lines(s);

    s->rules[SCENE_DB][0].off = true;
    s->rules[SCENE_LOG][0].off = true;
    reload(s);

    SCENE_TOLD(s, "09:00 cleared 1 db critical recovered 09:00", "09:00 subject db ok",
        "09:00 cleared 2 log critical recovered 09:00", "09:00 subject log ok");
}

static void a_service_that_is_gone_is_not_looked_at(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", true);
    forget_lines(s);

    s->settings.service_count = 0;
    reload(s);
    scene_number(s, "db", NULL, "running", 0);

    SCENE_TOLD(s, "09:00 raised 1 db critical failed 09:00", "09:00 subject db critical");
    assert_int_equal(judge_service_state(s->judge, "renkei", NULL), SERVICE_UNMONITORED);
}

static void what_clears_by_a_reload_does_not_touch_services_that_are_gone(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);
    forget_lines(s);

    s->settings.service_count = 0;
    s->rules[SCENE_DB][0].off = true;
    reload(s);

    SCENE_TOLD(s, "09:00 cleared 1 db critical recovered 09:00", "09:00 subject db ok");
}

static void a_subject_that_is_no_longer_polled_is_not_missed(void **state)
{
    struct scene *s = *state;
    polled(s, SCENE_DB);
    scene_start(s, "09:00", false);
    scene_number(s, "db", NULL, "running", 1);
    forget_lines(s);

    s->watches[SCENE_DB].interval = 0;
    reload(s);
    scene_at(s, "12:00");

    SCENE_TOLD_NOTHING(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_open_incident_goes_on_and_is_not_told_again),
        TEST(a_run_of_bad_readings_goes_on),
        TEST(an_event_incident_is_cleared_by_its_event_after_a_restart),
        TEST(clear_after_counts_the_time_of_the_stop),
        TEST(clear_after_counts_from_the_last_event_before_a_stop),
        TEST(clear_after_that_was_over_in_a_stop_ends_at_the_start),
        TEST(blindness_ends_with_the_first_reading_after_a_restart),
        TEST(ids_go_on_where_they_were),
        TEST(an_incident_of_nothing_that_is_configured_is_closed),
        TEST(a_reload_that_changes_nothing_tells_nothing),
        TEST(a_subject_that_is_gone_closes_its_incidents),
        TEST(a_new_subject_is_judged_and_may_be_named),
        TEST(a_rule_that_is_switched_off_closes_its_incident),
        TEST(a_service_that_is_gone_is_not_looked_at),
        TEST(what_clears_by_a_reload_does_not_touch_services_that_are_gone),
        TEST(a_subject_that_is_no_longer_polled_is_not_missed),
    };
    return cmocka_run_group_tests_name("judge/restart", tests, NULL, NULL);
}
