/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../fake/settings_guests.h"
#include "base/alloc.h"
#include "main/pipeline.h"
#include "unit.h"

/* A service that is down when its process is; every notice goes to one destination. */
static const char tree_text[] =
    "agent = { host = \"h\"; timezone = \"UTC\"; language = \"en\"; };\n"
    "calendars = ( { name = \"day\"; hours = ( \"05:00-27:00\" ); } );\n"
    "services = ( { name = \"renkei\"; environment = \"production\"; calendar = \"day\";\n"
    "  down_when = \"any(engine)\"; sla = { availability = \"99.9\"; }; } );\n"
    "watch = ( { subject = \"engine\"; plugin = \"process\"; name = \"e\"; service = \"renkei\"; } "
    ");\n"
    "destinations = ( { name = \"nms\"; channel = \"any\"; } );\n"
    "routes = ( { to = ( \"nms\" ); } );\n";

static const char tree_without_nms[] =
    "agent = { host = \"h\"; timezone = \"UTC\"; language = \"en\"; };\n"
    "watch = ( { subject = \"engine\"; plugin = \"process\"; name = \"e\"; } );\n"
    "destinations = ( { name = \"other\"; channel = \"any\"; } );\n"
    "routes = ( { to = ( \"other\" ); } );\n";

struct fixture {
    char folder[64], path[96];
    struct settings *settings, *fresh;
    struct pipeline *pipeline;
    struct text told; /* "raised critical;" for each attempt */
    uint64_t last_delivery;
    struct text ended;
    struct moment now;
};

static bool on_deliver(void *ctx, const char *destination UNUSED, const struct attempt *attempt,
    const struct notice *notice)
{
    struct fixture *f = ctx;
    text_addf(&f->told, "%s %s;", notice_kind_name(notice->kind),
        notice->state != NULL ? notice->state : "");
    f->last_delivery = attempt->delivery;
    return true;
}

static void on_dirty(void *ctx UNUSED)
{
}

static void on_ended(void *ctx, const char *destination, const struct notice *notice UNUSED,
    enum receipt_result result, struct moment now UNUSED)
{
    struct fixture *f = ctx;
    text_addf(&f->ended, "%s %s;", destination, receipt_result_name(result));
}

static struct settings *tree(const char *text)
{
    struct settings *s = NULL;
    struct complaints complaints = {0};
    int r = settings_guests_load(text, &s, &complaints);
    for (size_t i = 0; i < complaints.count; i++)
        print_error("%s\n", complaints.list[i].text[LANGUAGE_EN]);
    complaints_deinit(&complaints);
    assert_int_equal(r, 0);
    return s;
}

/* 2026-04-15 10:00:00 UTC, in hours. */
static const wall_ms ten_o_clock = 1776247200000;

static void open_pipeline(struct fixture *f, const char *boot_id)
{
    struct record *record = NULL;
    assert_int_equal(record_open(f->path, &record), 0);
    struct pipeline_plan plan = {
        .record = record, .settings = f->settings, .alive_every = 10000, .seed = 1};
    struct pipeline_sink sink = {
        .ctx = f, .deliver = on_deliver, .dirty = on_dirty, .ended = on_ended};
    assert_int_equal(pipeline_new(&plan, &sink, &f->pipeline), 0);
    assert_int_equal(pipeline_start(f->pipeline, f->now, boot_id, false), 0);
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
    pipeline_guest(f->pipeline, "nms", true, f->now);
}

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/hashimori-pipeline-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/ledger.db", f->folder);
    f->settings = tree(tree_text);
    f->now = (struct moment){ten_o_clock, 1000000};
    open_pipeline(f, "boot-a");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->pipeline = pipeline_free(f->pipeline);
    f->settings = settings_free(f->settings);
    f->fresh = settings_free(f->fresh);
    text_deinit(&f->told);
    text_deinit(&f->ended);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void pass(struct fixture *f, span_ms ms)
{
    f->now.wall += ms;
    f->now.boot += ms;
}

/* A reading of the process's count a second later. */
static void see(struct fixture *f, double running)
{
    pass(f, 1000);
    struct reading reading = {.of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .kind = READING_NUMBER,
        .number = running,
        .at = f->now};
    pipeline_reading(f->pipeline, &reading, f->now);
}

static void commit(struct fixture *f)
{
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
}

static void answer(struct fixture *f, enum receipt_result result)
{
    struct receipt receipt = {.delivery = f->last_delivery, .result = result, .text = TEXT("")};
    pipeline_receipt(f->pipeline, &receipt, f->now);
    commit(f);
}

