/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/log.h"
#include "fuse_silent.h"
#include "watch/supervisor.h"
#include "wire/wire.h"

#include "unit.h"

/* Generous: a loaded machine may be slow, a fault must still end the test. */
enum { WAIT_MS = 20000, READINGS_MAX = 4096, WATCHES_MAX = 4, TEXT_MAX = 64 };

struct fixture {
    struct loop *loop;
    struct supervisor *supervisor;
    struct settings settings;
    struct watch_settings watches[WATCHES_MAX];
    struct destination_settings destination;
    struct face_settings face;
    char worker[512], plugins[512], host[16], zone[16];
    struct reading readings[READINGS_MAX];
    size_t reading_count;
    size_t room;  /* for readings of guests; 0: all of it */
    json_t *kept; /* by subject, as the ledger has it */
    bool commits;
    size_t uncommitted;
    char state[128];
    char receipt[128];
    bool serving_channel, serving_face;
    unsigned restarts;
    char worker_state[32];
    char fault[256];
    bool late;
    bool ticked;
};

typedef bool (*condition_fn)(const struct fixture *f, const char *text);

static void quiet(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

/* ---- the sink -------------------------------------------------------------------------------- */

static void on_reading(void *ctx, const struct reading *r, const char *subject, const json_t *keep)
{
    struct fixture *f = ctx;
    f->uncommitted++;
    bool is_own = strncmp(subject, "hashimori/", 10) == 0;
    size_t room = is_own || f->room == 0 ? READINGS_MAX : f->room;
    if (r != NULL && f->reading_count < room)
        reading_copy(&f->readings[f->reading_count++], r);
    if (keep == NULL)
        return;
    json_t *kept = json_object_get(f->kept, subject);
    if (kept == NULL) {
        kept = json_object();
        json_object_set_new(f->kept, subject, kept);
    }
    json_t *copy = json_deep_copy(keep);
    json_object_update(kept, copy);
    json_decref(copy);
}

static void on_receipt(void *ctx, const char *destination, const struct receipt *receipt)
{
    struct fixture *f = ctx;
    bool is_done = receipt->progress == NULL || receipt->progress[0] == '\0';
    snprintf(f->receipt, sizeof f->receipt, is_done ? "%s %d %s %s" : "%s %d %s %s (%s)",
        destination, (int)receipt->delivery, receipt_result_name(receipt->result), receipt->text,
        receipt->progress);
}

static void on_serving(void *ctx, struct guest_id id, bool serving)
{
    struct fixture *f = ctx;
    if (strcmp(id.kind, "channel") == 0)
        f->serving_channel = serving;
    if (strcmp(id.kind, "face") == 0)
        f->serving_face = serving;
}

static void on_state(void *ctx, struct guest_id id UNUSED, const char *text)
{
    struct fixture *f = ctx;
    snprintf(f->state, sizeof f->state, "%s", text);
}

static json_t *on_kept(void *ctx, const char *subject)
{
    const struct fixture *f = ctx;
    json_t *kept = json_object_get(f->kept, subject);
    return kept == NULL ? json_object() : json_deep_copy(kept);
}

static void on_worker(void *ctx, const char *guest UNUSED, const char *kind UNUSED,
    const char *state, unsigned restarts, const char *fault)
{
    struct fixture *f = ctx;
    f->restarts = restarts;
    snprintf(f->worker_state, sizeof f->worker_state, "%s", state);
    if (fault[0] != '\0')
        snprintf(f->fault, sizeof f->fault, "%s", fault);
}

/* ---- arranging ------------------------------------------------------------------------------- */

static void set_up(struct fixture *f)
{
    const char *top = getenv("top_builddir");
    *f = (struct fixture){.kept = json_object(), .commits = true};
    snprintf(
        f->worker, sizeof f->worker, "%s/agent/worker/hashimori-worker", top == NULL ? "." : top);
    snprintf(f->plugins, sizeof f->plugins, "%s/tests/fake/.libs", top == NULL ? "." : top);
    char *real = realpath(f->worker, NULL);
    assert_non_null(real);
    snprintf(f->worker, sizeof f->worker, "%s", real);
    free(real);
    snprintf(f->host, sizeof f->host, "renkei01");
    snprintf(f->zone, sizeof f->zone, "Asia/Tokyo");
    f->settings.agent =
        (struct agent_settings){.host = f->host, .timezone = f->zone, .plugin_dir = f->plugins};
    f->settings.watches = f->watches;
    assert_int_equal(loop_new(&f->loop), 0);
    struct supervisor_sink sink = {.ctx = f,
        .reading = on_reading,
        .receipt = on_receipt,
        .serving = on_serving,
        .state = on_state,
        .kept = on_kept,
        .worker = on_worker};
    struct watch_limits limits = watch_limits_default();
    limits.delay_first = 10;
    limits.delay_most = 40;
    limits.retry_hung = 300;
    limits.retry_stuck = 300;
    limits.retry_refused = 100;
    limits.reap = 300;
    f->supervisor = supervisor_new(f->loop, f->worker, &sink);
    supervisor_set_limits(f->supervisor, &limits);
}

static struct fixture *fixture_new(void **state UNUSED)
{
    struct fixture *f = alloc(sizeof *f);
    set_up(f);
    return f;
}

static void free_values(struct value_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->values[i].name);
        free(set->values[i].text);
    }
    free(set->values);
}

