/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

/* ---- numbers ---- */

static void an_outage_begins_at_the_first_failed_reading_and_ends_at_the_first_good_one(
    void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00");

    scene_at(s, "10:00");
    scene_number(s, "engine", NULL, "running", 0);
    scene_at(s, "10:01");
    scene_number(s, "engine", NULL, "running", 0);
    SCENE_TOLD(s, "10:00 subject engine ok");
    scene_at(s, "10:02");
    scene_number(s, "engine", NULL, "running", 0);
    SCENE_TOLD(s, "10:02 raised 1 engine critical failed 10:00", "10:02 subject engine critical",
        "10:02 service renkei down from 10:00");
    assert_int_equal(s->point.incident, 1);
    scene_at(s, "10:45");
    scene_number(s, "engine", NULL, "running", 1);

    SCENE_TOLD(s, "10:45 cleared 1 engine critical recovered 10:45", "10:45 subject engine ok",
        "10:45 service renkei up from 10:45");
    assert_string_equal(s->incidents[0].threshold, "< 1");
    assert_string_equal(s->incidents[0].value, "0");
    assert_string_equal(s->incidents[0].service, "renkei");
    assert_int_equal(s->incidents[0].transition, 2);
}

static void a_rise_from_warning_to_critical_is_a_reminder_of_the_same_incident(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/var", "used_percent", 81);
    scene_at(s, "09:01");
    scene_number(s, "disk", "/var", "used_percent", 95.5);
    scene_at(s, "09:02");
    scene_number(s, "disk", "/var", "used_percent", 78);
    scene_at(s, "09:03");
    scene_number(s, "disk", "/var", "used_percent", 70);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00",
        "09:00 raised 1 disk//var warning failed 09:00", "09:00 subject disk warning",
        "09:01 reminder 1 disk//var critical", "09:01 subject disk critical",
        "09:02 subject disk warning", "09:03 cleared 1 disk//var critical recovered 09:03",
        "09:03 subject disk ok");
    assert_string_equal(s->incidents[0].value, "95.5");
    assert_int_equal(s->incidents[0].transition, 3);
}

static void what_was_sent_of_a_warning_says_nothing_of_the_critical(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/var", "used_percent", 81);
    assert_int_equal(judge_notified(s->judge, 1, false, s->now), 0);
    assert_true((judge_incident(s->judge, 1)->flags & INCIDENT_UNCONFIRMED) != 0);
    scene_at(s, "09:01");

    scene_number(s, "disk", "/var", "used_percent", 95.5);

    assert_int_equal(judge_incident(s->judge, 1)->flags & INCIDENT_UNCONFIRMED, 0);
    assert_true(judge_incident(s->judge, 1)->notified_at.wall == 0);
}

static void a_steady_good_reading_hands_nothing_over(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 1);
    size_t saved = s->saved;

    for (int i = 0; i < 100; i++)
        scene_number(s, "db", NULL, "running", 1);

    assert_int_equal(s->saved, saved);
}

static void a_metric_without_a_rule_counts_as_seen_and_no_more(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_ENGINE].interval = 60000;
    scene_start(s, "09:00", false);

    scene_number(s, "engine", NULL, "threads", 0);
    scene_blind(s, "engine", NULL, "threads");

    SCENE_TOLD(s, "09:00 service renkei unmonitored from 09:00", "09:00 subject engine ok",
        "09:00 service renkei up from 09:00");
}

static void what_is_not_configured_is_ignored(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);

    scene_number(s, "nobody", NULL, "running", 0);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00");
    assert_int_equal(judge_subject_verdict(s->judge, "nobody", NULL, NULL, NULL), VERDICT_UNKNOWN);
}

static void each_instance_has_its_own_incident_and_the_worst_is_the_subjects(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "/", "used_percent", 91);
    scene_number(s, "disk", "/var", "used_percent", 81);
    scene_number(s, "disk", "/", "used_percent", 10);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00",
        "09:00 raised 1 disk// critical failed 09:00", "09:00 subject disk critical",
        "09:00 raised 2 disk//var warning failed 09:00",
        "09:00 cleared 1 disk// critical recovered 09:00", "09:00 subject disk warning");
}

static void a_rule_with_hold_raises_when_its_time_has_come(void **state)
{
    struct scene *s = *state;
    s->rules[SCENE_DB][0].hold = 300000;
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);
    scene_at(s, "09:10");

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject db ok",
        "09:05 raised 1 db critical failed 09:00", "09:05 subject db critical");
}

