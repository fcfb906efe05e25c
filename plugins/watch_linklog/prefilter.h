/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_PREFILTER_H
#define LINKLOG_PREFILTER_H

#include "rules.h"
#include "scan.h"

/**
 * prefilter - the strings to scan raw bytes for, so that only lines which may match are decoded.
 *
 * Each required literal stands in the set in every encoding that a line may be read in (see
 * charset.h). There is no prefilter, and each line is decoded, where a line without such a string
 * could match all the same: a pattern without a literal, a character with several codes, an
 * encoding with shifts (ISO-2022-JP) or of two bytes (UTF-16LE), records of several lines.
 */

/** Owners of the strings are the numbers of the rules. @sample: as of literals_of, may be NULL.
 * NULL: there is no prefilter. */
struct scan *prefilter_new(
    const struct rules *rules, const char *charset, const char *sample, size_t sample_length);

#endif