static void fixture_free(struct fixture *f)
{
    f->supervisor = supervisor_free(f->supervisor);
    loop_free(f->loop);
    for (size_t i = 0; i < f->reading_count; i++)
        reading_deinit(&f->readings[i]);
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        free_values(&f->watches[i].options);
        free(f->watches[i].subject);
        free(f->watches[i].plugin);
    }
    json_decref(f->kept);
    free(f);
}

static void add_watch(struct fixture *f, const char *subject, const char *how, span_ms interval)
{
    struct watch_settings *w = &f->watches[f->settings.watch_count++];
    struct value *values = alloc_array(3, sizeof *values);
    values[0] =
        (struct value){.name = alloc_text("how"), .type = VALUE_TEXT, .text = alloc_text(how)};
    values[1] = (struct value){.name = alloc_text("number"), .type = VALUE_INTEGER, .integer = 1};
    *w = (struct watch_settings){.subject = alloc_text(subject),
        .plugin = alloc_text("naughty"),
        .interval = interval,
        .deadline = strncmp(how, "hang", 4) == 0 || strcmp(how, "stat") == 0 ? 200 : 5000,
        .options = {values, 2}};
}

static void start(struct fixture *f)
{
    supervisor_settings(f->supervisor, &f->settings);
}

static void on_tick(void *arg)
{
    struct fixture *f = arg;
    f->ticked = true;
}

static bool has_ticked(const struct fixture *f, const char *text UNUSED)
{
    return f->ticked;
}

static void on_late(void *arg)
{
    struct fixture *f = arg;
    f->late = true;
}

/* Turns the loop until @condition holds of @text. */
static void until(struct fixture *f, condition_fn condition, const char *text)
{
    struct timer *late = timer_new(f->loop, on_late, f);
    timer_set(late, WAIT_MS);
    while (!condition(f, text) && !f->late) {
        loop_turn(f->loop, true);
        if (f->commits && f->uncommitted > 0) {
            f->uncommitted = 0;
            supervisor_committed(f->supervisor);
        }
    }
    timer_free(late);
    if (f->late)
        fail_msg("waited in vain for \"%s\"", text);
}

/* ---- conditions ------------------------------------------------------------------------------ */

/* @what: "SUBJECT|INSTANCE|METRIC|KIND"; how many such readings came. */
static size_t count_of(const struct fixture *f, const char *what)
{
    size_t count = 0;
    for (size_t i = 0; i < f->reading_count; i++) {
        const struct reading *r = &f->readings[i];
        char line[512];
        snprintf(line, sizeof line, "%s|%s|%s|%s", r->of.subject, r->of.instance, r->of.metric,
            reading_kind_name(r->kind));
        count += strcmp(line, what) == 0;
    }
    return count;
}

static bool came(const struct fixture *f, const char *what)
{
    return count_of(f, what) > 0;
}

static bool came_thrice(const struct fixture *f, const char *what)
{
    return count_of(f, what) >= 3;
}

static bool has_fault(const struct fixture *f, const char *text)
{
    return strstr(f->fault, text) != NULL;
}

