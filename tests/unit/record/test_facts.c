/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>

#include "folder.h"
#include "record/history.h"

static int setup(void **state)
{
    struct record *r = open_ledger(":memory:");
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    *state = record_close(*state);
    return 0;
}

static char engine[] = "engine", running[] = "running", renkei[] = "renkei", none[] = "";

static struct incident an_incident(uint64_t id)
{
    return (struct incident){.id = id,
        .of = {engine, none, running},
        .service = renkei,
        .severity = SEVERITY_CRITICAL,
        .failed_at = moment_at(10),
        .detected_at = moment_at(70),
        .count = 1,
        .transition = 1};
}

static void collect_ids(void *arg, const struct incident *i)
{
    text_addf(arg, "%u ", (unsigned)i->id);
}

static void an_incident_comes_back_as_it_was(void **state)
{
    struct record *r = *state;
    struct incident saved = an_incident(4), found;
    assert_int_equal(record_next_incident(r), 1);

    assert_int_equal(record_incident(r, &saved, moment_at(70)), 0);

    assert_int_equal(record_incident_get(r, 4, &found), 0);
    assert_string_equal(found.of.subject, "engine");
    assert_string_equal(found.service, "renkei");
    assert_int_equal(found.severity, SEVERITY_CRITICAL);
    assert_int_equal(found.detected_at.boot, moment_at(70).boot);
    assert_int_equal(found.cleared_at.wall, 0);
    assert_int_equal(record_next_incident(r), 5);
    assert_int_equal(record_incident_get(r, 5, &found), RECORD_E_NONE);
    incident_deinit(&found);
}

static void an_incident_that_is_saved_as_it_stands_adds_no_row(void **state)
{
    struct record *r = *state;
    struct incident i = an_incident(1);
    assert_int_equal(record_incident(r, &i, moment_at(70)), 0);
    assert_int_equal(record_incident(r, &i, moment_at(71)), 0);
    assert_int_equal(count_rows(r), 1);

    i.reported_at = moment_at(80);
    assert_int_equal(record_incident(r, &i, moment_at(80)), 0);

    assert_int_equal(count_rows(r), 2);
}

static void closed_incidents_are_found_by_the_age_of_their_last_row(void **state)
{
    struct record *r = *state;
    struct text found = {0};
    for (uint64_t id = 1; id <= 3; id++) {
        struct incident i = an_incident(id);
        if (id != 2)
            i.cleared_at = moment_at((int)(id * 100));
        assert_int_equal(record_incident(r, &i, moment_at((int)(id * 100))), 0);
    }

    assert_int_equal(record_each_closed(r, moment_at(0).wall, collect_ids, &found), 0);
    assert_string_equal(text_get(&found), "1 3 ");
    text_clear(&found);
    assert_int_equal(record_each_closed(r, moment_at(101).wall, collect_ids, &found), 0);
    assert_string_equal(text_get(&found), "3 ");
    text_deinit(&found);
}

static void collect_verbs(void *arg, struct moment at, const json_t *body)
{
    text_addf(arg, "%lld %s ", (long long)at.boot - moment_at(0).boot,
        json_string_value(json_object_get(body, "do")));
}

static void commands_are_found_by_their_incident(void **state)
{
    struct record *r = *state;
    struct text found = {0}, why = {0};
    uint64_t bad = 0;
    assert_int_equal(record_command(r, 4, json_pack("{s:s}", "do", "a"), moment_at(1)), 0);
    assert_int_equal(record_command(r, 5, json_pack("{s:s}", "do", "b"), moment_at(2)), 0);
    assert_int_equal(record_command(r, 0, json_pack("{s:s}", "do", "c"), moment_at(3)), 0);
    assert_int_equal(record_command(r, 4, json_pack("{s:s}", "do", "d"), moment_at(4)), 0);

    assert_int_equal(record_each_command(r, 4, collect_verbs, &found), 0);

    assert_string_equal(text_get(&found), "1000 a 4000 d ");
    assert_int_equal(record_commit(r), 0);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    text_deinit(&found);
    text_deinit(&why);
}

static void open_incidents_are_those_not_cleared(void **state)
{
    struct record *r = *state;
    for (uint64_t id = 1; id <= 3; id++) {
        struct incident i = an_incident(id);
        if (id == 2)
            i.cleared_at = moment_at(90);
        assert_int_equal(record_incident(r, &i, moment_at(90)), 0);
    }

    struct text open = {0}, all = {0};
    assert_int_equal(record_each_incident(r, true, collect_ids, &open), 0);
    assert_int_equal(record_each_incident(r, false, collect_ids, &all), 0);
    assert_string_equal(text_get(&open), "1 3 ");
    assert_string_equal(text_get(&all), "1 2 3 ");
    text_deinit(&open);
    text_deinit(&all);
}

