/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody with an editor, or a failing disk, may do to a closed ledger, at random.
 * MANIPULATIONS (100) and SEED (1) come from the environment; `make check-manipulations` does 1,000
 * of each kind.
 */
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>

#include "folder.h"
#include "record/chain.h"
#include "record/db.h"

enum { ROWS_MIN = 120, DAY_S = 86400 };

struct scene {
    struct folder folder;
    char head[CHAIN_HEX_BYTES];
    char *file; /* as it was closed */
    size_t size;
    uint64_t rows;
    uint64_t seed;
};

/* splitmix64: the same sequence everywhere. */
static uint64_t draw(struct scene *s, uint64_t below)
{
    uint64_t z = s->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static unsigned how_many(void)
{
    const char *text = getenv("MANIPULATIONS");
    return text == NULL ? 100 : (unsigned)strtoul(text, NULL, 10);
}

static void write_day(struct record *r, int day)
{
    struct moment now = moment_at(day * DAY_S);
    const char *to[] = {"nms", "log"};
    struct incident incident = {.id = (uint64_t)day + 1,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .failed_at = now,
        .detected_at = now,
        .transition = 1,
        .text = TEXT("停止しました")};
    struct service_point point = {
        .service = TEXT("renkei"), .state = SERVICE_DOWN, .from = now, .detected = now};
    struct notice notice = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .of = incident.of,
        .service = TEXT("renkei"),
        .incident = incident.id,
        .transition = 1,
        .at = now,
        .text = TEXT("engine")};

    assert_int_equal(record_incident(r, &incident, now), 0);
    assert_int_equal(record_service_point(r, &point, now), 0);
    assert_int_equal(record_notice(r, &notice, to, 2, now), 0);
    assert_int_equal(record_outbox_done(r, notice.sequence * 64, "accepted", "", now), 0);
    now = moment_at(day * DAY_S + 60);
    incident.cleared_at = now;
    point.state = SERVICE_UP;
    point.from = now;
    assert_int_equal(record_incident(r, &incident, now), 0);
    assert_int_equal(record_service_point(r, &point, now), 0);
    assert_int_equal(record_clock_step(r, now.wall, now.wall + 5000, now.boot), 0);
    free(notice.key);
    free(notice.incident_key);
}

