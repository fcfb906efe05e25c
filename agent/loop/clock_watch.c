/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "loop/loop.h"

struct clock_watch {
    int fd;
    struct io *io;
    span_ms offset; /* wall - boot when last armed: what the wall clock would go on to show */
    clock_step_fn fn;
    void *arg;
};

static int arm(struct clock_watch *w)
{
    // Far away: the timer is there to be cancelled, not to fire.
    struct itimerspec far_away = {.it_value = {.tv_sec = INT32_MAX}};
    w->offset = clock_wall() - clock_boot();
    if (timerfd_settime(w->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far_away, NULL) < 0)
        return fault(-errno);
    return 0;
}

static void clock_watch_on_readable(void *arg, int fd, int events)
{
    struct clock_watch *w = arg;
    uint64_t expirations;
    (void)events;

    if (read(fd, &expirations, sizeof expirations) >= 0 || errno != ECANCELED)
        return;
    struct moment now = clock_now();
    wall_ms before = now.boot + w->offset;
    arm(w);
    w->fn(w->arg, before, now.wall);
}

struct clock_watch *clock_watch_new(struct loop *l, clock_step_fn fn, void *arg)
{
    struct clock_watch *w = alloc(sizeof *w);
    *w = (struct clock_watch){.fn = fn, .arg = arg};
    w->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (w->fd < 0 || arm(w) < 0 ||
        io_new(l, w->fd, IO_READ, clock_watch_on_readable, w, &w->io) < 0)
        return clock_watch_free(w);
    return w;
}

struct clock_watch *clock_watch_free(struct clock_watch *w)
{
    if (w == NULL)
        return NULL;
    w->io = io_free(w->io);
    w->fd = fdio_close(w->fd);
    free(w);
    return NULL;
}
