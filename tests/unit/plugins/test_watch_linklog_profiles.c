/* SPDX-License-Identifier: BSD-2-Clause */
#include <iconv.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linklog_fixture.h"
#include "unit.h"

/* The profiles of conf/profiles beside lines of the shapes that they are for, and beside lines that
 * nearly have them. All in Tokyo. */

enum { OPTIONS_MAX = 32, GROUP_MAX = 4 };

struct profile {
    struct fixture x;
    char tool[128];
    config_t file;
    struct fake_option options[OPTIONS_MAX];
    struct fake_option groups[OPTIONS_MAX][GROUP_MAX];
    size_t count;
};

static int set_up(void **state)
{
    static struct profile p;
    p = (struct profile){.count = 0};
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    fixture_init(&p.x);
    snprintf(p.tool, sizeof p.tool, "%s/tool", p.x.folder);
    config_init(&p.file);
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    struct profile *p = *state;
    fixture_deinit(&p->x);
    config_destroy(&p->file);
    unsetenv("TZ");
    tzset();
    return 0;
}

/* ---- a profile as options ----------------------------------------------------------------- */

static void add_option(struct profile *p, const char *name, const config_setting_t *s)
{
    assert_true(p->count < OPTIONS_MAX - 1);
    struct fake_option *group = p->groups[p->count];
    struct fake_option *option = &p->options[p->count++];
    option->name = name;
    if (!config_setting_is_group(s)) {
        option->value = config_setting_get_string(s);
        assert_non_null(option->value);
        return;
    }
    option->group = group;
    for (unsigned i = 0; i < (unsigned)config_setting_length(s); i++) {
        const config_setting_t *member = config_setting_get_elem(s, i);
        assert_true(i < GROUP_MAX - 1);
        group[i] = (struct fake_option){
            .name = config_setting_name(member), .value = config_setting_get_string(member)};
    }
}

static void read_options(struct profile *p, const char *name)
{
    char path[512];
    const char *top = getenv("top_srcdir");
    snprintf(path, sizeof path, "%s/conf/profiles/%s.conf", top != NULL ? top : TOP_SRCDIR, name);
    if (config_read_file(&p->file, path) != CONFIG_TRUE)
        fail_msg("%s:%d: %s", path, config_error_line(&p->file), config_error_text(&p->file));
    const config_setting_t *root = config_root_setting(&p->file);
    for (unsigned i = 0; i < (unsigned)config_setting_length(root); i++) {
        const config_setting_t *s = config_setting_get_elem(root, i);
        const char *option = config_setting_name(s);
        // Those are the daemon's.
        if (strcmp(option, "plugin") == 0 || strcmp(option, "rules") == 0)
            continue;
        if (!config_setting_is_list(s)) {
            add_option(p, option, s);
            continue;
        }
        for (unsigned n = 0; n < (unsigned)config_setting_length(s); n++)
            add_option(p, option, config_setting_get_elem(s, n));
    }
}

static const char *option_of(const struct profile *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->options[i].name, name) == 0)
            return p->options[i].value;
    return NULL;
}

/* ---- lines and what they make ------------------------------------------------------------- */

/* A line (or the lines of a record), and the events it makes: "KIND TIME NAME=VALUE..; KIND..". */
struct shape {
    const char *lines;
    const char *events;
};

static void append_encoded(struct profile *p, const char *file, const char *text)
{
    char bytes[4096], *in = (char *)(uintptr_t)text, *out = bytes;
    size_t left = strlen(text), room = sizeof bytes;
    iconv_t encoder = iconv_open(option_of(p, "encoding"), "UTF-8");
    assert_true(encoder != (iconv_t)-1);
    assert_int_equal(iconv(encoder, &in, &left, &out, &room), 0);
    iconv_close(encoder);
    fixture_append_bytes(&p->x, file, bytes, (size_t)(out - bytes));
}

