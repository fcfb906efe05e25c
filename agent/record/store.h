/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_STORE_H
#define HM_RECORD_STORE_H

#include <jansson.h>
#include <sys/stat.h>

#include "record/chain.h"
#include "record/db.h"
#include "record/record.h"

/**
 * store - what the files behind record.h share: the open record, and rows as JSON.
 */

/** Where the chain ends. */
struct store_head {
    uint64_t seq;
    uint8_t hash[CHAIN_BYTES];
};

struct history;
struct agreed;

struct record {
    struct db db;
    char host_id[33];
    uint64_t epoch;
    struct store_head head;      /* with the running transaction's rows */
    struct store_head committed; /* without */
    struct store_head floor;     /* rows up to it were archived; seq 0: none */
    char head_hex[CHAIN_HEX_BYTES];
    uint64_t next_sequence;    /* 0: to be looked up */
    struct record_alive alive; /* as record_alive said; boot_id "" : not yet */
    struct history *history;   /* NULL: not asked for yet, or to be read anew */
    struct agreed *agreed;     /* likewise */
    struct recent *recent;     /* NULL: nothing was told yet */
    char *path;                /* NULL: in memory, or not opened */
    struct stat file;          /* as it was opened */
    mono_ms file_seen;
    bool has_ballast;
    mono_ms ballast_tried;
};

/** Reads who the ledger is and where its chain ends. 0, RECORD_E_*, a fault. */
int store_read(struct record *r);

/** A row as the statements that begin with seq, at_wall, at_boot, kind, body give it; borrowed. */
struct chain_row store_row(const struct db_query *q);
/** The stored hash of row @seq; zeros where there is no such row. */
int store_hash(struct record *r, uint64_t seq, uint8_t ret[CHAIN_BYTES]);
/** What is held of rows in memory is read anew at the next question. */
void store_forget_views(struct record *r);

/** A new row of the chain with @body (stolen); *ret_row (may be NULL) is its sequence number. */
int store_append(
    struct record *r, struct moment now, const char *kind, json_t *body, uint64_t *ret_row);

/** The object in column @column; NULL (logged) if it is none. New reference. */
json_t *store_column_json(const struct db_query *q, int column);

/** A column that must hold one number, of a statement without arguments; 0 if there is no row. */
int store_number(struct record *r, enum sql sql, uint64_t *ret);

#endif
