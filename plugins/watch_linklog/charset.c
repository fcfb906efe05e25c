/* SPDX-License-Identifier: BSD-2-Clause */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *const charset_names[] = {
    "UTF-8", "CP932", "EUC-JP-MS", "ISO-2022-JP", "UTF-16LE", NULL};

struct charset {
    const char *name; /* of charset_names */
    size_t unit;
    bool is_utf8;
    bool is_stateful; /* ESC begins a sequence: ASCII bytes are not ASCII text */
    iconv_t said;     /* (iconv_t)-1 for UTF-8 */
    iconv_t cp932;    /* fallback */
};

static const iconv_t no_iconv = (iconv_t)-1;

static const char *known_name(const char *name)
{
    for (size_t i = 0; charset_names[i] != NULL; i++)
        if (strcmp(charset_names[i], name) == 0)
            return charset_names[i];
    return NULL;
}

int charset_new(const char *name, struct charset **ret_charset)
{
    const char *known = known_name(name);
    if (known == NULL)
        return -EINVAL;

    struct charset *c = calloc(1, sizeof *c);
    if (c == NULL)
        return -ENOMEM;
    *c = (struct charset){.name = known,
        .unit = strcmp(known, "UTF-16LE") == 0 ? 2 : 1,
        .is_utf8 = strcmp(known, "UTF-8") == 0,
        .is_stateful = strcmp(known, "ISO-2022-JP") == 0,
        .said = no_iconv,
        .cp932 = iconv_open("UTF-8", "CP932")};
    if (!c->is_utf8)
        c->said = iconv_open("UTF-8", known);
    if (c->cp932 == no_iconv || (!c->is_utf8 && c->said == no_iconv)) {
        charset_free(c);
        return -EINVAL;
    }
    *ret_charset = c;
    return 0;
}

struct charset *charset_free(struct charset *c)
{
    if (c == NULL)
        return NULL;
    if (c->said != no_iconv)
        iconv_close(c->said);
    if (c->cp932 != no_iconv)
        iconv_close(c->cp932);
    free(c);
    return NULL;
}

const char *charset_name(const struct charset *c)
{
    return c->name;
}

size_t charset_unit(const struct charset *c)
{
    return c->unit;
}

const char *charset_newline(const char *bytes, size_t length, size_t unit)
{
    if (unit == 1)
        return memchr(bytes, '\n', length);
    for (const char *p = bytes, *end = bytes + length;
         p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        if ((p - bytes) % 2 == 0 && end - p >= 2 && p[1] == '\0')
            return p;
    return NULL;
}

const char *charset_last_newline(const char *bytes, size_t length, size_t unit)
{
    if (unit == 1)
        return memrchr(bytes, '\n', length);
    const char *p = length >= 2 ? bytes + length - 1 : NULL;
    while (p != NULL && (p = memrchr(bytes, '\n', (size_t)(p - bytes))) != NULL)
        if ((p - bytes) % 2 == 0 && p[1] == '\0')
            return p;
    return NULL;
}

/* Length of the UTF-8 character at @s (RFC 3629), 0 if it is none, -1 if it goes on behind @n. */
static int utf8_length(const unsigned char *s, size_t n)
{
    unsigned char a = s[0];
    if (a < 0x80)
        return 1;
    int want = a >= 0xC2 && a <= 0xDF ? 2 : (a & 0xF0) == 0xE0 ? 3 : a >= 0xF0 && a <= 0xF4 ? 4 : 0;
    if (want == 0)
        return 0;
    unsigned char least = a == 0xE0 ? 0xA0 : a == 0xF0 ? 0x90 : 0x80;
    unsigned char most = a == 0xED ? 0x9F : a == 0xF4 ? 0x8F : 0xBF;

    for (int i = 1; i < want; i++) {
        if ((size_t)i >= n)
            return -1;
        if (s[i] < (i == 1 ? least : 0x80) || s[i] > (i == 1 ? most : 0xBF))
            return 0;
    }
    return want;
}

static size_t ascii_run(const char *bytes, size_t length)
{
    size_t i = 0;
    for (uint64_t word; i + 8 <= length; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word & 0x8080808080808080ull)
            break;
    }
    while (i < length && (unsigned char)bytes[i] < 0x80)
        i++;
    return i;
}

