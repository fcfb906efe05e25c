/* SPDX-License-Identifier: BSD-2-Clause */
#include "visible.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Length of the UTF-8 sequence at @s and its code point; 0 if it is none. */
static size_t decode(const unsigned char *s, uint32_t *ret_code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (length == 0 || s[0] > 0xf4)
        return 0;
    uint32_t code = length == 1 ? s[0] : s[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fU);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return length;
}

static bool is_in(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

static bool must_be_written_out(uint32_t code)
{
    return code < 0x20 || is_in(code, 0x7f, 0x9f) || is_in(code, 0x200b, 0x200f) ||
           is_in(code, 0x2028, 0x202e) || is_in(code, 0x2060, 0x2069) || code == 0xfeff;
}

const char *visible_name(char *ret, size_t room, const char *name)
{
    size_t used = 0;
    for (const unsigned char *s = (const unsigned char *)name; *s != '\0';) {
        char piece[16];
        uint32_t code = 0;
        size_t length = decode(s, &code);
        if (length == 0)
            snprintf(piece, sizeof piece, "\\x%02x", *s);
        else if (must_be_written_out(code))
            snprintf(piece, sizeof piece, "\\x{%x}", (unsigned)code);
        else if (code == '\\')
            snprintf(piece, sizeof piece, "\\\\");
        else
            snprintf(piece, sizeof piece, "%.*s", (int)length, (const char *)s);
        size_t wanted = strlen(piece);
        // Two points say that it was cut.
        if (used + wanted + 3 > room) {
            memcpy(ret + used, "..", 2);
            used += 2;
            break;
        }
        memcpy(ret + used, piece, wanted);
        used += wanted;
        s += length == 0 ? 1 : length;
    }
    ret[used] = '\0';
    return ret;
}
