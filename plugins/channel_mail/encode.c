/* SPDX-License-Identifier: BSD-2-Clause */
#include "encode.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_MAX_CHARACTERS = 76, /* RFC 2045, 6.7 and 6.8; RFC 2047, 2 */
    LINE_BYTES_MAX = 998,     /* RFC 5322, 2.1.1: what a server must take */
    WORD_MAX = 900,           /* of a header: a line cannot be folded inside a word */
    WIDEST = 8                /* bytes that one byte of UTF-8 may become, escapes included */
};

static const char *charset_name(enum encode_charset charset)
{
    return charset == ENCODE_ISO_2022_JP ? "ISO-2022-JP" : "UTF-8";
}

bool encode_available(enum encode_charset charset)
{
    iconv_t to = iconv_open(charset_name(charset), "UTF-8");

    if (to == (iconv_t)-1)
        return false;
    iconv_close(to);
    return true;
}

/* Bytes of the character at @s, 0 when it is none (RFC 3629). */
static size_t character(const unsigned char *s)
{
    size_t n = s[0] < 0x80                    ? 1
               : s[0] >= 0xc2 && s[0] < 0xe0  ? 2
               : (s[0] & 0xf0) == 0xe0        ? 3
               : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                              : 0;

    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

static bool is_control(const unsigned char *s, bool keep_lines)
{
    return (s[0] < 0x20 && !(keep_lines && s[0] == '\n')) || s[0] == 0x7f ||
           (s[0] == 0xc2 && s[1] < 0xa0);
}

/* A copy that is UTF-8 and has no control characters, but for LF where lines are kept. */
static char *clean(const char *text, bool keep_lines)
{
    const unsigned char *s = (const unsigned char *)text;
    char *ret = malloc(3 * strlen(text) + 1);
    size_t length = 0;

    for (size_t n; ret != NULL && *s != '\0'; s += n == 0 ? 1 : n) {
        n = character(s);
        if (n == 0) {
            memcpy(ret + length, "\xef\xbf\xbd", 3);
            length += 3;
        } else if (is_control(s, keep_lines)) {
            ret[length++] = ' ';
        } else {
            memcpy(ret + length, s, n);
            length += n;
        }
    }
    if (ret != NULL)
        ret[length] = '\0';
    return ret;
}

size_t encode_cut(const char *text, size_t most)
{
    size_t n = strnlen(text, most + 1);

    if (n <= most)
        return n;
    for (n = most; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
        n--;
    return n;
}

/* ---- character sets ---------------------------------------------------------------------- */

struct conversion {
    iconv_t to;
    char *at;
    size_t left;
};

/* One stretch; false: its beginning cannot be said, *from is where. */
static bool convert(struct conversion *c, char **from, size_t *length)
{
    return iconv(c->to, from, length, &c->at, &c->left) != (size_t)-1;
}

/* What JIS has for "no such character", else a question mark. */
static void replace(struct conversion *c)
{
    char geta[] = "\xe3\x80\x93", question[] = "?";
    char *from = geta;
    size_t length = 3;

    if (convert(c, &from, &length))
        return;
    from = question;
    length = 1;
    convert(c, &from, &length);
}

/* @length bytes of clean UTF-8 in @charset, complete (its shift state is ASCII at the end). The
 * caller frees it; NULL: no memory. */
static char *in_charset(
    enum encode_charset charset, const char *text, size_t length, size_t *ret_length)
{
    size_t room = WIDEST * length + WIDEST;
    char *copy = strndup(text, length), *ret = malloc(room), *from = copy;
    struct conversion c = {
        .to = iconv_open(charset_name(charset), "UTF-8"), .at = ret, .left = room};

    if (copy == NULL || ret == NULL || c.to == (iconv_t)-1) {
        free(ret);
        ret = NULL;
    }
    while (ret != NULL && length > 0 && !convert(&c, &from, &length)) {
        size_t n = character((const unsigned char *)from);
        n = n == 0 || n > length ? 1 : n;
        from += n;
        length -= n;
        replace(&c);
    }
    if (ret != NULL) {
        iconv(c.to, NULL, NULL, &c.at, &c.left);
        *ret_length = (size_t)(c.at - ret);
    }
    if (c.to != (iconv_t)-1)
        iconv_close(c.to);
    free(copy);
    return ret;
}

/* ---- base64 ------------------------------------------------------------------------------ */

/* @line: characters after which CRLF is put, a multiple of 4; 0: never. */
static void put_base64(FILE *out, const char *bytes, size_t length, size_t line)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = (const unsigned char *)bytes;
    size_t column = 0;

    for (size_t i = 0; i < length; i += 3) {
        size_t n = length - i < 3 ? length - i : 3;
        unsigned v = (unsigned)b[i] << 16 | (n > 1 ? (unsigned)b[i + 1] << 8 : 0) |
                     (n > 2 ? (unsigned)b[i + 2] : 0);
        const char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
            n > 1 ? digits[v >> 6 & 63] : '=', n > 2 ? digits[v & 63] : '='};
        fwrite(four, 1, sizeof four, out);
        column += sizeof four;
        if (column == line || (line > 0 && i + 3 >= length)) {
            fputs("\r\n", out);
            column = 0;
        }
    }
}

