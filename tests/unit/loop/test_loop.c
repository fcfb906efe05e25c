/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "loop/loop.h"
#include "unit.h"

struct fixture {
    struct loop *loop;
    int calls;
    struct timer *timer;
    struct loop_deferred slot;
    int order[8];
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    assert_int_equal(loop_new(&f.loop), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->loop = loop_free(f->loop);
    return 0;
}

static void stop_on_timer(void *arg)
{
    struct fixture *f = arg;
    f->order[f->calls++] = 1;
    loop_stop(f->loop);
}

static void a_timer_fires_once_and_not_before_its_time(void **state)
{
    struct fixture *f = *state;
    struct timer *t = timer_new(f->loop, stop_on_timer, f);
    int64_t began = clock_tick_us();

    timer_set(t, 20);
    assert_true(timer_is_set(t));
    assert_int_equal(loop_run(f->loop), 0);

    assert_int_equal(f->calls, 1);
    assert_true(clock_tick_us() - began >= 19000);
    assert_false(timer_is_set(t));
    t = timer_free(t);
}

static void defer_again(void *arg)
{
    struct fixture *f = arg;
    f->order[f->calls++] = 2;
    if (f->calls < 3)
        loop_defer(f->loop, &f->slot);
    else
        loop_stop(f->loop);
}

static void what_is_deferred_runs_after_the_turn_and_keeps_the_loop_awake(void **state)
{
    struct fixture *f = *state;
    f->slot = (struct loop_deferred){.fn = defer_again, .arg = f};

    loop_defer(f->loop, &f->slot);
    loop_defer(f->loop, &f->slot);
    assert_int_equal(loop_run(f->loop), 0);

    assert_int_equal(f->calls, 3);
}

static void free_own_timer(void *arg)
{
    struct fixture *f = arg;
    f->timer = timer_free(f->timer);
    loop_stop(f->loop);
}

static void a_timer_may_free_itself(void **state)
{
    struct fixture *f = *state;
    f->timer = timer_new(f->loop, free_own_timer, f);

    timer_set(f->timer, 0);
    assert_int_equal(loop_run(f->loop), 0);

    assert_null(f->timer);
}

static void count_io(void *arg, int fd, int events)
{
    struct fixture *f = arg;
    char byte;
    assert_int_equal(events, IO_READ);
    assert_int_equal(read(fd, &byte, 1), 1);
    f->calls++;
    loop_stop(f->loop);
}

static void a_readable_fd_calls_back(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    struct io *io;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);

    assert_int_equal(io_new(f->loop, ends[0], IO_READ, count_io, f, &io), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(loop_run(f->loop), 0);

    assert_int_equal(f->calls, 1);
    io = io_free(io);
    close(ends[0]);
    close(ends[1]);
}

static void a_regular_file_is_refused(void **state)
{
    struct fixture *f = *state;
    struct io *io = NULL;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    assert_true(io_new(f->loop, fd, IO_READ, count_io, f, &io) < 0);

    assert_null(io);
    close(fd);
}

static void stop_on_signal(void *arg, int number)
{
    struct fixture *f = arg;
    f->calls = number;
    loop_stop(f->loop);
}

static void a_signal_calls_back(void **state)
{
    struct fixture *f = *state;
    struct signal_watch *s = signal_new(f->loop, SIGUSR1, stop_on_signal, f);

    raise(SIGUSR1);
    assert_int_equal(loop_run(f->loop), 0);

    assert_int_equal(f->calls, SIGUSR1);
    s = signal_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_timer_fires_once_and_not_before_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_deferred_runs_after_the_turn_and_keeps_the_loop_awake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_may_free_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_readable_fd_calls_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_regular_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_signal_calls_back, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("loop/loop", tests, NULL, NULL);
}
