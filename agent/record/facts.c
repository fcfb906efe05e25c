/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "record/history.h"
#include "record/store.h"
#include "wire/wire.h"

/* ---- metric states ----------------------------------------------------------------------- */

int record_metric(struct record *r, const struct metric_state *s)
{
    return db_write(&r->db, SQL_METRIC_PUT, db_text(s->of.subject), db_text(s->of.instance),
        db_text(s->of.metric), db_int((int)s->verdict), db_int(s->bad_runs), db_int(s->good_runs),
        db_int(s->utmost_runs), db_int(s->first_bad.wall), db_int(s->first_bad.boot),
        db_int(s->first_good.wall), db_int(s->first_good.boot), db_int(s->since.wall),
        db_int(s->since.boot), db_int(s->last.wall), db_int(s->last.boot), db_real(s->number),
        db_id(s->incident), db_int((int)s->before_blind));
}

int record_metric_drop(struct record *r, const struct triple *of)
{
    return db_write(
        &r->db, SQL_METRIC_DROP, db_text(of->subject), db_text(of->instance), db_text(of->metric));
}

static struct moment column_moment(const struct db_query *q, int column)
{
    return (struct moment){.wall = db_column_int(q, column), .boot = db_column_int(q, column + 1)};
}

static void read_metric(const struct db_query *q, struct metric_state *ret)
{
    *ret = (struct metric_state){
        .of = {alloc_text(db_column_text(q, 0)), alloc_text(db_column_text(q, 1)),
            alloc_text(db_column_text(q, 2))},
        .verdict = (enum verdict)db_column_int(q, 3),
        .bad_runs = (uint32_t)db_column_int(q, 4),
        .good_runs = (uint32_t)db_column_int(q, 5),
        .utmost_runs = (uint32_t)db_column_int(q, 6),
        .first_bad = column_moment(q, 7),
        .first_good = column_moment(q, 9),
        .since = column_moment(q, 11),
        .last = column_moment(q, 13),
        .number = sqlite3_column_type(q->statement, 15) == SQLITE_NULL
                      ? (double)NAN
                      : sqlite3_column_double(q->statement, 15),
        .incident = (uint64_t)db_column_int(q, 16),
        .before_blind = (enum verdict)db_column_int(q, 17),
    };
}

int record_each_metric(
    struct record *r, void (*fn)(void *arg, const struct metric_state *), void *arg)
{
    struct db_query q = db_query_values(&r->db, SQL_METRIC_ALL, NULL, 0);
    while (db_next(&q)) {
        struct metric_state state;
        read_metric(&q, &state);
        fn(arg, &state);
        metric_state_deinit(&state);
    }
    return db_end(&q);
}

/* ---- incidents --------------------------------------------------------------------------- */

/* What is stored of an incident, beside @line that shall be. */
struct stored {
    bool is_same; /* byte by byte */
    bool is_there, is_open;
};

static int look_up(struct record *r, uint64_t id, const char *line, struct stored *ret)
{
    struct db_query q = db_query(&r->db, SQL_INCIDENT_GET, db_id(id));
    if (db_next(&q))
        *ret = (struct stored){.is_there = true,
            .is_same = strcmp(db_column_text(&q, 0), line) == 0,
            .is_open = db_column_int(&q, 2) != 0};
    return db_end(&q);
}

int record_incident(struct record *r, const struct incident *incident, struct moment now)
{
    struct text line = {0};
    struct stored stored = {0};
    wire_incident(&line, incident);
    int result = look_up(r, incident->id, text_get(&line), &stored);
    if (result != 0)
        db_spoil(&r->db, result); // it is not written, so nothing that belongs to it may be
    if (result == 0 && !stored.is_same)
        result = record_append(r, now, "incident", text_get(&line));
    text_deinit(&line);
    if (result != 0 || stored.is_same)
        return result;

    if (r->history != NULL) {
        struct incident kept = *incident; // its strings stay the caller's
        kept.row = r->head.seq;
        history_incident(r->history, &kept);
    }
    bool is_open = incident->cleared_at.wall == 0 && incident->cleared_at.boot == 0;
    if (stored.is_there && stored.is_open == is_open)
        return db_write(&r->db, SQL_INCIDENT_MOVE, db_id(incident->id), db_id(r->head.seq));
    return db_write(
        &r->db, SQL_INCIDENT_PUT, db_id(incident->id), db_int(is_open), db_id(r->head.seq));
}

