/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

#define MINUTE ((span_ms)60000)

static char id_zei[] = "ZEI-0012", id_juk[] = "JUK-0001", class_a[] = "a", log_name[] = "log",
            end_metric[] = "end", start_metric[] = "start", records[] = "records", job[] = "job",
            rc_field[] = "rc", glob_kok[] = "KOK-*";

/* Two linkages of class a, due at 10:00 and 11:00, told by the log's "end" of their id as job. */
struct plan {
    struct scene *scene;
    struct linkage_match match[2];
    struct linkage_settings linkages[2];
};

static void make_linkage(struct plan *p, size_t i, char *id, int32_t minute)
{
    p->match[i] = (struct linkage_match){job, id};
    p->linkages[i] = (struct linkage_settings){.id = id,
        .class_name = class_a,
        .frequency = LINKAGE_DAILY,
        .deadline_minute = minute,
        .early = 720 * MINUTE,
        .subject = log_name,
        .metric = end_metric,
        .records_field = records,
        .match = &p->match[i],
        .match_count = 1,
        .min_records = -1,
        .max_records = -1};
}

static int set_up(void **state)
{
    struct plan *p = alloc(sizeof *p);
    int r = scene_set_up((void **)&p->scene);
    make_linkage(p, 0, id_zei, 600);
    make_linkage(p, 1, id_juk, 660);
    p->scene->settings.linkages = p->linkages;
    p->scene->settings.linkage_count = 1;
    // Other subjects have nothing to say here.
    scene_down_when(p->scene, EXPRESSION_ANY, 0, "linkage.class_a", NULL, NULL);
    *state = p;
    return r;
}

static int tear_down(void **state)
{
    struct plan *p = *state;
    scene_tear_down((void **)&p->scene);
    free(p);
    return 0;
}

static void ended(struct scene *s, const char *time, const char *of)
{
    scene_at(s, time);
    scene_event(s, "log", "end", of, "0");
}

/* Drops the lines about subjects and services. */
static void only_linkages(struct scene *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->line_count; i++) {
        if (strstr(s->lines[i], " subject ") == NULL && strstr(s->lines[i], " service ") == NULL)
            s->lines[kept++] = s->lines[i];
        else
            free(s->lines[i]);
    }
    s->line_count = kept;
}

static void what_is_missing_is_told_once_and_ended_by_its_arrival(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);

    ended(s, "10:45", "ZEI-0012");
    ended(s, "33:00", "ZEI-0012");
    scene_at(s, "40:00");

    only_linkages(s);
    SCENE_TOLD(s, "10:00 raised 1 ZEI-0012 critical failed 10:00",
        "10:00 linkage ZEI-0012 of 15 missing", "10:45 cleared 1 ZEI-0012 critical recovered 10:45",
        "10:45 linkage ZEI-0012 of 15 late", "33:00 linkage ZEI-0012 of 16 arrived");
}

/* Of the 24 hours of civil day @day in the zone of the scenes. */
static struct linkage_count count_of(const struct scene *s, int32_t day)
{
    return judge_count_linkages(
        s->judge, zone_instant(s->zone, day, 0), zone_instant(s->zone, day + 1, 0));
}

static void linkages_are_counted_on_the_day_of_their_deadline(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    s->settings.linkage_count = 2;
    scene_start(s, "09:00", false);
    int32_t day = zone_day(s->zone, s->now.wall);
    struct linkage_count waiting = count_of(s, day);
    ended(s, "09:30", "ZEI-0012");
    scene_at(s, "11:10");
    struct linkage_count over = count_of(s, day);
    ended(s, "11:20", "JUK-0001");

    struct linkage_count late = count_of(s, day), tomorrow = count_of(s, day + 1);

    assert_int_equal(waiting.due, 2);
    assert_int_equal(waiting.arrived + waiting.late + waiting.missing + waiting.failed, 0);
    assert_int_equal(over.arrived, 1);
    assert_int_equal(over.missing, 1);
    assert_int_equal(late.due, 2);
    assert_int_equal(late.arrived, 1);
    assert_int_equal(late.late, 1);
    assert_int_equal(late.missing, 0);
    assert_int_equal(tomorrow.due, 2);
    assert_int_equal(tomorrow.arrived, 0);
}

static void an_event_of_another_job_is_none_of_it(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);

    ended(s, "09:30", "ZEI-0013");
    scene_at(s, "10:00");

    only_linkages(s);
    SCENE_TOLD(
        s, "10:00 raised 1 ZEI-0012 critical failed 10:00", "10:00 linkage ZEI-0012 of 15 missing");
}

