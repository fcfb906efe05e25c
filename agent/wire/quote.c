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

static uint32_t word_at(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Whether a character of three bytes begins here whose lead byte does not restrict the next one:
 * nearly all of Japanese. */
static bool is_plain_long(const char *bytes, size_t length)
{
    unsigned char lead = (unsigned char)bytes[0];
    return length >= 4 && lead != 0xE0 && lead != 0xED &&
           (word_at(bytes) & word_at("\xF0\xC0\xC0")) == word_at("\xE0\x80\x80");
}

/* Whether each of the eight bytes is ASCII that stands for itself. */
static bool is_plain_word(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    // A byte below n leaves its top bit set when n is taken from it; of bytes >= 0x80 the top bit
    // is set as it is.
    uint64_t quote = (word ^ ones * '"') - ones, backslash = (word ^ ones * '\\') - ones;
    return ((word | (word - ones * 0x20) | quote | backslash) & tops) == 0;
}

/* How many bytes at @bytes stand for themselves in a JSON string. */
static size_t plain_run(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length) {
        unsigned char c = (unsigned char)bytes[i];
        size_t n = 1;
        if (c >= 0x80)
            n = is_plain_long(bytes + i, length - i) ? 3 : text_utf8_length(bytes + i, length - i);
        else if (length - i >= sizeof(uint64_t) && is_plain_word(bytes + i))
            n = sizeof(uint64_t);
        else if (c < 0x20 || c == '"' || c == '\\')
            break;
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
