/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/notice_json.h"

enum { SUBJECT_BYTES_MAX = 240 };

struct words {
    const char *en, *ja;
};

static const char *say(const struct message_plan *plan, struct words words)
{
    return plan->is_japanese ? words.ja : words.en;
}

/* What may stand in an identifier (dot-atom, RFC 5322, 3.2.3) of @text. */
static void put_atom(FILE *out, const char *text)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length = strnlen(text, 128);

    if (length == 0)
        fputc('-', out);
    for (size_t i = 0; i < length; i++) {
        bool is_dot = text[i] == '.' && i > 0 && i + 1 < length && text[i - 1] != '.';
        fputc(is_dot || strchr(good, text[i]) != NULL ? text[i] : '-', out);
    }
}

static void put_place(FILE *out, const struct message_plan *plan, const struct hm_notice *n)
{
    fputc('@', out);
    put_atom(out, n->host);
    fprintf(out, ".%s>\r\n", plan->domain);
}

/* Not made of the incident's number, which begins anew with a ledger. */
static void put_thread(
    FILE *out, const struct message_plan *plan, const struct hm_notice *n, const char *header)
{
    if (n->incident_key[0] == '\0')
        return;
    fprintf(out, "%s: <incident-", header);
    put_atom(out, n->incident_key);
    put_place(out, plan, n);
}

static void put_identifiers(FILE *out, const struct message_plan *plan, const struct hm_notice *n)
{
    fputs("Message-ID: <", out);
    put_atom(out, n->key);
    put_place(out, plan, n);
    put_thread(out, plan, n, "References");
    if (strcmp(n->kind, "raised") != 0)
        put_thread(out, plan, n, "In-Reply-To");
    fputs("X-Hashimori-Key: ", out);
    put_atom(out, n->key);
    fputs("\r\nX-Hashimori-Event: ", out);
    put_atom(out, n->event_id);
    fputs("\r\n", out);
}

static void put_date(FILE *out, int64_t now_ms, int32_t offset_s)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t local = (time_t)(now_ms / 1000 + offset_s);
    int32_t offset = offset_s < 0 ? -offset_s : offset_s;
    struct tm tm = {.tm_year = 70, .tm_mday = 1}; // for a time that gmtime_r cannot say

    gmtime_r(&local, &tm);
    fprintf(out, "Date: %s, %d %s %d %02d:%02d:%02d %c%02d%02d\r\n", days[tm.tm_wday], tm.tm_mday,
        months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
        offset_s < 0 ? '-' : '+', (int)(offset / 3600 % 100), (int)(offset / 60 % 60));
}

static void put_subject(FILE *out, const struct message_plan *plan, const struct hm_notice *n)
{
    char *subject = NULL;

    if (asprintf(&subject, "%s %s: %s", plan->prefix, n->host, n->text) < 0)
        return;
    subject[encode_cut(subject, SUBJECT_BYTES_MAX)] = '\0';
    encode_header(out, plan->charset, "Subject", subject);
    free(subject);
}

static void put_to(FILE *out, const struct message_plan *plan)
{
    fputs("To: ", out);
    for (size_t i = 0; i < plan->to_count; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ",\r\n ", plan->to[i]);
    fputs("\r\n", out);
}

/* ---- body -------------------------------------------------------------------------------- */

static void put_fact(
    FILE *out, const struct message_plan *plan, struct words name, const char *value)
{
    if (value[0] != '\0')
        fprintf(out, "%s: %s\n", say(plan, name), value);
}

static struct words severity_words(int severity)
{
    switch (severity) {
    case 1:
        return (struct words){"notice", "情報"};
    case 2:
        return (struct words){"warning", "警告"};
    case 3:
        return (struct words){"critical", "重大"};
    case 9:
        return (struct words){"blind (could not look)", "監視不能"};
    default:
        return (struct words){"ok", "正常"};
    }
}

static void put_times(FILE *out, const struct message_plan *plan, const struct hm_notice *n)
{
    char at[NOTICE_TIME_BYTES];

    notice_time(at, n->at_ms, n->utc_offset_s, true);
    put_fact(out, plan, (struct words){"happened", "発生日時"}, at);
    if (n->detected_at_ms == 0)
        return;
    notice_time(at, n->detected_at_ms, n->utc_offset_s, true);
    put_fact(out, plan, (struct words){"detected", "検知日時"}, at);
}

static void put_facts(FILE *out, const struct message_plan *plan, const struct hm_notice *n)
{
    char number[24] = "";

    put_fact(
        out, plan, (struct words){"severity", "深刻度"}, say(plan, severity_words(n->severity)));
    put_times(out, plan, n);
    put_fact(out, plan, (struct words){"host", "サーバ"}, n->host);
    put_fact(out, plan, (struct words){"service", "サービス"}, n->service);
    put_fact(out, plan, (struct words){"subject", "監視対象"}, n->subject);
    put_fact(out, plan, (struct words){"instance", "要素"}, n->instance);
    put_fact(out, plan, (struct words){"metric", "指標"}, n->metric);
    put_fact(out, plan, (struct words){"value", "値"}, n->value);
    put_fact(out, plan, (struct words){"threshold", "しきい値"}, n->threshold);
    put_fact(out, plan, (struct words){"state", "状態"}, n->state);
    put_fact(out, plan, (struct words){"event", "事象"}, n->event_id);
    if (n->incident != 0)
        snprintf(number, sizeof number, "%" PRIu64, n->incident);
    put_fact(out, plan, (struct words){"incident", "障害番号"}, number);
    snprintf(number, sizeof number, "%" PRIu64, n->sequence);
    put_fact(out, plan, (struct words){"sequence", "通知番号"}, number);
    put_fact(out, plan, (struct words){"key", "通知キー"}, n->key);
}

/* What the first report needs and no machine has seen. */
static void put_blanks(FILE *out, const struct message_plan *plan)
{
    static const struct words blanks[] = {{"affected range", "影響範囲"},
        {"cause (suspected)", "原因 (推定)"}, {"what is being done", "対応状況"},
        {"expected recovery", "復旧見込み"}, {"reported by / at", "報告者・報告日時"}};

    fprintf(out, "\n---- %s ----\n",
        say(plan, (struct words){
                      "first report: to be written by a person", "第一報: 以下は担当者が記入"}));
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
        fprintf(out, "%s:\n", say(plan, blanks[i]));
}

static void put_body(FILE *out, const struct message_plan *plan, const struct hm_notice *n)
{
    char *body = NULL;
    size_t length;
    FILE *text = open_memstream(&body, &length);

    if (text == NULL)
        return;
    fprintf(text, "%s\n\n---- %s ----\n", n->text,
        say(plan, (struct words){"observed", "観測した事実"}));
    put_facts(text, plan, n);
    if (strcmp(n->kind, "raised") == 0 || strcmp(n->kind, "reminder") == 0)
        put_blanks(text, plan);
    if (fclose(text) == 0)
        encode_body(out, plan->charset, body);
    free(body);
}

char *message_make(
    const struct message_plan *plan, const struct hm_notice *notice, size_t *ret_length)
{
    char *ret = NULL;
    FILE *out = open_memstream(&ret, ret_length);

    if (out == NULL)
        return NULL;
    put_date(out, plan->now_ms, notice->utc_offset_s);
    fprintf(out, "From: %s\r\n", plan->from);
    put_to(out, plan);
    put_subject(out, plan, notice);
    put_identifiers(out, plan, notice);
    fputs("Auto-Submitted: auto-generated\r\n", out);
    put_body(out, plan, notice);
    if (fclose(out) != 0) {
        free(ret);
        return NULL;
    }
    return ret;
}