static void describe(const struct fake_reading *r, char *out, size_t room)
{
    static const char *const names[] = {"job", "run", "partner", "rc", "detail", "records", "bytes",
        "name", "code", "level", "cause"};
    size_t length = (size_t)snprintf(out, room, "%s", r->metric);
    time_t seconds = (time_t)(r->at_ms / 1000);
    struct tm tm;
    if (r->at_ms != 0)
        length += strftime(out + length, room - length, " %H:%M:%S", localtime_r(&seconds, &tm));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = fake_reading_field(r, names[i]);
        if (value != NULL)
            length += (size_t)snprintf(out + length, room - length, " %s=%s", names[i], value);
    }
}

/* The events of the record that begins with the first line of @lines, in their order. */
static void describe_all(const struct profile *p, const char *lines, char *out, size_t room)
{
    size_t first = strcspn(lines, "\n"), length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < p->x.host->reading_count; i++) {
        const struct fake_reading *r = &p->x.host->readings[i];
        if (r->kind != HM_EVENT || strlen(r->text) != first || memcmp(r->text, lines, first) != 0)
            continue;
        length += (size_t)snprintf(out + length, room - length, "%s", length > 0 ? "; " : "");
        describe(r, out + length, room - length);
        length += strlen(out + length);
    }
}

static void assert_shapes(
    struct profile *p, const struct shape *shapes, size_t count, const char *last_metric)
{
    for (size_t i = 0; i < count; i++) {
        char found[1024];
        describe_all(p, shapes[i].lines, found, sizeof found);
        if (strcmp(found, shapes[i].events) != 0)
            fail_msg("%s\n makes    %s\n expected %s", shapes[i].lines, found, shapes[i].events);
    }
    assert_non_null(fake_host_last(p->x.host, NULL, last_metric));
    assert_int_equal(fake_host_count(p->x.host, NULL, "encoding"), 0);
}

static bool has_ended(const struct fake_host *f, const void *arg)
{
    const char *last_line = arg;
    for (size_t i = f->reading_count; i-- > 0;)
        if (f->readings[i].text != NULL &&
            strncmp(f->readings[i].text, last_line, strcspn(last_line, "\n")) == 0)
            return true;
    return false;
}

/* The last of @shapes makes an event. */
static void check_log(struct profile *p, const char *name, const struct shape *shapes, size_t count)
{
    read_options(p, name);
    p->options[p->count++] = (struct fake_option){.name = "start", .value = "begin"};
    p->options[p->count++] = (struct fake_option){.name = "flush", .value = "100ms"};
    for (size_t i = 0; i < count; i++)
        append_encoded(p, "app.log", shapes[i].lines);
    fixture_start(&p->x, p->options);
    assert_true(fake_host_run_until(p->x.host, has_ended, shapes[count - 1].lines, 30000));

    assert_shapes(p, shapes, count, "silent_s");
}
#define CHECK_LOG(P, NAME, SHAPES) check_log(P, NAME, SHAPES, sizeof(SHAPES) / sizeof((SHAPES)[0]))

/* ---- transfer-trace ----------------------------------------------------------------------- */

#define TRACE(LEVEL, JOB) \
    "I1000099,2026/04/15,01:10:07," LEVEL ",,hulrcvd,2211,11,renkei01,0,root," JOB ",,MSG="

