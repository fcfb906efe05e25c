/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <limits.h>
#include <string.h>

#include "facts.h"
#include "queue.h"
#include "shared/fixed_time.h"

static const char *const age_words[] = {"mtime", "ctime", "name", NULL};
static const char *const complete_words[] = {"close", "settle", NULL};
static const char *const count_words[] = {"plain", "csv", NULL};

static const struct hm_option stage_options[] = {
    {.name = "name",
        .required = true,
        .help = "name of the stage: the instance of its readings",
        .help_ja = "段階の名前（報告される値の instance になる）"},
    {.name = "path",
        .type = HM_PATH,
        .required = true,
        .help = "the folder",
        .help_ja = "フォルダーのパス"},
    {.name = "error",
        .type = HM_FLAG,
        .preset = "false",
        .help = "each file that arrives here is a failure: the event error_file",
        .help_ja = "エラー用フォルダー（ファイルが入るたびに error_file イベントを報告）"},
    {.name = "done",
        .type = HM_FLAG,
        .preset = "false",
        .help = "files stay here for good: their age says nothing and is not reported",
        .help_ja = "完了用フォルダー（滞留時間を報告しない）"},
    {.name = "work",
        .type = HM_FLAG,
        .preset = "false",
        .help = "files are worked on here: age since they came is told as stuck_age_s",
        .help_ja = "処理中フォルダー（入ってからの経過時間を stuck_age_s として報告する）"},
    {.name = "announce",
        .type = HM_FLAG,
        .preset = "false",
        .help = "each file that is complete here is told: the event arrived, for linkages",
        .help_ja = "ファイルがそろうたびに arrived イベントを報告する（データ連携の到着判定用）"},
    {.name = "recursive",
        .type = HM_FLAG,
        .preset = "false",
        .help = "folders inside belong to the stage too, at most 16 levels and 4096 folders",
        .help_ja = "下位のフォルダーも含める（16 階層、4096 フォルダーまで）"},
    {.name = "optional",
        .type = HM_FLAG,
        .preset = "false",
        .help = "the folder need not be there: then nothing waits",
        .help_ja = "フォルダーがなくてもよい（ないときは 0 件とみなす）"},
    {.name = "pattern",
        .type = HM_LIST,
        .help = "names that count (* ? []); without it all",
        .help_ja = "数えるファイル名のパターン（* ? [] が使えます。省略時はすべて）"},
    {.name = "ignore",
        .type = HM_LIST,
        .help = "names that are not there at all; without it \".*\"",
        .help_ja = "無視するファイル名のパターン（省略時は \".*\"）"},
    {.name = "temporary",
        .type = HM_LIST,
        .help = "names of files that are being written, until they are renamed; without it "
                "\"*.tmp\", \"*.part\", \"*.filepart\"",
        .help_ja = "名前が変わるまで書き込み中とみなすファイル名のパターン（省略時は \"*.tmp\"、"
                   "\"*.part\"、\"*.filepart\"）"},
    {.name = "complete",
        .preset = "close",
        .words = complete_words,
        .help = "what makes a file complete: close (closed after writing, or moved here) or settle "
                "(unchanged for `settle`, for writers that open a file again)",
        .help_ja = "完了とみなす条件: close（書き込み後に閉じられた、または移動されてきた）、settle"
                   "（settle の間更新がない。追記を繰り返すプログラム向け）"},
    {.name = "settle",
        .type = HM_SPAN,
        .preset = "10s",
        .least = 0,
        .most = 86400000,
        .help = "a file whose end of writing was not seen counts once it is unchanged this long",
        .help_ja = "書き込み完了を検知できなかったファイルを、更新がこの時間なければ完了とみなす"},
    {.name = "pair",
        .help = "a file is complete once another of its name with this ending is there: \".end\"; "
                "files with the ending do not count",
        .help_ja = "対になる終了ファイルの末尾（例 \".end\"）。終了ファイルができた時点で完了と"
                   "みなす。終了ファイル自体は数えない"},
    {.name = "pair_replaces",
        .type = HM_FLAG,
        .preset = "false",
        .help = "the ending of `pair` stands in place of the file's own: A.csv and A.end",
        .help_ja = "終了ファイルは拡張子を置き換えた名前（A.csv に対して A.end）"},
    {.name = "age",
        .words = age_words,
        .help = "what tells a file's age: mtime (content; without it), ctime (arrival in the "
                "folder; without it where `work` is set), name (the time in its name)",
        .help_ja =
            "滞留時間の基準: mtime（内容の更新時刻。省略時）、ctime（フォルダーに入った時刻。"
            "work の場合の省略時）、name（ファイル名にある日時）"},
    {.name = "name_time",
        .preset = "%Y%m%d_%H%M",
        .help = "age = name: how the time stands in the name (%Y %m %d %H %M %S); names without it "
                "go by mtime",
        .help_ja = "age = name のとき、ファイル名にある日時の形式（%Y %m %d %H %M %S）。ない場合は "
                   "mtime による"},
    {.name = "name_records",
        .help = "the number of records stands in the name, where this has %d: \"_%d.csv\"",
        .help_ja = "ファイル名にあるレコード件数の位置（%d で示す。例 \"_%d.csv\"）"},
    {.name = "trailer_records",
        .help = "the last line begins with this and has the number of records at %d: \"T,%d\"",
        .help_ja =
            "最終行（トレーラー）にあるレコード件数の位置（行頭から、%d で示す。例 \"T,%d\"）"},
    {.name = "pair_records",
        .help = "a line of the pair file begins with this and has the number of records at %d: "
                "\"RECORDS=%d\", \"%d\"",
        .help_ja = "終了ファイルにあるレコード件数の位置（行頭から、%d で示す。例 \"RECORDS=%d\"、"
                   "\"%d\"）"},
    {.name = "pair_bytes",
        .help = "a line of the pair file begins with this and has the file's size in bytes at %d: "
                "\"SIZE=%d\"",
        .help_ja = "終了ファイルにあるデータファイルのバイト数の位置（行頭から、%d で示す。例 "
                   "\"SIZE=%d\"）"},
    {.name = "record_bytes",
        .type = HM_INTEGER,
        .least = 0,
        .most = 1048576,
        .help = "records are of this many bytes each",
        .help_ja = "固定長レコードのバイト数"},
    {.name = "count_lines",
        .words = count_words,
        .help = "records are counted by reading each file once: plain (a line each) or csv (line "
                "breaks between quotation marks end none)",
        .help_ja = "ファイルを一度読んでレコード件数を数える: plain（1 行 1 件）、csv（引用符の中の"
                   "改行は数えない）"},
    {.name = "skip_lines",
        .type = HM_INTEGER,
        .preset = "0",
        .least = 0,
        .most = 1000,
        .help = "with count_lines: so many lines of each file are no records (head, trailer)",
        .help_ja = "count_lines のとき、件数に含めない行数（ヘッダー、トレーラー）"},
    {.name = "needs_records",
        .type = HM_FLAG,
        .preset = "false",
        .help = "a complete file without a record is a failure: told as empty_files",
        .help_ja = "0 件のファイルを異常とみなし、その数を empty_files として報告する"},
    {.name = "limit_records",
        .type = HM_INTEGER,
        .least = 0,
        .most = 4000000000.0,
        .help = "a file with more records will be refused: told as over_limit_files",
        .help_ja = "1 ファイルの上限件数。超えるファイルの数を over_limit_files として報告する"},
    {.name = "limit_bytes",
        .type = HM_SIZE,
        .help = "a larger file will be refused: told as over_limit_files",
        .help_ja = "1 ファイルの上限サイズ。超えるファイルの数を over_limit_files として報告する"},
    {0},
};

