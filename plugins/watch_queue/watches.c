/* SPDX-License-Identifier: BSD-2-Clause */
#include "watches.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
    /* 4,000 events of short names: some milliseconds. */
    READ_BYTES = 128 * 1024,
    /* The kernel counts numbers up and never uses one again. */
    NUMBER_MAX = 4 * 1024 * 1024,
    THREAD_STACK_BYTES = 256 * 1024
};

static const uint32_t wanted_events = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                      IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/* The folder that a thread adds. The thread calls the kernel and touches nothing else. */
struct adding {
    bool is_running; /* the thread was started and is not joined */
    pthread_t thread;
    int fd;
    char path[PATH_MAX];
    const void *owner; /* NULL: gone meanwhile */
    int number;        /* or -errno */
    atomic_bool is_done;
};

struct watches {
    int fd;
    void **owners; /* by number */
    size_t room;
    struct adding adding;
};

/* What the thread found; it must have been started. */
static int join_thread(struct adding *a)
{
    pthread_join(a->thread, NULL);
    a->is_running = false;
    return a->number;
}

int watches_new(struct watches **ret_watches)
{
    struct watches *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -ENOMEM;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0) {
        int error = errno;
        free(w);
        return -error;
    }
    *ret_watches = w;
    return 0;
}

struct watches *watches_free(struct watches *w)
{
    if (w == NULL)
        return NULL;
    if (w->adding.is_running)
        join_thread(&w->adding);
    close(w->fd);
    free(w->owners);
    free(w);
    return NULL;
}

int watches_fd(const struct watches *w)
{
    return w->fd;
}

static bool make_room(struct watches *w, size_t number)
{
    if (number < w->room)
        return true;
    size_t room = 2 * number + 64;
    void **owners = number < NUMBER_MAX ? realloc(w->owners, room * sizeof *owners) : NULL;
    if (owners == NULL)
        return false;
    memset(owners + w->room, 0, (room - w->room) * sizeof *owners);
    w->owners = owners;
    w->room = room;
    return true;
}

/* Takes in what inotify_add_watch(2) gave: @number, or -errno. */
static int take_number(struct watches *w, int number, void *owner)
{
    if (number < 0)
        return number;
    if (!make_room(w, (size_t)number)) {
        inotify_rm_watch(w->fd, number);
        return -ENOSPC;
    }
    if (w->owners[number] != NULL && w->owners[number] != owner)
        return -EEXIST;
    w->owners[number] = owner;
    return number;
}

static int ask_kernel(int fd, const char *path)
{
    int number = inotify_add_watch(fd, path, wanted_events);
    return number < 0 ? -errno : number;
}

int watches_add(struct watches *w, const char *path, void *owner)
{
    return take_number(w, ask_kernel(w->fd, path), owner);
}

static void *add_in_thread(void *arg)
{
    struct adding *a = arg;
    a->number = ask_kernel(a->fd, a->path);
    atomic_store(&a->is_done, true);
    return NULL;
}

/* Signals are the worker's: the thread takes none. */
static int start_thread(struct adding *a)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&a->thread, &attributes, add_in_thread, a);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -r;
}

int watches_add_large(struct watches *w, const char *path, void *owner)
{
    struct adding *a = &w->adding;
    if (a->is_running && !atomic_load(&a->is_done))
        return WATCHES_E_LATER;
    if (a->is_running && a->owner != NULL && a->owner != owner)
        return WATCHES_E_LATER; // its own will fetch it
    if (a->is_running && a->owner == owner)
        return take_number(w, join_thread(a), owner);
    if (a->is_running) {
        int number = join_thread(a);
        if (number >= 0 && ((size_t)number >= w->room || w->owners[number] == NULL))
            inotify_rm_watch(w->fd, number);
    }
    a->fd = w->fd;
    a->owner = owner;
    snprintf(a->path, sizeof a->path, "%s", path);
    atomic_store(&a->is_done, false);
    a->is_running = start_thread(a) == 0;
    return a->is_running ? WATCHES_E_LATER : watches_add(w, path, owner);
}

bool watches_is_adding(const struct watches *w, const void *owner)
{
    return w->adding.is_running && w->adding.owner == owner && !atomic_load(&w->adding.is_done);
}

void watches_forget(struct watches *w, const void *owner)
{
    if (w->adding.is_running && w->adding.owner == owner)
        w->adding.owner = NULL;
}

void watches_drop(struct watches *w, int number)
{
    if (number < 0)
        return;
    w->owners[number] = NULL;
    inotify_rm_watch(w->fd, number);
}

static void dispatch(struct watches *w, const struct inotify_event *event, watches_fn fn, void *ctx)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        fn(ctx, NULL, IN_Q_OVERFLOW, "");
        return;
    }
    if (event->wd < 0 || (size_t)event->wd >= w->room || w->owners[event->wd] == NULL)
        return; // dropped while this waited
    void *owner = w->owners[event->wd];
    if ((event->mask & IN_IGNORED) != 0)
        w->owners[event->wd] = NULL;
    fn(ctx, owner, event->mask, event->len > 0 ? event->name : "");
}

bool watches_read(struct watches *w, watches_fn fn, void *ctx)
{
    _Alignas(struct inotify_event) char buffer[READ_BYTES];
    ssize_t n = read(w->fd, buffer, sizeof buffer);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        at += (ssize_t)(sizeof *event + event->len);
        dispatch(w, event, fn, ctx);
    }
    return n > 0;
}