static void transfer_trace(void **state)
{
    static const struct shape shapes[] = {
        {TRACE("I", "JUKIIDO1") "集信が正常終了しました。 STS=0 DSTS=0 RECCNT=1284 "
                                "FILESIZE=482910 FILENAME=/renkei/in/juki/申請異動_20260415.csv\n",
            "end 01:10:07 job=JUKIIDO1 rc=0 records=1284 bytes=482910 "
            "name=/renkei/in/juki/申請異動_20260415.csv; recovery 01:10:07 job=JUKIIDO1"},
        {TRACE("I",
             "ATENA002") "配信が正常終了しました。 STS=0 DSTS=11 RECCNT=3 FILENAME=/a,E,b c.csv\n",
            "end 01:10:07 job=ATENA002 rc=0 records=3 name=/a,E,b c.csv; "
            "recovery 01:10:07 job=ATENA002"},
        {TRACE("I", "ATENA003") "集信が正常終了しました。 STS=0\n",
            "end 01:10:07 job=ATENA003 rc=0; recovery 01:10:07 job=ATENA003"},
        {TRACE("E", "ZEIFUKA1") "受信ファイルの作成に失敗しました。 STS=250 DSTS=205\n",
            "failure 01:10:07 job=ZEIFUKA1 rc=250 detail=205"},
        {TRACE("X", "ZEIFUKA2") "通信が切断されました。\n", "failure 01:10:07 job=ZEIFUKA2"},
        {TRACE("W", "ZEIFUKA3") "再送します。 STS=0\n", "warning 01:10:07 job=ZEIFUKA3"},
        {TRACE("I", "KOKUHO01") "集信を開始しました。 FILEID=KOKUHO01\n",
            "start 01:10:07 job=KOKUHO01"},
        // Nearly: a word that goes on, a letter in another column, a column less, another date.
        {TRACE("I", "NEAR0001") "集信が正常終了しませんでした。 STS=0 \n", ""},
        {TRACE("I", "NEAR0002") "失敗しました,E,という文字を含む情報 STS=250\n", ""},
        {TRACE("e", "NEAR0003") "小文字の重大度 STS=250\n", ""},
        {"I1000099,2026/04/"
         "15,01:10:07,E,,hulrcvd,2211,11,renkei01,root,NEAR0004,,MSG=列が足りない\n",
            ""},
        {"I1000099,2026-04-15,01:10:07,E,,hulrcvd,2211,11,renkei01,0,root,NEAR0005,,MSG=日付\n",
            ""},
        {" MSG=続きの行 STS=250\n", ""},
        {TRACE("E", "LAST0001") "最後の行\n", "failure 01:10:07 job=LAST0001"},
    };

    CHECK_LOG(*state, "transfer-trace", shapes);
}

/* ---- scheduler-log ------------------------------------------------------------------------ */

static void scheduler_log(void **state)
{
    static const struct shape shapes[] = {
        {"N001 Apr 15 01:00:00 KAVS0260-I AJSROOT1:/連携/夜間/住記異動:@A101\n",
            "start 01:00:00 job=/連携/夜間/住記異動 run=@A101 code=KAVS0260-I"},
        {"J001 Apr 15 01:00:01 KAVS0263-I AJSROOT1:/連携/夜間/住記異動/抽出:@A101\n",
            "start 01:00:01 job=/連携/夜間/住記異動/抽出 run=@A101 code=KAVS0263-I"},
        {"J002 Apr 15 01:00:09 KAVS0264-I AJSROOT1:/連携/夜間/住記異動/抽出:@A109\n",
            "end 01:00:09 job=/連携/夜間/住記異動/抽出 run=@A109 code=KAVS0264-I"},
        {"N002 Apr 15 01:00:10 KAVS0261-I AJSROOT1:/連携/夜間/住記異動:@A109\n",
            "end 01:00:10 job=/連携/夜間/住記異動 run=@A109 code=KAVS0261-I"},
        {"J003 Apr 15 01:00:44 KAVS0265-E AJSROOT1:/連携/夜間/住記異動/抽出:@A101 code: 12 host: "
         "renkei01\n",
            "failure 01:00:44 job=/連携/夜間/住記異動/抽出 run=@A101 rc=12 code=KAVS0265-E"},
        {"J003 Apr  5 01:00:45 KAVS0265-E AJSROOT1:/連携/夜間/介護/取込:@A102 code: -1 host: "
         "renkei01\n",
            "failure 01:00:45 job=/連携/夜間/介護/取込 run=@A102 rc=-1 code=KAVS0265-E"},
        {"N003 Apr 15 01:00:46 KAVS0262-E AJSROOT1:/連携/夜間/住記異動:@A101\n",
            "failure 01:00:46 job=/連携/夜間/住記異動 run=@A101 code=KAVS0262-E"},
        {"N008 Apr 15 02:10:00 KAVS0275-I AJSROOT1:/連携/夜間/税賦課:@A102\n",
            "warning 02:10:00 job=/連携/夜間/税賦課 run=@A102 code=KAVS0275-I"},
        {"N009 Apr 15 02:20:00 KAVS0276-I AJSROOT1:/連携/夜間/税賦課:@A102\n",
            "warning 02:20:00 job=/連携/夜間/税賦課 run=@A102 code=KAVS0276-I"},
        {"N013 Apr 15 04:45:00 KAVS0279-E AJSROOT1:/連携/夜間/介護:@A104\n",
            "failure 04:45:00 job=/連携/夜間/介護 run=@A104 code=KAVS0279-E"},
        // Nearly: other codes, another severity, a code in a name, no run, a date of another form.
        {"N004 Apr 15 01:00:00 KAVS0271-I AJSROOT1:/連携/夜間/住記異動:@A101\n", ""},
        {"J004 Apr 15 01:00:44 KAVS0265-I AJSROOT1:/連携/夜間/住記異動/抽出:@A101 code: 12\n", ""},
        {"J005 Apr 15 01:00:44 KAVS02650-E AJSROOT1:/連携/夜間:@A101\n", ""},
        {"J006 Apr 15 01:00:44 KAVS0260-I AJSROOT1:/連携/KAVS0265-E\n", ""},
        {"J007 Apr 15 01:00:44 KAVS0265-E AJSROOT1:/連携/夜間 code: 12\n", ""},
        {"J008 2026/04/15 01:00:44 KAVS0265-E AJSROOT1:/連携/夜間:@A101\n", ""},
        {"N003 Apr 15 05:00:00 KAVS0262-E AJSROOT1:/最後:@A199\n",
            "failure 05:00:00 job=/最後 run=@A199 code=KAVS0262-E"},
    };

    CHECK_LOG(*state, "scheduler-log", shapes);
}

