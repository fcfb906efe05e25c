/* SPDX-License-Identifier: BSD-2-Clause */
#include <endian.h>

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

/* A bit set in each of the eight bytes that is not ASCII that stands for itself; right as far as
 * the first of them. */
static uint64_t marks_of(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    word = le64toh(word);
    // What is below n has its top bit set when n is taken from it, and so may what comes behind it.
    uint64_t quote = (word ^ ones * '"') - ones, backslash = (word ^ ones * '\\') - ones;
    return (word | (word - ones * 0x20) | quote | backslash) & tops;
}

static uint32_t word_at(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Length of the characters of three bytes here whose lead byte does not restrict the next one:
 * nearly all of Japanese. */
static size_t long_run(const char *bytes, size_t length)
{
    size_t i = 0;
    while (length - i >= 4 && bytes[i] != '\xE0' && bytes[i] != '\xED' &&
           (word_at(bytes + i) & word_at("\xF0\xC0\xC0")) == word_at("\xE0\x80\x80"))
        i += 3;
    return i;
}

/* Length of the ASCII here that stands for itself. */
static size_t ascii_run(const char *bytes, size_t length)
{
    size_t i = 0;
    for (; length - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t marks = marks_of(bytes + i);
        if (marks != 0)
            return i + (size_t)__builtin_ctzll(marks) / 8;
    }
    while (i < length && bytes[i] >= 0x20 && bytes[i] < 0x7F && bytes[i] != '"' && bytes[i] != '\\')
        i++;
    return i;
}

/* Length of one character here that stands for itself; 0: it is escaped, or no character. */
static size_t character(const char *bytes, size_t length)
{
    unsigned char c = (unsigned char)bytes[0];
    return c < 0x20 || c == '"' || c == '\\' ? 0 : text_utf8_length(bytes, length);
}

/* How many bytes at @bytes stand for themselves in a JSON string. */
static size_t plain_run(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length) {
        size_t n = ascii_run(bytes + i, length - i);
        n += long_run(bytes + i + n, length - i - n);
        if (n == 0)
            n = character(bytes + i, length - i);
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
