/* SPDX-License-Identifier: BSD-2-Clause */
#include "roster.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A process younger than this may still exec into what it is going to be. */
enum { YOUNG_MS = 5000 };

struct entry {
    pid_t pid;
    enum criteria_match match;
    bool again; /* was young when it was read */
};

struct entries {
    struct entry *list;
    size_t count, room;
};

struct roster {
    int proc_fd;
    const struct criteria *criteria;
    const char *pid_file;
    int64_t reread_ms;
    struct roster_sink sink;
    struct process *processes;
    struct entries known; /* of the last scan, ascending */
    struct entries fresh; /* of the scan that runs */
    size_t cursor;        /* into known: both lists ascend */
    bool full;            /* this scan reads everything */
    bool out_of_memory;
    int64_t boot_ms, full_at_ms;
    uint64_t forks_at_full;
    uint64_t scan;
    size_t unreadable;
    bool hit_limit;
    bool has_scanned;
    size_t ends, starts;
    char before[ROSTER_TEXT_BYTES]; /* of an earlier life of ours; "": none */
};

struct roster *roster_new(int proc_fd, const struct criteria *criteria, const char *pid_file,
    int64_t reread_ms, const struct roster_sink *sink)
{
    struct roster *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    *r = (struct roster){.proc_fd = proc_fd,
        .criteria = criteria,
        .pid_file = pid_file,
        .reread_ms = reread_ms,
        .sink = *sink};
    return r;
}

static void release(struct roster *r, struct process *p)
{
    r->sink.left(r->sink.ctx, p);
    free(p);
}

struct roster *roster_free(struct roster *r)
{
    if (r == NULL)
        return NULL;
    while (r->processes != NULL) {
        struct process *p = r->processes;
        r->processes = p->next;
        release(r, p);
    }
    free(r->known.list);
    free(r->fresh.list);
    free(r);
    return NULL;
}

static struct process *find_process(const struct roster *r, pid_t pid)
{
    for (struct process *p = r->processes; p != NULL; p = p->next)
        if (p->stat.pid == pid)
            return p;
    return NULL;
}

static bool add_entry(struct entries *e, struct entry entry)
{
    if (e->count == e->room) {
        size_t room = e->room == 0 ? 256 : 2 * e->room;
        struct entry *list = realloc(e->list, room * sizeof *list);
        if (list == NULL)
            return false;
        e->list = list;
        e->room = room;
    }
    e->list[e->count++] = entry;
    return true;
}

static const struct entry *known_entry(struct roster *r, pid_t pid)
{
    const struct entries *k = &r->known;
    if (r->cursor > 0 && k->list[r->cursor - 1].pid >= pid)
        r->cursor = 0; // the kernel's order was not ascending for once
    while (r->cursor < k->count && k->list[r->cursor].pid < pid)
        r->cursor++;
    return r->cursor < k->count && k->list[r->cursor].pid == pid ? &k->list[r->cursor] : NULL;
}

static void count_end(struct roster *r, struct process *p)
{
    if (p->ended)
        return;
    p->ended = true;
    r->ends += !p->is_child;
}

void roster_ended(struct roster *r, struct process *p)
{
    count_end(r, p);
}

static void drop_process(struct roster *r, struct process *gone)
{
    for (struct process **link = &r->processes; *link != NULL; link = &(*link)->next) {
        if (*link != gone)
            continue;
        *link = gone->next;
        count_end(r, gone);
        release(r, gone);
        return;
    }
}

/* Takes what was read of a process that matches into the list. */
static void take_match(struct roster *r, const struct proc_stat *stat)
{
    struct process *p = find_process(r, stat->pid);
    if (p != NULL && p->stat.start != stat->start) {
        drop_process(r, p);
        p = NULL;
    }
    if (p == NULL) {
        p = calloc(1, sizeof *p);
        if (p == NULL) {
            r->out_of_memory = true;
            return;
        }
        p->pidfd = -1;
        p->next = r->processes;
        r->processes = p;
    }
    p->stat = *stat;
    p->seen = r->scan;
}