static bool has_state(const struct fixture *f, const char *text)
{
    return strcmp(f->state, text) == 0;
}

static bool worker_is(const struct fixture *f, const char *text)
{
    return strcmp(f->worker_state, text) == 0;
}

static bool has_receipt(const struct fixture *f, const char *text)
{
    return strcmp(f->receipt, text) == 0;
}

static void forget_readings(struct fixture *f)
{
    for (size_t i = 0; i < f->reading_count; i++)
        reading_deinit(&f->readings[i]);
    f->reading_count = 0;
}

static const struct reading *last_of(const struct fixture *f, const char *subject)
{
    for (size_t i = f->reading_count; i > 0; i--)
        if (strcmp(f->readings[i - 1].of.subject, subject) == 0)
            return &f->readings[i - 1];
    return NULL;
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void a_good_guest_reports_at_each_interval(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "good", "good", 20);

    start(f);
    until(f, came_thrice, "good||value|number");

    assert_true(came(f, "hashimori/worker/naughty||worker_state|number"));
    assert_string_equal(f->worker_state, "running");
    assert_int_equal(f->restarts, 0);
    fixture_free(f);
}

static void a_guest_that_crashes_is_started_again_and_others_go_on(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "good", "good", 20);
    add_watch(f, "bad", "crash_check", 20);

    start(f);
    until(f, has_fault, "signal 11");
    until(f, came, "bad|||blind");
    forget_readings(f);
    until(f, came_thrice, "good||value|number");

    assert_string_equal(f->worker_state, "running");
    fixture_free(f);
}

static bool was_restarted_often(const struct fixture *f, const char *unused UNUSED)
{
    return f->restarts >= 6;
}

/* By SIGKILL nothing crashes by itself: it comes from outside, or because memory ran out. */
static void who_is_killed_from_outside_is_not_left_out(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "killed", 20);

    start(f);
    until(f, was_restarted_often, "");

    assert_non_null(strstr(f->fault, "signal 9"));
    assert_false(came(f, "bad|||blind"));
    fixture_free(f);
}

static void what_was_left_out_has_another_chance_when_an_operator_restarts_it(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "good", "good", 20);
    add_watch(f, "bad", "crash_check", 20);
    start(f);
    until(f, came, "bad|||blind");
    forget_readings(f);
    until(f, came_thrice, "good||value|number");

    supervisor_restart(f->supervisor, "naughty");
    until(f, has_fault, "restarted by an operator");
    until(f, has_fault, "signal 11");

    fixture_free(f);
}

static void a_guest_that_crashes_in_open_is_left_out_too(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "good", "good", 20);
    add_watch(f, "bad", "crash_open", 20);

    start(f);
    until(f, came, "bad|||blind");
    until(f, came_thrice, "good||value|number");

    fixture_free(f);
}

static void a_guest_that_hangs_is_blind_and_its_successor_serves_the_others(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "good", "good", 20);
    add_watch(f, "bad", "hang", 20);

    start(f);
    until(f, came, "bad|||blind");
    until(f, worker_is, "restarting");
    forget_readings(f);
    until(f, came_thrice, "good||value|number");

    assert_non_null(strstr(f->fault, "did not end within 200 ms"));
    assert_false(came(f, "good|||blind"));
    fixture_free(f);
}

static void a_guest_that_hangs_in_open_is_left_out_too(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "good", "good", 20);
    add_watch(f, "bad", "hang_open", 20);

    start(f);
    until(f, came, "bad|||blind");
    until(f, came_thrice, "good||value|number");

    fixture_free(f);
}

static void only_the_instance_that_hung_is_blind(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "mounts", "hang_instance", 20);

    start(f);
    until(f, came, "mounts|/dead||blind");
    until(f, came_thrice, "mounts|/z|value|number");

    assert_false(came(f, "mounts|||blind"));
    assert_int_equal(f->restarts, 1);
    fixture_free(f);
}

