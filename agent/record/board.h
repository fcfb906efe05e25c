/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_BOARD_H
#define HM_RECORD_BOARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * board - what is true now, as rows (table, id) -> cells; in memory.
 *
 * Faces and `hashimori status` read it. Each change gets a new version; a reader that remembers
 * the version it has seen is given what changed since. Cells: docs/wire.md, "Board tables".
 */

struct board;
struct board *board_new(void);
struct board *board_free(struct board *b);

/** Puts a row (@cells: JSON object, stolen). Equal to what stands: nothing changes. */
void board_put(struct board *b, const char *table, uint32_t id, json_t *cells);
/** The same, kept as text: a fifth of the memory, for tables of which very many rows stand. Whoever
 * is given its cells gets a JSON string and unpacks them. */
void board_put_packed(struct board *b, const char *table, uint32_t id, json_t *cells);
/** The object that @cells are, packed or not; a new reference. */
json_t *board_unpack(const json_t *cells);
/** Spares the making of cells: true if the row was put when it was last asked for with the same
 * @stamp (a hash of all that its cells are made of): it stays, as if put again. False: put it. */
bool board_keep(struct board *b, const char *table, uint32_t id, uint64_t stamp);
void board_drop(struct board *b, const char *table, uint32_t id);
/** Drops all rows of @table whose put or touch was before the last board_mark. */
void board_mark(struct board *b, const char *table);
void board_sweep(struct board *b, const char *table);

/** Cells of a row, borrowed; NULL: there is none. */
const json_t *board_row(const struct board *b, const char *table, uint32_t id);

uint64_t board_version(const struct board *b);
/** Rows changed after @since: @cells NULL for dropped ones. In table order, by id. */
void board_each_since(const struct board *b, uint64_t since,
    void (*fn)(void *arg, const char *table, uint32_t id, const json_t *cells), void *arg);
/** All rows of @table by id (NULL: all tables). */
void board_each(const struct board *b, const char *table,
    void (*fn)(void *arg, const char *table, uint32_t id, const json_t *cells), void *arg);
/** No reader will ask for what changed up to @version: rows dropped by then are forgotten. */
void board_forget(struct board *b, uint64_t version);
/** A stable small id (1..) for @name in @table; the same name gets the same id. */
uint32_t board_id(struct board *b, const char *table, const char *name);

#endif