/* False (logged): the row holds no incident. */
static bool read_incident(const struct db_query *q, struct incident *ret)
{
    struct text why = {0};
    json_t *o = store_column_json(q, 0);
    bool is_one = o != NULL && wire_incident_decode(o, ret, &why) == 0;
    if (o != NULL && !is_one)
        log_error(LOG_RECORD, "an incident of the ledger is left out: %s", text_get(&why));
    if (is_one)
        ret->row = (uint64_t)db_column_int(q, 1);
    json_decref(o);
    text_deinit(&why);
    return is_one;
}

int record_each_incident(
    struct record *r, bool open_only, void (*fn)(void *arg, const struct incident *), void *arg)
{
    enum sql sql = open_only ? SQL_INCIDENT_OPEN : SQL_INCIDENT_ALL;
    struct db_query q = db_query_values(&r->db, sql, NULL, 0);
    while (db_next(&q)) {
        struct incident incident;
        if (!read_incident(&q, &incident))
            continue;
        fn(arg, &incident);
        incident_deinit(&incident);
    }
    return db_end(&q);
}

int record_each_closed(
    struct record *r, wall_ms since, void (*fn)(void *arg, const struct incident *), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_INCIDENT_CLOSED, db_int(since));
    while (db_next(&q)) {
        struct incident incident;
        if (!read_incident(&q, &incident))
            continue;
        fn(arg, &incident);
        incident_deinit(&incident);
    }
    return db_end(&q);
}

int record_command(struct record *r, uint64_t incident, json_t *body, struct moment now)
{
    uint64_t row = 0;
    if (incident != 0)
        json_object_set_new(body, "incident", wire_id(incident));
    int result = store_append(r, now, "command", body, &row);
    if (result != 0 || incident == 0)
        return result;
    return db_write(&r->db, SQL_COMMAND_ADD, db_id(incident), db_id(row));
}

int record_each_command(struct record *r, uint64_t id,
    void (*fn)(void *arg, struct moment at, const json_t *body), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_COMMAND_OF, db_id(id));
    while (db_next(&q)) {
        json_t *body = store_column_json(&q, 2);
        if (body != NULL)
            fn(arg, column_moment(&q, 0), body);
        json_decref(body);
    }
    return db_end(&q);
}

int record_incident_get(struct record *r, uint64_t id, struct incident *ret)
{
    struct db_query q = db_query(&r->db, SQL_INCIDENT_GET, db_id(id));
    bool is_there = db_next(&q) && read_incident(&q, ret);
    int result = db_end(&q);
    return result == 0 && !is_there ? RECORD_E_NONE : result;
}

uint64_t record_next_incident(struct record *r)
{
    uint64_t last = 0;
    store_number(r, SQL_INCIDENT_LAST, &last);
    return last + 1;
}

/* ---- services and clock ------------------------------------------------------------------ */

int record_service_point(struct record *r, const struct service_point *point, struct moment now)
{
    uint64_t row = 0;
    int result = store_append(r, now, "service", wire_service_point(point), &row);
    if (result == 0)
        result = db_write(&r->db, SQL_POINT_ADD, db_text(point->service), db_id(row));
    if (result == 0 && r->history != NULL) {
        struct service_point kept = *point; // its strings stay the caller's
        kept.row = row;
        history_point(r->history, &kept);
    }
    return result;
}

