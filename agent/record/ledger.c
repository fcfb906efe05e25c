/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/log.h"
#include "record/agreed.h"
#include "record/ballast.h"
#include "record/history.h"
#include "record/identity.h"
#include "record/recent.h"
#include "record/store.h"
#include "wire/wire.h"

enum { BALLAST_RETRY_MS = 60 * 1000, FILE_EVERY_MS = 60 * 1000, SLOW_COMMIT_MS = 100 };

/* ---- opening ----------------------------------------------------------------------------- */

static int meta_get(struct record *r, const char *key, char *ret, size_t size)
{
    struct db_query q = db_query(&r->db, SQL_META_GET, db_text(key));
    if (db_next(&q))
        snprintf(ret, size, "%s", db_column_text(&q, 0));
    return db_end(&q);
}

static int read_floor(struct record *r)
{
    struct db_query q = db_query_values(&r->db, SQL_ARCHIVE_FLOOR, NULL, 0);
    if (db_next(&q)) {
        r->floor.seq = (uint64_t)db_column_int(&q, 0);
        if (sqlite3_column_bytes(q.statement, 1) == CHAIN_BYTES)
            memcpy(r->floor.hash, sqlite3_column_blob(q.statement, 1), CHAIN_BYTES);
    }
    return db_end(&q);
}

static int read_head(struct record *r)
{
    struct db_query q = db_query_values(&r->db, SQL_LEDGER_HEAD, NULL, 0);
    if (db_next(&q)) {
        r->committed.seq = (uint64_t)db_column_int(&q, 0);
        // A hash of another length is left to record_verify, which names the row.
        if (sqlite3_column_bytes(q.statement, 1) == CHAIN_BYTES)
            memcpy(r->committed.hash, sqlite3_column_blob(q.statement, 1), CHAIN_BYTES);
    }
    r->head = r->committed;
    int result = db_end(&q);
    return result == 0 ? read_floor(r) : result;
}

static int read_stored(struct record *r, struct identity *ret)
{
    char epoch[24] = "0";
    int result = meta_get(r, "host_id", ret->host_id, sizeof ret->host_id);
    if (result == 0)
        result = meta_get(r, "epoch", epoch, sizeof epoch);
    ret->epoch = strtoull(epoch, NULL, 10);
    return result;
}

static void take_identity(struct record *r, const struct identity *id)
{
    memcpy(r->host_id, id->host_id, sizeof r->host_id);
    r->epoch = id->epoch;
}

int store_read(struct record *r)
{
    struct identity stored = {0};
    int result = read_stored(r, &stored);
    take_identity(r, &stored);
    return result == 0 ? read_head(r) : result;
}

static int read_identity(struct record *r, const char *path)
{
    struct identity stored = {0}, id;
    char epoch[24];
    int result = read_stored(r, &stored);
    if (result == 0)
        result = identity_settle(path, &stored, &id);
    if (result != 0)
        return result;

    take_identity(r, &id);
    if (id.epoch == stored.epoch)
        return 0;
    snprintf(epoch, sizeof epoch, "%" PRIu64, id.epoch);
    result = db_write(&r->db, SQL_META_PUT, db_text("host_id"), db_text(id.host_id));
    if (result == 0)
        result = db_write(&r->db, SQL_META_PUT, db_text("epoch"), db_text(epoch));
    if (result == 0)
        result = db_commit(&r->db);
    return result;
}

static int open_once(const char *path, struct record **ret_record)
{
    struct record *r = alloc(sizeof *r);
    int result = db_open(&r->db, path);
    if (result == 0)
        result = db_migrate(&r->db);
    if (result == 0)
        result = read_identity(r, path);
    if (result == 0)
        result = read_head(r);
    if (result != 0) {
        record_close(r);
        return result;
    }
    *ret_record = r;
    return 0;
}

int record_open(const char *path, struct record **ret_record)
{
    bool is_file = strcmp(path, ":memory:") != 0;
    struct record *r = NULL;
    int result = open_once(path, &r);
    // A full disk must not keep the agent from starting: that is what the ballast is for.
    if (result == RECORD_E_FULL && is_file && ballast_throw(path))
        result = open_once(path, &r);
    if (result != 0)
        return result;
    if (is_file) {
        r->path = alloc_text(path);
        r->has_ballast = ballast_make(path);
        if (stat(path, &r->file) < 0)
            r->file = (struct stat){0};
    }
    *ret_record = r;
    return 0;
}

