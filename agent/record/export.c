/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "record/store.h"
#include "wire/wire.h"

enum { LINE_BYTES_MAX = 1024 * 1024, READ_BYTES = 64 * 1024 };

/* ---- out --------------------------------------------------------------------------------- */

static void put_hash(json_t *o, const char *name, const uint8_t hash[CHAIN_BYTES])
{
    char hex[CHAIN_HEX_BYTES];
    chain_hex(hex, hash, CHAIN_BYTES);
    json_object_set_new(o, name, json_string(hex));
}

/* The body as it is, if it comes out of a reader and a writer unchanged; else as a text. */
static void put_body(json_t *o, const struct chain_row *row)
{
    json_t *body = json_loadb(row->body, row->body_length, JSON_REJECT_DUPLICATES, NULL);
    char *again = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    if (again != NULL && strlen(again) == row->body_length &&
        memcmp(again, row->body, row->body_length) == 0)
        json_object_set(o, "body", body);
    else
        json_object_set_new(o, "raw", json_stringn(row->body, row->body_length));
    free(again);
    json_decref(body);
}

json_t *export_json(const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous, int32_t offset_s)
{
    char at[TEXT_TIME_BYTES];
    json_t *o = json_pack("{s:I,s:s,s:I,s:s}", "seq", (json_int_t)row->seq, "at",
        text_time(at, row->at.wall, offset_s, true), "boot_ms", (json_int_t)row->at.boot, "kind",
        row->kind);
    if (o == NULL) // the kind is no UTF-8: nothing of ours
        o = json_pack("{s:I}", "seq", (json_int_t)row->seq);
    put_body(o, row);
    put_hash(o, "hash", hash);
    if (previous != NULL)
        put_hash(o, "previous", previous);
    return o;
}

/* Hash of the row before @seq. */
static int previous_of(struct record *r, uint64_t seq, uint8_t ret[CHAIN_BYTES])
{
    if (seq - 1 != r->floor.seq)
        return store_hash(r, seq - 1, ret);
    memcpy(ret, r->floor.hash, CHAIN_BYTES);
    return 0;
}

int export_each(struct record *r, uint64_t from,
    bool (*fn)(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
        const uint8_t *previous),
    void *arg)
{
    uint8_t previous[CHAIN_BYTES], hash[CHAIN_BYTES];
    uint64_t first = from > r->floor.seq ? from : r->floor.seq + 1;
    int result = previous_of(r, first, previous);
    if (result != 0)
        return result;

    struct db_query q = db_query(&r->db, SQL_LEDGER_FROM, db_id(first));
    bool goes_on = true;
    for (bool is_first = true; goes_on && db_next(&q); is_first = false) {
        struct chain_row row = store_row(&q);
        memset(hash, 0, sizeof hash);
        if (sqlite3_column_bytes(q.statement, 5) == CHAIN_BYTES)
            memcpy(hash, sqlite3_column_blob(q.statement, 5), CHAIN_BYTES);
        goes_on = fn(arg, &row, hash, is_first ? previous : NULL);
    }
    return db_end(&q);
}

/* ---- checking ---------------------------------------------------------------------------- */

void export_line_deinit(struct export_line *l)
{
    json_decref(l->whole);
    free(l->body);
    *l = (struct export_line){0};
}

