/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the marks that are left on a line pair is asked at each mark that opens: it is counted
 * once, from the end of the text to its beginning. Brackets are looked for in a bounded stretch. So
 * the work stays linear in the text whatever stands in it.
 */
#include "notify/quotation.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Marks that open and close alike. */
static const char *const alike[] = {"\"", "'", "＂", "＇"};
enum { ALIKE = sizeof alike / sizeof alike[0], APOSTROPHE = 1 };

static const char *const brackets[][2] = {
    {"「", "」"}, {"『", "』"}, {"｢", "｣"}, {"“", "”"}, {"‘", "’"}, {"〝", "〟"}, {"«", "»"}};
enum { BRACKETS = sizeof brackets / sizeof brackets[0], SINGLE = 4 };

enum { BRACKET_BYTES_MAX = 4096 /* what is not closed within goes on to the end of all */ };

struct scan {
    const char *text;
    size_t length;
    /* Bit k: of the marks alike[k] from here to the end of the line, those behind an even number
     * of backslashes are odd in number. Bit ALIKE + k: those behind an odd one. */
    uint8_t *odd;
    bool *is_taken;    /* an apostrophe that closes what a backtick opened */
    size_t values_end; /* behind the last brackets of values */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_letter(c) || is_digit(c);
}

/* The byte at @at, NUL outside. */
static char byte_at(const struct scan *s, size_t at)
{
    return at < s->length ? s->text[at] : '\0';
}

/* With which marks begin that open something; most texts have none of them. */
static const char first_bytes[] = "\"'`(\xC2\xE2\xE3\xEF";

/* Whether the bytes at @at may begin a mark that opens something: those of most texts do not. What
 * is not ASCII begins with two bytes that few other characters begin with. */
static bool may_begin(const char *text, size_t at)
{
    switch ((unsigned char)text[at]) {
    case '"':
    case '\'':
    case '`':
    case '(':
        return true;
    case 0xC2:
        return text[at + 1] == "«"[1];
    case 0xE2:
        return text[at + 1] == "“"[1];
    case 0xE3:
        return text[at + 1] == "「"[1];
    case 0xEF:
        return text[at + 1] == "（"[1] || text[at + 1] == "｢"[1];
    default:
        return false;
    }
}

static bool stands_at(const struct scan *s, size_t at, const char *what)
{
    if (byte_at(s, at) != what[0])
        return false; // so it is nearly everywhere
    size_t n = strlen(what);
    return s->length - at >= n && memcmp(s->text + at, what, n) == 0;
}

static bool ends_at(const struct scan *s, size_t end, const char *what)
{
    size_t n = strlen(what);
    return end >= n && memcmp(s->text + end - n, what, n) == 0;
}

static size_t line_end(const struct scan *s, size_t at)
{
    const char *feed = at < s->length ? memchr(s->text + at, '\n', s->length - at) : NULL;
    return feed != NULL ? (size_t)(feed - s->text) : s->length;
}

static size_t backslashes_before(const struct scan *s, size_t at)
{
    size_t n = 0;
    while (n < at && s->text[at - n - 1] == '\\')
        n++;
    return n;
}

/* ---- apostrophes ------------------------------------------------------------------------- */

/* N'..' of databases, b'..' of Python: one such letter, at the beginning of something. */
static bool is_after_prefix(const struct scan *s, size_t at)
{
    if (at == 0 || strchr("NnEeXxBbUu", s->text[at - 1]) == NULL)
        return false;
    return at == 1 || strchr(" \t\n=(,[{:;", s->text[at - 2]) != NULL ||
           ((unsigned char)s->text[at - 2] & 0x80) != 0;
}

static bool is_in_a_word(const struct scan *s, size_t at)
{
    return at > 0 && is_word(s->text[at - 1]) && is_letter(byte_at(s, at + 1)) &&
           !is_after_prefix(s, at);
}

/* What follows a word opens only what cannot be a word's end: ID'１２３' but not the users' files.
 */
static bool may_open(const struct scan *s, size_t at)
{
    char next = byte_at(s, at + 1);
    return at == 0 || !is_word(s->text[at - 1]) || is_after_prefix(s, at) || is_digit(next) ||
           ((unsigned char)next & 0x80) != 0;
}

/* ---- marks that open and close alike ----------------------------------------------------- */

/* Which of them stands at @at; ALIKE: none. */
static size_t mark_at(const struct scan *s, size_t at)
{
    if (at >= s->length || !may_begin(s->text, at))
        return ALIKE;
    for (size_t k = 0; k < ALIKE; k++)
        if (stands_at(s, at, alike[k]))
            return k == APOSTROPHE && (s->is_taken[at] || is_in_a_word(s, at)) ? ALIKE : k;
    return ALIKE;
}

