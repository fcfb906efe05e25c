/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "stage.h"
#include "stage_internal.h"

enum {
    LISTING_BYTES = 64 * 1024,
    FOLDERS_MAX = 4096,
    LEVEL_MAX = 16,
    BATCH = 16,                /* names whose places in the table are fetched beforehand */
    LARGE_BYTES = 1024 * 1024, /* a folder: ten thousand names or more */
    SEGMENTS_A_LOOK = 8        /* swept between two looks at the clock: 32,768 places at most */
};

/* linux_dirent64 of getdents64(2). */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

int64_t stage_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail_pass(struct stage *s, const char *path, int error)
{
    s->blind = error;
    snprintf(s->blind_path, sizeof s->blind_path, "%.*s", (int)sizeof s->blind_path - 1, path);
}

/* ---- folders ---- */

/* A folder inside: part of this pass from now on. */
static void find_folder(struct folder *parent, const char *name)
{
    struct stage *s = parent->stage;
    char path[PATH_MAX];
    uint64_t key = files_key(parent->key, name);
    if (!s->set.is_recursive || names_match(&s->set.ignore, name) || parent->level >= LEVEL_MAX)
        return;
    for (struct folder *f = s->folders; f != NULL; f = f->next) {
        if (f->key == key) {
            f->pass = s->pass_number;
            return;
        }
    }
    int n = snprintf(path, sizeof path, "%s/%s", parent->path, name);
    if (n < 0 || (size_t)n >= sizeof path || s->folder_count >= FOLDERS_MAX) {
        fail_pass(s, path, -E2BIG);
        return;
    }
    struct folder *folder = stage_add_folder(s, path, key, parent->level + 1);
    if (folder != NULL)
        folder->pass = s->pass_number;
}

/* Changes made by other hosts give no events here (magic numbers of statfs(2)). */
static bool is_network(int fd)
{
    static const unsigned long magics[] = {0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x65735546,
        0x01021997, 0x00c36400, 0x0bd00bd0, 0x7461636f, 0x01161970, 0x47504653};
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return true;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (((unsigned long)fs.f_type & 0xffffffffU) == magics[i])
            return true;
    return false;
}

static bool is_large(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_size > LARGE_BYTES;
}

static int follow_folder(struct stage *s, struct folder *folder, int fd)
{
    if (s->watches == NULL)
        return -ENOSYS;
    // One that is followed already costs nothing.
    return folder->watch < 0 && is_large(fd) ? watches_add_large(s->watches, folder->path, folder)
                                             : watches_add(s->watches, folder->path, folder);
}

/* Followed before it is read: what comes in between is seen twice and not never. */
static int open_folder(struct stage *s, struct folder *folder)
{
    if (s->watches != NULL && watches_is_adding(s->watches, folder))
        return WATCHES_E_LATER;
    int fd = open(folder->path,
        O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (folder->level > 0 ? O_NOFOLLOW : 0));
    if (fd < 0)
        return -errno;
    int watch = follow_folder(s, folder, fd);
    if (watch == WATCHES_E_LATER) {
        close(fd);
        return WATCHES_E_LATER;
    }
    if (folder->watch >= 0 && folder->watch != watch)
        watches_drop(s->watches, folder->watch);
    folder->watch = watch < 0 ? -1 : watch;
    if (watch < 0 || is_network(fd)) {
        s->pass.is_polled = true;
        s->pass.polled_why = watch < 0 ? watch : 0;
    }
    return fd;
}

/* Opens the next folder that was found: a parent stands before its children. 0: it is open, or
 * there is none; STAGE_E_LATER. */
static int next_folder(struct stage *s)
{
    struct folder *folder = s->pass.last == NULL ? s->folders : s->pass.last->next;
    for (; folder != NULL; folder = folder->next) {
        int fd = folder->pass == s->pass_number ? open_folder(s, folder) : -ENOENT;
        if (fd == WATCHES_E_LATER)
            return STAGE_E_LATER;
        s->pass.last = folder;
        if (fd >= 0) {
            s->pass.fd = fd;
            return 0;
        }
        bool may_be_away = fd == -ENOENT && (folder->level > 0 || s->set.is_optional);
        if (!may_be_away)
            fail_pass(s, folder->path, fd);
    }
    return 0;
}

static void close_folder(struct stage *s)
{
    if (s->pass.fd >= 0)
        close(s->pass.fd);
    s->pass.fd = -1;
    s->pass.length = s->pass.at = 0;
}

static void drop_lost_folders(struct stage *s)
{
    for (struct folder **link = &s->folders; *link != NULL;) {
        struct folder *folder = *link;
        if (folder->level == 0 || folder->pass == s->pass_number) {
            link = &folder->next;
            continue;
        }
        *link = folder->next;
        stage_free_folder(s, folder);
    }
}

/* ---- names ---- */

/* One of a listing; `kind` and `key` of what may be a file. */
struct found {
    const struct directory_entry *entry;
    uint64_t key;
    enum name_kind kind;
};

/* What a pass need not ask about: seen before, and the same file still. */
static bool is_known(struct stage *s, const struct found *found)
{
    struct file *f = s->pass.asks_all ? NULL : files_find(&s->files, found->key);
    if (f == NULL || f->state != FILE_SETTLED || f->inode != (uint32_t)found->entry->inode)
        return false;
    if (f->differs || (f->awaits && counting_lacks(&s->counting)))
        return false;
    f->pass = s->pass_number & FILE_PASS_MASK;
    if (found->key == s->named_key && s->named[0] == '\0')
        snprintf(s->named, sizeof s->named, "%s", found->entry->name);
    return true;
}

