/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of an incident beyond raised and cleared: calls, first reports, what people do. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "unit.h"

enum { MINUTE_MS = 60000 };

static void forget(struct scene *s)
{
    for (size_t i = 0; i < s->line_count; i++)
        free(s->lines[i]);
    s->line_count = 0;
}

/* A scene whose service owes a first report within 30 minutes. */
static struct scene *owing(void **state, const char *time)
{
    struct scene *s = *state;
    s->service.sla.set = true;
    s->service.sla.notification = 30 * MINUTE_MS;
    scene_start(s, time, true);
    forget(s);
    return s;
}

static struct moment ago(const struct scene *s, int minutes)
{
    return (struct moment){
        s->now.wall - (wall_ms)minutes * MINUTE_MS, s->now.boot - (mono_ms)minutes * MINUTE_MS};
}

static uint64_t call(struct scene *s, int minutes_ago)
{
    uint64_t id = 0;
    assert_int_equal(
        judge_call(s->judge, "renkei", ago(s, minutes_ago), "no screen", s->now, &id), 0);
    return id;
}

static int change(struct scene *s, uint64_t id, enum move move)
{
    struct incident_change c = {
        .move = move, .at = s->now, .now = s->now, .who = "sato", .text = "a reason"};
    return judge_change(s->judge, id, &c);
}

static void the_first_report_is_asked_for_at_15_25_and_30_minutes(void **state)
{
    struct scene *s = owing(state, "10:00");

    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "12:00");

    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:15 report 1 15 of 30", "10:25 report 1 25 of 30", "10:30 report 1 30 of 30");
}

static int report(struct judge *j, uint64_t id, struct moment now)
{
    struct incident_change change = {.move = MOVE_REPORT, .at = now, .now = now};
    return judge_change(j, id, &change);
}

static void a_first_report_ends_the_countdown(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "10:20");
    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:15 report 1 15 of 30");

    assert_int_equal(report(s->judge, 1, s->now), 0);
    scene_at(s, "12:00");

    SCENE_TOLD_NOTHING(s);
}

static void the_countdown_goes_on_when_the_incident_is_over(void **state)
{
    struct scene *s = owing(state, "10:00");

    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "10:05");
    scene_number(s, "db", NULL, "running", 1);
    scene_at(s, "10:15");

    SCENE_TOLD(s, "10:00 raised 1 db critical failed 10:00", "10:00 subject db critical",
        "10:05 cleared 1 db critical recovered 10:05", "10:05 subject db ok",
        "10:15 report 1 15 of 30");
}

static void after_a_restart_only_the_last_of_what_was_missed_is_told(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "10:16");
    forget(s);

    scene_restart(s, "10:40");
    scene_at(s, "10:40");
    scene_restart(s, "10:41");
    scene_at(s, "10:41");

    size_t reports = 0;
    for (size_t i = 0; i < s->line_count; i++)
        reports += strcmp(s->lines[i], "10:40 report 1 30 of 30") == 0;
    assert_int_equal(reports, 1);
}

static void after_the_machine_slept_only_the_last_of_what_was_missed_is_told(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "db", NULL, "running", 0);
    forget(s);

    s->now = (struct moment){s->now.wall + 90 * MINUTE_MS, s->now.boot + 90 * MINUTE_MS};
    judge_advance(s->judge, s->now);

    assert_int_equal(s->line_count, 1);
    assert_string_equal(s->lines[0] + strlen("10:15 "), "report 1 30 of 30");
}

static void what_was_over_before_a_restart_is_still_asked_for(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "10:05");
    scene_number(s, "db", NULL, "running", 1);
    forget(s);

    scene_restart(s, "10:10");
    scene_at(s, "10:15");

    assert_string_equal(s->lines[s->line_count - 1], "10:15 report 1 15 of 30");
}

static void a_warning_a_blindness_and_a_test_environment_owe_no_report(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "disk", "/var", "used_percent", 85);
    scene_blind(s, "db", NULL, "running");
    s->service.test = true;
    scene_number(s, "batch", NULL, "running", 0);
    forget(s);

    scene_at(s, "12:00");

    SCENE_TOLD_NOTHING(s);
}

static void acceptance_ends_the_countdown_where_it_counts(void **state)
{
    struct scene *s = owing(state, "10:00");
    s->service.sla.auto_counts = true;
    scene_number(s, "db", NULL, "running", 0);
    forget(s);

    assert_int_equal(judge_notified(s->judge, 1, true, s->now), 0);
    scene_at(s, "12:00");

    SCENE_TOLD_NOTHING(s);
}

static void a_false_detection_owes_no_report(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "db", NULL, "running", 0);
    forget(s);

    assert_int_equal(change(s, 1, MOVE_FALSE), 0);
    scene_at(s, "12:00");

    SCENE_TOLD_NOTHING(s);
    assert_int_equal(s->incidents[0].flags, INCIDENT_FALSE);
}

