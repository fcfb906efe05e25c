/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/agreed.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "record/import.h"
#include "record/store.h"
#include "wire/wire.h"

/* ---- members of a row -------------------------------------------------------------------- */

enum member_kind { MEMBER_TEXT, MEMBER_TIME, MEMBER_ID, MEMBER_FLAG };

struct member {
    const char *name; /* NULL ends the table */
    enum member_kind kind;
    size_t offset;
};

static const struct member work_members[] = {
    {"id", MEMBER_ID, offsetof(struct work, id)},
    {"service", MEMBER_TEXT, offsetof(struct work, service)},
    {"from", MEMBER_TIME, offsetof(struct work, from)},
    {"to", MEMBER_TIME, offsetof(struct work, to)},
    {"registered", MEMBER_TIME, offsetof(struct work, registered)},
    {"approved", MEMBER_TIME, offsetof(struct work, approved)},
    {"started", MEMBER_TIME, offsetof(struct work, started)},
    {"ended", MEMBER_TIME, offsetof(struct work, ended)},
    {"plan_no", MEMBER_TEXT, offsetof(struct work, plan_no)},
    {"approved_by", MEMBER_TEXT, offsetof(struct work, approved_by)},
    {"scope", MEMBER_TEXT, offsetof(struct work, scope)},
    {"who", MEMBER_TEXT, offsetof(struct work, who)},
    {0},
};

static const struct member exclusion_members[] = {
    {"id", MEMBER_ID, offsetof(struct exclusion, id)},
    {"service", MEMBER_TEXT, offsetof(struct exclusion, service)},
    {"from", MEMBER_TIME, offsetof(struct exclusion, from)},
    {"to", MEMBER_TIME, offsetof(struct exclusion, to)},
    {"forgives", MEMBER_FLAG, offsetof(struct exclusion, forgives)},
    {"reason", MEMBER_TEXT, offsetof(struct exclusion, reason)},
    {"agreed_by", MEMBER_TEXT, offsetof(struct exclusion, agreed_by)},
    {"agreed_on", MEMBER_TEXT, offsetof(struct exclusion, agreed_on)},
    {"document", MEMBER_TEXT, offsetof(struct exclusion, document)},
    {"registered", MEMBER_TIME, offsetof(struct exclusion, registered)},
    {"revoked", MEMBER_TIME, offsetof(struct exclusion, revoked)},
    {"revoked_by", MEMBER_TEXT, offsetof(struct exclusion, revoked_by)},
    {"revoked_why", MEMBER_TEXT, offsetof(struct exclusion, revoked_why)},
    {"who", MEMBER_TEXT, offsetof(struct exclusion, who)},
    {0},
};

static const struct member judgement_members[] = {
    {"gap", MEMBER_ID, offsetof(struct judgement, gap)},
    {"service", MEMBER_TEXT, offsetof(struct judgement, service)},
    {"up", MEMBER_FLAG, offsetof(struct judgement, is_up)},
    {"evidence", MEMBER_TEXT, offsetof(struct judgement, evidence)},
    {"who", MEMBER_TEXT, offsetof(struct judgement, who)},
    {0},
};

static const struct member issue_members[] = {
    {"service", MEMBER_TEXT, offsetof(struct issue, service)},
    {"period", MEMBER_TEXT, offsetof(struct issue, period)},
    {"approved_by", MEMBER_TEXT, offsetof(struct issue, approved_by)},
    {"reason", MEMBER_TEXT, offsetof(struct issue, reason)},
    {"who", MEMBER_TEXT, offsetof(struct issue, who)},
    {0},
};

static json_t *encode(const struct member *members, const void *value)
{
    json_t *o = json_object();
    for (const struct member *m = members; m->name != NULL; m++) {
        const char *at = (const char *)value + m->offset;
        switch (m->kind) {
        case MEMBER_TEXT:
            wire_put_text(o, m->name, *(char *const *)(const void *)at);
            break;
        case MEMBER_TIME:
            json_object_set_new(o, m->name, json_integer(*(const wall_ms *)(const void *)at));
            break;
        case MEMBER_ID:
            json_object_set_new(o, m->name, wire_id(*(const uint64_t *)(const void *)at));
            break;
        case MEMBER_FLAG:
            json_object_set_new(o, m->name, json_boolean(*(const bool *)at));
            break;
        }
    }
    return o;
}

