/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HM_WATCH_JOBQUEUE_SOURCE_H
#define HM_WATCH_JOBQUEUE_SOURCE_H

#include <hashimori/plugin.h>

#include "states.h"
#include "tally.h"

/**
 * source - where the jobs are counted: a table in PostgreSQL or SQLite, the output of a command.
 *
 * A look begins in `look` and ends, then or later, in exactly one call of the sink, or in none if
 * another look begins meanwhile. A source never blocks longer than its own `timeout`.
 */

/** Why a source could not look; the sentences are in say.c. */
enum blind_why {
    BLIND_RESOLVE,     /* the server's name has no address */
    BLIND_CONNECT,     /* the server refuses, or is not there */
    BLIND_NO_ANSWER,   /* nothing in time */
    BLIND_LOST,        /* the connection ended */
    BLIND_TIMEOUT,     /* the query took too long */
    BLIND_LOCKED,      /* somebody holds a lock */
    BLIND_QUERY,       /* the query is refused */
    BLIND_NO_ROWS,     /* the query is none that gives rows */
    BLIND_TRANSACTION, /* it leaves a transaction open */
    BLIND_COLUMNS,     /* it has no column `depth` */
    BLIND_VALUE,       /* a column holds what is no number */
    BLIND_TOO_MANY,    /* states or rows */
    BLIND_FILE,        /* the database file cannot be opened */
    BLIND_COMMAND,     /* the command failed */
    BLIND_OUTPUT,      /* it printed more than is read */
    BLIND_PATTERN      /* a pattern takes too many steps */
};

struct source_sink {
    void *ctx;
    void (*told)(void *ctx, const struct tally *tally);
    /** @detail: what the other side said, any bytes; NULL or "": nothing. */
    void (*blind)(void *ctx, enum blind_why why, const char *detail);
};

struct source {
    const char *name;         /* as in the option `source` */
    const char *const *needs; /* options without which it is nothing, NULL-terminated */
    /** Complaints by host->complain; `needs` were looked at already. */
    void (*validate)(const struct hm_host *host, const struct states *states);
    /** 0 and *ret_self, or -errno after host->complain. @states is borrowed until close. */
    int (*open)(const struct hm_host *host, const struct states *states,
        const struct source_sink *sink, void **ret_self);
    void (*look)(void *self);
    /** Frees @self; handles of the host are gone already. */
    void (*close)(void *self);
};

extern const struct source source_postgresql, source_sqlite, source_command;

#endif
