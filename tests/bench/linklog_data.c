/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * linklog_data MODE ...: what the benches of linklog read.
 *
 *   log BYTES PPM [SEED]
 *       a log of linkage software on standard output, UTF-8, of lines of 120 bytes or so; PPM of a
 *       million lines hold one of 40 failures. The others are full of near misses (rc=0, 正常終了,
 *       errno=0), as real ones are
 *   patterns COUNT
 *       the first COUNT patterns, one a line, in the syntax that ERE and PCRE share: 40 find the
 *       failures, what comes behind them finds nothing
 *   named COUNT
 *       the same for PCRE, with a name for each capture
 *   open LOG COUNT ENCODING [HEAD]
 *       the line that hashimori-worker --run wants, patterns with named captures
 *   append LOG RATE SECONDS
 *       writes RATE lines a second to the log, one write(2) each
 *
 * The same arguments give the same bytes.
 */

static uint64_t state;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % below);
}

/* Each has room for four numbers. */
static const char *const good[] = {
    "I [recv-%02u] 集信が正常終了しました STS=0 DSTS=0 RECCNT=%u FILE=/renkei/in/juki_%u.csv "
    "bytes=%u",
    "I [send-%02u] 配信を開始しました 宛先=HOST%02u FILE=/renkei/out/zei_%u.csv 件数=%u",
    "I [eai-%02u] run=%u script=税_配信 EXEC end rc=0 elapsed=%ums rows=%u",
    "D [http-%02u] \"GET /renkei/v1/atena/%u HTTP/1.1\" 200 %u %u",
    "I KAVS%04u-I AJSROOT1:/連携/夜間/住記異動 ジョブが終了しました 終了コード=0 seq=%u cpu=%u "
    "wait=%u",
    "I [batch-%u] 住記連携 取込完了 件数=%u エラー件数=0 警告=%u 経過=%u秒",
    "W [pool-%u] 再試行=%u 接続先=192.0.2.%u 応答時間=%ums",
    "D SELECT * FROM T_ATENA WHERE KOJIN_KEY = %u AND STS = '%u' -- rows=%u time=%u SQLSTATE",
    "I sftp: transfer complete id=%u host=city%03u.example.jp bytes=%u elapsed=%u errno=0",
    "T heartbeat node=%u seq=%u lag=%u status=OK depth=%u",
    "I [queue-%02u] 待ち件数=%u 最古=%u秒 depth=%u",
    "I [watch-%u] /renkei/in に新しいファイルが %u 個到着しました id=%u size=%u",
    "I [web-%02u] セッション %u を開始しました user=u%u 端末=%u",
    "I [fee-%02u] 宛名番号 %08u の通知データを作成しました（金額=%u円） 戻り値=%u",
    "D child %u: exit code 0 signal none pid=%u cpu=%u rss=%u",
    "I checksum of part %u verified, block=%u len=%u crc=%u",
};

static const char *const bad[40] = {
    "E [in-%02u] 連携データの取込に失敗しました id=%u seq=%u",
    "E [batch-%u] バッチが強制終了しました pid=%u seq=%u",
    "E 応答時間が上限を超えました 接続先=192.0.2.%u 経過=%u 上限=%u",
    "E 相手先との接続が切断されました host=city%03u port=%u try=%u",
    "E 集信ファイルを作成できません FILE=/renkei/in/zei_%u.csv block=%u len=%u",
    "E read from 192.0.2.%u:%u: Connection reset by peer try=%u",
    "E ORA-01653 表領域を拡張できません node=%u seq=%u id=%u",
    "E [recv-%02u] 集信処理 STS=2%u DSTS=%u",
    "E [eai-%02u] run=%u script=国保_配信 EXEC end rc=-%u",
    "E [send-%02u] 配信中断 宛先=HOST%02u 通番=%u",
    "E ディスクの空き容量が不足しています /renkei (%u%%) 残=%u 必要=%u",
    "E java.sql.SQLException: statement %u failed after %ums, id=%u",
    "E write /renkei/work/tmp%u: No space left on device block=%u len=%u",
    "E open /renkei/in/f%u.dat: Permission denied uid=%u gid=%u",
    "PANIC: could not locate a valid checkpoint record pid=%u seq=%u id=%u",
    "E [db-%u] lock wait timeout exceeded xid=%u waiting=%u",
    "E 受信ファイルのハッシュ値が一致しません id=%u len=%u block=%u",
    "E ジョブの二重起動を検出しました 通番=%u 前回=%u 相手=%u",
    "E 相手先の応答がありません id=%u port=%u try=%u",
    "E [conv-%02u] 文字コード変換エラー 行=%u 桁=%u",
    "E process %u: SIGABRT code %u id=%u",
    "E \"POST /renkei/v1/notify/%u HTTP/1.1\" 503 %u %u",
    "E 国保連携の取込処理は途中で中断されました id=%u len=%u seq=%u",
    "E KNAD%04u-E 通信障害 id=%u len=%u",
    "E sftp: session %u closed by host city%03u id=%u",
    "E サーバー証明書の期限切れ serial=%u days=%u id=%u",
    "E TLS alert: unknown ca host=%u alert=%u id=%u",
    "E child %u: exit code 1%u id=%u",
    "E ORA-00001: unique constraint violated node=%u id=%u row=%u",
    "E SQLCODE=-%u SQLSTATE=23505 id=%u row=%u",
    "E gave up after %u attempts id=%u row=%u",
    "E 滞留件数=1%u0000 しきい値超過 id=%u row=%u",
    "E MQRC=20%u reason code 205%u id=%u",
    "E errno=1%u (socket) id=%u row=%u",
    "E pid=%u killed by signal 9 id=%u row=%u",
    "E 戻り値=-%u 関数=send_data id=%u row=%u",
    "E checksum %x does not match %x id=%u",
    "E spool RENKEI%u is full (depth=9%u) id=%u",
    "E 連携ID=IF%u 遅延=9%u00分 id=%u",
    "E 電文に欠番があります 通番=%u-%u id=%u",
};