struct record *record_close(struct record *r)
{
    if (r == NULL)
        return NULL;
    db_close(&r->db);
    history_free(r->history);
    agreed_free(r->agreed);
    recent_free(r->recent);
    free(r->path);
    free(r);
    return NULL;
}

/* ---- transactions ------------------------------------------------------------------------ */

static int alive_write(struct record *r)
{
    const struct record_alive *a = &r->alive;
    return db_write(&r->db, SQL_ALIVE_PUT, db_int(a->at.wall), db_int(a->at.boot),
        db_text(a->boot_id), db_int(a->stopped));
}

bool record_is_read_only(const struct record *r)
{
    return r->db.is_read_only;
}

/* The next try then has room, once. */
static void make_room(struct record *r)
{
    if (r->db.is_read_only)
        return; // the reserve would help nothing
    bool was_thrown = r->path != NULL && ballast_throw(r->path);
    r->has_ballast = false;
    r->ballast_tried = r->alive.at.boot;
    log_error(LOG_RECORD, "the disk of the ledger is full, %s",
        was_thrown ? "the reserve was given up" : "what is to be recorded waits in memory");
}

void store_forget_views(struct record *r)
{
    r->history = history_free(r->history);
    agreed_free(r->agreed);
    r->agreed = NULL;
}

/* What was known of a transaction that is gone. */
static void forget(struct record *r)
{
    r->head = r->committed;
    r->next_sequence = 0;
    r->recent = recent_free(r->recent);
    store_forget_views(r);
}

int record_commit(struct record *r)
{
    if (r->db.open && !r->db.waiting && r->alive.boot_id[0] != '\0')
        alive_write(r);
    int64_t begun = clock_tick_us();
    int result = db_commit(&r->db);
    int64_t taken_ms = (clock_tick_us() - begun) / 1000;
    if (taken_ms > SLOW_COMMIT_MS)
        log_warn(LOG_RECORD, "a commit took %lld ms", (long long)taken_ms);

    if (result == RECORD_E_FULL) {
        make_room(r);
        return result;
    }
    if (result != 0)
        forget(r);
    r->committed = r->head;
    return result;
}

void record_rollback(struct record *r)
{
    db_rollback(&r->db);
    forget(r);
}

bool record_dirty(const struct record *r)
{
    return r->db.open;
}

/* ---- the agent itself -------------------------------------------------------------------- */

int record_last_alive(struct record *r, struct record_alive *ret)
{
    struct record_alive found = {0};
    struct db_query q = db_query_values(&r->db, SQL_ALIVE_GET, NULL, 0);
    bool is_there = db_next(&q);
    if (is_there) {
        found.at = (struct moment){.wall = db_column_int(&q, 0), .boot = db_column_int(&q, 1)};
        snprintf(found.boot_id, sizeof found.boot_id, "%s", db_column_text(&q, 2));
        found.stopped = db_column_int(&q, 3) != 0;
    }
    int result = db_end(&q);
    if (result == 0 && !is_there)
        return RECORD_E_NONE;
    if (result == 0)
        *ret = found;
    return result;
}

/* Whether the path still leads to the file that was opened: what goes into a removed one is lost
 * when it is closed. */
static bool file_is_there(const struct record *r)
{
    struct stat st;
    return stat(r->path, &st) == 0 && st.st_dev == r->file.st_dev && st.st_ino == r->file.st_ino;
}

/* Once a minute. */
static int look_at_file(struct record *r, mono_ms boot)
{
    if (r->path == NULL || boot - r->file_seen < FILE_EVERY_MS)
        return 0;
    r->file_seen = boot;
    if (file_is_there(r))
        return 0;
    log_error(LOG_RECORD, "the ledger \"%s\" was removed or replaced", r->path);
    db_spoil(&r->db, fault(-ESTALE));
    return -ESTALE;
}

int record_alive(struct record *r, struct moment now, const char *boot_id, bool stopped)
{
    r->alive = (struct record_alive){.at = now, .stopped = stopped};
    snprintf(r->alive.boot_id, sizeof r->alive.boot_id, "%s", boot_id);
    int result = look_at_file(r, now.boot);
    if (result != 0)
        return result;
    if (r->path != NULL && !r->has_ballast && now.boot - r->ballast_tried >= BALLAST_RETRY_MS) {
        r->ballast_tried = now.boot;
        r->has_ballast = ballast_make(r->path);
    }
    // A transaction that runs writes it once, at its end.
    return r->db.open && !r->db.waiting ? r->db.failed : alive_write(r);
}