/* ---- headers ----------------------------------------------------------------------------- */

/* Whether it can stand as it is, folded between its words. */
static bool is_plain(const char *value)
{
    size_t word = 0;

    for (const char *c = value; *c != '\0'; c++) {
        word = *c == ' ' ? 0 : word + 1;
        if (*c < ' ' || *c > '~' || word > WORD_MAX)
            return false;
    }
    return strstr(value, "=?") == NULL;
}

/* @column: of the first line, where the header's name is. A line is never blanks only. */
static void put_folded(FILE *out, const char *value, size_t column)
{
    bool is_first = true;

    for (const char *at = value; *at != '\0';) {
        size_t blanks = strspn(at, " "), whole = blanks + strcspn(at + blanks, " ");
        if (!is_first && whole > blanks && column + whole > LINE_MAX_CHARACTERS) {
            fputs("\r\n", out);
            column = 0;
        }
        fwrite(at, 1, whole, out);
        column += whole;
        at += whole;
        is_first = false;
    }
}

/* Writes as many characters of @value as fit in a word of @room; returns their bytes. At least one
 * character, so that it ends. */
static size_t put_word(FILE *out, enum encode_charset charset, const char *value, size_t room)
{
    char *best = NULL;
    size_t best_length = 0, taken = 0;

    for (size_t n = 0; value[n] != '\0';) {
        size_t length, step = character((const unsigned char *)value + n);
        char *bytes = in_charset(charset, value, n + step, &length);
        size_t whole = strlen(charset_name(charset)) + 7 + (length + 2) / 3 * 4;
        if (bytes == NULL || (best != NULL && whole > room)) {
            free(bytes);
            break;
        }
        free(best);
        best = bytes;
        best_length = length;
        taken = n += step;
    }
    if (best == NULL)
        return strlen(value);
    fprintf(out, "=?%s?B?", charset_name(charset));
    put_base64(out, best, best_length, 0);
    fputs("?=", out);
    free(best);
    return taken;
}

void encode_header(FILE *out, enum encode_charset charset, const char *name, const char *value)
{
    char *text = clean(value, false);
    size_t room = LINE_MAX_CHARACTERS - strlen(name) - 2;

    if (text == NULL)
        return;
    fprintf(out, "%s: ", name);
    if (is_plain(text)) {
        put_folded(out, text, strlen(name) + 2);
    } else {
        for (size_t at = 0; text[at] != '\0';) {
            if (at > 0)
                fputs("\r\n ", out);
            at += put_word(out, charset, text + at, room);
            room = LINE_MAX_CHARACTERS - 1;
        }
    }
    fputs("\r\n", out);
    free(text);
}

/* ---- body -------------------------------------------------------------------------------- */

/* Text has CRLF between its lines, inside the base64 too (RFC 2045, 6.8). */
static char *with_line_ends(char *text)
{
    char *ret = text == NULL ? NULL : malloc(2 * strlen(text) + 1);
    char *to = ret;

    for (const char *s = text; ret != NULL && *s != '\0'; s++) {
        if (*s == '\n')
            *to++ = '\r';
        *to++ = *s;
    }
    if (ret != NULL)
        *to = '\0';
    free(text);
    return ret;
}