static void a_pattern_finds_its_linkage_too(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    p->match[0].pattern = glob_kok;
    scene_start(s, "09:00", false);

    ended(s, "09:30", "KO");
    ended(s, "09:40", "KOK-7");

    only_linkages(s);
    SCENE_TOLD(s, "09:40 linkage ZEI-0012 of 15 arrived");
}

static void a_restart_neither_forgets_nor_tells_twice(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);
    scene_at(s, "10:10");

    scene_restart(s, "10:20");
    ended(s, "10:30", "ZEI-0012");

    only_linkages(s);
    SCENE_TOLD(s, "10:00 raised 1 ZEI-0012 critical failed 10:00",
        "10:00 linkage ZEI-0012 of 15 missing", "10:30 cleared 1 ZEI-0012 critical recovered 10:30",
        "10:30 linkage ZEI-0012 of 15 late");
}

static void a_deadline_that_passed_while_it_was_stopped_is_judged_after_what_was_written(
    void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    p->scene->settings.linkage_count = 2;
    scene_start(s, "09:00", false);

    scene_restart(s, "12:00");
    struct reading late = {.kind = READING_EVENT,
        .of = {alloc_text("log"), NULL, alloc_text("end")},
        .at = {s->now.wall - 150 * MINUTE, s->now.boot}};
    late.fields = alloc_array(1, sizeof *late.fields);
    late.fields[0] = (struct field){alloc_text("job"), alloc_text("ZEI-0012")};
    late.field_count = 1;
    judge_reading(s->judge, &late, s->now);
    reading_deinit(&late);
    scene_at(s, "12:01");

    only_linkages(s);
    SCENE_TOLD(s, "12:00 linkage ZEI-0012 of 15 arrived",
        "12:00:30 raised 1 JUK-0001 critical failed 11:00",
        "12:00:30 linkage JUK-0001 of 15 missing");
}

static void days_that_nobody_watched_are_each_judged(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);

    scene_restart(s, "59:00");
    scene_at(s, "59:01");

    only_linkages(s);
    SCENE_TOLD(s, "59:00:30 raised 1 ZEI-0012 critical failed 10:00",
        "59:00:30 linkage ZEI-0012 of 15 missing",
        "59:00:30 raised 2 ZEI-0012 critical failed 34:00",
        "59:00:30 linkage ZEI-0012 of 16 missing",
        "59:00:30 raised 3 ZEI-0012 critical failed 58:00",
        "59:00:30 linkage ZEI-0012 of 17 missing");
}

static void what_nobody_can_see_is_not_missing(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);
    scene_at(s, "09:30");
    scene_blind(s, "log", NULL, "");

    scene_at(s, "10:20");
    struct judge_linkage now;
    assert_true(judge_linkage(s->judge, "ZEI-0012", &now));
    assert_int_equal(now.phase, LINKAGE_BLIND);
    assert_int_equal(judge_service_state(s->judge, "renkei", NULL), SERVICE_UNMONITORED);
    scene_event(s, "log", "notice", "x", "0");
    scene_at(s, "10:22");

    only_linkages(s);
    SCENE_TOLD(s, "09:30 raised 1 log blind failed 09:30",
        "10:20 cleared 1 log blind recovered 10:20", "10:20 raised 2 log notice failed 10:20",
        "10:21 raised 3 ZEI-0012 critical failed 10:00", "10:21 linkage ZEI-0012 of 15 missing");
    assert_int_equal(judge_service_state(s->judge, "renkei", NULL), SERVICE_DOWN);
}

static void a_run_goes_on_over_a_restart(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    p->linkages[0].start_metric = start_metric;
    p->linkages[0].max_runtime = 30 * MINUTE;
    scene_start(s, "08:00", false);
    scene_at(s, "09:00");
    scene_event(s, "log", "start", "ZEI-0012", "");

    scene_restart(s, "09:10");
    scene_at(s, "09:31");
    ended(s, "09:40", "ZEI-0012");

    only_linkages(s);
    SCENE_TOLD(s, "09:30 raised 1 ZEI-0012 critical failed 09:00",
        "09:40 cleared 1 ZEI-0012 critical recovered 09:40",
        "09:40 linkage ZEI-0012 of 15 arrived");
}

