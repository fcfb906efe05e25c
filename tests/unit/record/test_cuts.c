/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/cuts.h"
#include "record/sla.h"
#include "unit.h"

enum { FACTS_MAX = 12, LINE_SECONDS = 7200 };

struct fixture {
    struct zone *zone;
    struct service_settings service;
    struct service_point points[FACTS_MAX];
    struct work works[FACTS_MAX];
    struct exclusion exclusions[FACTS_MAX];
    struct judgement judgements[FACTS_MAX];
    struct sla_facts facts;
    struct sla_figures figures;
    struct cuts cuts;
    unsigned random;
};

static char service_name[] = "renkei";
static char other_name[] = "other";

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(zone_new("UTC", &f->zone), 0);
    f->service = (struct service_settings){.name = service_name,
        .start = INT32_MIN,
        .sla = {.set = true, .availability = 99900, .recovery = 7200000, .notification = 1800000}};
    f->facts = (struct sla_facts){.points = f->points,
        .works = f->works,
        .exclusions = f->exclusions,
        .judgements = f->judgements,
        .begin = INT64_MIN};
    f->random = 1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sla_figures_deinit(&f->figures);
    cuts_deinit(&f->cuts);
    f->zone = zone_free(f->zone);
    free(f);
    return 0;
}

/* All times are seconds of the line, which begins at 1,000,000. */
static wall_ms at(int64_t second)
{
    return (1000000 + second) * 1000;
}

static struct work *work(struct fixture *f, int64_t from, int64_t to)
{
    struct work *w = &f->works[f->facts.work_count++];
    *w = (struct work){.id = f->facts.work_count,
        .service = service_name,
        .from = at(from),
        .to = at(to),
        .registered = at(-100),
        .approved = at(-90)};
    return w;
}

static struct exclusion *exclude(struct fixture *f, int64_t from, int64_t to, bool forgives)
{
    struct exclusion *e = &f->exclusions[f->facts.exclusion_count++];
    *e = (struct exclusion){.id = f->facts.exclusion_count,
        .service = service_name,
        .from = at(from),
        .to = at(to),
        .forgives = forgives};
    return e;
}

static void say(struct fixture *f, enum service_state state, int64_t from)
{
    struct moment m = {at(from), at(from)};
    f->points[f->facts.point_count] = (struct service_point){.service = service_name,
        .state = state,
        .from = m,
        .detected = m,
        .incident = state == SERVICE_DOWN ? f->facts.point_count + 1 : 0,
        .row = 100 + f->facts.point_count};
    f->facts.point_count++;
}

static const struct sla_figures *figures(struct fixture *f)
{
    struct period period = {.from = at(0), .to = at(LINE_SECONDS)};
    struct calendar always = {NULL, f->zone};
    sla_figures_deinit(&f->figures);
    sla_compute(&f->service, &always, &period, &f->facts, at(LINE_SECONDS), &f->figures);
    return &f->figures;
}

/* "0-10w 10-20e": windows of the line and the first letter of their kind. */
static void assert_cuts(struct fixture *f, const char *wanted)
{
    static const char letters[CUT_KINDS] = {'w', 'l', 'e', 'f'};
    char got[256] = "";
    cuts_deinit(&f->cuts);
    cuts_init(&f->cuts, &f->facts, service_name, f->service.sla.whole_window, true);
    for (size_t i = 0; i < f->cuts.count; i++) {
        const struct cut *c = &f->cuts.list[i];
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%lld-%lld%c", i > 0 ? " " : "",
            (long long)(c->window.from_s - 1000000), (long long)(c->window.to_s - 1000000),
            letters[c->kind]);
    }
    assert_string_equal(got, wanted);
}

/* ---- which windows ----------------------------------------------------------------------- */

static void the_actual_work_inside_the_window_is_cut(void **state)
{
    struct fixture *f = *state;
    struct work *w = work(f, 100, 200);
    w->started = at(110);
    w->ended = at(150);

    assert_cuts(f, "110-150w");
}

static void or_all_of_the_window_where_the_contract_says_so(void **state)
{
    struct fixture *f = *state;
    f->service.sla.whole_window = true;
    work(f, 100, 200)->ended = at(150);

    assert_cuts(f, "100-200w");
}

static void an_overrun_is_not(void **state)
{
    struct fixture *f = *state;
    work(f, 100, 200)->ended = at(250);

    assert_cuts(f, "100-200w");
}

static void what_is_not_approved_or_cancelled_or_anothers_is_not(void **state)
{
    struct fixture *f = *state;
    work(f, 100, 200)->approved = 0;
    work(f, 300, 400)->ended = at(299);
    work(f, 500, 600)->service = other_name;
    exclude(f, 700, 800, false)->revoked = at(900);

    assert_cuts(f, "");
}

static void work_that_was_registered_after_its_start_is_apart(void **state)
{
    struct fixture *f = *state;
    work(f, 100, 200)->registered = at(101);

    assert_cuts(f, "100-200l");
}

