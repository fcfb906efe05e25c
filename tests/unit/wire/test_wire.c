/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "wire/wire.h"

#include "unit.h"

static json_t *object_of(const char *line)
{
    json_t *o = wire_parse(line, strlen(line), NULL);
    assert_non_null(o);
    return o;
}

/* Parses @line, which must be refused, and returns the reason for the caller to compare. */
static void assert_no_line(const char *line, size_t length, const char *reason)
{
    struct text why = {0};

    json_t *o = wire_parse(line, length, &why);

    assert_null(o);
    assert_non_null(strstr(text_get(&why), reason));
    text_deinit(&why);
}

static void a_line_that_is_no_object_is_refused_with_a_reason(void **state UNUSED)
{
    static const char twice[] = "{\"a\":1,\"a\":2}";
    static const char nul[] = "{\"a\":\"\\u0000\"}";
    static const char bytes[] = "{\"a\":\"\xff\"}";
    static const char huge[] = "{\"a\":9223372036854775808}";

    assert_no_line("[1]", 3, "not an object");
    assert_no_line("{", 1, "not JSON");
    assert_no_line("", 0, "not JSON");
    assert_no_line("{} x", 4, "not JSON");
    assert_no_line(twice, strlen(twice), "not JSON");
    assert_no_line(nul, strlen(nul), "not JSON");
    assert_no_line(bytes, strlen(bytes), "not JSON");
    assert_no_line(huge, strlen(huge), "not JSON");
}

static void a_line_over_64_kib_is_refused(void **state UNUSED)
{
    char *line = alloc(70000);
    memset(line, ' ', 69999);
    memcpy(line, "{}", 2);

    assert_no_line(line, 69999, "over the limit");
    free(line);
}

static void members_keep_their_order_in_a_line(void **state UNUSED)
{
    json_t *o = json_object();
    wire_put_text(o, "type", "leave");
    json_object_set_new(o, "id", json_integer(3));
    size_t length;

    char *line = wire_line(o, &length);

    assert_string_equal(line, "{\"type\":\"leave\",\"id\":3}");
    assert_int_equal(length, strlen(line));
    free(line);
}

static void bytes_that_are_not_utf8_go_out_as_replacement_characters(void **state UNUSED)
{
    json_t *o = json_object();

    wire_put_text(o, "text",
        "a\xff"
        "b");
    wire_put_text(o, "none", NULL);

    assert_string_equal(json_string_value(json_object_get(o, "text")), "a\xef\xbf\xbd"
                                                                       "b");
    assert_string_equal(json_string_value(json_object_get(o, "none")), "");
    json_decref(o);
}

static void a_quoted_text_is_read_back_as_it_was(void **state UNUSED)
{
    char bytes[40];
    srandom(5);

    for (int round = 0; round < 20000; round++) {
        struct text line = {0}, wanted = {0};
        size_t length = (size_t)random() % sizeof bytes;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)(random() % 4 ? 1 + random() % 127 : 128 + random() % 128);
        text_add_utf8(&wanted, bytes, length);
        text_add(&line, "{\"t\":");
        wire_add_quoted(&line, bytes, length);
        text_add_char(&line, '}');
        json_t *o = object_of(text_get(&line));
        assert_string_equal(json_string_value(json_object_get(o, "t")), text_get(&wanted));
        json_decref(o);
        text_deinit(&wanted);
        text_deinit(&line);
    }
}

static void what_must_be_escaped_is_found_at_every_place(void **state UNUSED)
{
    static const char *const marks[] = {"\"", "\\", "\n", "\x1f", "\xff", "\xe0\x80\x80",
        "\xe9\x80", "\xed\xa0\x80", "\xe6\x97\xa5"};
    char bytes[40];

    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++)
        for (size_t at = 0; at + 4 < 24; at++) {
            struct text line = {0}, wanted = {0};
            memset(bytes, 'x', sizeof bytes);
            memcpy(bytes + at, marks[m], strlen(marks[m]));
            text_add_utf8(&wanted, bytes, 24);
            text_add(&line, "{\"t\":");
            wire_add_quoted(&line, bytes, 24);
            text_add_char(&line, '}');
            json_t *o = object_of(text_get(&line));
            assert_string_equal(json_string_value(json_object_get(o, "t")), text_get(&wanted));
            json_decref(o);
            text_deinit(&wanted);
            text_deinit(&line);
        }
}

