/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a sample of rows 28 and 29, and what it says. */
#include "sla_fixture.h"

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

static void what_was_never_detected_has_no_time_to_notify(void **state)
{
    struct fixture *f = *state;
    struct incident *i = open_incident(f, 1, "04-15 09:00");
    i->called_at = i->detected_at;
    i->detected_at = (struct moment){0};
    i->notified_at = at(f, "04-15 09:05");

    assert_int_equal(figures(f, "2026-04")->notification[0].told_s, -1);
}

/* The clock is set back by ten minutes at @when. */
static void set_back(struct fixture *f, const char *when)
{
    struct moment before = at(f, when);
    f->steps[0] = (struct sla_step){before.wall, before.wall - 600 * 1000, before.boot};
    f->facts.step_count = 1;
}

static void an_incident_that_nobody_saw_is_no_sample_whatever_the_clock_did(void **state)
{
    struct fixture *f = *state;
    set_back(f, "04-15 06:00");
    open_incident(f, 1, "04-15 09:20")->detected_at = (struct moment){0};

    assert_int_equal(figures(f, "2026-04")->notification_count, 0);
}

/* An outage at night, its recovery counted from 05:00, by a clock that is set back in it. */
static void a_recovery_begins_with_the_hours_also_when_the_clock_was_set_back(void **state)
{
    static const struct {
        const char *set_at;
        int64_t seconds;
    } cases[] = {{"04-15 04:00", 5 * 3600}, {"04-15 06:00", 5 * 3600 + 600}};

    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        void *fresh;
        setup(&fresh);
        struct fixture *f = fresh;
        struct moment good = at(f, "04-15 10:00");
        set_back(f, cases[c].set_at);
        say(f, SERVICE_DOWN, "04-15 03:30", "04-15 03:31", 1);
        say(f, SERVICE_UP, "04-15 10:00", "04-15 10:00", 0);
        good.boot += 600 * 1000;
        f->points[1].from = f->points[1].detected = good;

        const struct sla_figures *s = figures(f, "2026-04");

        assert_int_equal(s->recovery_count, 1);
        assert_sample(s->recovery[0], 1, cases[c].seconds, cases[c].seconds, SLA_FAIL);
        teardown(&fresh);
    }
    (void)state;
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

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(a_false_detection_loses_its_samples),
        with_fixture(an_accepted_notice_counts_only_where_that_was_agreed),
        with_fixture(warnings_and_stops_at_night_are_no_notification_samples),
        with_fixture(figures_that_count_what_was_only_sent_say_so),
        with_fixture(other_incidents_within_an_outage_are_no_further_samples),
        with_fixture(a_call_without_a_detection_is_a_sample_of_its_own),
        with_fixture(what_was_never_detected_has_no_time_to_notify),
        with_fixture(an_incident_that_nobody_saw_is_no_sample_whatever_the_clock_did),
        with_fixture(a_recovery_begins_with_the_hours_also_when_the_clock_was_set_back),
        with_fixture(a_call_after_the_detection_does_not_start_the_clock_again),
        with_fixture(a_report_that_comes_after_as_of_is_not_known_yet),
        with_fixture(a_sample_belongs_to_no_other_period),
        with_fixture(without_a_limit_in_the_contract_there_are_no_samples),
    };
    return cmocka_run_group_tests_name("record/sla_samples", tests, NULL, NULL);
}
