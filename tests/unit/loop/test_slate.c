/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "loop/slate.h"

#include "unit.h"

/* Generous: a loaded machine may be slow. */
enum { WAIT_MS = 20000, SHORT_MS = 20, LONG_MS = 3600 * 1000 };

/* Both sides in one process. */
struct fixture {
    struct slate *supervisor, *worker;
    struct slate_call call;
};

static int set_up(void **state)
{
    struct fixture *f = alloc(sizeof *f);
    assert_int_equal(slate_new(&f->supervisor), 0);
    int page = fcntl(slate_page_fd(f->supervisor), F_DUPFD_CLOEXEC, 0);
    int timer = fcntl(slate_timer_fd(f->supervisor), F_DUPFD_CLOEXEC, 0);
    assert_int_equal(slate_join(page, timer, &f->worker), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->worker = slate_free(f->worker);
    f->supervisor = slate_free(f->supervisor);
    free(f);
    return 0;
}

static bool becomes_late(const struct fixture *f, int wait_ms)
{
    struct pollfd p = {.fd = slate_timer_fd(f->supervisor), .events = POLLIN};
    return poll(&p, 1, wait_ms) == 1;
}

static void the_call_that_runs_can_be_read(void **state)
{
    struct fixture *f = *state;

    slate_enter(f->worker, 7, "/mnt/nfs", LONG_MS);

    slate_read(f->supervisor, &f->call);
    assert_int_equal(f->call.id, 7);
    assert_string_equal(f->call.instance, "/mnt/nfs");
    assert_true(f->call.last > 0);
}

static void a_call_that_ended_is_none(void **state)
{
    struct fixture *f = *state;
    slate_enter(f->worker, 7, NULL, SHORT_MS);

    slate_leave(f->worker, false);

    slate_read(f->supervisor, &f->call);
    assert_int_equal(f->call.id, 0);
    assert_false(becomes_late(f, 3 * SHORT_MS));
}

static void a_call_that_takes_too_long_wakes_the_supervisor(void **state)
{
    struct fixture *f = *state;
    slate_enter(f->worker, 7, "", SHORT_MS);

    assert_true(becomes_late(f, WAIT_MS));

    assert_true(slate_late(f->supervisor, &f->call));
    assert_int_equal(f->call.id, 7);
    assert_false(becomes_late(f, 0));
}

static void a_late_call_that_ended_meanwhile_is_not_the_next_ones_fault(void **state)
{
    struct fixture *f = *state;
    slate_enter(f->worker, 7, "", SHORT_MS);
    assert_true(becomes_late(f, WAIT_MS));

    slate_leave(f->worker, false);
    slate_enter(f->worker, 8, "", LONG_MS);

    assert_false(slate_late(f->supervisor, &f->call));
}

static void going_on_to_another_instance_gives_the_whole_time_again(void **state)
{
    struct fixture *f = *state;
    slate_enter(f->worker, 7, "/a", SHORT_MS);
    assert_true(becomes_late(f, WAIT_MS));

    slate_enter(f->worker, 7, "/b", LONG_MS);

    assert_false(slate_late(f->supervisor, &f->call));
}

static void a_call_in_a_burst_has_its_whole_time_and_no_more(void **state)
{
    enum { BURST_MS = 60 };
    struct fixture *f = *state;
    slate_enter(f->worker, 7, "", BURST_MS);
    usleep(5 * 1000);
    slate_leave(f->worker, true);
    slate_enter(f->worker, 8, "", BURST_MS);

    bool is_late = false;
    for (int i = 0; !is_late && i < 3; i++)
        is_late = becomes_late(f, WAIT_MS) && slate_late(f->supervisor, &f->call);

    assert_true(is_late);
    assert_int_equal(f->call.id, 8);
    assert_true(clock_boot() - f->call.last >= BURST_MS);
}

static void a_worker_at_rest_leaves_no_timer(void **state)
{
    struct fixture *f = *state;
    slate_enter(f->worker, 7, "", SHORT_MS);
    slate_leave(f->worker, true);

    slate_rest(f->worker);

    assert_false(becomes_late(f, 3 * SHORT_MS));
}

static void waiting_for_the_supervisor_does_not_count(void **state)
{
    struct fixture *f = *state;
    slate_enter(f->worker, 7, "", SHORT_MS);

    slate_wait(f->worker, true);
    assert_false(becomes_late(f, 3 * SHORT_MS));
    slate_wait(f->worker, false);

    assert_true(becomes_late(f, WAIT_MS));
}

static void an_instance_that_is_too_long_is_cut(void **state)
{
    struct fixture *f = *state;
    static char instance[2 * SLATE_INSTANCE_BYTES];
    memset(instance, 'x', sizeof instance - 1);

    slate_enter(f->worker, 7, instance, LONG_MS);

    slate_read(f->supervisor, &f->call);
    assert_int_equal(strlen(f->call.instance), SLATE_INSTANCE_BYTES - 1);
}

static void nobody_can_shrink_the_page_under_the_other(void **state)
{
    struct fixture *f = *state;

    assert_int_not_equal(ftruncate(slate_page_fd(f->supervisor), 0), 0);
}

static void each_begin_and_each_end_is_another_turn(void **state)
{
    struct fixture *f = *state;
    slate_read(f->supervisor, &f->call);
    uint32_t before = f->call.turn;

    slate_enter(f->worker, 7, "", LONG_MS);
    slate_leave(f->worker, false);

    slate_read(f->supervisor, &f->call);
    assert_int_not_equal(f->call.turn, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_call_that_runs_can_be_read),
        TEST(a_call_that_ended_is_none),
        TEST(a_call_that_takes_too_long_wakes_the_supervisor),
        TEST(a_late_call_that_ended_meanwhile_is_not_the_next_ones_fault),
        TEST(going_on_to_another_instance_gives_the_whole_time_again),
        TEST(a_call_in_a_burst_has_its_whole_time_and_no_more),
        TEST(a_worker_at_rest_leaves_no_timer),
        TEST(waiting_for_the_supervisor_does_not_count),
        TEST(an_instance_that_is_too_long_is_cut),
        TEST(nobody_can_shrink_the_page_under_the_other),
        TEST(each_begin_and_each_end_is_another_turn),
    };
    return cmocka_run_group_tests_name("loop/slate", tests, NULL, NULL);
}
