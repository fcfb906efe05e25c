/* SPDX-License-Identifier: BSD-2-Clause */
#include "record/db.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/text.h"
#include "record/record.h"
#include "record/schema.h"

static const char *const statements[SQL_COUNT] = {
#define STATEMENT(name, text) text,
#include "record/sql.def"
#undef STATEMENT
};

/* The lock comes first: what reads the schema before it would make a -shm file for others.
 * cache_size is in KiB when negative: an idle agent must stay small. */
static const char settings_sql[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA cache_size = -256;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;"
                                   "PRAGMA journal_mode = WAL;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA journal_size_limit = 4194304;"
                                   "BEGIN EXCLUSIVE; COMMIT;";

bool db_is_network(uint32_t f_type)
{
    /* What linux/magic.h of Debian 12 names, and five that it does not. */
    static const uint32_t network[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
        SMB2_SUPER_MAGIC, V9FS_MAGIC, FUSE_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
        AFS_FS_MAGIC, CODA_SUPER_MAGIC, NCP_SUPER_MAGIC, OCFS2_SUPER_MAGIC, 0x01161970 /* GFS2 */,
        0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */, 0x19830326 /* BeeGFS */,
        0xaad7aaea /* PanFS */};

    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
        if (network[i] == f_type)
            return true;
    return false;
}

/* errno of the last failure. SQLite keeps none for a commit that failed: the log's file does. */
static int system_error(const struct db *db)
{
    int number = db->handle == NULL ? 0 : sqlite3_system_errno(db->handle);
    sqlite3_file *log = NULL;
    if (number == 0 && db->handle != NULL)
        sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log);
    // In memory the journal is no file of the system, and has no such function.
    if (log != NULL && log->pMethods != NULL && log->pMethods->xFileControl != NULL)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

/* What cannot be mended here: logged, a fault. A full disk may come as a failed write, too; and one
 * that takes no more writes has taken nothing of this one, which is written anew as a whole. */
static int failure_of(struct db *db, int code)
{
    int number = system_error(db);
    bool is_write = (code & 0xff) == SQLITE_IOERR;
    db->is_read_only = is_write && number == EROFS;
    if (is_write && (number == ENOSPC || number == EDQUOT || number == EFBIG || number == EROFS))
        return RECORD_E_FULL;
    log_error(LOG_RECORD, "the ledger cannot be used: %s (SQLite %d, system %s)",
        db->handle == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db->handle), code,
        strerror(number));
    return fault(number != 0 ? -number : -EIO);
}

/* Gives what SQLite said its meaning. */
static int outcome_of(struct db *db, int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return 0;
    case SQLITE_FULL:
        db->is_read_only = false;
        return RECORD_E_FULL;
    case SQLITE_BUSY:
        return RECORD_E_LOCKED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        log_error(LOG_RECORD, "the ledger is damaged: %s", sqlite3_errmsg(db->handle));
        return RECORD_E_CORRUPT;
    default:
        return failure_of(db, code);
    }
}

/* The folder that holds @path; the caller frees. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return alloc_text(".");
    return slash == path ? alloc_text("/") : alloc_bytes(path, (size_t)(slash - path));
}

static int refuse_network(const char *path)
{
    struct statfs fs;
    char *folder = folder_of(path);
    int result = 0;
    if (statfs(folder, &fs) < 0)
        result = fault(-errno);
    else if (db_is_network((uint32_t)fs.f_type))
        result = RECORD_E_NETWORK;
    free(folder);
    return result;
}

/* SQLite would make the file 0644; its companions get the mode that the file has. */
static int make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? RECORD_E_FULL : fault(-errno);

    struct stat st;
    int result = 0;
    if (fstat(fd, &st) < 0)
        result = fault(-errno);
    else if (!S_ISREG(st.st_mode))
        result = fault(-EINVAL);
    fdio_close(fd);
    return result;
}

static int sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 || fsync(fd) < 0 ? fault(-errno) : 0;
    fdio_close(fd);
    return result;
}

int db_open(struct db *db, const char *path)
{
    *db = (struct db){0};
    bool in_memory = strcmp(path, ":memory:") == 0;
    int result = in_memory ? 0 : refuse_network(path);
    if (result == 0 && !in_memory)
        result = make_file(path);
    if (result != 0)
        return result;

    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &db->handle, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db->handle, settings_sql, NULL, NULL, NULL);
    result = outcome_of(db, code);
    if (result != 0)
        db_close(db);
    return result;
}

/* A write of the running transaction, kept until that has ended; one block of memory. */
struct db_job {
    enum sql sql;
    size_t count;
    size_t size;
    struct db_value values[];
};

static void drop_jobs(struct db *db)
{
    for (size_t i = 0; i < db->job_count; i++)
        free(db->jobs[i]);
    db->job_count = 0;
    db->job_bytes = 0;
}

