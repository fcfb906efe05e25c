/* SPDX-License-Identifier: BSD-2-Clause */
#include "sieve.h"

#if defined __x86_64__
#include <tmmintrin.h>

#define TARGET __attribute__((target("ssse3")))

/* Buckets by the halves of the bytes from @p. */
TARGET static inline __m128i look_up(
    const uint8_t low[static SIEVE_LANES], const uint8_t high[static SIEVE_LANES], const char *p)
{
    const __m128i nibble = _mm_set1_epi8(15);
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)low);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)high);
    a = _mm_shuffle_epi8(a, _mm_and_si128(v, nibble));
    b = _mm_shuffle_epi8(b, _mm_and_si128(_mm_srli_epi16(v, 4), nibble));
    return _mm_and_si128(a, b);
}

/* Buckets left at each of the places from @p. */
TARGET static inline __m128i buckets_at(const struct sieve *s, unsigned g, const char *p)
{
    __m128i head = _mm_and_si128(
        look_up(s->low[g][0], s->high[g][0], p), look_up(s->low[g][1], s->high[g][1], p + 1));
    __m128i rest = _mm_and_si128(
        look_up(s->low[g][2], s->high[g][2], p + 2), look_up(s->low[g][3], s->high[g][3], p + 3));
    return _mm_and_si128(head, rest);
}

TARGET static inline const char *next(
    const struct sieve *s, const char *from, const char *end, unsigned groups)
{
    for (const char *p = from; p < end; p += 16) {
        __m128i any = buckets_at(s, 0, p);
        if (groups > 1)
            any = _mm_or_si128(any, buckets_at(s, 1, p));
        unsigned places =
            0xFFFFu ^ (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(any, _mm_setzero_si128()));
        for (; places != 0; places &= places - 1) {
            const char *place = p + __builtin_ctz(places);
            if (place < end && sieve_passes(s, place))
                return place;
        }
    }
    return NULL;
}

TARGET const char *sieve_ssse3(const struct sieve *s, const char *from, const char *end)
{
    return s->groups > 1 ? next(s, from, end, 2) : next(s, from, end, 1);
}
#endif