static const char *const patterns[40] = {
    "連携データの取込に失敗しました",
    "強制終了しました",
    "応答時間が上限を超えました",
    "接続が切断されました",
    "集信ファイルを作成できません",
    "Connection reset by peer",
    "ORA-01653",
    "STS=([1-9][0-9]*) DSTS=([0-9]+)",
    "script=([^ ]+) EXEC end rc=(-?[1-9][0-9]*)",
    "(集信|配信)(異常|中断|拒否)",
    "ディスクの空き容量が不足",
    "java\\.sql\\.SQLException",
    "No space left on device",
    "Permission denied",
    "PANIC:",
    "lock wait timeout exceeded",
    "ハッシュ値が一致しません",
    "二重起動を検出",
    "相手先の応答がありません",
    "文字コード変換エラー",
    "(SIGABRT|SIGSEGV|core dumped)",
    "HTTP/1\\.[01]\" (500|502|503|504) ",
    "(住記|税|国保)連携.{0,40}(失敗|中断|異常)",
    "(KAVS|KNAD|KFPS)([0-9]{4})-E",
    "(sftp|scp|ftps): .*(failed|refused|closed)",
    "(サーバー|クライアント)証明書の期限切れ",
    "(TLS|SSL) alert: (fatal|unknown ca)",
    "exit code ([1-9][0-9]*)",
    "ORA-([0-9]{5}):",
    "SQLSTATE=([0-9A-Z]{5})",
    "gave up after ([0-9]+) attempts",
    "滞留件数=([1-9][0-9]{4,})",
    "MQRC=20[0-9]{2}|reason code 20[0-9]{2}",
    "errno=([1-9][0-9]*)",
    "killed by signal ([0-9]+)",
    "戻り値=-([0-9]+)",
    "checksum ([0-9a-f]+) does not match ([0-9a-f]+)",
    "spool ([A-Z0-9_]+) is full \\(depth=([0-9]+)\\)",
    "遅延=([1-9][0-9]{2,})分",
    "(欠番|重複)があります",
};

static const char *const fillers[] = {"/連携/夜間/%03u/.*(異常|警告)終了",
    "IF8%03u.*(配信|集信)失敗", "KFPS9%04u-[EW]", "送達確認エラー%03u", "RC=%04u step=([A-Z0-9]+)"};

enum { COUNT_MAX = 1000 };

static const char *pattern_at(unsigned i, char out[static 64])
{
    const unsigned kinds = sizeof fillers / sizeof fillers[0];
    const char *filler = fillers[(i - 40) % kinds];
    if (i < 40)
        return patterns[i];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(out, 64, filler, (i - 40) / kinds * 7 + 100);
    return out;
}

