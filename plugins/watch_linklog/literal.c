/* SPDX-License-Identifier: BSD-2-Clause */
#include "literal.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

/* What is known of a part of a pattern. */
struct part {
    bool is_exact; /* it matches exactly the strings of `exact` */
    struct literals exact;
    struct literals prefix; /* not exact: a match begins with one of these; maybe the empty one */
    struct literals best;   /* a match holds one of these; count 0: nothing known */
};

struct parser {
    const char *at;
    unsigned depth;
    bool failed; /* nothing is known of the whole */
    const char *sample;
    size_t sample_length;
};

static void parse_alternation(struct parser *p, struct part *ret_part);

unsigned literal_weight(const char *bytes, size_t length)
{
    unsigned sum = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_kana = c >= 0x81 && c <= 0x83;
        if (c == ' ' || c == '0' || c == 'e' || c == 0xE3 || is_kana)
            sum += 1;
        else if (strchr("123456789=:./-_,aiotnrs", c) != NULL)
            sum += 2;
        else
            sum += c >= 0x80 ? 3 : 4;
    }
    return sum;
}

/* The worst of its strings counts, and each further string costs. */
static unsigned weight_of(const struct literals *l)
{
    unsigned least = 0;
    for (size_t i = 0; i < l->count; i++) {
        size_t length = l->all[i].length < 10 ? l->all[i].length : 10;
        unsigned weight = 8 * literal_weight(l->all[i].bytes, length);
        if (i == 0 || weight < least)
            least = weight;
    }
    unsigned cost = 3 * (unsigned)l->count;
    return least > cost ? least - cost : least / 8;
}

static unsigned occurrences(const struct parser *p, const struct literals *l)
{
    enum { ENOUGH = 1000 };
    unsigned count = 0;
    for (size_t i = 0; i < l->count && p->sample != NULL; i++) {
        const char *at = p->sample, *end = at + p->sample_length;
        size_t length = l->all[i].length;
        while (count < ENOUGH && (at = memmem(at, (size_t)(end - at), l->all[i].bytes, length))) {
            at += length;
            count++;
        }
    }
    return count;
}

static double value_of(const struct parser *p, const struct literals *l)
{
    unsigned weight = weight_of(l);
    return weight > 0 ? (double)weight / (1.0 + 20.0 * occurrences(p, l)) : 0;
}

static void offer(const struct parser *p, struct literals *best, const struct literals *l)
{
    if (l->count == 0 || weight_of(l) == 0)
        return;
    if (best->count == 0 || value_of(p, l) > value_of(p, best))
        *best = *l;
}

static void set_empty_string(struct literals *l)
{
    l->count = 1;
    l->all[0].length = 0;
}

static bool append_set(struct literals *to, const struct literals *from)
{
    if (to->count + from->count > LITERALS_MAX)
        return false;
    memcpy(to->all + to->count, from->all, from->count * sizeof from->all[0]);
    to->count += from->count;
    return true;
}

/* Each string of @to followed by each of @next; false if that is too much. */
static bool cross(struct literals *to, const struct literals *next)
{
    struct literals made = {0};

    if (to->count * next->count > LITERALS_MAX)
        return false;
    for (size_t i = 0; i < to->count; i++)
        for (size_t k = 0; k < next->count; k++) {
            size_t a = to->all[i].length, b = next->all[k].length;
            if (a + b > LITERAL_BYTES_MAX)
                return false;
            memcpy(made.all[made.count].bytes, to->all[i].bytes, a);
            memcpy(made.all[made.count].bytes + a, next->all[k].bytes, b);
            made.all[made.count++].length = (unsigned char)(a + b);
        }
    *to = made;
    return true;
}

static void add_string(struct part *part, const char *bytes, size_t length)
{
    struct literals *l = &part->exact;
    if (l->count == LITERALS_MAX) {
        part->is_exact = false;
        return;
    }
    memcpy(l->all[l->count].bytes, bytes, length);
    l->all[l->count++].length = (unsigned char)length;
}

static size_t character_length(const char *s)
{
    unsigned char c = (unsigned char)*s;
    size_t want = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4, n = 1;
    while (n < want && s[n] != '\0')
        n++;
    return n;
}

static void parse_character(struct parser *p, struct part *part)
{
    size_t n = character_length(p->at);

    part->is_exact = *p->at != '\n';
    if (part->is_exact)
        add_string(part, p->at, n);
    p->at += n;
}

static void skip_braced(struct parser *p, char open, char close)
{
    if (*p->at != open)
        return;
    const char *end = strchr(p->at, close);
    p->failed |= end == NULL;
    p->at = end != NULL ? end + 1 : p->at;
}