/* False: @o is not what this program writes; @value then holds what was read so far. */
static bool decode(const struct member *members, const json_t *o, void *value)
{
    struct text why = {0};
    bool is_good = true;
    for (const struct member *m = members; is_good && m->name != NULL; m++) {
        void *at = (char *)value + m->offset;
        const char *string;
        switch (m->kind) {
        case MEMBER_TEXT:
            is_good = wire_get_text(o, m->name, &string, &why);
            if (is_good)
                *(char **)at = alloc_text(string);
            break;
        case MEMBER_TIME:
            is_good = wire_get_int(o, m->name, 0, WIRE_WALL_MAX, at, &why);
            break;
        case MEMBER_ID:
            is_good = wire_get_id(o, m->name, at, &why);
            break;
        case MEMBER_FLAG:
            *(bool *)at = json_is_true(json_object_get(o, m->name));
            break;
        }
    }
    if (!is_good)
        log_error(LOG_RECORD, "a row of what was agreed is left out: %s", text_get(&why));
    text_deinit(&why);
    return is_good;
}

/* ---- in memory --------------------------------------------------------------------------- */

void agreed_free(struct agreed *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->work_count; i++)
        work_deinit(&a->works[i]);
    for (size_t i = 0; i < a->exclusion_count; i++)
        exclusion_deinit(&a->exclusions[i]);
    for (size_t i = 0; i < a->judgement_count; i++)
        judgement_deinit(&a->judgements[i]);
    for (size_t i = 0; i < a->issue_count; i++)
        issue_deinit(&a->issues[i]);
    free(a->works);
    free(a->exclusions);
    free(a->judgements);
    free(a->issues);
    free(a);
}

const struct work *agreed_work(const struct agreed *a, uint64_t id)
{
    for (size_t i = 0; i < a->work_count; i++)
        if (a->works[i].id == id)
            return &a->works[i];
    return NULL;
}

const struct exclusion *agreed_exclusion(const struct agreed *a, uint64_t id)
{
    for (size_t i = 0; i < a->exclusion_count; i++)
        if (a->exclusions[i].id == id)
            return &a->exclusions[i];
    return NULL;
}

const struct issue *agreed_issue(const struct agreed *a, const char *service, const char *period)
{
    for (size_t i = a->issue_count; i > 0; i--)
        if (text_equal(a->issues[i - 1].service, service) &&
            text_equal(a->issues[i - 1].period, period))
            return &a->issues[i - 1];
    return NULL;
}

static void take_work(struct agreed *a, const json_t *o, uint64_t row, wall_ms at)
{
    struct work w = {.row = row, .changed = at};
    if (!decode(work_members, o, &w)) {
        work_deinit(&w);
        return;
    }
    for (size_t i = 0; i < a->work_count; i++) {
        if (a->works[i].id != w.id)
            continue;
        work_deinit(&a->works[i]);
        a->works[i] = w;
        return;
    }
    a->works = alloc_resize(a->works, a->work_count + 1, sizeof *a->works);
    a->works[a->work_count++] = w;
}

static void take_exclusion(struct agreed *a, const json_t *o, uint64_t row, wall_ms at)
{
    struct exclusion e = {.row = row, .changed = at};
    if (!decode(exclusion_members, o, &e)) {
        exclusion_deinit(&e);
        return;
    }
    for (size_t i = 0; i < a->exclusion_count; i++) {
        if (a->exclusions[i].id != e.id)
            continue;
        exclusion_deinit(&a->exclusions[i]);
        a->exclusions[i] = e;
        return;
    }
    a->exclusions = alloc_resize(a->exclusions, a->exclusion_count + 1, sizeof *a->exclusions);
    a->exclusions[a->exclusion_count++] = e;
}

static void take_judgement(struct agreed *a, const json_t *o, uint64_t row, wall_ms at)
{
    struct judgement j = {.row = row, .changed = at};
    if (!decode(judgement_members, o, &j)) {
        judgement_deinit(&j);
        return;
    }
    a->judgements = alloc_resize(a->judgements, a->judgement_count + 1, sizeof *a->judgements);
    a->judgements[a->judgement_count++] = j;
}

static void take_issue(struct agreed *a, const json_t *o, uint64_t row, wall_ms at)
{
    struct issue i = {.row = row, .changed = at};
    int64_t edition;
    if (!decode(issue_members, o, &i) ||
        !wire_get_int(o, "edition", 1, UINT32_MAX, &edition, NULL)) {
        issue_deinit(&i);
        return;
    }
    i.edition = (uint32_t)edition;
    i.changes = json_dumps(json_object_get(o, "changes"), JSON_COMPACT);
    a->issues = alloc_resize(a->issues, a->issue_count + 1, sizeof *a->issues);
    a->issues[a->issue_count++] = i;
}

static void take(struct agreed *a, const char *kind, const json_t *body, uint64_t row, wall_ms at)
{
    if (strcmp(kind, "work") == 0)
        take_work(a, body, row, at);
    else if (strcmp(kind, "exclusion") == 0)
        take_exclusion(a, body, row, at);
    else if (strcmp(kind, "judgement") == 0)
        take_judgement(a, body, row, at);
    else
        take_issue(a, body, row, at);
}

/* ---- the ledger -------------------------------------------------------------------------- */

