/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * point - preloaded into hashimorid, it kills the process with SIGKILL at a border of two system
 * calls: POINT=NAME:N is the Nth time that the border of that name is passed. With POINT_TRACE=FILE
 * the name of each border that is passed and the time in us are appended there.
 *
 * A commit is named by what came in since the last one: start (the first), reload (the
 * configuration was read again), reading, receipt, keep (a position in a log), timer (nothing came
 * in: a deadline). One that writes one page is alive: the sign of life stands in every transaction,
 * and that one has nothing else. Its borders:
 *
 *   NAME-judged     taken and judged, nothing of it in the ledger's files yet
 *   NAME-writing    between two writes of the transaction
 *   NAME-written    all written, not synced
 *   NAME-committed  synced; nobody was told yet
 *
 * checkpoint is before a write to the database itself. Of the lines on the workers' sockets: saved
 * and deliver are before the line leaves, saved-sent and deliver-sent after it. reading-in and
 * receipt-in: read from the socket, the daemon's code has not seen it. begin, begin-sent: the board
 * goes to a face.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 1024 };

enum file { FILE_OTHER, FILE_DATABASE, FILE_WAL, FILE_WORKER };

static struct {
    pid_t pid; /* 0: not the daemon */
    enum file files[FDS];
    unsigned loads; /* of the configuration, since the last commit */
    bool has_workers, started, has_reading, has_receipt, has_keep, is_writing;
    bool is_one_page; /* the transaction that is being written */
    long passed;
} state;

/* ISO C turns no object pointer into a function pointer. */
static uintptr_t next_of(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL)
        abort();
    return (uintptr_t)f;
}

#define NEXT(type, name) ((type)next_of(name))
typedef int (*open_fn)(const char *path, int flags, ...);
typedef ssize_t (*pwrite_fn)(int fd, const void *bytes, size_t length, off64_t at);
typedef ssize_t (*write_fn)(int fd, const void *bytes, size_t length);
typedef ssize_t (*vector_fn)(int fd, const struct iovec *parts, int count);
typedef ssize_t (*sendmsg_fn)(int fd, const struct msghdr *message, int flags);
typedef int (*fd_fn)(int fd);
typedef int (*pair_fn)(int domain, int type, int protocol, int pair[2]);

__attribute__((constructor)) static void find_ourselves(void)
{
    if (strcmp(program_invocation_short_name, "hashimorid") == 0)
        state.pid = getpid();
}

static enum file file_of(int fd)
{
    return state.pid != 0 && fd >= 0 && fd < FDS && state.pid == getpid() ? state.files[fd]
                                                                          : FILE_OTHER;
}

/* ---- borders ----------------------------------------------------------------------------- */

