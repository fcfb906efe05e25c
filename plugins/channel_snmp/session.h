/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHANNEL_SNMP_SESSION_H
#define CHANNEL_SNMP_SESSION_H

#include <hashimori/plugin.h>

#include "library.h"
#include "settings.h"

/** session - what a session towards a receiver is opened with. */

enum { SESSION_PEER_BYTES = 96 }; /* "udp6:[ADDRESS]:162" */

/** The library's name for @address (numeric) and @port. */
void session_peer(char ret[SESSION_PEER_BYTES], const char *address, const char *port);

/** Lets @fd receive from @address and @port only: whoever else answers is not heard. False: there
 * is no way to that address. */
bool session_accept_only(int fd, const char *address, const char *port);

struct snmp_session;

/**
 * Fills @ret; what it points to is the caller's to free by session_template_deinit. Of a version 3
 * trap the sender is the authority (RFC 3414, 1.5.1): then the user is made at our own engine, and
 * *ret_user holds it. False: no engine of ours, or another destination has this user with other
 * keys.
 */
bool session_template_init(struct snmp_session *ret, const struct hm_host *host,
    const struct settings *settings, const struct credentials *credentials, const char *peer,
    struct user **ret_user);
void session_template_deinit(struct snmp_session *session);

#endif