static void sixty_four_bit_ids_survive_as_decimal_texts(void **state UNUSED)
{
    json_t *o = json_object();
    uint64_t id = 0;

    json_object_set_new(o, "id", wire_id(UINT64_MAX));

    assert_string_equal(json_string_value(json_object_get(o, "id")), "18446744073709551615");
    assert_true(wire_get_id(o, "id", &id, NULL));
    assert_true(id == UINT64_MAX);
    json_decref(o);
}

static void ids_that_are_not_decimal_texts_are_refused(void **state UNUSED)
{
    static const char *const bad[] = {"{\"id\":7}", "{\"id\":\"\"}", "{\"id\":\"-1\"}",
        "{\"id\":\" 1\"}", "{\"id\":\"1x\"}", "{\"id\":\"18446744073709551616\"}", "{}"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *o = object_of(bad[i]);
        uint64_t id = 5;
        assert_false(wire_get_id(o, "id", &id, NULL));
        assert_true(id == 5);
        json_decref(o);
    }
}

static void integers_outside_their_range_are_refused(void **state UNUSED)
{
    json_t *o = object_of("{\"n\":11,\"r\":1.5}");
    int64_t n = -1;
    struct text why = {0};

    assert_true(wire_get_int(o, "n", 0, 11, &n, NULL));
    assert_int_equal(n, 11);
    assert_false(wire_get_int(o, "n", 0, 10, &n, &why));
    assert_string_equal(text_get(&why), "\"n\" is outside 0..10");
    assert_false(wire_get_int(o, "r", 0, 10, &n, NULL));
    assert_false(wire_get_int(o, "x", 0, 10, &n, NULL));
    text_deinit(&why);
    json_decref(o);
}

static void a_reading_comes_back_as_it_went(void **state UNUSED)
{
    struct field fields[] = {
        {(char[]){"job"}, (char[]){"ZEI-0012"}}, {(char[]){"rc"}, (char[]){"12"}}};
    struct reading r = {.of = {.instance = (char[]){"/var"}, .metric = (char[]){"failure"}},
        .kind = READING_EVENT,
        .text = (char[]){"税連携 failed"},
        .fields = fields,
        .field_count = 2,
        .at = {.wall = 1776214800000}};
    struct reading back = {0};

    json_t *o = wire_reading(&r);
    int result = wire_reading_decode(o, &back, NULL);

    assert_int_equal(result, 0);
    assert_string_equal(back.of.instance, "/var");
    assert_string_equal(back.of.metric, "failure");
    assert_int_equal(back.kind, READING_EVENT);
    assert_string_equal(back.text, r.text);
    assert_string_equal(reading_field(&back, "rc"), "12");
    assert_int_equal(back.at.wall, 1776214800000);
    reading_deinit(&back);
    json_decref(o);
}

