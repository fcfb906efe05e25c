/* SPDX-License-Identifier: BSD-2-Clause */
#include "signature.h"

#include <inttypes.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

static void begin(SHA2_CTX *hash, const uint8_t key[SHA256_BLOCK_LENGTH], uint8_t pad)
{
    uint8_t block[SHA256_BLOCK_LENGTH];

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)(key[i] ^ pad);
    SHA256Init(hash);
    SHA256Update(hash, block, sizeof block);
    explicit_bzero(block, sizeof block);
}

static void add(SHA2_CTX *hash, const char *text)
{
    SHA256Update(hash, (const uint8_t *)text, strlen(text));
}

/* A key longer than a block is its hash. */
static void key_of(uint8_t ret[SHA256_BLOCK_LENGTH], const char *secret)
{
    SHA2_CTX hash;
    size_t length = strlen(secret);

    memset(ret, 0, SHA256_BLOCK_LENGTH);
    if (length <= SHA256_BLOCK_LENGTH) {
        memcpy(ret, secret, length);
        return;
    }
    SHA256Init(&hash);
    add(&hash, secret);
    SHA256Final(ret, &hash);
}

void signature_make(
    char ret[SIGNATURE_BYTES], const char *secret, int64_t seconds, const char *body)
{
    uint8_t key[SHA256_BLOCK_LENGTH], digest[SHA256_DIGEST_LENGTH];
    char stamp[32];
    SHA2_CTX hash;

    key_of(key, secret);
    snprintf(stamp, sizeof stamp, "%" PRId64 ".", seconds);
    begin(&hash, key, 0x36);
    add(&hash, stamp);
    add(&hash, body);
    SHA256Final(digest, &hash);
    begin(&hash, key, 0x5c);
    SHA256Update(&hash, digest, sizeof digest);
    SHA256Final(digest, &hash);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
    explicit_bzero(key, sizeof key);
    explicit_bzero(&hash, sizeof hash);
}
