/* SPDX-License-Identifier: BSD-2-Clause */
#include "tail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charset.h"

enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, EOF_MARK = 0x1A };

bool identity_same_file(const struct identity *a, const struct identity *b)
{
    bool births_agree = a->born_ns == 0 || b->born_ns == 0 || a->born_ns == b->born_ns;
    return a->device == b->device && a->inode == b->inode && births_agree;
}

static uint64_t hash_bytes(const char *bytes, size_t length)
{
    uint64_t hash = 14695981039346656037ull;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211ull;
    return hash;
}

/* Follows the link at @path once: anybody may put a link into a directory that all may write to,
 * and we may be able to read what they may not. */
static int open_link(const char *path)
{
    char target[PATH_MAX];
    struct stat link, file;
    int link_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (link_fd < 0)
        return -errno;
    ssize_t n = readlinkat(link_fd, "", target, sizeof target - 1);
    int r = n < 0 || fstat(link_fd, &link) < 0 ? -errno : 0;
    close(link_fd);
    if (r < 0)
        return r;
    target[n] = '\0';

    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = "/";
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;
    if (length >= sizeof folder)
        return -ENAMETOOLONG;
    if (length > 0) {
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0)
        return -errno;
    int fd = openat(folder_fd, target, OPEN_FLAGS);
    r = fd < 0 ? -errno : 0;
    close(folder_fd);
    if (r < 0)
        return r;
    if (fstat(fd, &file) == 0 && (link.st_uid == 0 || link.st_uid == file.st_uid))
        return fd;
    close(fd);
    return -ELOOP;
}

static int open_regular(const char *path, struct stat *ret_stat)
{
    int fd = open(path, OPEN_FLAGS);
    if (fd < 0)
        fd = errno == ELOOP ? open_link(path) : -errno;
    if (fd < 0)
        return fd;
    if (fstat(fd, ret_stat) < 0 || !S_ISREG(ret_stat->st_mode)) {
        close(fd);
        return -EINVAL;
    }
    return fd;
}

/* @path without links, which may name another file tomorrow; as it is if that cannot be said for
 * the file of @st. */
static char *path_without_links(const char *path, const struct stat *st)
{
    struct stat named;
    char *real = realpath(path, NULL);
    bool is_it = real != NULL && stat(real, &named) == 0 && named.st_ino == st->st_ino &&
                 named.st_dev == st->st_dev;
    if (is_it)
        return real;
    free(real);
    return strdup(path);
}

static int64_t born_ns(int fd)
{
    struct statx x;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BTIME, &x) < 0 ||
        !(x.stx_mask & STATX_BTIME))
        return 0;
    return x.stx_btime.tv_sec * 1000000000LL + x.stx_btime.tv_nsec;
}

/* Like pread(2), of the text. */
static ssize_t read_at(const struct tail *t, char *out, size_t room, int64_t at)
{
    if (t->gz != NULL)
        return gz_read(t->gz, out, room, at);
    ssize_t n = pread(t->fd, out, room, at);
    return n < 0 ? -errno : n;
}

static void set_head(struct tail *t, const char *bytes, size_t length)
{
    size_t n = length < TAIL_HEAD_BYTES ? length : TAIL_HEAD_BYTES;

    // In a wrap-around trace what stands behind the mark is still to be written over.
    const char *mark = memchr(bytes, EOF_MARK, n);
    if (mark != NULL)
        n = (size_t)(mark - bytes);
    t->id.head_bytes = (uint32_t)n;
    t->id.head_hash = hash_bytes(bytes, n);
}

static void take_head(struct tail *t)
{
    char head[TAIL_HEAD_BYTES];
    ssize_t n = read_at(t, head, sizeof head, 0);
    set_head(t, head, n > 0 ? (size_t)n : 0);
}

static int open_gz(struct tail *t)
{
    size_t length = strlen(t->path);
    if (length < 3 || strcmp(t->path + length - 3, ".gz") != 0 || !gz_is(t->fd))
        return 0;
    int64_t said = gz_said_length(t->fd);
    t->size = said > 0 ? said : 0;
    t->is_whole = true;
    t->modified_ns = tail_modified_ns(t);
    return gz_new(t->fd, &gz_limits, &t->gz);
}

