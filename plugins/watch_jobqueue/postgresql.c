/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A job table in PostgreSQL, by libpq without ever waiting in a call.
 *
 * One connection a subject, read-only by default, with time limits of the server's own; ours stand
 * behind them for a server that says nothing at all. The query goes alone by the extended protocol,
 * which takes one statement: the server begins and ends its transaction, so none is ever held.
 * PQcancel would connect anew and wait for it: what must end is ended with its connection.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve.h"
#include "rows.h"
#include "source.h"

enum {
    BACKOFF_LEAST_MS = 1000,
    BACKOFF_MOST_MS = 60 * 1000,
    NOTIFIED_GAP_MS = 1000, /* between two looks that notifications ask for */
    GRACE_MS = 1000,        /* the server's own time limit comes first */
    DETAIL_BYTES = 512
};

enum pg_phase {
    PG_DOWN,      /* a timer connects again */
    PG_RESOLVING, /* the name of the server */
    PG_CONNECTING,
    PG_SETTING_UP,
    PG_LISTENING_UP, /* LISTEN was sent */
    PG_IDLE,
    PG_ASKING
};

struct pg {
    const struct hm_host *host;
    const struct states *states;
    struct source_sink sink;
    enum pg_phase phase;
    PGconn *conn;
    struct resolve resolve;
    bool is_resolving; /* its answer is still to come */
    char address[RESOLVE_ADDRESS_BYTES];
    struct hm_watch_handle *watch; /* of the connection's socket */
    struct hm_watch_handle *timer; /* end of the phase */
    struct hm_watch_handle *notified;
    bool look_due;
    bool notified_is_set;
    int64_t backoff_ms;
    int64_t looked_ms; /* boot clock; 0: never */
    struct rows rows;
    int bad; /* enum blind_why of this query's rows, or ROWS_OK */
    char bad_detail[DETAIL_BYTES];
    enum blind_why down_why; /* PG_DOWN: what is said until the next try */
    char down_detail[DETAIL_BYTES];
};

static void pg_on_event(void *arg, int fd, int events);
static void pg_connect(struct pg *p);

/* ---- time and events ---- */

static void pg_on_time(void *arg);

static void limit_phase(struct pg *p, int64_t ms)
{
    if (p->timer == NULL)
        p->timer = p->host->timer(p->host, ms, pg_on_time, p);
    else
        p->host->timer_again(p->timer, ms);
}

/* Whatever libpq does with its socket, the loop has let go of it before. */
static void unwatch(struct pg *p)
{
    p->host->unwatch(p->watch);
    p->watch = NULL;
}

static bool watch(struct pg *p, int events)
{
    unwatch(p);
    p->watch = p->host->watch_fd(p->host, PQsocket(p->conn), events, pg_on_event, p);
    return p->watch != NULL;
}

/* ---- what ends a connection or a look ---- */

static void tell_blind(struct pg *p, enum blind_why why, const char *detail)
{
    p->look_due = false;
    p->sink.blind(p->sink.ctx, why, detail);
}

/* The connection is given up; the next try waits, longer each time. */
static void lose(struct pg *p, enum blind_why why, const char *detail)
{
    char kept[DETAIL_BYTES];
    snprintf(kept, sizeof kept, "%s", detail == NULL ? "" : detail);
    unwatch(p);
    PQfinish(p->conn);
    p->conn = NULL;
    p->phase = PG_DOWN;
    p->down_why = why;
    memcpy(p->down_detail, kept, sizeof kept);
    p->backoff_ms = p->backoff_ms == 0 ? BACKOFF_LEAST_MS : 2 * p->backoff_ms;
    if (p->backoff_ms > BACKOFF_MOST_MS)
        p->backoff_ms = BACKOFF_MOST_MS;
    limit_phase(p, p->backoff_ms);
    tell_blind(p, why, p->down_detail);
}

static void lose_with_message(struct pg *p, enum blind_why why)
{
    lose(p, why, PQerrorMessage(p->conn));
}

/* ---- connecting ---- */

static void ignore_notice(void *arg, const PGresult *notice)
{
    (void)arg, (void)notice;
}

static const char *or_none(const char *text)
{
    return text == NULL ? "" : text;
}

