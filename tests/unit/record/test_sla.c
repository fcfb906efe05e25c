/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/text.h"
#include "record/gap.h"
#include "record/sla.h"
#include "unit.h"

enum { FACTS_MAX = 16 };

/* A service of 05:00-27:00 in Tokyo under the contract's terms, and what was said of it. */
struct fixture {
    struct zone *zone;
    struct calendar_window hours;
    struct calendar_settings calendar_settings;
    struct calendar calendar;
    struct service_settings service;
    struct service_point points[FACTS_MAX];
    struct sla_step steps[FACTS_MAX];
    struct incident incidents[FACTS_MAX];
    struct sla_facts facts;
    struct sla_figures figures;
    wall_ms boot_at; /* when the boot clock was 0 */
};

static char service_name[] = "renkei";

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(zone_new("Asia/Tokyo", &f->zone), 0);
    f->hours = (struct calendar_window){5 * 60, 27 * 60};
    f->calendar_settings =
        (struct calendar_settings){.hours = &f->hours, .hour_count = 1, .weekdays = 0x7f};
    f->calendar = (struct calendar){&f->calendar_settings, f->zone};
    f->service = (struct service_settings){.name = service_name,
        .start = INT32_MIN,
        .sla = {.set = true,
            .availability = 99900,
            .recovery = 7200 * 1000,
            .notification = 1800 * 1000,
            .period = PERIOD_FISCAL_YEAR}};
    f->facts = (struct sla_facts){
        .points = f->points, .steps = f->steps, .incidents = f->incidents, .begin = INT64_MIN};
    text_parse_time("2026-04-01T00:00:00+09:00", &f->boot_at);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sla_figures_deinit(&f->figures);
    f->zone = zone_free(f->zone);
    free(f);
    return 0;
}

/* "04-15 10:00" or "04-15 10:00:30" of 2026, Tokyo. */
static wall_ms wall(const char *when)
{
    char whole[40];
    wall_ms ms = 0;
    snprintf(whole, sizeof whole, "2026-%.5sT%s%s+09:00", when, when + 6,
        strlen(when) == 11 ? ":00" : "");
    assert_true(text_parse_time(whole, &ms));
    return ms;
}

static struct moment at(const struct fixture *f, const char *when)
{
    return (struct moment){.wall = wall(when), .boot = wall(when) - f->boot_at};
}

static void say(struct fixture *f, enum service_state state, const char *from, const char *detected,
    uint64_t incident)
{
    f->points[f->facts.point_count++] = (struct service_point){.service = service_name,
        .state = state,
        .from = at(f, from),
        .detected = at(f, detected),
        .incident = incident};
}

/* An outage of incident @id with its end. */
static void outage(
    struct fixture *f, uint64_t id, const char *failed, const char *detected, const char *good)
{
    say(f, SERVICE_DOWN, failed, detected, id);
    say(f, SERVICE_UP, good, good, 0);
}

static struct incident *open_incident(struct fixture *f, uint64_t id, const char *detected)
{
    struct incident *i = &f->incidents[f->facts.incident_count++];
    *i = (struct incident){.id = id,
        .severity = SEVERITY_CRITICAL,
        .failed_at = at(f, detected),
        .detected_at = at(f, detected)};
    return i;
}

static const struct sla_figures *figures_at(struct fixture *f, const char *label, wall_ms as_of)
{
    struct period period;
    assert_true(period_parse(label, f->zone, 4, 0, &period));
    sla_figures_deinit(&f->figures);
    sla_compute(&f->service, &f->calendar, &period, &f->facts, as_of, &f->figures);
    const struct sla_figures *s = &f->figures;
    assert_int_equal(
        sla_measured(s) + s->unmonitored_s + s->excluded_s, s->elapsed_s + s->clock_correction_s);
    return s;
}

/* After all periods that are asked for. */
static const struct sla_figures *figures(struct fixture *f, const char *label)
{
    wall_ms later;
    text_parse_time("2030-01-01T00:00:00+09:00", &later);
    return figures_at(f, label, later);
}

#define assert_sample(sample, id, service, wall, outcome) \
    do {                                                  \
        assert_int_equal((sample).incident, id);          \
        assert_int_equal((sample).service_s, service);    \
        assert_int_equal((sample).wall_s, wall);          \
        assert_int_equal((sample).result, outcome);       \
    } while (0)

