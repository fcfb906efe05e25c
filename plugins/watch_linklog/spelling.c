/* SPDX-License-Identifier: BSD-2-Clause */
#include "spelling.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "charset.h"

enum { CODE_BYTES_MAX = 3, CODES_MAX = 20000 };

struct code {
    uint32_t character; /* its UTF-8 bytes, the first one highest */
    uint8_t length;
    char bytes[CODE_BYTES_MAX];
};

struct spelling {
    struct code *codes; /* sorted by character; of an encoding that is not UTF-8 */
    size_t count;
    bool is_utf8, is_utf16;
};

static uint32_t character_of(const char *utf8, size_t length)
{
    uint32_t c = 0;
    for (size_t i = 0; i < length; i++)
        c = c << 8 | (unsigned char)utf8[i];
    return c;
}

/* Enters @bytes if they are the code of one character. */
static void try_code(struct spelling *s, struct charset *c, const char *bytes, size_t length)
{
    char text[16];
    size_t used;
    enum charset_way way;
    size_t n = charset_decode(c, bytes, length, false, text, sizeof text, &used, &way);

    if (way != CHARSET_AS_SAID || n == 0 || n > sizeof(uint32_t) || s->count == CODES_MAX ||
        charset_character(text, n) != n)
        return;
    struct code *code = &s->codes[s->count++];
    *code = (struct code){.character = character_of(text, n), .length = (uint8_t)length};
    memcpy(code->bytes, bytes, length);
}

/* All codes of up to three bytes; EUC-JP's third byte stands behind a single shift only. */
static void try_all(struct spelling *s, struct charset *c, bool is_euc)
{
    enum { SINGLE_SHIFT = 0x8F };
    const unsigned least = is_euc ? 0xA1 : 0x40;

    for (unsigned a = 1; a < 256; a++) {
        char one[] = {(char)a};
        try_code(s, c, one, 1);
        for (unsigned b = least; a >= 0x80 && b < 256; b++) {
            char two[] = {(char)a, (char)b};
            if (!is_euc || a != SINGLE_SHIFT)
                try_code(s, c, two, 2);
            for (unsigned d = least; is_euc && a == SINGLE_SHIFT && d < 256; d++)
                try_code(s, c, (char[]){(char)a, (char)b, (char)d}, 3);
        }
    }
}

static int compare_codes(const void *a, const void *b)
{
    const struct code *s = a, *t = b;
    return (s->character > t->character) - (s->character < t->character);
}

static int make_table(struct spelling *s, const char *name)
{
    struct charset *c = NULL;
    int r = charset_new(name, &c);
    if (r < 0)
        return r;
    s->codes = calloc(CODES_MAX, sizeof *s->codes);
    if (s->codes != NULL) {
        try_all(s, c, strcmp(name, "EUC-JP-MS") == 0);
        qsort(s->codes, s->count, sizeof *s->codes, compare_codes);
    }
    charset_free(c);
    return s->codes != NULL ? 0 : -ENOMEM;
}

int spelling_new(const char *charset, struct spelling **ret_spelling)
{
    struct spelling *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -ENOMEM;
    s->is_utf8 = strcmp(charset, "UTF-8") == 0;
    s->is_utf16 = strcmp(charset, "UTF-16LE") == 0;
    bool has_table = strcmp(charset, "CP932") == 0 || strcmp(charset, "EUC-JP-MS") == 0;
    int r = has_table ? make_table(s, charset) : s->is_utf8 || s->is_utf16 ? 0 : -EINVAL;
    if (r < 0) {
        spelling_free(s);
        return r;
    }
    *ret_spelling = s;
    return 0;
}

struct spelling *spelling_free(struct spelling *s)
{
    if (s != NULL)
        free(s->codes);
    free(s);
    return NULL;
}

/* The first code of the character in the table; NULL if it has none. */
static const struct code *find_codes(const struct spelling *s, uint32_t character)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->codes[middle].character < character)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->codes[low].character == character ? &s->codes[low] : NULL;
}

static void add_form(struct spellings *forms, const char *bytes, size_t length)
{
    memcpy(forms->all[forms->count].bytes, bytes, length);
    forms->all[forms->count++].length = (unsigned char)length;
}

static void add_utf16(struct spellings *forms, const char *utf8, size_t length)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)utf8[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        c = c << 6 | ((unsigned char)utf8[i] & 0x3F);

    uint32_t high = 0xD800 + ((c - 0x10000) >> 10), low = c < 0x10000 ? c : 0xDC00 + (c & 0x3FF);
    const char units[] = {(char)high, (char)(high >> 8), (char)low, (char)(low >> 8)};
    bool is_pair = c >= 0x10000;
    add_form(forms, is_pair ? units : units + 2, is_pair ? 4 : 2);
}

/* Forms of the one character @utf8 of @length bytes. */
static void forms_of(
    const struct spelling *s, const char *utf8, size_t length, struct spellings *ret_forms)
{
    ret_forms->count = 0;
    if (s->is_utf8 || s->is_utf16) {
        void (*add)(struct spellings *, const char *, size_t) = s->is_utf8 ? add_form : add_utf16;
        const char *other = charset_other_form(utf8, length);
        add(ret_forms, utf8, length);
        if (other != NULL)
            add(ret_forms, other, length);
        return;
    }
    uint32_t character = character_of(utf8, length);
    const struct code *code = find_codes(s, character), *end = s->codes + s->count;
    for (; code != NULL && code < end && code->character == character &&
           ret_forms->count < SPELLINGS_MAX;
         code++)
        add_form(ret_forms, code->bytes, code->length);
}

/* Each of @all followed by each of @next; false, and @all as it was, if that is too much. */
static bool cross(struct spellings *all, const struct spellings *next)
{
    struct spellings made = {0};
    if (all->count * next->count > SPELLINGS_MAX)
        return false;
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0; k < next->count; k++) {
            size_t a = all->all[i].length, b = next->all[k].length;
            if (a + b > SPELLING_BYTES_MAX)
                return false;
            memcpy(made.all[made.count].bytes, all->all[i].bytes, a);
            memcpy(made.all[made.count].bytes + a, next->all[k].bytes, b);
            made.all[made.count++].length = (unsigned char)(a + b);
        }
    *all = made;
    return true;
}

bool spelling_of(
    const struct spelling *s, const char *text, size_t length, struct spellings *ret_spellings)
{
    struct spellings all = {.count = 1}, next;

    for (size_t i = 0, n; i < length; i += n) {
        n = charset_character(text + i, length - i);
        // A byte that did not belong is read as this one, whatever it was.
        if (n == 0 || (n == 3 && memcmp(text + i, "\xEF\xBF\xBD", 3) == 0))
            return false;
        forms_of(s, text + i, n, &next);
        if (!cross(&all, &next))
            break;
        if (all.count == 0)
            break;
    }
    *ret_spellings = all;
    return all.count == 0 || all.all[0].length > 0;
}