static void read_file(struct scene *s)
{
    FILE *file = fopen(s->folder.ledger, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    s->size = (size_t)ftell(file);
    s->file = malloc(s->size);
    rewind(file);
    assert_int_equal(fread(s->file, 1, s->size, file), s->size);
    fclose(file);
}

/* The file as it was closed, without a log beside it. */
static void put_back(const struct scene *s)
{
    char wal[400];
    FILE *file = fopen(s->folder.ledger, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(s->file, 1, s->size, file), s->size);
    fclose(file);
    snprintf(wal, sizeof wal, "%s-wal", s->folder.ledger);
    assert_true(unlink(wal) == 0 || errno == ENOENT);
}

static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    const char *seed = getenv("SEED");
    folder_make(&s->folder);
    struct record *r = open_ledger(s->folder.ledger);
    assert_int_equal(record_append(r, moment_at(0), "start", "{}"), 0);
    for (int day = 1; day <= 20; day++)
        write_day(r, day);
    assert_int_equal(record_append(r, moment_at(21 * DAY_S), "stop", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    snprintf(s->head, sizeof s->head, "%s", record_head(r));
    s->rows = record_rows(r);
    assert_in_range(s->rows, ROWS_MIN, 1000);
    record_close(r);
    read_file(s);
    s->seed = seed == NULL ? 1 : strtoull(seed, NULL, 10);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    folder_remove(&s->folder);
    free(s->file);
    free(s);
    return 0;
}

/* ---- what is done to it ------------------------------------------------------------------ */

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

/* With ?1 and ?2. */
static void run_with(sqlite3 *db, const char *sql, uint64_t a, uint64_t b)
{
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    sqlite3_bind_int64(q, 1, (int64_t)a);
    if (sqlite3_bind_parameter_count(q) > 1)
        sqlite3_bind_int64(q, 2, (int64_t)b);
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
}

static const char *const columns[] = {"at_wall", "at_boot", "kind", "body", "hash"};

static sqlite3_stmt *prepare(
    sqlite3 *db, const char *before, const char *column, const char *after, uint64_t row)
{
    char sql[160];
    sqlite3_stmt *q = NULL;
    snprintf(sql, sizeof sql, "%s%s%s%" PRIu64, before, column, after, row);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    return q;
}

/* One bit of one stored value. */
static void flip_bit(struct scene *s, sqlite3 *db)
{
    uint64_t row = 1 + draw(s, s->rows);
    const char *column = columns[draw(s, 5)];
    sqlite3_stmt *read = prepare(db, "SELECT ", column, " FROM ledger WHERE seq = ", row);
    sqlite3_stmt *write = prepare(db, "UPDATE ledger SET ", column, " = ?1 WHERE seq = ", row);
    assert_int_equal(sqlite3_step(read), SQLITE_ROW);
    int type = sqlite3_column_type(read, 0);
    if (type == SQLITE_INTEGER) {
        uint64_t value = (uint64_t)sqlite3_column_int64(read, 0);
        sqlite3_bind_int64(write, 1, (int64_t)(value ^ UINT64_C(1) << draw(s, 64)));
    } else {
        int size = sqlite3_column_bytes(read, 0);
        char *bytes = malloc((size_t)size);
        memcpy(bytes, sqlite3_column_blob(read, 0), (size_t)size);
        bytes[draw(s, (uint64_t)size)] ^= (char)(1 << draw(s, 8));
        if (type == SQLITE_TEXT)
            sqlite3_bind_text(write, 1, bytes, size, SQLITE_TRANSIENT);
        else
            sqlite3_bind_blob(write, 1, bytes, size, SQLITE_TRANSIENT);
        free(bytes);
    }
    assert_int_equal(sqlite3_step(write), SQLITE_DONE);
    sqlite3_finalize(read);
    sqlite3_finalize(write);
}

static void change_row(struct scene *s, sqlite3 *db)
{
    static const char *const changes[] = {
        "UPDATE ledger SET at_wall = at_wall + 1000 + ?2 WHERE seq = ?1",
        "UPDATE ledger SET body = json_set(body, '$.state', ?2) WHERE seq = ?1",
        "UPDATE ledger SET kind = kind || ?2 WHERE seq = ?1",
        "UPDATE ledger SET body = CAST(body AS BLOB) WHERE seq = ?1",
    };
    run_with(db, changes[draw(s, 4)], 1 + draw(s, s->rows), draw(s, 100));
}

static void remove_row(struct scene *s, sqlite3 *db)
{
    run_with(db, "DELETE FROM ledger WHERE seq = ?1", 1 + draw(s, s->rows), 0);
}

/* A copy of a row, in a place that later rows make by moving up. */
static void insert_row(struct scene *s, sqlite3 *db)
{
    uint64_t place = 1 + draw(s, s->rows + 1), of = 1 + draw(s, s->rows);
    run_with(db, "UPDATE ledger SET seq = -seq - 1 WHERE seq >= ?1", place, 0);
    run(db, "UPDATE ledger SET seq = -seq WHERE seq < 0");
    run_with(db,
        "INSERT INTO ledger SELECT ?1, at_wall, at_boot, kind, body, hash FROM ledger"
        " WHERE seq = ?2",
        place, of >= place ? of + 1 : of);
}

static void swap_rows(struct scene *s, sqlite3 *db)
{
    uint64_t a = 1 + draw(s, s->rows), b = 1 + (a + draw(s, s->rows - 1)) % s->rows;
    run_with(db, "UPDATE ledger SET seq = -?2 WHERE seq = ?1", a, b);
    run_with(db, "UPDATE ledger SET seq = ?2 WHERE seq = ?1", b, a);
    run(db, "UPDATE ledger SET seq = -seq WHERE seq < 0");
}

/* With the tables that point into it, as a careful hand would do it. */
static void cut_tail(struct scene *s, sqlite3 *db)
{
    static const char *const tables[] = {"service_point", "step", "notice", "receipt", "command"};
    uint64_t last = draw(s, s->rows);
    run_with(db, "DELETE FROM ledger WHERE seq > ?1", last, 0);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[96];
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE row > %" PRIu64, tables[i], last);
        run(db, sql);
    }
    run(db, "DELETE FROM incident");
    run(db,
        "INSERT INTO incident SELECT json_extract(body, '$.id'), json_type(body, '$.cleared_at')"
        " = 'null', max(seq) FROM ledger WHERE kind = 'incident' GROUP BY 1");
}

/* A row is changed and every hash from there on is made anew: only the head tells. */
static void forge_chain(struct scene *s, sqlite3 *db)
{
    uint8_t hash[CHAIN_BYTES] = {0};
    sqlite3_stmt *read = NULL, *write = NULL;
    run_with(db, "UPDATE ledger SET at_boot = at_boot + 1 + ?2 WHERE seq = ?1",
        1 + draw(s, s->rows), draw(s, 100));
    sqlite3_prepare_v2(
        db, "SELECT seq, at_wall, at_boot, kind, body FROM ledger ORDER BY seq", -1, &read, NULL);
    sqlite3_prepare_v2(db, "UPDATE ledger SET hash = ?2 WHERE seq = ?1", -1, &write, NULL);
    while (sqlite3_step(read) == SQLITE_ROW) {
        struct chain_row row = {.seq = (uint64_t)sqlite3_column_int64(read, 0),
            .at = {sqlite3_column_int64(read, 1), sqlite3_column_int64(read, 2)},
            .kind = (const char *)sqlite3_column_text(read, 3),
            .kind_length = (size_t)sqlite3_column_bytes(read, 3),
            .body = (const char *)sqlite3_column_text(read, 4),
            .body_length = (size_t)sqlite3_column_bytes(read, 4)};
        chain_hash(hash, hash, &row);
        sqlite3_bind_int64(write, 1, (int64_t)row.seq);
        sqlite3_bind_blob(write, 2, hash, CHAIN_BYTES, SQLITE_TRANSIENT);
        assert_int_equal(sqlite3_step(write), SQLITE_DONE);
        sqlite3_reset(write);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
}

static const struct {
    const char *name;
    void (*apply)(struct scene *s, sqlite3 *db);
} manipulations[] = {{"a bit of a value", flip_bit}, {"a row changed", change_row},
    {"a row removed", remove_row}, {"a row inserted", insert_row}, {"rows re-ordered", swap_rows},
    {"the tail cut", cut_tail}, {"a chain made anew", forge_chain}};
enum { KINDS = sizeof manipulations / sizeof manipulations[0] };

/* ---- the tests --------------------------------------------------------------------------- */

/* Whether it opens and verifies as if nothing had been done. */
static bool is_unnoticed(const struct scene *s)
{
    struct record *r = NULL;
    struct text why = {0};
    uint64_t bad;
    bool sound =
        record_open(s->folder.ledger, &r) == 0 && record_verify(r, s->head, &bad, &why) == 0;
    record_close(r);
    text_deinit(&why);
    return sound;
}

static void the_untouched_ledger_is_sound(void **state)
{
    const struct scene *s = *state;

    put_back(s);

    assert_true(is_unnoticed(s));
}

static void every_manipulation_is_noticed(void **state)
{
    struct scene *s = *state;
    unsigned count = how_many(), done[KINDS] = {0}, unnoticed[KINDS] = {0}, all = 0;

    for (unsigned i = 0; i < count; i++) {
        sqlite3 *db = NULL;
        size_t kind = draw(s, KINDS);
        put_back(s);
        assert_int_equal(sqlite3_open(s->folder.ledger, &db), SQLITE_OK);
        run(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;"
                "PRAGMA synchronous = OFF;"
                "DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete");
        manipulations[kind].apply(s, db);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        done[kind]++;
        unnoticed[kind] += is_unnoticed(s);
    }

    for (size_t i = 0; i < KINDS; i++) {
        print_message(
            "# %-18s %4u done, %u unnoticed\n", manipulations[i].name, done[i], unnoticed[i]);
        all += unnoticed[i];
    }
    assert_int_equal(all, 0);
}

/* All values of all rows, hashed. */
static void digest_of(const struct scene *s, uint8_t ret[CHAIN_BYTES])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    memset(ret, 0, CHAIN_BYTES);
    assert_int_equal(sqlite3_open(s->folder.ledger, &db), SQLITE_OK);
    run(db, "PRAGMA locking_mode = EXCLUSIVE");
    sqlite3_prepare_v2(db,
        "SELECT seq, at_wall, at_boot, kind || hex(hash), body FROM ledger ORDER BY seq", -1, &q,
        NULL);
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct chain_row row = {.seq = (uint64_t)sqlite3_column_int64(q, 0),
            .at = {sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2)},
            .kind = (const char *)sqlite3_column_text(q, 3),
            .kind_length = (size_t)sqlite3_column_bytes(q, 3),
            .body = (const char *)sqlite3_column_text(q, 4),
            .body_length = (size_t)sqlite3_column_bytes(q, 4)};
        chain_hash(ret, ret, &row);
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
}

