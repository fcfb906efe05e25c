/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bucket.h"
#include "literal.h"

/* When more places than this pass, a second group of buckets costs less than they do. */
#define PASSES_BY_BYTES 0.0005
#define PASSES_BY_HALVES 0.008

enum { STRING_BYTES_MAX = 64, BUCKETS = SIEVE_GROUPS_MAX * SIEVE_BUCKETS };
/* Strings are found by 8 bits of their window's hash; in the last slot are those whose windows are
 * shorter. */
enum { SLOT_SHIFT = 8, SLOTS = 256 + 1 };

struct string {
    uint32_t window, mask; /* bytes as they lie in memory */
    uint32_t before;       /* the four before the window, if there are as many */
    uint8_t length, offset, width, bucket;
    uint16_t slot;
    unsigned owner;
    char bytes[STRING_BYTES_MAX];
};

struct scan {
    struct string *strings; /* sorted by slot once prepared */
    size_t count, room;
    size_t first[SLOTS + 1]; /* where each slot's strings begin */
    struct sieve sieve;
    sieve_next_fn *next;
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

/* How often each window is in the sample, by its hash. NULL: there is no sample. */
static uint16_t *count_windows(const char *sample, size_t length)
{
    uint16_t *counts = sample != NULL ? calloc(65536, sizeof *counts) : NULL;
    for (size_t i = 0; counts != NULL && i + SIEVE_WINDOW <= length; i++) {
        uint32_t v;
        memcpy(&v, sample + i, sizeof v);
        uint16_t *count = &counts[sieve_hash(v)];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
    }
    return counts;
}

static void choose_window(struct string *t, const uint16_t *counts)
{
    unsigned best = 0, least = UINT_MAX;
    t->width = t->length < SIEVE_WINDOW ? t->length : SIEVE_WINDOW;
    for (unsigned at = 0; at + t->width <= t->length; at++) {
        uint32_t v = 0;
        memcpy(&v, t->bytes + at, t->width);
        unsigned weight = literal_weight(t->bytes + at, t->width);
        unsigned count = counts != NULL && t->width == SIEVE_WINDOW ? counts[sieve_hash(v)] : 0;
        if (count > least || (count == least && weight <= best))
            continue;
        best = weight;
        least = count;
        t->offset = (uint8_t)at;
        t->window = v;
    }
    t->mask = t->width == SIEVE_WINDOW ? UINT32_MAX : (1u << 8 * t->width) - 1;
}

/* Chooses among @count buckets; the share of the sample's places that pass. */
static double choose_buckets(
    struct scan *s, unsigned count, bool by_bytes, const char *sample, size_t length)
{
    struct bucket_window *windows = calloc(s->count, sizeof *windows);
    if (windows == NULL)
        return 0; // all in the first bucket: slower, and right

    for (size_t i = 0; i < s->count; i++) {
        const struct string *t = &s->strings[i];
        windows[i].width = t->width;
        memcpy(windows[i].bytes, t->bytes + t->offset, t->width);
    }
    double passes = bucket_choose(windows, s->count, count, by_bytes, sample, length);
    for (size_t i = 0; i < s->count; i++)
        s->strings[i].bucket = (uint8_t)windows[i].bucket;
    free(windows);
    return passes;
}

static int compare_slots(const void *a, const void *b)
{
    const struct string *s = a, *t = b;
    return s->slot - t->slot;
}

static int compare_windows(const void *a, const void *b)
{
    const struct string *s = a, *t = b;
    return memcmp(
        s->bytes + s->offset, t->bytes + t->offset, s->width < t->width ? s->width : t->width);
}

static void fill_sieve(struct scan *s)
{
    sieve_init(&s->sieve);
    for (size_t i = 0; i < s->count; i++) {
        struct string *t = &s->strings[i];
        bool is_short = t->width < SIEVE_WINDOW;
        sieve_add(&s->sieve, (const unsigned char *)t->bytes + t->offset, t->width, t->bucket);
        if (t->offset >= SIEVE_WINDOW)
            memcpy(&t->before, t->bytes + t->offset - SIEVE_WINDOW, sizeof t->before);
        t->slot = (uint16_t)(is_short ? SLOTS - 1 : sieve_hash(t->window) >> SLOT_SHIFT);
    }
    if (s->count > 1)
        qsort(s->strings, s->count, sizeof *s->strings, compare_slots);
    for (size_t i = 0, slot = 0; slot <= SLOTS; slot++) {
        while (i < s->count && s->strings[i].slot < slot)
            i++;
        s->first[slot] = i;
    }
}

void scan_prepare(
    struct scan *s, const char *sample, size_t sample_length, const struct sieve_kernel *kernel)
{
    uint16_t *counts = count_windows(sample, sample_length);

    if (kernel == NULL)
        kernel = sieve_kernel_best();
    for (size_t i = 0; i < s->count; i++)
        choose_window(&s->strings[i], counts);
    free(counts);
    if (s->count > 1)
        qsort(s->strings, s->count, sizeof *s->strings, compare_windows);
    double passes = choose_buckets(s, SIEVE_BUCKETS, kernel->by_bytes, sample, sample_length);
    if (passes > (kernel->by_bytes ? PASSES_BY_BYTES : PASSES_BY_HALVES))
        choose_buckets(s, BUCKETS, kernel->by_bytes, sample, sample_length);
    fill_sieve(s);
    s->next = kernel->next;
}

static uint32_t word_at(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Whether a string of @slot has its window, @window, at @p. With @marks the answer is always no,
 * and the owners of all that have are marked. */
static bool confirm_slot(const struct scan *s, const char *from, const char *end, const char *p,
    size_t slot, uint32_t window, unsigned char *marks)
{
    for (size_t i = s->first[slot]; i < s->first[slot + 1]; i++) {
        const struct string *t = &s->strings[i];
        if ((window & t->mask) != t->window || p - from < t->offset ||
            end - p < t->length - t->offset)
            continue;
        // Most that is not the string differs here, which costs no call.
        if (t->offset >= SIEVE_WINDOW && word_at(p - SIEVE_WINDOW) != t->before)
            continue;
        if (memcmp(p - t->offset, t->bytes, t->length) != 0)
            continue;
        if (marks == NULL)
            return true;
        marks[t->owner] = 1;
    }
    return false;
}

static const char *find(
    const struct scan *s, const char *from, const char *end, unsigned char *marks)
{
    for (const char *p = from; (p = s->next(&s->sieve, p, end)) != NULL; p++) {
        uint32_t v = word_at(p);
        if (confirm_slot(s, from, end, p, sieve_hash(v) >> SLOT_SHIFT, v, marks) ||
            confirm_slot(s, from, end, p, SLOTS - 1, v, marks))
            return p;
    }
    return NULL;
}

const char *scan_find(const struct scan *s, const char *bytes, size_t length)
{
    return find(s, bytes, bytes + length, NULL);
}

void scan_mark(const struct scan *s, const char *bytes, size_t length, unsigned char *marks)
{
    find(s, bytes, bytes + length, marks);
}
