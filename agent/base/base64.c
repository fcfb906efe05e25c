/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct text *t, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t have = length - i < 3 ? length - i : 3;
        uint32_t word = (uint32_t)at[i] << 16;
        word |= have > 1 ? (uint32_t)at[i + 1] << 8 : 0;
        word |= have > 2 ? at[i + 2] : 0;
        text_add_char(t, digits[word >> 18]);
        text_add_char(t, digits[word >> 12 & 63]);
        text_add_char(t, have > 1 ? digits[word >> 6 & 63] : '=');
        text_add_char(t, have > 2 ? digits[word & 63] : '=');
    }
}

/* The 24 bits of four digits; how many bytes they are, 0: they are none. */
static size_t take_word(const char *four, uint32_t *ret)
{
    size_t filled = four[3] != '=' ? 4 : four[2] != '=' ? 3 : 2;
    *ret = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *digit = i < filled ? strchr(digits, four[i]) : digits;
        if (digit == NULL)
            return 0;
        *ret = *ret << 6 | (uint32_t)(digit - digits);
    }
    uint32_t unused = filled == 4 ? 0 : filled == 3 ? 0xff : 0xffff;
    return (*ret & unused) == 0 ? filled - 1 : 0;
}

bool base64_decode(struct text *t, const char *text)
{
    size_t length = strlen(text);
    bool is_good = length % 4 == 0;
    for (size_t i = 0; is_good && i < length; i += 4) {
        uint32_t word;
        size_t bytes = take_word(text + i, &word);
        const char three[] = {
            (char)(word >> 16 & 0xff), (char)(word >> 8 & 0xff), (char)(word & 0xff)};
        is_good = bytes == 3 || (bytes > 0 && i + 4 == length);
        if (is_good)
            text_add_bytes(t, three, bytes);
    }
    return is_good;
}
