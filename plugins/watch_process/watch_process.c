/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process - whether the processes of a program run, and what they use.
 *
 * Each process that matches has a pidfd in the loop, so that its end is an event and not found at
 * the next interval. After an end the roster is scanned again at 20 ms, doubling up to the
 * interval, so that a restart is seen at once too. See roster.h for what a scan costs.
 */
#include <errno.h>
#include <fcntl.h>
#include <hashimori/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "roster.h"

enum {
    RESCAN_FIRST_MS = 20,
    RESCAN_MOST_MS = 60000, /* when the subject has no interval */
    WATCHED_MAX = 256,      /* pidfds of one subject: a guest's descriptors are few */
    BURST_MAX = 8,          /* ends told one by one before the rescan tells the rest */
    TEXT_BYTES = 256
};

struct watch {
    const struct hm_host *host;
    int proc_fd;
    struct criteria *criteria;
    struct roster *roster;
    struct hm_watch_handle *rescan; /* NULL: none is due */
    int64_t rescan_ms;
    size_t goal; /* how many lived before the end that caused the rescans */
    size_t told; /* number last reported */
    size_t watched;
    unsigned burst;
    int64_t checked_at_ms; /* boot clock; 0: never */
    bool said_unwatched, said_fds, said_limit;
};

static const struct hm_option process_options[] = {
    {.name = "name",
        .help = "name of the program: of the process, or the last part of its first argument",
        .help_ja = "プログラム名（プロセス名、または起動コマンドのファイル名部分）"},
    {.name = "command",
        .help = "regular expression (PCRE2) found in the command line, arguments joined by blanks",
        .help_ja = "コマンドライン全体（引数は空白でつなぐ）に対する正規表現 (PCRE2)"},
    {.name = "user",
        .help = "name or number of the user that the process runs as",
        .help_ja = "プロセスの実行ユーザー（名前または番号）"},
    {.name = "unit",
        .help = "systemd unit that the process belongs to, for example renkei.service",
        .help_ja = "プロセスが属する systemd ユニット（例: renkei.service）"},
    {.name = "cgroup",
        .help = "beginning of the path of its control group, for example /system.slice",
        .help_ja = "コントロールグループのパスの先頭（例: /system.slice）"},
    {.name = "pid_file",
        .type = HM_PATH,
        .help = "file that holds the pid; without the file nothing runs",
        .help_ja = "プロセス ID が書かれたファイル（ファイルがなければ停止中とみなす）"},
    {.name = "reread",
        .type = HM_SPAN,
        .preset = "10m",
        .least = 1000,
        .most = 86400000,
        .help = "how often processes that are known are read anew, in case one became another "
                "program",
        .help_ja = "既知のプロセスを読み直す間隔（途中で別のプログラムに変わった場合に備える）"},
    {0},
};

static const struct hm_rule process_rules[] = {
    {.metric = "running", .critical = "< 1"},
    {.metric = "restarts", .warning = ">= 3"},
    {.metric = "zombies", .warning = ">= 1", .runs = 3},
    {.metric = "fds_percent", .warning = ">= 80", .critical = ">= 95", .clear = "< 75"},
    {0},
};

static bool speaks_japanese(const struct watch *w)
{
    return strcmp(w->host->language(w->host), "ja") == 0;
}

static void report(const struct watch *w, const char *metric, double number, const char *text)
{
    const struct hm_reading r = {
        .metric = metric, .kind = HM_NUMBER, .number = number, .text = text};
    w->host->report(w->host, &r);
}

/* Blinds the count first: it may be the first reading of all. */
static void report_blind(const struct watch *w, const char *why)
{
    static const char *const metrics[] = {"running", ""};
    for (size_t i = 0; i < 2; i++) {
        const struct hm_reading r = {.metric = metrics[i], .kind = HM_BLIND, .text = why};
        w->host->report(w->host, &r);
    }
}

/* ---- running ---- */

/* A process may give itself any name, control characters too. */
static void visible_name(char *ret, const char *comm)
{
    size_t i = 0;
    for (; comm[i] != '\0' && i < PROC_COMM_BYTES; i++)
        ret[i] = (unsigned char)comm[i] < 0x20 || comm[i] == 0x7f ? '?' : comm[i];
    ret[i] = '\0';
}

