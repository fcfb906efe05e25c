/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notify/courier.h"
#include "unit.h"

struct fixture {
    struct record *record;
    struct settings settings;
    struct destination_settings destinations[2];
    struct courier *courier;
    bool guest_absent;
    struct {
        char destination[16];
        uint64_t delivery;
        uint32_t attempt;
        uint64_t incident;
        char key[40], progress[40];
    } sent[64];
    size_t sent_count;
    struct {
        enum receipt_result result;
        uint64_t incident;
        char text[128];
    } ended[64];
    size_t ended_count;
    unsigned failing;
};

static bool on_deliver(
    void *ctx, const char *destination, const struct attempt *attempt, const struct notice *notice)
{
    struct fixture *f = ctx;
    if (f->guest_absent)
        return false;
    assert_true(f->sent_count < 64);
    snprintf(f->sent[f->sent_count].destination, 16, "%s", destination);
    f->sent[f->sent_count].delivery = attempt->delivery;
    f->sent[f->sent_count].attempt = attempt->number;
    f->sent[f->sent_count].incident = notice->incident;
    snprintf(f->sent[f->sent_count].key, 40, "%s", notice->key);
    snprintf(f->sent[f->sent_count].progress, 40, "%s",
        attempt->progress == NULL ? "" : attempt->progress);
    f->sent_count++;
    return true;
}

static void on_ended(void *ctx, const char *destination UNUSED, const struct notice *notice,
    enum receipt_result result, const char *text, struct moment now UNUSED)
{
    struct fixture *f = ctx;
    size_t i = f->ended_count++;
    if (i >= sizeof f->ended / sizeof f->ended[0])
        return;
    f->ended[i].result = result;
    f->ended[i].incident = notice->incident;
    snprintf(f->ended[i].text, 128, "%s", text);
}

static void on_failing(
    void *ctx, const char *destination UNUSED, const char *text UNUSED, struct moment now UNUSED)
{
    struct fixture *f = ctx;
    f->failing++;
}

/* Wall time of boot time 0 in these tests. */
enum { WALL_ZERO = 1000000 };

static struct moment at(mono_ms boot)
{
    return (struct moment){.wall = WALL_ZERO + boot, .boot = boot};
}

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    f->destinations[0] = (struct destination_settings){
        .name = alloc_text("nms"), .window = 1, .deadline = 10000, .expire_after = 60 * 60 * 1000};
    f->destinations[1] =
        (struct destination_settings){.name = alloc_text("log"), .window = 4, .deadline = 10000};
    f->settings.destinations = f->destinations;
    f->settings.destination_count = 2;
    assert_int_equal(record_open(":memory:", &f->record), 0);
    struct courier_sink sink = {f, on_deliver, on_failing, on_ended};
    f->courier = courier_new(f->record, &f->settings, &sink, 7);
    courier_guest(f->courier, "nms", true, at(0));
    courier_guest(f->courier, "log", true, at(0));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->courier = courier_free(f->courier);
    f->record = record_close(f->record);
    free(f->destinations[0].name);
    free(f->destinations[1].name);
    free(f);
    return 0;
}

/* Records one notice of @incident for @destination. */
static void add(struct fixture *f, const char *destination, uint64_t incident, uint32_t transition,
    mono_ms when)
{
    struct notice notice = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .incident = incident,
        .transition = transition,
        .at = at(when)};
    assert_int_equal(record_notice(f->record, &notice, &destination, 1, at(when)), 0);
    assert_int_equal(record_commit(f->record), 0);
    notice_deinit(&notice);
    courier_wake(f->courier, destination);
}

static void answer(struct fixture *f, size_t i, enum receipt_result result, mono_ms when)
{
    char text[] = "as told";
    struct receipt receipt = {.delivery = f->sent[i].delivery, .result = result, .text = text};
    courier_receipt(f->courier, &receipt, at(when));
}

static size_t in_flight(const struct fixture *f, const char *destination)
{
    struct courier_state state;
    assert_true(courier_state(f->courier, destination, &state));
    return state.in_flight;
}

static void with_a_window_of_one_the_next_starts_when_the_first_is_accepted(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    add(f, "nms", 2, 1, 0);

    courier_pump(f->courier, at(1));
    assert_int_equal(f->sent_count, 1);
    answer(f, 0, RECEIPT_ACCEPTED, 2);
    courier_pump(f->courier, at(2));

    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->sent[1].incident, 2);
    assert_int_equal(f->ended_count, 1);
    assert_int_equal(f->ended[0].result, RECEIPT_ACCEPTED);
}

