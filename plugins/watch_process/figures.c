/* SPDX-License-Identifier: BSD-2-Clause */
#include "figures.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { INSTANCE_BYTES = VISIBLE_NAME_BYTES + 16, WHY_BYTES = 256 };

/* What one process uses, or all of them. */
struct use {
    size_t zombies, blocked;
    double rss_bytes;
    long threads;
    uint64_t cpu_ticks;
    bool has_cpu;
    uint64_t oldest_start; /* UINT64_MAX: none lives */
    ssize_t fds;           /* -errno: not permitted */
    double fds_percent;
};

void figures_visible_name(char ret[VISIBLE_NAME_BYTES], const char *comm)
{
    size_t i = 0;
    for (; comm[i] != '\0' && i < PROC_COMM_BYTES; i++)
        ret[i] = (unsigned char)comm[i] < 0x20 || comm[i] == 0x7f ? '?' : comm[i];
    ret[i] = '\0';
}

/* ---- of one process ---------------------------------------------------------------------- */

static void use_fds(const struct figures *f, struct process *p, struct use *u)
{
    u->fds = proc_count_fds(f->proc_fd, p->stat.pid);
    if (u->fds == -ENOENT || u->fds == -ESRCH) {
        u->fds = 0; // it has just ended
        return;
    }
    if (p->fd_limit < 0)
        p->fd_limit = proc_read_fd_limit(f->proc_fd, p->stat.pid);
    if (u->fds > 0 && p->fd_limit > 0)
        u->fds_percent = 100.0 * (double)u->fds / (double)p->fd_limit;
}

/* A process that began since the last check has used all of its time since then. */
static void use_cpu(const struct figures *f, struct process *p, struct use *u)
{
    bool is_new = f->checked_at_ms != 0 && !p->is_measured;
    if (p->is_measured || is_new) {
        u->cpu_ticks = p->stat.cpu - (p->is_measured ? p->cpu_before : 0);
        u->has_cpu = true;
    }
    p->cpu_before = p->stat.cpu;
    p->is_measured = true;
}

static struct use use_of(const struct figures *f, struct process *p)
{
    struct use u = {.zombies = p->stat.state == 'Z', .oldest_start = UINT64_MAX};
    if (p->ended)
        return u;
    u.blocked = p->stat.state == 'D';
    u.rss_bytes = (double)p->stat.rss_pages * (double)sysconf(_SC_PAGESIZE);
    u.threads = p->stat.threads;
    u.oldest_start = p->stat.start;
    use_cpu(f, p, &u);
    use_fds(f, p, &u);
    return u;
}

static void add(struct use *all, const struct use *u)
{
    all->zombies += u->zombies;
    all->blocked += u->blocked;
    all->rss_bytes += u->rss_bytes;
    all->threads += u->threads;
    all->cpu_ticks += u->cpu_ticks;
    if (u->oldest_start < all->oldest_start)
        all->oldest_start = u->oldest_start;
    if (all->fds >= 0)
        all->fds = u->fds < 0 ? u->fds : all->fds + u->fds;
    if (u->fds_percent > all->fds_percent)
        all->fds_percent = u->fds_percent;
}

/* ---- as readings ------------------------------------------------------------------------- */

static void report(const struct figures *f, const char *instance, const char *metric, double number)
{
    const struct hm_reading r = {
        .instance = instance, .metric = metric, .kind = HM_NUMBER, .number = number};
    f->host->report(f->host, &r);
}

/*
 * fds_percent, which is judged by default, is left out where it may not be read: the whole subject
 * would be blind for it. open_fds says why.
 */
static void report_fds(const struct figures *f, const char *instance, const struct use *u)
{
    char why[WHY_BYTES];
    if (u->fds >= 0) {
        report(f, instance, "open_fds", (double)u->fds);
        report(f, instance, "fds_percent", u->fds_percent);
        return;
    }
    bool ja = strcmp(f->host->language(f->host), "ja") == 0;
    snprintf(why, sizeof why,
        ja ? "開いているファイル数を読み取れません (%s)。read_all = true と read-all.conf "
             "が必要です"
           : "the number of open files may not be read (%s): it needs read_all and read-all.conf",
        strerror((int)-u->fds));
    const struct hm_reading r = {
        .instance = instance, .metric = "open_fds", .kind = HM_BLIND, .text = why};
    f->host->report(f->host, &r);
}

