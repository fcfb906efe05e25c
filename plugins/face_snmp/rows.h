/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_ROWS_H
#define FACE_SNMP_ROWS_H

#include <hashimori/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "columns.h"

/**
 * rows - the board as it was last committed, by table and ascending id.
 *
 * Changes wait until rows_commit: whoever asks in between sees the old board, never half of a
 * new one. Rows are found by binary search.
 */

/** What a cell holds: both forms, so that a column takes the one it needs. */
struct rows_value {
    char *text; /* at most 255 octets, cut between characters; NULL: "" */
    int64_t number;
};

struct rows_row {
    uint32_t id;
    struct rows_value values[]; /* by column of its table */
};

struct rows;
struct rows *rows_new(void); /* NULL: no memory */
struct rows *rows_free(struct rows *r);

/** @whole: what is not put until commit is gone. */
void rows_begin(struct rows *r, bool whole);
/** Unknown tables and cells are passed over: the board may be newer than this plugin. */
void rows_put(struct rows *r, const struct hm_row *row);
void rows_drop(struct rows *r, const char *table, uint32_t id);
void rows_commit(struct rows *r);
/** The row @id of @table, or NULL. Borrowed until the next commit. */
const struct rows_row *rows_get(
    const struct rows *r, const struct column_table *table, uint32_t id);
/** The first row of @table with an id of @least or more, or NULL. */
const struct rows_row *rows_from(
    const struct rows *r, const struct column_table *table, uint64_t least);

#endif
