/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * powercut - preloaded into a daemon, it keeps beside POWERCUT_DIR a copy in POWERCUT_COPY that
 * holds only what was synced: the worst that a power cut may leave. A copy's file is written when,
 * and only when, the file itself is synced; until then its changes wait in memory, and die with the
 * process. With POWERCUT_LIES set only every sixteenth sync is done in the copy: a disk that lies,
 * to see that loss would be noticed.
 *
 * With POWERCUT_EIO_AFTER=N the Nth sync of the folder and all after it fail with EIO.
 *
 * Of the calls that SQLite and agent/base/fdio.c make; names appear and vanish at once.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { FDS = 1024 };

/* One change that is not synced yet: bytes at an offset, or a new length. */
struct change {
    struct change *next;
    off64_t at;
    size_t length;
    char *bytes; /* NULL: the file has the length @at now */
};

static struct {
    int copy; /* 0: not followed */
    struct change *first, **last;
} files[FDS];

/* ISO C turns no object pointer into a function pointer. */
static uintptr_t next_of(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL)
        abort();
    return (uintptr_t)f;
}

#define NEXT(type, name) ((type)next_of(name))
typedef int (*open_fn)(const char *path, int flags, ...);
typedef ssize_t (*pwrite_fn)(int fd, const void *bytes, size_t length, off64_t at);
typedef ssize_t (*write_fn)(int fd, const void *bytes, size_t length);
typedef int (*truncate_fn)(int fd, off64_t length);
typedef int (*fd_fn)(int fd);
typedef int (*path_fn)(const char *path);
typedef int (*rename_fn)(const char *from, const char *to);

/* Where @path is copied to; false: it is not of the folder. */
static int copy_of(const char *path, char copy[PATH_MAX])
{
    const char *folder = getenv("POWERCUT_DIR"), *to = getenv("POWERCUT_COPY");
    size_t length = folder == NULL ? 0 : strlen(folder);
    if (to == NULL || length == 0 || strncmp(path, folder, length) != 0 || path[length] != '/')
        return 0;
    return snprintf(copy, PATH_MAX, "%s%s", to, path + length) < PATH_MAX;
}

static int follow(int fd, const char *path, int flags)
{
    char copy[PATH_MAX];
    if (fd >= 0 && fd < FDS && (flags & O_ACCMODE) != O_RDONLY && copy_of(path, copy)) {
        int copied = NEXT(open_fn, "open64")(copy, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        files[fd].copy = copied > 0 ? copied : 0;
        files[fd].first = NULL;
        files[fd].last = &files[fd].first;
    }
    return fd;
}

static void remember(int fd, const void *bytes, size_t length, off64_t at)
{
    if (fd < 0 || fd >= FDS || files[fd].copy == 0)
        return;
    struct change *c = calloc(1, sizeof *c);
    if (c == NULL || (bytes != NULL && (c->bytes = malloc(length)) == NULL))
        abort();
    if (bytes != NULL)
        memcpy(c->bytes, bytes, length);
    c->length = length;
    c->at = at;
    *files[fd].last = c;
    files[fd].last = &c->next;
}

static void settle(int fd)
{
    static unsigned syncs;
    if (fd < 0 || fd >= FDS || files[fd].copy == 0)
        return;
    if (getenv("POWERCUT_LIES") != NULL && ++syncs % 16 != 0)
        return;
    for (struct change *c = files[fd].first, *next; c != NULL; c = next) {
        next = c->next;
        if (c->bytes == NULL ? NEXT(truncate_fn, "ftruncate64")(files[fd].copy, c->at) < 0
                             : NEXT(pwrite_fn, "pwrite64")(files[fd].copy, c->bytes, c->length,
                                   c->at) != (ssize_t)c->length)
            abort();
        free(c->bytes);
        free(c);
    }
    files[fd].first = NULL;
    files[fd].last = &files[fd].first;
}

static int disk_is_broken(int fd)
{
    static unsigned long syncs;
    const char *after = getenv("POWERCUT_EIO_AFTER");
    if (after == NULL || fd < 0 || fd >= FDS || files[fd].copy == 0 ||
        ++syncs < strtoul(after, NULL, 10))
        return 0;
    errno = EIO;
    return 1;
}

/* ---- the calls --------------------------------------------------------------------------- */

#define EXPORT __attribute__((visibility("default")))

EXPORT int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return follow(NEXT(open_fn, "open64")(path, flags, mode), path, flags);
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return follow(NEXT(open_fn, "open")(path, flags, mode), path, flags);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at)
{
    ssize_t n = NEXT(pwrite_fn, "pwrite64")(fd, bytes, length, at);
    if (n > 0)
        remember(fd, bytes, (size_t)n, at);
    return n;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
    ssize_t n = NEXT(write_fn, "write")(fd, bytes, length);
    if (n > 0 && fd >= 0 && fd < FDS && files[fd].copy != 0)
        remember(fd, bytes, (size_t)n, lseek(fd, 0, SEEK_CUR) - n);
    return n;
}

EXPORT int ftruncate64(int fd, off64_t length)
{
    int r = NEXT(truncate_fn, "ftruncate64")(fd, length);
    if (r == 0)
        remember(fd, NULL, 0, length);
    return r;
}

EXPORT int fdatasync(int fd)
{
    int r = disk_is_broken(fd) ? -1 : NEXT(fd_fn, "fdatasync")(fd);
    if (r == 0)
        settle(fd);
    return r;
}

EXPORT int fsync(int fd)
{
    int r = disk_is_broken(fd) ? -1 : NEXT(fd_fn, "fsync")(fd);
    if (r == 0)
        settle(fd);
    return r;
}

EXPORT int close(int fd)
{
    fd_fn next = NEXT(fd_fn, "close");
    if (fd >= 0 && fd < FDS && files[fd].copy != 0) {
        next(files[fd].copy);
        files[fd].copy = 0;
    }
    return next(fd);
}

EXPORT int unlink(const char *path)
{
    char copy[PATH_MAX];
    path_fn next = NEXT(path_fn, "unlink");
    int r = next(path);
    if (r == 0 && copy_of(path, copy))
        next(copy);
    return r;
}

EXPORT int rename(const char *from, const char *to)
{
    char copy_from[PATH_MAX], copy_to[PATH_MAX];
    rename_fn next = NEXT(rename_fn, "rename");
    int r = next(from, to);
    if (r == 0 && copy_of(from, copy_from) && copy_of(to, copy_to))
        next(copy_from, copy_to);
    return r;
}
