/* SPDX-License-Identifier: BSD-2-Clause */
/* What a second counts as. */
#include "sla_fixture.h"

static void one_stop_of_two_hours_meets_recovery_but_not_the_fourth_quarter(void **state)
{
    struct fixture *f = *state;
    struct moment from = {.wall = wall("01-15 10:00") + INT64_C(365) * 86400 * 1000};
    struct moment to = {.wall = from.wall + 7200 * 1000};
    f->points[0] = (struct service_point){.state = SERVICE_DOWN, .from = from, .detected = from};
    f->points[1] = (struct service_point){.state = SERVICE_UP, .from = to, .detected = to};
    f->facts.point_count = 2;

    const struct sla_figures *s = figures(f, "2026Q4");

    assert_int_equal(s->down_s, 7200);
    assert_int_equal(s->recovery[0].result, SLA_PASS);
    assert_false(s->met);
    assert_int_equal(s->budget_left_s, -72);
    assert_true(figures(f, "FY2026")->met);
}

static void a_budget_overdrawn_by_part_of_a_second_is_minus_one(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00:00", "04-15 10:00:00", "04-15 12:00:07");
    assert_int_equal(figures(f, "2026Q1")->budget_left_s, 0);
    assert_true(f->figures.met);

    f->points[1].from.wall += 1000;
    assert_int_equal(figures(f, "2026Q1")->budget_left_s, -1);
    assert_false(f->figures.met);
}

static void an_open_outage_is_pending_until_its_limit_and_failed_after_it(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:02", 1);
    open_incident(f, 1, "04-15 10:02");

    const struct sla_figures *s = figures_at(f, "2026-04", wall("04-15 10:32"));
    assert_int_equal(s->down_s, 1920);
    assert_sample(s->recovery[0], 1, 1800, 1800, SLA_PENDING);
    assert_int_equal(s->notification[0].result, SLA_PENDING);

    s = figures_at(f, "2026-04", wall("04-15 12:02:01"));
    assert_sample(s->recovery[0], 1, 7201, 7201, SLA_FAIL);
    assert_int_equal(s->notification[0].result, SLA_FAIL);
}

static void what_comes_after_as_of_is_not_known_yet(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 10:45");

    const struct sla_figures *s = figures_at(f, "2026-04", wall("04-15 10:30"));
    assert_int_equal(s->down_s, 1800);
    assert_int_equal(s->recovery[0].result, SLA_PENDING);

    s = figures_at(f, "2026-04", wall("04-15 09:00"));
    assert_int_equal(s->down_s, 0);
    assert_int_equal(s->recovery_count, 0);
}

static void the_running_figure_is_over_elapsed_time_and_the_budget_over_the_whole_period(
    void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-01 10:00", "04-01 10:00", "04-01 11:00");

    const struct sla_figures *s = figures_at(f, "FY2026", wall("04-02 00:00"));

    // 00:00-03:00 belongs to 31 March's business day, 05:00-24:00 to its own.
    assert_int_equal(s->elapsed_s, 22 * 3600);
    assert_int_equal(s->planned_s, 28908000);
    assert_false(s->met);
    assert_int_equal(s->budget_left_s, 28908 - 3600);
}

static void the_recovery_clock_stands_outside_the_hours(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 02:30", "04-15 02:30", "04-15 05:10");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 2400);
    assert_sample(s->recovery[0], 1, 2400, 9600, SLA_PASS);
}

static void unmonitored_time_is_a_third_class(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_UNMONITORED, "04-15 10:00", "04-15 10:00", 0);
    say(f, SERVICE_UP, "04-15 20:00", "04-15 20:00", 0);

    const struct sla_figures *s = figures(f, "2026-04");
    assert_int_equal(s->planned_s, 30 * 79200);
    assert_int_equal(s->unmonitored_s, 36000);
    assert_int_equal(s->recovery_count, 0);

    json_t *o = sla_json(s);
    assert_string_equal(json_string_value(json_object_get(o, "measured")), "100.00000");
    assert_string_equal(json_string_value(json_object_get(o, "pessimistic")), "98.48484");
    assert_string_equal(json_string_value(json_object_get(o, "optimistic")), "100.00000");
    assert_string_equal(json_string_value(json_object_get(o, "coverage")), "98.48484");
    json_decref(o);
}

