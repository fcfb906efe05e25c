/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CHANNEL_MAIL_ENCODE_H
#define HM_CHANNEL_MAIL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * encode - any text as the ASCII lines of a mail (RFC 5322, RFC 2045, RFC 2047).
 *
 * What a watched log said ends up here: no value can end its header, and no line is longer than a
 * server must take. Header values of printable ASCII stand as they are, folded between words;
 * others become encoded words, cut between characters and each complete in its character set (RFC
 * 2047, section 5; ISO-2022-JP ends every word in ASCII again).
 *
 * A body is as readable on its way as it can be, which filters ask for too (SpamAssassin's
 * MIME_BASE64_TEXT is about ASCII in base64): ASCII and ISO-2022-JP go as 7bit; ASCII with a line
 * of more than 998 bytes, or with one that a mailbox may take for the next mail, and UTF-8 that is
 * mostly ASCII as quoted-printable; the rest, such as Japanese in UTF-8, in base64. 8bit is never
 * used: libcurl does not announce it (BODY=8BITMIME). A line may begin with a dot, which SMTP
 * doubles on the way.
 */

enum encode_charset { ENCODE_UTF8, ENCODE_ISO_2022_JP };

/** Whether this machine's iconv(3) knows it. */
bool encode_available(enum encode_charset charset);

/**
 * Writes "NAME: VALUE" CRLF, folded. Control characters of @value are blanks; bytes that are not
 * UTF-8, and characters that @charset lacks, are replaced.
 */
void encode_header(FILE *out, enum encode_charset charset, const char *name, const char *value);

/** Writes the three MIME headers, the empty line and @text. Lines of @text end in LF; other control
 * characters are blanks. */
void encode_body(FILE *out, enum encode_charset charset, const char *text);

/** Bytes of the longest beginning of @text that has at most @most and ends between characters. */
size_t encode_cut(const char *text, size_t most);

#endif