static void describe_running(const struct watch *w, char *ret, size_t room)
{
    size_t used = 0;
    unsigned named = 0;
    ret[0] = '\0';
    for (const struct process *p = roster_first(w->roster); p != NULL && named < 4; p = p->next) {
        if (p->ended)
            continue;
        int n = snprintf(
            ret + used, room - used, "%s%d", named++ == 0 ? "pid " : ", ", (int)p->stat.pid);
        used += n > 0 ? (size_t)n : 0;
    }
    if (named == 0)
        snprintf(ret, room, "%s",
            speaks_japanese(w) ? "該当するプロセスが動いていません" : "no such process is running");
    else if (roster_alive(w->roster) > named)
        snprintf(ret + used, room - used, ", ..");
}

/* With hidepid=2 other users' processes look as if they were not there (proc(5)). */
static bool sees_all_processes(const struct watch *w)
{
    return faccessat(w->proc_fd, "1", F_OK, 0) == 0;
}

/* Why a count of none is no proof that none runs; NULL if it is. */
static const char *why_none_is_unsure(const struct watch *w)
{
    bool ja = speaks_japanese(w);
    if (!sees_all_processes(w))
        return ja ? "他ユーザーのプロセスが見えません (/proc の hidepid)"
                  : "processes of other users are hidden (hidepid of /proc)";
    if (roster_unreadable(w->roster) > 0)
        return ja ? "一部のプロセスの情報を読み取れません（権限またはパターンの上限）"
                  : "some processes cannot be read or matched (rights, or limits of the pattern)";
    return NULL;
}

static void report_running(struct watch *w, const char *text)
{
    char own_text[TEXT_BYTES];
    size_t alive = roster_alive(w->roster);
    const char *unsure = alive == 0 ? why_none_is_unsure(w) : NULL;

    w->told = alive;
    if (unsure != NULL) {
        report_blind(w, unsure);
        return;
    }
    if (text == NULL) {
        describe_running(w, own_text, sizeof own_text);
        text = own_text;
    }
    report(w, "running", (double)alive, text);
}

static int scan(struct watch *w)
{
    int r = roster_scan(w->roster, w->host->boot_ms(w->host));
    if (r < 0) {
        char why[TEXT_BYTES];
        const char *path = w->host->text(w->host, "pid_file");
        snprintf(why, sizeof why, "%s: %s", path == NULL ? "/proc" : path,
            r == -EBADMSG
                ? (speaks_japanese(w) ? "プロセス ID が書かれていません" : "holds no process id")
                : strerror(-r));
        report_blind(w, why);
    }
    if (roster_hit_limit(w->roster) && !w->said_limit) {
        w->said_limit = true;
        w->host->log(w->host, HM_LOG_WARN,
            "option command: the pattern reached its match limit; make it simpler");
    }
    return r;
}

/* ---- events ---- */

static void process_on_rescan(void *arg)
{
    struct watch *w = arg;
    int64_t interval_ms = w->host->interval_ms(w->host);
    bool may_end = interval_ms > 0;

    w->burst = 0;
    if (scan(w) == 0 && roster_alive(w->roster) != w->told)
        report_running(w, NULL);
    bool is_mended = roster_alive(w->roster) >= w->goal;
    int64_t most_ms = may_end ? interval_ms : RESCAN_MOST_MS;
    if (is_mended || (may_end && 2 * w->rescan_ms >= most_ms)) {
        w->host->unwatch(w->rescan);
        w->rescan = NULL;
        return;
    }
    w->rescan_ms = 2 * w->rescan_ms < most_ms ? 2 * w->rescan_ms : most_ms;
    w->host->timer_again(w->rescan, w->rescan_ms);
}

static void start_rescans(struct watch *w, size_t goal)
{
    bool is_soon = w->rescan != NULL && w->rescan_ms == RESCAN_FIRST_MS;
    w->goal = w->rescan == NULL || goal > w->goal ? goal : w->goal;
    // One that is due at once is not put off: ends that follow each other would starve it.
    if (is_soon)
        return;
    w->rescan_ms = RESCAN_FIRST_MS;
    if (w->rescan != NULL)
        w->host->timer_again(w->rescan, w->rescan_ms);
    else
        w->rescan = w->host->timer(w->host, w->rescan_ms, process_on_rescan, w);
}

