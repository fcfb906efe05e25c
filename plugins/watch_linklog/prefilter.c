/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefilter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "literal.h"
#include "scan.h"
#include "spelling.h"

/* In how many encodings a line may be read, whatever was configured (charset.h). */
enum { ENCODINGS = 3 };

struct prefilter {
    struct scan *text;     /* strings in UTF-8 */
    struct scan *raw;      /* strings in every encoding; NULL: raw lines are not known */
    size_t unit;           /* bytes of a newline */
    size_t count, known;   /* rules, and those that require something */
    unsigned char *always; /* a flag for each rule: nothing is known of it */
    unsigned char *marks;
};

/* The encodings of raw strings; the tables are made when the first text needs them. */
struct encodings {
    const char *names[ENCODINGS];
    struct spelling *tables[ENCODINGS];
};

static struct encodings encodings_for(const char *charset)
{
    if (strcmp(charset, "UTF-16LE") == 0)
        return (struct encodings){.names = {charset}};
    bool is_third = strcmp(charset, "UTF-8") != 0 && strcmp(charset, "CP932") != 0;
    return (struct encodings){.names = {"UTF-8", "CP932", is_third ? charset : NULL}};
}

static void encodings_deinit(struct encodings *e)
{
    for (size_t i = 0; i < ENCODINGS; i++)
        e->tables[i] = spelling_free(e->tables[i]);
}

static bool is_ascii(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    return true;
}

/* Adds @bytes to the raw strings in all forms; false if they are not known. */
static bool add_raw(
    struct scan *raw, struct encodings *e, const char *bytes, size_t length, unsigned owner)
{
    bool is_wide = strcmp(e->names[0], "UTF-16LE") == 0;
    if (!is_wide && is_ascii(bytes, length))
        return scan_add(raw, bytes, length, owner);
    for (size_t i = 0; i < ENCODINGS && e->names[i] != NULL; i++) {
        struct spellings forms;
        if (e->tables[i] == NULL && spelling_new(e->names[i], &e->tables[i]) < 0)
            return false;
        if (!spelling_of(e->tables[i], bytes, length, &forms))
            return false;
        for (size_t k = 0; k < forms.count; k++)
            if (!scan_add(raw, forms.all[k].bytes, forms.all[k].length, owner))
                return false;
    }
    return true;
}

static void add_rule(
    struct prefilter *p, unsigned number, struct encodings *e, const struct literals *literals)
{
    for (size_t i = 0; i < literals->count; i++) {
        const char *bytes = literals->all[i].bytes;
        size_t length = literals->all[i].length;
        if (!scan_add(p->text, bytes, length, number)) {
            p->always[number] = 1;
            return;
        }
        if (p->raw != NULL && !add_raw(p->raw, e, bytes, length, number))
            p->raw = scan_free(p->raw);
    }
}

static bool has_raw_form(const char *charset)
{
    return strcmp(charset, "ISO-2022-JP") != 0;
}

int prefilter_new(const struct rules *rules, const char *charset, const struct sample *sample,
    struct prefilter **ret_prefilter)
{
    struct prefilter *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -ENOMEM;
    p->unit = strcmp(charset, "UTF-16LE") == 0 ? 2 : 1;
    p->count = rules->count;
    p->always = calloc(p->count, 1);
    p->marks = calloc(p->count, 1);
    int r = scan_new(&p->text);
    if (r == 0 && has_raw_form(charset))
        r = scan_new(&p->raw);
    if (r < 0 || p->always == NULL || p->marks == NULL) {
        prefilter_free(p);
        return -ENOMEM;
    }
    struct encodings encodings = encodings_for(charset);
    for (size_t i = 0; i < p->count; i++) {
        struct literals l;
        p->always[i] = !literals_of(
            pattern_text(rules->all[i].pattern), sample->text, sample->text_length, &l);
        if (!p->always[i])
            add_rule(p, (unsigned)i, &encodings, &l);
        p->known += !p->always[i];
    }
    if (p->known == 0)
        p->raw = scan_free(p->raw);
    encodings_deinit(&encodings);
    scan_prepare(p->text, sample->text, sample->text_length, NULL);
    if (p->raw != NULL)
        scan_prepare(p->raw, sample->raw, sample->raw_length, NULL);
    *ret_prefilter = p;
    return 0;
}

struct prefilter *prefilter_free(struct prefilter *p)
{
    if (p == NULL)
        return NULL;
    scan_free(p->text);
    scan_free(p->raw);
    free(p->always);
    free(p->marks);
    free(p);
    return NULL;
}

const unsigned char *prefilter_rules(struct prefilter *p, const char *text, size_t length)
{
    memcpy(p->marks, p->always, p->count);
    scan_mark(p->text, text, length, p->marks);
    return p->marks;
}

const unsigned char *prefilter_always(const struct prefilter *p)
{
    return p->always;
}

bool prefilter_searches(const struct prefilter *p)
{
    return p->raw != NULL;
}

bool prefilter_skips(const struct prefilter *p)
{
    return p->raw != NULL && p->known == p->count;
}

size_t prefilter_skip(const struct prefilter *p, const char *bytes, size_t length)
{
    const char *hit = scan_find(p->raw, bytes, length);
    if (hit == NULL)
        return length;
    const char *newline = charset_last_newline(bytes, (size_t)(hit - bytes), p->unit);
    return newline != NULL ? (size_t)(newline - bytes) + p->unit : 0;
}
