/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/chain.h"

#include <inttypes.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

enum { NAME_BITS = 128, NAME_BYTES = NAME_BITS / 8 };

static void add_number(SHA2_CTX *sha, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    SHA256Update(sha, bytes, sizeof bytes);
}

static void add_bytes(SHA2_CTX *sha, const char *bytes, size_t length)
{
    add_number(sha, length);
    SHA256Update(sha, (const uint8_t *)bytes, length);
}

void chain_hash(
    uint8_t ret[CHAIN_BYTES], const uint8_t previous[CHAIN_BYTES], const struct chain_row *row)
{
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, previous, CHAIN_BYTES);
    add_number(&sha, row->seq);
    add_number(&sha, (uint64_t)row->at.wall);
    add_number(&sha, (uint64_t)row->at.boot);
    add_bytes(&sha, row->kind, row->kind_length);
    add_bytes(&sha, row->body, row->body_length);
    SHA256Final(ret, &sha);
}

void chain_hex(char *ret, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * count] = '\0';
}

/* SHA-256 of the parts, a newline after each. */
static void hash_parts(uint8_t ret[CHAIN_BYTES], const char *const *parts, size_t count)
{
    SHA2_CTX sha;
    SHA256Init(&sha);
    for (size_t i = 0; i < count; i++) {
        SHA256Update(&sha, (const uint8_t *)parts[i], strlen(parts[i]));
        SHA256Update(&sha, (const uint8_t *)"\n", 1);
    }
    SHA256Final(ret, &sha);
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
