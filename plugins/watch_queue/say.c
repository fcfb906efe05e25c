/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "content.h"
#include "visible.h"

enum {
    BURST_MAX = 100, /* error files told one by one in BURST_MS; then a sum */
    BURST_MS = 10 * 1000,
    OVERFLOW_MS = 60 * 1000,
    NAME_BYTES = 1024,
    TEXT_BYTES = NAME_BYTES + 256
};

static bool speaks_japanese(const struct queue *q)
{
    return strcmp(q->host->language(q->host), "ja") == 0;
}

/* ---- readings ---- */

static void report(const struct watched *w, const char *metric, double number, const char *text)
{
    const struct hm_host *host = w->queue->host;
    const struct hm_reading r = {.instance = w->stage.set.name,
        .metric = metric,
        .kind = HM_NUMBER,
        .number = number,
        .text = text};
    host->report(host, &r);
}

static const char *depth_metric(const struct watched *w)
{
    return w->stage.set.is_error ? "error_depth" : "depth";
}

/* The depth always: it may be all that is ever said of this stage. */
static void report_blind(struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    char path[NAME_BYTES], text[TEXT_BYTES];
    visible_name(path, sizeof path, w->stage.blind_path);
    snprintf(text, sizeof text, "%s: %s", path, strerror(-w->stage.blind));
    const char *const metrics[] = {depth_metric(w), ""};
    for (size_t i = 0; i < (w->is_told ? 2 : 1); i++) {
        const struct hm_reading r = {
            .instance = w->stage.set.name, .metric = metrics[i], .kind = HM_BLIND, .text = text};
        host->report(host, &r);
    }
}

static void report_age(
    struct watched *w, const char *metric, bool is_there, int64_t since_ms, const char *name)
{
    const struct hm_host *host = w->queue->host;
    char shown[NAME_BYTES];
    double age_s = is_there ? (double)(host->wall_ms(host) - since_ms) / 1000.0 : 0;
    report(w, metric, age_s > 0 ? age_s : 0,
        name[0] == '\0' ? NULL : visible_name(shown, sizeof shown, name));
}

static void report_ages(struct watched *w)
{
    const char *name = "";
    int64_t since_ms = 0;
    if (!w->stage.set.is_done) {
        bool is_there = stage_oldest(&w->stage, &since_ms, &name);
        report_age(
            w, w->stage.set.is_work ? "stuck_age_s" : "oldest_age_s", is_there, since_ms, name);
    }
    name = "";
    bool is_half = stage_half_written(&w->stage, &since_ms, &name);
    report_age(w, "writing_age_s", is_half, since_ms, name);
}

static void report_rates(struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    int64_t now_ms = host->boot_ms(host);
    double elapsed_s = (double)(now_ms - w->reported_at_ms) / 1000.0;
    double left = (double)(w->stage.departures - w->departures);
    double came = (double)(w->stage.arrivals - w->arrivals);
    if (w->reported_at_ms != 0 && elapsed_s > 0) {
        report(w, "drain_rate_per_s", left / elapsed_s, NULL);
        report(w, "arrival_rate_per_s", came / elapsed_s, NULL);
        report(w, "growth_rate_per_s", (came - left) / elapsed_s, NULL);
    }
    w->reported_at_ms = now_ms;
    w->departures = w->stage.departures;
    w->arrivals = w->stage.arrivals;
}

/* Numbers of records are told where they are asked for, the files without one beside them. */
static void report_records(const struct watched *w)
{
    const struct stage_sums *sums = &w->stage.sums;
    if (!content_asks_records(&w->stage.set))
        return;
    report(w, "records", (double)sums->records, NULL);
    report(w, "uncounted_files", (double)sums->uncounted, NULL);
}

static bool is_looked_for(const struct stage_settings *set, enum finding which)
{
    switch (which) {
    case FINDING_OVER_LIMIT:
        return set->limit_records > 0 || set->limit_bytes > 0;
    case FINDING_MISMATCH:
        return content_is_compared(set);
    default:
        return set->needs_records;
    }
}