static void stop_watching(struct process *p)
{
    struct watch *w = p->watcher;
    if (p->pidfd < 0)
        return;
    w->host->unwatch(p->handle);
    close(p->pidfd);
    p->handle = NULL;
    p->pidfd = -1;
    w->watched--;
}

static void process_on_exit(void *arg, int fd, int events)
{
    struct process *p = arg;
    struct watch *w = p->watcher;
    char name[PROC_COMM_BYTES + 1];
    char text[TEXT_BYTES];
    (void)fd;
    (void)events;

    size_t before = roster_alive(w->roster);
    stop_watching(p);
    roster_ended(w->roster, p);
    if (w->burst++ < BURST_MAX) {
        visible_name(name, p->stat.comm);
        snprintf(text, sizeof text,
            speaks_japanese(w) ? "プロセス %d (%s) が終了しました（残り %zu）"
                               : "pid %d (%s) ended, %zu left",
            (int)p->stat.pid, name, roster_alive(w->roster));
        report_running(w, text);
    }
    start_rescans(w, before);
}

static void say_unwatched(struct watch *w, const char *why)
{
    if (w->said_unwatched)
        return;
    w->said_unwatched = true;
    w->host->log(w->host, HM_LOG_WARN,
        "the end of some processes is not an event (%s): it is seen at the next interval", why);
}

/* The pidfd may be of a successor: the process is read once more behind it. */
static bool is_same_still(const struct watch *w, const struct process *p)
{
    struct proc_stat now;
    return proc_read_stat(w->proc_fd, p->stat.pid, &now) == 0 && now.start == p->stat.start;
}

static void process_on_joined(void *ctx, struct process *p)
{
    struct watch *w = ctx;
    p->watcher = w;
    if (w->watched >= WATCHED_MAX) {
        say_unwatched(w, "there are more than 256");
        return;
    }
    int fd = proc_pidfd(p->stat.pid);
    if (fd == -ESRCH || (fd >= 0 && !is_same_still(w, p))) {
        roster_ended(w->roster, p);
        start_rescans(w, roster_alive(w->roster) + 1);
    }
    if (fd < 0) {
        if (fd != -ESRCH)
            say_unwatched(w, strerror(-fd));
        return;
    }
    p->handle = p->ended ? NULL : w->host->watch_fd(w->host, fd, HM_READABLE, process_on_exit, p);
    if (p->handle == NULL) {
        if (!p->ended)
            say_unwatched(w, strerror(errno));
        close(fd);
        return;
    }
    p->pidfd = fd;
    w->watched++;
}

static void process_on_left(void *ctx, struct process *p)
{
    (void)ctx;
    if (p->watcher != NULL)
        stop_watching(p);
}

/* ---- figures ---- */

struct figures {
    size_t zombies, blocked;
    double rss_bytes;
    long threads;
    uint64_t cpu_ticks;
    bool has_cpu;
    uint64_t oldest_start; /* UINT64_MAX: none lives */
    ssize_t fds;           /* -errno: not permitted */
    double fds_percent;
};

static void add_fds(const struct watch *w, const struct process *p, struct figures *f)
{
    ssize_t fds = proc_count_fds(w->proc_fd, p->stat.pid);
    ssize_t limit = proc_read_fd_limit(w->proc_fd, p->stat.pid);
    if (fds == -ENOENT || fds == -ESRCH || f->fds < 0)
        return;
    f->fds = fds < 0 ? fds : f->fds + fds;
    double percent = fds > 0 && limit > 0 ? 100.0 * (double)fds / (double)limit : 0;
    if (percent > f->fds_percent)
        f->fds_percent = percent;
}

static void add_cpu(const struct watch *w, struct process *p, struct figures *f)
{
    bool is_new = w->checked_at_ms != 0 && !p->is_measured;
    if (p->is_measured || is_new) {
        f->cpu_ticks += p->stat.cpu - (p->is_measured ? p->cpu_before : 0);
        f->has_cpu = true;
    }
    p->cpu_before = p->stat.cpu;
    p->is_measured = true;
}

static struct figures gather(const struct watch *w)
{
    struct figures f = {.oldest_start = UINT64_MAX};
    double page = (double)sysconf(_SC_PAGESIZE);
    for (struct process *p = roster_first(w->roster); p != NULL; p = p->next) {
        f.zombies += p->stat.state == 'Z';
        if (p->ended)
            continue;
        f.blocked += p->stat.state == 'D';
        f.rss_bytes += (double)p->stat.rss_pages * page;
        f.threads += p->stat.threads;
        if (p->stat.start < f.oldest_start)
            f.oldest_start = p->stat.start;
        add_cpu(w, p, &f);
        add_fds(w, p, &f);
    }
    return f;
}