/* Where `.. or `..' ends, looked for from @from; the end of the line: nowhere. */
static size_t backtick_end(const struct scan *s, size_t from)
{
    size_t end = line_end(s, from);
    for (size_t at = from; at < end; at++)
        if (s->text[at] == '`' || s->is_taken[at] || mark_at(s, at) == APOSTROPHE)
            return at;
    return end;
}

static void take_apostrophes(struct scan *s)
{
    s->is_taken = alloc_array(s->length + 1, sizeof *s->is_taken);
    for (size_t at = 0; at < s->length; at++) {
        if (s->text[at] != '`')
            continue;
        at = backtick_end(s, at + 1);
        s->is_taken[at] = byte_at(s, at) == '\'';
    }
}

static void count_marks(struct scan *s)
{
    uint8_t odd = 0;
    s->odd = alloc_array(s->length + 1, sizeof *s->odd);
    for (size_t at = s->length; at-- > 0;) {
        size_t mark = mark_at(s, at);
        if (s->text[at] == '\n')
            odd = 0;
        else if (mark < ALIKE)
            odd ^= (uint8_t)(1U << (mark + (backslashes_before(s, at) % 2 != 0 ? ALIKE : 0)));
        s->odd[at] = odd;
    }
}

static bool closes(const struct scan *s, size_t at, size_t mark, bool is_escaped)
{
    return mark_at(s, at) == mark && (backslashes_before(s, at) % 2 != 0) == is_escaped;
}

/* Where the quotation that begins at @from ends and, in *ret_next, what follows it; its line
 * closes it. */
static size_t end_on_line(
    const struct scan *s, size_t from, size_t mark, bool is_escaped, size_t *ret_next)
{
    size_t width = strlen(alike[mark]), end = line_end(s, from);
    for (size_t at = from; at < end; at++) {
        if (!closes(s, at, mark, is_escaped))
            continue;
        bool is_doubled = closes(s, at + width, mark, is_escaped) && !is_escaped;
        if (is_doubled && (at > from || closes(s, at + 2 * width, mark, is_escaped))) {
            at += 2 * width - 1;
            continue;
        }
        *ret_next = at + width;
        return is_escaped && at > from ? at - 1 : at;
    }
    *ret_next = end;
    return end;
}

/* The end of the next line on which an odd number of the marks stands, or of this one. */
static size_t end_behind_line(const struct scan *s, size_t from, uint8_t bit)
{
    size_t own = line_end(s, from);
    for (size_t feed = own; feed < s->length; feed = line_end(s, feed + 1))
        if (feed + 1 < s->length && (s->odd[feed + 1] & bit) != 0)
            return line_end(s, feed + 1);
    return own;
}

/* Whether the mark at @at, @width bytes, can only be one that opens: something follows it, and what
 * stands before it is no end of anything. */
static bool can_only_open(const struct scan *s, size_t at, size_t width)
{
    bool begins = at == 0 || strchr(" \t\n([{=:,;<|", s->text[at - 1]) != NULL;
    return begins && strchr(" \t\n,.;:)]}>|", byte_at(s, at + width)) == NULL;
}

static bool can_only_close(const struct scan *s, size_t at, size_t width)
{
    bool ends = at > 0 && strchr(" \t\n([{=:,;<|", s->text[at - 1]) == NULL;
    return ends && strchr(" \t\n,.;:)]}>|", byte_at(s, at + width)) != NULL;
}

static size_t alike_end(const struct scan *s, size_t open, size_t mark, size_t *ret_next)
{
    bool is_escaped = backslashes_before(s, open) % 2 != 0;
    uint8_t bit = (uint8_t)(1U << (mark + (is_escaped ? ALIKE : 0)));
    size_t width = strlen(alike[mark]), from = open + width;
    size_t end = end_on_line(s, from, mark, is_escaped, ret_next);
    bool pairs = from < s->length && (s->odd[from] & bit) != 0;
    bool is_closed = *ret_next > end;
    if (pairs ||
        (is_closed && can_only_open(s, open, width) && can_only_close(s, *ret_next - width, width)))
        return end;
    *ret_next = end_behind_line(s, from, bit);
    return *ret_next;
}

/* ---- brackets ---------------------------------------------------------------------------- */

/* What is not closed ends with its line, or where too much follows to look through with all. */
static size_t unclosed_end(const struct scan *s, size_t from)
{
    return s->length - from > BRACKET_BYTES_MAX ? s->length : line_end(s, from);
}

static size_t bracket_end(const struct scan *s, size_t from, size_t kind, size_t *ret_next)
{
    size_t depth = 1;
    for (size_t at = from; at < s->length && at - from <= BRACKET_BYTES_MAX; at++) {
        size_t width = stands_at(s, at, brackets[kind][1]) ? strlen(brackets[kind][1]) : 0;
        bool is_in_word =
            kind == SINGLE && is_letter(s->text[at - 1]) && is_letter(byte_at(s, at + width));
        depth += stands_at(s, at, brackets[kind][0]);
        depth -= width > 0 && !is_in_word;
        if (depth > 0)
            continue;
        *ret_next = at + width;
        return at;
    }
    return *ret_next = unclosed_end(s, from);
}

