/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/log.h"
#include "record/recent.h"
#include "record/store.h"
#include "wire/wire.h"

/* A delivery's number is made from its notice's, so that none ever comes twice. */
enum { DESTINATIONS_MAX = 64 };

void outbox_entry_deinit(struct outbox_entry *e)
{
    free(e->destination);
    notice_deinit(&e->notice);
    free(e->last_text);
    free(e->progress);
    *e = (struct outbox_entry){0};
}

/* ---- notices as rows --------------------------------------------------------------------- */

/* What the wire's form of a notice leaves out comes behind it. */
static void notice_body(struct text *t, const struct notice *n, const char *const *destinations,
    size_t count, const char *const *counted, size_t counted_count)
{
    wire_open(t);
    wire_add_notice(t, n);
    wire_add_int(t, "transition", n->transition);
    wire_add_int(t, "at_boot_ms", n->at.boot);
    wire_add_int(t, "detected_boot_ms", n->detected_at.boot);
    wire_add_texts(t, "to", destinations, count);
    if (counted_count > 0)
        wire_add_texts(t, "digest", counted, counted_count);
    wire_close(t);
}

/* False (logged): the column holds no notice. */
static bool read_notice(const struct db_query *q, int column, struct notice *ret)
{
    struct text why = {0};
    json_t *o = store_column_json(q, column);
    bool is_one = o != NULL && wire_notice_decode(o, ret, &why) == 0;
    if (is_one) {
        ret->transition = (uint32_t)json_integer_value(json_object_get(o, "transition"));
        ret->at.boot = json_integer_value(json_object_get(o, "at_boot_ms"));
        ret->detected_at.boot = json_integer_value(json_object_get(o, "detected_boot_ms"));
    } else if (o != NULL) {
        log_error(LOG_RECORD, "a notice of the ledger is left out: %s", text_get(&why));
    }
    json_decref(o);
    text_deinit(&why);
    return is_one;
}

/* Notices that are no transition of an incident have only their sequence to be known by. */
static char *make_key(const struct record *r, const struct notice *n)
{
    char incident[24], transition[24];
    bool is_transition = n->incident != 0 && n->transition != 0;
    uint64_t number = is_transition ? n->incident : n->sequence;
    snprintf(incident, sizeof incident, is_transition ? "%" PRIu64 : "-%" PRIu64, number);
    snprintf(transition, sizeof transition, "%" PRIu32, is_transition ? n->transition : 0);
    char *key = alloc(CHAIN_KEY_BYTES);
    chain_key(key, r->host_id, r->epoch, incident, transition, notice_kind_name(n->kind));
    return key;
}

/* NULL: of no incident. Numbers of incidents begin anew with a ledger, these never come again. */
static char *make_incident_key(const struct record *r, uint64_t incident)
{
    char number[24];
    if (incident == 0)
        return NULL;
    snprintf(number, sizeof number, "%" PRIu64, incident);
    char *key = alloc(CHAIN_KEY_BYTES);
    chain_key(key, r->host_id, r->epoch, number, "", "incident");
    return key;
}

void record_unrecorded_key(
    const struct record *r, struct moment now, unsigned number, char ret[RECORD_KEY_BYTES])
{
    char at[48];
    snprintf(at, sizeof at, "%lld.%lld.%u", (long long)now.boot, (long long)now.wall, number);
    static_assert((int)RECORD_KEY_BYTES == (int)CHAIN_KEY_BYTES, "a key is a key");
    chain_key(ret, r->host_id, r->epoch, "unrecorded", at, "unrecorded");
}

uint64_t record_next_sequence(struct record *r)
{
    uint64_t last = 0;
    if (r->next_sequence == 0 && store_number(r, SQL_NOTICE_LAST, &last) == 0)
        r->next_sequence = last + 1;
    return r->next_sequence == 0 ? 1 : r->next_sequence;
}

/* What tells of the brake itself goes before all that it holds up. */
static int64_t rank_of(const struct notice *n)
{
    return text_equal(n->of.metric, NOTICE_BRAKE_METRIC) ? 0 : 1;
}

int record_notice(struct record *r, struct notice *notice, const char *const *destinations,
    size_t count, struct moment now)
{
    return record_notice_counted(r, notice, destinations, count, NULL, 0, now);
}

