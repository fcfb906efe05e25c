/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_RECORD_EXPORT_H
#define HM_RECORD_EXPORT_H

#include <jansson.h>

#include "record/chain.h"
#include "record/record.h"

/**
 * export - rows of the ledger as JSON lines, and lines that prove themselves.
 *
 *     {"seq":7,"at":"2026-04-15T10:00:00.250+09:00","boot_ms":61250,"kind":"incident","body":{..},
 *      "hash":"<64 hex digits>"}
 *
 * The first line of an export also has `previous`: the hash of the row before it. From there on
 * each hash follows from the line and the one before (chain.h), over `body` as compact JSON in the
 * order of its members; a body that would not come out byte by byte the same stands as a text in
 * `raw`. So a file needs no ledger to be checked, by any program. A line in which something was
 * hidden says `"redacted":true`: it keeps the hash of the whole row, which cannot be checked.
 */

/** @previous: NULL but for the first line. @offset_s: of the zone that is printed. New reference.
 */
json_t *export_json(const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous, int32_t offset_s);

/** Calls @fn for rows from @from on, in order, until it returns false; @previous is NULL but for
 * the first. What was archived is left out. 0, RECORD_E_*, a fault. */
int export_each(struct record *r, uint64_t from,
    bool (*fn)(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
        const uint8_t *previous),
    void *arg);

/** How far lines were checked; {0}: none yet. */
struct export_check {
    bool takes_redacted; /* they are counted, and passed by; else they are bad */
    uint64_t redacted, first_redacted;
    uint64_t first, last; /* sequence numbers */
    wall_ms first_at, last_at;
    uint8_t previous[CHAIN_BYTES]; /* of the first */
    uint8_t hash[CHAIN_BYTES];     /* of the last */
};
/** What a line says, for whoever wants more than the check. */
struct export_line {
    uint64_t seq;
    struct moment at;
    json_t *whole;    /* the line; owned */
    const char *kind; /* of whole */
    char *body;       /* compact JSON; owned */
    const char *hash; /* of whole */
};
void export_line_deinit(struct export_line *l);

enum { EXPORT_E_BAD = 1, EXPORT_E_END = 2 };
/** 0: the line follows; EXPORT_E_BAD and why not. @ret may be NULL. */
int export_check_line(struct export_check *c, const char *line, size_t length,
    struct export_line *ret, struct text *why);

/** Lines of a file, plain or .gz. */
struct export_file;
int export_open(const char *path, struct export_file **ret_file);
struct export_file *export_close(struct export_file *f);
/** The next line, without its end, borrowed. 0; EXPORT_E_END; EXPORT_E_BAD: not readable, or longer
 * than 1 MiB. */
int export_next(struct export_file *f, const char **ret_line, size_t *ret_length);

#endif