/* How many bytes at @s are plain three-byte characters: no lead byte that restricts the next. */
static size_t long_run(const unsigned char *s, size_t length)
{
    size_t i = 0;
    while (i + 3 <= length && s[i] >= 0xE1 && s[i] <= 0xEF && s[i] != 0xED &&
           (s[i + 1] & 0xC0) == 0x80 && (s[i + 2] & 0xC0) == 0x80)
        i += 3;
    return i;
}

/* @ret_long: how many characters of three bytes or more; may be NULL. */
static bool is_utf8(const char *bytes, size_t length, bool is_cut, size_t *ret_long)
{
    const unsigned char *s = (const unsigned char *)bytes;
    size_t count = 0;

    for (size_t i = ascii_run(bytes, length); i < length; i += ascii_run(bytes + i, length - i)) {
        size_t run = long_run(s + i, length - i);
        count += run / 3;
        i += run;
        if (run > 0 || i == length)
            continue;
        int n = utf8_length(s + i, length - i);
        if (n == 0 || (n < 0 && !is_cut))
            return false;
        if (n < 0)
            break;
        count += n >= 3;
        i += (size_t)n;
    }
    if (ret_long != NULL)
        *ret_long = count;
    return true;
}

/* A place to write to, and how much was read to fill it. */
struct target {
    char *text;
    size_t length, room;
    size_t used;
    bool replaced;
};

static bool put(struct target *t, const char *bytes, size_t n)
{
    if (t->length + n >= t->room)
        return false;
    memcpy(t->text + t->length, bytes, n);
    t->length += n;
    return true;
}

static void copy_utf8(struct target *t, const char *bytes, size_t length, bool is_cut)
{
    const unsigned char *s = (const unsigned char *)bytes;

    while (t->used < length) {
        int n = utf8_length(s + t->used, length - t->used);
        if (n < 0 && is_cut)
            return;
        bool good = n > 0;
        size_t step = good ? (size_t)n : 1;
        if (!put(t, good ? bytes + t->used : "\xEF\xBF\xBD", good ? step : 3))
            return;
        t->used += step;
        t->replaced |= !good;
    }
}

/* Runs @cd over the bytes; a byte that does not belong becomes U+FFFD. */
static void convert(
    struct target *t, iconv_t cd, const char *bytes, size_t length, bool is_cut, size_t unit)
{
    char in[512]; /* iconv wants bytes that it may write to, which ours are not */

    iconv(cd, NULL, NULL, NULL, NULL);
    while (t->used < length) {
        size_t have = length - t->used < sizeof in ? length - t->used : sizeof in;
        memcpy(in, bytes + t->used, have);
        char *from = in, *to = t->text + t->length;
        size_t left = have, space = t->room - 1 - t->length, before = space;

        size_t r = iconv(cd, &from, &left, &to, &space);
        int why = r == (size_t)-1 ? errno : 0;
        t->length += before - space;
        t->used += have - left;
        if (why == E2BIG)
            return;
        bool at_end = t->used + left >= length;
        if (why == 0 || (why == EINVAL && !at_end && left < have))
            continue;
        if (why == EINVAL && at_end && is_cut)
            return;
        if (!put(t, "\xEF\xBF\xBD", 3))
            return;
        t->used += left < unit ? left : unit;
        t->replaced = true;
    }
}

static bool try_iconv(struct target *t, iconv_t cd, const char *bytes, size_t length, bool is_cut)
{
    struct target trial = *t;

    convert(&trial, cd, bytes, length, is_cut, 1);
    if (trial.replaced)
        return false;
    *t = trial;
    return true;
}

/* Leaves a byte order mark and NUL characters out: text is a C string further on. */
static size_t tidy(char *text, size_t length)
{
    size_t skip = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (skip == 0 && memchr(text, 0, length) == NULL)
        return length;

    size_t kept = 0;
    for (size_t i = skip; i < length; i++)
        if (text[i] != 0)
            text[kept++] = text[i];
    return kept;
}

