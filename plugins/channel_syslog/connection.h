/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_CONNECTION_H
#define HM_CHANNEL_SYSLOG_CONNECTION_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "target.h"
#include "tls.h"

/**
 * connection - from a name to a socket that takes bytes: resolving, connecting, the TLS handshake.
 *
 * Nothing waits. Time limits are the owner's: it calls connection_close when it has had enough.
 */

struct connection;

/** What a connection calls. It may be closed from each of them. */
struct connection_sink {
    void *ctx;
    void (*up)(void *ctx);                    /* it takes bytes from now on */
    void (*writable)(void *ctx);              /* there is room after a wait */
    void (*lost)(void *ctx, const char *why); /* it is closed */
};

/** @target and what @tls points to are borrowed. @tls is looked at for TARGET_TLS only. NULL: no
 * memory. */
struct connection *connection_new(const struct hm_host *host, const struct target *target,
    const struct tls_plan *tls, const struct connection_sink *sink);
/** Takes NULL, returns NULL. Handles of the host may be gone already (@handles_gone). */
struct connection *connection_free(struct connection *c, bool handles_gone);

/** Starts; `up` or `lost` follows, maybe before this returns. @attempt: which address, round and
 * round. Nothing if it is open. */
void connection_open(struct connection *c, unsigned attempt);
/** Ends it without a word. */
void connection_close(struct connection *c);
bool connection_is_closed(const struct connection *c);
bool connection_is_up(const struct connection *c);
/** Bytes, not datagrams. Known once it was opened; before that as the last time. */
bool connection_is_stream(const struct connection *c);

/** Bytes taken of @parts, -EAGAIN (call connection_wait), or another -errno: close it. */
ssize_t connection_send(struct connection *c, const struct iovec *parts, size_t count);
/** Whether `writable` shall be called when there is room. False: the loop refused, it is lost. */
bool connection_wait(struct connection *c, bool for_room);
/** The reason of the last failed send. */
const char *connection_why(const struct connection *c, int error);

/** Days until the certificate of the receiver, or ours, ends; false: there is none to speak of. */
bool connection_their_days(const struct connection *c, double *ret_days);
bool connection_our_days(const struct connection *c, double *ret_days);

#endif
