/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "judge/judge.h"
#include "scene.h"
#include "unit.h"

static void down(struct scene *s, const char *time, const char *subject)
{
    scene_at(s, time);
    scene_number(s, subject, NULL, "running", 0);
}

static void up(struct scene *s, const char *time, const char *subject)
{
    scene_at(s, time);
    scene_number(s, subject, NULL, "running", 1);
}

/* Drops all lines but those about the service, so that a test reads as one time line. */
static void only_service(struct scene *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->line_count; i++) {
        if (strstr(s->lines[i], " service ") != NULL)
            s->lines[kept++] = s->lines[i];
        else
            free(s->lines[i]);
    }
    s->line_count = kept;
}

static void outages_that_overlap_are_one(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", "batch", NULL);
    scene_start(s, "09:00", true);
    down(s, "10:00", "db");
    down(s, "10:20", "batch");
    up(s, "10:30", "db");
    up(s, "10:50", "batch");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:00 service renkei down from 10:00",
        "10:50 service renkei up from 10:50");
}

static void all_is_down_since_the_last_and_good_since_the_first(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ALL, 0, "engine", "db", NULL);
    scene_start(s, "09:00", true);
    down(s, "10:00", "engine");
    down(s, "10:01", "engine");
    down(s, "10:01:30", "db");
    down(s, "10:02", "engine");
    up(s, "10:30", "engine");
    up(s, "10:40", "db");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:02 service renkei down from 10:01:30",
        "10:30 service renkei up from 10:30");
}

static void at_least_two_needs_two(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_AT_LEAST, 2, "db", "batch", "engine");
    scene_start(s, "09:00", true);
    down(s, "10:00", "db");
    down(s, "10:05", "batch");
    up(s, "10:10", "db");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:05 service renkei down from 10:05",
        "10:10 service renkei up from 10:10");
}

static void a_slower_check_moves_the_start_of_the_same_outage(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "engine", "db", NULL);
    scene_start(s, "09:00", true);
    down(s, "10:00", "engine");
    down(s, "10:01", "engine");
    down(s, "10:01:30", "db");
    down(s, "10:02", "engine");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00",
        "10:01:30 service renkei down from 10:01:30", "10:02 service renkei down from 10:00");
    assert_int_equal(s->point.detected.wall, s->now.wall - 30000);
    assert_int_equal(s->point.incident, 1);
}

static void good_for_less_than_hold_is_the_same_outage(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    s->service.hold = 5 * 60000;
    scene_start(s, "09:00", true);
    down(s, "10:00", "db");
    up(s, "10:10", "db");
    down(s, "10:14:59", "db");
    up(s, "10:20", "db");
    scene_at(s, "10:30");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:00 service renkei down from 10:00",
        "10:25 service renkei up from 10:20");
}

static void good_for_as_long_as_hold_ends_the_outage(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    s->service.hold = 5 * 60000;
    scene_start(s, "09:00", true);
    down(s, "10:00", "db");
    up(s, "10:10", "db");
    down(s, "10:15", "db");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:00 service renkei down from 10:00",
        "10:15 service renkei up from 10:10", "10:15 service renkei down from 10:15");
}

static void failing_again_within_hold_but_known_later_is_the_same_outage(void **state)
{
    struct scene *s = *state;
    s->service.hold = 5 * 60000;
    s->rules[SCENE_ENGINE][0].runs = 2;
    scene_start(s, "09:00", true);
    down(s, "10:00", "engine");
    down(s, "10:01", "engine");
    up(s, "10:10", "engine");
    down(s, "10:14", "engine");
    down(s, "10:16", "engine");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:01 service renkei down from 10:00",
        "10:15 service renkei up from 10:10", "10:16 service renkei down from 10:00");
}