static void a_reading_that_does_not_fit_is_refused(void **state UNUSED)
{
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"{\"kind\":\"number\",\"number\":1}", "\"metric\" is absent"},
        {"{\"metric\":\"\",\"kind\":\"number\",\"number\":1}", "\"metric\" is not"},
        {"{\"metric\":\"Used\",\"kind\":\"number\",\"number\":1}", "\"metric\" is not"},
        {"{\"metric\":\"m\",\"kind\":\"number\"}", "\"number\" is absent"},
        {"{\"metric\":\"m\",\"kind\":\"number\",\"number\":\"1\"}", "\"number\" is not a number"},
        {"{\"metric\":\"m\",\"kind\":\"guess\"}", "\"kind\" is none of"},
        {"{\"metric\":\"\",\"kind\":\"gone\"}", "what is gone is an"},
        {"{\"instance\":\"/var\",\"metric\":\"m\",\"kind\":\"gone\"}", "what is gone is an"},
        {"{\"metric\":\"m\",\"kind\":7}", "\"kind\" is not a text"},
        {"{\"metric\":\"m\"}", "\"kind\" is absent"},
        {"{\"metric\":\"m\",\"kind\":\"event\",\"text\":1}", "\"text\" is not a text"},
        {"{\"metric\":\"m\",\"kind\":\"event\",\"at_ms\":-1}", "\"at_ms\" is outside"},
        {"{\"metric\":\"m\",\"kind\":\"event\",\"fields\":[]}", "\"fields\" is not"},
        {"{\"metric\":\"m\",\"kind\":\"event\",\"fields\":{\"A\":\"1\"}}", "field's name"},
        {"{\"metric\":\"m\",\"kind\":\"event\",\"fields\":{\"a\":1}}", "field \"a\" is not"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *o = object_of(bad[i].line);
        struct reading r = {0};
        struct text why = {0};
        assert_int_equal(wire_reading_decode(o, &r, &why), WIRE_E_BAD);
        assert_non_null(strstr(text_get(&why), bad[i].why));
        assert_null(r.of.metric);
        text_deinit(&why);
        json_decref(o);
    }
}

static void a_text_over_16_kib_is_refused(void **state UNUSED)
{
    char *text = alloc(WIRE_TEXT_MAX + 2);
    memset(text, 'x', WIRE_TEXT_MAX + 1);
    json_t *o = object_of("{\"metric\":\"m\",\"kind\":\"event\"}");
    wire_put_text(o, "text", text);
    struct reading r = {0};

    assert_int_equal(wire_reading_decode(o, &r, NULL), WIRE_E_BAD);
    json_decref(o);
    free(text);
}

static void more_than_32_fields_are_refused(void **state UNUSED)
{
    json_t *o = object_of("{\"metric\":\"m\",\"kind\":\"event\"}");
    json_t *fields = json_object();
    for (int i = 0; i < 33; i++) {
        char name[] = {'f', (char)('0' + i / 10), (char)('0' + i % 10), '\0'};
        wire_put_text(fields, name, "x");
    }
    json_object_set_new(o, "fields", fields);
    struct reading r = {0};

    assert_int_equal(wire_reading_decode(o, &r, NULL), WIRE_E_BAD);
    json_decref(o);
}

static void a_blind_reading_needs_no_metric_and_state_is_a_number(void **state UNUSED)
{
    json_t *blind = object_of("{\"metric\":\"\",\"kind\":\"blind\",\"text\":\"EACCES\"}");
    json_t *number = object_of("{\"metric\":\"running\",\"kind\":\"state\",\"number\":0}");
    struct reading b = {0}, n = {0};

    assert_int_equal(wire_reading_decode(blind, &b, NULL), 0);
    assert_int_equal(wire_reading_decode(number, &n, NULL), 0);

    assert_int_equal(b.kind, READING_BLIND);
    assert_string_equal(b.text, "EACCES");
    assert_int_equal(n.kind, READING_NUMBER);
    reading_deinit(&b);
    reading_deinit(&n);
    json_decref(blind);
    json_decref(number);
}

static void only_texts_and_null_may_be_kept(void **state UNUSED)
{
    json_t *good = object_of("{\"offset\":\"12\",\"old\":null}");
    json_t *bad = object_of("{\"offset\":12}");
    json_t *nameless = object_of("{\"\":\"12\"}");

    assert_true(wire_keep_is_valid(good, NULL));
    assert_false(wire_keep_is_valid(bad, NULL));
    assert_false(wire_keep_is_valid(nameless, NULL));
    assert_false(wire_keep_is_valid(NULL, NULL));
    json_decref(good);
    json_decref(bad);
    json_decref(nameless);
}

