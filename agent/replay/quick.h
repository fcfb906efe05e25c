/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_REPLAY_QUICK_H
#define HM_REPLAY_QUICK_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

/**
 * quick - the line that nearly all lines of a replay are, without a tree of JSON:
 *
 *     {"at":"TIME","reading":{"subject":"NAME","metric":"NAME","kind":"number","number":12.5}}
 *
 * In just this order, without blanks, names of printable ASCII without escapes, numbers of at most
 * 15 digits. Whatever is written in another way is left to the reader of JSON, which understands
 * this form too, and in the same way.
 */

/**
 * Reads @bytes (@length of them and a NUL). True: @ret_at and @ret_reading are filled in, and the
 * latter's texts lie in @bytes, which was cut up for that. False: @bytes is as it was.
 */
bool quick_reading(char *bytes, size_t length, wall_ms *ret_at, struct reading *ret_reading);

#endif