static void what_hung_is_tried_again_in_a_worker_of_its_own(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "mounts", "hang_instance", 20);
    start(f);
    until(f, came, "mounts|/dead||blind");

    // The trial hangs as well, twice: the worker that serves the rest is not touched by it.
    until(f, came_thrice, "mounts|/z|value|number");
    struct timer *tick = timer_new(f->loop, on_tick, f);
    timer_set(tick, 1200);
    until(f, has_ticked, "two trials");
    timer_free(tick);

    assert_int_equal(f->restarts, 1);
    assert_string_equal(f->worker_state, "running");
    fixture_free(f);
}

static void a_callback_that_hangs_ends_in_blindness_too(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "hang_event", 0);

    start(f);
    until(f, came, "bad|||blind");

    fixture_free(f);
}

static void a_guest_that_refuses_to_open_is_blind_with_its_reason(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "refuse", 20);

    start(f);
    until(f, came, "bad|||blind");

    assert_string_equal(last_of(f, "bad")->text, "path: there is no such thing");
    assert_string_equal(f->worker_state, "running");
    fixture_free(f);
}

static void a_line_that_is_no_json_ends_the_worker(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "garbage", 20);

    start(f);
    until(f, has_fault, "broke the wire: not JSON");

    fixture_free(f);
}

static void a_line_over_the_limit_ends_the_worker(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "oversize", 20);

    start(f);
    until(f, has_fault, "over the limit");

    fixture_free(f);
}

static void a_guest_that_sends_past_its_credit_is_ended(void **state)
{
    struct fixture *f = fixture_new(state);
    f->commits = false;
    add_watch(f, "bad", "overdraw", 20);

    start(f);
    until(f, has_fault, "more than its credit");

    fixture_free(f);
}

static void a_guest_that_exits_by_itself_is_started_again(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "exit", 20);

    start(f);
    until(f, has_fault, "exited with status 0");

    assert_true(f->restarts > 0);
    fixture_free(f);
}

static void a_guest_that_closes_its_fds_is_noticed(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "close_fds", 20);

    start(f);
    until(f, worker_is, "restarting");

    assert_true(f->fault[0] != '\0');
    fixture_free(f);
}

static void a_plugin_that_asks_for_an_option_it_does_not_have_is_ended(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "bug", 20);

    start(f);
    until(f, has_fault, "exited with status 70");

    fixture_free(f);
}

static void what_is_written_to_standard_output_disturbs_nothing(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "stdout", 20);

    start(f);
    until(f, came_thrice, "bad||value|number");

    assert_int_equal(f->restarts, 0);
    fixture_free(f);
}

static void a_check_that_fails_is_a_blind_reading(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "fail", 20);

    start(f);
    until(f, came, "bad|||blind");

    assert_string_equal(last_of(f, "bad")->text, "Permission denied");
    fixture_free(f);
}

static void wild_readings_are_cut_cleaned_or_dropped(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "wild", 20);

    start(f);
    until(f, came, "bad||value|blind");

    assert_true(came(f, "bad||value|event"));
    assert_false(came(f, "bad||no name|number"));
    assert_non_null(strstr(f->readings[1].text, "[truncated "));
    assert_string_equal(reading_field(&f->readings[1], "name"), "a\xef\xbf\xbd"
                                                                "b");
    assert_int_equal(f->readings[1].field_count, 1);
    assert_int_equal(f->restarts, 0);
    fixture_free(f);
}

static bool credit_is_used_up(const struct fixture *f, const char *text UNUSED)
{
    return count_of(f, "bad||value|number") == WIRE_CREDIT;
}

static bool many_came(const struct fixture *f, const char *text UNUSED)
{
    return f->reading_count == READINGS_MAX;
}

static void a_flood_waits_for_credit_and_nothing_is_lost(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "flood", 100);
    f->watches[0].deadline = 300;
    f->commits = false;

    start(f);
    until(f, credit_is_used_up, "256 readings");
    // Nothing is committed for longer than the deadline and twice the interval: the guest waits for
    // us, it does not hang.
    struct timer *tick = timer_new(f->loop, on_tick, f);
    timer_set(tick, 700);
    until(f, has_ticked, "the deadline");
    timer_free(tick);
    assert_true(credit_is_used_up(f, ""));
    assert_int_equal(f->restarts, 0);

    f->commits = true;
    supervisor_committed(f->supervisor);
    until(f, many_came, "the rest");

    for (size_t i = 2; i < READINGS_MAX; i++)
        assert_int_equal(f->readings[i].number, i - 1);
    fixture_free(f);
}