const char *record_host_id(const struct record *r)
{
    return r->host_id;
}

uint64_t record_epoch(const struct record *r)
{
    return r->epoch;
}

const char *record_head(struct record *r)
{
    chain_hex(r->head_hex, r->committed.hash, CHAIN_BYTES);
    return r->head_hex;
}

/* ---- rows -------------------------------------------------------------------------------- */

uint64_t record_rows(const struct record *r)
{
    return r->head.seq;
}

int record_append(struct record *r, struct moment now, const char *kind, const char *body)
{
    const char *text = body == NULL ? "{}" : body;
    struct chain_row row = {.seq = r->head.seq + 1,
        .at = now,
        .kind = kind,
        .kind_length = strlen(kind),
        .body = text,
        .body_length = strlen(text)};
    struct store_head next = {.seq = row.seq};
    chain_hash(next.hash, r->head.hash, &row);

    int result = db_write(&r->db, SQL_LEDGER_ADD, db_id(row.seq), db_int(now.wall),
        db_int(now.boot), db_text(kind), db_text(text), db_blob(next.hash, CHAIN_BYTES));
    if (result == 0) {
        r->head = next;
        // The clock of the newest row is a sign of life as good as record_alive's.
        if (r->alive.boot_id[0] != '\0' && now.boot > r->alive.at.boot)
            r->alive.at = now;
    }
    return result;
}

int store_append(
    struct record *r, struct moment now, const char *kind, json_t *body, uint64_t *ret_row)
{
    char *line = wire_line(body, NULL);
    int result = record_append(r, now, kind, line);
    free(line);
    if (result == 0 && ret_row != NULL)
        *ret_row = r->head.seq;
    return result;
}

struct chain_row store_row(const struct db_query *q)
{
    struct chain_row row = {
        .seq = (uint64_t)db_column_int(q, 0),
        .at = {.wall = db_column_int(q, 1), .boot = db_column_int(q, 2)},
        .kind = db_column_text(q, 3),
        .body = db_column_text(q, 4),
    };
    row.kind_length = (size_t)sqlite3_column_bytes(q->statement, 3);
    row.body_length = (size_t)sqlite3_column_bytes(q->statement, 4);
    return row;
}

int store_hash(struct record *r, uint64_t seq, uint8_t ret[CHAIN_BYTES])
{
    struct db_query q = db_query(&r->db, SQL_LEDGER_HASH, db_id(seq));
    memset(ret, 0, CHAIN_BYTES);
    if (db_next(&q) && sqlite3_column_bytes(q.statement, 0) == CHAIN_BYTES)
        memcpy(ret, sqlite3_column_blob(q.statement, 0), CHAIN_BYTES);
    return db_end(&q);
}

json_t *store_column_json(const struct db_query *q, int column)
{
    json_error_t error;
    json_t *o = json_loads(db_column_text(q, column), JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(o))
        return o;
    log_error(LOG_RECORD, "a row of the ledger is not an object and is left out: %s", error.text);
    json_decref(o);
    return NULL;
}

int store_number(struct record *r, enum sql sql, uint64_t *ret)
{
    uint64_t found = 0;
    struct db_query q = db_query_values(&r->db, sql, NULL, 0);
    if (db_next(&q))
        found = (uint64_t)db_column_int(&q, 0);
    int result = db_end(&q);
    if (result == 0)
        *ret = found;
    return result;
}

int record_each_row(struct record *r, uint64_t from_seq,
    bool (*fn)(void *arg, uint64_t seq, struct moment at, const char *kind, const char *body),
    void *arg)
{
    struct db_query q = db_query(&r->db, SQL_LEDGER_FROM, db_id(from_seq));
    bool goes_on = true;
    while (goes_on && db_next(&q)) {
        struct moment at = {.wall = db_column_int(&q, 1), .boot = db_column_int(&q, 2)};
        goes_on = fn(
            arg, (uint64_t)db_column_int(&q, 0), at, db_column_text(&q, 3), db_column_text(&q, 4));
    }
    return db_end(&q);
}
