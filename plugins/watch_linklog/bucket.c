/* SPDX-License-Identifier: BSD-2-Clause */
#include "bucket.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 4,
    PIECES = 32, /* of the sample, spread over it */
    PIECE_PLACES = 256,
    PLACES = PIECES * PIECE_PLACES,
    WORDS = PLACES / 64,
    BUCKETS_MAX = 16,
    SIDES = 2 /* halves of a byte; of a whole byte only the first is used */
};

/* A bit for each place that is looked at. */
struct places {
    uint64_t words[WORDS];
};

struct choice {
    unsigned sides;
    /* Which of `at` says where the byte (half) at that distance is this one; 0: no window has it.
     */
    uint16_t index[WIDTH][SIDES][256];
    unsigned count[WIDTH][SIDES][256]; /* how many places these are */
    struct places *at;
    struct places open[BUCKETS_MAX][WIDTH][SIDES];
    bool has[BUCKETS_MAX][WIDTH][SIDES][256];
    unsigned passing[BUCKETS_MAX];
};

static unsigned side_of(const struct choice *c, unsigned char byte, unsigned side)
{
    return c->sides == 1 ? byte : side == 0 ? byte & 15u : byte >> 4;
}

/* Where the byte (half) @value is at distance @d. */
static struct places *places_of(const struct choice *c, unsigned d, unsigned side, unsigned value)
{
    return &c->at[c->index[d][side][value]];
}

/* False without memory. */
static bool note_windows(struct choice *c, const struct bucket_window *windows, size_t count)
{
    uint16_t asked = 0;
    for (size_t i = 0; i < count; i++)
        for (unsigned d = 0; d < windows[i].width; d++)
            for (unsigned side = 0; side < c->sides; side++) {
                uint16_t *index = &c->index[d][side][side_of(c, windows[i].bytes[d], side)];
                if (*index == 0)
                    *index = ++asked;
            }
    c->at = calloc(asked + 1u, sizeof *c->at);
    return c->at != NULL;
}

static void note_sample(struct choice *c, const char *sample, size_t length)
{
    size_t apart = (length - WIDTH - PIECE_PLACES) / PIECES;
    for (size_t place = 0; place < PLACES; place++) {
        const char *p = sample + place / PIECE_PLACES * apart + place % PIECE_PLACES;
        for (unsigned d = 0; d < WIDTH; d++)
            for (unsigned side = 0; side < c->sides; side++) {
                unsigned value = side_of(c, (unsigned char)p[d], side);
                if (c->index[d][side][value] == 0)
                    continue;
                places_of(c, d, side, value)->words[place / 64] |= 1ull << place % 64;
                c->count[d][side][value]++;
            }
    }
}

/* @all: of those, only where bucket @b lets this distance of @w through. */
static void narrow(const struct choice *c, unsigned b, const struct bucket_window *w, unsigned d,
    unsigned side, struct places *all)
{
    const struct places *open = &c->open[b][d][side];
    const struct places *more = places_of(c, d, side, side_of(c, w->bytes[d], side));
    for (size_t i = 0; i < WORDS; i++)
        all->words[i] &= open->words[i] | more->words[i];
}

/* How many places bucket @b would let through with @w. */
static unsigned passing_with(const struct choice *c, unsigned b, const struct bucket_window *w)
{
    struct places all;
    unsigned passing = 0;
    memset(&all, 0xFF, sizeof all);
    for (unsigned d = 0; d < w->width; d++)
        for (unsigned side = 0; side < c->sides; side++)
            narrow(c, b, w, d, side, &all);
    for (size_t i = 0; i < WORDS; i++)
        if (all.words[i] != 0)
            passing += (unsigned)__builtin_popcountll(all.words[i]);
    return passing;
}

/* How much wider bucket @b would stand with @w: what is seldom in the sample counts, too. */
static unsigned wider_with(const struct choice *c, unsigned b, const struct bucket_window *w)
{
    unsigned wider = 0;
    for (unsigned d = 0; d < w->width; d++)
        for (unsigned side = 0; side < c->sides; side++) {
            unsigned value = side_of(c, w->bytes[d], side);
            wider += c->has[b][d][side][value] ? 0 : 1 + c->count[d][side][value];
        }
    return wider;
}

static void open_for(struct choice *c, unsigned b, const struct bucket_window *w)
{
    c->passing[b] = passing_with(c, b, w);
    for (unsigned d = 0; d < WIDTH; d++)
        for (unsigned side = 0; side < c->sides; side++) {
            struct places *open = &c->open[b][d][side];
            if (d >= w->width) {
                memset(open, 0xFF, sizeof *open);
                continue;
            }
            unsigned value = side_of(c, w->bytes[d], side);
            const struct places *more = places_of(c, d, side, value);
            for (size_t i = 0; i < WORDS; i++)
                open->words[i] |= more->words[i];
            c->has[b][d][side][value] = true;
        }
}

static void choose(struct choice *c, struct bucket_window *w, unsigned buckets)
{
    unsigned least = UINT_MAX, narrowest = UINT_MAX;
    for (unsigned b = 0; b < buckets; b++) {
        unsigned wider = wider_with(c, b, w);
        unsigned more = wider == 0 ? 0 : passing_with(c, b, w) - c->passing[b];
        if (more > least || (more == least && wider >= narrowest))
            continue;
        least = more;
        narrowest = wider;
        w->bucket = b;
    }
    open_for(c, w->bucket, w);
}

static struct choice *choice_free(struct choice *c)
{
    if (c != NULL)
        free(c->at);
    free(c);
    return NULL;
}

/* NULL: there is no sample worth the name, or no memory. */
static struct choice *choice_new(const struct bucket_window *windows, size_t count, bool by_bytes,
    const char *sample, size_t length)
{
    struct choice *c = sample != NULL && length >= PLACES + WIDTH ? calloc(1, sizeof *c) : NULL;
    if (c == NULL)
        return NULL;
    c->sides = by_bytes ? 1 : SIDES;
    if (!note_windows(c, windows, count))
        return choice_free(c);
    note_sample(c, sample, length);
    return c;
}

double bucket_choose(struct bucket_window *windows, size_t count, unsigned buckets, bool by_bytes,
    const char *sample, size_t length)
{
    struct choice *c = choice_new(windows, count, by_bytes, sample, length);
    unsigned passing = 0;
    for (size_t i = 0; i < count && c == NULL; i++)
        windows[i].bucket = (unsigned)(i * buckets / count);
    if (c == NULL)
        return 0;

    for (size_t i = 0; i < count; i++)
        choose(c, &windows[i], buckets);
    for (unsigned b = 0; b < buckets; b++)
        passing += c->passing[b];
    choice_free(c);
    return (double)passing / PLACES;
}
