/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_LINES_H
#define HM_WATCH_QUEUE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * lines - how many records a text has, one a line, taken in part by part. A line ends in LF, the
 * last one also where the text ends; one that holds nothing but CR and the end-of-file mark 0x1A is
 * none. Bytes are counted, which is right for UTF-8, CP932 and EUC-JP: no character of theirs holds
 * LF or a quotation mark in a byte.
 */

enum lines_form {
    LINES_NONE, /* not counted */
    LINES_PLAIN,
    LINES_CSV /* RFC 4180: a line break between quotation marks ends no record */
};

/** {0} is a text of which nothing was seen. */
struct lines {
    uint64_t ended;
    bool has_text;  /* the line that goes on holds something */
    bool is_quoted; /* ... and is between quotation marks */
};

void lines_take(struct lines *l, enum lines_form form, const char *bytes, size_t length);

/** Records seen, the line that did not end among them, less @skip that are none (heads, trailers).
 */
uint64_t lines_count(const struct lines *l, uint64_t skip);

#endif