static void a_lasting_flood_is_told_as_an_event(void **state)
{
    struct fixture *f = fixture_new(state);
    struct watch_limits limits = watch_limits_default();
    limits.flood_rate = 1000;
    limits.flood_seconds = 1;
    supervisor_set_limits(f->supervisor, &limits);
    add_watch(f, "bad", "flood", 10);
    f->room = READINGS_MAX / 2;

    start(f);
    until(f, came, "hashimori/worker/naughty||flood|event");

    assert_non_null(strstr(last_of(f, "hashimori/worker/naughty")->text, "readings a second"));
    assert_int_equal(f->restarts, 0);
    fixture_free(f);
}

/* It stops between two calls: no deadline runs, only its silence tells. */
static void a_worker_whose_loop_stands_still_is_ended(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "stop", 200);
    f->watches[0].deadline = 300;

    start(f);
    until(f, has_fault, "no call began within twice the interval");

    fixture_free(f);
}

static void what_is_kept_comes_back_after_a_crash(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "counter", "keep", 20);
    start(f);
    until(f, came_thrice, "counter||value|number");

    supervisor_restart(f->supervisor, "naughty");
    until(f, has_fault, "restarted by an operator");
    double before = last_of(f, "counter")->number;
    forget_readings(f);
    until(f, came, "counter||value|number");

    assert_true(last_of(f, "counter")->number > before);
    fixture_free(f);
}

static void what_an_operator_restarts_is_back_at_once_and_has_no_fault_more(void **state)
{
    struct fixture *f = fixture_new(state);
    struct watch_limits limits = watch_limits_default(); // one fault: a second
    limits.budget = 1;
    supervisor_set_limits(f->supervisor, &limits);
    add_watch(f, "counter", "keep", 20);
    start(f);
    until(f, came_thrice, "counter||value|number");

    for (unsigned i = 1; i <= 3; i++) {
        mono_ms begin = clock_boot();
        supervisor_restart(f->supervisor, "naughty");
        until(f, worker_is, "restarting");
        until(f, worker_is, "running");
        assert_int_equal(f->restarts, i);
        assert_true(clock_boot() - begin < 1000);
    }

    fixture_free(f);
}

static void a_worker_that_failed_too_often_is_tried_again_in_the_end(void **state)
{
    struct fixture *f = fixture_new(state);
    struct watch_limits limits = watch_limits_default();
    limits.delay_first = limits.delay_most = 5;
    limits.budget = 1;
    limits.retry_failed = 50;
    supervisor_set_limits(f->supervisor, &limits);
    add_watch(f, "bad", "exit", 20);

    start(f);
    until(f, worker_is, "failed");
    until(f, worker_is, "running");
    until(f, worker_is, "failed"); // it has no budget of its own
    until(f, worker_is, "running");

    fixture_free(f);
}

static void a_plugin_with_another_abi_or_none_at_all_fails_for_good(void **state)
{
    struct fixture *f = fixture_new(state);
    struct watch_limits limits = watch_limits_default();
    limits.delay_first = limits.delay_most = 5;
    limits.budget = 2;
    supervisor_set_limits(f->supervisor, &limits);
    add_watch(f, "bad", "good", 20);
    free(f->watches[0].plugin);
    f->watches[0].plugin = alloc_text("absent");

    start(f);
    until(f, worker_is, "failed");

    assert_non_null(strstr(f->fault, "not found"));
    fixture_free(f);
}

static void a_reload_restarts_only_what_changed(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "keeps", "good", 20);
    add_watch(f, "changes", "good", 20);
    start(f);
    until(f, came, "keeps||value|number");
    until(f, came, "changes||value|number");

    f->watches[1].options.values[1].integer = 7;
    supervisor_settings(f->supervisor, &f->settings);
    forget_readings(f);
    until(f, came_thrice, "changes||value|number");

    assert_true(last_of(f, "changes")->number > 6.5);
    assert_int_equal(f->restarts, 0);
    assert_false(came(f, "hashimori/worker/naughty||worker_state|number"));
    fixture_free(f);
}