/* Whether a mailbox file may take the line at @bytes for the beginning of the next mail. */
static bool parts_mails(const char *bytes, size_t length)
{
    return length >= 5 && memcmp(bytes, "From ", 5) == 0;
}

/* Whether lines of @bytes, which end in CRLF, may go as they are: none is too long, and none begins
 * as mailboxes part their mails. */
static bool lines_fit(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\r', length - at);
        size_t n = end == NULL ? length - at : (size_t)(end - bytes) - at;
        if (n > LINE_BYTES_MAX || parts_mails(bytes + at, n))
            return false;
        at += n + 2;
    }
    return true;
}

/* Whether the byte at @i must be written as "=XX" in quoted-printable (RFC 2045, 6.7): blanks
 * before a line's end, and what may mean something to a server or a mailbox at its beginning. */
static bool is_quoted(const char *bytes, size_t length, size_t i)
{
    bool is_begin = i == 0 || bytes[i - 1] == '\n';
    bool is_end = i + 1 == length || bytes[i + 1] == '\r';

    return bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '=' || (bytes[i] == ' ' && is_end) ||
           (is_begin && (bytes[i] == '.' || parts_mails(bytes + i, length - i)));
}

static void put_quoted(FILE *out, const char *bytes, size_t length)
{
    size_t column = 0;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n') {
            fputs("\r\n", out);
            column = 0;
            i++;
            continue;
        }
        bool quoted = is_quoted(bytes, length, i);
        size_t width = quoted ? 3 : 1;
        if (column + width >= LINE_MAX_CHARACTERS) {
            fputs("=\r\n", out);
            column = 0;
        }
        fprintf(out, quoted ? "=%02X" : "%c", (unsigned char)bytes[i]);
        column += width;
    }
}

/* Whether quoted-printable is shorter than base64. */
static bool is_mostly_ascii(const char *bytes, size_t length)
{
    size_t ascii = 0;

    for (size_t i = 0; i < length; i++)
        ascii += (unsigned char)bytes[i] < 0x80;
    return ascii + 3 * (length - ascii) < length / 3 * 4;
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

enum transfer { TRANSFER_7BIT, TRANSFER_QUOTED, TRANSFER_BASE64 };

static enum transfer transfer_of(
    bool ascii, enum encode_charset charset, const char *bytes, size_t length)
{
    if ((ascii || charset == ENCODE_ISO_2022_JP) && lines_fit(bytes, length))
        return TRANSFER_7BIT;
    if (ascii || (charset == ENCODE_UTF8 && is_mostly_ascii(bytes, length)))
        return TRANSFER_QUOTED;
    return TRANSFER_BASE64;
}

static void put_body(FILE *out, enum transfer transfer, const char *bytes, size_t length)
{
    switch (transfer) {
    case TRANSFER_7BIT:
        fwrite(bytes, 1, length, out);
        break;
    case TRANSFER_QUOTED:
        put_quoted(out, bytes, length);
        break;
    case TRANSFER_BASE64:
        put_base64(out, bytes, length, LINE_MAX_CHARACTERS);
        break;
    }
}

void encode_body(FILE *out, enum encode_charset charset, const char *text)
{
    static const char *const names[] = {"7bit", "quoted-printable", "base64"};
    size_t length = 0;
    char *lines = with_line_ends(clean(text, true));
    bool ascii = lines != NULL && is_ascii(lines);
    char *bytes = lines == NULL ? NULL : in_charset(charset, lines, strlen(lines), &length);
    enum transfer transfer =
        bytes == NULL ? TRANSFER_7BIT : transfer_of(ascii, charset, bytes, length);

    fprintf(out,
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=%s\r\n"
        "Content-Transfer-Encoding: %s\r\n\r\n",
        ascii ? "us-ascii" : charset_name(charset), names[transfer]);
    if (bytes != NULL)
        put_body(out, transfer, bytes, length);
    free(bytes);
    free(lines);
}
