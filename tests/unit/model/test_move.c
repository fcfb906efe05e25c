/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/move.h"

#include <string.h>

#include "unit.h"

static const struct moment ten = {.wall = 1000, .boot = 10};
static const struct moment now = {.wall = 5000, .boot = 50};

/* An incident of that stage; the caller frees what is in it. */
static struct incident of_stage(enum incident_stage stage)
{
    const struct incident stages[] = {
        [STAGE_CALLED] = {.flags = INCIDENT_CITY, .called_at = {.wall = 1000, .boot = 10}},
        [STAGE_OBSERVED] = {.detected_at = {.wall = 2000, .boot = 20}, .threshold = TEXT("< 1")},
        [STAGE_EVENT] = {.detected_at = {.wall = 2000, .boot = 20}, .text = TEXT("failed")},
        [STAGE_CLOSED] = {.detected_at = {.wall = 2000, .boot = 20},
            .cleared_at = {.wall = 3000, .boot = 30}},
    };
    struct incident copy;
    incident_copy(&copy, &stages[stage]);
    return copy;
}

static void every_move_of_every_stage_is_as_the_table_says(void **state UNUSED)
{
    static const int wanted[4][MOVE_COUNT] = {
        /*              ack            report note edit false close            call */
        /* called */ {0, 0, 0, 0, 0, 0, MOVE_E_CALLED, 0},
        /* observed */ {0, 0, 0, 0, 0, MOVE_E_OBSERVED, 0, MOVE_E_TWICE},
        /* event */ {0, 0, 0, 0, 0, 0, 0, MOVE_E_TWICE},
        /* closed */
        {MOVE_E_CLOSED, 0, 0, 0, 0, MOVE_E_CLOSED, MOVE_E_CLOSED, MOVE_E_CLOSED},
    };

    for (int stage = STAGE_CALLED; stage <= STAGE_CLOSED; stage++) {
        struct incident i = of_stage((enum incident_stage)stage);
        assert_int_equal(incident_stage(&i), stage);
        for (int move = 0; move < MOVE_COUNT; move++)
            assert_int_equal(move_check(&i, (enum move)move), wanted[stage][move]);
        incident_deinit(&i);
    }
}

static void what_cannot_be_looked_at_is_observed_and_cannot_be_closed(void **state UNUSED)
{
    struct incident i = {.flags = INCIDENT_BLIND, .detected_at = {.wall = 1, .boot = 1}};

    assert_int_equal(move_check(&i, MOVE_CLOSE), MOVE_E_OBSERVED);
}

static void some_moves_are_made_only_once(void **state UNUSED)
{
    static const enum move once[] = {MOVE_ACKNOWLEDGE, MOVE_REPORT, MOVE_FALSE, MOVE_CALL};
    struct incident i = of_stage(STAGE_EVENT);

    for (size_t m = 0; m < sizeof once / sizeof once[0]; m++) {
        struct incident_change c = {.move = once[m], .at = ten, .now = now, .who = "sato"};
        assert_int_equal(incident_change(&i, &c), 0);
        assert_int_equal(incident_change(&i, &c), MOVE_E_TWICE);
    }

    assert_int_equal(i.acknowledged_at.wall, 5000);
    assert_string_equal(i.acknowledged_by, "sato");
    assert_int_equal(i.reported_at.wall, 1000);
    assert_string_equal(i.false_approved_by, "sato");
    incident_deinit(&i);
}

static void a_refused_move_changes_nothing(void **state UNUSED)
{
    struct incident i = of_stage(STAGE_OBSERVED);
    struct incident_change c = {.move = MOVE_CLOSE, .at = ten, .now = now, .text = "done"};

    assert_int_equal(incident_change(&i, &c), MOVE_E_OBSERVED);

    assert_int_equal(i.cleared_at.wall, 0);
    assert_null(i.closed_reason);
    incident_deinit(&i);
}

static void a_call_before_the_detection_says_that_we_were_late(void **state UNUSED)
{
    struct incident late = of_stage(STAGE_EVENT), early = of_stage(STAGE_EVENT);
    struct incident_change before = {.move = MOVE_CALL, .at = ten, .now = now};
    struct incident_change after = {.move = MOVE_CALL, .at = now, .now = now};

    assert_int_equal(incident_change(&late, &before), 0);
    assert_int_equal(incident_change(&early, &after), 0);

    assert_int_equal(late.flags, INCIDENT_LATE_DETECTION);
    assert_int_equal(incident_start(&late).wall, 1000);
    assert_int_equal(early.flags, 0);
    assert_int_equal(incident_start(&early).wall, 2000);
    incident_deinit(&late);
    incident_deinit(&early);
}

static void a_called_incident_is_closed_by_a_person_with_a_reason(void **state UNUSED)
{
    struct incident i = of_stage(STAGE_CALLED);
    struct incident_change c = {
        .move = MOVE_CLOSE, .at = ten, .now = now, .who = "sato", .text = "their own network"};

    assert_int_equal(incident_change(&i, &c), 0);

    assert_int_equal(incident_stage(&i), STAGE_CLOSED);
    assert_int_equal(i.recovered_at.wall, 1000);
    assert_int_equal(i.cleared_at.wall, 5000);
    assert_string_equal(i.closed_reason, "their own network");
    assert_string_equal(i.closed_by, "sato");
    incident_deinit(&i);
}

static void what_people_write_can_be_written_anew_and_taken_away(void **state UNUSED)
{
    struct field first[] = {{TEXT("impact"), TEXT("two offices")}, {TEXT("guess"), TEXT("disk")}};
    struct field second[] = {{TEXT("impact"), TEXT("all offices")}, {TEXT("guess"), TEXT("")}};
    struct incident i = of_stage(STAGE_CLOSED);
    struct incident_change c = {.move = MOVE_EDIT, .now = now, .written_count = 2};

    c.written = first;
    assert_int_equal(incident_change(&i, &c), 0);
    c.written = second;
    assert_int_equal(incident_change(&i, &c), 0);

    assert_int_equal(i.written_count, 1);
    assert_string_equal(incident_written(&i, "impact"), "all offices");
    assert_null(incident_written(&i, "guess"));
    incident_deinit(&i);
}

static void no_name_that_people_write_is_one_of_a_fact(void **state UNUSED)
{
    for (size_t n = 0; written_names[n] != NULL; n++)
        assert_false(written_is_fact(written_names[n]));
    assert_true(written_is_fact("detected_at"));
    assert_true(written_is_name("prevention"));
    assert_false(written_is_name("mood"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_move_of_every_stage_is_as_the_table_says),
        cmocka_unit_test(what_cannot_be_looked_at_is_observed_and_cannot_be_closed),
        cmocka_unit_test(some_moves_are_made_only_once),
        cmocka_unit_test(a_refused_move_changes_nothing),
        cmocka_unit_test(a_call_before_the_detection_says_that_we_were_late),
        cmocka_unit_test(a_called_incident_is_closed_by_a_person_with_a_reason),
        cmocka_unit_test(what_people_write_can_be_written_anew_and_taken_away),
        cmocka_unit_test(no_name_that_people_write_is_one_of_a_fact),
    };
    return cmocka_run_group_tests_name("model/move", tests, NULL, NULL);
}
