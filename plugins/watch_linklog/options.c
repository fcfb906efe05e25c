/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <string.h>

#include "charset.h"
#include "dated.h"
#include "rules.h"
#include "stamp.h"

static const char *const start_words[] = {"end", "begin", NULL};
static const char *const source_words[] = {"file", "command", NULL};

const struct hm_option linklog_options[] = {
    {.name = "source",
        .preset = "file",
        .words = source_words,
        .help = "what the log is: a file, or the output of a command that is run at each interval",
        .help_ja = "ログの種類(file=ファイル command=確認のたびに実行するコマンドの出力)"},
    {.name = "command",
        .type = HM_LIST,
        .help = "program (absolute path) and its arguments, for source = \"command\"; no shell",
        .help_ja = "source = \"command\" のプログラム(絶対パス)と引数。シェルは使いません"},
    {.name = "timeout",
        .type = HM_SPAN,
        .preset = "30s",
        .least = 100,
        .most = 600000,
        .help = "how long the command may take; longer is blind",
        .help_ja = "コマンドの制限時間。超えると監視不能とします"},
    {.name = "record_key",
        .type = HM_LIST,
        .help = "captures that tell a record of a command's listing from others; none: its text",
        .help_ja = "コマンドの一覧で同じレコードとみなすキャプチャ。省略時は行全体"},
    {.name = "path",
        .type = HM_PATH,
        .help = "the log file; %Y %m %d %H stand for year, month, day, hour of a dated path",
        .help_ja = "ログファイル。日付別のパスには %Y %m %d %H(年 月 日 時)が使えます"},
    {.name = "pair",
        .type = HM_PATH,
        .help = "the other file of a log whose writer fills two in turn and empties the one that "
                "it turns to",
        .help_ja = "2つのファイルを交互に使うログの、もう一方のファイル"},
    {.name = "encoding",
        .preset = "UTF-8",
        .words = charset_names,
        .help = "character encoding; a line that is not in it is tried as UTF-8 and CP932",
        .help_ja = "文字コード。合わない行は UTF-8、CP932 の順に試します"},
    {.name = "start",
        .preset = "end",
        .words = start_words,
        .help = "where the very first start begins to read; later starts go on where they were",
        .help_ja = "初回起動時の読み始め(end=末尾 begin=先頭)。2回目以降は前回の続きから読みます"},
    {.name = "patterns",
        .type = HM_GROUPS,
        .required = true,
        .group = rules_pattern_options,
        .help = "what to look for; a record makes at most one event of each kind",
        .help_ja = "検出するパターン。1レコードにつき各 kind のイベントは最大1件です"},
    {.name = "ignore",
        .type = HM_LIST,
        .help = "patterns of records that make no event",
        .help_ja = "イベントにしないレコードのパターン"},
    {.name = "head",
        .help = "pattern of a line that begins a record of several lines; none: a line is a record",
        .help_ja = "複数行レコードの先頭行のパターン。省略時は1行が1レコードです"},
    {.name = "time_format",
        .help = "strptime format of the capture \"time\": events happened then; a missing year is "
                "found",
        .help_ja =
            "キャプチャ time の strptime 形式。イベントの発生時刻になります。年がなければ補います"},
    {.name = "announced_in",
        .type = HM_LIST,
        .help = "folders (absolute paths) in which a file is looked for whose size a record "
                "announces by the captures \"name\" and \"bytes\"",
        .help_ja =
            "キャプチャ name と bytes でサイズが通知されたファイルを探すフォルダー(絶対パス)"},
    {.name = "announced_wait",
        .type = HM_SPAN,
        .preset = "60s",
        .least = 100,
        .most = 86400000,
        .help = "how long an announced file may take to be there in its size",
        .help_ja = "通知されたファイルが、通知どおりのサイズでそろうまで待つ時間"},
    {.name = "flush",
        .type = HM_SPAN,
        .preset = "2s",
        .least = 100,
        .most = 60000,
        .help = "how long an unfinished line or record is waited for",
        .help_ja = "書きかけの行やレコードの続きを待つ時間"},
    {.name = "max_record",
        .type = HM_SIZE,
        .preset = "16K",
        .least = 256,
        .most = 16384,
        .help = "bytes of a record that are matched and carried; the rest is counted",
        .help_ja = "1レコードの照合対象の最大バイト数。超えた分は数だけ記録します"},
    {.name = "poll",
        .type = HM_SPAN,
        .least = 100,
        .most = 3600000,
        .help = "look at this interval too; preset: 2s on network file systems, else events alone",
        .help_ja = "この間隔でも確認します。省略時はネットワークファイルシステムのみ 2s"},
    {.name = "must_exist",
        .type = HM_FLAG,
        .preset = "true",
        .help = "whether an absent file means that the log cannot be watched (blind)",
        .help_ja = "ファイルがないとき監視不能とするかどうか"},
    {.name = "eof_mark",
        .type = HM_FLAG,
        .preset = "false",
        .help = "a wrap-around trace: what stands behind a 0x1A byte is old and is not read",
        .help_ja = "ラップアラウンド形式のトレース: 0x1A より後ろは古い面として読みません"},
    {0},
};

const struct hm_rule linklog_rules[] = {
    {.metric = "failure", .event = "critical", .key = "job", .cleared_by = "recovery"},
    {.metric = "warning", .event = "warning", .key = "job", .cleared_by = "recovery"},
    {.metric = "encoding", .event = "warning", .clear_after = "24h"},
    {.metric = "lost_bytes", .event = "warning", .clear_after = "24h"},
    {.metric = "size_mismatch", .event = "critical", .key = "job", .cleared_by = "size_match"},
    {.metric = "match_limit", .event = "warning", .key = "pattern", .clear_after = "1h"},
    {0},
};

bool options_source_is_command(const struct hm_host *host)
{
    return strcmp(host->text(host, "source"), "command") == 0;
}

static void check_command(const struct hm_host *host, bool *failed)
{
    size_t count = host->count(host, "command");
    if (count == 0 || host->item(host, "command", 0)[0] != '/') {
        *failed = true;
        host->complain(host, "command",
            "the absolute path of a program and its arguments are "
            "accepted");
    }
    if (host->text(host, "path") != NULL || host->text(host, "head") != NULL) {
        *failed = true;
        host->complain(host, host->text(host, "path") != NULL ? "path" : "head",
            "not with source = \"command\"");
    }
    if (strcmp(host->text(host, "encoding"), "UTF-16LE") == 0) {
        *failed = true;
        host->complain(host, "encoding", "a command's output cannot be UTF-16LE");
    }
}

static void check_path(const struct hm_host *host, bool *failed)
{
    const char *path = host->text(host, "path"), *pair = host->text(host, "pair");
    if (path == NULL || !dated_valid(path)) {
        *failed = true;
        host->complain(host, "path",
            "\"%.200s\": an absolute path of a file is accepted, with no marks "
            "but %%Y %%m %%d %%H",
            path != NULL ? path : "");
    } else if (pair != NULL && strcmp(path, pair) == 0) {
        *failed = true;
        host->complain(host, "pair", "it is the same file as path");
    }
    if (host->count(host, "command") > 0) {
        *failed = true;
        host->complain(host, "command", "only with source = \"command\"");
    }
}

void options_check(const struct hm_host *host, bool *failed)
{
    const char *format = host->text(host, "time_format");
    if (format != NULL && !stamp_format_valid(format)) {
        *failed = true;
        host->complain(host, "time_format",
            "\"%.80s\": a format of strptime with a day and an hour is accepted", format);
    }
    if (options_source_is_command(host))
        check_command(host, failed);
    else
        check_path(host, failed);
}
