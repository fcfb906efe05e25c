/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/visible.h"

#include <stdbool.h>

static bool is_control(const unsigned char *at, size_t left)
{
    return at[0] < 0x20 || at[0] == 0x7f ||
           (at[0] == 0xc2 && left > 1 && at[1] >= 0x80 && at[1] < 0xa0);
}

/* Bytes of the character at @at, 1..@left; one that is broken off ends where it does. */
static size_t width(const unsigned char *at, size_t left)
{
    size_t whole = at[0] < 0xc0 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    size_t n = 1;

    while (n < whole && n < left && (at[n] & 0xc0) == 0x80)
        n++;
    return n;
}

char *visible_line(char *ret, size_t room, const char *bytes, size_t length)
{
    const unsigned char *from = (const unsigned char *)bytes;
    size_t written = 0;

    for (size_t i = 0; i < length && from[i] != '\n' && from[i] != '\0';) {
        size_t n = width(from + i, length - i);
        bool hidden = is_control(from + i, length - i);
        if (written + (hidden ? 1 : n) >= room)
            break;
        if (hidden && from[i] != '\r')
            ret[written++] = '?';
        for (size_t k = 0; !hidden && k < n; k++)
            ret[written++] = bytes[i + k];
        i += n;
    }
    while (written > 0 && ret[written - 1] == ' ')
        written--;
    ret[written] = '\0';
    return ret;
}