static void trace(const char *name)
{
    static int fd = -1;
    const char *path = getenv("POINT_TRACE");
    struct timespec now;
    char line[80];
    if (path == NULL)
        return;
    if (fd < 0)
        fd = NEXT(open_fn, "open64")(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(
        line, sizeof line, "%s %lld\n", name, (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    if (NEXT(write_fn, "write")(fd, line, (size_t)length) != length)
        abort();
}

static void pass(const char *name)
{
    const char *point = getenv("POINT");
    size_t length = strlen(name);
    trace(name);
    if (point != NULL && strncmp(point, name, length) == 0 && point[length] == ':' &&
        ++state.passed == strtol(point + length + 1, NULL, 10))
        raise(SIGKILL);
}

static void pass_commit(const char *border)
{
    char name[64];
    const char *what = "timer";
    if (!state.started)
        what = "start";
    else if (state.is_one_page)
        what = "alive";
    else if (state.loads > 0)
        what = "reload";
    else if (state.has_receipt)
        what = "receipt";
    else if (state.has_reading)
        what = "reading";
    else if (state.has_keep)
        what = "keep";
    snprintf(name, sizeof name, "%s-%s", what, border);
    pass(name);
}

/* What SQLite writes into the log: its own header when the log begins anew; of each page a frame's
 * header, then the page (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
enum { WAL_HEADER = 32, FRAME_HEADER = 24, FRAME_SIZE_AT = 4, FRAME_SIZE_BYTES = 4 };

static void before_write(int fd, const unsigned char *bytes, size_t length)
{
    enum file file = file_of(fd);
    if (file == FILE_DATABASE)
        pass("checkpoint");
    if (file != FILE_WAL || length == WAL_HEADER)
        return;
    // Only the last frame of a transaction says how large the database is now.
    if (!state.is_writing && length == FRAME_HEADER)
        state.is_one_page = memcmp(bytes + FRAME_SIZE_AT, "\0\0\0\0", FRAME_SIZE_BYTES) != 0;
    pass_commit(state.is_writing ? "writing" : "judged");
    state.is_writing = true;
}

/* A sync without writes before it is of a checkpoint, or of what was left behind. */
static int synced(int fd, const char *name)
{
    bool is_commit = file_of(fd) == FILE_WAL && state.is_writing;
    if (is_commit)
        pass_commit("written");
    int r = NEXT(fd_fn, name)(fd);
    if (!is_commit)
        return r;
    pass_commit("committed");
    state.is_writing = false;
    state.started = state.has_workers;
    state.loads = 0;
    state.has_reading = state.has_receipt = state.has_keep = false;
    return r;
}

static bool has(const struct iovec *parts, size_t count, size_t length, const char *text)
{
    for (size_t i = 0; i < count && length > 0; i++) {
        size_t here = parts[i].iov_len < length ? parts[i].iov_len : length;
        if (memmem(parts[i].iov_base, here, text, strlen(text)) != NULL)
            return true;
        length -= here;
    }
    return false;
}

/* What leaves: the name of its border, or NULL. */
static const char *leaving(int fd, const struct iovec *parts, size_t count)
{
    if (file_of(fd) != FILE_WORKER)
        return NULL;
    if (has(parts, count, SIZE_MAX, "\"type\":\"saved\""))
        return "saved";
    if (has(parts, count, SIZE_MAX, "\"type\":\"deliver\""))
        return "deliver";
    return has(parts, count, SIZE_MAX, "\"type\":\"begin\"") ? "begin" : NULL;
}

static void after_leaving(const char *name)
{
    if (name == NULL)
        return;
    if (strcmp(name, "saved") == 0)
        pass("saved-sent");
    else
        pass(strcmp(name, "deliver") == 0 ? "deliver-sent" : "begin-sent");
}

static void follow(int fd, const char *path)
{
    if (state.pid == 0 || fd < 0 || fd >= FDS)
        return;
    const char *name = strrchr(path, '/');
    name = name == NULL ? path : name + 1;
    state.files[fd] = FILE_OTHER;
    if (strcmp(name, "ledger.db") == 0)
        state.files[fd] = FILE_DATABASE;
    else if (strcmp(name, "ledger.db-wal") == 0)
        state.files[fd] = FILE_WAL;
    else if (strcmp(name, "hashimori.conf") == 0)
        state.loads++;
}

/* ---- the calls --------------------------------------------------------------------------- */

#define EXPORT __attribute__((visibility("default")))

EXPORT int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    int fd = NEXT(open_fn, "open64")(path, flags, mode);
    follow(fd, path);
    return fd;
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    int fd = NEXT(open_fn, "open")(path, flags, mode);
    follow(fd, path);
    return fd;
}

EXPORT int close(int fd)
{
    if (file_of(fd) != FILE_OTHER)
        state.files[fd] = FILE_OTHER;
    return NEXT(fd_fn, "close")(fd);
}

EXPORT int socketpair(int domain, int type, int protocol, int pair[2])
{
    int r = NEXT(pair_fn, "socketpair")(domain, type, protocol, pair);
    state.has_workers = true;
    for (int i = 0; r == 0 && state.pid != 0 && i < 2; i++)
        if (pair[i] < FDS)
            state.files[pair[i]] = FILE_WORKER;
    return r;
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at)
{
    before_write(fd, bytes, length);
    return NEXT(pwrite_fn, "pwrite64")(fd, bytes, length, at);
}

EXPORT int fdatasync(int fd)
{
    return synced(fd, "fdatasync");
}

EXPORT int fsync(int fd)
{
    return synced(fd, "fsync");
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    const char *name = leaving(fd, message->msg_iov, message->msg_iovlen);
    if (name != NULL)
        pass(name);
    ssize_t n = NEXT(sendmsg_fn, "sendmsg")(fd, message, flags);
    after_leaving(name);
    return n;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    const char *name = leaving(fd, parts, (size_t)count);
    if (name != NULL)
        pass(name);
    ssize_t n = NEXT(vector_fn, "writev")(fd, parts, count);
    after_leaving(name);
    return n;
}

EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
    ssize_t n = NEXT(vector_fn, "readv")(fd, parts, count);
    if (n <= 0 || file_of(fd) != FILE_WORKER)
        return n;
    if (has(parts, (size_t)count, (size_t)n, "\"type\":\"reading\"")) {
        state.has_reading = true;
        pass("reading-in");
    }
    state.has_keep |= has(parts, (size_t)count, (size_t)n, "\"type\":\"keep\"");
    if (has(parts, (size_t)count, (size_t)n, "\"type\":\"receipt\"")) {
        state.has_receipt = true;
        pass("receipt-in");
    }
    return n;
}
