/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fake/settings_guests.h"
#include "base/alloc.h"
#include "main/pipeline.h"
#include "record/agreed.h"
#include "unit.h"

static const char tree_text[] =
    "agent = { host = \"h\"; timezone = \"Asia/Tokyo\"; language = \"en\"; };\n"
    "calendars = ( { name = \"day\"; hours = ( \"05:00-27:00\" ); } );\n"
    "services = ( { name = \"renkei\"; environment = \"production\"; calendar = \"day\";\n"
    "  down_when = \"any(engine)\"; sla = { availability = \"99.9\"; }; },\n"
    "  { name = \"bare\"; environment = \"production\"; down_when = \"any(engine)\"; } );\n"
    "watch = ( { subject = \"engine\"; plugin = \"process\"; name = \"e\"; service = \"renkei\"; } "
    ");\n";

struct fixture {
    struct settings *settings;
    struct pipeline *pipeline;
    struct board *board;
    struct moment now;
};

static bool on_deliver(void *ctx UNUSED, const char *destination UNUSED,
    const struct attempt *attempt UNUSED, const struct notice *notice UNUSED)
{
    return true;
}

static void on_dirty(void *ctx UNUSED)
{
}

/* 2026-05-10 08:00 in Tokyo, in hours. */
static const wall_ms eight_o_clock = 1778367600000;

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    struct complaints complaints = {0};
    assert_int_equal(settings_guests_load(tree_text, &f->settings, &complaints), 0);
    complaints_deinit(&complaints);
    f->now = (struct moment){eight_o_clock, 1000000};
    f->board = board_new();
    struct pipeline_plan plan = {.settings = f->settings};
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

static void pass_minutes(struct fixture *f, int minutes)
{
    f->now.wall += minutes * 60000;
    f->now.boot += minutes * 60000;
    pipeline_advance(f->pipeline, f->now);
}

static void see(struct fixture *f, double running)
{
    struct reading reading = {.of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .kind = READING_NUMBER,
        .number = running,
        .at = f->now};
    pipeline_reading(f->pipeline, &reading, f->now);
}

/* "name=value;name=value" as the arguments of @verb. */
static int run(struct fixture *f, const char *verb, const char *arguments)
{
    struct command command = {.verb = alloc_text(verb), .who = alloc_text("operator")};
    char *all = alloc_text(arguments), *rest = all, *one;
    while ((one = strsep(&rest, ";")) != NULL) {
        char *value = strchr(one, '=');
        if (value == NULL)
            continue;
        *value++ = '\0';
        command_set(&command, one, value);
    }
    int r = pipeline_command(f->pipeline, &command, f->now);
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
    command_deinit(&command);
    free(all);
    return r;
}

#define WORK "service=renkei;plan_no=W-12;approved_by=city;"
#define TEN_TO_TWELVE "from=2026-05-10T10:00;to=2026-05-10 12:00:00"
#define EXCLUSION                                                                             \
    "service=renkei;from=2026-05-10T06:00;to=2026-05-10T07:00;agreed_by=city;agreed_on=2026-" \
    "05-12;document=K-7;"

static const struct agreed *agreed_in(struct fixture *f)
{
    const struct agreed *a = NULL;
    assert_int_equal(record_agreed(pipeline_record(f->pipeline), &a), 0);
    return a;
}

/* ---- refusals ---------------------------------------------------------------------------- */