static void read_point(
    const struct db_query *q, void (*fn)(void *arg, const struct service_point *), void *arg)
{
    struct text why = {0};
    struct service_point point = {0};
    json_t *o = store_column_json(q, 0);
    if (o != NULL && wire_service_point_decode(o, &point, &why) == 0) {
        point.row = (uint64_t)db_column_int(q, 1);
        fn(arg, &point);
        service_point_deinit(&point);
    } else if (o != NULL) {
        log_error(LOG_RECORD, "a service's state in the ledger is left out: %s", text_get(&why));
    }
    json_decref(o);
    text_deinit(&why);
}

int record_each_service_point(struct record *r, const char *service,
    void (*fn)(void *arg, const struct service_point *), void *arg)
{
    struct db_query q = service == NULL ? db_query_values(&r->db, SQL_POINT_ALL, NULL, 0)
                                        : db_query(&r->db, SQL_POINT_OF, db_text(service));
    while (db_next(&q))
        read_point(&q, fn, arg);
    return db_end(&q);
}

int record_clock_step(struct record *r, wall_ms before, wall_ms after, mono_ms boot)
{
    uint64_t row = 0;
    json_t *o = json_object();
    json_object_set_new(o, "before", json_integer(before));
    json_object_set_new(o, "after", json_integer(after));
    json_object_set_new(o, "boot", json_integer(boot));
    struct moment now = {.wall = after, .boot = boot};
    int result = store_append(r, now, "step", o, &row);
    if (result == 0)
        result = db_write(&r->db, SQL_STEP_ADD, db_id(row));
    if (result == 0 && r->history != NULL)
        history_step(r->history, before, after, boot);
    return result;
}

int record_each_clock_step(
    struct record *r, void (*fn)(void *arg, wall_ms before, wall_ms after, mono_ms boot), void *arg)
{
    struct db_query q = db_query_values(&r->db, SQL_STEP_ALL, NULL, 0);
    while (db_next(&q)) {
        json_t *o = store_column_json(&q, 0);
        int64_t before, after, boot;
        if (o != NULL && wire_get_int(o, "before", INT64_MIN, INT64_MAX, &before, NULL) &&
            wire_get_int(o, "after", INT64_MIN, INT64_MAX, &after, NULL) &&
            wire_get_int(o, "boot", INT64_MIN, INT64_MAX, &boot, NULL))
            fn(arg, before, after, boot);
        json_decref(o);
    }
    return db_end(&q);
}

/* ---- what guests keep -------------------------------------------------------------------- */

int record_keep(struct record *r, const char *subject, const char *key, const char *value)
{
    if (value == NULL)
        return db_write(&r->db, SQL_KEPT_DROP, db_text(subject), db_text(key));
    return db_write(&r->db, SQL_KEPT_PUT, db_text(subject), db_text(key), db_text(value));
}

int record_each_kept(struct record *r, const char *subject,
    void (*fn)(void *arg, const char *key, const char *value), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_KEPT_OF, db_text(subject));
    while (db_next(&q))
        fn(arg, db_column_text(&q, 0), db_column_text(&q, 1));
    return db_end(&q);
}

/* ---- SNMP engines ------------------------------------------------------------------------ */

int record_engine(struct record *r, const char *guest, char ret_id[65], uint32_t *ret_boots)
{
    char id[CHAIN_ENGINE_BYTES];
    uint64_t boots = 0;
    chain_engine(id, r->host_id, r->epoch, guest);
    struct db_query q = db_query(&r->db, SQL_ENGINE_GET, db_text(guest));
    // An id of another epoch is another engine: its boots begin anew.
    if (db_next(&q) && strcmp(db_column_text(&q, 0), id) == 0)
        boots = (uint64_t)db_column_int(&q, 1);
    int result = db_end(&q);
    // RFC 3414, 2.2.2: at its maximum the counter stays there and nobody is authenticated.
    if (boots < INT32_MAX)
        boots++;
    if (result == 0)
        result = db_write(&r->db, SQL_ENGINE_PUT, db_text(guest), db_text(id), db_id(boots));
    if (result == 0)
        result = record_commit(r);
    if (result != 0)
        return result;

    memcpy(ret_id, id, sizeof id);
    *ret_boots = (uint32_t)boots;
    return 0;
}