static void notices_of_one_incident_never_overtake_each_other(void **state)
{
    struct fixture *f = *state;
    add(f, "log", 1, 1, 0);
    add(f, "log", 1, 2, 0);
    add(f, "log", 2, 1, 0);

    courier_pump(f->courier, at(1));

    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->sent[0].incident, 1);
    assert_int_equal(f->sent[1].incident, 2);
}

/* The next attempt at the only delivery, when it is due. */
static void attempt_again(struct fixture *f, mono_ms now)
{
    courier_pump(f->courier, at(now));
    courier_pump(f->courier, at(courier_next_due(f->courier)));
}

static void what_an_attempt_achieved_is_known_to_the_next_one(void **state)
{
    struct fixture *f = *state;
    char half[] = "half", none[] = "";
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));
    struct receipt receipt = {
        .delivery = f->sent[0].delivery, .result = RECEIPT_LATER, .text = none, .progress = half};

    courier_receipt(f->courier, &receipt, at(2));
    attempt_again(f, 2);
    courier_guest(f->courier, "nms", true, at(3000));
    courier_pump(f->courier, at(3000));
    answer(f, 2, RECEIPT_LATER, 3001);
    attempt_again(f, 3001);

    assert_int_equal(f->sent_count, 4);
    assert_string_equal(f->sent[0].progress, "");
    for (size_t i = 1; i < 4; i++)
        assert_string_equal(f->sent[i].progress, "half");
}

static void an_attempt_that_failed_is_made_again_later_with_the_same_key(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));

    answer(f, 0, RECEIPT_LATER, 2);
    courier_pump(f->courier, at(3));
    assert_int_equal(f->sent_count, 1);
    mono_ms due = courier_next_due(f->courier);
    assert_true(due > 700 && due <= 1002);
    courier_pump(f->courier, at(due));

    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->sent[1].attempt, 2);
    assert_string_equal(f->sent[1].key, f->sent[0].key);
}

static void back_off_grows_to_five_minutes_and_no_further(void **state)
{
    struct fixture *f = *state;
    mono_ms now = 1, waited = 0;
    add(f, "nms", 1, 1, 0);

    for (size_t i = 0; i < 14; i++) {
        courier_pump(f->courier, at(now));
        assert_int_equal(f->sent_count, i + 1);
        answer(f, i, RECEIPT_LATER, now);
        courier_pump(f->courier, at(now));
        waited = courier_next_due(f->courier) - now;
        assert_true(waited <= 5 * 60 * 1000);
        now += waited;
    }

    assert_true(waited >= 5 * 60 * 1000 * 3 / 4);
}

static void silence_of_the_guest_counts_as_a_failed_attempt(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));

    assert_true(courier_next_due(f->courier) == 10001);
    courier_pump(f->courier, at(10001));
    assert_int_equal(in_flight(f, "nms"), 0);
    courier_pump(f->courier, at(11100));

    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->ended_count, 0);
}

static void a_late_receipt_of_an_attempt_that_timed_out_is_ignored(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));
    courier_pump(f->courier, at(10001));

    answer(f, 0, RECEIPT_REFUSED, 10002);

    assert_int_equal(f->ended_count, 0);
}

static void what_was_in_flight_when_the_guest_was_lost_goes_out_again(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));

    courier_guest(f->courier, "nms", false, at(2));
    courier_pump(f->courier, at(3));
    assert_int_equal(f->sent_count, 1);
    courier_guest(f->courier, "nms", true, at(4));
    courier_pump(f->courier, at(4));

    assert_int_equal(f->sent_count, 2);
    assert_string_equal(f->sent[1].key, f->sent[0].key);
}

static void a_destination_that_is_stuck_delays_no_other(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    add(f, "nms", 2, 1, 0);
    add(f, "log", 1, 1, 0);

    courier_pump(f->courier, at(1));

    assert_int_equal(f->sent_count, 2);
    assert_int_equal(in_flight(f, "nms"), 1);
    assert_int_equal(in_flight(f, "log"), 1);
}

static void what_is_older_than_its_time_is_given_up_aloud(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);

    courier_pump(f->courier, at(60 * 60 * 1000 + 1));

    assert_int_equal(f->sent_count, 0);
    assert_int_equal(f->ended_count, 1);
    assert_int_equal(f->ended[0].result, RECEIPT_REFUSED);
    assert_memory_equal(f->ended[0].text, "expired", 7);
}

