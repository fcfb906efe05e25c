/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk - preloaded into a program, it makes of the disk under DISK_DIR one that is slow or that
 * went read-only: each sync takes as many milliseconds longer as the file DISK_SLOW says; and while
 * the file DISK_READ_ONLY exists, writes, syncs and openings for writing fail with EROFS, as those
 * of a file system that found an error and was remounted. Neither file may be under DISK_DIR.
 *
 * Of the calls that SQLite and agent/base/fdio.c make.
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

static int is_there(const char *variable)
{
    const char *path = getenv(variable);
    return path != NULL && access(path, F_OK) == 0;
}

static int is_ours(const char *path)
{
    const char *folder = getenv("DISK_DIR");
    size_t length = folder == NULL ? 0 : strlen(folder);
    return length > 0 && strncmp(path, folder, length) == 0 && path[length] == '/';
}

static int is_ours_fd(int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0)
        return 0;
    path[n] = '\0';
    return is_ours(path);
}

/* Whether what was asked of @fd is refused; errno is set then. */
static int refuses(int fd)
{
    if (!is_there("DISK_READ_ONLY") || !is_ours_fd(fd))
        return 0;
    errno = EROFS;
    return 1;
}

static int refuses_open(const char *path, int flags)
{
    if ((flags & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY || !is_ours(path) ||
        !is_there("DISK_READ_ONLY"))
        return 0;
    errno = EROFS;
    return 1;
}

static void be_slow(int fd)
{
    const char *path = getenv("DISK_SLOW");
    char text[16] = "";
    if (path == NULL || !is_ours_fd(fd))
        return;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    unsigned long ms = fgets(text, sizeof text, file) != NULL ? strtoul(text, NULL, 10) : 0;
    fclose(file);
    for (; ms >= 1000; ms -= 1000)
        usleep(999999);
    usleep((useconds_t)ms * 1000);
}

static int sync_of(int fd, const char *name)
{
    if (refuses(fd))
        return -1;
    be_slow(fd);
    return NEXT(fd_fn, name)(fd);
}

/* ---- the calls --------------------------------------------------------------------------- */

#define EXPORT __attribute__((visibility("default")))

EXPORT int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return refuses_open(path, flags) ? -1 : NEXT(open_fn, "open64")(path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return refuses_open(path, flags) ? -1 : NEXT(open_fn, "open")(path, flags, mode);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at)
{
    return refuses(fd) ? -1 : NEXT(pwrite_fn, "pwrite64")(fd, bytes, length, at);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
    return refuses(fd) ? -1 : NEXT(write_fn, "write")(fd, bytes, length);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
    return refuses(fd) ? -1 : NEXT(truncate_fn, "ftruncate64")(fd, length);
}

EXPORT int fdatasync(int fd)
{
    return sync_of(fd, "fdatasync");
}

EXPORT int fsync(int fd)
{
    return sync_of(fd, "fsync");
}

EXPORT int unlink(const char *path)
{
    if (is_ours(path) && is_there("DISK_READ_ONLY")) {
        errno = EROFS;
        return -1;
    }
    return NEXT(path_fn, "unlink")(path);
}
