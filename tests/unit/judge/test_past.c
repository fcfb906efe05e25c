/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/past.h"

#include <stdio.h>

#include "unit.h"

#define DAY_MS INT64_C(86400000)

/* Incident @id of the job with that number; the texts are the fixture's. */
struct fixture {
    struct settings settings;
    struct judge judge;
    char key[24];
    struct incident incident;
};

static void set_up(struct fixture *f)
{
    *f = (struct fixture){0};
    f->judge.settings = &f->settings;
}

static struct incident *job(struct fixture *f, uint64_t id)
{
    static char subject[] = "log", instance[] = "", metric[] = "failure";
    snprintf(f->key, sizeof f->key, "job%llu", (unsigned long long)id);
    f->incident = (struct incident){.id = id,
        .of = {subject, instance, metric},
        .key = f->key,
        .detected_at = {.wall = 1, .boot = 1},
        .cleared_at = {.wall = 1000, .boot = 1000}};
    return &f->incident;
}

static uint64_t returns_at(struct fixture *f, uint64_t id, wall_ms when)
{
    struct incident *i = job(f, id);
    past_compare(&f->judge, i, (struct moment){when, 1});
    return i->recurrence_of;
}

static void what_begins_on_the_ninetieth_day_is_a_return_and_later_not(void **state UNUSED)
{
    struct fixture f;
    set_up(&f);

    past_remember(&f.judge, job(&f, 7));

    assert_int_equal(returns_at(&f, 7, 1000 + PAST_DAYS * DAY_MS), 7);
    assert_int_equal(returns_at(&f, 7, 1001 + PAST_DAYS * DAY_MS), 0);
    past_drop_all(&f.judge);
}

static void over_the_limit_the_oldest_is_forgotten(void **state UNUSED)
{
    struct fixture f;
    set_up(&f);

    for (uint64_t id = 1; id <= PAST_MAX + 1; id++)
        past_remember(&f.judge, job(&f, id));

    assert_int_equal(returns_at(&f, 1, 2000), 0);
    assert_int_equal(returns_at(&f, 2, 2000), 2);
    assert_int_equal(returns_at(&f, PAST_MAX + 1, 2000), PAST_MAX + 1);
    past_drop_all(&f.judge);
}

static void false_detections_and_mere_calls_are_not_remembered(void **state UNUSED)
{
    struct fixture f;
    set_up(&f);

    struct incident *i = job(&f, 1);
    i->flags = INCIDENT_FALSE;
    past_remember(&f.judge, i);
    i = job(&f, 2);
    i->flags = INCIDENT_CITY;
    i->detected_at = (struct moment){0, 0};
    past_remember(&f.judge, i);

    assert_int_equal(returns_at(&f, 1, 2000), 0);
    assert_int_equal(returns_at(&f, 2, 2000), 0);
    past_drop_all(&f.judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_begins_on_the_ninetieth_day_is_a_return_and_later_not),
        cmocka_unit_test(over_the_limit_the_oldest_is_forgotten),
        cmocka_unit_test(false_detections_and_mere_calls_are_not_remembered),
    };
    return cmocka_run_group_tests_name("judge/past", tests, NULL, NULL);
}