static void a_clock_set_back_does_not_make_a_retry_wait_for_ever(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));
    answer(f, 0, RECEIPT_LATER, 2);

    struct moment stepped = {.wall = WALL_ZERO - 86400000, .boot = 3};
    courier_pump(f->courier, stepped);

    assert_true(courier_next_due(f->courier) <= 3 + 5 * 60 * 1000);
}

static void a_destination_that_takes_nothing_for_a_minute_is_told_once(void **state)
{
    struct fixture *f = *state;
    mono_ms now = 1;
    add(f, "nms", 1, 1, 0);

    for (size_t i = 0; i < 10; i++) {
        courier_pump(f->courier, at(now));
        answer(f, i, RECEIPT_LATER, now);
        courier_pump(f->courier, at(now));
        now = courier_next_due(f->courier);
    }
    assert_int_equal(f->failing, 1);
    courier_pump(f->courier, at(now));
    answer(f, 10, RECEIPT_ACCEPTED, now);

    assert_int_equal(f->failing, 1);
    assert_int_equal(f->ended_count, 1);
}

/* Fails five attempts of what waits at "nms"; returns when the last one failed. */
static mono_ms fail_five(struct fixture *f)
{
    mono_ms now = 1;
    for (size_t i = 0; i < 5; i++) {
        courier_pump(f->courier, at(now));
        assert_int_equal(f->sent_count, i + 1);
        answer(f, i, RECEIPT_LATER, now);
        if (i < 4) {
            courier_pump(f->courier, at(now));
            now = courier_next_due(f->courier);
        }
    }
    return now;
}

static void back_off_and_attempts_survive_a_restart(void **state)
{
    struct fixture *f = *state;
    struct courier_sink sink = {f, on_deliver, on_failing, on_ended};
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));
    answer(f, 0, RECEIPT_LATER, 2);
    mono_ms due = 0;
    courier_pump(f->courier, at(2));
    due = courier_next_due(f->courier);

    f->courier = courier_free(f->courier);
    f->courier = courier_new(f->record, &f->settings, &sink, 99);
    courier_guest(f->courier, "nms", true, at(3));
    courier_pump(f->courier, at(due - 1));
    assert_int_equal(f->sent_count, 1);
    courier_pump(f->courier, at(due));

    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->sent[1].attempt, 2);
}

static void after_five_failures_only_one_probe_goes_out(void **state)
{
    struct fixture *f = *state;
    struct courier_state s;
    add(f, "nms", 1, 1, 0);
    mono_ms now = fail_five(f);
    add(f, "nms", 2, 1, now);
    add(f, "nms", 3, 1, now);

    courier_pump(f->courier, at(now + 1));

    assert_int_equal(f->sent_count, 5);
    assert_true(courier_state(f->courier, "nms", &s));
    assert_int_equal(s.breaker, COURIER_OPEN);
    assert_true(s.probe_at > now + 10000);
    courier_pump(f->courier, at(s.probe_at));
    assert_int_equal(f->sent_count, 6);
    answer(f, 5, RECEIPT_LATER, s.probe_at + 1);
    courier_pump(f->courier, at(s.probe_at + 2));
    assert_int_equal(f->sent_count, 6);
}

static void an_answer_closes_the_breaker_and_all_that_waits_is_due(void **state)
{
    struct fixture *f = *state;
    struct courier_state s;
    add(f, "nms", 1, 1, 0);
    mono_ms now = fail_five(f);
    add(f, "nms", 2, 1, now);
    courier_state(f->courier, "nms", &s);
    assert_true(s.probe_at > now);

    courier_pump(f->courier, at(s.probe_at));
    size_t probe = f->sent_count - 1;
    answer(f, probe, RECEIPT_ACCEPTED, s.probe_at + 5);
    courier_pump(f->courier, at(s.probe_at + 5));

    assert_int_equal(f->sent_count, probe + 2);
    courier_state(f->courier, "nms", &s);
    assert_int_equal(s.breaker, COURIER_CLOSED);
    assert_int_equal(s.failures, 0);
}

/* A receiver that stands still for a moment fails as many as the window holds, all at once. */
static void a_window_that_fails_as_one_counts_as_one_failure(void **state)
{
    struct fixture *f = *state;
    struct courier_state s;
    mono_ms now = 1;
    f->destinations[1].window = 8;
    courier_settings(f->courier, &f->settings);
    for (uint64_t i = 1; i <= 40; i++)
        add(f, "log", i, 1, 0);

    for (size_t round = 0; round < 5; round++) {
        courier_state(f->courier, "log", &s);
        assert_int_equal(s.breaker, COURIER_CLOSED);
        courier_pump(f->courier, at(now));
        assert_int_equal(f->sent_count, 8 * (round + 1));
        now += 100;
        for (size_t i = 8 * round; i < f->sent_count; i++)
            answer(f, i, RECEIPT_LATER, now);
        courier_state(f->courier, "log", &s);
        assert_int_equal(s.failures, round + 1);
    }

    assert_int_equal(s.breaker, COURIER_OPEN);
    assert_in_range(s.probe_at, now + 12000, now + 16000);
}