/* Behind a backslash. */
static void parse_escape(struct parser *p, struct part *part)
{
    char c = *p->at;

    if (c == '\0' || strchr("QEUL", c) != NULL) {
        p->failed = true;
    } else if (strchr("bBAzZGK", c) != NULL) {
        p->at++;
        part->is_exact = true;
        set_empty_string(&part->exact);
    } else if (strchr("pPxogkN", c) != NULL) {
        p->at++;
        for (unsigned hex = 0; c == 'x' && hex < 2 && *p->at != '\0' &&
                               strchr("0123456789abcdefABCDEF", *p->at) != NULL;
             hex++)
            p->at++;
        if ((c == 'p' || c == 'P') && *p->at != '{' && *p->at != '\0')
            p->at++;
        p->failed |= (c == 'g' && *p->at != '{') || (c == 'k' && strchr("{<'", *p->at) == NULL);
        skip_braced(p, '{', '}');
        skip_braced(p, '<', '>');
        if (c == 'k')
            p->failed |= *p->at == '\'';
    } else if ((c >= '0' && c <= '9')) {
        while (*p->at >= '0' && *p->at <= '9')
            p->at++;
    } else if (strchr("dDwWsShHvVRXntrfae", c) != NULL) {
        p->at++;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        p->failed = true;
    } else {
        parse_character(p, part);
    }
}

/* Behind "[": a few plain characters are a set of strings, anything else is unknown. */
static void parse_class(struct parser *p, struct part *part)
{
    bool is_first = true;
    part->is_exact = *p->at != '^';
    p->at += *p->at == '^';

    for (; *p->at != '\0' && (is_first || *p->at != ']'); is_first = false) {
        size_t n = character_length(p->at);
        if (*p->at == '\\' || (*p->at == '[' && p->at[1] == ':')) {
            part->is_exact = false;
            if (*p->at == '[') {
                const char *end = strstr(p->at, ":]");
                p->at = end != NULL ? end + 2 : p->at + 1;
            } else {
                p->at += 1 + (p->at[1] != '\0');
            }
        } else if (n == 1 && p->at[1] == '-' && p->at[2] != ']' && p->at[2] != '\0') {
            unsigned char from = (unsigned char)p->at[0], to = (unsigned char)p->at[2];
            part->is_exact &=
                to < 0x80 && p->at[2] != '\\' && to >= from && to - from < LITERALS_MAX;
            for (unsigned char c = from; part->is_exact && c <= to; c++)
                add_string(part, (const char[]){(char)c}, 1);
            p->at += p->at[2] == '\\' ? 2 : 2 + character_length(p->at + 2);
        } else {
            part->is_exact &= *p->at != '\n';
            part->is_exact &= p->at[n] != '-' || p->at[n + 1] == ']';
            if (part->is_exact)
                add_string(part, p->at, n);
            p->at += n;
        }
    }
    p->failed |= *p->at != ']';
    p->at += *p->at == ']';
}

/* Behind "(?": what kind of group; the content follows. */
static void parse_group_head(struct parser *p, bool *ret_is_look)
{
    if (strncmp(p->at, "<=", 2) == 0 || strncmp(p->at, "<!", 2) == 0) {
        p->at += 2;
        *ret_is_look = true;
    } else if (*p->at == '=' || *p->at == '!') {
        p->at++;
        *ret_is_look = true;
    } else if (*p->at == ':' || *p->at == '>') {
        p->at++;
    } else {
        p->at += *p->at == 'P';
        char close = *p->at == '<' ? '>' : *p->at == '\'' ? '\'' : '\0';
        const char *end = close != '\0' ? strchr(p->at + 1, close) : NULL;
        p->failed |= end == NULL;
        p->at = end != NULL ? end + 1 : p->at;
    }
}

static void parse_group(struct parser *p, struct part *part)
{
    bool is_look = false;

    if (*p->at == '*' || ++p->depth > DEPTH_MAX) {
        p->failed = true;
        return;
    }
    if (*p->at == '?') {
        p->at++;
        parse_group_head(p, &is_look);
    }
    if (!p->failed)
        parse_alternation(p, part);
    p->failed |= *p->at != ')';
    p->at += *p->at == ')';
    p->depth--;
    if (is_look) {
        *part = (struct part){.is_exact = true};
        set_empty_string(&part->exact);
    }
}

/* How often the part before is taken: as it is (false), or at least @ret_least times; whether once
 * is the most. */