static uint64_t count_of(const struct stage_sums *sums, enum finding which)
{
    const uint64_t counts[FINDING_COUNT] = {
        [FINDING_OVER_LIMIT] = sums->over_limit,
        [FINDING_MISMATCH] = sums->mismatched,
        [FINDING_EMPTY] = sums->empty,
    };
    return counts[which];
}

/* The file that was found last, and for a mismatch the two numbers. */
static void describe(const struct watched *w, enum finding which, char *ret, size_t room)
{
    const struct stage *s = &w->stage;
    const struct stage_mismatch *m = &s->mismatch;
    if (which != FINDING_MISMATCH) {
        visible_name(ret, room, which == FINDING_EMPTY ? s->empty_name : s->over_limit_name);
        return;
    }
    char shown[NAME_BYTES];
    bool ja = speaks_japanese(w->queue);
    visible_name(shown, sizeof shown, m->name);
    if (ja)
        snprintf(ret, room, "%s: %sが合いません（通知 %" PRIu64 "、実際 %" PRIu64 "）", shown,
            m->is_bytes ? "バイト数" : "件数", m->announced, m->found);
    else
        snprintf(ret, room, "%s: %" PRIu64 " %s announced, %" PRIu64 " found", shown, m->announced,
            m->is_bytes ? "bytes" : "records", m->found);
}

static void report_finding(struct watched *w, enum finding which)
{
    static const char *const metrics[FINDING_COUNT] = {
        [FINDING_OVER_LIMIT] = "over_limit_files",
        [FINDING_MISMATCH] = "mismatched_files",
        [FINDING_EMPTY] = "empty_files",
    };
    char text[TEXT_BYTES];
    uint64_t count = count_of(&w->stage.sums, which);
    describe(w, which, text, sizeof text);
    report(w, metrics[which], (double)count, count == 0 ? NULL : text);
    w->findings[which] = count;
}

void say_findings(struct watched *w)
{
    const struct stage *s = &w->stage;
    for (enum finding i = 0; i < FINDING_COUNT && s->has_passed && s->blind == 0; i++) {
        uint64_t count = count_of(&s->sums, i);
        if (is_looked_for(&s->set, i) && count > w->findings[i])
            report_finding(w, i);
        w->findings[i] = count;
    }
}

/* What is in the folder now was seen: after a restart, only what came later is news. */
static void keep_seen(const struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, host->wall_ms(host));
    host->keep(host, w->seen_key, text);
}

void say_stage(struct watched *w)
{
    const struct stage *s = &w->stage;
    w->report_due = false;
    if (s->blind != 0) {
        report_blind(w);
        return;
    }
    if (s->set.is_error || w->is_announced)
        keep_seen(w);
    report(w, depth_metric(w), (double)(s->sums.depth + s->unheld), NULL);
    report_ages(w);
    report(w, "size_bytes", (double)s->sums.bytes, NULL);
    report(w, "zero_files", (double)s->sums.zero_files, NULL);
    report(w, "writing_files", (double)s->sums.writing, NULL);
    report_records(w);
    for (enum finding i = 0; i < FINDING_COUNT; i++)
        if (is_looked_for(&s->set, i))
            report_finding(w, i);
    report_rates(w);
    w->is_told = true;
}

/* ---- error files ---- */

/* The one event of a file that is complete; the others of a stage are about failures. */
static void report_arrived(
    const struct watched *w, const char *file, uint64_t size, uint32_t records)
{
    const struct hm_host *host = w->queue->host;
    char bytes[24], count[16], text[TEXT_BYTES];
    snprintf(count, sizeof count, "%" PRIu32, records);
    snprintf(bytes, sizeof bytes, "%" PRIu64, size);
    snprintf(text, sizeof text,
        speaks_japanese(w->queue) ? "ファイルがそろいました: %s" : "a file is complete: %s", file);
    const struct hm_field fields[] = {
        {"stage", w->stage.set.name}, {"file", file}, {"bytes", bytes}, {"records", count}};
    const struct hm_reading r = {.instance = w->stage.set.name,
        .metric = "arrived",
        .kind = HM_EVENT,
        .text = text,
        .fields = fields,
        .field_count = records == FILE_RECORDS_UNKNOWN ? 3 : 4};
    host->report(host, &r);
}