/* More of them than are looked at in one go; the receiver takes others, so it is not away. */
static void notices_that_the_receiver_puts_off_keep_no_others_waiting(void **state)
{
    struct fixture *f = *state;
    mono_ms now = 1;
    for (uint64_t i = 1; i <= 88; i++)
        add(f, "log", i, 1, 0);
    for (uint32_t i = 2; i <= 70; i++)
        add(f, "log", 1, i, 0); // behind the first of its incident

    for (int round = 0; round < 22; round++, now += 2) {
        f->sent_count = 0;
        courier_pump(f->courier, at(now));
        assert_int_equal(f->sent_count, 4);
        for (size_t i = 0; i < 4; i++)
            answer(f, i, i < 3 ? RECEIPT_LATER : RECEIPT_ACCEPTED, now + 1);
    }
    f->sent_count = 0;
    add(f, "log", 1000, 1, now);
    courier_pump(f->courier, at(now));

    assert_int_equal(f->sent_count, 1);
    assert_int_equal(f->sent[0].incident, 1000);
    assert_in_range(courier_next_due(f->courier), now + 1, 1000);
}

static void a_broken_destination_delays_no_other(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);
    mono_ms now = fail_five(f);

    add(f, "log", 9, 1, now + 1);
    courier_pump(f->courier, at(now + 1));

    assert_int_equal(f->sent_count, 6);
    assert_string_equal(f->sent[5].destination, "log");
}

static void what_is_too_old_is_given_up_though_its_worker_is_away(void **state)
{
    struct fixture *f = *state;
    courier_guest(f->courier, "nms", false, at(0));
    add(f, "nms", 1, 1, 0);
    courier_pump(f->courier, at(1));
    courier_pump(f->courier, at(60000)); // that it is away is told

    mono_ms due = courier_next_due(f->courier);
    courier_pump(f->courier, at(due));

    assert_int_equal(due, 60 * 60 * 1000 + 1);
    assert_int_equal(f->ended_count, 1);
    assert_memory_equal(f->ended[0].text, "expired", 7);
}

/* The oldest go, whether somebody is there to take them or not; the rest is kept. */
static void more_than_a_hundred_thousand_rows_are_given_up_aloud_from_the_oldest_on(void **state)
{
    struct fixture *f = *state;
    const char *const nms[] = {"nms"};
    struct destination_count count;
    courier_guest(f->courier, "nms", false, at(0));
    for (uint64_t i = 1; i <= COURIER_ROWS_MAX + 3; i++) {
        struct notice notice = {.kind = NOTICE_RAISED, .incident = i, .transition = 1, .at = at(0)};
        assert_int_equal(record_notice(f->record, &notice, nms, 1, at(0)), 0);
        notice_deinit(&notice);
    }
    assert_int_equal(record_commit(f->record), 0);

    courier_pump(f->courier, at(1));

    assert_int_equal(f->ended_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(f->ended[i].result, RECEIPT_REFUSED);
        assert_int_equal(f->ended[i].incident, i + 1);
        assert_non_null(strstr(f->ended[i].text, "too many were waiting"));
    }
    assert_int_equal(record_destination_count(f->record, "nms", &count), 0);
    assert_int_equal(count.queued, COURIER_ROWS_MAX);
    assert_int_equal(count.expired, 3);
    courier_pump(f->courier, at(70 * 1000)); // counted again after a minute: none is over
    assert_int_equal(f->ended_count, 3);

    // An hour is their time: not one of them goes without a word.
    const mono_ms end = 60 * 60 * 1000 + 1;
    for (int i = 0; i < 2000 && f->ended_count < COURIER_ROWS_MAX + 3; i++)
        courier_pump(f->courier, at(end));
    assert_int_equal(f->ended_count, COURIER_ROWS_MAX + 3);
    assert_int_equal(record_destination_count(f->record, "nms", &count), 0);
    assert_int_equal(count.queued, 0);
    assert_int_equal(count.expired, COURIER_ROWS_MAX + 3);
}