static void the_agents_own_workers_need_no_configuration(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "hashimori/worker/disk", NULL, "worker_state", 2);
    scene_number(s, "hashimori/worker/disk", NULL, "worker_state", 1);
    scene_number(s, "hashimori/worker/disk", NULL, "worker_state", 0);
    scene_number(s, "hashimori/worker/disk", NULL, "worker_state", 2);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 subject hashimori/worker/disk ok",
        "09:00 raised 1 hashimori/worker/disk warning failed 09:00",
        "09:00 subject hashimori/worker/disk warning",
        "09:00 reminder 1 hashimori/worker/disk critical",
        "09:00 subject hashimori/worker/disk critical",
        "09:00 cleared 1 hashimori/worker/disk critical recovered 09:00",
        "09:00 subject hashimori/worker/disk ok");
    assert_int_equal(s->incidents[0].flags, INCIDENT_OWN);
}

static void a_flooding_worker_is_told_once_and_is_over_ten_minutes_later(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "hashimori/worker/disk", "flood", NULL, NULL);
    scene_event(s, "hashimori/worker/disk", "flood", NULL, NULL);
    scene_at(s, "09:30");

    SCENE_TOLD(s, "09:00 service renkei up from 09:00",
        "09:00 raised 1 hashimori/worker/disk warning failed 09:00",
        "09:00 subject hashimori/worker/disk warning",
        "09:10 cleared 1 hashimori/worker/disk warning recovered 09:10",
        "09:10 subject hashimori/worker/disk ok");
    assert_int_equal(s->incidents[0].flags, INCIDENT_OWN);
}

static void a_certificate_of_a_destination_is_told_two_weeks_ahead(void **state)
{
    static const char nms[] = "hashimori/destination/nms";
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, nms, "receiver", "certificate_days", 14);
    scene_number(s, nms, "receiver", "certificate_days", 13.9);
    scene_number(s, nms, "receiver", "certificate_days", 90);
    scene_number(s, nms, "own", "certificate_days", -0.1);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00",
        "09:00 subject hashimori/destination/nms ok",
        "09:00 raised 1 hashimori/destination/nms/receiver warning failed 09:00",
        "09:00 subject hashimori/destination/nms warning",
        "09:00 cleared 1 hashimori/destination/nms/receiver warning recovered 09:00",
        "09:00 subject hashimori/destination/nms ok",
        "09:00 raised 2 hashimori/destination/nms/own critical failed 09:00",
        "09:00 subject hashimori/destination/nms critical");
}

/* ---- events ---- */

static void events_of_the_same_key_are_one_incident(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "failure", "ZEI-0012", "12");
    scene_event(s, "log", "failure", "ZEI-0012", "12");
    scene_event(s, "log", "failure", "ZEI-0013", "12");
    scene_at(s, "09:01");

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 raised 1 log critical failed 09:00",
        "09:00 subject log critical", "09:00 raised 2 log critical failed 09:00");
    assert_string_equal(s->incidents[0].key, "ZEI-0012/12");
    assert_string_equal(s->incidents[0].text, "異常終了");
    assert_int_equal(s->incidents[0].count, 2);
    assert_int_equal(s->incidents[1].count, 1);
}

static void the_event_that_clears_ends_only_the_incident_of_its_key(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "failure", "A", "1");
    scene_event(s, "log", "failure", "B", "1");
    scene_at(s, "09:30");
    scene_event(s, "log", "recovery", "A", "1");
    scene_event(s, "log", "recovery", "C", "1");

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 raised 1 log critical failed 09:00",
        "09:00 subject log critical", "09:00 raised 2 log critical failed 09:00",
        "09:30 cleared 1 log critical recovered 09:30");
    scene_event(s, "log", "recovery", "B", "1");
    SCENE_TOLD(s, "09:30 cleared 2 log critical recovered 09:30", "09:30 subject log ok");
}

static void an_event_ends_by_itself_so_long_after_the_last_one(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "notice", "A", "1");
    scene_at(s, "09:06");
    scene_event(s, "log", "notice", "A", "1");
    scene_at(s, "09:15");
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 raised 1 log notice failed 09:00",
        "09:00 subject log ok");
    scene_at(s, "09:20");

    SCENE_TOLD(s, "09:16 cleared 1 log notice recovered 09:16");
}

