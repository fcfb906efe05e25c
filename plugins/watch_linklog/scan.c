/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "literal.h"

#if defined __x86_64__
#include <immintrin.h>
#endif

enum { WINDOW = 4, BUCKETS = 8, NIBBLE_BYTES = 32, STRING_BYTES_MAX = 64 };

struct string {
    uint32_t window, mask; /* bytes as they lie in memory */
    uint8_t length, offset, width, bucket;
    unsigned owner;
    char bytes[STRING_BYTES_MAX];
};

struct scan {
    struct string *strings; /* sorted by bucket once prepared */
    size_t count, room;
    size_t first[BUCKETS + 1]; /* where each bucket's strings begin */
    uint64_t head_pairs[1024]; /* bit set: the pair of bytes may begin a window */
    uint64_t rest_pairs[1024]; /* likewise its bytes 2 and 3 */
    uint64_t windows[1024];    /* bit set: a window of four bytes hashes to it */
    bool has_short;            /* some windows have fewer bytes */
    uint8_t low[WINDOW][NIBBLE_BYTES], high[WINDOW][NIBBLE_BYTES]; /* nibble -> buckets */
    const char *(*find)(
        const struct scan *s, const char *from, const char *end, unsigned char *marks);
};

int scan_new(struct scan **ret_scan)
{
    struct scan *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -ENOMEM;
    *ret_scan = s;
    return 0;
}

struct scan *scan_free(struct scan *s)
{
    if (s != NULL)
        free(s->strings);
    free(s);
    return NULL;
}

bool scan_add(struct scan *s, const char *bytes, size_t length, unsigned owner)
{
    struct string t = {.length = (uint8_t)length, .owner = owner};
    if (length == 0 || length > sizeof t.bytes || s->count == SCAN_STRINGS_MAX)
        return false;
    if (s->count == s->room) {
        size_t room = s->room > 0 ? 2 * s->room : 32;
        struct string *more = realloc(s->strings, room * sizeof *more);
        if (more == NULL)
            return false;
        s->strings = more;
        s->room = room;
    }
    memcpy(t.bytes, bytes, length);
    s->strings[s->count++] = t;
    return true;
}

static unsigned hash_window(uint32_t window)
{
    return (window * 2654435761u) >> 16;
}

/* How often each window is in the sample, by its hash. NULL: there is no sample. */
static uint16_t *count_windows(const char *sample, size_t length)
{
    uint16_t *counts = sample != NULL ? calloc(65536, sizeof *counts) : NULL;
    for (size_t i = 0; counts != NULL && i + WINDOW <= length; i++) {
        uint32_t v;
        memcpy(&v, sample + i, sizeof v);
        uint16_t *count = &counts[hash_window(v)];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
    }
    return counts;
}

static void choose_window(struct string *t, const uint16_t *counts)
{
    unsigned best = 0, least = UINT_MAX;
    t->width = t->length < WINDOW ? t->length : WINDOW;
    for (unsigned at = 0; at + t->width <= t->length; at++) {
        uint32_t v = 0;
        memcpy(&v, t->bytes + at, t->width);
        unsigned weight = literal_weight(t->bytes + at, t->width);
        unsigned count = counts != NULL && t->width == WINDOW ? counts[hash_window(v)] : 0;
        if (count > least || (count == least && weight <= best))
            continue;
        best = weight;
        least = count;
        t->offset = (uint8_t)at;
        t->window = v;
    }
    t->mask = t->width == WINDOW ? UINT32_MAX : (1u << 8 * t->width) - 1;
}

/* What a bucket lets through: for each byte of the window the low and high nibbles of its strings.
 */
struct sieve {
    uint16_t low[WINDOW], high[WINDOW];
};

static struct sieve sieve_with(const struct sieve *before, const struct string *t)
{
    struct sieve made = *before;
    for (unsigned i = 0; i < WINDOW; i++) {
        uint8_t c = (uint8_t)t->bytes[t->offset + (i < t->width ? i : 0)];
        made.low[i] |= (uint16_t)(i < t->width ? 1u << (c & 15u) : 0xFFFFu);
        made.high[i] |= (uint16_t)(i < t->width ? 1u << (c >> 4) : 0xFFFFu);
    }
    return made;
}

