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
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "figures.h"
#include "roster.h"

enum {
    RESCAN_FIRST_MS = 20,
    RESCAN_MOST_MS = 60000, /* when the subject has no interval */
    RESCAN_PARTS = 20,      /* rescans take at most a twentieth of a core */
    FDS_RESERVE = 64,       /* descriptors that are not for pidfds: /proc is read with them */
    BURST_MAX = 8,          /* ends told one by one before the rescan tells the rest */
    TEXT_BYTES = 256
};

struct watch {
    const struct hm_host *host;
    int proc_fd;
    struct criteria *criteria;
    struct roster *roster;
    struct figures figures;
    struct hm_watch_handle *rescan; /* NULL: none is due */
    int64_t rescan_ms;
    int64_t scan_us;      /* what the last scan took */
    bool is_first_rescan; /* after the newest end */
    size_t goal;          /* how many lived before the end that caused the rescans */
    size_t told;          /* number last reported */
    unsigned burst;
    bool is_closing;
    bool said_unwatched, said_limit;
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
    {.name = "least",
        .type = HM_INTEGER,
        .preset = "1",
        .most = 1000000,
        .help = "how many must run; fewer are reported as missing",
        .help_ja = "必要なプロセス数。これより少ないと不足数を missing として報告する"},
    {.name = "most",
        .type = HM_INTEGER,
        .preset = "0",
        .most = 1000000,
        .help = "how many may run; more are reported as surplus; 0: any number",
        .help_ja = "許容するプロセス数の上限。超えた数を surplus として報告する（0 は上限なし）"},
    {.name = "each",
        .type = HM_FLAG,
        .preset = "false",
        .help =
            "figures of each process (at most 64) as instances \"PID NAME\", beside those of all",
        .help_ja =
            "合計に加え、プロセスごとの値もインスタンス「PID 名前」として報告する（64 個まで）"},
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
    {.metric = "missing", .critical = ">= 1"},
    {.metric = "surplus", .warning = ">= 1"},
    {.metric = "unwatched", .warning = ">= 1", .runs = 3},
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

static void report_blind_metric(const struct watch *w, const char *metric, const char *why)
{
    const struct hm_reading r = {.metric = metric, .kind = HM_BLIND, .text = why};
    w->host->report(w->host, &r);
}

/* Blinds the count first: it may be the first reading of all. */
static void report_blind(const struct watch *w, const char *why)
{
    report_blind_metric(w, "running", why);
    report_blind_metric(w, "", why);
}

/* ---- running ---- */

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

/* Why a count that is too low is no proof that so few run; NULL if it is. */
static const char *why_few_are_unsure(const struct watch *w)
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

/* False: nothing can be said, of the figures neither. */
static bool report_running(struct watch *w, const char *text)
{
    char own_text[TEXT_BYTES];
    size_t alive = roster_alive(w->roster);
    size_t least = (size_t)w->host->integer(w->host, "least");
    size_t most = (size_t)w->host->integer(w->host, "most");
    const char *unsure = alive == 0 || alive < least ? why_few_are_unsure(w) : NULL;

    w->told = alive;
    if (unsure != NULL && alive == 0) {
        report_blind(w, unsure);
        return false;
    }
    if (text == NULL) {
        describe_running(w, own_text, sizeof own_text);
        text = own_text;
    }
    if (unsure != NULL) {
        report_blind_metric(w, "running", unsure);
        report_blind_metric(w, "missing", unsure);
        return true;
    }
    report(w, "running", (double)alive, text);
    if (least > 1)
        report(w, "missing", alive < least ? (double)(least - alive) : 0, text);
    if (most > 0)
        report(w, "surplus", alive > most ? (double)(alive - most) : 0, text);
    return true;
}

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int scan(struct watch *w)
{
    int64_t began_us = monotonic_us();
    int r = roster_scan(w->roster, w->host->boot_ms(w->host));
    w->scan_us = monotonic_us() - began_us;
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

/* Not before a scan's own time has passed many times: programs that come and go all the time, or
 * very many processes, must not keep a core busy. */
static void arm_rescan(struct watch *w, int64_t ms);

static void process_on_rescan(void *arg)
{
    struct watch *w = arg;
    int64_t interval_ms = w->host->interval_ms(w->host);
    bool may_end = interval_ms > 0;

    w->burst = 0;
    w->is_first_rescan = false;
    if (scan(w) == 0 && roster_alive(w->roster) != w->told)
        report_running(w, NULL);
    bool is_mended = roster_alive(w->roster) >= w->goal;
    int64_t most_ms = may_end ? interval_ms : RESCAN_MOST_MS;
    if (is_mended || (may_end && 2 * w->rescan_ms >= most_ms)) {
        w->host->unwatch(w->rescan);
        w->rescan = NULL;
        return;
    }
    arm_rescan(w, 2 * w->rescan_ms < most_ms ? 2 * w->rescan_ms : most_ms);
}

static void arm_rescan(struct watch *w, int64_t ms)
{
    int64_t least_ms = w->scan_us * RESCAN_PARTS / 1000;
    w->rescan_ms = ms > least_ms ? ms : least_ms;
    if (w->rescan != NULL)
        w->host->timer_again(w->rescan, w->rescan_ms);
    else
        w->rescan = w->host->timer(w->host, w->rescan_ms, process_on_rescan, w);
}

static void start_rescans(struct watch *w, size_t goal)
{
    // One that is due is not put off: ends that follow each other would starve it.
    bool is_soon = w->rescan != NULL && w->is_first_rescan;
    w->goal = w->rescan == NULL || goal > w->goal ? goal : w->goal;
    if (is_soon)
        return;
    w->is_first_rescan = true;
    arm_rescan(w, RESCAN_FIRST_MS);
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
}

static void process_on_exit(void *arg, int fd, int events)
{
    struct process *p = arg;
    struct watch *w = p->watcher;
    char name[VISIBLE_NAME_BYTES];
    char text[TEXT_BYTES];
    (void)fd;
    (void)events;

    size_t before = roster_alive(w->roster);
    stop_watching(p);
    roster_ended(w->roster, p);
    if (w->burst++ < BURST_MAX) {
        figures_visible_name(name, p->stat.comm);
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

/* More descriptors, up to the hard limit; false: there are none to be had. */
static bool raise_fd_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max)
        return false;
    limit.rlim_cur = 2 * limit.rlim_cur < limit.rlim_max ? 2 * limit.rlim_cur : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool is_in_reserve(int fd)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + FDS_RESERVE >= limit.rlim_cur;
}

/* A pidfd that leaves enough descriptors for the rest, or -errno. */
static int open_pidfd(pid_t pid)
{
    int fd = proc_pidfd(pid);
    while (fd == -EMFILE || (fd >= 0 && is_in_reserve(fd))) {
        if (fd >= 0)
            close(fd);
        if (!raise_fd_limit())
            return -EMFILE;
        fd = proc_pidfd(pid);
    }
    return fd;
}

static void process_on_joined(void *ctx, struct process *p)
{
    struct watch *w = ctx;
    p->watcher = w;
    int fd = open_pidfd(p->stat.pid);
    if (fd == -ESRCH || (fd >= 0 && !is_same_still(w, p))) {
        roster_ended(w->roster, p);
        start_rescans(w, roster_alive(w->roster) + 1);
    }
    if (fd < 0) {
        if (fd != -ESRCH)
            say_unwatched(w, fd == -EMFILE ? "descriptors have run out" : strerror(-fd));
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
}

static void process_on_left(void *ctx, struct process *p)
{
    struct watch *w = ctx;
    if (p->watcher != NULL)
        stop_watching(p);
    if (!w->is_closing)
        figures_forget(&w->figures, p);
}

static void report_unwatched(const struct watch *w)
{
    size_t unwatched = 0;
    for (const struct process *p = roster_first(w->roster); p != NULL; p = p->next)
        unwatched += !p->ended && p->pidfd < 0;
    report(w, "unwatched", (double)unwatched,
        unwatched == 0 ? NULL
        : speaks_japanese(w)
            ? "ファイル記述子などが足りず、終了を即時に検知できないプロセスがあります"
            : "the end of some processes is seen at the next check only (descriptors)");
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

/* ---- the plugin ---- */

static void process_validate(const struct hm_host *host)
{
    struct criteria *c = NULL;
    if (criteria_new(host, &c) == 0)
        criteria_free(c);
    int64_t least = host->integer(host, "least"), most = host->integer(host, "most");
    if (most > 0 && least > most)
        host->complain(host, "least", "is more than most (%lld)", (long long)most);
}

static void process_close(void *self)
{
    struct watch *w = self;
    w->is_closing = true;
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
        figures_open(&w->figures, host, w->proc_fd);
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
    if (!report_running(w, NULL))
        return 0;
    keep_roster(w);
    report(w, "restarts", (double)roster_take_restarts(w->roster), NULL);
    report_unwatched(w);
    figures_report(&w->figures, w->roster);
    return 0;
}

HM_PLUGIN(.kind = HM_WATCH, .name = "process", .version = "0.1.0",
    .summary = "whether the processes of a program run, and what they use",
    .summary_ja = "プロセスの稼働と資源使用量を監視します", .options = process_options,
    .rules = process_rules, .validate = process_validate, .open = process_open,
    .check = process_check, .close = process_close);