static void start_connection(struct pg *p)
{
    const struct hm_host *host = p->host;
    const char *server = host->text(host, "host");
    char port[16], patience[24];
    snprintf(port, sizeof port, "%d", (int)host->integer(host, "port"));
    snprintf(patience, sizeof patience, "%d", (int)host->integer(host, "timeout") + GRACE_MS);
    // No files of a home folder, no Kerberos: both may ask the network.
    const char *const names[] = {"host", "hostaddr", "port", "dbname", "user", "password",
        "sslmode", "sslrootcert", "gssencmode", "passfile", "application_name", "client_encoding",
        "tcp_user_timeout", NULL};
    const char *const values[] = {server, p->address, port, host->text(host, "database"),
        host->text(host, "user"), or_none(host->text(host, "password_file")),
        host->text(host, "sslmode"), or_none(host->text(host, "sslrootcert")), "disable",
        "/nonexistent", "hashimori", "UTF8", patience, NULL};
    p->conn = PQconnectStartParams(names, values, 0);
    if (p->conn == NULL) {
        lose(p, BLIND_CONNECT, strerror(ENOMEM));
        return;
    }
    PQsetNoticeReceiver(p->conn, ignore_notice, NULL);
    p->phase = PG_CONNECTING;
    limit_phase(p, host->integer(host, "timeout"));
    if (PQstatus(p->conn) == CONNECTION_BAD || !watch(p, HM_WRITABLE))
        lose_with_message(p, BLIND_CONNECT);
}

static void pg_on_address(void *arg, const char *address)
{
    struct pg *p = arg;
    p->is_resolving = false;
    if (p->phase != PG_RESOLVING)
        return;
    if (address == NULL) {
        lose(p, BLIND_RESOLVE, p->host->text(p->host, "host"));
        return;
    }
    snprintf(p->address, sizeof p->address, "%s", address);
    start_connection(p);
}

static void pg_connect(struct pg *p)
{
    const char *server = p->host->text(p->host, "host");
    int64_t limit_ms = p->host->integer(p->host, "timeout");
    p->address[0] = '\0';
    if (resolve_is_address(server)) {
        if (server[0] != '/')
            snprintf(p->address, sizeof p->address, "%s", server);
        start_connection(p);
        return;
    }
    p->phase = PG_RESOLVING;
    limit_phase(p, limit_ms + GRACE_MS);
    if (p->is_resolving)
        return;
    int r = resolve_begin(&p->resolve, p->host, server, limit_ms, pg_on_address, p);
    p->is_resolving = r == 0;
    if (r < 0)
        lose(p, BLIND_RESOLVE, strerror(-r));
}

/* ---- statements ---- */

static void flush(struct pg *p)
{
    int r = PQflush(p->conn);
    if (r < 0 || !watch(p, r > 0 ? HM_READABLE | HM_WRITABLE : HM_READABLE))
        lose_with_message(p, BLIND_LOST);
}

static void send_setup(struct pg *p)
{
    char sql[320];
    int limit_ms = (int)p->host->integer(p->host, "timeout");
    p->phase = PG_SETTING_UP;
    PQsetnonblocking(p->conn, 1);
    // Half the time for locks: then it can be told what took so long.
    snprintf(sql, sizeof sql,
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET statement_timeout = %d; "
        "SET lock_timeout = %d; SET idle_in_transaction_session_timeout = %d",
        limit_ms, limit_ms / 2 + 1, limit_ms);
    if (PQsendQuery(p->conn, sql) == 0)
        lose_with_message(p, BLIND_LOST);
    else
        flush(p);
}

static void send_listen(struct pg *p)
{
    char sql[256];
    const char *channel = p->host->text(p->host, "listen");
    char *name = PQescapeIdentifier(p->conn, channel, strlen(channel));
    snprintf(sql, sizeof sql, "LISTEN %s", name == NULL ? "" : name);
    PQfreemem(name);
    p->phase = PG_LISTENING_UP;
    if (PQsendQuery(p->conn, sql) == 0)
        lose_with_message(p, BLIND_LOST);
    else
        flush(p);
}

static void send_query(struct pg *p)
{
    p->phase = PG_ASKING;
    p->look_due = false;
    p->bad = ROWS_OK;
    p->bad_detail[0] = '\0';
    rows_begin(&p->rows, p->states);
    limit_phase(p, p->host->integer(p->host, "timeout") + GRACE_MS);
    // Row by row: a query that gives a million of them must not be held in memory.
    if (PQsendQueryParams(p->conn, p->host->text(p->host, "query"), 0, NULL, NULL, NULL, NULL, 0) ==
            0 ||
        PQsetSingleRowMode(p->conn) == 0)
        lose_with_message(p, BLIND_LOST);
    else
        flush(p);
}

