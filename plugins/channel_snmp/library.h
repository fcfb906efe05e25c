/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_LIBRARY_H
#define CHANNEL_SNMP_LIBRARY_H

#include <hashimori/plugin.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/snmp_user.h"

/**
 * library - net-snmp, of which a process has one: its start, its log and its table of users.
 *
 * All destinations of this guest share it. It reads no file, keeps no state, parses no MIB.
 */

struct snmp_session;

/** Starts the library at the first call. What it logs goes to the host that entered last. */
void library_enter(const struct hm_host *host);
/** @host is about to go. */
void library_leave(const struct hm_host *host);
/** 1/100 s since the library was started, for sysUpTime. */
uint32_t library_uptime_cs(const struct hm_host *host);

struct user;
/**
 * Makes the library know the user at @session's securityEngineID, once for all who hold it.
 * NULL: somebody else holds the same name at the same engine with other keys, or the library
 * refused. user_drop takes NULL and returns NULL.
 */
struct user *user_hold(const struct credentials *c, struct snmp_session *session);
struct user *user_drop(struct user *u);

#endif