static void a_gap_in_one_boot_is_unmonitored_until_somebody_judges_it(void **state)
{
    struct fixture *f = *state;
    struct record_alive last = {.at = at(f, "04-15 10:00"), .boot_id = "boot-1"};
    struct moment started = at(f, "04-15 11:00");
    struct gap gap;

    assert_true(gap_find(&last, started, "boot-1", &gap));
    gap_point(&gap, service_name, started, &f->points[f->facts.point_count++]);
    say(f, SERVICE_UP, "04-15 11:01", "04-15 11:01", 0);
    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->unmonitored_s, 3660);
    assert_int_equal(s->down_s, 0);
    service_point_deinit(&f->points[0]);
}

static void before_the_first_word_nothing_is_known(void **state)
{
    struct fixture *f = *state;
    f->facts.begin = wall("04-15 10:00");
    say(f, SERVICE_UP, "04-15 10:00", "04-15 10:00", 0);

    const struct sla_figures *s = figures_at(f, "2026-04", wall("04-15 12:00"));

    assert_int_equal(s->up_s, 7200);
    assert_int_equal(s->unmonitored_s, s->elapsed_s - 7200);
}

static void a_period_without_a_measured_second_has_no_percentage(void **state)
{
    struct fixture *f = *state;

    json_t *o = sla_json(figures_at(f, "2026Q1", wall("03-01 00:00")));

    assert_false(f->figures.measurable);
    assert_string_equal(json_string_value(json_object_get(o, "measured")), "n/a");
    assert_true(json_is_null(json_object_get(o, "met")));
    json_decref(o);
}

static void a_service_is_planned_from_its_start_on(void **state)
{
    struct fixture *f = *state;
    struct civil_date start = {2026, 6, 30};
    f->service.start = civil_day(start);

    const struct sla_figures *s = figures(f, "2026Q1");

    assert_int_equal(s->planned_s, 22 * 3600);
    assert_int_equal(s->up_s, 22 * 3600);
}

static void good_time_shorter_than_the_hold_joins_two_outages(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 10:10");
    outage(f, 2, "04-15 10:11", "04-15 10:13", "04-15 10:45");
    assert_int_equal(figures(f, "2026-04")->recovery_count, 2);
    assert_int_equal(f->figures.down_s, 2640);

    f->service.hold = 120 * 1000;
    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 2700);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 2580, 2580, SLA_PASS);
}

static void an_outage_below_the_least_length_did_not_happen(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00:00", "04-15 10:00:00", "04-15 10:00:59");
    assert_int_equal(figures(f, "2026-04")->down_s, 59);

    f->service.sla.min_outage = 60 * 1000;

    assert_int_equal(figures(f, "2026-04")->down_s, 0);
    assert_int_equal(f->figures.recovery_count, 0);
    assert_int_equal(figures_at(f, "2026-04", wall("04-15 10:00:30"))->down_s, 30);
}

static void a_later_word_moves_the_start_and_keeps_the_detection(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:02", 1);
    say(f, SERVICE_DOWN, "04-15 09:50", "04-15 10:02", 1);
    say(f, SERVICE_UP, "04-15 10:45", "04-16 09:00", 0);

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 3300);
    assert_sample(s->recovery[0], 1, 2580, 2580, SLA_PASS);
}

static void an_outage_that_was_taken_back_is_a_sample_of_nothing(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:02", 1);
    say(f, SERVICE_UP, "04-15 09:00", "04-15 10:30", 0);
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:02", 1);
    f->points[2].taken_back = at(f, "04-15 10:30");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 0);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 0, 0, SLA_PASS);
}