static void report_use(
    const struct figures *f, const char *instance, const struct use *u, int64_t now_ms)
{
    double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
    double elapsed_s = (double)(now_ms - f->checked_at_ms) / 1000.0;
    double uptime_s = 0;

    report(f, instance, "zombies", (double)u->zombies);
    report(f, instance, "blocked", (double)u->blocked);
    report(f, instance, "rss_bytes", u->rss_bytes);
    report(f, instance, "threads", (double)u->threads);
    report_fds(f, instance, u);
    if (u->oldest_start != UINT64_MAX)
        uptime_s = (double)now_ms / 1000.0 - (double)u->oldest_start / ticks_per_s;
    report(f, instance, "uptime_s", uptime_s < 0 ? 0 : uptime_s);
    if (u->has_cpu && elapsed_s > 0)
        report(f, instance, "cpu_percent", 100.0 * (double)u->cpu_ticks / ticks_per_s / elapsed_s);
}

/* ---- each one ---------------------------------------------------------------------------- */

static void name_instance(char ret[INSTANCE_BYTES], const struct process *p)
{
    char name[VISIBLE_NAME_BYTES];
    figures_visible_name(name, p->name);
    snprintf(ret, INSTANCE_BYTES, "%d %s", (int)p->stat.pid, name);
}

void figures_forget(struct figures *f, struct process *p)
{
    char instance[INSTANCE_BYTES];
    if (!p->is_shown)
        return;
    name_instance(instance, p);
    instances_gone(&f->instances, instance);
    p->is_shown = false;
    f->shown--;
}

/* Whether @p has readings of its own, as long as it lives. */
static bool is_shown(struct figures *f, struct process *p)
{
    if (!f->has_each || p->is_shown)
        return f->has_each;
    if (f->shown >= FIGURES_EACH_MAX) {
        if (!f->said_many)
            f->host->log(f->host, HM_LOG_WARN,
                "each: more than %d processes, the others have no readings of their own",
                FIGURES_EACH_MAX);
        f->said_many = true;
        return false;
    }
    char instance[INSTANCE_BYTES];
    memcpy(p->name, p->stat.comm, sizeof p->name); // it may give itself another one later
    p->is_shown = true;
    f->shown++;
    name_instance(instance, p);
    instances_add(&f->instances, instance);
    return true;
}

void figures_open(struct figures *f, const struct hm_host *host, int proc_fd)
{
    *f = (struct figures){.host = host, .proc_fd = proc_fd, .has_each = host->flag(host, "each")};
    instances_open(&f->instances, host, "each");
}

static bool is_alive(const void *arg, const char *name)
{
    char instance[INSTANCE_BYTES];
    for (const struct process *p = arg; p != NULL; p = p->next) {
        name_instance(instance, p);
        if (p->is_shown && strcmp(instance, name) == 0)
            return true;
    }
    return false;
}

void figures_report(struct figures *f, struct roster *r)
{
    struct use all = {.oldest_start = UINT64_MAX, .has_cpu = f->checked_at_ms != 0};
    int64_t now_ms = f->host->boot_ms(f->host);
    for (struct process *p = roster_first(r); p != NULL; p = p->next) {
        char instance[INSTANCE_BYTES];
        struct use u = use_of(f, p);
        add(&all, &u);
        if (p->ended)
            figures_forget(f, p);
        else if (is_shown(f, p)) {
            name_instance(instance, p);
            report_use(f, instance, &u, now_ms);
        }
    }
    report_use(f, NULL, &all, now_ms);
    if (f->checked_at_ms == 0)
        instances_keep_only(&f->instances, is_alive, roster_first(r));
    f->checked_at_ms = now_ms;
}