static enum charset_way decode_other(
    struct charset *c, struct target *t, const char *bytes, size_t length, bool is_cut)
{
    struct target clean = *t;
    size_t long_count = 0;
    bool could_be_utf8 = c->unit == 1 && !c->is_utf8 && is_utf8(bytes, length, is_cut, &long_count);

    if (!c->is_utf8 && !(could_be_utf8 && long_count >= 2)) {
        convert(t, c->said, bytes, length, is_cut, c->unit);
        if (!t->replaced)
            return CHARSET_AS_SAID;
        *t = clean;
    }
    if (could_be_utf8) {
        copy_utf8(t, bytes, length, is_cut);
        return CHARSET_UTF8;
    }
    if (c->unit == 1 && try_iconv(t, c->cp932, bytes, length, is_cut))
        return CHARSET_CP932;
    *t = clean;
    if (c->is_utf8)
        copy_utf8(t, bytes, length, is_cut);
    else
        convert(t, c->said, bytes, length, is_cut, c->unit);
    return CHARSET_REPLACED;
}

size_t charset_decode(struct charset *c, const char *bytes, size_t length, bool is_cut, char *text,
    size_t room, size_t *ret_used, enum charset_way *ret_way)
{
    struct target t = {.text = text, .room = room};
    enum charset_way way = CHARSET_AS_SAID;
    size_t ascii = c->unit == 1 && !c->is_stateful ? ascii_run(bytes, length) : 0;

    if (length < room && (ascii == length || (c->is_utf8 && is_utf8(bytes, length, false, NULL)))) {
        memcpy(text, bytes, length);
        t.length = t.used = length;
    } else if (c->is_utf8 && is_utf8(bytes, length, is_cut, NULL)) {
        copy_utf8(&t, bytes, length, is_cut);
    } else {
        way = decode_other(c, &t, bytes, length, is_cut);
    }
    t.length = tidy(text, t.length);
    if (ascii != length)
        charset_normalise(text, t.length);
    text[t.length] = '\0';
    *ret_used = t.used;
    if (ret_way != NULL)
        *ret_way = way;
    return t.length;
}

static const char pairs[][2][4] = {
    {"\xE3\x80\x9C", "\xEF\xBD\x9E"}, /* U+301C -> U+FF5E */
    {"\xE2\x88\x92", "\xEF\xBC\x8D"}, /* U+2212 -> U+FF0D */
    {"\xE2\x80\x96", "\xE2\x88\xA5"}, /* U+2016 -> U+2225 */
    {"\xE2\x80\x94", "\xE2\x80\x95"}, /* U+2014 -> U+2015 */
};

static void normalise_character(char *character)
{
    // All that have another form are U+2010..203F, U+2200..223F and U+3000..303F.
    if ((character[0] != '\xE2' && character[0] != '\xE3') || (character[1] & 0xF7) != 0x80)
        return;
    for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++)
        if (memcmp(character, pairs[k][0], 3) == 0)
            memcpy(character, pairs[k][1], 3);
}

void charset_normalise(char *text, size_t length)
{
    for (size_t i = 0; i + 3 <= length;) {
        unsigned char lead = (unsigned char)text[i];
        if (lead < 0x80) {
            i += ascii_run(text + i, length - i);
        } else if ((lead & 0xF0) == 0xE0) {
            normalise_character(text + i);
            i += 3;
        } else {
            i++;
        }
    }
}

const char *charset_other_form(const char *character, size_t length)
{
    for (size_t k = 0; length == 3 && k < sizeof pairs / sizeof pairs[0]; k++)
        for (size_t form = 0; form < 2; form++)
            if (memcmp(character, pairs[k][form], 3) == 0)
                return pairs[k][1 - form];
    return NULL;
}

size_t charset_character(const char *text, size_t length)
{
    int n = length > 0 ? utf8_length((const unsigned char *)text, length) : 0;
    return n > 0 ? (size_t)n : 0;
}
