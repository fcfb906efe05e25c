/* SPDX-License-Identifier: BSD-2-Clause */
#include "main/state_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"

enum { DEPTH_MAX = 2, BLOCK_BYTES = 512, NUMBER_BYTES = 32 };
#define MIB (INT64_C(1024) * 1024)

/* Takes @fd. */
static int64_t used_in(int fd, int depth)
{
    int64_t used = 0;
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return 0;
    }
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        used += (int64_t)st.st_blocks * BLOCK_BYTES;
        if (!S_ISDIR(st.st_mode) || depth >= DEPTH_MAX)
            continue;
        int below = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            used += used_in(below, depth + 1);
    }
    closedir(dir);
    return used;
}

int state_room_look(const char *folder, struct state_room *ret)
{
    struct statvfs fs;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fault(-errno);
    if (fstatvfs(fd, &fs) < 0) {
        int error = errno;
        close(fd);
        return fault(-error);
    }
    ret->free = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    ret->whole = (int64_t)fs.f_blocks * (int64_t)fs.f_frsize;
    ret->is_read_only = (fs.f_flag & ST_RDONLY) != 0;
    ret->used = used_in(fd, 0);
    return 0;
}

static const char *mib(char ret[NUMBER_BYTES], int64_t bytes)
{
    snprintf(ret, NUMBER_BYTES, "%" PRId64, bytes / MIB);
    return ret;
}

enum state_room_level state_room_judge(const struct state_room *room, const char *folder,
    int64_t most, enum language language, struct text *why)
{
    char a[NUMBER_BYTES], b[NUMBER_BYTES];
    bool is_none =
        room->free < 16 * MIB || (room->free < room->whole / 100 && room->free < 128 * MIB);
    bool is_little = room->free < room->whole / 20 && room->free < 1024 * MIB;
    bool is_over = most > 0 && room->used > most;

    if (why != NULL && room->is_read_only)
        message_add(why, language, MESSAGE_STATE_READ_ONLY, folder);
    else if (why != NULL && (is_none || is_little))
        message_add(why, language, MESSAGE_STATE_DISK, folder, mib(a, room->free));
    else if (why != NULL && is_over)
        message_add(why, language, MESSAGE_STATE_OVER, folder, mib(a, room->used), mib(b, most));
    if (is_none || room->is_read_only)
        return STATE_ROOM_NONE;
    return is_little || is_over ? STATE_ROOM_LITTLE : STATE_ROOM_GOOD;
}
