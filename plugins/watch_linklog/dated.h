/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_DATED_H
#define LINKLOG_DATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * dated - paths that change with the day: the marks %Y %m %d %H, in the zone of the process.
 */

/** Whether @pattern is an absolute path of a file, with no marks but %Y %m %d %H %%. */
bool dated_valid(const char *pattern);

/** Fills the marks in; %% is a percent sign. What does not fit in @room bytes is cut off. */
void dated_path(const char *pattern, int64_t wall_ms, char *out, size_t room);

/** Whether both paths lie in one folder. */
bool dated_same_folder(const char *a, const char *b);

#endif