static bool parse_quantifier(struct parser *p, unsigned long *ret_least, bool *ret_is_optional)
{
    char c = *p->at;
    *ret_is_optional = c == '?';
    if (c == '{') {
        size_t digits = strspn(p->at + 1, "0123456789");
        size_t more = strspn(p->at + 1 + digits, ",0123456789");
        if (digits == 0 || p->at[1 + digits + more] != '}')
            return false;
        *ret_least = strtoul(p->at + 1, NULL, 10);
        p->at += 2 + digits + more;
    } else if (c == '?' || c == '*' || c == '+') {
        *ret_least = c == '+';
        p->at++;
    } else {
        return false;
    }
    p->at += *p->at == '?' || *p->at == '+';
    return true;
}

static void parse_atom(struct parser *p, struct part *part)
{
    char c = *p->at;
    *part = (struct part){0};

    if (c == '(' || c == '[' || c == '\\' || c == '.' || c == '^' || c == '$')
        p->at++;
    if (c == '(')
        parse_group(p, part);
    else if (c == '[')
        parse_class(p, part);
    else if (c == '\\')
        parse_escape(p, part);
    else if (c == '^' || c == '$')
        *part = (struct part){.is_exact = true, .exact = {.count = 1}};
    else if (c != '.')
        parse_character(p, part);
    part->is_exact &= part->exact.count > 0;
}

/* Ends the strings that stand side by side: something unknown follows. */
static void close_run(const struct parser *p, struct part *whole)
{
    if (whole->is_exact)
        whole->prefix = whole->exact;
    offer(p, &whole->best, &whole->exact);
    whole->is_exact = false;
    set_empty_string(&whole->exact);
}

static void append_atom(
    const struct parser *p, struct part *whole, const struct part *atom, bool is_single)
{
    const struct literals *begin = atom->is_exact ? &atom->exact : &atom->prefix;

    if (begin->count > 1)
        offer(p, &whole->best, &whole->exact);
    if (begin->count == 0) {
        close_run(p, whole);
        return;
    }
    if (!cross(&whole->exact, begin)) {
        close_run(p, whole);
        whole->exact = *begin;
    }
    if (!atom->is_exact || !is_single)
        close_run(p, whole);
}

static void parse_sequence(struct parser *p, struct part *ret_part)
{
    struct part whole = {.is_exact = true}, atom;
    set_empty_string(&whole.exact);

    while (!p->failed && *p->at != '\0' && *p->at != '|' && *p->at != ')') {
        unsigned long least = 1;
        parse_atom(p, &atom);
        bool is_optional, is_single = !parse_quantifier(p, &least, &is_optional);
        if (is_optional && atom.is_exact && atom.exact.count < LITERALS_MAX) {
            add_string(&atom, "", 0);
            append_atom(p, &whole, &atom, true);
            continue;
        }
        if (least == 0) {
            close_run(p, &whole);
            continue;
        }
        offer(p, &whole.best, &atom.best);
        append_atom(p, &whole, &atom, is_single);
    }
    offer(p, &whole.best, &whole.exact);
    *ret_part = whole;
}

static void parse_alternation(struct parser *p, struct part *ret_part)
{
    struct part all = {.is_exact = true}, one;
    bool known = true, begins = true;

    for (;;) {
        parse_sequence(p, &one);
        const struct literals *prefix = one.is_exact ? &one.exact : &one.prefix;
        all.is_exact = all.is_exact && one.is_exact && append_set(&all.exact, &one.exact);
        begins = begins && append_set(&all.prefix, prefix);
        known = known && one.best.count > 0 && append_set(&all.best, &one.best);
        if (p->failed || *p->at != '|')
            break;
        p->at++;
    }
    if (!begins)
        all.prefix.count = 0;
    if (!known)
        all.best.count = 0;
    *ret_part = all;
}

static bool holds_another(const struct literals *l, size_t i)
{
    for (size_t k = 0; k < l->count; k++) {
        bool is_same = l->all[k].length == l->all[i].length;
        if (k != i && (!is_same || k < i) &&
            memmem(l->all[i].bytes, l->all[i].length, l->all[k].bytes, l->all[k].length) != NULL)
            return true;
    }
    return false;
}

/* Where one string of the set is part of another, the shorter one is enough. */
static void drop_longer(struct literals *l)
{
    struct literals kept = {0};
    for (size_t i = 0; i < l->count; i++)
        if (!holds_another(l, i))
            kept.all[kept.count++] = l->all[i];
    *l = kept;
}

bool literals_of(
    const char *pattern, const char *sample, size_t sample_length, struct literals *ret_literals)
{
    struct parser p = {.at = pattern, .sample = sample, .sample_length = sample_length};
    struct part part;

    parse_alternation(&p, &part);
    if (p.failed || *p.at != '\0' || part.best.count == 0)
        return false;
    drop_longer(&part.best);
    *ret_literals = part.best;
    return true;
}
