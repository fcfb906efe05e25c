/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What whole sequences of events must never do, whatever comes in between: tell that something is
 * raised and not that it cleared, count in a digest what is then missing or there twice, give
 * something up without a word, or be silent when there is no room on the disk. In between are
 * kills, reboots, workers that go and come, answers of all kinds, acknowledgements, planned work,
 * clocks that are set, dependencies, blindness, and reloads with other routes.
 *
 * TELLING_RUNS (2) random sequences from TELLING_SEED (1) on; make check-telling does 2,000.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../fake/settings_guests.h"
#include "base/alloc.h"
#include "main/pipeline.h"
#include "record/tell.h"
#include "telling_tree.h"
#include "unit.h"

enum { DESTINATIONS = TELLING_DESTINATIONS, INSTANCES = 12, FLIGHTS_MAX = 64 };
static const char *const *const names = telling_names;

struct flight {
    uint64_t delivery;
    size_t destination;
};

struct fixture {
    char folder[64], path[96];
    struct settings *settings;
    struct pipeline *pipeline;
    struct moment now;
    uint32_t seed;
    unsigned boots;
    bool is_away[DESTINATIONS];
    struct flight flights[FLIGHTS_MAX];
    size_t flight_count;
    struct text told; /* texts of all deliveries that began, if wanted */
    bool keeps_texts;
    uint64_t incident;
    bool was_raised[DESTINATIONS], was_cleared[DESTINATIONS];
    uint64_t counted[DESTINATIONS], digested[DESTINATIONS];
    size_t raised_somewhere, reloads;
    size_t given_up, given_up_told; /* in this sequence: deliveries, incidents of them */
};

static uint32_t draw(struct fixture *f, uint32_t below)
{
    f->seed = f->seed * 1664525 + 1013904223;
    return (f->seed >> 8) % below;
}

static size_t place_of(const char *destination)
{
    size_t i = 0;
    while (i < DESTINATIONS && strcmp(names[i], destination) != 0)
        i++;
    return i;
}

static bool on_deliver(
    void *ctx, const char *destination, const struct attempt *attempt, const struct notice *notice)
{
    struct fixture *f = ctx;
    size_t d = place_of(destination);
    if (f->is_away[d])
        return false;
    if (f->flight_count == FLIGHTS_MAX)
        f->flight_count--; // that one is never answered
    f->flights[f->flight_count++] = (struct flight){attempt->delivery, d};
    if (f->keeps_texts)
        text_addf(&f->told, "%s: %s\n", destination, notice->text);
    return true;
}

static void on_dirty(void *ctx UNUSED)
{
}

static void open_pipeline(struct fixture *f)
{
    char boot_id[16];
    struct record *record = NULL;
    snprintf(boot_id, sizeof boot_id, "boot-%u", f->boots);
    assert_int_equal(record_open(f->path, &record), 0);
    struct pipeline_plan plan = {
        .record = record, .settings = f->settings, .alive_every = 10000, .seed = f->seed};
    struct pipeline_sink sink = {.ctx = f, .deliver = on_deliver, .dirty = on_dirty};
    assert_int_equal(pipeline_new(&plan, &sink, &f->pipeline), 0);
    assert_int_equal(pipeline_start(f->pipeline, f->now, boot_id, false), 0);
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
    f->flight_count = 0;
    for (size_t d = 0; d < DESTINATIONS; d++)
        pipeline_guest(f->pipeline, names[d], !f->is_away[d], f->now);
}

