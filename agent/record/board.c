/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { DROPPED_MAX = 1000 };

struct row {
    uint32_t id;
    json_t *cells; /* NULL: dropped */
    uint64_t version;
    uint64_t round; /* of the last put: see board_sweep */
    uint64_t stamp; /* see board_keep */
    UT_hash_handle hh;
};

struct name {
    char *name;
    uint32_t id;
    UT_hash_handle hh;
};

/* Tables stay in the order in which they were first named. */
struct table {
    char *name;
    struct row *rows;
    struct name *names;
    uint32_t last_id;
    uint64_t round;
    uint64_t version; /* of the row that changed last */
    size_t dropped;   /* rows without cells */
    UT_hash_handle hh;
};

struct board {
    struct table *tables;
    uint64_t version;
};

struct board *board_new(void)
{
    return alloc(sizeof(struct board));
}

static void table_free(struct table *t)
{
    struct row *row, *next_row;
    HASH_ITER (hh, t->rows, row, next_row) {
        HASH_DEL(t->rows, row);
        json_decref(row->cells);
        free(row);
    }
    struct name *name, *next_name;
    HASH_ITER (hh, t->names, name, next_name) {
        HASH_DEL(t->names, name);
        free(name->name);
        free(name);
    }
    free(t->name);
    free(t);
}

struct board *board_free(struct board *b)
{
    if (b == NULL)
        return NULL;
    struct table *t, *next;
    HASH_ITER (hh, b->tables, t, next) {
        HASH_DEL(b->tables, t);
        table_free(t);
    }
    free(b);
    return NULL;
}

static struct table *find_table(const struct board *b, const char *name)
{
    struct table *t;
    HASH_FIND_STR(b->tables, name, t);
    return t;
}

static struct table *get_table(struct board *b, const char *name)
{
    struct table *t = find_table(b, name);
    if (t != NULL)
        return t;
    t = alloc(sizeof *t);
    t->name = alloc_text(name);
    HASH_ADD_KEYPTR(hh, b->tables, t->name, strlen(t->name), t);
    return t;
}

static struct row *find_row(const struct table *t, uint32_t id)
{
    struct row *row;
    HASH_FIND(hh, t->rows, &id, sizeof id, row);
    return row;
}

static void row_drop(struct board *b, struct table *t, struct row *row)
{
    json_decref(row->cells);
    row->cells = NULL;
    row->version = t->version = ++b->version;
    t->dropped++;
}

static struct row *get_row(struct table *t, uint32_t id)
{
    struct row *row = find_row(t, id);
    if (row != NULL)
        return row;
    row = alloc(sizeof *row);
    row->id = id;
    t->dropped++;
    HASH_ADD(hh, t->rows, id, sizeof row->id, row);
    return row;
}

bool board_keep(struct board *b, const char *table, uint32_t id, uint64_t stamp)
{
    struct table *t = get_table(b, table);
    struct row *row = get_row(t, id);
    if (row->cells != NULL && row->stamp == stamp) {
        row->round = t->round;
        return true;
    }
    row->stamp = stamp;
    return false;
}

void board_put(struct board *b, const char *table, uint32_t id, json_t *cells)
{
    struct table *t = get_table(b, table);
    struct row *row = get_row(t, id);
    row->round = t->round;
    if (row->cells != NULL && json_equal(row->cells, cells)) {
        json_decref(cells);
        return;
    }
    t->dropped -= row->cells == NULL;
    json_decref(row->cells);
    row->cells = cells;
    row->version = t->version = ++b->version;
}

void board_put_packed(struct board *b, const char *table, uint32_t id, json_t *cells)
{
    char *text = json_dumps(cells, JSON_COMPACT);
    assert(text != NULL);
    json_decref(cells);
    board_put(b, table, id, json_string_nocheck(text));
    free(text);
}

json_t *board_unpack(const json_t *cells)
{
    const char *text = json_string_value(cells);
    return text == NULL ? json_incref((json_t *)(uintptr_t)cells) : json_loads(text, 0, NULL);
}

void board_drop(struct board *b, const char *table, uint32_t id)
{
    struct table *t = find_table(b, table);
    struct row *row = t == NULL ? NULL : find_row(t, id);
    if (row != NULL && row->cells != NULL)
        row_drop(b, t, row);
}

void board_mark(struct board *b, const char *table)
{
    get_table(b, table)->round++;
}

void board_sweep(struct board *b, const char *table)
{
    struct table *t = find_table(b, table);
    if (t == NULL)
        return;
    struct row *row, *next;
    HASH_ITER (hh, t->rows, row, next)
        if (row->cells != NULL && row->round < t->round)
            row_drop(b, t, row);
}

static void forget_in(struct table *t, uint64_t version)
{
    struct row *row, *next;
    HASH_ITER (hh, t->rows, row, next) {
        if (row->cells != NULL || row->version > version)
            continue;
        HASH_DEL(t->rows, row);
        free(row);
        t->dropped--;
    }
}

void board_forget(struct board *b, uint64_t version)
{
    // Worth a walk over the table only once there are many.
    for (struct table *t = b->tables; t != NULL; t = t->hh.next)
        if (t->dropped > DROPPED_MAX)
            forget_in(t, version);
}

const json_t *board_row(const struct board *b, const char *table, uint32_t id)
{
    const struct table *t = find_table(b, table);
    const struct row *row = t == NULL ? NULL : find_row(t, id);
    return row == NULL ? NULL : row->cells;
}

uint64_t board_version(const struct board *b)
{
    return b->version;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *const *left = a;
    const struct row *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

/* Rows of @t newer than @since by id; dropped ones only if @with_dropped. */
static void each_in_table(const struct table *t, uint64_t since, bool with_dropped,
    void (*fn)(void *arg, const char *table, uint32_t id, const json_t *cells), void *arg)
{
    if (since > 0 && t->version <= since)
        return;
    const struct row **found = alloc_array(HASH_COUNT(t->rows), sizeof *found);
    size_t count = 0;
    for (const struct row *row = t->rows; row != NULL; row = row->hh.next)
        if (row->version > since && (with_dropped || row->cells != NULL))
            found[count++] = row;
    qsort(found, count, sizeof *found, compare_rows);
    for (size_t i = 0; i < count; i++)
        fn(arg, t->name, found[i]->id, found[i]->cells);
    free(found);
}

void board_each_since(const struct board *b, uint64_t since,
    void (*fn)(void *arg, const char *table, uint32_t id, const json_t *cells), void *arg)
{
    if (since >= b->version)
        return;
    for (const struct table *t = b->tables; t != NULL; t = t->hh.next)
        each_in_table(t, since, true, fn, arg);
}

void board_each(const struct board *b, const char *table,
    void (*fn)(void *arg, const char *table, uint32_t id, const json_t *cells), void *arg)
{
    for (const struct table *t = b->tables; t != NULL; t = t->hh.next)
        if (table == NULL || strcmp(table, t->name) == 0)
            each_in_table(t, 0, false, fn, arg);
}

uint32_t board_id(struct board *b, const char *table, const char *name)
{
    struct table *t = get_table(b, table);
    struct name *known;
    HASH_FIND_STR(t->names, name, known);
    if (known != NULL)
        return known->id;
    known = alloc(sizeof *known);
    known->name = alloc_text(name);
    known->id = ++t->last_id;
    HASH_ADD_KEYPTR(hh, t->names, known->name, strlen(known->name), known);
    return known->id;
}