static void what_was_taken_back_outside_the_hours_is_no_sample(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 03:10", "04-15 03:20", 1);
    f->points[0].taken_back = at(f, "04-15 04:50");

    assert_int_equal(figures(f, "2026-04")->recovery_count, 0);
}

static void good_for_less_than_the_hold_until_nobody_could_look_is_down(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:00", 1);
    say(f, SERVICE_UP, "04-15 10:30", "04-15 10:30", 0);
    say(f, SERVICE_UNMONITORED, "04-15 10:31", "04-15 10:31", 0);
    say(f, SERVICE_UP, "04-15 10:40", "04-15 10:40", 0);
    f->service.hold = 120 * 1000;

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 1860);
    assert_int_equal(s->unmonitored_s, 540);
}

static void an_outage_goes_on_until_it_stayed_good_for_the_hold(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:00", "04-15 10:30");
    f->service.hold = 120 * 1000;

    assert_int_equal(figures_at(f, "2026-04", wall("04-15 10:31"))->down_s, 1860);
    assert_sample(f->figures.recovery[0], 1, 1860, 1860, SLA_PENDING);
    assert_int_equal(figures_at(f, "2026-04", wall("04-15 10:32"))->down_s, 1800);
    assert_sample(f->figures.recovery[0], 1, 1800, 1800, SLA_PASS);
}

static void a_judgement_of_a_gap_is_no_matter_of_the_hold(void **state)
{
    struct fixture *f = *state;
    const struct judgement up = {.gap = 7, .is_up = true};
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:00", 1);
    say(f, SERVICE_UNMONITORED, "04-15 10:30", "04-15 10:30", 0);
    f->points[1].row = 7;
    say(f, SERVICE_DOWN, "04-15 10:31", "04-15 10:31", 2);
    say(f, SERVICE_UP, "04-15 10:40", "04-15 10:40", 0);
    f->facts.judgements = &up;
    f->facts.judgement_count = 1;
    f->service.hold = 120 * 1000;

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 1800 + 540);
    assert_int_equal(s->recovery_count, 2);
}

static void blindness_inside_an_outage_does_not_end_its_recovery(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:00", 1);
    say(f, SERVICE_UNMONITORED, "04-15 10:10", "04-15 10:10", 0);
    say(f, SERVICE_DOWN, "04-15 10:20", "04-15 10:20", 1);
    say(f, SERVICE_UP, "04-15 10:30", "04-15 10:30", 0);

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 1200);
    assert_int_equal(s->unmonitored_s, 600);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 1800, 1800, SLA_PASS);
}

static void a_clock_set_forward_leaves_a_hole_that_is_printed(void **state)
{
    struct fixture *f = *state;
    struct moment step = at(f, "04-15 10:05");
    f->steps[0] = (struct sla_step){step.wall, wall("04-15 10:15"), step.boot};
    f->facts.step_count = 1;
    struct moment start = at(f, "04-15 10:00");
    struct moment good = {.wall = wall("04-15 10:20"), .boot = start.boot + 600 * 1000};
    f->points[0] = (struct service_point){.state = SERVICE_DOWN, .from = start, .detected = start};
    f->points[1] = (struct service_point){.state = SERVICE_UP, .from = good, .detected = good};
    f->facts.point_count = 2;

    json_t *o = sla_json(figures(f, "2026-04"));

    assert_int_equal(f->figures.down_s, 600);
    assert_int_equal(json_integer_value(json_object_get(o, "clock_correction_s")), -600);
    json_decref(o);
}