static struct settings *tree_of(uint32_t seed)
{
    struct settings *settings = NULL;
    struct complaints complaints = {0};
    char *text = telling_tree(seed);
    assert_int_equal(settings_guests_load(text, &settings, &complaints), 0);
    complaints_deinit(&complaints);
    free(text);
    return settings;
}

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    // Thousands of commits: where nothing needs to be synced they cost little.
    bool has_memory = access("/dev/shm", W_OK) == 0;
    snprintf(f->folder, sizeof f->folder, "%s/hashimori-telling-XXXXXX",
        has_memory ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    f->settings = tree_of(0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];
    f->pipeline = pipeline_free(f->pipeline);
    f->settings = settings_free(f->settings);
    text_deinit(&f->told);
    snprintf(command, sizeof command, "rm -r '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

/* Wednesday 16:30 in Tokyo: the office is about to close. */
static const wall_ms half_past_four = 1776238200000;

static void begin(struct fixture *f, uint32_t seed)
{
    snprintf(f->path, sizeof f->path, "%s/%u.db", f->folder, seed);
    f->seed = seed;
    f->now = (struct moment){half_past_four, 1000000};
    f->pipeline = pipeline_free(f->pipeline);
    memset(f->is_away, 0, sizeof f->is_away);
    open_pipeline(f);
}

static void commit(struct fixture *f)
{
    assert_int_equal(pipeline_commit(f->pipeline, f->now), 0);
}

/* Goes on by @ms, doing what is due on the way. */
static void pass(struct fixture *f, span_ms ms)
{
    mono_ms until = f->now.boot + ms;
    for (;;) {
        mono_ms due = pipeline_next_due(f->pipeline, f->now);
        if (due > until)
            break;
        if (due > f->now.boot) {
            f->now.wall += due - f->now.boot;
            f->now.boot = due;
        }
        pipeline_advance(f->pipeline, f->now);
        commit(f);
    }
    f->now.wall += until - f->now.boot;
    f->now.boot = until;
}

enum { BLIND = 3 };

/* @running: a number, or BLIND. */
static void read_subject(
    struct fixture *f, const char *subject, const char *instance, uint32_t running)
{
    struct reading reading = {.of = {alloc_text(subject), alloc_text(instance), NULL},
        .kind = running == BLIND ? READING_BLIND : READING_NUMBER,
        .number = running,
        .text = alloc_text(running == BLIND ? "nobody can look" : ""),
        .at = f->now};
    reading.of.metric = alloc_text("running");
    pipeline_reading(f->pipeline, &reading, f->now);
    reading_deinit(&reading);
    commit(f);
}

static void read_state(struct fixture *f, uint32_t instance, uint32_t running)
{
    char name[16];
    snprintf(name, sizeof name, "i%u", instance);
    read_subject(f, "engine", name, running);
}

static void answer(struct fixture *f, enum receipt_result result)
{
    if (f->flight_count == 0)
        return;
    size_t i = draw(f, (uint32_t)f->flight_count);
    struct receipt receipt = {.delivery = f->flights[i].delivery, .result = result};
    f->flights[i] = f->flights[--f->flight_count];
    pipeline_receipt(f->pipeline, &receipt, f->now);
    commit(f);
}

static void command(struct fixture *f, const char *verb, const char *name, const char *value)
{
    struct command c = {.verb = alloc_text(verb), .who = alloc_text("ops")};
    command_set(&c, name, value);
    if (strcmp(verb, "maintenance.add") == 0) {
        char from[TEXT_TIME_BYTES], to[TEXT_TIME_BYTES];
        command_set(&c, "from", text_time(from, f->now.wall + 60000, 0, false));
        command_set(&c, "to", text_time(to, f->now.wall + 1860000, 0, false));
        command_set(&c, "plan_no", "W-1");
        command_set(&c, "approved_by", "city");
    }
    pipeline_command(f->pipeline, &c, f->now);
    command_deinit(&c);
    commit(f);
}

static void acknowledge_one(struct fixture *f)
{
    char id[24];
    snprintf(id, sizeof id, "%u", 1 + draw(f, 60));
    command(f, "incident.ack", "id", id);
}

static void restart(struct fixture *f)
{
    f->pipeline = pipeline_free(f->pipeline); // as if killed: no orderly end
    span_ms away = draw(f, 20 * 60000);
    f->now.wall += away;
    f->now.boot += away;
    if (draw(f, 3) == 0) {
        f->boots++;
        f->now.boot = 5000;
    }
    open_pipeline(f);
}

static void toggle(struct fixture *f)
{
    size_t d = draw(f, DESTINATIONS);
    f->is_away[d] = !f->is_away[d];
    for (size_t i = f->flight_count; i > 0; i--)
        if (f->flights[i - 1].destination == d)
            f->flights[i - 1] = f->flights[--f->flight_count];
    pipeline_guest(f->pipeline, names[d], !f->is_away[d], f->now);
    commit(f);
}

static void reload(struct fixture *f)
{
    struct settings *old = f->settings;
    f->settings = tree_of(1 + draw(f, UINT32_MAX >> 8));
    pipeline_settings(f->pipeline, f->settings, "ops", f->now);
    settings_free(old);
    commit(f);
    f->reloads++;
}

static void set_clock(struct fixture *f)
{
    wall_ms before = f->now.wall;
    f->now.wall += (wall_ms)draw(f, 2 * 3600000) - 3600000;
    pipeline_clock_stepped(f->pipeline, before, f->now);
    commit(f);
}

static void step(struct fixture *f)
{
    switch (draw(f, 20)) {
    case 0:
        restart(f);
        break;
    case 1:
        toggle(f);
        break;
    case 2:
        acknowledge_one(f);
        break;
    case 3:
        command(f, "maintenance.add", "service", "renkei");
        break;
    case 4:
        pass(f, draw(f, 90 * 60000));
        break;
    case 5:
    case 6:
        answer(f, RECEIPT_LATER);
        break;
    case 7:
    case 8:
    case 9:
        answer(f, RECEIPT_ACCEPTED);
        break;
    case 10:
        if (draw(f, 4) == 0)
            answer(f, RECEIPT_REFUSED);
        break;
    case 11:
        reload(f);
        break;
    case 12:
        read_subject(f, "base", "", draw(f, 4));
        break;
    case 13:
        if (draw(f, 4) == 0)
            set_clock(f);
        break;
    default:
        read_state(f, draw(f, INSTANCES), draw(f, 4));
        pass(f, draw(f, 20000));
    }
}

/* All is good again, all receivers are there and take all. */
static void drain(struct fixture *f)
{
    for (size_t d = 0; d < DESTINATIONS; d++) {
        f->is_away[d] = false;
        pipeline_guest(f->pipeline, names[d], true, f->now);
    }
    commit(f);
    read_subject(f, "base", "", 2);
    for (uint32_t i = 0; i < INSTANCES; i++)
        read_state(f, i, 2);
    for (int minutes = 0; minutes < 24 * 60; minutes++) {
        while (f->flight_count > 0)
            answer(f, RECEIPT_ACCEPTED);
        pass(f, 60000);
    }
}

/* ---- what the ledger says ---------------------------------------------------------------- */

static enum notice_kind kind_now;

static void see_delivery(void *arg, const struct record_delivery *delivery)
{
    struct fixture *f = arg;
    size_t d = place_of(delivery->destination);
    assert_in_range(d, 0, DESTINATIONS - 1);
    if (strcmp(delivery->result, "waiting") == 0)
        fail_msg("%s still waits after %u attempts: %s", delivery->destination, delivery->attempts,
            delivery->text);
    bool is_accepted = strcmp(delivery->result, "accepted") == 0;
    f->given_up += !is_accepted;
    if (kind_now == NOTICE_CLEARED)
        f->was_cleared[d] = true; // accepted, or given up, which is said
    else if (is_accepted)
        f->was_raised[d] = true;
}

static void see_notice(void *arg, const struct notice *notice)
{
    struct fixture *f = arg;
    kind_now = notice->kind;
    if (notice->kind != NOTICE_SERVICE)
        record_each_delivery(pipeline_record(f->pipeline), notice->sequence, see_delivery, f);
}

static void see_incident(void *arg, const struct incident *incident)
{
    struct fixture *f = arg;
    f->incident = incident->id;
    memset(f->was_raised, 0, sizeof f->was_raised);
    memset(f->was_cleared, 0, sizeof f->was_cleared);
    if ((incident->flags & INCIDENT_OWN) != 0) {
        f->given_up_told += strcmp(incident->of.metric, "given_up") == 0;
        return;
    }
    assert_true(incident->cleared_at.wall != 0);
    record_each_notice_of(pipeline_record(f->pipeline), incident->id, see_notice, f);
    for (size_t d = 0; d < DESTINATIONS; d++) {
        f->raised_somewhere += f->was_raised[d];
        if (f->was_raised[d] && !f->was_cleared[d])
            fail_msg("incident %lu was raised at %s and never cleared", (unsigned long)incident->id,
                names[d]);
    }
}

static bool count_row(
    void *arg, uint64_t seq UNUSED, struct moment at UNUSED, const char *kind, const char *body)
{
    struct fixture *f = arg;
    json_t *o = json_loads(body, 0, NULL);
    const json_t *name;
    size_t i;
    if (strcmp(kind, "notice") == 0) {
        json_array_foreach (json_object_get(o, "digest"), i, name)
            f->counted[place_of(json_string_value(name))]++;
    } else if (strcmp(kind, "digest") == 0) {
        f->digested[place_of(json_string_value(json_object_get(o, "destination")))] +=
            (uint64_t)json_integer_value(json_object_get(o, "total"));
    }
    json_decref(o);
    return true;
}

static unsigned runs(void)
{
    const char *text = getenv("TELLING_RUNS");
    return text != NULL ? (unsigned)atoi(text) : 2;
}

static unsigned first_seed(void)
{
    const char *text = getenv("TELLING_SEED");
    return text != NULL ? (unsigned)atoi(text) : 1;
}

static void who_was_told_raised_is_told_cleared_and_digests_count_exactly(void **state)
{
    struct fixture *f = *state;
    uint64_t counted = 0;

    for (unsigned seed = first_seed(); seed < first_seed() + runs(); seed++) {
        begin(f, seed);
        for (int i = 0; i < 200; i++)
            step(f);
        drain(f);

        f->given_up = f->given_up_told = 0;
        record_each_incident(pipeline_record(f->pipeline), false, see_incident, f);
        assert_true(f->given_up == 0 || f->given_up_told > 0);
        memset(f->counted, 0, sizeof f->counted);
        memset(f->digested, 0, sizeof f->digested);
        record_each_row(pipeline_record(f->pipeline), 1, count_row, f);
        for (size_t d = 0; d < DESTINATIONS; d++) {
            assert_int_equal(f->counted[d], f->digested[d]);
            counted += f->counted[d];
        }
    }
    // Else the sequences would say nothing.
    assert_true(f->raised_somewhere > runs() * 10);
    assert_true(f->reloads > runs());
    assert_true(counted > 0);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t occurrences(const char *text, const char *of)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, of)) != NULL; at++)
        count++;
    return count;
}

