/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about incidents: what they take, what they refuse and why, and their rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fake/settings_guests.h"
#include "base/alloc.h"
#include "main/pipeline.h"
#include "unit.h"

static const char tree_text[] =
    "agent = { host = \"h\"; timezone = \"Asia/Tokyo\"; language = \"en\"; };\n"
    "services = ( { name = \"renkei\"; environment = \"production\";\n"
    "  down_when = \"any(engine)\"; sla = { availability = \"99.9\"; notification = \"30m\"; }; } "
    ");\n"
    "watch = ( { subject = \"engine\"; plugin = \"process\"; name = \"e\"; service = \"renkei\"; } "
    ");\n"
    "destinations = ( { name = \"nms\"; channel = \"any\"; } );\n"
    "routes = ( { to = ( \"nms\" ); } );\n";

/* 2026-04-15 10:00:00 in Tokyo. */
static const wall_ms ten_o_clock = 1776214800000;

enum { MINUTE_MS = 60000 };

struct fixture {
    struct settings *settings;
    struct pipeline *pipeline;
    struct moment now;
    size_t told;
};

static bool on_deliver(void *ctx UNUSED, const char *destination UNUSED,
    const struct attempt *attempt UNUSED, const struct notice *notice UNUSED)
{
    return true;
}

static void on_dirty(void *ctx UNUSED)
{
}

static void on_recorded(void *ctx, const struct notice *notice UNUSED, const char *const *to UNUSED,
    size_t count UNUSED)
{
    struct fixture *f = ctx;
    f->told++;
}

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    struct complaints complaints = {0};
    struct record *record = NULL;
    assert_int_equal(settings_guests_load(tree_text, &f->settings, &complaints), 0);
    assert_int_equal(record_open(":memory:", &record), 0);
    struct pipeline_plan plan = {.record = record, .settings = f->settings};
    struct pipeline_sink sink = {
        .ctx = f, .deliver = on_deliver, .dirty = on_dirty, .recorded = on_recorded};
    f->now = (struct moment){ten_o_clock, 10000000};
    assert_int_equal(pipeline_new(&plan, &sink, &f->pipeline), 0);
    assert_int_equal(pipeline_start(f->pipeline, f->now, "boot", true), 0);
    f->told = 0;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    pipeline_free(f->pipeline);
    settings_free(f->settings);
    free(f);
    return 0;
}

static void pass(struct fixture *f, int minutes)
{
    f->now.wall += (wall_ms)minutes * MINUTE_MS;
    f->now.boot += (mono_ms)minutes * MINUTE_MS;
    while (pipeline_next_due(f->pipeline, f->now) <= f->now.boot)
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

/* Gives the verb with up to three arguments, name and value by turns. */
static int give(struct fixture *f, const char *verb, const char *const args[6])
{
    struct command c = {.verb = alloc_text(verb), .uid = 1000, .who = alloc_text("sato")};
    for (size_t i = 0; i < 6 && args[i] != NULL; i += 2)
        command_set(&c, args[i], args[i + 1]);
    int r = pipeline_command(f->pipeline, &c, f->now);
    command_deinit(&c);
    return r;
}
#define GIVE(f, verb, ...) give(f, verb, (const char *const[6]){__VA_ARGS__})

static int call_at(struct fixture *f, const char *at)
{
    return GIVE(f, "incident.open", "service", "renkei", "text", "no screen", "at", at);
}

static struct incident stored(struct fixture *f, uint64_t id)
{
    struct incident i = {0};
    assert_int_equal(record_incident_get(pipeline_record(f->pipeline), id, &i), 0);
    return i;
}

static wall_ms called_at(struct fixture *f, uint64_t id)
{
    struct incident i = stored(f, id);
    wall_ms at = i.called_at.wall;
    incident_deinit(&i);
    return at;
}

static void a_time_of_day_is_the_last_one_that_was_so(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(call_at(f, "10:00"), 0);
    assert_int_equal(called_at(f, 1), ten_o_clock);
    assert_int_equal(GIVE(f, "incident.reported", "id", "1"), 0);
    assert_int_equal(call_at(f, "10:01"), 0);
    assert_int_equal(called_at(f, 2), ten_o_clock - INT64_C(1439) * MINUTE_MS);
}

static void times_that_are_none_or_to_come_are_refused(void **state)
{
    static const char *const times[] = {"24:00", "9:00", "10:60", "ten", "10:00x",
        "2026-04-15T10:00:01+09:00", "2026-04-08T09:59:59+09:00", ""};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_int_equal(call_at(f, times[i]), PIPELINE_E_USAGE);
        assert_non_null(strstr(pipeline_why(f->pipeline, LANGUAGE_EN), "HH:MM"));
    }
    assert_int_equal(call_at(f, "2026-04-08T10:00:00+09:00"), 0);
}

static void nothing_is_reported_before_it_began(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(call_at(f, "09:30"), 0);

    assert_int_equal(GIVE(f, "incident.reported", "id", "1", "at", "09:29"), PIPELINE_E_USAGE);
    assert_int_equal(GIVE(f, "incident.reported", "id", "1", "at", "09:30"), 0);
}

