/* SPDX-License-Identifier: BSD-2-Clause */
#include "gz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* KEPT is what stays when the window is full: more than the block that is read from it. */
enum { IN_BYTES = 32 * 1024, WINDOW_BYTES = 384 * 1024, KEPT_BYTES = 192 * 1024 };
enum { STRIDE_BYTES = 1024 * 1024, RATIO_FROM_BYTES = 64 * 1024 * 1024 };
/* 16: a gzip header, with its checksum. */
enum { GZIP_WINDOW_BITS = 16 + MAX_WBITS, TRAILER_BYTES = 8 };

const struct gz_limits gz_limits = {
    .bytes = 16LL << 30, .ratio = 200, .busy_ms = 5 * 60 * 1000, .members = 1000};

struct gz {
    int fd;
    const struct gz_limits *limits;
    z_stream stream;
    int64_t in_at; /* offset in the file of what is read next */
    unsigned members;
    int64_t busy_us;
    enum gz_end end;
    int64_t window_at; /* offset in the text of window[0] */
    size_t window_length;
    unsigned char in[IN_BYTES];
    char window[WINDOW_BYTES];
};

static bool has_magic(int fd, int64_t at)
{
    unsigned char magic[3];
    return pread(fd, magic, sizeof magic, at) == (ssize_t)sizeof magic && magic[0] == 0x1F &&
           magic[1] == 0x8B && magic[2] == Z_DEFLATED;
}

bool gz_is(int fd)
{
    return has_magic(fd, 0);
}

int64_t gz_said_length(int fd)
{
    unsigned char b[4];
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < TRAILER_BYTES || pread(fd, b, sizeof b, size - 4) != (ssize_t)sizeof b)
        return -1;
    return (int64_t)(b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
}

int gz_new(int fd, const struct gz_limits *limits, struct gz **ret_gz)
{
    struct gz *g = calloc(1, sizeof *g);
    if (g == NULL || inflateInit2(&g->stream, GZIP_WINDOW_BITS) != Z_OK) {
        free(g);
        return -ENOMEM;
    }
    g->fd = fd;
    g->limits = limits;
    g->members = 1;
    *ret_gz = g;
    return 0;
}

struct gz *gz_free(struct gz *g)
{
    if (g != NULL)
        inflateEnd(&g->stream);
    free(g);
    return NULL;
}

/* The time that was spent stays: going back over and over is what a limit is for too. */
static void rewind_text(struct gz *g)
{
    inflateReset(&g->stream);
    g->stream.avail_in = 0;
    g->in_at = 0;
    g->members = 1;
    g->end = GZ_OPEN;
    g->window_at = 0;
    g->window_length = 0;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void make_room(struct gz *g)
{
    size_t drop = g->window_length - KEPT_BYTES;
    if (WINDOW_BYTES - g->window_length >= IN_BYTES)
        return;
    memmove(g->window, g->window + drop, KEPT_BYTES);
    g->window_at += (int64_t)drop;
    g->window_length = KEPT_BYTES;
}

/* A member is at its end: the next one, or the end of all. */
static void end_member(struct gz *g)
{
    int64_t next = g->in_at - g->stream.avail_in;
    if (!has_magic(g->fd, next)) {
        g->end = GZ_DONE;
    } else if (g->members >= g->limits->members) {
        g->end = GZ_MEMBERS;
    } else {
        g->members++;
        inflateReset(&g->stream);
    }
}

static void check_limits(struct gz *g)
{
    int64_t length = gz_length(g), in = g->in_at - g->stream.avail_in;
    if (g->end != GZ_OPEN)
        return;
    if (length >= g->limits->bytes)
        g->end = GZ_BYTES;
    else if (length > RATIO_FROM_BYTES && length / g->limits->ratio > in)
        g->end = GZ_RATIO;
    else if (g->busy_us / 1000 > g->limits->busy_ms)
        g->end = GZ_TIME;
}

/* Inflates a piece behind what there is. 0 or -errno. */
static int inflate_more(struct gz *g)
{
    if (g->stream.avail_in == 0) {
        ssize_t n = pread(g->fd, g->in, sizeof g->in, g->in_at);
        if (n < 0)
            return -errno;
        g->in_at += n;
        g->stream.next_in = g->in;
        g->stream.avail_in = (uInt)n;
        if (n == 0) {
            g->end = GZ_DAMAGED;
            return 0;
        }
    }
    make_room(g);
    int64_t room = g->limits->bytes - gz_length(g);
    uInt out = (uInt)(WINDOW_BYTES - g->window_length);
    g->stream.next_out = (Bytef *)g->window + g->window_length;
    g->stream.avail_out = room < (int64_t)out ? (uInt)room : out;
    uInt before = g->stream.avail_out;
    int r = inflate(&g->stream, Z_NO_FLUSH);
    g->window_length += before - g->stream.avail_out;
    if (r == Z_STREAM_END)
        end_member(g);
    else if (r != Z_OK && r != Z_BUF_ERROR)
        g->end = GZ_DAMAGED;
    check_limits(g);
    return 0;
}

ssize_t gz_read(struct gz *g, char *out, size_t room, int64_t at)
{
    int64_t begin_us = now_us(), from = gz_length(g);
    int r = 0;

    if (at < g->window_at) {
        rewind_text(g);
        from = 0;
    }
    if (room > KEPT_BYTES)
        room = KEPT_BYTES;
    while (r == 0 && g->end == GZ_OPEN && gz_length(g) < at + (int64_t)room) {
        if (gz_length(g) <= at && gz_length(g) - from >= STRIDE_BYTES)
            r = -EAGAIN;
        else
            r = inflate_more(g);
    }
    g->busy_us += now_us() - begin_us;
    if (r < 0)
        return r;

    int64_t have = gz_length(g) - at;
    if (have <= 0)
        return 0;
    size_t n = have < (int64_t)room ? (size_t)have : room;
    memcpy(out, g->window + (at - g->window_at), n);
    return (ssize_t)n;
}

enum gz_end gz_end(const struct gz *g)
{
    return g->end;
}

int64_t gz_length(const struct gz *g)
{
    return g->window_at + (int64_t)g->window_length;
}

const char *gz_end_name(enum gz_end end)
{
    static const char *const names[] = {
        "open", "done", "damaged", "bytes", "ratio", "time", "members"};
    return names[end];
}
