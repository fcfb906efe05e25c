/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FACE_SNMP_COLUMNS_H
#define FACE_SNMP_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/**
 * columns - the tables of HASHIMORI-MIB as data: which cell of the board stands behind which
 * object. Cells are found by name (docs/wire.md, "Board tables").
 */

enum column_kind {
    COLUMN_TEXT,     /* SnmpAdminString */
    COLUMN_INTEGER,  /* INTEGER, Integer32; words become numbers */
    COLUMN_UNSIGNED, /* Unsigned32, Gauge32; saturates */
    COLUMN_COUNTER,  /* Counter64 */
    COLUMN_CLASS,    /* Counter64 that grows while the row's `counting` is the column's class */
    COLUMN_DATE,     /* DateAndTime of a wall time in ms; 0 is eight zero octets */
    COLUMN_BOOT_AGE, /* s since a boottime in ms; 4294967295 if 0 */
    COLUMN_WALL_AGE, /* s since a wall time in ms; 0 if 0 */
    COLUMN_TRUTH,    /* TruthValue */
    COLUMN_HIDDEN    /* not an object: what other columns of the row need */
};

struct column_word {
    const char *word; /* NULL ends the list */
    int number;
};

struct column {
    const char *cell;
    enum column_kind kind;
    const struct column_word *words; /* COLUMN_INTEGER: may come as a word; NULL: never does */
    int class;                       /* COLUMN_CLASS */
};

struct column_table {
    const char *name;      /* on the board */
    uint32_t arc;          /* below hmObjects */
    uint32_t first_column; /* number of columns[0]; those that follow count up */
    uint32_t column_count; /* objects; hidden ones stand after them */
    uint32_t cell_count;   /* hidden ones included */
    const struct column *columns;
};

/** In the order of their arcs. The first, the agent, is scalars: no entry node, instance 0. */
extern const struct column_table column_tables[];
extern const size_t column_table_count;
enum { COLUMN_TABLE_AGENT = 0 };

/** In the service table, where a class column finds what it needs. */
enum { SERVICE_COUNTING = 8, SERVICE_AT_BOOT = 9 };

const struct column_table *column_table_named(const char *name); /* NULL: none */

#endif
