/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_EXPIRY_H
#define HM_CHANNEL_SYSLOG_EXPIRY_H

#include <hashimori/plugin.h>

#include "connection.h"

/**
 * expiry - tells how long the receiver's certificate and ours are still good for.
 *
 * A reading `certificate_days` of "receiver" and of "own" after each connection and every 12 hours;
 * the daemon raises an incident below 14 days.
 */

struct expiry;

/** NULL: no memory. Free takes NULL and returns NULL. */
struct expiry *expiry_new(const struct hm_host *host);
struct expiry *expiry_free(struct expiry *e);

/** Tells what @c knows now; it is looked at again later and must live as long as @e. */
void expiry_look(struct expiry *e, const struct connection *c);

#endif
