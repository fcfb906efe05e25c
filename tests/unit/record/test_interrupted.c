/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQLite fails at every place: after n steps of its machine the running statement is interrupted,
 * once, for n = 1, 2, .. until what was asked for comes through. Whatever failed, it is said, and
 * nothing of it is there: neither in memory nor, opened again, in the file, which stays sound.
 */
#include <sqlite3.h>

#include "base/log.h"
#include "folder.h"
#include "record/archive.h"
#include "record/snapshot.h"
#include "record/store.h"
#include "record/tell.h"

enum { DAY_S = 86400, TRIES_MAX = 2000 };

static void no_log(enum log_level level UNUSED, enum log_area area UNUSED, const char *line UNUSED)
{
}

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    folder_make(f);
    log_set_sink(no_log);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    log_set_sink(NULL);
    folder_remove(*state);
    free(*state);
    return 0;
}

/* ---- the fault --------------------------------------------------------------------------- */

static int on_steps(void *arg)
{
    int *left = arg;
    return *left > 0 && --*left == 0;
}

static void fail_after(struct record *r, int *left)
{
    sqlite3_progress_handler(r->db.handle, *left > 0 ? 1 : 0, *left > 0 ? on_steps : NULL, left);
}

/* Each of the first steps, then fewer and fewer. */
static int next_step(int step)
{
    return step + 1 + step / 16;
}

/* ---- what is asked for ------------------------------------------------------------------- */

static int worse(int result, int next)
{
    return result != 0 ? result : next;
}

static int say_outage(struct record *r, uint64_t id, struct moment now)
{
    struct incident incident = {.id = id,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .service = TEXT("renkei"),
        .severity = SEVERITY_CRITICAL,
        .failed_at = now,
        .detected_at = now,
        .transition = 1};
    struct service_point point = {
        .service = TEXT("renkei"), .state = SERVICE_DOWN, .from = now, .detected = now};
    int result = record_incident(r, &incident, now);
    return worse(result, record_service_point(r, &point, now));
}

static int say_notice(struct record *r, uint64_t incident, struct moment now)
{
    static const char *const to[] = {"nms", "mail"};
    struct notice notice = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .incident = incident,
        .transition = 1,
        .at = now,
        .text = TEXT("engine")};
    int result = record_notice(r, &notice, to, 2, now);
    free(notice.key);
    free(notice.incident_key);
    return result;
}

static int say_linkage(struct record *r, struct moment now)
{
    struct linkage_state s = {
        .id = TEXT("ZEI-0012"), .current = {.day = 20560}, .last = {.day = LINKAGE_NO_DAY}};
    struct linkage_day day = {.day = 20560, .phase = LINKAGE_ARRIVED, .arrived = now};
    return record_linkage(r, &s, &day, now);
}

static int say_metric(struct record *r, struct moment now)
{
    struct metric_state state = {.of = {TEXT("engine"), TEXT(""), TEXT("running")},
        .verdict = VERDICT_CRITICAL,
        .last = now};
    return record_metric(r, &state);
}

/* Everything that one turn of the daemon may write, and the commit. */
static int write_all(struct record *r, uint64_t id)
{
    struct moment now = moment_at((int64_t)id * DAY_S);
    struct follow follow = {.incident = id, .route = TEXT("office"), .why = TEXT("")};
    char engine[65];
    uint32_t boots;
    int result = say_outage(r, id, now);
    result = worse(result, say_notice(r, id, now));
    result = worse(result, say_linkage(r, now));
    result = worse(result, say_metric(r, now));
    result = worse(result, record_keep(r, "log", "offset", "4711"));
    result = worse(result, record_follow_put(r, &follow));
    result = worse(result, record_clock_step(r, now.wall, now.wall + 1, now.boot));
    result = worse(result, record_outbox_retry(r, id * 64, 1, now, "451", "one of two"));
    result = worse(result, record_outbox_done(r, id * 64 + 1, "accepted", "250", now));
    result = worse(result, record_drill_put(r, "nms", id, now));
    result = worse(result, record_engine(r, "channel_snmp", engine, &boots));
    return worse(result, record_commit(r));
}

static void assert_sound(struct record *r, uint64_t rows)
{
    uint64_t bad;
    struct text why = {0};
    struct incident found = {0};
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    assert_int_equal(count_rows(r), rows);
    assert_int_equal(record_incident_get(r, rows == 0 ? 1 : 999, &found), RECORD_E_NONE);
    text_deinit(&why);
}

/* ---- tests ------------------------------------------------------------------------------- */

