/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "record/carried.h"

/* How far record_verify has come. */
struct verification {
    struct store_head last;
    const char *head; /* NULL: none to look for */
    bool head_seen;
    json_t *archived; /* what the last row of kind archive says; owned */
};

static void look_for_head(struct verification *v)
{
    char hex[CHAIN_HEX_BYTES];
    if (v->head == NULL || v->head_seen)
        return;
    chain_hex(hex, v->last.hash, CHAIN_BYTES);
    v->head_seen = strcasecmp(hex, v->head) == 0;
}

/* What the chain does not see: the same bytes under another type. */
static bool types_hold(const struct db_query *q)
{
    static const int types[] = {
        SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_TEXT, SQLITE_TEXT, SQLITE_BLOB};
    for (int i = 0; i < 6; i++)
        if (sqlite3_column_type(q->statement, i) != types[i])
            return false;
    return true;
}

/* False, and why, when the row does not follow the one before. */
static bool row_follows(struct verification *v, const struct db_query *q, struct text *why)
{
    bool is_typed = types_hold(q);
    struct chain_row row = store_row(q);
    uint64_t due = v->last.seq + 1;
    if (row.seq != due) {
        text_addf(why, "row %" PRIu64 " is missing, row %" PRIu64 " follows", due, row.seq);
        return false;
    }
    uint8_t hash[CHAIN_BYTES];
    chain_hash(hash, v->last.hash, &row);
    const void *stored = sqlite3_column_blob(q->statement, 5);
    if (!is_typed || sqlite3_column_bytes(q->statement, 5) != CHAIN_BYTES || stored == NULL ||
        memcmp(stored, hash, CHAIN_BYTES) != 0) {
        text_addf(why, "row %" PRIu64 " does not match its hash", row.seq);
        return false;
    }
    v->last.seq = row.seq;
    memcpy(v->last.hash, hash, CHAIN_BYTES);
    if (strcmp(row.kind, "archive") == 0) {
        json_decref(v->archived);
        v->archived = json_loads(row.body, 0, NULL);
    }
    return true;
}

static bool says(const json_t *o, const char *name, const uint8_t hash[CHAIN_BYTES])
{
    char hex[CHAIN_HEX_BYTES];
    chain_hex(hex, hash, CHAIN_BYTES);
    return text_equal(json_string_value(json_object_get(o, name)), hex);
}

/* What is left of archived rows, and where the chain goes on, must be what the chain itself says.
 */
static int verify_archived(
    struct record *r, const struct verification *v, bool *ret_sound, struct text *why)
{
    uint8_t digest[CHAIN_BYTES];
    uint64_t carried = 0, below = 0;
    int result = carried_digest(r, r->floor.seq, digest, &carried);
    if (result == 0)
        result = carried_rows_below(r, r->floor.seq, &below);
    if (result != 0)
        return result;
    const json_t *a = v->archived;
    *ret_sound = a == NULL
                     ? r->floor.seq == 0
                     : (uint64_t)json_integer_value(json_object_get(a, "last")) == r->floor.seq &&
                           says(a, "hash", r->floor.hash) && says(a, "carried", digest) &&
                           carried == below;
    if (!*ret_sound)
        text_addf(why, "rows up to %" PRIu64 " are not what was left when they were archived",
            r->floor.seq);
    return 0;
}

/* The tables that point into the chain must point at all rows of their kind and at no others. */
static int verify_views(struct record *r, bool *ret_sound, uint64_t *ret_seq, struct text *why)
{
    struct db_query q = db_query_values(&r->db, SQL_LEDGER_VIEWS, NULL, 0);
    *ret_sound = !db_next(&q);
    if (!*ret_sound) {
        *ret_seq = (uint64_t)db_column_int(&q, 1);
        text_addf(why, "row %" PRIu64 " and the table of kind %s do not agree", *ret_seq,
            db_column_text(&q, 0));
    }
    return db_end(&q);
}

int record_verify(struct record *r, const char *head, uint64_t *ret_seq, struct text *ret_why)
{
    struct verification v = {.head = head, .last = r->floor};
    bool sound = true;
    look_for_head(&v);
    int64_t from = r->floor.seq > 0 ? (int64_t)r->floor.seq + 1 : INT64_MIN;
    struct db_query q = db_query(&r->db, SQL_LEDGER_FROM, db_int(from));
    while (sound && db_next(&q)) {
        sound = row_follows(&v, &q, ret_why);
        look_for_head(&v);
    }
    int result = db_end(&q);
    *ret_seq = v.last.seq + 1;
    if (result == 0 && sound && v.head != NULL && !v.head_seen) {
        text_addf(ret_why, "the chain of %" PRIu64 " rows does not contain the head %s", v.last.seq,
            head);
        sound = false;
    }
    if (result == 0 && sound) {
        result = verify_archived(r, &v, &sound, ret_why);
        *ret_seq = sound ? *ret_seq : r->floor.seq;
    }
    json_decref(v.archived);
    if (result == 0 && sound)
        result = verify_views(r, &sound, ret_seq, ret_why);
    return result != 0 ? result : !sound;
}
