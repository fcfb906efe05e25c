/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_CHAIN_H
#define HM_RECORD_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/**
 * chain - what ties the ledger's rows together, and the names that are made by hashing. Pure.
 *
 * hash(n) = SHA-256(hash(n-1) || seq || wall || boot || length(kind) || kind || length(body) ||
 * body), numbers as 8 bytes, highest first; hash(0) is 32 zero bytes. With the lengths in it, no
 * two rows give the same bytes.
 */

enum { CHAIN_BYTES = 32, CHAIN_HEX_BYTES = 65, CHAIN_KEY_BYTES = 27, CHAIN_ENGINE_BYTES = 65 };

struct chain_row {
    uint64_t seq;
    struct moment at;
    const char *kind;
    size_t kind_length;
    const char *body;
    size_t body_length;
};

/** @ret may be @previous. */
void chain_hash(
    uint8_t ret[CHAIN_BYTES], const uint8_t previous[CHAIN_BYTES], const struct chain_row *row);

/** Lower case hex digits of @count bytes and a NUL; @ret holds 2 * count + 1. */
void chain_hex(char *ret, const uint8_t *bytes, size_t count);

/**
 * The delivery key: base32 (RFC 4648, no padding) of the first 128 bits of
 * SHA-256(host_id || epoch || incident || transition || kind), parted by newlines: 26 characters.
 * A retry has the same one; a reminder, another incident, another ledger has another.
 */
void chain_key(char ret[CHAIN_KEY_BYTES], const char *host_id, uint64_t epoch, const char *incident,
    const char *transition, const char *kind);

/**
 * The SNMP engine ID of @guest in hex (RFC 3411, SnmpEngineID: enterprise 8072, format 5, 16
 * octets): 42 digits. Another ledger gives another, since the boots counter begins anew with it.
 */
void chain_engine(
    char ret[CHAIN_ENGINE_BYTES], const char *host_id, uint64_t epoch, const char *guest);

#endif
