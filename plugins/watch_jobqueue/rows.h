/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_JOBQUEUE_ROWS_H
#define HM_WATCH_JOBQUEUE_ROWS_H

#include <stdint.h>

#include "source.h"

/**
 * rows - the rows of a query, by the names of their columns:
 *   depth         how many jobs (required)
 *   state         which ones; rows of one state add up. Without the column there is one state
 *   oldest_age_s  seconds since the oldest of them was made; NULL: there is none
 *   oldest_at     the same as a time, seconds since 1970 UTC
 * Other columns are left alone.
 */

struct rows {
    const struct states *states;
    struct tally tally;
    int depth, state, oldest_age_s, oldest_at; /* number of the column; -1: not there */
    unsigned seen;
};

enum { ROWS_MAX = 1024 };

/** Begins a query's result; each of its columns is then named once. */
void rows_begin(struct rows *r, const struct states *states);
void rows_column(struct rows *r, int number, const char *name);

/** Value of column @number of the row, NULL: NULL. */
typedef const char *(*rows_value_fn)(void *ctx, int number);

/** Takes a row. 0, or the enum blind_why of what is wrong with it. The result has no columns:
 * rows_check says so without a row. */
enum { ROWS_OK = -1 };
int rows_take(struct rows *r, rows_value_fn value, void *ctx, int64_t wall_ms);
int rows_check(const struct rows *r);

#endif