static const char mark[] = "【台帳に未記録";

/* The instance @number goes down, on a disk that is full. */
static void fall_down_unrecorded(struct fixture *f, unsigned number)
{
    char subject[] = "engine", instance[16], metric[] = "running";
    snprintf(instance, sizeof instance, "i%u", number);
    struct reading down = {
        .of = {subject, instance, metric}, .kind = READING_NUMBER, .number = 0, .at = f->now};
    pipeline_reading(f->pipeline, &down, f->now);
}

static void begin_on_a_full_disk(struct fixture *f)
{
    signal(SIGXFSZ, SIG_IGN);
    begin(f, 77);
    f->keeps_texts = true;
    limit_file_size(4096);
}

static void commit_in_vain(struct fixture *f)
{
    assert_int_equal(pipeline_commit(f->pipeline, f->now), RECORD_E_FULL);
}

/* Every flight gets its receipt, and those that begin by that; what is put off is tried again. */
static void answer_all(struct fixture *f)
{
    while (f->flight_count > 0) {
        struct receipt receipt = {.delivery = f->flights[--f->flight_count].delivery,
            .result = draw(f, 4) == 0 ? RECEIPT_LATER : RECEIPT_ACCEPTED};
        pipeline_receipt(f->pipeline, &receipt, f->now);
        if (f->flight_count == 0)
            commit_in_vain(f);
    }
}

