/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/number.h"

#include <stdbool.h>
#include <string.h>

/* With which digits begin, of either width. */
static const char first_bytes[] = "0123456789\xEF";

enum { NUMBER_DIGITS = 12, GROUP_DIGITS = 4, GROUPS_LEAST = 3 };

/* Bytes of the digit at @p: 1, of full width (U+FF10 to U+FF19) 3, none 0. */
static size_t digit_bytes(const char *p)
{
    if (*p >= '0' && *p <= '9')
        return 1;
    const unsigned char *u = (const unsigned char *)p;
    return u[0] == 0xEF && u[1] == 0xBC && u[2] >= 0x90 && u[2] <= 0x99 ? 3 : 0;
}

/* Bytes of what may part the groups of a number: a blank or a hyphen in any of their forms. */
static size_t separator_bytes(const char *p)
{
    static const char *const forms[] = {" ", "-", "　", "－", "‐", "−"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(p, forms[i], strlen(forms[i])) == 0)
            return strlen(forms[i]);
    return 0;
}

/* The digits that stand at @p without a gap; their bytes in @ret_bytes. */
static size_t count_digits(const char *p, size_t *ret_bytes)
{
    size_t count = 0, n;
    *ret_bytes = 0;
    for (; (n = digit_bytes(p + *ret_bytes)) > 0; count++)
        *ret_bytes += n;
    return count;
}

/* Bytes of the groups of four digits at @p with one separator between each two; 0: fewer than
 * three. More than three are not an individual number, but nobody's business either. */
static size_t grouped_bytes(const char *p)
{
    size_t at = 0, groups = 0;
    for (;; groups++) {
        size_t bytes, gap = groups > 0 ? separator_bytes(p + at) : 0;
        if ((groups > 0 && gap == 0) || count_digits(p + at + gap, &bytes) != GROUP_DIGITS)
            return groups >= GROUPS_LEAST ? at : 0;
        at += gap + bytes;
    }
}

/* Bytes of the number at @p, or of the digits that stand there and are none of ours (*ret_is_hidden
 * is false); 0: no digit stands there. */
static size_t number_bytes(const char *p, bool *ret_is_hidden)
{
    size_t bytes, digits = count_digits(p, &bytes);
    size_t grouped = digits == GROUP_DIGITS ? grouped_bytes(p) : 0;
    *ret_is_hidden = digits == NUMBER_DIGITS || grouped > 0;
    return grouped > 0 ? grouped : bytes;
}

void number_each_digit(const char *text, void (*fn)(void *arg, size_t at, size_t bytes), void *arg)
{
    for (size_t at = strcspn(text, first_bytes); text[at] != '\0';) {
        bool is_hidden;
        size_t step, bytes = number_bytes(text + at, &is_hidden);
        size_t end = at + (bytes > 0 ? bytes : 1);
        for (; is_hidden && at < end; at += step) {
            size_t digit = digit_bytes(text + at);
            if (digit > 0)
                fn(arg, at, digit);
            step = digit > 0 ? digit : 1;
        }
        at = end + strcspn(text + end, first_bytes);
    }
}
