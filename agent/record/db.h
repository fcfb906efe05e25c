/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_DB_H
#define HM_RECORD_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * db - SQLite as the ledger uses it: one connection that nobody else can open, statements prepared
 * once, and one running transaction.
 *
 * A transaction is never half kept. When the disk is full, or became read-only, it is undone in the
 * file and waits in memory: further writes join it, and each db_commit tries it again as a whole.
 * Any other failure spoils it: it is undone, and every further write answers the same until
 * db_commit or db_rollback has ended it.
 *
 * Outcomes are those of record.h (RECORD_E_FULL, RECORD_E_CORRUPT ..); faults are logged here.
 */

/** Every statement by name; the text is in sql.def. */
enum sql {
#define STATEMENT(name, text) SQL_##name,
#include "record/sql.def"
#undef STATEMENT
    SQL_COUNT
};

struct db {
    sqlite3 *handle;
    sqlite3_stmt *cached[SQL_COUNT];
    bool open;            /* a transaction runs, or has failed and was not ended yet */
    bool waiting;         /* it found no room and is in memory only */
    bool is_read_only;    /* why it waits: not for room, the file system takes no writes any more */
    bool is_refusing;     /* too much waits; that was logged */
    int failed;           /* what spoiled it; 0: sound */
    struct db_job **jobs; /* its writes, in order */
    size_t job_count, job_room, job_bytes;
};

/* What may wait in memory: many times what workers may send unacknowledged. */
enum { DB_WAITING_BYTES_MAX = 64 * 1024 * 1024 };

/** Whether a file system of this statfs(2) type lies behind a network or another process. */
bool db_is_network(uint32_t f_type);

/**
 * Opens or makes @path (0600) and takes its lock; ":memory:" needs neither. 0; RECORD_E_LOCKED,
 * RECORD_E_NETWORK, RECORD_E_CORRUPT, RECORD_E_FULL; a fault. Closed again unless 0.
 */
int db_open(struct db *db, const char *path);
/** Opens a copy that nobody writes, for reading only. As db_open; RECORD_E_NEWER: another schema.
 */
int db_open_copy(struct db *db, const char *path);
void db_close(struct db *db);
/**
 * Brings the schema up to this program's: what is there is copied first (beside the file,
 * ".schema-VERSION"), then all steps are one transaction. 0; RECORD_E_NEWER: this program is older;
 * RECORD_E_FULL, a fault: the file is as it was.
 */
int db_migrate(struct db *db);
/** The same with the first @count of @steps; step i leads from schema i to i + 1. */
int db_migrate_to(struct db *db, const char *const *steps, int count);

struct db_value {
    enum { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB } type;
    int64_t integer;
    double real;
    const void *bytes; /* borrowed until the statement is reset */
    size_t length;
};
struct db_value db_int(int64_t integer);
struct db_value db_id(uint64_t id);
/** NaN becomes NULL. */
struct db_value db_real(double real);
/** NULL becomes "". */
struct db_value db_text(const char *text);
struct db_value db_blob(const void *bytes, size_t length);

int db_write_values(struct db *db, enum sql sql, const struct db_value *values, size_t count);
/** Runs a statement in the running transaction, which it opens if there is none. A full disk is
 * told by db_commit; here RECORD_E_FULL means that too much waits already. */
#define db_write(db, sql, ...)                                       \
    db_write_values(db, sql, (const struct db_value[]){__VA_ARGS__}, \
        sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))
/**
 * A running query. It may be nested in itself.
 *     struct db_query q = db_query(db, SQL_X, db_int(1));
 *     while (db_next(&q)) ..
 *     return db_end(&q);
 */
struct db_query {
    struct db *db;
    sqlite3_stmt *statement;
    bool is_own; /* not the cached one, which is in use */
    int result;
};
struct db_query db_query_values(
    struct db *db, enum sql sql, const struct db_value *values, size_t count);
#define db_query(db, sql, ...)                                       \
    db_query_values(db, sql, (const struct db_value[]){__VA_ARGS__}, \
        sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))
/** True: there is a row. False: the end, or what db_end returns. */
bool db_next(struct db_query *q);
/** 0, or why db_next ended early: then what is open is not committed either. */
int db_end(struct db_query *q);
/** Column as text, never NULL; borrowed until db_next. */
const char *db_column_text(const struct db_query *q, int column);
int64_t db_column_int(const struct db_query *q, int column);

/** RECORD_E_FULL: it waits, call again later. Any other failure ends the transaction. */
int db_commit(struct db *db);
void db_rollback(struct db *db);
/** The file cannot be relied on any more: the transaction is undone and the next db_commit answers
 * @fault. */
void db_spoil(struct db *db, int fault);

#endif
