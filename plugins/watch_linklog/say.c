/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "announced.h"
#include "digits.h"
#include "linklog.h"
#include "stamp.h"

enum { FIELDS_MAX = 32, FIELD_BYTES = 512, SENTENCE_BYTES = 1600 };
enum { LIMIT_TELL_MS = 10 * 60 * 1000 };

/* Fields of the event being made, with room for their values. Not on the stack: the compiler's
 * hardening writes zeros over what is there, each time. */
struct details {
    struct hm_field fields[FIELDS_MAX];
    size_t count;
    size_t used;           /* of values */
    size_t progress_begin; /* of progress: the same as long as only offsets change */
    char progress[FOLLOW_PROGRESS_BYTES];
    char values[FIELDS_MAX * FIELD_BYTES];
};
_Static_assert((int)FIELDS_MAX *FIELD_BYTES >= (int)FOLLOW_STATE_BYTES, "or the state");

int say_new(struct details **ret_details)
{
    struct details *d = malloc(sizeof *d);
    if (d == NULL)
        return -ENOMEM;
    *ret_details = d;
    return 0;
}

static struct details *begin_details(struct linklog *l)
{
    l->details->count = l->details->used = 0;
    return l->details;
}

/* Room for a value of up to FIELD_BYTES with its NUL byte; NULL: the field is there already, or
 * there are too many. */
static char *begin_field(struct details *d, const char *name)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->fields[i].name[0] == name[0] && strcmp(d->fields[i].name, name) == 0)
            return NULL;
    return d->count < FIELDS_MAX ? d->values + d->used : NULL;
}

static void end_field(struct details *d, const char *name, char *value, size_t length)
{
    value[length] = '\0';
    d->used += length + 1;
    d->fields[d->count++] = (struct hm_field){.name = name, .value = value};
}

static void add(struct details *d, const char *name, const char *value, size_t length)
{
    char *to = begin_field(d, name);
    if (to == NULL)
        return;
    size_t n = length < FIELD_BYTES - 1 ? length : FIELD_BYTES - 1;
    while (n < length && n > 0 && ((unsigned char)value[n] & 0xC0) == 0x80)
        n--;
    memcpy(to, value, n);
    end_field(d, name, to, n);
}

static void add_text(struct details *d, const char *name, const char *value)
{
    add(d, name, value, strlen(value));
}

static void add_number(struct details *d, const char *name, int64_t value)
{
    char digits[DIGITS_MAX], *end = digits + sizeof digits;
    const char *first = digits_signed(end, value);
    add(d, name, first, (size_t)(end - first));
}

static bool is_japanese(const struct linklog *l)
{
    return strcmp(l->host->language(l->host), "ja") == 0;
}

static void report_event(
    struct linklog *l, const char *metric, const char *text, const struct details *d, int64_t at_ms)
{
    struct hm_reading reading = {.metric = metric,
        .kind = HM_EVENT,
        .text = text,
        .fields = d->fields,
        .field_count = d->count,
        .at_ms = at_ms};
    l->made++;
    l->host->report(l->host, &reading);
}

void say_offsets(struct linklog *l)
{
    char *state = l->details->values;
    follow_state(l->follow, state, FOLLOW_STATE_BYTES);
    l->host->keep(l->host, "offset", state);
    l->moved = false;
    l->is_kept_whole = l->reading != NULL;
}

/* How far @t is, together with what was kept whole before. */
static void say_offset_of(struct linklog *l, const struct tail *t)
{
    struct details *d = l->details;
    if (!l->is_kept_whole || l->reading != t) {
        say_offsets(l);
        d->progress_begin = follow_progress(l->follow, t, d->progress);
        return;
    }
    char *end = digits_append(d->progress + d->progress_begin, t->at);
    *end++ = ' ';
    *digits_append(end, t->done) = '\0';
    l->host->keep(l->host, "at", d->progress);
    l->moved = false;
}

static void add_captures(struct details *d, const struct pattern *p, const struct record *r)
{
    for (size_t i = 0; i < pattern_captures(p); i++) {
        size_t begin, length;
        if (pattern_capture(p, i, &begin, &length))
            add(d, pattern_capture_name(p, i), r->text + begin, length);
    }
}

static void add_place(struct details *d, const struct place *where, const struct record *r)
{
    add_text(d, "file", where->file);
    if (where->offset >= 0)
        add_number(d, "offset", where->offset);
    if (r->cause[0] != '\0')
        add_text(d, "cause", r->cause);
    uint64_t fingerprint = r->lines > 1 ? record_fingerprint(r) : 0;
    if (fingerprint != 0) {
        char text[17];
        snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
        add_text(d, "fingerprint", text);
    }
}

