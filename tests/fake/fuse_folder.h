/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_TESTS_FUSE_FOLDER_H
#define HM_TESTS_FUSE_FOLDER_H

/**
 * fuse_folder - a folder on a file system that somebody else changes, as a server's: inotify does
 * not see it, files have no time of birth, and the inode of a removed file is given to the next
 * new one. Needs root and /dev/fuse.
 */
struct fuse_folder;

/** Mounts an empty one on the folder @path. NULL and *ret_why when that cannot be done here. */
struct fuse_folder *fuse_folder_new(const char *path, const char **ret_why);
/** Unmounts; takes NULL, returns NULL. */
struct fuse_folder *fuse_folder_free(struct fuse_folder *f);

/** What the others do; a file that is not there is made. They end the process if there is no room:
 * 16 files of 64 KiB. */
void fuse_folder_append(struct fuse_folder *f, const char *name, const char *text);
void fuse_folder_rename(struct fuse_folder *f, const char *from, const char *to);
void fuse_folder_remove(struct fuse_folder *f, const char *name);

#endif
