/* SPDX-License-Identifier: BSD-2-Clause */
/* The worked examples of the contract, and any course of states against counting seconds. */
#include <stdlib.h>
#include <string.h>

#include "sla_fixture.h"

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
        with_fixture(any_course_of_states_gives_what_counting_seconds_gives),
        cmocka_unit_test(percentages_are_truncated_and_exact),
        cmocka_unit_test(the_pass_test_is_in_integers_and_inclusive),
        with_fixture(the_json_is_that_of_the_replay_document),
    };
    return cmocka_run_group_tests_name("record/sla_examples", tests, NULL, NULL);
}
