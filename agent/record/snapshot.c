/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "record/identity.h"
#include "record/store.h"

struct snapshot {
    char *path;
    sqlite3 *copy;
    sqlite3_backup *backup;
    bool is_whole;
};

/* The ledger must have room to grow while its copy is there. */
static int look_for_room(const char *path, const struct record *r)
{
    struct stat st;
    struct statvfs fs;
    char *folder = identity_beside(path, ".");
    int result = 0;
    if (statvfs(folder, &fs) < 0)
        result = fault(-errno);
    else if (r->path != NULL && stat(r->path, &st) == 0 &&
             fs.f_bavail * fs.f_frsize < 2 * (unsigned long)st.st_size)
        result = RECORD_E_FULL;
    free(folder);
    return result;
}

/* What SQLite said of the copy: the ledger itself is not concerned. */
static int failure_of(const struct snapshot *s, int code)
{
    if ((code & 0xff) == SQLITE_FULL)
        return RECORD_E_FULL;
    log_error(LOG_RECORD, "the copy \"%s\" cannot be made: %s", s->path, sqlite3_errstr(code));
    return fault(-EIO);
}

static int make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? RECORD_E_FULL : fault(-errno);
    fdio_close(fd);
    return 0;
}

int snapshot_new(struct record *r, const char *path, struct snapshot **ret_snapshot)
{
    int result = look_for_room(path, r);
    if (result == 0)
        result = make_file(path);
    if (result != 0)
        return result;

    struct snapshot *s = alloc(sizeof *s);
    s->path = alloc_text(path);
    int code = sqlite3_open_v2(path, &s->copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(s->copy, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        s->backup = sqlite3_backup_init(s->copy, "main", r->db.handle, "main");
        code = sqlite3_errcode(s->copy);
    }
    if (s->backup == NULL) {
        result = failure_of(s, code);
        snapshot_free(s);
        return result;
    }
    *ret_snapshot = s;
    return 0;
}

/* Ends the backup, and makes a plain file of it. */
static int finish(struct snapshot *s)
{
    int code = sqlite3_backup_finish(s->backup);
    s->backup = NULL;
    if (code == SQLITE_OK)
        code = sqlite3_exec(s->copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_close(s->copy);
    if (code != SQLITE_OK)
        return failure_of(s, code);
    s->copy = NULL;
    s->is_whole = true;
    return 0;
}

int snapshot_step(struct snapshot *s)
{
    int code = sqlite3_backup_step(s->backup, SNAPSHOT_PAGES);
    if (code == SQLITE_DONE)
        return finish(s);
    // Locked: our own transaction runs, and its commit comes at the end of the turn.
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return SNAPSHOT_E_MORE;
    return failure_of(s, code);
}

struct snapshot *snapshot_free(struct snapshot *s)
{
    if (s == NULL)
        return NULL;
    if (s->backup != NULL)
        sqlite3_backup_finish(s->backup);
    sqlite3_close(s->copy);
    if (!s->is_whole)
        unlink(s->path);
    free(s->path);
    free(s);
    return NULL;
}

/* ---- reading one ------------------------------------------------------------------------- */

bool snapshot_is_copy(const char *path)
{
    /* The file format's versions for writing and reading: 1 plain, 2 with a log. */
    enum { VERSIONS_AT = 18 };
    static const char magic[16] = "SQLite format 3";
    char head[VERSIONS_AT + 2];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_copy = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head &&
                   memcmp(head, magic, sizeof magic) == 0 && head[VERSIONS_AT] == 1 &&
                   head[VERSIONS_AT + 1] == 1;
    fdio_close(fd);
    return is_copy;
}

int snapshot_open(const char *path, struct record **ret_record)
{
    struct record *r = alloc(sizeof *r);
    int result = db_open_copy(&r->db, path);
    if (result == 0)
        result = store_read(r);
    if (result != 0) {
        record_close(r);
        return result;
    }
    *ret_record = r;
    return 0;
}
