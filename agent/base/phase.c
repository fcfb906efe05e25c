/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/phase.h"

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of 32 bits (draft-eastlake-fnv). */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261;
    for (const char *at = text != NULL ? text : ""; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619;
    return hash;
}

mono_ms phase_last(const char *host, span_ms interval, mono_ms now)
{
    // Taken of a day first, so that the moments of an hour are among those of a minute.
    span_ms phase = hash_of(host) % (24 * 60 * 60 * 1000) % interval;
    return now - ((now - phase) % interval + interval) % interval;
}