static void what_is_refused_is_explained_in_both_languages_and_changes_nothing(void **state)
{
    static const struct {
        const char *verb, *arguments;
        int outcome;
    } rows[] = {
        {"maintenance.add", WORK TEN_TO_TWELVE ";scope=", PIPELINE_E_USAGE},
        {"maintenance.add", "plan_no=W;" TEN_TO_TWELVE, PIPELINE_E_USAGE},
        {"maintenance.add", "service=nobody;plan_no=W;" TEN_TO_TWELVE, PIPELINE_E_UNKNOWN},
        {"maintenance.add", "service=renkei;" TEN_TO_TWELVE, PIPELINE_E_USAGE},
        {"maintenance.add", WORK "from=2026-05-10T12:00;to=2026-05-10T10:00", PIPELINE_E_USAGE},
        {"maintenance.add", WORK "from=2026-05-10T12:00;to=2026-05-10T12:00", PIPELINE_E_USAGE},
        {"maintenance.add", WORK "from=2026-05-10T12:00;to=2028-05-10T12:00", PIPELINE_E_USAGE},
        {"maintenance.add", WORK "from=2026-05-10;to=2026-05-11", PIPELINE_E_USAGE},
        {"maintenance.add", WORK "from=2026-02-30T10:00;to=2026-05-10T12:00", PIPELINE_E_USAGE},
        {"maintenance.add", WORK "from=2026-05-10T10:00", PIPELINE_E_USAGE},
        {"maintenance.approve", "id=1;approved_by=city", PIPELINE_E_UNKNOWN},
        {"maintenance.approve", "id=-1;approved_by=city", PIPELINE_E_USAGE},
        {"maintenance.end", "id=99999999999999999999", PIPELINE_E_USAGE},
        {"maintenance.end", "", PIPELINE_E_USAGE},
        {"exclusion.add", EXCLUSION, PIPELINE_E_USAGE},
        {"exclusion.add", EXCLUSION "reason=two words", PIPELINE_E_USAGE},
        {"exclusion.add", EXCLUSION "reason=POWER;agreed_on=yesterday", PIPELINE_E_USAGE},
        {"exclusion.add", EXCLUSION "reason=POWER;mode=both", PIPELINE_E_USAGE},
        {"exclusion.revoke", "id=3;why=w;approved_by=city", PIPELINE_E_UNKNOWN},
        {"sla.judge", "gap=12;as=up;evidence=log", PIPELINE_E_UNKNOWN},
        {"sla.judge", "gap=12;as=maybe;evidence=log", PIPELINE_E_USAGE},
        {"sla.judge", "gap=12;as=up", PIPELINE_E_USAGE},
        {"sla.judge", "gap=here;as=up;evidence=log", PIPELINE_E_USAGE},
        {"sla.issue", "", PIPELINE_E_USAGE},
        {"sla.issue", "period=2026-05", PIPELINE_E_STATE},
        {"sla.issue", "period=2026-04;service=bare", PIPELINE_E_STATE},
        {"sla.issue", "period=2026-04;service=nobody", PIPELINE_E_UNKNOWN},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        // Of two arguments of a name the last one stands.
        assert_int_equal(run(f, rows[i].verb, rows[i].arguments), rows[i].outcome);
        assert_string_not_equal(pipeline_why(f->pipeline, LANGUAGE_EN), "");
        assert_string_not_equal(pipeline_why(f->pipeline, LANGUAGE_JA), "");
    }
    assert_int_equal(agreed_in(f)->work_count, 0);
    assert_int_equal(agreed_in(f)->exclusion_count, 0);
    assert_int_equal(agreed_in(f)->judgement_count, 0);
    assert_int_equal(agreed_in(f)->issue_count, 0);
}

static void what_is_done_has_no_explanation(void **state)
{
    struct fixture *f = *state;
    run(f, "maintenance.add", "");

    assert_int_equal(run(f, "maintenance.add", WORK TEN_TO_TWELVE), 0);

    assert_string_equal(pipeline_why(f->pipeline, LANGUAGE_EN), "");
}

/* ---- planned work ------------------------------------------------------------------------ */

static void times_without_a_zone_are_those_of_the_site(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, "maintenance.add", WORK TEN_TO_TWELVE), 0);

    const struct work *w = agreed_work(agreed_in(f), 1);
    assert_true(w->from == eight_o_clock + 2 * 3600000);
    assert_true(w->to == eight_o_clock + 4 * 3600000);
    assert_true(w->approved == f->now.wall);
    assert_string_equal(w->who, "operator");
}

static void without_an_approver_it_waits_for_one(void **state)
{
    struct fixture *f = *state;
    run(f, "maintenance.add", "service=renkei;plan_no=W;" TEN_TO_TWELVE);
    assert_int_equal(work_state_at(agreed_work(agreed_in(f), 1), f->now.wall), WORK_PENDING);

    assert_int_equal(run(f, "maintenance.approve", "id=1"), PIPELINE_E_USAGE);
    assert_int_equal(run(f, "maintenance.approve", "id=1;approved_by=city"), 0);

    assert_int_equal(work_state_at(agreed_work(agreed_in(f), 1), f->now.wall), WORK_PLANNED);
    assert_int_equal(run(f, "maintenance.approve", "id=1;approved_by=city"), PIPELINE_E_STATE);
}

