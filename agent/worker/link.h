/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WORKER_LINK_H
#define HM_WORKER_LINK_H

#include "loop/slate.h"
#include "worker/worker.h"

/**
 * link - the daemon's socket as seen from the worker.
 *
 * Writing blocks: a worker may wait for its daemon. What need not leave at once goes out together
 * at the end of the loop's turn, or when it is much or old. When the daemon closes the socket, or
 * breaks the wire's rules, the process ends: there is nobody left to serve.
 */

struct link;

/** @fd and @slate (on which calls are noted) are the caller's, to be freed after link_free. */
struct link *link_new(struct loop *loop, int fd, struct slate *slate);
struct link *link_free(struct link *l);

/** Waits for the first line (welcome). New reference; NULL: the daemon is gone. */
json_t *link_first(struct link *l);
/** From here on lines go to @w, from the loop. */
void link_serve(struct link *l, struct worker *w);
/** The worker's port over this link. */
struct port link_port(struct link *l);
/** Sends what waits. */
void link_flush(struct link *l);

#endif
