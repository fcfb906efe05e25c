/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "judge/due.h"
#include "unit.h"

enum { ENTRIES = 500 };

struct fixture {
    struct due_heap heap;
    struct due entries[ENTRIES];
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state == NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    due_heap_deinit(&f->heap);
    free(f);
    return 0;
}

/* Takes all that is due at @now; each must not be before the one before it. */
static size_t take_all(struct fixture *f, mono_ms now)
{
    size_t count = 0;
    mono_ms last = 0;
    for (struct due *d; (d = due_take(&f->heap, now)) != NULL; count++) {
        assert_true(d->at >= last && d->at <= now);
        last = d->at;
    }
    return count;
}

static void entries_come_out_in_order_of_time(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < ENTRIES; i++)
        due_set(&f->heap, &f->entries[i], i * 7919 % 1009);

    assert_int_equal(due_first(&f->heap), 0);
    assert_int_equal(take_all(f, 2000), ENTRIES);
    assert_true(due_first(&f->heap) == CLOCK_NEVER);
}

static void what_is_not_yet_due_stays(void **state)
{
    struct fixture *f = *state;
    due_set(&f->heap, &f->entries[0], 10);
    due_set(&f->heap, &f->entries[1], 20);

    assert_int_equal(take_all(f, 19), 1);
    assert_int_equal(due_first(&f->heap), 20);
    assert_int_equal(f->entries[0].place, 0);
}

static void setting_again_moves_and_never_cancels(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < ENTRIES; i++)
        due_set(&f->heap, &f->entries[i], 1000 + i);
    for (int i = 0; i < ENTRIES; i += 2)
        due_set(&f->heap, &f->entries[i], 500 + i);
    for (int i = 1; i < ENTRIES; i += 4)
        due_set(&f->heap, &f->entries[i], CLOCK_NEVER);
    due_cancel(&f->heap, &f->entries[1]);

    assert_int_equal(take_all(f, 999), ENTRIES / 2);
    assert_int_equal(take_all(f, 5000), ENTRIES / 4);
}

static mono_ms at_300_really(const struct judge *j, const struct due *d)
{
    (void)j;
    return d->at < 300 ? 300 : d->at;
}

static void what_was_put_off_is_moved_before_it_comes_up(void **state)
{
    struct fixture *f = *state;
    f->entries[0].put_off = at_300_really;
    due_set(&f->heap, &f->entries[0], 10);
    due_set(&f->heap, &f->entries[1], 200);

    due_settle(&f->heap, NULL);

    assert_int_equal(due_first(&f->heap), 200);
    assert_int_equal(take_all(f, 299), 1);
    assert_int_equal(due_first(&f->heap), 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_come_out_in_order_of_time),
        TEST(what_is_not_yet_due_stays),
        TEST(setting_again_moves_and_never_cancels),
        TEST(what_was_put_off_is_moved_before_it_comes_up),
    };
    return cmocka_run_group_tests_name("judge/due", tests, NULL, NULL);
}
