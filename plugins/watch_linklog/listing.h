/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_LISTING_H
#define LINKLOG_LISTING_H

#include <stdbool.h>

struct linklog;

/**
 * listing - a log that is the output of a command: the list of transfers that a tool prints.
 *
 * The command is run at each check, by the rules of host->run: no shell, its own process group, a
 * clean environment, a time limit. Each line is a record. One that was there before is known by
 * the captures that `record_key` names (by its whole text if there are none) and its kind, so a
 * transfer that was running and now has failed is new. What was told is kept in the transaction
 * that tells it; the newest 8,000 are remembered.
 *
 * A command that cannot be started, is too slow, ends with another code than 0 or prints more than
 * 1 MiB says nothing about the transfers: blind.
 */
struct listing;

/** Options are the host's; complains of what is wrong. 0 or -errno. */
int listing_new(struct linklog *l, struct listing **ret_listing);
struct listing *listing_free(struct listing *s);

/** Starts the command unless it still runs. What it prints is told when it ends. */
void listing_look(struct listing *s);

#endif