const struct hm_option queue_options[] = {
    {.name = "stages",
        .type = HM_GROUPS,
        .required = true,
        .group = stage_options,
        .help = "the folders of the spool, for example in, work, out, error, done",
        .help_ja = "スプールを構成するフォルダー（受信、処理中、送信、エラー、完了など）"},
    {.name = "recount",
        .type = HM_SPAN,
        .preset = "10m",
        .least = 1000,
        .most = 86400000,
        .help = "how often the folders are read although events keep the count",
        .help_ja = "イベントで数えている間も、フォルダーを読み直して数え直す間隔"},
    {0},
};

const struct hm_rule queue_rules[] = {
    {.metric = "oldest_age_s", .warning = ">= 1800", .critical = ">= 7200"},
    {.metric = "stuck_age_s", .warning = ">= 900", .critical = ">= 3600"},
    {.metric = "writing_age_s", .warning = ">= 3600"},
    {.metric = "over_limit_files", .warning = ">= 1"},
    {.metric = "mismatched_files", .critical = ">= 1"},
    {.metric = "empty_files", .warning = ">= 1"},
    {.metric = "error_file", .event = "warning", .cleared_by = "error_cleared"},
    {0},
};

/* Complains unless @option is one that can give a number. True: it is set. */
static bool validate_pattern(const struct hm_host *host, const struct hm_host *group,
    const char *stage, const char *option, bool is_of_pair)
{
    const char *pattern = group->text(group, option);
    if (pattern == NULL)
        return false;
    if (is_of_pair && !facts_line_valid(pattern))
        host->complain(host, "stages", "%s of stage \"%s\" must have %%d once", option, stage);
    if (!is_of_pair && !facts_number_valid(pattern))
        host->complain(host, "stages",
            "%s of stage \"%s\" must have %%d once, and something beside it", option, stage);
    if (is_of_pair && group->text(group, "pair") == NULL)
        host->complain(host, "stages", "stage \"%s\" has %s, but no pair", stage, option);
    return true;
}

