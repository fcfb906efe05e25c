/* SPDX-License-Identifier: BSD-2-Clause */
#include "expose/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"

enum { BACKLOG = 16, GROUPS_MAX = 1024 };

/* The folder of @path, which may be made, with the last part of the name in *ret_name. */
static int open_folder(const char *path, char **ret_name)
{
    char *copy = alloc_text(path);
    char *slash = strrchr(copy, '/');
    int fd = -1;

    if (slash != NULL && slash != copy && slash[1] != '\0') {
        *slash = '\0';
        if (mkdir(copy, 0750) < 0 && errno != EEXIST)
            fd = -errno;
        else if ((fd = open(copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
            fd = -errno;
        *ret_name = alloc_text(slash + 1);
    } else {
        fd = -EINVAL;
    }
    free(copy);
    return fd < 0 ? fault(fd) : fd;
}

static int check_folder(int folder, const char *path)
{
    struct stat st;

    if (fstat(folder, &st) < 0)
        return fault(-errno);
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        log_error(
            LOG_EXPOSE, "control socket: the folder of \"%s\" belongs to uid %u", path, st.st_uid);
        return -EPERM;
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        log_error(LOG_EXPOSE,
            "control socket: others may write in the folder of \"%s\", chmod it 0750", path);
        return -EPERM;
    }
    return 0;
}

/* The name as the kernel takes it whatever the folder's length: through our own descriptor. */
static socklen_t address_of(struct sockaddr_un *ret, int folder, const char *name)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", folder, name);
    return n < 0 || (size_t)n >= sizeof ret->sun_path ? 0 : (socklen_t)sizeof *ret;
}

/* Removes what an earlier run left. */
static int remove_old(int folder, const char *name, const struct sockaddr_un *address)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fault(-errno);
    if (!S_ISSOCK(st.st_mode)) {
        log_error(LOG_EXPOSE, "control socket: \"%s\" is no socket, not removing it", name);
        return -EEXIST;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fault(-errno);
    bool answered =
        connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    fdio_close(probe);
    if (answered) {
        log_error(LOG_EXPOSE, "control socket: another daemon answers at \"%s\"", name);
        return -EADDRINUSE;
    }
    return unlinkat(folder, name, 0) < 0 ? fault(-errno) : 0;
}

/* Nobody can connect before listen(2), so the rights are right from the first connection on. */
static int bind_and_listen(
    int fd, int folder, const char *name, const struct sockaddr_un *address, gid_t group)
{
    mode_t old = umask(0177);
    int r = bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? -errno : 0;

    umask(old);
    if (r < 0)
        return fault(r);
    if (group != (gid_t)-1 && fchownat(folder, name, (uid_t)-1, group, AT_SYMLINK_NOFOLLOW) < 0)
        return fault(-errno);
    if (fchmodat(folder, name, 0660, 0) < 0 || listen(fd, BACKLOG) < 0)
        return fault(-errno);
    return 0;
}

int listener_open(const char *path, gid_t group, struct listener *ret)
{
    struct sockaddr_un address;
    struct stat st = {0};
    char *name = NULL;
    int fd = -1;
    int folder = open_folder(path, &name);
    int r = folder < 0 ? folder : check_folder(folder, path);

    if (r < 0)
        goto out;
    if (address_of(&address, folder, name) == 0) {
        r = fault(-ENAMETOOLONG);
        goto out;
    }
    r = remove_old(folder, name, &address);
    if (r < 0)
        goto out;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    r = fd < 0 ? fault(-errno) : bind_and_listen(fd, folder, name, &address, group);
    if (r == 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        r = fault(-errno);
out:
    free(name);
    fdio_close(folder);
    if (r < 0)
        fdio_close(fd);
    else
        *ret = (struct listener){.fd = fd, .device = st.st_dev, .inode = st.st_ino};
    return r;
}

void listener_close(struct listener *l, const char *path)
{
    struct stat st;

    if (l->fd < 0)
        return;
    l->fd = fdio_close(l->fd);
    if (lstat(path, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode)
        unlink(path);
}

static bool is_member(int fd, gid_t primary, gid_t group)
{
    gid_t groups[GROUPS_MAX];
    socklen_t length = sizeof groups;

    if (primary == group)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) < 0)
        return false;
    for (size_t i = 0; i < length / sizeof groups[0]; i++)
        if (groups[i] == group)
            return true;
    return false;
}

enum right listener_right(int fd, gid_t group, uid_t *ret_uid)
{
    struct ucred peer = {.uid = (uid_t)-1, .gid = (gid_t)-1};
    socklen_t length = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        peer.uid = (uid_t)-1;
    *ret_uid = peer.uid;
    if (peer.uid == (uid_t)-1)
        return RIGHT_READ;
    if (peer.uid == 0 || peer.uid == geteuid())
        return RIGHT_ADMIN;
    return group != (gid_t)-1 && is_member(fd, peer.gid, group) ? RIGHT_OPERATE : RIGHT_READ;
}
