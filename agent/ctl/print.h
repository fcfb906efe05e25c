/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_CTL_PRINT_H
#define HM_CTL_PRINT_H

#include "ctl/ctl.h"

/**
 * print - JSON as tables for people, on standard output.
 *
 * All text is made visible first (control and bidirectional characters cannot reach the terminal);
 * widths are right for Japanese.
 */

enum cell {
    CELL_TEXT,
    CELL_TIME, /* RFC 3339 as "2026-04-15 10:00:00"; null as "-" */
    CELL_NUMBER,
    CELL_WORD,   /* a verdict, state or result in the language */
    CELL_SPAN,   /* seconds as h:mm:ss */
    CELL_PERCENT /* a text such as "99.96253" */
};

struct column {
    enum message head;
    const char *member; /* of each row; NULL ends the list */
    enum cell cell;
};

/** A table with a head line; nothing but @none's sentence when @rows is empty. */
void print_rows(
    const struct ctl *c, const json_t *rows, const struct column *columns, enum message none);
/** The members of one object, a line each. */
void print_members(const struct ctl *c, const json_t *object, const struct column *columns);
/** A word of the protocol in the language; itself where it has no translation. */
const char *print_word(const struct ctl *c, const char *word);
/** Text of @object's member, made visible, onto @t. */
void print_cell(
    const struct ctl *c, const json_t *object, const struct column *column, struct text *t);
/** The value as indented JSON and a line feed. */
void print_json(const json_t *value);

#endif
