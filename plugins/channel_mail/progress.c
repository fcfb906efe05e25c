/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HASH_BYTES = 16 + 1 };

/* FNV-1a, 64 bits: addresses are the operator's own, nobody seeks a collision. */
static void put_hash(char ret[HASH_BYTES], const char *address)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (const char *c = address; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    snprintf(ret, HASH_BYTES, "%016" PRIx64, hash);
}

static void take(struct progress *p, const struct settings *s, char sign, const char *hash)
{
    char own[HASH_BYTES];

    for (size_t i = 0; i < s->to_count; i++) {
        put_hash(own, s->to[i]);
        if (strncmp(own, hash, HASH_BYTES - 1) != 0)
            continue;
        p->accepted |= sign == '+' ? (uint64_t)1 << i : 0;
        p->refused |= sign == '-' ? (uint64_t)1 << i : 0;
    }
}

struct progress progress_read(const struct settings *s, const char *line)
{
    struct progress p = {0};

    for (const char *at = line; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (length == HASH_BYTES)
            take(&p, s, at[0], at + 1);
        at += length;
    }
    return p;
}

void progress_write(const struct progress *p, const struct settings *s, char ret[PROGRESS_BYTES])
{
    char hash[HASH_BYTES];
    size_t length = 0;

    ret[0] = '\0';
    for (size_t i = 0; i < s->to_count; i++) {
        char sign = (p->accepted >> i & 1) != 0 ? '+' : (p->refused >> i & 1) != 0 ? '-' : '\0';
        if (sign == '\0')
            continue;
        put_hash(hash, s->to[i]);
        length += (size_t)snprintf(
            ret + length, PROGRESS_BYTES - length, "%s%c%s", length == 0 ? "" : " ", sign, hash);
    }
}