void db_close(struct db *db)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(db->cached[i]);
        db->cached[i] = NULL;
    }
    sqlite3_close(db->handle);
    drop_jobs(db);
    free(db->jobs);
    *db = (struct db){0};
}

static int read_version(struct db *db, int *ret_version)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret_version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return outcome_of(db, code);
}

/* What an older program can still open, should the new schema turn out badly: "ledger.db.schema-1".
 * An earlier try's is replaced: the ledger has not changed its schema since. */
static int keep_copy(struct db *db, int version)
{
    const char *path = sqlite3_db_filename(db->handle, "main");
    sqlite3_stmt *statement = NULL;
    struct text copy = {0};
    if (path == NULL || path[0] == '\0')
        return 0;

    text_addf(&copy, "%s.schema-%d", path, version);
    unlink(text_get(&copy));
    int result = make_file(text_get(&copy));
    if (result == 0) {
        int code = sqlite3_prepare_v2(db->handle, "VACUUM INTO ?1", -1, &statement, NULL);
        if (code == SQLITE_OK)
            code = sqlite3_bind_text(statement, 1, text_get(&copy), -1, SQLITE_STATIC);
        if (code == SQLITE_OK)
            code = sqlite3_step(statement);
        result = outcome_of(db, code);
        sqlite3_finalize(statement);
    }
    if (result == 0)
        result = sync_file(text_get(&copy));
    text_deinit(&copy);
    return result;
}