/* ---- results ---- */

struct row {
    const PGresult *result;
    int number;
};

static const char *column_text(void *ctx, int number)
{
    const struct row *row = ctx;
    return PQgetisnull(row->result, row->number, number)
               ? NULL
               : PQgetvalue(row->result, row->number, number);
}

static void take_rows(struct pg *p, const PGresult *result)
{
    if (p->bad != ROWS_OK)
        return;
    if (p->rows.seen == 0)
        for (int i = 0; i < PQnfields(result); i++)
            rows_column(&p->rows, i, PQfname(result, i));
    p->bad = rows_check(&p->rows);
    for (int i = 0; i < PQntuples(result) && p->bad == ROWS_OK; i++) {
        struct row row = {result, i};
        p->bad = rows_take(&p->rows, column_text, &row, p->host->wall_ms(p->host));
    }
}

/* SQLSTATE of what the server's own limits end. */
static enum blind_why why_of(const char *code)
{
    if (strcmp(code, "57014") == 0)
        return BLIND_TIMEOUT;
    return strcmp(code, "55P03") == 0 ? BLIND_LOCKED : BLIND_QUERY;
}

static void take_error(struct pg *p, const PGresult *result)
{
    const char *code = or_none(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (p->bad != ROWS_OK)
        return;
    p->bad = (int)why_of(code);
    snprintf(p->bad_detail, sizeof p->bad_detail, "%s%s%s",
        text == NULL ? PQresultErrorMessage(result) : text, code[0] == '\0' ? "" : " ", code);
}

/* False: the connection cannot go on. */
static bool take_result(struct pg *p, const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        take_rows(p, result);
        return p->bad != BLIND_TOO_MANY;
    case PGRES_FATAL_ERROR:
        take_error(p, result);
        return PQstatus(p->conn) != CONNECTION_BAD;
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        p->bad = p->bad == ROWS_OK ? (int)BLIND_NO_ROWS : p->bad;
        return true;
    default: // COPY would have to be read to its end
        p->bad = BLIND_NO_ROWS;
        return false;
    }
}

static void end_query(struct pg *p)
{
    if (PQtransactionStatus(p->conn) != PQTRANS_IDLE) {
        lose(p, BLIND_TRANSACTION, NULL);
        return;
    }
    p->phase = PG_IDLE;
    p->backoff_ms = 0;
    p->looked_ms = p->host->boot_ms(p->host);
    if (p->bad == ROWS_OK)
        p->sink.told(p->sink.ctx, &p->rows.tally);
    else
        tell_blind(p, (enum blind_why)p->bad, p->bad_detail);
}

/* All results of a statement are there. */
static void end_statement(struct pg *p)
{
    bool listens = p->host->text(p->host, "listen") != NULL;
    if (p->phase == PG_ASKING) {
        end_query(p);
        return;
    }
    if (p->phase == PG_SETTING_UP && p->bad != ROWS_OK) {
        lose(p, BLIND_CONNECT, p->bad_detail);
        return;
    }
    if (p->phase == PG_LISTENING_UP && p->bad != ROWS_OK)
        p->host->log(p->host, HM_LOG_WARN, "no notifications: %s", p->bad_detail);
    if (p->phase == PG_SETTING_UP && listens)
        send_listen(p);
    else
        send_query(p);
}

/* Takes the results that are there. False: the connection is gone. */
static bool take_results(struct pg *p)
{
    while (p->phase != PG_IDLE && PQisBusy(p->conn) == 0) {
        PGresult *result = PQgetResult(p->conn);
        if (result == NULL) {
            end_statement(p);
            if (p->conn == NULL)
                return false;
            continue;
        }
        bool is_command = p->phase != PG_ASKING && PQresultStatus(result) == PGRES_COMMAND_OK;
        bool goes_on = is_command || take_result(p, result);
        PQclear(result);
        if (!goes_on) {
            lose(p, PQstatus(p->conn) == CONNECTION_BAD ? BLIND_LOST : (enum blind_why)p->bad,
                p->bad_detail);
            return false;
        }
    }
    return true;
}

