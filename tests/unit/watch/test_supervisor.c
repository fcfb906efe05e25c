/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "supervisor_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_guest_reports_at_each_interval),
        cmocka_unit_test(a_check_that_fails_is_a_blind_reading),
        cmocka_unit_test(wild_readings_are_cut_cleaned_or_dropped),
        cmocka_unit_test(a_flood_waits_for_credit_and_nothing_is_lost),
        cmocka_unit_test(a_lasting_flood_is_told_as_an_event),
        cmocka_unit_test(what_is_kept_comes_back_after_a_crash),
        cmocka_unit_test(what_an_operator_restarts_is_back_at_once_and_has_no_fault_more),
        cmocka_unit_test(a_reload_restarts_only_what_changed),
        cmocka_unit_test(a_subject_that_is_removed_is_no_longer_looked_at),
        cmocka_unit_test(a_person_can_ask_for_a_look),
        cmocka_unit_test(a_delivery_ends_in_the_receivers_answer),
        cmocka_unit_test(what_an_attempt_achieved_comes_back_with_the_next_one),
        cmocka_unit_test(a_callback_that_hangs_in_a_burst_is_noticed),
        cmocka_unit_test(a_worker_that_was_asked_and_says_nothing_is_ended),
        cmocka_unit_test(a_face_shows_the_rows_that_it_was_sent),
    };
    signal(SIGPIPE, SIG_IGN); // as the daemon does
    be_quiet();
    return cmocka_run_group_tests_name("watch/supervisor", tests, NULL, NULL);
}
