/* SPDX-License-Identifier: BSD-2-Clause */
/* What cannot be looked at, what is late, and what is gone. */
#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

static void could_not_look_is_blind_and_not_down(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "engine", NULL, "running", 1);
    scene_at(s, "09:10");
    scene_blind(s, "engine", NULL, "running");
    scene_at(s, "09:20");
    scene_number(s, "engine", NULL, "running", 1);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject engine ok",
        "09:10 raised 1 engine blind failed 09:10", "09:10 subject engine blind",
        "09:10 service renkei unmonitored from 09:10",
        "09:20 cleared 1 engine blind recovered 09:20", "09:20 subject engine ok",
        "09:20 service renkei up from 09:20");
    assert_int_equal(s->incidents[0].flags, INCIDENT_BLIND);
    assert_string_equal(s->incidents[0].text, "permission denied");
}

static void an_incident_stays_open_while_nobody_can_look(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "09:10");
    scene_blind(s, "db", NULL, "running");
    scene_at(s, "09:20");
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "09:30");
    scene_number(s, "db", NULL, "running", 1);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 raised 1 db critical failed 09:00",
        "09:00 subject db critical", "09:00 service renkei down from 09:00",
        "09:10 subject db blind", "09:10 service renkei unmonitored from 09:10",
        "09:20 subject db critical", "09:20 service renkei down from 09:20",
        "09:30 cleared 1 db critical recovered 09:30", "09:30 subject db ok",
        "09:30 service renkei up from 09:30");
}

static void a_subject_that_is_blind_as_a_whole_is_one_incident(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 10);
    scene_at(s, "09:10");
    scene_blind(s, "disk", NULL, "");
    scene_at(s, "09:20");
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 10);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok",
        "09:10 raised 1 disk blind failed 09:10", "09:10 subject disk blind",
        "09:20 cleared 1 disk blind recovered 09:20", "09:20 subject disk ok");
}

static void a_blind_subject_hides_its_instances_from_then_on(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "disk/var", "disk/opt", NULL);
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/var", "used_percent", 10);

    scene_at(s, "10:00");
    scene_blind(s, "disk", NULL, "");

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok",
        "10:00 raised 1 disk blind failed 10:00", "10:00 subject disk blind",
        "10:00 service renkei unmonitored from 10:00");
}

static void a_blind_instance_leaves_the_others_alone(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "disk/var", NULL, NULL);
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/var", "used_percent", 10);
    scene_number(s, "disk", "/nfs", "used_percent", 10);
    scene_blind(s, "disk", "/nfs", "");
    scene_number(s, "disk", "/var", "used_percent", 95);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok",
        "09:00 raised 1 disk//nfs blind failed 09:00", "09:00 subject disk blind",
        "09:00 raised 2 disk//var critical failed 09:00", "09:00 subject disk critical",
        "09:00 service renkei down from 09:00");
}

static void a_reading_that_does_not_come_is_blindness_from_when_it_was_due(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_ENGINE].interval = 60000;
    s->watches[SCENE_ENGINE].deadline = 10000;
    scene_start(s, "09:00", false);
    scene_at(s, "09:00:30");
    scene_number(s, "engine", NULL, "running", 1);
    scene_at(s, "09:01:30");
    scene_number(s, "engine", NULL, "running", 1);
    SCENE_TOLD(s, "09:00 service renkei unmonitored from 09:00", "09:00:30 subject engine ok",
        "09:00:30 service renkei up from 09:00:30");
    scene_at(s, "09:05");

    SCENE_TOLD(s, "09:02:40 raised 1 engine blind failed 09:02:30", "09:02:40 subject engine blind",
        "09:02:40 service renkei unmonitored from 09:02:30");
    assert_string_equal(s->incidents[0].text, "no reading came within 70 s");
}

static void readings_that_come_in_time_leave_nothing_to_be_done(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_ENGINE].interval = 60000;
    s->watches[SCENE_ENGINE].deadline = 10000;
    scene_start(s, "09:00", false);
    scene_at(s, "09:00:30");
    scene_number(s, "engine", NULL, "running", 1);
    scene_at(s, "09:01:30");
    scene_number(s, "engine", NULL, "running", 1);

    mono_ms due = judge_next_due(s->judge, s->now);

    assert_int_equal(due, s->now.boot + 70000);
}

