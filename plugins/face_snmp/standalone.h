/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_STANDALONE_H
#define FACE_SNMP_STANDALONE_H

#include <hashimori/plugin.h>

#include "options.h"

/**
 * standalone - an SNMP agent on a port of its own: one version 3 user and one community, both
 * read-only, for our subtree and the system group (RFC 3418). Nothing else is in it.
 *
 * The engine ID and its boots come from the daemon, which has already saved them.
 */

/** Access rules and engine, after init_agent and before init_snmp. */
void standalone_prepare(const struct hm_host *host, const struct options *options);
/** User, system group and port, after init_snmp. 0, or -errno after host->complain. */
int standalone_start(const struct hm_host *host, const struct options *options);

#endif