/* A line that was written, read by the library. */
static json_t *read_back(struct text *line)
{
    json_t *o = object_of(text_get(line));
    text_deinit(line);
    return o;
}

static json_t *notice_object(const struct notice *n, const char *host, int32_t utc_offset_s)
{
    struct text line = {0};
    wire_notice(&line, n, host, utc_offset_s);
    return read_back(&line);
}

static json_t *incident_object(const struct incident *i)
{
    struct text line = {0};
    wire_incident(&line, i);
    return read_back(&line);
}

static void members_that_are_written_are_what_the_library_reads(void **state UNUSED)
{
    static const char *const names[] = {"nms", "\"q\""};
    struct text line = {0}, empty = {0};

    wire_open(&line);
    wire_add_text(&line, "text", "{\t\"\xff終\x01");
    wire_add_text(&line, "none", NULL);
    wire_add_int(&line, "least", INT64_MIN);
    wire_add_int(&line, "zero", 0);
    wire_add_id(&line, "id", UINT64_MAX);
    wire_add_texts(&line, "to", names, 2);
    wire_add_texts(&line, "nobody", NULL, 0);
    wire_add_moment(&line, "never", (struct moment){0});
    wire_add_moment(&line, "at", (struct moment){.wall = 5, .boot = -6});
    wire_close(&line);
    wire_open(&empty);
    wire_close(&empty);

    assert_string_equal(text_get(&line),
        "{\"text\":\"{\\t\\\"\xEF\xBF\xBD終\\u0001\",\"none\":\"\",\"least\":-9223372036854775808,"
        "\"zero\":0,\"id\":\"18446744073709551615\",\"to\":[\"nms\",\"\\\"q\\\"\"],\"nobody\":[],"
        "\"never\":null,\"at\":{\"wall\":5,\"boot\":-6}}");
    assert_string_equal(text_get(&empty), "{}");
    json_decref(read_back(&line));
    text_deinit(&empty);
}

static void a_notice_comes_back_as_it_went(void **state UNUSED)
{
    struct notice n = {.sequence = UINT64_C(1) << 60,
        .kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .of = {.subject = (char[]){"engine"}, .metric = (char[]){"running"}},
        .incident = 42,
        .at = {.wall = 1000},
        .detected_at = {.wall = 900},
        .key = (char[]){"ABCDEF"},
        .text = (char[]){"止まっています"}};
    struct notice back = {0};

    json_t *o = notice_object(&n, "renkei01", 32400);
    int result = wire_notice_decode(o, &back, NULL);

    assert_int_equal(result, 0);
    assert_true(back.sequence == n.sequence);
    assert_int_equal(back.kind, NOTICE_RAISED);
    assert_int_equal(back.severity, SEVERITY_CRITICAL);
    assert_string_equal(back.of.subject, "engine");
    assert_int_equal(back.incident, 42);
    assert_int_equal(back.detected_at.wall, 900);
    assert_string_equal(back.text, n.text);
    assert_string_equal(json_string_value(json_object_get(o, "host")), "renkei01");
    assert_int_equal(json_integer_value(json_object_get(o, "utc_offset_s")), 32400);
    assert_string_equal(json_string_value(json_object_get(o, "event_id")), notice_event_id(n.kind));
    notice_deinit(&back);
    json_decref(o);
}

static void a_notice_that_does_not_fit_is_refused(void **state UNUSED)
{
    static const char *const members[] = {
        "kind", "severity", "sequence", "incident", "key", "at_ms"};
    struct notice n = {.kind = NOTICE_TEST, .key = (char[]){"K"}};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *o = notice_object(&n, "h", 0);
        struct notice back = {0};
        json_object_set_new(o, members[i], json_array());
        assert_int_equal(wire_notice_decode(o, &back, NULL), WIRE_E_BAD);
        json_decref(o);
    }
}

