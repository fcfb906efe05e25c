/* SPDX-License-Identifier: BSD-2-Clause */
#include "folder.h"

static int setup(void **state)
{
    struct record *r = open_ledger(":memory:");
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    *state = record_close(*state);
    return 0;
}

static const char *const both[] = {"nms", "mail"};

/* Records one for nms and mail and returns its key; the caller frees. */
static char *tell(
    struct record *r, uint64_t incident, uint32_t transition, enum notice_kind kind, int64_t second)
{
    char subject[] = "engine", text[] = "engine is down";
    struct notice n = {.kind = kind,
        .severity = SEVERITY_CRITICAL,
        .of.subject = subject,
        .incident = incident,
        .transition = transition,
        .at = moment_at(second),
        .detected_at = moment_at(second - 1),
        .text = text};
    assert_int_equal(record_notice(r, &n, both, 2, moment_at(second)), 0);
    char *key = n.key;
    free(n.incident_key);
    assert_int_equal(n.sequence + 1, record_next_sequence(r));
    return key;
}

static void tell_only(struct record *r, uint64_t incident, int64_t second)
{
    free(tell(r, incident, 1, NOTICE_RAISED, second));
}

struct seen {
    uint64_t deliveries[8];
    uint64_t incidents[8];
    size_t count;
};

static void see(void *arg, const struct outbox_entry *e)
{
    struct seen *s = arg;
    assert_string_equal(e->notice.of.subject, "engine");
    assert_string_equal(e->notice.text, "engine is down");
    assert_int_equal(e->notice.at.boot, e->recorded.wall - moment_at(0).wall);
    assert_int_equal(e->notice.detected_at.wall, e->notice.at.wall - 1000);
    s->deliveries[s->count] = e->delivery;
    s->incidents[s->count++] = e->notice.incident;
}

static struct seen look(struct record *r, const char *destination, size_t limit)
{
    struct seen s = {0};
    assert_int_equal(record_outbox_each(r, destination, limit, see, &s), 0);
    return s;
}

