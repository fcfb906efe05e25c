/* SPDX-License-Identifier: BSD-2-Clause */
#include "signature.h"

#include <inttypes.h>
#include <nettle/base16.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>

static void add(struct hmac_sha256_ctx *hmac, const char *text)
{
    hmac_sha256_update(hmac, strlen(text), (const uint8_t *)text);
}

void signature_make(
    char ret[SIGNATURE_BYTES], const char *secret, int64_t seconds, const char *body)
{
    struct hmac_sha256_ctx hmac;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char stamp[32];

    snprintf(stamp, sizeof stamp, "%" PRId64 ".", seconds);
    hmac_sha256_set_key(&hmac, strlen(secret), (const uint8_t *)secret);
    add(&hmac, stamp);
    add(&hmac, body);
    hmac_sha256_digest(&hmac, sizeof digest, digest);
    base16_encode_update(ret, sizeof digest, digest);
    ret[BASE16_ENCODE_LENGTH(sizeof digest)] = '\0';
    explicit_bzero(&hmac, sizeof hmac);
}