static void a_severity_between_critical_and_blind_is_none(void **state UNUSED)
{
    struct notice n = {.kind = NOTICE_TEST, .key = (char[]){"K"}};
    struct notice back = {0};
    json_t *o = notice_object(&n, "h", 0);
    json_object_set_new(o, "severity", json_integer(5));

    assert_int_equal(wire_notice_decode(o, &back, NULL), WIRE_E_BAD);

    json_object_set_new(o, "severity", json_integer(9));
    json_object_set_new(o, "kind", json_string("gossip"));
    assert_int_equal(wire_notice_decode(o, &back, NULL), WIRE_E_BAD);
    json_decref(o);
}

static void a_receipt_is_read_and_its_members_are_checked(void **state UNUSED)
{
    json_t *good = object_of("{\"delivery\":\"9\",\"result\":\"accepted\",\"text\":\"250 ok\"}");
    json_t *bad[] = {object_of("{\"delivery\":\"9\",\"result\":\"maybe\"}"),
        object_of("{\"delivery\":9,\"result\":\"accepted\"}"), object_of("{\"delivery\":\"9\"}"),
        object_of("{\"delivery\":\"9\",\"result\":\"sent\",\"text\":[]}"),
        object_of("{\"delivery\":\"9\",\"result\":\"later\",\"text\":\"x\",\"progress\":7}")};
    struct receipt r = {0}, none = {0};

    assert_int_equal(wire_receipt_decode(good, &r, NULL), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(wire_receipt_decode(bad[i], &none, NULL), WIRE_E_BAD);
        json_decref(bad[i]);
    }

    assert_int_equal(r.delivery, 9);
    assert_int_equal(r.result, RECEIPT_ACCEPTED);
    assert_string_equal(r.text, "250 ok");
    receipt_deinit(&r);
    json_decref(good);
}

static void the_progress_of_a_delivery_is_read_with_its_receipt(void **state UNUSED)
{
    json_t *o = object_of(
        "{\"delivery\":\"9\",\"result\":\"later\",\"text\":\"451\",\"progress\":\"one of two\"}");
    struct receipt r = {0}, none = {0};

    assert_int_equal(wire_receipt_decode(o, &r, NULL), 0);
    char *long_one = alloc(WIRE_VALUE_MAX + 2);
    memset(long_one, 'x', WIRE_VALUE_MAX + 1);
    json_object_set_new(o, "progress", json_string(long_one));

    assert_string_equal(r.progress, "one of two");
    assert_int_equal(wire_receipt_decode(o, &none, NULL), WIRE_E_BAD);
    free(long_one);
    receipt_deinit(&r);
    json_decref(o);
}

static void no_moment_is_null_and_a_moment_comes_back(void **state UNUSED)
{
    struct moment back = {1, 1};
    json_t *none = wire_moment((struct moment){0});
    json_t *some = wire_moment((struct moment){1000, -5});
    json_t *bad = object_of("{\"wall\":1}");

    assert_true(json_is_null(none));
    assert_true(wire_moment_decode(none, &back));
    assert_int_equal(back.wall, 0);
    assert_true(wire_moment_decode(some, &back));
    assert_int_equal(back.wall, 1000);
    assert_int_equal(back.boot, -5);
    assert_false(wire_moment_decode(bad, &back));
    json_decref(none);
    json_decref(some);
    json_decref(bad);
}

