/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/import.h"

#include <string.h>

#include "record/export.h"
#include "record/store.h"
#include "wire/wire.h"

struct import {
    struct record *record;
    const char *file, *who;
    struct moment now;
    uint64_t base; /* of the ledger: number of the first row that this import makes */
    uint64_t rows;
};

static int each_line(const char *path, struct export_check *check,
    int (*fn)(void *arg, const struct export_line *line), void *arg, struct text *why)
{
    struct export_file *f = NULL;
    const char *line;
    size_t length;
    int result = export_open(path, &f);
    if (result != 0)
        return result;
    while (result == 0) {
        struct export_line l = {0};
        int got = export_next(f, &line, &length);
        if (got == EXPORT_E_END)
            break;
        if (got != 0)
            text_add(why, "the file cannot be read, or a line has no end");
        else
            got = export_check_line(check, line, length, &l, why);
        result = got != 0 ? IMPORT_E_BAD : fn != NULL ? fn(arg, &l) : 0;
        export_line_deinit(&l);
    }
    export_close(f);
    if (result == 0 && check->first == 0) {
        text_add(why, "there is no row in it");
        result = IMPORT_E_BAD;
    }
    return result;
}

static int is_known(struct record *r, const uint8_t hash[CHAIN_BYTES], bool *ret)
{
    char hex[CHAIN_HEX_BYTES];
    chain_hex(hex, hash, CHAIN_BYTES);
    struct db_query q = db_query(&r->db, SQL_IMPORT_KNOWN, db_text(hex));
    *ret = db_next(&q);
    return db_end(&q);
}

/* Our own rows say what was from then on; nobody else may. */
static int overlaps(struct record *r, wall_ms last, bool *ret)
{
    struct db_query q = db_query_values(&r->db, SQL_LEDGER_NATIVE, NULL, 0);
    *ret = db_next(&q) && sqlite3_column_type(q.statement, 0) != SQLITE_NULL &&
           db_column_int(&q, 0) <= last;
    return db_end(&q);
}

static int look(struct record *r, const struct export_check *check)
{
    bool known = false, over = false;
    int result = is_known(r, check->hash, &known);
    if (result == 0)
        result = overlaps(r, check->last_at, &over);
    return result != 0 ? result : known ? IMPORT_E_KNOWN : over ? IMPORT_E_OVERLAP : 0;
}

static int take_line(void *arg, const struct export_line *l)
{
    struct import *i = arg;
    json_t *body = json_loads(l->body, JSON_DECODE_ANY, NULL);
    json_t *o = json_pack("{s:{s:s,s:s,s:I,s:I,s:s},s:o,s:s,s:o}", "provenance", "file", i->file,
        "who", i->who, "base", (json_int_t)i->base, "seq", (json_int_t)l->seq, "hash", l->hash,
        "at", wire_moment(l->at), "kind", l->kind, "body",
        body != NULL ? body : json_string(l->body));
    i->rows++;
    return store_append(i->record, i->now, "import", o, NULL);
}

int import_run(struct record *r, const char *path, const char *who, struct moment now,
    uint64_t *ret_rows, struct text *why)
{
    struct export_check first = {0}, second = {0};
    const char *slash = strrchr(path, '/');
    struct import i = {.record = r,
        .file = slash == NULL ? path : slash + 1,
        .who = who,
        .now = now,
        .base = r->head.seq + 1};
    int result = each_line(path, &first, NULL, NULL, why);
    if (result == 0)
        result = look(r, &first);
    if (result == 0)
        result = each_line(path, &second, take_line, &i, why);
    if (result == 0)
        result = record_commit(r);
    if (result != 0) {
        record_rollback(r);
        return result;
    }
    store_forget_views(r);
    *ret_rows = i.rows;
    return 0;
}
