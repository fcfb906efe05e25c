/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../fake/settings_guests.h"
#include "base/civil.h"
#include "settings/settings.h"
#include "settings/tree.h"
#include "settings/value.h"
#include "unit.h"

/* The whole small configuration that the documentation promises. */
static const char small[] =
    "agent        = { host = \"renkei01\"; timezone = \"Asia/Tokyo\"; language = \"ja\"; };\n"
    "calendars    = ( { name = \"renkei-hours\"; hours = ( \"05:00-27:00\" ); } );\n"
    "services     = ( { name = \"renkei\"; environment = \"production\";\n"
    "                   calendar = \"renkei-hours\"; start = \"2026-04-01\";\n"
    "                   down_when = \"any(engine)\";\n"
    "                   sla = { availability = \"99.9\"; recovery = \"2h\"; notification = "
    "\"30m\";\n"
    "                           period = \"fiscal_year\"; }; } );\n"
    "watch        = ( { subject = \"engine\"; plugin = \"process\"; name = \"renkei-engine\";\n"
    "                   interval = \"60s\"; service = \"renkei\";\n"
    "                   rules = ( { metric = \"running\"; critical = \"< 1\"; runs = 1;\n"
    "                               clear_runs = 1; } ); } );\n"
    "destinations = ( { name = \"nms\"; channel = \"snmp\"; host = \"192.0.2.10:162\";\n"
    "                   version = \"2c\"; inform = true; } );\n"
    "routes       = ( { to = ( \"nms\" ); } );\n"
    "faces        = ( { name = \"agent\"; face = \"snmp\"; mode = \"agentx\"; } );\n";

struct fixture {
    struct settings *s;
    struct complaints complaints;
};

/* Loads @text; prints what is wrong with it if it is refused. */
static void load(struct fixture *f, const char *text)
{
    int r = settings_guests_load(text, &f->s, &f->complaints);
    struct text all = {0};
    complaints_add_text(&f->complaints, LANGUAGE_EN, &all);
    if (r != 0)
        print_error("%s", text_get(&all));
    text_deinit(&all);
    assert_int_equal(r, 0);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    settings_free(f->s);
    complaints_deinit(&f->complaints);
    free(f);
    return 0;
}

static void the_small_configuration_becomes_a_tree(void **state)
{
    struct fixture *f = *state;

    load(f, small);

    assert_string_equal(f->s->agent.host, "renkei01");
    assert_int_equal(f->s->agent.fiscal_year_start, 4);
    const struct calendar_settings *c = settings_calendar(f->s, "renkei-hours");
    assert_int_equal(c->hours[0].from_minute, 300);
    assert_int_equal(c->hours[0].to_minute, 1620);
    assert_int_equal(c->weekdays, 0x7f);
    const struct service_settings *v = settings_service(f->s, "renkei");
    assert_false(v->test);
    assert_int_equal(v->start, civil_day((struct civil_date){2026, 4, 1}));
    assert_int_equal(v->sla.availability, 99900);
    assert_int_equal(v->sla.recovery, 7200000);
    assert_int_equal(v->sla.notification, 1800000);
    assert_int_equal(v->sla.period, PERIOD_FISCAL_YEAR);
    assert_int_equal(v->down_when->op, EXPRESSION_ANY);
    assert_string_equal(v->down_when->operands[0].name, "engine");
    assert_null(v->degraded_when);
    assert_int_equal(settings_destination(f->s, "nms")->window, 1);
    assert_int_equal(settings_destination(f->s, "nms")->expire_after, 7 * 86400000);
    assert_string_equal(f->s->routes[0].to[0], "nms");
    assert_int_equal(f->s->routes[0].environment, -1);
    assert_string_equal(f->s->faces[0].face, "snmp");
    assert_int_equal(strlen(f->s->hash), 64);
}

