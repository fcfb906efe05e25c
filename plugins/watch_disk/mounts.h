/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_DISK_MOUNTS_H
#define HM_WATCH_DISK_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * mounts - the mount table, /proc/PID/mountinfo of proc(5), as values.
 *
 * read_only is the file system's own state (super-block options, `emergency_ro` included), not
 * that of one mount of it: a service's sandbox mounts everything read-only for itself.
 */

enum { MOUNTS_MAX = 4096 };

struct mount {
    char *point; /* decoded: what can be passed to statvfs(2) */
    char *type;  /* ext4 nfs4 .. */
    char *source;
    unsigned major, minor;
    bool read_only;
};

/** {0} is an empty table. Owns everything. */
struct mounts {
    struct mount *list;
    size_t count;
};

/**
 * Reads the table anew from @fd (an open mountinfo, read from its beginning). 0 and a table that
 * the caller frees; -errno. Lines that are not understood are left out; what is over MOUNTS_MAX
 * or 4 MiB too. Of several mounts on one point only the last, which hides the others, is there.
 */
int mounts_read(int fd, struct mounts *ret);
void mounts_deinit(struct mounts *m);

/** The mount on @point, or NULL. */
const struct mount *mounts_find(const struct mounts *m, const char *point);

/**
 * Whether a mount only waits to be used: touching it would mount the file system behind it, which
 * may be a server that does not answer.
 */
bool mount_is_automount(const struct mount *m);

/**
 * Whether a mount is worth watching although nobody listed it: the root, file systems on block
 * devices, network file systems; not images that are always full (squashfs, iso9660) and
 * nothing that waits to be mounted.
 */
bool mount_is_storage(const struct mount *m);

#endif
