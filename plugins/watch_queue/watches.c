/* SPDX-License-Identifier: BSD-2-Clause */
#include "watches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
    /* 4,000 events of short names: some milliseconds. */
    READ_BYTES = 128 * 1024,
    /* The kernel counts numbers up and never uses one again. */
    NUMBER_MAX = 4 * 1024 * 1024
};

struct watches {
    int fd;
    void **owners; /* by number */
    size_t room;
};

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

int watches_add(struct watches *w, const char *path, void *owner)
{
    int number = inotify_add_watch(w->fd, path,
        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |
            IN_MOVE_SELF | IN_ONLYDIR);
    if (number < 0)
        return -errno;
    if (!make_room(w, (size_t)number)) {
        inotify_rm_watch(w->fd, number);
        return -ENOSPC;
    }
    if (w->owners[number] != NULL && w->owners[number] != owner)
        return -EEXIST;
    w->owners[number] = owner;
    return number;
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
