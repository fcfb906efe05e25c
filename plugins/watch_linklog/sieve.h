/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_SIEVE_H
#define LINKLOG_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * sieve - places in raw bytes where a window of one to four bytes may stand.
 *
 * The windows are spread over buckets. For each byte of the window a table says in which buckets
 * that byte may be; a place passes where one bucket is left over all four (Teddy: Langdale, Qiu,
 * after Hyperscan). What passes must also be in an exact-but-for-collisions set of windows. The
 * kernels differ in how many places they try at once and in how fine their tables are, never in
 * what they may miss: nothing. sieve_portable is the reference.
 */

enum {
    SIEVE_WINDOW = 4,
    SIEVE_BUCKETS = 8, /* of a group: bits of a byte */
    SIEVE_GROUPS_MAX = 2,
    SIEVE_LANES = 32,
    /* Bytes behind the end of what is scanned that are read, whatever their values. */
    SIEVE_SLACK = 128 + SIEVE_WINDOW
};

struct sieve {
    unsigned groups; /* 1 or 2 are looked up */
    bool has_short;
    /* Buckets by byte, and by the halves of a byte, those repeated to fill a register. */
    uint8_t bytes[SIEVE_GROUPS_MAX][SIEVE_WINDOW][256];
    uint8_t low[SIEVE_GROUPS_MAX][SIEVE_WINDOW][SIEVE_LANES];
    uint8_t high[SIEVE_GROUPS_MAX][SIEVE_WINDOW][SIEVE_LANES];
    uint64_t windows[1024]; /* bit set: a window of three or four bytes hashes to it */
    uint64_t shorts[1024];  /* bit set: a shorter window begins this pair of bytes */
};

/** Empties @s. */
void sieve_init(struct sieve *s);

/** Adds the window @bytes[0..length), length 1..SIEVE_WINDOW, to @bucket of all groups' buckets. */
void sieve_add(struct sieve *s, const unsigned char *bytes, size_t length, unsigned bucket);

/** The next place of @from..@end that passes; NULL if there is none. SIEVE_SLACK bytes behind @end
 * must be readable. */
typedef const char *sieve_next_fn(const struct sieve *s, const char *from, const char *end);

struct sieve_kernel {
    const char *name;
    bool by_bytes; /* looks whole bytes up, not their halves */
    sieve_next_fn *next;
};

sieve_next_fn sieve_portable, sieve_ssse3, sieve_avx2, sieve_avx512, sieve_neon;

/** Kernels that this machine can run, the slowest (portable) first; NULL behind the last. */
const struct sieve_kernel *sieve_kernel(size_t i);
/** The fastest of them. */
const struct sieve_kernel *sieve_kernel_best(void);

/** A number of 16 bits for four bytes as they lie in memory. */
static inline unsigned sieve_hash(uint32_t window)
{
    return (window * 2654435761u) >> 16;
}

/** What a kernel asks of each place that its tables let through. */
static inline bool sieve_passes(const struct sieve *s, const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    unsigned hash = sieve_hash(v), pair = v & 0xFFFF;
    return s->windows[hash >> 6] >> (hash & 63) & 1 ||
           (s->has_short && s->shorts[pair >> 6] >> (pair & 63) & 1);
}

#endif
