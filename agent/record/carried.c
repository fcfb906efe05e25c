/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/carried.h"

#include <string.h>

int carried_digest(struct record *r, uint64_t last, uint8_t ret[CHAIN_BYTES], uint64_t *ret_count)
{
    uint8_t digest[CHAIN_BYTES] = {0}, pair[2 * CHAIN_BYTES];
    uint64_t count = 0;
    struct db_query q = db_query(&r->db, SQL_CARRIED_ALL, db_id(last));
    for (; db_next(&q); count++) {
        struct chain_row row = store_row(&q);
        uint8_t *hash = pair, *previous = pair + CHAIN_BYTES;
        memset(pair, 0, sizeof pair);
        if (sqlite3_column_bytes(q.statement, 6) == CHAIN_BYTES)
            memcpy(previous, sqlite3_column_blob(q.statement, 6), CHAIN_BYTES);
        chain_hash(hash, previous, &row);
        // A hash that was changed beside its row makes another digest, too.
        if (sqlite3_column_bytes(q.statement, 5) != CHAIN_BYTES ||
            memcmp(sqlite3_column_blob(q.statement, 5), hash, CHAIN_BYTES) != 0)
            memset(pair, 0, sizeof pair);
        struct chain_row link = {
            .seq = row.seq, .kind = "", .body = (const char *)pair, .body_length = sizeof pair};
        chain_hash(digest, digest, &link);
    }
    int result = db_end(&q);
    if (result == 0) {
        memcpy(ret, digest, CHAIN_BYTES);
        *ret_count = count;
    }
    return result;
}

int carried_rows_below(struct record *r, uint64_t last, uint64_t *ret_count)
{
    struct db_query q = db_query(&r->db, SQL_LEDGER_BELOW, db_id(last));
    uint64_t count = db_next(&q) ? (uint64_t)db_column_int(&q, 0) : 0;
    int result = db_end(&q);
    if (result == 0)
        *ret_count = count;
    return result;
}
