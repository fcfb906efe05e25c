/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/log.h"
#include "record/store.h"
#include "wire/wire.h"

enum { DATE_BYTES = 16 };

/* ---- days, as rows of the chain have them ------------------------------------------------ */

static const char *date_text(char ret[DATE_BYTES], int32_t day)
{
    struct civil_date date = civil_date_of(day);
    snprintf(ret, DATE_BYTES, "%04d-%02u-%02u", (int)(date.year % 10000), date.month, date.day);
    return ret;
}

static bool date_from(const char *text, int32_t *ret_day)
{
    int year, month, day, length = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 || text[length] != '\0' ||
        !civil_exists(year, month, day))
        return false;
    *ret_day = civil_day((struct civil_date){year, (uint8_t)month, (uint8_t)day});
    return true;
}

static json_t *day_json(const struct linkage_day *d)
{
    char date[DATE_BYTES];
    if (d->day == LINKAGE_NO_DAY)
        return json_null();
    return json_pack("{s:s,s:s,s:I,s:o,s:I}", "day", date_text(date, d->day), "state",
        linkage_phase_name(d->phase), "due", (json_int_t)d->due, "arrived", wire_moment(d->arrived),
        "records", (json_int_t)d->records);
}

static bool day_from(const json_t *o, struct linkage_day *ret)
{
    struct linkage_day d = {0};
    const char *date, *phase;
    if (json_is_null(o)) {
        *ret = (struct linkage_day){.day = LINKAGE_NO_DAY, .records = -1};
        return true;
    }
    if (!wire_get_text(o, "day", &date, NULL) || !date_from(date, &d.day) ||
        !wire_get_text(o, "state", &phase, NULL) || !linkage_phase_from(phase, &d.phase) ||
        !wire_get_int(o, "due", INT64_MIN, INT64_MAX, &d.due, NULL) ||
        !wire_moment_decode(json_object_get(o, "arrived"), &d.arrived) ||
        !wire_get_int(o, "records", -1, INT64_MAX, &d.records, NULL))
        return false;
    *ret = d;
    return true;
}

/* ---- states ------------------------------------------------------------------------------ */

static json_t *state_json(const struct linkage_state *s)
{
    json_t *o = json_object(), *runs = json_array();
    wire_put_text(o, "id", s->id);
    json_object_set_new(o, "current", day_json(&s->current));
    json_object_set_new(o, "last", day_json(&s->last));
    json_object_set_new(o, "last_run", wire_moment(s->last_run));
    json_object_set_new(o, "last_result", json_string(linkage_phase_name(s->last_result)));
    json_object_set_new(o, "last_records", json_integer(s->last_records));
    json_object_set_new(o, "failures", json_integer(s->failures));
    json_object_set_new(o, "failures_day", json_integer(s->failures_day));
    if (s->chain_from != NULL) {
        wire_put_text(o, "chain_from", s->chain_from);
        json_object_set_new(o, "chain_due", wire_moment(s->chain_due));
    }
    for (size_t i = 0; i < s->run_count; i++) {
        json_t *run = json_object();
        wire_put_text(run, "run", s->runs[i].run);
        json_object_set_new(run, "started", wire_moment(s->runs[i].started));
        json_object_set_new(run, "told", json_boolean(s->runs[i].is_told));
        json_array_append_new(runs, run);
    }
    json_object_set_new(o, "runs", runs);
    return o;
}

static bool runs_from(const json_t *list, struct linkage_state *s)
{
    const json_t *o;
    size_t i;
    json_array_foreach (list, i, o) {
        const char *run;
        struct moment started;
        if (i >= LINKAGE_RUNS_MAX || !wire_get_text(o, "run", &run, NULL) ||
            !wire_moment_decode(json_object_get(o, "started"), &started))
            return false;
        s->runs[s->run_count++] = (struct linkage_run){
            alloc_text(run), started, json_is_true(json_object_get(o, "told"))};
    }
    return true;
}

