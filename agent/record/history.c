/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "record/agreed.h"
#include "record/import.h"
#include "record/store.h"
#include "wire/wire.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* Where an incident stands in its service's array, which moves when it grows. */
struct place {
    uint64_t id;
    size_t at;
    UT_hash_handle hh;
};

struct service {
    char *name;
    struct service_point *points; /* without texts */
    size_t point_count, point_room;
    struct incident *incidents; /* without texts */
    size_t incident_count, incident_room;
    struct place *places; /* of incidents, by id */
    UT_hash_handle hh;
};

struct history {
    struct service *services;
    struct sla_step *steps;
    size_t step_count, step_room;
};

struct history *history_new(void)
{
    return alloc(sizeof(struct history));
}

static void places_free(struct service *s)
{
    struct place *p, *next;
    HASH_ITER (hh, s->places, p, next) {
        HASH_DEL(s->places, p);
        free(p);
    }
}

struct history *history_free(struct history *h)
{
    if (h == NULL)
        return NULL;
    struct service *s, *next;
    HASH_ITER (hh, h->services, s, next) {
        HASH_DEL(h->services, s);
        places_free(s);
        free(s->name);
        free(s->points);
        free(s->incidents);
        free(s);
    }
    free(h->steps);
    free(h);
    return NULL;
}

static struct service *get_service(struct history *h, const char *name)
{
    const char *key = name == NULL ? "" : name;
    struct service *s;
    HASH_FIND_STR(h->services, key, s);
    if (s != NULL)
        return s;
    s = alloc(sizeof *s);
    s->name = alloc_text(key);
    HASH_ADD_KEYPTR(hh, h->services, s->name, strlen(s->name), s);
    return s;
}

/* @array with room for one more than @count. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = *room == 0 ? 16 : *room * 2;
    return alloc_resize(array, *room, size);
}

void history_point(struct history *h, const struct service_point *point)
{
    struct service *s = get_service(h, point->service);
    s->points = grown(s->points, s->point_count, &s->point_room, sizeof *s->points);
    struct service_point *kept = &s->points[s->point_count++];
    *kept = *point;
    kept->service = NULL;
    kept->reason = NULL;
}

/* The place of incident @id; thousands are open on a bad day, and each of them changes. */
static struct incident *place_of(struct service *s, uint64_t id)
{
    struct place *p;
    HASH_FIND(hh, s->places, &id, sizeof id, p);
    if (p != NULL)
        return &s->incidents[p->at];
    s->incidents = grown(s->incidents, s->incident_count, &s->incident_room, sizeof *s->incidents);
    p = alloc(sizeof *p);
    *p = (struct place){.id = id, .at = s->incident_count};
    HASH_ADD(hh, s->places, id, sizeof p->id, p);
    return &s->incidents[s->incident_count++];
}

void history_incident(struct history *h, const struct incident *incident)
{
    struct incident *kept = place_of(get_service(h, incident->service), incident->id);
    *kept = (struct incident){
        .id = incident->id,
        .severity = incident->severity,
        .failed_at = incident->failed_at,
        .detected_at = incident->detected_at,
        .critical_at = incident->critical_at,
        .recovered_at = incident->recovered_at,
        .cleared_at = incident->cleared_at,
        .notified_at = incident->notified_at,
        .called_at = incident->called_at,
        .reported_at = incident->reported_at,
        .acknowledged_at = incident->acknowledged_at,
        .flags = incident->flags,
        .count = incident->count,
        .transition = incident->transition,
        .row = incident->row,
    };
}

void history_step(struct history *h, wall_ms before, wall_ms after, mono_ms boot)
{
    h->steps = grown(h->steps, h->step_count, &h->step_room, sizeof *h->steps);
    h->steps[h->step_count++] = (struct sla_step){before, after, boot};
}

void history_facts(const struct history *h, const char *service, struct sla_facts *ret)
{
    const struct service *s;
    HASH_FIND_STR(h->services, service, s);
    ret->points = s == NULL ? NULL : s->points;
    ret->point_count = s == NULL ? 0 : s->point_count;
    ret->incidents = s == NULL ? NULL : s->incidents;
    ret->incident_count = s == NULL ? 0 : s->incident_count;
    ret->steps = h->steps;
    ret->step_count = h->step_count;
}

/* ---- from the ledger --------------------------------------------------------------------- */

static void take_point(void *arg, const struct service_point *point)
{
    history_point(arg, point);
}

static void take_incident(void *arg, const struct incident *incident)
{
    history_incident(arg, incident);
}

