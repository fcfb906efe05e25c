/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "record/export.h"
#include "record/store.h"
#include "wire/wire.h"

enum { STEP_ROWS = 256 };

/* A row that a judgement may be about: there and here. */
struct pair {
    uint64_t seq, row;
};

struct import {
    struct record *record;
    char *path, *file, *who;
    struct export_file *lines;
    struct export_check check;
    bool is_checked; /* the first time through is over */
    uint64_t base;   /* of the ledger: the row import.begin */
    uint64_t rows;
    struct pair *pairs;
    size_t pair_count, pair_room;
};

uint64_t import_id(uint64_t base, uint64_t id)
{
    return id == 0 ? 0 : base << IMPORT_ID_BITS | (id & ((1U << IMPORT_ID_BITS) - 1));
}

int import_new(struct record *r, const char *path, const char *name, const char *who,
    struct import **ret_import)
{
    const char *slash = strrchr(path, '/');
    struct export_file *lines = NULL;
    int result = export_open(path, &lines);
    if (result != 0)
        return result;
    struct import *i = alloc(sizeof *i);
    *i = (struct import){.record = r,
        .path = alloc_text(path),
        .file = alloc_text(name != NULL    ? name
                           : slash == NULL ? path
                                           : slash + 1),
        .who = alloc_text(who),
        .lines = lines};
    *ret_import = i;
    return 0;
}

struct import *import_free(struct import *i)
{
    if (i == NULL)
        return NULL;
    export_close(i->lines);
    free(i->pairs);
    free(i->path);
    free(i->file);
    free(i->who);
    free(i);
    return NULL;
}

uint64_t import_rows(const struct import *i)
{
    return i->rows;
}

/* ---- what may come in -------------------------------------------------------------------- */

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

/* ---- rows -------------------------------------------------------------------------------- */

static int write_mark(struct import *i, const char *kind, struct moment now, uint64_t *ret_row)
{
    json_t *o = json_pack("{s:s,s:s,s:I,s:I,s:I}", "file", i->file, "who", i->who, "base",
        (json_int_t)i->base, "first", (json_int_t)i->check.first, "last",
        (json_int_t)i->check.last);
    return store_append(i->record, now, kind, o, ret_row);
}

static void remember(struct import *i, uint64_t seq, uint64_t row)
{
    if (i->pair_count == i->pair_room) {
        i->pair_room = i->pair_room == 0 ? 64 : i->pair_room * 2;
        i->pairs = alloc_resize(i->pairs, i->pair_room, sizeof *i->pairs);
    }
    i->pairs[i->pair_count++] = (struct pair){seq, row};
}