static void a_subject_that_never_answered_is_blind_after_its_time(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_ENGINE].interval = 60000;
    s->watches[SCENE_ENGINE].deadline = 10000;
    scene_start(s, "09:00", false);
    scene_at(s, "09:30");

    SCENE_TOLD(s, "09:00 service renkei unmonitored from 09:00",
        "09:01:10 raised 1 engine blind failed 09:01", "09:01:10 subject engine blind");
}

static void one_triple_that_is_left_out_is_blind_alone(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_DISK].interval = 60000;
    s->watches[SCENE_DISK].deadline = 10000;
    scene_start(s, "09:00", false);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 10);
    scene_at(s, "09:01");
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_at(s, "09:02");
    scene_number(s, "disk", "/", "used_percent", 10);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok",
        "09:01:10 raised 1 disk//var blind failed 09:01", "09:01:10 subject disk blind");
}

static void an_instance_that_is_gone_ends_what_was_open_about_it(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", false);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 95);
    scene_at(s, "09:01");

    scene_gone(s, "disk", "/var");

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok",
        "09:00 raised 1 disk//var critical failed 09:00", "09:00 subject disk critical",
        "09:01 cleared 1 disk//var critical recovered 09:01", "09:01 subject disk ok");
}

static void an_instance_that_is_gone_is_not_missed(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_DISK].interval = 60000;
    s->watches[SCENE_DISK].deadline = 10000;
    scene_start(s, "09:00", false);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 10);
    scene_gone(s, "disk", "/var");
    scene_at(s, "09:01");
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_at(s, "09:02");
    scene_number(s, "disk", "/", "used_percent", 10);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok");
}

static void an_instance_that_is_gone_stays_gone_over_a_restart(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", false);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 95);
    size_t kept = s->kept_count;

    scene_gone(s, "disk", "/var");

    assert_int_equal(s->kept_count, kept - 1);
    assert_string_equal(s->kept[0].of.instance, "/");
}

static void a_subject_as_a_whole_is_never_gone(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", false);
    scene_number(s, "engine", NULL, "running", 1);
    size_t kept = s->kept_count;

    scene_gone(s, "engine", NULL);
    scene_gone(s, "engine", "no such instance");
    scene_gone(s, "nobody", "x");

    assert_int_equal(s->kept_count, kept);
}

static void a_triple_that_does_not_come_back_has_an_incident_of_its_own(void **state)
{
    static const char *const times[] = {"09:01", "09:02", "09:03"};
    struct scene *s = *state;
    s->watches[SCENE_DISK].interval = 60000;
    s->watches[SCENE_DISK].deadline = 10000;
    scene_start(s, "09:00", false);
    scene_number(s, "disk", "/", "used_percent", 10);
    scene_number(s, "disk", "/var", "used_percent", 10);
    scene_blind(s, "disk", NULL, "");
    for (size_t i = 0; i < 3; i++) {
        scene_at(s, times[i]);
        scene_number(s, "disk", "/", "used_percent", 10);
    }

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject disk ok",
        "09:00 raised 1 disk blind failed 09:00", "09:00 subject disk blind",
        "09:01 cleared 1 disk blind recovered 09:01",
        "09:01:10 raised 2 disk//var blind failed 09:00");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(could_not_look_is_blind_and_not_down),
        TEST(an_incident_stays_open_while_nobody_can_look),
        TEST(a_subject_that_is_blind_as_a_whole_is_one_incident),
        TEST(a_blind_subject_hides_its_instances_from_then_on),
        TEST(a_blind_instance_leaves_the_others_alone),
        TEST(a_reading_that_does_not_come_is_blindness_from_when_it_was_due),
        TEST(a_subject_that_never_answered_is_blind_after_its_time),
        TEST(one_triple_that_is_left_out_is_blind_alone),
        TEST(a_triple_that_does_not_come_back_has_an_incident_of_its_own),
        TEST(readings_that_come_in_time_leave_nothing_to_be_done),
        TEST(an_instance_that_is_gone_ends_what_was_open_about_it),
        TEST(an_instance_that_is_gone_is_not_missed),
        TEST(an_instance_that_is_gone_stays_gone_over_a_restart),
        TEST(a_subject_as_a_whole_is_never_gone),
    };
    return cmocka_run_group_tests_name("judge/judge_blind", tests, NULL, NULL);
}
