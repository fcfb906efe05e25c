/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "loop/loop_internal.h"

struct io {
    struct loop *loop;
    struct event *event;
    int fd;
    int nested_fd; /* epoll that waits for EPOLLPRI, which libevent does not know; or -1 */
    io_fn fn;
    void *arg;
};

struct timer {
    struct loop *loop;
    struct event *event;
    timer_fn fn;
    void *arg;
};

struct signal_watch {
    struct loop *loop;
    struct event *event;
    signal_fn fn;
    void *arg;
};

static void *must(void *made)
{
    if (made == NULL) {
        log_error(LOG_LOOP, "libevent cannot make an event, ending");
        abort();
    }
    return made;
}

static void on_library_message(int severity, const char *message)
{
    log_write(severity >= EVENT_LOG_ERR ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG, LOG_LOOP,
        "libevent: %s", message);
}

int loop_new(struct loop **ret_loop)
{
    event_set_log_callback(on_library_message);
    struct event_config *config = must(event_config_new());
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    if (base == NULL)
        return fault(-ENODEV);

    struct loop *l = alloc(sizeof *l);
    l->base = base;
    l->deferred_last = &l->deferred_first;
    *ret_loop = l;
    return 0;
}

struct loop *loop_free(struct loop *l)
{
    if (l == NULL)
        return NULL;
    l->child_signal = signal_free(l->child_signal);
    event_base_free(l->base);
    free(l);
    return NULL;
}

void loop_enter(struct loop *l)
{
    if (l->turn_began_us == 0)
        l->turn_began_us = clock_tick_us();
}

/* Those that are deferred while this runs wait for the next turn. */
static void run_deferred(struct loop *l)
{
    struct loop_deferred *slot = l->deferred_first;
    l->deferred_first = NULL;
    l->deferred_last = &l->deferred_first;
    while (slot != NULL) {
        struct loop_deferred *next = slot->next;
        slot->waits = false;
        slot->next = NULL;
        loop_enter(l);
        slot->fn(slot->arg);
        slot = next;
    }
}

void loop_defer(struct loop *l, struct loop_deferred *slot)
{
    if (slot->waits)
        return;
    slot->waits = true;
    slot->next = NULL;
    *l->deferred_last = slot;
    l->deferred_last = &slot->next;
}

void loop_undefer(struct loop *l, struct loop_deferred *slot)
{
    if (!slot->waits)
        return;
    for (struct loop_deferred **at = &l->deferred_first; *at != NULL; at = &(*at)->next) {
        if (*at != slot)
            continue;
        *at = slot->next;
        if (l->deferred_last == &slot->next)
            l->deferred_last = at;
        break;
    }
    slot->waits = false;
    slot->next = NULL;
}

int loop_turn(struct loop *l, bool wait)
{
    int flags = EVLOOP_ONCE | (wait && l->deferred_first == NULL ? 0 : EVLOOP_NONBLOCK);
    l->turn_began_us = 0;
    if (event_base_loop(l->base, flags) < 0)
        return fault(-EIO);
    run_deferred(l);
    if (l->turn_began_us != 0) {
        int64_t took = clock_tick_us() - l->turn_began_us;
        if (took > l->longest_us)
            l->longest_us = took;
    }
    return 0;
}

int loop_run(struct loop *l)
{
    l->stopping = false;
    while (!l->stopping) {
        int r = loop_turn(l, true);
        if (r < 0)
            return r;
    }
    return 0;
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
    event_base_loopbreak(l->base);
}

int64_t loop_longest_turn_us(struct loop *l, bool reset)
{
    int64_t longest = l->longest_us;
    if (reset)
        l->longest_us = 0;
    return longest;
}

/* ---- file descriptors -------------------------------------------------------------------- */

static void io_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct io *io = arg;
    (void)fd;

    loop_enter(io->loop);
    if (io->nested_fd >= 0) {
        // The poll that made the nested fd readable has taken the change already (proc_namespace.c,
        // mounts_poll): what this call returns says nothing, it only empties the list.
        struct epoll_event taken;
        (void)epoll_wait(io->nested_fd, &taken, 1, 0);
        io->fn(io->arg, io->fd, IO_PRI);
        return; // io may be freed
    }
    io->fn(io->arg, io->fd,
        ((what & EV_READ) != 0 ? IO_READ : 0) | ((what & EV_WRITE) != 0 ? IO_WRITE : 0));
}

