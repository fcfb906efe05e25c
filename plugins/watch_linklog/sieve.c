/* SPDX-License-Identifier: BSD-2-Clause */
#include "sieve.h"

static void set_bit(uint64_t *bits, unsigned i)
{
    bits[i >> 6] |= 1ull << (i & 63);
}

void sieve_init(struct sieve *s)
{
    *s = (struct sieve){.groups = 1};
}

static void enter_byte(struct sieve *s, unsigned group, size_t at, unsigned c, uint8_t bit)
{
    s->bytes[group][at][c] |= bit;
    for (unsigned lane = 0; lane < SIEVE_LANES; lane++) {
        s->low[group][at][lane] |= (c & 15) == (lane & 15) ? bit : 0;
        s->high[group][at][lane] |= c >> 4 == (lane & 15) ? bit : 0;
    }
}

/* Windows of three bytes are entered with every fourth. */
static void enter_window(struct sieve *s, const unsigned char *bytes, size_t length)
{
    unsigned char window[SIEVE_WINDOW] = {0};
    memcpy(window, bytes, length);
    for (unsigned last = 0; last < 256; last++) {
        uint32_t v;
        window[3] = length == SIEVE_WINDOW ? bytes[3] : (unsigned char)last;
        memcpy(&v, window, sizeof v);
        set_bit(s->windows, sieve_hash(v));
    }
}

static void enter_short(struct sieve *s, const unsigned char *bytes, size_t length)
{
    s->has_short = true;
    for (unsigned next = 0; next < 256; next++) {
        unsigned char pair[2] = {bytes[0], length == 2 ? bytes[1] : (unsigned char)next};
        uint16_t v;
        memcpy(&v, pair, sizeof v);
        set_bit(s->shorts, v);
    }
}

void sieve_add(struct sieve *s, const unsigned char *bytes, size_t length, unsigned bucket)
{
    unsigned group = bucket / SIEVE_BUCKETS;
    uint8_t bit = (uint8_t)(1u << bucket % SIEVE_BUCKETS);

    for (size_t at = 0; at < SIEVE_WINDOW; at++)
        for (unsigned c = at < length ? bytes[at] : 0; c < 256; c++) {
            enter_byte(s, group, at, c, bit);
            if (at < length)
                break;
        }
    if (length >= 3)
        enter_window(s, bytes, length);
    else
        enter_short(s, bytes, length);
    if (group >= s->groups)
        s->groups = group + 1;
}

static bool is_in_a_bucket(const struct sieve *s, const char *p)
{
    unsigned any = 0;
    for (unsigned g = 0; g < s->groups; g++) {
        unsigned left = 0xFF;
        for (size_t at = 0; at < SIEVE_WINDOW; at++)
            left &= s->bytes[g][at][(unsigned char)p[at]];
        any |= left;
    }
    return any != 0;
}

const char *sieve_portable(const struct sieve *s, const char *from, const char *end)
{
    for (const char *p = from; p < end; p++)
        if (sieve_passes(s, p) && is_in_a_bucket(s, p))
            return p;
    return NULL;
}

static const struct sieve_kernel kernels[] = {
    {"portable", true, sieve_portable},
#if defined __x86_64__
    {"ssse3", false, sieve_ssse3},
    {"avx2", false, sieve_avx2},
    {"avx512", true, sieve_avx512},
#elif defined __aarch64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    {"neon", false, sieve_neon},
#endif
};

const struct sieve_kernel *sieve_kernel(size_t i)
{
    size_t count = 1;
#if defined __x86_64__
    count += __builtin_cpu_supports("ssse3") != 0;
    count += count == 2 && __builtin_cpu_supports("avx2");
    count +=
        count == 3 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
#else
    count = sizeof kernels / sizeof kernels[0]; // each machine of the kind has them
#endif
    return i < count ? &kernels[i] : NULL;
}

const struct sieve_kernel *sieve_kernel_best(void)
{
    size_t i = 0;
    while (sieve_kernel(i + 1) != NULL)
        i++;
    return sieve_kernel(i);
}
