/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_LIBRARY_H
#define CHANNEL_SNMP_LIBRARY_H

#include <hashimori/plugin.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

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

/** Keys of a user, before they are localised to an engine (RFC 3414 A.2). */
enum { CREDENTIALS_KEY_BYTES = 64 };
struct credentials {
    const char *user; /* borrowed */
    enum settings_level level;
    int auth_type; /* of net-snmp; 0: none */
    int priv_type;
    unsigned char auth_key[CREDENTIALS_KEY_BYTES], priv_key[CREDENTIALS_KEY_BYTES];
    size_t auth_key_bytes, priv_key_bytes;
};

/** Derives the keys: 1 MiB of hashing for each passphrase, some milliseconds. False: the library
 * does not offer the algorithm. */
bool credentials_derive(struct credentials *ret, const struct settings *settings);
/** Fills the security part of @session, which then owns its copies. */
void credentials_give(const struct credentials *c, struct snmp_session *session);

struct user;
/**
 * Makes the library know the user at @session's securityEngineID, once for all who hold it.
 * NULL: somebody else holds the same name at the same engine with other keys, or the library
 * refused. user_drop takes NULL and returns NULL.
 */
struct user *user_hold(const struct credentials *c, struct snmp_session *session);
struct user *user_drop(struct user *u);

#endif