static void a_run_whose_incident_a_person_closed_is_over_with_the_next_end(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    struct judge_linkage now;
    p->linkages[0].start_metric = start_metric;
    p->linkages[0].run_field = rc_field;
    p->linkages[0].max_runtime = 30 * MINUTE;
    scene_start(s, "08:00", false);
    scene_event(s, "log", "start", "ZEI-0012", "1");
    scene_at(s, "08:40");
    assert_true(judge_linkage(s->judge, "ZEI-0012", &now));
    assert_int_equal(now.phase, LINKAGE_TOO_LONG);

    struct incident_change close = {
        .move = MOVE_CLOSE, .at = s->now, .now = s->now, .who = job, .text = job};
    assert_int_equal(judge_change(s->judge, 1, &close), 0);
    scene_at(s, "09:00");
    scene_event(s, "log", "start", "ZEI-0012", "2");
    scene_at(s, "09:10");
    scene_event(s, "log", "end", "ZEI-0012", "2");

    assert_true(judge_linkage(s->judge, "ZEI-0012", &now));
    assert_int_equal(now.phase, LINKAGE_ARRIVED);
    assert_int_equal(now.state->run_count, 0);
}

static enum linkage_phase phase_of(struct scene *s)
{
    struct judge_linkage now;
    assert_true(judge_linkage(s->judge, "ZEI-0012", &now));
    return now.phase;
}

static void nobody_says_too_long_while_nobody_can_see_its_end(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    p->linkages[0].start_metric = start_metric;
    p->linkages[0].max_runtime = 30 * MINUTE;
    scene_start(s, "08:00", false);
    scene_at(s, "08:10");
    scene_event(s, "log", "start", "ZEI-0012", "");
    scene_at(s, "08:20");
    scene_blind(s, "log", NULL, "");

    scene_at(s, "08:50");
    assert_int_not_equal(phase_of(s), LINKAGE_TOO_LONG);
    scene_event(s, "log", "start", "EXT-0001", "");
    scene_at(s, "09:10");

    assert_int_equal(phase_of(s), LINKAGE_TOO_LONG);
}

static size_t runs_of(struct scene *s)
{
    struct judge_linkage now;
    assert_true(judge_linkage(s->judge, "ZEI-0012", &now));
    return now.state->run_count;
}

static void of_more_runs_than_are_kept_the_oldest_is_forgotten(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    p->linkages[0].start_metric = start_metric;
    p->linkages[0].run_field = rc_field;
    p->linkages[0].max_runtime = 300 * MINUTE;
    scene_start(s, "08:00", false);
    for (int i = 1; i <= LINKAGE_RUNS_MAX + 1; i++) {
        char run[8];
        snprintf(run, sizeof run, "%d", i);
        scene_event(s, "log", "start", "ZEI-0012", run);
    }

    assert_int_equal(runs_of(s), LINKAGE_RUNS_MAX);
    scene_event(s, "log", "end", "ZEI-0012", "1");
    assert_int_equal(runs_of(s), LINKAGE_RUNS_MAX);
    scene_event(s, "log", "end", "ZEI-0012", "17");
    assert_int_equal(runs_of(s), LINKAGE_RUNS_MAX - 1);
}

static void an_irregular_one_is_silent_after_its_heartbeat_only(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    p->linkages[0].frequency = LINKAGE_IRREGULAR;
    p->linkages[0].heartbeat = 60 * MINUTE;
    scene_start(s, "08:00", false);
    ended(s, "08:30", "ZEI-0012");

    scene_restart(s, "09:00");
    scene_at(s, "12:00");
    ended(s, "12:10", "ZEI-0012");

    only_linkages(s);
    SCENE_TOLD(s, "09:30 raised 1 ZEI-0012 critical failed 09:30",
        "12:10 cleared 1 ZEI-0012 critical recovered 12:10");
}

/* The wall clock goes from 10:30 of the 15th to the 25th and back. */
static void a_clock_that_was_wrong_for_ten_days_costs_no_deadline(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);
    ended(s, "09:30", "ZEI-0012");
    scene_at(s, "10:30");
    s->now.wall += 10 * 1440 * MINUTE;
    judge_clock_stepped(s->judge, s->now);
    judge_advance(s->judge, s->now);
    s->now.wall -= 10 * 1440 * MINUTE;
    judge_clock_stepped(s->judge, s->now);
    judge_advance(s->judge, s->now);
    for (size_t i = 0; i < s->line_count; i++)
        free(s->lines[i]);
    s->line_count = 0;

    scene_at(s, "34:01");

    struct judge_linkage now;
    assert_true(judge_linkage(s->judge, "ZEI-0012", &now));
    assert_int_equal(now.phase, LINKAGE_MISSING);
    only_linkages(s);
    assert_non_null(strstr(s->lines[s->line_count - 1], "34:00 linkage ZEI-0012 of 16 missing"));
}