static void a_call_starts_the_clock_when_the_city_called(void **state)
{
    struct scene *s = owing(state, "09:05");

    assert_int_equal(call(s, 5), 1);
    scene_at(s, "09:20");

    SCENE_TOLD(s, "09:05 raised 1 renkei critical called 09:00", "09:15 report 1 15 of 30");
    assert_int_equal(incident_stage(&s->incidents[0]), STAGE_CALLED);
}

static void the_detection_goes_on_with_the_call(void **state)
{
    struct scene *s = owing(state, "09:00");
    call(s, 0);
    scene_at(s, "09:20");
    forget(s);

    scene_number(s, "db", NULL, "running", 0);

    SCENE_TOLD(s, "09:20 reminder 1 db critical", "09:20 subject db critical");
    assert_int_equal(s->incident_count, 1);
    const struct incident *i = judge_incident(s->judge, 1);
    assert_int_equal(i->flags, INCIDENT_CITY | INCIDENT_LATE_DETECTION);
    assert_int_equal(i->detected_at.wall - i->called_at.wall, 20 * MINUTE_MS);
    assert_string_equal(i->called_text, "no screen");
    scene_at(s, "09:25");
    SCENE_TOLD(s, "09:25 report 1 25 of 30");
    scene_number(s, "db", NULL, "running", 1);
    SCENE_TOLD(s, "09:25 cleared 1 db critical recovered 09:25", "09:25 subject db ok");
}

static void a_warning_does_not_go_on_with_the_call(void **state)
{
    struct scene *s = owing(state, "09:00");
    call(s, 0);
    forget(s);

    scene_number(s, "disk", "/var", "used_percent", 85);

    SCENE_TOLD(s, "09:00 raised 2 disk//var warning failed 09:00", "09:00 subject disk warning");
}

static void a_warning_that_turns_critical_goes_on_with_the_call(void **state)
{
    struct scene *s = owing(state, "09:00");
    scene_number(s, "disk", "/var", "used_percent", 85);
    call(s, 0);
    scene_at(s, "09:10");
    forget(s);

    scene_number(s, "disk", "/var", "used_percent", 95);

    SCENE_TOLD(s, "09:10 cleared 1 disk//var warning recovered 09:10",
        "09:10 reminder 2 disk//var critical", "09:10 subject disk critical");
    assert_non_null(strstr(s->incidents[0].closed_reason, "2"));
    assert_int_equal(s->incidents[1].flags, INCIDENT_CITY | INCIDENT_LATE_DETECTION);
    assert_int_equal(s->incidents[1].recurrence, 0);
    scene_number(s, "disk", "/var", "used_percent", 10);
    SCENE_TOLD(s, "09:10 cleared 2 disk//var critical recovered 09:10", "09:10 subject disk ok");
}

static void an_event_goes_on_with_the_call_and_is_found_by_its_key(void **state)
{
    struct scene *s = owing(state, "09:00");
    call(s, 0);
    scene_event(s, "log", "failure", "ZEI", "12");
    forget(s);

    scene_event(s, "log", "recovery", "ZEI", "12");

    SCENE_TOLD(s, "09:00 cleared 1 log critical recovered 09:00", "09:00 subject log ok");
}

static void a_call_about_what_was_detected_is_its_call(void **state)
{
    struct scene *s = owing(state, "09:20");
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "09:22");
    forget(s);

    assert_int_equal(call(s, 22), 1);

    SCENE_TOLD_NOTHING(s);
    assert_int_equal(s->incidents[0].flags, INCIDENT_LATE_DETECTION);
    scene_at(s, "09:26");
    SCENE_TOLD(s, "09:22 report 1 15 of 30", "09:25 report 1 25 of 30");
}

static void a_second_call_about_the_same_is_not_another_clock(void **state)
{
    struct scene *s = owing(state, "09:00");
    uint64_t id = 0;
    call(s, 0);

    assert_int_equal(judge_call(s->judge, "renkei", s->now, "again", s->now, &id), JUDGE_E_STATE);
    assert_int_equal(id, 1);
    assert_int_equal(
        judge_call(s->judge, "nothing", s->now, "again", s->now, &id), JUDGE_E_UNKNOWN);
}

static void a_call_outlives_a_restart(void **state)
{
    struct scene *s = owing(state, "09:00");
    call(s, 0);
    forget(s);

    scene_restart(s, "09:10");
    scene_at(s, "09:15");

    assert_string_equal(s->lines[s->line_count - 1], "09:15 report 1 15 of 30");
    assert_int_equal(change(s, 1, MOVE_CLOSE), 0);
}

static void a_person_closes_a_call_and_an_event_but_not_what_is_observed(void **state)
{
    struct scene *s = owing(state, "09:00");
    call(s, 0);
    assert_int_equal(change(s, 1, MOVE_CLOSE), 0);
    scene_number(s, "db", NULL, "running", 0);
    scene_event(s, "log", "failure", "ZEI", "12");
    forget(s);

    assert_int_equal(change(s, 2, MOVE_CLOSE), JUDGE_E_STATE);
    assert_int_equal(change(s, 3, MOVE_CLOSE), 0);
    assert_int_equal(change(s, 3, MOVE_CLOSE), JUDGE_E_UNKNOWN);

    SCENE_TOLD(s, "09:00 cleared 3 log critical recovered 09:00", "09:00 subject log ok");
    assert_string_equal(s->incidents[2].closed_reason, "a reason");
}