/* ---- integration-log ---------------------------------------------------------------------- */

#define RUN(TIME, LEVEL, NUMBER, JOB) \
    "2026-04-15 " TIME ",002 [" LEVEL "] run=" NUMBER " user=batch project=renkei script=" JOB " "

static void integration_log(void **state)
{
    static const struct shape shapes[] = {
        {RUN("01:05:00", "INFO ", "1718900000002", "税_配信") "EXEC start\n",
            "start 01:05:00 job=税_配信 run=1718900000002"},
        {RUN("01:05:09", "INFO ", "1718900000002", "税_配信") "EXEC end rc=0 elapsed=9868ms\n",
            "end 01:05:09 job=税_配信 run=1718900000002 rc=0; "
            "recovery 01:05:09 job=税_配信 run=1718900000002"},
        {RUN("01:06:09", "ERROR", "1718900000003", "税_配信") "EXEC end rc=-1 elapsed=9868ms\n",
            "failure 01:06:09 job=税_配信 run=1718900000003 rc=-1; "
            "end 01:06:09 job=税_配信 run=1718900000003 rc=-1"},
        {RUN("01:07:09", "ERROR", "1718900000004", "国保_配信") "EXEC end rc=12\n",
            "failure 01:07:09 job=国保_配信 run=1718900000004 rc=12; "
            "end 01:07:09 job=国保_配信 run=1718900000004 rc=12"},
        {RUN("01:08:09", "INFO ", "1718900000005", "国保_配信") "EXEC end rc=0\n",
            "end 01:08:09 job=国保_配信 run=1718900000005 rc=0; "
            "recovery 01:08:09 job=国保_配信 run=1718900000005"},
        {RUN("01:09:09", "ERROR", "1718900000006", "国保_配信") "EXEC end rc=05\n",
            "failure 01:09:09 job=国保_配信 run=1718900000006 rc=05; "
            "end 01:09:09 job=国保_配信 run=1718900000006 rc=05"},
        // Nearly: words that go on, no run, words in a message, lower case, another date.
        {RUN("01:10:00", "INFO ", "1718900000007", "介護") "EXEC started\n", ""},
        {RUN("01:10:01", "INFO ", "1718900000008", "介護") "STEP end rc=8\n", ""},
        {RUN("01:10:02", "INFO ", "1718900000009", "介護") "msg=\"EXEC start\"\n", ""},
        {RUN("01:10:03", "INFO ", "1718900000010", "介護") "EXEC end rc=\n", ""},
        {"2026-04-15 01:10:04,002 [INFO ] prerun=17 script=介護 EXEC start\n", ""},
        {"2026/04/15 01:10:05,002 [INFO ] run=17 script=介護 EXEC start\n", ""},
        {RUN("01:11:00", "INFO ", "1718900000011", "最後") "EXEC start\n",
            "start 01:11:00 job=最後 run=1718900000011"},
    };

    CHECK_LOG(*state, "integration-log", shapes);
}

