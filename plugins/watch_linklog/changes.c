/* SPDX-License-Identifier: BSD-2-Clause */
#include "changes.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    NAME_EVENTS = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF |
                  IN_MOVE_SELF,
    FILE_EVENTS = IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB | IN_DELETE_SELF
};

enum { EVENT_BYTES_MAX = sizeof(struct inotify_event) + NAME_MAX + 1 };

void changes_init(struct changes *c)
{
    *c = (struct changes){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    for (int i = 0; i < CHANGES_FOLDERS; i++)
        c->folder_watch[i] = -1;
}

void changes_deinit(struct changes *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

/* Cuts the last part off; "/" stays. */
static void to_parent(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == path || slash == NULL)
        strcpy(path, "/");
    else
        *slash = '\0';
}

static bool is_shared_type(const struct statfs *fs)
{
    static const unsigned long shared[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFF534D42, /* CIFS */
        0xFE534D42, /* SMB2 */
        0x65735546, /* FUSE: sshfs, glusterfs, object storage */
        0x01021997, /* 9p */
        0x00C36400, /* CEPH */
        0x5346414F, /* AFS */
    };
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if ((unsigned long)fs->f_type == shared[i])
            return true;
    return false;
}

static int watch_deepest(struct changes *c, const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);

    for (;;) {
        bool is_root = strcmp(folder, "/") == 0;
        int watch = inotify_add_watch(c->fd, folder, NAME_EVENTS | IN_ONLYDIR);
        struct statfs fs;
        if (watch >= 0 || is_root) {
            c->is_shared |= statfs(folder, &fs) == 0 && is_shared_type(&fs);
            return watch;
        }
        to_parent(folder);
    }
}

/* A folder that appears between the try and the watch on its parent would go unseen: once more. */
static int watch_folder(struct changes *c, const char *path)
{
    int watch = watch_deepest(c, path), again;
    while ((again = watch_deepest(c, path)) != watch && again >= 0)
        watch = again;
    return watch;
}

/* One folder may be watched for several reasons; inotify has one watch for all. */
static void replace(struct changes *c, unsigned slot, int watch)
{
    int old = c->folder_watch[slot];
    c->folder_watch[slot] = watch;
    for (int i = 0; i < CHANGES_FOLDERS; i++)
        if (c->folder_watch[i] == old)
            return;
    inotify_rm_watch(c->fd, old);
}

void changes_watch_names(struct changes *c, unsigned of, const char *path, const char *pattern)
{
    if (c->fd < 0)
        return;
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    to_parent(folder);
    replace(c, 2 * of, watch_folder(c, folder));

    const char *mark = strchr(pattern, '%');
    if (mark == NULL)
        return;
    snprintf(folder, sizeof folder, "%.*s", (int)(mark - pattern), pattern);
    to_parent(folder);
    replace(c, 2 * of + 1, watch_folder(c, folder));
}

int changes_watch_file(struct changes *c, int file_fd)
{
    char path[32];
    if (c->fd < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file_fd);
    return inotify_add_watch(c->fd, path, FILE_EVENTS);
}

void changes_unwatch_file(struct changes *c, int watch)
{
    if (c->fd >= 0 && watch >= 0)
        inotify_rm_watch(c->fd, watch);
}

enum change changes_drain(struct changes *c)
{
    unsigned seen = CHANGE_NONE;

    ssize_t n = sizeof c->events;
    // Where another event would have had room, there is none: that needs no call to be told.
    while (c->fd >= 0 && n > (ssize_t)sizeof c->events - EVENT_BYTES_MAX &&
           (n = read(c->fd, c->events, sizeof c->events)) > 0)
        for (const char *p = c->events; p < c->events + n;) {
            struct inotify_event e;
            memcpy(&e, p, sizeof e);
            p += sizeof e + e.len;
            if (e.mask != IN_IGNORED)
                seen |= e.mask & ~(unsigned)IN_MODIFY ? CHANGE_MOVED : CHANGE_GROWN;
        }
    return seen & CHANGE_MOVED ? CHANGE_MOVED : (enum change)seen;
}

bool changes_unseen(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && is_shared_type(&fs);
}
