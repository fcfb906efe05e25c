/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_SHARED_VISIBLE_H
#define HM_SHARED_VISIBLE_H

#include <stddef.h>

/** visible - what a receiver or a program said, made fit for a receipt. */

/**
 * Copies the first line of @bytes (@length) to @ret, @room bytes with the NUL: control characters
 * (C0, DEL, C1) become '?', what does not fit is cut between characters, blanks at the end go.
 * Returns @ret.
 */
char *visible_line(char *ret, size_t room, const char *bytes, size_t length);

#endif