static void report_fds(struct watch *w, const struct figures *f)
{
    if (f->fds >= 0) {
        report(w, "open_fds", (double)f->fds, NULL);
        report(w, "fds_percent", f->fds_percent, NULL);
    } else if (!w->said_fds) {
        w->said_fds = true;
        w->host->log(w->host, HM_LOG_WARN,
            "open_fds is left out: %s; it needs the rights of read_all", strerror((int)-f->fds));
    }
}

/* So that a restart while the agent was away is one too. */
static void keep_roster(const struct watch *w)
{
    char now[ROSTER_TEXT_BYTES];
    const char *kept = w->host->kept(w->host, "roster");
    roster_write(w->roster, now);
    if (kept == NULL || strcmp(kept, now) != 0)
        w->host->keep(w->host, "roster", now);
}

static void report_figures(struct watch *w)
{
    double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
    int64_t now_ms = w->host->boot_ms(w->host);
    struct figures f = gather(w);
    double elapsed_s = (double)(now_ms - w->checked_at_ms) / 1000.0;

    keep_roster(w);
    report(w, "restarts", (double)roster_take_restarts(w->roster), NULL);
    report(w, "zombies", (double)f.zombies, NULL);
    report(w, "blocked", (double)f.blocked, NULL);
    report(w, "rss_bytes", f.rss_bytes, NULL);
    report(w, "threads", (double)f.threads, NULL);
    report_fds(w, &f);
    double uptime_s = 0;
    if (f.oldest_start != UINT64_MAX)
        uptime_s = (double)now_ms / 1000.0 - (double)f.oldest_start / ticks_per_s;
    report(w, "uptime_s", uptime_s < 0 ? 0 : uptime_s, NULL);
    if (w->checked_at_ms != 0 && elapsed_s > 0)
        report(w, "cpu_percent", 100.0 * (double)f.cpu_ticks / ticks_per_s / elapsed_s, NULL);
    w->checked_at_ms = now_ms;
}

/* ---- the plugin ---- */

static void process_validate(const struct hm_host *host)
{
    struct criteria *c = NULL;
    if (criteria_new(host, &c) == 0)
        criteria_free(c);
}

static void process_close(void *self)
{
    struct watch *w = self;
    // The handles are gone already.
    for (struct process *p = w->roster == NULL ? NULL : roster_first(w->roster); p != NULL;
         p = p->next)
        p->handle = NULL;
    roster_free(w->roster);
    criteria_free(w->criteria);
    if (w->proc_fd >= 0)
        close(w->proc_fd);
    free(w);
}

static int process_open(const struct hm_host *host, void **ret_self)
{
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -ENOMEM;
    w->host = host;
    w->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = w->proc_fd < 0 ? -errno : 0;
    if (r < 0)
        host->complain(host, NULL, "/proc: %s", strerror(-r));
    else
        r = criteria_new(host, &w->criteria);
    if (r == 0) {
        const struct roster_sink sink = {w, process_on_joined, process_on_left};
        const char *kept = host->kept(host, "roster");
        w->roster = roster_new(w->proc_fd, w->criteria, host->text(host, "pid_file"),
            host->integer(host, "reread"), &sink);
        r = w->roster == NULL ? -ENOMEM : 0;
        if (r == 0 && kept != NULL)
            roster_read(w->roster, kept);
    }
    if (r < 0) {
        process_close(w);
        return r;
    }
    *ret_self = w;
    return 0;
}

static int process_check(void *self)
{
    struct watch *w = self;
    if (scan(w) < 0)
        return 0; // said as a blind reading
    report_running(w, NULL);
    report_figures(w);
    return 0;
}

HM_PLUGIN(.kind = HM_WATCH, .name = "process", .version = "0.1.0",
    .summary = "whether the processes of a program run, and what they use",
    .summary_ja = "プロセスの稼働と資源使用量を監視します", .options = process_options,
    .rules = process_rules, .validate = process_validate, .open = process_open,
    .check = process_check, .close = process_close);
