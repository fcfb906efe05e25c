/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_PREFILTER_H
#define LINKLOG_PREFILTER_H

#include "rules.h"

/**
 * prefilter - which rules a record can match at all, and which lines need not even be decoded.
 *
 * The strings that a rule requires (literal.h) are looked for in decoded text: only rules whose
 * strings are there are tried. Where every line without any of them is known to match nothing,
 * the same is done to raw bytes, in each encoding that a line may be read in (charset.h) and in all
 * codes of each character (spelling.h). It is not known with a rule that requires nothing, and with
 * an encoding with shifts (ISO-2022-JP).
 */

struct prefilter;

/** A piece of the log, in which the strings chosen are seldom; {0}: none, by experience. */
struct sample {
    const char *raw, *text; /* as in the file, and decoded */
    size_t raw_length, text_length;
};

/** 0 or -ENOMEM. */
int prefilter_new(const struct rules *rules, const char *charset, const struct sample *sample,
    struct prefilter **ret_prefilter);
struct prefilter *prefilter_free(struct prefilter *p);

/** A flag for each rule: whether it may match @text, UTF-8, behind which SCAN_SLACK bytes must be
 * readable. Valid until the next call. */
const unsigned char *prefilter_rules(struct prefilter *p, const char *text, size_t length);

/** The same for a text in whose lines prefilter_skip found nothing. */
const unsigned char *prefilter_always(const struct prefilter *p);

/** Whether prefilter_skip can be asked. */
bool prefilter_searches(const struct prefilter *p);

/** Whether no rule at all matches what it steps over: each of them requires something. */
bool prefilter_skips(const struct prefilter *p);

/** Length of the lines at the begin of @bytes, whole lines of the file with SCAN_SLACK readable
 * bytes behind, in which no rule that requires something can match. */
size_t prefilter_skip(const struct prefilter *p, const char *bytes, size_t length);

#endif
