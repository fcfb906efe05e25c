/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_BRIDGE_H
#define FACE_SNMP_BRIDGE_H

#include <hashimori/plugin.h>

/**
 * bridge - drives net-snmp's sessions and alarms from the host's loop.
 *
 * The library closes and reopens sockets inside one call, and the kernel hands out the same
 * number again: an epoll loop would go on waiting for a file that is gone. So whenever a session
 * was opened all watches are made anew.
 */

struct bridge;

/** Registers its hook with the library, before init_agent. @after (may be NULL) is called after
 * every entry into the library. NULL: no memory. */
struct bridge *bridge_new(const struct hm_host *host, void (*after)(void *arg), void *arg);
/** Before the library is shut down; its handles must be gone already, as the host does before
 * close. */
struct bridge *bridge_free(struct bridge *b);

/** To be called after every entry into the library that is not the bridge's own. */
void bridge_settle(struct bridge *b);

#endif
