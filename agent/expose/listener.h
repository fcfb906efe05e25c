/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_EXPOSE_LISTENER_H
#define HM_EXPOSE_LISTENER_H

#include <sys/types.h>

/**
 * listener - the control socket's file, and who is at the other end of a connection.
 *
 * The file's folder is opened first and everything else is done through that descriptor, so no one
 * can put another folder in its place meanwhile.
 */

/** What a client may ask for; each includes those before it. */
enum right { RIGHT_READ, RIGHT_OPERATE, RIGHT_ADMIN };

struct listener {
    int fd; /* -1: none */
    dev_t device;
    ino_t inode; /* of the socket's file, so that only our own is removed */
};

/**
 * Makes the folder (0750) if it is absent, refuses it when others than its owner may write there or
 * the owner is neither we nor root, removes a socket left by an earlier run, and listens at @path:
 * mode 0600 from birth, then @group (-1: ours) and 0660.
 *
 * 0; -EADDRINUSE: somebody answers there; another fault.
 */
int listener_open(const char *path, gid_t group, struct listener *ret);

/** Closes it and removes its file, unless that is another's by now. */
void listener_close(struct listener *l, const char *path);

/** What the kernel says of the peer: root and our own user are admin, members of @group operate. */
enum right listener_right(int fd, gid_t group, uid_t *ret_uid);

#endif
