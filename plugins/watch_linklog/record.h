/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_RECORD_H
#define LINKLOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * record - decoded lines that belong together become one record.
 *
 * Without a head pattern each line is a record. With one, a record goes from a line that matches
 * it to the line before the next that does; lines before the first head are records of their own
 * kind too: the first of them begins one. Empty lines belong to the record. At most `max` bytes
 * are held, whatever comes in; what did not fit is counted.
 */

/** Bytes behind the text that may be read, whatever their values. */
enum { RECORD_SLACK = 192 };

struct record {
    char *text; /* lines parted by \n; NUL-terminated */
    size_t length;
    size_t max;
    size_t first_length; /* of the first line */
    unsigned lines;      /* 0: nothing is held */
    uint64_t cut;        /* bytes of the file that are not in text */
    int64_t begin, end;  /* offsets in the file: first byte, byte behind the last */
    char cause[256];     /* the last line that begins with "Caused by: ", without that; or "" */
};

/** @max: bytes of text held, 1 or more. 0 or -ENOMEM. */
int record_init(struct record *r, size_t max);
void record_deinit(struct record *r);

/** Forgets what is held. */
void record_clear(struct record *r);

/**
 * Adds a line of @length bytes, found at @begin..@end of the file (newline included), of which
 * @cut bytes had been left out already.
 */
void record_add(
    struct record *r, const char *line, size_t length, uint64_t cut, int64_t begin, int64_t end);

/**
 * What a person should read: the first line, and "[truncated n]" if n bytes are missing. Writes at
 * most @room bytes, cut at a character's border, and returns the length.
 */
size_t record_summary(const struct record *r, char *out, size_t room);

/**
 * The same failure has the same number, whatever its message and line numbers: a hash of exception
 * classes and of the topmost frame of each (FNV-1a, 64 bits). 0 if the record has no stack trace.
 */
uint64_t record_fingerprint(const struct record *r);

#endif
