/* SPDX-License-Identifier: BSD-2-Clause */
#include "counting.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage.h"
#include "stage_internal.h"

/* Files that wait: of a million, which must be found in passes of so many each, 1 MB at a time. */
enum { WAITING_MAX = 8192 };

/* Read between two looks at the clock: a tenth of a millisecond from memory. */
enum { READ_BYTES = 128 * 1024 };

void counting_init(struct counting *c)
{
    *c = (struct counting){.waiting = {.most = WAITING_MAX}, .fd = -1};
}

static void close_file(struct counting *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->name);
    c->fd = -1;
    c->name = NULL;
}

void counting_deinit(struct counting *c)
{
    close_file(c);
    pending_deinit(&c->waiting);
}

void counting_add(struct stage *s, struct folder *folder, const char *name, uint64_t key)
{
    struct counting *c = &s->counting;
    // It was written to while it was read: it is read anew. One that has left is another file.
    if (c->fd >= 0 && c->key == key && !c->has_left)
        close_file(c);
    pending_add(&c->waiting, folder, name, key, 0);
}

bool counting_lacks(const struct counting *c)
{
    return c->is_refilling && !c->waiting.is_over;
}

bool counting_leave(struct counting *c, uint64_t key, bool is_owed)
{
    if (c->fd < 0 || c->key != key || c->has_left)
        return false;
    if (!is_owed)
        close_file(c);
    c->has_left = is_owed;
    return is_owed;
}

static bool is_of_folder(const struct counting *c, const struct folder *folder)
{
    return c->fd >= 0 && c->folder == folder;
}

void counting_forget(struct counting *c, struct folder *folder)
{
    if (is_of_folder(c, folder))
        close_file(c);
    pending_forget(&c->waiting, folder);
}

/* The number is known, or will not be (FILE_RECORDS_UNKNOWN). */
static void end_file(struct stage *s, uint32_t records)
{
    struct counting *c = &s->counting;
    if (c->has_left)
        stage_tell_arrival(c->folder, c->name, c->size, records);
    else
        stage_file_counted(c->folder, c->name, c->key, records);
    close_file(c);
}

/* Opens the next file that waits; false if none does. One that cannot be read has no number. */
static bool open_next(struct stage *s)
{
    struct counting *c = &s->counting;
    struct pending_file next;
    char path[PATH_MAX];
    struct stat st;
    if (!pending_take(&c->waiting, &next))
        return false;
    const struct file *f = files_find(&s->files, next.key);
    if (f == NULL || !f->awaits) {
        free(next.name);
        return true;
    }
    stage_path_of(path, next.folder, next.name);
    *c = (struct counting){.waiting = c->waiting,
        .wants_refill = c->wants_refill,
        .is_refilling = c->is_refilling,
        .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY),
        .folder = next.folder,
        .name = next.name,
        .key = next.key};
    if (c->fd < 0 || fstat(c->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        (uint32_t)st.st_ino != f->inode)
        end_file(s, FILE_RECORDS_UNKNOWN);
    else
        c->size = (uint64_t)st.st_size;
    return true;
}

static void read_part(struct stage *s)
{
    struct counting *c = &s->counting;
    char bytes[READ_BYTES];
    uint64_t left = c->size - c->at;
    ssize_t n = read(c->fd, bytes, left < READ_BYTES ? (size_t)left : READ_BYTES);
    if (n > 0) {
        lines_take(&c->lines, s->set.count_lines, bytes, (size_t)n);
        c->at += (uint64_t)n;
    }
    if (c->at < c->size && n > 0)
        return;
    uint64_t records = lines_count(&c->lines, s->set.skip_lines);
    bool is_known = c->at == c->size && records < FILE_RECORDS_UNKNOWN;
    end_file(s, is_known ? (uint32_t)records : FILE_RECORDS_UNKNOWN);
}

bool stage_has_to_count(const struct stage *s)
{
    return s->counting.fd >= 0 || pending_left(&s->counting.waiting) > 0;
}

void stage_count_step(struct stage *s, int64_t budget_ms)
{
    struct counting *c = &s->counting;
    int64_t until_us = stage_now_us() + budget_ms * 1000;
    do {
        if (c->fd >= 0)
            read_part(s);
        else if (!open_next(s))
            break;
    } while (stage_now_us() < until_us);
    if (c->waiting.is_over && !stage_has_to_count(s)) {
        c->waiting.is_over = false;
        c->wants_refill = true;
        s->wants_pass = true;
    }
}