static void a_subject_that_is_removed_is_no_longer_looked_at(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "stays", "good", 20);
    add_watch(f, "goes", "good", 20);
    start(f);
    until(f, came, "goes||value|number");

    f->settings.watch_count = 1;
    supervisor_settings(f->supervisor, &f->settings);
    forget_readings(f);
    until(f, came_thrice, "stays||value|number");

    assert_false(came(f, "goes||value|number"));
    assert_false(supervisor_check(f->supervisor, "goes"));
    fixture_free(f);
}

static void a_person_can_ask_for_a_look(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "slow", "good", 3600000);
    start(f);
    until(f, came, "slow||value|number");
    forget_readings(f);

    assert_true(supervisor_check(f->supervisor, "slow"));

    until(f, came, "slow||value|number");
    fixture_free(f);
}

static bool channel_serves(const struct fixture *f, const char *text UNUSED)
{
    return f->serving_channel;
}

static const struct attempt forty_two = {.delivery = 42, .number = 1};

static void a_delivery_ends_in_the_receivers_answer(void **state)
{
    struct fixture *f = fixture_new(state);
    f->destination = (struct destination_settings){
        .name = (char[]){"nms"}, .channel = (char[]){"echo"}, .deadline = 1000};
    f->settings.destinations = &f->destination;
    f->settings.destination_count = 1;
    struct notice n = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .state = (char[]){"yes"},
        .key = (char[]){"K"},
        .text = (char[]){"止まりました"}};
    struct text notice = {0};
    wire_notice(&notice, &n, "renkei01", 32400);
    assert_false(supervisor_deliver(f->supervisor, "nms", &forty_two, text_get(&notice)));
    start(f);
    until(f, channel_serves, "channel");

    assert_true(supervisor_deliver(f->supervisor, "nms", &forty_two, text_get(&notice)));

    until(f, has_receipt, "nms 42 accepted 止まりました");
    text_deinit(&notice);
    fixture_free(f);
}

static void what_an_attempt_achieved_comes_back_with_the_next_one(void **state)
{
    struct fixture *f = fixture_new(state);
    f->destination = (struct destination_settings){
        .name = (char[]){"nms"}, .channel = (char[]){"echo"}, .deadline = 1000};
    f->settings.destinations = &f->destination;
    f->settings.destination_count = 1;
    struct notice n = {.kind = NOTICE_RAISED, .state = (char[]){"half"}, .key = (char[]){"K"}};
    struct text notice = {0};
    wire_notice(&notice, &n, "renkei01", 32400);
    start(f);
    until(f, channel_serves, "channel");

    assert_true(supervisor_deliver(f->supervisor, "nms", &forty_two, text_get(&notice)));
    until(f, has_receipt, "nms 42 later half of it (the first half)");
    const struct attempt second = {.delivery = 42, .number = 2, .progress = "the first half"};
    assert_true(supervisor_deliver(f->supervisor, "nms", &second, text_get(&notice)));

    until(f, has_receipt, "nms 42 accepted the first half");
    text_deinit(&notice);
    fixture_free(f);
}

static void a_callback_that_hangs_in_a_burst_is_noticed(void **state)
{
    struct fixture *f = fixture_new(state);
    f->destination = (struct destination_settings){
        .name = (char[]){"nms"}, .channel = (char[]){"echo"}, .deadline = 200};
    f->settings.destinations = &f->destination;
    f->settings.destination_count = 1;
    struct notice n = {.kind = NOTICE_RAISED, .state = (char[]){"busy"}, .key = (char[]){"K"}};
    struct text notice = {0};
    wire_notice(&notice, &n, "renkei01", 32400);
    start(f);
    until(f, channel_serves, "channel");

    assert_true(supervisor_deliver(f->supervisor, "nms", &forty_two, text_get(&notice)));

    until(f, has_fault, "a call did not end within 200 ms");
    text_deinit(&notice);
    fixture_free(f);
}

static void stop_all_children(void)
{
    char path[64], list[512];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    assert_int_equal(fdio_read_small(path, list, sizeof list), 0);
    for (char *at = list, *end; *at >= '0' && *at <= '9'; at = *end == ' ' ? end + 1 : end)
        assert_int_equal(kill((pid_t)strtol(at, &end, 10), SIGSTOP), 0);
}

