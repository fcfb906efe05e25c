/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "record/carried.h"
#include "record/export.h"

enum { ROWS_A_STEP = 1000 };

struct archive {
    struct record *record;
    char *who;
    char *folder, *path, *part; /* the file, and its name until it is whole */
    uint64_t first, last;
    enum { ARCHIVE_WRITES, ARCHIVE_READS, ARCHIVE_COMMITS, ARCHIVE_DONE } state;
    int fd;
    gzFile out;
    uint64_t next; /* row to be written */
    struct export_file *in;
    struct export_check check;
};

/* The last row before the first one that is not older than @before; 0: none. */
static int find_last(struct record *r, wall_ms before, uint64_t *ret)
{
    struct db_query q = db_query(&r->db, SQL_LEDGER_SINCE, db_int(before), db_id(r->floor.seq));
    uint64_t last = r->committed.seq;
    if (db_next(&q) && sqlite3_column_type(q.statement, 0) != SQLITE_NULL)
        last = (uint64_t)db_column_int(&q, 0) - 1;
    int result = db_end(&q);
    if (result == 0)
        *ret = last;
    return result;
}

static int open_part(struct archive *a)
{
    if (mkdir(a->folder, 0700) < 0 && errno != EEXIST)
        return fault(-errno);
    a->fd = open(a->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (a->fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? RECORD_E_FULL : fault(-errno);
    // zlib closes what it is given; we still have to sync.
    int copy = fcntl(a->fd, F_DUPFD_CLOEXEC, 0);
    a->out = copy < 0 ? NULL : gzdopen(copy, "wb6");
    if (a->out == NULL && copy >= 0)
        fdio_close(copy);
    return a->out == NULL ? fault(-ENOMEM) : 0;
}

int archive_new(struct record *r, wall_ms before, const char *folder, const char *who,
    struct archive **ret_archive)
{
    uint64_t last = 0;
    int result = record_dirty(r) ? record_commit(r) : 0;
    if (result == 0)
        result = find_last(r, before, &last);
    if (result != 0)
        return result;
    if (last <= r->floor.seq)
        return ARCHIVE_E_NOTHING;

    struct archive *a = alloc(sizeof *a);
    struct text path = {0}, part = {0};
    *a = (struct archive){.record = r,
        .who = alloc_text(who),
        .folder = alloc_text(folder),
        .first = r->floor.seq + 1,
        .last = last,
        .fd = -1};
    a->next = a->first;
    text_addf(&path, "%s/ledger-%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".jsonl.gz", folder,
        record_epoch(r), a->first, last);
    text_addf(&part, "%s.part", text_get(&path));
    a->path = text_take(&path);
    a->part = text_take(&part);
    result = open_part(a);
    if (result != 0) {
        archive_free(a);
        return result;
    }
    *ret_archive = a;
    return 0;
}

struct archive *archive_free(struct archive *a)
{
    if (a == NULL)
        return NULL;
    if (a->out != NULL)
        gzclose(a->out);
    export_close(a->in);
    fdio_close(a->fd);
    if (a->state != ARCHIVE_DONE) {
        unlink(a->part);
        unlink(a->path);
    }
    free(a->who);
    free(a->folder);
    free(a->path);
    free(a->part);
    free(a);
    return NULL;
}

struct archive_summary archive_summary(const struct archive *a)
{
    return (struct archive_summary){a->first, a->last, a->path};
}

/* ---- writing ----------------------------------------------------------------------------- */

struct batch {
    struct archive *archive;
    unsigned left;
    bool failed;
};

static bool write_row(void *arg, const struct chain_row *row, const uint8_t hash[CHAIN_BYTES],
    const uint8_t *previous)
{
    struct batch *b = arg;
    struct archive *a = b->archive;
    if (row->seq > a->last || b->left == 0)
        return false;
    json_t *o = export_json(row, hash, row->seq == a->first ? previous : NULL, 0);
    char *line = json_dumps(o, JSON_COMPACT);
    b->failed = line == NULL || gzputs(a->out, line) < 0 || gzputc(a->out, '\n') < 0;
    free(line);
    json_decref(o);
    a->next = row->seq + 1;
    b->left--;
    return !b->failed;
}

/* The name is given only to a file that is whole and on the disk. */
static int finish_file(struct archive *a)
{
    int closed = gzclose(a->out);
    a->out = NULL;
    if (closed != Z_OK || fsync(a->fd) < 0 || rename(a->part, a->path) < 0)
        return fault(-EIO);
    int folder = open(a->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = folder < 0 || fsync(folder) < 0 ? fault(-errno) : 0;
    fdio_close(folder);
    if (result == 0)
        result = export_open(a->path, &a->in);
    a->state = ARCHIVE_READS;
    return result;
}

static int write_step(struct archive *a)
{
    struct batch b = {.archive = a, .left = ROWS_A_STEP};
    int result = export_each(a->record, a->next, write_row, &b);
    if (result == 0 && b.failed)
        result = errno == ENOSPC ? RECORD_E_FULL : fault(-EIO);
    if (result == 0 && a->next > a->last)
        result = finish_file(a);
    return result == 0 ? ARCHIVE_E_MORE : result;
}

/* ---- reading back ------------------------------------------------------------------------ */

static bool is_what_was_meant(struct archive *a)
{
    uint8_t hash[CHAIN_BYTES];
    return a->check.first == a->first && a->check.last == a->last &&
           memcmp(a->check.previous, a->record->floor.hash, CHAIN_BYTES) == 0 &&
           store_hash(a->record, a->last, hash) == 0 &&
           memcmp(hash, a->check.hash, CHAIN_BYTES) == 0;
}

static int read_step(struct archive *a)
{
    struct text why = {0};
    const char *line;
    size_t length;
    int got = 0;
    for (int i = 0; got == 0 && i < ROWS_A_STEP; i++) {
        got = export_next(a->in, &line, &length);
        if (got == 0)
            got = export_check_line(&a->check, line, length, NULL, &why);
    }
    if (got == EXPORT_E_BAD || (got == EXPORT_E_END && !is_what_was_meant(a))) {
        log_error(LOG_RECORD, "the archive \"%s\" is not what the ledger holds: %s", a->path,
            text_get(&why));
        text_deinit(&why);
        return RECORD_E_CORRUPT;
    }
    text_deinit(&why);
    if (got == EXPORT_E_END)
        a->state = ARCHIVE_COMMITS;
    return ARCHIVE_E_MORE;
}

/* ---- the transaction --------------------------------------------------------------------- */

static int append_row(struct archive *a, struct moment now)
{
    char previous[CHAIN_HEX_BYTES], hash[CHAIN_HEX_BYTES], carried[CHAIN_HEX_BYTES];
    uint8_t digest[CHAIN_BYTES];
    uint64_t count = 0;
    int result = carried_digest(a->record, a->last, digest, &count);
    if (result != 0)
        return result;
    chain_hex(previous, a->check.previous, CHAIN_BYTES);
    chain_hex(hash, a->check.hash, CHAIN_BYTES);
    chain_hex(carried, digest, CHAIN_BYTES);
    const char *slash = strrchr(a->path, '/');
    return store_append(a->record, now, "archive",
        json_pack("{s:I,s:I,s:s,s:s,s:s,s:I,s:s,s:s}", "first", (json_int_t)a->first, "last",
            (json_int_t)a->last, "previous", previous, "hash", hash, "carried", carried,
            "carried_rows", (json_int_t)count, "file", slash == NULL ? a->path : slash + 1, "who",
            a->who),
        NULL);
}

static int take_out(struct archive *a)
{
    static const enum sql views[] = {SQL_ARCHIVE_POINTS, SQL_ARCHIVE_STEPS, SQL_ARCHIVE_NOTICES,
        SQL_ARCHIVE_RECEIPTS, SQL_ARCHIVE_COMMANDS, SQL_ARCHIVE_DAYS, SQL_ARCHIVE_INCIDENTS,
        SQL_ARCHIVE_ROWS};
    struct db *db = &a->record->db;
    int result = db_write(db, SQL_ARCHIVE_ADD, db_id(a->last), db_blob(a->check.hash, CHAIN_BYTES));
    for (size_t i = 0; result == 0 && i < sizeof views / sizeof views[0]; i++)
        result = db_write(db, views[i], db_id(a->last));
    return result;
}

/* Rows that were written meanwhile (an incident of old that cleared) are younger and stay. */
static int commit_step(struct archive *a, struct moment now)
{
    struct record *r = a->record;
    int result = record_dirty(r) ? record_commit(r) : 0;
    if (result == 0)
        result =
            db_write(&r->db, SQL_CARRIED_ADD, db_id(a->last), db_blob(r->floor.hash, CHAIN_BYTES));
    if (result == 0)
        result = append_row(a, now);
    if (result == 0)
        result = take_out(a);
    if (result == 0)
        result = record_commit(r);
    if (result != 0) {
        record_rollback(r);
        return result;
    }
    r->floor.seq = a->last;
    memcpy(r->floor.hash, a->check.hash, CHAIN_BYTES);
    store_forget_views(r);
    a->state = ARCHIVE_DONE;
    log_info(LOG_RECORD, "rows %" PRIu64 " to %" PRIu64 " went into the archive \"%s\"", a->first,
        a->last, a->path);
    return 0;
}

int archive_step(struct archive *a, struct moment now)
{
    switch (a->state) {
    case ARCHIVE_WRITES:
        return write_step(a);
    case ARCHIVE_READS:
        return read_step(a);
    case ARCHIVE_COMMITS:
        return commit_step(a, now);
    case ARCHIVE_DONE:
        break;
    }
    return 0;
}
