/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum {
    LISTING_BYTES = 64 * 1024,
    FOLDERS_MAX = 4096,
    LEVEL_MAX = 16,
    ENTRIES_PER_LOOK = 128 /* names handled between two looks at the clock */
};

/* linux_dirent64 of getdents64(2). */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool name_counts(const struct stage *s, const char *name)
{
    return !names_match(&s->ignore, name) &&
           (s->pattern.count == 0 || names_match(&s->pattern, name));
}

/* ---- the count ---- */

static void add_to_count(struct stage *s, const struct file *f, uint64_t sign)
{
    if (f->state == FILE_WRITING)
        s->writing += sign;
    if (f->state != FILE_SETTLED)
        return;
    s->depth += sign;
    s->bytes += sign * f->size;
    s->zero_files += sign * (f->size == 0);
}

static void forget_file(struct stage *s, const struct file *f)
{
    add_to_count(s, f, UINT64_MAX);
    s->departures += f->state == FILE_SETTLED;
    if (s->knows_oldest && s->oldest_key == f->key)
        s->knows_oldest = false;
}

static void remove_file(struct stage *s, uint64_t key)
{
    struct file *f = files_find(&s->files, key);
    if (f == NULL)
        return;
    forget_file(s, f);
    files_remove(&s->files, f);
}

static void note_oldest(struct stage *s, const struct file *f, const char *name)
{
    bool is_first = s->depth == 1;
    if (f->state != FILE_SETTLED || (!is_first && (!s->knows_oldest || f->time_ms >= s->oldest_ms)))
        return;
    s->knows_oldest = true;
    s->oldest_key = f->key;
    s->oldest_ms = f->time_ms;
    snprintf(s->oldest_name, sizeof s->oldest_name, "%s", name);
}

