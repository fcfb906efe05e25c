/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefilter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "literal.h"
#include "scan.h"

enum { ENCODED_MAX = 64 };

struct prefilter {
    struct scan *text; /* strings in UTF-8 */
    struct scan *raw;  /* strings in every encoding; NULL: lines cannot be skipped */
    size_t count;
    unsigned char *always; /* a flag for each rule: nothing is known of it */
    unsigned char *marks;
};

/* Adds @bytes to the raw strings in all encodings that differ; false if one of them has no code. */
static bool add_raw(
    struct scan *raw, const char *charset, const char *bytes, size_t length, unsigned owner)
{
    const char *const forms[] = {"CP932", charset};
    char made[2][ENCODED_MAX];
    size_t lengths[2];

    if (charset_has_two_forms(bytes, length) || !scan_add(raw, bytes, length, owner))
        return false;
    for (size_t i = 0; i < 2; i++) {
        lengths[i] = charset_encode_plain(forms[i], bytes, length, made[i], ENCODED_MAX);
        if (lengths[i] == 0)
            return false;
        bool is_known = lengths[i] == length && memcmp(made[i], bytes, length) == 0;
        is_known |= i == 1 && lengths[1] == lengths[0] && memcmp(made[1], made[0], lengths[0]) == 0;
        if (!is_known && !scan_add(raw, made[i], lengths[i], owner))
            return false;
    }
    return true;
}

static void add_rule(
    struct prefilter *p, unsigned number, const char *charset, const struct literals *literals)
{
    for (size_t i = 0; i < literals->count; i++) {
        const char *bytes = literals->all[i].bytes;
        size_t length = literals->all[i].length;
        if (!scan_add(p->text, bytes, length, number))
            p->always[number] = 1;
        if (p->raw != NULL && !add_raw(p->raw, charset, bytes, length, number))
            p->raw = scan_free(p->raw);
    }
}

static bool lines_stand_alone(const struct rules *rules, const char *charset)
{
    return rules->head == NULL && strcmp(charset, "UTF-16LE") != 0 &&
           strcmp(charset, "ISO-2022-JP") != 0;
}

int prefilter_new(const struct rules *rules, const char *charset, const struct sample *sample,
    struct prefilter **ret_prefilter)
{
    struct prefilter *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -ENOMEM;
    p->count = rules->count;
    p->always = calloc(p->count, 1);
    p->marks = calloc(p->count, 1);
    int r = scan_new(&p->text);
    if (r == 0 && lines_stand_alone(rules, charset))
        r = scan_new(&p->raw);
    if (r < 0 || p->always == NULL || p->marks == NULL) {
        prefilter_free(p);
        return -ENOMEM;
    }
    for (size_t i = 0; i < p->count; i++) {
        struct literals l;
        p->always[i] = !literals_of(
            pattern_text(rules->all[i].pattern), sample->text, sample->text_length, &l);
        if (!p->always[i])
            add_rule(p, (unsigned)i, charset, &l);
        if (p->always[i])
            p->raw = scan_free(p->raw);
    }
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

bool prefilter_skips(const struct prefilter *p)
{
    return p->raw != NULL;
}

size_t prefilter_skip(const struct prefilter *p, const char *bytes, size_t length)
{
    const char *hit = scan_find(p->raw, bytes, length);
    if (hit == NULL)
        return length;
    const char *newline = memrchr(bytes, '\n', (size_t)(hit - bytes));
    return newline != NULL ? (size_t)(newline + 1 - bytes) : 0;
}
