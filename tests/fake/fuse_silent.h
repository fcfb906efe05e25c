/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FUSE_SILENT_H
#define HM_TESTS_FUSE_SILENT_H

/**
 * fuse_silent - a mount that never answers: whoever looks at it is in state D, and SIGKILL does not
 * end that. Stands in for a dead NFS server. Needs root and /dev/fuse.
 */
struct fuse_silent;

/** Mounts on the folder @path. NULL and *ret_why when that cannot be done here. */
struct fuse_silent *fuse_silent_new(const char *path, const char **ret_why);
/** Ends the connection (whoever waited gets an error) and unmounts; takes NULL, returns NULL. */
struct fuse_silent *fuse_silent_free(struct fuse_silent *f);

#endif
