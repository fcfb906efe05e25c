/* SPDX-License-Identifier: BSD-2-Clause */
#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLE_BYTES_MAX = 4 * 1024 * 1024, TABLE_BYTES_STEP = 64 * 1024 };

/* The whole file, NUL-terminated; the caller frees it. */
static int read_all(int fd, char **ret_text)
{
    size_t room = 0, length = 0;
    char *text = NULL;
    ssize_t n = 1;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return -errno;
    while (n > 0 && length < TABLE_BYTES_MAX) {
        if (room - length < TABLE_BYTES_STEP) {
            char *more = realloc(text, room + 2 * TABLE_BYTES_STEP);
            if (more == NULL) {
                free(text);
                return -ENOMEM;
            }
            text = more;
            room += 2 * TABLE_BYTES_STEP;
        }
        n = read(fd, text + length, room - length - 1);
        length += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        int error = errno;
        free(text);
        return -error;
    }
    text[length] = '\0';
    *ret_text = text;
    return 0;
}

/* Blank, tab, newline and backslash stand as \ and three octal digits. */
static char *decode(const char *field)
{
    char *decoded = strdup(field);
    char *to = decoded;
    for (const char *from = decoded; from != NULL && *from != '\0';) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
            from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    if (to != NULL)
        *to = '\0';
    return decoded;
}

static bool has_option(const char *options, const char *wanted)
{
    size_t length = strlen(wanted);
    for (const char *at = options; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, wanted, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

static void mount_deinit(struct mount *m)
{
    free(m->point);
    free(m->type);
    free(m->source);
}

/* "36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool parse_line(char *line, struct mount *ret)
{
    struct mount m = {0};
    int point_at, options_at;
    if (sscanf(line, "%*d %*d %u:%u %*s %n%*s %n", &m.major, &m.minor, &point_at, &options_at) != 2)
        return false;
    char *rest = strstr(line + options_at, " - ");
    if (rest == NULL)
        return false;
    rest += 3;
    char *point = line + point_at;
    point[strcspn(point, " ")] = '\0';
    const char *type = strsep(&rest, " ");
    const char *source = strsep(&rest, " ");
    if (rest == NULL)
        return false;

    m.point = decode(point);
    m.type = decode(type);
    m.source = decode(source);
    m.read_only = has_option(rest, "ro") || has_option(rest, "emergency_ro");
    if (m.point == NULL || m.type == NULL || m.source == NULL) {
        mount_deinit(&m);
        return false;
    }
    *ret = m;
    return true;
}

static void add(struct mounts *table, struct mount m)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->list[i].point, m.point) == 0) {
            mount_deinit(&table->list[i]);
            table->list[i] = m;
            return;
        }
    }
    struct mount *list = NULL;
    if (table->count < MOUNTS_MAX)
        list = realloc(table->list, (table->count + 1) * sizeof *list);
    if (list == NULL) {
        mount_deinit(&m);
        return;
    }
    table->list = list;
    table->list[table->count++] = m;
}

int mounts_read(int fd, struct mounts *ret)
{
    char *text;
    int r = read_all(fd, &text);
    if (r < 0)
        return r;
    struct mounts table = {0};
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        struct mount m;
        if (parse_line(line, &m))
            add(&table, m);
    }
    free(text);
    *ret = table;
    return 0;
}

void mounts_deinit(struct mounts *m)
{
    for (size_t i = 0; i < m->count; i++)
        mount_deinit(&m->list[i]);
    free(m->list);
    *m = (struct mounts){0};
}

const struct mount *mounts_find(const struct mounts *m, const char *point)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->list[i].point, point) == 0)
            return &m->list[i];
    return NULL;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

bool mount_is_automount(const struct mount *m)
{
    return strcmp(m->type, "autofs") == 0;
}

bool mount_is_storage(const struct mount *m)
{
    static const char *const images[] = {"squashfs", "iso9660", "udf", "erofs", "cramfs", NULL};
    static const char *const network[] = {"nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs",
        "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "lustre", "gpfs", "ocfs2", "gfs2", "9p",
        "virtiofs", "zfs", NULL};
    if (is_one_of(m->type, images) || mount_is_automount(m))
        return false;
    return strcmp(m->point, "/") == 0 || strncmp(m->source, "/dev/", 5) == 0 ||
           is_one_of(m->type, network);
}
