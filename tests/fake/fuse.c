/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuse.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

int fuse_mount(const char *path, const char **ret_why)
{
    char options[128];
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        *ret_why = "/dev/fuse cannot be opened";
        return -1;
    }
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    *ret_why = NULL;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        *ret_why = "no mount namespace is permitted";
    else if (mount("test", path, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
        *ret_why = "mounting is not permitted";
    if (*ret_why == NULL)
        return fd;
    close(fd);
    return -1;
}

void fuse_unmount(const char *path)
{
    umount2(path, MNT_DETACH);
}

void fuse_greet(int fd, const struct fuse_in_header *in)
{
    struct {
        struct fuse_out_header head;
        struct fuse_init_out init;
    } out = {.head = {.len = sizeof out, .unique = in->unique},
        .init = {.major = 7, .minor = 31, .max_readahead = 65536, .max_write = 65536}};
    if (write(fd, &out, sizeof out) != (ssize_t)sizeof out)
        _exit(1);
}