static void a_turns_writes_are_all_there_or_none_of_them(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    int result = 1, tries = 0;

    for (int step = 1; result != 0; step = next_step(step), tries++) {
        int left = step;
        fail_after(r, &left);
        result = write_all(r, 1);
        left = 0;
        fail_after(r, &left);
        assert_in_range(tries, 0, TRIES_MAX);
        if (result == 0)
            break;
        assert_true(result < 0);
        assert_sound(r, 0);
        record_close(r);
        r = open_ledger(f->ledger);
        assert_sound(r, 0);
    }

    struct incident found = {0};
    assert_in_range(tries, 50, TRIES_MAX);
    assert_int_equal(record_incident_get(r, 1, &found), 0);
    incident_deinit(&found);
    record_close(r);
}

static int archive_all(struct record *r, const char *folder)
{
    struct archive *a = NULL;
    int result = archive_new(r, moment_at(30 * DAY_S).wall, folder, "root", &a);
    if (result != 0)
        return result;
    while ((result = archive_step(a, moment_at(31 * DAY_S))) == ARCHIVE_E_MORE)
        ;
    archive_free(a);
    return result;
}

static void an_archive_is_made_or_the_ledger_is_as_it_was(void **state)
{
    struct folder *f = *state, archives = {0};
    char folder[400];
    snprintf(folder, sizeof folder, "%s/archive", f->path);
    snprintf(archives.path, sizeof archives.path, "%.240s/archive", f->path);
    struct record *r = open_ledger(f->ledger);
    for (uint64_t id = 1; id <= 4; id++)
        assert_int_equal(write_all(r, id), 0);
    uint64_t rows = count_rows(r);
    int result = 1, tries = 0;

    for (int step = 1; result != 0; step = next_step(step), tries++) {
        int left = step;
        fail_after(r, &left);
        result = archive_all(r, folder);
        left = 0;
        fail_after(r, &left);
        assert_in_range(tries, 0, TRIES_MAX);
        if (result == 0)
            break;
        assert_sound(r, rows);
        record_close(r);
        r = open_ledger(f->ledger);
        assert_sound(r, rows);
    }

    uint64_t bad;
    struct text why = {0};
    assert_in_range(tries, 50, TRIES_MAX);
    assert_true(count_rows(r) < rows);
    assert_int_equal(record_verify(r, NULL, &bad, &why), 0);
    text_deinit(&why);
    record_close(r);
    folder_remove(&archives);
}

static int copy_all(struct record *r, const char *path)
{
    struct snapshot *s = NULL;
    int result = snapshot_new(r, path, &s);
    while (result == 0 && (result = snapshot_step(s)) == SNAPSHOT_E_MORE)
        result = 0;
    snapshot_free(s);
    return result;
}

static void what_cannot_be_read_is_no_answer(void **state)
{
    struct folder *f = *state;
    struct record *r = open_ledger(f->ledger);
    for (uint64_t id = 1; id <= 4; id++)
        assert_int_equal(write_all(r, id), 0);
    int failures = 0;

    for (int step = 1; step < 4000; step = next_step(step)) {
        int left = step;
        uint64_t bad;
        struct text why = {0};
        fail_after(r, &left);
        int result = record_verify(r, NULL, &bad, &why);
        bool has_failed = left == 0;
        left = 0;
        fail_after(r, &left);
        assert_true(!has_failed || result != 0);
        failures += has_failed;
        text_deinit(&why);
    }

    assert_true(failures > 20);
    record_close(r);
}

static void a_copy_of_an_interrupted_ledger_is_whole(void **state)
{
    struct folder *f = *state;
    char path[400];
    snprintf(path, sizeof path, "%s/copy.db", f->path);
    struct record *r = open_ledger(f->ledger), *copy = NULL;
    int left = 40;
    assert_int_equal(write_all(r, 1), 0);
    uint64_t rows = count_rows(r);
    fail_after(r, &left);
    assert_true(write_all(r, 2) < 0);
    left = 0;
    fail_after(r, &left);

    assert_int_equal(copy_all(r, path), 0);

    assert_int_equal(snapshot_open(path, &copy), 0);
    assert_sound(copy, rows);
    record_close(copy);
    record_close(r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_turns_writes_are_all_there_or_none_of_them),
        TEST(an_archive_is_made_or_the_ledger_is_as_it_was),
        TEST(what_cannot_be_read_is_no_answer),
        TEST(a_copy_of_an_interrupted_ledger_is_whole),
    };
    return cmocka_run_group_tests_name("record/interrupted", tests, NULL, NULL);
}