static size_t parenthesis_at(const struct scan *s, size_t at, const char *ascii, const char *wide)
{
    return stands_at(s, at, ascii) ? strlen(ascii) : stands_at(s, at, wide) ? strlen(wide) : 0;
}

static bool ends_with_word(const struct scan *s, size_t end, const char *word)
{
    size_t n = strlen(word);
    if (end < n || (end > n && is_letter(s->text[end - n - 1])))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((s->text[end - n + i] | 0x20) != word[i] && s->text[end - n + i] != word[i])
            return false;
    return true;
}

/* Whether the bracket at @at holds values, by what stands before it. */
static bool holds_values(const struct scan *s, size_t at)
{
    static const char *const words[] = {"contains", "value is", "values"};
    size_t end = at;
    while (end > 0 && s->text[end - 1] == ' ')
        end--;
    if (s->values_end > 0 && ends_at(s, end, ",") && end - 1 == s->values_end)
        return true; // the next row of VALUES (..), (..)
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (ends_with_word(s, end, words[i]))
            return true;
    return ends_at(s, end, "=") || ends_at(s, end, "＝") || ends_at(s, end, "行は");
}

/* Brackets in a quotation of a value do not count. */
static size_t values_end(const struct scan *s, size_t from, size_t *ret_next)
{
    size_t depth = 1;
    for (size_t at = from; at < s->length && at - from <= BRACKET_BYTES_MAX;) {
        size_t mark = mark_at(s, at), next = at + 1;
        size_t close = parenthesis_at(s, at, ")", "）");
        if (mark < ALIKE)
            alike_end(s, at, mark, &next);
        depth += parenthesis_at(s, at, "(", "（") > 0;
        depth -= close > 0;
        if (depth == 0) {
            *ret_next = at + close;
            return at;
        }
        at = next;
    }
    return *ret_next = unclosed_end(s, from);
}

/* ---- all --------------------------------------------------------------------------------- */

/* What opens at @at: its inside is *ret_begin up to what is returned, *ret_next follows. 0: nothing
 * does. */
static size_t quoted_at(struct scan *s, size_t at, size_t *ret_begin, size_t *ret_next)
{
    size_t mark = mark_at(s, at), open = parenthesis_at(s, at, "(", "（");
    if (mark < ALIKE) {
        *ret_begin = at + strlen(alike[mark]);
        return mark == APOSTROPHE && !may_open(s, at) ? 0 : alike_end(s, at, mark, ret_next);
    }
    for (size_t k = 0; k < BRACKETS; k++)
        if (stands_at(s, at, brackets[k][0])) {
            *ret_begin = at + strlen(brackets[k][0]);
            return bracket_end(s, *ret_begin, k, ret_next);
        }
    *ret_begin = at + (open > 0 ? open : 1);
    if (s->text[at] == '`') {
        size_t close = backtick_end(s, *ret_begin);
        *ret_next = close + 1;
        return close;
    }
    if (open == 0 || !holds_values(s, at))
        return 0;
    size_t end = values_end(s, *ret_begin, ret_next);
    s->values_end = *ret_next;
    return end;
}

void quotation_each(
    const char *text, size_t length, void (*fn)(void *arg, size_t begin, size_t end), void *arg)
{
    struct scan s = {.text = text, .length = length};
    size_t begin, next, first;
    first = strcspn(text, first_bytes);
    while (first < length && !may_begin(text, first))
        first += 1 + strcspn(text + first + 1, first_bytes);
    if (first == length)
        return;
    take_apostrophes(&s);
    count_marks(&s);
    for (size_t at = first; at < length; at = next) {
        next = at + 1;
        size_t end = may_begin(text, at) ? quoted_at(&s, at, &begin, &next) : 0;
        if (end > at && end > begin)
            fn(arg, begin, end);
    }
    free(s.is_taken);
    free(s.odd);
}

bool quotation_is_plain(const char *text, size_t length)
{
    bool has_letter = false, is_name = true, is_nothing = true;
    for (size_t i = 0; i < length; i++) {
        bool is_hidden = text[i] == '*' || text[i] == ' ';
        if (length - i >= 3 && memcmp(text + i, "＊", 3) == 0) {
            is_hidden = true;
            i += 2;
        }
        has_letter = has_letter || is_letter(text[i]);
        is_name = is_name && (is_word(text[i]) || strchr("._-/:\\@#$*", text[i]) != NULL);
        is_nothing = is_nothing && is_hidden;
    }
    return is_nothing || (is_name && has_letter);
}
