/* SPDX-License-Identifier: BSD-2-Clause */
/* A watch that misbehaves in the way its option says, or behaves. */
#include <errno.h>
#include <hashimori/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WIRE_FD = 3, FLOOD = 20000, LINE = 70000 };

struct naughty {
    const struct hm_host *host;
    char *how;
    unsigned checks;
};

static const char *const hows[] = {"good", "killed", "crash_open", "crash_check", "hang_open",
    "hang", "hang_instance", "hang_event", "refuse", "flood", "garbage", "oversize", "overdraw",
    "exit", "stdout", "close_fds", "leak", "fail", "keep", "wild", "stat", "bug", "stop", NULL};

static const struct hm_option naughty_options[] = {
    {.name = "how", .preset = "good", .help = "what it does wrong", .words = hows},
    {.name = "path", .type = HM_PATH, .help = "what stat looks at"},
    {.name = "number", .type = HM_INTEGER, .preset = "1", .help = "what good reports"},
    {0},
};

static void report_number(const struct hm_host *host, const char *instance, double number)
{
    struct hm_reading r = {
        .instance = instance, .metric = "value", .kind = HM_NUMBER, .number = number};
    host->report(host, &r);
}

/* As a wild pointer does, also where a sanitizer has a handler for it. */
static void crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

/* Comes when the check is over and the worker waits for the next one. */
static void stop_process(int number)
{
    (void)number;
    raise(SIGSTOP);
}

static void hang(void)
{
    for (;;)
        pause();
}

static void send_raw(const char *bytes, size_t length)
{
    if (write(WIRE_FD, bytes, length) < 0)
        _exit(9);
}

static void hang_in_event(void *arg)
{
    (void)arg;
    hang();
}

static bool is(const struct naughty *n, const char *how)
{
    return strcmp(n->how, how) == 0;
}

static int naughty_open(const struct hm_host *host, void **ret_self)
{
    struct naughty *n = malloc(sizeof *n);
    if (n == NULL)
        return -ENOMEM;
    *n = (struct naughty){.host = host, .how = strdup(host->text(host, "how"))};
    if (is(n, "crash_open"))
        crash();
    if (is(n, "hang_open"))
        hang();
    if (is(n, "refuse")) {
        host->complain(host, "path", "there is no %s", "such thing");
        free(n->how);
        free(n);
        return -ENOENT;
    }
    if (is(n, "hang_event"))
        host->timer(host, 1, hang_in_event, n);
    *ret_self = n;
    return 0;
}

static void check_instances(struct naughty *n)
{
    static const char *const instances[] = {"/a", "/dead", "/z"};
    for (size_t i = 0; i < 3; i++) {
        if (n->host->skip(n->host, instances[i]))
            continue;
        n->host->announce(n->host, instances[i]);
        if (i == 1)
            hang();
        report_number(n->host, instances[i], 1);
    }
}

static void check_stat(struct naughty *n)
{
    struct stat st;
    n->host->announce(n->host, "/dead");
    report_number(n->host, "/dead", stat(n->host->text(n->host, "path"), &st) == 0);
}

static void check_wild(struct naughty *n)
{
    char text[20000];
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct hm_field fields[] = {{"name", "a\xff"
                                         "b"},
        {"Bad Name", "x"}};
    struct hm_reading r = {
        .metric = "value", .kind = HM_EVENT, .text = text, .fields = fields, .field_count = 2};
    n->host->report(n->host, &r);
    struct hm_reading nan = {.metric = "value", .kind = HM_NUMBER, .number = strtod("nan", NULL)};
    n->host->report(n->host, &nan);
    struct hm_reading nameless = {.metric = "no name", .kind = HM_NUMBER};
    n->host->report(n->host, &nameless);
}

static void check_keep(struct naughty *n)
{
    const char *kept = n->host->kept(n->host, "count");
    char next[16];
    snprintf(next, sizeof next, "%d", kept == NULL ? 1 : atoi(kept) + 1);
    n->host->keep(n->host, "count", next);
    report_number(n->host, NULL, atoi(next));
}

static void misbehave(struct naughty *n)
{
    static char line[LINE];
    if (is(n, "killed"))
        kill(getpid(), SIGKILL);
    if (is(n, "crash_check"))
        crash();
    else if (is(n, "hang"))
        hang();
    else if (is(n, "garbage"))
        send_raw("{not json}\n", 11);
    else if (is(n, "oversize")) {
        memset(line, 'x', sizeof line);
        send_raw(line, sizeof line);
    } else if (is(n, "overdraw")) {
        char one[128];
        for (int i = 1; i < 600; i++)
            send_raw(one,
                (size_t)snprintf(one, sizeof one, "{\"type\":\"keep\",\"id\":1,\"seq\":%d}\n", i));
    } else if (is(n, "exit"))
        exit(0);
    else if (is(n, "stdout")) {
        printf("this does not belong here\n");
        fflush(stdout);
    } else if (is(n, "close_fds")) {
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
    } else if (is(n, "stop")) {
        signal(SIGALRM, stop_process);
        ualarm(20 * 1000, 0);
    } else if (is(n, "bug"))
        n->host->text(n->host, "no_such_option");
}

static int naughty_check(void *self)
{
    struct naughty *n = self;
    n->checks++;
    misbehave(n);
    if (is(n, "fail"))
        return -EACCES;
    if (is(n, "flood"))
        for (int i = 0; i < FLOOD; i++)
            report_number(n->host, NULL, i);
    if (is(n, "leak"))
        for (size_t i = 0; i < 1024; i++)
            memset(malloc(1024 * 1024), 1, 1024 * 1024);
    if (is(n, "hang_instance"))
        check_instances(n);
    else if (is(n, "stat"))
        check_stat(n);
    else if (is(n, "wild"))
        check_wild(n);
    else if (is(n, "keep"))
        check_keep(n);
    else
        report_number(n->host, NULL, (double)n->host->integer(n->host, "number"));
    return 0;
}

static void naughty_validate(const struct hm_host *host)
{
    if (strcmp(host->text(host, "how"), "refuse") == 0)
        host->complain(host, "how", "refuse is not wanted");
}

static void naughty_close(void *self)
{
    struct naughty *n = self;
    free(n->how);
    free(n);
}

HM_PLUGIN(.kind = HM_WATCH, .name = "naughty", .version = "1", .summary = "misbehaves",
    .options = naughty_options, .validate = naughty_validate, .open = naughty_open,
    .check = naughty_check, .close = naughty_close);
