/* SPDX-License-Identifier: BSD-2-Clause */
#include "siblings.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { DATE_DIGITS = 6 }; /* the fewest of a date; no log has so many numbered parts */

enum { READ_TRIES = 20 };

static bool only_rotation_marks(const char *s, size_t n)
{
    bool digit = false;
    for (size_t i = 0; i < n; i++) {
        digit |= s[i] >= '0' && s[i] <= '9';
        if (strchr("0123456789.-_", s[i]) == NULL)
            return false;
    }
    return digit;
}

static bool ends_in_gz(const char *name, size_t length)
{
    return length > 3 && memcmp(name + length - 3, ".gz", 3) == 0;
}

bool sibling_name(const char *base, const char *name)
{
    size_t base_length = strlen(base), length = strlen(name);
    if (ends_in_gz(name, length)) {
        length -= 3;
        if (length == base_length && memcmp(name, base, length) == 0)
            return true;
    }
    if (length <= base_length)
        return false;
    size_t more = length - base_length;
    if (memcmp(name, base, base_length) == 0 && only_rotation_marks(name + base_length, more))
        return true;

    const char *ending = strrchr(base, '.');
    if (ending == NULL || ending == base)
        return false;
    size_t stem = (size_t)(ending - base);
    return memcmp(name, base, stem) == 0 && only_rotation_marks(name + stem, more) &&
           memcmp(name + stem + more, ending, base_length - stem) == 0;
}

/* Digits of the longest number in the name at the end of @path. */
static size_t longest_number(const char *path)
{
    size_t most = 0;
    for (const char *p = strrchr(path, '/') + 1; *p != '\0';) {
        size_t n = strspn(p, "0123456789");
        if (n > most)
            most = n;
        p += n > 0 ? n : 1;
    }
    return most;
}

static int compare(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;
    int64_t p = x->born_ns != 0 && !x->is_gz ? x->born_ns : x->modified_ns;
    int64_t q = y->born_ns != 0 && !y->is_gz ? y->born_ns : y->modified_ns;
    if (p != q)
        return p < q ? -1 : 1;
    // Born in the same tick of the clock: of dates the later one is younger, of numbers the one
    // moved on more often is older.
    size_t m = strlen(x->path), n = strlen(y->path);
    if (longest_number(x->path) >= DATE_DIGITS)
        return strcmp(x->path, y->path);
    return m != n ? (m > n ? -1 : 1) : strcmp(y->path, x->path);
}

static bool has_plain(int folder_fd, const char *name)
{
    char plain[NAME_MAX + 1];
    struct stat st;
    size_t length = strlen(name);
    if (!ends_in_gz(name, length) || length > NAME_MAX)
        return false;
    memcpy(plain, name, length - 3);
    plain[length - 3] = '\0';
    return fstatat(folder_fd, plain, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void take(struct siblings *s, int folder_fd, const char *folder, const char *name)
{
    struct statx x;
    if (s->count == SIBLINGS_MAX ||
        statx(folder_fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &x) < 0 ||
        !S_ISREG(x.stx_mode) || has_plain(folder_fd, name))
        return;
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return;
    s->all[s->count++] = (struct sibling){.path = path,
        .device = makedev(x.stx_dev_major, x.stx_dev_minor),
        .inode = x.stx_ino,
        .born_ns =
            x.stx_mask & STATX_BTIME ? x.stx_btime.tv_sec * 1000000000LL + x.stx_btime.tv_nsec : 0,
        .modified_ns = x.stx_mtime.tv_sec * 1000000000LL + x.stx_mtime.tv_nsec,
        .size = (int64_t)x.stx_size,
        .is_gz = ends_in_gz(name, strlen(name))};
}

static struct siblings read_once(const char *path)
{
    struct siblings s = {.all = calloc(SIBLINGS_MAX, sizeof *s.all)};
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) : 0, path);

    DIR *dir = s.all != NULL && slash != NULL ? opendir(slash == path ? "/" : folder) : NULL;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (sibling_name(slash + 1, e->d_name))
            take(&s, dirfd(dir), folder, e->d_name);
    if (dir != NULL)
        closedir(dir);
    if (s.count > 1)
        qsort(s.all, s.count, sizeof *s.all, compare);
    return s;
}

static bool are_same(const struct siblings *a, const struct siblings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->all[i].inode == b->all[i].inode && a->all[i].born_ns == b->all[i].born_ns;
    return same;
}

void siblings_find(const char *path, struct siblings *ret_siblings)
{
    struct siblings s = read_once(path);
    for (int i = 0; i < READ_TRIES && !s.is_settled; i++) {
        struct siblings again = read_once(path);
        again.is_settled = are_same(&s, &again);
        siblings_deinit(&s);
        s = again;
    }
    *ret_siblings = s;
}

void siblings_deinit(struct siblings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->all[i].path);
    free(s->all);
    *s = (struct siblings){0};
}