static void what_is_registered_after_its_start_waits_even_with_an_approver(void **state)
{
    struct fixture *f = *state;

    run(f, "maintenance.add", WORK "from=2026-05-10T07:00;to=2026-05-10T09:00");

    assert_true(work_is_late(agreed_work(agreed_in(f), 1)));
    assert_int_equal(work_state_at(agreed_work(agreed_in(f), 1), f->now.wall), WORK_PENDING);
    assert_false(judge_is_working(pipeline_judge(f->pipeline), "renkei"));
}

static void the_end_lies_between_the_start_and_now(void **state)
{
    struct fixture *f = *state;
    run(f, "maintenance.add", WORK TEN_TO_TWELVE);
    pass_minutes(f, 180);

    assert_int_equal(run(f, "maintenance.end", "id=1;at=2026-05-10T09:59"), PIPELINE_E_USAGE);
    assert_int_equal(run(f, "maintenance.end", "id=1;at=2026-05-10T11:01"), PIPELINE_E_USAGE);
    assert_int_equal(run(f, "maintenance.end", "id=1;at=2026-05-10T10:30;started=2026-05-10T10:31"),
        PIPELINE_E_USAGE);
    assert_int_equal(
        run(f, "maintenance.end", "id=1;at=2026-05-10T10:50;started=2026-05-10T10:10"), 0);
    assert_int_equal(run(f, "maintenance.end", "id=1"), PIPELINE_E_STATE);

    const struct work *w = agreed_work(agreed_in(f), 1);
    assert_true(w->ended - w->started == 40 * 60000);
}

static void take_state(void *arg, const char *table, uint32_t id, const json_t *cells)
{
    (void)table;
    (void)id;
    if (strcmp(json_string_value(json_object_get(cells, "name")), "renkei") == 0)
        *(int *)arg = (int)json_integer_value(json_object_get(cells, "state"));
}

static int board_state(struct fixture *f)
{
    int state = 0;
    pipeline_board(f->pipeline, f->board, f->now);
    board_each(f->board, "service", take_state, &state);
    return state;
}

static void the_board_shows_maintenance_while_work_runs_and_knows_when_to_look(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    run(f, "maintenance.add", WORK TEN_TO_TWELVE);
    pass_minutes(f, 119);
    assert_int_equal(board_state(f), SERVICE_UP);

    pass_minutes(f, 1);

    assert_true(pipeline_board_stale(f->pipeline));
    assert_int_equal(board_state(f), SERVICE_MAINTENANCE);
    pass_minutes(f, 120);
    assert_true(pipeline_board_stale(f->pipeline));
    assert_int_equal(board_state(f), SERVICE_UP);
}

static void work_goes_on_over_a_restart_of_the_pipeline(void **state)
{
    struct fixture *f = *state;
    run(f, "maintenance.add", WORK TEN_TO_TWELVE);
    pass_minutes(f, 150);
    pipeline_stop(f->pipeline, f->now);

    assert_int_equal(pipeline_start(f->pipeline, f->now, "boot", false), 0);
    see(f, 0);

    assert_true(judge_is_working(pipeline_judge(f->pipeline), "renkei"));
    assert_null(judge_incident(pipeline_judge(f->pipeline), 1));
}

static void work_goes_on_over_a_reload(void **state)
{
    struct fixture *f = *state;
    run(f, "maintenance.add", WORK TEN_TO_TWELVE);
    pass_minutes(f, 150);

    pipeline_settings(f->pipeline, f->settings, "operator", f->now);
    see(f, 0);

    assert_null(judge_incident(pipeline_judge(f->pipeline), 1));
}

/* ---- editions ---------------------------------------------------------------------------- */

/* Nobody can look for ten minutes, from 10:00 on. */
static void be_blind_for_ten_minutes(struct fixture *f)
{
    struct reading blind = {.of = {TEXT("engine"), TEXT(""), TEXT("")},
        .kind = READING_BLIND,
        .text = TEXT("permission denied"),
        .at = f->now};
    see(f, 1);
    pass_minutes(f, 120);
    blind.at = f->now;
    pipeline_reading(f->pipeline, &blind, f->now);
    pass_minutes(f, 10);
    see(f, 1);
    pass_minutes(f, 10);
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
}