static void what_waits_comes_oldest_first(void **state)
{
    struct record *r = *state;
    for (int i = 1; i <= 3; i++)
        tell_only(r, (uint64_t)i, 100 + i);

    struct seen s = look(r, "nms", 8);
    assert_int_equal(s.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(s.incidents[i], i + 1);
    assert_int_equal(look(r, "mail", 2).count, 2);
    assert_int_equal(look(r, "nobody", 8).count, 0);
}

static void a_delivery_that_ended_leaves_only_its_own_row(void **state)
{
    struct record *r = *state;
    tell_only(r, 1, 100);
    tell_only(r, 2, 101);
    uint64_t rows = count_rows(r);
    struct seen s = look(r, "nms", 8);

    assert_int_equal(record_outbox_done(r, s.deliveries[0], "accepted", "ok", moment_at(102)), 0);

    assert_int_equal(count_rows(r), rows + 1);
    assert_int_equal(look(r, "nms", 8).count, 1);
    assert_int_equal(look(r, "nms", 8).incidents[0], 2);
    assert_int_equal(look(r, "mail", 8).count, 2);
    assert_int_equal(
        record_outbox_done(r, s.deliveries[0], "accepted", "", moment_at(103)), RECORD_E_NONE);
    assert_int_equal(count_rows(r), rows + 1);
}

static void a_delivery_number_never_comes_twice(void **state)
{
    struct record *r = *state;
    tell_only(r, 1, 100);
    struct seen first = look(r, "nms", 8), second;
    struct seen mail = look(r, "mail", 8);
    record_outbox_done(r, first.deliveries[0], "sent", "", moment_at(101));
    record_outbox_done(r, mail.deliveries[0], "sent", "", moment_at(101));

    tell_only(r, 2, 102);

    second = look(r, "nms", 8);
    assert_true(second.deliveries[0] > first.deliveries[0]);
    assert_true(second.deliveries[0] > mail.deliveries[0]);
}

static void check_retry(void *arg UNUSED, const struct outbox_entry *e)
{
    assert_int_equal(e->attempts, 3);
    assert_int_equal(e->due.wall, 777);
    assert_string_equal(e->last_text, "timed out");
    assert_string_equal(e->progress, "one of two");
    assert_string_equal(e->destination, "nms");
}

static void an_attempt_to_be_made_again_is_remembered(void **state)
{
    struct record *r = *state;
    tell_only(r, 1, 100);
    struct seen s = look(r, "nms", 8);

    assert_int_equal(
        record_outbox_retry(r, s.deliveries[0], 2, moment_at(110), "busy", "one of two"), 0);
    assert_int_equal(
        record_outbox_retry(r, s.deliveries[0], 3, (struct moment){777, 777}, "timed out", NULL),
        0);

    assert_int_equal(record_outbox_each(r, "nms", 8, check_retry, NULL), 0);
    assert_int_equal(
        record_outbox_retry(r, 99999, 3, (struct moment){777, 777}, "", NULL), RECORD_E_NONE);
}

static void a_destinations_counters_tell_how_its_deliveries_ended(void **state)
{
    struct record *r = *state;
    static const char *const results[] = {"accepted", "accepted", "sent", "refused", "expired"};
    for (int i = 0; i < 7; i++)
        tell_only(r, (uint64_t)i + 1, 100 + i);
    struct seen s = look(r, "nms", 8);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(record_outbox_done(r, s.deliveries[i], results[i], "", moment_at(200)), 0);

    struct destination_count c;
    assert_int_equal(record_destination_count(r, "nms", &c), 0);

    assert_int_equal(c.queued, 2);
    assert_int_equal(c.accepted, 2);
    assert_int_equal(c.sent, 1);
    assert_int_equal(c.refused, 1);
    assert_int_equal(c.expired, 1);
    assert_int_equal(c.oldest_wall, moment_at(105).wall);
    assert_int_equal(record_destination_count(r, "nobody", &c), 0);
    assert_int_equal(c.queued + c.accepted, 0);
    assert_int_equal(c.oldest_wall, 0);
}

static void a_key_is_the_transitions_own(void **state)
{
    struct record *r = *state;
    char *keys[] = {
        tell(r, 1, 1, NOTICE_RAISED, 100),
        tell(r, 1, 2, NOTICE_RAISED, 101),
        tell(r, 1, 1, NOTICE_CLEARED, 102),
        tell(r, 11, 1, NOTICE_RAISED, 103),
        tell(r, 0, 0, NOTICE_HEARTBEAT, 104),
        tell(r, 0, 0, NOTICE_HEARTBEAT, 105),
        tell(r, 5, 0, NOTICE_HEARTBEAT, 106),
    };
    char *again = tell(r, 1, 1, NOTICE_RAISED, 107);

    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(strlen(keys[i]), 26);
        assert_int_equal(strspn(keys[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 26);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(keys[i], keys[k]);
    }
    assert_string_equal(again, keys[0]);
    free(again);
    for (size_t i = 0; i < 7; i++)
        free(keys[i]);
}

static void add_notice(void *arg, const struct notice *n)
{
    text_addf(arg, "%u:%u/%u ", (unsigned)n->sequence, (unsigned)n->incident, n->transition);
}

static void the_last_notices_come_newest_first(void **state)
{
    struct record *r = *state;
    struct text t = {0};
    for (int i = 1; i <= 5; i++)
        tell_only(r, (uint64_t)i, 100 + i);

    assert_int_equal(record_each_notice(r, 3, add_notice, &t), 0);

    assert_string_equal(text_get(&t), "5:5/1 4:4/1 3:3/1 ");
    text_deinit(&t);
}

static void a_sequence_that_was_rolled_back_is_given_again(void **state)
{
    struct record *r = *state;
    tell_only(r, 1, 100);
    assert_int_equal(record_commit(r), 0);
    tell_only(r, 2, 101);
    assert_int_equal(record_next_sequence(r), 3);

    record_rollback(r);

    assert_int_equal(record_next_sequence(r), 2);
    assert_int_equal(look(r, "nms", 8).count, 1);
}

static void end_it(void *arg, const struct outbox_entry *e)
{
    assert_int_equal(record_outbox_done(arg, e->delivery, "sent", "", moment_at(300)), 0);
    assert_int_equal(record_commit(arg), 0);
}

static void add_delivery(void *arg, const struct record_delivery *d)
{
    text_addf(arg, "%s:%s/%u@%lld due %lld \"%s\"; ", d->destination, d->result, d->attempts,
        (long long)(d->at == 0 ? 0 : d->at - moment_at(0).wall), (long long)d->due, d->text);
}

static void what_became_of_a_notice_is_told_by_destination(void **state)
{
    struct record *r = *state;
    struct text t = {0}, none = {0};
    tell_only(r, 1, 100);
    uint64_t nms = look(r, "nms", 8).deliveries[0];
    assert_int_equal(
        record_outbox_retry(r, nms, 1, (struct moment){777, 777}, "timed out", NULL), 0);

    assert_int_equal(record_each_delivery(r, 1, add_delivery, &t), 0);
    assert_string_equal(text_get(&t), "nms:waiting/1@0 due 777 \"timed out\"; "
                                      "mail:waiting/0@0 due 1776000100000 \"\"; ");

    text_clear(&t);
    assert_int_equal(record_outbox_done(r, nms, "accepted", "ok", moment_at(120)), 0);
    assert_int_equal(record_each_delivery(r, 1, add_delivery, &t), 0);
    assert_string_equal(text_get(&t), "nms:accepted/2@120000 due 0 \"ok\"; "
                                      "mail:waiting/0@0 due 1776000100000 \"\"; ");
    assert_int_equal(record_each_delivery(r, 2, add_delivery, &none), 0);
    assert_string_equal(text_get(&none), "");
    text_deinit(&t);
}

static void notices_of_an_incident_come_oldest_first(void **state)
{
    struct record *r = *state;
    struct text t = {0};
    tell_only(r, 1, 100);
    tell_only(r, 2, 101);
    free(tell(r, 1, 2, NOTICE_CLEARED, 102));
    free(tell(r, 0, 0, NOTICE_HEARTBEAT, 103));

    assert_int_equal(record_each_notice_of(r, 1, add_notice, &t), 0);
    assert_int_equal(record_each_notice_of(r, 0, add_notice, &t), 0);

    assert_string_equal(text_get(&t), "1:1/1 3:1/2 ");
    text_deinit(&t);
}

static void a_delivery_may_end_while_the_outbox_is_walked(void **state)
{
    struct record *r = *state;
    for (int i = 1; i <= 5; i++)
        tell_only(r, (uint64_t)i, 100 + i);

    assert_int_equal(record_outbox_each(r, "nms", 8, end_it, r), 0);

    assert_int_equal(look(r, "nms", 8).count, 0);
}

static void more_destinations_than_routes_can_name_are_a_fault(void **state)
{
    struct record *r = *state;
    const char *many[65];
    for (size_t i = 0; i < 65; i++)
        many[i] = "nms";
    struct notice n = {.kind = NOTICE_TEST};

    assert_true(record_notice(r, &n, many, 65, moment_at(1)) < 0);

    assert_false(record_dirty(r));
    notice_deinit(&n);
}

#define with_record(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_record(what_waits_comes_oldest_first),
        with_record(a_delivery_that_ended_leaves_only_its_own_row),
        with_record(a_delivery_number_never_comes_twice),
        with_record(an_attempt_to_be_made_again_is_remembered),
        with_record(a_destinations_counters_tell_how_its_deliveries_ended),
        with_record(a_key_is_the_transitions_own),
        with_record(the_last_notices_come_newest_first),
        with_record(a_sequence_that_was_rolled_back_is_given_again),
        with_record(what_became_of_a_notice_is_told_by_destination),
        with_record(notices_of_an_incident_come_oldest_first),
        with_record(a_delivery_may_end_while_the_outbox_is_walked),
        with_record(more_destinations_than_routes_can_name_are_a_fault),
    };
    return cmocka_run_group_tests_name("record/outbox", tests, NULL, NULL);
}