/* When the record says that it happened; 0 if it does not. */
static int64_t time_of(const struct linklog *l, int64_t near_ms, const struct details *d)
{
    int64_t at_ms = 0;
    for (size_t i = 0; l->time_format != NULL && i < d->count; i++)
        if (strcmp(d->fields[i].name, "time") == 0)
            stamp_read(l->time_format, d->fields[i].value, near_ms, &at_ms);
    return at_ms;
}

void say_event(
    struct linklog *l, const struct rule *rule, const struct record *r, const struct place *where)
{
    struct details *d = begin_details(l);
    add_captures(d, rule->pattern, r);
    add_place(d, where, r);
    const char *summary = r->text;
    if (r->cut > 0 || r->first_length < r->length) {
        record_summary(r, l->summary, l->lines.max + 64);
        summary = l->summary;
    }
    report_event(l, rule->kind, summary, d, time_of(l, where->near_ms, d));
}

void say_hits(
    struct linklog *l, struct tail *t, const struct record *r, const size_t *hits, size_t count)
{
    struct place where = {t->path, r->begin, t->modified_ns / 1000000};
    for (size_t i = t->done; i < count; i++) {
        bool is_last = i + 1 == count;
        t->at = is_last ? r->end : r->begin;
        t->done = is_last ? 0 : (unsigned)i + 1;
        announced_take(l->announced, &l->rules.all[hits[i]], r);
        say_offset_of(l, t);
        say_event(l, &l->rules.all[hits[i]], r, &where);
    }
}

static const char *why_blind(const struct linklog *l, int error)
{
    bool ja = is_japanese(l);
    if (error == ENOENT || error == ENOTDIR)
        return ja ? "ファイルがありません" : "there is no such file";
    if (error == EACCES || error == EPERM)
        return ja ? "読む権限がありません。_hashimori を adm グループに加えるか、ACL を設定するか、"
                    "ドロップイン read-all.conf と read_all = true を使ってください"
                  : "no right to read it: put _hashimori into group adm, set an ACL, or use the "
                    "drop-in read-all.conf with read_all = true";
    if (error == EINVAL)
        return ja ? "通常のファイルではありません" : "it is not a regular file";
    if (error == ELOOP)
        return ja ? "他のユーザーが作ったシンボリックリンクなので開きません"
                  : "it is a symbolic link made by somebody else and is not followed";
    return strerror(error);
}

static void say_blind(struct linklog *l, int error)
{
    char text[SENTENCE_BYTES];
    snprintf(text, sizeof text,
        is_japanese(l) ? "ログ %s を監視できません: %s" : "cannot watch the log %s: %s",
        follow_path(l->follow), why_blind(l, error));
    struct hm_reading reading = {.metric = "silent_s", .kind = HM_BLIND, .text = text};
    l->was_blind = true;
    l->host->report(l->host, &reading);
}

/* How far reading is behind the writer; not known of a trace that wraps around. */
static void say_unread(struct linklog *l)
{
    struct hm_reading reading = {.metric = "unread_bytes", .kind = HM_NUMBER};
    for (size_t i = 0; i < follow_count(l->follow); i++)
        reading.number += (double)tail_unread(follow_tail(l->follow, i));
    l->host->report(l->host, &reading);
}

void say_state(struct linklog *l)
{
    int absent = follow_absent(l->follow), error = l->fault != 0 ? l->fault : absent;
    bool may_be_absent = !l->must_exist && (absent == ENOENT || absent == ENOTDIR);

    if (error != 0 && !(l->fault == 0 && may_be_absent)) {
        say_blind(l, error);
        return;
    }
    int64_t written_ms = follow_written_ms(l->follow), now_ms = l->host->wall_ms(l->host);
    l->was_blind = false;
    if (!l->lines.eof_mark)
        say_unread(l);
    if (written_ms == 0)
        return;
    struct hm_reading reading = {.metric = "silent_s",
        .kind = HM_NUMBER,
        .number = now_ms > written_ms ? (double)(now_ms - written_ms) / 1000.0 : 0.0};
    l->host->report(l->host, &reading);
}

void say_listed(struct linklog *l, long lines)
{
    struct hm_reading reading = {
        .metric = "listed_lines", .kind = HM_NUMBER, .number = (double)lines};
    l->host->report(l->host, &reading);
}