/* ---- worked examples --------------------------------------------------------------------- */

static void a_plain_outage_is_counted_from_the_first_failure_and_recovered_from_detection(
    void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 10:45");

    const struct sla_figures *s = figures(f, "2026Q1");

    assert_int_equal(s->planned_s, 7207200);
    assert_int_equal(s->down_s, 2700);
    assert_int_equal(s->unmonitored_s, 0);
    assert_int_equal(s->budget_s, 7207);
    assert_int_equal(s->budget_left_s, 4507);
    assert_true(s->met);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 2580, 2580, SLA_PASS);
}

static void an_overrun_of_the_daily_maintenance_counts_from_the_hours_start(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-17 03:00", "04-17 05:00", "04-17 05:40");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 2400);
    assert_sample(s->recovery[0], 1, 2400, 2400, SLA_PASS);
}

static void a_stop_inside_the_daily_maintenance_is_no_downtime_and_no_sample(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-18 03:10", "04-18 03:12", "04-18 04:50");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 0);
    assert_int_equal(s->recovery_count, 0);
}

static void an_outage_across_a_quarter_is_cut_but_its_sample_stays_with_the_detection(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "06-30 23:30", "06-30 23:31", "07-01 00:50");

    const struct sla_figures *s = figures(f, "2026Q1");
    assert_int_equal(s->down_s, 1800);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 4740, 4740, SLA_PASS);

    s = figures(f, "2026Q2");
    assert_int_equal(s->down_s, 3000);
    assert_int_equal(s->recovery_count, 0);
}

static void a_reboot_is_down_from_the_last_heartbeat_to_the_first_good_check(void **state)
{
    struct fixture *f = *state;
    struct record_alive last = {.at = at(f, "05-21 14:00:00"), .boot_id = "boot-1"};
    struct moment started = {.wall = wall("05-21 14:08:00"), .boot = 30 * 1000};
    struct gap gap;

    assert_true(gap_find(&last, started, "boot-2", &gap));
    gap_point(&gap, service_name, started, &f->points[f->facts.point_count++]);
    struct service_point good = {.service = service_name,
        .state = SERVICE_UP,
        .from = {.wall = wall("05-21 14:11:00"), .boot = 210 * 1000},
        .detected = {.wall = wall("05-21 14:11:00"), .boot = 210 * 1000}};
    f->points[f->facts.point_count++] = good;
    const struct sla_figures *s = figures(f, "2026-05");

    assert_int_equal(s->down_s, 660);
    assert_int_equal(s->unmonitored_s, 0);
    assert_sample(s->recovery[0], 0, 180, 180, SLA_PASS);
    service_point_deinit(&f->points[0]);
}

static void a_clock_set_back_in_an_outage_does_not_shorten_it(void **state)
{
    struct fixture *f = *state;
    struct moment start = at(f, "04-15 10:00"), step = at(f, "04-15 10:05");
    f->steps[0] = (struct sla_step){step.wall, wall("04-15 09:55"), step.boot};
    f->facts.step_count = 1;
    struct moment good = {.wall = wall("04-15 10:10"), .boot = start.boot + 1200 * 1000};
    f->points[0] = (struct service_point){.state = SERVICE_DOWN, .from = start, .detected = start};
    f->points[1] = (struct service_point){.state = SERVICE_UP, .from = good, .detected = good};
    f->facts.point_count = 2;

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->down_s, 1200);
    assert_int_equal(s->clock_correction_s, 600);
    assert_sample(s->recovery[0], 0, 1200, 1200, SLA_PASS);
}

static void degraded_operation_counts_as_started_and_as_available(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "05-13 09:05", "05-13 09:10", 1);
    say(f, SERVICE_DEGRADED, "05-13 10:40", "05-13 10:40", 1);
    say(f, SERVICE_UP, "05-13 15:00", "05-13 15:00", 0);

    const struct sla_figures *s = figures(f, "2026-05");

    assert_int_equal(s->down_s, 5700);
    assert_int_equal(s->degraded_s, 15600);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 5400, 5400, SLA_PASS);
}