static void a_storm_of_one_event_is_saved_once_a_second(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "failure", "A", "1");

    for (int i = 0; i < 999; i++)
        scene_event(s, "log", "failure", "A", "1");

    assert_int_equal(s->incidents[0].count, 1);
    scene_at(s, "09:00:01");
    assert_int_equal(s->incidents[0].count, 1000);
}

static void events_are_seen_again_with_their_subject(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_event(s, "log", "failure", "A", "1");
    scene_blind(s, "log", NULL, "");
    scene_at(s, "09:10");
    scene_number(s, "log", "a.log", "lines", 1);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:00 raised 1 log critical failed 09:00",
        "09:00 subject log critical", "09:00 raised 2 log blind failed 09:00",
        "09:00 subject log blind", "09:10 cleared 2 log blind recovered 09:10",
        "09:10 subject log critical");
}

/* ---- hours ---- */

static void what_is_still_bad_when_the_hours_begin_is_an_incident_from_then_on(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "batch", NULL, NULL);
    scene_start(s, "02:00", true);
    scene_at(s, "03:00");
    scene_number(s, "batch", NULL, "running", 0);
    SCENE_TOLD(s, "02:00 service renkei up from 02:00", "03:00 subject batch critical",
        "03:00 service renkei down from 03:00");
    scene_at(s, "05:00");
    SCENE_TOLD(
        s, "05:00 raised 1 batch critical failed 05:00", "05:00 service renkei down from 05:00");
    assert_int_equal(s->point.incident, 1);
    scene_at(s, "05:40");
    scene_number(s, "batch", NULL, "running", 1);

    SCENE_TOLD(s, "05:40 cleared 1 batch critical recovered 05:40", "05:40 subject batch ok",
        "05:40 service renkei up from 05:40");
}

static void what_is_good_again_before_the_hours_is_no_incident(void **state)
{
    struct scene *s = *state;
    scene_start(s, "02:00", true);
    scene_at(s, "03:10");
    scene_number(s, "batch", NULL, "running", 0);
    scene_at(s, "04:50");
    scene_number(s, "batch", NULL, "running", 1);
    scene_at(s, "06:00");

    SCENE_TOLD(s, "02:00 service renkei up from 02:00", "03:10 subject batch critical",
        "04:50 subject batch ok");
}

static void events_outside_the_hours_wait_for_them_unless_they_clear(void **state)
{
    struct scene *s = *state;
    s->watches[SCENE_LOG].in_hours = true;
    scene_start(s, "03:30", true);
    scene_event(s, "log", "failure", "A", "1");
    scene_event(s, "log", "failure", "B", "1");
    scene_event(s, "log", "failure", "B", "1");
    scene_at(s, "04:00");
    scene_event(s, "log", "recovery", "A", "1");
    SCENE_TOLD(s, "03:30 service renkei up from 03:30", "03:30 subject log critical");
    assert_int_equal(s->incident_count, 0);
    scene_at(s, "06:00");

    SCENE_TOLD(s, "05:00 raised 1 log critical failed 05:00");
    assert_string_equal(s->incidents[0].key, "B/1");
    assert_int_equal(s->incidents[0].count, 2);
}

static void blindness_outside_the_hours_waits_for_them(void **state)
{
    struct scene *s = *state;
    scene_start(s, "04:00", true);
    scene_number(s, "batch", NULL, "running", 1);
    scene_blind(s, "batch", NULL, "running");
    scene_at(s, "05:30");

    SCENE_TOLD(s, "04:00 service renkei up from 04:00", "04:00 subject batch ok",
        "04:00 subject batch blind", "05:00 raised 1 batch blind failed 05:00");
}

static void an_incident_that_is_open_when_the_hours_end_stays_open(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_at(s, "26:59");
    scene_number(s, "batch", NULL, "running", 0);
    scene_at(s, "28:00");
    scene_number(s, "batch", NULL, "running", 1);

    SCENE_TOLD(s, "09:00 service renkei up from 09:00",
        "26:59 raised 1 batch critical failed 26:59", "26:59 subject batch critical",
        "28:00 cleared 1 batch critical recovered 28:00", "28:00 subject batch ok");
}

static void a_step_of_the_wall_clock_looks_at_the_hours_again(void **state)
{
    struct scene *s = *state;
    scene_start(s, "04:00", true);
    scene_number(s, "batch", NULL, "running", 0);
    s->now.wall += 2 * 3600000;
    judge_clock_stepped(s->judge, s->now);

    SCENE_TOLD(s, "04:00 service renkei up from 04:00", "04:00 subject batch critical",
        "06:00 raised 1 batch critical failed 06:00");
}

