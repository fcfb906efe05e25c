/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_TARGET_H
#define CHANNEL_SNMP_TARGET_H

#include <hashimori/plugin.h>
#include <stdint.h>

#include "settings.h"

/**
 * target - one receiver: a socket, the SNMP engine behind it, and what is in flight.
 *
 * Nothing here waits. A v3 inform needs the receiver's engine ID: it is asked for by a request
 * of our own (the library's would block), deliveries wait for the answer. When nothing at all
 * was answered since a timed-out inform was sent, the session is closed and the engine asked
 * again: a receiver that came back with a new engine ID would stay silent for ever.
 *
 * Every delivery ends in exactly one receipt, unless the target is freed first.
 */

enum { TARGET_IN_FLIGHT_MAX = 256 }; /* beyond this the socket's own buffer loses answers */

struct target;

/** Borrows @host and what @settings points to. 0, or -errno after host->complain. A name that
 * cannot be resolved now is resolved at a later attempt. */
int target_new(
    const struct hm_host *host, const struct settings *settings, struct target **ret_target);
/** Its handles must be gone already, as the host does before close. */
struct target *target_free(struct target *t);

void target_deliver(struct target *t, uint64_t delivery, const struct hm_notice *notice);

#endif