/* Our row for theirs; both rise. 0: there is none. */
static uint64_t row_of(const struct import *i, uint64_t seq)
{
    size_t low = 0, high = i->pair_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (i->pairs[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low < i->pair_count && i->pairs[low].seq == seq ? i->pairs[low].row : 0;
}

static int write_row(struct import *i, const struct export_line *l, struct moment now)
{
    uint64_t row, gap;
    json_t *body = json_loads(l->body, JSON_DECODE_ANY, NULL);
    json_t *o = json_pack("{s:{s:s,s:s,s:I,s:I,s:s},s:o,s:s,s:o}", "provenance", "file", i->file,
        "who", i->who, "base", (json_int_t)i->base, "seq", (json_int_t)l->seq, "hash", l->hash,
        "at", wire_moment(l->at), "kind", l->kind, "body",
        body != NULL ? body : json_string(l->body));
    if (text_equal(l->kind, "judgement") && wire_get_id(body, "gap", &gap, NULL))
        json_object_set_new(o, "gap_row", wire_id(row_of(i, gap)));
    int result = store_append(i->record, now, "import", o, &row);
    if (result == 0 && text_equal(l->kind, "service"))
        remember(i, l->seq, row);
    i->rows += result == 0;
    return result;
}

/* ---- steps ------------------------------------------------------------------------------- */

/* 0: one more line was dealt with; EXPORT_E_END. */
static int next_line(struct import *i, struct moment now, struct text *why)
{
    struct export_line l = {0};
    const char *line;
    size_t length;
    int got = export_next(i->lines, &line, &length);
    if (got == EXPORT_E_END)
        return got;
    if (got != 0)
        text_add(why, "the file cannot be read, or a line has no end");
    else
        got = export_check_line(&i->check, line, length, &l, why);
    int result = got != 0 ? IMPORT_E_BAD : i->is_checked ? write_row(i, &l, now) : 0;
    export_line_deinit(&l);
    return result;
}

/* From the beginning again, to write. */
static int begin_writing(struct import *i, struct moment now, struct text *why)
{
    if (i->check.first == 0) {
        text_add(why, "there is no row in it");
        return IMPORT_E_BAD;
    }
    int result = look(i->record, &i->check);
    i->lines = export_close(i->lines);
    if (result == 0)
        result = export_open(i->path, &i->lines);
    i->base = i->record->head.seq + 1;
    if (result == 0)
        result = write_mark(i, "import.begin", now, NULL);
    i->check = (struct export_check){0};
    i->is_checked = true;
    return result != 0 ? result : IMPORT_E_MORE;
}

static int end_writing(struct import *i, struct moment now)
{
    int result = write_mark(i, "import.end", now, NULL);
    store_forget_views(i->record);
    return result;
}

int import_step(struct import *i, struct moment now, struct text *why)
{
    int result = 0;
    for (int n = 0; result == 0 && n < STEP_ROWS; n++)
        result = next_line(i, now, why);
    if (result == EXPORT_E_END)
        return i->is_checked ? end_writing(i, now) : begin_writing(i, now, why);
    return result != 0 ? result : IMPORT_E_MORE;
}

int import_run(struct record *r, const char *path, const char *name, const char *who,
    struct moment now, uint64_t *ret_rows, struct text *why)
{
    struct import *i = NULL;
    int result = import_new(r, path, name, who, &i);
    if (result != 0)
        return result;
    do
        result = import_step(i, now, why);
    while (result == IMPORT_E_MORE);
    if (result == 0)
        result = record_commit(r);
    if (result == 0)
        *ret_rows = i->rows;
    else
        record_rollback(r);
    import_free(i);
    return result;
}

/* ---- broken off -------------------------------------------------------------------------- */

static int each_mark(struct record *r, const char *kind,
    void (*fn)(uint64_t **bases, size_t *count, uint64_t base), uint64_t **bases, size_t *count)
{
    struct db_query q = db_query(&r->db, SQL_LEDGER_OF_KIND, db_text(kind));
    while (db_next(&q)) {
        json_t *o = store_column_json(&q, 0);
        fn(bases, count, (uint64_t)json_integer_value(json_object_get(o, "base")));
        json_decref(o);
    }
    return db_end(&q);
}

static void add_base(uint64_t **bases, size_t *count, uint64_t base)
{
    *bases = alloc_resize(*bases, *count + 1, sizeof **bases);
    (*bases)[(*count)++] = base;
}

static void drop_base(uint64_t **bases, size_t *count, uint64_t base)
{
    for (size_t i = 0; i < *count; i++)
        if ((*bases)[i] == base)
            (*bases)[i] = (*bases)[--*count];
}

int import_broken(struct record *r, uint64_t **ret_bases, size_t *ret_count)
{
    *ret_bases = NULL;
    *ret_count = 0;
    int result = each_mark(r, "import.begin", add_base, ret_bases, ret_count);
    if (result == 0)
        result = each_mark(r, "import.end", drop_base, ret_bases, ret_count);
    return result;
}

bool import_is_broken(const uint64_t *bases, size_t count, uint64_t base)
{
    for (size_t i = 0; i < count; i++)
        if (bases[i] == base)
            return true;
    return false;
}