/* ---- java-stack-trace --------------------------------------------------------------------- */

static void java_stack_trace(void **state)
{
    static const struct shape shapes[] = {
        {"2026-04-15 01:31:02.118 重大 [http-nio-8080-exec-7] "
         "jp.example.renkei.ImportServlet.doPost "
         "連携データの取込に失敗しました (連携ID=ZEI-0012)\n"
         "java.lang.IllegalStateException: 取込処理を中断しました\n"
         "        at jp.example.renkei.Importer.run(Importer.java:212)\n"
         "Caused by: java.sql.SQLException: ORA-01653: 表領域を拡張できません\n"
         "\n"
         "        at jp.example.db.Tx.insert(Tx.java:55)\n"
         "        ... 31 more\n",
            "failure 01:31:02 job=ZEI-0012 level=重大 "
            "cause=java.sql.SQLException: ORA-01653: 表領域を拡張できません"},
        {"2026-04-15 01:31:03.120 情報 [http-nio-8080-exec-7] 連携ID=ZEI-0013 の取込を開始します\n",
            ""},
        {"2026-04-15 01:31:04.120 SEVERE [main] org.apache.catalina.core.StandardContext failed\n",
            "failure 01:31:04 level=SEVERE"},
        {"2026-04-15 01:31:05,120 [ERROR] jp.example.A (連携ID=ZEI-0014) 失敗\n",
            "failure 01:31:05 job=ZEI-0014 level=ERROR"},
        {"2026-04-15 01:31:06.120 [main] ERROR jp.example.A - failed\n",
            "failure 01:31:06 level=ERROR"},
        {"2026-04-15 01:31:07.120 警告 [main] jp.example.A 再試行します (連携ID=ZEI-0015)\n",
            "warning 01:31:07 job=ZEI-0015 level=警告"},
        {"2026-04-15 01:31:08.120 WARN  [main] jp.example.A\n", "warning 01:31:08 level=WARN"},
        {"2026-04-15 01:31:09.120 [pool-1-thread-2] WARNING jp.example.A\n",
            "warning 01:31:09 level=WARNING"},
        {"2026-04-15T01:31:09.500 ERROR [main] jp.example.B\n", "failure level=ERROR"},
        // Nearly: the words elsewhere than where the level stands, or longer.
        {"2026-04-15 01:31:10.120 情報 [main] 重大 ERROR (連携ID=ZEI-0016) の件数は 0 件\n", ""},
        {"2026-04-15 01:31:11.120 INFO [main] ERROR count: 0\n", ""},
        {"2026-04-15 01:31:12.120 ERRORS [main] 0\n", ""},
        {"2026-04-15 01:31:13.120 [ERROR-handler] INFO 起動しました\n", ""},
        {"2026-04-15 01:31:14.120 警告なし [main]\n", ""},
        {"2026-04-15 01:31:15.120 FINE [main] x\nERROR at the begin of a later line\n", ""},
        {"2026-04-15 01:31:16.120 FATAL [main] last\n", "failure 01:31:16 level=FATAL"},
    };

    CHECK_LOG(*state, "java-stack-trace", shapes);
}

/* ---- transfer-history --------------------------------------------------------------------- */