static void overlapping_outages_are_down_once(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "05-12 10:00", "05-12 10:00", 1);
    say(f, SERVICE_DOWN, "05-12 10:20", "05-12 10:20", 2);
    say(f, SERVICE_UP, "05-12 10:50", "05-12 10:50", 0);

    const struct sla_figures *s = figures(f, "2026-05");

    assert_int_equal(s->down_s, 3000);
    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 3000, 3000, SLA_PASS);
}

static void when_the_city_calls_first_the_clock_starts_at_the_call(void **state)
{
    struct fixture *f = *state;
    struct incident *i = open_incident(f, 1, "04-15 09:20");
    i->called_at = at(f, "04-15 09:00");
    i->reported_at = at(f, "04-15 09:28");
    i->cleared_at = at(f, "04-15 09:40");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->notification_count, 1);
    assert_sample(s->notification[0], 1, 1680, 1680, SLA_PASS);
}

static void a_recovery_of_7200_s_passes_and_of_7201_s_fails(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00:00", "04-15 10:00:00", "04-15 12:00:00");
    outage(f, 2, "04-16 10:00:00", "04-16 10:00:00", "04-16 12:00:01");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->recovery_count, 2);
    assert_sample(s->recovery[0], 1, 7200, 7200, SLA_PASS);
    assert_sample(s->recovery[1], 2, 7201, 7201, SLA_FAIL);
}

static void a_report_after_1800_s_passes_and_after_1801_s_fails(void **state)
{
    struct fixture *f = *state;
    open_incident(f, 1, "04-15 10:00:00")->reported_at = at(f, "04-15 10:30:00");
    open_incident(f, 2, "04-16 10:00:00")->reported_at = at(f, "04-16 10:30:01");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_sample(s->notification[0], 1, 1800, 1800, SLA_PASS);
    assert_sample(s->notification[1], 2, 1801, 1801, SLA_FAIL);
}

static void a_quarter_with_no_incident_is_100_percent_with_no_samples(void **state)
{
    struct fixture *f = *state;

    json_t *o = sla_json(figures(f, "2026Q1"));

    assert_string_equal(json_string_value(json_object_get(o, "measured")), "100.00000");
    json_t *recovery = json_object_get(o, "recovery");
    assert_int_equal(json_integer_value(json_object_get(recovery, "total")), 0);
    assert_int_equal(json_array_size(json_object_get(recovery, "samples")), 0);
    json_decref(o);
}

static void fiscal_year_2027_has_a_leap_day(void **state)
{
    struct fixture *f = *state;

    const struct sla_figures *s = figures(f, "FY2027");

    assert_int_equal(s->planned_s, 28987200);
    assert_int_equal(s->budget_s, 28987);
}

static void the_budgets_of_fiscal_year_2026_are_those_of_the_contract(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(figures(f, "FY2026")->planned_s, 28908000);
    assert_int_equal(figures(f, "FY2026")->budget_s, 28908);
    assert_int_equal(figures(f, "2026Q1")->budget_s, 7207);
    assert_int_equal(figures(f, "2026Q2")->budget_s, 7286);
    assert_int_equal(figures(f, "2026Q3")->budget_s, 7286);
    assert_int_equal(figures(f, "2026Q4")->budget_s, 7128);
    assert_int_equal(figures(f, "2026-05")->planned_s, 682 * 3600);
}

/* ---- rules ------------------------------------------------------------------------------- */

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

static void a_false_detection_loses_its_samples(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 10:45");
    open_incident(f, 1, "04-15 10:02")->flags = INCIDENT_FALSE;

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->recovery_count, 0);
    assert_int_equal(s->notification_count, 0);
}

static void an_accepted_notice_counts_only_where_that_was_agreed(void **state)
{
    struct fixture *f = *state;
    open_incident(f, 1, "04-15 10:00")->notified_at = at(f, "04-15 10:01");
    assert_int_equal(figures(f, "2026-04")->notification[0].result, SLA_FAIL);

    f->service.sla.auto_counts = true;

    assert_sample(figures(f, "2026-04")->notification[0], 1, 60, 60, SLA_PASS);
}

static bool says_unconfirmed(struct fixture *f)
{
    json_t *o = sla_json(figures(f, "2026-04"));
    bool says = json_is_true(json_object_get(o, "count_unconfirmed"));
    json_decref(o);
    return says;
}

