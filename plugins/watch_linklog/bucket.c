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
    struct places at[WIDTH][SIDES][256]; /* where the byte (half) at that distance is this one .. */
    unsigned count[WIDTH][SIDES][256];   /* .. and how many these are */
    bool is_asked[WIDTH][SIDES][256];    /* a window has it */
    struct places open[BUCKETS_MAX][WIDTH][SIDES];
    bool has[BUCKETS_MAX][WIDTH][SIDES][256];
    unsigned passing[BUCKETS_MAX];
};

static unsigned side_of(const struct choice *c, unsigned char byte, unsigned side)
{
    return c->sides == 1 ? byte : side == 0 ? byte & 15u : byte >> 4;
}

static void note_windows(struct choice *c, const struct bucket_window *windows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (unsigned d = 0; d < windows[i].width; d++)
            for (unsigned side = 0; side < c->sides; side++)
                c->is_asked[d][side][side_of(c, windows[i].bytes[d], side)] = true;
}

static void note_sample(struct choice *c, const char *sample, size_t length)
{
    size_t apart = (length - WIDTH - PIECE_PLACES) / PIECES;
    for (size_t place = 0; place < PLACES; place++) {
        const char *p = sample + place / PIECE_PLACES * apart + place % PIECE_PLACES;
        for (unsigned d = 0; d < WIDTH; d++)
            for (unsigned side = 0; side < c->sides; side++) {
                unsigned value = side_of(c, (unsigned char)p[d], side);
                if (!c->is_asked[d][side][value])
                    continue;
                c->at[d][side][value].words[place / 64] |= 1ull << place % 64;
                c->count[d][side][value]++;
            }
    }
}

/* @all: of those, only where bucket @b lets this distance of @w through. */
static void narrow(const struct choice *c, unsigned b, const struct bucket_window *w, unsigned d,
    unsigned side, struct places *all)
{
    const struct places *open = &c->open[b][d][side];
    const struct places *more = &c->at[d][side][side_of(c, w->bytes[d], side)];
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
            for (size_t i = 0; i < WORDS; i++)
                open->words[i] |= c->at[d][side][value].words[i];
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

double bucket_choose(struct bucket_window *windows, size_t count, unsigned buckets, bool by_bytes,
    const char *sample, size_t length)
{
    struct choice *c = sample != NULL && length >= PLACES + WIDTH ? calloc(1, sizeof *c) : NULL;
    for (size_t i = 0; i < count && c == NULL; i++)
        windows[i].bucket = (unsigned)(i * buckets / count);
    if (c == NULL)
        return 0;

    unsigned passing = 0;
    c->sides = by_bytes ? 1 : SIDES;
    note_windows(c, windows, count);
    note_sample(c, sample, length);
    for (size_t i = 0; i < count; i++)
        choose(c, &windows[i], buckets);
    for (unsigned b = 0; b < buckets; b++)
        passing += c->passing[b];
    free(c);
    return (double)passing / PLACES;
}