static void take_step(void *arg, wall_ms before, wall_ms after, mono_ms boot)
{
    history_step(arg, before, after, boot);
}

/* ---- rows that were imported ------------------------------------------------------------- */

/* They come before all rows of the ledger's own. Between two files, and between the last one and
 * the first row of our own, nothing is known. */
struct imports {
    struct history *history;
    uint64_t base;    /* of the file that is being read; see import.h */
    uint64_t row;     /* that is being read */
    uint64_t *broken; /* bases of imports that count for nothing */
    size_t broken_count;
    struct moment last; /* its last row */
};

static void end_file(const struct imports *i)
{
    for (struct service *s = i->history->services; s != NULL; s = s->hh.next) {
        struct service_point point = {
            .service = s->name, .state = SERVICE_UNMONITORED, .from = i->last, .detected = i->last};
        history_point(i->history, &point);
    }
}

/* Ids of another ledger must not be taken for ours. */

static void take_point_row(struct imports *i, const json_t *body)
{
    struct service_point point = {0};
    if (wire_service_point_decode(body, &point, NULL) != 0)
        return;
    point.incident = import_id(i->base, point.incident);
    point.row = i->row; // a gap of theirs is judged by the number of our row
    history_point(i->history, &point);
    service_point_deinit(&point);
}

static void take_incident_row(struct imports *i, const json_t *body)
{
    struct incident incident = {0};
    if (wire_incident_decode(body, &incident, NULL) != 0)
        return;
    incident.id = import_id(i->base, incident.id);
    history_incident(i->history, &incident);
    incident_deinit(&incident);
}

static void take_step_row(struct imports *i, const json_t *body)
{
    int64_t before, after, boot;
    if (wire_get_int(body, "before", INT64_MIN, INT64_MAX, &before, NULL) &&
        wire_get_int(body, "after", INT64_MIN, INT64_MAX, &after, NULL) &&
        wire_get_int(body, "boot", INT64_MIN, INT64_MAX, &boot, NULL))
        history_step(i->history, before, after, boot);
}

static void import_row(struct imports *i, const json_t *o)
{
    const json_t *provenance = json_object_get(o, "provenance"), *body = json_object_get(o, "body");
    const char *kind = json_string_value(json_object_get(o, "kind"));
    uint64_t base = (uint64_t)json_integer_value(json_object_get(provenance, "base"));
    if (import_is_broken(i->broken, i->broken_count, base))
        return;
    if (i->base != 0 && base != i->base)
        end_file(i);
    i->base = base;
    wire_moment_decode(json_object_get(o, "at"), &i->last);
    if (text_equal(kind, "service"))
        take_point_row(i, body);
    else if (text_equal(kind, "incident"))
        take_incident_row(i, body);
    else if (text_equal(kind, "step"))
        take_step_row(i, body);
}

static int load_imports(struct record *r, struct history *h)
{
    struct imports i = {.history = h};
    int result = import_broken(r, &i.broken, &i.broken_count);
    struct db_query q = db_query(&r->db, SQL_LEDGER_OF_KIND, db_text("import"));
    while (db_next(&q)) {
        json_t *o = store_column_json(&q, 0);
        i.row = (uint64_t)db_column_int(&q, 1);
        if (o != NULL)
            import_row(&i, o);
        json_decref(o);
    }
    if (i.base != 0)
        end_file(&i);
    free(i.broken);
    int ended = db_end(&q);
    return result != 0 ? result : ended;
}

static int load(struct record *r)
{
    struct history *h = history_new();
    int result = load_imports(r, h);
    if (result == 0)
        result = record_each_service_point(r, NULL, take_point, h);
    if (result == 0)
        result = record_each_clock_step(r, take_step, h);
    if (result == 0)
        result = record_each_incident(r, false, take_incident, h);
    if (result != 0)
        h = history_free(h);
    r->history = h;
    return result;
}

int record_facts(struct record *r, const char *service, struct sla_facts *ret)
{
    const struct agreed *agreed = NULL;
    int result = r->history == NULL ? load(r) : 0;
    if (result == 0)
        result = record_agreed(r, &agreed);
    if (result != 0)
        return result;
    history_facts(r->history, service, ret);
    ret->works = agreed->works;
    ret->work_count = agreed->work_count;
    ret->exclusions = agreed->exclusions;
    ret->exclusion_count = agreed->exclusion_count;
    ret->judgements = agreed->judgements;
    ret->judgement_count = agreed->judgement_count;
    return 0;
}