/* ---- commands ---- */

static int acknowledge(struct judge *j, uint64_t id, const char *who, struct moment now)
{
    struct incident_change change = {.move = MOVE_ACKNOWLEDGE, .now = now, .who = who};
    return judge_change(j, id, &change);
}

static int report(struct judge *j, uint64_t id, struct moment now)
{
    struct incident_change change = {.move = MOVE_REPORT, .at = now, .now = now};
    return judge_change(j, id, &change);
}

static void an_incident_is_acknowledged_and_reported_once(void **state)
{
    struct scene *s = *state;
    scene_start(s, "09:00", true);
    scene_number(s, "db", NULL, "running", 0);

    assert_int_equal(acknowledge(s->judge, 1, "yamada", s->now), 0);
    assert_int_equal(acknowledge(s->judge, 1, "sato", s->now), JUDGE_E_STATE);
    assert_int_equal(report(s->judge, 1, s->now), 0);
    assert_int_equal(report(s->judge, 1, s->now), JUDGE_E_STATE);
    assert_int_equal(judge_notified(s->judge, 1, true, s->now), 0);
    assert_int_equal(judge_notified(s->judge, 2, true, s->now), JUDGE_E_UNKNOWN);

    assert_string_equal(s->incidents[0].acknowledged_by, "yamada");
    assert_true(s->incidents[0].reported_at.wall == s->now.wall);
    assert_true(s->incidents[0].notified_at.wall == s->now.wall);
}

static void add_id(void *arg, const struct incident *i)
{
    struct text *ids = arg;
    text_addf(ids, "%d ", (int)i->id);
}

static void the_worst_incidents_come_first_and_no_more_than_asked_for(void **state)
{
    struct scene *s = *state;
    struct text all = {0}, some = {0};
    scene_start(s, "09:00", true);
    scene_number(s, "disk", "a", "used_percent", 85);
    scene_number(s, "disk", "b", "used_percent", 85);
    scene_number(s, "disk", "c", "used_percent", 95);
    scene_blind(s, "db", NULL, "running");
    scene_number(s, "disk", "b", "used_percent", 95);
    scene_number(s, "disk", "c", "used_percent", 10);

    assert_false(judge_each_worst(s->judge, 10, add_id, &all));
    assert_true(judge_each_worst(s->judge, 1, add_id, &some));

    assert_string_equal(text_get(&all), "2 4 1 ");
    assert_string_equal(text_get(&some), "2 ");
    text_deinit(&all);
    text_deinit(&some);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_outage_begins_at_the_first_failed_reading_and_ends_at_the_first_good_one),
        TEST(a_rise_from_warning_to_critical_is_a_reminder_of_the_same_incident),
        TEST(what_was_sent_of_a_warning_says_nothing_of_the_critical),
        TEST(a_steady_good_reading_hands_nothing_over),
        TEST(a_metric_without_a_rule_counts_as_seen_and_no_more),
        TEST(what_is_not_configured_is_ignored),
        TEST(each_instance_has_its_own_incident_and_the_worst_is_the_subjects),
        TEST(a_rule_with_hold_raises_when_its_time_has_come),
        TEST(the_agents_own_workers_need_no_configuration),
        TEST(a_flooding_worker_is_told_once_and_is_over_ten_minutes_later),
        TEST(a_certificate_of_a_destination_is_told_two_weeks_ahead),
        TEST(events_of_the_same_key_are_one_incident),
        TEST(the_event_that_clears_ends_only_the_incident_of_its_key),
        TEST(an_event_ends_by_itself_so_long_after_the_last_one),
        TEST(a_storm_of_one_event_is_saved_once_a_second),
        TEST(events_are_seen_again_with_their_subject),
        TEST(what_is_still_bad_when_the_hours_begin_is_an_incident_from_then_on),
        TEST(what_is_good_again_before_the_hours_is_no_incident),
        TEST(events_outside_the_hours_wait_for_them_unless_they_clear),
        TEST(blindness_outside_the_hours_waits_for_them),
        TEST(an_incident_that_is_open_when_the_hours_end_stays_open),
        TEST(a_step_of_the_wall_clock_looks_at_the_hours_again),
        TEST(an_incident_is_acknowledged_and_reported_once),
        TEST(the_worst_incidents_come_first_and_no_more_than_asked_for),
    };
    return cmocka_run_group_tests_name("judge/judge", tests, NULL, NULL);
}
