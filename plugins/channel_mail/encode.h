/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_MAIL_ENCODE_H
#define HM_CHANNEL_MAIL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * encode - any text as the ASCII lines of a mail (RFC 5322, RFC 2045, RFC 2047).
 *
 * What a watched log said ends up here. Header values that are more than short printable ASCII
 * become encoded words, bodies become base64: no value can end its header, no line begins with a
 * dot and none is longer than 76 characters. Words are cut between characters, each complete in
 * its character set (RFC 2047, section 5; ISO-2022-JP ends every word in ASCII again).
 */

enum encode_charset { ENCODE_UTF8, ENCODE_ISO_2022_JP };

/** Whether this machine's iconv(3) knows it. */
bool encode_available(enum encode_charset charset);

/**
 * Writes "NAME: VALUE" CRLF, folded. Control characters of @value are blanks; bytes that are not
 * UTF-8, and characters that @charset lacks, are replaced.
 */
void encode_header(FILE *out, enum encode_charset charset, const char *name, const char *value);

/** Writes the three MIME headers, the empty line and @text in base64. Lines of @text end in LF;
 * other control characters are blanks. */
void encode_body(FILE *out, enum encode_charset charset, const char *text);

/** Bytes of the longest beginning of @text that has at most @most and ends between characters. */
size_t encode_cut(const char *text, size_t most);

#endif