int tail_open(const char *path, size_t record_max, struct tail **ret_tail)
{
    struct stat st;
    int fd = open_regular(path, &st);
    if (fd < 0)
        return fd;

    struct tail *t = calloc(1, sizeof *t);
    if (t == NULL) {
        close(fd);
        return -ENOMEM;
    }
    *t = (struct tail){
        .fd = fd, .watch = -1, .path = path_without_links(path, &st), .size = st.st_size};
    t->id = (struct identity){.device = st.st_dev, .inode = st.st_ino, .born_ns = born_ns(fd)};
    if (t->path == NULL || record_init(&t->record, record_max) < 0 || open_gz(t) < 0) {
        tail_free(t);
        return -ENOMEM;
    }
    take_head(t);
    *ret_tail = t;
    return 0;
}

struct tail *tail_free(struct tail *t)
{
    if (t == NULL)
        return NULL;
    gz_free(t->gz);
    free(t->held);
    close(t->fd);
    free(t->path);
    record_deinit(&t->record);
    free(t);
    return NULL;
}

bool tail_is_read(const struct tail *t)
{
    struct stat st;
    int64_t read = t->next + (int64_t)t->partial;
    if (t->gz != NULL)
        return gz_end(t->gz) != GZ_OPEN && read >= gz_length(t->gz);
    return fstat(t->fd, &st) < 0 || read >= st.st_size;
}

int64_t tail_unread(const struct tail *t)
{
    struct stat st;
    int64_t size = t->size;
    if (t->gz != NULL && gz_end(t->gz) != GZ_OPEN)
        size = gz_length(t->gz);
    else if (t->gz == NULL && fstat(t->fd, &st) == 0)
        size = st.st_size;
    return size > t->at ? size - t->at : 0;
}

int64_t tail_modified_ns(const struct tail *t)
{
    struct stat st;
    return fstat(t->fd, &st) < 0 ? 0 : st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
}

void tail_seek(struct tail *t, int64_t offset)
{
    t->at = t->next = offset;
    t->has_more = false;
    t->skip = 0;
    t->done = 0;
    t->partial = 0;
    t->clear_from = t->clear_until = 0;
    record_clear(&t->record);
}

bool tail_has_head(const struct tail *t, const struct identity *id)
{
    char head[TAIL_HEAD_BYTES];
    if (id->head_bytes > sizeof head)
        return false;
    ssize_t n = read_at(t, head, id->head_bytes, 0);
    return n == (ssize_t)id->head_bytes && hash_bytes(head, id->head_bytes) == id->head_hash;
}

void tail_grow_head(struct tail *t)
{
    if (t->gz == NULL && t->id.head_bytes < TAIL_HEAD_BYTES && tail_has_head(t, &t->id))
        take_head(t);
}

int tail_look(struct tail *t, int64_t now_ms)
{
    struct stat st;
    if (t->gz != NULL)
        return 0;
    if (fstat(t->fd, &st) < 0)
        return -errno;
    if (st.st_size < t->next + (int64_t)t->skip || !tail_has_head(t, &t->id))
        return TAIL_E_REPLACED;
    int64_t modified_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
    if (st.st_size != t->size || modified_ns != t->modified_ns)
        t->grown_at_ms = now_ms;
    t->size = st.st_size;
    t->modified_ns = modified_ns;
    if (t->id.head_bytes < TAIL_HEAD_BYTES && st.st_size > (int64_t)t->id.head_bytes)
        take_head(t);
    return 0;
}

void tail_restart(struct tail *t)
{
    struct stat st;
    tail_seek(t, 0);
    t->was_replaced = true;
    t->size = fstat(t->fd, &st) == 0 ? st.st_size : 0;
    take_head(t);
}

/* Whether a character of @unit bytes is NUL: decoding leaves it out. */
static bool has_nul(const char *bytes, size_t length, size_t unit)
{
    const uint64_t ones = 0x0001000100010001u, tops = 0x8000800080008000u;
    size_t i = 0;
    if (unit == 1)
        return memchr(bytes, 0, length) != NULL;
    for (uint64_t word; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        if ((word - ones) & ~word & tops)
            return true;
    }
    for (; i + 1 < length; i += 2)
        if (bytes[i] == 0 && bytes[i + 1] == 0)
            return true;
    return false;
}

static bool block_holds(const struct block *b, const struct tail *t, int64_t at)
{
    return b->of == t && at >= b->at && at <= b->at + (int64_t)b->length;
}