static bool is_young(const struct roster *r, const struct proc_stat *stat)
{
    int64_t started_ms = (int64_t)(stat->start * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
    return r->boot_ms - started_ms < YOUNG_MS;
}

/* Reads a process and judges it. */
static void read_process(struct roster *r, pid_t pid)
{
    struct proc_stat stat;
    struct entry entry = {.pid = pid, .match = CRITERIA_UNREADABLE};
    int error = proc_read_stat(r->proc_fd, pid, &stat);
    if (error == -ENOENT || error == -ESRCH)
        return;
    if (error == 0) {
        entry.match = criteria_match(r->criteria, r->proc_fd, &stat);
        entry.again = is_young(r, &stat);
    }
    // A zombie has lost what a pattern could match: it stays what it was.
    const struct process *p = find_process(r, pid);
    if (error == 0 && stat.state == 'Z' && p != NULL && p->stat.start == stat.start)
        entry.match = CRITERIA_YES;
    if (entry.match == CRITERIA_YES)
        take_match(r, &stat);
    r->hit_limit |= entry.match == CRITERIA_LIMIT;
    r->unreadable += entry.match == CRITERIA_UNREADABLE || entry.match == CRITERIA_LIMIT;
    r->out_of_memory |= !add_entry(&r->fresh, entry);
}

static void refresh(struct roster *r, pid_t pid, const struct entry *known);

static void roster_on_pid(void *arg, pid_t pid)
{
    struct roster *r = arg;
    const struct entry *known = r->full ? NULL : known_entry(r, pid);
    if (known == NULL || known->again)
        read_process(r, pid);
    else
        refresh(r, pid, known);
}

/* A pid that is known: only those of the subject are read, for their figures. */
static void refresh(struct roster *r, pid_t pid, const struct entry *known)
{
    if (known->match == CRITERIA_YES) {
        struct process *p = find_process(r, pid);
        struct proc_stat stat;
        int error = proc_read_stat(r->proc_fd, pid, &stat);
        if (p == NULL || error < 0 || stat.start != p->stat.start ||
            strcmp(stat.comm, p->stat.comm) != 0) {
            read_process(r, pid);
            return;
        }
        p->stat = stat;
        p->seen = r->scan;
    }
    r->unreadable += known->match == CRITERIA_UNREADABLE || known->match == CRITERIA_LIMIT;
    r->out_of_memory |= !add_entry(&r->fresh, *known);
}

/* The only candidate is the process whose pid stands in the file. */
static int scan_pid_file(struct roster *r)
{
    char text[64];
    int fd = open(r->pid_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno; // no file: not running
    ssize_t n = read(fd, text, sizeof text - 1);
    int error = errno;
    close(fd);
    if (n < 0)
        return -error;
    text[n] = '\0';

    char *end;
    long pid = strtol(text, &end, 10);
    if (n == 0)
        return 0; // just being written, or emptied at the stop
    if (end == text || strspn(end, " \t\r\n") != strlen(end) || pid <= 0 || pid > INT32_MAX)
        return -EBADMSG;
    roster_on_pid(r, (pid_t)pid);
    return 0;
}

static void decide_full(struct roster *r)
{
    uint64_t forks = proc_forks(r->proc_fd);
    // A pid comes round again only after all others: a quarter leaves room for those in use.
    r->full = forks == 0 || !r->has_scanned || r->boot_ms - r->full_at_ms >= r->reread_ms ||
              forks - r->forks_at_full >= proc_pid_max(r->proc_fd) / 4;
    if (r->full) {
        r->forks_at_full = forks;
        r->full_at_ms = r->boot_ms;
    }
}

static void drop_unseen(struct roster *r)
{
    for (struct process *p = r->processes, *next; p != NULL; p = next) {
        next = p->next;
        if (p->seen != r->scan)
            drop_process(r, p);
    }
}

static void welcome(struct roster *r)
{
    for (struct process *p = r->processes; p != NULL; p = p->next) {
        bool is_dead = p->stat.state == 'Z' || p->stat.state == 'X';
        if (is_dead)
            count_end(r, p);
        if (p->watcher != NULL || is_dead)
            continue;
        const struct process *parent = find_process(r, p->stat.parent);
        p->is_child = parent != NULL && !parent->ended;
        r->starts += r->has_scanned && !p->is_child;
        r->sink.joined(r->sink.ctx, p);
    }
}

/* "BOOT_ID PID:START PID:START ": an identity is found by its text. */
static size_t write_boot_id(const struct roster *r, char *ret)
{
    char id[64];
    int fd = openat(r->proc_fd, "sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof id - 1);
    if (fd >= 0)
        close(fd);
    id[n < 0 ? 0 : n] = '\0';
    id[strcspn(id, "\n")] = '\0';
    return (size_t)snprintf(ret, ROSTER_TEXT_BYTES, "%s ", id);
}

void roster_write(const struct roster *r, char *ret)
{
    size_t used = write_boot_id(r, ret);
    for (const struct process *p = r->processes; p != NULL; p = p->next) {
        if (p->ended || p->is_child)
            continue;
        int n = snprintf(ret + used, ROSTER_TEXT_BYTES - used, "%d:%" PRIu64 " ", (int)p->stat.pid,
            p->stat.start);
        used += (size_t)n;
        if (used >= ROSTER_TEXT_BYTES) {
            ret[0] = '\0';
            return;
        }
    }
}

void roster_read(struct roster *r, const char *text)
{
    char boot[ROSTER_TEXT_BYTES];
    size_t length = write_boot_id(r, boot);
    if (strncmp(text, boot, length) == 0)
        snprintf(r->before, sizeof r->before, "%s", text + length - 1);
}

/* Counts who came and who went while we were away. */
static void compare_with_before(struct roster *r)
{
    size_t lived = 0, lives_still = 0;
    if (r->before[0] == '\0')
        return;
    for (const char *at = r->before; (at = strchr(at, ':')) != NULL; at++)
        lived++;
    for (const struct process *p = r->processes; p != NULL; p = p->next) {
        char identity[64];
        if (p->ended || p->is_child)
            continue;
        snprintf(identity, sizeof identity, " %d:%" PRIu64 " ", (int)p->stat.pid, p->stat.start);
        bool is_known = strstr(r->before, identity) != NULL;
        lives_still += is_known;
        r->starts += !is_known;
    }
    r->ends += lived > lives_still ? lived - lives_still : 0;
}

int roster_scan(struct roster *r, int64_t boot_ms)
{
    r->boot_ms = boot_ms;
    r->scan++;
    r->cursor = 0;
    r->unreadable = 0;
    r->out_of_memory = false;
    r->fresh.count = 0;
    decide_full(r);

    int error =
        r->pid_file != NULL ? scan_pid_file(r) : proc_each_pid(r->proc_fd, roster_on_pid, r);
    if (error == 0 && r->out_of_memory)
        error = -ENOMEM;
    if (error < 0)
        return error;

    struct entries old = r->known;
    r->known = r->fresh;
    r->fresh = old;
    drop_unseen(r);
    welcome(r);
    if (!r->has_scanned)
        compare_with_before(r);
    r->has_scanned = true;
    return 0;
}

struct process *roster_first(const struct roster *r)
{
    return r->processes;
}

size_t roster_alive(const struct roster *r)
{
    size_t alive = 0;
    for (const struct process *p = r->processes; p != NULL; p = p->next)
        alive += !p->ended;
    return alive;
}

size_t roster_unreadable(const struct roster *r)
{
    return r->unreadable;
}

bool roster_hit_limit(struct roster *r)
{
    bool hit = r->hit_limit;
    r->hit_limit = false;
    return hit;
}

size_t roster_take_restarts(struct roster *r)
{
    size_t restarts = r->ends < r->starts ? r->ends : r->starts;
    r->ends = r->starts = 0;
    return restarts;
}
