/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_SPELLING_H
#define LINKLOG_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

/**
 * spelling - all the ways in which a text may stand in the bytes of a log.
 *
 * A character may have several codes: CP932 has some of IBM's extensions up to three times (NEC's
 * row 13, NEC's selection, IBM's own) and what charset_normalise makes one is two in each
 * encoding. Whoever looks for a text in raw bytes must look for all of them. The codes are found by
 * decoding every code that there is (charset.h), so that nothing is assumed about the tables.
 */

enum { SPELLING_BYTES_MAX = 64, SPELLINGS_MAX = 24 };

struct spelling;

struct spellings {
    size_t count;
    struct {
        unsigned char length;
        char bytes[SPELLING_BYTES_MAX];
    } all[SPELLINGS_MAX];
};

/** For "UTF-8", "UTF-16LE", "CP932" or "EUC-JP-MS" of charset_names, for others -EINVAL. 0 or
 * -errno. */
int spelling_new(const char *charset, struct spelling **ret_spelling);
struct spelling *spelling_free(struct spelling *s);

/**
 * Each form that @text (UTF-8, as charset_normalise leaves it) may have: no line in this encoding
 * is read as one with @text in it without holding one of them. Where there are more than fit they
 * are of the longest beginning of @text that has no more. No form: no line in this encoding holds
 * the text. False: nothing is known.
 */
bool spelling_of(
    const struct spelling *s, const char *text, size_t length, struct spellings *ret_spellings);

#endif