/* How likely a place of the log passes, if its bytes were independent. */
static double sieve_share(const struct sieve *sieve, const double share[static 256])
{
    double all = 1;
    for (unsigned i = 0; i < WINDOW; i++) {
        double sum = 0;
        for (unsigned high = 0; high < 16; high++)
            for (unsigned low = 0; low < 16 && sieve->high[i] >> high & 1; low++)
                if (sieve->low[i] >> low & 1)
                    sum += share[high << 4 | low];
        all *= sum;
    }
    return all;
}

/* Puts each string into the bucket that it makes let through least more. */
static void choose_buckets(struct scan *s, const double share[static 256])
{
    struct sieve sieves[BUCKETS] = {0};
    double shares[BUCKETS] = {0};

    for (size_t i = 0; i < s->count; i++) {
        double least = 2;
        for (unsigned b = 0; b < BUCKETS; b++) {
            struct sieve with = sieve_with(&sieves[b], &s->strings[i]);
            double more = sieve_share(&with, share) - shares[b];
            if (more >= least)
                continue;
            least = more;
            s->strings[i].bucket = (uint8_t)b;
        }
        uint8_t bucket = s->strings[i].bucket;
        sieves[bucket] = sieve_with(&sieves[bucket], &s->strings[i]);
        shares[bucket] = sieve_share(&sieves[bucket], share);
    }
}

/* The share of each byte value in the sample; without one, all alike. */
static void byte_shares(const char *sample, size_t length, double share[static 256])
{
    for (unsigned c = 0; c < 256; c++)
        share[c] = 1.0 / 256;
    for (size_t i = 0; sample != NULL && i < length; i++)
        share[(unsigned char)sample[i]] += 256.0 / (double)length;
    for (unsigned c = 0; sample != NULL && c < 256; c++)
        share[c] /= 257.0;
}

static int compare_buckets(const void *a, const void *b)
{
    const struct string *s = a, *t = b;
    return s->bucket - t->bucket;
}

static int compare_windows(const void *a, const void *b)
{
    const struct string *s = a, *t = b;
    return memcmp(
        s->bytes + s->offset, t->bytes + t->offset, s->width < t->width ? s->width : t->width);
}

static void set_pair(uint64_t *pairs, unsigned pair)
{
    pairs[pair >> 6] |= 1ull << (pair & 63);
}

/* Marks the pairs that begin with @known bytes (0, 1 or 2) of @pair. */
static void set_pairs(uint64_t *pairs, unsigned pair, unsigned known)
{
    if (known == 0)
        memset(pairs, 0xFF, 1024 * sizeof *pairs);
    else if (known == 1)
        for (unsigned next = 0; next < 256; next++)
            set_pair(pairs, (pair & 0xFF) | next << 8);
    else
        set_pair(pairs, pair);
}

static void enter(struct scan *s, const struct string *t)
{
    uint8_t bit = (uint8_t)(1u << t->bucket);
    for (unsigned i = 0; i < WINDOW; i++)
        for (unsigned lane = 0; lane < NIBBLE_BYTES; lane++) {
            uint8_t c = (uint8_t)t->bytes[t->offset + (i < t->width ? i : 0)];
            s->low[i][lane] |= i >= t->width || (c & 15u) == (lane & 15u) ? bit : 0;
            s->high[i][lane] |= i >= t->width || c >> 4 == (lane & 15u) ? bit : 0;
        }
    set_pairs(s->head_pairs, t->window & 0xFFFF, t->width < 2 ? t->width : 2);
    set_pair(s->windows, hash_window(t->window));
    s->has_short |= t->width < WINDOW;
    set_pairs(s->rest_pairs, t->window >> 16, t->width < 2 ? 0 : t->width - 2u);
}

/* Whether a window may begin at @p: three bitmaps, no false no. */
static inline bool may_begin(const struct scan *s, const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    unsigned head = v & 0xFFFF, rest = v >> 16, hash = hash_window(v);
    bool pairs =
        s->head_pairs[head >> 6] >> (head & 63) & s->rest_pairs[rest >> 6] >> (rest & 63) & 1;
    return pairs && (s->has_short || s->windows[hash >> 6] >> (hash & 63) & 1);
}

