/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel_exec - gives each notice to a command, as one line of JSON on its standard input.
 *
 * No shell: the configuration holds the list of arguments. What the exit code means is said by the
 * configuration too: 0 proves only that the command took the notice, unless `accepts` says that it
 * waits for its receiver's yes.
 */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "shared/notice_json.h"
#include "shared/visible.h"

enum { ARGUMENTS_MAX = 64, OUTPUT_BYTES_MAX = 4096, LINE_BYTES = 256 };

struct exec {
    const struct hm_host *host;
    const char *argv[ARGUMENTS_MAX + 1];
    int64_t limit_ms;
    bool accepts;
    bool is_refusal[256]; /* by exit code */
    struct attempt *attempts;
};

/* One run that has not ended. */
struct attempt {
    struct exec *of;
    struct attempt *next;
    uint64_t delivery;
};

static const struct hm_option exec_options[] = {
    {.name = "command",
        .type = HM_LIST,
        .required = true,
        .help = "program (absolute path) and its arguments, up to 64; no shell",
        .help_ja = "プログラム (絶対パス) と引数。合わせて 64 個まで。シェルは通さない"},
    {.name = "accepts",
        .type = HM_FLAG,
        .preset = "false",
        .help =
            "exit code 0 means that the receiver confirmed; false: only that it was handed over",
        .help_ja = "終了コード 0 を相手の受理とみなす。false なら「送信」まで"},
    {.name = "refused",
        .type = HM_LIST,
        .help = "exit codes (1 to 255) that mean never; all others mean later",
        .help_ja = "再試行しても無駄であることを示す終了コード (1 ～ 255)。他はすべて後で再試行"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "20s",
        .least = 100,
        .most = 600000,
        .help =
            "the command and what it started is killed after this long; at most half the deadline",
        .help_ja = "この時間で終わらないコマンドは子も含めて止める。deadline の半分が上限"},
    {0},
};

static bool complain(const struct hm_host *host, const char *option, const char *en, const char *ja)
{
    host->complain(host, option, "%s", strcmp(host->language(host), "ja") == 0 ? ja : en);
    return false;
}

/* 1..255, or 0 when it is none. */
static unsigned exit_code(const char *text)
{
    size_t length = strlen(text);
    unsigned long code =
        length < 4 && strspn(text, "0123456789") == length ? strtoul(text, NULL, 10) : 0;

    return code < 256 ? (unsigned)code : 0;
}

static bool settings_read(const struct hm_host *host, struct exec *ret)
{
    size_t count = host->count(host, "command");
    bool good = true;

    if (count == 0 || count > ARGUMENTS_MAX || host->item(host, "command", 0)[0] != '/')
        good = complain(host, "command", "is a list of 1 to 64 texts, the first an absolute path",
            "1 ～ 64 個の文字列で、先頭は絶対パスで指定してください");
    for (size_t i = 0; good && i < count; i++)
        ret->argv[i] = host->item(host, "command", i);
    for (size_t i = 0; i < host->count(host, "refused"); i++) {
        unsigned code = exit_code(host->item(host, "refused", i));
        if (code == 0)
            good = complain(host, "refused", "is a list of exit codes, 1 to 255",
                "終了コード (1 ～ 255) を並べてください");
        ret->is_refusal[code] = code != 0;
    }
    return good;
}

static void exec_validate(const struct hm_host *host)
{
    struct exec e = {0};

    settings_read(host, &e);
}

static void forget(struct attempt *a)
{
    struct attempt **at = &a->of->attempts;

    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    free(a);
}

static enum hm_result result_of(const struct exec *e, int status)
{
    if (status == -1 || !WIFEXITED(status))
        return HM_LATER;
    if (WEXITSTATUS(status) == 0)
        return e->accepts ? HM_ACCEPTED : HM_SENT;
    return e->is_refusal[WEXITSTATUS(status)] ? HM_REFUSED : HM_LATER;
}

static void exec_on_end(void *arg, int status, const char *output, size_t length)
{
    struct attempt *a = arg;
    const struct exec *e = a->of;
    char line[LINE_BYTES], text[LINE_BYTES + 64], how[48];

    visible_line(line, sizeof line, output, length);
    if (status == -1)
        snprintf(how, sizeof how, "not ended after %lld ms", (long long)e->limit_ms);
    else if (WIFEXITED(status))
        snprintf(how, sizeof how, "exit code %d", WEXITSTATUS(status));
    else
        snprintf(how, sizeof how, "ended by signal %d", WTERMSIG(status));
    snprintf(text, sizeof text, "%s%s%s", how, line[0] == '\0' ? "" : ": ", line);
    e->host->receipt(e->host, a->delivery, result_of(e, status), text);
    forget(a);
}

static void exec_deliver(
    void *self, uint64_t delivery, uint32_t attempt, const struct hm_notice *notice)
{
    struct exec *e = self;
    char *input = notice_json(notice, attempt);
    struct attempt *a = malloc(sizeof *a);
    int r = -ENOMEM;

    if (a != NULL && input != NULL) {
        *a = (struct attempt){.of = e, .next = e->attempts, .delivery = delivery};
        e->attempts = a;
        r = e->host->run(e->host, e->argv, input, e->limit_ms, OUTPUT_BYTES_MAX, exec_on_end, a);
        if (r < 0)
            forget(a);
    } else {
        free(a);
    }
    free(input);
    if (r < 0)
        e->host->receipt(e->host, delivery, HM_LATER, strerror(-r));
}

static int exec_open(const struct hm_host *host, void **ret_self)
{
    struct exec *e = calloc(1, sizeof *e);
    int64_t deadline = host->deadline_ms(host);

    if (e == NULL)
        return -ENOMEM;
    e->host = host;
    if (!settings_read(host, e)) {
        free(e);
        return -EINVAL;
    }
    e->accepts = host->flag(host, "accepts");
    e->limit_ms = host->integer(host, "timeout");
    if (deadline > 0 && e->limit_ms > deadline / 2)
        e->limit_ms = deadline / 2;
    *ret_self = e;
    return 0;
}

static void exec_close(void *self)
{
    struct exec *e = self;

    while (e->attempts != NULL)
        forget(e->attempts);
    free(e);
}

HM_PLUGIN(.kind = HM_CHANNEL, .name = "exec", .version = "0.1.0",
    .summary = "notices to a command, as JSON on its standard input",
    .summary_ja = "コマンドへの通知 (標準入力に JSON)", .options = exec_options,
    .validate = exec_validate, .open = exec_open, .close = exec_close, .deliver = exec_deliver);