/* The id of the only gap of "renkei" that waits to be judged; 0: there is none. */
static json_int_t open_gap(struct fixture *f)
{
    pipeline_board(f->pipeline, f->board, f->now);
    json_t *gaps = pipeline_open_gaps(f->pipeline);
    const json_t *gap = json_array_get(gaps, 0);
    json_int_t id = json_integer_value(json_object_get(gap, "id"));
    assert_true(json_array_size(gaps) <= 1);
    if (gap != NULL) {
        assert_string_equal(json_string_value(json_object_get(gap, "service")), "renkei");
        assert_int_equal(json_integer_value(json_object_get(gap, "service_s")), 600);
        assert_string_equal(json_string_value(json_object_get(gap, "as")), "unmonitored");
    }
    json_decref(gaps);
    return id;
}

static void a_gap_is_judged_by_the_id_under_which_it_is_shown(void **state)
{
    struct fixture *f = *state;
    char arguments[64];
    be_blind_for_ten_minutes(f);
    json_int_t id = open_gap(f);

    snprintf(arguments, sizeof arguments, "gap=%lld;as=up;evidence=log", id);
    assert_int_equal(run(f, "sla.judge", arguments), 0);

    assert_true(id > 0);
    assert_int_equal(open_gap(f), 0);
}

static void whoever_names_no_gap_is_told_which_there_are(void **state)
{
    struct fixture *f = *state;
    char shown[64];
    run(f, "sla.judge", "gap=4711;as=up;evidence=log");
    assert_non_null(strstr(pipeline_why(f->pipeline, LANGUAGE_JA), "未判定の区間はありません"));
    be_blind_for_ten_minutes(f);
    snprintf(shown, sizeof shown, ": %lld (renkei)", open_gap(f));

    assert_int_equal(run(f, "sla.judge", "gap=4711;as=up;evidence=log"), PIPELINE_E_UNKNOWN);

    assert_non_null(strstr(pipeline_why(f->pipeline, LANGUAGE_EN), shown));
    assert_non_null(strstr(pipeline_why(f->pipeline, LANGUAGE_JA), shown));
}

static void a_second_edition_needs_a_change_a_reason_and_an_approver(void **state)
{
    struct fixture *f = *state;
    const char april[] = "service=renkei;from=2026-04-10T06:00;to=2026-04-10T07:00;agreed_by=city;"
                         "agreed_on=2026-05-12;document=K-7;reason=POWER";
    assert_int_equal(run(f, "sla.issue", "period=2026-04"), 0);
    assert_int_equal(
        run(f, "sla.issue", "period=2026-04;reason=r;approved_by=city"), PIPELINE_E_STATE);

    assert_int_equal(run(f, "exclusion.add", april), 0);

    assert_int_equal(run(f, "sla.issue", "period=2026-04;reason=r"), PIPELINE_E_USAGE);
    assert_int_equal(run(f, "sla.issue", "period=2026-04;approved_by=city"), PIPELINE_E_USAGE);
    assert_int_equal(run(f, "sla.issue", "period=2026-04;reason=r;approved_by=city"), 0);
    assert_int_equal(agreed_issue(agreed_in(f), "renkei", "2026-04")->edition, 2);
    assert_null(agreed_issue(agreed_in(f), "bare", "2026-04"));
}

static void what_lies_in_another_period_is_no_change_of_this_one(void **state)
{
    struct fixture *f = *state;
    run(f, "sla.issue", "period=2026-04");

    assert_int_equal(run(f, "exclusion.add", EXCLUSION "reason=POWER"), 0);

    assert_int_equal(
        run(f, "sla.issue", "period=2026-04;reason=r;approved_by=city"), PIPELINE_E_STATE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_refused_is_explained_in_both_languages_and_changes_nothing),
        TEST(what_is_done_has_no_explanation),
        TEST(times_without_a_zone_are_those_of_the_site),
        TEST(without_an_approver_it_waits_for_one),
        TEST(what_is_registered_after_its_start_waits_even_with_an_approver),
        TEST(the_end_lies_between_the_start_and_now),
        TEST(the_board_shows_maintenance_while_work_runs_and_knows_when_to_look),
        TEST(work_goes_on_over_a_restart_of_the_pipeline),
        TEST(work_goes_on_over_a_reload),
        TEST(a_gap_is_judged_by_the_id_under_which_it_is_shown),
        TEST(whoever_names_no_gap_is_told_which_there_are),
        TEST(a_second_edition_needs_a_change_a_reason_and_an_approver),
        TEST(what_lies_in_another_period_is_no_change_of_this_one),
    };
    return cmocka_run_group_tests_name("main/plan", tests, NULL, NULL);
}