/* Handles a name; true if the kernel was asked about it. */
static bool handle_entry(struct stage *s, const struct found *found, int64_t wall_ms)
{
    const struct directory_entry *e = found->entry;
    struct folder *folder = s->pass.last;
    bool counts = found->kind == NAME_DATA || found->kind == NAME_TEMPORARY;
    struct statx st;
    if (e->type == DT_DIR && strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
        find_folder(folder, e->name);
    if ((e->type != DT_REG && e->type != DT_UNKNOWN) || (!counts && e->type == DT_REG) ||
        (counts && is_known(s, found)))
        return false;
    if (statx(s->pass.fd, e->name, AT_SYMLINK_NOFOLLOW, STAGE_STATX, &st) < 0)
        return true; // gone already
    if (S_ISDIR(st.stx_mode) && strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
        find_folder(folder, e->name);
    else if (S_ISREG(st.stx_mode) && counts)
        stage_take_file(folder, e->name, found->key, &st, wall_ms, CLOSED_NONE);
    return true;
}

/* The next names of the listing, at most BATCH; their places in the table are on their way. */
static size_t look_ahead(struct stage *s, struct found *list)
{
    long at = s->pass.at;
    size_t n = 0;
    for (; n < BATCH && at < s->pass.length; n++) {
        const struct directory_entry *e = (const void *)(s->pass.listing + at);
        at += e->length;
        list[n] = (struct found){.entry = e};
        if (e->type != DT_REG && e->type != DT_UNKNOWN)
            continue;
        list[n].kind = stage_name_kind(s, e->name);
        list[n].key = files_key(s->pass.last->key, e->name);
        files_prefetch(&s->files, list[n].key);
    }
    return n;
}

/* Reads more names when those that were read are used up. False: the folder ends. */
static bool read_names(struct stage *s)
{
    struct stage_pass *p = &s->pass;
    if (p->at < p->length)
        return true;
    p->at = 0;
    p->length = syscall(SYS_getdents64, p->fd, p->listing, LISTING_BYTES);
    if (p->length < 0)
        fail_pass(s, p->last->path, -errno);
    return p->length > 0;
}

/* A cold disk may take milliseconds for each question: the clock is looked at after each. */
static void handle_names(struct stage *s, int64_t wall_ms, int64_t until_us)
{
    struct found list[BATCH];
    size_t n = look_ahead(s, list);
    for (size_t i = 0; i < n; i++) {
        s->pass.at += list[i].entry->length;
        if (handle_entry(s, &list[i], wall_ms) && stage_now_us() >= until_us)
            return;
    }
}

/* ---- the pass ---- */

void stage_pass_close(struct stage *s)
{
    close_folder(s);
    free(s->pass.listing);
    s->pass.listing = NULL;
}

void stage_pass_begin(struct stage *s, int64_t boot_ms)
{
    stage_pass_close(s);
    s->pass_number++;
    s->pass = (struct stage_pass){.is_running = true,
        .asks_all = s->is_polled || s->lost_events,
        .fd = -1,
        .began_ms = boot_ms};
    s->pass.listing = malloc(LISTING_BYTES);
    s->lost_events = false;
    s->wants_pass = false;
    s->counting.is_refilling |= s->counting.wants_refill;
    s->counting.wants_refill = false;
    s->blind = 0;
    s->folders->pass = s->pass_number;
    // Those that are not complete are asked again, each.
    pending_clear(&s->pending);
    if (s->pass.listing == NULL)
        fail_pass(s, s->set.path, -ENOMEM);
}

static bool is_of_this_pass(void *arg, const struct file *f)
{
    struct stage *s = arg;
    if (f->pass == (s->pass_number & FILE_PASS_MASK))
        return true;
    stage_forget_file(s, f);
    return false;
}

/* False: there is more to do. */
static bool sweep(struct stage *s, int64_t until_us)
{
    while (s->pass.swept < FILES_SEGMENTS) {
        for (int i = 0; i < SEGMENTS_A_LOOK; i++)
            files_sweep(&s->files, s->pass.swept++, is_of_this_pass, s);
        if (stage_now_us() >= until_us)
            return false;
    }
    return true;
}

static void end_pass(struct stage *s, int64_t boot_ms)
{
    stage_pass_close(s);
    s->pass.is_running = false;
    s->passed_at_ms = boot_ms;
    s->pass_took_ms = boot_ms - s->pass.began_ms;
    s->is_polled = s->pass.is_polled;
    s->polled_why = s->pass.polled_why;
    if (s->blind != 0)
        return; // what is known stays; it is not shown
    drop_lost_folders(s);
    s->unheld = s->pass.unheld;
    s->counting.is_refilling = false;
    s->has_passed = true;
}

/* Reads until nothing is left (0), the time is over or a folder must be waited for. */
static int read_folders(struct stage *s, int64_t wall_ms, int64_t until_us)
{
    while (s->pass.listing != NULL) {
        int r = s->pass.fd >= 0 ? 0 : next_folder(s);
        if (r != 0 || s->pass.fd < 0)
            return r;
        if (read_names(s))
            handle_names(s, wall_ms, until_us);
        else
            close_folder(s);
        if (stage_now_us() >= until_us)
            return STAGE_E_MORE;
    }
    return 0;
}

int stage_pass_step(struct stage *s, int64_t wall_ms, int64_t boot_ms, int64_t budget_ms)
{
    int64_t until_us = stage_now_us() + budget_ms * 1000;
    int r = s->pass.is_sweeping ? 0 : read_folders(s, wall_ms, until_us);
    if (r != 0)
        return r;
    s->pass.is_sweeping = s->blind == 0;
    if (s->pass.is_sweeping && !sweep(s, until_us))
        return STAGE_E_MORE;
    end_pass(s, boot_ms);
    return 0;
}
