/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/ballast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "record/identity.h"

static const char ballast_name[] = "ballast";

static bool has_room(const char *path)
{
    struct statvfs fs;
    return statvfs(path, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize >= 4 * BALLAST_BYTES;
}

static bool fill(const char *file)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return false;
    int error = posix_fallocate(fd, 0, BALLAST_BYTES);
    fdio_close(fd);
    if (error == 0)
        return true;
    unlink(file);
    errno = error;
    return false;
}

bool ballast_make(const char *path)
{
    struct stat st;
    char *file = identity_beside(path, ballast_name);
    bool is_there = stat(file, &st) == 0 && st.st_size >= BALLAST_BYTES;
    if (!is_there && has_room(path)) {
        is_there = fill(file);
        if (!is_there)
            log_warn(LOG_RECORD, "no reserve can be kept for a full disk: \"%s\": %s", file,
                strerror(errno));
    }
    free(file);
    return is_there;
}

bool ballast_throw(const char *path)
{
    char *file = identity_beside(path, ballast_name);
    bool was_there = unlink(file) == 0;
    free(file);
    return was_there;
}
