/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_JUDGE_FINGERPRINT_H
#define HM_JUDGE_FINGERPRINT_H

#include "base/text.h"

/**
 * fingerprint - what two messages about the same have in common. Pure.
 *
 * What changes from one message to the next is taken out: each run of digits, with the letters of a
 * hexadecimal number or UUID around them, becomes "#", what stands in quotation marks becomes "..",
 * and blanks become one. "timeout after 31 s for '/renkei/in/a.csv' (0x7f3a)" and "timeout after 7
 * s for '/renkei/in/b.csv' (0x11)" are both "timeout after # s for '..' (#)".
 */

enum { FINGERPRINT_BYTES_MAX = 256 };

/** Adds the fingerprint of @words, at most FINGERPRINT_BYTES_MAX bytes of whole characters. */
void fingerprint_add(struct text *t, const char *words);

#endif
