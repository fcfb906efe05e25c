/* SPDX-License-Identifier: BSD-2-Clause */
#include "sieve.h"

#if defined __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

/* Buckets by the halves of the bytes from @p. */
TARGET static inline __m256i look_up(
    const uint8_t low[static SIEVE_LANES], const uint8_t high[static SIEVE_LANES], const char *p)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)low);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)high);
    a = _mm256_shuffle_epi8(a, _mm256_and_si256(v, nibble));
    b = _mm256_shuffle_epi8(b, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
    return _mm256_and_si256(a, b);
}

/* Buckets left at each of the places from @p. */
TARGET static inline __m256i buckets_at(const struct sieve *s, unsigned g, const char *p)
{
    __m256i head = _mm256_and_si256(
        look_up(s->low[g][0], s->high[g][0], p), look_up(s->low[g][1], s->high[g][1], p + 1));
    __m256i rest = _mm256_and_si256(
        look_up(s->low[g][2], s->high[g][2], p + 2), look_up(s->low[g][3], s->high[g][3], p + 3));
    return _mm256_and_si256(head, rest);
}

TARGET static inline const char *next(
    const struct sieve *s, const char *from, const char *end, unsigned groups)
{
    for (const char *p = from; p < end; p += 32) {
        __m256i any = buckets_at(s, 0, p);
        if (groups > 1)
            any = _mm256_or_si256(any, buckets_at(s, 1, p));
        unsigned places =
            ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(any, _mm256_setzero_si256()));
        for (; places != 0; places &= places - 1) {
            const char *place = p + __builtin_ctz(places);
            if (place < end && sieve_passes(s, place))
                return place;
        }
    }
    return NULL;
}

TARGET const char *sieve_avx2(const struct sieve *s, const char *from, const char *end)
{
    return s->groups > 1 ? next(s, from, end, 2) : next(s, from, end, 1);
}
#endif