static void what_finds_no_room_on_the_disk_is_told_once_and_marked(void **state)
{
    struct fixture *f = *state;
    begin_on_a_full_disk(f);

    fall_down_unrecorded(f, 0);
    for (int i = 0; i < 3; i++)
        commit_in_vain(f);
    // At once: braked, brief and the desk, whose office is open; the desk takes four at a time.
    assert_int_equal(occurrences(text_get(&f->told), mark), 3);
    while (f->flight_count > 0) {
        struct receipt taken = {
            .delivery = f->flights[--f->flight_count].delivery, .result = RECEIPT_ACCEPTED};
        pipeline_receipt(f->pipeline, &taken, f->now);
    }
    commit_in_vain(f);
    assert_int_equal(occurrences(text_get(&f->told), mark), 6); // with the service's
    size_t before = f->told.length;
    limit_file_size(RLIM_INFINITY);
    commit(f);

    // Now it stands, and goes out under its own name.
    f->flight_count = 0;
    pass(f, 60000);
    assert_true(f->told.length > before);
    assert_int_equal(occurrences(text_get(&f->told), mark), 6);
}

/* More wait than are kept: what is given up is an incident, told to whoever else there is, also
 * when it is known already that nothing is taken. */
static void rows_over_the_limit_are_given_up_as_an_incident(void **state)
{
    struct fixture *f = *state;
    const char *const desk[] = {"desk"};
    struct destination_count count;
    begin(f, 78);
    f->is_away[place_of("desk")] = true;
    pipeline_guest(f->pipeline, "desk", false, f->now);
    for (int i = 0; i < 100001; i++) {
        struct notice notice = {.kind = NOTICE_TEST, .at = f->now};
        assert_int_equal(record_notice(pipeline_record(f->pipeline), &notice, desk, 1, f->now), 0);
        notice_deinit(&notice);
    }
    f->keeps_texts = true;
    commit(f);

    pass(f, 61000); // counted once a minute
    while (f->flight_count > 0)
        answer(f, RECEIPT_ACCEPTED);

    const char *told = text_get(&f->told);
    assert_int_equal(record_destination_count(pipeline_record(f->pipeline), "desk", &count), 0);
    assert_true(count.expired >= 1); // and those of these incidents, which are for the desk, too
    assert_non_null(strstr(told, "brief: "));
    assert_non_null(strstr(told, "desk 宛ての通知が 1 分以上送られていません"));
    assert_non_null(strstr(told, "desk 宛ての通知（HM-TEST）は届けられず、送信を打ち切りました: "
                                 "too many were waiting"));
}