static void a_flipped_bit_of_the_file_is_noticed_or_is_in_no_row(void **state)
{
    struct scene *s = *state;
    uint8_t good[CHAIN_BYTES], now[CHAIN_BYTES];
    unsigned count = how_many(), noticed = 0, elsewhere = 0, in_rows = 0;
    put_back(s);
    digest_of(s, good);

    for (unsigned i = 0; i < count; i++) {
        put_back(s);
        FILE *file = fopen(s->folder.ledger, "r+");
        uint64_t place = draw(s, s->size);
        fseek(file, (long)place, SEEK_SET);
        fputc(s->file[place] ^ (1 << draw(s, 8)), file);
        fclose(file);
        if (!is_unnoticed(s)) {
            noticed++;
            continue;
        }
        digest_of(s, now);
        if (memcmp(now, good, CHAIN_BYTES) == 0)
            elsewhere++;
        else
            in_rows++;
    }

    print_message("# %u bits of the file: %u noticed, %u outside the chain's rows, %u unnoticed\n",
        count, noticed, elsewhere, in_rows);
    assert_int_equal(in_rows, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_untouched_ledger_is_sound),
        cmocka_unit_test(every_manipulation_is_noticed),
        cmocka_unit_test(a_flipped_bit_of_the_file_is_noticed_or_is_in_no_row),
    };
    return cmocka_run_group_tests_name("record/manipulation", tests, setup, teardown);
}
