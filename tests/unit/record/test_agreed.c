/* SPDX-License-Identifier: BSD-2-Clause */
#include "folder.h"
#include "record/agreed.h"
#include "record/history.h"

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    folder_make(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    free(*state);
    return 0;
}

static char renkei[] = "renkei", plan_no[] = "W-12", city[] = "市", code[] = "POWER",
            document[] = "K-7", date[] = "2026-05-12", quarter[] = "2026Q1", log_text[] = "log",
            changes[] = "[{\"row\":7}]";

static struct work a_work(void)
{
    return (struct work){.service = renkei,
        .from = 2000000000000,
        .to = 2000003600000,
        .registered = 1999000000000,
        .approved = 1999000000001,
        .plan_no = plan_no,
        .approved_by = city};
}

static struct exclusion an_exclusion(void)
{
    return (struct exclusion){.service = renkei,
        .from = 2000000000000,
        .to = 2000003600000,
        .forgives = true,
        .reason = code,
        .agreed_by = city,
        .agreed_on = date,
        .document = document,
        .registered = 1999000000000};
}

static const struct agreed *agreed_in(struct record *r)
{
    const struct agreed *a = NULL;
    assert_int_equal(record_agreed(r, &a), 0);
    return a;
}

static void work_comes_back_from_the_ledger_as_it_was_said_last(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct work w = a_work();
    assert_int_equal(record_work(r, &w, moment_at(1), &w.id), 0);
    w.ended = 2000001800000;
    assert_int_equal(record_work(r, &w, moment_at(2), NULL), 0);
    assert_int_equal(record_commit(r), 0);
    record_close(r);

    r = open_ledger(f->ledger);
    const struct agreed *a = agreed_in(r);

    assert_int_equal(a->work_count, 1);
    assert_int_equal(a->works[0].id, 1);
    assert_string_equal(a->works[0].service, "renkei");
    assert_string_equal(a->works[0].plan_no, "W-12");
    assert_string_equal(a->works[0].approved_by, "市");
    assert_true(a->works[0].from == w.from && a->works[0].to == w.to);
    assert_true(a->works[0].registered == w.registered && a->works[0].approved == w.approved);
    assert_true(a->works[0].ended == w.ended);
    assert_true(a->works[0].changed == moment_at(2).wall);
    assert_int_equal(a->works[0].row, 2);
    record_close(r);
}

static void ids_go_on_from_the_highest(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct work w = a_work();
    struct exclusion e = an_exclusion();
    uint64_t id = 0;
    record_work(r, &w, moment_at(1), &id);
    record_work(r, &w, moment_at(2), &id);
    assert_int_equal(id, 2);

    record_exclusion(r, &e, moment_at(3), &id);

    assert_int_equal(id, 1);
    assert_non_null(agreed_work(agreed_in(r), 2));
    assert_null(agreed_work(agreed_in(r), 3));
    record_close(r);
}

static void an_exclusion_that_is_revoked_stays(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct exclusion e = an_exclusion();
    record_exclusion(r, &e, moment_at(1), &e.id);
    e.revoked = 1999000000009;
    record_exclusion(r, &e, moment_at(2), NULL);
    assert_int_equal(record_commit(r), 0);
    record_close(r);

    r = open_ledger(f->ledger);
    const struct exclusion *found = agreed_exclusion(agreed_in(r), 1);

    assert_true(found->forgives);
    assert_string_equal(exclusion_mode(found), "numerator");
    assert_string_equal(found->reason, "POWER");
    assert_string_equal(found->agreed_on, "2026-05-12");
    assert_string_equal(found->document, "K-7");
    assert_true(found->revoked == e.revoked);
    assert_int_equal(agreed_in(r)->exclusion_count, 1);
    record_close(r);
}

