/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_QUEUE_CONTENT_H
#define HM_WATCH_QUEUE_CONTENT_H

#include <stdbool.h>

#include "stage.h"

/**
 * content - what is known of the inside of a complete file: how many records it holds (`found`: by
 * its size, or counted line by line), how many records or bytes were announced (by its name, its
 * last line, or its pair file), and whether the two are the same.
 */

/** Whether records of the stage's files are told. */
bool content_asks_records(const struct stage_settings *set);
/** Whether something that was announced can be held against what is there. */
bool content_is_compared(const struct stage_settings *set);

/** How much of @name the pair's name begins with. */
size_t content_pair_stem(const struct stage_settings *set, const char *name);

/**
 * Whether the pair file of @name is there. Where its content is asked for, it must be whole, too:
 * @is_closed (an event said so), or its numbers do not stand at its end, or it rests for `settle`.
 */
bool content_has_pair(
    const struct folder *folder, const char *name, int64_t wall_ms, bool is_closed);

/** Records that @size bytes are; FILE_RECORDS_UNKNOWN where that does not tell. */
uint32_t content_by_size(const struct stage_settings *set, uint64_t size);

/** Holds what was announced of @file against it: sets `differs`, and `records` where these are what
 * was announced. The difference is noted in the stage. */
void content_compare(const struct folder *folder, const char *name, struct file *file);

#endif
