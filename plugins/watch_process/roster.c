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
enum {
    YOUNG_MS = 5000,
    LIST_INSTEAD_OF = 64 /* pids, however few processes there are */
};

struct entry {
    pid_t pid;
    enum criteria_match match;
    bool again;              /* was young when it was read */
    struct process *process; /* of the subject's; NULL: none */
};

struct entries {
    struct entry *list;
    size_t count, room;
};

/* Pids that were handed out, ascending: behind the last one, and from the bottom again. */
struct given {
    uint64_t at, end;   /* what comes first .. */
    uint64_t at2, end2; /* .. and then; both without their ends */
};

struct roster {
    int proc_fd;
    const struct criteria *criteria;
    const char *pid_file;
    int64_t reread_ms;
    struct roster_sink sink;
    struct process *processes;
    struct process *joining; /* found by the scan that runs */
    struct entries known;    /* of the last scan, ascending */
    struct entries fresh;    /* of the scan that runs */
    size_t cursor;           /* into known: both lists ascend */
    bool full;               /* this scan reads everything */
    bool out_of_memory;
    int64_t boot_ms, full_at_ms;
    struct proc_pids before, now; /* at the beginning of the last scan and of this one */
    struct given given;           /* what was handed out between them */
    uint64_t scan;
    size_t alive;
    size_t unreadable;
    size_t reads; /* processes that the last scan read */
    bool hit_limit;
    bool has_scanned;
    size_t ends, starts;
    char earlier[ROSTER_TEXT_BYTES]; /* who lived in an earlier life of ours; "": none */
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

static void release_all(struct roster *r, struct process **list)
{
    while (*list != NULL) {
        struct process *p = *list;
        *list = p->next;
        release(r, p);
    }
}

struct roster *roster_free(struct roster *r)
{
    if (r == NULL)
        return NULL;
    release_all(r, &r->joining);
    release_all(r, &r->processes);
    free(r->known.list);
    free(r->fresh.list);
    free(r);
    return NULL;
}

static int by_pid(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

/* The subject's process of this pid by the last scan, or NULL. */
static struct process *find_process(const struct roster *r, pid_t pid)
{
    const struct entry wanted = {.pid = pid};
    const struct entry *e = r->known.count == 0 ? NULL
                                                : bsearch(&wanted, r->known.list, r->known.count,
                                                      sizeof wanted, by_pid);
    return e == NULL ? NULL : e->process;
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
    r->alive--;
    r->ends += !p->is_child;
}

void roster_ended(struct roster *r, struct process *p)
{
    count_end(r, p);
}

/* Takes what was read of a process that matches: @known is its pid's by the last scan. */
static struct process *take_match(
    struct roster *r, const struct proc_stat *stat, struct process *known)
{
    struct process *p = known;
    if (p == NULL || p->stat.start != stat->start) {
        p = calloc(1, sizeof *p);
        if (p == NULL) {
            r->out_of_memory = true;
            return NULL;
        }
        p->pidfd = -1;
        p->fd_limit = -1;
        p->next = r->joining;
        r->joining = p;
    }
    p->stat = *stat;
    p->seen = r->scan;
    return p;
}

static bool is_young(const struct roster *r, const struct proc_stat *stat)
{
    int64_t started_ms = (int64_t)(stat->start * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
    return r->boot_ms - started_ms < YOUNG_MS;
}

/* Reads a process and judges it. */
static void read_process(struct roster *r, pid_t pid, const struct entry *known)
{
    struct proc_stat stat;
    struct entry entry = {.pid = pid, .match = CRITERIA_UNREADABLE};
    struct process *p = known == NULL ? NULL : known->process;
    int error = proc_read_stat(r->proc_fd, pid, &stat);
    r->reads++;
    if (error == -ENOENT || error == -ESRCH)
        return;
    if (error == 0) {
        entry.match = criteria_match(r->criteria, r->proc_fd, &stat);
        entry.again = is_young(r, &stat);
    }
    // A zombie has lost what a pattern could match: it stays what it was.
    if (error == 0 && stat.state == 'Z' && p != NULL && p->stat.start == stat.start)
        entry.match = CRITERIA_YES;
    if (entry.match == CRITERIA_YES)
        entry.process = take_match(r, &stat, p);
    r->hit_limit |= entry.match == CRITERIA_LIMIT;
    r->unreadable += entry.match == CRITERIA_UNREADABLE || entry.match == CRITERIA_LIMIT;
    r->out_of_memory |= !add_entry(&r->fresh, entry);
}

/* A pid that is known: only those of the subject are read, for their figures. */
static void refresh(struct roster *r, const struct entry *known)
{
    struct process *p = known->process;
    if (p != NULL) {
        struct proc_stat stat;
        int error = proc_read_stat(r->proc_fd, known->pid, &stat);
        r->reads++;
        if (error < 0 || stat.start != p->stat.start || strcmp(stat.comm, p->stat.comm) != 0) {
            read_process(r, known->pid, known);
            return;
        }
        p->stat = stat;
        p->seen = r->scan;
    }
    r->unreadable += known->match == CRITERIA_UNREADABLE || known->match == CRITERIA_LIMIT;
    r->out_of_memory |= !add_entry(&r->fresh, *known);
}

static bool may_be_new(const struct roster *r, pid_t pid)
{
    const struct given *g = &r->given;
    uint64_t n = (uint64_t)pid;
    return (n >= g->at && n < g->end) || (n >= g->at2 && n < g->end2);
}

static void roster_on_pid(void *arg, pid_t pid)
{
    struct roster *r = arg;
    const struct entry *known = known_entry(r, pid);
    if (known == NULL || known->again || r->full || may_be_new(r, pid))
        read_process(r, pid, known);
    else
        refresh(r, known);
}

/* The kernel lists them in this order, but does not promise it. */
static void sort(struct entries *e)
{
    for (size_t i = 1; i < e->count; i++) {
        if (e->list[i - 1].pid > e->list[i].pid) {
            qsort(e->list, e->count, sizeof *e->list, by_pid);
            return;
        }
    }
}

/* The only candidate is the process whose pid stands in the file. */
static int scan_pid_file(struct roster *r)
{
    char text[64];
    r->unreadable = 0;
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

static struct given given_between(const struct proc_pids *before, const struct proc_pids *now)
{
    uint64_t count = proc_pids_given(before, now);
    uint64_t first = before->last + 1, end = first + count;
    if (count >= now->most)
        return (struct given){.end = UINT64_MAX}; // all of them
    if (end <= now->most)
        return (struct given){.at = first, .end = end};
    return (struct given){.end = end - now->most, .at2 = first, .end2 = now->most};
}

static uint64_t given_count(const struct given *g)
{
    return g->end - g->at + g->end2 - g->at2;
}

static void decide_full(struct roster *r)
{
    r->before = r->now;
    r->now = proc_pids_now(r->proc_fd);
    r->given = given_between(&r->before, &r->now);
    r->full = !r->has_scanned || r->boot_ms - r->full_at_ms >= r->reread_ms;
    if (r->full)
        r->full_at_ms = r->boot_ms;
}

static void drop_unseen(struct roster *r)
{
    for (struct process **link = &r->processes; *link != NULL;) {
        struct process *p = *link;
        if (p->seen == r->scan) {
            link = &p->next;
            continue;
        }
        *link = p->next;
        count_end(r, p);
        release(r, p);
    }
}

static void end_zombies(struct roster *r)
{
    for (struct process *p = r->processes; p != NULL; p = p->next)
        if (p->stat.state == 'Z' || p->stat.state == 'X')
            count_end(r, p);
}

/* Those that the scan found join the others; whoever was a zombie already only counts as one. */
static void welcome(struct roster *r)
{
    struct process *newest = r->joining;
    for (struct process *p = newest; p != NULL; p = p->next) {
        p->ended = p->stat.state == 'Z' || p->stat.state == 'X';
        r->alive += !p->ended;
    }
    while (r->joining != NULL) {
        struct process *p = r->joining;
        r->joining = p->next;
        p->next = r->processes;
        r->processes = p;
        if (p->ended)
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
        snprintf(r->earlier, sizeof r->earlier, "%s", text + length - 1);
}

/* Counts who came and who went while we were away. */
static void compare_with_before(struct roster *r)
{
    size_t lived = 0, lives_still = 0;
    if (r->earlier[0] == '\0')
        return;
    for (const char *at = r->earlier; (at = strchr(at, ':')) != NULL; at++)
        lived++;
    for (const struct process *p = r->processes; p != NULL; p = p->next) {
        char identity[64];
        if (p->ended || p->is_child)
            continue;
        snprintf(identity, sizeof identity, " %d:%" PRIu64 " ", (int)p->stat.pid, p->stat.start);
        bool is_known = strstr(r->earlier, identity) != NULL;
        lives_still += is_known;
        r->starts += !is_known;
    }
    r->ends += lived > lives_still ? lived - lives_still : 0;
}

/*
 * Few pids were handed out: asking for each of them costs less than a list of all processes, of
 * which the kernel looks each one up. Who has ended is found when his pid is given again, or by
 * the next list; those of the subject are read anyway.
 */
static bool is_list_needed(const struct roster *r)
{
    return r->full || r->unreadable > 0 ||
           given_count(&r->given) > r->known.count / 2 + LIST_INSTEAD_OF;
}

/* Reads those below @below that nobody knows; @below itself is known. */
static void read_given(struct roster *r, struct given *g, uint64_t below)
{
    for (;;) {
        if (g->at >= g->end && g->at2 < g->end2)
            *g = (struct given){.at = g->at2, .end = g->end2};
        if (g->at >= g->end || g->at >= below)
            break;
        pid_t pid = (pid_t)g->at++;
        if (pid > 0 && proc_is_process(r->proc_fd, pid))
            read_process(r, pid, NULL);
    }
    g->at += g->at == below;
}

static void scan_given(struct roster *r)
{
    struct given g = r->given;
    for (size_t i = 0; i < r->known.count; i++) {
        pid_t pid = r->known.list[i].pid;
        read_given(r, &g, (uint64_t)pid);
        roster_on_pid(r, pid);
    }
    read_given(r, &g, UINT64_MAX);
}

static int scan_all(struct roster *r)
{
    if (r->pid_file != NULL)
        return scan_pid_file(r);
    if (is_list_needed(r)) {
        r->unreadable = 0;
        return proc_each_pid(r->proc_fd, roster_on_pid, r);
    }
    scan_given(r);
    return 0;
}

int roster_scan(struct roster *r, int64_t boot_ms)
{
    r->boot_ms = boot_ms;
    r->scan++;
    r->cursor = 0;
    r->reads = 0;
    r->out_of_memory = false;
    r->fresh.count = 0;
    decide_full(r);

    int error = scan_all(r);
    if (error == 0 && r->out_of_memory)
        error = -ENOMEM;
    if (error < 0) {
        release_all(r, &r->joining);
        r->now = (struct proc_pids){0}; // nothing is known of what came to pass meanwhile
        return error;
    }

    struct entries old = r->known;
    r->known = r->fresh;
    r->fresh = old;
    sort(&r->known);
    drop_unseen(r);
    end_zombies(r);
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
    return r->alive;
}

size_t roster_reads(const struct roster *r)
{
    return r->reads;
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