static int nest_priority(int fd, int *ret_nested)
{
    int nested = epoll_create1(EPOLL_CLOEXEC);
    if (nested < 0)
        return fault(-errno);
    struct epoll_event want = {.events = EPOLLPRI};
    if (epoll_ctl(nested, EPOLL_CTL_ADD, fd, &want) < 0) {
        int r = fault(-errno);
        nested = fdio_close(nested);
        return r;
    }
    *ret_nested = nested;
    return 0;
}

static short event_flags(int events)
{
    return (short)(EV_PERSIST | ((events & IO_READ) != 0 ? EV_READ : 0) |
                   ((events & IO_WRITE) != 0 ? EV_WRITE : 0));
}

int io_new(struct loop *l, int fd, int events, io_fn fn, void *arg, struct io **ret_io)
{
    assert((events & IO_PRI) == 0 || events == IO_PRI);
    struct io *io = alloc(sizeof *io);
    *io = (struct io){.loop = l, .fd = fd, .nested_fd = -1, .fn = fn, .arg = arg};
    if (events == IO_PRI) {
        int r = nest_priority(fd, &io->nested_fd);
        if (r < 0) {
            free(io);
            return r;
        }
    }
    int watched = io->nested_fd >= 0 ? io->nested_fd : fd;
    io->event = must(event_new(
        l->base, watched, event_flags(events == IO_PRI ? IO_READ : events), io_on_event, io));
    if ((events & (IO_READ | IO_WRITE | IO_PRI)) != 0 && event_add(io->event, NULL) < 0) {
        io = io_free(io);
        return fault(-EPERM); // epoll refuses regular files so
    }
    *ret_io = io;
    return 0;
}

struct io *io_free(struct io *io)
{
    if (io == NULL)
        return NULL;
    event_free(io->event);
    io->nested_fd = fdio_close(io->nested_fd);
    free(io);
    return NULL;
}

void io_set(struct io *io, int events)
{
    int watched = io->nested_fd >= 0 ? io->nested_fd : io->fd;
    event_del(io->event);
    if (events == 0)
        return;
    event_assign(io->event, io->loop->base, watched,
        event_flags(io->nested_fd >= 0 ? IO_READ : events), io_on_event, io);
    event_add(io->event, NULL);
}

/* ---- timers ------------------------------------------------------------------------------ */

static void timer_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct timer *t = arg;
    (void)fd;
    (void)what;
    loop_enter(t->loop);
    t->fn(t->arg);
}

struct timer *timer_new(struct loop *l, timer_fn fn, void *arg)
{
    struct timer *t = alloc(sizeof *t);
    *t = (struct timer){.loop = l, .fn = fn, .arg = arg};
    t->event = must(evtimer_new(l->base, timer_on_event, t));
    return t;
}

struct timer *timer_free(struct timer *t)
{
    if (t == NULL)
        return NULL;
    event_free(t->event);
    free(t);
    return NULL;
}

void timer_set(struct timer *t, span_ms in_ms)
{
    // libevent takes at most about 24 days well; whoever sleeps longer looks again then.
    const span_ms longest = (span_ms)20 * 24 * 3600 * 1000;
    if (in_ms < 0)
        in_ms = 0;
    if (in_ms > longest)
        in_ms = longest;
    struct timeval in = {.tv_sec = in_ms / 1000, .tv_usec = in_ms % 1000 * 1000};
    // Counted from now and not from the beginning of the turn: the owner would be called before
    // its time had come, and sleep another millisecond.
    event_base_update_cache_time(t->loop->base);
    event_add(t->event, &in);
}

void timer_cancel(struct timer *t)
{
    event_del(t->event);
}

bool timer_is_set(const struct timer *t)
{
    return event_pending(t->event, EV_TIMEOUT, NULL) != 0;
}

/* ---- signals ----------------------------------------------------------------------------- */

static void signal_on_event(evutil_socket_t number, short what, void *arg)
{
    struct signal_watch *s = arg;
    (void)what;
    loop_enter(s->loop);
    s->fn(s->arg, (int)number);
}

struct signal_watch *signal_new(struct loop *l, int number, signal_fn fn, void *arg)
{
    struct signal_watch *s = alloc(sizeof *s);
    *s = (struct signal_watch){.loop = l, .fn = fn, .arg = arg};
    s->event = must(evsignal_new(l->base, number, signal_on_event, s));
    event_add(s->event, NULL);
    return s;
}

struct signal_watch *signal_free(struct signal_watch *s)
{
    if (s == NULL)
        return NULL;
    event_free(s->event);
    free(s);
    return NULL;
}