/* 0, TAIL_E_AGAIN or -errno. */
static int block_load(struct block *b, struct tail *t, int64_t at, const struct line_rules *rules)
{
    ssize_t n = read_at(t, b->bytes, TAIL_BLOCK_BYTES, at);
    if (n < 0)
        return n == -EAGAIN ? TAIL_E_AGAIN : (int)n;
    // The file may have grown since it was looked at: it is known by what was read of it.
    if (at == 0 && n > (ssize_t)t->id.head_bytes && t->id.head_bytes < TAIL_HEAD_BYTES)
        set_head(t, b->bytes, (size_t)n);
    b->of = t;
    b->at = at;
    b->length = (size_t)n;
    b->is_end = b->length < TAIL_BLOCK_BYTES;
    b->has_nul = has_nul(b->bytes, b->length, rules->unit);
    const char *mark = rules->eof_mark ? memchr(b->bytes, EOF_MARK, b->length) : NULL;
    if (mark != NULL) {
        b->length = (size_t)(mark - b->bytes);
        b->is_end = true;
    }
    return 0;
}

static void set_line(struct line *line, const char *bytes, size_t length,
    const struct line_rules *rules, int64_t begin, int64_t end)
{
    size_t kept = length < rules->max ? length : rules->max;
    *line = (struct line){
        .bytes = bytes, .length = kept, .cut = length - kept, .begin = begin, .end = end};
}

/* Goes on in a line that is longer than a block, one block a call. */
static int long_line(
    struct tail *t, struct block *b, const struct line_rules *rules, struct line *ret_line)
{
    int64_t from = t->next + (int64_t)rules->max + (int64_t)t->skip;
    int r = block_load(b, t, from, rules);
    if (r != 0)
        return r;
    const char *stop = charset_newline(b->bytes, b->length, rules->unit);
    if (stop == NULL) {
        t->skip += b->length / rules->unit * rules->unit;
        t->partial = rules->max + t->skip;
        bool is_end = b->is_end;
        b->of = NULL;
        return is_end ? 0 : TAIL_E_AGAIN;
    }
    size_t tail_bytes = (size_t)(stop - b->bytes);
    set_line(
        ret_line, t->held, rules->max, rules, t->next, from + (int64_t)(tail_bytes + rules->unit));
    ret_line->cut = t->skip + tail_bytes;
    t->next = ret_line->end;
    t->skip = 0;
    b->of = NULL;
    return 1;
}

/* The block holds the begin of a line that is longer than it. */
static int begin_long_line(struct tail *t, const char *from, size_t have, size_t max)
{
    if (t->held == NULL)
        t->held = malloc(max);
    if (t->held == NULL)
        return -ENOMEM;
    memcpy(t->held, from, max);
    t->skip = have - max;
    return TAIL_E_AGAIN;
}

int tail_line(
    struct tail *t, struct block *b, const struct line_rules *rules, struct line *ret_line)
{
    if (t->skip > 0)
        return long_line(t, b, rules, ret_line);

    for (bool fresh = false;; fresh = true) {
        if (!block_holds(b, t, t->next)) {
            int r = block_load(b, t, t->next, rules);
            if (r != 0)
                return r;
            fresh = true;
        }
        const char *from = b->bytes + (t->next - b->at);
        size_t have = b->length - (size_t)(from - b->bytes);
        const char *stop = charset_newline(from, have, rules->unit);
        if (stop != NULL) {
            size_t length = (size_t)(stop - from);
            set_line(
                ret_line, from, length, rules, t->next, t->next + (int64_t)(length + rules->unit));
            t->next = ret_line->end;
            return 1;
        }
        if (b->is_end) {
            t->partial = have / rules->unit * rules->unit;
            return 0;
        }
        b->of = NULL;
        if (fresh)
            return begin_long_line(t, from, have, rules->max);
    }
}

size_t tail_run(const struct tail *t, const struct block *b, const struct line_rules *rules,
    const char **ret_bytes)
{
    if (t->skip > 0 || !block_holds(b, t, t->next))
        return 0;
    const char *from = b->bytes + (t->next - b->at);
    size_t have = b->length - (size_t)(from - b->bytes);
    const char *stop = charset_last_newline(from, have, rules->unit);
    *ret_bytes = from;
    return stop != NULL ? (size_t)(stop - from) + rules->unit : 0;
}

bool tail_partial_line(
    struct tail *t, struct block *b, const struct line_rules *rules, struct line *ret_line)
{
    bool is_long = t->skip > 0;
    if (t->partial == 0 || (!is_long && (block_load(b, t, t->next, rules) != 0 || b->length == 0)))
        return false;
    size_t there = is_long ? rules->max : b->length;
    size_t here = t->partial < there ? t->partial : there;
    set_line(ret_line, is_long ? t->held : b->bytes, here, rules, t->next,
        t->next + (int64_t)t->partial);
    ret_line->cut += t->partial - here;
    t->next = ret_line->end;
    t->skip = 0;
    t->partial = 0;
    b->of = NULL;
    return true;
}