/* The daemon dies: nothing is stopped in order. */
static void die(struct fixture *f)
{
    f->pipeline = pipeline_free(f->pipeline);
}

static void nothing_is_sent_before_it_is_committed(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    commit(f);

    see(f, 0);
    assert_string_equal(text_get(&f->told), "");
    commit(f);

    assert_string_equal(text_get(&f->told), "raised critical;");
}

static void what_was_not_committed_was_never_claimed(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    commit(f);

    see(f, 0);
    die(f);
    open_pipeline(f, "boot-a");
    commit(f);

    assert_string_equal(text_get(&f->told), "");
}

static void what_was_committed_is_sent_after_a_crash(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    see(f, 0);
    commit(f);
    text_clear(&f->told);

    die(f);
    open_pipeline(f, "boot-a");
    commit(f);

    assert_string_equal(text_get(&f->told), "raised critical;");
}

static void acceptance_is_recorded_as_the_time_of_notification(void **state)
{
    struct fixture *f = *state;
    struct incident incident = {0};
    see(f, 1);
    see(f, 0);
    commit(f);

    pass(f, 250);
    answer(f, RECEIPT_ACCEPTED);

    assert_int_equal(record_incident_get(pipeline_record(f->pipeline), 1, &incident), 0);
    assert_true(incident.notified_at.boot - incident.detected_at.boot == 250);
    incident_deinit(&incident);
}

static void sent_is_not_accepted(void **state)
{
    struct fixture *f = *state;
    struct incident incident = {0};
    see(f, 1);
    see(f, 0);
    commit(f);

    answer(f, RECEIPT_SENT);

    assert_int_equal(record_incident_get(pipeline_record(f->pipeline), 1, &incident), 0);
    assert_true(incident.notified_at.wall == 0);
    incident_deinit(&incident);
}

static uint32_t flags_of_incident_1(struct fixture *f, bool *ret_notified)
{
    struct incident incident = {0};
    assert_int_equal(record_incident_get(pipeline_record(f->pipeline), 1, &incident), 0);
    uint32_t flags = incident.flags;
    *ret_notified = incident.notified_at.wall == f->now.wall;
    incident_deinit(&incident);
    return flags;
}

static void sent_counts_where_the_operator_says_so_and_is_marked(void **state)
{
    struct fixture *f = *state;
    bool is_notified = false;
    f->settings->services[0].sla.count_unconfirmed = true;
    see(f, 1);
    see(f, 0);
    commit(f);
    pass(f, 250);

    answer(f, RECEIPT_SENT);

    assert_true((flags_of_incident_1(f, &is_notified) & INCIDENT_UNCONFIRMED) != 0);
    assert_true(is_notified);
}

static void sent_counts_for_an_incident_that_is_over_too(void **state)
{
    struct fixture *f = *state;
    bool is_notified = false;
    f->settings->services[0].sla.count_unconfirmed = true;
    see(f, 1);
    see(f, 0);
    commit(f);
    see(f, 1);
    commit(f);
    pass(f, 250);

    answer(f, RECEIPT_SENT);

    assert_true((flags_of_incident_1(f, &is_notified) & INCIDENT_UNCONFIRMED) != 0);
    assert_true(is_notified);
}

static void accepted_is_not_marked_where_sent_counts(void **state)
{
    struct fixture *f = *state;
    bool is_notified = false;
    f->settings->services[0].sla.count_unconfirmed = true;
    see(f, 1);
    see(f, 0);
    commit(f);

    answer(f, RECEIPT_ACCEPTED);

    assert_int_equal(flags_of_incident_1(f, &is_notified) & INCIDENT_UNCONFIRMED, 0);
    assert_true(is_notified);
}

static void an_open_incident_goes_on_over_a_restart_and_is_not_raised_twice(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    see(f, 0);
    commit(f);
    answer(f, RECEIPT_ACCEPTED); // raised
    answer(f, RECEIPT_ACCEPTED); // service down
    text_clear(&f->told);

    die(f);
    pass(f, 30000);
    open_pipeline(f, "boot-a");
    see(f, 0);
    commit(f);

    assert_string_equal(text_get(&f->told), "");
    assert_non_null(judge_incident(pipeline_judge(f->pipeline), 1));
}