static void where_several_hold_no_second_is_cut_twice(void **state)
{
    struct fixture *f = *state;
    exclude(f, 0, 400, true);
    exclude(f, 150, 300, false);
    work(f, 100, 200);

    assert_cuts(f, "0-100f 100-200w 200-300e 300-400f");
}

/* ---- figures ----------------------------------------------------------------------------- */

static void an_exclusion_leaves_both_sides_or_forgives_the_loss(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, 1000);
    say(f, SERVICE_UP, 1600);
    exclude(f, 900, 1100, false);
    exclude(f, 1100, 1300, true);

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->excluded_s, 200);
    assert_int_equal(s->forgiven_s, 200);
    assert_int_equal(s->down_s, 300);
    assert_int_equal(s->plain_measured_s - s->plain_available_s, 600);
    assert_int_equal(s->recovery[0].service_s, 500);
    assert_int_equal(s->recovery[0].wall_s, 600);
}

static void an_outage_inside_work_has_no_sample(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, 1000);
    say(f, SERVICE_UP, 1600);
    work(f, 900, 1700);

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->down_s, 0);
    assert_int_equal(s->recovery_count, 0);
}

static void the_last_judgement_of_a_gap_stands(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_UNMONITORED, 1000);
    say(f, SERVICE_UP, 1600);
    f->judgements[0] = (struct judgement){.gap = 100, .is_up = true};
    f->judgements[1] = (struct judgement){.gap = 100, .is_up = false};
    f->facts.judgement_count = 2;

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->down_s, 600);
    assert_int_equal(s->unmonitored_s, 0);
    assert_int_equal(s->gap_count, 1);
    assert_int_equal(s->gaps[0].as, SERVICE_DOWN);
}

static void a_gap_that_is_judged_down_goes_on_with_its_outage(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_DOWN, 1000);
    say(f, SERVICE_UNMONITORED, 1200);
    say(f, SERVICE_DOWN, 1500);
    say(f, SERVICE_UP, 1600);
    f->points[2].incident = f->points[0].incident;
    f->judgements[0] = (struct judgement){.gap = 101};
    f->facts.judgement_count = 1;

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->down_s, 600);
    assert_int_equal(s->recovery_count, 1);
    assert_int_equal(s->recovery[0].service_s, 600);
}

static void only_the_last_gaps_are_listed_but_all_are_counted(void **state)
{
    struct fixture *f = *state;
    struct service_point many[2 * (SLA_GAPS_MAX + 5)];
    memset(many, 0, sizeof many);
    f->facts.points = many;
    f->facts.point_count = sizeof many / sizeof many[0];
    for (size_t i = 0; i < f->facts.point_count; i++)
        many[i] = (struct service_point){.service = service_name,
            .state = i % 2 == 0 ? SERVICE_UNMONITORED : SERVICE_UP,
            .from = {at((int64_t)i * 10), at((int64_t)i * 10)},
            .row = 100 + i};

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->gap_count, SLA_GAPS_MAX);
    assert_int_equal(s->gaps_left_out, 5);
    assert_int_equal(s->gaps[0].id, 110);
    assert_int_equal(s->unmonitored_s, 10 * (SLA_GAPS_MAX + 5));
    json_t *o = sla_json(s);
    assert_int_equal(json_array_size(json_object_get(o, "gaps")), SLA_GAPS_MAX);
    assert_int_equal(json_integer_value(json_object_get(o, "gaps_left_out")), 5);
    json_decref(o);
}

static void a_gap_is_printed_with_its_times_and_an_open_one_without_its_end(void **state)
{
    struct fixture *f = *state;
    say(f, SERVICE_UNMONITORED, 800);
    say(f, SERVICE_UP, 860);
    say(f, SERVICE_UNMONITORED, 7140);

    json_t *o = sla_json(figures(f));

    char *text = json_dumps(json_object_get(o, "gaps"), JSON_COMPACT);
    assert_string_equal(text,
        "[{\"id\":100,\"from\":\"1970-01-12T14:00:00Z\","
        "\"to\":\"1970-01-12T14:01:00Z\",\"service_s\":60,\"as\":\"unmonitored\"},"
        "{\"id\":102,\"from\":\"1970-01-12T15:45:40Z\",\"to\":null,\"service_s\":60,"
        "\"as\":\"unmonitored\"}]");
    free(text);
    json_decref(o);
}

static void work_counts_only_from_where_the_period_begins(void **state)
{
    struct fixture *f = *state;
    work(f, -500, 500);
    work(f, LINE_SECONDS - 100, LINE_SECONDS + 500);

    assert_int_equal(figures(f)->maintenance_s, 600);
}

static void work_that_a_clock_set_back_repeats_is_cut_on_both_legs(void **state)
{
    struct fixture *f = *state;
    struct sla_step step = {at(1100), at(1000), at(1100)};
    f->facts.steps = &step;
    f->facts.step_count = 1;
    work(f, 1050, 1080);

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->clock_correction_s, 100);
    assert_int_equal(s->maintenance_s, 60);
    assert_int_equal(
        sla_measured(s) + s->unmonitored_s + s->excluded_s, s->elapsed_s + s->clock_correction_s);
}

