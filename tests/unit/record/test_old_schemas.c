/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ledgers as older programs left them (old_schemas.h) are opened by this one. What they hold is put
 * in by plain SQL here, with hashes that follow chain.h: nothing of the program that reads.
 */
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/log.h"
#include "folder.h"
#include "old_schemas.h"
#include "record/chain.h"
#include "record/db.h"
#include "record/history.h"
#include "record/schema.h"
#include "wire/wire.h"

enum { INCIDENTS = 40, POINTS = 6 };

struct old {
    sqlite3 *db;
    uint64_t seq;
    uint8_t hash[CHAIN_BYTES];
};

static void run(struct old *o, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(o->db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

/* Consumes @body. */
static void add_row(struct old *o, const char *kind, json_t *body)
{
    sqlite3_stmt *q = NULL;
    char *line = json_dumps(body, JSON_COMPACT);
    struct chain_row row = {
        ++o->seq, moment_at((int64_t)o->seq), kind, strlen(kind), line, strlen(line)};
    chain_hash(o->hash, o->hash, &row);
    assert_int_equal(sqlite3_prepare_v2(o->db,
                         "INSERT INTO ledger(seq, at_wall, at_boot, kind, body, hash)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                         -1, &q, NULL),
        SQLITE_OK);
    sqlite3_bind_int64(q, 1, (sqlite3_int64)row.seq);
    sqlite3_bind_int64(q, 2, row.at.wall);
    sqlite3_bind_int64(q, 3, row.at.boot);
    sqlite3_bind_text(q, 4, kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 5, line, -1, SQLITE_STATIC);
    sqlite3_bind_blob(q, 6, o->hash, CHAIN_BYTES, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    free(line);
    json_decref(body);
}

__attribute__((format(printf, 2, 3))) static void runf(struct old *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sql = sqlite3_vmprintf(format, args);
    va_end(args);
    run(o, sql);
    sqlite3_free(sql);
}

/* One incident, open if its number is odd, with a notice that waits for "nms". */
static void add_incident(struct old *o, uint64_t id)
{
    struct incident i = {.id = id,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .failed_at = moment_at((int64_t)o->seq),
        .detected_at = moment_at((int64_t)o->seq),
        .transition = 1,
        .count = 1};
    struct notice n = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .of = i.of,
        .service = i.service,
        .sequence = id,
        .incident = id,
        .transition = 1,
        .key = TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAA"),
        .at = i.detected_at,
        .detected_at = i.detected_at};
    if (id % 2 == 0)
        i.cleared_at = i.recovered_at = i.detected_at;
    struct text line = {0};
    wire_incident(&line, &i);
    add_row(o, "incident", json_loads(text_get(&line), 0, NULL));
    runf(o, "INSERT INTO incident(id, open, row) VALUES (%d, %d, %d)", (int)id, (int)(id % 2),
        (int)o->seq);
    text_clear(&line);
    wire_notice(&line, &n, "", 0);
    json_t *notice = json_loads(text_get(&line), 0, NULL);
    text_deinit(&line);
    json_object_set_new(notice, "transition", json_integer(1));
    add_row(o, "notice", notice);
    runf(o, "INSERT INTO notice(sequence, incident, service, row) VALUES (%d, %d, '', %d)", (int)id,
        (int)id, (int)o->seq);
    runf(o,
        "INSERT INTO outbox(delivery, destination, sequence, attempts, due_wall, recorded_wall,"
        " last_text) VALUES (%d, 'nms', %d, 3, 0, 0, 'no route')",
        (int)id * 64, (int)id);
}

static void add_point(struct old *o, int i)
{
    struct service_point p = {.service = TEXT("renkei"),
        .state = i % 2 == 0 ? SERVICE_UP : SERVICE_DOWN,
        .from = moment_at((int64_t)o->seq),
        .detected = moment_at((int64_t)o->seq),
        .reason = TEXT("engine")};
    add_row(o, "service", wire_service_point(&p));
    runf(o, "INSERT INTO service_point(service, row) VALUES ('renkei', %d)", (int)o->seq);
}

/* A ledger of schema @version at @path. */
static void make_old(const char *path, int version)
{
    struct old o = {0};
    assert_int_equal(sqlite3_open(path, &o.db), SQLITE_OK);
    run(&o, "PRAGMA journal_mode = WAL; BEGIN");
    for (int i = 0; i < version; i++)
        run(&o, old_schemas[i]);
    runf(&o, "PRAGMA user_version = %d", version);
    add_row(&o, "start", json_pack("{s:s}", "version", "0.0.9"));
    for (uint64_t id = 1; id <= INCIDENTS; id++)
        add_incident(&o, id);
    for (int i = 0; i < POINTS; i++)
        add_point(&o, i);
    if (version >= 2) {
        add_row(&o, "command", json_pack("{s:s,s:s}", "do", "incident.ack", "incident", "1"));
        runf(&o, "INSERT INTO command(incident, row) VALUES (1, %d)", (int)o.seq);
    }
    if (version >= 3) {
        add_row(&o, "linkage", json_pack("{s:s,s:s}", "linkage", "ZEI-0012", "day", "2026-04-15"));
        runf(&o, "INSERT INTO linkage_day(linkage, day, row) VALUES ('ZEI-0012', '2026-04-15', %d)",
            (int)o.seq);
    }
    run(&o, "INSERT INTO alive(id, wall, boot, boot_id, stopped) VALUES (1, 5, 6, 'boot', 0);"
            "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(o.db);
    assert_int_equal(chmod(path, 0600), 0);
}

static void count_incident(void *arg, const struct incident *i)
{
    assert_string_equal(i->service, "renkei");
    ++*(size_t *)arg;
}

static void count_entry(void *arg, const struct outbox_entry *e)
{
    assert_int_equal(e->attempts, 3);
    assert_string_equal(e->last_text, "no route");
    ++*(size_t *)arg;
}

/* All that was put in is there, by this program's own questions, and it goes on from there. */
static void assert_whole(const char *path)
{
    struct record *r = open_ledger(path);
    struct sla_facts facts = {0};
    struct record_alive alive;
    struct text why = {0};
    uint64_t bad = 0;
    size_t open = 0, waiting = 0;

    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    assert_int_equal(record_each_incident(r, true, count_incident, &open), 0);
    assert_int_equal(open, INCIDENTS / 2);
    assert_int_equal(record_outbox_each(r, "nms", 1000, count_entry, &waiting), 0);
    assert_int_equal(waiting, INCIDENTS);
    assert_int_equal(record_facts(r, "renkei", &facts), 0);
    assert_int_equal(facts.point_count, POINTS);
    assert_int_equal(record_last_alive(r, &alive), 0);
    assert_string_equal(alive.boot_id, "boot");
    assert_int_equal(record_next_incident(r), INCIDENTS + 1);
    assert_int_equal(record_next_sequence(r), INCIDENTS + 1);

    assert_int_equal(record_append(r, moment_at(9000), "start", "{}"), 0);
    assert_int_equal(record_commit(r), 0);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    record_close(r);
    text_deinit(&why);
}

static int64_t number(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t found = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return found;
}

static void no_log(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static void what_each_older_program_left_is_opened_with_all_it_holds(void **state UNUSED)
{
    for (int version = 1; version <= OLD_SCHEMAS; version++) {
        struct folder f;
        char copy[400];
        folder_make(&f);
        make_old(f.ledger, version);
        int64_t rows = number(f.ledger, "SELECT count(*) FROM ledger");

        assert_whole(f.ledger);

        assert_int_equal(number(f.ledger, "PRAGMA user_version"), schema_version);
        snprintf(copy, sizeof copy, "%s.schema-%d", f.ledger, version);
        assert_int_equal(number(copy, "PRAGMA user_version"), version);
        assert_int_equal(number(copy, "SELECT count(*) FROM ledger"), rows);
        folder_remove(&f);
    }
}

static void the_schemas_written_down_are_those_that_lead_here(void **state UNUSED)
{
    assert_true(schema_version >= OLD_SCHEMAS);
    for (int i = 0; i < OLD_SCHEMAS; i++)
        assert_string_equal(schema_steps[i], old_schemas[i]);
}

/* Kills its process at step @steps of the transaction; 0: never. */
struct fuse {
    int steps, burnt;
    bool is_lit; /* the transaction has begun: the copy before it is no part of it */
};

static void burn(struct fuse *f)
{
    if (f->is_lit && ++f->burnt == f->steps)
        raise(SIGKILL);
}

/* Asked while each statement is prepared, several times. */
static int on_statement(void *arg, int action, const char *a UNUSED, const char *b UNUSED,
    const char *c UNUSED, const char *d UNUSED)
{
    struct fuse *f = arg;
    f->is_lit |= action == SQLITE_TRANSACTION;
    burn(f);
    return SQLITE_OK;
}

static int before_commit(void *arg)
{
    burn(arg);
    return 0;
}

static int after_commit(void *arg, sqlite3 *db UNUSED, const char *name UNUSED, int pages UNUSED)
{
    burn(arg);
    return SQLITE_OK;
}

/* Migrates in a process of its own that dies at step fuse->steps. True: it died. */
static bool migrate_and_die(const char *path, struct fuse *fuse)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct db db;
        if (db_open(&db, path) != 0)
            _exit(3);
        sqlite3_set_authorizer(db.handle, on_statement, fuse);
        sqlite3_commit_hook(db.handle, before_commit, fuse);
        sqlite3_wal_hook(db.handle, after_commit, fuse);
        _exit(db_migrate(&db) == 0 ? 0 : 4);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        assert_int_equal(WTERMSIG(status), SIGKILL);
    else
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

enum left { LEFT_OLD, LEFT_NEW };

/* What a kill at step @steps leaves; it must be one or the other, and can be opened. */
static enum left left_by(struct fuse *fuse, int steps)
{
    static const char tables[] = "SELECT count(*) FROM sqlite_schema";
    struct folder f;
    folder_make(&f);
    make_old(f.ledger, 1);
    int64_t before = number(f.ledger, tables);
    *fuse = (struct fuse){.steps = steps};

    bool has_died = migrate_and_die(f.ledger, fuse);

    assert_true(has_died == (steps > 0));
    int64_t version = number(f.ledger, "PRAGMA user_version");
    bool is_old = version == 1;
    assert_true(is_old || version == schema_version);
    assert_true(is_old == (number(f.ledger, tables) == before));
    assert_whole(f.ledger);
    folder_remove(&f);
    return is_old ? LEFT_OLD : LEFT_NEW;
}

/* A sample of all steps, and the last ones: before the commit, and between it and its return. */
static void a_kill_at_any_point_leaves_the_old_schema_or_the_new_one(void **state UNUSED)
{
    struct fuse *fuse =
        mmap(NULL, sizeof *fuse, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(fuse != MAP_FAILED);
    assert_int_equal(left_by(fuse, 0), LEFT_NEW);
    int steps = fuse->burnt;
    assert_true(steps > 50);

    for (int step = 1; step < steps - 1; step += steps / 12)
        assert_int_equal(left_by(fuse, step), LEFT_OLD);

    assert_int_equal(left_by(fuse, steps - 1), LEFT_OLD);
    assert_int_equal(left_by(fuse, steps), LEFT_NEW);
    munmap(fuse, sizeof *fuse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_older_program_left_is_opened_with_all_it_holds),
        cmocka_unit_test(the_schemas_written_down_are_those_that_lead_here),
        cmocka_unit_test(a_kill_at_any_point_leaves_the_old_schema_or_the_new_one),
    };
    log_set_sink(no_log);
    return cmocka_run_group_tests_name("record/old_schemas", tests, NULL, NULL);
}
