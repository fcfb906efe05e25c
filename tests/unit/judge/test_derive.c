/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "judge/derive.h"
#include "judge/slope.h"
#include "scene.h"
#include "unit.h"

enum { MINUTE = 60 * 1000, OVER = 10 * MINUTE };

static void a_slope_needs_half_of_its_span(void **state UNUSED)
{
    struct slope s = {0};
    double per_ms = 42;

    for (int i = 0; i < 5; i++) {
        slope_add(&s, i * MINUTE, i * 60.0, OVER);
        assert_false(slope_get(&s, OVER, &per_ms));
    }
    slope_add(&s, 5 * MINUTE, 300, OVER);

    assert_true(slope_get(&s, OVER, &per_ms));
    assert_true(fabs(per_ms * 1000 - 1) < 1e-9);
}

static void what_is_older_than_the_span_is_forgotten(void **state UNUSED)
{
    struct slope s = {0};
    double per_ms;

    for (int i = 0; i <= 30; i++)
        slope_add(&s, i * MINUTE, i < 15 ? i * 1000.0 : 15000 - i, OVER);

    assert_true(slope_get(&s, OVER, &per_ms));
    assert_true(fabs(per_ms * MINUTE + 1) < 1e-9);
}

static void outliers_do_not_move_it(void **state UNUSED)
{
    struct slope s = {0};
    double per_ms;

    for (int i = 0; i <= 20; i++)
        slope_add(&s, i * MINUTE / 2, i % 5 == 3 ? 1e9 : i * 30.0, OVER);

    assert_true(slope_get(&s, OVER, &per_ms));
    assert_true(fabs(per_ms * 1000 - 1) < 0.1);
}

static void samples_are_thinned_so_that_they_reach_over_the_span(void **state UNUSED)
{
    struct slope s = {0};
    double per_ms;

    for (int i = 0; i <= 6000; i++)
        slope_add(&s, i * 100, i, OVER);

    assert_true(s.count <= SLOPE_SAMPLES_MAX);
    assert_true(slope_get(&s, OVER, &per_ms));
    assert_true(fabs(per_ms * 100 - 1) < 1e-9);
}

static void the_time_to_a_limit_is_seen_from_either_side(void **state UNUSED)
{
    struct condition up = {CONDITION_GE, 100}, down = {CONDITION_LT, 10};

    assert_true(derive_time_to(&up, 40, 0.001) == 60);
    assert_true(derive_time_to(&up, 100, -5) == 0);
    assert_true(derive_time_to(&up, 150, 5) == 0);
    assert_true(derive_time_to(&up, 40, 0) == DERIVE_NEVER_S);
    assert_true(derive_time_to(&up, 40, -1) == DERIVE_NEVER_S);
    assert_true(derive_time_to(&up, 40, 1e-12) == DERIVE_NEVER_S);
    assert_true(derive_time_to(&down, 70, -0.001) == 60);
    assert_true(derive_time_to(&down, 9, 1) == 0);
    assert_true(derive_time_to(&down, 70, 1) == DERIVE_NEVER_S);
}

/* ---- in the judge ---- */

static char used[] = "used_percent";

/* The disk's third rule is about how fast it fills, and its first about when it is full. */
static void start(struct scene *s)
{
    struct watch_settings *w = &s->watches[SCENE_DISK];
    s->rules[SCENE_DISK][1] = (struct rule){.metric = alloc_text("percent_per_minute"),
        .derive = DERIVE_RATE,
        .of = used,
        .over = OVER,
        .critical = {CONDITION_GE, 2},
        .runs = 1,
        .clear_runs = 1};
    s->rules[SCENE_DISK][2] = (struct rule){.metric = alloc_text("time_to_full_s"),
        .derive = DERIVE_TIME_TO,
        .of = used,
        .over = OVER,
        .limit = {CONDITION_GE, 100},
        .warning = {CONDITION_LT, 3600},
        .runs = 1,
        .clear_runs = 1};
    w->rule_count = 3;
    w->derives = true;
    w->interval = MINUTE;
    w->deadline = 10 * 1000;
    scene_down_when(s, EXPRESSION_ANY, 0, "batch", NULL, NULL);
    scene_start(s, "09:00", false);
}

static void fill(struct scene *s, int from, int to, double first, double step)
{
    char time[16];
    for (int minute = from; minute <= to; minute++) {
        snprintf(time, sizeof time, "%02d:%02d", 9 + minute / 60, minute % 60);
        scene_at(s, time);
        scene_number(s, "disk", "/var", "used_percent", first + (minute - from) * step);
    }
}

static size_t lines_with(const struct scene *s, const char *piece)
{
    size_t n = 0;
    for (size_t i = 0; i < s->line_count; i++)
        n += strstr(s->lines[i], piece) != NULL;
    return n;
}

static void a_trend_is_judged_under_its_own_name(void **state)
{
    struct scene *s = *state;
    start(s);

    fill(s, 0, 4, 10, 0.5);
    assert_int_equal(lines_with(s, "raised"), 0);
    fill(s, 5, 8, 12.5, 0.5);
    assert_int_equal(lines_with(s, "raised"), 0);
    fill(s, 9, 20, 14, 3);

    assert_int_equal(s->incident_count, 2);
    assert_string_equal(s->incidents[0].of.metric, "time_to_full_s");
    assert_string_equal(s->incidents[0].threshold, "< 3600");
    assert_string_equal(s->incidents[1].of.metric, "percent_per_minute");
    fill(s, 21, 40, 47, 0);
    assert_int_not_equal(s->incidents[0].cleared_at.wall, 0);
    assert_int_not_equal(s->incidents[1].cleared_at.wall, 0);
}

static void a_derived_number_is_never_late_by_itself(void **state)
{
    struct scene *s = *state;
    start(s);
    fill(s, 0, 20, 10, 0);

    scene_at(s, "09:30");
    assert_int_equal(s->incident_count, 1);
    assert_string_equal(s->incidents[0].of.metric, "");
    fill(s, 31, 31, 10, 0);

    assert_int_not_equal(s->incidents[0].cleared_at.wall, 0);
    assert_int_equal(judge_subject_verdict(s->judge, "disk", NULL, NULL, NULL), VERDICT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slope_needs_half_of_its_span),
        cmocka_unit_test(what_is_older_than_the_span_is_forgotten),
        cmocka_unit_test(outliers_do_not_move_it),
        cmocka_unit_test(samples_are_thinned_so_that_they_reach_over_the_span),
        cmocka_unit_test(the_time_to_a_limit_is_seen_from_either_side),
        cmocka_unit_test_setup_teardown(
            a_trend_is_judged_under_its_own_name, scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            a_derived_number_is_never_late_by_itself, scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