static void what_is_put_off_or_lost_on_a_full_disk_is_tried_again(void **state)
{
    struct fixture *f = *state;
    begin_on_a_full_disk(f);
    fall_down_unrecorded(f, 0);
    commit_in_vain(f);
    assert_int_equal(occurrences(text_get(&f->told), "brief: 【台帳に未記録"), 1);

    for (size_t i = 0; i < f->flight_count; i++) {
        struct receipt later = {.delivery = f->flights[i].delivery, .result = RECEIPT_LATER};
        pipeline_receipt(f->pipeline, &later, f->now);
    }
    commit_in_vain(f);
    assert_int_equal(occurrences(text_get(&f->told), "brief: 【台帳に未記録"), 2);
    pipeline_guest(f->pipeline, "brief", false, f->now);
    commit_in_vain(f);
    assert_int_equal(occurrences(text_get(&f->told), "brief: 【台帳に未記録"), 3);
    f->now.boot += 60000; // no receipt within the deadline
    f->now.wall += 60000;
    commit_in_vain(f);

    assert_int_equal(occurrences(text_get(&f->told), "brief: 【台帳に未記録"), 4);
    limit_file_size(RLIM_INFINITY);
}

/* 300 at once: 256 of them are listed, for each destination; the rest is counted, aloud. */
static void what_is_over_the_list_on_a_full_disk_is_told_as_a_count(void **state)
{
    struct fixture *f = *state;
    begin_on_a_full_disk(f);
    for (unsigned i = 0; i < 300; i++)
        fall_down_unrecorded(f, i);

    commit_in_vain(f);
    answer_all(f);
    // 300 and the service's own for each; among the 256 is one of the brake, for another.
    const char *told = text_get(&f->told);
    assert_non_null(strstr(told, "desk: 【台帳に未記録: 書き込み不可】ほかに 46 件"));
    assert_non_null(strstr(told, "brief: 【台帳に未記録: 書き込み不可】ほかに 46 件"));
    size_t counts = occurrences(told, "】ほかに");
    fall_down_unrecorded(f, 300);
    commit_in_vain(f);
    answer_all(f);
    assert_int_equal(occurrences(text_get(&f->told), "】ほかに"), counts); // a minute must pass
    f->now.boot += 60000;
    f->now.wall += 60000;
    commit_in_vain(f);
    answer_all(f);

    assert_true(occurrences(text_get(&f->told), "】ほかに") > counts);
    limit_file_size(RLIM_INFINITY);
    commit(f);
    assert_true(record_next_sequence(pipeline_record(f->pipeline)) > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            who_was_told_raised_is_told_cleared_and_digests_count_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_finds_no_room_on_the_disk_is_told_once_and_marked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            rows_over_the_limit_are_given_up_as_an_incident, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_put_off_or_lost_on_a_full_disk_is_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_over_the_list_on_a_full_disk_is_told_as_a_count, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("main/telling", tests, NULL, NULL);
}
