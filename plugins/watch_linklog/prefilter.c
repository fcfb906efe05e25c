/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefilter.h"

#include <string.h>

#include "charset.h"
#include "literal.h"

enum { FORMS_MAX = 3, ENCODED_MAX = 64 };

/* The encodings that a line of a file said to be in @charset may be read in. */
static size_t forms_of(const char *charset, const char *forms[static FORMS_MAX])
{
    if (strcmp(charset, "UTF-16LE") == 0 || strcmp(charset, "ISO-2022-JP") == 0)
        return 0;
    size_t n = 0;
    forms[n++] = "UTF-8";
    forms[n++] = "CP932";
    if (strcmp(charset, "EUC-JP-MS") == 0)
        forms[n++] = charset;
    return n;
}

static bool add_literal(
    struct scan *s, const char *charset, const char *bytes, size_t length, unsigned owner)
{
    const char *forms[FORMS_MAX];
    char made[FORMS_MAX][ENCODED_MAX];
    size_t lengths[FORMS_MAX], count = forms_of(charset, forms);

    for (size_t i = 0; i < count; i++) {
        lengths[i] = charset_encode_plain(forms[i], bytes, length, made[i], ENCODED_MAX);
        bool is_known = false;
        for (size_t k = 0; k < i; k++)
            is_known |= lengths[k] == lengths[i] && memcmp(made[k], made[i], lengths[i]) == 0;
        if (lengths[i] == 0 || (!is_known && !scan_add(s, made[i], lengths[i], owner)))
            return false;
    }
    return count > 0;
}

struct scan *prefilter_new(
    const struct rules *rules, const char *charset, const char *sample, size_t sample_length)
{
    struct scan *s = NULL;
    if (rules->head != NULL || scan_new(&s) < 0)
        return NULL;
    for (size_t i = 0; i < rules->count; i++) {
        struct literals l;
        if (!literals_of(pattern_text(rules->all[i].pattern), sample, sample_length, &l))
            return scan_free(s);
        for (size_t k = 0; k < l.count; k++)
            if (!add_literal(s, charset, l.all[k].bytes, l.all[k].length, (unsigned)i))
                return scan_free(s);
    }
    scan_prepare(s, false);
    return s;
}