static void a_gap_in_which_the_clock_was_set_back_lasts_until_the_first_check(void **state)
{
    struct fixture *f = *state;
    struct record_alive last = {.at = at(f, "04-15 10:00"), .boot_id = "boot-1"};
    struct moment started = {.wall = wall("04-15 09:55"), .boot = 20 * 1000};
    struct moment good = {.wall = wall("04-15 09:57"), .boot = 140 * 1000};
    struct gap gap;

    assert_true(gap_find(&last, started, "boot-2", &gap));
    assert_true(gap.clock_went_back);
    f->steps[f->facts.step_count++] = (struct sla_step){gap.from.wall, started.wall, started.boot};
    gap_point(&gap, service_name, started, &f->points[f->facts.point_count++]);
    f->points[f->facts.point_count++] = (struct service_point){
        .service = service_name, .state = SERVICE_UP, .from = good, .detected = good};
    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 120);
    assert_int_equal(s->clock_correction_s, 300);
    service_point_deinit(&f->points[0]);
}

static void a_check_that_fails_after_a_reboot_goes_on_with_the_same_outage(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "05-21 14:00", "05-21 14:08", 0);
    say(f, SERVICE_DOWN, "05-21 14:09", "05-21 14:10", 5);
    say(f, SERVICE_UP, "05-21 14:20", "05-21 14:20", 0);

    const struct sla_figures *s = figures(f, "2026-05");

    assert_int_equal(s->down_s, 1200);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 5, 720, 720, SLA_PASS);
}

static void a_missed_target_is_said_in_the_json(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 14:00");

    json_t *o = sla_json(figures(f, "2026Q1"));

    assert_true(json_is_false(json_object_get(o, "met")));
    json_t *recovery = json_object_get(o, "recovery");
    assert_int_equal(json_integer_value(json_object_get(recovery, "passed")), 0);
    assert_int_equal(json_integer_value(json_object_get(recovery, "total")), 1);
    json_decref(o);
}

static void states_that_are_only_shown_do_not_change_the_line(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "04-15 10:00", "04-15 10:00", 1);
    say(f, SERVICE_MAINTENANCE, "04-15 10:10", "04-15 10:10", 0);
    say(f, SERVICE_UP, "04-15 10:20", "04-15 10:20", 0);

    assert_int_equal(figures(f, "2026-04")->down_s, 1200);
}

static void a_time_that_no_clock_showed_is_the_end_of_the_hole(void **state)
{
    struct fixture *f = *state;
    struct moment first = at(f, "04-14 10:05"), second = at(f, "04-15 10:05");
    f->steps[0] = (struct sla_step){first.wall, wall("04-14 10:15"), first.boot};
    f->steps[1] = (struct sla_step){second.wall, wall("04-15 10:15"), second.boot};
    f->facts.step_count = 2;
    outage(f, 1, "04-15 10:10", "04-15 10:10", "04-15 10:25");
    outage(f, 2, "04-14 10:10", "04-14 10:10", "04-14 10:20");

    // The later word of the earlier day is the last one: the day after is up again.
    assert_int_equal(figures(f, "2026-04")->down_s, 300);
    assert_int_equal(figures_at(f, "2026-04", wall("04-14 10:12"))->down_s, 0);
}

static void many_settings_of_the_clock_keep_the_sum(void **state)
{
    struct fixture *f = *state;
    mono_ms boot = at(f, "04-15 10:00").boot;
    wall_ms now = wall("04-15 10:00");
    f->points[0] = (struct service_point){
        .state = SERVICE_DOWN, .from = {now, boot}, .detected = {now, boot}, .incident = 1};
    // Ten times: a minute passes, then the clock goes back by 90 s.
    for (int i = 0; i < 10; i++) {
        now += 60 * 1000;
        boot += 60 * 1000;
        f->steps[f->facts.step_count++] = (struct sla_step){now, now - 90 * 1000, boot};
        now -= 90 * 1000;
    }
    now += 60 * 1000;
    boot += 60 * 1000;
    f->points[1] =
        (struct service_point){.state = SERVICE_UP, .from = {now, boot}, .detected = {now, boot}};
    f->facts.point_count = 2;

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 660);
    assert_int_equal(s->clock_correction_s, 900);
    assert_sample(s->recovery[0], 1, 660, 660, SLA_PASS);
}

