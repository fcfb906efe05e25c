/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_SCAN_H
#define LINKLOG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "sieve.h"

/**
 * scan - finds the next place in raw bytes where one of many strings stands.
 *
 * Of each string the rarest window of up to four bytes is looked for (sieve.h), by the fastest
 * kernel that this machine has; where one may be, the string is compared byte by byte, so nothing
 * is found that is not there.
 */

/** Bytes behind the end of what is scanned that must be readable (their values do not matter). */
enum { SCAN_SLACK = SIEVE_SLACK, SCAN_STRINGS_MAX = 8192 };

struct scan;

/** An empty set. 0 or -ENOMEM. */
int scan_new(struct scan **ret_scan);
struct scan *scan_free(struct scan *s);

/** Adds a string of 1..64 bytes, copied, that belongs to @owner; the same string may belong to
 * several. False when it is too long or there are too many. */
bool scan_add(struct scan *s, const char *bytes, size_t length, unsigned owner);

/** Ends the adding. @sample (may be NULL): bytes as they will be scanned, in which windows are
 * chosen that are seldom. @kernel: NULL: the fastest. */
void scan_prepare(
    struct scan *s, const char *sample, size_t sample_length, const struct sieve_kernel *kernel);

/** The first byte of the first window found in @bytes[0..length) that belongs to a whole string
 * there; NULL if there is none. */
const char *scan_find(const struct scan *s, const char *bytes, size_t length);

/** Sets @marks[owner] for each string found anywhere in @bytes[0..length). */
void scan_mark(const struct scan *s, const char *bytes, size_t length, unsigned char *marks);

#endif
