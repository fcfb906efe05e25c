/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_DIGITS_H
#define LINKLOG_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * digits - whole numbers as text, without printf(3): some are written for each line that matches.
 */

enum { DIGITS_MAX = 20 };

/** Writes @number, its last digit just before @end, DIGITS_MAX bytes at most. Returns its first. */
static inline char *digits_unsigned(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return end;
}

static inline char *digits_signed(char *end, int64_t number)
{
    if (number >= 0)
        return digits_unsigned(end, (uint64_t)number);
    end = digits_unsigned(end, 0 - (uint64_t)number);
    *--end = '-';
    return end;
}

/** Writes @number to @out, DIGITS_MAX bytes at most. Returns the byte behind it. */
static inline char *digits_append(char *out, int64_t number)
{
    char digits[DIGITS_MAX], *end = digits + sizeof digits;
    const char *first = digits_signed(end, number);
    memcpy(out, first, (size_t)(end - first));
    return out + (end - first);
}

#endif