static void whoever_was_told_down_before_a_restart_is_told_up_after_it(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    see(f, 0);
    commit(f);
    answer(f, RECEIPT_ACCEPTED);
    answer(f, RECEIPT_ACCEPTED);
    text_clear(&f->told);

    die(f);
    pass(f, 30000);
    open_pipeline(f, "boot-a");
    see(f, 1);
    commit(f);
    answer(f, RECEIPT_ACCEPTED);

    assert_string_equal(text_get(&f->told), "cleared ok;service up;");
}

static struct sla_figures figures(struct fixture *f)
{
    struct period period = {.kind = PERIOD_MONTH, .from = ten_o_clock, .to = ten_o_clock + 3600000};
    struct sla_figures ret = {0};
    assert_int_equal(pipeline_sla(f->pipeline, "renkei", &period, f->now.wall, &ret), 0);
    return ret;
}

static void a_gap_within_one_boot_is_unmonitored_and_all_seconds_add_up(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    commit(f);
    pass(f, 9000);
    pipeline_advance(f->pipeline, f->now);
    commit(f);

    die(f);
    pass(f, 120000);
    open_pipeline(f, "boot-a");
    see(f, 1);
    pass(f, 9000);
    commit(f);

    struct sla_figures got = figures(f);
    assert_int_equal(got.down_s, 0);
    assert_in_range(got.unmonitored_s, 120, 131);
    assert_int_equal(got.up_s + got.unmonitored_s, (f->now.wall - ten_o_clock) / 1000);
    sla_figures_deinit(&got);
}

static void a_gap_with_a_reboot_is_down_until_the_first_good_look(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    commit(f);

    die(f);
    f->now = (struct moment){f->now.wall + 300000, 20000};
    open_pipeline(f, "boot-b");
    see(f, 1);
    commit(f);

    struct sla_figures got = figures(f);
    assert_in_range(got.down_s, 300, 302);
    assert_in_range(got.unmonitored_s, 0, 1);
    sla_figures_deinit(&got);
}

static void a_refusal_for_good_is_an_incident_of_our_own(void **state)
{
    struct fixture *f = *state;
    see(f, 1);
    see(f, 0);
    commit(f);

    answer(f, RECEIPT_REFUSED);

    const struct incident *own = judge_incident(pipeline_judge(f->pipeline), 2);
    assert_non_null(own);
    assert_string_equal(own->of.subject, "hashimori/destination/nms");
    assert_true((own->flags & INCIDENT_OWN) != 0);
}

static void notices_for_a_destination_that_was_removed_are_given_up_aloud(void **state)
{
    struct fixture *f = *state;
    struct destination_count count = {0};
    see(f, 1);
    see(f, 0);
    commit(f);

    f->fresh = tree(tree_without_nms);
    pipeline_settings(f->pipeline, f->fresh, "test", f->now);
    commit(f);

    assert_int_equal(record_destination_count(pipeline_record(f->pipeline), "nms", &count), 0);
    assert_int_equal(count.queued, 0);
    assert_int_equal(count.expired, 2);
}

static void a_drill_goes_to_one_destination_and_into_the_ledger(void **state)
{
    struct fixture *f = *state;
    struct command command = {.verb = alloc_text("notify.test"), .who = alloc_text("operator")};
    command_set(&command, "destination", "nms");

    assert_int_equal(pipeline_command(f->pipeline, &command, f->now), 0);
    commit(f);

    assert_string_equal(text_get(&f->told), "test ;");
    command_deinit(&command);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_sent_before_it_is_committed),
        TEST(what_was_not_committed_was_never_claimed),
        TEST(what_was_committed_is_sent_after_a_crash),
        TEST(acceptance_is_recorded_as_the_time_of_notification),
        TEST(sent_is_not_accepted),
        TEST(sent_counts_where_the_operator_says_so_and_is_marked),
        TEST(sent_counts_for_an_incident_that_is_over_too),
        TEST(accepted_is_not_marked_where_sent_counts),
        TEST(an_open_incident_goes_on_over_a_restart_and_is_not_raised_twice),
        TEST(whoever_was_told_down_before_a_restart_is_told_up_after_it),
        TEST(a_gap_within_one_boot_is_unmonitored_and_all_seconds_add_up),
        TEST(a_gap_with_a_reboot_is_down_until_the_first_good_look),
        TEST(a_refusal_for_good_is_an_incident_of_our_own),
        TEST(notices_for_a_destination_that_was_removed_are_given_up_aloud),
        TEST(a_drill_goes_to_one_destination_and_into_the_ledger),
    };
    return cmocka_run_group_tests_name("main/pipeline", tests, NULL, NULL);
}