static void one_that_is_removed_closes_and_a_new_one_is_expected(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    scene_start(s, "09:00", false);
    scene_at(s, "10:05");
    only_linkages(s);
    SCENE_TOLD(
        s, "10:00 raised 1 ZEI-0012 critical failed 10:00", "10:00 linkage ZEI-0012 of 15 missing");

    struct settings other = s->settings;
    other.linkages = &p->linkages[1];
    judge_settings(s->judge, &other, s->zone, s->now);
    scene_at(s, "11:00");

    only_linkages(s);
    SCENE_TOLD(s, "10:05 cleared 1 ZEI-0012 critical recovered 10:05",
        "11:00 raised 2 JUK-0001 critical failed 11:00", "11:00 linkage JUK-0001 of 15 missing");
}

static void a_class_is_bad_when_all_of_it_is(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    s->settings.linkage_count = 2;
    scene_start(s, "09:00", true);

    scene_at(s, "10:30");
    assert_int_equal(judge_service_state(s->judge, "renkei", NULL), SERVICE_UP);
    scene_at(s, "11:01");

    struct moment since;
    assert_int_equal(judge_service_state(s->judge, "renkei", &since), SERVICE_DOWN);
    assert_int_equal(since.wall, s->now.wall - MINUTE);
}

static void add_id(void *arg, const struct judge_linkage *linkage)
{
    text_addf(arg, "%s %s;", linkage->state->id, linkage_phase_name(linkage->phase));
}

static void each_is_shown_with_what_it_is_doing_and_the_days_that_it_expects(void **state)
{
    struct plan *p = *state;
    struct scene *s = p->scene;
    struct text t = {0};
    struct judge_linkage one;
    wall_ms due = 0;
    s->settings.linkage_count = 2;
    scene_start(s, "09:00", false);
    int32_t day = zone_day(s->zone, s->now.wall);
    ended(s, "09:30", "ZEI-0012");

    judge_each_linkage(s->judge, add_id, &t);

    assert_string_equal(text_get(&t), "ZEI-0012 arrived;JUK-0001 waiting;");
    assert_true(judge_linkage(s->judge, "JUK-0001", &one));
    assert_false(judge_linkage(s->judge, "none", &one));
    assert_true(judge_linkage_expected(s->judge, "JUK-0001", day + 3, &due));
    assert_true(due == zone_instant(s->zone, day + 3, 11 * 60));
    assert_false(judge_linkage_expected(s->judge, "none", day, &due));
    text_deinit(&t);
}

static void what_the_ledger_holds_of_one_that_is_gone_is_left_alone(void **state)
{
    const struct plan *p = *state;
    struct scene *s = p->scene;
    struct linkage_state gone = {.id = TEXT("GONE"), .current = {.day = LINKAGE_NO_DAY}};
    struct judge_linkage one;
    scene_start(s, "09:00", false);

    judge_restore_linkage(s->judge, &gone);

    assert_false(judge_linkage(s->judge, "GONE", &one));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_told_once_and_ended_by_its_arrival),
        TEST(linkages_are_counted_on_the_day_of_their_deadline),
        TEST(an_event_of_another_job_is_none_of_it),
        TEST(a_pattern_finds_its_linkage_too),
        TEST(a_restart_neither_forgets_nor_tells_twice),
        TEST(a_deadline_that_passed_while_it_was_stopped_is_judged_after_what_was_written),
        TEST(days_that_nobody_watched_are_each_judged),
        TEST(what_nobody_can_see_is_not_missing),
        TEST(a_run_goes_on_over_a_restart),
        TEST(a_run_whose_incident_a_person_closed_is_over_with_the_next_end),
        TEST(nobody_says_too_long_while_nobody_can_see_its_end),
        TEST(of_more_runs_than_are_kept_the_oldest_is_forgotten),
        TEST(an_irregular_one_is_silent_after_its_heartbeat_only),
        TEST(a_clock_that_was_wrong_for_ten_days_costs_no_deadline),
        TEST(one_that_is_removed_closes_and_a_new_one_is_expected),
        TEST(a_class_is_bad_when_all_of_it_is),
        TEST(each_is_shown_with_what_it_is_doing_and_the_days_that_it_expects),
        TEST(what_the_ledger_holds_of_one_that_is_gone_is_left_alone),
    };
    return cmocka_run_group_tests_name("judge/linkage", tests, NULL, NULL);
}