/* The sentence's tail, behind the command's name. */
static void why_not_listed(bool ja, enum listing_fault fault, int number, char *out, size_t room)
{
    switch (fault) {
    case LISTING_START:
        snprintf(
            out, room, ja ? "起動できません: %s" : "it cannot be started: %s", strerror(number));
        break;
    case LISTING_SLOW:
        snprintf(out, room, "%s",
            ja ? "制限時間内に終わりませんでした" : "it did not end within its time limit");
        break;
    case LISTING_SIGNAL:
        snprintf(
            out, room, ja ? "シグナル %d で終了しました" : "it was ended by signal %d", number);
        break;
    case LISTING_CODE:
        snprintf(out, room, ja ? "終了コード %d を返しました" : "it ended with code %d", number);
        break;
    case LISTING_LONG:
        snprintf(out, room, ja ? "出力が %d バイトを超えました" : "it printed more than %d bytes",
            number);
        break;
    case LISTING_MANY:
        snprintf(out, room,
            ja ? "一致するレコードが %d 件を超えました" : "more than %d of its records match",
            number);
        break;
    }
}

void say_listing_blind(struct linklog *l, const char *command, enum listing_fault fault, int number)
{
    char text[SENTENCE_BYTES], why[256];
    bool ja = is_japanese(l);
    why_not_listed(ja, fault, number, why, sizeof why);
    snprintf(text, sizeof text, ja ? "一覧を取得できません(%s): %s" : "no listing by %s: %s",
        command, why);
    struct hm_reading reading = {.metric = "listed_lines", .kind = HM_BLIND, .text = text};
    l->host->report(l->host, &reading);
}

