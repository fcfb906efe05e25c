/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "linklog_fixture.h"
#include "unit.h"

/* Follows a copy of @sample from its begin with one profile of patterns. */
static void read_sample(struct fixture *x, const char *sample, const struct fake_option *options)
{
    fixture_copy(x, sample, "app.log");
    fixture_start(x, options);
}

static void assert_field(const struct fake_reading *r, const char *name, const char *value)
{
    const char *found = fake_reading_field(r, name);
    if (found == NULL)
        fail_msg("no field %s", name);
    else
        assert_string_equal(found, value);
}

#define BEGIN                             \
    {                                     \
        .name = "start", .value = "begin" \
    }
#define ENCODING(NAME)                    \
    {                                     \
        .name = "encoding", .value = NAME \
    }
#define HEAD(TEXT)                    \
    {                                 \
        .name = "head", .value = TEXT \
    }
/* Severity letter, file id and both codes of the transfer trace; DTLCODE alone is no failure. */
static const struct fake_option transfer_trace[] = {BEGIN, ENCODING("CP932"),
    FIXTURE_PATTERN("failure",
        "^[^,]*,[^,]*,[^,]*,[EX],(?:[^,]*,){7}(?<job>[^,]*),,MSG=(?<message>\\S+)"
        " STS=(?<rc>\\d+) DSTS=(?<detail>\\d+).* FILENAME=(?<name>.*)$"),
    FIXTURE_PATTERN("start", "集信を開始しました。.* FILEID=(?<job>\\S+)"),
    FIXTURE_PATTERN("end",
        ",I,(?:[^,]*,){7}(?<job>[^,]*),,MSG=\\S+終了しました。 STS=(?<rc>\\d+) DSTS=\\d+ "
        "RECCNT=(?<records>\\d+).* FILENAME=(?<name>.*)$"),
    FIXTURE_END};

static void the_transfer_trace_gives_a_start_an_end_and_one_failure(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "02_xfer_trace_cp932.log", transfer_trace);
    fixture_await(x, "failure", 1);

    assert_int_equal(fake_host_count(x->host, NULL, "start"), 1);
    assert_int_equal(fake_host_count(x->host, NULL, "end"), 1);
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 0);
    const struct fake_reading *end = fixture_reading(x, "end", 0);
    assert_field(end, "job", "JUKIIDO1");
    assert_field(end, "records", "1284");
    assert_field(end, "name", "/renkei/in/juki/申請異動_20260415.csv");
    const struct fake_reading *failure = fixture_reading(x, "failure", 0);
    assert_field(failure, "job", "ZEIFUKA1");
    assert_field(failure, "rc", "250");
    assert_field(failure, "detail", "205");
    assert_field(failure, "offset", "323");
}

static const struct fake_option scheduler[] = {BEGIN, ENCODING("EUC-JP-MS"),
    {.name = "time_format", .value = "%b %d %H:%M:%S"},
    FIXTURE_PATTERN("failure",
        "^(?<kind>\\S+) (?<time>\\w+ \\d+ [\\d:]+) (?<code>KAVS02(?:6[25]|79)-E) "
        "\\w+:(?<job>[^:]+):(?<run>@\\w+)"
        "(?: code: (?<rc>-?\\d+))?"),
    FIXTURE_PATTERN("warning", "(?<code>KAVS027[56]-I) \\w+:(?<job>[^:]+):(?<run>@\\w+)"),
    FIXTURE_END};

static void the_scheduler_log_gives_delays_of_severity_i_too(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "03_scheduler_eucjp.log", scheduler);
    fixture_await(x, "failure", 3);

    assert_int_equal(fake_host_count(x->host, NULL, "warning"), 2);
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 0);
    const struct fake_reading *job = fixture_reading(x, "failure", 0);
    assert_field(job, "job", "/連携/夜間/住記異動/抽出");
    assert_field(job, "run", "@A101");
    assert_field(job, "rc", "12");
    assert_true(job->at_ms > 0);
    assert_int_equal(job->at_ms % 60000, 44000);
    assert_field(fixture_reading(x, "failure", 1), "kind", "N003");
    assert_field(fixture_reading(x, "failure", 2), "code", "KAVS0279-E");
    assert_field(fixture_reading(x, "warning", 0), "job", "/連携/夜間/税賦課");
}

static const struct fake_option stack_trace[] = {BEGIN, HEAD("^\\d{4}-\\d\\d-\\d\\d [\\d:.]+ "),
    {.name = "flush", .value = "100ms"},
    FIXTURE_PATTERN("failure", "^\\S+ \\S+ (?:重大|SEVERE) .*\\(連携ID=(?<job>[^)]+)\\)"),
    FIXTURE_PATTERN("start", "連携ID=(?<job>\\S+) の取込を開始します"), FIXTURE_END};