/* ---- notifications ---- */

static void pg_look(void *self);

static void pg_on_notified(void *arg)
{
    struct pg *p = arg;
    p->notified_is_set = false;
    pg_look(p);
}

static void look_soon(struct pg *p)
{
    int64_t since_ms = p->host->boot_ms(p->host) - p->looked_ms;
    int64_t wait_ms = since_ms >= NOTIFIED_GAP_MS ? 0 : NOTIFIED_GAP_MS - since_ms;
    if (p->notified_is_set)
        return;
    p->notified_is_set = true;
    if (p->notified == NULL)
        p->notified = p->host->timer(p->host, wait_ms, pg_on_notified, p);
    else
        p->host->timer_again(p->notified, wait_ms);
}

static void take_notifications(struct pg *p)
{
    PGnotify *n;
    while ((n = PQnotifies(p->conn)) != NULL) {
        PQfreemem(n);
        look_soon(p);
    }
}

/* ---- the loop's calls ---- */

static void go_on_connecting(struct pg *p)
{
    unwatch(p);
    PostgresPollingStatusType r = PQconnectPoll(p->conn);
    if (r == PGRES_POLLING_OK) {
        p->bad = ROWS_OK;
        send_setup(p);
    } else if (r == PGRES_POLLING_FAILED ||
               !watch(p, r == PGRES_POLLING_READING ? HM_READABLE : HM_WRITABLE))
        lose_with_message(p, BLIND_CONNECT);
}

static void pg_on_event(void *arg, int fd, int events)
{
    struct pg *p = arg;
    (void)fd;
    if (p->phase == PG_CONNECTING) {
        go_on_connecting(p);
        return;
    }
    bool was_idle = p->phase == PG_IDLE;
    if ((events & HM_READABLE) != 0 && PQconsumeInput(p->conn) == 0) {
        lose_with_message(p, BLIND_LOST);
        return;
    }
    if (!take_results(p))
        return;
    take_notifications(p);
    if (p->phase == PG_IDLE && was_idle)
        return;
    flush(p);
    if (p->phase == PG_IDLE && p->look_due)
        send_query(p);
}

static void pg_on_time(void *arg)
{
    struct pg *p = arg;
    if (p->phase == PG_DOWN)
        pg_connect(p);
    else if (p->phase == PG_RESOLVING)
        lose(p, BLIND_RESOLVE, p->host->text(p->host, "host"));
    else if (p->phase != PG_IDLE)
        lose(p, BLIND_NO_ANSWER, NULL);
}

static void pg_look(void *self)
{
    struct pg *p = self;
    if (p->phase == PG_IDLE)
        send_query(p);
    else if (p->phase == PG_DOWN && p->backoff_ms > 0)
        tell_blind(p, p->down_why, p->down_detail);
    else if (p->phase == PG_DOWN)
        pg_connect(p);
    else if (p->phase != PG_ASKING)
        p->look_due = true;
}

/* ---- begin and end ---- */

static void pg_validate(const struct hm_host *host, const struct states *states)
{
    const char *server = host->text(host, "host");
    const char *channel = host->text(host, "listen");
    (void)states;
    if (server != NULL && (server[0] == '\0' || server[0] == '@' || strlen(server) > 255 ||
                              strpbrk(server, ", ") != NULL))
        host->complain(host, "host",
            "\"%s\" is neither a name, an address nor the folder of a local socket", server);
    if (channel != NULL && (channel[0] == '\0' || strlen(channel) > 63))
        host->complain(host, "listen", "a channel's name has 1 to 63 bytes");
}

static int pg_open(const struct hm_host *host, const struct states *states,
    const struct source_sink *sink, void **ret_self)
{
    struct pg *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -ENOMEM;
    *p = (struct pg){.host = host, .states = states, .sink = *sink, .phase = PG_DOWN};
    *ret_self = p;
    return 0;
}

static void pg_close(void *self)
{
    struct pg *p = self;
    PQfinish(p->conn);
    free(p);
}

static const char *const pg_needs[] = {"host", "database", "user", "query", NULL};

const struct source source_postgresql = {.name = "postgresql",
    .needs = pg_needs,
    .validate = pg_validate,
    .open = pg_open,
    .look = pg_look,
    .close = pg_close};
