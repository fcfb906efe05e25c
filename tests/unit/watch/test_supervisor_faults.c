/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests that crash, hang, break the wire or cannot be killed. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fuse_silent.h"
#include "supervisor_fixture.h"

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
        cmocka_unit_test(a_worker_whose_loop_stands_still_is_ended),
        cmocka_unit_test(a_worker_that_failed_too_often_is_tried_again_in_the_end),
        cmocka_unit_test(a_plugin_with_another_abi_or_none_at_all_fails_for_good),
#ifndef HM_SANITIZED
        cmocka_unit_test(a_guest_that_leaks_reaches_its_own_limit),
#endif
        cmocka_unit_test_prestate(
            a_worker_stuck_in_state_d_is_abandoned_and_others_miss_nothing, &silence),
    };
    signal(SIGPIPE, SIG_IGN); // as the daemon does
    be_quiet();
    size_t count = sizeof tests / sizeof tests[0];
    if (!make_silence(&silence))
        count--;
    int failed = _cmocka_run_group_tests("watch/supervisor_faults", tests, count, NULL, NULL);
    fuse_silent_free(silence.mount);
    rmdir(silence.folder);
    return failed;
}
