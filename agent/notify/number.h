/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_NOTIFY_NUMBER_H
#define HM_NOTIFY_NUMBER_H

#include <stddef.h>

/**
 * number - individual numbers (マイナンバー) in a text: runs of exactly 12 digits, and three or
 * more groups of four that a blank or a hyphen parts. Digits of full width and blanks and hyphens
 * of other forms count too. Pure.
 */

/** Calls @fn with the place of each digit of each number in @text (NUL-terminated UTF-8): @bytes is
 * 1, or 3 for one of full width. */
void number_each_digit(const char *text, void (*fn)(void *arg, size_t at, size_t bytes), void *arg);

#endif