static bool state_from(const json_t *o, struct linkage_state *s)
{
    const char *id, *result, *chain;
    int64_t failures, day;
    if (!wire_get_text(o, "id", &id, NULL) ||
        !day_from(json_object_get(o, "current"), &s->current) ||
        !day_from(json_object_get(o, "last"), &s->last) ||
        !wire_moment_decode(json_object_get(o, "last_run"), &s->last_run) ||
        !wire_get_text(o, "last_result", &result, NULL) ||
        !linkage_phase_from(result, &s->last_result) ||
        !wire_get_int(o, "last_records", -1, INT64_MAX, &s->last_records, NULL) ||
        !wire_get_int(o, "failures", 0, UINT32_MAX, &failures, NULL) ||
        !wire_get_int(o, "failures_day", INT32_MIN, INT32_MAX, &day, NULL))
        return false;
    s->id = alloc_text(id);
    s->failures = (uint32_t)failures;
    s->failures_day = (int32_t)day;
    if (json_object_get(o, "chain_from") != NULL) {
        if (!wire_get_text(o, "chain_from", &chain, NULL) ||
            !wire_moment_decode(json_object_get(o, "chain_due"), &s->chain_due))
            return false;
        s->chain_from = alloc_text(chain);
    }
    return runs_from(json_object_get(o, "runs"), s);
}

/* ---- reading and writing ----------------------------------------------------------------- */

static int append_day(
    struct record *r, const char *id, const struct linkage_day *day, struct moment now)
{
    char date[DATE_BYTES];
    uint64_t row = 0;
    json_t *o = json_object(), *body = day_json(day);
    wire_put_text(o, "linkage", id);
    json_object_update(o, body);
    json_decref(body);
    int result = store_append(r, now, "linkage", o, &row);
    if (result != 0)
        return result;
    return db_write(
        &r->db, SQL_LINKAGE_DAY_PUT, db_text(id), db_text(date_text(date, day->day)), db_id(row));
}

int record_linkage(struct record *r, const struct linkage_state *state,
    const struct linkage_day *day, struct moment now)
{
    char *line = wire_line(state_json(state), NULL);
    int result = db_write(&r->db, SQL_LINKAGE_PUT, db_text(state->id), db_text(line));
    free(line);
    if (result == 0 && day != NULL && day->day != LINKAGE_NO_DAY)
        result = append_day(r, state->id, day, now);
    return result;
}

int record_each_linkage(
    struct record *r, void (*fn)(void *arg, const struct linkage_state *), void *arg)
{
    struct db_query q = db_query_values(&r->db, SQL_LINKAGE_ALL, NULL, 0);
    while (db_next(&q)) {
        struct linkage_state state = {0};
        json_t *o = store_column_json(&q, 0);
        if (o != NULL && state_from(o, &state))
            fn(arg, &state);
        else if (o != NULL)
            log_error(LOG_RECORD, "a linkage's state cannot be read and begins anew");
        linkage_state_deinit(&state);
        json_decref(o);
    }
    return db_end(&q);
}

int record_each_linkage_day(struct record *r, const char *linkage, int32_t from, int32_t to,
    void (*fn)(void *arg, const char *linkage, const struct linkage_day *day), void *arg)
{
    char first[DATE_BYTES], end[DATE_BYTES];
    struct db_query q = linkage == NULL
                            ? db_query_values(&r->db, SQL_LINKAGE_DAYS_ALL, NULL, 0)
                            : db_query(&r->db, SQL_LINKAGE_DAYS, db_text(linkage),
                                  db_text(date_text(first, from)), db_text(date_text(end, to)));
    while (db_next(&q)) {
        struct linkage_day day;
        const char *id;
        json_t *o = store_column_json(&q, 0);
        if (o != NULL && wire_get_text(o, "linkage", &id, NULL) && day_from(o, &day))
            fn(arg, id, &day);
        else if (o != NULL)
            log_error(LOG_RECORD, "a linkage's day in the ledger is left out: it has no such form");
        json_decref(o);
    }
    return db_end(&q);
}
