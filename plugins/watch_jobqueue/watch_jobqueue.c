/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jobqueue - queues whose jobs stand in a table or a list: how many in each state, since when.
 *
 * A folder of files is plugin `queue`. This is a plugin of its own so that who watches folders
 * does not carry libpq and its libraries, and so that neither can hold the other up.
 */
#include <errno.h>
#include <hashimori/plugin.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "source.h"

struct jobqueue {
    const struct hm_host *host;
    struct states states;
    struct say say;
    const struct source *source;
    void *self; /* the source's */
};

static const char *const source_words[] = {"postgresql", "sqlite", "command", NULL};
static const char *const tls_words[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL};
static const char *const encoding_words[] = {"UTF-8", "CP932", "EUC-JP-MS", "ISO-2022-JP", NULL};

static const struct hm_option state_options[] = {
    {.name = "name",
        .required = true,
        .help = "the state: the instance of its readings",
        .help_ja = "状態の名前（報告される値の instance になる）"},
    {.name = "match",
        .type = HM_LIST,
        .help = "values of the column `state` that are this one; without it the name itself",
        .help_ja = "この状態とみなす state 列の値（省略時は name と同じ値）"},
    {.name = "pattern",
        .help = "command: lines that match (PCRE2) are a job in this state",
        .help_ja = "command の場合、この状態のジョブを表す行のパターン（PCRE2）"},
    {.name = "error",
        .type = HM_FLAG,
        .preset = "false",
        .help = "jobs in it have failed: more of them than before are the event error_jobs",
        .help_ja = "失敗した状態（増えたときに error_jobs イベントを報告する）"},
    {.name = "done",
        .type = HM_FLAG,
        .preset = "false",
        .help = "jobs stay in it for good: their age is not reported",
        .help_ja = "完了した状態（滞留時間を報告しない）"},
    {0},
};

static const struct hm_option jobqueue_options[] = {
    {.name = "source",
        .required = true,
        .words = source_words,
        .help = "where the jobs are counted: postgresql, sqlite or command",
        .help_ja = "ジョブを数える対象: postgresql、sqlite、command"},
    {.name = "states",
        .type = HM_GROUPS,
        .group = state_options,
        .help = "states that are always reported, and what they mean",
        .help_ja = "必ず報告する状態とその意味"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "5s",
        .least = 100,
        .most = 60000,
        .help = "how long a look may take; then it is blind",
        .help_ja = "1 回の確認の制限時間。超えると blind（監視不能）とする"},
    {.name = "query",
        .help = "postgresql, sqlite: one SELECT with the columns depth, and if they are there "
                "state, oldest_age_s (seconds) or oldest_at (seconds since 1970)",
        .help_ja = "postgresql と sqlite の場合の SELECT 文。列 depth と、必要に応じて state、"
                   "oldest_age_s（秒）または oldest_at（1970 年からの秒）を返すもの"},
    {.name = "host",
        .help = "postgresql: name or address of the server, or folder of its local socket",
        .help_ja = "postgresql のサーバー名、アドレス、またはソケットのフォルダー"},
    {.name = "port",
        .type = HM_INTEGER,
        .preset = "5432",
        .least = 1,
        .most = 65535,
        .help = "postgresql: the server's port",
        .help_ja = "postgresql のポート番号"},
    {.name = "database",
        .help = "postgresql: name of the database",
        .help_ja = "postgresql のデータベース名"},
    {.name = "user",
        .help = "postgresql: the role to log in as; the right to SELECT is enough",
        .help_ja = "postgresql のロール名（SELECT の権限だけで十分）"},
    {.name = "password_file",
        .type = HM_SECRET,
        .help = "postgresql: file whose first line is the password",
        .help_ja = "postgresql のパスワードを 1 行目に書いたファイル"},
    {.name = "sslmode",
        .preset = "prefer",
        .words = tls_words,
        .help = "postgresql: whether TLS is used and the server's certificate checked",
        .help_ja = "postgresql の TLS の使用とサーバー証明書の検証"},
    {.name = "sslrootcert",
        .type = HM_PATH,
        .help = "postgresql: certificates of the authorities that are trusted",
        .help_ja = "postgresql の信頼する認証局の証明書ファイル"},
    {.name = "listen",
        .help = "postgresql: a channel of NOTIFY; a notification makes it look at once",
        .help_ja = "postgresql の NOTIFY のチャネル名。通知を受けるとすぐに確認する"},
    {.name = "file",
        .type = HM_PATH,
        .help = "sqlite: the database file",
        .help_ja = "sqlite のデータベースファイル"},
    {.name = "command",
        .type = HM_LIST,
        .help = "command: absolute path of the program, and its arguments",
        .help_ja = "command のプログラム（絶対パス）と引数"},
    {.name = "encoding",
        .preset = "UTF-8",
        .words = encoding_words,
        .help = "command: character set of the output",
        .help_ja = "command の出力の文字コード"},
    {.name = "time_format",
        .help = "command: form of the time in a line that tells a job's age "
                "(%Y %m %d %H %M %S)",
        .help_ja = "command の出力行にある、滞留時間の基準となる日時の形式（%Y %m %d %H %M %S）"},
    {0},
};