static void what_was_observed_cannot_be_edited(void **state)
{
    struct fixture *f = *state;
    see(f, 0);

    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "detected_at", "x"), PIPELINE_E_USAGE);
    assert_non_null(strstr(pipeline_why(f->pipeline, LANGUAGE_EN), "was observed"));
    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "mood", "x"), PIPELINE_E_USAGE);
    assert_non_null(strstr(pipeline_why(f->pipeline, LANGUAGE_EN), "impact"));
    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "impact", "two offices"), 0);
}

static void texts_have_an_end(void **state)
{
    struct fixture *f = *state;
    char text[4002];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    see(f, 0);

    assert_int_equal(GIVE(f, "incident.note", "id", "1", "text", text), PIPELINE_E_USAGE);
    text[4000] = '\0';
    assert_int_equal(GIVE(f, "incident.note", "id", "1", "text", text), 0);
    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "impact", text), PIPELINE_E_USAGE);
    text[2000] = '\0';
    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "impact", text), 0);
}

static void a_false_detection_and_its_edit_stand_or_fall_together(void **state)
{
    struct fixture *f = *state;
    see(f, 0);
    assert_int_equal(
        GIVE(f, "incident.edit", "id", "1", "false", "a test", "approved_by", "city"), 0);

    assert_int_equal(give(f, "incident.edit",
                         (const char *const[6]){"id", "1", "false", "again", "impact", "none"}),
        PIPELINE_E_USAGE);
    struct incident i = stored(f, 1);

    assert_string_equal(i.false_reason, "a test");
    assert_null(incident_written(&i, "impact"));
    incident_deinit(&i);
}

static void what_is_over_can_still_be_noted_edited_and_reported(void **state)
{
    struct fixture *f = *state;
    see(f, 0);
    pass(f, 5);
    see(f, 1);
    pass(f, 2);

    assert_int_equal(GIVE(f, "incident.note", "id", "1", "text", "over"), 0);
    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "impact", "none"), 0);
    assert_int_equal(GIVE(f, "incident.reported", "id", "1"), 0);
    assert_int_equal(GIVE(f, "incident.ack", "id", "1"), PIPELINE_E_STATE);
    assert_int_equal(GIVE(f, "incident.close", "id", "1", "reason", "x"), PIPELINE_E_STATE);
    size_t told = f->told;
    pass(f, 60);

    assert_int_equal(f->told, told);
    struct incident i = stored(f, 1);
    assert_int_equal(i.reported_at.wall, ten_o_clock + 7 * MINUTE_MS);
    assert_string_equal(incident_written(&i, "impact"), "none");
    incident_deinit(&i);
}

static void reminders_of_what_is_over_keep_what_people_wrote(void **state)
{
    struct fixture *f = *state;
    see(f, 0);
    pass(f, 5);
    see(f, 1);
    assert_int_equal(GIVE(f, "incident.edit", "id", "1", "impact", "none"), 0);

    pass(f, 10);
    struct incident i = stored(f, 1);

    assert_int_equal(i.reminders, REMINDER_HALF);
    assert_string_equal(incident_written(&i, "impact"), "none");
    incident_deinit(&i);
}

struct rows {
    size_t done, refused;
};

static void count_row(void *arg, struct moment at UNUSED, const json_t *body)
{
    struct rows *rows = arg;
    assert_string_equal(json_string_value(json_object_get(body, "who")), "sato");
    assert_int_equal(json_integer_value(json_object_get(body, "uid")), 1000);
    if (json_is_true(json_object_get(body, "done")))
        rows->done++;
    else
        rows->refused++;
}

static void every_command_is_a_row_of_its_incident_refused_ones_too(void **state)
{
    struct fixture *f = *state;
    struct rows rows = {0, 0};
    see(f, 0);

    assert_int_equal(GIVE(f, "incident.ack", "id", "1", "note", "mine"), 0);
    assert_int_equal(GIVE(f, "incident.ack", "id", "1"), PIPELINE_E_STATE);
    assert_int_equal(GIVE(f, "incident.note", "id", "1", "text", "looking"), 0);
    assert_int_equal(GIVE(f, "incident.note", "id", "9", "text", "nowhere"), PIPELINE_E_UNKNOWN);
    record_each_command(pipeline_record(f->pipeline), 1, count_row, &rows);

    assert_int_equal(rows.done, 2);
    assert_int_equal(rows.refused, 1);
    assert_int_equal(pipeline_command_incident(f->pipeline), 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_time_of_day_is_the_last_one_that_was_so),
        TEST(times_that_are_none_or_to_come_are_refused),
        TEST(nothing_is_reported_before_it_began),
        TEST(what_was_observed_cannot_be_edited),
        TEST(texts_have_an_end),
        TEST(a_false_detection_and_its_edit_stand_or_fall_together),
        TEST(what_is_over_can_still_be_noted_edited_and_reported),
        TEST(reminders_of_what_is_over_keep_what_people_wrote),
        TEST(every_command_is_a_row_of_its_incident_refused_ones_too),
    };
    return cmocka_run_group_tests_name("main/incident", tests, NULL, NULL);
}