static void report_error_file(
    const struct watched *w, const char *file, uint64_t size, unsigned more)
{
    const struct hm_host *host = w->queue->host;
    char bytes[24], count[16], text[TEXT_BYTES];
    snprintf(bytes, sizeof bytes, "%" PRIu64, size);
    snprintf(count, sizeof count, "%u", more);
    if (more > 0)
        snprintf(text, sizeof text,
            speaks_japanese(w->queue) ? "エラーフォルダーにさらに %u 件入りました"
                                      : "%u more files in the error folder",
            more);
    else
        snprintf(text, sizeof text,
            speaks_japanese(w->queue) ? "エラーフォルダーにファイルが入りました: %s"
                                      : "a file in the error folder: %s",
            file);
    const struct hm_field one[] = {{"stage", w->stage.set.name}, {"file", file}, {"bytes", bytes}};
    const struct hm_field many[] = {{"stage", w->stage.set.name}, {"count", count}};
    const struct hm_reading r = {.instance = w->stage.set.name,
        .metric = "error_file",
        .kind = HM_EVENT,
        .text = text,
        .fields = more > 0 ? many : one,
        .field_count = more > 0 ? 2 : 3};
    host->report(host, &r);
}

void say_unsaid(struct watched *w)
{
    if (w->unsaid > 0)
        report_error_file(w, "", 0, w->unsaid);
    w->unsaid = 0;
}

void say_arrival(void *ctx, struct stage *s, const char *path, uint64_t size, uint32_t records)
{
    struct watched *w = ctx;
    const struct hm_host *host = w->queue->host;
    char shown[NAME_BYTES];
    if (w->is_announced) {
        keep_seen(w);
        report_arrived(w, visible_name(shown, sizeof shown, path), size, records);
    }
    if (!s->set.is_error)
        return;
    w->may_have_errors = true;
    int64_t now_ms = host->boot_ms(host);
    if (w->burst_from_ms == 0 || now_ms - w->burst_from_ms >= BURST_MS) {
        say_unsaid(w);
        w->burst_from_ms = now_ms;
        w->burst = 0;
    }
    if (w->burst++ >= BURST_MAX) {
        w->unsaid++;
        return;
    }
    keep_seen(w);
    report_error_file(w, visible_name(shown, sizeof shown, path), size, 0);
}

/* The folder is empty again: what was told of it is over. */
void say_if_cleared(struct watched *w)
{
    const struct stage *s = &w->stage;
    if (!s->set.is_error || !w->may_have_errors || !s->has_passed || s->blind != 0 ||
        s->sums.depth + s->unheld + s->sums.writing > 0)
        return;
    say_unsaid(w);
    w->may_have_errors = false;
    const struct hm_reading r = {.instance = s->set.name,
        .metric = "error_cleared",
        .kind = HM_EVENT,
        .text = speaks_japanese(w->queue) ? "エラーフォルダーが空になりました"
                                          : "the error folder is empty again"};
    w->queue->host->report(w->queue->host, &r);
}

/* ---- the log ---- */

void say_polled(struct watched *w)
{
    const struct hm_host *host = w->queue->host;
    const struct stage *s = &w->stage;
    if (s->is_polled == w->was_polled)
        return;
    w->was_polled = s->is_polled;
    if (!s->is_polled)
        host->log(host, HM_LOG_INFO, "stage \"%s\": counted by events again", s->set.name);
    else if (s->polled_why == 0)
        host->log(host, HM_LOG_INFO, "stage \"%s\": a network file system, read at each interval",
            s->set.name);
    else
        host->log(host, HM_LOG_WARN, "stage \"%s\": no events (%s%s), read at each interval",
            s->set.name, strerror(-s->polled_why),
            s->polled_why == -ENOSPC ? ": fs.inotify.max_user_watches is used up" : "");
}

void say_overflow(struct queue *q)
{
    int64_t now_ms = q->host->boot_ms(q->host);
    if (q->overflow_said_ms != 0 && now_ms - q->overflow_said_ms < OVERFLOW_MS)
        return;
    q->overflow_said_ms = now_ms;
    q->host->log(q->host, HM_LOG_WARN,
        "more changes at once than fs.inotify.max_queued_events holds: counting anew");
}