static void only_gaps_that_ended_and_that_nobody_judged_are_open(void **state)
{
    struct fixture *f = *state;
    const struct judgement up = {.gap = 7, .is_up = true};
    for (int i = 0; i < 4; i++) {
        say(f, SERVICE_UNMONITORED, i < 3 ? "04-15 10:00" : "04-15 16:00", "04-15 10:00", 0);
        struct service_point *gap = &f->points[f->facts.point_count - 1];
        gap->from.wall += i < 3 ? (wall_ms)i * 3600000 : 0;
        gap->from.boot += i < 3 ? (span_ms)i * 3600000 : 0;
        gap->row = (uint64_t)(6 + i);
        if (i == 3)
            continue;
        f->points[f->facts.point_count] = *gap;
        gap = &f->points[f->facts.point_count++];
        gap->state = SERVICE_UP;
        gap->from.wall += 600000;
        gap->from.boot += 600000;
        gap->row = 0;
    }
    f->facts.judgements = &up;
    f->facts.judgement_count = 1;

    const struct sla_figures *figures = figures_at(f, "2026Q1", wall("04-15 18:00"));
    json_t *all = sla_gaps_json(figures, false), *open = sla_gaps_json(figures, true);

    assert_int_equal(json_array_size(all), 4);
    assert_true(json_is_null(json_object_get(json_array_get(all, 3), "to")));
    assert_int_equal(json_array_size(open), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(open, 0), "id")), 6);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(open, 1), "id")), 8);
    json_decref(all);
    json_decref(open);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(one_stop_of_two_hours_meets_recovery_but_not_the_fourth_quarter),
        with_fixture(a_budget_overdrawn_by_part_of_a_second_is_minus_one),
        with_fixture(an_open_outage_is_pending_until_its_limit_and_failed_after_it),
        with_fixture(what_comes_after_as_of_is_not_known_yet),
        with_fixture(the_running_figure_is_over_elapsed_time_and_the_budget_over_the_whole_period),
        with_fixture(the_recovery_clock_stands_outside_the_hours),
        with_fixture(unmonitored_time_is_a_third_class),
        with_fixture(a_gap_in_one_boot_is_unmonitored_until_somebody_judges_it),
        with_fixture(before_the_first_word_nothing_is_known),
        with_fixture(a_period_without_a_measured_second_has_no_percentage),
        with_fixture(a_service_is_planned_from_its_start_on),
        with_fixture(good_time_shorter_than_the_hold_joins_two_outages),
        with_fixture(an_outage_that_was_taken_back_is_a_sample_of_nothing),
        with_fixture(what_was_taken_back_outside_the_hours_is_no_sample),
        with_fixture(good_for_less_than_the_hold_until_nobody_could_look_is_down),
        with_fixture(an_outage_goes_on_until_it_stayed_good_for_the_hold),
        with_fixture(a_judgement_of_a_gap_is_no_matter_of_the_hold),
        with_fixture(only_gaps_that_ended_and_that_nobody_judged_are_open),
        with_fixture(an_outage_below_the_least_length_did_not_happen),
        with_fixture(a_later_word_moves_the_start_and_keeps_the_detection),
        with_fixture(blindness_inside_an_outage_does_not_end_its_recovery),
        with_fixture(a_clock_set_forward_leaves_a_hole_that_is_printed),
        with_fixture(a_gap_in_which_the_clock_was_set_back_lasts_until_the_first_check),
        with_fixture(a_check_that_fails_after_a_reboot_goes_on_with_the_same_outage),
        with_fixture(a_missed_target_is_said_in_the_json),
        with_fixture(states_that_are_only_shown_do_not_change_the_line),
        with_fixture(a_time_that_no_clock_showed_is_the_end_of_the_hole),
        with_fixture(many_settings_of_the_clock_keep_the_sum),
    };
    return cmocka_run_group_tests_name("record/sla", tests, NULL, NULL);
}