int db_migrate_to(struct db *db, const char *const *steps, int count)
{
    int version = 0;
    int result = read_version(db, &version);
    if (result != 0 || version == count)
        return result;
    if (version > count || version < 0)
        return RECORD_E_NEWER;
    if (version > 0)
        result = keep_copy(db, version);
    if (result != 0)
        return result;

    char mark[48];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", count);
    int code = sqlite3_exec(db->handle, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
    for (int i = version; code == SQLITE_OK && i < count; i++)
        code = sqlite3_exec(db->handle, steps[i], NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db->handle, mark, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
    result = outcome_of(db, code);
    if (result != 0)
        db_rollback(db);
    else if (version > 0)
        log_info(LOG_RECORD, "the ledger's schema went from %d to %d", version, count);
    return result;
}

int db_migrate(struct db *db)
{
    return db_migrate_to(db, schema_steps, schema_version);
}

int db_open_copy(struct db *db, const char *path)
{
    *db = (struct db){0};
    int version = 0;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &db->handle, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db->handle, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
            NULL, NULL, NULL);
    int result = outcome_of(db, code);
    if (result == 0)
        result = read_version(db, &version);
    if (result == 0 && version != schema_version)
        result = RECORD_E_NEWER;
    if (result != 0)
        db_close(db);
    return result;
}

struct db_value db_int(int64_t integer)
{
    return (struct db_value){.type = DB_INT, .integer = integer};
}

struct db_value db_id(uint64_t id)
{
    return db_int((int64_t)id);
}

struct db_value db_real(double real)
{
    return isnan(real) ? (struct db_value){.type = DB_NULL}
                       : (struct db_value){.type = DB_REAL, .real = real};
}

struct db_value db_text(const char *text)
{
    const char *bytes = text == NULL ? "" : text;
    return (struct db_value){.type = DB_TEXT, .bytes = bytes, .length = strlen(bytes)};
}

struct db_value db_blob(const void *bytes, size_t length)
{
    return (struct db_value){.type = DB_BLOB, .bytes = bytes, .length = length};
}

static int bind(sqlite3_stmt *statement, int place, const struct db_value *value)
{
    switch (value->type) {
    case DB_INT:
        return sqlite3_bind_int64(statement, place, value->integer);
    case DB_REAL:
        return sqlite3_bind_double(statement, place, value->real);
    case DB_TEXT:
        return sqlite3_bind_text64(
            statement, place, value->bytes, value->length, SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(statement, place, value->bytes, value->length, SQLITE_STATIC);
    case DB_NULL:
        break;
    }
    return sqlite3_bind_null(statement, place);
}

static int bind_all(sqlite3_stmt *statement, const struct db_value *values, size_t count)
{
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < count; i++)
        code = bind(statement, (int)i + 1, &values[i]);
    return code;
}

/* The kept statement of @sql, prepared at first use. */
static int prepare(struct db *db, enum sql sql)
{
    if (db->cached[sql] != NULL)
        return SQLITE_OK;
    return sqlite3_prepare_v3(
        db->handle, statements[sql], -1, SQLITE_PREPARE_PERSISTENT, &db->cached[sql], NULL);
}

static int run(struct db *db, enum sql sql, const struct db_value *values, size_t count)
{
    int code = prepare(db, sql);
    if (code == SQLITE_OK)
        code = bind_all(db->cached[sql], values, count);
    if (code == SQLITE_OK)
        code = sqlite3_step(db->cached[sql]);
    int result = outcome_of(db, code);
    if (db->cached[sql] != NULL) {
        sqlite3_reset(db->cached[sql]);
        sqlite3_clear_bindings(db->cached[sql]);
    }
    return result;
}

/* Ends the transaction in the file, whoever ended it before (SQLite does by itself when full). */
static void undo(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0)
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static bool has_bytes(const struct db_value *value)
{
    return value->type == DB_TEXT || value->type == DB_BLOB;
}

static void keep_job(struct db *db, enum sql sql, const struct db_value *values, size_t count)
{
    size_t size = sizeof(struct db_job) + count * sizeof *values;
    for (size_t i = 0; i < count; i++)
        size += has_bytes(&values[i]) ? values[i].length : 0;
    struct db_job *job = alloc(size);
    *job = (struct db_job){.sql = sql, .count = count, .size = size};
    char *bytes = (char *)(job->values + count);
    for (size_t i = 0; i < count; i++) {
        job->values[i] = values[i];
        if (!has_bytes(&values[i]))
            continue;
        memcpy(bytes, values[i].bytes, values[i].length);
        job->values[i].bytes = bytes;
        bytes += values[i].length;
    }
    if (db->job_count == db->job_room) {
        db->job_room = db->job_room == 0 ? 16 : db->job_room * 2;
        db->jobs = alloc_resize(db->jobs, db->job_room, sizeof *db->jobs);
    }
    db->jobs[db->job_count++] = job;
    db->job_bytes += size;
}

/* What a failure makes of the transaction. */
static void give_up(struct db *db, int result)
{
    undo(db);
    if (result == RECORD_E_FULL)
        db->waiting = true;
    else
        db->failed = result;
}

int db_write_values(struct db *db, enum sql sql, const struct db_value *values, size_t count)
{
    if (db->failed != 0)
        return db->failed;
    if (db->waiting && db->job_bytes > DB_WAITING_BYTES_MAX) {
        if (!db->is_refusing)
            log_error(LOG_RECORD,
                "%zu bytes wait for room on the disk: what follows is not recorded", db->job_bytes);
        db->is_refusing = true;
        return RECORD_E_FULL;
    }
    keep_job(db, sql, values, count);
    int result = 0;
    if (!db->open) {
        result = run(db, SQL_BEGIN, NULL, 0);
        db->open = true;
    }
    if (result == 0 && !db->waiting)
        result = run(db, sql, values, count);
    if (result != 0)
        give_up(db, result);
    return db->failed;
}

struct db_query db_query_values(
    struct db *db, enum sql sql, const struct db_value *values, size_t count)
{
    struct db_query q = {.db = db};
    int code = prepare(db, sql);
    if (code == SQLITE_OK && sqlite3_stmt_busy(db->cached[sql])) {
        q.is_own = true;
        code = sqlite3_prepare_v2(db->handle, statements[sql], -1, &q.statement, NULL);
    } else {
        q.statement = db->cached[sql];
    }
    if (code == SQLITE_OK)
        code = bind_all(q.statement, values, count);
    q.result = outcome_of(db, code);
    return q;
}

bool db_next(struct db_query *q)
{
    if (q->result != 0)
        return false;
    int code = sqlite3_step(q->statement);
    q->result = outcome_of(q->db, code);
    return code == SQLITE_ROW;
}

int db_end(struct db_query *q)
{
    if (q->is_own)
        sqlite3_finalize(q->statement);
    else if (q->statement != NULL) {
        sqlite3_reset(q->statement);
        sqlite3_clear_bindings(q->statement);
    }
    q->statement = NULL;
    // What a transaction's writes rest on could not be read: none of them is kept.
    if (q->result != 0 && q->result != RECORD_E_FULL && q->db->open && q->db->failed == 0)
        q->db->failed = q->result;
    return q->result;
}

const char *db_column_text(const struct db_query *q, int column)
{
    const unsigned char *text = sqlite3_column_text(q->statement, column);
    return text == NULL ? "" : (const char *)text;
}

int64_t db_column_int(const struct db_query *q, int column)
{
    return sqlite3_column_int64(q->statement, column);
}

/* Does again in the file what waits in memory. */
static int run_jobs(struct db *db)
{
    int result = run(db, SQL_BEGIN, NULL, 0);
    for (size_t i = 0; result == 0 && i < db->job_count; i++)
        result = run(db, db->jobs[i]->sql, db->jobs[i]->values, db->jobs[i]->count);
    return result;
}

int db_commit(struct db *db)
{
    int result = db->failed;
    if (result == 0 && db->waiting)
        result = run_jobs(db);
    if (result == 0 && db->open)
        result = run(db, SQL_COMMIT, NULL, 0);
    if (result == RECORD_E_FULL)
        give_up(db, result);
    else
        db_rollback(db);
    return result;
}

void db_rollback(struct db *db)
{
    undo(db);
    drop_jobs(db);
    db->open = false;
    db->waiting = db->is_refusing = false;
    db->is_read_only = false;
    db->failed = 0;
}

void db_spoil(struct db *db, int fault)
{
    undo(db);
    db->open = true;
    db->failed = fault;
}