int record_notice_counted(struct record *r, struct notice *notice, const char *const *destinations,
    size_t count, const char *const *counted, size_t counted_count, struct moment now)
{
    if (count > DESTINATIONS_MAX)
        return fault(-EINVAL);
    notice->sequence = record_next_sequence(r);
    free(notice->key);
    notice->key = make_key(r, notice);
    free(notice->incident_key);
    notice->incident_key = make_incident_key(r, notice->incident);

    struct text body = {0};
    notice_body(&body, notice, destinations, count, counted, counted_count);
    int result = record_append(r, now, "notice", text_get(&body));
    text_deinit(&body);
    if (result == 0)
        result = db_write(&r->db, SQL_NOTICE_ADD, db_id(notice->sequence), db_id(notice->incident),
            db_text(notice->kind == NOTICE_SERVICE ? notice->service : NULL), db_id(r->head.seq));
    for (size_t i = 0; result == 0 && i < count; i++)
        result = db_write(&r->db, SQL_OUTBOX_ADD, db_id(notice->sequence * DESTINATIONS_MAX + i),
            db_text(destinations[i]), db_id(notice->sequence), db_int(now.wall), db_int(now.boot),
            db_int(rank_of(notice)));
    if (result == 0)
        r->next_sequence = notice->sequence + 1;
    if (result == 0 && count > 0)
        recent_keep(&r->recent, notice);
    return result;
}

static int each_notice(struct db_query q, void (*fn)(void *arg, const struct notice *), void *arg)
{
    while (db_next(&q)) {
        struct notice notice;
        if (!read_notice(&q, 0, &notice))
            continue;
        fn(arg, &notice);
        notice_deinit(&notice);
    }
    return db_end(&q);
}

int record_each_notice(
    struct record *r, size_t limit, void (*fn)(void *arg, const struct notice *), void *arg)
{
    return each_notice(db_query(&r->db, SQL_NOTICE_NEWEST, db_id(limit)), fn, arg);
}

int record_each_notice_after(struct record *r, uint64_t after, size_t limit,
    void (*fn)(void *arg, const struct notice *), void *arg)
{
    return each_notice(db_query(&r->db, SQL_NOTICE_AFTER, db_id(after), db_id(limit)), fn, arg);
}

int record_each_service_notice(
    struct record *r, void (*fn)(void *arg, const struct notice *), void *arg)
{
    return each_notice(db_query_values(&r->db, SQL_NOTICE_SERVICES, NULL, 0), fn, arg);
}

int record_each_notice_of(
    struct record *r, uint64_t incident, void (*fn)(void *arg, const struct notice *), void *arg)
{
    struct notice *notices = NULL;
    size_t count = 0;
    struct db_query q = db_query(&r->db, SQL_NOTICE_OF, db_id(incident));
    while (db_next(&q)) {
        notices = alloc_resize(notices, count + 1, sizeof *notices);
        if (read_notice(&q, 0, &notices[count]))
            count++;
    }
    int result = db_end(&q);

    // Only now: @fn may ask for the notice's deliveries.
    for (size_t i = 0; i < count; i++) {
        fn(arg, &notices[i]);
        notice_deinit(&notices[i]);
    }
    free(notices);
    return result;
}

/* ---- the outbox -------------------------------------------------------------------------- */

/* All but the notice. */
static void read_row(const struct db_query *q, struct outbox_entry *e)
{
    e->delivery = (uint64_t)db_column_int(q, 0);
    e->destination = alloc_text(db_column_text(q, 1));
    e->attempts = (uint32_t)db_column_int(q, 2);
    e->due = (struct moment){db_column_int(q, 3), db_column_int(q, 6)};
    e->recorded = (struct moment){db_column_int(q, 4), db_column_int(q, 7)};
    e->last_text = alloc_text(db_column_text(q, 5));
    e->progress = alloc_text(db_column_text(q, 8));
}

static bool read_entry(const struct db_query *q, struct outbox_entry *ret)
{
    struct outbox_entry e = {0};
    if (!read_notice(q, 9, &e.notice))
        return false;
    read_row(q, &e);
    *ret = e;
    return true;
}

int record_outbox_each(struct record *r, const char *destination, size_t limit,
    void (*fn)(void *arg, const struct outbox_entry *), void *arg)
{
    struct outbox_entry *entries = NULL;
    size_t count = 0, room = 0;
    struct db_query q = db_query(&r->db, SQL_OUTBOX_OF, db_text(destination), db_id(limit));
    while (db_next(&q)) {
        if (count == room)
            entries = alloc_resize(entries, room = room == 0 ? 16 : room * 2, sizeof *entries);
        if (read_entry(&q, &entries[count]))
            count++;
    }
    int result = db_end(&q);

    // Only now: @fn may end a delivery, and its row must not be under a running query.
    for (size_t i = 0; i < count; i++) {
        fn(arg, &entries[i]);
        outbox_entry_deinit(&entries[i]);
    }
    free(entries);
    return result;
}

