/* SPDX-License-Identifier: BSD-2-Clause */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 255 /* SnmpAdminString */ };

struct list {
    struct rows_row **all; /* ascending ids */
    size_t count, room;
};

struct change {
    size_t table;
    uint32_t id;
    struct rows_row *row; /* NULL: drop */
};

struct rows {
    struct list *lists; /* one per table */
    struct change *changes;
    size_t change_count, change_room;
    bool whole;
};

static struct rows_row *row_free(struct rows_row *row, const struct column_table *table)
{
    if (row != NULL)
        for (uint32_t i = 0; i < table->cell_count; i++)
            free(row->values[i].text);
    free(row);
    return NULL;
}

/* ---- cells ------------------------------------------------------------------------------- */

static char *text_copy(const char *text)
{
    size_t n = strnlen(text, TEXT_BYTES_MAX + 1);
    if (n > TEXT_BYTES_MAX)
        for (n = TEXT_BYTES_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    return strndup(text, n);
}

/* Numbers beyond 2^53 travel as decimal text; enumerations may come as their word. */
static int64_t number_of(const struct column *column, const char *text)
{
    for (const struct column_word *w = column->words; w != NULL && w->word != NULL; w++)
        if (strcmp(w->word, text) == 0)
            return w->number;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' ? number : 0;
}

/* A double that does not fit has no defined conversion. */
static int64_t whole_number(double number)
{
    return number > -9e18 && number < 9e18 ? (int64_t)number : 0;
}

static void value_set(struct rows_value *v, const struct column *column, const struct hm_cell *cell)
{
    char digits[32];
    const char *text = cell->text == NULL ? "" : cell->text;
    if (cell->type == HM_CELL_TEXT) {
        v->number = number_of(column, text);
    } else {
        v->number = cell->type == HM_CELL_INTEGER ? cell->integer : whole_number(cell->number);
        snprintf(digits, sizeof digits, "%lld", (long long)v->number);
        text = digits;
    }
    if (column->kind == COLUMN_TEXT) {
        free(v->text);
        v->text = text_copy(text);
    }
}

static const struct column *column_named(
    const struct column_table *table, const char *name, size_t *ret_index)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        if (strcmp(table->columns[i].cell, name) == 0) {
            *ret_index = i;
            return &table->columns[i];
        }
    }
    return NULL;
}

static struct rows_row *row_new(const struct column_table *table, const struct hm_row *from)
{
    struct rows_row *row = calloc(1, sizeof *row + table->cell_count * sizeof row->values[0]);
    if (row == NULL)
        return NULL;
    row->id = from->id;
    for (size_t i = 0; i < from->cell_count; i++) {
        size_t at = 0;
        const struct column *column = column_named(table, from->cells[i].name, &at);
        if (column != NULL)
            value_set(&row->values[at], column, &from->cells[i]);
    }
    return row;
}

/* ---- lists ------------------------------------------------------------------------------- */

/* Index of the first row with an id of @least or more. */
static size_t list_from(const struct list *l, uint64_t least)
{
    size_t low = 0;
    size_t high = l->count;
    // Rows mostly arrive in ascending order: look at the end first.
    if (high > 0 && l->all[high - 1]->id < least)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->all[middle]->id < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow(void **array, size_t *room, size_t count, size_t item)
{
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 16 : 2 * *room;
    void *larger = reallocarray(*array, more, item);
    if (larger == NULL)
        return false;
    *array = larger;
    *room = more;
    return true;
}

static void list_remove(struct list *l, const struct column_table *table, uint32_t id)
{
    size_t at = list_from(l, id);
    if (at == l->count || l->all[at]->id != id)
        return;
    row_free(l->all[at], table);
    memmove(&l->all[at], &l->all[at + 1], (l->count - at - 1) * sizeof l->all[0]);
    l->count--;
}

static void list_put(struct list *l, const struct column_table *table, struct rows_row *row)
{
    size_t at = list_from(l, row->id);
    if (at < l->count && l->all[at]->id == row->id) {
        row_free(l->all[at], table);
        l->all[at] = row;
        return;
    }
    void *all = l->all;
    if (!grow(&all, &l->room, l->count, sizeof l->all[0])) {
        row_free(row, table);
        return;
    }
    l->all = all;
    memmove(&l->all[at + 1], &l->all[at], (l->count - at) * sizeof l->all[0]);
    l->all[at] = row;
    l->count++;
}

static void list_clear(struct list *l, const struct column_table *table)
{
    for (size_t i = 0; i < l->count; i++)
        row_free(l->all[i], table);
    l->count = 0;
}

/* ---- changes ----------------------------------------------------------------------------- */

static void changes_clear(struct rows *r)
{
    for (size_t i = 0; i < r->change_count; i++)
        row_free(r->changes[i].row, &column_tables[r->changes[i].table]);
    r->change_count = 0;
}

static void change_add(
    struct rows *r, const struct column_table *table, uint32_t id, struct rows_row *row)
{
    void *changes = r->changes;
    if (!grow(&changes, &r->change_room, r->change_count, sizeof r->changes[0])) {
        row_free(row, table);
        return;
    }
    r->changes = changes;
    r->changes[r->change_count++] =
        (struct change){.table = (size_t)(table - column_tables), .id = id, .row = row};
}

void rows_begin(struct rows *r, bool whole)
{
    changes_clear(r);
    r->whole = whole;
}

void rows_put(struct rows *r, const struct hm_row *row)
{
    const struct column_table *table = column_table_named(row->table);
    struct rows_row *copy = table == NULL || row->id == 0 ? NULL : row_new(table, row);
    if (copy != NULL)
        change_add(r, table, row->id, copy);
}

void rows_drop(struct rows *r, const char *table_name, uint32_t id)
{
    const struct column_table *table = column_table_named(table_name);
    if (table != NULL)
        change_add(r, table, id, NULL);
}

void rows_commit(struct rows *r)
{
    if (r->whole)
        for (size_t i = 0; i < column_table_count; i++)
            list_clear(&r->lists[i], &column_tables[i]);
    for (size_t i = 0; i < r->change_count; i++) {
        struct change *c = &r->changes[i];
        if (c->row == NULL)
            list_remove(&r->lists[c->table], &column_tables[c->table], c->id);
        else
            list_put(&r->lists[c->table], &column_tables[c->table], c->row);
    }
    // The lists own the rows now.
    r->change_count = 0;
    r->whole = false;
}

/* ---- reading ----------------------------------------------------------------------------- */

const struct rows_row *rows_from(
    const struct rows *r, const struct column_table *table, uint64_t least)
{
    const struct list *l = &r->lists[table - column_tables];
    size_t at = list_from(l, least);
    return at < l->count ? l->all[at] : NULL;
}

const struct rows_row *rows_get(const struct rows *r, const struct column_table *table, uint32_t id)
{
    const struct rows_row *row = rows_from(r, table, id);
    return row != NULL && row->id == id ? row : NULL;
}

struct rows *rows_new(void)
{
    struct rows *r = calloc(1, sizeof *r);
    if (r != NULL)
        r->lists = calloc(column_table_count, sizeof r->lists[0]);
    return r == NULL || r->lists == NULL ? rows_free(r) : r;
}

struct rows *rows_free(struct rows *r)
{
    if (r == NULL)
        return NULL;
    changes_clear(r);
    for (size_t i = 0; r->lists != NULL && i < column_table_count; i++) {
        list_clear(&r->lists[i], &column_tables[i]);
        free(r->lists[i].all);
    }
    free(r->lists);
    free(r->changes);
    free(r);
    return NULL;
}