static void a_watch_is_complete(void **state)
{
    struct fixture *f = *state;

    load(f, small);

    const struct watch_settings *w = settings_watch(f->s, "engine");
    assert_string_equal(w->plugin, "process");
    assert_int_equal(w->interval, 60000);
    assert_int_equal(w->deadline, 10000);
    assert_true(w->in_hours);
    assert_false(w->out_of_scope);
    assert_int_equal(w->place.line, 8);
    assert_int_equal(w->rule_count, 1);
    assert_int_equal(w->rules[0].critical.op, CONDITION_LT);
    assert_int_equal(w->options.count, 1);
    assert_string_equal(value_text(&w->options, "name"), "renkei-engine");
    assert_int_equal(value_find(&w->options, "name")->place.line, 8);
}

static void defaults_of_a_plugin_are_filled_in_with_their_units(void **state)
{
    struct fixture *f = *state;

    load(f, "watch = ( { subject = \"disk\"; plugin = \"disk\";\n"
            "  part = ( { path = \"/a\"; }, { path = \"/b\"; limit = 5; } ); } );\n");

    const struct value_set *o = &f->s->watches[0].options;
    assert_string_equal(value_text(o, "path"), "/");
    assert_int_equal(value_integer(o, "reserve"), 1 << 30);
    assert_int_equal(value_integer(o, "window"), 3600000);
    assert_true(value_find(o, "share")->number > 0.49);
    assert_true(value_flag(o, "deep"));
    assert_int_equal(value_find(o, "skip")->count, 2);
    assert_string_equal(value_find(o, "skip")->list[1], "sysfs");
    const struct value *part = value_find(o, "part");
    assert_int_equal(part->count, 2);
    assert_int_equal(value_integer(&part->groups[0], "limit"), 10);
    assert_int_equal(value_integer(&part->groups[1], "limit"), 5);
}

static void own_rules_come_first_and_the_plugins_serve_for_the_rest(void **state)
{
    struct fixture *f = *state;

    load(f, "watch = ( { subject = \"disk\"; plugin = \"disk\"; rules = (\n"
            "  { metric = \"used_percent\"; critical = \">= 99\"; } ); } );\n");

    const struct watch_settings *w = &f->s->watches[0];
    assert_int_equal(w->rule_count, 2);
    assert_true(condition_met(&w->rules[0].critical, 99));
    assert_int_equal(w->rules[0].warning.op, CONDITION_NONE);
    assert_string_equal(w->rules[1].metric, "inodes_percent");
}

static void a_rule_for_one_instance_leaves_the_others_to_the_default(void **state)
{
    struct fixture *f = *state;

    load(f,
        "watch = ( { subject = \"disk\"; plugin = \"disk\"; rules = (\n"
        "  { metric = \"used_percent\"; instance = \"/var\"; critical = \">= 99\"; } ); } );\n");

    const struct watch_settings *w = &f->s->watches[0];
    assert_int_equal(w->rule_count, 3);
    assert_string_equal(w->rules[0].instance, "/var");
    assert_string_equal(w->rules[1].metric, "used_percent");
    assert_null(w->rules[1].instance);
    assert_int_equal(w->rules[1].runs, 3);
}

static void default_rules_for_events_carry_their_key_and_end(void **state)
{
    struct fixture *f = *state;

    load(f, "watch = ( { subject = \"log\"; plugin = \"log\"; path = \"/var/log/x\"; } );\n");

    const struct rule *r = &f->s->watches[0].rules[0];
    assert_int_equal(r->event, SEVERITY_CRITICAL);
    assert_int_equal(r->key_count, 2);
    assert_string_equal(r->key[1], "code");
    assert_string_equal(r->cleared_by, "recovery");
    assert_int_equal(r->clear_after, 3600000);
}