/* Whether a string of one of @buckets has its window at @p. With @marks the answer is always no,
 * and the owners of all that have are marked. */
static bool confirm(const struct scan *s, const char *from, const char *end, const char *p,
    unsigned buckets, unsigned char *marks)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    for (; buckets != 0; buckets &= buckets - 1) {
        unsigned b = (unsigned)__builtin_ctz(buckets);
        for (size_t i = s->first[b]; i < s->first[b + 1]; i++) {
            const struct string *t = &s->strings[i];
            if ((v & t->mask) != t->window || p - from < t->offset ||
                end - p < t->length - t->offset || memcmp(p - t->offset, t->bytes, t->length) != 0)
                continue;
            if (marks == NULL)
                return true;
            marks[t->owner] = 1;
        }
    }
    return false;
}

static const char *find_portable(
    const struct scan *s, const char *from, const char *end, unsigned char *marks)
{
    for (const char *p = from; p < end; p++) {
        if (may_begin(s, p) && confirm(s, from, end, p, 0xFF, marks))
            return p;
    }
    return NULL;
}

#if defined __x86_64__
__attribute__((target("avx2"))) static const char *find_avx2(
    const struct scan *s, const char *from, const char *end, unsigned char *marks)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low[WINDOW], high[WINDOW];
    for (int i = 0; i < WINDOW; i++) {
        low[i] = _mm256_loadu_si256((const __m256i *)(const void *)s->low[i]);
        high[i] = _mm256_loadu_si256((const __m256i *)(const void *)s->high[i]);
    }
    for (const char *p = from; p < end; p += 32) {
        __m256i hit = _mm256_set1_epi8(-1);
        for (int i = 0; i < WINDOW; i++) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
            __m256i a = _mm256_shuffle_epi8(low[i], _mm256_and_si256(v, nibble));
            __m256i b =
                _mm256_shuffle_epi8(high[i], _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
            hit = _mm256_and_si256(hit, _mm256_and_si256(a, b));
        }
        if (_mm256_testz_si256(hit, hit))
            continue;
        uint8_t buckets[32];
        _mm256_storeu_si256((__m256i *)(void *)buckets, hit);
        unsigned places =
            ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hit, _mm256_setzero_si256()));
        for (; places != 0; places &= places - 1) {
            unsigned i = (unsigned)__builtin_ctz(places);
            if (p + i < end && may_begin(s, p + i) &&
                confirm(s, from, end, p + i, buckets[i], marks))
                return p + i;
        }
    }
    return NULL;
}
#endif

void scan_prepare(struct scan *s, const char *sample, size_t sample_length, bool portable)
{
    uint16_t *counts = count_windows(sample, sample_length);
    for (size_t i = 0; i < s->count; i++)
        choose_window(&s->strings[i], counts);
    free(counts);
    if (s->count > 1)
        qsort(s->strings, s->count, sizeof *s->strings, compare_windows);
    double share[256];
    byte_shares(sample, sample_length, share);
    choose_buckets(s, share);
    if (s->count > 1)
        qsort(s->strings, s->count, sizeof *s->strings, compare_buckets);
    for (size_t i = 0; i < s->count; i++)
        enter(s, &s->strings[i]);
    for (size_t i = 0, b = 0; b <= BUCKETS; b++) {
        while (i < s->count && s->strings[i].bucket < b)
            i++;
        s->first[b] = i;
    }
    s->find = find_portable;
#if defined __x86_64__
    if (!portable && __builtin_cpu_supports("avx2"))
        s->find = find_avx2;
#else
    (void)portable;
#endif
}

const char *scan_find(const struct scan *s, const char *bytes, size_t length)
{
    return s->find(s, bytes, bytes + length, NULL);
}

void scan_mark(const struct scan *s, const char *bytes, size_t length, unsigned char *marks)
{
    s->find(s, bytes, bytes + length, marks);
}
