/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/alloc.h"
#include "model/model.h"
#include "unit.h"

static struct triple engine(void)
{
    return (struct triple){alloc_text("engine"), alloc_text(""), alloc_text("running")};
}

static void every_name_reads_back_as_its_value(void **state UNUSED)
{
    for (enum verdict v = VERDICT_UNKNOWN; v <= VERDICT_BLIND; v++) {
        enum verdict back = VERDICT_UNKNOWN;
        assert_true(verdict_from(verdict_name(v), &back));
        assert_int_equal(back, v);
    }
    for (enum service_state s = SERVICE_UP; s <= SERVICE_OUT_OF_HOURS; s++) {
        enum service_state back = SERVICE_UP;
        assert_true(service_state_from(service_state_name(s), &back));
        assert_int_equal(back, s);
    }
    for (enum notice_kind k = NOTICE_RAISED; k <= NOTICE_TEST; k++) {
        enum notice_kind back = NOTICE_TEST;
        assert_true(notice_kind_from(notice_kind_name(k), &back));
        assert_int_equal(back, k);
    }
    for (enum receipt_result r = RECEIPT_ACCEPTED; r <= RECEIPT_LATER; r++) {
        enum receipt_result back = RECEIPT_LATER;
        assert_true(receipt_result_from(receipt_result_name(r), &back));
        assert_int_equal(back, r);
    }
    for (enum reading_kind k = READING_NUMBER; k <= READING_BLIND; k++) {
        enum reading_kind back = READING_BLIND;
        assert_true(reading_kind_from(reading_kind_name(k), &back));
        assert_int_equal(back, k);
    }
}

static void every_severity_of_the_mib_has_its_name(void **state UNUSED)
{
    static const enum severity all[] = {
        SEVERITY_NONE, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_BLIND};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        enum severity back = SEVERITY_NOTICE;
        assert_true(severity_from(severity_name(all[i]), &back));
        assert_int_equal(back, all[i]);
    }
    assert_string_equal(severity_name((enum severity)5), "unknown");
}

static void a_name_that_is_none_leaves_the_value_alone(void **state UNUSED)
{
    enum verdict v = VERDICT_BLIND;
    enum severity s = SEVERITY_NOTICE;
    enum reading_kind k = READING_EVENT;

    assert_false(verdict_from("Critical", &v));
    assert_false(severity_from(NULL, &s));
    assert_false(reading_kind_from("", &k));

    assert_int_equal(v, VERDICT_BLIND);
    assert_int_equal(s, SEVERITY_NOTICE);
    assert_int_equal(k, READING_EVENT);
}

static void a_state_reading_is_a_number(void **state UNUSED)
{
    enum reading_kind k = READING_BLIND;

    assert_true(reading_kind_from("state", &k));

    assert_int_equal(k, READING_NUMBER);
    assert_string_equal(reading_kind_name(READING_NUMBER), "number");
}

static void every_notice_kind_has_an_ascii_event_id(void **state UNUSED)
{
    for (enum notice_kind k = NOTICE_RAISED; k <= NOTICE_TEST; k++)
        assert_int_equal(strncmp(notice_event_id(k), "HM-", 3), 0);
    assert_string_equal(notice_event_id(NOTICE_RAISED), "HM-INC-RAISED");
}

static void a_copied_reading_outlives_its_original(void **state UNUSED)
{
    struct reading from = {.of = engine(), .kind = READING_EVENT, .text = alloc_text("異常終了")};
    from.fields = alloc_array(1, sizeof *from.fields);
    from.fields[0] = (struct field){alloc_text("rc"), alloc_text("12")};
    from.field_count = 1;

    struct reading copy;
    reading_copy(&copy, &from);
    reading_deinit(&from);

    assert_string_equal(copy.of.metric, "running");
    assert_string_equal(copy.text, "異常終了");
    assert_string_equal(reading_field(&copy, "rc"), "12");
    assert_null(reading_field(&copy, "job"));
    reading_deinit(&copy);
    reading_deinit(&copy);
}

static void a_copied_incident_owns_all_its_texts(void **state UNUSED)
{
    struct incident from = {.id = 7,
        .of = engine(),
        .key = alloc_text("ZEI-0012/12"),
        .service = alloc_text("renkei"),
        .acknowledged_by = alloc_text("yamada"),
        .value = alloc_text("0"),
        .threshold = alloc_text("< 1"),
        .text = alloc_text("gone")};

    struct incident copy;
    incident_copy(&copy, &from);
    incident_deinit(&from);

    assert_int_equal(copy.id, 7);
    assert_string_equal(copy.key, "ZEI-0012/12");
    assert_string_equal(copy.acknowledged_by, "yamada");
    assert_string_equal(copy.threshold, "< 1");
    incident_deinit(&copy);
    assert_null(copy.text);
}

static void empty_values_are_copied_as_empty(void **state UNUSED)
{
    struct notice n;
    struct metric_state m;
    struct service_point p;

    notice_copy(&n, &(struct notice){0});
    metric_state_copy(&m, &(struct metric_state){0});
    service_point_copy(&p, &(struct service_point){.reason = NULL});

    assert_null(n.text);
    assert_null(m.of.subject);
    assert_null(p.service);
    notice_deinit(&n);
    metric_state_deinit(&m);
    service_point_deinit(&p);
}

static void a_commands_argument_is_replaced_when_set_again(void **state UNUSED)
{
    struct command c = {.verb = alloc_text("incident.ack")};

    command_set(&c, "id", "1");
    command_set(&c, "who", "sato");
    command_set(&c, "id", "2");

    assert_int_equal(c.arg_count, 2);
    assert_string_equal(command_arg(&c, "id"), "2");
    assert_string_equal(command_arg(&c, "who"), "sato");
    assert_null(command_arg(&c, "note"));
    command_deinit(&c);
    assert_null(c.args);
}

static void a_receipt_can_be_freed_twice(void **state UNUSED)
{
    struct receipt r = {.delivery = 3, .result = RECEIPT_SENT, .text = alloc_text("250 ok")};

    receipt_deinit(&r);
    receipt_deinit(&r);

    assert_null(r.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_reads_back_as_its_value),
        cmocka_unit_test(every_severity_of_the_mib_has_its_name),
        cmocka_unit_test(a_name_that_is_none_leaves_the_value_alone),
        cmocka_unit_test(a_state_reading_is_a_number),
        cmocka_unit_test(every_notice_kind_has_an_ascii_event_id),
        cmocka_unit_test(a_copied_reading_outlives_its_original),
        cmocka_unit_test(a_copied_incident_owns_all_its_texts),
        cmocka_unit_test(empty_values_are_copied_as_empty),
        cmocka_unit_test(a_commands_argument_is_replaced_when_set_again),
        cmocka_unit_test(a_receipt_can_be_freed_twice),
    };
    return cmocka_run_group_tests_name("model/model", tests, NULL, NULL);
}
