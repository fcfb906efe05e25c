/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

static char db[] = "db", engine[] = "engine";
static char *on_db[] = {db}, *on_engine[] = {engine};

/* The disk and the log depend on the db; all is good at 09:00. */
static void start(struct scene *s)
{
    s->watches[SCENE_DISK].interval = s->watches[SCENE_LOG].interval = 60000;
    s->watches[SCENE_DISK].deadline = s->watches[SCENE_LOG].deadline = 10000;
    s->watches[SCENE_DISK].depends_on = on_db;
    s->watches[SCENE_DISK].depends_on_count = 1;
    s->watches[SCENE_LOG].depends_on = on_db;
    s->watches[SCENE_LOG].depends_on_count = 1;
    scene_down_when(s, EXPRESSION_ANY, 0, "batch", NULL, NULL);
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 1);
    scene_number(s, "disk", "/var", "used_percent", 10);
    SCENE_TOLD(
        s, "09:00 service renkei up from 09:00", "09:00 subject db ok", "09:00 subject disk ok");
}

static void db_is(struct scene *s, const char *time, double running)
{
    scene_at(s, time);
    scene_number(s, "db", NULL, "running", running);
}

static void disk_is(struct scene *s, const char *time, double percent)
{
    scene_at(s, time);
    scene_number(s, "disk", "/var", "used_percent", percent);
}

static void what_fails_while_its_ground_is_bad_is_recorded_but_not_told(void **state)
{
    struct scene *s = *state;
    start(s);

    db_is(s, "10:00", 0);
    disk_is(s, "10:01", 95);

    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:01 subject disk critical");
    assert_int_equal(s->incidents[1].flags, INCIDENT_SUPPRESSED);
    assert_int_equal(s->incidents[1].id, 2);
}

static void what_the_look_after_it_finds_good_is_never_told(void **state)
{
    struct scene *s = *state;
    start(s);
    db_is(s, "10:00", 0);
    disk_is(s, "10:01", 95);
    db_is(s, "10:05", 1);
    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:01 subject disk critical", "10:05 cleared 1 db critical recovered 10:05",
        "10:05 subject db ok", "10:05 look disk");

    disk_is(s, "10:05:01", 10);
    scene_at(s, "10:30");

    SCENE_TOLD(s, "10:05:01 subject disk ok");
    assert_int_not_equal(s->incidents[1].cleared_at.wall, 0);
}

static void what_is_still_bad_at_the_look_is_told_then_and_so_is_its_end(void **state)
{
    struct scene *s = *state;
    start(s);
    db_is(s, "10:00", 0);
    disk_is(s, "10:01", 95);
    db_is(s, "10:05", 1);
    scene_told(s, (const char *const[]){"10:00 raised 1 db critical failed 10:00",
                      "10:00 subject db critical", "10:01 subject disk critical",
                      "10:05 cleared 1 db critical recovered 10:05", "10:05 subject db ok",
                      "10:05 look disk", NULL});

    disk_is(s, "10:05:01", 95);
    disk_is(s, "10:06", 10);

    SCENE_TOLD(s, "10:05:01 raised 2 disk//var critical failed 10:01",
        "10:06 cleared 2 disk//var critical recovered 10:06", "10:06 subject disk ok");
    assert_int_equal(s->incidents[1].flags, 0);
}

static void what_was_told_before_is_told_to_be_over(void **state)
{
    struct scene *s = *state;
    start(s);

    disk_is(s, "10:00", 85);
    db_is(s, "10:01", 0);
    disk_is(s, "10:02", 95);
    disk_is(s, "10:03", 10);

    SCENE_TOLD(s, "10:00 raised 1 disk//var warning failed 10:00", "10:00 subject disk warning",
        "10:01 raised 2 db critical failed 10:01", "10:01 subject db critical",
        "10:02 reminder 1 disk//var critical", "10:02 subject disk critical",
        "10:03 cleared 1 disk//var critical recovered 10:03", "10:03 subject disk ok");
}

static void an_event_waits_until_the_look_should_have_come(void **state)
{
    struct scene *s = *state;
    start(s);
    db_is(s, "10:00", 0);
    scene_event(s, "log", "failure", "ZEI-0012", "12");
    db_is(s, "10:05", 1);
    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:00 subject log critical", "10:05 cleared 1 db critical recovered 10:05",
        "10:05 subject db ok", "10:05 look log");

    scene_at(s, "10:07");

    SCENE_TOLD(s, "10:06:10 raised 2 log critical failed 10:00");
}

static void what_turns_bad_again_goes_on_to_suppress(void **state)
{
    struct scene *s = *state;
    start(s);
    db_is(s, "10:00", 0);
    disk_is(s, "10:01", 95);
    db_is(s, "10:05", 1);
    db_is(s, "10:05:30", 0);
    scene_at(s, "10:05:40");
    disk_is(s, "10:06", 95);
    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:01 subject disk critical", "10:05 cleared 1 db critical recovered 10:05",
        "10:05 subject db ok", "10:05 look disk", "10:05:30 raised 3 db critical failed 10:05:30",
        "10:05:30 subject db critical");

    db_is(s, "10:08", 1);
    disk_is(s, "10:08:01", 95);

    SCENE_TOLD(s, "10:08 cleared 3 db critical recovered 10:08", "10:08 subject db ok",
        "10:08 look disk", "10:08:01 raised 2 disk//var critical failed 10:01");
}

static void a_restart_goes_on_with_what_was_suppressed(void **state)
{
    struct scene *s = *state;
    start(s);
    db_is(s, "10:00", 0);
    disk_is(s, "10:01", 95);
    scene_told(s, (const char *const[]){"10:00 raised 1 db critical failed 10:00",
                      "10:00 subject db critical", "10:01 subject disk critical", NULL});

    scene_restart(s, "10:02");
    db_is(s, "10:03", 1);
    disk_is(s, "10:03:01", 95);

    bool is_told = false;
    for (size_t i = 0; i < s->line_count; i++)
        is_told |= strcmp(s->lines[i], "10:03:01 raised 2 disk//var critical failed 10:01") == 0;
    assert_true(is_told);
    assert_int_equal(s->incidents[1].flags, 0);
}

static void no_first_report_is_owed_for_what_is_suppressed(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_DB].depends_on = on_engine;
    s->watches[SCENE_DB].depends_on_count = 1;
    s->service.sla.set = true;
    s->service.sla.notification = 30 * 60 * 1000;
    scene_down_when(s, EXPRESSION_ANY, 0, "batch", NULL, NULL);
    scene_start(s, "09:00", true);
    scene_blind(s, "engine", NULL, "running");
    scene_number(s, "db", NULL, "running", 0);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 raised 1 engine blind failed 09:00",
        "09:00 subject engine blind", "09:00 subject db critical");

    scene_at(s, "09:59");

    SCENE_TOLD_NOTHING(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_fails_while_its_ground_is_bad_is_recorded_but_not_told,
            scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_the_look_after_it_finds_good_is_never_told, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_still_bad_at_the_look_is_told_then_and_so_is_its_end, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_was_told_before_is_told_to_be_over, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            an_event_waits_until_the_look_should_have_come, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_turns_bad_again_goes_on_to_suppress, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            a_restart_goes_on_with_what_was_suppressed, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            no_first_report_is_owed_for_what_is_suppressed, scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
