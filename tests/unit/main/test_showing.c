/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "../../fake/settings_guests.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "main/backlog.h"
#include "main/pipeline.h"
#include "unit.h"

/* A log whose failures are incidents, and LINKS linkages by one stage, all due at 10:00. */
enum { LINKS = 600 };

struct fixture {
    struct settings *settings;
    struct pipeline *pipeline;
    struct board *board;
    struct moment now;
    uint64_t version; /* of the board, when it was looked at last */
};

static bool on_deliver(void *ctx UNUSED, const char *destination UNUSED,
    const struct attempt *attempt UNUSED, const struct notice *notice UNUSED)
{
    return true;
}

static void on_dirty(void *ctx UNUSED)
{
}

static void no_log(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static void write_tree(struct text *t)
{
    text_add(t,
        "agent = { host = \"h\"; timezone = \"UTC\"; language = \"en\"; };\n"
        "services = ( { name = \"renkei\"; environment = \"production\"; start = \"2026-04-01\";\n"
        "  down_when = \"any(engine)\"; sla = { availability = \"99.9\"; }; } );\n"
        "watch = ( { subject = \"engine\"; plugin = \"process\"; name = \"e\"; service = "
        "\"renkei\"; "
        "},\n"
        "  { subject = \"transfers\"; plugin = \"log\"; path = \"/l\"; service = \"renkei\"; } );\n"
        "linkages = (\n");
    for (int i = 0; i < LINKS; i++)
        text_addf(t,
            "%s{ id = \"L-%03d\"; deadline = \"10:00\"; subject = \"transfers\"; instance = "
            "\"%s\"; match = ( \"job=L-%03d\" ); }",
            i > 0 ? ",\n" : "", i, i < 2 ? "in" : "out", i);
    text_add(t, ");\n");
}

/* 2026-04-15 09:00 UTC. */
static const wall_ms nine_o_clock = 1776243600000;

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    struct complaints complaints = {0};
    struct text tree = {0};

    log_set_sink(no_log);
    write_tree(&tree);
    assert_int_equal(settings_guests_load(text_get(&tree), &f->settings, &complaints), 0);
    text_deinit(&tree);
    complaints_deinit(&complaints);
    f->now = (struct moment){nine_o_clock, 100000000};
    f->board = board_new();
    struct pipeline_plan plan = {.settings = f->settings, .dues_at_once = 64};
    struct pipeline_sink sink = {.ctx = f, .deliver = on_deliver, .dirty = on_dirty};
    assert_int_equal(record_open(":memory:", &plan.record), 0);
    assert_int_equal(pipeline_new(&plan, &sink, &f->pipeline), 0);
    assert_int_equal(pipeline_start(f->pipeline, f->now, "boot", true), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->pipeline = pipeline_free(f->pipeline);
    f->board = board_free(f->board);
    f->settings = settings_free(f->settings);
    free(f);
    return 0;
}

static void see(
    struct fixture *f, const char *instance, const char *metric, double number, const char *job)
{
    struct field field = {TEXT("job"), (char *)(uintptr_t)job};
    struct reading r = {
        .of = {TEXT("transfers"), (char *)(uintptr_t)instance, (char *)(uintptr_t)metric},
        .kind = job != NULL ? READING_EVENT : READING_NUMBER,
        .number = number,
        .at = f->now,
        .text = TEXT("what was seen"),
        .fields = &field,
        .field_count = job != NULL,
    };
    f->now.wall += 1000;
    f->now.boot += 1000;
    pipeline_reading(f->pipeline, &r, f->now);
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
}

static void add_row(void *arg, const char *table, uint32_t id UNUSED, const json_t *cells)
{
    struct text *t = arg;
    if (strcmp(table, "agent") != 0)
        text_addf(t, cells == NULL ? "-%s " : "%s ", table);
}

/* The tables of rows that changed since the last call, after a whole pass; "-" for dropped ones. */
static const char *changed(struct fixture *f, struct text *t)
{
    pipeline_board(f->pipeline, f->board, f->now);
    text_clear(t);
    board_each_since(f->board, f->version, add_row, t);
    f->version = board_version(f->board);
    return text_get(t);
}

static json_int_t agent_cell(struct fixture *f, const char *name)
{
    return json_integer_value(json_object_get(board_row(f->board, "agent", 1), name));
}

static void a_large_board_is_made_in_steps_and_the_row_that_counts_comes_last(void **state)
{
    struct fixture *f = *state;

    assert_true(pipeline_board_step(f->pipeline, f->board, f->now));
    assert_null(board_row(f->board, "agent", 1));
    while (pipeline_board_step(f->pipeline, f->board, f->now))
        assert_null(board_row(f->board, "agent", 1));

    assert_non_null(board_row(f->board, "agent", 1));
    assert_non_null(board_row(f->board, "linkage", LINKS));
    assert_false(pipeline_board_stale(f->pipeline));
}

static void a_reading_changes_the_rows_that_show_it_and_no_others(void **state)
{
    struct fixture *f = *state;
    struct text t = {0};
    changed(f, &t);

    see(f, "", "failure", 0, "L-777");

    assert_string_equal(changed(f, &t), "subject service sla sla sla incident notice ");
    assert_int_equal(agent_cell(f, "open_incidents"), 1);
    assert_int_equal(agent_cell(f, "worst"), SEVERITY_CRITICAL);
    text_deinit(&t);
}

static void an_incident_that_ended_leaves_the_board(void **state)
{
    struct fixture *f = *state;
    struct text t = {0};
    see(f, "", "failure", 0, "L-777");
    changed(f, &t);

    see(f, "", "recovery", 0, "L-777");

    assert_non_null(strstr(changed(f, &t), "-incident "));
    assert_int_equal(agent_cell(f, "open_incidents"), 0);
    assert_int_equal(agent_cell(f, "worst"), SEVERITY_NONE);
    text_deinit(&t);
}

static void the_depth_of_a_stage_is_shown_by_the_linkages_that_come_by_it(void **state)
{
    struct fixture *f = *state;
    struct text t = {0};
    changed(f, &t);

    see(f, "in", "depth", 7, NULL);

    assert_string_equal(changed(f, &t), "subject linkage linkage ");
    assert_int_equal(
        json_integer_value(json_object_get(board_row(f->board, "linkage", 1), "depth")), 7);
    assert_int_equal(
        json_integer_value(json_object_get(board_row(f->board, "linkage", 3), "depth")), 0);
    text_deinit(&t);
}

static void what_comes_while_a_pass_runs_is_shown_by_the_next(void **state)
{
    struct fixture *f = *state;
    struct text t = {0};
    assert_true(pipeline_board_step(f->pipeline, f->board, f->now));

    see(f, "", "failure", 0, "L-777");
    changed(f, &t); // the rest of that pass
    assert_int_equal(agent_cell(f, "open_incidents"), 0);

    assert_true(pipeline_board_stale(f->pipeline));
    changed(f, &t);
    assert_int_equal(agent_cell(f, "open_incidents"), 1);
    text_deinit(&t);
}

static void another_tree_drops_the_rows_of_what_is_gone(void **state)
{
    struct fixture *f = *state;
    struct text t = {0};
    struct settings fewer = *f->settings;
    changed(f, &t);
    fewer.linkage_count = 1;

    pipeline_settings(f->pipeline, &fewer, "test", f->now);

    pipeline_board(f->pipeline, f->board, f->now);
    assert_non_null(board_row(f->board, "linkage", 1));
    assert_null(board_row(f->board, "linkage", 2));
    text_deinit(&t);
    f->pipeline = pipeline_free(f->pipeline);
}

static void count_incident(void *arg, const struct incident *i UNUSED)
{
    ++*(size_t *)arg;
}

static size_t incidents(const struct fixture *f)
{
    size_t n = 0;
    judge_each_incident(pipeline_judge(f->pipeline), count_incident, &n);
    return n;
}

static void deadlines_of_one_instant_are_worked_off_in_parts(void **state)
{
    struct fixture *f = *state;
    size_t calls = 1;
    f->now.wall += 3600 * 1000;
    f->now.boot += 3600 * 1000;

    assert_false(pipeline_catch_up(f->pipeline, f->now));

    size_t after_one = incidents(f);
    assert_true(after_one > 0 && after_one <= 64);
    assert_true(pipeline_next_due(f->pipeline, f->now) <= f->now.boot);
    while (!pipeline_catch_up(f->pipeline, f->now))
        calls++;
    assert_int_equal(incidents(f), LINKS);
    assert_true(calls >= LINKS / 64);
}

static void judge_it(
    void *arg, const struct reading *reading, const char *subject, const json_t *keep)
{
    text_addf(arg, "%s %s %s;", subject, reading != NULL ? reading->text : "-",
        keep != NULL ? json_string_value(json_object_get(keep, "offset")) : "-");
}

static void a_backlog_gives_back_what_came_in_the_order_in_which_it_came(void **state UNUSED)
{
    struct backlog b = {0};
    struct text t = {0};
    json_t *keep = json_pack("{s:s}", "offset", "12");
    struct reading r = {.of = {TEXT("log"), TEXT(""), TEXT("failure")},
        .text = TEXT("first"),
        .kind = READING_EVENT};

    backlog_add(&b, &r, "log", keep);
    backlog_add(&b, NULL, "log", keep);
    json_object_set_new(keep, "offset", json_string("99"));
    r.text = TEXT("third");
    backlog_add(&b, &r, "other", NULL);
    while (backlog_take(&b, judge_it, &t))
        ;

    assert_string_equal(text_get(&t), "log first 12;log - 12;other third -;");
    assert_true(backlog_is_empty(&b));
    backlog_add(&b, &r, "other", NULL);
    backlog_deinit(&b);
    assert_true(backlog_is_empty(&b));
    json_decref(keep);
    text_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define SHOWING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        SHOWING_TEST(a_large_board_is_made_in_steps_and_the_row_that_counts_comes_last),
        SHOWING_TEST(a_reading_changes_the_rows_that_show_it_and_no_others),
        SHOWING_TEST(an_incident_that_ended_leaves_the_board),
        SHOWING_TEST(the_depth_of_a_stage_is_shown_by_the_linkages_that_come_by_it),
        SHOWING_TEST(what_comes_while_a_pass_runs_is_shown_by_the_next),
        SHOWING_TEST(another_tree_drops_the_rows_of_what_is_gone),
        SHOWING_TEST(deadlines_of_one_instant_are_worked_off_in_parts),
        cmocka_unit_test(a_backlog_gives_back_what_came_in_the_order_in_which_it_came),
    };
    return cmocka_run_group_tests_name("main/showing", tests, NULL, NULL);
}
