/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_EXPOSE_PUBLISHER_H
#define HM_EXPOSE_PUBLISHER_H

#include <jansson.h>
#include <stdbool.h>

#include "record/board.h"

/**
 * publisher - sends the board to faces: everything when a face starts serving, then what changed.
 *
 * At most once a second (the owner calls publisher_run, then publisher_step until it is done);
 * nothing when nothing changed. What is sent is the board as it was at publisher_run, whatever
 * becomes of it while the rows go out. A face that does not read (more than 4 MiB waiting) is left
 * out until it has caught up, and then gets everything.
 */

struct publisher;
struct publisher_sink {
    void *ctx;
    bool (*send)(void *ctx, const char *face, json_t *line); /* steals @line; "id" is the sink's */
    size_t (*queued)(void *ctx, const char *face);
};
/** Borrows @board. */
struct publisher *publisher_new(const struct board *board, const struct publisher_sink *sink);
struct publisher *publisher_free(struct publisher *p);
void publisher_face(struct publisher *p, const char *face, bool serving);
/** Begins to send what changed since the last run, to faces that have all of that run. False:
 * nothing to do. */
bool publisher_run(struct publisher *p);
/** Sends some of it, PUBLISHER_ROWS rows at most. True: call it again, in another turn. */
enum { PUBLISHER_ROWS = 256 };
bool publisher_step(struct publisher *p);
/** Up to this version of the board no face needs to hear what changed. */
uint64_t publisher_version(const struct publisher *p);

#endif
