/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FUSE_H
#define HM_TESTS_FUSE_H

#include <linux/fuse.h>

/**
 * fuse - what the file systems of tests share: mounting, and the kernel's greeting. Needs root and
 * /dev/fuse.
 */

enum { FUSE_REQUEST_BYTES = 1 << 17 };

/** Mounts on the folder @path, in a mount namespace of our own: a test that is killed leaves no
 * mount behind. Returns the fd to serve it with; -1 and *ret_why when that cannot be done here. */
int fuse_mount(const char *path, const char **ret_why);
void fuse_unmount(const char *path);

/** Answers the greeting @in, without which every request would wait in another way. Ends the
 * process if it cannot. */
void fuse_greet(int fd, const struct fuse_in_header *in);

#endif
