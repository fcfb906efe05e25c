/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/record.h"

/*
 * ledger MODE FILE MS: how many commits a second @FILE's disk takes, each durable before the next
 * begins; "COMMITS ROWS", both a second.
 *
 *   fdatasync    200 bytes written in place and fdatasync: what no ledger is quicker than
 *   plain-1      SQLite as the ledger uses it, a table of the same columns without chain: a row a
 * commit plain-100    the same, a hundred rows a commit chained-1    the ledger: one row of the
 * chain a commit chained-100  the same, a hundred rows a commit transition   the ledger: a
 * subject's state, an incident, its notice for two destinations, the offset that caused it and the
 * sign of life, a commit
 */

enum { PLACE_BYTES = 16 * 1024 * 1024, ROW_BYTES = 200, BURST = 100 };

struct bench {
    const char *file;
    int fd;
    off_t place;
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
    struct record *record;
    struct moment now;
    uint64_t count;
};

static const char body[] =
    "{\"subject\":\"transfer-log\",\"metric\":\"failure\",\"verdict\":"
    "\"critical\",\"text\":\"ZEI-0012 STS=250 DSTS=205 reason of the failure as it "
    "stood in the log\"}";

static void must(bool is_good, const char *what)
{
    if (is_good)
        return;
    perror(what);
    exit(1);
}

/* ---- the disk ----------------------------------------------------------------------------- */

static void open_place(struct bench *b)
{
    char *zeros = calloc(1, PLACE_BYTES);
    b->fd = open(b->file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(b->fd >= 0 && zeros != NULL && write(b->fd, zeros, PLACE_BYTES) == PLACE_BYTES &&
             fsync(b->fd) == 0,
        b->file);
    free(zeros);
}

static void sync_place(struct bench *b)
{
    char row[ROW_BYTES];
    memset(row, 'x', sizeof row);
    must(pwrite(b->fd, row, sizeof row, b->place) == ROW_BYTES && fdatasync(b->fd) == 0, "write");
    b->place = (b->place + ROW_BYTES) % (PLACE_BYTES - ROW_BYTES);
}

/* ---- SQLite alone ------------------------------------------------------------------------- */

static void open_plain(struct bench *b)
{
    static const char set_up[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -256;"
                                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                 "CREATE TABLE event (id INTEGER PRIMARY KEY, at_wall INTEGER, "
                                 "at_boot INTEGER, kind TEXT, body TEXT)";
    must(sqlite3_open(b->file, &b->db) == SQLITE_OK &&
             sqlite3_exec(b->db, set_up, NULL, NULL, NULL) == SQLITE_OK &&
             sqlite3_prepare_v2(b->db, "BEGIN IMMEDIATE", -1, &b->begin, NULL) == SQLITE_OK &&
             sqlite3_prepare_v2(b->db,
                 "INSERT INTO event (at_wall, at_boot, kind, body) VALUES (?, ?, ?, ?)", -1,
                 &b->insert, NULL) == SQLITE_OK &&
             sqlite3_prepare_v2(b->db, "COMMIT", -1, &b->commit, NULL) == SQLITE_OK,
        "sqlite");
}

static void step(sqlite3_stmt *s)
{
    must(sqlite3_step(s) == SQLITE_DONE && sqlite3_reset(s) == SQLITE_OK, "sqlite step");
}

static void insert_plain(struct bench *b, int rows)
{
    step(b->begin);
    for (int i = 0; i < rows; i++) {
        sqlite3_bind_int64(b->insert, 1, b->now.wall);
        sqlite3_bind_int64(b->insert, 2, b->now.boot);
        sqlite3_bind_text(b->insert, 3, "incident", -1, SQLITE_STATIC);
        sqlite3_bind_text(b->insert, 4, body, sizeof body - 1, SQLITE_STATIC);
        step(b->insert);
    }
    step(b->commit);
}

static void plain_1(struct bench *b)
{
    insert_plain(b, 1);
}

static void plain_100(struct bench *b)
{
    insert_plain(b, BURST);
}

/* ---- the ledger --------------------------------------------------------------------------- */

static void open_record(struct bench *b)
{
    must(record_open(b->file, &b->record) == 0, b->file);
}

static void append(struct bench *b, int rows)
{
    b->now.wall++;
    b->now.boot++;
    for (int i = 0; i < rows; i++)
        must(record_append(b->record, b->now, "incident", body) == 0, "row");
    must(record_commit(b->record) == 0, "commit");
}

static void chained_1(struct bench *b)
{
    append(b, 1);
}

static void chained_100(struct bench *b)
{
    append(b, BURST);
}

static void transition(struct bench *b)
{
    const char *to[] = {"nms", "log"};
    char key[32], offset[32];
    struct incident incident = {.id = ++b->count,
        .of = {(char[]){"transfer-log"}, (char[]){""}, (char[]){"failure"}},
        .key = key,
        .service = (char[]){"renkei"},
        .severity = SEVERITY_CRITICAL,
        .failed_at = b->now,
        .detected_at = b->now,
        .count = 1,
        .transition = 1,
        .text = (char[]){"ZEI-0012 STS=250"}};
    struct notice notice = {.kind = NOTICE_RAISED,
        .severity = SEVERITY_CRITICAL,
        .of = incident.of,
        .service = incident.service,
        .incident = incident.id,
        .transition = 1,
        .at = b->now,
        .detected_at = b->now,
        .text = incident.text};

    b->now.wall++;
    b->now.boot++;
    snprintf(key, sizeof key, "JOB-%llu", (unsigned long long)b->count);
    snprintf(offset, sizeof offset, "%llu", (unsigned long long)b->count * 120);
    must(record_keep(b->record, "transfer-log", "offset", offset) == 0 &&
             record_incident(b->record, &incident, b->now) == 0 &&
             record_notice(b->record, &notice, to, 2, b->now) == 0 &&
             record_alive(b->record, b->now, "00000000-0000-0000-0000-000000000000", false) == 0 &&
             record_commit(b->record) == 0,
        "transition");
    free(notice.key);
}

/* ---- the modes ---------------------------------------------------------------------------- */

static const struct mode {
    const char *name;
    void (*open)(struct bench *);
    void (*commit)(struct bench *);
    int rows;
} modes[] = {{"fdatasync", open_place, sync_place, 1}, {"plain-1", open_plain, plain_1, 1},
    {"plain-100", open_plain, plain_100, BURST}, {"chained-1", open_record, chained_1, 1},
    {"chained-100", open_record, chained_100, BURST}, {"transition", open_record, transition, 1}};

int main(int argc, char **argv)
{
    const struct mode *mode = NULL;
    struct bench b = {.file = argc == 4 ? argv[2] : NULL};
    long ms = argc == 4 ? strtol(argv[3], NULL, 10) : 0;

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (argc == 4 && strcmp(argv[1], modes[i].name) == 0)
            mode = &modes[i];
    if (mode == NULL || ms <= 0) {
        fprintf(stderr,
            "usage: ledger fdatasync|plain-1|plain-100|chained-1|chained-100|transition FILE MS\n");
        return 2;
    }
    b.now.wall = clock_wall();
    b.now.boot = clock_boot();
    mode->open(&b);
    for (int i = 0; i < 200; i++)
        mode->commit(&b);
    mono_ms begun = clock_boot();
    long commits = 0;
    for (; clock_boot() - begun < ms; commits++)
        mode->commit(&b);
    double seconds = (double)(clock_boot() - begun) / 1000;
    printf("%.0f %.0f\n", (double)commits / seconds, (double)(commits * mode->rows) / seconds);
    record_close(b.record);
    return 0;
}
