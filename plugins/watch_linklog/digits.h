/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_DIGITS_H
#define LINKLOG_DIGITS_H

#include <stddef.h>
#include <stdint.h>

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

#endif