static void an_incident_comes_back_as_it_went(void **state UNUSED)
{
    struct field written[] = {{TEXT("impact"), TEXT("two offices")}};
    struct incident i = {.id = 7,
        .of = {.subject = (char[]){"disk"},
            .instance = (char[]){"/var"},
            .metric = (char[]){"used"}},
        .service = (char[]){"renkei"},
        .severity = SEVERITY_BLIND,
        .failed_at = {.wall = 1, .boot = 2},
        .acknowledged_at = {.wall = 3, .boot = 4},
        .last_at = {.wall = 5, .boot = 6},
        .acknowledged_by = (char[]){"sato"},
        .flags = INCIDENT_BLIND | INCIDENT_OWN,
        .count = 3,
        .transition = 2,
        .threshold = (char[]){">= 90"},
        .called_text = (char[]){"画面が出ない"},
        .closed_reason = (char[]){"done"},
        .recurrence_of = 5,
        .recurrence = 2,
        .reminders = REMINDER_HALF,
        .written = written,
        .written_count = 1};
    struct incident back = {0};

    json_t *o = incident_object(&i);
    int result = wire_incident_decode(o, &back, NULL);

    assert_int_equal(result, 0);
    assert_int_equal(back.id, 7);
    assert_string_equal(back.of.instance, "/var");
    assert_string_equal(back.service, "renkei");
    assert_int_equal(back.severity, SEVERITY_BLIND);
    assert_int_equal(back.failed_at.boot, 2);
    assert_int_equal(back.acknowledged_at.wall, 3);
    assert_int_equal(back.last_at.boot, 6);
    assert_int_equal(back.cleared_at.wall, 0);
    assert_int_equal(back.flags, INCIDENT_BLIND | INCIDENT_OWN);
    assert_int_equal(back.count, 3);
    assert_int_equal(back.transition, 2);
    assert_string_equal(back.threshold, ">= 90");
    assert_string_equal(back.called_text, "画面が出ない");
    assert_string_equal(back.closed_reason, "done");
    assert_string_equal(back.false_reason, "");
    assert_int_equal(back.recurrence_of, 5);
    assert_int_equal(back.recurrence, 2);
    assert_int_equal(back.reminders, REMINDER_HALF);
    assert_string_equal(incident_written(&back, "impact"), "two offices");
    incident_deinit(&back);
    json_decref(o);
}

static void an_incident_with_a_wrong_member_is_refused(void **state UNUSED)
{
    static const char *const members[] = {"id", "severity", "flags", "failed_at", "text", "subject",
        "called_text", "recurrence_of", "reminders", "written"};
    struct incident i = {.id = 7, .severity = SEVERITY_WARNING};

    for (size_t m = 0; m < sizeof members / sizeof members[0]; m++) {
        json_t *o = incident_object(&i);
        struct incident back = {0};
        json_object_set_new(o, members[m], json_true());
        assert_int_equal(wire_incident_decode(o, &back, NULL), WIRE_E_BAD);
        json_decref(o);
    }
}

static void a_service_point_is_written_with_its_names(void **state UNUSED)
{
    struct service_point p = {.service = (char[]){"renkei"},
        .state = SERVICE_DOWN,
        .from = {.wall = 5, .boot = 6},
        .incident = 8};

    json_t *o = wire_service_point(&p);

    assert_string_equal(json_string_value(json_object_get(o, "state")), "down");
    assert_string_equal(json_string_value(json_object_get(o, "incident")), "8");
    json_decref(o);
}

static void that_an_outage_was_taken_back_is_written_and_read(void **state UNUSED)
{
    struct service_point p = {.service = (char[]){"renkei"},
        .state = SERVICE_DOWN,
        .from = {.wall = 5, .boot = 6},
        .taken_back = {.wall = 7, .boot = 8}};
    struct service_point read = {0};

    json_t *o = wire_service_point(&p);

    assert_int_equal(wire_service_point_decode(o, &read, NULL), 0);
    assert_int_equal(read.taken_back.wall, 7);
    service_point_deinit(&read);
    json_object_set_new(o, "taken_back", json_string("yes"));
    assert_int_equal(wire_service_point_decode(o, &read, NULL), WIRE_E_BAD);
    json_decref(o);
}