/* ---- against counting second by second --------------------------------------------------- */

static unsigned draw(struct fixture *f, unsigned below)
{
    f->random = f->random * 1664525 + 1013904223;
    return (f->random >> 8) % below;
}

static void draw_facts(struct fixture *f)
{
    f->facts.point_count = f->facts.work_count = f->facts.exclusion_count = 0;
    int64_t second = 0;
    for (unsigned i = draw(f, FACTS_MAX); i > 0; i--) {
        second += 1 + draw(f, 1000);
        say(f, (enum service_state)(SERVICE_UP + (int)draw(f, 4)), second);
    }
    for (unsigned i = draw(f, FACTS_MAX); i > 0; i--) {
        int64_t from = draw(f, LINE_SECONDS), length = 1 + draw(f, 2000);
        struct work *w = work(f, from, from + length);
        w->registered += draw(f, 2) * at(0);
        w->approved *= draw(f, 4) > 0;
        w->ended = draw(f, 2) == 0 ? 0 : at(from - 100 + draw(f, 2200));
    }
    for (unsigned i = draw(f, FACTS_MAX); i > 0; i--) {
        int64_t from = draw(f, LINE_SECONDS), length = 1 + draw(f, 2000);
        exclude(f, from, from + length, draw(f, 2) == 0)->revoked = draw(f, 4) == 0;
    }
}

static enum service_state state_at(const struct fixture *f, wall_ms when)
{
    enum service_state state = SERVICE_UP;
    for (size_t i = 0; i < f->facts.point_count; i++)
        if (f->points[i].from.wall <= when)
            state = f->points[i].state;
    return state;
}

/* 'w' work, 'e' excluded, 'f' forgiven, ' ' nothing of them, at that second. */
static char cut_at(const struct fixture *f, wall_ms when)
{
    char found = ' ';
    for (size_t i = 0; i < f->facts.exclusion_count; i++) {
        const struct exclusion *e = &f->exclusions[i];
        if (e->revoked != 0 || when < e->from || when >= e->to)
            continue;
        found = !e->forgives ? 'e' : found == ' ' ? 'f' : found;
    }
    for (size_t i = 0; i < f->facts.work_count; i++) {
        const struct work *w = &f->works[i];
        bool is_over = w->ended != 0 && when >= w->ended;
        if (w->approved != 0 && when >= w->from && when < w->to && !is_over)
            found = 'w';
    }
    return found;
}

static void assert_counted_like_that(struct fixture *f)
{
    int64_t up = 0, down = 0, unmonitored = 0, work = 0, excluded = 0, forgiven = 0;
    for (int64_t s = 0; s < LINE_SECONDS; s++) {
        enum service_state state = state_at(f, at(s));
        char cut = cut_at(f, at(s));
        if (cut == 'w')
            work++;
        else if (cut == 'e')
            excluded++;
        else if (cut == 'f' && state == SERVICE_DOWN)
            forgiven++;
        else if (state == SERVICE_DOWN)
            down++;
        else if (state == SERVICE_UNMONITORED)
            unmonitored++;
        else
            up++;
    }

    const struct sla_figures *s = figures(f);

    assert_int_equal(s->up_s + s->degraded_s, up);
    assert_int_equal(s->down_s, down);
    assert_int_equal(s->unmonitored_s, unmonitored);
    assert_int_equal(s->maintenance_s, work);
    assert_int_equal(s->excluded_s, work + excluded);
    assert_int_equal(s->forgiven_s, forgiven);
    assert_int_equal(s->clock_correction_s, 0);
}

static void any_facts_are_counted_as_second_by_second(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 300; i++) {
        draw_facts(f);
        assert_counted_like_that(f);
    }
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(the_actual_work_inside_the_window_is_cut),
        with_fixture(or_all_of_the_window_where_the_contract_says_so),
        with_fixture(an_overrun_is_not),
        with_fixture(what_is_not_approved_or_cancelled_or_anothers_is_not),
        with_fixture(work_that_was_registered_after_its_start_is_apart),
        with_fixture(where_several_hold_no_second_is_cut_twice),
        with_fixture(an_exclusion_leaves_both_sides_or_forgives_the_loss),
        with_fixture(an_outage_inside_work_has_no_sample),
        with_fixture(the_last_judgement_of_a_gap_stands),
        with_fixture(a_gap_that_is_judged_down_goes_on_with_its_outage),
        with_fixture(only_the_last_gaps_are_listed_but_all_are_counted),
        with_fixture(a_gap_is_printed_with_its_times_and_an_open_one_without_its_end),
        with_fixture(work_counts_only_from_where_the_period_begins),
        with_fixture(work_that_a_clock_set_back_repeats_is_cut_on_both_legs),
        with_fixture(any_facts_are_counted_as_second_by_second),
    };
    return cmocka_run_group_tests_name("record/cuts", tests, NULL, NULL);
}