static int each_head(
    struct db_query q, bool (*fn)(void *arg, const struct outbox_head *), void *arg)
{
    bool goes_on = true;
    while (goes_on && db_next(&q)) {
        struct outbox_head head = {.delivery = (uint64_t)db_column_int(&q, 0),
            .due = {db_column_int(&q, 1), db_column_int(&q, 2)},
            .recorded = {db_column_int(&q, 3), db_column_int(&q, 4)},
            .incident = (uint64_t)db_column_int(&q, 5),
            .is_first = db_column_int(&q, 6) == 0};
        goes_on = fn(arg, &head);
    }
    return db_end(&q);
}

int record_outbox_heads(struct record *r, const char *destination, size_t limit,
    bool (*fn)(void *arg, const struct outbox_head *), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_OUTBOX_HEADS, db_text(destination), db_id(limit));
    return each_head(q, fn, arg);
}

int record_outbox_ready(struct record *r, const char *destination, struct moment now, span_ms most,
    size_t limit, bool (*fn)(void *arg, const struct outbox_head *), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_OUTBOX_READY, db_text(destination), db_id(limit),
        db_int(now.boot + 1), db_int(now.boot + most));
    return each_head(q, fn, arg);
}

mono_ms record_outbox_next(
    struct record *r, const char *destination, struct moment now, span_ms most)
{
    struct db_query q = db_query(&r->db, SQL_OUTBOX_NEXT, db_text(destination),
        db_int(now.boot + 1), db_int(now.boot + most));
    mono_ms due = db_next(&q) ? db_column_int(&q, 0) : 0; // 0: no row has one
    db_end(&q);
    return due > 0 ? due : CLOCK_NEVER;
}

bool record_outbox_entry(struct record *r, uint64_t delivery, struct outbox_entry *ret)
{
    struct outbox_entry e = {0};
    bool is_recent = recent_take(r->recent, delivery / DESTINATIONS_MAX, &e.notice);
    enum sql sql = is_recent ? SQL_OUTBOX_ROW : SQL_OUTBOX_ENTRY;
    struct db_query q = db_query(&r->db, sql, db_id(delivery));
    bool is_there = db_next(&q) && (is_recent || read_notice(&q, 9, &e.notice));
    if (is_there) {
        read_row(&q, &e);
        *ret = e;
    } else {
        notice_deinit(&e.notice);
    }
    db_end(&q);
    return is_there;
}

int record_outbox_names(struct record *r, void (*fn)(void *arg, const char *destination), void *arg)
{
    char **names = NULL;
    size_t count = 0;
    struct db_query q = db_query_values(&r->db, SQL_OUTBOX_NAMES, NULL, 0);
    while (db_next(&q)) {
        names = alloc_resize(names, count + 1, sizeof *names);
        names[count++] = alloc_text(db_column_text(&q, 0));
    }
    int result = db_end(&q);

    // Only now: @fn may end deliveries, and their rows must not be under a running query.
    for (size_t i = 0; i < count; i++) {
        fn(arg, names[i]);
        free(names[i]);
    }
    free(names);
    return result;
}

struct delivery {
    char *destination;
    uint64_t sequence;
    uint32_t attempts;
};

static int find_delivery(struct record *r, uint64_t delivery, struct delivery *ret)
{
    struct db_query q = db_query(&r->db, SQL_OUTBOX_GET, db_id(delivery));
    bool is_there = db_next(&q);
    if (is_there)
        *ret = (struct delivery){.destination = alloc_text(db_column_text(&q, 0)),
            .sequence = (uint64_t)db_column_int(&q, 1),
            .attempts = (uint32_t)db_column_int(&q, 2)};
    int result = db_end(&q);
    if (result != 0)
        db_spoil(&r->db, result); // what should be written of it is not
    return result == 0 && !is_there ? RECORD_E_NONE : result;
}

/* Counts one more end of a delivery; names as in record_outbox_done. */
static int count_end(struct record *r, const char *destination, const char *result)
{
    return db_write(&r->db, SQL_DESTINATION_ADD, db_text(destination),
        db_int(strcmp(result, "sent") == 0), db_int(strcmp(result, "accepted") == 0),
        db_int(strcmp(result, "refused") == 0), db_int(strcmp(result, "expired") == 0));
}