static void degraded_counts_from_when_it_is_no_longer_down(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    s->degraded =
        (struct expression){.op = EXPRESSION_NAME, .name = s->watches[SCENE_BATCH].subject};
    s->service.degraded_when = &s->degraded;
    scene_start(s, "09:00", true);
    down(s, "09:05", "batch");
    down(s, "09:05", "db");
    up(s, "10:40", "db");
    up(s, "15:00", "batch");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:05 service renkei degraded from 09:05",
        "09:05 service renkei down from 09:05", "10:40 service renkei degraded from 10:40",
        "15:00 service renkei up from 15:00");
}

static void the_pessimistic_start_is_the_last_good_reading(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "db", NULL, NULL);
    s->service.sla.outage_from_last_good = true;
    scene_start(s, "09:00", true);
    up(s, "09:59", "db");
    down(s, "10:00", "db");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "10:00 service renkei down from 09:59");
}

static void live(struct scene *s)
{
    for (size_t i = 0; i < SCENE_SUBJECTS; i++) {
        s->watches[i].interval = 3600000;
        s->watches[i].deadline = 60000;
    }
}

static void a_live_start_is_unmonitored_until_the_expression_is_known(void **state)
{
    struct scene *s = *state;
    live(s);
    scene_down_when(s, EXPRESSION_ANY, 0, "db", "batch", NULL);
    scene_start(s, "09:00", false);
    up(s, "09:01", "db");
    up(s, "09:02", "batch");

    only_service(s);
    SCENE_TOLD(
        s, "09:00 service renkei unmonitored from 09:00", "09:02 service renkei up from 09:02");
}

static void one_that_is_good_is_enough_for_all_at_a_live_start(void **state)
{
    struct scene *s = *state;
    live(s);
    scene_down_when(s, EXPRESSION_ALL, 0, "db", "batch", NULL);
    scene_start(s, "09:00", false);
    up(s, "09:01", "db");

    only_service(s);
    SCENE_TOLD(
        s, "09:00 service renkei unmonitored from 09:00", "09:01 service renkei up from 09:01");
}

static void one_that_is_down_is_enough_for_any_at_a_live_start(void **state)
{
    struct scene *s = *state;
    live(s);
    scene_down_when(s, EXPRESSION_ANY, 0, "db", "batch", NULL);
    scene_start(s, "09:00", false);
    down(s, "09:01", "db");

    only_service(s);
    SCENE_TOLD(
        s, "09:00 service renkei unmonitored from 09:00", "09:01 service renkei down from 09:01");
}

static void a_subject_that_is_only_told_of_by_events_is_not_waited_for(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "log", NULL, NULL);
    scene_start(s, "09:00", false);
    scene_at(s, "09:30");
    scene_event(s, "log", "failure", "A", "1");

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00", "09:30 service renkei down from 09:30");
    assert_int_equal(s->point.incident, 1);
}

/* Rows only: what the ledger is told. */
static void only_rows(struct scene *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->line_count; i++) {
        if (strstr(s->lines[i], " row ") != NULL || strstr(s->lines[i], " taken back ") != NULL)
            s->lines[kept++] = s->lines[i];
        else
            free(s->lines[i]);
    }
    s->line_count = kept;
}

static void an_outage_of_which_crediting_back_leaves_nothing_is_taken_back(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ALL, 0, "engine", "db", NULL);
    s->rules[SCENE_ENGINE][0].runs = 1;
    s->rules[SCENE_ENGINE][0].clear_runs = 3;
    s->with_rows = true;
    scene_start(s, "09:00", true);
    down(s, "10:00", "engine");
    up(s, "10:10", "engine");
    down(s, "10:15", "db");
    up(s, "10:20", "engine");
    up(s, "10:30", "engine");

    only_rows(s);
    SCENE_TOLD(s, "09:00 row renkei up from 09:00", "10:15 row renkei down from 10:15",
        "10:30 row renkei up from 09:00", "10:30 taken back renkei down from 10:15");
    assert_int_equal(s->point.taken_back.wall, s->now.wall);
}

