/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_BASE_FDIO_H
#define HM_BASE_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** fdio - small helpers around file descriptors. Every fd is close-on-exec from birth. */

/** Closes @fd if it is one and returns -1: `x->fd = fdio_close(x->fd);`. errno is kept. */
int fdio_close(int fd);

/** O_NONBLOCK on or off. 0 or a fault. */
int fdio_set_nonblocking(int fd, bool on);

/** Writes all of @bytes, waiting where it must (blocking fds and pipes). 0 or a fault. */
int fdio_write_all(int fd, const void *bytes, size_t length);

/**
 * Reads a small file (a /proc entry, a key) whole into @buffer, NUL behind it.
 * Returns 0, -E2BIG (not logged) if it does not fit, or another fault.
 */
int fdio_read_small(const char *path, char *buffer, size_t size);

/**
 * Writes @path anew: temporary file beside it, mode @mode, fsync, rename, fsync of the folder.
 * 0 or a fault; on a fault the old file is as it was.
 */
int fdio_replace_file(const char *path, const void *bytes, size_t length, mode_t mode);

#endif