static bool get_hash(const json_t *o, const char *name, uint8_t ret[CHAIN_BYTES])
{
    const char *hex = json_string_value(json_object_get(o, name));
    if (hex == NULL || strlen(hex) != CHAIN_HEX_BYTES - 1 ||
        strspn(hex, "0123456789abcdef") != CHAIN_HEX_BYTES - 1)
        return false;
    for (size_t i = 0; i < CHAIN_BYTES; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        ret[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

/* False: it is not one of our lines. */
static bool read_line(const char *line, size_t length, struct export_line *ret)
{
    const char *at, *kind, *hash, *raw;
    int64_t seq;
    ret->whole = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    if (!wire_get_int(ret->whole, "seq", 1, INT64_MAX, &seq, NULL) ||
        !wire_get_int(ret->whole, "boot_ms", INT64_MIN, INT64_MAX, &ret->at.boot, NULL))
        return false;
    at = json_string_value(json_object_get(ret->whole, "at"));
    kind = json_string_value(json_object_get(ret->whole, "kind"));
    hash = json_string_value(json_object_get(ret->whole, "hash"));
    raw = json_string_value(json_object_get(ret->whole, "raw"));
    if (at == NULL || kind == NULL || hash == NULL || !text_parse_time(at, &ret->at.wall))
        return false;
    ret->seq = (uint64_t)seq;
    ret->kind = kind;
    ret->hash = hash;
    ret->body = raw != NULL ? alloc_text(raw)
                            : json_dumps(json_object_get(ret->whole, "body"), JSON_COMPACT);
    return ret->body != NULL;
}

/* What the first line begins with. */
static bool begin(struct export_check *c, const struct export_line *l)
{
    if (!get_hash(l->whole, "previous", c->previous))
        return false;
    memcpy(c->hash, c->previous, CHAIN_BYTES);
    c->first = l->seq;
    c->last = l->seq - 1;
    c->first_at = l->at.wall;
    return true;
}

static bool is_redacted(const struct export_line *l)
{
    return json_is_true(json_object_get(l->whole, "redacted"));
}

static int check(struct export_check *c, const struct export_line *l, struct text *why)
{
    uint8_t hash[CHAIN_BYTES], stored[CHAIN_BYTES];
    if (c->first == 0 && !begin(c, l)) {
        text_add(why, "the first line does not say which hash it follows (\"previous\")");
        return EXPORT_E_BAD;
    }
    if (l->seq != c->last + 1) {
        text_addf(why, "row %" PRIu64 " is missing, row %" PRIu64 " follows", c->last + 1, l->seq);
        return EXPORT_E_BAD;
    }
    struct chain_row row = {.seq = l->seq,
        .at = l->at,
        .kind = l->kind,
        .kind_length = strlen(l->kind),
        .body = l->body,
        .body_length = strlen(l->body)};
    chain_hash(hash, c->hash, &row);
    bool has_hash = get_hash(l->whole, "hash", stored);
    if (is_redacted(l)) {
        if (!has_hash || !c->takes_redacted) {
            text_addf(
                why, "row %" PRIu64 " is redacted: only a full export can be checked", l->seq);
            return EXPORT_E_BAD;
        }
        c->first_redacted = c->redacted++ == 0 ? l->seq : c->first_redacted;
        memcpy(hash, stored, CHAIN_BYTES);
    }
    if (!has_hash || memcmp(hash, stored, CHAIN_BYTES) != 0) {
        text_addf(why, "row %" PRIu64 " does not match its hash", l->seq);
        return EXPORT_E_BAD;
    }
    memcpy(c->hash, hash, CHAIN_BYTES);
    c->last = l->seq;
    c->last_at = l->at.wall;
    return 0;
}

int export_check_line(struct export_check *c, const char *line, size_t length,
    struct export_line *ret, struct text *why)
{
    struct export_line l = {0};
    int result = EXPORT_E_BAD;
    if (read_line(line, length, &l))
        result = check(c, &l, why);
    else
        text_addf(why, "the line after row %" PRIu64 " is no row of an export", c->last);
    if (result == 0 && ret != NULL)
        *ret = l;
    else
        export_line_deinit(&l);
    return result;
}

/* ---- files ------------------------------------------------------------------------------- */

struct export_file {
    gzFile gz;
    struct text buffer;
    size_t taken; /* of the buffer: the line that was given last */
    bool ended;
};

int export_open(const char *path, struct export_file **ret_file)
{
    errno = 0;
    gzFile gz = gzopen(path, "rbe");
    if (gz == NULL)
        return fault(errno != 0 ? -errno : -ENOMEM);
    struct export_file *f = alloc(sizeof *f);
    f->gz = gz;
    *ret_file = f;
    return 0;
}

struct export_file *export_close(struct export_file *f)
{
    if (f == NULL)
        return NULL;
    gzclose(f->gz);
    text_deinit(&f->buffer);
    free(f);
    return NULL;
}

static void drop_taken(struct export_file *f)
{
    struct text rest = {0};
    text_add_bytes(&rest, f->buffer.bytes + f->taken, f->buffer.length - f->taken);
    text_deinit(&f->buffer);
    f->buffer = rest;
    f->taken = 0;
}

/* 0: there is more in the buffer. */
static int fill(struct export_file *f)
{
    char bytes[READ_BYTES];
    if (f->ended)
        return f->buffer.length == f->taken ? EXPORT_E_END : EXPORT_E_BAD; // a line without its end
    if (f->taken > 0)
        drop_taken(f);
    if (f->buffer.length > LINE_BYTES_MAX)
        return EXPORT_E_BAD;
    int n = gzread(f->gz, bytes, sizeof bytes);
    if (n < 0)
        return EXPORT_E_BAD;
    f->ended = n == 0;
    text_add_bytes(&f->buffer, bytes, (size_t)n);
    return 0;
}

int export_next(struct export_file *f, const char **ret_line, size_t *ret_length)
{
    for (;;) {
        size_t left = f->buffer.length - f->taken;
        const char *line = left == 0 ? NULL : f->buffer.bytes + f->taken;
        const char *feed = left == 0 ? NULL : memchr(line, '\n', left);
        if (feed != NULL) {
            *ret_line = line;
            *ret_length = (size_t)(feed - line);
            f->taken += *ret_length + 1;
            return 0;
        }
        int result = fill(f);
        if (result != 0)
            return result;
    }
}
