/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A job table in SQLite. The file is opened for each look, read-only and as a file that others
 * write (never immutable), and closed at once: no lock is held between two looks, and a file that
 * was replaced is the new one. Whoever holds a lock is waited for by a timer, not in a call.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "rows.h"
#include "source.h"

enum {
    RETRY_MS = 100,
    STEPS_PER_LOOK = 1000, /* of SQLite's machine, between two looks at the clock */
    VALUE_BYTES_MAX = 1024 * 1024
};

struct sqlite_source {
    const struct hm_host *host;
    const struct states *states;
    struct source_sink sink;
    struct hm_watch_handle *retry;
    int64_t until_ms; /* CLOCK_MONOTONIC: the look is given up */
    bool is_waiting;  /* for a lock */
};

static int64_t mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int on_progress(void *arg)
{
    const struct sqlite_source *s = arg;
    return mono_ms() >= s->until_ms;
}

/* A look may read, and nothing else: no ATTACH, no PRAGMA, no transaction. */
static int on_authorize(
    void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                   action == SQLITE_RECURSIVE
               ? SQLITE_OK
               : SQLITE_DENY;
}

/* A FIFO of that name would hold the open for ever. */
static int require_file(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

static const char *column_text(void *ctx, int number)
{
    return (const char *)sqlite3_column_text(ctx, number);
}

/* Steps through @query. SQLITE_OK and *ret_why, or SQLite's error. */
static int read_rows(
    const struct sqlite_source *s, sqlite3_stmt *query, struct rows *rows, int *ret_why)
{
    rows_begin(rows, s->states);
    for (int i = 0; i < sqlite3_column_count(query); i++)
        rows_column(rows, i, sqlite3_column_name(query, i));
    *ret_why = sqlite3_column_count(query) == 0 ? (int)BLIND_NO_ROWS : rows_check(rows);
    while (*ret_why == ROWS_OK) {
        int r = sqlite3_step(query);
        if (r == SQLITE_DONE)
            return SQLITE_OK;
        if (r != SQLITE_ROW)
            return r;
        *ret_why = rows_take(rows, column_text, query, s->host->wall_ms(s->host));
    }
    return SQLITE_OK;
}

static int run_query(const struct sqlite_source *s, sqlite3 *db, struct rows *rows, int *ret_why)
{
    sqlite3_stmt *query = NULL;
    const char *rest = "";
    int r = sqlite3_prepare_v2(db, s->host->text(s->host, "query"), -1, &query, &rest);
    *ret_why = BLIND_NO_ROWS;
    if (r == SQLITE_OK && query != NULL && rest[strspn(rest, " \t\r\n;")] == '\0')
        r = read_rows(s, query, rows, ret_why);
    sqlite3_finalize(query);
    return r;
}

static int open_database(const struct sqlite_source *s, sqlite3 **ret_db)
{
    int r = sqlite3_open_v2(s->host->text(s->host, "file"), ret_db,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (r != SQLITE_OK)
        return r;
    sqlite3_extended_result_codes(*ret_db, 0);
    sqlite3_busy_timeout(*ret_db, 0);
    sqlite3_limit(*ret_db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_set_authorizer(*ret_db, on_authorize, NULL);
    union {
        const struct sqlite_source *in;
        void *out;
    } arg = {.in = s};
    sqlite3_progress_handler(*ret_db, STEPS_PER_LOOK, on_progress, arg.out);
    return SQLITE_OK;
}

static enum blind_why why_of(int r)
{
    if (r == SQLITE_INTERRUPT)
        return BLIND_TIMEOUT;
    if (r == SQLITE_BUSY || r == SQLITE_LOCKED)
        return BLIND_LOCKED;
    return r == SQLITE_ERROR || r == SQLITE_AUTH || r == SQLITE_READONLY ? BLIND_QUERY : BLIND_FILE;
}

static void try_look(void *arg);

static void wait_for_lock(struct sqlite_source *s)
{
    s->is_waiting = true;
    if (s->retry == NULL)
        s->retry = s->host->timer(s->host, RETRY_MS, try_look, s);
    else
        s->host->timer_again(s->retry, RETRY_MS);
}

static void try_look(void *arg)
{
    struct sqlite_source *s = arg;
    const struct source_sink *sink = &s->sink;
    struct rows rows;
    sqlite3 *db = NULL;
    int why = ROWS_OK;
    s->is_waiting = false;
    int r = require_file(s->host->text(s->host, "file"));
    if (r < 0) {
        sink->blind(sink->ctx, BLIND_FILE, r == -EINVAL ? NULL : strerror(-r));
        return;
    }
    r = open_database(s, &db);
    if (r == SQLITE_OK)
        r = run_query(s, db, &rows, &why);
    if ((r == SQLITE_BUSY || r == SQLITE_LOCKED) && mono_ms() + RETRY_MS < s->until_ms)
        wait_for_lock(s);
    else if (r != SQLITE_OK)
        sink->blind(sink->ctx, why_of(r), db == NULL ? NULL : sqlite3_errmsg(db));
    else if (why != ROWS_OK)
        sink->blind(sink->ctx, (enum blind_why)why, NULL);
    else
        sink->told(sink->ctx, &rows.tally);
    sqlite3_close(db);
}

static void sqlite_look(void *self)
{
    struct sqlite_source *s = self;
    if (s->is_waiting)
        return;
    s->until_ms = mono_ms() + s->host->integer(s->host, "timeout");
    try_look(s);
}

static int sqlite_open(const struct hm_host *host, const struct states *states,
    const struct source_sink *sink, void **ret_self)
{
    struct sqlite_source *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -ENOMEM;
    *s = (struct sqlite_source){.host = host, .states = states, .sink = *sink};
    *ret_self = s;
    return 0;
}

static const char *const sqlite_needs[] = {"file", "query", NULL};

const struct source source_sqlite = {.name = "sqlite",
    .needs = sqlite_needs,
    .open = sqlite_open,
    .look = sqlite_look,
    .close = free};
