/* SPDX-License-Identifier: BSD-2-Clause */
#include "sieve.h"

#if defined __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("avx512bw,avx512vbmi")))

/* The table of one byte of the window, in registers. */
struct table {
    __m512i a, b, c, d;
};

TARGET static inline struct table load(const uint8_t bytes[static 256])
{
    return (struct table){_mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes + 64),
        _mm512_loadu_si512(bytes + 128), _mm512_loadu_si512(bytes + 192)};
}

/* VBMI looks 128 bytes up at once. */
TARGET static inline __m512i look_up(struct table t, const char *p)
{
    __m512i v = _mm512_loadu_si512(p);
    __m512i low = _mm512_permutex2var_epi8(t.a, v, t.b);
    __m512i high = _mm512_permutex2var_epi8(t.c, v, t.d);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high);
}

/* Buckets left at each of the 64 places from @p. */
TARGET static inline __m512i buckets_at(const struct sieve *s, unsigned group, const char *p)
{
    const struct table first = load(s->bytes[group][0]), second = load(s->bytes[group][1]),
                       third = load(s->bytes[group][2]), fourth = load(s->bytes[group][3]);
    __m512i head = _mm512_and_si512(look_up(first, p), look_up(second, p + 1));
    __m512i rest = _mm512_and_si512(look_up(third, p + 2), look_up(fourth, p + 3));
    return _mm512_and_si512(head, rest);
}

/* The first of the places @left that passes. */
TARGET static inline const char *first_of(
    const struct sieve *s, const char *p, __m512i left, const char *end)
{
    for (uint64_t places = _mm512_test_epi8_mask(left, left); places != 0; places &= places - 1) {
        const char *place = p + __builtin_ctzll(places);
        if (place < end && sieve_passes(s, place))
            return place;
    }
    return NULL;
}

TARGET static inline __m512i left_at(const struct sieve *s, const char *p, unsigned groups)
{
    __m512i left = buckets_at(s, 0, p);
    return groups > 1 ? _mm512_or_si512(left, buckets_at(s, 1, p)) : left;
}

TARGET static inline const char *next(
    const struct sieve *s, const char *from, const char *end, unsigned groups)
{
    for (const char *p = from; p < end; p += 128) {
        __m512i left = left_at(s, p, groups), more = left_at(s, p + 64, groups);
        __m512i any = _mm512_or_si512(left, more);
        if (__builtin_expect(_mm512_test_epi8_mask(any, any) == 0, 1))
            continue;
        const char *place = first_of(s, p, left, end);
        if (place == NULL)
            place = first_of(s, p + 64, more, end);
        if (place != NULL)
            return place;
    }
    return NULL;
}

TARGET const char *sieve_avx512(const struct sieve *s, const char *from, const char *end)
{
    return s->groups > 1 ? next(s, from, end, 2) : next(s, from, end, 1);
}
#endif
