/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "notify/redact_row.h"
#include "unit.h"

static json_t *redacted(const char *line)
{
    json_t *o = json_loads(line, 0, NULL);
    assert_non_null(o);
    redact_row(NULL, o);
    return o;
}

static const char *text_in(const json_t *o, const char *part, const char *name)
{
    return json_string_value(json_object_get(json_object_get(o, part), name));
}

static void every_text_of_a_body_is_redacted_at_any_depth(void **state UNUSED)
{
    json_t *o = redacted("{\"seq\":1,\"kind\":\"incident\",\"body\":{\"text\":\"'山田'\",\"id\":7,"
                         "\"fields\":[{\"x\":\"123456789012\"}]}}");

    assert_string_equal(text_in(o, "body", "text"), "'***'");
    const json_t *fields = json_object_get(json_object_get(o, "body"), "fields");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(fields, 0), "x")), "************");
    assert_true(json_is_true(json_object_get(o, "redacted")));
    json_decref(o);
}

static void a_row_without_anything_to_hide_stays_as_it_is(void **state UNUSED)
{
    json_t *o =
        redacted("{\"seq\":1,\"kind\":\"start\",\"hash\":\"123456789012\",\"body\":{\"text\":"
                 "\"engine 'renkei' is up\"}}");

    assert_null(json_object_get(o, "redacted"));
    assert_string_equal(json_string_value(json_object_get(o, "hash")), "123456789012");
    json_decref(o);
}

static void hashes_and_uuids_are_nobodys_numbers(void **state UNUSED)
{
    json_t *o = redacted("{\"kind\":\"start\",\"body\":{\"boot_id\":"
                         "\"01234567-1234-4123-8123-123456789012\",\"head\":"
                         "\"a123456789012b00000000000000000000000000000000000000000000000000\"}}");

    assert_null(json_object_get(o, "redacted"));
    json_decref(o);
}

static void what_people_and_notices_say_keeps_its_quotations(void **state UNUSED)
{
    json_t *command =
        redacted("{\"kind\":\"command\",\"body\":{\"text\":\"「手順書」 123456789012\"}}");
    json_t *incident = redacted("{\"kind\":\"incident\",\"body\":{\"closed_reason\":\"「済」\"}}");
    json_t *notice = redacted("{\"kind\":\"notice\",\"body\":{\"text\":\"renkei は「停止」\"}}");

    assert_string_equal(text_in(command, "body", "text"), "「手順書」 ************");
    assert_null(json_object_get(incident, "redacted"));
    assert_null(json_object_get(notice, "redacted"));
    json_decref(command);
    json_decref(incident);
    json_decref(notice);
}

static void fields_of_a_record_are_hidden_with_it_and_measured_numbers_stay(void **state UNUSED)
{
    json_t *event = redacted("{\"kind\":\"incident\",\"body\":{\"key\":\"山田\",\"value\":\"山田\","
                             "\"threshold\":\"\",\"text\":\"'山田'\"}}");
    json_t *limit = redacted("{\"kind\":\"incident\",\"body\":{\"value\":\"123456789012\","
                             "\"threshold\":\"> 5\",\"text\":\"\"}}");

    assert_string_equal(text_in(event, "body", "value"), "***");
    assert_string_equal(text_in(event, "body", "key"), "***");
    assert_null(json_object_get(limit, "redacted"));
    json_decref(event);
    json_decref(limit);
}

static void a_body_that_stands_as_a_text_is_redacted_too(void **state UNUSED)
{
    json_t *o = redacted("{\"kind\":\"incident\",\"raw\":\"{ 123456789012 }\"}");

    assert_string_equal(json_string_value(json_object_get(o, "raw")), "{ ************ }");
    assert_true(json_is_true(json_object_get(o, "redacted")));
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_of_a_body_is_redacted_at_any_depth),
        cmocka_unit_test(a_row_without_anything_to_hide_stays_as_it_is),
        cmocka_unit_test(hashes_and_uuids_are_nobodys_numbers),
        cmocka_unit_test(what_people_and_notices_say_keeps_its_quotations),
        cmocka_unit_test(fields_of_a_record_are_hidden_with_it_and_measured_numbers_stay),
        cmocka_unit_test(a_body_that_stands_as_a_text_is_redacted_too),
    };
    return cmocka_run_group_tests_name("notify/redact_row", tests, NULL, NULL);
}
