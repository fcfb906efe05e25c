/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_GZ_H
#define LINKLOG_GZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * gz - the text of a gzip file (RFC 1952) at any offset, without ever holding all of it.
 *
 * The last 128 KiB or more of the text are kept, so reading on from a line's begin costs nothing;
 * an offset further back is found by inflating from the begin again. Members that follow each other
 * are one text; bytes behind the last that begin no member are not looked at, as gzip(1) does.
 *
 * What is read was written by others: the text ends where a limit is hit, and gz_end says which.
 */

/** A log seldom shrinks to a fiftieth; a bomb to a thousandth. */
struct gz_limits {
    int64_t bytes;   /* of text */
    unsigned ratio;  /* of text to file; counts once there are 64 MiB of text */
    int64_t busy_ms; /* spent inflating */
    unsigned members;
};
/** 16 GiB, 200, 5 minutes, 1,000. */
extern const struct gz_limits gz_limits;

enum gz_end {
    GZ_OPEN = 0, /* not there yet */
    GZ_DONE,     /* the text is whole */
    GZ_DAMAGED,  /* cut off, or a checksum is wrong */
    GZ_BYTES,    /* one of the limits */
    GZ_RATIO,
    GZ_TIME,
    GZ_MEMBERS
};

struct gz;

/** Whether the open file begins like a gzip file. */
bool gz_is(int fd);

/** Bytes of text as the last member says, which is the whole text below 4 GiB if it is the only
 * one; -1: the file is too short to say. */
int64_t gz_said_length(int fd);

/** Borrows @fd and @limits. 0 or -ENOMEM. */
int gz_new(int fd, const struct gz_limits *limits, struct gz **ret_gz);
struct gz *gz_free(struct gz *g);

/**
 * Like pread(2) of the text. Less than @room only at its end, 0 behind it. -EAGAIN: @at is far on
 * and a piece of the way was made, ask again; other -errno: the file cannot be read.
 */
ssize_t gz_read(struct gz *g, char *out, size_t room, int64_t at);

/** Why there is no more text behind gz_length. */
enum gz_end gz_end(const struct gz *g);
/** Bytes of text found so far. */
int64_t gz_length(const struct gz *g);
/** The end as a word for a log line: "damaged", "bytes", ... */
const char *gz_end_name(enum gz_end end);

#endif