static int day_of(int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm = {0};
    localtime_r(&seconds, &tm);
    return (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

void say_encoding(struct linklog *l, const char *file, int64_t offset, enum charset_way way)
{
    int day = day_of(l->host->wall_ms(l->host));
    if (l->encoding_day == day)
        return;
    l->encoding_day = day;

    static const char *const read_as[] = {"", "UTF-8", "CP932", "replaced"};
    char text[SENTENCE_BYTES], kept[16];
    bool ja = is_japanese(l), replaced = way == CHARSET_REPLACED;
    const char *how = replaced ? (ja ? "読めないバイトを U+FFFD に置き換えました"
                                     : "bytes that do not belong became U+FFFD")
                               : (ja ? "別の文字コードとして読みました" : "it was read as another");
    snprintf(text, sizeof text,
        ja ? "文字コード不一致の疑い: %s の %" PRId64 " バイト目の行は %s ではありません。%s (%s)"
           : "suspected encoding mismatch: in %s the line at byte %" PRId64 " is not %s; %s (%s)",
        file, offset, charset_name(l->charset), how, read_as[way]);
    struct details *d = begin_details(l);
    add_text(d, "file", file);
    add_number(d, "offset", offset);
    add_text(d, "read_as", read_as[way]);
    snprintf(kept, sizeof kept, "%d", day);
    l->host->keep(l->host, "encoding_day", kept);
    report_event(l, "encoding", text, d, 0);
}

void say_limit(struct linklog *l, const struct tail *t, const struct record *r, size_t number)
{
    struct rule *rule = &l->rules.all[number];
    int64_t now_ms = l->host->boot_ms(l->host);
    if (rule->limit_told_ms != 0 && now_ms - rule->limit_told_ms < LIMIT_TELL_MS)
        return;
    rule->limit_told_ms = now_ms;

    char text[SENTENCE_BYTES];
    snprintf(text, sizeof text,
        is_japanese(l) ? "照合を上限で打ち切りました（パターン %.300s）。%s の %" PRId64
                         " バイト目のレコードは判定できていません"
                       : "the pattern %.300s was stopped at its limits; the record of %s at byte "
                         "%" PRId64 " is not judged",
        pattern_text(rule->pattern), t->path, r->begin);
    struct details *d = begin_details(l);
    add_text(d, "pattern", pattern_text(rule->pattern));
    add_text(d, "file", t->path);
    add_number(d, "offset", r->begin);
    report_event(l, "match_limit", text, d, 0);
}

/* Why bytes are lost, as a person should read it. */
static const char *why_lost(bool ja, const char *why)
{
    static const struct {
        const char *why, *en, *ja;
    } sentences[] = {
        {"truncated", "truncated before it was read", "読む前に切り詰められました"},
        {"gone", "rotated away unseen, the rest was not found",
            "停止中に切り替わり、残りが見つかりません"},
        {"days", "more than 40 days went by, older ones are not looked for",
            "40日を超える期間が空いたため、それより前の日付は読みません"},
        {"damaged", "the compressed part is damaged", "圧縮ファイルが壊れています"},
        {"ratio", "the compressed part unpacks to more than 200 times its size and was stopped",
            "圧縮ファイルの展開後の大きさが200倍を超えたため打ち切りました"},
        {"bytes", "the compressed part holds more than 16 GiB and was stopped",
            "圧縮ファイルの展開後の大きさが 16 GiB を超えたため打ち切りました"},
        {"time", "the compressed part took more than 5 minutes and was stopped",
            "圧縮ファイルの展開が5分を超えたため打ち切りました"},
        {"members", "the compressed part has more than 1,000 members and was stopped",
            "圧縮ファイルのメンバーが 1,000 個を超えたため打ち切りました"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].why, why) == 0)
            return ja ? sentences[i].ja : sentences[i].en;
    return why;
}

static void format_amount(bool ja, int64_t bytes, int64_t least, char *out, size_t room)
{
    if (bytes >= 0)
        snprintf(out, room, "%" PRId64, bytes);
    else if (least > 0)
        snprintf(out, room, ja ? "%" PRId64 " 以上の" : "%" PRId64 " or more", least);
    else
        snprintf(out, room, "%s", ja ? "不明な数の" : "an unknown number of");
}

void say_lost(struct linklog *l, const char *path, int64_t bytes, int64_t least, const char *why)
{
    char text[SENTENCE_BYTES], amount[48], number[32];
    bool ja = is_japanese(l);
    format_amount(ja, bytes, least, amount, sizeof amount);
    snprintf(text, sizeof text,
        ja ? "読み飛ばしの可能性: %s の %s バイト (%s)" : "possibly skipped: %s, %s bytes (%s)",
        path, amount, why_lost(ja, why));
    struct details *d = begin_details(l);
    add_text(d, "file", path);
    snprintf(number, sizeof number, "%" PRId64, bytes);
    add_text(d, "bytes", bytes >= 0 ? number : "unknown");
    if (bytes < 0 && least > 0)
        add_number(d, "at_least", least);
    add_text(d, "why", why);
    report_event(l, "lost_bytes", text, d, 0);
}

/* ---- announced files ---- */

static void size_sentence(const struct linklog *l, const char *name, int64_t announced,
    int64_t found, char out[static SENTENCE_BYTES])
{
    bool ja = is_japanese(l);
    if (found == announced)
        snprintf(out, SENTENCE_BYTES,
            ja ? "ファイル %s は通知どおり %" PRId64 " バイトです"
               : "the file %s has the %" PRId64 " bytes that were announced",
            name, announced);
    else if (found < 0)
        snprintf(out, SENTENCE_BYTES,
            ja ? "通知されたファイル %s (%" PRId64 " バイト) がありません"
               : "the file %s, announced with %" PRId64 " bytes, is not there",
            name, announced);
    else
        snprintf(out, SENTENCE_BYTES,
            ja ? "ファイル %s のサイズが通知と異なります(通知 %" PRId64 " バイト、実際 %" PRId64
                 " バイト)"
               : "the file %s was announced with %" PRId64 " bytes and has %" PRId64,
            name, announced, found);
}

void say_size(
    struct linklog *l, const char *job, const char *name, int64_t announced, int64_t found)
{
    char text[SENTENCE_BYTES];
    struct details *d = begin_details(l);
    size_sentence(l, name, announced, found, text);
    add_text(d, "job", job[0] != '\0' ? job : name);
    add_text(d, "name", name);
    add_number(d, "announced_bytes", announced);
    if (found >= 0)
        add_number(d, "found_bytes", found);
    report_event(l, found == announced ? "size_match" : "size_mismatch", text, d, 0);
}

void say_announced(struct linklog *l, size_t waiting)
{
    struct hm_reading reading = {.instance = ANNOUNCED_INSTANCE,
        .metric = "announced_files",
        .kind = HM_NUMBER,
        .number = (double)waiting};
    l->host->report(l->host, &reading);
}

static void say_not_compared(struct linklog *l, const char *text)
{
    struct hm_reading reading = {.instance = ANNOUNCED_INSTANCE,
        .metric = "announced_files",
        .kind = HM_BLIND,
        .text = text};
    l->host->report(l->host, &reading);
}

void say_announced_full(struct linklog *l, int most)
{
    char text[SENTENCE_BYTES];
    snprintf(text, sizeof text,
        is_japanese(l) ? "通知されたファイルの待ちが %d 件を超え、確認できないものがあります"
                       : "more than %d announced files are waited for, some are not looked for",
        most);
    say_not_compared(l, text);
}

void say_announced_blind(struct linklog *l, const char *folder, int error)
{
    char text[SENTENCE_BYTES];
    bool ja = is_japanese(l), is_absent = error == ENOENT || error == ENOTDIR;
    const char *absent = ja ? "フォルダーがありません" : "there is no such folder";
    snprintf(text, sizeof text,
        ja ? "通知されたファイルを %s で確認できません: %s"
           : "cannot look for announced files in %s: %s",
        folder, is_absent ? absent : why_blind(l, error));
    say_not_compared(l, text);
}