static void check_metric(void *arg, const struct metric_state *s)
{
    ++*(int *)arg;
    assert_string_equal(s->of.subject, "engine");
    assert_string_equal(s->of.instance, "");
    assert_int_equal(s->verdict, VERDICT_BLIND);
    assert_int_equal(s->before_blind, VERDICT_CRITICAL);
    assert_int_equal(s->bad_runs, 3);
    assert_int_equal(s->first_bad.wall, moment_at(1).wall);
    assert_int_equal(s->last.boot, moment_at(9).boot);
    assert_int_equal(s->incident, 12);
    assert_true(isnan(s->number));
}

static void a_metric_state_is_overwritten_and_comes_back(void **state)
{
    struct record *r = *state;
    struct metric_state s = {.of = {engine, NULL, running}, .number = 1.5};
    assert_int_equal(record_metric(r, &s), 0);
    s = (struct metric_state){.of = {engine, none, running},
        .verdict = VERDICT_BLIND,
        .before_blind = VERDICT_CRITICAL,
        .bad_runs = 3,
        .first_bad = moment_at(1),
        .last = moment_at(9),
        .number = NAN,
        .incident = 12};
    assert_int_equal(record_metric(r, &s), 0);

    int count = 0;
    assert_int_equal(record_each_metric(r, check_metric, &count), 0);
    assert_int_equal(count, 1);
}

static void a_metric_that_is_gone_does_not_come_back(void **state)
{
    struct record *r = *state;
    struct metric_state s = {.of = {engine, none, running}};
    assert_int_equal(record_metric(r, &s), 0);

    assert_int_equal(record_metric_drop(r, &s.of), 0);

    int count = 0;
    assert_int_equal(record_each_metric(r, check_metric, &count), 0);
    assert_int_equal(count, 0);
}

static void add_point(void *arg, const struct service_point *p)
{
    text_addf(arg, "%s %s %d %s; ", p->service, service_state_name(p->state),
        (int)(p->from.boot / 1000), p->reason);
}

static void service_points_come_in_the_order_in_which_they_were_said(void **state)
{
    struct record *r = *state;
    char other[] = "other";
    const struct service_point points[] = {
        {.service = renkei, .state = SERVICE_DOWN, .from = moment_at(50), .reason = engine},
        {.service = other, .state = SERVICE_DEGRADED, .from = moment_at(55)},
        {.service = renkei, .state = SERVICE_DOWN, .from = moment_at(40)},
    };
    for (int i = 0; i < 3; i++)
        assert_int_equal(record_service_point(r, &points[i], moment_at(60 + i)), 0);

    struct text one = {0}, all = {0};
    assert_int_equal(record_each_service_point(r, "renkei", add_point, &one), 0);
    assert_int_equal(record_each_service_point(r, NULL, add_point, &all), 0);
    assert_string_equal(text_get(&one), "renkei down 50 engine; renkei down 40 ; ");
    assert_string_equal(
        text_get(&all), "renkei down 50 engine; other degraded 55 ; renkei down 40 ; ");
    text_deinit(&one);
    text_deinit(&all);
}

static void check_step(void *arg, wall_ms before, wall_ms after, mono_ms boot)
{
    ++*(int *)arg;
    assert_int_equal(before, 5000);
    assert_int_equal(after, 2000);
    assert_int_equal(boot, 77);
}

