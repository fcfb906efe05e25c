/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/tell.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "record/store.h"

/* ---- what routes owe --------------------------------------------------------------------- */

static int put(struct record *r, enum sql sql, const struct follow *f)
{
    return db_write(&r->db, sql, db_id(f->incident), db_text(f->route), db_int(f->step),
        db_int(f->phase), db_int(f->told), db_int(f->due.wall), db_int(f->due.boot),
        db_text(f->why));
}

int record_follow_put(struct record *r, const struct follow *f)
{
    return put(r, SQL_FOLLOW_PUT, f);
}

int record_follow_add(struct record *r, const struct follow *f)
{
    return put(r, SQL_FOLLOW_ADD, f);
}

/* Rows are copied first: @fn may change them. */
static int each_follow(struct db_query q, void (*fn)(void *arg, const struct follow *), void *arg)
{
    struct follow *rows = NULL;
    char **texts = NULL;
    size_t count = 0;
    while (db_next(&q)) {
        rows = alloc_resize(rows, count + 1, sizeof *rows);
        texts = alloc_resize(texts, 2 * (count + 1), sizeof *texts);
        texts[2 * count] = alloc_text(db_column_text(&q, 1));
        texts[2 * count + 1] = alloc_text(db_column_text(&q, 7));
        rows[count] = (struct follow){.incident = (uint64_t)db_column_int(&q, 0),
            .step = (uint32_t)db_column_int(&q, 2),
            .phase = (enum follow_phase)db_column_int(&q, 3),
            .told = (uint32_t)db_column_int(&q, 4),
            .due = {db_column_int(&q, 5), db_column_int(&q, 6)}};
        count++;
    }
    int result = db_end(&q);
    for (size_t i = 0; i < count; i++) {
        rows[i].route = texts[2 * i];
        rows[i].why = texts[2 * i + 1];
        fn(arg, &rows[i]);
        free(texts[2 * i]);
        free(texts[2 * i + 1]);
    }
    free(texts);
    free(rows);
    return result;
}

int record_each_follow_due(struct record *r, mono_ms boot, size_t limit,
    void (*fn)(void *arg, const struct follow *), void *arg)
{
    return each_follow(db_query(&r->db, SQL_FOLLOW_DUE, db_int(boot), db_id(limit)), fn, arg);
}

int record_each_follow(
    struct record *r, uint64_t incident, void (*fn)(void *arg, const struct follow *), void *arg)
{
    return each_follow(db_query(&r->db, SQL_FOLLOW_OF, db_id(incident)), fn, arg);
}

int record_follow_next(struct record *r, mono_ms *ret)
{
    *ret = CLOCK_NEVER;
    struct db_query q = db_query_values(&r->db, SQL_FOLLOW_NEXT, NULL, 0);
    if (db_next(&q))
        *ret = db_column_int(&q, 0);
    return db_end(&q);
}

int record_follow_release(struct record *r, struct moment now)
{
    return db_write(&r->db, SQL_FOLLOW_RELEASE, db_int(now.wall), db_int(now.boot));
}

int record_follow_end(struct record *r, uint64_t incident, const char *why)
{
    return db_write(&r->db, SQL_FOLLOW_END, db_id(incident), db_text(why));
}

int record_tell_rebase(struct record *r, bool other_boot, span_ms keep, struct moment now)
{
    int result =
        db_write(&r->db, SQL_OUTBOX_REBASE, db_int(other_boot), db_int(now.boot - now.wall));
    if (result == 0 && other_boot)
        result = db_write(&r->db, SQL_FOLLOW_REBASE, db_int(now.boot - now.wall));
    if (result == 0)
        result = db_write(&r->db, SQL_FOLLOW_FORGET, db_int(now.wall - keep));
    return result;
}

/* ---- who was told ------------------------------------------------------------------------ */

static bool holds_name(const json_t *list, const char *name)
{
    const json_t *entry;
    size_t i;
    json_array_foreach (list, i, entry)
        if (text_equal(json_string_value(entry), name))
            return true;
    return false;
}

static bool is_kind(const json_t *notice, enum notice_kind kind)
{
    return text_equal(json_string_value(json_object_get(notice, "kind")), notice_kind_name(kind));
}

static void add_names(json_t *names, const json_t *to)
{
    json_t *entry;
    size_t i;
    json_array_foreach ((json_t *)(uintptr_t)to, i, entry)
        if (!holds_name(names, json_string_value(entry)))
            json_array_append(names, entry);
}

