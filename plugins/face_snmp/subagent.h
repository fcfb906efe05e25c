/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_SUBAGENT_H
#define FACE_SNMP_SUBAGENT_H

#include <hashimori/plugin.h>

/**
 * subagent - AgentX (RFC 2741) towards snmpd, without the waits of the stock library.
 *
 * A transport of our own never waits in connect or send; an AgentX request waits 200 ms for its
 * answer and is never repeated. A master that hangs thus costs 0.6 s when it is noticed and 0.2 s
 * at each further try. While there is no master one is looked for each second; while there is
 * one it is asked for a sign of life after 10 s without any.
 */

struct subagent;

/** Sets the library up, before init_agent. NULL: no memory. */
struct subagent *subagent_new(const struct hm_host *host, const char *socket);
/** After init_agent, before init_snmp, which connects. */
void subagent_prepare(struct subagent *s);
/** To be called after every entry into the library. */
void subagent_settle(struct subagent *s);
/** After init_snmp: tells the host's state if nobody answered. */
void subagent_started(struct subagent *s);
/** Before the library is shut down: from here on it calls nothing of ours back. */
void subagent_leave(struct subagent *s);
/** After the library was shut down. */
struct subagent *subagent_free(struct subagent *s);

#endif