static void a_clock_step_is_a_row_of_the_chain(void **state)
{
    struct record *r = *state;
    int count = 0;

    assert_int_equal(record_clock_step(r, 5000, 2000, 77), 0);

    assert_int_equal(record_each_clock_step(r, check_step, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(count_rows(r), 1);
}

static void add_kept(void *arg, const char *key, const char *value)
{
    text_addf(arg, "%s=%s ", key, value);
}

static void kept_values_are_the_subjects_own(void **state)
{
    struct record *r = *state;
    struct text t = {0};
    assert_int_equal(record_keep(r, "log", "offset", "10"), 0);
    assert_int_equal(record_keep(r, "log", "inode", "7"), 0);
    assert_int_equal(record_keep(r, "other", "offset", "99"), 0);

    assert_int_equal(record_keep(r, "log", "offset", "20"), 0);
    assert_int_equal(record_keep(r, "log", "inode", NULL), 0);

    assert_int_equal(record_each_kept(r, "log", add_kept, &t), 0);
    assert_string_equal(text_get(&t), "offset=20 ");
    text_deinit(&t);
}

static void an_engines_boots_only_go_up(void **state UNUSED)
{
    struct folder f;
    char id[65], again[65], other[65];
    uint32_t boots = 0;
    folder_make(&f);

    for (uint32_t run = 1; run <= 3; run++) {
        struct record *r = open_ledger(f.ledger);
        assert_int_equal(record_engine(r, "face_snmp", again, &boots), 0);
        assert_int_equal(boots, run);
        if (run > 1)
            assert_string_equal(again, id);
        snprintf(id, sizeof id, "%s", again);
        // Nothing else is done: the count must have been committed.
        r = record_close(r);
    }

    struct record *r = open_ledger(f.ledger);
    assert_int_equal(record_engine(r, "channel_snmp", other, &boots), 0);
    assert_int_equal(boots, 1);
    assert_string_not_equal(other, id);
    assert_int_equal(strlen(id), 42);
    assert_memory_equal(id, "80001f8805", 10);
    r = record_close(r);
    unlink(f.ledger);
    r = open_ledger(f.ledger);
    assert_int_equal(record_engine(r, "face_snmp", other, &boots), 0);
    assert_int_equal(boots, 1);
    assert_string_not_equal(other, id);
    r = record_close(r);
    folder_remove(&f);
}

/* The facts of renkei: counts, the reported second of the first incident, the last point's. */
static void assert_facts(struct record *r, const char *expected)
{
    struct sla_facts f = {0};
    struct text t = {0};
    assert_int_equal(record_facts(r, "renkei", &f), 0);
    text_addf(
        &t, "%zu points, %zu steps, %zu incidents", f.point_count, f.step_count, f.incident_count);
    if (f.incident_count > 0)
        text_addf(&t, ", reported %d", (int)(f.incidents[0].reported_at.boot / 1000));
    assert_string_equal(text_get(&t), expected);
    text_deinit(&t);
}

static void the_facts_of_the_figures_follow_what_is_recorded(void **state)
{
    struct record *r = *state;
    struct service_point point = {.service = renkei, .state = SERVICE_DOWN, .reason = engine};
    struct incident i = an_incident(1), other = an_incident(2);
    other.service = engine;
    assert_int_equal(record_service_point(r, &point, moment_at(1)), 0);
    assert_facts(r, "1 points, 0 steps, 0 incidents");

    assert_int_equal(record_incident(r, &i, moment_at(2)), 0);
    assert_int_equal(record_incident(r, &other, moment_at(2)), 0);
    assert_int_equal(record_clock_step(r, 10, 20, 30), 0);
    assert_facts(r, "1 points, 1 steps, 1 incidents, reported 0");
    assert_int_equal(record_commit(r), 0);

    i.reported_at = moment_at(7);
    assert_int_equal(record_incident(r, &i, moment_at(7)), 0);
    assert_int_equal(record_service_point(r, &point, moment_at(8)), 0);
    assert_facts(r, "2 points, 1 steps, 1 incidents, reported 7");
    record_rollback(r);
    assert_facts(r, "1 points, 1 steps, 1 incidents, reported 0");
}

static void a_service_that_nothing_was_said_of_has_no_facts(void **state)
{
    struct record *r = *state;

    assert_facts(r, "0 points, 0 steps, 0 incidents");
}

#define with_record(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_record(an_incident_comes_back_as_it_was),
        with_record(an_incident_that_is_saved_as_it_stands_adds_no_row),
        with_record(open_incidents_are_those_not_cleared),
        with_record(closed_incidents_are_found_by_the_age_of_their_last_row),
        with_record(commands_are_found_by_their_incident),
        with_record(a_metric_state_is_overwritten_and_comes_back),
        with_record(a_metric_that_is_gone_does_not_come_back),
        with_record(service_points_come_in_the_order_in_which_they_were_said),
        with_record(a_clock_step_is_a_row_of_the_chain),
        with_record(kept_values_are_the_subjects_own),
        with_record(the_facts_of_the_figures_follow_what_is_recorded),
        with_record(a_service_that_nothing_was_said_of_has_no_facts),
        cmocka_unit_test(an_engines_boots_only_go_up),
    };
    return cmocka_run_group_tests_name("record/facts", tests, NULL, NULL);
}