static void a_request_becomes_a_command_of_texts(void **state UNUSED)
{
    json_t *o =
        object_of("{\"id\":1,\"do\":\"incident.ack\",\"args\":{\"incident\":12,\"by\":\"sato\","
                  "\"quiet\":true,\"note\":null}}");
    struct command c = {0};

    assert_int_equal(wire_command_decode(o, &c, NULL), 0);

    assert_string_equal(c.verb, "incident.ack");
    assert_string_equal(command_arg(&c, "incident"), "12");
    assert_string_equal(command_arg(&c, "by"), "sato");
    assert_string_equal(command_arg(&c, "quiet"), "true");
    assert_null(command_arg(&c, "note"));
    command_deinit(&c);
    json_decref(o);
}

static void a_request_that_does_not_fit_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {"{}", "{\"do\":1}", "{\"do\":\"\"}", "{\"do\":\"rm -rf\"}",
        "{\"do\":\"x\",\"args\":[]}", "{\"do\":\"x\",\"args\":{\"A\":\"1\"}}",
        "{\"do\":\"x\",\"args\":{\"a\":[1]}}", "{\"do\":\"x\",\"args\":{\"a\":1.5}}"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *o = object_of(bad[i]);
        struct command c = {0};
        struct text why = {0};
        assert_int_equal(wire_command_decode(o, &c, &why), WIRE_E_BAD);
        assert_true(why.length > 0);
        text_deinit(&why);
        json_decref(o);
    }
}

static void a_request_with_65_arguments_is_refused(void **state UNUSED)
{
    json_t *o = object_of("{\"do\":\"x\"}");
    json_t *args = json_object();
    for (int i = 0; i < 65; i++) {
        char name[] = {'a', (char)('0' + i / 10), (char)('0' + i % 10), '\0'};
        json_object_set_new(args, name, json_integer(i));
    }
    json_object_set_new(o, "args", args);
    struct command c = {0};

    assert_int_equal(wire_command_decode(o, &c, NULL), WIRE_E_BAD);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_is_no_object_is_refused_with_a_reason),
        cmocka_unit_test(a_line_over_64_kib_is_refused),
        cmocka_unit_test(members_keep_their_order_in_a_line),
        cmocka_unit_test(bytes_that_are_not_utf8_go_out_as_replacement_characters),
        cmocka_unit_test(a_quoted_text_is_read_back_as_it_was),
        cmocka_unit_test(what_must_be_escaped_is_found_at_every_place),
        cmocka_unit_test(sixty_four_bit_ids_survive_as_decimal_texts),
        cmocka_unit_test(ids_that_are_not_decimal_texts_are_refused),
        cmocka_unit_test(integers_outside_their_range_are_refused),
        cmocka_unit_test(a_reading_comes_back_as_it_went),
        cmocka_unit_test(a_reading_that_does_not_fit_is_refused),
        cmocka_unit_test(a_text_over_16_kib_is_refused),
        cmocka_unit_test(more_than_32_fields_are_refused),
        cmocka_unit_test(a_blind_reading_needs_no_metric_and_state_is_a_number),
        cmocka_unit_test(only_texts_and_null_may_be_kept),
        cmocka_unit_test(members_that_are_written_are_what_the_library_reads),
        cmocka_unit_test(a_notice_comes_back_as_it_went),
        cmocka_unit_test(a_notice_that_does_not_fit_is_refused),
        cmocka_unit_test(a_severity_between_critical_and_blind_is_none),
        cmocka_unit_test(a_receipt_is_read_and_its_members_are_checked),
        cmocka_unit_test(the_progress_of_a_delivery_is_read_with_its_receipt),
        cmocka_unit_test(no_moment_is_null_and_a_moment_comes_back),
        cmocka_unit_test(an_incident_comes_back_as_it_went),
        cmocka_unit_test(an_incident_with_a_wrong_member_is_refused),
        cmocka_unit_test(a_service_point_is_written_with_its_names),
        cmocka_unit_test(that_an_outage_was_taken_back_is_written_and_read),
        cmocka_unit_test(a_request_becomes_a_command_of_texts),
        cmocka_unit_test(a_request_that_does_not_fit_is_refused),
        cmocka_unit_test(a_request_with_65_arguments_is_refused),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
