/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"

int fdio_close(int fd)
{
    int kept = errno;
    if (fd >= 0)
        close(fd);
    errno = kept;
    return -1;
}

int fdio_set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
        return fault(-errno);
    return 0;
}

int fdio_write_all(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write(fd, at, length);
        if (n >= 0) {
            at += n;
            length -= (size_t)n;
            continue;
        }
        if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return fault(-errno);
        }
    }
    return 0;
}

int fdio_read_small(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fault(-errno);

    size_t used = 0;
    int result = 0;
    while (used < size) {
        ssize_t n = read(fd, buffer + used, size - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            result = fault(-errno);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    fd = fdio_close(fd);
    if (result == 0 && used == size)
        return -E2BIG;
    buffer[used < size ? used : size - 1] = '\0';
    return result;
}

static int sync_folder_of(const char *path)
{
    char *folder = alloc_text(path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return fault(-errno);
    int result = fsync(fd) < 0 ? fault(-errno) : 0;
    fd = fdio_close(fd);
    return result;
}

int fdio_replace_file(const char *path, const void *bytes, size_t length, mode_t mode)
{
    size_t size = strlen(path) + sizeof ".new";
    char *fresh = alloc(size);
    snprintf(fresh, size, "%s.new", path);

    int result = 0;
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        result = fault(-errno);
    if (result == 0)
        result = fdio_write_all(fd, bytes, length);
    if (result == 0 && fsync(fd) < 0)
        result = fault(-errno);
    fd = fdio_close(fd);
    if (result == 0 && rename(fresh, path) < 0)
        result = fault(-errno);
    if (result == 0)
        result = sync_folder_of(path);
    if (result < 0)
        unlink(fresh);
    free(fresh);
    return result;
}