static void figures_that_count_what_was_only_sent_say_so(void **state)
{
    struct fixture *f = *state;
    struct incident *i = open_incident(f, 1, "04-15 10:00");
    i->notified_at = at(f, "04-15 10:01");
    assert_false(says_unconfirmed(f));

    i->flags |= INCIDENT_UNCONFIRMED;
    assert_true(says_unconfirmed(f));
    assert_true(f->figures.notification[0].is_unconfirmed);

    i->flags = 0;
    f->service.sla.count_unconfirmed = true;
    assert_true(says_unconfirmed(f));
    assert_false(f->figures.notification[0].is_unconfirmed);
}

static void warnings_and_stops_at_night_are_no_notification_samples(void **state)
{
    struct fixture *f = *state;
    open_incident(f, 1, "04-15 10:00")->severity = SEVERITY_WARNING;
    open_incident(f, 2, "04-15 03:30")->cleared_at = at(f, "04-15 04:30");
    open_incident(f, 3, "04-16 03:30")->cleared_at = at(f, "04-16 05:10");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->notification_count, 1);
    assert_int_equal(s->notification[0].incident, 3);
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

static void other_incidents_within_an_outage_are_no_further_samples(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, "05-12 10:00", "05-12 10:00", 1);
    say(f, SERVICE_DOWN, "05-12 10:20", "05-12 10:20", 2);
    say(f, SERVICE_DOWN, "05-12 10:30", "05-12 10:30", 1);
    say(f, SERVICE_UNMONITORED, "05-12 10:40", "05-12 10:40", 0);
    say(f, SERVICE_UP, "05-12 10:50", "05-12 10:50", 0);

    const struct sla_figures *s = figures(f, "2026-05");

    assert_int_equal(s->recovery_count, 1);
    assert_sample(s->recovery[0], 1, 3000, 3000, SLA_PASS);
}

static void a_call_without_a_detection_is_a_sample_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct incident *i = open_incident(f, 1, "04-15 09:20");
    i->called_at = at(f, "04-15 09:00");
    i->detected_at = (struct moment){0};
    i->reported_at = at(f, "04-15 09:10");
    open_incident(f, 2, "04-15 09:20")->detected_at = (struct moment){0};

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->notification_count, 1);
    assert_sample(s->notification[0], 1, 600, 600, SLA_PASS);
}

static void a_call_after_the_detection_does_not_start_the_clock_again(void **state)
{
    struct fixture *f = *state;
    struct incident *i = open_incident(f, 1, "04-15 09:00");
    i->called_at = at(f, "04-15 09:20");
    i->reported_at = at(f, "04-15 09:28");

    assert_sample(figures(f, "2026-04")->notification[0], 1, 1680, 1680, SLA_PASS);
}

static void a_report_that_comes_after_as_of_is_not_known_yet(void **state)
{
    struct fixture *f = *state;
    open_incident(f, 1, "04-15 09:00")->reported_at = at(f, "04-15 09:10");

    const struct sla_figures *s = figures_at(f, "2026-04", wall("04-15 09:05"));

    assert_sample(s->notification[0], 1, 300, 300, SLA_PENDING);
}

static void a_sample_belongs_to_no_other_period(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "05-15 10:00", "05-15 10:02", "05-15 10:45");
    open_incident(f, 1, "05-15 10:02");

    assert_int_equal(figures(f, "2026-04")->recovery_count, 0);
    assert_int_equal(f->figures.notification_count, 0);
    assert_int_equal(figures(f, "2026-06")->recovery_count, 0);
    assert_int_equal(figures(f, "2026-05")->notification_count, 1);
}

