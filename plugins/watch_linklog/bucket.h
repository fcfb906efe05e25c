/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_BUCKET_H
#define LINKLOG_BUCKET_H

#include <stdbool.h>
#include <stddef.h>

/**
 * bucket - which windows share a bucket of the sieve.
 *
 * A bucket lets through whatever has at each place a byte of one of its windows (or, in kernels
 * that look halves of bytes up, a low and a high half): the more alike its windows are, the less
 * that is. Bytes of a log depend on each other, so how much it is, is counted in a sample.
 */

struct bucket_window {
    unsigned char bytes[4];
    unsigned width;  /* bytes of it that count; behind them everything is let through */
    unsigned bucket; /* to be chosen */
};

/**
 * Puts each window into one of @buckets, one after another, where it lets through least more of
 * @sample. Without a sample (NULL), or memory, neighbours share a bucket.
 * Returns the share of the sample's places that pass.
 */
double bucket_choose(struct bucket_window *windows, size_t count, unsigned buckets, bool by_bytes,
    const char *sample, size_t length);

#endif
