/* SPDX-License-Identifier: BSD-2-Clause */
#include "sieve.h"

#if defined __aarch64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <arm_neon.h>

/* Buckets by the halves of the bytes from @p. */
static inline uint8x16_t look_up(
    const uint8_t low[static SIEVE_LANES], const uint8_t high[static SIEVE_LANES], const char *p)
{
    uint8x16_t v = vld1q_u8((const uint8_t *)p);
    uint8x16_t a = vqtbl1q_u8(vld1q_u8(low), vandq_u8(v, vdupq_n_u8(15)));
    uint8x16_t b = vqtbl1q_u8(vld1q_u8(high), vshrq_n_u8(v, 4));
    return vandq_u8(a, b);
}

/* Buckets left at each of the places from @p. */
static inline uint8x16_t buckets_at(const struct sieve *s, unsigned g, const char *p)
{
    uint8x16_t head = vandq_u8(
        look_up(s->low[g][0], s->high[g][0], p), look_up(s->low[g][1], s->high[g][1], p + 1));
    uint8x16_t rest = vandq_u8(
        look_up(s->low[g][2], s->high[g][2], p + 2), look_up(s->low[g][3], s->high[g][3], p + 3));
    return vandq_u8(head, rest);
}

/* One bit in four for each place at which a bucket is left. */
static inline uint64_t places_of(uint8x16_t left)
{
    uint8x8_t halves = vshrn_n_u16(vreinterpretq_u16_u8(vtstq_u8(left, left)), 4);
    return vget_lane_u64(vreinterpret_u64_u8(halves), 0) & 0x8888888888888888u;
}

static inline const char *next(
    const struct sieve *s, const char *from, const char *end, unsigned groups)
{
    for (const char *p = from; p < end; p += 16) {
        uint8x16_t left = buckets_at(s, 0, p);
        if (groups > 1)
            left = vorrq_u8(left, buckets_at(s, 1, p));
        uint64_t places = places_of(left);
        for (; places != 0; places &= places - 1) {
            const char *place = p + __builtin_ctzll(places) / 4;
            if (place < end && sieve_passes(s, place))
                return place;
        }
    }
    return NULL;
}

const char *sieve_neon(const struct sieve *s, const char *from, const char *end)
{
    return s->groups > 1 ? next(s, from, end, 2) : next(s, from, end, 1);
}
#endif