/* Only now: @fn may write notices. @names is stolen. */
static void say_names(json_t *names, bool is_counted,
    void (*fn)(void *arg, const char *destination, bool is_counted), void *arg)
{
    const json_t *entry;
    size_t i;
    json_array_foreach (names, i, entry)
        fn(arg, json_string_value(entry), is_counted);
    json_decref(names);
}

/* Those of @counted that were not told. */
static json_t *without(json_t *counted, const json_t *told)
{
    const json_t *entry;
    json_t *rest = json_array();
    size_t i;
    json_array_foreach (counted, i, entry)
        if (!holds_name(told, json_string_value(entry)))
            json_array_append(rest, (json_t *)(uintptr_t)entry);
    json_decref(counted);
    return rest;
}

int record_each_told(struct record *r, uint64_t incident,
    void (*fn)(void *arg, const char *destination, bool is_counted), void *arg)
{
    json_t *told = json_array(), *counted = json_array();
    struct db_query q = db_query(&r->db, SQL_NOTICE_OF, db_id(incident));
    while (db_next(&q)) {
        json_t *notice = store_column_json(&q, 0);
        // What tells of the service's state is owed its own end.
        if (notice != NULL && !is_kind(notice, NOTICE_CLEARED) &&
            !is_kind(notice, NOTICE_SERVICE)) {
            add_names(told, json_object_get(notice, "to"));
            add_names(counted, json_object_get(notice, "digest"));
        }
        json_decref(notice);
    }
    int result = db_end(&q);
    counted = without(counted, told);
    say_names(told, false, fn, arg);
    say_names(counted, true, fn, arg);
    return result;
}

int record_each_told_of_service(struct record *r, const char *service,
    void (*fn)(void *arg, const char *destination, bool is_counted), void *arg)
{
    json_t *names = json_array();
    bool was_up = false;
    struct db_query q = db_query(&r->db, SQL_NOTICE_SERVICE, db_text(service));
    while (!was_up && db_next(&q)) {
        json_t *notice = store_column_json(&q, 0);
        was_up = text_equal(
            json_string_value(json_object_get(notice, "state")), service_state_name(SERVICE_UP));
        if (!was_up)
            add_names(names, json_object_get(notice, "to"));
        json_decref(notice);
    }
    int result = db_end(&q);
    say_names(names, false, fn, arg);
    return result;
}

/* ---- what the brake counted -------------------------------------------------------------- */

int record_digest_add(struct record *r, const char *destination, const struct notice *notice)
{
    return db_write(&r->db, SQL_DIGEST_ADD, db_text(destination), db_int(notice->kind),
        db_int(notice->severity), db_text(notice->service), db_text(notice->of.subject));
}

int record_each_digest_name(
    struct record *r, void (*fn)(void *arg, const char *destination), void *arg)
{
    struct db_query q = db_query_values(&r->db, SQL_DIGEST_NAMES, NULL, 0);
    while (db_next(&q))
        fn(arg, db_column_text(&q, 0));
    return db_end(&q);
}

int record_each_digest(struct record *r, const char *destination,
    void (*fn)(void *arg, const struct digest_row *), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_DIGEST_OF, db_text(destination));
    while (db_next(&q)) {
        struct digest_row row = {
            .kind = (enum notice_kind)db_column_int(&q, 0),
            .severity = (enum severity)db_column_int(&q, 1),
            .service = db_column_text(&q, 2),
            .subject = db_column_text(&q, 3),
            .count = (uint64_t)db_column_int(&q, 4),
        };
        fn(arg, &row);
    }
    return db_end(&q);
}

int record_digest_clear(struct record *r, const char *destination)
{
    return db_write(&r->db, SQL_DIGEST_CLEAR, db_text(destination));
}

/* ---- drills ------------------------------------------------------------------------------ */

int record_drill_put(
    struct record *r, const char *destination, uint64_t sequence, struct moment now)
{
    return db_write(&r->db, SQL_DRILL_PUT, db_text(destination), db_id(sequence), db_int(now.wall));
}

int record_drill_get(struct record *r, const char *destination, struct drill_state *ret)
{
    *ret = (struct drill_state){0};
    struct db_query q = db_query(&r->db, SQL_DRILL_GET, db_text(destination));
    if (db_next(&q))
        *ret = (struct drill_state){(uint64_t)db_column_int(&q, 0), db_column_int(&q, 1)};
    return db_end(&q);
}
