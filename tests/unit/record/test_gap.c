/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/gap.h"
#include "unit.h"

static const struct record_alive last = {.at = {.wall = 100000, .boot = 50000}, .boot_id = "one"};
static const struct moment later = {.wall = 160000, .boot = 110000};

static void no_time_without_the_agent_is_no_gap(void **state UNUSED)
{
    struct gap gap;
    assert_false(gap_find(&last, last.at, "one", &gap));
}

static void the_same_boot_leaves_the_services_unmonitored(void **state UNUSED)
{
    struct gap gap;
    struct service_point point;

    assert_true(gap_find(&last, later, "one", &gap));
    gap_point(&gap, "renkei", later, &point);

    assert_int_equal(point.state, SERVICE_UNMONITORED);
    assert_int_equal(point.from.wall, last.at.wall);
    assert_int_equal(point.detected.wall, later.wall);
    assert_false(gap.clock_went_back);
    service_point_deinit(&point);
}

static void an_orderly_stop_before_a_reboot_is_down_all_the_same(void **state UNUSED)
{
    struct record_alive stopped = last;
    struct gap gap;
    struct service_point point;
    stopped.stopped = true;

    assert_true(gap_find(&stopped, later, "two", &gap));
    gap_point(&gap, "renkei", later, &point);

    assert_int_equal(point.state, SERVICE_DOWN);
    service_point_deinit(&point);
}

static void the_ledgers_row_says_from_when_to_when_and_what(void **state UNUSED)
{
    struct gap gap;
    assert_true(gap_find(&last, later, "two", &gap));

    json_t *o = gap_json(&gap, later);

    assert_string_equal(json_string_value(json_object_get(o, "state")), "down");
    assert_true(json_is_true(json_object_get(o, "rebooted")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(o, "from"), "wall")), last.at.wall);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_time_without_the_agent_is_no_gap),
        cmocka_unit_test(the_same_boot_leaves_the_services_unmonitored),
        cmocka_unit_test(an_orderly_stop_before_a_reboot_is_down_all_the_same),
        cmocka_unit_test(the_ledgers_row_says_from_when_to_when_and_what),
    };
    return cmocka_run_group_tests_name("record/gap", tests, NULL, NULL);
}