static int64_t to_ms(const struct statx_timestamp *t)
{
    return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* What of an arrival is news: all, but in the first pass only what came while nobody watched. */
static bool is_news(const struct stage *s, const struct statx *st)
{
    return s->has_passed || (s->known_since_ms != 0 && to_ms(&st->stx_ctime) > s->known_since_ms);
}

static void tell_arrival(const struct folder *folder, const char *name, uint64_t size)
{
    struct stage *s = folder->stage;
    char path[PATH_MAX];
    size_t root = strlen(s->path);
    const char *inside = folder->level == 0 ? "" : folder->path + root + 1;
    snprintf(path, sizeof path, "%s%s%s", inside, inside[0] == '\0' ? "" : "/", name);
    s->sink.arrived(s->sink.ctx, s, path, size);
}

/* Takes in what statx says of a file. @is_complete: an event said so. */
static void take_file(struct folder *folder, const char *name, uint64_t key, const struct statx *st,
    int64_t wall_ms, bool is_complete)
{
    struct stage *s = folder->stage;
    struct file *f = files_put(&s->files, key);
    if (f == NULL) {
        s->pass.unheld++;
        return;
    }
    struct file before = *f;
    add_to_count(s, f, UINT64_MAX);
    if (s->knows_oldest && s->oldest_key == key)
        s->knows_oldest = false;

    bool has_settled = wall_ms - to_ms(&st->stx_ctime) >= s->settle_ms;
    f->inode = (uint32_t)st->stx_ino;
    f->size = st->stx_size;
    f->time_ms = to_ms(s->by_ctime ? &st->stx_ctime : &st->stx_mtime);
    f->pass = s->pass_number & 0x3fffffffU;
    f->state = is_complete || has_settled ? FILE_SETTLED : FILE_WRITING;
    add_to_count(s, f, 1);
    note_oldest(s, f, name);

    bool was_complete = before.state == FILE_SETTLED && before.inode == f->inode;
    bool has_changed = before.size != f->size || before.time_ms != f->time_ms;
    if (f->state != FILE_SETTLED || (was_complete && !has_changed))
        return;
    s->arrivals += !was_complete;
    if (is_news(s, st))
        tell_arrival(folder, name, st->stx_size);
}

/* ---- folders ---- */

static struct folder *add_folder(struct stage *s, const char *path, uint64_t key, unsigned level)
{
    struct folder *folder = calloc(1, sizeof *folder);
    char *own_path = strdup(path);
    struct folder **link = &s->folders;
    if (folder == NULL || own_path == NULL) {
        free(folder);
        free(own_path);
        return NULL;
    }
    *folder =
        (struct folder){.stage = s, .path = own_path, .key = key, .level = level, .watch = -1};
    while (*link != NULL)
        link = &(*link)->next;
    *link = folder;
    s->folder_count++;
    return folder;
}

static void free_folder(struct stage *s, struct folder *folder)
{
    if (s->watches != NULL)
        watches_drop(s->watches, folder->watch);
    free(folder->path);
    free(folder);
    s->folder_count--;
}

static void fail_pass(struct stage *s, const char *path, int error)
{
    s->blind = error;
    snprintf(s->blind_path, sizeof s->blind_path, "%.*s", (int)sizeof s->blind_path - 1, path);
}

/* A folder inside: part of this pass from now on. */
static void find_folder(struct folder *parent, const char *name)
{
    struct stage *s = parent->stage;
    char path[PATH_MAX];
    uint64_t key = files_key(parent->key, name);
    if (!s->is_recursive || names_match(&s->ignore, name) || parent->level >= LEVEL_MAX)
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
    struct folder *folder = add_folder(s, path, key, parent->level + 1);
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

/* Followed before it is read: what comes in between is seen twice and not never. */
static int open_folder(struct stage *s, struct folder *folder)
{
    int fd = open(folder->path,
        O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (folder->level > 0 ? O_NOFOLLOW : 0));
    if (fd < 0)
        return -errno;
    int watch = s->watches == NULL ? -ENOSYS : watches_add(s->watches, folder->path, folder);
    if (folder->watch >= 0 && folder->watch != watch)
        watches_drop(s->watches, folder->watch);
    folder->watch = watch < 0 ? -1 : watch;
    if (watch < 0 || is_network(fd))
        s->pass.is_polled = true;
    return fd;
}

/* ---- a pass ---- */

/* What file transfer programs call a file that is not complete yet. */
static const char *const usual_ignored[] = {".*", "*.tmp", "*.part", "*.filepart", NULL};

int stage_init(struct stage *s, const struct hm_host *group, struct watches *watches,
    const struct stage_sink *sink, uint64_t seed)
{
    *s = (struct stage){.name = group->text(group, "name"),
        .path = group->text(group, "path"),
        .is_error = group->flag(group, "error"),
        .is_done = group->flag(group, "done"),
        .is_recursive = group->flag(group, "recursive"),
        .is_optional = group->flag(group, "optional"),
        .by_ctime = strcmp(group->text(group, "age"), "ctime") == 0,
        .settle_ms = group->integer(group, "settle"),
        .sink = *sink,
        .watches = watches,
        .pass = {.fd = -1}};
    s->pass.listing = malloc(LISTING_BYTES);
    if (s->pass.listing == NULL || names_read(&s->ignore, group, "ignore", usual_ignored) < 0 ||
        names_read(&s->pattern, group, "pattern", NULL) < 0 ||
        add_folder(s, s->path, files_key(seed, s->path), 0) == NULL)
        return -ENOMEM;
    return 0;
}

static void close_current(struct stage *s)
{
    if (s->pass.fd >= 0)
        close(s->pass.fd);
    s->pass.fd = -1;
    s->pass.length = s->pass.at = 0;
}

void stage_deinit(struct stage *s)
{
    close_current(s);
    free(s->pass.listing);
    while (s->folders != NULL) {
        struct folder *folder = s->folders;
        s->folders = folder->next;
        free_folder(s, folder);
    }
    files_deinit(&s->files);
    names_deinit(&s->ignore);
    names_deinit(&s->pattern);
}

void stage_pass_begin(struct stage *s, int64_t boot_ms)
{
    close_current(s);
    s->pass_number++;
    s->pass.is_running = true;
    s->pass.asks_all = s->is_polled || s->lost_events;
    s->pass.last = NULL;
    s->pass.began_ms = boot_ms;
    s->pass.unheld = 0;
    s->pass.is_polled = false;
    s->lost_events = false;
    s->wants_pass = false;
    s->blind = 0;
    s->folders->pass = s->pass_number;
}

static void handle_entry(struct stage *s, const struct directory_entry *e, int64_t wall_ms)
{
    struct folder *folder = s->pass.last;
    struct statx st;
    if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
        return;
    if (e->type == DT_DIR) {
        find_folder(folder, e->name);
        return;
    }
    if (e->type != DT_REG && e->type != DT_UNKNOWN)
        return;
    uint64_t key = files_key(folder->key, e->name);
    bool counts = name_counts(s, e->name);
    struct file *known = counts ? files_find(&s->files, key) : NULL;
    if (known != NULL && known->state == FILE_SETTLED && known->inode == (uint32_t)e->inode &&
        !s->pass.asks_all) {
        known->pass = s->pass_number & 0x3fffffffU;
        return;
    }
    if (!counts && e->type == DT_REG)
        return;
    if (statx(s->pass.fd, e->name, AT_SYMLINK_NOFOLLOW,
            STATX_TYPE | STATX_MTIME | STATX_CTIME | STATX_SIZE | STATX_INO, &st) < 0)
        return; // gone already
    if (S_ISDIR(st.stx_mode))
        find_folder(folder, e->name);
    else if (S_ISREG(st.stx_mode) && counts)
        take_file(folder, e->name, key, &st, wall_ms, false);
}

/* Opens the next folder that was found: a parent stands before its children. False: no more. */
static bool next_folder(struct stage *s)
{
    struct folder *folder = s->pass.last == NULL ? s->folders : s->pass.last->next;
    for (; folder != NULL; folder = folder->next) {
        s->pass.last = folder;
        if (folder->pass != s->pass_number)
            continue;
        int fd = open_folder(s, folder);
        if (fd >= 0) {
            s->pass.fd = fd;
            return true;
        }
        bool may_be_away = fd == -ENOENT && (folder->level > 0 || s->is_optional);
        if (!may_be_away)
            fail_pass(s, folder->path, fd);
    }
    return false;
}

static bool is_of_this_pass(void *arg, const struct file *f)
{
    struct stage *s = arg;
    if (f->pass == (s->pass_number & 0x3fffffffU))
        return true;
    forget_file(s, f);
    return false;
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
        free_folder(s, folder);
    }
}

static void end_pass(struct stage *s, int64_t boot_ms)
{
    s->pass.is_running = false;
    s->passed_at_ms = boot_ms;
    s->pass_took_ms = boot_ms - s->pass.began_ms;
    s->is_polled = s->pass.is_polled;
    if (s->blind != 0)
        return; // what is known stays; it is not shown
    files_sweep(&s->files, is_of_this_pass, s);
    drop_lost_folders(s);
    s->unheld = s->pass.unheld;
    s->has_passed = true;
}

/* Handles some names of the listing; reads more when it is used up. False: the folder ends. */
static bool go_on_in_folder(struct stage *s, int64_t wall_ms)
{
    struct stage_pass *p = &s->pass;
    if (p->at >= p->length) {
        p->at = 0;
        p->length = syscall(SYS_getdents64, p->fd, p->listing, LISTING_BYTES);
        if (p->length < 0)
            fail_pass(s, p->last->path, -errno);
        if (p->length <= 0)
            return false;
    }
    for (int i = 0; i < ENTRIES_PER_LOOK && p->at < p->length; i++) {
        const struct directory_entry *e = (const void *)(p->listing + p->at);
        p->at += e->length;
        handle_entry(s, e, wall_ms);
    }
    return true;
}

int stage_pass_step(struct stage *s, int64_t wall_ms, int64_t boot_ms, int64_t budget_ms)
{
    int64_t until_us = now_us() + budget_ms * 1000;
    while (s->pass.fd >= 0 || next_folder(s)) {
        if (!go_on_in_folder(s, wall_ms))
            close_current(s);
        if (now_us() >= until_us)
            return STAGE_E_MORE;
    }
    end_pass(s, boot_ms);
    return 0;
}

/* ---- events ---- */

static void file_is_complete(struct folder *folder, const char *name, uint64_t key, int64_t wall_ms)
{
    struct stage *s = folder->stage;
    char path[PATH_MAX];
    struct statx st;
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
            STATX_TYPE | STATX_MTIME | STATX_CTIME | STATX_SIZE | STATX_INO, &st) < 0)
        remove_file(s, key);
    else if (S_ISREG(st.stx_mode))
        take_file(folder, name, key, &st, wall_ms, true);
}