static void receipt_body(struct text *t, const struct delivery *d, uint64_t delivery,
    const char *result, const char *text)
{
    wire_open(t);
    wire_add_id(t, "delivery", delivery);
    wire_add_id(t, "sequence", d->sequence);
    wire_add_text(t, "destination", d->destination);
    wire_add_text(t, "result", result);
    wire_add_int(t, "attempts", d->attempts);
    wire_add_text(t, "text", text);
    wire_close(t);
}

int record_outbox_done(
    struct record *r, uint64_t delivery, const char *result, const char *text, struct moment now)
{
    struct delivery d;
    struct text body = {0};
    int outcome = find_delivery(r, delivery, &d);
    if (outcome != 0)
        return outcome;
    receipt_body(&body, &d, delivery, result, text);
    outcome = record_append(r, now, "receipt", text_get(&body));
    text_deinit(&body);
    if (outcome == 0)
        outcome = db_write(&r->db, SQL_RECEIPT_ADD, db_id(d.sequence), db_id(r->head.seq));
    if (outcome == 0)
        outcome = db_write(&r->db, SQL_OUTBOX_DROP, db_id(delivery));
    if (outcome == 0)
        outcome = count_end(r, d.destination, result);
    free(d.destination);
    return outcome;
}

int record_outbox_retry(struct record *r, uint64_t delivery, uint32_t attempts, struct moment due,
    const char *text, const char *progress)
{
    struct delivery d;
    int result = find_delivery(r, delivery, &d);
    if (result != 0)
        return result;
    free(d.destination);
    return db_write(&r->db, SQL_OUTBOX_RETRY, db_id(delivery), db_int(attempts), db_int(due.wall),
        db_text(text), db_int(due.boot), db_text(progress));
}

int record_outbox_hasten(struct record *r, const char *destination, struct moment now)
{
    return db_write(
        &r->db, SQL_OUTBOX_HASTEN, db_text(destination), db_int(now.wall), db_int(now.boot));
}

/* Those that ended, from the ledger. */
static int each_ended(struct record *r, uint64_t sequence,
    void (*fn)(void *arg, const struct record_delivery *), void *arg)
{
    struct db_query q = db_query(&r->db, SQL_RECEIPT_OF, db_id(sequence));
    while (db_next(&q)) {
        json_t *o = store_column_json(&q, 1);
        struct record_delivery d = {
            .destination = json_string_value(json_object_get(o, "destination")),
            .result = json_string_value(json_object_get(o, "result")),
            .attempts = (uint32_t)json_integer_value(json_object_get(o, "attempts")) + 1,
            .at = db_column_int(&q, 0),
            .text = json_string_value(json_object_get(o, "text")),
        };
        if (d.destination != NULL && d.result != NULL)
            fn(arg, &d);
        json_decref(o);
    }
    return db_end(&q);
}

int record_each_delivery(struct record *r, uint64_t sequence,
    void (*fn)(void *arg, const struct record_delivery *), void *arg)
{
    int result = each_ended(r, sequence, fn, arg);
    struct db_query q = db_query(&r->db, SQL_OUTBOX_NOTICE, db_id(sequence * DESTINATIONS_MAX),
        db_id(sequence * DESTINATIONS_MAX + DESTINATIONS_MAX - 1));
    while (db_next(&q)) {
        struct record_delivery d = {
            .destination = db_column_text(&q, 0),
            .result = "waiting",
            .attempts = (uint32_t)db_column_int(&q, 1),
            .due = db_column_int(&q, 2),
            .text = db_column_text(&q, 3),
        };
        fn(arg, &d);
    }
    int waiting = db_end(&q);
    return result != 0 ? result : waiting;
}

int record_destination_count(
    struct record *r, const char *destination, struct destination_count *ret)
{
    struct destination_count c = {0};
    struct db_query q = db_query(&r->db, SQL_OUTBOX_COUNT, db_text(destination));
    if (db_next(&q))
        c.queued = (uint64_t)db_column_int(&q, 0);
    int result = db_end(&q);
    if (result == 0) {
        q = db_query(&r->db, SQL_OUTBOX_OLDEST, db_text(destination));
        if (db_next(&q))
            c.oldest_wall = db_column_int(&q, 0);
        result = db_end(&q);
    }
    if (result == 0) {
        q = db_query(&r->db, SQL_DESTINATION_GET, db_text(destination));
        if (db_next(&q)) {
            c.sent = (uint64_t)db_column_int(&q, 0);
            c.accepted = (uint64_t)db_column_int(&q, 1);
            c.refused = (uint64_t)db_column_int(&q, 2);
            c.expired = (uint64_t)db_column_int(&q, 3);
        }
        result = db_end(&q);
    }
    if (result == 0)
        *ret = c;
    return result;
}