static void fail(const char *what)
{
    fprintf(stderr, "linklog_data: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* One line with its newline; its length. */
static size_t make_line(char out[static 512], uint64_t *ms, unsigned ppm)
{
    *ms += draw(20);
    unsigned s = (unsigned)(*ms / 1000);
    size_t n = (size_t)snprintf(out, 64, "2026-04-%02u %02u:%02u:%02u.%03u ", 1 + s / 86400 % 28,
        s / 3600 % 24, s / 60 % 60, s % 60, (unsigned)(*ms % 1000));
    if (draw(1000000) < ppm)
        n += (size_t)snprintf(
            out + n, 400, bad[draw(40)], draw(89) + 1, draw(899) + 1, draw(99999) + 1);
    else
        n += (size_t)snprintf(out + n, 400, good[draw(sizeof good / sizeof good[0])], draw(90),
            draw(9999), draw(9999999), draw(9));
    if (draw(3) == 0)
        n += (size_t)snprintf(out + n, 40, " trace=%08x%08x", draw(1u << 31), draw(1u << 31));
    out[n++] = '\n';
    return n;
}
#pragma GCC diagnostic pop

static void seed(const char *text)
{
    state = (text != NULL ? strtoull(text, NULL, 10) : 1) * 0x9E3779B97F4A7C15ull +
            1442695040888963407ull;
}

static void write_log(const char *bytes, const char *ppm, const char *seed_text)
{
    uint64_t total = strtoull(bytes, NULL, 10), written = 0, ms = 0;
    char line[512];
    seed(seed_text);
    while (written < total) {
        size_t n = make_line(line, &ms, (unsigned)strtoul(ppm, NULL, 10));
        if (fwrite(line, 1, n, stdout) != n)
            fail("standard output");
        written += n;
    }
}

static void write_patterns(unsigned count)
{
    char room[64];
    for (unsigned i = 0; i < count; i++)
        puts(pattern_at(i, room));
}

static void write_byte(char c, bool in_json)
{
    if (in_json && (c == '"' || c == '\\'))
        putchar('\\');
    putchar(c);
}

/* With a name for each capture. */
static void write_named(const char *pattern, bool in_json)
{
    unsigned captures = 0;
    for (const char *p = pattern; *p != '\0'; p++) {
        write_byte(*p, in_json);
        if (*p == '\\' && p[1] != '\0')
            write_byte(*++p, in_json);
        else if (*p == '(')
            printf("?<c%u>", ++captures);
    }
}

static void write_all_named(unsigned count)
{
    char room[64];
    for (unsigned i = 0; i < count; i++) {
        write_named(pattern_at(i, room), false);
        putchar('\n');
    }
}

static void write_open(const char *log, unsigned count, const char *encoding, const char *head)
{
    char room[64];
    printf("{\"subject\":\"log\",\"interval_ms\":3600000,\"deadline_ms\":600000,\"language\":"
           "\"en\",\"options\":{"
           "\"path\":\"%s\",\"encoding\":\"%s\",\"source\":\"file\",\"timeout\":30000,\"start\":"
           "\"begin\",\"flush\":2000,\"max_record\":"
           "16384,"
           "\"must_exist\":true,\"eof_mark\":false,",
        log, encoding);
    if (head != NULL)
        printf("\"head\":\"%s\",", head);
    printf("\"patterns\":[");
    for (unsigned i = 0; i < count; i++) {
        printf("%s{\"kind\":\"failure\",\"pattern\":\"", i > 0 ? "," : "");
        write_named(pattern_at(i, room), true);
        printf("\"}");
    }
    puts("]}}");
}

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void append(const char *log, long rate, long seconds)
{
    uint64_t ms = 0;
    char line[512];
    int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    int64_t began = now_us();
    if (fd < 0)
        fail(log);
    seed(NULL);
    for (long i = 0; i < rate * seconds; i++) {
        int64_t wait = began + i * 1000000LL / rate - now_us();
        if (wait > 0)
            usleep((useconds_t)wait);
        size_t n = make_line(line, &ms, 0);
        if (write(fd, line, n) != (ssize_t)n)
            fail(log);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    unsigned long count = argc > 2 ? strtoul(argv[argc > 3 ? 3 : 2], NULL, 10) : 0;

    if (strcmp(mode, "log") == 0 && (argc == 4 || argc == 5))
        write_log(argv[2], argv[3], argv[4]);
    else if (strcmp(mode, "patterns") == 0 && argc == 3 && count <= COUNT_MAX)
        write_patterns((unsigned)count);
    else if (strcmp(mode, "named") == 0 && argc == 3 && count <= COUNT_MAX)
        write_all_named((unsigned)count);
    else if (strcmp(mode, "open") == 0 && (argc == 5 || argc == 6) && count <= COUNT_MAX)
        write_open(argv[2], (unsigned)count, argv[4], argv[5]);
    else if (strcmp(mode, "append") == 0 && argc == 5 && count > 0)
        append(argv[2], (long)count, strtol(argv[4], NULL, 10));
    else {
        fprintf(stderr, "usage: linklog_data log BYTES PPM [SEED] | patterns COUNT | named COUNT | "
                        "open LOG COUNT "
                        "ENCODING [HEAD] | append LOG RATE SECONDS\n");
        return 2;
    }
    return 0;
}
