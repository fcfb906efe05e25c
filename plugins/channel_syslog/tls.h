/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_SYSLOG_TLS_H
#define HM_CHANNEL_SYSLOG_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/**
 * tls - TLS 1.2 or newer over a non-blocking socket (RFC 5425), by OpenSSL.
 *
 * The receiver's chain and its name are always verified; there is no switch that turns it off.
 * Files are read again for each connection, so that a renewed certificate needs no restart.
 */

/** All borrowed. */
struct tls_plan {
    const char *name;             /* that the receiver's certificate must have; a name or address */
    const char *ca_file;          /* PEM, who may have signed it; NULL: whom the system trusts */
    const char *certificate_file; /* PEM, our own and its chain; NULL: none */
    const char *key_file;         /* PEM, its key; NULL: in certificate_file */
};

enum { TLS_WHY_BYTES = 256 };

struct tls;

/** Over @fd, which stays the caller's. NULL and @why: a file cannot be used. @fd -1: only looks at
 * the files. */
struct tls *tls_new(const struct tls_plan *plan, int fd, char why[TLS_WHY_BYTES]);
/** Says goodbye if it can without waiting. Takes NULL, returns NULL. */
struct tls *tls_free(struct tls *t);

/** One step of the handshake: 1 it stands, 0 not yet (tls_wants), -1 it failed (tls_why). */
int tls_shake(struct tls *t);
/** What the last call that could not go on waits for: true for room to write, else for bytes. */
bool tls_wants_write(const struct tls *t);
/** Bytes taken, -EAGAIN, or -EPIPE (tls_why). After -EAGAIN the next call must begin with the same
 * bytes. */
ssize_t tls_send(struct tls *t, const struct iovec *parts, size_t count);
/** Reads and drops what the receiver says: 0, -EAGAIN, or -EPIPE at the end (tls_why). */
ssize_t tls_drop(struct tls *t);
const char *tls_why(const struct tls *t);

/** When the receiver's certificate, or our own, ends: ms since 1970 UTC; 0 unknown or none. Theirs
 * is also known when the handshake failed over it. */
int64_t tls_their_end_ms(const struct tls *t);
int64_t tls_our_end_ms(const struct tls *t);

#endif