static void what_returns_says_what_it_is_a_return_of(void **state)
{
    struct scene *s = owing(state, "09:00");
    for (int i = 0; i < 3; i++) {
        scene_number(s, "db", NULL, "running", 0);
        scene_number(s, "db", NULL, "running", 1);
    }
    scene_number(s, "disk", "/var", "used_percent", 99);

    assert_int_equal(s->incidents[0].recurrence_of, 0);
    assert_int_equal(s->incidents[1].recurrence_of, 1);
    assert_int_equal(s->incidents[1].recurrence, 1);
    assert_int_equal(s->incidents[2].recurrence_of, 2);
    assert_int_equal(s->incidents[2].recurrence, 2);
    assert_int_equal(s->incidents[3].recurrence_of, 0);
}

static void returns_are_known_over_a_restart_by_key_and_not_by_blindness(void **state)
{
    struct scene *s = owing(state, "09:00");
    scene_event(s, "log", "failure", "ZEI", "12");
    scene_event(s, "log", "recovery", "ZEI", "12");
    scene_number(s, "db", NULL, "running", 0);
    scene_number(s, "db", NULL, "running", 1);
    scene_restart(s, "09:10");

    scene_event(s, "log", "failure", "ZEI", "12");
    scene_event(s, "log", "failure", "KOKUHO", "12");
    scene_blind(s, "db", NULL, "running");

    assert_int_equal(s->incidents[2].recurrence_of, 1);
    assert_int_equal(s->incidents[3].recurrence_of, 0);
    assert_int_equal(s->incidents[4].recurrence_of, 0);
}

static void a_false_detection_is_nothing_to_return(void **state)
{
    struct scene *s = owing(state, "09:00");
    scene_number(s, "db", NULL, "running", 0);
    scene_number(s, "db", NULL, "running", 1);
    s->incidents[0].flags |= INCIDENT_FALSE;
    judge_closed_changed(s->judge, &s->incidents[0], s->now);

    scene_number(s, "db", NULL, "running", 0);

    assert_int_equal(s->incidents[1].recurrence_of, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

static void what_is_not_open_is_neither_changed_nor_told_again(void **state)
{
    struct scene *s = owing(state, "10:00");

    assert_int_equal(report(s->judge, 99, s->now), JUDGE_E_UNKNOWN);
    assert_int_equal(judge_notified(s->judge, 99, true, s->now), JUDGE_E_UNKNOWN);
    assert_int_equal(judge_told_again(s->judge, 99, s->now), JUDGE_E_UNKNOWN);
}

static void only_the_first_acceptance_counts(void **state)
{
    struct scene *s = owing(state, "10:00");
    scene_number(s, "db", NULL, "running", 0);
    struct moment first = s->now;
    assert_int_equal(judge_notified(s->judge, 1, true, first), 0);
    scene_at(s, "10:05");

    assert_int_equal(judge_notified(s->judge, 1, true, s->now), 0);

    assert_true(judge_incident(s->judge, 1)->notified_at.wall == first.wall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_report_is_asked_for_at_15_25_and_30_minutes),
        TEST(a_first_report_ends_the_countdown),
        TEST(what_is_not_open_is_neither_changed_nor_told_again),
        TEST(only_the_first_acceptance_counts),
        TEST(the_countdown_goes_on_when_the_incident_is_over),
        TEST(after_a_restart_only_the_last_of_what_was_missed_is_told),
        TEST(after_the_machine_slept_only_the_last_of_what_was_missed_is_told),
        TEST(what_was_over_before_a_restart_is_still_asked_for),
        TEST(a_warning_a_blindness_and_a_test_environment_owe_no_report),
        TEST(acceptance_ends_the_countdown_where_it_counts),
        TEST(a_false_detection_owes_no_report),
        TEST(a_call_starts_the_clock_when_the_city_called),
        TEST(the_detection_goes_on_with_the_call),
        TEST(a_warning_does_not_go_on_with_the_call),
        TEST(a_warning_that_turns_critical_goes_on_with_the_call),
        TEST(an_event_goes_on_with_the_call_and_is_found_by_its_key),
        TEST(a_call_about_what_was_detected_is_its_call),
        TEST(a_second_call_about_the_same_is_not_another_clock),
        TEST(a_call_outlives_a_restart),
        TEST(a_person_closes_a_call_and_an_event_but_not_what_is_observed),
        TEST(what_returns_says_what_it_is_a_return_of),
        TEST(returns_are_known_over_a_restart_by_key_and_not_by_blindness),
        TEST(a_false_detection_is_nothing_to_return),
    };
    return cmocka_run_group_tests_name("judge/call", tests, NULL, NULL);
}