static void transfer_history(void **state)
{
    struct profile *p = *state;
    static const struct shape shapes[] = {
        {"SEND LOG LIST                                        2026/04/15 05:40:02\n", ""},
        {"FILEID   HOST NAME START DAY   START TIME END TIME  RECORDS    STATUS    CONNECT\n", ""},
        {"JUKIIDO1 RENKEI01  2026/04/15  01:10:00   01:10:07  0000001284 0000-0000 LAN\n",
            "end 01:10:00 job=JUKIIDO1 partner=RENKEI01 rc=0000 detail=0000 records=0000001284"},
        {"ZEIFUKA1 RENKEI01  2026/04/15  01:30:00   01:30:00  0000000000 0250-0205 LAN\n",
            "failure 01:30:00 job=ZEIFUKA1 partner=RENKEI01 rc=0250 detail=0205 "
            "records=0000000000"},
        {"KOKUHO01 RENKEI01  2026/04/15  02:00:00   --:--:--  0000000000 0516-0000 LAN\n",
            "failure 02:00:00 job=KOKUHO01 partner=RENKEI01 rc=0516 detail=0000 "
            "records=0000000000"},
        {"ATENA001 RENKEI01  2026/04/14  23:55:10   00:05:31  0000310022 0000-0000 LAN\n",
            "end 23:55:10 job=ATENA001 partner=RENKEI01 rc=0000 detail=0000 records=0000310022"},
        {"ATENA002 renkei01.example.net 2026/04/14 23:56:10 23:57:31 0000000001 0000-0000\n",
            "end 23:56:10 job=ATENA002 partner=renkei01.example.net rc=0000 detail=0000 "
            "records=0000000001"},
        {"ATENA003 RENKEI01  2026/04/14  23:58:10   23:58:31  0000000001 0000-0011 LAN\n",
            "failure 23:58:10 job=ATENA003 partner=RENKEI01 rc=0000 detail=0011 "
            "records=0000000001"},
        // Nearly: one that runs, codes of other lengths, a name with a blank, what an error says.
        {"KAIGO001 RENKEI01  2026/04/15  02:10:00   --:--:--  0000000000 0000-0000 LAN\n", ""},
        {"KAIGO002 RENKEI01  2026/04/15  02:10:00   02:10:01  0000000000 0250-02055 LAN\n", ""},
        {"KAIGO 03 RENKEI01  2026/04/15  02:10:00   02:10:01  0000000000 0250-0205 LAN\n", ""},
        {"KAIGO004 RENKEI01  2026/04/15  02:10:00   0250-0205 LAN\n", ""},
        {"0250-0205 を検索しましたが該当する履歴はありません\n", ""},
    };

    read_options(p, "transfer-history");
    append_encoded(p, "list", "");
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        append_encoded(p, "list", shapes[i].lines);
    fixture_append(&p->x, "tool", "#!/bin/sh\nexec cat \"${0%tool}list\"\n");
    assert_int_equal(chmod(p->tool, 0755), 0);
    p->options[p->count++] = (struct fake_option){.name = "command", .value = p->tool};
    p->options[p->count++] = (struct fake_option){.name = "start", .value = "begin"};
    p->options[p->count++] = (struct fake_option){.name = "path", .value = NULL};
    struct fake_option first = p->options[0];
    p->options[0] = p->options[p->count - 1];
    p->options[p->count - 1] = first;
    fixture_start(&p->x, p->options);
    fixture_await(&p->x, "listed_lines", 1);

    assert_shapes(p, shapes, sizeof shapes / sizeof shapes[0], "listed_lines");
}

#define PROFILE_TEST(FUNCTION, SENTENCE)                                                          \
    {                                                                                             \
        .name = SENTENCE, .test_func = FUNCTION, .setup_func = set_up, .teardown_func = tear_down \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROFILE_TEST(transfer_trace, "transfer-trace tells each shape from what nearly has it"),
        PROFILE_TEST(scheduler_log, "scheduler-log tells each shape from what nearly has it"),
        PROFILE_TEST(integration_log, "integration-log tells each shape from what nearly has it"),
        PROFILE_TEST(java_stack_trace, "java-stack-trace tells each shape from what nearly has it"),
        PROFILE_TEST(transfer_history, "transfer-history tells each shape from what nearly has it"),
    };
    return cmocka_run_group_tests_name("plugins/watch_linklog profiles", tests, NULL, NULL);
}
