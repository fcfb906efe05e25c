/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_EXPOSE_CONTROL_H
#define HM_EXPOSE_CONTROL_H

#include <sys/types.h>

#include "expose/answer.h"
#include "expose/listener.h"
#include "loop/loop.h"
#include "model/model.h"

/**
 * control - the control socket: requests of the command line, answered one by one.
 *
 * The socket is made in a folder that we own (0750), with umask 0077, then 0660 and the operators'
 * group. Rights by SO_PEERCRED: read for all who can connect, operate for members of the socket's
 * group, admin for uid 0 and our own uid. A malformed line ends that client only. At most 32
 * clients, 64 KiB a request, 1 MiB waiting towards a client, 30 s of silence.
 */

/** A verb that can be asked for. */
struct control_verb {
    const char *name; /* "status" "incident.ack"; NULL ends the table */
    enum right right;
    void (*run)(void *ctx, const struct command *command, struct control_answer *ret);
};

enum { CONTROL_CLIENTS_MAX = 32 };

struct control;
/** @path: of the socket. @group: gid of operators, (gid_t)-1 for none. @verbs is borrowed. */
int control_new(struct loop *loop, const char *path, gid_t group, const struct control_verb *verbs,
    void *ctx, struct control **ret_control);
struct control *control_free(struct control *c);

/**
 * The answer to a request whose verb left `later`; @answer is consumed, also if its client is gone.
 * A client that waits is not read from.
 */
void control_answer_later(struct control *c, uint64_t ticket, struct control_answer *answer);

#endif