static void judgements_are_kept_in_the_order_said(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct judgement j = {.gap = 9, .service = renkei, .is_up = true, .evidence = log_text};
    record_judgement(r, &j, moment_at(1));
    j.is_up = false;
    record_judgement(r, &j, moment_at(2));
    record_commit(r);
    record_close(r);

    r = open_ledger(f->ledger);
    const struct agreed *a = agreed_in(r);

    assert_int_equal(a->judgement_count, 2);
    assert_true(a->judgements[0].is_up);
    assert_false(a->judgements[1].is_up);
    assert_int_equal(a->judgements[1].gap, 9);
    assert_string_equal(a->judgements[1].evidence, "log");
    record_close(r);
}

static void the_last_edition_of_a_period_is_found(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct issue i = {.service = renkei, .period = quarter, .edition = 1};
    record_issue(r, &i, json_object(), moment_at(1));
    i.edition = 2;
    i.changes = changes;
    record_issue(r, &i, json_object(), moment_at(2));
    record_commit(r);
    record_close(r);

    r = open_ledger(f->ledger);
    const struct issue *last = agreed_issue(agreed_in(r), "renkei", "2026Q1");

    assert_int_equal(last->edition, 2);
    assert_string_equal(last->changes, "[{\"row\":7}]");
    assert_null(agreed_issue(agreed_in(r), "renkei", "2026Q2"));
    assert_null(agreed_issue(agreed_in(r), "other", "2026Q1"));
    record_close(r);
}

static void a_row_that_is_none_of_ours_is_left_out(void **state)
{
    static const char *const kinds[] = {"work", "exclusion", "judgement", "issue"};
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct work w = a_work();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        record_append(r, moment_at(1), kinds[i], "{\"id\":\"1\",\"gap\":\"1\",\"service\":5}");

    record_work(r, &w, moment_at(2), NULL);

    assert_int_equal(agreed_in(r)->work_count, 1);
    assert_int_equal(agreed_in(r)->exclusion_count, 0);
    assert_int_equal(agreed_in(r)->judgement_count, 0);
    assert_int_equal(agreed_in(r)->issue_count, 0);
    record_close(r);
}

static void the_right_one_of_several_is_revoked(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct exclusion e = an_exclusion();
    record_exclusion(r, &e, moment_at(1), NULL);
    record_exclusion(r, &e, moment_at(2), &e.id);
    e.revoked = 1999000000009;

    record_exclusion(r, &e, moment_at(3), NULL);

    assert_true(agreed_exclusion(agreed_in(r), 1)->revoked == 0);
    assert_true(agreed_exclusion(agreed_in(r), 2)->revoked != 0);
    record_close(r);
}

static void what_is_rolled_back_was_not_agreed(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct work w = a_work();
    record_work(r, &w, moment_at(1), NULL);
    assert_int_equal(agreed_in(r)->work_count, 1);

    record_rollback(r);

    assert_int_equal(agreed_in(r)->work_count, 0);
    record_close(r);
}

static void the_facts_of_a_service_hold_what_was_agreed_and_their_rows(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    struct sla_facts facts = {0};
    struct work w = a_work();
    struct service_point point = {
        .service = renkei, .state = SERVICE_UNMONITORED, .from = moment_at(1)};
    assert_int_equal(record_facts(r, "renkei", &facts), 0);
    record_service_point(r, &point, moment_at(1));
    record_work(r, &w, moment_at(2), NULL);

    assert_int_equal(record_facts(r, "renkei", &facts), 0);

    assert_int_equal(facts.work_count, 1);
    assert_int_equal(facts.point_count, 1);
    assert_int_equal(facts.points[0].row, 1);
    record_close(r);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(work_comes_back_from_the_ledger_as_it_was_said_last),
        with_folder(ids_go_on_from_the_highest),
        with_folder(an_exclusion_that_is_revoked_stays),
        with_folder(judgements_are_kept_in_the_order_said),
        with_folder(the_last_edition_of_a_period_is_found),
        with_folder(a_row_that_is_none_of_ours_is_left_out),
        with_folder(the_right_one_of_several_is_revoked),
        with_folder(what_is_rolled_back_was_not_agreed),
        with_folder(the_facts_of_a_service_hold_what_was_agreed_and_their_rows),
    };
    return cmocka_run_group_tests_name("record/agreed", tests, NULL, NULL);
}