static void a_stack_trace_with_an_empty_line_in_it_is_one_record(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "04_tomcat_stack_utf8.log", stack_trace);
    fixture_await(x, "start", 1);

    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 1);
    const struct fake_reading *failure = fixture_reading(x, "failure", 0);
    assert_field(failure, "job", "ZEI-0012");
    assert_field(failure, "cause", "java.sql.SQLException: ORA-01653: 表領域を拡張できません");
    assert_non_null(fake_reading_field(failure, "fingerprint"));
    assert_null(strchr(failure->text, '\n'));
    assert_non_null(strstr(failure->text, "連携データの取込に失敗しました"));
    assert_field(fixture_reading(x, "start", 0), "job", "ZEI-0013");
}

static const struct fake_option mixed[] = {BEGIN,
    FIXTURE_PATTERN("failure", "ERROR (?<message>.*?)(?: 連携ID=(?<job>\\S+) rc=(?<rc>\\d+))?$"),
    FIXTURE_END};

static void a_line_in_cp932_inside_a_utf8_log_is_read_and_told_once(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "05_mixed_utf8_cp932.log", mixed);
    fixture_await(x, "failure", 2);

    assert_field(fixture_reading(x, "failure", 0), "message",
        "native: 構成ファイルの読込に失敗しました（能力不足）");
    assert_field(fixture_reading(x, "failure", 1), "rc", "8");
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 1);
    assert_field(fixture_reading(x, "encoding", 0), "read_as", "CP932");
}

static const struct fake_option extension[] = {BEGIN, ENCODING("CP932"),
    FIXTURE_PATTERN("failure", "取込エラー①:(?<partner>㈱\\S+) 行=(?<line>\\d+) 項目「〜」"),
    FIXTURE_END};

static void characters_of_cp932_alone_are_read_and_wave_dashes_are_one(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "06_cp932_extension.log", extension);
    fixture_await(x, "failure", 1);

    assert_field(fixture_reading(x, "failure", 0), "partner", "㈱髙橋商店");
    assert_field(fixture_reading(x, "failure", 0), "line", "128");
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 0);
}

static const struct fake_option runs[] = {BEGIN,
    FIXTURE_PATTERN("start", "run=(?<run>\\d+) .*script=(?<job>\\S+) EXEC start$"),
    FIXTURE_PATTERN("end", "run=(?<run>\\d+) .*script=(?<job>\\S+) EXEC end rc=(?<rc>-?\\d+)"),
    FIXTURE_PATTERN("failure", "script=(?<job>\\S+) EXEC end rc=(?!0 )(?<rc>-?\\d+)"), FIXTURE_END};

static void runs_give_their_starts_ends_and_failures(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "07_exec_20260415_utf8.log", runs);
    fixture_await(x, "start", 3);

    assert_int_equal(fake_host_count(x->host, NULL, "end"), 2);
    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 1);
    assert_field(fixture_reading(x, "failure", 0), "job", "税_配信");
    assert_field(fixture_reading(x, "failure", 0), "rc", "-1");
    assert_field(fixture_reading(x, "start", 2), "run", "1718900000003");
}

static const struct fake_option pipes[] = {BEGIN, ENCODING("CP932"),
    FIXTURE_PATTERN(
        "failure", "^\\d+\\|\\d+\\|E\\|(?<job>[^|]*)\\|(?<step>[^|]*)\\|(?<message>[^|]*)$"),
    FIXTURE_END};

static void a_second_byte_that_looks_like_a_pipe_parts_no_field(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "08_pipe_separated_cp932.log", pipes);
    fixture_await(x, "failure", 1);

    assert_field(fixture_reading(x, "failure", 0), "step", "レポート出力");
    assert_field(fixture_reading(x, "failure", 0), "message",
        "申請データの取込で件数不一致(予定=500,実績=498)");
}

static const struct fake_option results[] = {BEGIN, HEAD("^\"(?:\\d{4}/|処理日時)"),
    {.name = "flush", .value = "100ms"},
    FIXTURE_PATTERN("warning",
        "^\"[^\"]*\",\"(?<job>[^\"]*)\",\"NG\",\"(?<records>\\d+)\",\"(?<message>[^\"]*)\""),
    FIXTURE_PATTERN("end", "^\"[^\"]*\",\"(?<job>[^\"]*)\",\"OK\",\"(?<records>\\d+)\""),
    FIXTURE_PATTERN("title", "^\"処理日時\""), FIXTURE_END};

static void a_newline_inside_quotes_stays_inside_the_record(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "09_result_bom_crlf.csv", results);
    fixture_await(x, "end", 1);

    assert_int_equal(fake_host_count(x->host, NULL, "title"), 1);
    const struct fake_reading *partial = fixture_reading(x, "warning", 0);
    assert_field(partial, "job", "ZEI-0012");
    assert_field(partial, "records", "498");
    assert_field(partial, "message", "2件を取込めませんでした\n詳細は別紙");
    assert_field(fixture_reading(x, "end", 0), "job", "JUK-0001");
}

