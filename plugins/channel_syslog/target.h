/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_TARGET_H
#define HM_CHANNEL_SYSLOG_TARGET_H

#include <stdbool.h>
#include <stddef.h>

/** target - where messages go, and a non-blocking socket towards it. */

enum target_transport { TARGET_LOCAL, TARGET_UDP, TARGET_TCP, TARGET_TLS };

struct target {
    enum target_transport transport;
    const char *path; /* TARGET_LOCAL: of the socket; borrowed */
    char host[256];   /* the others: a name or an address */
    char port[6];
    const char *source; /* the others: own address to send from, numeric; NULL: any; borrowed */
};

/**
 * Reads "HOST", "HOST:PORT", "[IPV6]:PORT" or a bare IPv6 address; without a port it is that of
 * @ret's transport: 514, of TLS 6514. False if it is none of these, or the port is not 1..65535.
 */
bool target_parse(struct target *ret, const char *host);

/**
 * Starts to connect to @address (numeric; of TARGET_LOCAL NULL): a non-blocking fd which becomes
 * writable when that has ended (target_error says how), or -errno. *ret_is_stream: bytes, not
 * datagrams (a local socket may be either).
 */
int target_connect(const struct target *t, const char *address, bool *ret_is_stream);

/** What the kernel holds against the socket: 0 or an errno; asking clears it. */
int target_error(int fd);

#endif