static void a_worker_that_was_asked_and_says_nothing_is_ended(void **state)
{
    struct fixture *f = fixture_new(state);
    struct watch_limits limits = watch_limits_default();
    limits.silence = 200;
    supervisor_set_limits(f->supervisor, &limits);
    f->destination = (struct destination_settings){
        .name = (char[]){"nms"}, .channel = (char[]){"echo"}, .deadline = 1000};
    f->settings.destinations = &f->destination;
    f->settings.destination_count = 1;
    struct notice n = {.kind = NOTICE_RAISED, .state = (char[]){"yes"}, .key = (char[]){"K"}};
    struct text notice = {0};
    wire_notice(&notice, &n, "renkei01", 32400);
    start(f);
    until(f, channel_serves, "channel");

    stop_all_children();
    assert_true(supervisor_deliver(f->supervisor, "nms", &forty_two, text_get(&notice)));
    until(f, has_fault, "did not answer within 200 ms");

    text_deinit(&notice);
    fixture_free(f);
}

static bool face_serves(const struct fixture *f, const char *text UNUSED)
{
    return f->serving_face;
}

static bool send_line(struct fixture *f, const char *line)
{
    return supervisor_face_send(f->supervisor, "page", wire_parse(line, strlen(line), NULL));
}

static void a_face_shows_the_rows_that_it_was_sent(void **state)
{
    struct fixture *f = fixture_new(state);
    f->face = (struct face_settings){.name = (char[]){"page"}, .face = (char[]){"mirror"}};
    f->settings.faces = &f->face;
    f->settings.face_count = 1;
    assert_false(send_line(f, "{\"type\":\"begin\",\"whole\":true}"));
    start(f);
    until(f, face_serves, "face");

    assert_true(send_line(f, "{\"type\":\"begin\",\"whole\":true}"));
    assert_true(send_line(f, "{\"type\":\"row\",\"table\":\"service\",\"row\":1,\"cells\":{"
                             "\"name\":\"a\",\"up_s\":41}}"));
    assert_true(
        send_line(f, "{\"type\":\"row\",\"table\":\"service\",\"row\":2,\"cells\":{\"up_s\":42}}"));
    assert_true(send_line(f, "{\"type\":\"drop\",\"table\":\"service\",\"row\":1}"));
    assert_true(send_line(f, "{\"type\":\"commit\"}"));

    until(f, has_state, "whole rows 2 drops 1 last 42");
    assert_int_equal(supervisor_face_queued(f->supervisor, "page"), 0);
    fixture_free(f);
}

#ifndef HM_SANITIZED
static void a_guest_that_leaks_reaches_its_own_limit(void **state)
{
    struct fixture *f = fixture_new(state);
    add_watch(f, "bad", "leak", 20);
    f->watches[0].deadline = 10000;

    start(f);
    until(f, worker_is, "restarting");

    assert_non_null(strstr(f->fault, "signal 11"));
    fixture_free(f);
}
#endif

struct silence {
    char folder[32];
    struct fuse_silent *mount;
};

/* Without it there is nothing to test: says why. */
static bool make_silence(struct silence *s)
{
    const char *why = "no temporary folder";
    if (mkdtemp(s->folder) != NULL)
        s->mount = fuse_silent_new(s->folder, &why);
    if (s->mount == NULL)
        printf("# left out: a worker in state D (%s)\n", why);
    return s->mount != NULL;
}

static void a_worker_stuck_in_state_d_is_abandoned_and_others_miss_nothing(void **state)
{
    struct fixture *f = fixture_new(NULL);
    struct silence *silence = *state;
    char path[64];
    snprintf(path, sizeof path, "%s/x", silence->folder);
    add_watch(f, "good", "good", 20);
    add_watch(f, "mount", "stat", 20);
    struct value_set *options = &f->watches[1].options;
    options->values[2] =
        (struct value){.name = alloc_text("path"), .type = VALUE_TEXT, .text = alloc_text(path)};
    options->count = 3;

    start(f);
    until(f, came, "mount|/dead||blind");
    until(f, worker_is, "restarting");
    forget_readings(f);
    until(f, came_thrice, "good||value|number");
    assert_false(came(f, "good|||blind"));
    assert_non_null(strstr(f->fault, "did not end within"));

    // The server ends, the process leaves state D, and a trial finds that stat answers (ENOTCONN).
    silence->mount = fuse_silent_free(silence->mount);
    until(f, came, "mount|/dead|value|number");

    fixture_free(f);
}

