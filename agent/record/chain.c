/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/chain.h"

#include <inttypes.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

enum { NAME_BITS = 128, NAME_BYTES = NAME_BITS / 8 };

static void add_number(struct sha256_ctx *sha, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    sha256_update(sha, sizeof bytes, bytes);
}

static void add_bytes(struct sha256_ctx *sha, const char *bytes, size_t length)
{
    add_number(sha, length);
    sha256_update(sha, length, (const uint8_t *)bytes);
}

void chain_hash(
    uint8_t ret[CHAIN_BYTES], const uint8_t previous[CHAIN_BYTES], const struct chain_row *row)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, CHAIN_BYTES, previous);
    add_number(&sha, row->seq);
    add_number(&sha, (uint64_t)row->at.wall);
    add_number(&sha, (uint64_t)row->at.boot);
    add_bytes(&sha, row->kind, row->kind_length);
    add_bytes(&sha, row->body, row->body_length);
    sha256_digest(&sha, CHAIN_BYTES, ret);
}

void chain_hex(char *ret, const uint8_t *bytes, size_t count)
{
    base16_encode_update(ret, count, bytes);
    ret[BASE16_ENCODE_LENGTH(count)] = '\0';
}

/* SHA-256 of the parts, a newline after each. */
static void hash_parts(uint8_t ret[CHAIN_BYTES], const char *const *parts, size_t count)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    for (size_t i = 0; i < count; i++) {
        sha256_update(&sha, strlen(parts[i]), (const uint8_t *)parts[i]);
        sha256_update(&sha, 1, (const uint8_t *)"\n");
    }
    sha256_digest(&sha, CHAIN_BYTES, ret);
}

static void add_base32(char *ret, const uint8_t *bytes, unsigned bits)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (unsigned at = 0; at < bits; at += 5) {
        unsigned digit = 0;
        for (unsigned bit = at; bit < at + 5; bit++) {
            unsigned byte = bit < bits ? bytes[bit / 8] : 0;
            digit = digit << 1 | (byte >> (7 - bit % 8) & 1);
        }
        *ret++ = digits[digit];
    }
    *ret = '\0';
}

void chain_key(char ret[CHAIN_KEY_BYTES], const char *host_id, uint64_t epoch, const char *incident,
    const char *transition, const char *kind)
{
    char number[24];
    uint8_t hash[CHAIN_BYTES];
    snprintf(number, sizeof number, "%" PRIu64, epoch);
    const char *parts[] = {host_id, number, incident, transition, kind};
    hash_parts(hash, parts, sizeof parts / sizeof parts[0]);
    add_base32(ret, hash, NAME_BITS);
}

void chain_engine(
    char ret[CHAIN_ENGINE_BYTES], const char *host_id, uint64_t epoch, const char *guest)
{
    /* 8072 is net-snmp's enterprise, with the highest bit set; 5: octets as their owner likes. */
    static const uint8_t head[] = {0x80, 0x00, 0x1f, 0x88, 0x05};
    char number[24];
    uint8_t hash[CHAIN_BYTES];
    snprintf(number, sizeof number, "%" PRIu64, epoch);
    const char *parts[] = {host_id, number, guest};
    hash_parts(hash, parts, sizeof parts / sizeof parts[0]);
    chain_hex(ret, head, sizeof head);
    chain_hex(ret + 2 * sizeof head, hash, NAME_BYTES);
}