static const struct hm_rule jobqueue_rules[] = {
    {.metric = "oldest_age_s", .warning = ">= 1800", .critical = ">= 7200"},
    {.metric = "error_jobs", .event = "warning", .cleared_by = "error_cleared"},
    {0},
};

static const struct source *source_of(const struct hm_host *host)
{
    static const struct source *const sources[] = {
        &source_postgresql, &source_sqlite, &source_command};
    const char *name = host->text(host, "source");
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (strcmp(sources[i]->name, name) == 0)
            return sources[i];
    return NULL;
}

static void validate_states(const struct hm_host *host, const struct states *states)
{
    size_t count = host->count(host, "states");
    if (count > STATES_MAX)
        host->complain(
            host, "states", "has %zu states; at most %d are accepted", count, STATES_MAX);
    for (size_t i = 0; i < states->count; i++) {
        const struct state *state = &states->list[i];
        if (states_find(states, state->name) != state)
            host->complain(host, "states", "two states are called \"%s\"", state->name);
        if (state->name[0] == '\0' || strlen(state->name) >= TALLY_NAME_BYTES)
            host->complain(
                host, "states", "a state's name has 1 to %d bytes", TALLY_NAME_BYTES - 1);
        if (state->is_error && state->is_done)
            host->complain(host, "states", "state \"%s\" is both error and done", state->name);
    }
}

static bool is_given(const struct hm_host *host, const char *option)
{
    return strcmp(option, "command") == 0 ? host->count(host, option) > 0
                                          : host->text(host, option) != NULL;
}

static void jobqueue_validate(const struct hm_host *host)
{
    const struct source *source = source_of(host);
    struct states states;
    states_read(&states, host);
    validate_states(host, &states);
    for (const char *const *need = source->needs; *need != NULL; need++) {
        if (is_given(host, *need))
            continue;
        host->complain(
            host, *need, "is absent; source \"%s\" cannot look without it", source->name);
        return;
    }
    if (source->validate != NULL)
        source->validate(host, &states);
}

static void jobqueue_on_told(void *ctx, const struct tally *tally)
{
    say_tally(&((struct jobqueue *)ctx)->say, tally);
}

static void jobqueue_on_blind(void *ctx, enum blind_why why, const char *detail)
{
    say_blind(&((struct jobqueue *)ctx)->say, why, detail);
}

static int jobqueue_open(const struct hm_host *host, void **ret_self)
{
    struct jobqueue *j = calloc(1, sizeof *j);
    if (j == NULL)
        return -ENOMEM;
    const struct source_sink sink = {j, jobqueue_on_told, jobqueue_on_blind};
    j->host = host;
    states_read(&j->states, host);
    say_init(&j->say, host, &j->states);
    j->source = source_of(host);
    int r = j->source->open(host, &j->states, &sink, &j->self);
    if (r < 0) {
        free(j);
        return r;
    }
    *ret_self = j;
    return 0;
}

static int jobqueue_check(void *self)
{
    const struct jobqueue *j = self;
    j->source->look(j->self);
    return 0;
}

static void jobqueue_close(void *self)
{
    struct jobqueue *j = self;
    j->source->close(j->self);
    free(j);
}

HM_PLUGIN(.kind = HM_WATCH, .name = "jobqueue", .version = "0.1.0",
    .summary = "how many jobs of a table or a listing are in which state, and since when",
    .summary_ja = "ジョブの表（SQL）や一覧コマンドから、状態ごとの件数・滞留時間を監視します",
    .options = jobqueue_options, .rules = jobqueue_rules, .validate = jobqueue_validate,
    .open = jobqueue_open, .check = jobqueue_check, .close = jobqueue_close);