int main(void)
{
    struct silence silence = {.folder = "/tmp/hashimori-silent.XXXXXX"};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_guest_reports_at_each_interval),
        cmocka_unit_test(a_guest_that_crashes_is_started_again_and_others_go_on),
        cmocka_unit_test(who_is_killed_from_outside_is_not_left_out),
        cmocka_unit_test(what_was_left_out_has_another_chance_when_an_operator_restarts_it),
        cmocka_unit_test(a_guest_that_crashes_in_open_is_left_out_too),
        cmocka_unit_test(a_guest_that_hangs_is_blind_and_its_successor_serves_the_others),
        cmocka_unit_test(a_guest_that_hangs_in_open_is_left_out_too),
        cmocka_unit_test(only_the_instance_that_hung_is_blind),
        cmocka_unit_test(what_hung_is_tried_again_in_a_worker_of_its_own),
        cmocka_unit_test(a_callback_that_hangs_ends_in_blindness_too),
        cmocka_unit_test(a_guest_that_refuses_to_open_is_blind_with_its_reason),
        cmocka_unit_test(a_line_that_is_no_json_ends_the_worker),
        cmocka_unit_test(a_line_over_the_limit_ends_the_worker),
        cmocka_unit_test(a_guest_that_sends_past_its_credit_is_ended),
        cmocka_unit_test(a_guest_that_exits_by_itself_is_started_again),
        cmocka_unit_test(a_guest_that_closes_its_fds_is_noticed),
        cmocka_unit_test(a_plugin_that_asks_for_an_option_it_does_not_have_is_ended),
        cmocka_unit_test(what_is_written_to_standard_output_disturbs_nothing),
        cmocka_unit_test(a_check_that_fails_is_a_blind_reading),
        cmocka_unit_test(wild_readings_are_cut_cleaned_or_dropped),
        cmocka_unit_test(a_flood_waits_for_credit_and_nothing_is_lost),
        cmocka_unit_test(a_lasting_flood_is_told_as_an_event),
        cmocka_unit_test(a_worker_whose_loop_stands_still_is_ended),
        cmocka_unit_test(what_is_kept_comes_back_after_a_crash),
        cmocka_unit_test(what_an_operator_restarts_is_back_at_once_and_has_no_fault_more),
        cmocka_unit_test(a_worker_that_failed_too_often_is_tried_again_in_the_end),
        cmocka_unit_test(a_plugin_with_another_abi_or_none_at_all_fails_for_good),
        cmocka_unit_test(a_reload_restarts_only_what_changed),
        cmocka_unit_test(a_subject_that_is_removed_is_no_longer_looked_at),
        cmocka_unit_test(a_person_can_ask_for_a_look),
        cmocka_unit_test(a_delivery_ends_in_the_receivers_answer),
        cmocka_unit_test(what_an_attempt_achieved_comes_back_with_the_next_one),
        cmocka_unit_test(a_callback_that_hangs_in_a_burst_is_noticed),
        cmocka_unit_test(a_worker_that_was_asked_and_says_nothing_is_ended),
        cmocka_unit_test(a_face_shows_the_rows_that_it_was_sent),
#ifndef HM_SANITIZED
        cmocka_unit_test(a_guest_that_leaks_reaches_its_own_limit),
#endif
        cmocka_unit_test_prestate(
            a_worker_stuck_in_state_d_is_abandoned_and_others_miss_nothing, &silence),
    };
    signal(SIGPIPE, SIG_IGN); // as the daemon does
    log_set_sink(getenv("HM_TEST_LOUD") == NULL ? quiet : NULL);
    size_t count = sizeof tests / sizeof tests[0];
    if (!make_silence(&silence))
        count--;
    int failed = _cmocka_run_group_tests("watch/supervisor", tests, count, NULL, NULL);
    fuse_silent_free(silence.mount);
    rmdir(silence.folder);
    return failed;
}