static void hours_follow_the_service_only_where_its_state_hangs_on_the_subject(void **state)
{
    struct fixture *f = *state;

    load(f, "services = ( { name = \"s\"; down_when = \"all(a/x, not(b))\"; } );\n"
            "watch = ( { subject = \"a\"; plugin = \"disk\"; service = \"s\"; },\n"
            "  { subject = \"b\"; plugin = \"disk\"; service = \"s\"; hours = \"always\"; },\n"
            "  { subject = \"c\"; plugin = \"disk\"; service = \"s\"; },\n"
            "  { subject = \"d\"; plugin = \"disk\"; service = \"s\"; hours = \"service\"; } );\n");

    assert_true(f->s->watches[0].in_hours);
    assert_false(f->s->watches[1].in_hours);
    assert_false(f->s->watches[2].in_hours);
    assert_true(f->s->watches[3].in_hours);
}

static void an_empty_file_is_a_configuration_of_defaults(void **state)
{
    struct fixture *f = *state;

    load(f, "");

    assert_string_equal(f->s->agent.timezone, "Asia/Tokyo");
    assert_true(f->s->agent.host != NULL);
    assert_int_equal(f->s->watch_count, 0);
    assert_int_equal(f->s->file_count, 1);
    assert_false(f->s->agent.redact.numbers_shown || f->s->agent.redact.quotations_shown);
    assert_int_equal(f->s->agent.redact.pattern_count, 0);
}

static void write_holidays(const char *path, const char *lines)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(lines, f);
    fclose(f);
}

static void another_table_of_holidays_is_another_configuration(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/hashimori-test-XXXXXX", path[64], text[256], first[65];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/holidays.csv", folder);
    snprintf(text, sizeof text,
        "calendars = ( { name = \"c\"; hours = \"08:30-17:15\"; holidays = \"jp\"; holidays_file = "
        "\"%s\"; } );",
        path);
    write_holidays(path, "2051-01-01,a\n");
    load(f, text);
    strcpy(first, f->s->hash);

    write_holidays(path, "2051-01-01,b\n");
    f->s = settings_free(f->s);
    load(f, text);
    assert_string_equal(f->s->hash, first);
    write_holidays(path, "2051-01-02,a\n");
    f->s = settings_free(f->s);
    load(f, text);
    assert_string_not_equal(f->s->hash, first);

    unlink(path);
    rmdir(folder);
}

static void everything_is_redacted_unless_it_is_turned_off(void **state)
{
    struct fixture *f = *state;
    load(f, "agent = { redact = { quoted = false; patterns = ( \"a+\", \"b\" ); }; };");
    const struct redact_settings *r = &f->s->agent.redact;

    json_t *tree = tree_json(f->s);

    assert_false(r->numbers_shown);
    assert_true(r->quotations_shown);
    assert_int_equal(r->pattern_count, 2);
    const json_t *shown = json_object_get(json_object_get(tree, "agent"), "redact");
    assert_true(json_is_true(json_object_get(shown, "numbers")));
    assert_true(json_is_false(json_object_get(shown, "quoted")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(shown, "patterns"), 0)), "a+");
    json_decref(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            another_table_of_holidays_is_another_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(
            everything_is_redacted_unless_it_is_turned_off, setup, teardown),
        cmocka_unit_test_setup_teardown(the_small_configuration_becomes_a_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watch_is_complete, setup, teardown),
        cmocka_unit_test_setup_teardown(
            defaults_of_a_plugin_are_filled_in_with_their_units, setup, teardown),
        cmocka_unit_test_setup_teardown(
            own_rules_come_first_and_the_plugins_serve_for_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_rule_for_one_instance_leaves_the_others_to_the_default, setup, teardown),
        cmocka_unit_test_setup_teardown(
            default_rules_for_events_carry_their_key_and_end, setup, teardown),
        cmocka_unit_test_setup_teardown(
            hours_follow_the_service_only_where_its_state_hangs_on_the_subject, setup, teardown),
        cmocka_unit_test_setup_teardown(
            an_empty_file_is_a_configuration_of_defaults, setup, teardown),
    };
    return cmocka_run_group_tests_name("settings/settings", tests, NULL, NULL);
}
