/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_VISIBLE_H
#define HM_WATCH_QUEUE_VISIBLE_H

#include <stddef.h>

/**
 * visible - a file's name as a person may safely read it: anybody who can put a file into a spool
 * chooses its name, and that name ends up on terminals, in mails and in one-line records.
 *
 * Control characters (C0, DEL, C1), line separators, bidirectional and zero-width characters are
 * written as \x{HEX}, bytes that are not UTF-8 (RFC 3629) as \xNN, a backslash as two.
 */

/** Writes @name to @ret, cut between characters where @room (at least 16) ends. Returns @ret. */
const char *visible_name(char *ret, size_t room, const char *name);

#endif