/* Another ledger's row, as row @row of ours: its ids become ours, its time stays. */
static void take_import(struct agreed *a, const json_t *o, uint64_t base, uint64_t row)
{
    const char *kind = json_string_value(json_object_get(o, "kind"));
    json_t *body = json_copy(json_object_get(o, "body"));
    struct moment at = {0};
    uint64_t id;

    wire_moment_decode(json_object_get(o, "at"), &at);
    if (wire_get_id(body, "id", &id, NULL))
        json_object_set_new(body, "id", wire_id(import_id(base, id)));
    if (wire_get_id(o, "gap_row", &id, NULL))
        json_object_set_new(body, "gap", wire_id(id));
    if (kind != NULL && json_is_object(body))
        take(a, kind, body, row, at.wall);
    json_decref(body);
}

static void take_row(
    struct agreed *a, const struct db_query *q, const uint64_t *broken, size_t count)
{
    json_t *body = store_column_json(q, 3);
    const char *kind = db_column_text(q, 2);
    uint64_t row = (uint64_t)db_column_int(q, 0);
    const json_t *provenance = json_object_get(body, "provenance");
    uint64_t base = (uint64_t)json_integer_value(json_object_get(provenance, "base"));
    if (body == NULL)
        return;
    if (strcmp(kind, "import") != 0)
        take(a, kind, body, row, db_column_int(q, 1));
    else if (!import_is_broken(broken, count, base))
        take_import(a, body, base, row);
    json_decref(body);
}

static int load(struct record *r)
{
    struct agreed *a = alloc(sizeof *a);
    uint64_t *broken = NULL;
    size_t count = 0;
    int result = import_broken(r, &broken, &count);
    struct db_query q = db_query_values(&r->db, SQL_AGREED_ALL, NULL, 0);
    while (db_next(&q))
        take_row(a, &q, broken, count);
    int ended = db_end(&q);
    free(broken);
    result = result != 0 ? result : ended;
    if (result == 0) {
        r->agreed = a;
        return 0;
    }
    agreed_free(a);
    return result;
}

int record_agreed(struct record *r, const struct agreed **ret)
{
    int result = r->agreed == NULL ? load(r) : 0;
    if (result == 0)
        *ret = r->agreed;
    return result;
}

/* @body is stolen. What is in memory follows the row. */
static int say(struct record *r, const char *kind, json_t *body, struct moment now)
{
    const struct agreed *a;
    uint64_t row = 0;
    int result = record_agreed(r, &a);
    json_incref(body);
    if (result == 0)
        result = store_append(r, now, kind, body, &row);
    else
        json_decref(body);
    if (result == 0)
        take(r->agreed, kind, body, row, now.wall);
    json_decref(body);
    return result;
}

/* @id, or the one after the highest of ours among @count values of @size that begin with their id.
 */
static uint64_t id_or_next(uint64_t id, const void *values, size_t count, size_t size)
{
    uint64_t highest = 0;
    for (size_t i = 0; id == 0 && i < count; i++) {
        uint64_t here;
        memcpy(&here, (const char *)values + i * size, sizeof here);
        bool is_ours = here >> IMPORT_ID_BITS == 0;
        highest = is_ours && here > highest ? here : highest;
    }
    return id != 0 ? id : highest + 1;
}

int record_work(struct record *r, const struct work *w, struct moment now, uint64_t *ret_id)
{
    const struct agreed *a;
    int result = record_agreed(r, &a);
    if (result != 0)
        return result;
    struct work numbered = *w; // its strings stay the caller's
    numbered.id = id_or_next(w->id, a->works, a->work_count, sizeof *a->works);
    if (ret_id != NULL)
        *ret_id = numbered.id;
    return say(r, "work", encode(work_members, &numbered), now);
}

int record_exclusion(
    struct record *r, const struct exclusion *e, struct moment now, uint64_t *ret_id)
{
    const struct agreed *a;
    int result = record_agreed(r, &a);
    if (result != 0)
        return result;
    struct exclusion numbered = *e; // its strings stay the caller's
    numbered.id = id_or_next(e->id, a->exclusions, a->exclusion_count, sizeof *a->exclusions);
    if (ret_id != NULL)
        *ret_id = numbered.id;
    return say(r, "exclusion", encode(exclusion_members, &numbered), now);
}

int record_judgement(struct record *r, const struct judgement *j, struct moment now)
{
    return say(r, "judgement", encode(judgement_members, j), now);
}

int record_issue(struct record *r, const struct issue *i, json_t *figures, struct moment now)
{
    json_t *o = encode(issue_members, i);
    json_object_set_new(o, "edition", json_integer(i->edition));
    json_object_set_new(
        o, "changes", i->changes != NULL ? json_loads(i->changes, 0, NULL) : json_array());
    json_object_set_new(o, "figures", figures);
    return say(r, "issue", o, now);
}
