/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINKLOG_STEP_H
#define LINKLOG_STEP_H

#include "linklog.h"

/**
 * step - over lines and records in which no pattern can match, without decoding them.
 *
 * The prefilter finds the next line that may match in the raw bytes of the block. What lies before
 * it is stepped over. With a head pattern that is whole records: from the candidate back to the
 * nearest line that begins one, only those lines are decoded; a record that is being held is
 * dropped when none of its lines may match. The strings that are looked for are chosen anew, by
 * what the log holds, when they let too much through.
 */

/** Moves @t->next (and what survives a restart) as far as nothing can match. Looks at the block
 * only: the first line of each block is left, and decoding it tells a wrong encoding. */
void step_over(struct linklog *l, struct tail *t);

/** Makes the prefilter if there is none yet, without a sample of the log: for one that is long its
 * first block is the better time. Without memory there is none, and every line is matched. */
void step_prepare(struct linklog *l);

/** Whether @line, which is to be taken as part of a record, may match: then the record must be
 * looked at. */
bool step_may_match(const struct tail *t, const struct line *line);

/** Decodes a line into l->decoded, without carriage returns at its end. Returns its length;
 * @ret_used: bytes of the line that are in it, @ret_way: how it was read. */
size_t step_decode(
    struct linklog *l, const struct line *line, size_t *ret_used, enum charset_way *ret_way);

#endif