static void a_worker_that_stays_away_while_something_waits_is_told_once(void **state)
{
    struct fixture *f = *state;
    courier_guest(f->courier, "nms", false, at(1000));
    courier_pump(f->courier, at(1000));
    courier_pump(f->courier, at(100000));
    assert_int_equal(f->failing, 0); // nothing waits

    courier_guest(f->courier, "nms", true, at(100000));
    courier_guest(f->courier, "nms", false, at(200000));
    add(f, "nms", 1, 1, 200001);
    courier_pump(f->courier, at(200001));
    mono_ms due = courier_next_due(f->courier);
    assert_int_equal(due, 260000);
    courier_guest(f->courier, "nms", false, at(250000)); // once more, and no news
    courier_pump(f->courier, at(due));
    courier_pump(f->courier, at(due + 100000));

    assert_int_equal(f->failing, 1);
}

static void age_is_counted_on_the_boot_clock(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);

    struct moment stepped = {.wall = WALL_ZERO + INT64_C(400) * 86400 * 1000, .boot = 5};
    courier_pump(f->courier, stepped);

    assert_int_equal(f->ended_count, 0);
    assert_int_equal(f->sent_count, 1);
}

static void no_minute_sees_more_attempts_than_the_brake_allows(void **state)
{
    struct fixture *f = *state;
    f->destinations[1].brake = 3;
    courier_settings(f->courier, &f->settings);
    for (uint64_t i = 1; i <= 5; i++)
        add(f, "log", i, 1, 0);

    courier_pump(f->courier, at(10));
    assert_int_equal(f->sent_count, 3);
    for (size_t i = 0; i < 3; i++)
        answer(f, i, RECEIPT_ACCEPTED, 20);
    courier_pump(f->courier, at(20));
    assert_int_equal(f->sent_count, 3);
    assert_int_equal(courier_next_due(f->courier), 10 + 60 * 1000);
    courier_pump(f->courier, at(10 + 60 * 1000));

    assert_int_equal(f->sent_count, 5);
}

static enum courier_wait wait_now;

static void ask_why(void *arg, const struct outbox_entry *e)
{
    const struct fixture *f = arg;
    wait_now = courier_waits(f->courier, e, false, at(5000));
}

static void it_says_why_a_row_waits(void **state)
{
    struct fixture *f = *state;
    add(f, "nms", 1, 1, 0);

    courier_pump(f->courier, at(4999));
    record_outbox_each(f->record, "nms", 1, ask_why, f);
    assert_int_equal(wait_now, COURIER_IN_FLIGHT);
    answer(f, 0, RECEIPT_LATER, 5000);
    record_outbox_each(f->record, "nms", 1, ask_why, f);
    assert_int_equal(wait_now, COURIER_WAITS_BACKOFF);
    courier_guest(f->courier, "nms", false, at(5000));
    record_outbox_each(f->record, "nms", 1, ask_why, f);
    assert_int_equal(wait_now, COURIER_WAITS_WORKER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(with_a_window_of_one_the_next_starts_when_the_first_is_accepted),
        TEST(notices_of_one_incident_never_overtake_each_other),
        TEST(what_an_attempt_achieved_is_known_to_the_next_one),
        TEST(an_attempt_that_failed_is_made_again_later_with_the_same_key),
        TEST(back_off_grows_to_five_minutes_and_no_further),
        TEST(silence_of_the_guest_counts_as_a_failed_attempt),
        TEST(a_late_receipt_of_an_attempt_that_timed_out_is_ignored),
        TEST(what_was_in_flight_when_the_guest_was_lost_goes_out_again),
        TEST(a_destination_that_is_stuck_delays_no_other),
        TEST(what_is_older_than_its_time_is_given_up_aloud),
        TEST(a_destination_that_takes_nothing_for_a_minute_is_told_once),
        TEST(a_clock_set_back_does_not_make_a_retry_wait_for_ever),
        cmocka_unit_test_setup_teardown(back_off_and_attempts_survive_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            after_five_failures_only_one_probe_goes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_answer_closes_the_breaker_and_all_that_waits_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_window_that_fails_as_one_counts_as_one_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            notices_that_the_receiver_puts_off_keep_no_others_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_destination_delays_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_too_old_is_given_up_though_its_worker_is_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            more_than_a_hundred_thousand_rows_are_given_up_aloud_from_the_oldest_on, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            a_worker_that_stays_away_while_something_waits_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(age_is_counted_on_the_boot_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            no_minute_sees_more_attempts_than_the_brake_allows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_says_why_a_row_waits, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("notify/courier", tests, NULL, NULL);
}