static const struct fake_option wrap[] = {BEGIN, ENCODING("CP932"),
    {.name = "eof_mark", .value = "true"}, {.name = "flush", .value = "100ms"},
    FIXTURE_PATTERN("failure", " E (?<code>KZZZ\\d+-E) (?<message>.*)"), FIXTURE_END};

static void what_stands_behind_an_end_mark_is_old(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "10_wraparound_cp932.log", wrap);
    fixture_await(x, "failure", 1);
    fixture_idle(x);

    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 1);
    assert_field(fixture_reading(x, "failure", 0), "code", "KZZZ0001-E");
}

static const struct fake_option windows[] = {BEGIN, ENCODING("UTF-16LE"),
    FIXTURE_PATTERN("failure", "エラー (?<message>.*に書き込めません。)$"), FIXTURE_END};

static void utf16_with_a_mark_is_read(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "11_windows_utf16le.log", windows);
    fixture_await(x, "failure", 1);

    assert_field(fixture_reading(x, "failure", 0), "message",
        "共有フォルダー \\\\nas01\\renkei に書き込めません。");
    assert_int_equal(fake_host_count(x->host, NULL, "encoding"), 0);
}

static const struct fake_option partial[] = {BEGIN, {.name = "flush", .value = "100ms"},
    FIXTURE_PATTERN("start", "INFO 開始$"), FIXTURE_PATTERN("failure", "ERR(?:OR)?(?<more>.*)$"),
    FIXTURE_END};

static void a_partial_last_line_waits_for_its_end(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "12_partial_last_line.log", partial);
    fixture_await(x, "start", 1);
    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 0);
    fixture_append(x, "app.log", "OR 取込失敗\n");
    fixture_await(x, "failure", 1);

    assert_field(fixture_reading(x, "failure", 0), "more", " 取込失敗");
}

static void a_partial_last_line_is_taken_after_the_flush_time(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "12_partial_last_line.log", partial);
    assert_int_equal(fake_host_count(x->host, NULL, "failure"), 0);
    fixture_await(x, "failure", 1);

    assert_string_equal(fixture_reading(x, "failure", 0)->text, "2026-04-15 02:00:01 ERR");
}

static const struct fake_option iso2022[] = {BEGIN, ENCODING("ISO-2022-JP"),
    FIXTURE_PATTERN("failure", "^(?<at>[\\d/]+ [\\d:]+) 連携処理が異常終了しました$"), FIXTURE_END};

static void iso_2022_jp_is_read(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "13_iso2022jp.log", iso2022);
    fixture_await(x, "failure", 1);

    assert_field(fixture_reading(x, "failure", 0), "at", "2026/04/15 02:05:00");
}

static const struct fake_option half_kana[] = {BEGIN, ENCODING("EUC-JP-MS"),
    FIXTURE_PATTERN("failure", "ﾃﾞｰﾀ連携 異常 ｺｰﾄﾞ=(?<rc>\\d+)"), FIXTURE_END};

static void half_width_katakana_in_euc_are_read(void **state)
{
    struct fixture *x = *state;

    read_sample(x, "14_halfkana_eucjp.log", half_kana);
    fixture_await(x, "failure", 1);

    assert_field(fixture_reading(x, "failure", 0), "rc", "8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_transfer_trace_gives_a_start_an_end_and_one_failure),
        FIXTURE_TEST(the_scheduler_log_gives_delays_of_severity_i_too),
        FIXTURE_TEST(a_stack_trace_with_an_empty_line_in_it_is_one_record),
        FIXTURE_TEST(a_line_in_cp932_inside_a_utf8_log_is_read_and_told_once),
        FIXTURE_TEST(characters_of_cp932_alone_are_read_and_wave_dashes_are_one),
        FIXTURE_TEST(runs_give_their_starts_ends_and_failures),
        FIXTURE_TEST(a_second_byte_that_looks_like_a_pipe_parts_no_field),
        FIXTURE_TEST(a_newline_inside_quotes_stays_inside_the_record),
        FIXTURE_TEST(what_stands_behind_an_end_mark_is_old),
        FIXTURE_TEST(utf16_with_a_mark_is_read),
        FIXTURE_TEST(a_partial_last_line_waits_for_its_end),
        FIXTURE_TEST(a_partial_last_line_is_taken_after_the_flush_time),
        FIXTURE_TEST(iso_2022_jp_is_read),
        FIXTURE_TEST(half_width_katakana_in_euc_are_read),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog samples", tests, NULL, NULL);
}