static void file_was_made(struct stage *s, uint64_t key, int64_t wall_ms)
{
    struct file *f = files_put(&s->files, key);
    if (f == NULL || f->state != FILE_NONE)
        return;
    f->state = FILE_WRITING;
    f->time_ms = wall_ms;
    f->pass = s->pass_number & 0x3fffffffU;
    add_to_count(s, f, 1);
}

void stage_event(struct folder *folder, uint32_t mask, const char *name, int64_t wall_ms)
{
    struct stage *s = folder->stage;
    if ((mask & IN_IGNORED) != 0)
        folder->watch = -1;
    if ((mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
        s->wants_pass = true;
        return;
    }
    if ((mask & IN_ISDIR) != 0) {
        s->wants_pass |= s->is_recursive && !names_match(&s->ignore, name);
        return;
    }
    if (!name_counts(s, name))
        return;
    uint64_t key = files_key(folder->key, name);
    if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
        remove_file(s, key);
    else if ((mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0)
        file_is_complete(folder, name, key, wall_ms);
    else if ((mask & IN_CREATE) != 0)
        file_was_made(s, key, wall_ms);
}

/* ---- what is asked ---- */

static bool look_for_oldest(void *arg, const struct file *f)
{
    struct stage *s = arg;
    if (f->state == FILE_SETTLED && (!s->knows_oldest || f->time_ms < s->oldest_ms)) {
        s->knows_oldest = true;
        s->oldest_key = f->key;
        s->oldest_ms = f->time_ms;
        s->oldest_name[0] = '\0';
    }
    return true;
}

bool stage_oldest(struct stage *s, int64_t *ret_ms, const char **ret_name)
{
    if (!s->knows_oldest)
        files_sweep(&s->files, look_for_oldest, s);
    if (!s->knows_oldest)
        return false;
    *ret_ms = s->oldest_ms;
    *ret_name = s->oldest_name;
    return true;
}

bool stage_has_unsettled(const struct stage *s)
{
    return s->writing > 0;
}
