/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "worker/worker_internal.h"

static struct hm_watch_handle *handle_new(struct guest *g, void *arg)
{
    struct hm_watch_handle *h = alloc(sizeof *h);
    h->guest = g;
    h->arg = arg;
    h->next = g->handles;
    g->handles = h;
    return h;
}

static void handle_free(struct hm_watch_handle *h)
{
    for (struct hm_watch_handle **at = &h->guest->handles; *at != NULL; at = &(*at)->next) {
        if (*at == h) {
            *at = h->next;
            break;
        }
    }
    h->io = io_free(h->io);
    h->timer = timer_free(h->timer);
    free(h);
}

/* The plugin may free the handle in its callback: only the guest is used after it. */
static void handle_on_fd(void *arg, int fd, int events)
{
    struct hm_watch_handle *h = arg;
    struct guest *g = h->guest;
    int happened = (events & IO_READ ? HM_READABLE : 0) | (events & IO_WRITE ? HM_WRITABLE : 0) |
                   (events & IO_PRI ? HM_PRIORITY : 0);

    if (g->closing)
        return;
    guest_enter(g);
    h->on_fd(h->arg, fd, happened);
    guest_leave(g);
}

static void handle_on_timer(void *arg)
{
    struct hm_watch_handle *h = arg;
    struct guest *g = h->guest;

    if (g->closing)
        return;
    guest_enter(g);
    h->on_timer(h->arg);
    guest_leave(g);
}

static struct hm_watch_handle *host_watch_fd(
    const struct hm_host *host, int fd, int events, hm_fd_fn fn, void *arg)
{
    struct guest *g = options_guest(host);
    int wanted = (events & HM_READABLE ? IO_READ : 0) | (events & HM_WRITABLE ? IO_WRITE : 0) |
                 (events & HM_PRIORITY ? IO_PRI : 0);
    struct hm_watch_handle *h = handle_new(g, arg);
    h->on_fd = fn;
    int r = io_new(g->worker->loop, fd, wanted, handle_on_fd, h, &h->io);
    if (r < 0) {
        h->io = NULL;
        handle_free(h);
        errno = -r;
        return NULL;
    }
    return h;
}

static struct hm_watch_handle *host_timer(
    const struct hm_host *host, int64_t ms, hm_timer_fn fn, void *arg)
{
    struct guest *g = options_guest(host);
    struct hm_watch_handle *h = handle_new(g, arg);
    h->on_timer = fn;
    h->timer = timer_new(g->worker->loop, handle_on_timer, h);
    timer_set(h->timer, ms < 0 ? 0 : ms);
    return h;
}

static void host_timer_again(struct hm_watch_handle *timer, int64_t ms)
{
    if (timer != NULL && timer->timer != NULL)
        timer_set(timer->timer, ms < 0 ? 0 : ms);
}

static void host_unwatch(struct hm_watch_handle *handle)
{
    if (handle != NULL)
        handle_free(handle);
}

void handle_free_all(struct guest *g)
{
    while (g->handles != NULL)
        handle_free(g->handles);
}

void handle_fill(struct hm_host *host)
{
    host->watch_fd = host_watch_fd;
    host->timer = host_timer;
    host->timer_again = host_timer_again;
    host->unwatch = host_unwatch;
}