static void without_a_limit_in_the_contract_there_are_no_samples(void **state)
{
    struct fixture *f = *state;
    struct civil_date start = {2025, 4, 1};
    f->service.start = civil_day(start);
    f->service.sla.recovery = 0;
    f->service.sla.notification = 0;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 10:45");
    open_incident(f, 1, "04-15 10:02");

    const struct sla_figures *s = figures(f, "2026-04");

    assert_int_equal(s->planned_s, 30 * 79200);
    assert_int_equal(s->down_s, 2700);
    assert_int_equal(s->recovery_count + s->notification_count, 0);
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

/* ---- against a model --------------------------------------------------------------------- */

enum { MODEL_SECONDS = 2 * 86400, MODEL_ROUNDS = 200 };

/* A generator that is the same everywhere (Knuth's MMIX). */
static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

/* Says random things, and paints them second by second into @seconds as they are said. */
static void say_at_random(struct fixture *f, uint64_t *seed, wall_ms begin, uint8_t *seconds)
{
    memset(seconds, SERVICE_UP, MODEL_SECONDS);
    f->facts.point_count = 2 + draw(seed, FACTS_MAX - 2);
    for (size_t i = 0; i < f->facts.point_count; i++) {
        uint32_t from = draw(seed, MODEL_SECONDS);
        struct moment at_ms = {.wall = begin + from * INT64_C(1000) + draw(seed, 1000)};
        f->points[i] =
            (struct service_point){.state = (enum service_state)(SERVICE_UP + draw(seed, 4)),
                .from = at_ms,
                .detected = at_ms};
        memset(seconds + from, (int)f->points[i].state, MODEL_SECONDS - from);
    }
}

static void any_course_of_states_gives_what_counting_seconds_gives(void **state)
{
    struct fixture *f = *state;
    uint8_t *seconds = calloc(1, MODEL_SECONDS);
    bool *open = calloc(MODEL_SECONDS, sizeof *open);
    wall_ms begin = wall("04-15 00:00");
    uint64_t seed = 20260415;
    for (int i = 0; i < MODEL_SECONDS; i++)
        open[i] = calendar_open_at(&f->calendar, begin + i * INT64_C(1000));

    for (int round = 0; round < MODEL_ROUNDS; round++) {
        int64_t expected[5] = {0};
        say_at_random(f, &seed, begin, seconds);
        uint32_t as_of = draw(&seed, MODEL_SECONDS);
        for (uint32_t i = 0; i < as_of; i++)
            expected[seconds[i]] += open[i];

        const struct sla_figures *s =
            figures_at(f, "2026-04-15..2026-04-17", begin + as_of * INT64_C(1000));

        assert_int_equal(s->up_s, expected[SERVICE_UP]);
        assert_int_equal(s->degraded_s, expected[SERVICE_DEGRADED]);
        assert_int_equal(s->down_s, expected[SERVICE_DOWN]);
        assert_int_equal(s->unmonitored_s, expected[SERVICE_UNMONITORED]);
    }
    free(open);
    free(seconds);
}

static void percentages_are_truncated_and_exact(void **state UNUSED)
{
    char text[SLA_PERCENT_BYTES];

    assert_string_equal(sla_percent(text, 7207200 - 2700, 7207200), "99.96253");
    assert_string_equal(sla_percent(text, 9999999, 10000000), "99.99999");
    assert_string_equal(sla_percent(text, 99999999, 100000000), "99.99999");
    assert_string_equal(sla_percent(text, INT64_MAX - 1, INT64_MAX), "99.99999");
    assert_string_equal(sla_percent(text, 0, 7), "0.00000");
    assert_string_equal(sla_percent(text, 7, 7), "100.00000");
    assert_string_equal(sla_percent(text, 0, 0), "n/a");
    assert_string_equal(sla_percent(text, -1, 7), "n/a");
    assert_string_equal(sla_percent(text, 8, 7), "n/a");
}

static void the_pass_test_is_in_integers_and_inclusive(void **state UNUSED)
{
    assert_true(sla_met(999, 1000, 99900));
    assert_false(sla_met(998999, 1000000, 99900));
    assert_true(sla_met(INT64_MAX, INT64_MAX, 100000));
    assert_false(sla_met(INT64_MAX - 1, INT64_MAX, 100000));
}

static void the_json_is_that_of_the_replay_document(void **state)
{
    struct fixture *f = *state;
    outage(f, 1, "04-15 10:00", "04-15 10:02", "04-15 10:45");
    open_incident(f, 1, "04-15 10:02")->reported_at = at(f, "04-15 10:12");

    json_t *o = sla_json(figures(f, "2026Q1"));
    char *text = json_dumps(o, JSON_COMPACT);

    assert_string_equal(text,
        "{\"service\":\"renkei\",\"period\":\"2026Q1\",\"planned_s\":7207200,\"down_s\":2700,"
        "\"degraded_s\":0,\"excluded_s\":0,\"unmonitored_s\":0,\"measured\":\"99.96253\","
        "\"pessimistic\":\"99.96253\",\"optimistic\":\"99.96253\",\"coverage\":\"100.00000\","
        "\"target\":\"99.90000\",\"met\":true,\"budget_s\":7207,\"budget_left_s\":4507,"
        "\"recovery\":{\"passed\":1,\"total\":1,\"pending\":0,\"samples\":[{\"incident\":1,"
        "\"service_s\":2580,\"wall_s\":2580,\"result\":\"pass\"}]},"
        "\"notification\":{\"passed\":1,\"total\":1,\"pending\":0,\"samples\":[{\"incident\":1,"
        "\"service_s\":600,\"wall_s\":600,\"result\":\"pass\",\"told_s\":null}],"
        "\"told\":0,\"told_slowest_s\":null},"
        "\"elapsed_s\":7207200,\"up_s\":7204500,\"maintenance_s\":0,\"late_registered_s\":0,"
        "\"forgiven_s\":0,\"without_exclusions\":{\"measured\":\"99.96253\",\"met\":true},"
        "\"gaps\":[]}");
    free(text);
    json_decref(o);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(a_plain_outage_is_counted_from_the_first_failure_and_recovered_from_detection),
        with_fixture(an_overrun_of_the_daily_maintenance_counts_from_the_hours_start),
        with_fixture(a_stop_inside_the_daily_maintenance_is_no_downtime_and_no_sample),
        with_fixture(an_outage_across_a_quarter_is_cut_but_its_sample_stays_with_the_detection),
        with_fixture(a_reboot_is_down_from_the_last_heartbeat_to_the_first_good_check),
        with_fixture(a_clock_set_back_in_an_outage_does_not_shorten_it),
        with_fixture(degraded_operation_counts_as_started_and_as_available),
        with_fixture(overlapping_outages_are_down_once),
        with_fixture(when_the_city_calls_first_the_clock_starts_at_the_call),
        with_fixture(a_recovery_of_7200_s_passes_and_of_7201_s_fails),
        with_fixture(a_report_after_1800_s_passes_and_after_1801_s_fails),
        with_fixture(a_quarter_with_no_incident_is_100_percent_with_no_samples),
        with_fixture(fiscal_year_2027_has_a_leap_day),
        with_fixture(the_budgets_of_fiscal_year_2026_are_those_of_the_contract),
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
        with_fixture(a_false_detection_loses_its_samples),
        with_fixture(an_accepted_notice_counts_only_where_that_was_agreed),
        with_fixture(warnings_and_stops_at_night_are_no_notification_samples),
        with_fixture(figures_that_count_what_was_only_sent_say_so),
        with_fixture(a_clock_set_forward_leaves_a_hole_that_is_printed),
        with_fixture(a_gap_in_which_the_clock_was_set_back_lasts_until_the_first_check),
        with_fixture(a_check_that_fails_after_a_reboot_goes_on_with_the_same_outage),
        with_fixture(other_incidents_within_an_outage_are_no_further_samples),
        with_fixture(a_call_without_a_detection_is_a_sample_of_its_own),
        with_fixture(a_call_after_the_detection_does_not_start_the_clock_again),
        with_fixture(a_report_that_comes_after_as_of_is_not_known_yet),
        with_fixture(a_sample_belongs_to_no_other_period),
        with_fixture(without_a_limit_in_the_contract_there_are_no_samples),
        with_fixture(a_missed_target_is_said_in_the_json),
        with_fixture(states_that_are_only_shown_do_not_change_the_line),
        with_fixture(a_time_that_no_clock_showed_is_the_end_of_the_hole),
        with_fixture(many_settings_of_the_clock_keep_the_sum),
        with_fixture(any_course_of_states_gives_what_counting_seconds_gives),
        cmocka_unit_test(percentages_are_truncated_and_exact),
        cmocka_unit_test(the_pass_test_is_in_integers_and_inclusive),
        with_fixture(the_json_is_that_of_the_replay_document),
    };
    return cmocka_run_group_tests_name("record/sla", tests, NULL, NULL);
}
