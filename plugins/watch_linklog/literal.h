/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_LITERAL_H
#define LINKLOG_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * literal - strings of which each match of a pattern holds at least one.
 *
 * Reads the pattern's syntax as far as it is sure of it. What it does not know for sure counts as
 * "anything", and a construct that changes the meaning of others (case folding, conditions,
 * recursion) makes the whole pattern unknown: a string too many costs time, one too few would
 * cost a line.
 */

enum { LITERAL_BYTES_MAX = 32, LITERALS_MAX = 24 };

struct literals {
    size_t count;
    struct {
        unsigned char length;
        char bytes[LITERAL_BYTES_MAX];
    } all[LITERALS_MAX];
};

/**
 * @pattern as charset_normalise left it. @sample: UTF-8 text of the log itself, in which the
 * strings chosen are seldom; NULL: chosen by experience. False: nothing is known, each line may
 * match.
 */
bool literals_of(
    const char *pattern, const char *sample, size_t sample_length, struct literals *ret_literals);

/** How seldom @bytes is in a log, by experience with letters; more is better. */
unsigned literal_weight(const char *bytes, size_t length);

#endif