static void good_time_found_within_an_outage_parts_it(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "engine", "db", NULL);
    s->rules[SCENE_ENGINE][0].runs = 1;
    s->rules[SCENE_ENGINE][0].clear_runs = 3;
    s->with_rows = true;
    scene_start(s, "09:00", true);
    down(s, "10:00", "engine");
    up(s, "10:10", "engine");
    down(s, "10:15", "db");
    up(s, "10:20", "engine");
    up(s, "10:30", "engine");

    only_rows(s);
    SCENE_TOLD(s, "09:00 row renkei up from 09:00", "10:00 row renkei down from 10:00",
        "10:30 row renkei up from 10:10", "10:30 row renkei down from 10:15");
    assert_int_equal(s->point.detected.wall, s->point.from.wall);
}

static void what_a_triple_is_credited_back_parts_the_outage_of_its_subject(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "disk", NULL, NULL);
    s->rules[SCENE_DISK][0].clear_runs = 2;
    s->with_rows = true;
    scene_start(s, "09:00", true);
    scene_at(s, "10:00");
    scene_number(s, "disk", "/var", "used_percent", 95);
    scene_at(s, "10:10");
    scene_number(s, "disk", "/var", "used_percent", 50);
    scene_at(s, "10:15");
    scene_number(s, "disk", "/srv", "used_percent", 95);
    scene_at(s, "10:20");
    scene_number(s, "disk", "/var", "used_percent", 50);

    only_rows(s);
    SCENE_TOLD(s, "09:00 row renkei up from 09:00", "10:00 row renkei down from 10:00",
        "10:20 row renkei up from 10:10", "10:20 row renkei down from 10:15");
}

static void outages_that_become_one_keep_the_first_detection(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "engine", "db", NULL);
    s->with_rows = true;
    scene_start(s, "09:00", true);
    down(s, "10:00", "db");
    down(s, "10:05", "engine");
    up(s, "10:10", "db");
    down(s, "10:15", "engine");
    down(s, "10:20", "db");
    down(s, "10:25", "engine");

    only_rows(s);
    SCENE_TOLD(s, "09:00 row renkei up from 09:00", "10:00 row renkei down from 10:00",
        "10:10 row renkei up from 10:10", "10:20 row renkei down from 10:20",
        "10:25 row renkei down from 10:10");
    assert_int_equal(s->point.detected.wall, s->now.wall - 25 * 60000);
}

static void a_warning_is_not_bad(void **state)
{
    struct scene *s = *state;
    scene_down_when(s, EXPRESSION_ANY, 0, "disk", NULL, NULL);
    scene_start(s, "09:00", true);
    scene_number(s, "disk", NULL, "used_percent", 85);

    only_service(s);
    SCENE_TOLD(s, "09:00 service renkei up from 09:00");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(outages_that_overlap_are_one),
        TEST(an_outage_of_which_crediting_back_leaves_nothing_is_taken_back),
        TEST(good_time_found_within_an_outage_parts_it),
        TEST(what_a_triple_is_credited_back_parts_the_outage_of_its_subject),
        TEST(outages_that_become_one_keep_the_first_detection),
        TEST(all_is_down_since_the_last_and_good_since_the_first),
        TEST(at_least_two_needs_two),
        TEST(a_slower_check_moves_the_start_of_the_same_outage),
        TEST(good_for_less_than_hold_is_the_same_outage),
        TEST(good_for_as_long_as_hold_ends_the_outage),
        TEST(failing_again_within_hold_but_known_later_is_the_same_outage),
        TEST(degraded_counts_from_when_it_is_no_longer_down),
        TEST(the_pessimistic_start_is_the_last_good_reading),
        TEST(a_live_start_is_unmonitored_until_the_expression_is_known),
        TEST(one_that_is_good_is_enough_for_all_at_a_live_start),
        TEST(one_that_is_down_is_enough_for_any_at_a_live_start),
        TEST(a_subject_that_is_only_told_of_by_events_is_not_waited_for),
        TEST(a_warning_is_not_bad),
    };
    return cmocka_run_group_tests_name("judge/service", tests, NULL, NULL);
}