/* How many records a file has: what was announced, and what is found. */
static void validate_records(
    const struct hm_host *host, const struct hm_host *group, const char *name)
{
    bool counts = group->text(group, "count_lines") != NULL;
    bool has_size = group->integer(group, "record_bytes") > 0;
    int announced = validate_pattern(host, group, name, "name_records", false) +
                    validate_pattern(host, group, name, "trailer_records", false) +
                    validate_pattern(host, group, name, "pair_records", true);
    validate_pattern(host, group, name, "pair_bytes", true);
    if (announced > 1)
        host->complain(host, "stages",
            "stage \"%s\" has more than one of name_records, trailer_records and pair_records",
            name);
    if (counts && has_size)
        host->complain(host, "stages", "stage \"%s\" has both record_bytes and count_lines", name);
    if (group->integer(group, "skip_lines") > 0 && !counts)
        host->complain(host, "stages", "stage \"%s\" has skip_lines, but no count_lines", name);
    if (group->integer(group, "limit_records") > 0 && announced == 0 && !counts && !has_size)
        host->complain(host, "stages",
            "stage \"%s\" has limit_records, but none of name_records, trailer_records, "
            "pair_records, record_bytes and count_lines",
            name);
}

static void validate_names(
    const struct hm_host *host, const struct hm_host *group, const char *name)
{
    const char *age = group->text(group, "age");
    const char *pair = group->text(group, "pair");
    if (age != NULL && strcmp(age, "name") == 0 &&
        !fixed_time_valid(group->text(group, "name_time")))
        host->complain(host, "stages",
            "name_time of stage \"%s\" must have %%Y, %%m and %%d once; %%H, %%M and %%S may "
            "follow",
            name);
    if (pair != NULL && pair[0] == '\0')
        host->complain(host, "stages", "pair of stage \"%s\" is empty", name);
}

static void validate_stage(const struct hm_host *host, size_t i)
{
    const struct hm_host *group = host->group(host, "stages", i);
    const char *name = group->text(group, "name");
    const char *path = group->text(group, "path");
    if (strlen(path) >= PATH_MAX - NAME_MAX)
        host->complain(host, "stages", "the path of stage \"%s\" is too long", name);
    if (group->flag(group, "error") + group->flag(group, "done") + group->flag(group, "work") > 1)
        host->complain(
            host, "stages", "stage \"%s\" is more than one of error, done and work", name);
    validate_records(host, group, name);
    validate_names(host, group, name);
    for (size_t k = 0; k < i; k++) {
        const struct hm_host *other = host->group(host, "stages", k);
        if (strcmp(other->text(other, "name"), name) == 0)
            host->complain(host, "stages", "two stages are called \"%s\"", name);
        if (strcmp(other->text(other, "path"), path) == 0)
            host->complain(host, "stages", "stages \"%s\" and \"%s\" are the same folder",
                other->text(other, "name"), name);
    }
}

void queue_validate(const struct hm_host *host)
{
    size_t count = host->count(host, "stages");
    if (count == 0 || count > STAGES_MAX)
        host->complain(host, "stages", "has %zu stages; 1 to %d are accepted", count, STAGES_MAX);
    for (size_t i = 0; i < count && i < STAGES_MAX; i++)
        validate_stage(host, i);
}
