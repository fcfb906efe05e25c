/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/wire.h"

static void add_escaped(struct text *t, unsigned char c)
{
    static const char letters[] = {['"'] = '"',
        ['\\'] = '\\',
        ['\b'] = 'b',
        ['\f'] = 'f',
        ['\n'] = 'n',
        ['\r'] = 'r',
        ['\t'] = 't'};
    char escape[6] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};

    if (c < sizeof letters && letters[c] != '\0') {
        escape[1] = letters[c];
        text_add_bytes(t, escape, 2);
    } else {
        text_add_bytes(t, escape, 6);
    }
}

/* Whether a character of three bytes begins here whose lead byte does not restrict the next one:
 * nearly all of Japanese. */
static bool is_plain_long(const char *bytes, size_t length)
{
    unsigned char lead = (unsigned char)bytes[0];
    return length >= 3 && lead >= 0xE1 && lead <= 0xEF && lead != 0xED &&
           (bytes[1] & 0xC0) == 0x80 && (bytes[2] & 0xC0) == 0x80;
}

/* How many bytes at @bytes stand for themselves in a JSON string. */
static size_t plain_run(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        size_t n = c < 0x80                               ? 1
                   : is_plain_long(bytes + i, length - i) ? 3
                                                          : text_utf8_length(bytes + i, length - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

void wire_add_quoted(struct text *t, const char *bytes, size_t length)
{
    text_add_char(t, '"');
    while (length > 0) {
        size_t n = plain_run(bytes, length);
        text_add_bytes(t, bytes, n);
        bytes += n;
        length -= n;
        if (length == 0)
            break;
        if ((unsigned char)*bytes < 0x80)
            add_escaped(t, (unsigned char)*bytes);
        else
            text_add(t, "\xEF\xBF\xBD");
        bytes++;
        length--;
    }
    text_add_char(t, '"');
}
